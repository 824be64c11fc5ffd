/* SPDX-License-Identifier: MIT */
#include "wire/igmp.h"

#include "base/csum.h"

#define V1_DELAY_MS 10000		/* RFC 2236 4 */

enum wire_err igmp_query_parse(const void *p, size_t have, size_t len, struct mc_query *out)
{
	const u8 *b = p;
	be32 group;

	if (have < min_t(size_t, len, IGMPV3_QUERY_LEN) || len < IGMP_HLEN ||
	    (len > IGMP_HLEN && len < IGMPV3_QUERY_LEN))
		return WIRE_SHORT;
	memcpy(&group, b + 4, sizeof(group));
	*out = (struct mc_query){ .version = 3, .max_delay_ms = mc_float8(b[1]) * 100 };
	if (len == IGMP_HLEN) {
		out->version = b[1] ? 2 : 1;
		out->max_delay_ms = b[1] ? b[1] * 100u : V1_DELAY_MS;
		if (!b[1])
			group = 0;	/* all that version 1 can ask */
	} else {
		out->robustness = b[8] & 7;
		out->interval_s = mc_float8(b[9]);
		out->nsrcs = get_be16(b + 10);
		out->srcs = b + IGMPV3_QUERY_LEN;
		if (len < IGMPV3_QUERY_LEN + out->nsrcs * sizeof(be32))
			return WIRE_SHORT;
		if (have < len)
			out->nsrcs = 0;
	}
	if (group)
		out->group = ipv6_addr_v4mapped_of(group);
	return WIRE_OK;
}

void igmp_build(void *p, u8 type, u8 code, be32 group)
{
	u8 *b = p;
	u16 sum;

	memset(b, 0, IGMP_HLEN);
	b[0] = type;
	b[1] = code;
	memcpy(b + 4, &group, sizeof(group));
	sum = csum_fold(csum_partial(b, IGMP_HLEN, 0));
	memcpy(b + 2, &sum, sizeof(sum));
}

void igmpv3_report_build(void *p, u16 records)
{
	u8 *b = p;

	memset(b, 0, IGMP_HLEN);
	b[0] = IGMPV3_HOST_MEMBERSHIP_REPORT;
	put_be16(b + 6, records);
}

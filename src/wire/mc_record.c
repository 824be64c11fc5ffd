/* SPDX-License-Identifier: MIT */
#include "wire/mc_record.h"

#define REPORT_HLEN 8u		/* of either; the number of records stands at its end */
#define RECORD_HLEN 4u		/* without the group */

static be32 group4(const u8 *p)
{
	be32 group;

	memcpy(&group, p, sizeof(group));
	return group;
}

enum wire_err mc_record_start(struct mc_record_iter *it, const void *report, size_t left,
			      u8 addr_len)
{
	const u8 *b = report;

	if (left < REPORT_HLEN)
		return WIRE_SHORT;
	*it = (struct mc_record_iter){ .at = b + REPORT_HLEN, .left = left - REPORT_HLEN,
				       .records = get_be16(b + 6), .addr_len = addr_len };
	return WIRE_OK;
}

int mc_record_next(struct mc_record_iter *it, struct mc_record *out)
{
	const u8 *r = it->at;
	size_t len = RECORD_HLEN + it->addr_len;

	if (!it->records)
		return 0;
	if (it->left < len)
		return WIRE_SHORT;
	*out = (struct mc_record){ .type = r[0], .nsrcs = get_be16(r + 2), .srcs = r + len };
	len += (size_t)out->nsrcs * it->addr_len + r[1] * 4u;
	if (it->left < len)
		return WIRE_SHORT;
	if (it->addr_len == IP6_ADDR_LEN)
		memcpy(&out->group, r + RECORD_HLEN, IP6_ADDR_LEN);
	else
		out->group = ipv6_addr_v4mapped_of(group4(r + RECORD_HLEN));
	it->at += len;
	it->left -= len;
	it->records--;
	return 1;
}

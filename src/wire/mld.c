/* SPDX-License-Identifier: MIT */
#include "wire/mld.h"

/* RFC 3810 5.1.3: from 32768 on a mantissa and an exponent. */
static u32 delay_of(u16 code)
{
	return code < 32768 ? code : ((code & 0xfffu) | 0x1000u) << ((code >> 12 & 7) + 3);
}

enum wire_err mld_query_parse(const void *p, size_t have, size_t len, struct mc_query *out)
{
	const u8 *b = p;

	if (have < min_t(size_t, len, MLD2_QUERY_LEN) || len < MLD_LEN)
		return WIRE_SHORT;
	if (len > MLD_LEN && len < MLD2_QUERY_LEN)
		return WIRE_SHORT;
	*out = (struct mc_query){ .version = len == MLD_LEN ? 1 : 2 };
	out->max_delay_ms = out->version == 1 ? get_be16(b + 4) : delay_of(get_be16(b + 4));
	memcpy(&out->group, b + ICMPV6_HLEN, IP6_ADDR_LEN);
	if (out->version == 1)
		return WIRE_OK;
	out->robustness = b[24] & 7;
	out->interval_s = mc_float8(b[25]);
	out->nsrcs = get_be16(b + 26);
	out->srcs = b + MLD2_QUERY_LEN;
	if (len < MLD2_QUERY_LEN + (size_t)out->nsrcs * IP6_ADDR_LEN)
		return WIRE_SHORT;
	if (have < len)
		out->nsrcs = 0;
	return WIRE_OK;
}

void mld_build(void *p, u8 type, const struct ip6_addr *group)
{
	const struct icmp6_view v = { .type = type };

	memcpy((u8 *)p + icmp6_build_hdr(p, &v), group, IP6_ADDR_LEN);
}

void mld2_report_build(void *p, u16 records)
{
	const struct icmp6_view v = { .type = ICMPV6_MLD2_REPORT };

	icmp6_build_hdr(p, &v);
	put_be16((u8 *)p + 6, records);
}

/* SPDX-License-Identifier: MIT */
/* IGMP as tcpdump shows it (wire/igmp.h). */
#include "wire/dissect_l4.h"
#include "wire/igmp.h"
#include "wire/inet_addr.h"

#define USUAL_CODE 100		/* 10 s, which is not told */

static void put_query3(struct strbuf *sb, const u8 *p)
{
	u32 tenths = mc_float8(p[1]);
	be32 group = cpu_to_be32(get_be32(p + 4));

	sb_puts(sb, " v3");
	if (p[1] != USUAL_CODE) {
		sb_puts(sb, " [max resp time ");
		if (tenths < 600)
			sb_printf(sb, "%u.%us", tenths / 10, tenths % 10);
		else
			dissect_put_seconds(sb, tenths / 10);
		sb_putc(sb, ']');
	}
	if (!group)
		return;
	sb_puts(sb, " [gaddr ");
	sb_inet_addr(sb, group);
	if (get_be16(p + 10))
		sb_printf(sb, ", %u source(s)", get_be16(p + 10));
	sb_putc(sb, ']');
}

static void put_query(struct strbuf *sb, const u8 *p, size_t len)
{
	be32 group = cpu_to_be32(get_be32(p + 4));

	sb_puts(sb, "igmp query");
	if (len >= IGMPV3_QUERY_LEN) {
		put_query3(sb, p);
		return;
	}
	sb_puts(sb, p[1] ? " v2" : " v1");
	if (p[1] && p[1] != USUAL_CODE)
		sb_printf(sb, " [max resp time %u]", p[1]);
	if (group) {
		sb_puts(sb, " [gaddr ");
		sb_inet_addr(sb, group);
		sb_putc(sb, ']');
	}
}

void dissect_put_igmp(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len)
{
	dissect_put_addrs(sb, ip);
	if (ip->quiet) {
		sb_puts(sb, "igmp");
		return;
	}
	if (len < IGMP_HLEN) {
		sb_puts(sb, "[|igmp]");
		return;
	}
	switch (p[0]) {
	case IGMP_HOST_MEMBERSHIP_QUERY:
		put_query(sb, p, len);
		return;
	case IGMPV3_HOST_MEMBERSHIP_REPORT:
		sb_printf(sb, "igmp v3 report, %u group record(s)", get_be16(p + 6));
		return;
	case IGMP_HOST_MEMBERSHIP_REPORT:
		sb_puts(sb, "igmp v1 report ");
		break;
	case IGMPV2_HOST_MEMBERSHIP_REPORT:
		sb_puts(sb, "igmp v2 report ");
		break;
	case IGMP_HOST_LEAVE_MESSAGE:
		sb_puts(sb, "igmp leave ");
		break;
	default:
		sb_printf(sb, "igmp-%u", p[0]);
		return;
	}
	sb_inet_addr(sb, cpu_to_be32(get_be32(p + 4)));
}

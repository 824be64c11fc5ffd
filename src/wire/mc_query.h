/* SPDX-License-Identifier: MIT */
/* What a router asks of groups, as IGMP (wire/igmp.h) and MLD (wire/mld.h) say alike. */
#ifndef LINNET_WIRE_MC_QUERY_H
#define LINNET_WIRE_MC_QUERY_H

#include "wire/ip6_addr.h"

/* Types of group records (RFC 3376 4.2.12, RFC 3810 5.2.12). */
enum {
	MC_MODE_IS_INCLUDE = 1, MC_MODE_IS_EXCLUDE = 2, MC_CHANGE_TO_INCLUDE = 3,
	MC_CHANGE_TO_EXCLUDE = 4, MC_ALLOW_NEW_SOURCES = 5, MC_BLOCK_OLD_SOURCES = 6,
};

struct mc_query {
	u8 version;
	u8 robustness;		/* 0: not told */
	u32 max_delay_ms;
	u32 interval_s;		/* between general ones; 0: not told */
	struct ip6_addr group;	/* IPv4's are mapped; ::: all */
	u16 nsrcs;
	const u8 *srcs;		/* as they are on the wire */
};

/* RFC 3376 4.1.7: from 128 on a mantissa and an exponent. */
static inline u32 mc_float8(u8 code)
{
	return code < 128 ? code : ((code & 0xfu) | 0x10u) << ((code >> 4 & 7) + 3);
}

#endif

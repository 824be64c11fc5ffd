/* SPDX-License-Identifier: MIT */
/* Multicast listener discovery on the wire (RFC 2710 3, RFC 3810 5). */
#ifndef LINNET_WIRE_MLD_H
#define LINNET_WIRE_MLD_H

#include "wire/icmp6.h"

#define MLD_LEN 24u			/* of version 1, and what version 2's query begins with */
#define MLD2_QUERY_LEN 28u		/* without sources */
#define MLD2_REPORT_LEN 8u		/* without records */
#define MLD2_RECORD_LEN 20u		/* without sources */
#define MLD2_ROUTERS ((struct ip6_addr){ { 0xff, 0x02, [15] = 0x16 } })

/* RFC 3810 5.2.12 */
enum { MLD2_MODE_IS_INCLUDE = 1, MLD2_MODE_IS_EXCLUDE, MLD2_CHANGE_TO_INCLUDE,
       MLD2_CHANGE_TO_EXCLUDE, MLD2_ALLOW_NEW_SOURCES, MLD2_BLOCK_OLD_SOURCES };

struct mld_query {
	u8 version;		/* RFC 3810 8.1: by its length */
	u32 max_delay_ms;
	struct ip6_addr group;	/* :: all */
};

/* The first MLD2_QUERY_LEN bytes, or all where there are less; len: of all of it. WIRE_SHORT. */
enum wire_err mld_query_parse(const void *p, size_t len, struct mld_query *out) __must_check;

/* A report or done of version 1, MLD_LEN bytes with checksum 0. */
void mld_build(void *p, u8 type, const struct ip6_addr *group);

/* The head of a report of version 2, and a record without sources. */
void mld2_report_build(void *p, u16 records);
void mld2_record_build(void *p, u8 type, const struct ip6_addr *group);

#endif

/* SPDX-License-Identifier: MIT */
/* Multicast listener discovery on the wire (RFC 2710 3, RFC 3810 5). */
#ifndef LINNET_WIRE_MLD_H
#define LINNET_WIRE_MLD_H

#include "wire/icmp6.h"
#include "wire/mc_query.h"

#define MLD_LEN 24u			/* of version 1, and what version 2's query begins with */
#define MLD2_QUERY_LEN 28u		/* without sources */
#define MLD2_REPORT_LEN 8u		/* without records */
#define MLD2_RECORD_LEN 20u		/* without sources */
#define MLD2_ROUTERS ((struct ip6_addr){ { 0xff, 0x02, [15] = 0x16 } })

/* As igmp_query_parse() (wire/igmp.h). Its version is told by its length (RFC 3810 8.1). */
enum wire_err mld_query_parse(const void *p, size_t have, size_t len,
			      struct mc_query *out) __must_check;

/* A report or done of version 1, MLD_LEN bytes with checksum 0. */
void mld_build(void *p, u8 type, const struct ip6_addr *group);

/* The head of a report of version 2 with checksum 0. */
void mld2_report_build(void *p, u16 records);

#endif

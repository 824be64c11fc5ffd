/* SPDX-License-Identifier: MIT */
/* IGMP on the wire (RFC 1112, RFC 2236 2, RFC 3376 4). */
#ifndef LINNET_WIRE_IGMP_H
#define LINNET_WIRE_IGMP_H

#include "wire/mc_query.h"
#include "wire/wire.h"

#define IGMP_HLEN 8u			/* of versions 1 and 2; what a report of 3 begins with */
#define IGMPV3_QUERY_LEN 12u		/* without sources */
#define IGMPV3_RECORD_LEN 8u		/* without sources */

enum {
	IGMP_HOST_MEMBERSHIP_QUERY = 0x11, IGMP_HOST_MEMBERSHIP_REPORT = 0x12,
	IGMPV2_HOST_MEMBERSHIP_REPORT = 0x16, IGMP_HOST_LEAVE_MESSAGE = 0x17,
	IGMPV3_HOST_MEMBERSHIP_REPORT = 0x22,
};

/* A query of len bytes, of which `have` are at hand: when not all, it is taken as one for the group
 * from any source. Its version is told by its length, and that of a short one by its code
 * (RFC 3376 7.1). WIRE_SHORT. */
enum wire_err igmp_query_parse(const void *p, size_t have, size_t len, struct mc_query *out);

/* A message of versions 1 and 2, its checksum filled in; code: of a query, in 1/10 s. */
void igmp_build(void *p, u8 type, u8 code, be32 group);
/* The first IGMP_HLEN of a report of version 3 with checksum 0, which the caller fills in. */
void igmpv3_report_build(void *p, u16 records);

#endif

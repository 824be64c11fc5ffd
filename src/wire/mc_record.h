/* SPDX-License-Identifier: MIT */
/* The group records of a report of IGMPv3 (RFC 3376 4.2.4) or MLDv2 (RFC 3810 5.2.4). */
#ifndef LINNET_WIRE_MC_RECORD_H
#define LINNET_WIRE_MC_RECORD_H

#include "wire/mc_query.h"

struct mc_record {
	u8 type;		/* MC_MODE_IS_INCLUDE ... or unknown */
	u16 nsrcs;
	struct ip6_addr group;	/* IPv4's are mapped */
	const u8 *srcs;		/* as they are on the wire */
};

struct mc_record_iter {
	const u8 *at;
	size_t left;		/* bytes */
	u16 records;		/* still to come */
	u8 addr_len;		/* 4 or 16 */
};

/* report: of `left` bytes, from its type on; addr_len: 4 or 16. WIRE_SHORT. */
enum wire_err mc_record_start(struct mc_record_iter *it, const void *report, size_t left,
			      u8 addr_len) __must_check;
/* 1: *out; 0: that was the last; WIRE_SHORT: it is not all there. */
int mc_record_next(struct mc_record_iter *it, struct mc_record *out);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Bridge protocol data units (IEEE 802.1D-2004 9.3), behind the LLC header 42 42 03: what spanning
 * tree (version 0) and rapid spanning tree (version 2) say. Times are in 1/256 s on the wire.
 */
#ifndef LINNET_WIRE_BPDU_H
#define LINNET_WIRE_BPDU_H

#include "wire/wire.h"

#define BPDU_LLC_LEN 3
#define BPDU_TCN_LEN 4
#define BPDU_CONFIG_LEN 35
#define BPDU_RST_LEN 36
#define BPDU_TIME_SECOND 256u

enum bpdu_type { BPDU_CONFIG = 0x00, BPDU_RST = 0x02, BPDU_TCN = 0x80 };

enum {
	BPDU_TC = 0x01, BPDU_PROPOSAL = 0x02, BPDU_ROLE = 0x0c, BPDU_LEARNING = 0x10,
	BPDU_FORWARDING = 0x20, BPDU_AGREEMENT = 0x40, BPDU_TC_ACK = 0x80,
};

/* Who has it from whom (17.5): the first that differs decides, and the lower one is better. */
struct stp_vector {
	u64 root;		/* priority, then MAC address */
	u32 cost;		/* from the designated bridge to the root */
	u64 bridge;		/* designated bridge */
	u16 port;		/* its port */
};

struct stp_times {
	u16 message_age, max_age, hello, forward_delay;
};

struct bpdu_view {
	enum bpdu_type type;
	u8 version;		/* 0: spanning tree, from 2 on: rapid */
	u8 flags;		/* a TCN has only its type */
	struct stp_vector v;
	struct stp_times t;
};

/* p: the LLC header. Errors: WIRE_SHORT, WIRE_PROTO, WIRE_VERSION (none that we know). */
enum wire_err bpdu_parse(const void *p, size_t len, struct bpdu_view *out) __must_check;

/* Writes LLC header and BPDU at p, at most BPDU_LLC_LEN + BPDU_RST_LEN bytes: how many. */
size_t bpdu_build(void *p, const struct bpdu_view *b);

/* 1: a port's role as BPDU_ROLE has it, shifted down. */
enum bpdu_role { BPDU_ROLE_UNKNOWN, BPDU_ROLE_ALTERNATE, BPDU_ROLE_ROOT, BPDU_ROLE_DESIGNATED };

static inline enum bpdu_role bpdu_role(u8 flags)
{
	return (enum bpdu_role)((flags & BPDU_ROLE) >> 2);
}

#endif

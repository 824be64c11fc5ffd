/* SPDX-License-Identifier: MIT */
/*
 * Two linnet machines on a cable that delays, loses, doubles, reorders and cuts down frames, by a
 * seed; and transfers over it whose every byte is checked. Virtual time: a lossy hour takes a
 * moment, and a seed gives the same run again.
 */
#ifndef LINNET_TESTS_HARNESS_TCP_NET_H
#define LINNET_TESTS_HARNESS_TCP_NET_H

#include <linnet/linnet.h>

#include "base/netns.h"
#include "base/prng.h"
#include "harness/tcp_watch.h"

struct tcp_cable {
	double delay_s;		/* one way */
	double rate_bps;	/* 0 = infinite */
	unsigned queue;		/* frames that wait for the rate; 0 = 1000 */
	double loss, duplicate, reorder;	/* probability per frame */
	double corrupt;		/* a bit flips (and no FCS finds it) */
	double jitter_s;	/* how far a reordered frame is held back */
};

struct tcp_machine {
	struct ln_net *ln;
	struct net *net;
	struct ln_nic *nic;
	uint32_t ip;
	uint8_t mac[6];
	int64_t busy_until;	/* its end of the cable */
	uint64_t frames, lost;
	struct tcp_watch watch;	/* of what it sends in a transfer */
};

struct tcp_two {
	struct tcp_machine m[2];
	struct tcp_cable cable;
	struct prng prng;
	int64_t now;
	struct flying *first, *last;
	unsigned flying;
	/* In place of chance, or NULL. */
	bool (*lose)(struct tcp_two *w, int from, uint64_t nth);
};

struct tcp_two_params {
	struct tcp_cable cable;
	uint64_t seed;
	size_t mem_budget;
	uint16_t mtu;
	void (*setup)(struct net *net);
};

void tcp_two_init(struct tcp_two *w, const struct tcp_two_params *p);
/* All is closed and ended: frames conserved, no byte leaked. */
void tcp_two_end(struct tcp_two *w);
/* Until nothing is to be done before `end` (ns of virtual time). */
void tcp_two_run(struct tcp_two *w, int64_t until);
/* One step: to the next event, not beyond `until`. False: nothing left before it. */
bool tcp_two_step(struct tcp_two *w, int64_t until);

/*
 * A connection from machine 0 to machine 1, bytes each way at the same time, then both close.
 * Checks every byte, as it is read and in every segment that carries it. Return: virtual seconds
 * that it took; < 0: it did not end within `limit_s` (or a socket call failed, in *err).
 */
struct tcp_transfer {
	size_t up, down;	/* bytes from 0 to 1, from 1 to 0 */
	size_t chunk;		/* of a write; 0 = 16 KB */
	double limit_s;
	unsigned reader_pause_us;	/* the reader looks only so often; 0 = at once */
	const char *congestion;	/* NULL = default */
	bool nodelay;
	int err;		/* out */
	struct ln_tcp_info info;	/* out: of the sender of `up`, before it closed */
};
double tcp_two_transfer(struct tcp_two *w, struct tcp_transfer *tr);

#endif

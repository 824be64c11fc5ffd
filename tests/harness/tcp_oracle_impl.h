/* SPDX-License-Identifier: MIT */
/* What the files of the oracle share. */
#ifndef LINNET_TESTS_HARNESS_TCP_ORACLE_IMPL_H
#define LINNET_TESTS_HARNESS_TCP_ORACLE_IMPL_H

#include "harness/tcp_oracle.h"

#define CHECK(cond) \
	do { \
		if (!(cond)) \
			o->fail(o->ctx, #cond, &tp->sk); \
	} while (0)

/* What was sent and is not acknowledged: marks, counters, hints, runs, the state of recovery. */
void tcp_oracle_scoreboard(struct tcp_oracle *o, const struct tcp_sock *tp);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * When a message is to leave (the kernel's etf and fq, tc-fq(8)). It is kept where the device has
 * the qdisc fq ("tc qdisc replace dev DEV root fq"); any other sends at once, as in Linux.
 *
 * LN_SO_MAX_PACING_RATE (linnet/socket.h) needs no times: bytes/s as an int, all ones for no limit,
 * or as a uint64_t; -EINVAL: shorter. TCP keeps it on any device, other sockets' packets are spaced
 * by fq; such a socket's rate falls with the option, and rises no more.
 */
#ifndef LINNET_TXTIME_H
#define LINNET_TXTIME_H

#include <stdint.h>

/*
 * LN_SO_TXTIME, of LN_SOL_SOCKET: struct ln_sock_txtime. -EINVAL: length, clock or flags unknown.
 * Each message of a datagram, raw or packet socket may then have a control message LN_SCM_TXTIME:
 * a uint64_t, ns of the instance's clock, when it is to leave; 0 = at once. -EINVAL: its length,
 * or the option is not set. What fq drops, because it is beyond its horizon, is told by the error
 * queue (LN_SO_EE_ORIGIN_TXTIME, linnet/errqueue.h) to who asked for that.
 */
enum { LN_SO_TXTIME = 61, LN_SCM_TXTIME = LN_SO_TXTIME };
enum { LN_SOF_TXTIME_DEADLINE_MODE = 1, LN_SOF_TXTIME_REPORT_ERRORS = 2 };

struct ln_sock_txtime {
	int32_t clockid;	/* CLOCK_REALTIME 0, _MONOTONIC 1, _TAI 11: here all are one */
	uint32_t flags;		/* LN_SOF_TXTIME_*; of these DEADLINE_MODE changes nothing */
};

#endif

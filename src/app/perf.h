/* SPDX-License-Identifier: MIT */
/*
 * Throughput between two hosts, in the manner of iperf3 (its own protocol, not iperf3's).
 *
 * TCP: the client connects and sends for a time or a number of bytes, then shuts down its
 * side; the server counts, and answers with a line of what it got. With `reverse` the first
 * bytes ask the server to send instead. UDP: numbered datagrams at a given rate; the server
 * counts loss and order; an end datagram asks it for its count.
 */
#ifndef LINNET_APP_PERF_H
#define LINNET_APP_PERF_H

#include <stddef.h>

#include "app/util/inet.h"

#define PERF_PORT 5201
#define PERF_CONNECTIONS_MAX 128

/* Of perf, and of iperf3 (iperf3.h). */
struct perf_params {
	bool server;
	struct ipaddr addr;		/* client: the server; server: to bind, none = all */
	uint16_t port;			/* 0 = 5201 */
	bool udp;			/* perf's client; a server takes both */
	bool reverse;			/* TCP: the server sends */
	int64_t time_ns;		/* 0 = 10 s, when bytes is 0 too */
	uint64_t bytes;			/* to send, all streams together, instead of a time */
	unsigned parallel;		/* iperf3: streams; 0 = 1 */
	size_t block;			/* bytes of one send call; 0 = 131072, UDP 1460 */
	uint64_t rate_bps;		/* perf, UDP; 0 = 1 Mbit/s */
	int64_t interval_ns;		/* of the report lines; 0 = 1 s */
	bool once;			/* server: end after the first client */
	const char *congestion;		/* TCP_CONGESTION; NULL = the stack's */
	uint32_t window;		/* iperf3: SO_SNDBUF, SO_RCVBUF in bytes; 0 = autotuned */
	void (*out)(void *ctx, const char *text, size_t len);
	void (*done)(void *ctx, int status);	/* over, no longer exists; 0 or 1 */
	void *ctx;
};

struct perf;

/* @params is copied. Callbacks from ln_net_run() only. Return: 0 and *@out; negative errno. */
int perf_start(struct ln_net *net, const struct perf_params *params, struct perf **out);
/* As ^C: prints what was reached, then done (from ln_net_run()). */
void perf_interrupt(struct perf *p);
void perf_cancel(struct perf *p);

#endif

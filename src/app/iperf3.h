/* SPDX-License-Identifier: MIT */
/*
 * Throughput measured together with the real iperf3 (ESnet), as its client or as its server: TCP,
 * either direction, for a time or a number of bytes, up to 32 parallel streams. (perf.h is
 * linnet's own and also does UDP.)
 *
 * The protocol, as iperf3 3.1 to 3.17 speak it. A control connection carries states (one byte)
 * and JSON texts (length in 4 bytes, big endian, then the text):
 *
 *	client				server
 *	cookie (36 characters, NUL)
 *					PARAM_EXCHANGE
 *	JSON: time, num, reverse ...
 *					CREATE_STREAMS
 *	n more connections to the same port, each with the cookie first
 *					TEST_START TEST_RUNNING
 *	(data on the streams, one direction)
 *	TEST_END
 *					EXCHANGE_RESULTS
 *	JSON: bytes of each stream ...
 *					JSON: the same, its view
 *					DISPLAY_RESULTS
 *	IPERF_DONE
 *
 * A server runs one test at a time; others are told ACCESS_DENIED. A client that wants what is
 * not here (UDP, both directions at once) is told SERVER_ERROR.
 */
#ifndef LINNET_APP_IPERF3_H
#define LINNET_APP_IPERF3_H

#include <linnet/net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPERF3_PORT 5201
#define IPERF3_STREAMS_MAX 32
#define IPERF3_JSON_MAX 65536

struct iperf3_params {
	bool server;
	uint32_t addr;			/* client: the server; server: to bind, 0 = all */
	uint16_t port;			/* 0 = 5201 */
	bool reverse;			/* client: the server sends */
	int64_t time_ns;		/* 0 = 10 s, when bytes is 0 too */
	uint64_t bytes;			/* to send, all streams together, instead of a time */
	unsigned parallel;		/* streams; 0 = 1 */
	size_t block;			/* bytes of one send call; 0 = 131072 */
	int64_t interval_ns;		/* of the report lines; 0 = 1 s */
	bool once;			/* server: end after the first test */
	const char *congestion;		/* TCP_CONGESTION; NULL = the stack's */
	void (*out)(void *ctx, const char *text, size_t len);	/* may be NULL */
	void (*done)(void *ctx, int status);	/* over, no longer exists; 0 or 1 */
	void *ctx;
};

struct iperf3;

/* @params is copied. Callbacks from ln_net_run() only. Return: 0 and *@out; negative errno. */
int iperf3_start(struct ln_net *net, const struct iperf3_params *params, struct iperf3 **out);
/* As ^C: a client tells what was reached; then done (from ln_net_run()). */
void iperf3_interrupt(struct iperf3 *t);
/* Ends it without a word. May be NULL. */
void iperf3_cancel(struct iperf3 *t);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Throughput measured together with the real iperf3 (ESnet), as its client or as its server: TCP,
 * either direction, for a time or a number of bytes, up to 32 parallel streams. (perf.h is
 * linnet's own and also does UDP.) The parameters are perf's, without udp and rate.
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

#include "app/perf.h"

#define IPERF3_STREAMS_MAX 32
#define IPERF3_JSON_MAX 65536
#define IPERF3_WINDOW_MAX (512u << 20)

struct iperf3;

/*
 * @params is copied; out may be NULL. Callbacks from ln_net_run() only.
 * Return: 0 and *@out; negative errno.
 */
int iperf3_start(struct ln_net *net, const struct perf_params *params, struct iperf3 **out);
/* As ^C: a client tells what was reached; then done (from ln_net_run()). */
void iperf3_interrupt(struct iperf3 *t);
/* Ends it without a word. May be NULL. */
void iperf3_cancel(struct iperf3 *t);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * ping(8): echo over a ping socket (SOCK_DGRAM, IPPROTO_ICMP or IPPROTO_ICMPV6; the stack puts in
 * the id), printing iputils' lines. Errors of routers come by the error queue.
 */
#ifndef LINNET_APP_PING_H
#define LINNET_APP_PING_H

#include <stddef.h>

#include "app/util/inet.h"

#define PING_SIZE_MAX 65507	/* bytes of payload that fit an IPv4 packet */

struct ping_params {
	struct ipaddr addr;
	const char *name;		/* as the user wrote it; NULL = the address */
	const char *reply_name;		/* of the address, for "bytes from"; NULL = none */
	uint64_t count;			/* 0 = until ping_interrupt() */
	int64_t interval_ns;		/* 0 = 1 s */
	int64_t wait_ns;		/* for the last answer, when none came yet; 0 = 10 s */
	int64_t deadline_ns;		/* -w: the whole run; 0 = none */
	unsigned size;			/* payload bytes; see size_set */
	bool size_set;			/* false = 56 */
	uint8_t ttl;			/* 0 = the stack's */
	bool pmtudisc_set;		/* false = the stack's */
	int pmtudisc;			/* -M: LN_IP_PMTUDISC_* */
	bool quiet;			/* only the first line and the summary */
	void (*out)(void *ctx, const char *text, size_t len);
	/* It is over and no longer exists. Status: 0 answers came, 1 none, 2 another error. */
	void (*done)(void *ctx, int status);
	void *ctx;
};

struct ping;

/* @params is copied. Callbacks from ln_net_run() only. Return: 0 and *@out; negative errno. */
int ping_start(struct ln_net *net, const struct ping_params *params, struct ping **out);
/* As ^C: prints the summary, calls done (from ln_net_run()). */
void ping_interrupt(struct ping *p);
/* Ends it without a word. */
void ping_cancel(struct ping *p);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * traceroute(8): probes with a TTL (IPv6: hop limit) of 1, 2, 3 ...; the router at which it runs
 * out reports itself (ICMP time exceeded). UDP to ports from 33434 on, or echo requests (-I).
 * Prints the lines of Linux's traceroute. The probes of one TTL are in flight together.
 */
#ifndef LINNET_APP_TRACEROUTE_H
#define LINNET_APP_TRACEROUTE_H

#include <stddef.h>

#include "app/util/inet.h"

#define TRACEROUTE_PROBES_MAX 10

struct traceroute_params {
	struct ipaddr addr;
	const char *name;		/* as the user wrote it; NULL = the address */
	bool icmp;			/* -I */
	unsigned first_ttl;		/* 0 = 1 */
	unsigned max_ttl;		/* 0 = 30 */
	unsigned probes;		/* per TTL; 0 = 3 */
	int64_t wait_ns;		/* for an answer; 0 = 5 s */
	uint16_t port;			/* of the first probe; 0 = 33434 */
	unsigned size;			/* whole packet; 0 = 60, over IPv6 80 */
	/* The name of an address, or NULL; may be NULL (-n). */
	const char *(*addr_name)(void *ctx, const struct ipaddr *addr);
	void (*out)(void *ctx, const char *text, size_t len);
	void (*done)(void *ctx, int status);	/* over and gone; 1 = it could not send */
	void *ctx;
};

struct traceroute;

/* @params is copied. Callbacks from ln_net_run() only. Return: 0 and *@out; negative errno. */
int traceroute_start(struct ln_net *net, const struct traceroute_params *params,
		     struct traceroute **out);
void traceroute_cancel(struct traceroute *t);

#endif

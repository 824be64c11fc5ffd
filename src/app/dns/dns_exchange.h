/* SPDX-License-Identifier: MIT */
/*
 * One question to one DNS server and its answer: over UDP from a random port with a random
 * id; over TCP when the answer came truncated; once more without EDNS0 when the server does not
 * know that (FORMERR). Everything that is not the answer to this question is passed over
 * (RFC 5452), until the time is up.
 */
#ifndef LINNET_APP_DNS_DNS_EXCHANGE_H
#define LINNET_APP_DNS_DNS_EXCHANGE_H

#include "app/dns/dns_message.h"
#include "app/util/unreach.h"

struct dns_exchange;

/**
 * dns_exchange_fn - it is over; the exchange no longer exists
 * @err: 0 with a reply; -ETIMEDOUT, -ECONNREFUSED, -EHOSTUNREACH, -ENETUNREACH, -EBADMSG (over
 *	TCP), -ENOMEM and other errors of the socket calls without
 * @reply: valid during the call; its rcode may be anything
 */
typedef void (*dns_exchange_fn)(void *ctx, int err, const ldns_pkt *reply);

struct dns_exchange_params {
	struct ipaddr server;
	uint16_t port;
	const ldns_rdf *name;	/* copied */
	uint16_t type;
	bool recursion;		/* RD */
	bool edns;
	int64_t timeout_ns;	/* for UDP; for TCP once more */
	struct unreach *why;	/* may be NULL; set before fn when a router's ICMP ended it */
	dns_exchange_fn fn;	/* from ln_net_run(), never from dns_exchange_start() */
	void *ctx;
};

/* NULL: no memory. */
struct dns_exchange *dns_exchange_start(struct ln_net *net,
					const struct dns_exchange_params *params);
/* Ends it without calling back; may be NULL. */
void dns_exchange_cancel(struct dns_exchange *x);

#endif

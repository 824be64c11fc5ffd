/* SPDX-License-Identifier: MIT */
/*
 * A DHCP client on one device (RFC 2131 4.4): it gets an address, configures the device with it
 * and all that comes along, and keeps it.
 *
 *	INIT ---------> DISCOVER to all, again after 4, 8, 16, 32, 64 s +-1
 *	SELECTING ----> the first offer is asked for
 *	REBOOTING ----> an address from before is asked for (INIT-REBOOT)
 *	REQUESTING ---> up to 4 times, then from the beginning
 *	PROBING ------> does somebody have it? (RFC 5227) then DECLINE, and 10 s later once more
 *	BOUND --------> until T1
 *	RENEWING -----> the server is asked alone, at half of the time until T2 each, at least 60 s
 *	REBINDING ----> all are, until the lease ends: the address goes, from the beginning
 *
 * A NAK takes the address away at any time. The identifier is a DUID of the MAC (RFC 4361). Probes
 * are 2 in a second, not 3 in up to 7 s as RFC 5227 has them; udhcpc -a sends one.
 *
 * Configured through ip: address, MTU, classless routes (RFC 3442) or else routers; DNS servers go
 * to the host's resolver, behind those that it was given otherwise, and so does the domain, which
 * completes names without a dot.
 */
#ifndef LINNET_APP_DHCP_DHCP_CLIENT_H
#define LINNET_APP_DHCP_DHCP_CLIENT_H

#include <linnet/net.h>

#include "app/dhcp/dhcp_message.h"

struct dhcp_client;
struct dns_client;

struct dhcp_lease {
	uint32_t addr, server;		/* network byte order */
	unsigned plen;
	uint32_t seconds, t1, t2;	/* DHCP_INFINITE: for ever */
	struct dhcp_msg msg;		/* all that came along */
};

enum dhcp_event { DHCP_SENT, DHCP_HEARD, DHCP_BOUND, DHCP_LOST, DHCP_CONFLICT };

struct dhcp_client_params {
	const char *dev;
	const char *host;		/* name to tell; NULL */
	uint32_t ask_for;		/* an address from before; 0 */
	/* What runs configuration; NULL: ln_ctl(). */
	int (*ctl)(void *ctx, const char *cmd, char *out, size_t cap, size_t *len);
	void *ctl_ctx;
	struct dns_client *dns;		/* outlives the client; NULL */
	/* SENT, HEARD: msg and whom to or from; else the lease is what it is now. May be NULL. */
	void (*event)(void *ctx, enum dhcp_event e, const struct dhcp_msg *msg, uint32_t addr);
	/* A command that configuration refused, and its words. May be NULL. */
	void (*failed)(void *ctx, const char *cmd, const char *why);
	void *ctx;
};

/* The device is up, or will be. Return: 0 and *out; -ENODEV, -EADDRINUSE, -ENOMEM ... */
int dhcp_client_start(struct ln_net *net, const struct dhcp_client_params *params,
		      struct dhcp_client **out);
/* NULL: there is none now. */
const struct dhcp_lease *dhcp_client_lease(const struct dhcp_client *c);
/* The lease is given back (release), and what was configured removed; or all stays as it is. */
void dhcp_client_stop(struct dhcp_client *c, bool release);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A DHCP server on one device (RFC 2131 4.3): a range of addresses of the device's own network, and
 * reservations by MAC. An address stays its client's as long as nobody else needs it; an offer is
 * held for a minute, a declined address is left out for ten. What is remembered is an entry for
 * each address, at most DHCP_POOL_MAX; who wants to keep it for the server's next life gives a
 * store.
 *
 * Before an address is offered, all on the link are asked whether they have it (ARP, half a second;
 * RFC 2131 2.2 says probe, 3.1 by ICMP for instance). Who answers, unless it is the one who asks,
 * has it: it is left out as if it were declined, and the next one is tried. An address whose lease
 * the client has is not asked for, nor one that was in the last minute; with DHCP_PROBES_MAX under
 * way, further ones are offered unasked.
 */
#ifndef LINNET_APP_DHCP_DHCP_SERVER_H
#define LINNET_APP_DHCP_DHCP_SERVER_H

#include <linnet/net.h>

#include "app/dhcp/dhcp_message.h"

#define DHCP_POOL_MAX 4096u
#define DHCP_RESERVED_MAX 32u
#define DHCP_PROBES_MAX 8u

struct dhcp_server;

struct dhcp_reserved {
	uint8_t mac[6];
	uint32_t addr;
};

/* Who has an address, as it is kept. */
struct dhcp_binding {
	uint32_t addr;			/* network byte order */
	int64_t left_s;			/* < 0: over, but remembered; INT64_MAX: for ever */
	uint8_t mac[6];
	uint8_t id[DHCP_ID_MAX];	/* the identifier (option 61) */
	unsigned idlen;			/* 0: it told none */
	char host[DHCP_NAME_MAX];	/* the name it told, or "" */
};

struct dhcp_store {
	/* The next one that was kept. Return: 1; 0 when that were all; -EBADMSG: told. */
	int (*load)(void *ctx, struct dhcp_binding *b);
	/* Something is about to be acknowledged, or was given back: dhcp_server_binding(). */
	void (*save)(void *ctx, const struct dhcp_server *s);
	void *ctx;
};

struct dhcp_server_params {
	const char *dev;
	uint32_t first, last;		/* network byte order */
	uint32_t lease_s;		/* 0: an hour */
	uint32_t router[DHCP_ADDRS_MAX], dns[DHCP_ADDRS_MAX];
	unsigned nrouter, ndns, nroutes, nreserved;
	struct dhcp_route routes[DHCP_ROUTES_MAX];
	struct dhcp_reserved reserved[DHCP_RESERVED_MAX];
	uint16_t mtu;			/* 0: not told */
	char domain[DHCP_NAME_MAX];
	char search[DHCP_SEARCH_MAX];	/* RFC 3397: domains, a blank between */
	/* Each message, heard (addr: from whom it is told to be) and sent; may be NULL. */
	void (*log)(void *ctx, const struct dhcp_msg *m, bool sent);
	/* Somebody has an address that was about to be offered; may be NULL. */
	void (*taken)(void *ctx, uint32_t addr, const uint8_t mac[6]);
	void *ctx;
	const struct dhcp_store *store;	/* outlives the server; NULL */
};

/*
 * What load() says, -ENODEV, -EADDRNOTAVAIL (no address on the device), -EINVAL (the range),
 * -EADDRINUSE, -ENOMEM
 */
int dhcp_server_start(struct ln_net *net, const struct dhcp_server_params *params,
		      struct dhcp_server **out);
void dhcp_server_stop(struct dhcp_server *s);	/* may be NULL */

/* Of the i-th address of the range. False: nobody has it. @i: below dhcp_server_size(). */
bool dhcp_server_binding(const struct dhcp_server *s, unsigned i, struct dhcp_binding *b);
unsigned dhcp_server_size(const struct dhcp_server *s);

#endif

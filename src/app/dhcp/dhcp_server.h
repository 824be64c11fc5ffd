/* SPDX-License-Identifier: MIT */
/*
 * A DHCP server on one device (RFC 2131 4.3): a range of addresses of the device's own network, and
 * reservations by MAC. An address stays its client's as long as nobody else needs it; an offer is
 * held for a minute, a declined address is left out for ten. What is remembered is an entry for
 * each address, at most DHCP_POOL_MAX. Nothing is kept when the server ends.
 */
#ifndef LINNET_APP_DHCP_DHCP_SERVER_H
#define LINNET_APP_DHCP_DHCP_SERVER_H

#include <linnet/net.h>

#include "app/dhcp/dhcp_message.h"

#define DHCP_POOL_MAX 4096u
#define DHCP_RESERVED_MAX 32u

struct dhcp_server;

struct dhcp_reserved {
	uint8_t mac[6];
	uint32_t addr;
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
	/* Each message, heard (addr: from whom it is told to be) and sent; may be NULL. */
	void (*log)(void *ctx, const struct dhcp_msg *m, bool sent);
	void *ctx;
};

/* -ENODEV, -EADDRNOTAVAIL (no address on the device), -EINVAL (the range), -EADDRINUSE, -ENOMEM */
int dhcp_server_start(struct ln_net *net, const struct dhcp_server_params *params,
		      struct dhcp_server **out);
void dhcp_server_stop(struct dhcp_server *s);	/* may be NULL */

#endif

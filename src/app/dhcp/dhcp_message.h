/* SPDX-License-Identifier: MIT */
/*
 * A DHCP message (RFC 2131 2, RFC 2132) as client and server here use it: read into one struct,
 * written from it. Addresses are in network byte order, times in s. Options that are there several
 * times are one (RFC 3396); overloaded fields (option 52) are read.
 */
#ifndef LINNET_APP_DHCP_DHCP_MESSAGE_H
#define LINNET_APP_DHCP_DHCP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/dhcp/dhcp_search.h"

#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68
#define DHCP_LEN_MIN 300		/* RFC 1542 2.1: what old relays want */
#define DHCP_LEN_MAX 1472		/* that is read or written: one frame */
#define DHCP_FIXED_LEN 236		/* before the options */
#define DHCP_ADDRS_MAX 4		/* of routers, of DNS servers */
#define DHCP_ROUTES_MAX 8		/* RFC 3442 */
#define DHCP_NAME_MAX 64
#define DHCP_ID_MAX 64			/* a client's (option 61) */
#define DHCP_INFINITE UINT32_MAX

enum dhcp_type {
	DHCP_NONE, DHCP_DISCOVER, DHCP_OFFER, DHCP_REQUEST, DHCP_DECLINE, DHCP_ACK, DHCP_NAK,
	DHCP_RELEASE, DHCP_INFORM,
};

struct dhcp_route {
	uint32_t dst, gateway;		/* gateway 0: on the link */
	uint8_t plen;
};

struct dhcp_msg {
	uint8_t op;			/* 1 request, 2 reply */
	uint8_t type;			/* enum dhcp_type */
	bool broadcast;			/* the flag */
	uint16_t secs;
	uint32_t xid;			/* any number */
	uint32_t ciaddr, yiaddr, giaddr;
	uint8_t chaddr[6];
	uint32_t requested, server;	/* options 50, 54; 0: absent */
	uint32_t mask, bcast;		/* 1, 28 */
	uint32_t lease, t1, t2;		/* 51, 58, 59; 0: absent */
	uint32_t router[DHCP_ADDRS_MAX], dns[DHCP_ADDRS_MAX];
	unsigned nrouter, ndns, nroutes;
	struct dhcp_route routes[DHCP_ROUTES_MAX];
	bool has_routes;		/* option 121 is there: routers do not count */
	uint16_t mtu;			/* 26 */
	char domain[DHCP_NAME_MAX], host[DHCP_NAME_MAX];	/* 15, 12 */
	char search[DHCP_SEARCH_MAX];	/* 119: domains, a blank between */
	uint8_t id[DHCP_ID_MAX];	/* 61 */
	unsigned idlen;			/* 0: absent */
	bool wants_params;		/* written by clients: option 55, of all that is here */
};

/* False: no DHCP message over Ethernet, or malformed; then nothing of it counts. */
bool dhcp_parse(const void *p, size_t len, struct dhcp_msg *m);

/* To p, which has room for DHCP_LEN_MAX. Return: its length. */
size_t dhcp_build(void *p, const struct dhcp_msg *m);

const char *dhcp_type_name(uint8_t type);	/* "DHCPDISCOVER" */

#endif

/* SPDX-License-Identifier: MIT */
/*
 * DHCP on one device, where there may be no address yet: messages go and come as whole frames by a
 * packet socket, as Linux's tools do it, so no route and no neighbour is asked for. A UDP socket at
 * the port keeps others off it, and keeps ICMP from saying that nobody listens; what comes to it is
 * the same once more, and is thrown away.
 */
#ifndef LINNET_APP_DHCP_DHCP_LINK_H
#define LINNET_APP_DHCP_DHCP_LINK_H

#include <linnet/socket.h>

#include "app/dhcp/dhcp_message.h"

struct dhcp_from {			/* where one came from */
	uint32_t addr;
	uint8_t mac[6];
};

struct dhcp_link {
	struct ln_net *net;
	char name[16];
	int ifindex;
	uint8_t mac[6];
	uint16_t port;			/* our own */
	int ip, arp, udp;		/* descriptors; arp -1: not open */
	void (*msg)(void *ctx, const struct dhcp_msg *m, const struct dhcp_from *from);
	void (*arp_seen)(void *ctx, uint32_t sip, uint32_t tip, const uint8_t mac[6]);
	void *ctx;
};

struct dhcp_to {			/* where a message goes */
	uint32_t saddr, daddr;
	const uint8_t *mac;		/* NULL: all */
};

/* -ENODEV, -EADDRINUSE and what sockets say. msg and arp_seen (NULL: of no interest) are set. */
int dhcp_link_open(struct dhcp_link *l, struct ln_net *net, const char *dev, uint16_t port);
void dhcp_link_close(struct dhcp_link *l);
int dhcp_link_send(struct dhcp_link *l, const struct dhcp_msg *m, const struct dhcp_to *to);
/* The same by routes and neighbours, once there are addresses. */
int dhcp_link_send_udp(struct dhcp_link *l, const struct dhcp_msg *m, uint32_t daddr,
		       uint16_t port);
/* Who has tip? From 0.0.0.0: a probe (RFC 5227 2.1.1); from tip: an announcement. */
void dhcp_link_arp(struct dhcp_link *l, uint32_t sip, uint32_t tip);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Ping sockets (icmp(7), SOCK_DGRAM with IPPROTO_ICMP): echo requests without the powers of a raw
 * socket. The local port is the identifier: bind() asks for one, the first send takes the next free
 * one. The user writes an ICMP header (type 8, code 0, sequence) and data; identifier and checksum
 * are filled in here. Read are the replies with that identifier, from their ICMP header on; errors
 * about the requests come by IP_RECVERR, or to a connected socket.
 */
#ifndef LINNET_TRANSPORT_PING_H
#define LINNET_TRANSPORT_PING_H

#include "transport/inet_hash.h"

struct netns_ping {
	struct inet_hashinfo hash;	/* bhash only: by identifier */
	u16 rover;			/* the identifier given last */
};

extern const struct proto ping_prot;

int ping_net_init(struct net *net);	/* after ipv4_net_init(); -ENOMEM */
void ping_net_exit(struct net *net);

#endif

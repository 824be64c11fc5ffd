/* SPDX-License-Identifier: MIT */
/* Received packets whose route is found by looking: who asks for many at a time shares this. */
#ifndef LINNET_NET_IPV4_ROUTE_PLAIN_H
#define LINNET_NET_IPV4_ROUTE_PLAIN_H

#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"

/* Neither of "this network", nor loopback, nor multicast, nor of class E with the broadcast. */
static inline bool ip_addr_is_ordinary(be32 addr)
{
	u32 first = be32_to_cpu(addr) >> 24;

	return first - 1 < 223 && first != 127;
}

/* Whether a packet from saddr is let in with no more to ask. */
static inline bool ip_source_plain(const struct net *net, be32 saddr)
{
	return ip_addr_is_ordinary(saddr) && !inet_lookup_ifaddr(net, saddr);
}

static inline const struct fib_info *ip_route_if_plain(const struct fib_info *fi, bool forwarding)
{
	if (unlikely(!fi || fi->nhs != 1))
		return NULL;
	return fi->type == RTN_LOCAL || (fi->type == RTN_UNICAST && forwarding) ? fi : NULL;
}

/* The route to daddr, if it is of the common kind; NULL: that has to be asked in full. */
static inline const struct fib_info *ip_route_plain(const struct fib *fib, be32 daddr,
						    bool forwarding)
{
	return ip_route_if_plain(ip_addr_is_ordinary(daddr) ? fib_lookup_fast(fib, daddr) : NULL,
				 forwarding);
}

/* The same when the table has been asked: the number of the route, 0 without one. */
static inline const struct fib_info *ip_route_plain_id(const struct fib *fib, u32 id, be32 daddr,
						       bool forwarding)
{
	return ip_route_if_plain(id && ip_addr_is_ordinary(daddr) ? fib->info[id] : NULL,
				 forwarding);
}

#endif

/* SPDX-License-Identifier: MIT */
/* IPv4's part of GRO and GSO (device/gro.h), for the protocols above it. */
#ifndef LINNET_NET_IPV4_IP_OFFLOAD_H
#define LINNET_NET_IPV4_IP_OFFLOAD_H

#include "net/ipv4/ip.h"
#include "net/offload.h"

/* The held packet of skb's flow: protocol, addresses, ports, of which there are 4 bytes behind iph.
 * Another MAC header makes another flow, as in Linux. */
struct sk_buff *inet_gro_held(struct napi_struct *napi, const struct sk_buff *skb,
			      const struct iphdr *iph);

/* Whether its transport's sum is right; it is made here once for all who ask later. */
bool inet_gro_csum_ok(struct sk_buff *skb, const struct iphdr *iph);

/* Whether the header of the next segment is what follows on p's: lengths and sums aside, the same
 * but for an id that counts up, or stands still where nothing may fragment. */
bool inet_gro_may_join(struct sk_buff *p, const struct iphdr *iph);

/* GRO looks at packets like this one, which has a header. */
static inline bool ip_gro_wants(const struct net *net, const struct iphdr *iph)
{
	const struct net_offload *ops = inet_offload(net->ipv4->offloads, iph->protocol);

	return ops && ops->gro_receive;
}

void inet_offload_init(struct net *net);

#endif

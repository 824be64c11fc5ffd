/* SPDX-License-Identifier: MIT */
/*
 * The straight way in of packets that came together: from the list of a poll to their protocol in
 * one step (net_protocol.list_rcv), where each of the steps between, ip_rcv() to
 * ip_local_deliver_finish(), would look and find nothing to do. Nobody follows packets, no rules
 * stand at PRE_ROUTING or LOCAL_IN, no raw socket listens, and the packet is a whole one without
 * options for an address of this machine. What is not so, or not sound, is left to the long way as
 * it came, and so is all that is told of it. Counters and drops are the same by both
 * (src/stack_list_test.c).
 *
 * A packet that goes straight has no route: nobody asks for it any more.
 */
#ifndef LINNET_NET_IPV4_IP_LIST_IN_H
#define LINNET_NET_IPV4_IP_LIST_IN_H

#include "device/nf_hook.h"
#include "net/ipv4/ip.h"
#include "wire/ipv4.h"

/* What IP counts of a run. */
struct ip_in_count {
	u32 packets;
	u64 octets;
};

static __always_inline bool ip_in_unwatched(const struct net *net)
{
	const struct list_head *hooks = net->nf->hooks[NFPROTO_IPV4];

	return !net->trace && list_empty(&hooks[NF_INET_PRE_ROUTING]) &&
	       list_empty(&hooks[NF_INET_LOCAL_IN]) && !net->ipv4->raw_rcv;
}

/* A whole packet for this MAC address, with `more` bytes behind its header that may be read. */
static __always_inline bool ip_in_is_plain(const struct sk_buff *skb, u32 more)
{
	const struct iphdr *iph = (const void *)skb->data;

	return skb_headlen(skb) >= IPV4_HLEN + more && skb->pkt_type == PACKET_HOST &&
	       !((uintptr_t)skb->dst | (uintptr_t)skb->destructor | skb->nfct | skb->gso_size) &&
	       ipv4_is_plain(iph, skb->len) && !(iph->frag_off & ~CONST_BE16(IP_DF));
}

/* An address of this machine, from a source that is let in with no more to ask (route_list.c). */
bool ip_in_is_local(const struct net_device *dev, be32 saddr, be32 daddr);

static __always_inline void ip_in_count(struct net *net, const struct sk_buff *skb,
					struct ip_in_count *c)
{
	const struct iphdr *iph = (const void *)skb->data;

	c->packets++;
	c->octets += skb->len;
	net->mib[MIB_IpExtInNoECTPkts + (iph->tos & INET_ECN_MASK)]++;
}

static inline void ip_in_count_end(struct net *net, const struct ip_in_count *c)
{
	mib_add(net, IpInReceives, c->packets);
	mib_add(net, IpInDelivers, c->packets);
	mib_add(net, IpExtInOctets, c->octets);
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The straight way in of packets that came together, as net/ipv4/ip_list_in.h has it: from
 * ipv6_rcv() to the protocol in one step, for packets without extension headers to the address that
 * the device's last packet for this machine had.
 */
#ifndef LINNET_NET_IPV6_IP6_LIST_IN_H
#define LINNET_NET_IPV6_IP6_LIST_IN_H

#include "device/nf_hook.h"
#include "net/ipv6/ip6.h"

struct ip6_in_count {
	u32 packets;
	u64 octets;
};

static __always_inline bool ip6_in_unwatched(const struct net *net)
{
	const struct list_head *hooks = net->nf->hooks[NFPROTO_IPV6];

	return !net->trace && list_empty(&hooks[NF_INET_PRE_ROUTING]) &&
	       list_empty(&hooks[NF_INET_LOCAL_IN]) && !net->ipv6->raw_rcv;
}

/* A whole packet for this MAC address, with `more` bytes of nexthdr's behind its header. */
static __always_inline bool ip6_in_is_plain(const struct sk_buff *skb, u8 nexthdr, u32 more)
{
	const struct ipv6hdr *h = (const void *)skb->data;

	return skb_headlen(skb) >= IPV6_HLEN + more && skb->pkt_type == PACKET_HOST &&
	       !((uintptr_t)skb->dst | (uintptr_t)skb->destructor | skb->nfct | skb->gso_size) &&
	       ip6_version(h) == 6 && h->nexthdr == nexthdr &&
	       be16_to_cpu(h->payload_len) + (u32)IPV6_HLEN <= skb->len;
}

/* Addresses that nobody has to ask about (route6.c). */
bool ip6_in_is_local(const struct net_device *dev, const struct ip6_addr *saddr,
		     const struct ip6_addr *daddr);

static __always_inline void ip6_in_count(struct net *net, const struct sk_buff *skb,
					 struct ip6_in_count *c)
{
	const struct ipv6hdr *h = (const void *)skb->data;

	c->packets++;
	c->octets += skb->len;
	net->mib[MIB_Ip6InNoECTPkts + (ipv6_get_dsfield(h) & INET_ECN_MASK)]++;
}

static inline void ip6_in_count_end(struct net *net, const struct ip6_in_count *c)
{
	mib_add(net, Ip6InReceives, c->packets);
	mib_add(net, Ip6InDelivers, c->packets);
	mib_add(net, Ip6InOctets, c->octets);
}

#endif

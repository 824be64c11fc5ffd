/* SPDX-License-Identifier: MIT */
/*
 * IPv6's part of GRO and GSO (device/gro.h), for the protocols above it. Between its header and
 * theirs may stand options and routing headers, the same in all packets that are joined; fragments
 * never are. nhlen: all of these headers, bytes.
 */
#ifndef LINNET_NET_IPV6_IP6_OFFLOAD_H
#define LINNET_NET_IPV6_IP6_OFFLOAD_H

#include "net/ipv6/ip6.h"
#include "net/offload.h"

/* Of nhlen: with TCP's and Ethernet's longest headers a segment's fit into an sk_buff. */
#define IP6_OFFLOAD_HLEN_MAX 104u

/* The held packet of skb's flow: addresses and ports, of which there are 4 bytes behind nhlen.
 * Another MAC header makes another flow, as in Linux. */
struct sk_buff *inet6_gro_held(struct napi_struct *napi, const struct sk_buff *skb, u32 nhlen);

/* Whether its transport's sum is right; it is made here once for all who ask later. */
bool inet6_gro_csum_ok(struct sk_buff *skb, u32 nhlen, u8 proto);

/* Whether class, flow label, hop limit and the headers behind are those of p, with its protocol. */
bool inet6_gro_may_join(struct sk_buff *p, const struct sk_buff *skb, u32 nhlen);

/* GRO looks at packets like this one, which has a header, or would have to find out. */
static inline bool ip6_gro_wants(const struct net *net, const struct ipv6hdr *h)
{
	const struct net_offload *ops = inet_offload(net->ipv6->offloads, h->nexthdr);

	return ipv6_ext_hdr(h->nexthdr) || (ops && ops->gro_receive);
}

void inet6_offload_init(struct net *net);

#endif

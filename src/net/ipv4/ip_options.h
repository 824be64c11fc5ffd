/* SPDX-License-Identifier: MIT */
/*
 * IPv4 options (RFC 791 3.1): where they stand in a packet that is on its way through this layer,
 * and what a hop writes into them.
 */
#ifndef LINNET_NET_IPV4_IP_OPTIONS_H
#define LINNET_NET_IPV4_IP_OPTIONS_H

#include "net/ipv4/ip_impl.h"

struct ip_options {		/* offsets of the type byte from the IP header; 0: absent */
	u8 optlen;		/* bytes of options */
	u8 srr, rr, ts;
	bool is_strictroute;
	bool srr_is_hit;	/* this machine is the hop that it names: nexthop is the next one */
	be32 nexthop;
};

struct inet_skb_parm {		/* skb->cb from ip_rcv to ip_forward or ip_local_deliver */
	struct ip_options opt;
};

static inline struct inet_skb_parm *IPCB(const struct sk_buff *skb)
{
	return (struct inet_skb_parm *)(void *)(uintptr_t)skb->cb;
}

/* Finds the options of a checked header. -EINVAL: malformed, *bad is the offset to report. */
int ip_options_compile(const struct iphdr *iph, struct ip_options *opt, u8 *bad);

/* Received options: refuses what is malformed (with an ICMP error) and source routes that are not
 * accepted here. Reason, or SKB_CONSUMED (0). Borrows. */
enum skb_drop_reason ip_rcv_options(struct sk_buff *skb, struct net_device *dev);

/* A source route that names us: routes to its next hop instead (skb->dst is replaced). */
enum skb_drop_reason ip_options_rcv_srr(struct sk_buff *skb, struct net_device *dev);

/* This hop's part when forwarding: record route, timestamp, source route. Header is writable;
 * its checksum is made anew. */
void ip_forward_options(struct sk_buff *skb);

/*
 * The options of a reply to iph, or of an error about it (RFC 1122 3.2.2.6): record route and
 * timestamp with this host entered, once as it came and once as it goes; as far as the options
 * are well-formed. Writes to out[40], returns the length, a multiple of 4. -EINVAL: what room is
 * left is no whole slot, nothing is to be sent.
 */
int ip_options_echo(struct net *net, const struct iphdr *iph, be32 own, u8 out[IPV4_OPTLEN_MAX]);

/* Later fragments carry only options with the copy bit: turns the others into NOOPs. */
void ip_options_fragment(struct iphdr *iph);

#endif

/* SPDX-License-Identifier: MIT */
/* What the files of net/ipv4/ tell each other and nobody else. */
#ifndef LINNET_NET_IPV4_IP_IMPL_H
#define LINNET_NET_IPV4_IP_IMPL_H

#include "net/ipv4/fib.h"
#include "net/ipv4/ip.h"
#include "wire/inet_addr.h"

/* Per-device or for all, as Linux's IN_DEV_ORCONF and IN_DEV_MAXCONF. */
#define IN_DEV_ORCONF(in_dev, net, field) ((in_dev)->field || (net)->ipv4->conf_all->field)
#define IN_DEV_ANDCONF(in_dev, net, field) ((in_dev)->field && (net)->ipv4->conf_all->field)
#define IN_DEV_MAXCONF(in_dev, net, field) \
	((u8)max_t(u8, (in_dev)->field, (net)->ipv4->conf_all->field))

/* ---- devinet.c, igmp.c ---- */

int inetdev_init(struct net_device *dev);
void inetdev_destroy(struct net_device *dev);
void igmp_net_init(struct net *net);
void ip_mc_init_dev(struct in_device *in_dev);
void ip_mc_destroy_dev(struct in_device *in_dev);
/* Device events for addresses and routes. */
void inetdev_event(struct net_device *dev, enum netdev_event event);
bool inet_ifa_match(be32 addr, const struct in_ifaddr *ifa);

/* ---- fib_frontend.c ---- */

int fib_add_ifaddr(const struct in_ifaddr *ifa);		/* -ENOMEM */
void fib_del_ifaddr(const struct in_ifaddr *ifa);	/* already off its device's list */
void fib_device_up(struct in_device *in_dev);
void fib_device_down(struct in_device *in_dev, bool force);
/* Own addresses as sources, and packets whose reply would leave by another device (rp_filter). */
enum skb_drop_reason fib_validate_source(struct net *net, be32 saddr, struct in_device *in_dev);

/* ---- route.c ---- */

int route_net_init(struct net *net);

static inline void rt_cache_flush(struct net *net)
{
	dst_flush(&net->ipv4->dst_ops);
}

/* route_list.c: ip_route_input() for those of a list for which it is simple. */
void ip_route_input_list(struct sk_buff *const *skb, u32 n, const struct net_device *dev);

/*
 * Packets for this machine come in trains from the same peer: the last answer is remembered. Tables
 * that change make its route obsolete; settings that decide about sources are looked at here.
 */
static __always_inline bool ip_route_input_known(const struct in_device *in_dev, be32 daddr,
						 be32 saddr)
{
	const struct in_last_input *last = &in_dev->last;
	const struct net *net = in_dev->dev->net;

	return last->dst && last->daddr == daddr && last->saddr == saddr && dst_check(last->dst) &&
	       !IN_DEV_MAXCONF(in_dev, net, rp_filter) && !net->ipv4->fib->policy;
}

/* The neighbour to send daddr's packets to; borrowed. NULL: none could be made. */
struct neighbour *ip_neigh_slow(struct rtable *rt, be32 daddr);

static inline struct neighbour *ip_neigh_for_gw(struct rtable *rt, be32 daddr)
{
	struct neighbour *n = rt->dst.neigh;

	/* Where all addresses are one neighbour its key is another. */
	if (likely(n && rt->neigh_key == (rt->gateway ? rt->gateway : daddr) && !n->dead))
		return n;
	return ip_neigh_slow(rt, daddr);
}

/* ---- ip_input.c, ip_output.c ---- */

#define IP_IDENTS 256

/* packet_type.straight_in */
bool ip_rcv_straight(struct sk_buff *skb, struct net_device *dev);
void ip_forward_list(struct net *net, struct sk_buff **skb, u32 n);
u32 ip_forward_straight(struct straight_run *run);	/* frames that become no packets */
int dst_output(struct net *net, struct sk_buff *skb);
int ip_finish_output(struct net *net, struct sk_buff *skb);
int ip_do_fragment(struct net *net, struct sk_buff *skb, u32 mtu);
int ip_finish_output2(struct net *net, struct sk_buff *skb);
/* The first of `segs` that follow one another. */
u16 ip_select_ident(struct net *net, be32 saddr, be32 daddr, u8 protocol, u32 segs);
/* The most that one packet by this route may have: local ones obey the path, others the link. */
static inline u32 ip_skb_dst_mtu(const struct sk_buff *skb)
{
	const struct rtable *rt = dst_rtable(skb->dst);

	if (!rt->is_input)
		return dst_mtu(skb->dst, ip_hdr(skb)->daddr);
	/* A router does not believe what others say of the path (Linux: ip_forward_use_pmtu 0). */
	return rt->mtu ? rt->mtu : min_t(u32, rt->dst.dev->mtu, IPV4_MAX_LEN + 1);
}

/* ---- pmtu.c ---- */

void pmtu_net_exit(struct net *net);
u32 pmtu_lookup(const struct net *net, be32 daddr);	/* 0: nothing known */

/* ---- redirect.c ---- */

void redirect_net_init(struct net *net);
void redirect_net_exit(struct net *net);

/* ---- reassembly: ip_fragment.c ---- */

int ip_frags_net_init(struct net *net);
void ip_frags_net_exit(struct net *net);

/* ---- arp.c, icmp.c ---- */

int arp_net_init(struct net *net);
void arp_net_exit(struct net *net);

/* dst_hw NULL: broadcast; tha NULL: zero, as in requests. */
void arp_send(struct net_device *dev, u16 op, be32 dest_ip, be32 src_ip, const u8 *dst_hw,
	      const u8 *src_hw, const u8 *tha);

void inet_ifa_lft_init(struct in_ifaddr *ifa);		/* ifa_lft.c */
void inet_ifa_lft_exit(struct in_ifaddr *ifa);

/* acd.c: an address comes, may be used, goes; somebody with that MAC claims one of ours. */
void acd_addr_init(struct in_ifaddr *ifa);
void acd_addr_ready(struct in_ifaddr *ifa);
void acd_addr_exit(struct in_ifaddr *ifa);
void acd_conflict(struct net_device *dev, be32 addr, const u8 *sha);

void inetdev_send_gratuitous_arp(struct net_device *dev);	/* of each of its addresses */

int icmp_net_init(struct net *net);
void icmp_net_exit(struct net *net);

#endif

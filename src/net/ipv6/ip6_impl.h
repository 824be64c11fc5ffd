/* SPDX-License-Identifier: MIT */
/* What the files of net/ipv6/ tell each other and nobody else. */
#ifndef LINNET_NET_IPV6_IP6_IMPL_H
#define LINNET_NET_IPV6_IP6_IMPL_H

#include "net/ipv6/ip6.h"

/* ---- addrconf*.c, mcast.c ---- */

int inet6_dev_init(struct net_device *dev);
void inet6_dev_destroy(struct net_device *dev);
void addrconf_event(struct net_device *dev, enum netdev_event event);
/* Not while it is tentative, unless it is optimistic (RFC 4429). */
static inline bool ip6_ifa_is_usable(const struct inet6_ifaddr *ifp)
{
	return !(ifp->flags & IFA_F_DADFAILED) &&
	       (ifp->flags & (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC)) != IFA_F_TENTATIVE;
}

/* Somebody else has it (RFC 4862 5.4.5). */
void addrconf_dad_failure(struct inet6_ifaddr *ifp);
void ipv6_mc_init_dev(struct inet6_dev *idev);
void ipv6_mc_destroy_dev(struct inet6_dev *idev);
void ipv6_mc_ready(struct inet6_dev *idev);	/* the link-local address is ours */
/* A query or a report, checksum verified. Borrows. */
enum skb_drop_reason mld_rcv(struct sk_buff *skb, u8 type);

#define IP6_RT_PRIO_ADDRCONF 256	/* metric of routes that come with addresses */

/* ---- ip6_fib.c, route6.c ---- */

struct fib6_info {		/* one route; those of a prefix are linked, the best first */
	struct fib6_info *next;
	struct fib6_config cfg;		/* its metrics are ours: */
	struct dst_metrics *metrics;
	struct dst_entry *rth_output, *rth_input;
	u16 siblings;			/* how many share its flows, itself too; 0: nobody */
};

int fib6_net_init(struct net *net);
void fib6_net_exit(struct net *net);
void fib6_flush_dev(struct net *net, const struct net_device *dev);
/* By rules and tables: the best route for fl out of oif (0: any) whose device is up. NULL: none, or
 * a rule refuses, *err says which. A route that refuses has fib6_type_error(). */
struct fib6_info *fib6_lookup(const struct net *net, const struct flowi6 *fl, int oif, int *err);
/* Do all packets to an address take the same way? */
bool fib6_by_address(const struct net *net);
int fib6_type_error(u8 type);
/* Which of the siblings that begin with `first` a flow takes: that of skb, or of fl. */
struct fib6_info *fib6_select_path(const struct net *net, struct fib6_info *first,
				   const struct flowi6 *fl, const struct sk_buff *skb);
u32 rt6_multipath_hash(const struct net *net, const struct sk_buff *skb);	/* never 0 */

int route6_net_init(struct net *net);

static inline void rt6_cache_flush(struct net *net)
{
	dst_flush(&net->ipv6->dst_ops);
}

/* The device's last answer is that of daddr, too. */
static __always_inline bool ip6_route_input_known(const struct net *net,
						  const struct inet6_dev *idev,
						  const struct ip6_addr *daddr)
{
	const struct dst_entry *dst = idev->last.dst;

	return dst && !dst->obsolete && ipv6_addr_equal(&idev->last.daddr, daddr) &&
	       likely(fib6_by_address(net));
}
struct rt6_info *rt6_of_dev(struct inet6_dev *idev, int which);	/* borrowed; NULL: no memory */
struct neighbour *ip6_neigh(struct rt6_info *rt, const struct ip6_addr *daddr);

/* What a router said of the link, or the device's own (RFC 4861 4.6.4). */
static inline u32 ip6_dev_mtu(const struct net_device *dev)
{
	u32 mtu = dev->ip6_ptr ? (u32)dev->ip6_ptr->cnf.mtu6 : 0;

	return mtu && mtu < dev->mtu ? mtu : dev->mtu;
}

/* A number for tables that are shared by addresses (pmtu.h, icmp_limit.h). */
static inline u64 ip6_peer(const struct net *net, const struct ip6_addr *a)
{
	return siphash_2u64(ip6_word(a, 0), ip6_word(a, 1), &net->hash_key);
}

/* packet_type.straight_in */
bool ipv6_rcv_straight(struct sk_buff *skb, struct net_device *dev);

/* ---- exthdrs.c, reassembly.c ---- */

/* Options before routing; false: the packet is gone. */
bool ipv6_parse_hopopts(struct sk_buff *skb);

/* A header that stands at off (from the network header) is dealt with: the offset behind it, nhoff
 * being set; 0: the packet is gone, or waits. */
u32 ipv6_destopt_rcv(struct sk_buff *skb, u32 off);
u32 ipv6_rthdr_rcv(struct sk_buff *skb, u32 off);
/* *skb becomes the whole datagram when it was the last piece. */
u32 ipv6_frag_rcv(struct sk_buff **skb, u32 off);
int ipv6_frags_net_init(struct net *net);
void ipv6_frags_net_exit(struct net *net);

/* ---- output ---- */

int dst6_output(struct net *net, struct sk_buff *skb);
int ip6_finish_output2(struct net *net, struct sk_buff *skb);

/* ---- icmp6.c, ndisc.c ---- */

int icmpv6_net_init(struct net *net);
void icmpv6_net_exit(struct net *net);
void icmp6_count_out(struct net *net, u8 type);
/* May a message of that type go there now? It is counted. */
bool icmp6_within_limits(struct net *net, const struct rt6_info *rt, const struct ip6_addr *daddr,
			 u8 type);
void icmp6_xmit(struct net *net, struct sk_buff *skb, const struct ip6_xmit *x);

int ndisc_net_init(struct net *net);
void ndisc_net_exit(struct net *net);
/* A message for a packet of ours that came and goes by the same link (redirect6.c). Borrows. */
void ndisc_send_redirect(struct sk_buff *skb, const struct rt6_info *rt);
/* For a message of len bytes, which the caller writes with checksum 0; NULL: no memory. */
struct sk_buff *ndisc_alloc_skb(const struct net_device *dev, u32 len);
/* Finishes and sends it, by the device itself: no table needs to know the way. text: for the trace,
 * as a word with the message's first address. Consumes. */
void ndisc_send_skb(struct sk_buff *skb, struct net_device *dev, const struct ip6_addr *saddr,
		    const struct ip6_addr *daddr, const char *text);
/* A message of neighbour discovery, checksum verified. Consumes. */
int ndisc_rcv(struct sk_buff *skb, u8 type);
void ndisc_device_event(struct net_device *dev, enum netdev_event event);
/* "Here I am", to all, if ndisc_notify is on. */
void ndisc_send_unsol_na(struct net_device *dev, const struct inet6_ifaddr *ifp);
/* saddr NULL: chosen; lladdr goes along but from ::, and the nonce unless it is 0. */
void ndisc_send_ns(struct net_device *dev, const struct ip6_addr *solicit,
		   const struct ip6_addr *daddr, const struct ip6_addr *saddr, u64 nonce);

#endif

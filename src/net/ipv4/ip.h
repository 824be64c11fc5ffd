/* SPDX-License-Identifier: MIT */
/*
 * IPv4: what the layers above and ctl/ use. The packet's way stands in ip_input.c, ip_forward.c,
 * ip_output.c; addresses in devinet.c; routes in fib.c (the table) and route.c (lookups, dst).
 *
 *	ip_rcv -> PRE_ROUTING -> ip_rcv_finish -> dst_input
 *		ip_local_deliver -> LOCAL_IN -> ip_local_deliver_finish -> protocol handler
 *		ip_forward -> FORWARD -> ip_forward_finish -> dst_output
 *	ip_queue_xmit -> LOCAL_OUT -> dst_output = ip_output -> POST_ROUTING -> ip_finish_output
 *		-> (ip_do_fragment) -> neigh_output
 *
 * A route found is a struct rtable: one per next hop, made on first use and shared by all packets
 * and sockets that go there, so the packet path allocates nothing (net/dst.h). Who keeps one asks
 * dst_check() before use.
 *
 * Addresses are be32 in network byte order. Functions that take an skb consume it.
 */
#ifndef LINNET_NET_IPV4_IP_H
#define LINNET_NET_IPV4_IP_H

#include "base/dst_metrics.h"
#include "base/skb_queue.h"
#include "device/gro.h"
#include "device/netdevice.h"
#include "device/nf_hook.h"
#include "link/neigh.h"
#include "net/dst.h"
#include "net/ipv4/ip_fib.h"
#include "net/mcast.h"
#include "net/ipv4/redirect.h"
#include "net/offload.h"
#include "net/pmtu.h"
#include "net/rtnetlink.h"
#include "wire/ipv4.h"

static inline struct iphdr *ip_hdr(const struct sk_buff *skb)
{
	return (struct iphdr *)(void *)skb_network_header(skb);
}

struct fib;
struct rtable;
struct icmp_limit;
struct fqdir;

/* ---- addresses (devinet.c) ---- */

struct in_ifaddr {
	struct list_head list;
	struct in_device *in_dev;
	be32 local, address, broadcast;	/* address: its peer's, else its own (ifaddr.h) */
	u8 prefixlen;
	u8 scope;			/* RT_SCOPE_* */
	bool secondary;
	u8 announcements;		/* still to be sent: acd.c */
	char label[16];
	struct hlist_node hash;		/* of the instance, by local */
	struct timer announce_timer;
	ktime_t valid_until, preferred_until;	/* KTIME_MAX: for ever */
	struct timer lft_timer;
	ktime_t defended_until;		/* no second defence before (acd.c) */
};

/* Routes that no prefix of the table stands behind: kept per device. */
enum { IN_DEV_RT_BROADCAST, IN_DEV_RT_MULTICAST, IN_DEV_RT_ONLINK, IN_DEV_RT_IN_BROADCAST,
       IN_DEV_RT_IN_MULTICAST, IN_DEV_RT_SELF, IN_DEV_RT_MAX };

struct in_device {			/* an interface's IPv4 part */
	struct net_device *dev;
	struct list_head ifa_list;	/* a subnet's primary before its secondary ones */
	struct mc_dev mc;		/* igmp.c */
	struct dst_entry *dst[IN_DEV_RT_MAX];
	u64 arp_conflicts;		/* somebody else claimed an address of ours (RFC 5227) */
	/* net.ipv4.conf.<dev>.* */
	bool forwarding, accept_local, send_redirects, accept_redirects;
	bool secure_redirects, shared_media;
	bool arp_filter, proxy_arp, proxy_arp_pvlan, arp_notify, arp_evict_nocarrier;
	bool drop_gratuitous_arp, log_martians, accept_source_route, route_localnet;
	u8 rp_filter;			/* 0 off, 1 strict, 2 loose (RFC 3704) */
	u8 arp_ignore, arp_announce, arp_accept, arp_defend;
	u8 force_igmp_version;
	s32 medium_id;			/* proxy_arp between devices of one medium: not */
	s32 igmpv2_unsolicited_report_interval, igmpv3_unsolicited_report_interval;	/* ms */
	struct in_last_input {
		be32 daddr, saddr;
		struct dst_entry *dst;	/* a reference, or NULL */
	} last;				/* the last packet that came in for this machine */
};

/* scope: 0 universe, 253 link, 254 host. -EEXIST, -EINVAL, -ENOMEM. Adds the local, broadcast and
 * connected routes; when the device is up, announces nothing (as Linux's default). */
int inet_addr_add(struct net_device *dev, be32 local, u8 prefixlen, be32 broadcast, u8 scope);
int inet_addr_del(struct net_device *dev, be32 local, u8 prefixlen);	/* -EADDRNOTAVAIL */
/* In s from now; UINT32_MAX: for ever, as it is at first. */
void inet_ifa_set_lft(struct in_ifaddr *ifa, u32 valid_s, u32 preferred_s);

/* net.ipv4.ip_forward, which is conf.all.forwarding: the default and every device follow when it
 * changes; after that conf.DEV.forwarding decides for what comes in by DEV. */
void inet_forward_change(struct net *net, bool on);

/* The source address to use towards dst out of dev (0: any) with scope at most `scope`; 0: none. */
be32 inet_select_addr(const struct net_device *dev, be32 dst, u8 scope);
/* Is a on one of the device's subnets, and b (0: whatever) on the same? */
bool inet_addr_onlink(const struct in_device *in_dev, be32 a, be32 b);

/* One of this machine's own addresses? Flat in their number. Borrowed, or NULL. */
struct in_ifaddr *inet_lookup_ifaddr(const struct net *net, be32 local);

/* Multicast groups that the device receives: counted. -EINVAL, -ENOMEM, -EADDRNOTAVAIL. */
int ip_mc_join_group(struct net_device *dev, be32 group);
int ip_mc_leave_group(struct net_device *dev, be32 group);
/* As mc_group_change(). */
int ip_mc_change(struct net_device *dev, be32 group, const struct mc_filter *old,
		 const struct mc_filter *now);
/* Is what saddr (0: anybody) sends there of interest here? */
bool ip_check_mc(const struct in_device *in_dev, be32 group, be32 saddr, u8 protocol);

/* ---- routes (fib.c, route.c) ---- */

struct flowi4 {			/* the key of a lookup; saddr 0 = choose it */
	be32 daddr, saddr;
	be16 dport, sport;
	int oif, iif;		/* 0 = any */
	u32 mark;
	u8 proto, tos, scope;
	bool anysrc;		/* saddr need not be ours */
	u32 multipath_hash;	/* which of several next hops; 0: by the fields above */
};

struct rtable {			/* the result: a dst */
	struct dst_entry dst;
	be32 gateway;		/* 0: the destination itself is the next hop */
	be32 prefsrc;		/* source address for packets made here */
	u8 type;		/* RTN_* */
	bool is_input, redirected;	/* redirected: its gateway is what a redirect told */
	u32 mtu;		/* the route's own; 0 = the device's */
	u32 table;		/* for traces */
	be32 neigh_key;		/* whose dst.neigh is */
};

static inline struct rtable *dst_rtable(struct dst_entry *dst)
{
	return (struct rtable *)(void *)dst;	/* its first member; NULL is NULL */
}

static inline struct dst_entry *rtable_dst(struct rtable *rt)
{
	return rt ? &rt->dst : NULL;
}

/*
 * Route for a packet made here: fills fl->saddr and fl->oif, returns a reference in *rt.
 * -ENETUNREACH, -EHOSTUNREACH, -EACCES (prohibit), -EINVAL (source not ours), -ENODEV, -ENOMEM.
 * To connect() 0.0.0.0 is the address that it stands for, looked up as any other.
 */
int ip_route_output(struct net *net, struct flowi4 *fl, struct rtable **rt);
int ip_route_connect(struct net *net, struct flowi4 *fl, struct rtable **rt);
/* Route for a received packet: sets skb->dst. SKB_CONSUMED (0), or why it is refused. */
enum skb_drop_reason ip_route_input(struct sk_buff *skb, be32 daddr, be32 saddr, u8 tos,
				    struct net_device *dev);

/* RTN_* of an address seen from this machine (LOCAL, BROADCAST, MULTICAST, UNICAST). */
u8 inet_addr_type(struct net *net, be32 addr);

/* A cached route may still be used? Else look it up again. */
static inline bool dst_check(const struct dst_entry *dst)
{
	return !dst->obsolete;
}

/* ICMP said that `mtu` is the most towards daddr (RFC 1191; not below 552, Linux's min_pmtu).
 * For error handlers, once they believe that the quoted packet was theirs. */
#define IP_PMTU_MIN 552u		/* Linux's min_pmtu: 512 + 20 + 20 */
void ip_rt_update_pmtu(struct net *net, be32 daddr, u32 mtu);

/* A reply proved that the next hop towards daddr receives (neigh_confirm). */
void ip_confirm_neigh(const struct dst_entry *dst, be32 daddr);

/* ---- protocols (rows I7, T9) ---- */

struct net_protocol {
	/* data at the transport header, network_header set, dst set. Consumes. */
	int (*handler)(struct sk_buff *skb);
	/* Consumes the first of n that go straight (ip_list_in.h), and tells how many. Or NULL. */
	u32 (*list_rcv)(struct sk_buff **skb, u32 n, const struct net_device *dev);
	/* An ICMP error about a packet of ours: data at the quoted IP header (linear with at least
	 * 8 bytes behind it); info: the MTU it tells (or a guess), or the pointer of a parameter
	 * problem. Borrows the skb. */
	void (*err_handler)(struct sk_buff *skb, u8 type, u8 code, u32 info);
};

struct netns_ipv4 {
	struct fib *fib;		/* routing tables and rules */
	struct dst_ops dst_ops;		/* of struct rtable */
	struct hlist_head *inet_addr_lst;	/* own addresses, by address */
	u32 inet_addr_mask, inet_addr_count;
	const struct net_protocol *protos[256];
	const struct net_offload *offloads[INET_OFFLOADS];	/* their GRO and GSO */
	/* Raw sockets see every local packet first: borrows skb; true when some socket took a
	 * clone (then an unknown protocol is not an error). */
	bool (*raw_rcv)(struct sk_buff *skb, u8 protocol);
	/* ... and every ICMP error before the protocol whose packet it quotes: as err_handler. */
	void (*raw_err)(struct sk_buff *skb, u8 type, u8 code, u32 info);
	/* Echo replies and errors about echoes, to ping sockets: data at ICMP's header; consumes */
	void (*ping_rcv)(struct sk_buff *skb);
	struct packet_type ip_packet_type, arp_packet_type;
	struct packet_offload offload;
	struct notifier_block notifier;
	struct in_device *conf_default, *conf_all;
	struct fqdir *frags;
	struct pmtu_cache pmtu;
	struct rt_redirects redirects;
	struct icmp_limit *icmp_limit;
	bool icmp_xmit;			/* a message is being sent: it makes no other one */
	u32 *ip_idents;			/* next id by hash of addresses and protocol */
	struct rt_last_output last_output;
};

/* What ICMP said of the path to daddr, or 0. */
u32 pmtu_lookup(const struct net *net, be32 daddr);
u32 pmtu_left_s(const struct net *net, be32 daddr);	/* until it is forgotten; 0: unknown */
bool pmtu_is_locked(const struct net *net, be32 daddr);

/* The route's MTU stands whatever ICMP says, or less than 552 was told (as Linux, which locks it
 * then): packets go without DF. dst may be NULL. */
static __always_inline bool ip_pmtu_locked(const struct net *net, const struct dst_entry *dst,
					   be32 daddr)
{
	return dst_metric_locked(dst, RTAX_MTU) ||
	       (unlikely(net->ipv4->pmtu.latest > net->now) && pmtu_is_locked(net, daddr));
}

/* Path MTU of a route: its own or the device's, lowered by ICMP for this destination. */
static __always_inline u32 dst_mtu(const struct dst_entry *dst, be32 daddr)
{
	const struct rtable *rt = container_of(dst, const struct rtable, dst);
	u32 mtu = rt->mtu ? rt->mtu : dst->dev ? dst->dev->mtu : IPV4_MAX_LEN;
	u32 path = 0;

	if (unlikely(dst->net->ipv4->pmtu.latest > dst->net->now) &&
	    !dst_metric_locked(dst, RTAX_MTU))
		path = pmtu_lookup(dst->net, daddr);
	mtu = min_t(u32, mtu, IPV4_MAX_LEN + 1);
	return path && path < mtu ? path : mtu;
}

int ipv4_net_init(struct net *net);	/* addresses, FIB, ARP, ICMP, handlers; -ENOMEM */
void ipv4_net_exit(struct net *net);	/* after devices and sockets */
void inet_add_protocol(struct net *net, const struct net_protocol *prot, u8 protocol);

/* ---- the way in and out ---- */

int ip_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt);
void ip_list_rcv(struct sk_buff **skb, u32 n, struct net_device *dev, struct packet_type *pt);
int ip_local_deliver(struct sk_buff *skb);
int ip_forward(struct sk_buff *skb);
int ip_error(struct sk_buff *skb);	/* input of a route that refuses */
int ip_output(struct net *net, struct sk_buff *skb);
int ip_mc_output(struct net *net, struct sk_buff *skb);	/* broadcast and multicast */

struct ip_xmit {		/* what the transport decides of the IP header */
	be32 saddr, daddr;
	u8 protocol, ttl, tos;	/* ttl 0 = the default, but to a group */
	bool df;		/* may not be fragmented; id is 0 then, else ip_select_ident() */
};

/*
 * Writes the IP header in front of skb (data at the transport header, headroom given) and sends it
 * through LOCAL_OUT. skb->dst is set: a route of ip_route_output(). Consumes. 0 or -errno
 * (-EMSGSIZE: larger than the path MTU and df; -ENETDOWN, -ENOBUFS ...).
 */
int ip_queue_xmit(struct net *net, struct sk_buff *skb, const struct ip_xmit *x);

/* The same for a packet whose IP header stands complete (IP_HDRINCL, replies). Consumes. */
int ip_local_out(struct net *net, struct sk_buff *skb);

/*
 * A fragment (data at the network header). Returns the whole datagram, as the fragment was, when
 * this one completes it; else NULL, and the fragment waits or was dropped.
 */
struct sk_buff *ip_defrag(struct sk_buff *skb);

/* The header of a packet made here was rewritten: another route, by its addresses and mark.
 * -errno as ip_route_output(); the packet stays the caller's. */
int ip_route_me_harder(struct net *net, struct sk_buff *skb);

/* ---- ICMP (icmp.c, row I5) ---- */

/*
 * Sends an error about skb_in (network_header set), unless RFC 1122 3.2.2 forbids it (ICMP error,
 * broadcast or multicast, a fragment but the first, a source that is no host) or the rate limit.
 * Borrows skb_in. info: next-hop MTU for fragmentation needed; pointer << 24 for parameter problem.
 */
void icmp_send(struct sk_buff *skb_in, u8 type, u8 code, be32 info);

/* errno (as sk_err) of an ICMP unreachable code; whether it ends a connection attempt (PI-04). */
int icmp_err_convert(u8 code, bool *fatal);
u32 icmp_told_mtu(const struct net *net, u32 mtu);	/* by ip_no_pmtu_disc; 0: the least */

#endif

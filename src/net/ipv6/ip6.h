/* SPDX-License-Identifier: MIT */
/*
 * IPv6: what the layers above and ctl/ use. Files, functions and the packet's way mirror net/ipv4:
 *
 *	ipv6_rcv -> PRE_ROUTING -> ip6_rcv_finish -> dst_input
 *		ip6_input -> LOCAL_IN -> ip6_input_finish: extension headers, then the protocol
 *		ip6_forward -> FORWARD -> ip6_forward_finish -> dst_output
 *	ip6_xmit -> LOCAL_OUT -> dst_output = ip6_output -> POST_ROUTING -> ip6_finish_output
 *		-> (ip6_fragment) -> neigh_output
 *
 * Addresses: addrconf.c; duplicate address detection: addrconf_dad.c; what routers say and how one
 * speaks: ra.h; which of them to send from: saddr.c; groups: mcast.c; neighbours: ndisc.c; routes:
 * ip6_route.h; errors and echo: icmp6.c, icmp6_send.c; headers behind the header: exthdrs.c,
 * reassembly.c.
 *
 * IPv6 is off on each device until net.ipv6.conf.DEV.disable_ipv6 is 0 (Linux: on): what a device
 * sends of itself when it comes up would else be in every lab that has no use for it.
 */
#ifndef LINNET_NET_IPV6_IP6_H
#define LINNET_NET_IPV6_IP6_H

#include "device/gro.h"
#include "device/netdevice.h"
#include "device/nf_hook.h"
#include "link/neigh.h"
#include "net/dst.h"
#include "net/ipv6/ip6_route.h"
#include "net/mcast.h"
#include "net/offload.h"
#include "net/pmtu.h"
#include "net/rtnetlink.h"
#include "wire/ipv6.h"

static inline struct ipv6hdr *ipv6_hdr(const struct sk_buff *skb)
{
	return (struct ipv6hdr *)(void *)skb_network_header(skb);
}

struct ip6_fib;
struct rt6_info;
struct icmp_limit;
struct ipv6_txoptions;	/* txoptions.h */
struct fqdir;

/* ---- addresses (addrconf.c) ---- */

enum {			/* Linux's numbers */
	IFA_F_TEMPORARY = 0x01, IFA_F_NODAD = 0x02, IFA_F_OPTIMISTIC = 0x04, IFA_F_DADFAILED = 0x08,
	IFA_F_DEPRECATED = 0x20, IFA_F_TENTATIVE = 0x40, IFA_F_PERMANENT = 0x80,
	IFA_F_MANAGETEMPADDR = 0x100,	/* has temporary ones beside it (RFC 8981) */
	IFA_F_NOPREFIXROUTE = 0x200,
	IFA_F_STABLE_PRIVACY = 0x800,	/* RFC 7217 */
	IFA_F_OF_ROUTER = 0x8000,	/* not Linux's: a router's prefix made it */
};

struct inet6_ifaddr {
	struct list_head list;
	struct hlist_node hash;		/* of the instance, by addr */
	struct inet6_dev *idev;
	struct ip6_addr addr, peer_addr;	/* addrconf_peer.h; any: none */
	u8 prefix_len;
	u8 scope;			/* RT_SCOPE_* */
	u16 flags;			/* IFA_F_* */
	u8 dad_probes;			/* still to be sent */
	u8 stable_retry;		/* duplicates before it */
	u64 dad_nonce;			/* RFC 7527: in what asks for it now; 0: none */
	u8 regen_count;			/* tries; of a temporary one: it has a next */
	struct timer dad_timer;
	ktime_t valid_until, preferred_until;	/* KTIME_MAX: for ever */
	struct inet6_ifaddr *pub;	/* whose temporary one it is; NULL */
	ktime_t created;		/* a temporary one */
};

struct ipv6_devconf {		/* net.ipv6.conf.<dev>.*; Linux's defaults, but disable_ipv6 */
	bool disable_ipv6, forwarding;
	u8 hop_limit;
	u8 accept_dad;
	u8 dad_transmits;
	bool enhanced_dad;		/* RFC 7527 */
	u8 addr_gen_mode;		/* addrconf_gen.c */
	bool has_secret;
	struct ip6_addr stable_secret;
	u8 accept_ra;			/* 1: as a host, 2: as a router too */
	bool accept_ra_defrtr, accept_ra_pinfo, accept_ra_rtr_pref, accept_ra_mtu;
	bool accept_ra_from_local, autoconf, accept_redirects;
	bool force_forwarding;		/* as a router, whatever conf.all.forwarding says */
	bool optimistic_dad, use_optimistic;	/* RFC 4429; ... as good as others to send from */
	bool proxy_ndp, ndisc_notify, drop_unsolicited_na, ndisc_evict_nocarrier;
	u8 accept_untracked_na;		/* 1: of whoever, 2: of the device's subnets */
	u8 accept_ra_rt_info_min_plen, accept_ra_rt_info_max_plen;
	s32 accept_ra_min_hop_limit, accept_ra_min_lft, ra_defrtr_metric, max_addresses;
	s32 use_tempaddr;		/* 1: they are made, 2: and preferred; -1: in vain */
	s32 temp_valid_lft, temp_prefered_lft, max_desync_factor, regen_min_advance;	/* s */
	s32 regen_max_retry;
	s32 router_solicitations;	/* -1: until there is an answer */
	s32 router_solicitation_delay, router_solicitation_interval;
	s32 router_solicitation_max_interval;	/* s */
	u8 force_mld_version;		/* 0: as it is asked */
	s32 mldv1_unsolicited_report_interval, mldv2_unsolicited_report_interval;	/* ms */
	s32 mtu6;			/* as a router says; 0: the device's */
	/* What a router says (radv.c); these names are not Linux's, which leaves it to radvd. */
	bool adv_send, adv_managed, adv_other, adv_rdnss;
	u8 adv_preference;		/* as RFC 4191 has it: 0 medium, 1 high, 3 low */
	s32 adv_interval, adv_lifetime, adv_valid_lft, adv_preferred_lft;	/* s */
	s32 adv_mtu;			/* 0: says nothing of it */
};

#define RA_DNS_MAX 4

/* What the routers of a link said, and how they are asked: ra_host.c. */
struct inet6_ra {
	struct list_head routes;	/* struct ra_route */
	u32 nr_routes;
	struct timer timer;		/* what ends first: a route, an address */
	struct timer rs_timer;
	s32 rs_probes;
	ktime_t rs_interval;
	bool received, managed, other;
	struct { struct ip6_addr addr; ktime_t until; } dns[RA_DNS_MAX];
	struct timer adv_timer;		/* and what this one says itself: radv.c */
	ktime_t adv_last;
	u8 adv_initial;			/* still to be sent soon one after the other */
};

enum { IN6_DEV_RT_MULTICAST, IN6_DEV_RT_ONLINK, IN6_DEV_RT_IN_MULTICAST, IN6_DEV_RT_MAX };

struct inet6_dev {			/* an interface's IPv6 part */
	struct net_device *dev;
	struct ipv6_devconf cnf;
	bool has_desync;
	s32 desync_s;			/* RFC 8981 3.8: DESYNC_FACTOR */
	struct list_head addr_list;	/* wider scopes first, as Linux lists them */
	struct mc_dev mc;		/* mcast.c */
	struct inet6_ra ra;
	struct dst_entry *dst[IN6_DEV_RT_MAX];
	struct in6_last_input {
		struct ip6_addr daddr;
		struct dst_entry *dst;	/* a reference, or NULL */
	} last;				/* the last packet that came in for this machine */
};

static inline struct inet6_dev *in6_dev_get(const struct net_device *dev)
{
	return dev->ip6_ptr;
}

/* flags: NODAD, NOPREFIXROUTE. -EACCES (IPv6 is off there), -EEXIST, -EINVAL, -ENOMEM. */
int inet6_addr_add(struct net_device *dev, const struct ip6_addr *addr, u8 plen, u16 flags);
/* The same with lifetimes, in s from now; UINT32_MAX: for ever. It is IFA_F_PERMANENT then. */
int inet6_addr_add_lft(struct net_device *dev, const struct ip6_addr *addr, u8 plen, u16 flags,
		       u32 valid_s, u32 preferred_s);
/* Its lifetimes are these from now on; it stays. -EADDRNOTAVAIL; -EINVAL: it cannot have temporary
 * ones beside it. */
int inet6_addr_modify(struct net_device *dev, const struct ip6_addr *addr, u16 flags, u32 valid_s,
		      u32 preferred_s);
int inet6_addr_del(struct net_device *dev, const struct ip6_addr *addr, u8 plen);

/* Sets disable_ipv6 of a device, and what follows from it. */
void addrconf_disable_ipv6(struct net_device *dev, bool off);
/* conf.all.disable_ipv6: the default and every device. */
void addrconf_disable_ipv6_all(struct net *net, bool off);
/* conf.DEV.stable_secret (dev NULL: default): addresses are made of it from then on. */
void addrconf_stable_secret(struct net *net, struct net_device *dev, const struct ip6_addr *secret);
void addrconf_forward_change(struct net *net, bool on);	/* conf.all.forwarding */
void addrconf_dev_forward(struct net_device *dev, bool on);	/* of one device */

/* One of our own; dev NULL: whichever (link-local ones: the first). Tentative ones too. */
struct inet6_ifaddr *ipv6_get_ifaddr(const struct net *net, const struct ip6_addr *addr,
				     const struct net_device *dev);
/* The same, where it may be used: not tentative, not refused by DAD. */
bool ipv6_chk_addr(const struct net *net, const struct ip6_addr *addr,
		   const struct net_device *dev);

/* RFC 6724: the address to use towards daddr out of dev. -EADDRNOTAVAIL. */
int ipv6_dev_get_saddr(const struct net *net, const struct net_device *dev,
		       const struct ip6_addr *daddr, struct ip6_addr *saddr);
int ipv6_get_lladdr(const struct net_device *dev, struct ip6_addr *addr);

/* Groups that a device receives, counted. -EINVAL, -ENOMEM, -EADDRNOTAVAIL. */
int ipv6_dev_mc_inc(struct net_device *dev, const struct ip6_addr *group);
int ipv6_dev_mc_dec(struct net_device *dev, const struct ip6_addr *group);
/* As mc_group_change(). */
int ipv6_mc_change(struct net_device *dev, const struct ip6_addr *group,
		   const struct mc_filter *old, const struct mc_filter *now);
/* Does somebody want what saddr (NULL: anybody) sends to it? */
bool ipv6_chk_mcast_addr(const struct inet6_dev *idev, const struct ip6_addr *group,
			 const struct ip6_addr *saddr);

/* ---- protocols ---- */

struct inet6_protocol {
	/* data at the upper-layer header, network_header set. Consumes. */
	int (*handler)(struct sk_buff *skb);
	/* Consumes the first of n that go straight (ip6_list_in.h), and tells how many. Or NULL. */
	u32 (*list_rcv)(struct sk_buff **skb, u32 n, const struct net_device *dev);
	/* An ICMPv6 error about a packet of ours: data at the quoted IPv6 header; off: of the
	 * upper-layer header in it, from which on 8 bytes are linear. Borrows. */
	void (*err_handler)(struct sk_buff *skb, u8 type, u8 code, u32 off, u32 info);
};

struct netns_ipv6 {
	struct ip6_fib *fib;
	struct dst_ops dst_ops;		/* of struct rt6_info */
	struct hlist_head *addr_lst;
	u32 addr_mask, addr_count;
	const struct inet6_protocol *protos[256];
	/* As IPv4's (net/ipv4/ip.h); proto: of the upper layer. */
	bool (*raw_rcv)(struct sk_buff *skb, u8 proto);
	void (*raw_err)(struct sk_buff *skb, u8 type, u8 code, u32 off, u32 info);
	void (*ping_rcv)(struct sk_buff *skb);
	struct ipv6_devconf conf_default, conf_all;
	struct neigh_table nd_tbl;
	struct fqdir *frags;
	struct pmtu_cache pmtu;
	struct icmp_limit *icmp_limit;
	u32 icmp_ratemask[8];		/* net.ipv6.icmp.ratemask, a bit for each type */
	bool icmp_xmit;			/* an ICMPv6 message is on its way out: no error about it */
	struct packet_type packet_type;
	struct packet_offload offload;
	const struct net_offload *offloads[INET_OFFLOADS];	/* by protocol */
	struct notifier_block notifier;
};

int ipv6_net_init(struct net *net);	/* -ENOMEM */
void ipv6_net_exit(struct net *net);
void inet6_add_protocol(struct net *net, const struct inet6_protocol *prot, u8 protocol);

/* What layers of this folder leave in skb->cb for each other. */
struct inet6_skb_parm {
	u16 nhoff;		/* from the network header: of the byte that names what is next */
	u16 iif;		/* device it came by */
	u16 frag_max_size;	/* put together for netfilter: its longest piece, with headers; 0 */
	u8 flags;
};
enum { IP6SKB_FRAGMENTED = 1, IP6SKB_NO_LOOP = 2, IP6SKB_MLD_ALERT = 4 };

static inline struct inet6_skb_parm *IP6CB(const struct sk_buff *skb)
{
	return (struct inet6_skb_parm *)(void *)(uintptr_t)skb->cb;
}

/* ---- the way in and out ---- */

int ipv6_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt);
void ipv6_list_rcv(struct sk_buff **skb, u32 n, struct net_device *dev, struct packet_type *pt);
int ip6_input(struct sk_buff *skb);
int ip6_mc_input(struct sk_buff *skb);
int ip6_forward(struct sk_buff *skb);
u32 ip6_forward_straight(struct straight_run *run);	/* frames that become no packets */
int ip6_output(struct net *net, struct sk_buff *skb);

/*
 * From the header that e stands at to the upper layer's, in a packet whose IPv6 header stands `at`
 * bytes behind data, wherever its bytes are, as far as so many go. WIRE_SHORT.
 */
#define IP6_CHAIN_MAX 256
enum wire_err ipv6_skb_skip_exthdr(const struct sk_buff *skb, u32 at, struct ipv6_ext *e);

/* Before routing, for netfilter: a piece of a packet waits for the others (NULL), and the last one
 * becomes the packet. What is no piece, or a wrong one, which routers have no business with, comes
 * back as it is. */
struct sk_buff *ip6_defrag(struct sk_buff *skb);
/* Sends it in pieces of mtu bytes at most. Consumes. */
int ip6_fragment(struct net *net, struct sk_buff *skb, u32 mtu);
u32 ip6_skb_dst_mtu(const struct sk_buff *skb);

/* A packet made here goes by the route that its addresses and mark now ask for. */
int ip6_route_me_harder(struct net *net, struct sk_buff *skb);

struct ip6_xmit {
	struct ip6_addr saddr, daddr;
	u8 protocol, hop_limit, tclass;	/* hop_limit 0 = the device's, but to a group */
	u32 flowlabel;
	const struct ipv6_txoptions *opt;	/* headers behind it, with room for them; NULL */
	bool dontfrag;		/* -EMSGSIZE instead of fragments */
	bool no_loop;		/* groups: no copy for this machine */
};

/* Writes the header in front of skb (data at the upper-layer header, dst set) and sends it through
 * LOCAL_OUT. Consumes. 0 or -errno, -EMSGSIZE among them. */
int ip6_xmit(struct net *net, struct sk_buff *skb, const struct ip6_xmit *x);

/* ---- ICMPv6 ---- */

/* An error about skb_in, unless RFC 4443 2.4 e forbids it or the rate limit. Borrows. */
void icmpv6_send(struct sk_buff *skb_in, u8 type, u8 code, u32 info);
/* Parameter problem at that byte of the packet; and its end. */
void icmpv6_param_prob(struct sk_buff *skb, u8 code, u32 pos, enum skb_drop_reason reason);
/* errno (positive) of an error, and whether it ends a connection attempt. */
int icmpv6_err_convert(u8 type, u8 code, bool *fatal);

#endif

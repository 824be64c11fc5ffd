/* SPDX-License-Identifier: MIT */
/*
 * NAT (row I6) stands on connections: the first packet decides, for its source and for its
 * destination, what the connection's reply tuple is; what differs from the original turned round
 * is then rewritten in every packet of both directions, and inside the ICMP errors about them.
 *
 *	PRE_ROUTING	-100	destination		LOCAL_IN	100	source
 *	LOCAL_OUT	-100	destination		POST_ROUTING	100	source
 *
 * Who decides are functions registered with nf_nat_register_fn() (chains of type nat), asked for
 * the first packet only. A connection for which none decides keeps its addresses, and its port
 * unless another one's replies would be the same: then its source port changes.
 *
 * Mappings (RFC 4787): a source that has a mapping keeps it towards other peers where it can be
 * (bysource): endpoint-independent for UDP. Ports keep their class: below 512, below 1024, others.
 */
#ifndef LINNET_NET_NETFILTER_NF_NAT_H
#define LINNET_NET_NETFILTER_NF_NAT_H

#include "device/netdevice.h"
#include "net/netfilter/nf_conntrack.h"

enum nf_nat_manip_type { NF_NAT_MANIP_SRC, NF_NAT_MANIP_DST };

/* Linux's bits */
#define NF_NAT_RANGE_MAP_IPS 1u
#define NF_NAT_RANGE_PROTO_SPECIFIED 2u
#define NF_NAT_RANGE_PROTO_RANDOM 4u
#define NF_NAT_RANGE_PERSISTENT 8u		/* the same address whatever the destination */
#define NF_NAT_RANGE_PROTO_RANDOM_FULLY 16u
#define NF_NAT_RANGE_PROTO_RANDOM_ALL (NF_NAT_RANGE_PROTO_RANDOM | NF_NAT_RANGE_PROTO_RANDOM_FULLY)

struct nf_nat_range {
	u32 flags;			/* NF_NAT_RANGE_* */
	union nf_inet_addr min_addr, max_addr;	/* both included, with MAP_IPS */
	u16 min_port, max_port;		/* host order, with PROTO_SPECIFIED; ICMP: of the id */
};

struct netns_nat {
	/* nf_hook_ops.list, by priority */
	struct list_head lookups[NFPROTO_NUM][NF_INET_NUMHOOKS];
	struct nf_hook_ops *ops[NFPROTO_NUM];	/* while users > 0 */
	u32 users[NFPROTO_NUM];
	struct net *net;
	struct notifier_block notifier;	/* nf_nat_masquerade.c */
};

static inline enum nf_nat_manip_type nf_nat_hook2manip(enum nf_inet_hooks hook)
{
	return hook == NF_INET_POST_ROUTING || hook == NF_INET_LOCAL_IN ? NF_NAT_MANIP_SRC :
									  NF_NAT_MANIP_DST;
}

static inline bool nf_nat_initialized(const struct nf_conn *ct, enum nf_nat_manip_type manip)
{
	return ct->status & (manip == NF_NAT_MANIP_SRC ? IPS_SRC_NAT_DONE : IPS_DST_NAT_DONE);
}

/* ops is the caller's until it is unregistered; hook may call nf_nat_setup_info(). -ENOMEM. */
int nf_nat_register_fn(struct net *net, struct nf_hook_ops *ops);
void nf_nat_unregister_fn(struct net *net, struct nf_hook_ops *ops);

/* What becomes of the connection's source or destination, once. NF_DROP: it was decided already,
 * or there is no memory. */
enum nf_verdict nf_nat_setup_info(struct net *net, struct nf_conn *ct,
				  const struct nf_nat_range *range, enum nf_nat_manip_type manip);

/* Source NAT to the address that the device it leaves by has towards the next hop (IPv6: its
 * destination); ports of range. */
enum nf_verdict nf_nat_masquerade(struct sk_buff *skb, const struct nf_nat_range *range,
				  const struct nf_hook_state *state);
void nf_nat_masquerade_begin(struct netns_nat *nat);
/* Destination NAT to this machine: 127.0.0.1 or ::1 for what it sends itself, else an address of
 * the device it came in by. */
enum nf_verdict nf_nat_redirect(struct sk_buff *skb, const struct nf_nat_range *range,
				const struct nf_hook_state *state);

/* nf_nat_proto.c: the headers at nhoff become those of target's source or destination. False: no
 * memory, or cut short. */
bool nf_nat_manip_pkt(struct sk_buff *skb, u32 nhoff, const struct nf_conntrack_tuple *target,
		      enum nf_nat_manip_type manip);
/* The same for what nearly all packets are, TCP or UDP over IPv4 with linear headers and a checksum
 * of their own; target is `reply` turned round. False: not such a one, nothing was done. */
bool nf_nat_manip_plain(struct sk_buff *skb, const struct nf_conntrack_tuple *reply,
			enum nf_nat_manip_type manip);
/* An ICMP error about a packet of ct: the quoted packet and the error itself. */
bool nf_nat_icmp_reply_translation(struct sk_buff *skb, u8 pf, struct nf_conn *ct,
				   enum ip_conntrack_info info, enum nf_inet_hooks hook);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Flow tables: connections whose packets go from the device that they come in by to the one that
 * they leave by, past routing, rules, tracking and NAT's hooks. A rule decides for each one
 * (`flow add @NAME`, nft_flow.h), with one of its packets at FORWARD; from then on both directions
 * are found here, at ingress of the devices that the table was given:
 *
 *	the tuple	UDP, or TCP without SYN, FIN and RST; a plain header, its sum right
 *	the route	of the packet that began it, and one that was looked up for the replies;
 *			when the tables change (dst->obsolete) the flow ends
 *	the rest	MTU, TTL, NAT by the difference, its neighbour; MAC header; out
 *
 * Who does not fit goes the long way, which is right for every packet of the connection: longer
 * than the MTU, TTL at its end, options, fragments. FIN and RST end the flow: they go the long way,
 * and tracking takes the connection up again where it is. (Linux since 6.14 keeps the flow, marked
 * as closing; a connection that ends is not faster here, but what is tracked of it is true.)
 *
 * Silence of nf_flowtable_{tcp,udp}_timeout ends a flow, too. Tracking keeps the connection
 * meanwhile: its own time runs on from there, as if the silence had been seen. As in Linux nothing
 * of IP is counted, rules behind ingress do not see the packets, and a rule that would drop them
 * now does not end what was let through before.
 *
 * Memory: a flow (some 270 bytes) for a connection, so nf_conntrack_max of them.
 *
 * Not there: hardware's tables (flags offload), VLAN tags, bridges and PPPoE below the device: its
 * own name has to be in the table.
 */
#ifndef LINNET_NET_NETFILTER_NF_FLOW_TABLE_H
#define LINNET_NET_NETFILTER_NF_FLOW_TABLE_H

#include "net/netfilter/nf_conntrack.h"

struct flow_offload_tuple {		/* one direction, first what finding it takes */
	struct hlist_node node;
	u32 hash;
	u8 dir;				/* enum ip_conntrack_dir */
	u8 nat;				/* BIT(NF_NAT_MANIP_*): what of its packets is rewritten */
	bool acked;			/* `ack` holds something */
	bool gone;			/* the flow ended: nothing of it holds any more */
	struct nf_conntrack_tuple key;	/* as packets have it; no zone: those are tracking's */
	struct net_device *in;
	struct dst_entry *dst;		/* a reference */
	/* What addresses and ports become, and what that adds to the checksums: to the header's
	 * with one hop less. IPv6: addresses as the connection has them, no header's. */
	be32 saddr, daddr;
	be16 port[2];
	wsum header_sum, upper_sum;
	ktime_t used;			/* to a second */
	u32 ack, window;		/* TCP: the highest; how far beyond it the next may be */
};

struct flow_offload {
	struct flow_offload_tuple tuple[IP_CT_DIR_MAX];
	struct nf_conn *ct;		/* a reference */
	struct flow_offload *next;	/* of those that ended while packets were on their way */
};

struct nf_flowtable {
	struct list_head list;		/* of netns_ct.flowtables */
	struct net *net;
	const char *name;		/* the owner's, for traces */
	bool counter;			/* connections count what goes by here */
	u32 busy;			/* calls that hold pointers to flows */
	struct inet_table hash;		/* flow_offload_tuple.node */
	struct kmem_cache cache;
	struct flow_offload *ended;
	struct timer gc;
	u64 gc_next;			/* chain to begin with */
};

/* nf_flow_table_core.c */

void nf_flowtable_init(struct net *net, struct nf_flowtable *ft, const char *name);
void nf_flowtable_exit(struct nf_flowtable *ft);	/* all connections are tracking's again */
/*
 * Both directions of a confirmed connection, dst[dir] being the route of dir's packets and in[dir]
 * the device that they come in by. Takes a reference of each dst in every case. -ENOMEM, -EEXIST
 * (another flow has the tuple at that device).
 */
int nf_flow_add(struct nf_flowtable *ft, struct nf_conn *ct,
		struct dst_entry *const dst[IP_CT_DIR_MAX],
		struct net_device *const in[IP_CT_DIR_MAX]);
/* It is tracking's again, with the time that its state gives it. */
void nf_flow_teardown(struct nf_flowtable *ft, struct flow_offload *flow);
/* The connection ends, and its flow with it, in whichever table that is. */
void nf_flow_forget(struct net *net, struct nf_conn *ct);
void nf_flowtable_forget_dev(struct nf_flowtable *ft, const struct net_device *dev);

static inline struct flow_offload *nf_flow_of(struct flow_offload_tuple *t)
{
	return container_of((uintptr_t)(t - t->dir), struct flow_offload, tuple[0]);
}

static inline u32 nf_flow_hash(const struct nf_flowtable *ft, const struct nf_conntrack_tuple *key)
{
	return nf_ct_tuple_hash(key, &ft->net->hash_key);
}

/* Pointers to flows stay good between the two. */
static inline void nf_flow_begin(struct nf_flowtable *ft)
{
	ft->busy++;
}

void nf_flow_end(struct nf_flowtable *ft);

/* nf_flow_table_ip.c: what stands at the devices; priv is the table. */
enum nf_verdict nf_flow_offload_hook(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state);
void nf_flow_offload_list(void *priv, struct sk_buff **skb, u32 n,
			  const struct nf_hook_state *state, nf_rest_fn rest);
/* nf_flow_straight.c: the same for frames of a card's ring that are no packets yet. */
u32 nf_flow_straight(void *priv, struct straight_run *run);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The straight way of what a flow table knows (device/straight.h): IP without options, UDP or TCP,
 * to a neighbour whose MAC header is ready, out of another card. As nf_flow_offload_list()
 * would, done to the frame; the first that needs anything else ends the run.
 */
#include "device/straight.h"
#include "net/ipv4/ip_offload.h"
#include "net/ipv6/ip6_offload.h"
#include "net/netfilter/nf_flow_table_ip.h"

static u8 *network_header(const struct nic_frame *f)
{
	return f->data + ETH_HLEN;
}

/* For this machine, of a family that it forwards, not for GRO to join, perhaps of a flow. */
static __always_inline bool seek_frame(const struct nic_frame *f, const struct net_device *dev,
				       u32 families, struct flow_seek *s)
{
	const struct ethhdr *eth = (const void *)f->data;
	bool gro = dev->features & NETIF_F_GRO;
	const void *nh = network_header(f);
	u32 len = f->len - ETH_HLEN;

	if (unlikely(f->len < ETH_HLEN + IPV4_HLEN ||
		     !ether_addr_equal(eth->h_dest, dev->dev_addr)))
		return false;
	if (likely(eth->h_proto == CONST_BE16(ETH_P_IP)))
		return families & NF_CT_IPV4 && !(gro && ip_gro_wants(dev->net, nh)) &&
		       flow_seek4(nh, len, len, s);
	return eth->h_proto == CONST_BE16(ETH_P_IPV6) && families & NF_CT_IPV6 &&
	       !(gro && ip6_gro_wants(dev->net, nh)) && flow_seek6(nh, len, len, s);
}

/* How many may be of a flow; their chains are on their way. */
static u32 seek_all(const struct nf_flowtable *ft, const struct straight_run *run, u32 families,
		    struct flow_seek *s, struct hlist_head **head)
{
	u32 i;

	for (i = 0; i < run->n; i++) {
		straight_look_ahead(run, i);
		if (unlikely(!seek_frame(&run->f[i], run->in, families, &s[i])))
			break;
		s[i].hash = flow_seek_hash(&s[i], &ft->net->hash_key);
		head[i] = inet_table_head(&ft->hash, s[i].hash);
		prefetch(head[i]);
	}
	return i;
}

/* How many are of a flow: to[i]. */
static u32 find_all(const struct straight_run *run, u32 n, const struct flow_seek *s,
		    struct hlist_head *const *head, struct flow_offload_tuple **to)
{
	for (u32 i = 0; i < n; i++) {
		to[i] = head[i] ? flow_tuple_of(head[i]->first) : NULL;
		if (to[i])
			flow_fetch(to[i]);
	}
	for (u32 i = 0; i < n; i++) {
		while (to[i] && unlikely(!flow_is(to[i], &s[i], run->in)))
			to[i] = flow_tuple_of(to[i]->node.next);
		if (!to[i])
			return i;
	}
	return n;
}

/* Where a packet of len bytes goes by it, if that is ready and the way is free. */
static __always_inline const struct neighbour *next_hop(struct straight_run *run, u32 i,
							const struct flow_offload_tuple *t,
							u32 len)
{
	const struct dst_entry *dst = t->dst;
	const struct neighbour *to;
	u32 mtu;

	if (unlikely(t->gone || dst->obsolete || dst->dev == run->in))
		return NULL;
	if (likely(t->key.l3num == NFPROTO_IPV4)) {
		mtu = ip_flow_mtu(dst);
		to = ip_flow_next_hop(dst, t->daddr);
	} else if (ip6_flow_may_leave(dst)) {
		mtu = ip6_flow_mtu(dst);
		to = ip6_flow_next_hop(dst, (const void *)&flow_reply(t)->src);
	} else {
		return NULL;
	}
	return likely(to && len <= mtu && straight_may_leave(run, i, dst->dev)) ? to : NULL;
}

/* The frame, rewritten, is its next hop's; false: it goes the long way. */
static __always_inline bool pass(struct nf_flowtable *ft, struct straight_run *run, u32 i,
				 struct flow_offload_tuple *t)
{
	struct nic_frame *f = &run->f[i];
	u8 *nh = network_header(f);
	bool v4 = t->key.l3num == NFPROTO_IPV4;
	u32 len = v4 ? get_be16(nh + offsetof(struct iphdr, tot_len)) :
		       get_be16(nh + offsetof(struct ipv6hdr, payload_len)) + (u32)IPV6_HLEN;
	const struct neighbour *to = next_hop(run, i, t, len);

	if (unlikely(!to))
		return false;
	if (t->key.protonum == IP_PROTO_TCP &&
	    !flow_tcp_goes_by(ft, t, nh + (v4 ? IPV4_HLEN : IPV6_HLEN)))
		return false;
	if (unlikely(ft->net->now - t->used >= NSEC_PER_SEC))
		t->used = ft->net->now;
	flow_rewrite(t, nh, t->nat);
	if (unlikely(ft->counter))
		flow_account(ft, t, len);
	memcpy(f->data, to->hh, ETH_HLEN);
	f->len = len + ETH_HLEN;	/* without padding */
	f->out = t->dst->dev;
	return true;
}

u32 nf_flow_straight(void *priv, struct straight_run *run)
{
	struct flow_offload_tuple *to[FLOWS_AT_ONCE];
	struct hlist_head *head[FLOWS_AT_ONCE];
	u32 families = flow_families(run->in), n, i;
	struct flow_seek s[FLOWS_AT_ONCE];
	struct nf_flowtable *ft = priv;

	_Static_assert(NAPI_POLL_WEIGHT <= FLOWS_AT_ONCE, "a poll is one run");
	if (!ft->hash.count || !families)
		return 0;
	n = find_all(run, seek_all(ft, run, families, s, head), s, head, to);
	nf_flow_begin(ft);
	for (i = 0; i < n && pass(ft, run, i, to[i]); i++)
		;
	nf_flow_end(ft);
	return i;
}

/* SPDX-License-Identifier: MIT */
/*
 * The straight way of what a flow table knows (device/straight.h): IPv4 without options, UDP or
 * TCP, to a neighbour whose MAC header is ready, out of another card. As nf_flow_offload_list()
 * would, done to the frame; the first that needs anything else ends the run.
 */
#include "device/straight.h"
#include "net/ipv4/ip_offload.h"
#include "net/netfilter/nf_flow_table_ip.h"

static struct iphdr *frame_iph(const struct nic_frame *f)
{
	return (void *)(f->data + ETH_HLEN);
}

/* For this machine's MAC, IPv4, and not for GRO to join. */
static __always_inline bool is_for_us(const struct nic_frame *f, const struct net_device *dev,
				      bool gro)
{
	const struct ethhdr *eth = (const void *)f->data;

	return f->len >= ETH_HLEN + IPV4_HLEN && ether_addr_equal(eth->h_dest, dev->dev_addr) &&
	       eth->h_proto == CONST_BE16(ETH_P_IP) &&
	       !(gro && ip_gro_wants(dev->net, frame_iph(f)));
}

/* How many may be of a flow; their chains are on their way. */
static u32 seek_all(const struct nf_flowtable *ft, const struct straight_run *run,
		    struct flow_seek *s, struct hlist_head **head)
{
	const struct net_device *dev = run->in;
	bool gro = dev->features & NETIF_F_GRO;
	u32 i;

	for (i = 0; i < run->n; i++) {
		const struct nic_frame *f = &run->f[i];
		u32 len = f->len - ETH_HLEN;

		straight_look_ahead(run, i);
		if (unlikely(!is_for_us(f, dev, gro) ||
			     !flow_seek4(frame_iph(f), len, len, &s[i])))
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

/* The frame, rewritten, is its next hop's; false: it goes the long way. */
static __always_inline bool pass(struct nf_flowtable *ft, struct straight_run *run, u32 i,
				 struct flow_offload_tuple *t)
{
	struct nic_frame *f = &run->f[i];
	struct iphdr *iph = frame_iph(f);
	u32 len = be16_to_cpu(iph->tot_len);
	const struct dst_entry *dst = t->dst;
	const struct neighbour *to;
	u8 *th = f->data + ETH_HLEN + IPV4_HLEN;

	if (unlikely(t->gone || dst->obsolete || dst->dev == run->in || len > ip_flow_mtu(dst)))
		return false;
	to = ip_flow_next_hop(dst, t->daddr);
	if (unlikely(!to || !straight_may_leave(run, i, dst->dev)))
		return false;
	if (t->key.protonum == IP_PROTO_TCP && !flow_tcp_goes_by(ft, t, th))
		return false;
	if (unlikely(ft->net->now - t->used >= NSEC_PER_SEC))
		t->used = ft->net->now;
	if (t->nat)
		flow_nat4(t, iph, th);
	else
		ip_decrease_ttl(iph);
	if (unlikely(ft->counter))
		flow_account(ft, t, len);
	memcpy(f->data, to->hh, ETH_HLEN);
	f->len = len + ETH_HLEN;	/* without padding */
	f->out = dst->dev;
	return true;
}

u32 nf_flow_straight(void *priv, struct straight_run *run)
{
	struct flow_offload_tuple *to[FLOWS_AT_ONCE];
	struct hlist_head *head[FLOWS_AT_ONCE];
	struct flow_seek s[FLOWS_AT_ONCE];
	struct nf_flowtable *ft = priv;
	u32 n, i;

	_Static_assert(NAPI_POLL_WEIGHT <= FLOWS_AT_ONCE, "a poll is one run");
	if (!ft->hash.count || !run->in->ip_ptr || !run->in->ip_ptr->forwarding)
		return 0;
	n = find_all(run, seek_all(ft, run, s, head), s, head, to);
	nf_flow_begin(ft);
	for (i = 0; i < n && pass(ft, run, i, to[i]); i++)
		;
	nf_flow_end(ft);
	return i;
}

/* SPDX-License-Identifier: MIT */
/*
 * Packets that a flow table knows. A list of them is looked up as a whole, each step for all before
 * the next, so that the loads of different packets overlap; who is known is rewritten and joins
 * those that leave together, who is not goes on, and nobody overtakes anybody.
 */
#include "base/trace.h"
#include "device/vlan_core.h"
#include "net/ipv6/ip6_flow.h"
#include "net/netfilter/nf_flow_table_ip.h"

/* ---- lookup ---- */

/* A frame for this router and no other, untagged, and what it carries may be of a flow. */
static __always_inline bool seek_of(const struct sk_buff *skb, u32 families, struct flow_seek *s)
{
	if (unlikely(skb->pkt_type != PACKET_HOST || skb->bystander || skb_vlan_tag_present(skb)))
		return false;
	if (likely(skb->protocol == CONST_BE16(ETH_P_IP)))
		return families & NF_CT_IPV4 &&
		       flow_seek4(skb->data, skb_headlen(skb), skb->len, s);
	return skb->protocol == CONST_BE16(ETH_P_IPV6) && families & NF_CT_IPV6 &&
	       flow_seek6(skb->data, skb_headlen(skb), skb->len, s);
}

/* All of one device. to[i]: the flow of skb[i], or NULL. */
static void look_up(const struct nf_flowtable *ft, struct sk_buff *const *skb, u32 n,
		    struct flow_offload_tuple **to)
{
	const struct net_device *dev = skb[0]->dev;
	u32 families = flow_families(dev);
	struct hlist_head *head[FLOWS_AT_ONCE];
	struct flow_seek s[FLOWS_AT_ONCE];

	for (u32 i = 0; i < n; i++) {
		head[i] = NULL;
		if (unlikely(!seek_of(skb[i], families, &s[i])))
			continue;
		s[i].hash = flow_seek_hash(&s[i], &ft->net->hash_key);
		head[i] = inet_table_head(&ft->hash, s[i].hash);
		prefetch(head[i]);
	}
	for (u32 i = 0; i < n; i++) {
		to[i] = head[i] ? flow_tuple_of(head[i]->first) : NULL;
		if (to[i])
			flow_fetch(to[i]);
	}
	for (u32 i = 0; i < n; i++)
		while (to[i] && unlikely(!flow_is(to[i], &s[i], dev)))
			to[i] = flow_tuple_of(to[i]->node.next);
}

/* ---- what happens to it ---- */

/* What the card or segmentation will finish. */
static bool nat_partial(const struct flow_offload_tuple *t, struct sk_buff *skb)
{
	const struct nf_conn *ct = nf_flow_of((struct flow_offload_tuple *)(uintptr_t)t)->ct;
	struct nf_conntrack_tuple to;

	nf_ct_invert_tuple(&to, nf_ct_tuple(ct, !t->dir));
	return (!(t->nat & BIT(NF_NAT_MANIP_DST)) ||
		nf_nat_manip_pkt(skb, 0, &to, NF_NAT_MANIP_DST)) &&
	       (!(t->nat & BIT(NF_NAT_MANIP_SRC)) ||
		nf_nat_manip_pkt(skb, 0, &to, NF_NAT_MANIP_SRC));
}

static bool drop(struct sk_buff *skb)
{
	kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
	return true;
}

/* The flow still holds, and this packet is one of the middle that fits. */
static __always_inline bool may_take(struct nf_flowtable *ft, struct sk_buff *skb,
				     struct flow_offload_tuple *t, bool v4, u32 hlen)
{
	u32 mtu, len;

	if (unlikely(t->gone))
		return false;
	if (t->key.protonum == IP_PROTO_TCP && !flow_tcp_goes_by(ft, t, skb->data + hlen))
		return false;
	if (unlikely(t->dst->obsolete)) {
		nf_flow_teardown(ft, nf_flow_of(t));
		return false;
	}
	skb->transport_header = (u16)(skb->network_header + hlen);
	mtu = v4 ? ip_flow_mtu(t->dst) : ip6_flow_mtu(t->dst);
	len = v4 ? be16_to_cpu(((const struct iphdr *)(const void *)skb->data)->tot_len) :
		   be16_to_cpu(((const struct ipv6hdr *)(const void *)skb->data)->payload_len) +
		   IPV6_HLEN;
	if (unlikely(!skb_fits(skb, len, mtu)))
		return false;
	if (skb->len > len)	/* the link's padding */
		skb_trim(skb, len);
	return true;
}

/* The packet goes its way, or is dropped; false: by the long one. */
static __always_inline bool take(struct nf_flowtable *ft, struct sk_buff *skb,
				 struct flow_offload_tuple *t, struct xmit_batch *out)
{
	bool v4 = t->key.l3num == NFPROTO_IPV4;
	u32 hlen = v4 ? IPV4_HLEN : IPV6_HLEN;
	u32 write = hlen + (t->key.protonum == IP_PROTO_UDP ? UDP_HLEN : TCP_HLEN);
	u8 ttl;

	if (!may_take(ft, skb, t, v4, hlen))
		return false;
	if (unlikely(!skb_cow_head(skb, t->dst->dev->hard_header_len, write)))
		return drop(skb);
	if (unlikely(ft->net->now - t->used >= NSEC_PER_SEC))
		t->used = ft->net->now;
	ttl = skb->data[v4 ? offsetof(struct iphdr, ttl) : offsetof(struct ipv6hdr, hop_limit)];
	if (unlikely(t->nat && skb->ip_summed == CHECKSUM_PARTIAL && !nat_partial(t, skb)))
		return drop(skb);
	flow_rewrite(t, skb->data, t->nat && skb->ip_summed != CHECKSUM_PARTIAL);
	/* What the card verified on the way in says nothing about the way out. */
	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		skb->ip_summed = CHECKSUM_NONE;
	if (unlikely(ft->counter))
		flow_account(ft, t, skb->len);
	trace_skb(ft->net, nf_flow_offload, skb, TRACE_STR(ft->name), ttl, ttl - 1u,
		  (u64)t->dst->dev->ifindex);
	if (likely(v4))
		ip_flow_xmit(skb, t->dst, out);
	else
		ip6_flow_xmit(skb, t->dst, out);
	return true;
}

/* ---- at the device ---- */

static void pass_some(struct nf_flowtable *ft, struct sk_buff **skb, u32 n, nf_rest_fn rest)
{
	struct flow_offload_tuple *to[FLOWS_AT_ONCE];
	struct xmit_batch out;
	u32 from = 0;		/* the first of those that are not dealt with yet */

	look_up(ft, skb, n, to);
	xmit_batch_init(&out);
	for (u32 i = 0; i < n; i++) {
		if (!to[i])
			continue;
		if (from < i) {
			xmit_batch_flush(&out);
			rest(skb + from, i - from);
		}
		from = take(ft, skb[i], to[i], &out) ? i + 1 : i;
	}
	xmit_batch_flush(&out);
	if (from < n)
		rest(skb + from, n - from);
}

void nf_flow_offload_list(void *priv, struct sk_buff **skb, u32 n,
			  const struct nf_hook_state *state, nf_rest_fn rest)
{
	struct nf_flowtable *ft = priv;

	(void)state;
	if (!ft->hash.count) {
		rest(skb, n);
		return;
	}
	nf_flow_begin(ft);
	for (u32 i = 0; i < n; i += FLOWS_AT_ONCE)
		pass_some(ft, skb + i, min(n - i, FLOWS_AT_ONCE), rest);
	nf_flow_end(ft);
}

enum nf_verdict nf_flow_offload_hook(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	struct nf_flowtable *ft = priv;
	struct flow_offload_tuple *t;
	struct xmit_batch out;
	bool taken;

	(void)state;
	if (!ft->hash.count)
		return NF_ACCEPT;
	look_up(ft, &skb, 1, &t);
	if (!t)
		return NF_ACCEPT;
	xmit_batch_init(&out);
	nf_flow_begin(ft);
	taken = take(ft, skb, t, &out);
	xmit_batch_flush(&out);
	nf_flow_end(ft);
	return taken ? NF_STOLEN : NF_ACCEPT;
}

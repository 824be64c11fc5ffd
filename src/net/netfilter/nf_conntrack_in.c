/* SPDX-License-Identifier: MIT */
/*
 * A packet's way through connection tracking, at its two hooks: nf_conntrack_in finds or begins its
 * connection, and nf_confirm lets a new one stay. What it looks for is fetched ahead for a list.
 */
#include "base/trace.h"
#include "net/netfilter/nf_conntrack_ecache.h"
#include "net/netfilter/nf_conntrack_expect.h"
#include "net/netfilter/nf_conntrack_helper.h"
#include "net/netfilter/nf_conntrack_impl.h"
#include "net/netfilter/nf_conntrack_straight.h"
#include "net/netfilter/nf_conntrack_zone.h"
#include "net/ipv4/ip.h"
#include "wire/udp.h"

#define AHEAD_MIN 4096			/* tuples */

/*
 * Nearly all packets: TCP or UDP over IPv4, whole and linear. Written in the words in which it is
 * hashed and compared: narrower stores would have to leave the processor first.
 */
static __always_inline bool get_plain_tuple(const struct sk_buff *skb, u8 pf, u32 *dataoff,
					    struct nf_conntrack_tuple *tuple)
{
	const struct iphdr *iph = (const void *)skb->data;
	struct nf_conntrack_tuple tail = { .l3num = NFPROTO_IPV4 };
	u64 w[5] = { 0 };

	if (pf != NFPROTO_IPV4 || skb_headlen(skb) < IPV4_HLEN)
		return false;
	*dataoff = iph_hlen(iph);
	if ((iph->protocol != IP_PROTO_UDP && iph->protocol != IP_PROTO_TCP) ||
	    iph->frag_off & CONST_BE16(IP_OFFSET) || skb_headlen(skb) < *dataoff + UDP_HLEN)
		return false;
	tail.protonum = iph->protocol;
	memcpy(&tail.sport, skb->data + *dataoff, 4);
	memcpy(&w[4], &tail.sport, 8);
	w[0] = nf_ct_word(iph->saddr, 0);
	w[2] = nf_ct_word(iph->daddr, 0);
	memcpy(tuple, w, sizeof(w));
	return true;
}

static struct nf_conntrack_tuple_hash *hash_of_node(struct hlist_node *n)
{
	return n ? container_of(n, struct nf_conntrack_tuple_hash, node) : NULL;
}

/* What nf_ct_find() and those behind it will load for them, one step for all before the next. */
static void look_ahead(struct net *net, struct sk_buff *const *skb, u32 n)
{
	struct nf_conntrack_tuple_hash *h[NAPI_POLL_WEIGHT];
	struct hlist_head *head[NAPI_POLL_WEIGHT];
	struct nf_conntrack_tuple tuple;
	u32 off, hash[NAPI_POLL_WEIGHT];

	for (u32 i = 0; i < n; i++) {
		head[i] = NULL;
		if (skb[i]->nfct || !get_plain_tuple(skb[i], NFPROTO_IPV4, &off, &tuple))
			continue;
		hash[i] = nf_ct_tuple_hash(&tuple, &net->hash_key);
		head[i] = inet_table_head(&net->ct->hash, hash[i]);
		prefetch(head[i]);
	}
	for (u32 i = 0; i < n; i++) {
		h[i] = head[i] ? hash_of_node(head[i]->first) : NULL;
		if (h[i])
			prefetch(&h[i]->hash);
	}
	for (u32 i = 0; i < n; i++) {
		while (h[i] && h[i]->hash != hash[i])
			h[i] = hash_of_node(h[i]->node.next);
		if (!h[i])
			continue;
		prefetchw(nf_ct_tuplehash_to_ctrack(h[i]));
		prefetch(h[i] + (h[i]->dir ? -1 : 1));
	}
}

void nf_conntrack_ahead(struct sk_buff *const *skb, u32 n, const struct nf_hook_state *state)
{
	/* With fewer all of it is in the cache. */
	if (state->net->ct->hash.count < AHEAD_MIN)
		return;
	for (u32 i = 0; i < n; i += NAPI_POLL_WEIGHT)
		look_ahead(state->net, skb + i, min_t(u32, n - i, NAPI_POLL_WEIGHT));
}

static enum nf_verdict drop(struct sk_buff *skb, const char *why)
{
	skb->net->ct->stat.drop++;
	kfree_skb_why(skb, SKB_DROP_REASON_NETFILTER_DROP, why);
	return NF_STOLEN;
}

enum ip_conntrack_info nf_ct_info_of(const struct nf_conntrack_tuple_hash *h)
{
	const struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

	if (h->dir == IP_CT_DIR_REPLY)
		return IP_CT_ESTABLISHED_REPLY;
	if (ct->status & IPS_SEEN_REPLY)
		return IP_CT_ESTABLISHED;
	return ct->master ? IP_CT_RELATED : IP_CT_NEW;
}

/* Another one said that it would come: it is related to that. */
static void meet_expectation(struct nf_ct_packet *p, struct nf_conn *ct,
			     const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_expect *e = nf_ct_expect_take(p->net, tuple);

	if (!e)
		return;
	ct->status |= IPS_EXPECTED;
	ct->master = e->master;
	ct->master->general.use++;
	ct->mark = ct->master->mark;
	if (e->nat)
		nf_nat_follow_master(p->net, ct, e);
	nf_ct_expect_free(p->net, e);
	p->skb->nfct = (uintptr_t)ct | IP_CT_RELATED;
}

/* The packet's connection, a new one when there is none. */
static enum nf_ct_verdict resolve(struct nf_ct_packet *p, struct nf_conntrack_tuple *tuple)
{
	struct nf_ct_zone zone = { p->zone, p->zone_dir };
	struct nf_conntrack_tuple_hash *h = unlikely(p->zone) ?
					    nf_ct_zone_find(p->net, tuple, zone) :
					    nf_ct_find(p->net, tuple);
	struct nf_conntrack_tuple reply;
	struct nf_conn *ct;

	if (h) {
		ct = nf_ct_tuplehash_to_ctrack(h);
		ct->general.use++;
		nf_ct_set(p->skb, ct, nf_ct_info_of(h));
		return NF_CT_ACCEPT;
	}
	if (!nf_ct_invert_tuple(&reply, tuple))
		return NF_CT_INVALID;
	if (unlikely(p->zone)) {
		tuple->zone = zone.dir & NF_CT_ZONE_ORIG ? zone.id : 0;
		reply.zone = zone.dir & NF_CT_ZONE_REPL ? zone.id : 0;
	}
	ct = nf_ct_new(p->net, tuple, &reply);
	if (!ct)
		return NF_CT_DROP;
	nf_ct_set(p->skb, ct, IP_CT_NEW);
	if (unlikely(p->net->ct->expect_count))
		meet_expectation(p, ct, tuple);
	return NF_CT_ACCEPT;
}

void nf_ct_account(struct net *net, struct nf_conn *ct, enum ip_conntrack_info info, u32 len)
{
	if (!net->sysctl.nf_conntrack_acct)
		return;
	ct->packets[ctinfo2dir(info)]++;
	ct->bytes[ctinfo2dir(info)] += len;
}

static enum nf_ct_verdict track(struct nf_ct_packet *p)
{
	struct nf_conntrack_tuple tuple;
	enum ip_conntrack_info info;
	enum nf_ct_verdict v;
	struct nf_conn *ct;

	if (unlikely(!get_plain_tuple(p->skb, p->pf, &p->dataoff, &tuple)) &&
	    !nf_ct_get_tuple(p->skb, p->pf, 0, &p->dataoff, &tuple))
		return NF_CT_INVALID;
	p->protonum = tuple.protonum;
	if (p->protonum == (p->pf == NFPROTO_IPV4 ? IP_PROTO_ICMP : IP_PROTO_ICMPV6)) {
		v = p->pf == NFPROTO_IPV4 ? nf_conntrack_icmpv4_error(p) :
					    nf_conntrack_icmpv6_error(p);
		if (v != NF_CT_ACCEPT || p->skb->nfct)
			return v;
	}
	v = resolve(p, &tuple);
	if (v != NF_CT_ACCEPT)
		return v;
	ct = nf_ct_get(p->skb, &info);
	v = nf_ct_l4proto_find(p->pf, p->protonum)->packet(p, ct, info);
	if (v != NF_CT_ACCEPT && v != NF_CT_IGNORE) {
		nf_ct_set(p->skb, NULL, 0);
		return v;
	}
	if (v == NF_CT_ACCEPT)
		nf_ct_account(p->net, ct, info, p->skb->len);
	if (info == IP_CT_ESTABLISHED_REPLY && !(ct->status & IPS_SEEN_REPLY)) {
		ct->status |= IPS_SEEN_REPLY;
		nf_conntrack_event_cache(p->net, ct, IPCT_REPLY);
	}
	return NF_CT_ACCEPT;
}

/* For the journey. */
static const char *packet_text(const struct sk_buff *skb)
{
	enum ip_conntrack_info info;

	if (!nf_ct_get(skb, &info))
		return info == IP_CT_UNTRACKED ? "untracked" : "invalid";
	switch (info) {
	case IP_CT_NEW:
		return "new";
	case IP_CT_ESTABLISHED:
		return "established, original direction";
	case IP_CT_ESTABLISHED_REPLY:
		return "established, reply";
	default:
		return "related";
	}
}

/* A rule said in which zone; false: it did not, the packet has its connection. */
static bool take_zone(struct nf_ct_packet *p)
{
	enum ip_conntrack_info info;
	const struct nf_conn *tmpl = nf_ct_get(p->skb, &info);
	struct nf_ct_zone zone;

	if (!tmpl || !nf_ct_is_template(tmpl))
		return false;
	zone = nf_ct_zone_of(tmpl);
	p->zone = zone.id;
	p->zone_dir = zone.dir;
	nf_ct_set(p->skb, NULL, 0);
	return true;
}

enum nf_verdict nf_conntrack_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct nf_ct_packet p = {
		.net = state->net, .skb = skb, .pf = state->pf, .hook = state->hook,
	};
	enum nf_ct_verdict v = NF_CT_AGAIN;

	(void)priv;
	if (skb->nfct && !take_zone(&p))
		return NF_ACCEPT;	/* it was here before: sent to ourselves, or notrack */
	while (v == NF_CT_AGAIN)
		v = track(&p);
	if (v == NF_CT_INVALID)
		p.net->ct->stat.invalid++;
	if (v == NF_CT_DROP)
		return drop(skb, "nf_conntrack: table full");
	trace_skb(p.net, nf_conntrack, skb, TRACE_STR(packet_text(skb)));
	return NF_ACCEPT;
}

/* A packet of one that is new has got through. */
static bool confirm_new(struct net *net, struct nf_conn *ct)
{
	if (!nf_ct_confirm(net, ct)) {
		net->ct->stat.insert_failed++;
		return false;
	}
	ct->general.use++;
	net->ct->stat.insert++;
	nf_conntrack_event_cache(net, ct, ct->master ? IPCT_RELATED : IPCT_NEW);
	return true;
}

enum nf_verdict nf_confirm(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	(void)priv;
	if (unlikely(ct && ct->ext) && nf_ct_ext_confirm(skb, ct, info, state) != NF_ACCEPT)
		return drop(skb, "nf_ct_helper: cut short, or not to be expected");
	if (!ct)
		return NF_ACCEPT;
	if (!(ct->status & (IPS_CONFIRMED | IPS_DYING)) && ctinfo2dir(info) == IP_CT_DIR_ORIGINAL &&
	    !confirm_new(state->net, ct))
		return drop(skb, "nf_conntrack: its replies would be another connection's");
	if (unlikely(ct->events))
		nf_ct_deliver_cached_events(state->net, ct);
	return NF_ACCEPT;
}

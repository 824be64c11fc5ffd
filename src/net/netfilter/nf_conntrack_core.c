/* SPDX-License-Identifier: MIT */
/* The table of connections: how one begins, is found, and ends. */
#include "net/netfilter/nf_conntrack_impl.h"

#include "base/assert.h"
#include "net/netfilter/nf_conntrack_ecache.h"
#include "net/netfilter/nf_conntrack_expect.h"
#include "net/netfilter/nf_flow_table.h"
#include "net/netfilter/nf_conntrack_zone.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

#define GC_PERIOD NSEC_PER_SEC
#define GC_PART 8			/* of the table, each time */
#define GC_CHAINS_MIN 64
#define EARLY_DROP_CHAINS 8		/* looked at for one to give up its place */

/* ---- tuples ---- */

const struct nf_conntrack_l4proto *nf_ct_l4proto_find(u8 l3num, u8 protonum)
{
	switch (protonum) {
	case IP_PROTO_TCP:
		return &nf_conntrack_l4proto_tcp;
	case IP_PROTO_UDP:
		return &nf_conntrack_l4proto_udp;
	case IP_PROTO_ICMP:
		return l3num == NFPROTO_IPV4 ? &nf_conntrack_l4proto_icmp :
					       &nf_conntrack_l4proto_generic;
	case IP_PROTO_ICMPV6:
		return l3num == NFPROTO_IPV6 ? &nf_conntrack_l4proto_icmpv6 :
					       &nf_conntrack_l4proto_generic;
	default:
		return &nf_conntrack_l4proto_generic;
	}
}

bool nf_ct_invert_tuple(struct nf_conntrack_tuple *inverse, const struct nf_conntrack_tuple *orig)
{
	*inverse = (struct nf_conntrack_tuple){
		.src = orig->dst, .dst = orig->src, .l3num = orig->l3num,
		.protonum = orig->protonum, .zone = orig->zone,
	};
	return nf_ct_l4proto_find(orig->l3num, orig->protonum)->invert_tuple(inverse, orig);
}

/* Addresses and protocol. */
static bool get_tuple4(struct sk_buff *skb, u32 nhoff, u32 *dataoff,
		       struct nf_conntrack_tuple *tuple)
{
	const struct iphdr *iph;

	if (!pskb_may_pull(skb, nhoff + IPV4_HLEN))
		return false;
	iph = (const void *)(skb->data + nhoff);
	if (iph_version(iph) != 4 || iph_hlen(iph) < IPV4_HLEN ||
	    iph->frag_off & CONST_BE16(IP_OFFSET))
		return false;
	*dataoff = nhoff + iph_hlen(iph);
	*tuple = (struct nf_conntrack_tuple){
		.src.ip = iph->saddr, .dst.ip = iph->daddr, .l3num = NFPROTO_IPV4,
		.protonum = iph->protocol,
	};
	return true;
}

static bool get_tuple6(struct sk_buff *skb, u32 nhoff, u32 *dataoff,
		       struct nf_conntrack_tuple *tuple)
{
	const struct ipv6hdr *h;
	struct ipv6_ext e;

	if (!pskb_may_pull(skb, nhoff + IPV6_HLEN))
		return false;
	h = (const void *)(skb->data + nhoff);
	if (ip6_version(h) != 6)
		return false;
	ipv6_ext_start(&e, h->nexthdr);
	if (ipv6_ext_hdr(e.nexthdr) && ipv6_skb_skip_exthdr(skb, nhoff, &e))
		return false;
	if (e.nexthdr == NEXTHDR_NONE || (e.frag && e.frag_off))
		return false;
	*dataoff = nhoff + e.off;
	*tuple = (struct nf_conntrack_tuple){ .l3num = NFPROTO_IPV6, .protonum = e.nexthdr };
	memcpy(&tuple->src, &h->saddr, sizeof(tuple->src));
	memcpy(&tuple->dst, &h->daddr, sizeof(tuple->dst));
	return true;
}

bool nf_ct_get_tuple(struct sk_buff *skb, u8 pf, u32 nhoff, u32 *dataoff,
		     struct nf_conntrack_tuple *tuple)
{
	if (!(pf == NFPROTO_IPV4 ? get_tuple4(skb, nhoff, dataoff, tuple) :
				   get_tuple6(skb, nhoff, dataoff, tuple)))
		return false;
	return nf_ct_l4proto_find(pf, tuple->protonum)->pkt_to_tuple(skb, *dataoff, tuple);
}

/* ---- life of a connection ---- */

static u32 tuple_node_hash(const struct hlist_node *n)
{
	return container_of((uintptr_t)n, struct nf_conntrack_tuple_hash, node)->hash;
}

void nf_ct_set(struct sk_buff *skb, struct nf_conn *ct, enum ip_conntrack_info info)
{
	nfct_put(skb->net, skb->nfct);
	skb->nfct = (uintptr_t)ct | (uintptr_t)info;
}

static void set_tuple(struct net *net, struct nf_conn *ct, enum ip_conntrack_dir dir,
		      const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_tuple_hash *h = &ct->tuplehash[dir];

	h->tuple = *tuple;
	h->hash = nf_ct_tuple_hash(tuple, &net->hash_key);
	h->dir = dir;
}

static void unhash(struct net *net, struct nf_conn *ct)
{
	struct netns_ct *t = net->ct;

	for (u32 dir = 0; dir < IP_CT_DIR_MAX; dir++)
		if (!hlist_unhashed(&ct->tuplehash[dir].node))
			inet_table_del(&t->hash, &net->mem, &ct->tuplehash[dir].node);
	if (!hlist_unhashed(&ct->nat_bysource))
		inet_table_del(&t->nat_bysource, &net->mem, &ct->nat_bysource);
}

/* Nobody holds it any more. */
static void nf_ct_destroy(struct net *net, struct nf_conntrack *nfct)
{
	struct nf_conn *ct = container_of(nfct, struct nf_conn, general);

	unhash(net, ct);
	if (ct->master)
		nfct_put(net, (uintptr_t)ct->master);
	if (unlikely(ct->ext)) {
		nf_ct_expect_master_gone(net, ct);
		nf_ct_ext_free(net, ct);
	}
	if (!(ct->status & IPS_DYING))
		net->ct->count--;
	kmem_cache_free(&net->ct->cache, ct);
}

void nf_ct_kill(struct net *net, struct nf_conn *ct)
{
	if (ct->status & IPS_DYING)
		return;
	if (unlikely(ct->status & IPS_OFFLOAD))
		nf_flow_forget(net, ct);
	if (unlikely(nf_ct_is_watched(net)) && nf_ct_is_confirmed(ct))
		nf_conntrack_event(net, ct, BIT(IPCT_DESTROY));
	ct->status |= IPS_DYING;
	net->ct->count--;	/* though a packet in a card's ring may hold it yet */
	unhash(net, ct);
	if (unlikely(ct->ext))
		nf_ct_expect_master_gone(net, ct);
	if (nf_ct_is_confirmed(ct))
		nfct_put(net, (uintptr_t)ct);
}

/* One that may go for another to come: past its time, or never answered. */
static bool may_go(const struct net *net, const struct nf_conn *ct)
{
	const struct nf_conntrack_l4proto *l4;

	if (!nf_ct_is_confirmed(ct))
		return false;
	if (nf_ct_is_expired(net, ct) || !(ct->status & IPS_ASSURED))
		return true;
	l4 = nf_ct_l4proto_find(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->l3num, nf_ct_protonum(ct));
	return l4->can_early_drop && l4->can_early_drop(ct);
}

static bool early_drop(struct net *net, u32 hash)
{
	struct nf_conntrack_tuple_hash *h;

	for (u32 i = 0; i < EARLY_DROP_CHAINS; i++)
		inet_table_for_each(h, &net->ct->hash, hash + i, node) {
			struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

			if (!may_go(net, ct))
				continue;
			nf_ct_kill(net, ct);
			net->ct->stat.early_drop++;
			return true;
		}
	return false;
}

struct nf_conn *nf_ct_new(struct net *net, const struct nf_conntrack_tuple *tuple,
			  const struct nf_conntrack_tuple *reply)
{
	struct netns_ct *t = net->ct;
	struct nf_conn *ct;

	if (unlikely(t->count >= (u32)net->sysctl.nf_conntrack_max &&
		     !early_drop(net, nf_ct_tuple_hash(tuple, &net->hash_key))))
		return NULL;
	ct = kmem_cache_alloc(&t->cache);
	if (!ct)
		return NULL;
	memset(ct, 0, sizeof(*ct));
	ct->general.use = 1;
	set_tuple(net, ct, IP_CT_DIR_ORIGINAL, tuple);
	set_tuple(net, ct, IP_CT_DIR_REPLY, reply);
	if (!inet_table_add(&t->hash, &net->mem, &ct->tuplehash[0].node, tuple_node_hash)) {
		kmem_cache_free(&t->cache, ct);
		return NULL;
	}
	t->count++;
	return ct;
}

/* ---- the table ---- */

struct nf_conntrack_tuple_hash *nf_conntrack_find(struct net *net,
						  const struct nf_conntrack_tuple *tuple)
{
	return nf_ct_find(net, tuple);
}

bool nf_ct_confirm(struct net *net, struct nf_conn *ct)
{
	struct nf_conntrack_tuple_hash *reply = &ct->tuplehash[IP_CT_DIR_REPLY];

	/* A packet to itself: one tuple, which is there already. */
	if (!nf_ct_tuple_equal(&reply->tuple, nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)) &&
	    (nf_conntrack_tuple_taken(net, &reply->tuple, ct) ||
	     !inet_table_add(&net->ct->hash, &net->mem, &reply->node, tuple_node_hash)))
		return false;
	ct->status |= IPS_CONFIRMED;
	ct->expires += net->now;
	if (!timer_pending(&net->ct->gc))
		net_timer_mod(net, &net->ct->gc, net->now + GC_PERIOD);
	return true;
}

int nf_conntrack_create(struct net *net, const struct nf_conntrack_tuple *orig,
			struct nf_conn **new)
{
	struct nf_conntrack_tuple reply;
	struct nf_conn *ct;

	if (nf_conntrack_find(net, orig) || !nf_ct_invert_tuple(&reply, orig) ||
	    nf_conntrack_find(net, &reply))
		return -EEXIST;
	ct = nf_ct_new(net, orig, &reply);
	if (!ct)
		return -ENOMEM;
	if (orig->protonum == IP_PROTO_TCP)
		nf_ct_tcp_liberal(ct);
	if (!nf_ct_confirm(net, ct)) {
		nfct_put(net, (uintptr_t)ct);
		return -ENOMEM;
	}
	net->ct->stat.insert++;
	*new = ct;
	return 0;
}

bool nf_conntrack_tuple_taken(struct net *net, const struct nf_conntrack_tuple *tuple,
			      const struct nf_conn *ct)
{
	const struct nf_conntrack_tuple_hash *h = nf_conntrack_find(net, tuple);

	return h && nf_ct_tuplehash_to_ctrack(h) != ct;
}

void nf_conntrack_alter_reply(struct net *net, struct nf_conn *ct,
			      const struct nf_conntrack_tuple *reply)
{
	ln_assert(!nf_ct_is_confirmed(ct));
	set_tuple(net, ct, IP_CT_DIR_REPLY, reply);
}

/* Kills those of a chain for which fn says true. A kill may take the next one's node with it, and
 * even the table: the chain is begun again. False: there is no such chain. */
static bool clean_chain(struct net *net, u64 i, bool (*fn)(const struct nf_conn *ct, void *ctx),
			void *ctx, u32 *killed)
{
	struct nf_conntrack_tuple_hash *h;
	struct hlist_head *head;
again:
	head = inet_table_chain(&net->ct->hash, i);
	if (!head)
		return false;
	hlist_for_each_entry(h, head, node) {
		struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

		if (fn(ct, ctx)) {
			nf_ct_kill(net, ct);
			++*killed;
			goto again;
		}
	}
	return true;
}

u32 nf_ct_iterate_cleanup(struct net *net, bool (*fn)(const struct nf_conn *ct, void *ctx),
			  void *ctx)
{
	u32 killed = 0;

	for (u64 i = 0; clean_chain(net, i, fn, ctx, &killed); i++)
		;
	return killed;
}

int nf_ct_for_each(struct net *net, int (*fn)(const struct nf_conn *ct, void *ctx), void *ctx)
{
	struct nf_conntrack_tuple_hash *h;
	struct hlist_head *head;
	int r;

	for (u64 i = 0; (head = inet_table_chain(&net->ct->hash, i)); i++)
		hlist_for_each_entry(h, head, node) {
			const struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

			if (h->dir != IP_CT_DIR_ORIGINAL || !nf_ct_is_confirmed(ct) ||
			    nf_ct_is_expired(net, ct))
				continue;
			r = fn(ct, ctx);
			if (r)
				return r;
		}
	return 0;
}

static bool is_expired(const struct nf_conn *ct, void *net)
{
	return nf_ct_is_expired(net, ct);
}

static void gc_run(struct timer *timer)
{
	struct netns_ct *t = container_of(timer, struct netns_ct, gc);
	u64 n = max_t(u64, (t->hash.mask + 1ull) / GC_PART, GC_CHAINS_MIN);
	u32 killed = 0;

	nf_ct_expect_gc(t->net);
	while (n--)
		if (!clean_chain(t->net, t->gc_next++, is_expired, t->net, &killed)) {
			t->gc_next = 0;
			break;
		}
	if (t->hash.count)
		net_timer_mod(t->net, &t->gc, t->net->now + GC_PERIOD);
}

int nf_conntrack_net_init(struct net *net)
{
	struct netns_ct *t = mem_zalloc(&net->mem, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->net = net;
	kmem_cache_init_lines(&t->cache, &net->mem, "nf_conntrack", sizeof(struct nf_conn));
	list_init(&t->expects);
	list_init(&t->flowtables);
	list_init(&t->watchers);
	timer_init(&t->gc, gc_run);
	net->nfct_destroy = nf_ct_destroy;
	net->ct = t;
	return 0;
}

void nf_conntrack_net_exit(struct net *net)
{
	struct netns_ct *t = net->ct;

	if (!t)
		return;
	nf_ct_zone_exit(net);
	inet_table_exit(&t->hash, &net->mem);
	inet_table_exit(&t->nat_bysource, &net->mem);
	kmem_cache_exit(&t->cache);
	mem_free(&net->mem, t, sizeof(*t));
	net->ct = NULL;
}

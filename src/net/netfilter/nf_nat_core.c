/* SPDX-License-Identifier: MIT */
/* What a connection's addresses and ports become, and the hooks that rewrite its packets. */
#include "net/netfilter/nf_nat.h"

#include "base/trace.h"
#include "net/netfilter/nf_conntrack_straight.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

#define PORT_ATTEMPTS_MAX 128		/* as Linux: a full range is not searched to its end */

/* ---- which tuple ---- */

/* Replies to it would be another connection's. */
static bool used(struct net *net, const struct nf_conntrack_tuple *tuple, const struct nf_conn *ct)
{
	struct nf_conntrack_tuple reply;

	nf_ct_invert_tuple(&reply, tuple);
	return nf_conntrack_tuple_taken(net, &reply, ct);
}

static bool is_icmp(u8 protonum)
{
	return protonum == IP_PROTO_ICMP || protonum == IP_PROTO_ICMPV6;
}

static bool has_ports(u8 protonum)
{
	return protonum == IP_PROTO_TCP || protonum == IP_PROTO_UDP || is_icmp(protonum);
}

/* The field that is searched; NULL: the protocol has none. */
static be16 *port_of(struct nf_conntrack_tuple *t, enum nf_nat_manip_type manip)
{
	if (!has_ports(t->protonum))
		return NULL;
	return manip == NF_NAT_MANIP_SRC || is_icmp(t->protonum) ? &t->sport : &t->dport;
}

static bool port_in_range(struct nf_conntrack_tuple *t, enum nf_nat_manip_type manip,
			  const struct nf_nat_range *range)
{
	const be16 *port = port_of(t, manip);

	return !(range->flags & NF_NAT_RANGE_PROTO_SPECIFIED) || !port ||
	       (be16_to_cpu(*port) >= range->min_port && be16_to_cpu(*port) <= range->max_port);
}

/* In network order, and of IPv4 nothing but 0 behind the address: they compare as bytes. */
static bool addr_in_range(const union nf_inet_addr *addr, const struct nf_nat_range *range)
{
	return !(range->flags & NF_NAT_RANGE_MAP_IPS) ||
	       (memcmp(addr, &range->min_addr, sizeof(*addr)) >= 0 &&
		memcmp(addr, &range->max_addr, sizeof(*addr)) <= 0);
}

static u32 source_hash(const struct net *net, const struct nf_conntrack_tuple *t)
{
	struct nf_conntrack_tuple key = {
		.src = t->src, .sport = t->sport, .l3num = t->l3num, .protonum = t->protonum,
		.zone = t->zone,
	};

	return nf_ct_tuple_hash(&key, &net->hash_key);
}

static bool same_source(const struct nf_conntrack_tuple *a, const struct nf_conntrack_tuple *b)
{
	return a->protonum == b->protonum && a->sport == b->sport && a->zone == b->zone &&
	       a->l3num == b->l3num && !memcmp(&a->src, &b->src, sizeof(a->src));
}

/* The mapping that this source has already, where it is within the range. */
static bool find_mapping(struct net *net, const struct nf_conntrack_tuple *orig, u16 zone,
			 const struct nf_nat_range *range, struct nf_conntrack_tuple *result)
{
	struct nf_conntrack_tuple key = *orig;
	struct nf_conn *ct;
	u32 hash;

	key.zone = zone;
	hash = source_hash(net, &key);

	inet_table_for_each(ct, &net->ct->nat_bysource, hash, nat_bysource) {
		const struct nf_conntrack_tuple *reply = nf_ct_tuple(ct, IP_CT_DIR_REPLY);

		if (ct->nat_bysource_hash != hash || nf_ct_is_expired(net, ct) ||
		    !same_source(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL), &key))
			continue;
		*result = *orig;
		result->src = reply->dst;
		result->sport = is_icmp(orig->protonum) ? reply->sport : reply->dport;
		if (addr_in_range(&result->src, range) &&
		    port_in_range(result, NF_NAT_MANIP_SRC, range))
			return true;
	}
	return false;
}

/* One of the addresses: the same for the same peers, spread over all. An IPv6 one word by word; as
 * soon as one is below the range's last, those behind it may be anything. */
static void choose_addr(const struct net *net, struct nf_conntrack_tuple *t,
			const struct nf_nat_range *range, enum nf_nat_manip_type manip)
{
	union nf_inet_addr *addr = manip == NF_NAT_MANIP_SRC ? &t->src : &t->dst;
	u32 words = t->l3num == NFPROTO_IPV4 ? 1 : 4;
	struct nf_conntrack_tuple key = { .src = t->src, .zone = t->zone };
	bool above = false, below = false;

	if (!(range->flags & NF_NAT_RANGE_MAP_IPS))
		return;
	if (!(range->flags & NF_NAT_RANGE_PERSISTENT))
		key.dst = t->dst;
	for (u32 i = 0; i < words; i++) {
		u32 low = above ? 0 : be32_to_cpu(range->min_addr.all[i]);
		u32 high = below ? UINT32_MAX : be32_to_cpu(range->max_addr.all[i]), v = low;

		key.sport = (be16)i;
		if (low < high)
			v += (u32)((u64)nf_ct_tuple_hash(&key, &net->hash_key) *
				   (high - low + 1ull) >> 32);
		addr->all[i] = cpu_to_be32(v);
		above |= v > low;
		below |= v < high;
	}
}

/* Where a source port is looked for when nobody said where: in its own class. */
static void default_ports(u16 port, u8 protonum, u32 *low, u32 *high)
{
	if (is_icmp(protonum)) {
		*low = 0;
		*high = 65535;
	} else if (port < 512) {
		*low = 1;
		*high = 511;
	} else if (port < 1024) {
		*low = 600;
		*high = 1023;
	} else {
		*low = 1024;
		*high = 65535;
	}
}

/* Another port, if one is free; else the tuple stays as it is and the packet will be dropped. */
static void choose_port(struct net *net, struct nf_conntrack_tuple *t, const struct nf_conn *ct,
			const struct nf_nat_range *range, enum nf_nat_manip_type manip)
{
	be16 *port = port_of(t, manip);
	u32 low, high, size, attempts, off;

	if (!port)
		return;
	if (range->flags & NF_NAT_RANGE_PROTO_SPECIFIED) {
		low = min(range->min_port, range->max_port);
		high = max(range->min_port, range->max_port);
	} else if (manip == NF_NAT_MANIP_DST && !is_icmp(t->protonum)) {
		return;		/* a service has its port */
	} else {
		default_ports(be16_to_cpu(*port), t->protonum, &low, &high);
	}
	size = high - low + 1;
	off = manip == NF_NAT_MANIP_SRC || range->flags & NF_NAT_RANGE_PROTO_RANDOM_ALL ?
	      prng_u32(&net->prng) : 0;
	for (attempts = min_t(u32, size, PORT_ATTEMPTS_MAX);; attempts /= 2) {
		for (u32 i = 0; i < attempts; i++, off++) {
			*port = cpu_to_be16((u16)(low + off % size));
			if (!used(net, t, ct))
				return;
		}
		if (attempts >= size || attempts < 16)
			return;
		off = prng_u32(&net->prng);
	}
}

static struct nf_conntrack_tuple unique_tuple(struct net *net,
					      const struct nf_conntrack_tuple *orig,
					      const struct nf_nat_range *range,
					      const struct nf_conn *ct,
					      enum nf_nat_manip_type manip)
{
	bool random = range->flags & NF_NAT_RANGE_PROTO_RANDOM_ALL;
	struct nf_conntrack_tuple t = *orig;

	if (manip == NF_NAT_MANIP_SRC && !random) {
		if (addr_in_range(&t.src, range) && port_in_range(&t, manip, range)) {
			if (!used(net, &t, ct))
				return t;
		} else if (find_mapping(net, orig, nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->zone,
					range, &t) && !used(net, &t, ct)) {
			return t;
		}
		t = *orig;
	}
	choose_addr(net, &t, range, manip);
	if (!random && port_in_range(&t, manip, range) && !used(net, &t, ct))
		return t;
	choose_port(net, &t, ct, range, manip);
	return t;
}

static u32 bysource_hash(const struct hlist_node *n)
{
	return container_of((uintptr_t)n, struct nf_conn, nat_bysource)->nat_bysource_hash;
}

enum nf_verdict nf_nat_setup_info(struct net *net, struct nf_conn *ct,
				  const struct nf_nat_range *range, enum nf_nat_manip_type manip)
{
	struct nf_conntrack_tuple now, want, reply;

	if (nf_ct_is_confirmed(ct))
		return NF_ACCEPT;
	if (nf_nat_initialized(ct, manip))
		return NF_DROP;
	nf_ct_invert_tuple(&now, nf_ct_tuple(ct, IP_CT_DIR_REPLY));
	want = unique_tuple(net, &now, range, ct, manip);
	if (!nf_ct_tuple_equal(&want, &now)) {
		nf_ct_invert_tuple(&reply, &want);
		nf_conntrack_alter_reply(net, ct, &reply);
		ct->status |= manip == NF_NAT_MANIP_SRC ? IPS_SRC_NAT : IPS_DST_NAT;
	}
	if (manip == NF_NAT_MANIP_SRC) {
		ct->nat_bysource_hash = source_hash(net, nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL));
		if (!inet_table_add(&net->ct->nat_bysource, &net->mem, &ct->nat_bysource,
				    bysource_hash))
			return NF_DROP;
	}
	ct->status |= manip == NF_NAT_MANIP_SRC ? IPS_SRC_NAT_DONE : IPS_DST_NAT_DONE;
	return NF_ACCEPT;
}

/* Nobody decided: addresses stay, and the port if it can. */
static enum nf_verdict null_binding(struct net *net, struct nf_conn *ct,
				    enum nf_nat_manip_type manip)
{
	const struct nf_conntrack_tuple *reply = nf_ct_tuple(ct, IP_CT_DIR_REPLY);
	struct nf_nat_range range = { .flags = NF_NAT_RANGE_MAP_IPS };

	range.min_addr = range.max_addr = manip == NF_NAT_MANIP_SRC ? reply->dst : reply->src;
	return nf_nat_setup_info(net, ct, &range, manip);
}

/* ---- hooks ---- */

static void trace_nat6(const struct sk_buff *skb, const union nf_inet_addr *is,
		       const union nf_inet_addr *becomes, be16 port, const char *what)
{
	u64 from[2], to[2];

	memcpy(from, is, sizeof(from));
	memcpy(to, becomes, sizeof(to));
	trace_skb(skb->net, nf_nat6_packet, skb, TRACE_STR(what), from[0], from[1], to[0], to[1],
		  be16_to_cpu(port));
}

/* Both sides of it, of the packet as it came in. */
static void trace_nat(const struct sk_buff *skb, const struct nf_conntrack_tuple *is,
		      const struct nf_conntrack_tuple *becomes, enum nf_nat_manip_type manip)
{
	bool src = manip == NF_NAT_MANIP_SRC, id = src || is_icmp(is->protonum);
	be16 port = id ? is->sport : is->dport, to = id ? becomes->sport : becomes->dport;
	const char *what = src ? "source" : "destination";

	if (is->l3num == NFPROTO_IPV6)
		trace_nat6(skb, src ? &is->src : &is->dst, src ? &becomes->src : &becomes->dst, to,
			   what);
	else
		trace_skb(skb->net, nf_nat_packet, skb, TRACE_STR(what),
			  src ? is->src.ip : is->dst.ip, be16_to_cpu(port),
			  src ? becomes->src.ip : becomes->dst.ip, be16_to_cpu(to));
}

/* This hook rewrites packets of that direction. */
static __always_inline bool rewrites(const struct nf_conn *ct, enum ip_conntrack_info info,
				     enum nf_nat_manip_type manip)
{
	u32 bit = manip == NF_NAT_MANIP_SRC ? IPS_SRC_NAT : IPS_DST_NAT;

	if (ctinfo2dir(info) == IP_CT_DIR_REPLY)
		bit ^= IPS_NAT_MASK;
	return ct->status & bit;
}

static __noinline enum nf_verdict nat_in_full(struct sk_buff *skb, const struct nf_conn *ct,
					      enum ip_conntrack_dir dir,
					      enum nf_nat_manip_type manip)
{
	struct nf_conntrack_tuple target;

	nf_ct_invert_tuple(&target, nf_ct_tuple(ct, !dir));
	trace_nat(skb, nf_ct_tuple(ct, dir), &target, manip);
	return nf_nat_manip_pkt(skb, 0, &target, manip) ? NF_ACCEPT : NF_DROP;
}

/* One that this hook rewrites. */
static __always_inline enum nf_verdict rewrite(struct sk_buff *skb, const struct nf_conn *ct,
					       enum ip_conntrack_dir dir,
					       enum nf_nat_manip_type manip)
{
	if (likely(!skb->net->trace && nf_nat_manip_plain(skb, nf_ct_tuple(ct, !dir), manip)))
		return NF_ACCEPT;
	return nat_in_full(skb, ct, dir, manip);
}

static enum nf_verdict nf_nat_packet(struct sk_buff *skb, struct nf_conn *ct,
				     enum ip_conntrack_info info, enum nf_inet_hooks hook)
{
	enum nf_nat_manip_type manip = nf_nat_hook2manip(hook);

	return rewrites(ct, info, manip) ? rewrite(skb, ct, ctinfo2dir(info), manip) : NF_ACCEPT;
}

static enum nf_verdict decide(struct sk_buff *skb, struct nf_conn *ct,
			      const struct nf_hook_state *state)
{
	enum nf_nat_manip_type manip = nf_nat_hook2manip(state->hook);
	struct nf_hook_ops *ops;
	enum nf_verdict v;

	list_for_each_entry(ops, &state->net->ct->nat->lookups[state->pf][state->hook], list) {
		v = ops->hook(ops->priv, skb, state);
		if (v != NF_ACCEPT || nf_nat_initialized(ct, manip))
			return v;
	}
	return null_binding(state->net, ct, manip);
}

/* Its address is that of a device that it does not leave by any more. */
static bool oif_changed(const struct nf_conn *ct, const struct nf_hook_state *state)
{
	return state->hook == NF_INET_POST_ROUTING && ct->masq_index &&
	       ct->masq_index != state->out->ifindex;
}

/* Most packets at most hooks: what becomes of the connection is known, and nothing is rewritten. */
static __always_inline bool settled(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	enum nf_nat_manip_type manip = nf_nat_hook2manip(state->hook);
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);

	if (!ct)
		return true;
	return info != IP_CT_RELATED && info != IP_CT_RELATED_REPLY &&
	       nf_nat_initialized(ct, manip) && !rewrites(ct, info, manip) &&
	       !oif_changed(ct, state);
}

static bool says_icmp(const struct sk_buff *skb, u8 pf)
{
	struct ipv6_ext e;

	if (pf == NFPROTO_IPV4)
		return ip_hdr(skb)->protocol == IP_PROTO_ICMP;
	ipv6_ext_start(&e, ipv6_hdr(skb)->nexthdr);
	return (!ipv6_ext_hdr(e.nexthdr) || !ipv6_skb_skip_exthdr(skb, 0, &e)) &&
	       e.nexthdr == IP_PROTO_ICMPV6;
}

static enum nf_verdict nat_inet(struct sk_buff *skb, const struct nf_hook_state *state)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);
	enum nf_verdict v = NF_ACCEPT;

	if (!ct)
		return NF_ACCEPT;
	if ((info == IP_CT_RELATED || info == IP_CT_RELATED_REPLY) && says_icmp(skb, state->pf))
		return nf_nat_icmp_reply_translation(skb, state->pf, ct, info, state->hook) ?
		       NF_ACCEPT : NF_DROP;
	if ((info == IP_CT_NEW || info == IP_CT_RELATED) &&
	    !nf_nat_initialized(ct, nf_nat_hook2manip(state->hook)))
		v = decide(skb, ct, state);
	else if (oif_changed(ct, state) && ctinfo2dir(info) == IP_CT_DIR_ORIGINAL) {
		nf_ct_kill(state->net, ct);
		return NF_DROP;
	}
	return v == NF_ACCEPT ? nf_nat_packet(skb, ct, info, state->hook) : v;
}

static void daddr_of(const struct sk_buff *skb, u8 pf, union nf_inet_addr *daddr)
{
	*daddr = (union nf_inet_addr){ .ip = 0 };
	if (pf == NFPROTO_IPV4)
		daddr->ip = ip_hdr(skb)->daddr;
	else
		memcpy(daddr, &ipv6_hdr(skb)->daddr, sizeof(*daddr));
}

/* As nat_inet(); *moved: it goes to somebody else now. */
static enum nf_verdict nat_moves(struct sk_buff *skb, const struct nf_hook_state *state,
				 bool *moved)
{
	union nf_inet_addr before, after;
	enum nf_verdict v;

	daddr_of(skb, state->pf, &before);
	v = nat_inet(skb, state);
	*moved = false;
	if (v != NF_ACCEPT)
		return v;
	daddr_of(skb, state->pf, &after);
	*moved = memcmp(&before, &after, sizeof(before));
	return v;
}

static enum nf_verdict nat_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	enum nf_verdict v;
	bool moved;

	(void)priv;
	if (settled(skb, state))
		return NF_ACCEPT;
	v = nat_moves(skb, state, &moved);
	if (moved)
		skb_dst_drop(skb);
	return v;
}

static enum nf_verdict nat_other(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	(void)priv;
	return settled(skb, state) ? NF_ACCEPT : nat_inet(skb, state);
}

/* ---- of frames that are no packets yet ---- */

/* Where replies to what was rewritten, and what is for somebody else than it says, go. */
static u32 nat_find(struct nf_straight *s, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		const struct nf_conntrack_tuple_hash *h = s->conn[i];
		const struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

		if (rewrites(ct, h->dir ? IP_CT_ESTABLISHED_REPLY : IP_CT_ESTABLISHED,
			     NF_NAT_MANIP_DST))
			s->daddr[i] = &ct->tuplehash[!h->dir].tuple.src;
	}
	return n;
}

/* Only what is decided: the connection knows how, and that the device is the right one. */
static enum nf_verdict nat_look(void *priv, struct nf_straight *s,
				const struct nf_hook_state *state)
{
	enum nf_nat_manip_type manip = nf_nat_hook2manip(state->hook);
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(&s->skb, &info);

	(void)priv;
	if (!ct)
		return NF_ACCEPT;
	if (unlikely(!nf_nat_initialized(ct, manip) || oif_changed(ct, state)))
		return NF_STOLEN;
	if (!rewrites(ct, info, manip) ||
	    rewrite(&s->skb, ct, ctinfo2dir(info), manip) == NF_ACCEPT)
		return NF_ACCEPT;
	return NF_STOLEN;
}

static enum nf_verdict nat_local_out(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	bool moved;
	enum nf_verdict v = nat_moves(skb, state, &moved);

	(void)priv;
	if (moved && (state->pf == NFPROTO_IPV4 ? ip_route_me_harder(state->net, skb) :
						  ip6_route_me_harder(state->net, skb))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		return NF_STOLEN;
	}
	return v;
}

static const struct nf_hook_ops nat_ops[] = {
	{ .hook = nat_in, .look = nat_look, .find = nat_find, .hooknum = NF_INET_PRE_ROUTING,
	  .priority = NF_IP_PRI_NAT_DST },
	{ .hook = nat_other, .look = nat_look, .hooknum = NF_INET_POST_ROUTING,
	  .priority = NF_IP_PRI_NAT_SRC },
	{ .hook = nat_local_out, .hooknum = NF_INET_LOCAL_OUT, .priority = NF_IP_PRI_NAT_DST },
	{ .hook = nat_other, .hooknum = NF_INET_LOCAL_IN, .priority = NF_IP_PRI_NAT_SRC },
};

/* The hooks of a family, from its first user to its last. */
static int family_begin(struct netns_nat *nat, u8 pf)
{
	if (nf_ct_netns_get(nat->net, BIT(pf)))
		return -ENOMEM;
	nat->ops[pf] = mem_alloc(&nat->net->mem, sizeof(nat_ops));
	if (!nat->ops[pf]) {
		nf_ct_netns_put(nat->net, BIT(pf));
		return -ENOMEM;
	}
	memcpy(nat->ops[pf], nat_ops, sizeof(nat_ops));
	for (size_t i = 0; i < ARRAY_SIZE(nat_ops); i++) {
		nat->ops[pf][i].pf = pf;
		nf_register_net_hook(nat->net, &nat->ops[pf][i]);
	}
	return 0;
}

static void family_end(struct netns_nat *nat, u8 pf)
{
	for (size_t i = 0; i < ARRAY_SIZE(nat_ops); i++)
		nf_unregister_net_hook(&nat->ops[pf][i]);
	mem_free(&nat->net->mem, nat->ops[pf], sizeof(nat_ops));
	nat->ops[pf] = NULL;
	nf_ct_netns_put(nat->net, BIT(pf));
}

static void nat_end(struct net *net)
{
	struct netns_nat *nat = net->ct->nat;

	unregister_netdevice_notifier(&nat->notifier);
	mem_free(&net->mem, nat, sizeof(*nat));
	net->ct->nat = NULL;
}

static int nat_begin(struct net *net)
{
	struct netns_nat *nat = net->ct->nat = mem_zalloc(&net->mem, sizeof(*nat));

	if (!nat)
		return -ENOMEM;
	nat->net = net;
	nf_nat_masquerade_begin(nat);
	for (u32 pf = 0; pf < NFPROTO_NUM; pf++)
		for (u32 i = 0; i < NF_INET_NUMHOOKS; i++)
			list_init(&nat->lookups[pf][i]);
	return 0;
}

int nf_nat_register_fn(struct net *net, struct nf_hook_ops *ops)
{
	struct list_head *head, *at;
	struct netns_nat *nat;

	if (!net->ct->nat && nat_begin(net))
		return -ENOMEM;
	nat = net->ct->nat;
	if (!nat->users[ops->pf] && family_begin(nat, ops->pf)) {
		if (!nat->users[!ops->pf])
			nat_end(net);
		return -ENOMEM;
	}
	nat->users[ops->pf]++;
	head = &nat->lookups[ops->pf][ops->hooknum];
	for (at = head->prev; at != head; at = at->prev)
		if (list_entry(at, struct nf_hook_ops, list)->priority <= ops->priority)
			break;
	list_add(&ops->list, at);
	return 0;
}

void nf_nat_unregister_fn(struct net *net, struct nf_hook_ops *ops)
{
	struct netns_nat *nat = net->ct->nat;

	list_del_init(&ops->list);
	if (--nat->users[ops->pf])
		return;
	family_end(nat, ops->pf);
	if (!nat->users[!ops->pf])
		nat_end(net);
}

/* SPDX-License-Identifier: MIT */
/*
 * Which table is asked, and which of several next hops is taken.
 *
 * Flows are shared by a hash of 31 bits (RFC 2992): each next hop has a stretch of its range as
 * long as its weight. The hash is the same for both directions of a flow. Policy 0 takes the
 * addresses, those of the quoted packet for an ICMP error, which so goes the way of what it is
 * about (RFC 7690 2); policy 1 takes ports and protocol as well, but not of fragments, which have
 * to stay together.
 */
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"
#include "net/multipath.h"
#include "wire/icmp.h"

/* ---- one table ---- */

static bool nexthop_ok(const struct fib_nexthop *nh, int oif)
{
	return !nh->dead && (!oif || nh->dev->ifindex == oif);
}

/* The first route of the chain that meets table, scope and device; a refusal ends the search. */
static bool chain_match(const struct fib *fib, u32 head, u32 table, const struct flowi4 *fl,
			struct fib_result *res)
{
	for (u32 i = head; i; i = fib->alias[i].next) {
		struct fib_info *fi = fib->info[fib->alias[i].fi];

		if (fi->scope < fl->scope || fi->table != table)
			continue;
		res->fi = fi;
		res->nh = 0;
		if (fib_type_error(fi->type))
			return true;
		for (; res->nh < fi->nhs; res->nh++)
			if (nexthop_ok(&fi->nh[res->nh].via, fl->oif))
				return true;
	}
	res->fi = NULL;
	return false;
}

/* Longest prefix first, down to shorter ones; none as short as `suppress` counts. */
static int lookup_all(const struct fib *fib, const struct fib_table *tb, u32 table,
		      const struct flowi4 *fl, int suppress, struct fib_result *res)
{
	const struct rib_node *path[33];
	unsigned n = rib_path(&tb->lpm.rib, be32_to_cpu(fl->daddr), path);

	while (n--) {
		if (!chain_match(fib, path[n]->data, table, fl, res))
			continue;
		if (path[n]->plen > suppress)
			return fib_type_error(res->fi->type);
		res->fi = NULL;		/* and so are those behind it */
		break;
	}
	return -EAGAIN;
}

/* -EAGAIN: the next rule is to be asked. */
static int table_lookup(const struct fib *fib, u32 table, const struct flowi4 *fl, int suppress,
			struct fib_result *res)
{
	const struct fib_table *tb = fib_get_table(fib, table);
	bool joined = tb == &fib->main && !fib->local;
	u32 id;

	if (!tb)
		return -EAGAIN;
	if (fl->oif || fl->scope || suppress >= 0 || joined)
		return lookup_all(fib, tb, table, fl, suppress, res);
	id = fib_lpm_lookup(&tb->lpm, be32_to_cpu(fl->daddr));
	if (!id)
		return -EAGAIN;
	res->fi = fib->info[id];
	res->nh = 0;
	return fib_type_error(res->fi->type);
}

int fib_lookup_table(const struct fib *fib, u32 table, const struct flowi4 *fl,
		     struct fib_result *res)
{
	res->fi = NULL;
	return table_lookup(fib, table, fl, -1, res);
}

/* ---- all ---- */

struct question {
	const struct fib *fib;
	const struct flowi4 *fl;
	struct fib_result *res;
};

static int ask_table(void *ctx, const struct fib_rule *r)
{
	struct question *q = ctx;
	int err = table_lookup(q->fib, r->table, q->fl, r->suppress_prefixlen, q->res);

	if (err == -EAGAIN)
		q->res->fi = NULL;	/* throw */
	return err;
}

static int lookup_by_rules(const struct fib *fib, const struct flowi4 *fl, struct fib_result *res)
{
	struct question q = { fib, fl, res };
	struct fib_rule_flow rf = {
		.src = &fl->saddr, .dst = &fl->daddr, .iif = fl->iif, .oif = fl->oif,
		.mark = fl->mark, .tos = fl->tos, .proto = fl->proto, .sport = fl->sport,
		.dport = fl->dport,
	};

	return fib_rules_lookup(&fib->rules, &rf, ask_table, &q);
}

/* Local and main in one tree. */
static int lookup_joined(const struct fib *fib, const struct flowi4 *fl, struct fib_result *res)
{
	const struct rib_node *path[33];
	unsigned n;

	if (!fl->oif && !fl->scope) {
		res->fi = fib_lookup_fast(fib, fl->daddr);
		res->nh = 0;
		return res->fi ? fib_type_error(res->fi->type) : -ENETUNREACH;
	}
	n = rib_path(&fib->main.lpm.rib, be32_to_cpu(fl->daddr), path);
	while (n--)
		if (chain_match(fib, path[n]->data, RT_TABLE_LOCAL, fl, res) ||
		    chain_match(fib, path[n]->data, RT_TABLE_MAIN, fl, res))
			return fib_type_error(res->fi->type);
	return -ENETUNREACH;
}

int fib_lookup(const struct fib *fib, const struct flowi4 *fl, struct fib_result *res)
{
	int err;

	res->fi = NULL;
	if (unlikely(fib->policy))
		return lookup_by_rules(fib, fl, res);
	err = lookup_joined(fib, fl, res);
	if (err == -EAGAIN) {	/* throw, and nobody left to ask */
		res->fi = NULL;
		err = -ENETUNREACH;
	}
	return err;
}

u8 fib_local_type(const struct fib *fib, be32 addr)
{
	const struct fib_info *fi;
	u32 id;

	if (likely(!fib->local)) {
		fi = fib_lookup_fast(fib, addr);
	} else {
		id = fib_lpm_lookup(&fib->local->lpm, be32_to_cpu(addr));
		fi = id ? fib->info[id] : NULL;
	}
	return fi && fi->table == RT_TABLE_LOCAL ? fi->type : 0;
}

struct net_device *fib_local_dev(const struct fib *fib, be32 addr)
{
	const struct fib_table *tb = fib->local ? fib->local : &fib->main;
	u32 id = fib_lpm_lookup(&tb->lpm, be32_to_cpu(addr));
	const struct fib_info *fi = id ? fib->info[id] : NULL;

	return fi && fi->type == RTN_LOCAL ? fi->nh[0].via.dev : NULL;
}

/* ---- several next hops ---- */

struct flow_key {
	be32 a, b;
	be16 pa, pb;
	u8 proto;
};

/* 31 bits, the same both ways. Not 0, which means "none" in a flowi4. */
static u32 key_hash(const struct net *net, const struct flow_key *k)
{
	bool swap = be32_to_cpu(k->b) < be32_to_cpu(k->a) ||
		    (k->a == k->b && be16_to_cpu(k->pb) < be16_to_cpu(k->pa));
	u64 addrs = swap ? (u64)k->b << 32 | k->a : (u64)k->a << 32 | k->b;
	u64 ports = swap ? (u64)k->pb << 16 | k->pa : (u64)k->pa << 16 | k->pb;
	u32 h = (u32)siphash_2u64(addrs, ports << 8 | k->proto, &net->hash_key) >> 1;

	return h ? h : 1;
}

/* The addresses of the packet that an ICMP error quotes. */
static void quoted_key(const struct sk_buff *skb, u32 off, struct flow_key *k)
{
	struct iphdr inner;
	u8 type;

	if (skb_copy_bits(skb, off, &type, 1) || !icmp_is_error(type))
		return;
	if (skb_copy_bits(skb, off + ICMP_HLEN, &inner, sizeof(inner)))
		return;
	k->a = inner.saddr;
	k->b = inner.daddr;
}

static bool has_ports(u8 proto)
{
	return proto == IP_PROTO_TCP || proto == IP_PROTO_UDP;
}

/* Policy 2: of the packet inside; 0: there is none. */
static u32 inner_hash(const struct net *net, const struct sk_buff *skb, u32 off)
{
	u32 len = skb_headlen(skb);

	if (net->sysctl.fib_multipath_hash_policy != 2 || off >= len ||
	    ip_hdr(skb)->frag_off & CONST_BE16(IP_OFFSET))
		return 0;
	return multipath_hash_inner(net, ip_hdr(skb)->protocol, skb->data + off, len - off);
}

/* From the network header on, as far as it is in one piece. */
static size_t head_len(const struct sk_buff *skb)
{
	const u8 *p = skb_network_header(skb), *end = skb->data + skb_headlen(skb);

	return end > p ? (size_t)(end - p) : 0;
}

static u32 skb_flow_hash(const struct net *net, const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct flow_key k = { .a = iph->saddr, .b = iph->daddr };
	/* data may stand before or behind the network header */
	u32 off = (u32)(skb_network_header(skb) - skb->data) + iph_hlen(iph);
	be16 port[2];

	if (net->sysctl.fib_multipath_hash_policy == 3)
		return multipath_hash_custom(net, (u32)net->sysctl.fib_multipath_hash_fields,
					     (const u8 *)iph, head_len(skb));
	if (net->sysctl.fib_multipath_hash_policy != 1) {
		u32 inner = inner_hash(net, skb, off);

		if (unlikely(inner))
			return inner;
		if (iph->protocol == IP_PROTO_ICMP && !(iph->frag_off & CONST_BE16(IP_OFFSET)))
			quoted_key(skb, off, &k);
		return key_hash(net, &k);
	}
	k.proto = iph->protocol;
	if (has_ports(k.proto) && !ip_is_fragment(iph) &&
	    !skb_copy_bits(skb, off, port, sizeof(port))) {
		k.pa = port[0];
		k.pb = port[1];
	}
	return key_hash(net, &k);
}

static u32 fl_flow_hash(const struct net *net, const struct flowi4 *fl)
{
	struct flow_key k = { .a = fl->saddr, .b = fl->daddr };

	if (fl->multipath_hash)
		return fl->multipath_hash;
	if (net->sysctl.fib_multipath_hash_policy == 3)
		return multipath_hash_flow(net, (u32)net->sysctl.fib_multipath_hash_fields,
					   &fl->saddr, &fl->daddr, 4, &(struct flow_keys){
						.sport = fl->sport, .dport = fl->dport,
						.proto = fl->proto });
	if (net->sysctl.fib_multipath_hash_policy == 1) {
		k.proto = fl->proto;
		k.pa = fl->sport;
		k.pb = fl->dport;
	}
	return key_hash(net, &k);
}

u32 fib_multipath_hash(const struct net *net, const struct sk_buff *skb)
{
	return net->ipv4->fib->multipath ? skb_flow_hash(net, skb) : 0;
}

void fib_rebalance(struct fib_info *fi)
{
	u32 total = 0, sum = 0;

	for (u32 i = 0; i < fi->nhs; i++)
		total += fi->nh[i].via.dead ? 0 : fi->nh[i].via.weight;
	for (u32 i = 0; i < fi->nhs; i++) {
		struct fib_nh *nh = &fi->nh[i];

		nh->upper_bound = -1;
		if (nh->via.dead)
			continue;
		sum += nh->via.weight;
		nh->upper_bound = (s32)((((u64)sum << 31) + total / 2) / total - 1);
	}
}

/* As Linux: of those that the hash allows, one whose own address is the source that was chosen
 * already; else one with that address; else by the hash. */
void fib_select_multipath(const struct fib *fib, struct fib_result *res, const struct flowi4 *fl,
			  const struct sk_buff *skb)
{
	u32 hash = skb ? skb_flow_hash(fib->net, skb) : fl_flow_hash(fib->net, fl);
	be32 saddr = skb ? 0 : fl->saddr;
	const struct fib_info *fi = res->fi;
	int best = 0;

	for (u32 i = 0; i < fi->nhs; i++) {
		const struct fib_nh *nh = &fi->nh[i];
		int score = 0;

		if (nh->upper_bound < 0)
			continue;
		if (saddr && inet_select_addr(nh->via.dev, nh->via.gateway, fi->scope) == saddr)
			score += 2;
		score += hash <= (u32)nh->upper_bound;
		if (score > best) {
			res->nh = i;
			best = score;
		}
	}
}

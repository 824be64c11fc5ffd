/* SPDX-License-Identifier: MIT */
/*
 * Routes of several next hops: those of a prefix with one table and one metric that have a gateway,
 * and that no router told of, are one route (Linux's siblings). They stand behind each other in the
 * list of the prefix; a flow takes one of them by its hash (net/multipath.h) and their weights.
 */
#include "net/ipv6/ip6_fib.h"
#include "net/multipath.h"
#include "wire/icmp6.h"

/* ---- who belongs together ---- */

bool fib6_may_share(const struct fib6_config *cfg)
{
	return cfg->has_gateway && cfg->type == RTN_UNICAST && cfg->protocol != RTPROT_RA &&
	       cfg->protocol != RTPROT_REDIRECT;
}

bool fib6_are_siblings(const struct fib6_config *a, const struct fib6_config *b)
{
	return a->table == b->table && a->metric == b->metric && fib6_may_share(a) &&
	       fib6_may_share(b);
}

void fib6_count_siblings(struct fib6_info *list)
{
	struct fib6_info *fi, *first;
	u16 n;

	for (first = list; first; first = fi) {
		n = 0;
		for (fi = first; fi && fib6_are_siblings(&fi->cfg, &first->cfg); fi = fi->next)
			n++;
		if (!n)		/* it does not share, not even with itself */
			fi = first->next;
		for (struct fib6_info *s = first; s != fi; s = s->next)
			s->siblings = n > 1 ? n : 0;
	}
}

/* ---- the hash ---- */

/* The header whose flow it is, and where: the packet's own, or of an ICMPv6 error the quoted one,
 * so that it goes the way of what it is about (RFC 7690 2). */
static const u8 *header_of(const struct sk_buff *skb, size_t *len, struct flow_keys *k)
{
	const u8 *p = skb_network_header(skb);
	const u8 *end = skb->data + skb_headlen(skb);

	*len = end > p ? (size_t)(end - p) : 0;
	if (!flow_keys_parse_ipv6(p, *len, k))
		return NULL;
	if (k->proto != IP_PROTO_ICMPV6 || *len < (size_t)k->l4_off + ICMPV6_HLEN + IPV6_HLEN ||
	    !icmpv6_is_err(p[k->l4_off]))
		return p;
	return p + k->l4_off + ICMPV6_HLEN;
}

u32 rt6_multipath_hash(const struct net *net, const struct sk_buff *skb)
{
	s32 policy = net->sysctl.fib6_multipath_hash_policy;
	struct flow_keys k;
	size_t len;
	const u8 *p = header_of(skb, &len, &k);
	u32 inner;

	if (!p)
		return 1;
	if (policy == 3)
		return multipath_hash_custom(net, (u32)net->sysctl.fib6_multipath_hash_fields,
					     skb_network_header(skb), len);
	if (policy == 1)
		return multipath_hash(net, p + 8, p + 24, 16,
				      k.proto == IP_PROTO_ICMPV6 ? NULL : &k);
	inner = policy == 2 && k.l4_off <= len ?
		multipath_hash_inner(net, k.proto, skb_network_header(skb) + k.l4_off,
				     len - k.l4_off) : 0;
	return inner ? inner : multipath_hash(net, p + 8, p + 24, 16, NULL);
}

static u32 flow_hash(const struct net *net, const struct flowi6 *fl)
{
	struct flow_keys k = { .sport = fl->sport, .dport = fl->dport, .proto = fl->proto };

	if (fl->multipath_hash)
		return fl->multipath_hash;
	if (net->sysctl.fib6_multipath_hash_policy == 3)
		return multipath_hash_flow(net, (u32)net->sysctl.fib6_multipath_hash_fields,
					   &fl->saddr, &fl->daddr, 16, &k);
	return multipath_hash(net, &fl->saddr, &fl->daddr, 16,
			      net->sysctl.fib6_multipath_hash_policy == 1 &&
			      fl->proto != IP_PROTO_ICMPV6 ? &k : NULL);
}

/* ---- choosing ---- */

static u32 weight_if_usable(const struct fib6_info *fi, int oif)
{
	if (!netif_running(fi->cfg.dev) || (oif && fi->cfg.dev->ifindex != oif))
		return 0;
	return fi->cfg.weight ? fi->cfg.weight : 1;
}

struct fib6_info *fib6_select_path(const struct net *net, struct fib6_info *first,
				   const struct flowi6 *fl, const struct sk_buff *skb)
{
	u32 hash = skb ? rt6_multipath_hash(net, skb) : flow_hash(net, fl);
	const struct fib6_config *cfg = &first->cfg;
	int oif = fl ? fl->oif : 0;
	struct fib6_info *fi;
	u64 total = 0, sum = 0;

	for (fi = first; fi && fib6_are_siblings(&fi->cfg, cfg); fi = fi->next)
		total += weight_if_usable(fi, oif);
	for (fi = first; fi && fib6_are_siblings(&fi->cfg, cfg); fi = fi->next) {
		sum += weight_if_usable(fi, oif);
		/* RFC 2992 2: each has a stretch of the range, as long as its weight. */
		if (total && hash < ((sum << 31) + total / 2) / total)
			return fi;
	}
	return first;
}

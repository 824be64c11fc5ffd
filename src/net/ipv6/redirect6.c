/* SPDX-License-Identifier: MIT */
/* A better first hop (RFC 4861 8): told by a router, taken by a host. See ra.h. */
#include "base/trace.h"
#include "net/icmp_limit.h"
#include "net/ipv6/ra.h"

#define REDIRECT_HDR_OPT_LEN 8		/* before what it quotes */
#define REDIRECT_LEN_MAX (IPV6_MIN_MTU - IPV6_HLEN)
#define QUOTE_MAX \
	(REDIRECT_LEN_MAX - NDISC_REDIRECT_LEN - NDISC_LLADDR_OPT_LEN - REDIRECT_HDR_OPT_LEN)
#define REDIRECT_COST NSEC_PER_SEC	/* to one destination, as Linux has it */
#define REDIRECT_LIFETIME_S 600		/* the router speaks again if it still holds */

static const struct fib6_info *route_to(const struct net *net, const struct ip6_addr *daddr,
					const struct net_device *dev)
{
	const struct flowi6 fl = { .daddr = *daddr, .oif = dev->ifindex };
	int err;

	return fib6_lookup(net, &fl, dev->ifindex, &err);
}

/* ---- sending ---- */

/* The sender is on that link, so that it can reach the better hop itself. */
static bool is_neighbour(const struct net *net, const struct ip6_addr *a,
			 const struct net_device *dev)
{
	const struct fib6_info *fi = route_to(net, a, dev);

	return fi && fi->cfg.type == RTN_UNICAST && !fi->cfg.has_gateway && fi->cfg.dev == dev;
}

/* RFC 4861 4.6.3: the packet's begin, in steps of 8 bytes. */
static void put_quote(struct sk_buff *skb, const struct sk_buff *about)
{
	u32 at = about->network_header - skb_headroom(about);
	u32 n = min_t(u32, about->len - at, QUOTE_MAX) & ~7u;
	u8 *opt = skb_put(skb, REDIRECT_HDR_OPT_LEN + n);

	memset(opt, 0, REDIRECT_HDR_OPT_LEN);
	opt[0] = ND_OPT_REDIRECT_HDR;
	opt[1] = (u8)((REDIRECT_HDR_OPT_LEN + n) / 8);
	skb_copy_bits(about, at, opt + REDIRECT_HDR_OPT_LEN, n);
}

static void send_redirect(const struct sk_buff *about, struct net_device *dev,
			  const struct ip6_addr *target)
{
	const struct ipv6hdr *h = ipv6_hdr(about);
	struct ip6_addr saddr, to = h->saddr, dest = h->daddr;
	const struct neighbour *n = neigh_lookup(&dev->net->ipv6->nd_tbl, target, dev);
	struct sk_buff *skb;
	u8 *p;

	if (ipv6_get_lladdr(dev, &saddr))
		return;
	skb = ndisc_alloc_skb(dev, REDIRECT_LEN_MAX);
	if (!skb)
		return;
	p = skb_put(skb, NDISC_REDIRECT_LEN);
	ndisc_redirect_build(p, target, &dest);
	if (n && n->nud_state & NUD_VALID) {
		p = skb_put(skb, NDISC_LLADDR_OPT_LEN);
		ndisc_lladdr_opt_build(p, ND_OPT_TARGET_LL_ADDR, n->ha);
	}
	put_quote(skb, about);
	ndisc_send_skb(skb, dev, &saddr, &to, "a better hop");
}

void ndisc_send_redirect(struct sk_buff *skb, const struct rt6_info *rt)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);
	struct net_device *dev = rt->dst.dev;
	struct ip6_addr target = rt->has_gateway ? rt->gateway : h->daddr;
	struct net *net = skb->net;

	if ((rt->has_gateway && !ipv6_addr_is_linklocal(&target)) ||
	    !is_neighbour(net, &h->saddr, dev) ||
	    !icmp_peer_allow(net, net->ipv6->icmp_limit, ip6_peer(net, &h->saddr),
			     ICMP_LIMIT_REDIRECT, REDIRECT_COST))
		return;
	send_redirect(skb, dev, &target);
}

/* ---- receiving ---- */

/* RFC 4861 8.1: only the hop by which packets to it go may say that there is a better one. */
static bool is_first_hop(const struct net_device *dev, const struct ip6_addr *router,
			 const struct ip6_addr *dest)
{
	const struct fib6_info *fi = route_to(dev->net, dest, dev);

	return fi && fi->cfg.has_gateway && fi->cfg.dev == dev &&
	       ipv6_addr_equal(&fi->cfg.gateway, router);
}

static void learn_target(struct net_device *dev, const struct ndisc_redirect *r, const u8 *lladdr,
			 bool on_link)
{
	struct neighbour *n = neigh_get_or_create(&dev->net->ipv6->nd_tbl, &r->target, dev);
	u32 router = on_link ? 0 : NEIGH_UPDATE_F_OVERRIDE_ISROUTER | NEIGH_UPDATE_F_ISROUTER;

	if (n && lladdr)
		neigh_update(n, lladdr, NUD_STALE, NEIGH_UPDATE_F_WEAK_OVERRIDE |
			     NEIGH_UPDATE_F_OVERRIDE | router);
}

static void use_target(struct net_device *dev, const struct ndisc_redirect *r, bool on_link)
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct fib6_config cfg = {
		.dst = r->dest, .plen = 128, .has_gateway = !on_link, .dev = dev,
		.type = RTN_UNICAST, .table = RT_TABLE_MAIN, .protocol = RTPROT_REDIRECT,
		.metric = IP6_RT_PRIO_ADDRCONF,
	};

	if (!on_link)
		cfg.gateway = r->target;
	ra_forget_redirect(idev, &r->dest);
	ra_route_set(idev, &cfg, ra_until(dev->net, REDIRECT_LIFETIME_S));
}

enum skb_drop_reason redirect6_rcv(struct sk_buff *skb, struct net_device *dev, const u8 *p)
{
	const struct ipv6_devconf *cnf = &dev->ip6_ptr->cnf;
	struct ip6_addr router = ipv6_hdr(skb)->saddr;
	struct ndisc_options opts;
	struct ndisc_redirect r;
	const u8 *lladdr;
	bool on_link;

	if (!ipv6_addr_is_linklocal(&router))
		return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
	if (ndisc_redirect_parse(p, skb->len, &r))
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	on_link = ipv6_addr_equal(&r.target, &r.dest);
	if (ipv6_addr_is_multicast(&r.dest) ||
	    !(on_link || ipv6_addr_is_linklocal(&r.target)) ||
	    ndisc_parse_options(r.opts, r.opts_len, &opts))
		return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
	lladdr = ndisc_opt_lladdr(opts.tgt_lladdr);
	if (opts.tgt_lladdr && !lladdr)
		return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
	trace_skb(dev->net, ndisc_rcv, skb, TRACE_STR("a better hop"), ip6_word(&r.target, 0),
		  ip6_word(&r.target, 1), ip6_word(&router, 0), ip6_word(&router, 1));
	if (cnf->forwarding || !cnf->accept_redirects || !is_first_hop(dev, &router, &r.dest))
		return SKB_CONSUMED;
	learn_target(dev, &r, lladdr, on_link);
	use_target(dev, &r, on_link);
	return SKB_CONSUMED;
}

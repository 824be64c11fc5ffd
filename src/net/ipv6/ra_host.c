/* SPDX-License-Identifier: MIT */
/* Router discovery, the host's side: see ra.h. */
#include "base/trace.h"
#include "net/ipv6/ra.h"

#define MIN_RETRANS_MS 10u		/* not less than Linux takes: no router sets off a storm */
#define MIN_REACHABLE_MS 100u

static struct inet6_dev *idev_of(struct timer *t, size_t offset)
{
	return (void *)((u8 *)t - offset);
}

ktime_t ra_until(const struct net *net, u32 seconds)
{
	return seconds == NDISC_INFINITY ? KTIME_MAX : net->now + (s64)seconds * NSEC_PER_SEC;
}

static bool accepts_ra(const struct inet6_dev *idev)
{
	return idev->cnf.forwarding ? idev->cnf.accept_ra == 2 : idev->cnf.accept_ra;
}

/* ---- routes that end ---- */

static bool same_route(const struct fib6_config *a, const struct fib6_config *b)
{
	return a->plen == b->plen && ipv6_addr_equal(&a->dst, &b->dst) &&
	       a->has_gateway == b->has_gateway &&
	       (!a->has_gateway || ipv6_addr_equal(&a->gateway, &b->gateway));
}

static struct ra_route *find_route(const struct inet6_dev *idev, const struct fib6_config *cfg)
{
	struct ra_route *r;

	list_for_each_entry(r, &idev->ra.routes, list)
		if (same_route(&r->cfg, cfg))
			return r;
	return NULL;
}

static void route_free(struct inet6_dev *idev, struct ra_route *r)
{
	struct net *net = idev->dev->net;

	if (r->cfg.has_gateway || !addrconf_prefix_in_use(idev, &r->cfg.dst, r->cfg.plen))
		ip6_route_del(net, &r->cfg);
	list_del_init(&r->list);
	idev->ra.nr_routes--;
	mem_free(&net->mem, r, sizeof(*r));
}

static struct ra_route *route_alloc(struct inet6_dev *idev, const struct fib6_config *cfg)
{
	struct ra_route *r;

	if (idev->ra.nr_routes >= RA_ROUTES_MAX)
		return NULL;
	r = mem_zalloc(&idev->dev->net->mem, sizeof(*r));
	if (!r)
		return NULL;
	r->cfg = *cfg;
	list_add_tail(&r->list, &idev->ra.routes);
	idev->ra.nr_routes++;
	return r;
}

void ra_route_set(struct inet6_dev *idev, const struct fib6_config *cfg, ktime_t until)
{
	struct net *net = idev->dev->net;
	struct ra_route *r = find_route(idev, cfg);

	if (r && (until <= net->now || r->cfg.pref != cfg->pref || r->cfg.metric != cfg->metric)) {
		route_free(idev, r);
		r = NULL;
	}
	if (until <= net->now)
		return;
	if (!r)
		r = route_alloc(idev, cfg);
	if (!r)
		return;
	/* It may have been deleted by hand: it comes again with each message. */
	ip6_route_add(net, &r->cfg);
	r->until = until;
	ra_schedule(idev);
}

bool ipv6_ra_route(const struct fib6_config *cfg, ktime_t *until)
{
	const struct ra_route *r;

	if (!cfg->dev || !cfg->dev->ip6_ptr || cfg->table != RT_TABLE_MAIN)
		return false;
	r = find_route(cfg->dev->ip6_ptr, cfg);
	if (!r || r->until == KTIME_MAX)
		return false;
	*until = r->until;
	return true;
}

static ktime_t verify_routes(struct inet6_dev *idev)
{
	ktime_t next = KTIME_MAX, now = idev->dev->net->now;
	struct ra_route *r, *tmp;

	list_for_each_entry_safe(r, tmp, &idev->ra.routes, list) {
		if (r->until <= now)
			route_free(idev, r);
		else
			next = min(next, r->until);
	}
	return next;
}

void ra_schedule(struct inet6_dev *idev)
{
	struct net *net = idev->dev->net;
	ktime_t next = min(verify_routes(idev), addrconf_verify(idev));

	if (next == KTIME_MAX)
		net_timer_del(net, &idev->ra.timer);
	else
		net_timer_mod(net, &idev->ra.timer, next);
}

static void ra_timer_fn(struct timer *t)
{
	ra_schedule(idev_of(t, offsetof(struct inet6_dev, ra.timer)));
}

void ra_forget_routers(struct inet6_dev *idev)
{
	struct ra_route *r, *next;

	list_for_each_entry_safe(r, next, &idev->ra.routes, list)
		if (r->cfg.has_gateway)
			route_free(idev, r);
}

void ra_forget_redirect(struct inet6_dev *idev, const struct ip6_addr *dest)
{
	struct ra_route *r, *next;

	list_for_each_entry_safe(r, next, &idev->ra.routes, list)
		if (r->cfg.protocol == RTPROT_REDIRECT && ipv6_addr_equal(&r->cfg.dst, dest))
			route_free(idev, r);
}

/* ---- soliciting ---- */

/* RFC 3315 14: between 0.9 and 1.1 of it. */
static ktime_t spread(struct net *net, s64 seconds)
{
	return seconds * (NSEC_PER_SEC / 10) * 9 +
	       seconds * (s64)prng_below(&net->prng, NSEC_PER_SEC / 5);
}

static void send_rs(struct net_device *dev)
{
	struct ip6_addr routers = IN6ADDR_LINKLOCAL_ALLROUTERS, saddr;
	struct sk_buff *skb;
	u8 *p;

	if (ipv6_get_lladdr(dev, &saddr))
		return;
	skb = ndisc_alloc_skb(dev, NDISC_RS_LEN + NDISC_LLADDR_OPT_LEN);
	if (!skb)
		return;
	p = skb_put(skb, NDISC_RS_LEN + NDISC_LLADDR_OPT_LEN);
	p += ndisc_rs_build(p);
	ndisc_lladdr_opt_build(p, ND_OPT_SOURCE_LL_ADDR, dev->dev_addr);
	ndisc_send_skb(skb, dev, &saddr, &routers, "routers?");
}

static void rs_next(struct inet6_dev *idev)
{
	const struct ipv6_devconf *cnf = &idev->cnf;
	struct net *net = idev->dev->net;

	send_rs(idev->dev);
	idev->ra.rs_probes++;
	net_timer_mod(net, &idev->ra.rs_timer, net->now +
		      (idev->ra.rs_probes == cnf->router_solicitations ?
		       (s64)cnf->router_solicitation_delay * NSEC_PER_SEC : idev->ra.rs_interval));
}

/* RFC 7559: ever less often, for as long as nobody answers. */
static void rs_timer_fn(struct timer *t)
{
	struct inet6_dev *idev = idev_of(t, offsetof(struct inet6_dev, ra.rs_timer));
	const struct ipv6_devconf *cnf = &idev->cnf;
	struct net *net = idev->dev->net;

	if (idev->ra.received || !accepts_ra(idev) ||
	    (cnf->router_solicitations >= 0 && idev->ra.rs_probes >= cnf->router_solicitations))
		return;
	idev->ra.rs_interval = idev->ra.rs_interval * 19 / 10 +
			       (s64)((u64)idev->ra.rs_interval / 1000 *
				     prng_below(&net->prng, 200));
	if (idev->ra.rs_interval > (s64)cnf->router_solicitation_max_interval * NSEC_PER_SEC)
		idev->ra.rs_interval = spread(net, cnf->router_solicitation_max_interval);
	rs_next(idev);
}

void ra_dev_ready(struct inet6_dev *idev)
{
	struct net_device *dev = idev->dev;

	radv_change(idev);
	if (dev->flags & IFF_LOOPBACK_ || !accepts_ra(idev) || !idev->cnf.router_solicitations)
		return;
	idev->ra.received = false;
	idev->ra.rs_probes = 0;
	idev->ra.rs_interval = spread(dev->net, idev->cnf.router_solicitation_interval);
	rs_next(idev);
}

/* ---- what an advertisement says ---- */

static void learn_default_router(struct inet6_dev *idev, const struct ndisc_ra *ra,
				 const struct ip6_addr *router)
{
	const struct ipv6_devconf *cnf = &idev->cnf;
	struct net *net = idev->dev->net;
	struct fib6_config cfg = {
		.gateway = *router, .has_gateway = true, .dev = idev->dev, .type = RTN_UNICAST,
		.table = RT_TABLE_MAIN, .protocol = RTPROT_RA,
		.metric = (u32)cnf->ra_defrtr_metric,
		.pref = cnf->accept_ra_rtr_pref ? ra->pref : ICMPV6_ROUTER_PREF_MEDIUM,
	};

	if (!cnf->accept_ra_defrtr ||
	    (ra->lifetime_s && ra->lifetime_s < (u32)cnf->accept_ra_min_lft))
		return;
	ra_route_set(idev, &cfg, net->now + (s64)ra->lifetime_s * NSEC_PER_SEC);
}

static void learn_link(struct inet6_dev *idev, const struct ndisc_ra *ra)
{
	struct neigh_parms *p = idev->dev->nd_parms;
	u32 reachable_ms = max(ra->reachable_ms, MIN_REACHABLE_MS);

	idev->ra.managed = ra->managed;
	idev->ra.other = ra->other;
	if (ra->hop_limit && ra->hop_limit >= idev->cnf.accept_ra_min_hop_limit)
		idev->cnf.hop_limit = ra->hop_limit;
	if (ra->retrans_ms)
		p->retrans_time_ms = max(ra->retrans_ms, MIN_RETRANS_MS);
	if (ra->reachable_ms && reachable_ms != p->base_reachable_time_ms) {
		p->base_reachable_time_ms = reachable_ms;
		p->reachable_time = ms_to_ktime(reachable_ms / 2 +
						prng_below(&idev->dev->net->prng, reachable_ms));
	}
}

static void learn_lladdr(struct net_device *dev, const struct ip6_addr *router, const u8 *opt)
{
	const u8 *lladdr = ndisc_opt_lladdr(opt);
	struct neighbour *n = neigh_get_or_create(&dev->net->ipv6->nd_tbl, router, dev);

	if (n && lladdr)
		neigh_update(n, lladdr, NUD_STALE,
			     NEIGH_UPDATE_F_WEAK_OVERRIDE | NEIGH_UPDATE_F_OVERRIDE |
			     NEIGH_UPDATE_F_OVERRIDE_ISROUTER | NEIGH_UPDATE_F_ISROUTER);
}

/* RFC 4191 3.1: as default router by another way, where it is of no length. */
static void learn_route(struct inet6_dev *idev, const u8 *opt, const struct ip6_addr *router)
{
	const struct ipv6_devconf *cnf = &idev->cnf;
	struct ndisc_route r;
	struct fib6_config cfg;

	if (!ndisc_route_opt(opt, &r) || (!r.plen && !cnf->accept_ra_defrtr) ||
	    r.plen < cnf->accept_ra_rt_info_min_plen || r.plen > cnf->accept_ra_rt_info_max_plen)
		return;
	if (r.lifetime_s && r.lifetime_s < (u32)cnf->accept_ra_min_lft)
		return;
	cfg = (struct fib6_config){
		.dst = ipv6_addr_prefix(&r.prefix, r.plen), .plen = r.plen, .gateway = *router,
		.has_gateway = true, .dev = idev->dev, .type = RTN_UNICAST,
		.table = RT_TABLE_MAIN, .protocol = RTPROT_RA,
		.metric = (u32)cnf->ra_defrtr_metric, .pref = r.pref,
	};
	ra_route_set(idev, &cfg, ra_until(idev->dev->net, r.lifetime_s));
}

/* RFC 4861 6.3.4: on-link; RFC 4862 5.5.3: an address. */
static void learn_prefix(struct inet6_dev *idev, const u8 *opt)
{
	struct ndisc_prefix p;
	struct fib6_config cfg;

	if (!idev->cnf.accept_ra_pinfo || !ndisc_prefix_opt(opt, &p) ||
	    ipv6_addr_is_linklocal(&p.prefix) || ipv6_addr_is_multicast(&p.prefix) ||
	    p.preferred_s > p.valid_s ||
	    (p.valid_s && p.valid_s < (u32)idev->cnf.accept_ra_min_lft))
		return;
	cfg = (struct fib6_config){
		.dst = ipv6_addr_prefix(&p.prefix, p.plen), .plen = p.plen, .dev = idev->dev,
		.type = RTN_UNICAST, .table = RT_TABLE_MAIN, .protocol = RTPROT_KERNEL,
		.metric = IP6_RT_PRIO_ADDRCONF,
	};
	if (p.onlink)
		ra_route_set(idev, &cfg, ra_until(idev->dev->net, p.valid_s));
	if (p.autoconf && idev->cnf.autoconf)
		addrconf_prefix_rcv(idev, &p);
}

static void learn_mtu(struct inet6_dev *idev, const u8 *opt)
{
	u32 mtu;

	if (!idev->cnf.accept_ra_mtu || !ndisc_mtu_opt(opt, &mtu) || mtu < IPV6_MIN_MTU ||
	    mtu > idev->dev->mtu || (s32)mtu == idev->cnf.mtu6)
		return;
	idev->cnf.mtu6 = (s32)mtu;
	rt6_cache_flush(idev->dev->net);
}

/* RFC 8106 5.3.1: the oldest gives way to a new one. */
static void learn_dns(struct inet6_dev *idev, const u8 *opt)
{
	const struct ip6_addr *addrs;
	u32 lifetime, n = ndisc_rdnss_opt(opt, &lifetime, &addrs);
	ktime_t until = ra_until(idev->dev->net, lifetime);

	for (u32 i = 0; i < n; i++) {
		u32 at = 0, first = 0;

		while (at < RA_DNS_MAX && !ipv6_addr_equal(&idev->ra.dns[at].addr, &addrs[i])) {
			if (idev->ra.dns[at].until < idev->ra.dns[first].until)
				first = at;
			at++;
		}
		if (at == RA_DNS_MAX && !lifetime)
			continue;
		at = at == RA_DNS_MAX ? first : at;
		idev->ra.dns[at].addr = addrs[i];
		idev->ra.dns[at].until = until;
	}
}

u32 ipv6_ra_dns(const struct net *net, struct ip6_addr *out, u32 max)
{
	const struct net_device *dev;
	u32 n = 0;

	for_each_netdev(net, dev) {
		const struct inet6_dev *idev = in6_dev_get(dev);

		for (u32 i = 0; idev && i < RA_DNS_MAX; i++)
			if (idev->ra.dns[i].until > net->now && n < max)
				out[n++] = idev->ra.dns[i].addr;
	}
	return n;
}

static void learn_options(struct inet6_dev *idev, const struct ndisc_ra *ra,
			  const struct ip6_addr *router)
{
	const u8 *p = ra->opts, *opt;
	size_t left = ra->opts_len;

	while ((opt = ndisc_opt_next(&p, &left))) {
		switch (opt[0]) {
		case ND_OPT_PREFIX_INFO:
			learn_prefix(idev, opt);
			break;
		case ND_OPT_MTU:
			learn_mtu(idev, opt);
			break;
		case ND_OPT_ROUTE_INFO:
			learn_route(idev, opt, router);
			break;
		case ND_OPT_RDNSS:
			learn_dns(idev, opt);
			break;
		default:
			break;
		}
	}
}

enum skb_drop_reason ra_host_rcv(struct sk_buff *skb, struct net_device *dev, const u8 *p)
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct ip6_addr router = ipv6_hdr(skb)->saddr;
	struct ndisc_options opts;
	struct ndisc_ra ra;

	if (!ipv6_addr_is_linklocal(&router))		/* RFC 4861 6.1.2 */
		return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
	if (ndisc_ra_parse(p, skb->len, &ra))
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	if (ndisc_parse_options(ra.opts, ra.opts_len, &opts))
		return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
	trace_skb(dev->net, ndisc_rcv, skb, TRACE_STR("router"), ip6_word(&router, 0),
		  ip6_word(&router, 1), ip6_word(&router, 0), ip6_word(&router, 1));
	if (!accepts_ra(idev) ||
	    (!idev->cnf.accept_ra_from_local && ipv6_chk_addr(dev->net, &router, NULL)))
		return SKB_CONSUMED;
	idev->ra.received = true;
	learn_lladdr(dev, &router, opts.src_lladdr);
	learn_default_router(idev, &ra, &router);
	learn_link(idev, &ra);
	learn_options(idev, &ra, &router);
	ra_schedule(idev);
	return SKB_CONSUMED;
}

/* ---- the device comes and goes ---- */

void ra_dev_init(struct inet6_dev *idev)
{
	list_init(&idev->ra.routes);
	timer_init(&idev->ra.timer, ra_timer_fn);
	timer_init(&idev->ra.rs_timer, rs_timer_fn);
	timer_init(&idev->ra.adv_timer, radv_timer_fn);
}

void ra_dev_down(struct inet6_dev *idev)
{
	struct net *net = idev->dev->net;

	while (!list_empty(&idev->ra.routes))
		route_free(idev, list_first_entry(&idev->ra.routes, struct ra_route, list));
	net_timer_del(net, &idev->ra.timer);
	net_timer_del(net, &idev->ra.rs_timer);
	net_timer_del(net, &idev->ra.adv_timer);
	memset(idev->ra.dns, 0, sizeof(idev->ra.dns));
	idev->cnf.mtu6 = 0;
}

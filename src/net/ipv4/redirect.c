/* SPDX-License-Identifier: MIT */
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"
#include "wire/icmp.h"

#define REDIRECT_BUCKETS 64
#define REDIRECT_WAYS 4
#define REDIRECT_MAX (REDIRECT_BUCKETS * REDIRECT_WAYS)
#define REDIRECT_BYTES (REDIRECT_MAX * sizeof(struct rt_redirect))
#define REDIRECT_EXPIRES (300 * NSEC_PER_SEC)	/* Linux's route/gc_timeout */

static struct rt_redirect *bucket(const struct net *net, be32 daddr)
{
	u64 h = siphash_2u64(daddr, 0, &net->hash_key);

	return net->ipv4->redirects.entry + h % REDIRECT_BUCKETS * REDIRECT_WAYS;
}

static bool is_of(const struct rt_redirect *r, const struct fib_nexthop *via, be32 daddr)
{
	return r->expires && r->daddr == daddr && r->told_by == via->gateway &&
	       r->ifindex == via->dev->ifindex;
}

struct rt_redirect *rt_redirect_find(const struct net *net, const struct fib_nexthop *via,
				     be32 daddr)
{
	struct rt_redirect *r;

	if (!net->ipv4->redirects.entry || !via->dev || !via->gateway)
		return NULL;
	r = bucket(net, daddr);
	for (int i = 0; i < REDIRECT_WAYS; i++)
		if (is_of(&r[i], via, daddr))
			return r[i].expires > net->now ? &r[i] : NULL;
	return NULL;
}

u32 rt_redirect_left_s(const struct net *net, const struct rtable *rt, be32 daddr)
{
	const struct rt_redirect *r;

	if (!rt->redirected || !net->ipv4->redirects.entry)
		return 0;
	r = bucket(net, daddr);
	for (int i = 0; i < REDIRECT_WAYS; i++)
		if (r[i].dst == &rt->dst)
			return (u32)((r[i].expires - net->now) / NSEC_PER_SEC);
	return 0;
}

static void forget(struct rt_redirect *r)
{
	dst_flush_slot(&r->dst);
	*r = (struct rt_redirect){ .expires = 0 };
}

void rt_redirect_flush(struct net *net)
{
	struct rt_redirects *rs = &net->ipv4->redirects;

	for (int i = 0; rs->entry && i < REDIRECT_MAX; i++)
		forget(&rs->entry[i]);
	rs->latest = 0;
	net_timer_del(net, &rs->timer);
}

void ip_route_flush_cache(struct net *net)
{
	pmtu_net_exit(net);
	rt_redirect_flush(net);
}

/* Who holds such a route sees that it is obsolete. */
static void expire_fn(struct timer *t)
{
	struct rt_redirects *rs = container_of(t, struct rt_redirects, timer);
	struct net *net = rs->net;
	ktime_t next = KTIME_MAX;

	for (int i = 0; i < REDIRECT_MAX; i++) {
		struct rt_redirect *r = &rs->entry[i];

		if (r->expires && r->expires <= net->now)
			forget(r);
		else if (r->expires)
			next = min(next, r->expires);
	}
	if (next != KTIME_MAX)
		net_timer_mod(net, t, next);
}

void redirect_net_init(struct net *net)
{
	net->ipv4->redirects.net = net;
	timer_init(&net->ipv4->redirects.timer, expire_fn);
}

void redirect_net_exit(struct net *net)
{
	struct rt_redirects *rs = &net->ipv4->redirects;

	if (!rs->entry)
		return;
	rt_redirect_flush(net);
	mem_free(&net->mem, rs->entry, REDIRECT_BYTES);
	rs->entry = NULL;
}

/* ---- learning ---- */

/* -ENOMEM is a redirect that got lost: the router tells it again. */
static void learn(struct net *net, const struct fib_nexthop *via, be32 daddr, be32 gateway)
{
	struct rt_redirects *rs = &net->ipv4->redirects;
	struct rt_redirect *r, *victim;

	if (!rs->entry)
		rs->entry = mem_zalloc(&net->mem, REDIRECT_BYTES);
	if (!rs->entry)
		return;
	victim = r = bucket(net, daddr);
	for (int i = 0; i < REDIRECT_WAYS; i++) {
		if (is_of(&r[i], via, daddr)) {
			victim = &r[i];
			break;
		}
		if (r[i].expires < victim->expires)
			victim = &r[i];
	}
	forget(victim);
	rs->latest = net->now + REDIRECT_EXPIRES;
	*victim = (struct rt_redirect){ .daddr = daddr, .told_by = via->gateway,
					.gateway = gateway, .ifindex = via->dev->ifindex,
					.expires = rs->latest };
	if (!timer_pending(&rs->timer))
		net_timer_mod(net, &rs->timer, rs->latest);
}

static bool accepts(const struct net *net, const struct in_device *in_dev)
{
	return in_dev->forwarding ? IN_DEV_ANDCONF(in_dev, net, accept_redirects) :
				    IN_DEV_ORCONF(in_dev, net, accept_redirects);
}

/* RFC 1122 3.2.2.2: a hop on the link; where the medium is not shared, on the same network as
 * who tells it, and with secure_redirects one that is a gateway already. */
static bool may_be_gateway(struct net *net, const struct in_device *in_dev, be32 to, be32 from)
{
	if (ipv4_is_multicast(to) || ipv4_is_lbcast(to) || ipv4_is_zeronet(to))
		return false;
	if (IN_DEV_ORCONF(in_dev, net, shared_media))
		return inet_addr_type(net, to) == RTN_UNICAST;
	return inet_addr_onlink(in_dev, to, from) &&
	       (!IN_DEV_ORCONF(in_dev, net, secure_redirects) ||
		fib_has_gateway(net->ipv4->fib, to, in_dev->dev));
}

void ip_rt_redirect(const struct sk_buff *skb, u8 code, be32 to)
{
	const struct iphdr *quoted = (const void *)skb->data;
	struct net_device *dev = skb->dev;
	struct net *net = skb->net;
	struct flowi4 fl = { .daddr = quoted->daddr, .saddr = quoted->saddr,
			     .proto = quoted->protocol };
	be32 from = ip_hdr(skb)->saddr;
	const struct rt_redirect *known;
	struct fib_result res;
	struct fib_nh *nh;
	struct neighbour *n;

	if (code > ICMP_REDIR_HOSTTOS || to == from || !dev->ip_ptr ||
	    !accepts(net, dev->ip_ptr) || !may_be_gateway(net, dev->ip_ptr, to, from) ||
	    inet_addr_type(net, fl.saddr) != RTN_LOCAL || fib_lookup(net->ipv4->fib, &fl, &res))
		return;
	nh = &res.fi->nh[res.nh];
	known = rt_redirect_find(net, &nh->via, fl.daddr);
	if (res.fi->type != RTN_UNICAST || nh->via.dev != dev ||
	    (known ? known->gateway : nh->via.gateway) != from)
		return;
	n = neigh_get_or_create(&net->neigh->arp, &to, dev);
	if (!n)
		return;
	/* Nobody goes where nobody may be: it is asked for, and the next one is believed. */
	if (!(n->nud_state & NUD_VALID)) {
		neigh_solicit_now(n);
		return;
	}
	learn(net, &nh->via, fl.daddr, to);
	dst_flush_slot(&nh->rth_output);
}

/* SPDX-License-Identifier: MIT */
/*
 * Router advertisements sent (RFC 4861 6.2), where net.ipv6.conf.DEV.adv_send is 1: the prefixes
 * are those of the device's own addresses, for as long as they are valid; the rest is in adv_*.
 *
 *	start ---> three at most 16 s apart (INITIAL_RTR_ADVERTISEMENTS), then one each
 *		adv_interval / 3 .. adv_interval seconds; a solicitation is answered within 0.5 s to
 *		all, no two less than 3 s apart
 *	adv_send 0 ---> a last one that says that this is no router any more
 */
#include "base/trace.h"
#include "net/ipv6/ra.h"

#define INITIAL_ADVERTISEMENTS 3
#define INITIAL_INTERVAL_S 16
#define MIN_DELAY (3 * NSEC_PER_SEC)
#define RS_DELAY_MS 500
#define PREFIXES_MAX 16
#define RA_LEN_MAX (NDISC_RA_LEN + NDISC_LLADDR_OPT_LEN + NDISC_MTU_OPT_LEN + \
		    NDISC_RDNSS_OPT_LEN + PREFIXES_MAX * NDISC_PREFIX_OPT_LEN)

_Static_assert(RA_LEN_MAX + IPV6_HLEN <= IPV6_MIN_MTU, "one packet");

/* ---- what it says ---- */

static bool is_announced(const struct inet6_ifaddr *ifp)
{
	const struct inet6_ifaddr *other;

	if (ifp->prefix_len == 128 || ipv6_addr_is_linklocal(&ifp->addr) ||
	    ifp->flags & IFA_F_DADFAILED)
		return false;
	list_for_each_entry(other, &ifp->idev->addr_list, list) {
		if (other == ifp)
			return true;	/* the first of its prefix */
		if (other->prefix_len == ifp->prefix_len &&
		    ipv6_prefix_equal(&other->addr, &ifp->addr, ifp->prefix_len))
			return false;
	}
	return true;
}

/* Seconds of it that are left, at most so many. */
static u32 left_of(const struct net *net, ktime_t until, s32 most)
{
	return until == KTIME_MAX ? (u32)most :
	       (u32)min((s64)most, max((until - net->now) / NSEC_PER_SEC, (s64)0));
}

static u8 *put_prefixes(u8 *p, const struct inet6_dev *idev)
{
	const struct net *net = idev->dev->net;
	const struct inet6_ifaddr *ifp;
	u32 n = 0;

	list_for_each_entry(ifp, &idev->addr_list, list) {
		struct ndisc_prefix v = {
			.prefix = ipv6_addr_prefix(&ifp->addr, ifp->prefix_len),
			.plen = ifp->prefix_len, .onlink = true, .autoconf = true,
			.valid_s = left_of(net, ifp->valid_until, idev->cnf.adv_valid_lft),
			.preferred_s = left_of(net, ifp->preferred_until,
					       idev->cnf.adv_preferred_lft),
		};

		v.preferred_s = min(v.preferred_s, v.valid_s);
		if (is_announced(ifp) && n++ < PREFIXES_MAX)
			p += ndisc_prefix_opt_build(p, &v);
	}
	return p;
}

static u32 lifetime(const struct inet6_dev *idev)
{
	s32 s = idev->cnf.adv_lifetime;

	return (u32)(s >= 0 ? s : min(3 * idev->cnf.adv_interval, 9000));
}

/* An address of this machine that answers for names: the first that goes far. */
static u8 *put_rdnss(u8 *p, const struct inet6_dev *idev)
{
	const struct inet6_ifaddr *ifp;

	if (!idev->cnf.adv_rdnss || list_empty(&idev->addr_list))
		return p;
	ifp = list_first_entry(&idev->addr_list, struct inet6_ifaddr, list);
	return p + ndisc_rdnss_opt_build(p, 3 * (u32)idev->cnf.adv_interval, &ifp->addr);
}

/* RFC 4861 6.2.5: who does not forward is no default router, whatever is to be said else. */
static void send_ra(struct inet6_dev *idev, bool last)
{
	const struct ipv6_devconf *cnf = &idev->cnf;
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES, saddr;
	struct net_device *dev = idev->dev;
	struct ndisc_ra ra = {
		.hop_limit = cnf->hop_limit, .pref = cnf->adv_preference,
		.managed = cnf->adv_managed, .other = cnf->adv_other,
		.lifetime_s = (u16)(last || !cnf->forwarding ? 0 : lifetime(idev)),
	};
	struct sk_buff *skb;
	u8 *p;

	if (ipv6_get_lladdr(dev, &saddr))
		return;
	skb = ndisc_alloc_skb(dev, RA_LEN_MAX);
	if (!skb)
		return;
	p = skb->data;
	p += ndisc_ra_build(p, &ra);
	p += ndisc_lladdr_opt_build(p, ND_OPT_SOURCE_LL_ADDR, dev->dev_addr);
	if (cnf->adv_mtu)
		p += ndisc_mtu_opt_build(p, (u32)cnf->adv_mtu);
	p = put_prefixes(p, idev);
	p = put_rdnss(p, idev);
	skb_put(skb, (u32)(p - skb->data));
	idev->ra.adv_last = dev->net->now;
	ndisc_send_skb(skb, dev, &saddr, &all, "this is a router");
}

/* ---- and when ---- */

static bool may_speak(const struct inet6_dev *idev)
{
	return idev->cnf.adv_send && netif_running(idev->dev) &&
	       !(idev->dev->flags & IFF_LOOPBACK_);
}

/* RFC 4861 6.2.4 */
void radv_timer_fn(struct timer *t)
{
	struct inet6_dev *idev = container_of(t, struct inet6_dev, ra.adv_timer);
	struct net *net = idev->dev->net;
	u64 most = (u64)idev->cnf.adv_interval * 1000, wait_ms;

	if (!may_speak(idev))
		return;
	send_ra(idev, false);
	wait_ms = most / 3 + prng_below(&net->prng, (u32)(most - most / 3));
	if (idev->ra.adv_initial && --idev->ra.adv_initial)
		wait_ms = min_t(u64, wait_ms, INITIAL_INTERVAL_S * 1000);
	net_timer_mod(net, t, net->now + ms_to_ktime((s64)wait_ms));
}

void radv_change(struct inet6_dev *idev)
{
	struct net *net = idev->dev->net;
	bool was = timer_pending(&idev->ra.adv_timer);
	struct ip6_addr a;

	if (may_speak(idev) && !was && !ipv6_get_lladdr(idev->dev, &a)) {
		idev->ra.adv_initial = INITIAL_ADVERTISEMENTS;
		net_timer_mod(net, &idev->ra.adv_timer, net->now);
	} else if (was && !may_speak(idev)) {
		net_timer_del(net, &idev->ra.adv_timer);
		if (netif_running(idev->dev))
			send_ra(idev, true);
	}
}

/* RFC 4861 6.2.6: who asks is answered soon, with what all hear. */
static void answer_soon(struct inet6_dev *idev)
{
	struct net *net = idev->dev->net;
	ktime_t at = net->now + ms_to_ktime(prng_below(&net->prng, RS_DELAY_MS));

	if (idev->ra.adv_last)
		at = max(at, idev->ra.adv_last + MIN_DELAY);
	if (timer_pending(&idev->ra.adv_timer) && idev->ra.adv_timer.expires > at)
		net_timer_mod(net, &idev->ra.adv_timer, at);
}

enum skb_drop_reason radv_rcv_rs(struct sk_buff *skb, struct net_device *dev, const u8 *p)
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct ip6_addr saddr = ipv6_hdr(skb)->saddr;
	struct ndisc_options opts;
	const u8 *lladdr;
	struct neighbour *n;

	if (!idev->cnf.forwarding && !idev->cnf.adv_send)
		return SKB_CONSUMED;
	if (skb->len < NDISC_RS_LEN)
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	/* RFC 4861 6.1.1 */
	if (ndisc_parse_options(p + NDISC_RS_LEN, skb->len - NDISC_RS_LEN, &opts) ||
	    (ipv6_addr_any(&saddr) && opts.src_lladdr))
		return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
	trace_skb(dev->net, ndisc_rcv, skb, TRACE_STR("routers?"), ip6_word(&saddr, 0),
		  ip6_word(&saddr, 1), ip6_word(&saddr, 0), ip6_word(&saddr, 1));
	lladdr = ndisc_opt_lladdr(opts.src_lladdr);
	if (lladdr) {
		n = neigh_get_or_create(&dev->net->ipv6->nd_tbl, &saddr, dev);
		if (n)
			neigh_update(n, lladdr, NUD_STALE, NEIGH_UPDATE_F_WEAK_OVERRIDE |
				     NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_OVERRIDE_ISROUTER);
	}
	if (!skb->bystander)
		answer_soon(idev);
	return SKB_CONSUMED;
}

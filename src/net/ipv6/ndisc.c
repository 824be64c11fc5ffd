/* SPDX-License-Identifier: MIT */
/*
 * Neighbour discovery (RFC 4861 7): IPv6's side of the neighbour table. It asks (ndisc_solicit),
 * answers for this machine's addresses, learns from what others say, and tells addrconf_dad.c of
 * those who have an address that is not ours yet (RFC 4862 5.4).
 */
#include "base/trace.h"
#include "link/ethernet.h"
#include "link/pneigh.h"
#include "net/ipv6/ra.h"
#include "wire/ndp.h"

#define NDISC_LEN_MAX 1460	/* of a message in pieces */
#define NDISC_HOP_LIMIT 255	/* RFC 4861 7.1: nobody beyond the link can send it */

/* ---- sending ---- */

static const char *type_text(u8 type)
{
	return type == NDISC_NEIGHBOUR_SOLICITATION ? "who has" : "here is";
}

struct sk_buff *ndisc_alloc_skb(const struct net_device *dev, u32 len)
{
	struct sk_buff *skb = alloc_skb(dev->net, MAX_HEADER + len);

	if (skb)
		skb_reserve(skb, MAX_HEADER);
	return skb;
}

void ndisc_send_skb(struct sk_buff *skb, struct net_device *dev, const struct ip6_addr *saddr,
		    const struct ip6_addr *daddr, const char *text)
{
	struct ip6_xmit x = { .saddr = *saddr, .daddr = *daddr, .protocol = IP_PROTO_ICMPV6,
			      .hop_limit = NDISC_HOP_LIMIT, .no_loop = true };
	bool group = ipv6_addr_is_multicast(daddr);
	struct rt6_info *rt = rt6_of_dev(dev->ip6_ptr, group ? IN6_DEV_RT_MULTICAST :
							       IN6_DEV_RT_ONLINK);
	struct icmp6hdr *ih = (void *)skb->data;
	const struct ip6_addr *about = saddr;

	if (!rt) {	/* as if it were lost on the way: a timer sends again */
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return;
	}
	if (skb_headlen(skb) >= NDISC_NEIGH_LEN &&
	    ih->icmp6_type >= NDISC_NEIGHBOUR_SOLICITATION)
		about = (const void *)(skb->data + ICMPV6_HLEN);
	ih->icmp6_cksum = csum_ipv6_magic(saddr, daddr, skb->len, IP_PROTO_ICMPV6,
					  skb_checksum(skb, 0, skb->len, 0));
	trace_skb(dev->net, ndisc_send, skb, TRACE_STR(text), ip6_word(about, 0),
		  ip6_word(about, 1), ip6_word(daddr, 0), ip6_word(daddr, 1));
	icmp6_count_out(dev->net, ih->icmp6_type);
	skb_dst_set(skb, dst_hold(&rt->dst));
	ip6_xmit(dev->net, skb, &x);
}

static void ndisc_send(struct net_device *dev, u8 type, u8 flags, const struct ip6_addr *target,
		       const struct ip6_addr *saddr, const struct ip6_addr *daddr,
		       const u8 *lladdr, u64 nonce)
{
	struct sk_buff *skb = ndisc_alloc_skb(dev, NDISC_NEIGH_LEN + NDISC_LLADDR_OPT_LEN +
						   NDISC_NONCE_OPT_LEN);

	if (!skb)
		return;
	skb_put(skb, (u32)ndisc_neigh_build(skb->data, type, flags, target, lladdr));
	if (nonce)
		ndisc_nonce_build(skb_put(skb, NDISC_NONCE_OPT_LEN), nonce);
	ndisc_send_skb(skb, dev, saddr, daddr, type_text(type));
}

void ndisc_send_ns(struct net_device *dev, const struct ip6_addr *solicit,
		   const struct ip6_addr *daddr, const struct ip6_addr *saddr, u64 nonce)
{
	struct ip6_addr from;

	if (saddr)
		from = *saddr;
	else if (ipv6_get_lladdr(dev, &from))
		return;
	/* RFC 4861 4.3: from :: there is no address to be learned. */
	ndisc_send(dev, NDISC_NEIGHBOUR_SOLICITATION, 0, solicit, &from, daddr,
		   ipv6_addr_any(&from) ? NULL : dev->dev_addr, nonce);
}

/* RFC 4861 7.2.4, 7.2.8: from the target, or, for an address of another, from one of ours. */
static void ndisc_send_na(struct net_device *dev, const struct ip6_addr *daddr,
			  const struct ip6_addr *target, u8 flags, bool lladdr)
{
	struct ip6_addr from = *target;

	if (!ipv6_get_ifaddr(dev->net, target, dev) &&
	    ipv6_dev_get_saddr(dev->net, dev, daddr, &from))
		return;
	ndisc_send(dev, NDISC_NEIGHBOUR_ADVERTISEMENT, flags, target, &from, daddr,
		   lladdr ? dev->dev_addr : NULL, 0);
}

static u8 router_flag(const struct net_device *dev)
{
	return dev->ip6_ptr->cnf.forwarding ? NDISC_NA_ROUTER : 0;
}

void ndisc_send_unsol_na(struct net_device *dev, const struct inet6_ifaddr *ifp)
{
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;

	if (!(dev->ip6_ptr->cnf.ndisc_notify || dev->net->ipv6->conf_all.ndisc_notify) ||
	    ifp->flags & IFA_F_TENTATIVE)
		return;
	ndisc_send_na(dev, &all, &ifp->addr, router_flag(dev) | NDISC_NA_OVERRIDE, true);
}

void ndisc_device_event(struct net_device *dev, enum netdev_event event)
{
	const struct ipv6_devconf *all = &dev->net->ipv6->conf_all;
	const struct inet6_ifaddr *ifp;

	if (event != NETDEV_CHANGE ||
	    (dev->ip6_ptr && dev->ip6_ptr->cnf.ndisc_evict_nocarrier && all->ndisc_evict_nocarrier))
		neigh_device_event(&dev->net->ipv6->nd_tbl, dev, event);
	if (!dev->ip6_ptr || (event != NETDEV_CHANGEADDR && event != NETDEV_UP))
		return;
	list_for_each_entry(ifp, &dev->ip6_ptr->addr_list, list)
		ndisc_send_unsol_na(dev, ifp);
}

/* RFC 4429 3.2: nobody is to learn an address that may be another's. */
static bool is_optimistic(const struct net_device *dev, const struct ip6_addr *a)
{
	const struct inet6_ifaddr *ifp = ipv6_get_ifaddr(dev->net, a, dev);

	return ifp && ifp->flags & IFA_F_OPTIMISTIC;
}

/* RFC 4861 7.2.2: from the address of the packet that waits, when that is this link's. */
static void ndisc_solicit(struct neighbour *n, struct sk_buff *waiting)
{
	struct net_device *dev = n->dev;
	struct ip6_addr target, group, saddr;
	const struct ip6_addr *from = NULL;
	u32 whom = neigh_app_probe(n);

	memcpy(&target, n->primary_key, sizeof(target));
	group = addrconf_addr_solict_mult(&target);
	if (!dev->ip6_ptr || whom == 1)
		return;
	if (waiting) {
		saddr = ipv6_hdr(waiting)->saddr;
		if (ipv6_chk_addr(dev->net, &saddr, dev) && !is_optimistic(dev, &saddr))
			from = &saddr;
	}
	ndisc_send_ns(dev, &target, whom ? &group : &target, from, 0);
}

/* Who used it as a router looks for another (RFC 4861 7.3.3). */
static void ndisc_error_report(struct neighbour *n, struct sk_buff *skb)
{
	if (n->is_router)
		rt6_cache_flush(n->dev->net);
	icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
	kfree_skb_reason(skb, SKB_DROP_REASON_NEIGH_FAILED);
}

static const struct neigh_ops ndisc_ops = {
	.solicit = ndisc_solicit,
	.error_report = ndisc_error_report,
};

/* Addresses that need no asking get their MAC at once. */
static int ndisc_constructor(struct neighbour *n)
{
	struct net_device *dev = n->dev;
	struct ip6_addr addr;
	u8 mac[ETH_ALEN];

	if (!dev->ip6_ptr || !n->parms)		/* IPv6 has never been enabled there */
		return -EINVAL;
	memcpy(&addr, n->primary_key, sizeof(addr));
	n->ops = &ndisc_ops;
	if (!dev->header_ops) {
		neigh_set_direct(n);
		return 0;
	}
	if (ipv6_addr_is_multicast(&addr)) {
		ipv6_eth_mc_map(&addr, mac);
		neigh_set_noarp(n, mac);
	} else if (dev->flags & (IFF_NOARP_ | IFF_LOOPBACK_)) {
		neigh_set_noarp(n, dev->dev_addr);
	} else if (dev->flags & IFF_POINTOPOINT_) {
		neigh_set_noarp(n, dev->broadcast);
	}
	return 0;
}

/* ---- receiving ---- */

/* What a message says, and who said it to whom; in skb's own bytes. */
struct ndisc_msg {
	struct ndisc_neigh n;
	struct ip6_addr saddr, daddr;
};

/* RFC 4861 7.2.3: who asks from :: asks the group, and has no address of the link yet. */
static enum skb_drop_reason ns_check(const struct ndisc_msg *m)
{
	struct ip6_addr group = addrconf_addr_solict_mult(&m->n.target);

	if (!ipv6_addr_any(&m->saddr))
		return SKB_CONSUMED;
	if (!ipv6_addr_equal(&m->daddr, &group) || m->n.opts.src_lladdr)
		return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
	return SKB_CONSUMED;
}

/* A tentative address: who looks for it too wants it too; others get no answer (RFC 4862 5.4.3). */
static enum skb_drop_reason ns_tentative(struct inet6_ifaddr *ifp, const struct ndisc_msg *m)
{
	u64 nonce = ndisc_opt_nonce(m->n.opts.nonce);

	/* RFC 7527 4.2: our own question, come back by a loop of the link. */
	if (nonce && nonce == ifp->dad_nonce)
		return SKB_CONSUMED;
	if (ipv6_addr_any(&m->saddr) && !(ifp->flags & IFA_F_DADFAILED))
		addrconf_dad_failure(ifp);
	return SKB_CONSUMED;
}

/* The asker is known from now on. False: no memory. */
static bool ns_learn(struct net_device *dev, const struct ndisc_msg *m, const u8 *lladdr,
		     bool group)
{
	struct neigh_table *tbl = &dev->net->ipv6->nd_tbl;
	struct neighbour *n = neigh_lookup(tbl, &m->saddr, dev);

	if (!n && (!group || lladdr))
		n = neigh_get_or_create(tbl, &m->saddr, dev);
	if (n && lladdr)
		neigh_update(n, lladdr, NUD_STALE,
			     NEIGH_UPDATE_F_WEAK_OVERRIDE | NEIGH_UPDATE_F_OVERRIDE);
	return n;
}

/* flags: ROUTER, and OVERRIDE unless the answer is for an address of another (RFC 4861 7.2.8). */
static void ns_answer(struct net_device *dev, const struct ndisc_msg *m, u8 flags)
{
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;
	bool group = ipv6_addr_is_multicast(&m->daddr);

	if (ipv6_addr_any(&m->saddr))
		ndisc_send_na(dev, &all, &m->n.target, flags, true);
	else if (ns_learn(dev, m, ndisc_opt_lladdr(m->n.opts.src_lladdr), group))
		ndisc_send_na(dev, &m->saddr, &m->n.target,
			      (u8)(NDISC_NA_SOLICITED | (flags & (group ? 0xff : NDISC_NA_ROUTER))),
			      group);
}

/* The entry by which this router answers for an address of another; NULL: it does not. */
static const struct pneigh_entry *proxy_of(struct net_device *dev, const struct ip6_addr *target)
{
	const struct ipv6_devconf *all = &dev->net->ipv6->conf_all;

	if (!dev->ip6_ptr->cnf.forwarding || !(dev->ip6_ptr->cnf.proxy_ndp || all->proxy_ndp))
		return NULL;
	return pneigh_lookup(&dev->net->ipv6->nd_tbl, target, dev);
}

/* RFC 4861 7.2.8: who has the address goes first. */
static enum skb_drop_reason ns_proxied(struct sk_buff *skb, struct net_device *dev,
				       const struct ndisc_msg *m, bool waited)
{
	const struct pneigh_entry *p = proxy_of(dev, &m->n.target);
	struct sk_buff *copy;

	if (!p)
		return SKB_DROP_REASON_IPV6_NDISC_NS_OTHERHOST;
	if (skb->bystander)
		return SKB_CONSUMED;
	if (waited || skb->pkt_type == PACKET_HOST || !ipv6_addr_is_multicast(&m->daddr) ||
	    !dev->nd_parms->proxy_delay_ms) {
		ns_answer(dev, m, p->is_router ? NDISC_NA_ROUTER : 0);
		return SKB_CONSUMED;
	}
	copy = skb_clone(skb);
	if (copy)
		pneigh_enqueue(&dev->net->ipv6->nd_tbl, dev->nd_parms, copy);
	return SKB_CONSUMED;
}

static enum skb_drop_reason recv_ns(struct sk_buff *skb, struct net_device *dev,
				    const struct ndisc_msg *m, bool waited)
{
	enum skb_drop_reason reason = ns_check(m);
	struct inet6_ifaddr *ifp;

	if (reason)
		return reason;
	if (m->n.opts.src_lladdr && !ndisc_opt_lladdr(m->n.opts.src_lladdr))
		return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
	ifp = ipv6_get_ifaddr(dev->net, &m->n.target, dev);
	if (!ifp)
		return ns_proxied(skb, dev, m, waited);
	if (!ip6_ifa_is_usable(ifp) ||
	    (ifp->flags & IFA_F_OPTIMISTIC && ipv6_addr_any(&m->saddr)))
		return ns_tentative(ifp, m);
	if (!skb->bystander)	/* else another shard answers (nic_rss.h) */
		ns_answer(dev, m, router_flag(dev) |
			  (ifp->flags & IFA_F_OPTIMISTIC ? 0 : NDISC_NA_OVERRIDE));
	return SKB_CONSUMED;
}

static bool is_onlink(const struct inet6_dev *idev, const struct ip6_addr *a)
{
	const struct inet6_ifaddr *ifp;

	list_for_each_entry(ifp, &idev->addr_list, list)
		if (ipv6_prefix_equal(&ifp->addr, a, ifp->prefix_len))
			return true;
	return false;
}

/* RFC 9131 6.1.1: a router enters who advertises himself unasked, if accept_untracked_na says so: 1
 * from whoever, 2 from an address of one of the device's subnets. */
static bool accept_untracked_na(const struct net_device *dev, const struct ip6_addr *saddr)
{
	switch (dev->ip6_ptr->cnf.accept_untracked_na) {
	case 0:
		return false;
	case 1:
		return true;
	default:
		return is_onlink(dev->ip6_ptr, saddr);
	}
}

/* Our own answer for somebody else, come back. */
static bool is_own_proxying(struct net_device *dev, const struct ndisc_msg *m, const u8 *lladdr)
{
	const struct ipv6_devconf *all = &dev->net->ipv6->conf_all;

	return lladdr && ether_addr_equal(lladdr, dev->dev_addr) && all->forwarding &&
	       all->proxy_ndp && pneigh_lookup(&dev->net->ipv6->nd_tbl, &m->n.target, dev);
}

/* RFC 4861 7.2.5: only who is looked for already is entered. */
static void na_learn(struct net_device *dev, const struct ndisc_msg *m, const u8 *lladdr)
{
	struct neigh_table *tbl = &dev->net->ipv6->nd_tbl;
	struct neighbour *n = neigh_lookup(tbl, &m->n.target, dev);
	u32 flags = NEIGH_UPDATE_F_WEAK_OVERRIDE | NEIGH_UPDATE_F_OVERRIDE_ISROUTER;
	u8 state = m->n.flags & NDISC_NA_SOLICITED ? NUD_REACHABLE : NUD_STALE;

	if (!n && lladdr && dev->ip6_ptr->cnf.forwarding && accept_untracked_na(dev, &m->saddr)) {
		n = neigh_get_or_create(tbl, &m->n.target, dev);
		state = NUD_STALE;
	}
	if (!n || n->nud_state & NUD_FAILED || is_own_proxying(dev, m, lladdr))
		return;
	if (m->n.flags & NDISC_NA_OVERRIDE)
		flags |= NEIGH_UPDATE_F_OVERRIDE;
	if (m->n.flags & NDISC_NA_ROUTER)
		flags |= NEIGH_UPDATE_F_ISROUTER;
	neigh_update(n, lladdr, state, flags);
}

static enum skb_drop_reason recv_na(struct sk_buff *skb, struct net_device *dev,
				    const struct ndisc_msg *m)
{
	const u8 *lladdr = ndisc_opt_lladdr(m->n.opts.tgt_lladdr);
	struct inet6_ifaddr *ifp;

	(void)skb;
	if (ipv6_addr_is_multicast(&m->daddr) && m->n.flags & NDISC_NA_SOLICITED)
		return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
	if (m->n.opts.tgt_lladdr && !lladdr)
		return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
	if (!(m->n.flags & NDISC_NA_SOLICITED) && dev->ip6_ptr->cnf.drop_unsolicited_na)
		return SKB_DROP_REASON_IPV6_NDISC_UNSOLICITED;
	ifp = ipv6_get_ifaddr(dev->net, &m->n.target, dev);
	if (!ifp)
		na_learn(dev, m, lladdr);
	else if (ifp->flags & IFA_F_TENTATIVE && !(ifp->flags & IFA_F_DADFAILED))
		addrconf_dad_failure(ifp);
	return SKB_CONSUMED;
}

/* RFC 4861 7.1, RFC 6980 5: what every message has to be. */
static enum skb_drop_reason check(struct sk_buff *skb)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);

	if (IP6CB(skb)->flags & IP6SKB_FRAGMENTED)
		return SKB_DROP_REASON_IPV6_NDISC_FRAG;
	if (h->hop_limit != NDISC_HOP_LIMIT)
		return SKB_DROP_REASON_IPV6_NDISC_HOP_LIMIT;
	if (((const struct icmp6hdr *)(const void *)skb->data)->icmp6_code)
		return SKB_DROP_REASON_IPV6_NDISC_BAD_CODE;
	return SKB_CONSUMED;
}

static enum skb_drop_reason neigh_parse(struct sk_buff *skb, const u8 *p, struct ndisc_msg *m)
{
	switch (ndisc_neigh_parse(p, skb->len, &m->n)) {
	case WIRE_OK:
		break;
	case WIRE_SHORT:
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	default:
		return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
	}
	m->saddr = ipv6_hdr(skb)->saddr;
	m->daddr = ipv6_hdr(skb)->daddr;
	return ipv6_addr_is_multicast(&m->n.target) ? SKB_DROP_REASON_ICMP_INVALID : SKB_CONSUMED;
}

static enum skb_drop_reason recv_neigh(struct sk_buff *skb, struct net_device *dev, const u8 *p,
				       bool waited)
{
	u8 type = ((const struct icmp6hdr *)(const void *)p)->icmp6_type;
	struct ndisc_msg m;
	enum skb_drop_reason reason = neigh_parse(skb, p, &m);

	if (reason)
		return reason;
	trace_skb(skb->net, ndisc_rcv, skb, TRACE_STR(type_text(type)), ip6_word(&m.n.target, 0),
		  ip6_word(&m.n.target, 1), ip6_word(&m.saddr, 0), ip6_word(&m.saddr, 1));
	return type == NDISC_NEIGHBOUR_SOLICITATION ? recv_ns(skb, dev, &m, waited) :
						      recv_na(skb, dev, &m);
}

static enum skb_drop_reason dispatch(struct sk_buff *skb, struct net_device *dev, u8 type,
				     bool waited)
{
	const u8 *p = skb->data;
	u8 copy[NDISC_LEN_MAX];

	/* Most stand in the linear part; to pull a long one there would push the header out. */
	if (unlikely(skb->data_len)) {
		if (skb->len > sizeof(copy) || skb_copy_bits(skb, 0, copy, skb->len))
			return SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS;
		p = copy;
	}
	switch (type) {
	case NDISC_ROUTER_SOLICITATION:
		return radv_rcv_rs(skb, dev, p);
	case NDISC_ROUTER_ADVERTISEMENT:
		return ra_host_rcv(skb, dev, p);
	case NDISC_REDIRECT:
		return redirect6_rcv(skb, dev, p);
	default:
		return recv_neigh(skb, dev, p, waited);
	}
}

int ndisc_rcv(struct sk_buff *skb, u8 type)
{
	struct net_device *dev = dev_get_by_index(skb->net, IP6CB(skb)->iif);
	enum skb_drop_reason reason = SKB_DROP_REASON_IPV6DISABLED;

	if (dev && dev->ip6_ptr)
		reason = check(skb);
	if (!reason)
		reason = dispatch(skb, dev, type, false);
	kfree_skb_reason(skb, reason);
	return reason ? -EINVAL : 0;
}

/* A question whose answer was delayed: what holds now counts. */
static void ndisc_redo(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	enum skb_drop_reason reason = SKB_DROP_REASON_IPV6DISABLED;

	if (dev->ip6_ptr)
		reason = dispatch(skb, dev, NDISC_NEIGHBOUR_SOLICITATION, true);
	kfree_skb_reason(skb, reason);
}

/* Who answers for an address listens to the group where it is asked for. */
static int pndisc_constructor(struct pneigh_entry *p)
{
	struct ip6_addr addr, group;

	memcpy(&addr, p->key, sizeof(addr));
	group = addrconf_addr_solict_mult(&addr);
	return p->dev && p->dev->ip6_ptr ? ipv6_dev_mc_inc(p->dev, &group) : -EINVAL;
}

static void pndisc_destructor(struct pneigh_entry *p)
{
	struct ip6_addr addr, group;

	memcpy(&addr, p->key, sizeof(addr));
	group = addrconf_addr_solict_mult(&addr);
	if (p->dev->ip6_ptr)
		ipv6_dev_mc_dec(p->dev, &group);
}

/* ---- setting up ---- */

int ndisc_net_init(struct net *net)
{
	struct neigh_table *tbl = &net->ipv6->nd_tbl;

	tbl->family = LN_AF_INET6;
	tbl->protocol = ETH_P_IPV6;
	tbl->key_len = IP6_ADDR_LEN;
	tbl->gc_thresh1 = &net->sysctl.neigh6_gc_thresh1;
	tbl->gc_thresh2 = &net->sysctl.neigh6_gc_thresh2;
	tbl->gc_thresh3 = &net->sysctl.neigh6_gc_thresh3;
	tbl->constructor = ndisc_constructor;
	tbl->proxy_redo = ndisc_redo;
	tbl->pconstructor = pndisc_constructor;
	tbl->pdestructor = pndisc_destructor;
	if (neigh_table_init(tbl, net))
		return -ENOMEM;
	tbl->parms.locktime_ms = 0;	/* advertisements say themselves whether they override */
	return 0;
}

void ndisc_net_exit(struct net *net)
{
	neigh_table_clear(&net->ipv6->nd_tbl);
}

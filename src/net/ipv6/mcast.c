/* SPDX-License-Identifier: MIT */
/*
 * Groups that a device receives (RFC 4291 2.8): who joined, counted; and what switches and routers
 * are told of them (RFC 3810; RFC 2710 while somebody asks in its way):
 *
 *	joined, left ---> a report of what changed at once and again within a second (v1: within 10)
 *	query ----------> a report of what there is, after a while that the query bounds
 *	another's report of v1 ---> ours is not needed any more
 *
 * All groups are received from all sources: there are no filters. Not told of: those that do not
 * leave the machine, and all nodes' own (RFC 3810 6).
 */
#include "net/ipv6/ip6_impl.h"
#include "wire/mld.h"

#define ROBUSTNESS 2			/* RFC 3810 9.1 */
#define QUERY_INTERVAL_S 125
#define BATCH_NS 1000000		/* what changes together is told together */
#define HBH_LEN 8

static struct ipv6_mc_list *find_entry(const struct inet6_dev *idev, const struct ip6_addr *group)
{
	struct ipv6_mc_list *mc;

	list_for_each_entry(mc, &idev->mc_list, list)
		if (ipv6_addr_equal(&mc->group, group))
			return mc;
	return NULL;
}

static struct ipv6_mc_list *find_group(const struct inet6_dev *idev, const struct ip6_addr *group)
{
	struct ipv6_mc_list *mc = find_entry(idev, group);

	return mc && mc->users ? mc : NULL;
}

/* All nodes are in ff01::1 and ff02::1 from the start. */
bool ipv6_chk_mcast_addr(const struct inet6_dev *idev, const struct ip6_addr *group)
{
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;

	if (ipv6_addr_equal(group, &all))
		return true;
	all.s6_addr[1] = IPV6_ADDR_SCOPE_NODELOCAL;
	return ipv6_addr_equal(group, &all) || find_group(idev, group);
}

static void group_free(struct inet6_dev *idev, struct ipv6_mc_list *mc)
{
	struct net *net = idev->dev->net;

	net_timer_del(net, &mc->timer);
	list_del_init(&mc->list);
	mem_free(&net->mem, mc, sizeof(*mc));
}

/* ---- messages ---- */

static bool is_told_of(const struct inet6_dev *idev, const struct ip6_addr *group)
{
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;

	return !(idev->dev->flags & IFF_LOOPBACK_) && netif_running(idev->dev) &&
	       !idev->cnf.disable_ipv6 &&
	       ipv6_addr_scope(group) >= IPV6_ADDR_SCOPE_LINKLOCAL &&
	       !ipv6_addr_equal(group, &all);
}

static bool asked_by_v1(const struct inet6_dev *idev)
{
	if (idev->cnf.force_mld_version)
		return idev->cnf.force_mld_version == 1;
	return idev->mld.v1_until > idev->dev->net->now;
}

/* Behind hop-by-hop options with a router alert (RFC 3810 5, 2711), from the link-local address, or
 * :: while there is none (RFC 3590). Consumes. */
static void mld_send(struct sk_buff *skb, struct inet6_dev *idev, const struct ip6_addr *daddr)
{
	struct ip6_xmit x = { .daddr = *daddr, .protocol = NEXTHDR_HOP, .hop_limit = 1,
			      .no_loop = true };
	static const u8 hbh[HBH_LEN] = { IP_PROTO_ICMPV6, 0, IPV6_TLV_ROUTERALERT, 2, 0, 0,
					 IPV6_TLV_PADN, 0 };
	struct rt6_info *rt = rt6_of_dev(idev, IN6_DEV_RT_MULTICAST);
	struct icmp6hdr *ih = (void *)skb->data;
	struct net *net = idev->dev->net;

	if (!rt) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return;
	}
	if (ipv6_get_lladdr(idev->dev, &x.saddr))
		x.saddr = IN6ADDR_ANY;
	ih->icmp6_cksum = csum_ipv6_magic(&x.saddr, &x.daddr, skb->len, IP_PROTO_ICMPV6,
					  skb_checksum(skb, 0, skb->len, 0));
	icmp6_count_out(net, ih->icmp6_type);
	memcpy(skb_push(skb, HBH_LEN), hbh, HBH_LEN);
	skb_dst_set(skb, dst_hold(&rt->dst));
	ip6_xmit(net, skb, &x);
}

static void send_v1(struct inet6_dev *idev, u8 type, const struct ip6_addr *group)
{
	struct ip6_addr routers = IN6ADDR_LINKLOCAL_ALLROUTERS;
	struct sk_buff *skb = ndisc_alloc_skb(idev->dev, HBH_LEN + MLD_LEN);

	if (!skb)
		return;
	skb_reserve(skb, HBH_LEN);
	mld_build(skb_put(skb, MLD_LEN), type, group);
	mld_send(skb, idev, type == ICMPV6_MGM_REDUCTION ? &routers : group);
}

/* ---- reports of v2 ---- */

#define RECORDS_MAX ((IPV6_MIN_MTU - IPV6_HLEN - HBH_LEN - MLD2_REPORT_LEN) / MLD2_RECORD_LEN)

struct report {
	struct inet6_dev *idev;
	struct sk_buff *skb;
	u16 records;
};

static void report_end(struct report *r)
{
	struct ip6_addr to = MLD2_ROUTERS;

	if (!r->skb)
		return;
	mld2_report_build(r->skb->data, r->records);
	mld_send(r->skb, r->idev, &to);
	r->skb = NULL;
	r->records = 0;
}

static void report_add(struct report *r, u8 type, const struct ip6_addr *group)
{
	if (!r->skb) {
		r->skb = ndisc_alloc_skb(r->idev->dev, HBH_LEN + MLD2_REPORT_LEN +
					 RECORDS_MAX * MLD2_RECORD_LEN);
		if (!r->skb)
			return;
		skb_reserve(r->skb, HBH_LEN);
		skb_put(r->skb, MLD2_REPORT_LEN);
	}
	mld2_record_build(skb_put(r->skb, MLD2_RECORD_LEN), type, group);
	if (++r->records == RECORDS_MAX)
		report_end(r);
}

/* What changed, and is to be told so many times more. */
static void change_timer_fn(struct timer *t)
{
	struct inet6_dev *idev = container_of(t, struct inet6_dev, mld.change_timer);
	struct net *net = idev->dev->net;
	struct report r = { .idev = idev };
	struct ipv6_mc_list *mc, *next;
	bool again = false;

	list_for_each_entry_safe(mc, next, &idev->mc_list, list) {
		if (mc->changes && is_told_of(idev, &mc->group)) {
			mc->changes--;
			report_add(&r, mc->users ? MLD2_CHANGE_TO_EXCLUDE : MLD2_CHANGE_TO_INCLUDE,
				   &mc->group);
			again |= mc->changes;
		}
		if (!mc->users && !mc->changes)
			group_free(idev, mc);
	}
	report_end(&r);
	if (again)
		net_timer_mod(net, t, net->now + ms_to_ktime(prng_below(&net->prng,
			      (u32)idev->cnf.mldv2_unsolicited_report_interval)));
}

/* RFC 3810 5.1.10: the whole of it. */
static void state_timer_fn(struct timer *t)
{
	struct inet6_dev *idev = container_of(t, struct inet6_dev, mld.state_timer);
	struct report r = { .idev = idev };
	struct ipv6_mc_list *mc;

	list_for_each_entry(mc, &idev->mc_list, list)
		if (mc->users && is_told_of(idev, &mc->group))
			report_add(&r, MLD2_MODE_IS_EXCLUDE, &mc->group);
	report_end(&r);
}

/* One group: asked for by a query, or by v1 again after it was joined. */
static void group_timer_fn(struct timer *t)
{
	struct ipv6_mc_list *mc = container_of(t, struct ipv6_mc_list, timer);
	struct report r = { .idev = mc->idev };

	if (!mc->users || !is_told_of(mc->idev, &mc->group))
		return;
	if (asked_by_v1(mc->idev)) {
		mc->last_reporter = true;
		send_v1(mc->idev, ICMPV6_MGM_REPORT, &mc->group);
		return;
	}
	report_add(&r, MLD2_MODE_IS_EXCLUDE, &mc->group);
	report_end(&r);
}

/* ---- joining and leaving ---- */

static void group_joined(struct inet6_dev *idev, struct ipv6_mc_list *mc)
{
	struct net *net = idev->dev->net;

	if (!is_told_of(idev, &mc->group))
		return;
	if (asked_by_v1(idev)) {
		mc->last_reporter = true;
		send_v1(idev, ICMPV6_MGM_REPORT, &mc->group);
		net_timer_mod(net, &mc->timer, net->now + ms_to_ktime(prng_below(&net->prng,
			      (u32)idev->cnf.mldv1_unsolicited_report_interval)));
		return;
	}
	mc->changes = ROBUSTNESS;
	net_timer_mod(net, &idev->mld.change_timer, net->now + BATCH_NS);
}

static void group_left(struct inet6_dev *idev, struct ipv6_mc_list *mc)
{
	struct net *net = idev->dev->net;

	net_timer_del(net, &mc->timer);
	if (!is_told_of(idev, &mc->group) || asked_by_v1(idev)) {
		if (mc->last_reporter && is_told_of(idev, &mc->group))
			send_v1(idev, ICMPV6_MGM_REDUCTION, &mc->group);
		group_free(idev, mc);
		return;
	}
	mc->changes = ROBUSTNESS;	/* it stays until all of them are told */
	net_timer_mod(net, &idev->mld.change_timer, net->now + BATCH_NS);
}

int ipv6_dev_mc_inc(struct net_device *dev, const struct ip6_addr *group)
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct ipv6_mc_list *mc;

	if (!idev || !ipv6_addr_is_multicast(group))
		return -EINVAL;
	mc = find_entry(idev, group);
	if (!mc) {
		mc = mem_zalloc(&dev->net->mem, sizeof(*mc));
		if (!mc)
			return -ENOMEM;
		mc->idev = idev;
		mc->group = *group;
		timer_init(&mc->timer, group_timer_fn);
		list_add_tail(&mc->list, &idev->mc_list);
	}
	if (mc->users++ == 0)
		group_joined(idev, mc);
	return 0;
}

int ipv6_dev_mc_dec(struct net_device *dev, const struct ip6_addr *group)
{
	struct inet6_dev *idev = in6_dev_get(dev);
	struct ipv6_mc_list *mc = idev ? find_group(idev, group) : NULL;

	if (!mc)
		return -EADDRNOTAVAIL;
	if (--mc->users == 0)
		group_left(idev, mc);
	return 0;
}

void ipv6_mc_init_dev(struct inet6_dev *idev)
{
	list_init(&idev->mc_list);
	timer_init(&idev->mld.change_timer, change_timer_fn);
	timer_init(&idev->mld.state_timer, state_timer_fn);
}

/* RFC 3590 5: what was told from :: is told again from the address that is ours now. */
void ipv6_mc_ready(struct inet6_dev *idev)
{
	struct ipv6_mc_list *mc;

	list_for_each_entry(mc, &idev->mc_list, list)
		if (mc->users)
			group_joined(idev, mc);
}

void ipv6_mc_down(struct inet6_dev *idev)
{
	struct net *net = idev->dev->net;
	struct ipv6_mc_list *mc, *next;

	net_timer_del(net, &idev->mld.change_timer);
	net_timer_del(net, &idev->mld.state_timer);
	idev->mld.v1_until = 0;
	list_for_each_entry_safe(mc, next, &idev->mc_list, list) {
		net_timer_del(net, &mc->timer);
		mc->changes = 0;
		if (!mc->users)
			group_free(idev, mc);
	}
}

void ipv6_mc_destroy_dev(struct inet6_dev *idev)
{
	ipv6_mc_down(idev);
	while (!list_empty(&idev->mc_list))
		group_free(idev, list_first_entry(&idev->mc_list, struct ipv6_mc_list, list));
}

/* ---- queries ---- */

/* At some time until then, unless it is to be sooner anyway. */
static void answer_within(struct net *net, struct timer *t, u32 ms)
{
	ktime_t at = net->now + ms_to_ktime(ms ? prng_below(&net->prng, ms) : 0);

	if (!timer_pending(t) || t->expires > at)
		net_timer_mod(net, t, at);
}

static void query_rcv(struct inet6_dev *idev, const struct mld_query *q)
{
	struct net *net = idev->dev->net;
	struct ipv6_mc_list *mc;

	if (q->version == 1)		/* RFC 3810 8.2.1 */
		idev->mld.v1_until = net->now + ms_to_ktime(q->max_delay_ms) +
				     (s64)ROBUSTNESS * QUERY_INTERVAL_S * NSEC_PER_SEC;
	if (ipv6_addr_any(&q->group) && !asked_by_v1(idev)) {
		answer_within(net, &idev->mld.state_timer, q->max_delay_ms);
		return;
	}
	list_for_each_entry(mc, &idev->mc_list, list)
		if (mc->users && is_told_of(idev, &mc->group) &&
		    (ipv6_addr_any(&q->group) || ipv6_addr_equal(&q->group, &mc->group)))
			answer_within(net, &mc->timer, q->max_delay_ms);
}

/* RFC 2710 4: who hears another's report need not send his. */
static void report_rcv(struct inet6_dev *idev, const struct ip6_addr *group)
{
	struct ipv6_mc_list *mc = find_group(idev, group);

	if (!mc || !asked_by_v1(idev))
		return;
	net_timer_del(idev->dev->net, &mc->timer);
	mc->last_reporter = false;
}

enum skb_drop_reason mld_rcv(struct sk_buff *skb, u8 type)
{
	struct net_device *dev = dev_get_by_index(skb->net, IP6CB(skb)->iif);
	const struct ipv6hdr *h = ipv6_hdr(skb);
	u32 len = min(skb->len, MLD2_QUERY_LEN);
	struct ip6_addr group;
	struct mld_query q;

	if (!dev || !dev->ip6_ptr)
		return SKB_DROP_REASON_IPV6DISABLED;
	/* RFC 3810 6.2, RFC 2710 3: of this link. */
	if (h->hop_limit != 1 || !(ipv6_addr_is_linklocal(&h->saddr) || ipv6_addr_any(&h->saddr)))
		return SKB_DROP_REASON_ICMP_INVALID;
	if (!pskb_may_pull(skb, len))
		return SKB_DROP_REASON_NOMEM;
	if (type == ICMPV6_MGM_QUERY) {
		if (mld_query_parse(skb->data, skb->len, &q) ||
		    !ipv6_addr_is_linklocal(&ipv6_hdr(skb)->saddr))
			return SKB_DROP_REASON_ICMP_INVALID;
		query_rcv(dev->ip6_ptr, &q);
	} else if (type == ICMPV6_MGM_REPORT && skb->len >= MLD_LEN) {
		memcpy(&group, skb->data + ICMPV6_HLEN, sizeof(group));
		report_rcv(dev->ip6_ptr, &group);
	}
	return SKB_CONSUMED;
}

/* SPDX-License-Identifier: MIT */
/*
 * MLD (RFC 3810, RFC 2710): the messages of net/mcast.h, and who is told of them.
 */
#include "net/ipv6/ip6_impl.h"
#include "wire/mld.h"

#define HBH_LEN 8
#define MSG_MAX 1452u			/* of a query, all of it; in Ethernet's MTU */

/* ---- messages ---- */

static struct inet6_dev *idev_of(const struct mc_dev *d)
{
	return container_of(d, struct inet6_dev, mc);
}

static bool is_told_of(const struct mc_dev *d, const struct ip6_addr *group)
{
	const struct inet6_dev *idev = container_of(d, const struct inet6_dev, mc);
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;

	return !(idev->dev->flags & IFF_LOOPBACK_) && netif_running(idev->dev) &&
	       !idev->cnf.disable_ipv6 &&
	       ipv6_addr_scope(group) >= IPV6_ADDR_SCOPE_LINKLOCAL &&
	       !ipv6_addr_equal(group, &all);
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

static void send_v1(struct mc_dev *d, u8 version, bool leave, const struct ip6_addr *group)
{
	struct ip6_addr routers = IN6ADDR_LINKLOCAL_ALLROUTERS;
	struct sk_buff *skb = ndisc_alloc_skb(d->dev, HBH_LEN + MLD_LEN);

	(void)version;
	if (!skb)
		return;
	skb_reserve(skb, HBH_LEN);
	mld_build(skb_put(skb, MLD_LEN), leave ? ICMPV6_MGM_REDUCTION : ICMPV6_MGM_REPORT, group);
	mld_send(skb, idev_of(d), leave ? &routers : group);
}

static struct sk_buff *report_alloc(const struct mc_dev *d, u32 len)
{
	struct sk_buff *skb = ndisc_alloc_skb(d->dev, HBH_LEN + MLD2_REPORT_LEN + len);

	if (skb)
		skb_reserve(skb, HBH_LEN + MLD2_REPORT_LEN);
	return skb;
}

static void report_send(struct mc_dev *d, struct sk_buff *skb, u16 records)
{
	struct ip6_addr to = MLD2_ROUTERS;

	mld2_report_build(skb_push(skb, MLD2_REPORT_LEN), records);
	mld_send(skb, idev_of(d), &to);
}

/* ---- what is MLD's own of net/mcast.h ---- */

static u8 forced_version(const struct mc_dev *d)
{
	return container_of(d, const struct inet6_dev, mc)->cnf.force_mld_version;
}

static u8 robustness(const struct mc_dev *d)
{
	return (u8)d->dev->net->sysctl.mld_qrv;
}

static u32 unsolicited_ms(const struct mc_dev *d, u8 version)
{
	const struct ipv6_devconf *cnf = &container_of(d, const struct inet6_dev, mc)->cnf;

	return (u32)(version == 1 ? cnf->mldv1_unsolicited_report_interval :
				    cnf->mldv2_unsolicited_report_interval);
}

static const struct mc_ops mld_ops = {
	.newest = 2,
	.is_told_of = is_told_of,
	.forced = forced_version,
	.robustness = robustness,
	.unsolicited_ms = unsolicited_ms,
	.alloc = report_alloc,
	.send = report_send,
	.send_old = send_v1,
	.mac = ipv6_eth_mc_map,
};

/* ---- joining and leaving ---- */

/* All nodes are in ff01::1 and ff02::1 from the start. */
static bool is_all_nodes(const struct ip6_addr *group)
{
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;

	if (ipv6_addr_equal(group, &all))
		return true;
	all.s6_addr[1] = IPV6_ADDR_SCOPE_NODELOCAL;
	return ipv6_addr_equal(group, &all);
}

bool ipv6_chk_mcast_addr(const struct inet6_dev *idev, const struct ip6_addr *group,
			 const struct ip6_addr *saddr)
{
	const struct mc_group *g;

	if (is_all_nodes(group))
		return true;
	g = mc_group_find(&idev->mc, group);
	return g && mc_group_wants(g, saddr);
}

int ipv6_mc_change(struct net_device *dev, const struct ip6_addr *group,
		   const struct mc_filter *old, const struct mc_filter *now)
{
	struct inet6_dev *idev = in6_dev_get(dev);

	if (!idev || !ipv6_addr_is_multicast(group))
		return -EINVAL;
	return mc_group_change(&idev->mc, group, old, now);
}

int ipv6_dev_mc_inc(struct net_device *dev, const struct ip6_addr *group)
{
	return ipv6_mc_change(dev, group, NULL, &MC_FILTER_ALL);
}

int ipv6_dev_mc_dec(struct net_device *dev, const struct ip6_addr *group)
{
	return ipv6_mc_change(dev, group, &MC_FILTER_ALL, NULL);
}

/* Without memory a card that filters misses what is for all nodes. */
void ipv6_mc_init_dev(struct inet6_dev *idev)
{
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;
	u8 mac[6];

	mc_dev_init(&idev->mc, &mld_ops, idev->dev);
	ipv6_eth_mc_map(&all, mac);
	if (!(idev->dev->flags & IFF_LOOPBACK_))
		dev_mc_add(idev->dev, mac);
}

void ipv6_mc_destroy_dev(struct inet6_dev *idev)
{
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;
	u8 mac[6];

	mc_dev_destroy(&idev->mc);
	ipv6_eth_mc_map(&all, mac);
	dev_mc_del(idev->dev, mac);
}

/* RFC 3590 5: what was told from :: is told again from the address that is ours now. */
void ipv6_mc_ready(struct inet6_dev *idev)
{
	mc_dev_up(&idev->mc);
}

/* ---- what comes in ---- */

static enum skb_drop_reason query_rcv(struct sk_buff *skb, struct inet6_dev *idev)
{
	u8 msg[MSG_MAX];
	u32 have = min(skb->len, MSG_MAX);
	struct mc_query q;

	skb_copy_bits(skb, 0, msg, have);
	/* RFC 3810 6.2 */
	if (!(IP6CB(skb)->flags & IP6SKB_MLD_ALERT) ||
	    mld_query_parse(msg, have, skb->len, &q) ||
	    !ipv6_addr_is_linklocal(&ipv6_hdr(skb)->saddr))
		return SKB_DROP_REASON_ICMP_INVALID;
	mc_query_rcv(&idev->mc, &q);
	return SKB_CONSUMED;
}

enum skb_drop_reason mld_rcv(struct sk_buff *skb, u8 type)
{
	struct net_device *dev = dev_get_by_index(skb->net, IP6CB(skb)->iif);
	const struct ipv6hdr *h = ipv6_hdr(skb);
	struct ip6_addr group;

	if (!dev || !dev->ip6_ptr)
		return SKB_DROP_REASON_IPV6DISABLED;
	/* RFC 3810 6.2, RFC 2710 3: of this link. */
	if (h->hop_limit != 1 || !(ipv6_addr_is_linklocal(&h->saddr) || ipv6_addr_any(&h->saddr)))
		return SKB_DROP_REASON_ICMP_INVALID;
	if (type == ICMPV6_MGM_QUERY)
		return query_rcv(skb, dev->ip6_ptr);
	/* A router may not have heard one that came to us alone. */
	if (type == ICMPV6_MGM_REPORT &&
	    (skb->pkt_type == PACKET_MULTICAST || skb->pkt_type == PACKET_BROADCAST) &&
	    !skb_copy_bits(skb, ICMPV6_HLEN, &group, sizeof(group)))
		mc_report_heard(&dev->ip6_ptr->mc, &group);
	return SKB_CONSUMED;
}

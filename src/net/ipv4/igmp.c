/* SPDX-License-Identifier: MIT */
/*
 * IGMP (RFC 3376, RFC 2236, RFC 1112): the messages of net/mcast.h, and who is told of them. As
 * Linux: of the groups of the own link too (igmp_link_local_mcast_reports), and without looking at
 * a query's TTL or router alert.
 */
#include "base/trace.h"
#include "net/ipv4/ip_impl.h"
#include "wire/igmp.h"

#define MSG_MAX 1480u			/* of a query, all of it; in Ethernet's MTU */
#define ROUTER_ALERT_LEN 4
#define HEADROOM 80			/* Ethernet with tags, IP with its option */
#define TOS_INTERNETCONTROL 0xc0
#define ALL_ROUTERS INET_ADDR4(224, 0, 0, 2)
#define IGMPV3_ROUTERS INET_ADDR4(224, 0, 0, 22)

static be32 group4(const struct ip6_addr *group)
{
	be32 a;

	memcpy(&a, group->s6_addr + 12, sizeof(a));
	return a;
}

static struct in_device *in_dev_of(const struct mc_dev *d)
{
	return d->dev->ip_ptr;
}

static bool is_told_of(const struct mc_dev *d, const struct ip6_addr *group)
{
	be32 a = group4(group);

	return !(d->dev->flags & IFF_LOOPBACK_) && netif_running(d->dev) &&
	       a != INADDR4_ALLHOSTS_GROUP &&
	       (d->dev->net->sysctl.igmp_link_local_mcast_reports || !ipv4_is_local_multicast(a));
}

static u8 forced_version(const struct mc_dev *d)
{
	return IN_DEV_MAXCONF(in_dev_of(d), d->dev->net, force_igmp_version);
}

static u8 robustness(const struct mc_dev *d)
{
	return (u8)d->dev->net->sysctl.igmp_qrv;
}

static u32 unsolicited_ms(const struct mc_dev *d, u8 version)
{
	const struct in_device *in_dev = in_dev_of(d);

	return (u32)(version < 3 ? in_dev->igmpv2_unsolicited_report_interval :
				   in_dev->igmpv3_unsolicited_report_interval);
}

static void group_mac(const struct ip6_addr *group, u8 mac[6])
{
	ip_eth_mc_map(group4(group), mac);
}

/* ---- out ---- */

static struct sk_buff *igmp_alloc(const struct mc_dev *d, u32 len)
{
	struct sk_buff *skb = alloc_skb(d->dev->net, HEADROOM + len);

	if (skb)
		skb_reserve(skb, HEADROOM);
	return skb;
}

/* Behind a router alert (RFC 2113), one hop, from the device's address or 0.0.0.0. Consumes. */
static void igmp_send(const struct mc_dev *d, struct sk_buff *skb, be32 daddr)
{
	static const u8 alert[ROUTER_ALERT_LEN] = { 0x94, ROUTER_ALERT_LEN, 0, 0 };
	struct flowi4 fl = { .daddr = daddr, .oif = d->dev->ifindex };
	struct net *net = d->dev->net;
	struct ipv4_view v = {
		.hlen = IPV4_HLEN + ROUTER_ALERT_LEN, .tos = TOS_INTERNETCONTROL, .opts = alert,
		.ttl = 1, .df = true, .protocol = IP_PROTO_IGMP, .daddr = daddr,
	};
	struct rtable *rt;

	if (ip_route_output(net, &fl, &rt)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		return;
	}
	v.saddr = fl.saddr;
	v.tot_len = (u16)(skb->len + v.hlen);
	v.id = ip_select_ident(net, v.saddr, v.daddr, v.protocol, 1);
	skb_dst_set(skb, &rt->dst);
	skb->no_mc_loop = true;
	trace_skb(net, igmp_send, skb, skb->data[0], daddr);
	ipv4_build(skb_push(skb, v.hlen), &v);
	ip_local_out(net, skb);
}

static void send_old(struct mc_dev *d, u8 version, bool leave, const struct ip6_addr *group)
{
	struct sk_buff *skb = igmp_alloc(d, IGMP_HLEN);
	u8 type = leave ? IGMP_HOST_LEAVE_MESSAGE :
		  version == 1 ? IGMP_HOST_MEMBERSHIP_REPORT : IGMPV2_HOST_MEMBERSHIP_REPORT;

	if (!skb)
		return;
	igmp_build(skb_put(skb, IGMP_HLEN), type, 0, group4(group));
	igmp_send(d, skb, leave ? ALL_ROUTERS : group4(group));
}

static struct sk_buff *report_alloc(const struct mc_dev *d, u32 len)
{
	struct sk_buff *skb = igmp_alloc(d, IGMP_HLEN + len);

	if (skb)
		skb_reserve(skb, IGMP_HLEN);
	return skb;
}

static void report_send(struct mc_dev *d, struct sk_buff *skb, u16 records)
{
	u16 sum;

	igmpv3_report_build(skb_push(skb, IGMP_HLEN), records);
	sum = csum_fold(skb_checksum(skb, 0, skb->len, 0));
	memcpy(skb->data + 2, &sum, sizeof(sum));
	igmp_send(d, skb, IGMPV3_ROUTERS);
}

/* Input routes remember that somebody was in a group. */
static void groups_changed(struct mc_dev *d)
{
	rt_cache_flush(d->dev->net);
}

static const struct mc_ops igmp_ops = {
	.newest = 3,
	.addr_off = 12,
	.is_told_of = is_told_of,
	.forced = forced_version,
	.robustness = robustness,
	.unsolicited_ms = unsolicited_ms,
	.alloc = report_alloc,
	.send = report_send,
	.send_old = send_old,
	.mac = group_mac,
	.changed = groups_changed,
};

/* ---- joining and leaving ---- */

/* All hosts are in 224.0.0.1 from the start (RFC 1112 4). IGMP is for whoever hears it. */
bool ip_check_mc(const struct in_device *in_dev, be32 group, be32 saddr, u8 protocol)
{
	struct ip6_addr addr = ipv6_addr_v4mapped_of(group), source = ipv6_addr_v4mapped_of(saddr);
	const struct mc_group *g;

	if (group == INADDR4_ALLHOSTS_GROUP || protocol == IP_PROTO_IGMP)
		return true;
	g = mc_group_find(&in_dev->mc, &addr);
	return g && mc_group_wants(g, saddr ? &source : NULL);
}

int ip_mc_change(struct net_device *dev, be32 group, const struct mc_filter *old,
		 const struct mc_filter *now)
{
	struct ip6_addr addr = ipv6_addr_v4mapped_of(group);

	if (!dev->ip_ptr || !ipv4_is_multicast(group))
		return -EINVAL;
	return mc_group_change(&dev->ip_ptr->mc, &addr, old, now);
}

int ip_mc_join_group(struct net_device *dev, be32 group)
{
	return ip_mc_change(dev, group, NULL, &MC_FILTER_ALL);
}

int ip_mc_leave_group(struct net_device *dev, be32 group)
{
	return ip_mc_change(dev, group, &MC_FILTER_ALL, NULL);
}

void ip_mc_init_dev(struct in_device *in_dev)
{
	u8 mac[ETH_ALEN];

	mc_dev_init(&in_dev->mc, &igmp_ops, in_dev->dev);
	ip_eth_mc_map(INADDR4_ALLHOSTS_GROUP, mac);
	if (!(in_dev->dev->flags & IFF_LOOPBACK_))
		dev_mc_add(in_dev->dev, mac);
}

void ip_mc_destroy_dev(struct in_device *in_dev)
{
	u8 mac[ETH_ALEN];

	mc_dev_destroy(&in_dev->mc);
	ip_eth_mc_map(INADDR4_ALLHOSTS_GROUP, mac);
	dev_mc_del(in_dev->dev, mac);
}

/* ---- in ---- */

static enum skb_drop_reason query_rcv(struct sk_buff *skb, struct in_device *in_dev)
{
	u8 msg[MSG_MAX];
	u32 have = min(skb->len, MSG_MAX);
	struct mc_query q;

	skb_copy_bits(skb, 0, msg, have);
	if (igmp_query_parse(msg, have, skb->len, &q))
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	mc_query_rcv(&in_dev->mc, &q);
	return SKB_CONSUMED;
}

static void report_rcv(const struct sk_buff *skb, struct in_device *in_dev)
{
	struct ip6_addr group;
	be32 a;

	memcpy(&a, skb->data + 4, sizeof(a));
	group = ipv6_addr_v4mapped_of(a);
	mc_report_heard(&in_dev->mc, &group);
}

/* Reports of version 3 are for routers alone. */
static enum skb_drop_reason igmp_take(struct sk_buff *skb, struct in_device *in_dev)
{
	switch (skb->data[0]) {
	case IGMP_HOST_MEMBERSHIP_QUERY:
		return query_rcv(skb, in_dev);
	case IGMP_HOST_MEMBERSHIP_REPORT:
	case IGMPV2_HOST_MEMBERSHIP_REPORT:
		/* A router may not have heard one that came to us alone; our own is no news. */
		if (skb->pkt_type == PACKET_MULTICAST || skb->pkt_type == PACKET_BROADCAST)
			report_rcv(skb, in_dev);
		break;
	default:
		break;
	}
	return SKB_CONSUMED;
}

static int igmp_rcv(struct sk_buff *skb)
{
	struct in_device *in_dev = skb->dev ? skb->dev->ip_ptr : NULL;
	enum skb_drop_reason reason = SKB_DROP_REASON_NOT_SPECIFIED;

	if (skb->len < IGMP_HLEN)
		reason = SKB_DROP_REASON_PKT_TOO_SMALL;
	else if (!pskb_may_pull(skb, IGMP_HLEN))
		reason = SKB_DROP_REASON_NOMEM;
	else if (csum_fold(skb_checksum(skb, 0, skb->len, 0)))
		reason = SKB_DROP_REASON_IGMP_CSUM;
	else if (in_dev)
		reason = igmp_take(skb, in_dev);
	kfree_skb_reason(skb, reason);
	return 0;
}

static const struct net_protocol igmp_protocol = { .handler = igmp_rcv };

void igmp_net_init(struct net *net)
{
	inet_add_protocol(net, &igmp_protocol, IP_PROTO_IGMP);
}

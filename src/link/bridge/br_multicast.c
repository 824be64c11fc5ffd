/* SPDX-License-Identifier: MIT */
/* A frame to many: what it tells of groups and routers, and where it goes (RFC 4541 2.1). */
#include "link/bridge/br_multicast_private.h"
#include "wire/igmp.h"
#include "wire/inet_addr.h"
#include "wire/mc_record.h"
#include "wire/mld.h"

#define ALL_HOSTS CONST_BE32(0xe0000001u)
#define ALL_PIM_ROUTERS CONST_BE32(0xe000000du)
#define ALL_SNOOPERS CONST_BE32(0xe000006au)		/* RFC 4286 */
#define ALL_SNOOPERS6 ((struct ip6_addr){ { 0xff, 0x02, [15] = 0x6a } })
#define IP_PROTO_PIM 103
#define PIM_HLEN 4u
#define PIM_HELLO 0x20				/* version 2, type 0 (RFC 7761 4.9) */
#define IGMP_MRDISC_ADV 0x30			/* RFC 4286 3 */
#define ICMPV6_MRDISC_ADV 151

/* A message on its way through: what all that is told of it needs. */
struct heard {
	struct net_bridge *br;
	struct net_bridge_port *p;	/* NULL: the machine itself says it */
	int family;
	u16 vid;
};

static bool drop(struct sk_buff *skb, enum skb_drop_reason reason)
{
	kfree_skb_reason(skb, reason);
	return false;
}

static bool is_local_group(be32 group)			/* 224.0.0.0/24 */
{
	return (group & CONST_BE32(0xffffff00u)) == CONST_BE32(0xe0000000u);
}

static bool is_all_nodes(const struct ip6_addr *a)
{
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;

	return ipv6_addr_equal(a, &all);
}

/* ---- joined, left ---- */

static struct br_ip group_of(const struct heard *h, const struct ip6_addr *addr)
{
	return (struct br_ip){
		.addr = *addr, .vid = h->vid,
		.proto = h->family == BR_MC_IP4 ? CONST_BE16(ETH_P_IP) : CONST_BE16(ETH_P_IPV6),
	};
}

/* Is not looked after: it goes everywhere. */
static bool is_nobodys(const struct heard *h, const struct ip6_addr *addr)
{
	return h->family == BR_MC_IP4 ? is_local_group(ipv6_addr_v4_of(addr)) : is_all_nodes(addr);
}

static int joined(const struct heard *h, const struct ip6_addr *addr)
{
	struct br_ip group = group_of(h, addr);

	if (is_nobodys(h, addr) || (h->p && h->p->state == BR_STATE_DISABLED))
		return 0;
	return br_mdb_join(h->br, h->p, &group);
}

static void left(const struct heard *h, const struct ip6_addr *addr)
{
	struct br_ip group = group_of(h, addr);
	struct net_bridge_mdb_entry *mp = br_mdb_find(h->br, &group);
	const struct br_mcast *mc = &h->br->mcast;
	struct net *net = h->br->dev->net;
	struct net_bridge_port_group *pg;
	ktime_t by;

	if (!mp || is_nobodys(h, addr) || (h->p && h->p->state == BR_STATE_DISABLED))
		return;
	if (h->p && h->p->mcast.fast_leave) {
		pg = br_mdb_find_port(mp, h->p);
		if (pg && !pg->permanent)
			br_mdb_del_group(pg);
		return;
	}
	if (timer_pending(&mc->family[h->family].other_timer))
		return;		/* he will ask for the group, or not */
	by = net->now + (s64)mc->last_member_count * ms_to_ktime(mc->last_member_ms);
	if (mc->querier_on)
		br_multicast_send_query(h->br, h->p, h->family, &mp->addr.addr);
	if (h->p)
		br_mdb_expire_by(mp, h->p, by);
	else
		br_mdb_host_expire_by(mp, by);
}

/* Records of IGMPv3 and MLDv2. 0, -EINVAL: not whole; -E2BIG, -ENOMEM. */
static int records(const struct heard *h, const u8 *msg, size_t len)
{
	struct mc_record_iter it;
	struct mc_record r;
	int more, err = 0;

	if (mc_record_start(&it, msg, len, h->family == BR_MC_IP4 ? 4 : IP6_ADDR_LEN))
		return -EINVAL;
	while (!err && (more = mc_record_next(&it, &r))) {
		if (more < 0)
			return -EINVAL;
		if (r.type < MC_MODE_IS_INCLUDE || r.type > MC_BLOCK_OLD_SOURCES)
			continue;
		if (!r.nsrcs && (r.type == MC_MODE_IS_INCLUDE || r.type == MC_CHANGE_TO_INCLUDE))
			left(h, &r.group);
		else
			err = joined(h, &r.group);
	}
	return err;
}

/* ---- asked ---- */

static void queried(const struct heard *h, const struct mc_query *q, const struct ip6_addr *from)
{
	ktime_t delay = q->max_delay_ms ? ms_to_ktime(q->max_delay_ms) : NSEC_PER_MSEC;
	struct net_bridge_mdb_entry *mp;
	struct br_ip group;

	if (q->nsrcs || (h->p && h->p->state == BR_STATE_DISABLED))
		return;
	if (ipv6_addr_any(&q->group)) {
		br_multicast_query_heard(h->br, h->p, h->family, from, delay);
		return;
	}
	group = group_of(h, &q->group);
	mp = br_mdb_find(h->br, &group);
	if (mp)
		br_mdb_expire_by(mp, NULL, h->br->dev->net->now +
				 delay * h->br->mcast.last_member_count);
}

/* ---- IPv4 ---- */

/* What no message of IGMP is. */
static bool other_ip4(const struct heard *h, const struct ipv4_view *ip, const u8 *l4, size_t len,
		      struct br_mc_frame *f)
{
	if (!is_local_group(ip->daddr)) {
		f->routers_only = true;
	} else if (ip->daddr == ALL_PIM_ROUTERS) {
		if (ip->protocol == IP_PROTO_PIM && len >= PIM_HLEN && l4[0] == PIM_HELLO)
			br_multicast_mark_router(h->br, h->p, BR_MC_IP4);
	} else if (ip->daddr == ALL_SNOOPERS) {
		if (ip->protocol == IP_PROTO_IGMP && len && l4[0] == IGMP_MRDISC_ADV)
			br_multicast_mark_router(h->br, h->p, BR_MC_IP4);
	}
	return true;
}

static int igmp_query(const struct heard *h, const struct ipv4_view *ip, const u8 *msg, size_t len)
{
	struct ip6_addr from = ipv6_addr_v4mapped_of(ip->saddr);
	struct mc_query q;

	if (igmp_query_parse(msg, len, len, &q))
		return -EINVAL;
	/* RFC 2236 3: a general one is for all hosts. */
	if (!get_be32(msg + 4) && ip->daddr != ALL_HOSTS)
		return -EINVAL;
	queried(h, &q, &from);
	return 0;
}

/* 0, or why the message is not to be believed: -EINVAL; -E2BIG, -ENOMEM. */
static int igmp_message(const struct heard *h, const struct ipv4_view *ip, const u8 *msg,
			size_t len, struct br_mc_frame *f)
{
	struct ip6_addr group;
	be32 addr;

	memcpy(&addr, msg + 4, sizeof(addr));
	group = ipv6_addr_v4mapped_of(addr);
	switch (msg[0]) {
	case IGMP_HOST_MEMBERSHIP_REPORT:
	case IGMPV2_HOST_MEMBERSHIP_REPORT:
		f->routers_only = true;
		return joined(h, &group);
	case IGMPV3_HOST_MEMBERSHIP_REPORT:
		return records(h, msg, len);
	case IGMP_HOST_LEAVE_MESSAGE:
		left(h, &group);
		return 0;
	default:
		return igmp_query(h, ip, msg, len);
	}
}

static bool is_igmp(u8 type)
{
	return type == IGMP_HOST_MEMBERSHIP_QUERY || type == IGMP_HOST_MEMBERSHIP_REPORT ||
	       type == IGMPV2_HOST_MEMBERSHIP_REPORT || type == IGMP_HOST_LEAVE_MESSAGE ||
	       type == IGMPV3_HOST_MEMBERSHIP_REPORT;
}

static bool refused(struct sk_buff *skb, int err)
{
	if (!err)
		return true;
	return drop(skb, err == -E2BIG ? SKB_DROP_REASON_BRIDGE_MDB_FULL :
			 err == -ENOMEM ? SKB_DROP_REASON_NOMEM :
					  SKB_DROP_REASON_BRIDGE_MCAST_INVALID);
}

static bool rcv_ip4(const struct heard *h, struct sk_buff *skb, struct br_mc_frame *f)
{
	struct ipv4_view ip;
	const u8 *l4;
	size_t len;

	if (!pskb_may_pull(skb, IPV4_HLEN) ||
	    !pskb_may_pull(skb, iph_hlen((const struct iphdr *)skb->data)) ||
	    ipv4_check(skb->data, skb->len) || ipv4_parse_hdr(skb->data, skb_headlen(skb), &ip))
		return drop(skb, SKB_DROP_REASON_BRIDGE_MCAST_INVALID);
	len = (size_t)ip.tot_len - ip.hlen;
	if (ip.protocol != IP_PROTO_IGMP && ip.protocol != IP_PROTO_PIM)
		return other_ip4(h, &ip, NULL, 0, f);
	if (!pskb_may_pull(skb, ip.tot_len))
		return drop(skb, SKB_DROP_REASON_NOMEM);
	l4 = skb->data + ip.hlen;
	if (ip.protocol != IP_PROTO_IGMP)
		return other_ip4(h, &ip, l4, len, f);
	if (len < IGMP_HLEN)
		return drop(skb, SKB_DROP_REASON_BRIDGE_MCAST_INVALID);
	if (csum_fold(csum_partial(l4, len, 0)))
		return drop(skb, SKB_DROP_REASON_IGMP_CSUM);
	if (!is_igmp(l4[0]))
		return other_ip4(h, &ip, l4, len, f);
	f->message = true;
	return refused(skb, igmp_message(h, &ip, l4, len, f));
}

/* ---- IPv6 ---- */

static int mld_query(const struct heard *h, const struct ipv6_view *ip, const u8 *msg, size_t len)
{
	struct mc_query q;

	/* RFC 2710 3, 3810 5.1.14 */
	if (mld_query_parse(msg, len, len, &q) || !ipv6_addr_is_linklocal(&ip->saddr) ||
	    (ipv6_addr_any(&q.group) && !is_all_nodes(&ip->daddr)))
		return -EINVAL;
	/* Version 1 that leaves no time to answer is ignored, as in Linux. */
	if (q.version > 1 || q.max_delay_ms)
		queried(h, &q, &ip->saddr);
	return 0;
}

static int mld_message(const struct heard *h, const struct ipv6_view *ip, const u8 *msg, size_t len,
		       struct br_mc_frame *f)
{
	struct ip6_addr group;

	if (msg[0] == ICMPV6_MLD2_REPORT)
		return records(h, msg, len);
	memcpy(&group, msg + ICMPV6_HLEN, sizeof(group));
	if (msg[0] == ICMPV6_MGM_REPORT) {
		f->routers_only = true;
		return joined(h, &group);
	}
	if (msg[0] == ICMPV6_MGM_QUERY)
		return mld_query(h, ip, msg, len);
	left(h, &group);
	return 0;
}

/* Where an upper header begins behind hop-by-hop options, which each message of MLD has; 0: it is
 * none; -EINVAL. */
static int mld_offset(struct sk_buff *skb, const struct ipv6_view *ip, u32 end)
{
	struct ipv6_ext e;

	if (ip->nexthdr != NEXTHDR_HOP)
		return 0;
	if (!pskb_may_pull(skb, end))
		return -EINVAL;
	ipv6_ext_start(&e, ip->nexthdr);
	if (ipv6_skip_exthdr(&e, skb->data, end))
		return -EINVAL;
	return e.nexthdr == IP_PROTO_ICMPV6 && !e.frag_off ? (int)e.off : 0;
}

/* What no message of MLD is; type: of ICMPv6, or 0. */
static bool other_ip6(const struct heard *h, const struct ipv6_view *ip, u8 type,
		      struct br_mc_frame *f)
{
	struct ip6_addr snoopers = ALL_SNOOPERS6;

	f->routers_only = !is_all_nodes(&ip->daddr);
	if (type == ICMPV6_MRDISC_ADV && ipv6_addr_equal(&ip->daddr, &snoopers))
		br_multicast_mark_router(h->br, h->p, BR_MC_IP6);
	return true;
}

static bool is_mld(u8 type)
{
	return type == ICMPV6_MGM_QUERY || type == ICMPV6_MGM_REPORT ||
	       type == ICMPV6_MGM_REDUCTION || type == ICMPV6_MLD2_REPORT;
}

static bool rcv_ip6(const struct heard *h, struct sk_buff *skb, struct br_mc_frame *f)
{
	struct ipv6_view ip;
	size_t len;
	u32 end;
	int off;
	u8 type;

	if (!pskb_may_pull(skb, IPV6_HLEN) || ipv6_parse(skb->data, skb->len, &ip) ||
	    !ip.payload_len)
		return drop(skb, SKB_DROP_REASON_BRIDGE_MCAST_INVALID);
	end = IPV6_HLEN + (u32)ip.payload_len;
	off = mld_offset(skb, &ip, end);
	if (!off)
		return other_ip6(h, &ip, 0, f);
	if (off < 0 || (u32)off + ICMPV6_HLEN > end)
		return drop(skb, SKB_DROP_REASON_BRIDGE_MCAST_INVALID);
	len = end - (u32)off;
	type = skb->data[off];
	if (skb->ip_summed != CHECKSUM_PARTIAL &&
	    csum_ipv6_magic(&ip.saddr, &ip.daddr, (u32)len, IP_PROTO_ICMPV6,
			    csum_partial(skb->data + off, len, 0)))
		return drop(skb, SKB_DROP_REASON_ICMP_CSUM);
	if (!is_mld(type))
		return other_ip6(h, &ip, type, f);
	f->message = true;
	if (type != ICMPV6_MLD2_REPORT && len < MLD_LEN)
		return drop(skb, SKB_DROP_REASON_BRIDGE_MCAST_INVALID);
	return refused(skb, mld_message(h, &ip, skb->data + off, len, f));
}

/* ---- for the bridge ---- */

bool br_multicast_rcv(struct net_bridge *br, struct net_bridge_port *p, struct sk_buff *skb,
		      u16 vid, struct br_mc_frame *f)
{
	struct heard h = { .br = br, .p = p, .vid = vid };

	*f = (struct br_mc_frame){ 0 };
	if (!br->mcast.snooping)
		return true;
	if (skb->protocol == CONST_BE16(ETH_P_IP))
		return rcv_ip4(&h, skb, f);
	h.family = BR_MC_IP6;
	return skb->protocol != CONST_BE16(ETH_P_IPV6) || rcv_ip6(&h, skb, f);
}

/* The frame's group; IP headers were looked at by br_multicast_rcv(). */
static void group_of_frame(const struct sk_buff *skb, u16 vid, struct br_ip *g)
{
	*g = (struct br_ip){ .vid = vid };
	if (skb->protocol == CONST_BE16(ETH_P_IP)) {
		g->proto = skb->protocol;
		g->addr = ipv6_addr_v4mapped_of(((const struct iphdr *)skb->data)->daddr);
	} else if (skb->protocol == CONST_BE16(ETH_P_IPV6)) {
		g->proto = skb->protocol;
		g->addr = ((const struct ipv6hdr *)skb->data)->daddr;
	} else {
		ether_addr_copy(g->addr.s6_addr, eth_hdr(skb)->h_dest);
	}
}

bool br_multicast_selective(const struct net_bridge *br, const struct sk_buff *skb, u16 vid,
			    const struct br_mc_frame *f, struct net_bridge_mdb_entry **mdst)
{
	struct br_ip group;

	*mdst = NULL;
	if (!br->mcast.snooping)
		return false;
	group_of_frame(skb, vid, &group);
	if (!f->message)
		*mdst = br_mdb_find(br, &group);
	if (!*mdst && !f->routers_only)
		return false;
	return !group.proto ||
	       br_multicast_querier_exists(br, group.proto == CONST_BE16(ETH_P_IPV6));
}

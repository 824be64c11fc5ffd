/* SPDX-License-Identifier: MIT */
/* Who asks for members: another, or this bridge; and behind which ports are routers. */
#include "link/bridge/br_multicast_private.h"
#include "wire/igmp.h"
#include "wire/inet_addr.h"
#include "wire/mld.h"

#define ALL_HOSTS CONST_BE32(0xe0000001u)
#define ROUTER_ALERT_LEN 4u
#define HBH_LEN 8u
#define TOS_INTERNETCONTROL 0xc0
#define DS_PER_SECOND 10u

static struct net *br_net(const struct net_bridge *br)
{
	return br->dev->net;
}

static struct br_mc_family *family_of(struct net_bridge *br, int family)
{
	return &br->mcast.family[family];
}

bool br_multicast_querier_exists(const struct net_bridge *br, int family)
{
	const struct br_mc_family *f = &br->mcast.family[family];

	return f->delay_until <= br_net(br)->now &&
	       (br->mcast.querier_on || timer_pending(&f->other_timer));
}

/* ---- questions ---- */

static struct sk_buff *igmp_query(const struct net_bridge *br, const struct ip6_addr *group,
				  u32 delay_ms)
{
	static const u8 alert[ROUTER_ALERT_LEN] = { 0x94, ROUTER_ALERT_LEN, 0, 0 };
	struct ipv4_view v = {
		.hlen = IPV4_HLEN + ROUTER_ALERT_LEN, .tos = TOS_INTERNETCONTROL, .opts = alert,
		.ttl = 1, .df = true, .protocol = IP_PROTO_IGMP, .daddr = ALL_HOSTS,
	};
	struct sk_buff *skb = alloc_skb(br_net(br), SKB_ROOM);
	u32 code = min_t(u32, delay_ms * DS_PER_SECOND / 1000, 255);

	if (!skb)
		return NULL;
	skb_reserve(skb, ETH_HLEN);
	v.tot_len = (u16)(v.hlen + IGMP_HLEN);
	ipv4_build(skb_put(skb, v.hlen), &v);
	igmp_build(skb_put(skb, IGMP_HLEN), IGMP_HOST_MEMBERSHIP_QUERY, (u8)code,
		   group ? ipv6_addr_v4_of(group) : 0);
	return skb;
}

static struct sk_buff *mld_query(const struct net_bridge *br, const struct ip6_addr *group,
				 u32 delay_ms)
{
	static const u8 hbh[HBH_LEN] = { IP_PROTO_ICMPV6, 0, IPV6_TLV_ROUTERALERT, 2, 0, 0,
					 IPV6_TLV_PAD1, IPV6_TLV_PAD1 };
	const struct ip6_addr any = IN6ADDR_ANY;
	struct ipv6_view v = {
		.payload_len = HBH_LEN + MLD_LEN, .nexthdr = NEXTHDR_HOP, .hop_limit = 1,
		.saddr = ipv6_linklocal_eui64(br->dev->dev_addr),
		.daddr = IN6ADDR_LINKLOCAL_ALLNODES,
	};
	struct sk_buff *skb = alloc_skb(br_net(br), SKB_ROOM);
	u16 sum;
	u8 *msg;

	if (!skb)
		return NULL;
	skb_reserve(skb, ETH_HLEN);
	ipv6_build(skb_put(skb, IPV6_HLEN), &v);
	memcpy(skb_put(skb, HBH_LEN), hbh, HBH_LEN);
	msg = skb_put(skb, MLD_LEN);
	mld_build(msg, ICMPV6_MGM_QUERY, group ? group : &any);
	put_be16(msg + 4, (u16)min(delay_ms, 32767u));
	sum = csum_ipv6_magic(&v.saddr, &v.daddr, MLD_LEN, IP_PROTO_ICMPV6,
			      csum_partial(msg, MLD_LEN, 0));
	memcpy(msg + 2, &sum, sizeof(sum));
	return skb;
}

/* The machine hears its bridge as if it were another's question. Consumes. */
static void ask_the_machine(struct net_bridge *br, struct sk_buff *skb)
{
	skb->protocol = eth_type_trans(skb, br->dev);
	netif_rx(skb);
}

void br_multicast_send_query(struct net_bridge *br, struct net_bridge_port *p, int family,
			     const struct ip6_addr *group)
{
	struct net_device *dev = p ? p->dev : br->dev;
	u32 delay = group ? br->mcast.last_member_ms : br->mcast.response_ms;
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;
	bool v6 = family == BR_MC_IP6;
	struct sk_buff *skb = v6 ? mld_query(br, group, delay) : igmp_query(br, group, delay);
	u8 to[ETH_ALEN];

	if (!skb)
		return;
	if (v6)
		ipv6_eth_mc_map(&all, to);
	else
		ip_eth_mc_map(ALL_HOSTS, to);
	skb_reset_network_header(skb);
	skb->dev = dev;
	skb->priority = 7;	/* network control */
	skb->protocol = v6 ? CONST_BE16(ETH_P_IPV6) : CONST_BE16(ETH_P_IP);
	if (dev_hard_header(skb, dev, v6 ? ETH_P_IPV6 : ETH_P_IP, to, br->dev->dev_addr) < 0)
		kfree_skb_reason(skb, SKB_DROP_REASON_DEV_HDR);
	else if (p)
		dev_queue_xmit(skb);
	else
		ask_the_machine(br, skb);
}

/* While nobody else does, and in short intervals at first (RFC 3376 8.6, 8.7). */
static void ask_in_turn(struct net_bridge *br, struct net_bridge_port *p, int family,
			struct timer *t, u32 *queries)
{
	const struct br_mcast *mc = &br->mcast;
	struct br_mc_family *f = family_of(br, family);
	bool starting;

	if (!mc->snooping || !mc->querier_on || timer_pending(&f->other_timer))
		return;
	*queries += *queries < mc->startup_query_count;
	starting = *queries < mc->startup_query_count;
	if (!p) {
		f->querier = family == BR_MC_IP6 ? ipv6_linklocal_eui64(br->dev->dev_addr) :
						   ipv6_addr_v4mapped_of(0);
		f->querier_port = 0;
	}
	br_multicast_send_query(br, p, family, NULL);
	net_timer_mod(br_net(br), t, br_net(br)->now + ms_to_ktime(starting ? mc->startup_query_ms :
								    mc->query_ms));
}

static void port_query_due(struct timer *t)
{
	struct br_mc_port *q = container_of(t, struct br_mc_port, query_timer);
	struct net_bridge_port *p = q->port;

	if (p->mcast.on && p->state != BR_STATE_DISABLED && p->state != BR_STATE_BLOCKING)
		ask_in_turn(p->br, p, (int)(q - p->mcast.family), t, &q->queries);
}

static void query_due(struct timer *t)
{
	struct br_mc_family *f = container_of(t, struct br_mc_family, query_timer);

	ask_in_turn(f->br, NULL, (int)(f - f->br->mcast.family), t, &f->queries);
}

static void begin_to_ask(struct net *net, struct timer *t, u32 *queries)
{
	*queries = 0;
	net_timer_mod(net, t, net->now);
}

static void start_querier(struct net_bridge *br, int family)
{
	struct br_mc_family *f = family_of(br, family);
	struct net_bridge_port *p;

	if (!br->mcast.snooping || !br->mcast.querier_on)
		return;
	begin_to_ask(br_net(br), &f->query_timer, &f->queries);
	list_for_each_entry(p, &br->port_list, list)
		if (p->mcast.on)
			begin_to_ask(br_net(br), &p->mcast.family[family].query_timer,
				     &p->mcast.family[family].queries);
}

void br_multicast_set_querier(struct net_bridge *br, bool on)
{
	ktime_t answers_by = br_net(br)->now + ms_to_ktime(br->mcast.response_ms);

	if (br->mcast.querier_on == on)
		return;
	br->mcast.querier_on = on;
	for (int i = 0; on && i < BR_MC_FAMILIES; i++) {
		struct br_mc_family *f = family_of(br, i);

		if (!timer_pending(&f->other_timer))
			f->delay_until = answers_by;
		start_querier(br, i);
	}
}

/* ---- questions of others ---- */

static void other_is_silent(struct timer *t)
{
	struct br_mc_family *f = container_of(t, struct br_mc_family, other_timer);

	start_querier(f->br, (int)(f - f->br->mcast.family));
}

/* RFC 3376 6.6.2: the lowest address asks. 0.0.0.0, which is a bridge's, gives way to all. */
static bool is_elected(const struct br_mc_family *f, const struct ip6_addr *from)
{
	const struct ip6_addr none = ipv6_addr_v4mapped_of(0);

	if (!timer_pending(&f->query_timer) && !timer_pending(&f->other_timer))
		return true;
	return ipv6_addr_equal(&f->querier, &none) ||
	       memcmp(from, &f->querier, sizeof(*from)) <= 0;
}

void br_multicast_query_heard(struct net_bridge *br, struct net_bridge_port *p, int family,
			      const struct ip6_addr *from, ktime_t max_delay)
{
	struct br_mc_family *f = family_of(br, family);
	struct net *net = br_net(br);

	if (!is_elected(f, from))
		return;
	f->querier = *from;
	f->querier_port = p ? p->port_no : 0;
	if (!timer_pending(&f->other_timer))
		f->delay_until = net->now + max_delay;
	net_timer_mod(net, &f->other_timer, net->now + ms_to_ktime(br->mcast.querier_ms));
	br_multicast_mark_router(br, p, family);
}

/* ---- routers ---- */

static void add_router(struct br_mc_port *q)
{
	struct br_mc_family *f = family_of(q->port->br, (int)(q - q->port->mcast.family));
	struct br_mc_port *other;

	if (!list_empty(&q->rlist))
		return;
	list_for_each_entry(other, &f->routers, rlist)
		if (other->port->port_no < q->port->port_no)
			break;
	list_add_tail(&q->rlist, &other->rlist);
}

static void del_router(struct br_mc_port *q)
{
	list_del_init(&q->rlist);
	net_timer_del(br_net(q->port->br), &q->router_timer);
}

static void port_router_expired(struct timer *t)
{
	struct br_mc_port *q = container_of(t, struct br_mc_port, router_timer);

	if (q->port->mcast.router != MDB_RTR_TYPE_PERM)
		del_router(q);
	if (q->port->mcast.router == MDB_RTR_TYPE_TEMP)
		q->port->mcast.router = MDB_RTR_TYPE_TEMP_QUERY;
}

static void nothing(struct timer *t)
{
	(void)t;
}

void br_multicast_mark_router(struct net_bridge *br, struct net_bridge_port *p, int family)
{
	struct net *net = br_net(br);
	ktime_t until = net->now + ms_to_ktime(br->mcast.querier_ms);
	struct br_mc_port *q;

	if (!p) {
		if (br->mcast.router == MDB_RTR_TYPE_TEMP_QUERY)
			net_timer_mod(net, &family_of(br, family)->router_timer, until);
		return;
	}
	if (p->mcast.router == MDB_RTR_TYPE_DISABLED || p->mcast.router == MDB_RTR_TYPE_PERM ||
	    p->state == BR_STATE_DISABLED)
		return;
	q = &p->mcast.family[family];
	add_router(q);
	net_timer_mod(net, &q->router_timer, until);
}

bool br_multicast_is_router(const struct net_bridge *br, int family)
{
	return br->mcast.router == MDB_RTR_TYPE_PERM ||
	       (br->mcast.router == MDB_RTR_TYPE_TEMP_QUERY &&
		timer_pending(&br->mcast.family[family].router_timer));
}

int br_multicast_set_router(struct net_bridge *br, u32 type)
{
	if (type > MDB_RTR_TYPE_PERM)
		return -EINVAL;
	br->mcast.router = (u8)type;
	for (int i = 0; type != MDB_RTR_TYPE_TEMP_QUERY && i < BR_MC_FAMILIES; i++)
		net_timer_del(br_net(br), &family_of(br, i)->router_timer);
	return 0;
}

int br_multicast_set_port_router(struct net_bridge_port *p, u32 type)
{
	if (type > MDB_RTR_TYPE_TEMP)
		return -EINVAL;
	if (p->mcast.router == type && type != MDB_RTR_TYPE_TEMP)
		return 0;
	p->mcast.router = (u8)type;
	for (int i = 0; i < BR_MC_FAMILIES; i++) {
		struct br_mc_port *q = &p->mcast.family[i];

		if (type == MDB_RTR_TYPE_TEMP) {
			br_multicast_mark_router(p->br, p, i);
			continue;
		}
		del_router(q);
		if (type == MDB_RTR_TYPE_PERM)
			add_router(q);
	}
	return 0;
}

/* ---- ports and the bridge ---- */

static void begin_port(struct net_bridge_port *p)
{
	for (int i = 0; i < BR_MC_FAMILIES; i++) {
		struct br_mc_port *q = &p->mcast.family[i];

		if (p->br->mcast.querier_on)
			begin_to_ask(br_net(p->br), &q->query_timer, &q->queries);
		if (p->mcast.router == MDB_RTR_TYPE_PERM)
			add_router(q);
	}
}

/* What was heard there is of no use any more. */
static void end_port(struct net_bridge_port *p)
{
	br_mdb_flush_port(p, false);
	for (int i = 0; i < BR_MC_FAMILIES; i++) {
		net_timer_del(br_net(p->br), &p->mcast.family[i].query_timer);
		del_router(&p->mcast.family[i]);
	}
}

void br_multicast_port_carrier(struct net_bridge_port *p, bool on)
{
	if (p->mcast.on == on)
		return;
	p->mcast.on = on;
	if (!on)
		end_port(p);
	else if (p->br->mcast.snooping)
		begin_port(p);
}

void br_multicast_toggle(struct net_bridge *br, bool on)
{
	struct net_bridge_port *p;

	if (br->mcast.snooping == on)
		return;
	br->mcast.snooping = on;
	for (int i = 0; on && br->mcast.querier_on && i < BR_MC_FAMILIES; i++)
		begin_to_ask(br_net(br), &family_of(br, i)->query_timer,
			     &family_of(br, i)->queries);
	list_for_each_entry(p, &br->port_list, list) {
		if (!on)
			end_port(p);
		else if (p->mcast.on)
			begin_port(p);
	}
}

void br_multicast_init_port(struct net_bridge_port *p)
{
	list_init(&p->mcast.mglist);
	p->mcast.router = MDB_RTR_TYPE_TEMP_QUERY;
	for (int i = 0; i < BR_MC_FAMILIES; i++) {
		struct br_mc_port *q = &p->mcast.family[i];

		q->port = p;
		list_init(&q->rlist);
		timer_init(&q->router_timer, port_router_expired);
		timer_init(&q->query_timer, port_query_due);
	}
}

void br_multicast_exit_port(struct net_bridge_port *p)
{
	br_mdb_flush_port(p, true);
	for (int i = 0; i < BR_MC_FAMILIES; i++) {
		del_router(&p->mcast.family[i]);
		net_timer_del(br_net(p->br), &p->mcast.family[i].query_timer);
	}
}

/* Defaults are RFC 3376 8's, as Linux has them. */
void br_multicast_init(struct net_bridge *br)
{
	br->mcast = (struct br_mcast){
		.snooping = true, .router = MDB_RTR_TYPE_TEMP_QUERY, .hash_max = BR_MDB_HASH_MAX,
		.last_member_count = 2, .startup_query_count = 2, .last_member_ms = 1000,
		.membership_ms = 260000, .querier_ms = 255000, .query_ms = 125000,
		.response_ms = 10000, .startup_query_ms = 31250,
	};
	for (int i = 0; i < BR_MC_FAMILIES; i++) {
		struct br_mc_family *f = family_of(br, i);

		f->br = br;
		list_init(&f->routers);
		timer_init(&f->router_timer, nothing);
		timer_init(&f->query_timer, query_due);
		timer_init(&f->other_timer, other_is_silent);
	}
}

void br_multicast_exit(struct net_bridge *br)
{
	for (int i = 0; i < BR_MC_FAMILIES; i++) {
		struct br_mc_family *f = family_of(br, i);

		net_timer_del(br_net(br), &f->router_timer);
		net_timer_del(br_net(br), &f->query_timer);
		net_timer_del(br_net(br), &f->other_timer);
	}
	br_mdb_exit(br);
}

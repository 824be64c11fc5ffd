/* SPDX-License-Identifier: MIT */
/* Spanning tree: the clock, BPDUs in and out, what is set by hand (802.1D-2004 17.22 to 17.26). */
#include "base/trace.h"
#include "link/bridge/br_stp_private.h"
#include "link/ethernet.h"

#define STP_COST_DEFAULT 2	/* what Linux has for a port of 10 Gbit/s, and of veth and TAP */

static const u8 bridge_group[ETH_ALEN] = { 0x01, 0x80, 0xc2, 0, 0, 0 };

u64 br_stp_bridge_id(const struct net_bridge *br)
{
	return (u64)br->stp.priority << 48 | eth_addr_u64(br->dev->dev_addr);
}

u16 br_stp_port_id(const struct net_bridge_port *p)
{
	return (u16)(p->stp.priority << 10 | p->port_no);
}

const char *br_stp_role_name(u8 role)
{
	static const char names[][12] = { "disabled", "root", "designated", "alternate", "backup" };

	return names[role];
}

/* ---- BPDUs out ---- */

static u8 rst_flags(const struct br_stp_port *s)
{
	u8 role = s->role == STP_ROOT_PORT ? BPDU_ROLE_ROOT :
		  s->role == STP_DESIGNATED_PORT ? BPDU_ROLE_DESIGNATED : BPDU_ROLE_ALTERNATE;

	return (u8)(role << 2 | (s->agree ? BPDU_AGREEMENT : 0) |
		    (s->proposing ? BPDU_PROPOSAL : 0) | (s->learning ? BPDU_LEARNING : 0) |
		    (s->forwarding ? BPDU_FORWARDING : 0) | (s->tc_while ? BPDU_TC : 0));
}

static void send_bpdu(struct net_bridge_port *p, const struct bpdu_view *b)
{
	struct sk_buff *skb = alloc_skb(p->dev->net, SKB_ROOM);
	size_t len;

	p->stp.tx_count++;
	if (!skb)
		return;		/* the next one is a hello away */
	skb_reserve(skb, ETH_HLEN);
	len = bpdu_build(skb_put(skb, BPDU_LLC_LEN + BPDU_RST_LEN), b);
	skb_trim(skb, (u32)len);
	skb->dev = p->dev;
	skb->protocol = CONST_BE16(ETH_P_802_2);
	skb->priority = 7;	/* network control */
	if (dev_hard_header(skb, p->dev, (u16)len, bridge_group, p->dev->dev_addr) < 0) {
		kfree_skb_reason(skb, SKB_DROP_REASON_DEV_HDR);
		return;
	}
	p->stp.bpdus_out++;
	trace_skb(skb->net, br_send_bpdu, skb, TRACE_STR(br_stp_role_name(p->stp.role)),
		  b->v.root >> 48, b->v.root, b->v.cost);
	dev_queue_xmit(skb);
}

/* txRstp(), txConfig(), 17.21.20, .19 */
static void transmit(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;
	struct bpdu_view b = { .v = s->designated, .t = s->designated_times };

	s->new_info = false;
	s->hello_when = stp_seconds(p->br->stp.times.hello);
	if (s->send_rstp) {
		b.type = BPDU_RST;
		b.version = 2;
		b.flags = rst_flags(s);
	} else if (s->role == STP_DESIGNATED_PORT) {
		b.type = BPDU_CONFIG;
		b.flags = (u8)((s->tc_while ? BPDU_TC : 0) | (s->tc_ack ? BPDU_TC_ACK : 0));
	} else if (s->role == STP_ROOT_PORT) {
		b.type = BPDU_TCN;
	} else {
		return;
	}
	if (b.type != BPDU_TCN)
		s->tc_ack = false;
	send_bpdu(p, &b);
}

/* Port transmit, 17.26 */
static void port_transmit(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	if (!s->enabled || !stp_ready(s))
		return;
	if (!s->hello_when) {
		s->new_info |= s->role == STP_DESIGNATED_PORT ||
			       (s->role == STP_ROOT_PORT && s->tc_while);
		s->hello_when = stp_seconds(p->br->stp.times.hello);
	}
	if (s->new_info && s->tx_count < STP_TX_HOLD)
		transmit(p);
}

/* ---- who is at the other end ---- */

enum { PPM_CHECKING_RSTP, PPM_SELECTING_STP, PPM_SENSING };

static void check_rstp(struct net_bridge_port *p)
{
	p->stp.ppm = PPM_CHECKING_RSTP;
	p->stp.mcheck = false;
	p->stp.send_rstp = stp_rapid(p->br);
	p->stp.mdelay_while = STP_MIGRATE_TIME;
}

static bool sense(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	if (!s->enabled || s->mcheck || (stp_rapid(p->br) && !s->send_rstp && s->rcvd_rstp)) {
		check_rstp(p);
		return true;
	}
	if (!s->send_rstp || !s->rcvd_stp)
		return false;
	s->ppm = PPM_SELECTING_STP;
	s->send_rstp = false;
	s->mdelay_while = STP_MIGRATE_TIME;
	return true;
}

/* Port protocol migration, 17.24 */
static bool port_migration(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	switch (s->ppm) {
	case PPM_CHECKING_RSTP:
		if (!s->enabled && s->mdelay_while != STP_MIGRATE_TIME) {
			check_rstp(p);
			return true;
		}
		if (s->mdelay_while)
			return false;
		break;
	case PPM_SELECTING_STP:
		if (s->mdelay_while && s->enabled && !s->mcheck)
			return false;
		break;
	default:
		return sense(p);
	}
	s->ppm = PPM_SENSING;
	s->rcvd_rstp = s->rcvd_stp = false;
	return true;
}

/* Bridge detection, 17.25: where proposals find no answer is no bridge. */
static bool edge_detection(struct br_stp_port *s)
{
	bool edge = s->enabled ? s->oper_edge || (!s->edge_delay_while && s->send_rstp &&
						  s->proposing) : s->admin_edge;

	if (edge == s->oper_edge)
		return false;
	s->oper_edge = edge;
	return true;
}

/* ---- states and the machines together ---- */

static u8 bridge_state(const struct br_stp_port *s)
{
	if (!s->enabled)
		return BR_STATE_DISABLED;
	if (s->forwarding)
		return BR_STATE_FORWARDING;
	if (s->learning)
		return BR_STATE_LEARNING;
	return s->role == STP_ROOT_PORT || s->role == STP_DESIGNATED_PORT ? BR_STATE_LISTENING :
									   BR_STATE_BLOCKING;
}

static void show_state(struct net_bridge_port *p)
{
	u8 state = bridge_state(&p->stp);

	if (p->state == state)
		return;
	p->state = state;
	trace_dev(p->dev->net, br_set_state, p->dev, 0, (u64)p->dev->ifindex,
		  TRACE_STR(br_stp_role_name(p->stp.role)), TRACE_STR(br_state_name(state)));
}

void br_stp_run(struct net_bridge *br)
{
	struct net_bridge_port *p;
	bool moved;

	if (!br->stp.on)
		return;
	do {
		moved = false;
		list_for_each_entry(p, &br->port_list, list) {
			moved |= port_migration(p);
			moved |= edge_detection(&p->stp);
			moved |= stp_port_information(p);
		}
		moved |= stp_role_selection(br);
		list_for_each_entry(p, &br->port_list, list) {
			moved |= stp_role_transitions(p);
			moved |= stp_state_transition(p);
			moved |= stp_topology_change(p);
		}
	} while (moved);
	list_for_each_entry(p, &br->port_list, list)
		show_state(p);
	list_for_each_entry(p, &br->port_list, list)
		port_transmit(p);
	br_port_state_selection(br);
}

static void count_down(u16 *timer)
{
	*timer -= *timer > 0;
}

/* Port timers, 17.22 */
static void stp_tick(struct timer *t)
{
	struct net_bridge *br = container_of(t, struct net_bridge, stp.tick);
	struct net_bridge_port *p;

	list_for_each_entry(p, &br->port_list, list) {
		struct br_stp_port *s = &p->stp;

		count_down(&s->edge_delay_while);
		count_down(&s->fd_while);
		count_down(&s->hello_when);
		count_down(&s->mdelay_while);
		count_down(&s->rb_while);
		count_down(&s->rcvd_info_while);
		count_down(&s->rr_while);
		count_down(&s->tc_while);
		s->tx_count -= s->tx_count > 0;
	}
	net_timer_mod(br->dev->net, t, br->dev->net->now + NSEC_PER_SEC);
	br_stp_run(br);
}

/* ---- BPDUs in ---- */

static bool is_ours(const struct net_bridge_port *p, const struct bpdu_view *b)
{
	return b->v.bridge == br_stp_bridge_id(p->br) && b->v.port == br_stp_port_id(p);
}

/* 9.3.4: what a bridge may not believe. */
static bool bpdu_valid(const struct net_bridge_port *p, const struct bpdu_view *b)
{
	if (b->type == BPDU_TCN)
		return true;
	if (b->type == BPDU_RST)
		return stp_rapid(p->br);
	return b->t.message_age < b->t.max_age && !is_ours(p, b);
}

static void guard(struct net_bridge_port *p)
{
	p->stp.guarded = true;
	p->stp.enabled = false;
	br_stp_run(p->br);
}

void br_stp_rcv(struct net_bridge_port *p, struct sk_buff *skb)
{
	struct br_stp_port *s = &p->stp;
	struct bpdu_view b;

	pskb_may_pull(skb, min(skb->len, (u32)(BPDU_LLC_LEN + BPDU_RST_LEN)));
	if (bpdu_parse(skb->data, skb_headlen(skb), &b) || !bpdu_valid(p, &b)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_BRIDGE_BPDU);
		return;
	}
	trace_skb(skb->net, br_stp_rcv, skb, b.v.root >> 48, b.v.root, b.v.cost);
	consume_skb(skb);
	s->bpdus_in++;
	if (s->bpdu_guard) {
		guard(p);
		return;
	}
	if (!s->enabled)
		return;
	/* Port receive, 17.23 */
	s->rcvd_rstp |= b.type == BPDU_RST;
	s->rcvd_stp |= b.type != BPDU_RST;
	s->oper_edge = false;
	s->edge_delay_while = STP_MIGRATE_TIME;
	s->msg = b;
	s->rcvd_msg = true;
	br_stp_run(p->br);
}

/* ---- beginning, end, what is set by hand ---- */

void br_stp_reselect(struct net_bridge *br)
{
	struct net_bridge_port *p;

	list_for_each_entry(p, &br->port_list, list) {
		p->stp.reselect = true;
		p->stp.selected = false;
	}
	br_stp_run(br);
}

/* The bridge id has the address in it. */
void br_stp_changed_addr(struct net_bridge *br)
{
	br_stp_reselect(br);
}

static void port_begin(struct net_bridge_port *p)
{
	const struct br_stp_port old = p->stp;

	p->stp = (struct br_stp_port){
		.path_cost = old.path_cost, .cost_set = old.cost_set, .priority = old.priority,
		.admin_edge = old.admin_edge, .oper_edge = old.admin_edge,
		.bpdu_guard = old.bpdu_guard, .bpdus_in = old.bpdus_in,
		.bpdus_out = old.bpdus_out, .new_info = true, .reselect = true,
		.fd_while = stp_seconds(p->br->stp.times.max_age),
	};
	check_rstp(p);
}

void br_stp_port_carrier(struct net_bridge_port *p, bool on)
{
	if (!on)
		p->stp.guarded = false;
	on = on && !p->stp.guarded;
	if (p->stp.enabled == on)
		return;
	if (on)
		p->stp.new_info = true;
	p->stp.enabled = on;
	br_stp_run(p->br);
}

void br_stp_init_port(struct net_bridge_port *p)
{
	p->stp.priority = 32;
	p->stp.path_cost = STP_COST_DEFAULT;
	port_begin(p);
}

void br_stp_set_enabled(struct net_bridge *br, bool on)
{
	struct net_bridge_port *p;

	if (br->stp.on == on)
		return;
	br->stp.on = on;
	list_for_each_entry(p, &br->port_list, list) {
		port_begin(p);
		if (on)
			p->stp.enabled = netif_running(p->dev) && netif_carrier_ok(p->dev);
		else
			br_port_carrier_check(p);
	}
	if (on)
		net_timer_mod(br->dev->net, &br->stp.tick, br->dev->net->now + NSEC_PER_SEC);
	else
		net_timer_del(br->dev->net, &br->stp.tick);
	br_stp_run(br);
}

void br_stp_init(struct net_bridge *br)
{
	br->stp.version = 2;
	br->stp.priority = 0x8000;
	br->stp.times = (struct stp_times){ .max_age = 20 * BPDU_TIME_SECOND,
					    .hello = 2 * BPDU_TIME_SECOND,
					    .forward_delay = 15 * BPDU_TIME_SECOND };
	timer_init(&br->stp.tick, stp_tick);
}

void br_stp_exit(struct net_bridge *br)
{
	net_timer_del(br->dev->net, &br->stp.tick);
}

int br_stp_set_version(struct net_bridge *br, u32 version)
{
	bool on = br->stp.on;

	if (version != 0 && version != 2)
		return -ERANGE;
	if (version == br->stp.version)
		return 0;
	br_stp_set_enabled(br, false);
	br->stp.version = (u8)version;
	br_stp_set_enabled(br, on);
	return 0;
}

int br_stp_set_priority(struct net_bridge *br, u32 priority)
{
	if (priority > UINT16_MAX)
		return -ERANGE;
	br->stp.priority = (u16)priority;
	br_stp_reselect(br);
	return 0;
}

static int set_time(struct net_bridge *br, u16 *time, u32 cs, u32 min_s, u32 max_s)
{
	if (cs < min_s * 100 || cs > max_s * 100)
		return -ERANGE;
	*time = (u16)(cs * BPDU_TIME_SECOND / 100);
	br_stp_reselect(br);
	return 0;
}

int br_stp_set_hello_time(struct net_bridge *br, u32 cs)
{
	return set_time(br, &br->stp.times.hello, cs, 1, 10);
}

int br_stp_set_max_age(struct net_bridge *br, u32 cs)
{
	return set_time(br, &br->stp.times.max_age, cs, 6, 40);
}

int br_stp_set_forward_delay(struct net_bridge *br, u32 cs)
{
	return set_time(br, &br->stp.times.forward_delay, cs, br->stp.on ? 2 : 0, 30);
}

int br_stp_set_path_cost(struct net_bridge_port *p, u32 cost)
{
	if (!cost || cost > 200000000)
		return -ERANGE;
	p->stp.path_cost = cost;
	p->stp.cost_set = true;
	br_stp_reselect(p->br);
	return 0;
}

int br_stp_set_port_priority(struct net_bridge_port *p, u32 priority)
{
	if (priority > 63)
		return -ERANGE;
	p->stp.priority = (u8)priority;
	br_stp_reselect(p->br);
	return 0;
}

bool br_stp_topology_changing(const struct net_bridge *br)
{
	const struct net_bridge_port *p;

	list_for_each_entry(p, &br->port_list, list)
		if (p->stp.tc_while)
			return true;
	return false;
}

/* SPDX-License-Identifier: MIT */
/*
 * The brief journey: which events are worth a line, and how a newcomer is told.
 *
 * A thing is told once: the key of what was told goes into a set. Lines of the origin (the machine
 * where the program runs) are numbered; what other machines do stands indented under them.
 */
#include "base/fmt.h"
#include "base/netns.h"
#include "device/netdevice.h"
#include "trace/trace_text.h"
#include "wire/eth.h"

#include "trace/journey_priv.h"

static u64 mix(u64 a, u64 b)
{
	u64 s = a ^ rotl64(b, 29);

	return splitmix64(&s);
}

static u64 hash_text(const char *s)
{
	u64 h = 1469598103934665603ull;

	for (; *s; s++)
		h = (h ^ (u8)*s) * 1099511628211ull;
	return h;
}

static bool told_grow(struct journey *j)
{
	struct told *t = &j->told, n = { .size = t->size ? t->size * 2 : 1024 };

	n.key = mem_zalloc(&j->mem, n.size * sizeof(u64));
	if (!n.key)
		return false;
	for (u32 i = 0; i < t->size; i++) {
		u32 at = (u32)t->key[i] & (n.size - 1);

		if (!t->key[i])
			continue;
		while (n.key[at])
			at = (at + 1) & (n.size - 1);
		n.key[at] = t->key[i];
		n.used++;
	}
	mem_free(&j->mem, t->key, t->size * sizeof(u64));
	*t = n;
	return true;
}

/* Where the key stands, or would. */
static u32 told_find(const struct told *t, u64 key)
{
	u32 at = (u32)key & (t->size - 1);

	while (t->key[at] && t->key[at] != key)
		at = (at + 1) & (t->size - 1);
	return at;
}

static u64 told_key(enum told_kind kind, const char *node, u64 what)
{
	return mix(mix(hash_text(node), (u64)kind), what) | 1;
}

bool journey_first_time(struct journey *j, enum told_kind kind, const char *node, u64 what)
{
	struct told *t = &j->told;
	u64 key = told_key(kind, node, what);
	u32 at;

	if (t->used * 2 >= t->size && !told_grow(j))
		return false;
	at = told_find(t, key);
	if (t->key[at])
		return false;
	t->key[at] = key;
	t->used++;
	return true;
}

bool journey_was_told(const struct journey *j, enum told_kind kind, const char *node, u64 what)
{
	u64 key = told_key(kind, node, what);

	return j->told.size && j->told.key[told_find(&j->told, key)] == key;
}

static bool is_origin(const struct journey *j, const struct ln_trace_event *ev)
{
	return j->p.origin && !strcmp(ev->node, j->p.origin);
}

void journey_line_begin(struct journey *j, struct strbuf *sb, const struct ln_trace_event *ev)
{
	journey_run_end(j);
	if (is_origin(j, ev))
		sb_printf(sb, "%3u  %-11s ", ++j->steps, ev->node);
	else
		sb_printf(sb, "       %-9s ", ev->node);
	trace_put_time(sb, ev->time_ns - j->p.start_ns, false);
	sb_puts(sb, "  ");
}

void journey_line_end(struct journey *j, struct strbuf *sb)
{
	if (sb->len >= sb->cap - 1)
		sb->len = sb->cap - 2;
	sb_putc(sb, '\n');
	journey_write(j, sb);
}

static void tell_app(struct journey *j, const struct ln_trace_event *ev)
{
	const char *text = (const char *)(uintptr_t)ev->arg[0];

	/* Another visit: what the caches know by now is news again. */
	if (is_origin(j, ev) && !strncmp(text, "URL ", 4))
		j->visit++;
	JOURNEY_LINE(j, ev, sb, buf);
	sb_puts(&sb, text);
	journey_line_end(j, &sb);
}

static const char *dev_name(const struct ln_trace_event *ev, u64 ifindex)
{
	const struct net_device *dev = dev_get_by_index(net_of(ev->net), (int)ifindex);

	return dev ? dev->name : "?";
}

/* saddr, daddr, dev, gateway, source */
static void tell_route(struct journey *j, const struct ln_trace_event *ev)
{
	if (!journey_first_time(j, TOLD_ROUTE, ev->node, ev->arg[1]))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	trace_put_ip(&sb, (be32)ev->arg[1]);
	if (ev->arg[3]) {
		sb_puts(&sb, " is on another network: it goes to the gateway ");
		trace_put_ip(&sb, (be32)ev->arg[3]);
	} else {
		sb_puts(&sb, " is on the same network");
	}
	sb_printf(&sb, " (longest matching route: dev %s)", dev_name(ev, ev->arg[2]));
	journey_line_end(j, &sb);
}

/* what, target, sender, sender's MAC, to whom */
static void tell_arp(struct journey *j, const struct ln_trace_event *ev)
{
	const char *what = (const char *)(uintptr_t)ev->arg[0];
	bool ask = !strcmp(what, "who-has");

	if (ask && ev->arg[4])	/* to one alone: is it still there? */
		return;
	if (!journey_first_time(j, ask ? TOLD_ARP_ASK : TOLD_ARP_SAY, ev->node,
				mix(ev->arg[1], ev->arg[2])))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	if (ask) {
		sb_puts(&sb, "the MAC address of ");
		trace_put_ip(&sb, (be32)ev->arg[1]);
		sb_puts(&sb, " is not known: ARP who-has ");
		trace_put_ip(&sb, (be32)ev->arg[1]);
		sb_puts(&sb, ", to everybody (ff:ff:ff:ff:ff:ff)");
	} else {
		sb_puts(&sb, "ARP reply: ");
		trace_put_ip(&sb, (be32)ev->arg[2]);
		sb_puts(&sb, " is at ");
		trace_put_mac(&sb, ev->arg[3]);
	}
	journey_line_end(j, &sb);
}

static void tell_learn(struct journey *j, const struct ln_trace_event *ev)
{
	if (!journey_first_time(j, TOLD_LEARN, ev->node, mix(ev->arg[0], ev->arg[1] + ev->arg[2])))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	sb_puts(&sb, "switch learns: ");
	trace_put_mac(&sb, ev->arg[0]);
	sb_printf(&sb, " is behind port %s", dev_name(ev, ev->arg[1]));
	trace_put_vlan(&sb, ev->arg[2]);
	journey_line_end(j, &sb);
}

/* ports, why */
static void tell_flood(struct journey *j, const struct ln_trace_event *ev)
{
	const char *why = (const char *)(uintptr_t)ev->arg[1];

	j->flooded = mix(hash_text(ev->node), ev->packet);
	if (!journey_first_time(j, TOLD_FLOOD, ev->node, hash_text(why)))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	sb_printf(&sb, "switch floods the frame to %llu other port%s: %s",
		  (unsigned long long)ev->arg[0], ev->arg[0] == 1 ? "" : "s", why);
	trace_put_vlan(&sb, ev->arg[2]);
	journey_line_end(j, &sb);
}

/* Snooping: ports, who is behind them. */
static void tell_members(struct journey *j, const struct ln_trace_event *ev)
{
	const char *who = (const char *)(uintptr_t)ev->arg[1];

	j->flooded = mix(hash_text(ev->node), ev->packet);
	if (!journey_first_time(j, TOLD_FLOOD, ev->node, mix(hash_text(who), ev->arg[0])))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	sb_printf(&sb, "switch sends the frame to %llu port%s: the group's %s",
		  (unsigned long long)ev->arg[0], ev->arg[0] == 1 ? "" : "s", who);
	trace_put_vlan(&sb, ev->arg[2]);
	journey_line_end(j, &sb);
}

/* port; the frame begins with its destination */
static void tell_known_port(struct journey *j, const struct ln_trace_event *ev)
{
	u64 mac;

	if (ev->len - ev->data_len < ETH_HLEN || j->flooded == mix(hash_text(ev->node), ev->packet))
		return;
	mac = (u64)get_be32(ev->data) << 16 | get_be16(ev->data + 4);
	if (!journey_first_time(j, TOLD_PORT, ev->node, mix(mac, j->visit)))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	sb_puts(&sb, "switch knows ");
	trace_put_mac(&sb, mac);
	sb_printf(&sb, ": only to port %s", dev_name(ev, ev->arg[0]));
	trace_put_vlan(&sb, ev->arg[1]);
	sb_puts(&sb, " (MAC table)");
	journey_line_end(j, &sb);
}

/* port, role, state */
static void tell_port_state(struct journey *j, const struct ln_trace_event *ev)
{
	JOURNEY_LINE(j, ev, sb, buf);
	sb_puts(&sb, "spanning tree: ");
	trace_put_text(&sb, ev);
	journey_line_end(j, &sb);
}

/* next hop, its MAC; during the first visit ARP told the same just before */
static void tell_known_mac(struct journey *j, const struct ln_trace_event *ev)
{
	if (!is_origin(j, ev) || j->visit < 2 ||
	    !journey_first_time(j, TOLD_NEIGH, ev->node, mix(ev->arg[0] ^ ev->arg[1], j->visit)))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	sb_puts(&sb, "the MAC address of ");
	trace_put_addr(&sb, ev->arg);
	sb_puts(&sb, " is known: ");
	trace_put_mac(&sb, ev->arg[2]);
	sb_puts(&sb, " (neighbour table)");
	journey_line_end(j, &sb);
}

/* ttl, ttl, dev, next hop */
static void tell_forward(struct journey *j, const struct ln_trace_event *ev)
{
	if (!journey_first_time(j, TOLD_FORWARD, ev->node, mix(ev->arg[2], ev->arg[3])))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	sb_printf(&sb, "router: ttl %llu -> %llu, new MAC header, out of %s towards ",
		  (unsigned long long)ev->arg[0], (unsigned long long)ev->arg[1],
		  dev_name(ev, ev->arg[2]));
	trace_put_ip(&sb, (be32)ev->arg[3]);
	journey_line_end(j, &sb);
}

static void put_drop(struct strbuf *sb, const struct ln_trace_event *ev, u32 n)
{
	const char *name = skb_drop_name((enum skb_drop_reason)ev->arg[0]);

	if (n == 1)
		sb_printf(sb, "packet #%llu dropped, %s: %s", (unsigned long long)ev->packet, name,
			  (const char *)(uintptr_t)ev->arg[1]);
	else
		sb_printf(sb, "%u more packets dropped, %s", n, name);
}

static void tell_drop(struct journey *j, const struct ln_trace_event *ev)
{
	enum skb_drop_reason reason = (enum skb_drop_reason)ev->arg[0];

	if (reason == SKB_DROP_REASON_NET_EXIT || reason >= SKB_DROP_REASON_MAX)
		return;
	/* A flooded frame is everybody's and filtered by most: no news. */
	if (reason == SKB_DROP_REASON_NIC_FILTER || reason == SKB_DROP_REASON_OTHERHOST ||
	    !journey_brief6_is_news(ev))
		return;
	journey_run(j, ev, skb_drop_name(reason), put_drop);
}

static void tell_text(struct journey *j, const struct ln_trace_event *ev)
{
	JOURNEY_LINE(j, ev, sb, buf);
	if (ev->packet)
		sb_printf(&sb, "packet #%llu: ", (unsigned long long)ev->packet);
	trace_put_text(&sb, ev);
	journey_line_end(j, &sb);
}

/* seq, len, try, why */
static void put_again(struct strbuf *sb, const struct ln_trace_event *ev, u32 n)
{
	const char *why = (const char *)(uintptr_t)ev->arg[3];

	if (n == 1)
		sb_printf(sb, "TCP sends packet #%llu again: %s", (unsigned long long)ev->packet,
			  why);
	else
		sb_printf(sb, "TCP sends %u more packets again: %s", n, why);
}

/* state, cwnd, ssthresh, SACKed, lost */
static void tell_congestion(struct journey *j, const struct ln_trace_event *ev)
{
	const char *state = (const char *)(uintptr_t)ev->arg[0];
	unsigned long long cwnd = ev->arg[1], ssthresh = ev->arg[2], lost = ev->arg[4];

	JOURNEY_LINE(j, ev, sb, buf);
	if (!strcmp(state, "Recovery"))
		sb_printf(&sb, "TCP takes %llu packet%s for lost; its window goes down from %llu "
			  "to %llu packets", lost, lost == 1 ? "" : "s", cwnd, ssthresh);
	else if (!strcmp(state, "Open"))
		sb_printf(&sb, "TCP has recovered; its window is %llu packet%s", cwnd,
			  cwnd == 1 ? "" : "s");
	else if (!strcmp(state, "Disorder"))
		sb_puts(&sb, "TCP hears that packets arrived out of order: one is late, or lost");
	else
		sb_printf(&sb, "TCP is in state %s; its window is %llu packets", state, cwnd);
	journey_line_end(j, &sb);
}

void journey_brief_event(struct journey *j, const struct ln_trace_event *ev)
{
	if (journey_brief6_event(j, ev))
		return;
	switch (ev->point) {
	case LN_TP_app:
		tell_app(j, ev);
		break;
	case LN_TP_ip_queue_xmit:
		tell_route(j, ev);
		break;
	case LN_TP_arp_send:
		tell_arp(j, ev);
		break;
	case LN_TP_br_fdb_update:
		tell_learn(j, ev);
		break;
	case LN_TP_br_flood:
		tell_flood(j, ev);
		break;
	case LN_TP_br_multicast_flood:
		tell_members(j, ev);
		break;
	case LN_TP_br_forward:
		tell_known_port(j, ev);
		break;
	case LN_TP_br_set_state:
		tell_port_state(j, ev);
		break;
	case LN_TP_neigh_output:
		tell_known_mac(j, ev);
		break;
	case LN_TP_ip_forward:
		tell_forward(j, ev);
		break;
	case LN_TP_nf_nat_packet:
		journey_brief_nat(j, ev);
		break;
	case LN_TP_kfree_skb:
		tell_drop(j, ev);
		break;
	case LN_TP_dev_hard_start_xmit:
		journey_brief_sent(j, ev);
		break;
	case LN_TP_tcp_retransmit_skb:
		journey_run(j, ev, (const char *)(uintptr_t)ev->arg[3], put_again);
		break;
	case LN_TP_tcp_fastretrans_alert:
		tell_congestion(j, ev);
		break;
	case LN_TP_icmp_send:
		journey_brief_icmp(j, ev);
		break;
	case LN_TP_link_drop:
	case LN_TP_link_corrupt:
	case LN_TP_ip_fragment:
		tell_text(j, ev);
		break;
	default:
		break;
	}
}

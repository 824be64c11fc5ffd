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
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/tcp_opt.h"

#include "trace/journey_priv.h"

enum told_kind { TOLD_ROUTE = 1, TOLD_ARP_ASK, TOLD_ARP_SAY, TOLD_LEARN, TOLD_FLOOD, TOLD_FORWARD,
		 TOLD_PACKET };

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

/* True the first time; without memory for more, everything counts as told. */
static bool first_time(struct journey *j, enum told_kind kind, const char *node, u64 what)
{
	struct told *t = &j->told;
	u64 key = mix(mix(hash_text(node), (u64)kind), what) | 1;
	u32 at;

	if (t->used * 2 >= t->size && !told_grow(j))
		return false;
	for (at = (u32)key & (t->size - 1); t->key[at]; at = (at + 1) & (t->size - 1))
		if (t->key[at] == key)
			return false;
	t->key[at] = key;
	t->used++;
	return true;
}

/* Starts a line of ev's node; the caller adds text and calls line_end(). */
static void line_begin(struct journey *j, struct strbuf *sb, const struct ln_trace_event *ev)
{
	bool origin = j->p.origin && !strcmp(ev->node, j->p.origin);

	if (origin)
		sb_printf(sb, "%3u  %-11s ", ++j->steps, ev->node);
	else
		sb_printf(sb, "       %-9s ", ev->node);
	trace_put_time(sb, ev->time_ns - j->p.start_ns, false);
	sb_puts(sb, "  ");
}

static void line_end(struct journey *j, struct strbuf *sb)
{
	if (sb->len >= sb->cap - 1)
		sb->len = sb->cap - 2;
	sb_putc(sb, '\n');
	journey_write(j, sb);
}

#define LINE(j, ev, sb, buf) \
	char buf[640]; \
	struct strbuf sb; \
	sb_init(&sb, buf, sizeof(buf) - 1); \
	line_begin(j, &sb, ev)

static void tell_app(struct journey *j, const struct ln_trace_event *ev)
{
	LINE(j, ev, sb, buf);
	sb_puts(&sb, (const char *)(uintptr_t)ev->arg[0]);
	line_end(j, &sb);
}

static const char *dev_name(const struct ln_trace_event *ev, u64 ifindex)
{
	const struct net_device *dev = dev_get_by_index(net_of(ev->net), (int)ifindex);

	return dev ? dev->name : "?";
}

/* saddr, daddr, dev, gateway, source */
static void tell_route(struct journey *j, const struct ln_trace_event *ev)
{
	if (!first_time(j, TOLD_ROUTE, ev->node, ev->arg[1]))
		return;
	LINE(j, ev, sb, buf);
	trace_put_ip(&sb, (be32)ev->arg[1]);
	if (ev->arg[3]) {
		sb_puts(&sb, " is on another network: it goes to the gateway ");
		trace_put_ip(&sb, (be32)ev->arg[3]);
	} else {
		sb_puts(&sb, " is on the same network");
	}
	sb_printf(&sb, " (longest matching route: dev %s)", dev_name(ev, ev->arg[2]));
	line_end(j, &sb);
}

/* what, target, sender, sender's MAC */
static void tell_arp(struct journey *j, const struct ln_trace_event *ev)
{
	const char *what = (const char *)(uintptr_t)ev->arg[0];
	bool ask = strstr(what, "who-has") != NULL;

	if (!first_time(j, ask ? TOLD_ARP_ASK : TOLD_ARP_SAY, ev->node,
			mix(ev->arg[1], ev->arg[2])))
		return;
	LINE(j, ev, sb, buf);
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
	line_end(j, &sb);
}

static void tell_learn(struct journey *j, const struct ln_trace_event *ev)
{
	if (!first_time(j, TOLD_LEARN, ev->node, mix(ev->arg[0], ev->arg[1])))
		return;
	LINE(j, ev, sb, buf);
	sb_puts(&sb, "switch learns: ");
	trace_put_mac(&sb, ev->arg[0]);
	sb_printf(&sb, " is behind port %s", dev_name(ev, ev->arg[1]));
	line_end(j, &sb);
}

/* ports, why */
static void tell_flood(struct journey *j, const struct ln_trace_event *ev)
{
	const char *why = (const char *)(uintptr_t)ev->arg[1];

	if (!first_time(j, TOLD_FLOOD, ev->node, hash_text(why)))
		return;
	LINE(j, ev, sb, buf);
	sb_printf(&sb, "switch floods the frame to %llu other ports: %s",
		  (unsigned long long)ev->arg[0], why);
	line_end(j, &sb);
}

/* ttl, ttl, dev, next hop */
static void tell_forward(struct journey *j, const struct ln_trace_event *ev)
{
	if (!first_time(j, TOLD_FORWARD, ev->node, mix(ev->arg[2], ev->arg[3])))
		return;
	LINE(j, ev, sb, buf);
	sb_printf(&sb, "router: ttl %llu -> %llu, new MAC header, out of %s towards ",
		  (unsigned long long)ev->arg[0], (unsigned long long)ev->arg[1],
		  dev_name(ev, ev->arg[2]));
	trace_put_ip(&sb, (be32)ev->arg[3]);
	line_end(j, &sb);
}

static void tell_drop(struct journey *j, const struct ln_trace_event *ev)
{
	enum skb_drop_reason reason = (enum skb_drop_reason)ev->arg[0];

	if (reason == SKB_DROP_REASON_NET_EXIT || reason >= SKB_DROP_REASON_MAX)
		return;
	/* A flooded frame is everybody's and filtered by most: no news. */
	if (reason == SKB_DROP_REASON_NIC_FILTER || reason == SKB_DROP_REASON_OTHERHOST)
		return;
	LINE(j, ev, sb, buf);
	sb_printf(&sb, "packet #%llu dropped, %s: %s", (unsigned long long)ev->packet,
		  skb_drop_name(reason), (const char *)(uintptr_t)ev->arg[1]);
	line_end(j, &sb);
}

static void tell_text(struct journey *j, const struct ln_trace_event *ev)
{
	LINE(j, ev, sb, buf);
	if (ev->packet)
		sb_printf(&sb, "packet #%llu: ", (unsigned long long)ev->packet);
	trace_put_text(&sb, ev);
	line_end(j, &sb);
}

/* ---- TCP, as it leaves its sender's card ---- */

struct segment {
	be32 saddr, daddr;
	struct tcp_view tcp;
	u32 payload;
};

static bool parse_segment(const struct ln_trace_event *ev, struct segment *s)
{
	u32 n = ev->len - ev->data_len;
	struct ipv4_view ip;

	if (!ev->data || n < ETH_HLEN || get_be16(ev->data + 12) != ETH_P_IP)
		return false;
	if (ipv4_parse_hdr(ev->data + ETH_HLEN, n - ETH_HLEN, &ip) != WIRE_OK ||
	    ip.protocol != IP_PROTO_TCP || ip.frag_off)
		return false;
	if (tcp_parse(ev->data + ETH_HLEN + ip.hlen, n - ETH_HLEN - ip.hlen, &s->tcp) != WIRE_OK)
		return false;
	s->saddr = ip.saddr;
	s->daddr = ip.daddr;
	s->payload = (u32)ip.tot_len - ip.hlen - s->tcp.hlen;
	return true;
}

static struct brief_flow *flow_find(struct journey *j, be32 saddr, u16 sport, be32 daddr,
				    u16 dport)
{
	for (u32 i = j->nr_flows; i-- > 0;) {
		struct brief_flow *f = &j->flows[i];

		if (f->saddr == saddr && f->daddr == daddr && f->sport == sport &&
		    f->dport == dport)
			return f;
	}
	return NULL;
}

static struct brief_flow *flow_get(struct journey *j, const struct segment *s)
{
	struct brief_flow *f = flow_find(j, s->saddr, s->tcp.sport, s->daddr, s->tcp.dport);
	u32 max = j->max_flows ? j->max_flows * 2 : 16;

	if (f)
		return f;
	if (j->nr_flows == j->max_flows) {
		struct brief_flow *n = mem_alloc(&j->mem, max * sizeof(*n));

		if (!n)
			return NULL;
		if (j->nr_flows)
			memcpy(n, j->flows, j->nr_flows * sizeof(*n));
		mem_free(&j->mem, j->flows, j->max_flows * sizeof(*n));
		j->flows = n;
		j->max_flows = max;
	}
	f = &j->flows[j->nr_flows++];
	*f = (struct brief_flow){ s->saddr, s->daddr, s->tcp.sport, s->tcp.dport, 0, 0, 0, 0, 0 };
	return f;
}

static void put_peer(struct strbuf *sb, const struct segment *s)
{
	trace_put_ip(sb, s->daddr);
	sb_printf(sb, ":%u", s->tcp.dport);
}

static void put_options(struct strbuf *sb, const struct segment *s)
{
	struct tcp_options_received o = { 0 };

	tcp_parse_options(s->tcp.opts, s->tcp.hlen - TCP_HLEN, true, &o);
	if (o.mss_ok)
		sb_printf(sb, " mss %u", o.mss);
	if (o.wscale_ok)
		sb_printf(sb, " wscale %u", o.wscale);
	if (o.sack_ok)
		sb_puts(sb, " sack");
	if (o.ts_ok)
		sb_puts(sb, " timestamps");
}

static void put_flow_sum(struct strbuf *sb, struct brief_flow *f)
{
	sb_printf(sb, "%llu bytes went in %u segments", (unsigned long long)f->bytes, f->segments);
	if (f->again)
		sb_printf(sb, ", %u of them sent again", f->again);
	f->told = true;
}

static void tell_control(struct journey *j, const struct ln_trace_event *ev,
			 const struct segment *s, struct brief_flow *f)
{
	u8 flags = s->tcp.flags;
	LINE(j, ev, sb, buf);

	if (flags & TCPHDR_RST) {
		sb_puts(&sb, "TCP RST to ");
		put_peer(&sb, s);
	} else if (flags & TCPHDR_SYN) {
		sb_printf(&sb, "TCP handshake, %s to ", flags & TCPHDR_ACK ? "SYN,ACK" : "SYN");
		put_peer(&sb, s);
		sb_puts(&sb, ":");
		put_options(&sb, s);
		f->open = true;
	} else {
		sb_puts(&sb, "TCP FIN to ");
		put_peer(&sb, s);
		if (f->bytes) {
			sb_puts(&sb, ": all was sent, ");
			put_flow_sum(&sb, f);
		} else {
			sb_puts(&sb, ": nothing more to send");
		}
	}
	line_end(j, &sb);
}

static void tell_first_data(struct journey *j, const struct ln_trace_event *ev,
			    const struct segment *s)
{
	LINE(j, ev, sb, buf);
	sb_puts(&sb, "TCP data to ");
	put_peer(&sb, s);
	sb_printf(&sb, ": first segment, %u bytes (copied once into an sk_buff, sent as a clone, "
		  "kept until acknowledged)", s->payload);
	line_end(j, &sb);
}

static void tell_established(struct journey *j, const struct ln_trace_event *ev,
			     const struct segment *s)
{
	LINE(j, ev, sb, buf);
	sb_puts(&sb, "TCP handshake, ACK to ");
	put_peer(&sb, s);
	sb_puts(&sb, ": established");
	line_end(j, &sb);
}

/* A frame leaves a machine; only its first machine tells of it. */
static void tell_sent(struct journey *j, const struct ln_trace_event *ev)
{
	struct brief_flow *f;
	struct segment s;
	bool again;

	if (!ev->packet || !parse_segment(ev, &s))
		return;
	/* Retransmissions keep the id; a router's copy does too, but comes from another node. */
	again = !first_time(j, TOLD_PACKET, "", ev->packet);
	if (again && first_time(j, TOLD_PACKET, ev->node, ev->packet))
		return;
	if (!again)
		first_time(j, TOLD_PACKET, ev->node, ev->packet);
	f = flow_get(j, &s);
	if (!f)
		return;
	if (s.payload) {
		if (!f->segments)
			tell_first_data(j, ev, &s);
		f->segments++;
		if (again)
			f->again++;
		else
			f->bytes += s.payload;
	}
	if (s.tcp.flags & (TCPHDR_SYN | TCPHDR_FIN | TCPHDR_RST)) {
		tell_control(j, ev, &s, f);
	} else if (f->open && !s.payload) {
		struct brief_flow *back = flow_find(j, s.daddr, s.tcp.dport, s.saddr, s.tcp.sport);

		if (back && back->open && !f->segments && !back->segments)
			tell_established(j, ev, &s);
		f->open = false;
	}
}

void journey_brief_event(struct journey *j, const struct ln_trace_event *ev)
{
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
	case LN_TP_ip_forward:
		tell_forward(j, ev);
		break;
	case LN_TP_kfree_skb:
		tell_drop(j, ev);
		break;
	case LN_TP_dev_hard_start_xmit:
		tell_sent(j, ev);
		break;
	case LN_TP_tcp_retransmit_skb:
	case LN_TP_tcp_fastretrans_alert:
	case LN_TP_link_drop:
	case LN_TP_link_corrupt:
	case LN_TP_icmp_send:
	case LN_TP_ip_fragment:
		tell_text(j, ev);
		break;
	default:
		break;
	}
}

/* Conversations that did not end are summed up here. */
void journey_brief_finish(struct journey *j)
{
	for (u32 i = 0; i < j->nr_flows; i++) {
		struct brief_flow *f = &j->flows[i];
		char buf[320];
		struct strbuf sb;

		if (f->told || !f->bytes)
			continue;
		sb_init(&sb, buf, sizeof(buf) - 1);
		sb_puts(&sb, "       (open)    ");
		trace_put_ip(&sb, f->saddr);
		sb_printf(&sb, ":%u -> ", f->sport);
		trace_put_ip(&sb, f->daddr);
		sb_printf(&sb, ":%u: ", f->dport);
		put_flow_sum(&sb, f);
		line_end(j, &sb);
	}
}

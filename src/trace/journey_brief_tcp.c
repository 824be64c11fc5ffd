/* SPDX-License-Identifier: MIT */
/*
 * The brief journey's TCP: conversations as their segments leave their senders' cards. The
 * handshake and the close are told step by step, data once and then counted.
 */
#include "base/fmt.h"
#include "base/netns.h"
#include "trace/journey_priv.h"
#include "trace/trace_text.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/tcp_opt.h"

struct segment {
	be32 saddr, daddr;
	/* NAT undone, so that both directions of a conversation meet */
	be32 true_saddr, true_daddr;
	u16 true_sport, true_dport;
	struct tcp_view tcp;
	u32 payload;
};

static bool parse_segment(const struct journey *j, const struct ln_trace_event *ev,
			  struct segment *s)
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
	s->saddr = s->true_saddr = ip.saddr;
	s->daddr = s->true_daddr = ip.daddr;
	s->true_sport = s->tcp.sport;
	s->true_dport = s->tcp.dport;
	journey_inside(j, &s->true_saddr, &s->true_sport, ip.daddr, s->tcp.dport);
	journey_inside(j, &s->true_daddr, &s->true_dport, ip.saddr, s->tcp.sport);
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
	struct brief_flow *f = flow_find(j, s->true_saddr, s->true_sport, s->true_daddr,
					 s->true_dport);
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
	*f = (struct brief_flow){ .saddr = s->true_saddr, .daddr = s->true_daddr,
				  .sport = s->true_sport, .dport = s->true_dport };
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

static void put_flow_sum(struct strbuf *sb, const struct brief_flow *f, const char *verb)
{
	sb_printf(sb, "%llu bytes %s in %u segment%s", (unsigned long long)f->bytes, verb,
		  f->segments, f->segments == 1 ? "" : "s");
	if (f->again)
		sb_printf(sb, ", %u of them sent again", f->again);
}

static void tell_syn(struct journey *j, const struct ln_trace_event *ev, const struct segment *s)
{
	JOURNEY_LINE(j, ev, sb, buf);
	sb_printf(&sb, "TCP handshake, %s to ", s->tcp.flags & TCPHDR_ACK ? "SYN,ACK" : "SYN");
	put_peer(&sb, s);
	sb_puts(&sb, ":");
	put_options(&sb, s);
	journey_line_end(j, &sb);
}

static void tell_rst(struct journey *j, const struct ln_trace_event *ev, const struct segment *s)
{
	JOURNEY_LINE(j, ev, sb, buf);
	sb_puts(&sb, "TCP RST to ");
	put_peer(&sb, s);
	journey_line_end(j, &sb);
}

/* Our FIN, the ACK of the other's, or both in one segment. With the ACK goes the sum of what the
 * other has sent: all of it is here. */
static void tell_close(struct journey *j, const struct ln_trace_event *ev,
		       const struct segment *s, struct brief_flow *acked)
{
	bool fin = s->tcp.flags & TCPHDR_FIN;

	JOURNEY_LINE(j, ev, sb, buf);
	sb_printf(&sb, "TCP close, %s%s%s to ", fin ? "FIN" : "", fin && acked ? "," : "",
		  acked ? "ACK" : "");
	put_peer(&sb, s);
	if (fin && acked)
		sb_puts(&sb, " (the second and third of the close's four steps in one)");
	if (acked) {
		acked->told = true;
		if (acked->bytes) {
			sb_puts(&sb, ": its ");
			put_flow_sum(&sb, acked, "came");
		}
	}
	journey_line_end(j, &sb);
}

static void tell_first_data(struct journey *j, const struct ln_trace_event *ev,
			    const struct segment *s)
{
	JOURNEY_LINE(j, ev, sb, buf);
	sb_puts(&sb, "TCP data to ");
	put_peer(&sb, s);
	sb_printf(&sb, ": first segment, %u bytes (copied once into an sk_buff, sent as a clone, "
		  "kept until acknowledged)", s->payload);
	journey_line_end(j, &sb);
}

static void tell_established(struct journey *j, const struct ln_trace_event *ev,
			     const struct segment *s)
{
	JOURNEY_LINE(j, ev, sb, buf);
	sb_puts(&sb, "TCP handshake, ACK to ");
	put_peer(&sb, s);
	sb_puts(&sb, ": established");
	journey_line_end(j, &sb);
}

/* The flow whose FIN this segment is the first to acknowledge, or NULL. */
static struct brief_flow *fin_acked(struct brief_flow *back, const struct segment *s)
{
	if (!back || !back->fin || back->told || !(s->tcp.flags & TCPHDR_ACK) ||
	    (s32)(s->tcp.ack_seq - back->fin_end) < 0)
		return NULL;
	return back;
}

/* What a segment without payload means to the conversation. */
static void tell_flags(struct journey *j, const struct ln_trace_event *ev,
		       const struct segment *s, struct brief_flow *f)
{
	struct brief_flow *back = flow_find(j, s->true_daddr, s->true_dport, s->true_saddr,
					    s->true_sport);
	struct brief_flow *acked = fin_acked(back, s);
	u8 flags = s->tcp.flags;

	if (flags & TCPHDR_RST) {
		tell_rst(j, ev, s);
	} else if (flags & TCPHDR_SYN) {
		tell_syn(j, ev, s);
		f->open = true;
	} else if (flags & TCPHDR_FIN || acked) {
		tell_close(j, ev, s, acked);
	} else if (f->open && !s->payload) {
		if (back && back->open && !f->segments && !back->segments)
			tell_established(j, ev, s);
		f->open = false;
	}
	if (flags & TCPHDR_FIN) {
		f->fin = true;
		f->fin_end = s->tcp.seq + s->payload + 1;
	}
}

/* A frame leaves a machine; only its first machine tells of it. */
void journey_brief_sent(struct journey *j, const struct ln_trace_event *ev)
{
	struct brief_flow *f;
	struct segment s;
	bool again;
	u64 id;

	if (!ev->packet || !parse_segment(j, ev, &s))
		return;
	/* Retransmissions keep the id; a router's copy does too, but comes from another node. */
	id = ev->packet ^ (u64)s.tcp.seq << 32;	/* several segments may have been one packet */
	again = !journey_first_time(j, TOLD_PACKET, "", id);
	if (journey_first_time(j, TOLD_PACKET, ev->node, id) && again)
		return;
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
	tell_flags(j, ev, &s, f);
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
		put_flow_sum(&sb, f, "went");
		journey_line_end(j, &sb);
	}
}

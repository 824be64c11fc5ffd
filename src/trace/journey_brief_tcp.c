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
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/tcp_opt.h"

struct segment {
	struct ip6_addr saddr, daddr;	/* IPv4's are mapped */
	/* NAT undone, so that both directions of a conversation meet */
	struct ip6_addr true_saddr, true_daddr;
	u16 true_sport, true_dport;
	struct tcp_view tcp;
	u32 payload;
};

static bool parse_segment6(const struct ln_trace_event *ev, struct segment *s)
{
	const u8 *p = ev->data + ETH_HLEN;
	u32 n = ev->len - ev->data_len - ETH_HLEN;
	struct ipv6_view ip;

	if (ipv6_parse_hdr(p, n, &ip) != WIRE_OK || ip.nexthdr != IP_PROTO_TCP ||
	    tcp_parse(p + IPV6_HLEN, n - IPV6_HLEN, &s->tcp) != WIRE_OK)
		return false;
	s->saddr = s->true_saddr = ip.saddr;
	s->daddr = s->true_daddr = ip.daddr;
	s->true_sport = s->tcp.sport;
	s->true_dport = s->tcp.dport;
	s->payload = (u32)ip.payload_len - s->tcp.hlen;
	return true;
}

static void put_endpoint(struct strbuf *sb, const struct ip6_addr *addr, u16 port)
{
	be32 v4;

	if (!ipv6_addr_v4mapped(addr)) {
		sb_puts(sb, "[");
		sb_ip6_addr(sb, addr);
		sb_printf(sb, "]:%u", port);
		return;
	}
	memcpy(&v4, addr->s6_addr + 12, sizeof(v4));
	trace_put_ip(sb, v4);
	sb_printf(sb, ":%u", port);
}

static bool parse_segment(const struct journey *j, const struct ln_trace_event *ev,
			  struct segment *s)
{
	u32 n = ev->len - ev->data_len;
	be32 true_saddr, true_daddr;
	struct ipv4_view ip;

	if (!ev->data || n < ETH_HLEN)
		return false;
	if (get_be16(ev->data + 12) == ETH_P_IPV6)
		return parse_segment6(ev, s);
	if (get_be16(ev->data + 12) != ETH_P_IP ||
	    ipv4_parse_hdr(ev->data + ETH_HLEN, n - ETH_HLEN, &ip) != WIRE_OK ||
	    ip.protocol != IP_PROTO_TCP || ip.frag_off)
		return false;
	if (tcp_parse(ev->data + ETH_HLEN + ip.hlen, n - ETH_HLEN - ip.hlen, &s->tcp) != WIRE_OK)
		return false;
	true_saddr = ip.saddr;
	true_daddr = ip.daddr;
	s->true_sport = s->tcp.sport;
	s->true_dport = s->tcp.dport;
	journey_inside(j, &true_saddr, &s->true_sport, ip.daddr, s->tcp.dport);
	journey_inside(j, &true_daddr, &s->true_dport, ip.saddr, s->tcp.sport);
	s->saddr = ipv6_addr_v4mapped_of(ip.saddr);
	s->daddr = ipv6_addr_v4mapped_of(ip.daddr);
	s->true_saddr = ipv6_addr_v4mapped_of(true_saddr);
	s->true_daddr = ipv6_addr_v4mapped_of(true_daddr);
	s->payload = (u32)ip.tot_len - ip.hlen - s->tcp.hlen;
	return true;
}

static struct brief_flow *flow_find(struct journey *j, const struct ip6_addr *saddr, u16 sport,
				    const struct ip6_addr *daddr, u16 dport)
{
	for (u32 i = j->nr_flows; i-- > 0;) {
		struct brief_flow *f = &j->flows[i];

		if (f->sport == sport && f->dport == dport && ipv6_addr_equal(&f->saddr, saddr) &&
		    ipv6_addr_equal(&f->daddr, daddr))
			return f;
	}
	return NULL;
}

static struct brief_flow *flow_get(struct journey *j, const struct segment *s)
{
	struct brief_flow *f = flow_find(j, &s->true_saddr, s->true_sport, &s->true_daddr,
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
	put_endpoint(sb, &s->daddr, s->tcp.dport);
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
	struct brief_flow *back = flow_find(j, &s->true_daddr, s->true_dport, &s->true_saddr,
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

/* What is sent again may be cut in another way: the path's MTU was smaller. */
static void flow_count(struct brief_flow *f, const struct segment *s)
{
	u32 end = s->tcp.seq + s->payload;
	s32 fresh;

	if (!f->segments)
		f->next = s->tcp.seq;
	f->segments++;
	fresh = (s32)(end - f->next);
	if (fresh <= 0) {
		f->again++;
		return;
	}
	f->bytes += min((u32)fresh, s->payload);
	f->next = end;
}

/* A frame leaves a machine; only its first machine tells of it. */
void journey_brief_sent(struct journey *j, const struct ln_trace_event *ev)
{
	struct brief_flow *f;
	struct segment s;
	u64 id;

	if (!ev->packet || !parse_segment(j, ev, &s))
		return;
	/* Retransmissions keep the id; what routers send on does too, but comes from others, who
	 * may see it twice: a hairpin. */
	id = ev->packet ^ (u64)s.tcp.seq << 32;	/* several segments may have been one packet */
	if (journey_first_time(j, TOLD_PACKET, "", id))
		journey_first_time(j, TOLD_SENDER, ev->node, id);
	else if (!journey_was_told(j, TOLD_SENDER, ev->node, id))
		return;
	f = flow_get(j, &s);
	if (!f)
		return;
	if (s.payload) {
		if (!f->segments)
			tell_first_data(j, ev, &s);
		flow_count(f, &s);
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
		put_endpoint(&sb, &f->saddr, f->sport);
		sb_puts(&sb, " -> ");
		put_endpoint(&sb, &f->daddr, f->dport);
		sb_puts(&sb, ": ");
		put_flow_sum(&sb, f, "went");
		journey_line_end(j, &sb);
	}
}

/* SPDX-License-Identifier: MIT */
/* The peer's half of a tcp_life: what it sends, and what it makes of what it gets. */
#include <stdio.h>
#include <string.h>

#include "harness/tcp_life.h"
#include "harness/tcp_line.h"
#include "transport/tcp/tcp_minisocks.h"
#include "wire/ipv4.h"

static void tell(struct tcp_life *l, char dir, const u8 *seg, u32 len)
{
	char text[512];
	struct tcp_line t;

	if (!tcp_line_read(&t, seg, len))
		return;
	t.dir = dir;
	tcp_line_print(&t, text, sizeof(text));
	fprintf(stderr, "%4u %14.6f %5u %5u %s\n", l->step, (double)l->now / 1e9, t.sport, t.dport,
		text);
}

/* ---- what comes out ---- */

static struct life_flow *flow_of(struct tcp_life *l, bool v6, u16 num, be16 dport)
{
	return &l->flow[(num * 31u + be16_to_cpu(dport) + v6 * 257u) % LIFE_FLOWS];
}

/* There may have been no memory to send its SYN; a peer who guesses is answered all the same. */
static void learn_iss(struct tcp_life *l, const struct sock_common *c, u32 iss)
{
	*flow_of(l, c->v6, c->num, c->dport) =
		(struct life_flow){ c->num, c->dport, c->v6, true, iss };
}

static void check_payload(struct tcp_life *l, bool v6, const struct tcp_view *v, const u8 *p,
			  u32 len)
{
	struct life_flow *f = flow_of(l, v6, v->sport, cpu_to_be16(v->dport));

	if (v->flags & TCPHDR_SYN) {
		*f = (struct life_flow){ v->sport, cpu_to_be16(v->dport), v6, true, v->seq };
		return;
	}
	if (!f->known || f->v6 != v6 || f->num != v->sport || f->dport != cpu_to_be16(v->dport))
		return;
	if (v->flags & TCPHDR_RST && len)
		life_fail(l, "a RST with data was sent", NULL);
	for (u32 i = 0; i < len; i++)
		if (p[i] != life_from_user(v->seq + i - f->iss - 1))
			life_fail(l, "a byte was sent that nobody wrote there", NULL);
}

void life_frame_out(struct tcp_life *l, const u8 *frame, u32 len)
{
	struct family_packet p;
	struct tcp_view v;
	enum family_kind kind = family_parse(frame, len, &p);

	if (kind == FAMILY_MALFORMED)
		life_fail(l, "a malformed IP packet was sent", NULL);
	if (kind == FAMILY_OTHER)
		return;
	if (tcp_parse(p.tcp, p.len, &v) != WIRE_OK)
		life_fail(l, "a malformed TCP header was sent", NULL);
	if (l->verbose)
		tell(l, '>', p.tcp, p.len);
	if (!p.sum_ok)
		life_fail(l, "a wrong TCP checksum was sent", NULL);
	check_payload(l, p.v6, &v, p.tcp + v.hlen, p.len - v.hlen);
}

/* ---- frames in ---- */

static void send_seg(struct tcp_life *l, struct life_seg *s)
{
	u8 seg[LIFE_FRAME_MAX];
	struct tcp_view v = {
		.sport = be16_to_cpu(s->dport), .dport = s->num, .seq = s->seq, .ack_seq = s->ack,
		.window = s->win, .urg_ptr = s->urg, .flags = s->flags, .opts = s->opts,
	};
	u32 at = s->seq + !!(s->flags & TCPHDR_SYN), len;

	while (s->opts_len % 4)
		s->opts[s->opts_len++] = TCPOPT_NOP;
	v.hlen = (u8)(TCP_HLEN + s->opts_len);
	s->len = min(s->len, (s->v6 ? 1440u : 1460u) - s->opts_len);
	tcp_build(seg, &v);
	for (u32 i = 0; i < s->len; i++)
		seg[v.hlen + i] = life_from_peer(at + i);
	len = v.hlen + s->len;
	((struct tcphdr *)(void *)seg)->check = life_tcp_check(s->v6, seg, len);
	if (life_one_in(l, 200))
		seg[16] ^= 1;
	if (s->flags & TCPHDR_URG)
		l->urgent = true;
	if (l->verbose)
		tell(l, '<', seg, len);
	life_send_ip(l, s->v6, seg, len, IP_PROTO_TCP);
}

/* ---- options ---- */

static void opt_bytes(struct life_seg *s, const u8 *p, u8 n)
{
	if (s->opts_len + n > TCP_OPTLEN_MAX)
		return;
	memcpy(s->opts + s->opts_len, p, n);
	s->opts_len = (u8)(s->opts_len + n);
}

static void opt_ts(struct life_seg *s, u32 val, u32 ecr)
{
	u8 o[12] = { TCPOPT_NOP, TCPOPT_NOP, TCPOPT_TIMESTAMP, TCPOLEN_TIMESTAMP };

	put_be32(o + 4, val);
	put_be32(o + 8, ecr);
	opt_bytes(s, o, sizeof(o));
}

static void opt_sack(struct life_seg *s, const struct tcp_sack_block *b, unsigned n)
{
	u8 o[4 + 8 * TCP_MAX_SACKS] = { TCPOPT_NOP, TCPOPT_NOP, TCPOPT_SACK, (u8)(2 + 8 * n) };

	for (unsigned i = 0; i < n; i++) {
		put_be32(o + 4 + 8 * i, b[i].start);
		put_be32(o + 8 + 8 * i, b[i].end);
	}
	opt_bytes(s, o, (u8)(4 + 8 * n));
}

/* Any kind, any length, right or wrong. */
static void opt_junk(struct tcp_life *l, struct life_seg *s)
{
	u8 o[TCP_OPTLEN_MAX], n = (u8)(1 + life_below(l, TCP_OPTLEN_MAX));

	for (u8 i = 0; i < n; i++)
		o[i] = (u8)(life_one_in(l, 3) ? life_below(l, 256) : life_below(l, 12));
	opt_bytes(s, o, n);
}

/* A number that lies somewhere in what is in flight, mostly where a segment begins. */
static u32 somewhere_sent(struct tcp_life *l, const struct tcp_sock *tp)
{
	const struct sk_buff *skb = skb_peek(&tp->rtxq.q);

	if (!skb || life_one_in(l, 4))
		return tp->snd_una + life_below(l, tp->snd_nxt - tp->snd_una + 1);
	for (u32 i = life_below(l, min(tp->rtxq.q.qlen, 64u)); i; i--)
		skb = skb->next;
	return TCP_SKB_CB(skb)->seq + life_below(l, 3) * tcp_skb_seglen(skb);
}

static void opt_some_sacks(struct tcp_life *l, const struct tcp_sock *tp, struct life_seg *s)
{
	struct tcp_sack_block b[TCP_MAX_SACKS];
	unsigned n = 1 + life_below(l, tp->tstamp_ok ? 3 : 4);

	for (unsigned i = 0; i < n; i++) {
		b[i].start = life_near(l, somewhere_sent(l, tp));
		b[i].end = life_near(l, b[i].start + (1 + life_below(l, 3)) * tp->mss_cache);
	}
	if (life_one_in(l, 6)) {	/* D-SACK, true or not */
		b[0].start = life_near(l, s->ack - life_below(l, 3000));
		b[0].end = life_near(l, b[0].start + life_below(l, 1500));
	}
	opt_sack(s, b, n);
}

static void add_options(struct tcp_life *l, const struct tcp_sock *tp, struct life_seg *s)
{
	if (life_one_in(l, 30)) {
		opt_junk(l, s);
		return;
	}
	if (tp->tstamp_ok && !life_one_in(l, 16))
		opt_ts(s, life_near(l, tp->ts_recent + life_below(l, 20)),
		       life_near(l, tcp_ts_clock(l->net) + tp->tsoffset - life_below(l, 200)));
	if (tcp_is_sack(tp) && tp->rtxq.packets_out && !life_one_in(l, 3))
		opt_some_sacks(l, tp, s);
}

/* ---- to a connection ---- */

static const u8 flag_sets[] = {
	TCPHDR_ACK | TCPHDR_FIN, TCPHDR_SYN, TCPHDR_SYN | TCPHDR_ACK, TCPHDR_RST,
	TCPHDR_RST | TCPHDR_ACK, TCPHDR_ACK | TCPHDR_PSH, TCPHDR_ACK | TCPHDR_URG, TCPHDR_FIN,
	TCPHDR_ACK | TCPHDR_FIN | TCPHDR_URG, TCPHDR_ACK | TCPHDR_ECE, TCPHDR_ACK | TCPHDR_CWR,
};

static u8 some_flags(struct tcp_life *l)
{
	if (!life_one_in(l, 6))
		return TCPHDR_ACK | (life_one_in(l, 4) ? TCPHDR_PSH : 0);
	if (life_one_in(l, 4))
		return (u8)life_below(l, 256);
	return flag_sets[life_below(l, ARRAY_SIZE(flag_sets))];
}

/* The answer to its SYN, or something like it. */
static void to_syn_sent(struct tcp_life *l, const struct tcp_sock *tp, struct life_seg *s)
{
	static const u32 isns[] = { 1000, 0xfffffff0u, 0x7fffff00u, 0 };

	s->seq = isns[life_below(l, ARRAY_SIZE(isns))];
	s->ack = life_near(l, tp->snd_nxt);
	s->flags = life_one_in(l, 4) ? some_flags(l) :
		   life_one_in(l, 4) ? TCPHDR_SYN : TCPHDR_SYN | TCPHDR_ACK;
	s->len = life_one_in(l, 8) ? life_below(l, 1400) : 0;
	opt_bytes(s, (u8[]){ TCPOPT_MSS, 4, (u8)life_below(l, 7), (u8)life_below(l, 256) }, 4);
	if (life_below(l, 3))
		opt_bytes(s, (u8[]){ TCPOPT_SACK_PERM, 2, TCPOPT_NOP, TCPOPT_NOP }, 4);
	if (life_below(l, 3))
		opt_ts(s, life_near(l, 100), tcp_ts_clock(l->net) + tp->tsoffset);
	if (life_below(l, 3))
		opt_bytes(s, (u8[]){ TCPOPT_NOP, TCPOPT_WINDOW, 3, (u8)life_below(l, 17) }, 4);
}

/* What an honest peer would do next: acknowledge, or send on. */
static void honest(struct tcp_life *l, const struct tcp_sock *tp, struct life_seg *s)
{
	s->seq = tp->rcv_nxt;
	s->ack = life_one_in(l, 3) ? somewhere_sent(l, tp) : tp->snd_nxt;
	s->len = life_one_in(l, 3) ? 0 : 1 + life_below(l, 1400);
	s->flags = TCPHDR_ACK | (life_one_in(l, 60) ? TCPHDR_FIN : 0);
}

static void bent(struct tcp_life *l, const struct tcp_sock *tp, struct life_seg *s)
{
	u32 window = tcp_receive_window(&tp->rwin, tp->rcv_nxt), at = 0;

	if (life_one_in(l, 3))		/* behind a hole, often a small one */
		at = life_below(l, life_one_in(l, 3) ? window + 2 : min(window + 1, 8000u));
	else if (life_one_in(l, 6))	/* the edges of the window */
		at = window + life_below(l, 3) - 1;
	else if (life_one_in(l, 6))
		at = 0u - life_below(l, 3000);
	s->seq = life_near(l, tp->rcv_nxt + at);
	s->ack = life_near(l, somewhere_sent(l, tp));
	s->flags = some_flags(l);
	s->len = life_below(l, 3) ? 0 : life_below(l, life_one_in(l, 3) ? 8 : 1400);
	s->urg = (u16)(s->flags & TCPHDR_URG ? life_below(l, 4000) : 0);
}

static void to_sock(struct tcp_life *l, const struct tcp_sock *tp)
{
	struct life_seg s = {
		.num = tp->sk.c.num, .dport = tp->sk.c.dport, .v6 = tp->sk.c.v6,
		.win = (u16)(life_one_in(l, 5) ? life_below(l, 3) : life_below(l, 65536)),
	};

	learn_iss(l, &tp->sk.c, tp->iss);
	if (tp->sk.c.state == TCP_SYN_SENT) {
		to_syn_sent(l, tp, &s);
	} else {
		if (life_below(l, 2))
			honest(l, tp, &s);
		else
			bent(l, tp, &s);
		add_options(l, tp, &s);
	}
	send_seg(l, &s);
}

static void to_request(struct tcp_life *l, const struct request_sock *req)
{
	struct life_seg s = {
		.num = req->c.num, .dport = req->c.dport, .v6 = req->c.v6,
		.seq = life_near(l, req->rcv_nxt), .ack = life_near(l, req->snt_isn + 1),
		.win = (u16)life_below(l, 65536), .flags = some_flags(l),
		.len = life_below(l, 3) ? 0 : life_below(l, 1400),
	};

	learn_iss(l, &req->c, req->snt_isn);
	if (req->tstamp_ok && !life_one_in(l, 8))
		opt_ts(&s, life_near(l, req->ts_recent + 1), tcp_ts_clock(l->net) + req->tsoff);
	send_seg(l, &s);
}

static void to_timewait(struct tcp_life *l, const struct tcp_timewait_sock *tw)
{
	struct life_seg s = {
		.num = tw->b.c.num, .dport = tw->b.c.dport, .v6 = tw->b.c.v6,
		.seq = life_near(l, tw->rcv_nxt),
		.ack = life_near(l, tw->snd_nxt), .win = (u16)life_below(l, 65536),
		.flags = life_one_in(l, 3) ? TCPHDR_SYN : some_flags(l),
		.len = life_below(l, 3) ? 0 : life_below(l, 1400),
	};

	if (tw->tstamp_ok && !life_one_in(l, 8))
		opt_ts(&s, life_near(l, tw->ts_recent + 1), tcp_ts_clock(l->net) + tw->tsoffset);
	send_seg(l, &s);
}

/* ---- to nobody in particular ---- */

static void to_listener(struct tcp_life *l)
{
	struct life_seg s = {
		.num = LIFE_PORT, .dport = cpu_to_be16((u16)(5000 +
							 life_below(l, LIFE_PEER_PORTS))),
		.flags = life_one_in(l, 16) ? some_flags(l) : TCPHDR_SYN,
		.win = (u16)life_below(l, 65536), .v6 = l->ipv6 && life_one_in(l, 2),
		.len = life_one_in(l, 16) ? life_below(l, 500) : 0,
	};

	s.seq = life_one_in(l, 2) ? 0xfffffe00u : life_near(l, 1000);
	if (life_one_in(l, 20))
		opt_junk(l, &s);
	opt_bytes(&s, (u8[]){ TCPOPT_MSS, 4, (u8)life_below(l, 7), (u8)life_below(l, 256) }, 4);
	if (life_below(l, 2))
		opt_bytes(&s, (u8[]){ TCPOPT_SACK_PERM, 2, TCPOPT_NOP, TCPOPT_NOP }, 4);
	if (life_below(l, 2))
		opt_ts(&s, life_near(l, 100), 0);
	if (life_below(l, 2))
		opt_bytes(&s, (u8[]){ TCPOPT_NOP, TCPOPT_WINDOW, 3, (u8)life_below(l, 17) }, 4);
	send_seg(l, &s);
}

/* ---- which ---- */

static struct sock_common *some_entry(struct tcp_life *l)
{
	struct inet_table *t = &l->net->tcp->hash.ehash;
	struct hlist_head *chain;
	struct sock_common *c;
	u32 n;

	if (!t->count)
		return NULL;
	n = life_below(l, min(t->count, 256u));
	for (u64 i = 0; (chain = inet_table_chain(t, i)); i++)
		hlist_for_each_entry(c, chain, node)
			if (!n--)
				return c;
	return NULL;
}

static void to_entry(struct tcp_life *l, struct sock_common *c)
{
	const struct tcp_sock *tp = tcp_oracle_sock(c, &l->view);

	if (!tp && c->state == TCP_TIME_WAIT)
		to_timewait(l, inet_twsk(c));
	else if (!tp)
		to_request(l, inet_reqsk(c));
	else if (life_one_in(l, 40))
		life_icmp_error(l, c, life_near(l, somewhere_sent(l, tp)));
	else
		to_sock(l, tp);
}

void life_segment(struct tcp_life *l)
{
	struct sock_common *c = some_entry(l);

	if (!c || life_one_in(l, 12)) {
		to_listener(l);
		return;
	}
	if (life_one_in(l, 16)) {
		struct life_frame *f = &l->replay[life_below(l, LIFE_REPLAYS)];

		if (f->len)
			life_frame_in(l, f->bytes, f->len);
		return;
	}
	to_entry(l, c);
}

/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_pack.h"

#include "base/assert.h"
#include "transport/tcp/tcp_ecn.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_ipv4.h"

#define FIELDS_MAX 192u
#define GROUPS (FIELDS_MAX / 8)
#define GROUPS_BYTES (GROUPS / 8)

/*
 *	3 bytes		which of the groups of 8 fields have one that is not as guessed
 *	0 to 24 bytes	of each of these groups: which fields
 *	...		the differences
 */
struct coder {
	u8 bits[GROUPS];
	u32 field;		/* the next one */
	u8 *out;		/* writing: the differences go here; NULL: reading */
	const u8 *in;
};

/* ---- one field ---- */

static void put_varint(struct coder *c, u64 v)
{
	for (; v >= 0x80; v >>= 7)
		*c->out++ = (u8)(v | 0x80);
	*c->out++ = (u8)v;
}

static u64 get_varint(struct coder *c)
{
	u64 v = 0;

	for (unsigned shift = 0;; shift += 7) {
		u8 b = *c->in++;

		v |= (u64)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
	}
}

/* diff: value minus guess, when writing. The same, when reading. */
static s64 code_diff(struct coder *c, s64 diff)
{
	u8 *bits = &c->bits[c->field / 8], bit = (u8)BIT(c->field % 8);
	u64 zigzag;

	c->field++;
	if (c->out) {
		if (!diff)
			return 0;
		*bits |= bit;
		put_varint(c, (u64)diff << 1 ^ (u64)(diff >> 63));
		return diff;
	}
	if (!(*bits & bit))
		return 0;
	zigzag = get_varint(c);
	return (s64)(zigzag >> 1 ^ -(zigzag & 1));
}

static u64 code64(struct coder *c, u64 value, u64 guess)
{
	return guess + (u64)code_diff(c, (s64)(value - guess));
}

/* Differences go round at 2^32, as sequence numbers and clocks do. */
static u32 code32(struct coder *c, u32 value, u32 guess)
{
	return guess + (u32)code_diff(c, (s32)(value - guess));
}

#define FIELD(f, guess) ((f) = (__typeof__(f))code32(c, (u32)(f), (u32)(guess)))
#define FIELD64(f, guess) ((f) = (__typeof__(f))code64(c, (u64)(f), (u64)(guess)))

/* As it is in memory: a number's length would depend on where the program was loaded. */
static void *code_address(struct coder *c, void *p)
{
	if (!code_diff(c, p != NULL))
		return NULL;
	if (c->out) {
		memcpy(c->out, &p, sizeof(p));
		c->out += sizeof(p);
	} else {
		memcpy(&p, c->in, sizeof(p));
		c->in += sizeof(p);
	}
	return p;
}

/* ---- the fields, the guessed ones after what they are guessed from ---- */

static void code_bools(struct coder *c, struct tcp_sock *tp)
{
	u32 v = (u32)tp->tstamp_ok | (u32)tp->wscale_ok << 1 | (u32)tp->rec.sack << 2 |
		(u32)(tp->pred_flags != 0) << 3 | (u32)tp->is_cwnd_limited << 4 |
		(u32)tp->app_clamp << 5 | (u32)tp->rec.frto << 6 |
		(u32)tp->rec.tlp_retrans << 7 | (u32)tp->rec.sack_reneg << 8 |
		(u32)tp->rec.rack.dsack_seen << 9 | (u32)tp->rec.rack.advanced << 10 |
		(u32)tp->cong.rate.rate_app_limited << 11 | (u32)tp->ca_chosen << 12 |
		(u32)tp->begun << 13;

	FIELD(v, 0x2c07);
	tp->tstamp_ok = v & 1;
	tp->wscale_ok = v >> 1 & 1;
	tp->rec.sack = v >> 2 & 1;
	if (!c->out)
		tp->pred_flags = v >> 3 & 1;	/* for code_windows(), which sets it */
	tp->is_cwnd_limited = v >> 4 & 1;
	tp->app_clamp = v >> 5 & 1;
	tp->rec.frto = v >> 6 & 1;
	tp->rec.tlp_retrans = v >> 7 & 1;
	tp->rec.sack_reneg = v >> 8 & 1;
	tp->rec.rack.dsack_seen = v >> 9 & 1;
	tp->rec.rack.advanced = v >> 10 & 1;
	tp->cong.rate.rate_app_limited = v >> 11 & 1;
	tp->ca_chosen = v >> 12 & 1;
	tp->begun = v >> 13 & 1;
}

static void code_counts(struct coder *c, struct tcp_sock *tp)
{
	FIELD(tp->segs_in, 2);
	FIELD(tp->segs_out, 1);
	FIELD(tp->data_segs_in, 0);
	FIELD(tp->data_segs_out, 0);
	FIELD64(tp->bytes_acked, 1);
	FIELD64(tp->bytes_received, 0);
	FIELD64(tp->bytes_sent, tp->bytes_acked - (tp->bytes_acked != 0));
	FIELD64(tp->bytes_retrans, 0);
	FIELD(tp->total_retrans, 0);
	FIELD(tp->dsack_dups, 0);
	FIELD(tp->delivered_ce, 0);
	FIELD(tp->rcv_ooopack, 0);
	for (u32 i = 0; i < ARRAY_SIZE(tp->chrono.ns); i++)
		FIELD64(tp->chrono.ns[i], 0);
	FIELD(tp->total_rto, 0);
	FIELD(tp->synack_rto, 0);
	FIELD(tp->total_rto_recoveries, tp->total_rto);
	FIELD(tp->total_rto_ms, 0);
	FIELD(tp->rto_stamp, 0);
}

static void code_sequences(struct coder *c, struct tcp_sock *tp)
{
	FIELD(tp->write_seq, 0);
	FIELD(tp->rcv_nxt, 0);
	tp->snd_una = tp->snd_nxt = tp->write_seq;
	tp->copied_seq = tp->rcv_nxt;
	FIELD(tp->iss, tp->write_seq - (u32)tp->bytes_acked);
	FIELD(tp->irs, tp->rcv_nxt - 1 - (u32)tp->bytes_received);
	FIELD(tp->pushed_seq, tp->write_seq);
	FIELD(tp->snd_sml, tp->pushed_seq - !tp->data_segs_out);
	FIELD(tp->snd_wl1, tp->rcv_nxt - !tp->data_segs_in);
	FIELD(tp->rec.high_seq, 0);
	FIELD(tp->max_packets_out, 0);
	FIELD(tp->max_packets_seq, tp->max_packets_out ? tp->write_seq : 0);
}

/* The path: MTU, MSS; and the clock of timestamps. */
static void code_path(struct coder *c, struct tcp_sock *tp)
{
	u32 ts_len = tp->tstamp_ok ? TCPOLEN_TSTAMP_ALIGNED : 0;

	FIELD(tp->pmtu_cookie, 1500);
	FIELD(tp->advmss, tp->pmtu_cookie - TCP_HLEN - tcp_net_header_len(&tp->sk.c) - ts_len);
	FIELD(tp->mss_clamp, tp->advmss + ts_len);
	FIELD(tp->tcp_header_len, TCP_HLEN + ts_len);
	FIELD(tp->mss_cache, tp->mss_clamp + TCP_HLEN - tp->tcp_header_len);
	FIELD(tp->tsoffset, tp->tstamp_ok ? tcp_ts_hash(&tp->sk.c) : 0);
	FIELD(tp->ts_recent, 0);
}

static void code_sock(struct coder *c, struct sock *sk)
{
	FIELD(sk->flags, 0);
	FIELD(sk->saddr, sk->c.v6 ? 0 : sk->c.rcv_saddr);
	FIELD(sk->inet_flags, 0);
	FIELD(sk->ttl, 0);
	FIELD(sk->tos, 0);
	FIELD(sk->pmtudisc, LN_IP_PMTUDISC_WANT);
	FIELD(sk->err_soft, 0);
	FIELD(sk->mark, 0);
	FIELD(sk->priority, 0);
	FIELD(sk->linger_s, 0);
	FIELD(sk->rcvlowat, 1);
	FIELD64(sk->drops, 0);
	FIELD(sk->rcvbuf, 131072);
	/* tcp_sndbuf_expand() of a new connection */
	FIELD(sk->sndbuf, 2 * TCP_INIT_CWND *
			  (tcp_sk(sk)->mss_clamp + MAX_HEADER + (u32)sizeof(struct sk_buff)));
}

static void code_windows(struct coder *c, struct tcp_sock *tp)
{
	bool predicted = tp->pred_flags;
	be32 bits = tp->pred_flags;

	FIELD(tp->snd_wscale, 7);
	FIELD(tp->rwin.rcv_wscale, 7);
	FIELD(tp->snd_wnd, 65536);
	FIELD(tp->max_window, tp->snd_wnd);
	FIELD(tp->rwin.rcv_wup, tp->rcv_nxt);
	FIELD(tp->rwin.rcv_wnd, 65536);
	FIELD(tp->rwin.rcv_ssthresh, tp->rwin.rcv_wnd);
	FIELD(tp->rwin.window_clamp, tp->sk.rcvbuf / 2);
	tp->accecn = code_address(c, tp->accecn);	/* its flags are predicted, too */
	if (predicted) {
		tcp_fast_path_on(tp);
		FIELD(bits, tp->pred_flags);
		tp->pred_flags = bits;
	} else {
		FIELD(bits, 0);
	}
	FIELD(tp->nonagle, 0);
}

/* Clocks: ns, us, ms and s of one time, unless the connection was used since. */
static void code_clocks(struct coder *c, struct tcp_sock *tp)
{
	u32 ms;

	FIELD64(tp->cong.snd_cwnd_stamp, 0);
	ms = (u32)ktime_to_ms(tp->cong.snd_cwnd_stamp);
	FIELD(tp->lsndtime, ms);
	FIELD(tp->rcv_tstamp, ms);
	FIELD(tp->ack.lrcvtime, ms);
	FIELD(tp->confirm_ms, ms - 1000);
	FIELD(tp->last_oow_ack_time, 0);
	FIELD(tp->retrans_stamp, 0);
	FIELD(tp->ts_recent_stamp_s, tp->tstamp_ok ? ms / 1000 : 0);
	FIELD(tp->rtt.min_rtt.s[0].t, ms);
	FIELD(tp->rcvq_space.time, ktime_to_us(tp->cong.snd_cwnd_stamp));
}

static void code_rtt(struct coder *c, struct tcp_sock *tp)
{
	struct tcp_rtt *r = &tp->rtt;

	FIELD(r->srtt_us, 0);
	FIELD(r->mdev_us, r->srtt_us >> 2);
	FIELD(r->rttvar_us, 200000);
	FIELD(r->mdev_max_us, r->rttvar_us);
	FIELD(r->rtt_seq, tp->write_seq);
	FIELD(r->rto_max_us, TCP_RTO_MAX_US);
	FIELD(r->rto_min_us, TCP_RTO_MIN_US);
	FIELD(r->rto_us, (r->srtt_us >> 3) + r->rttvar_us);
	FIELD(r->min_rtt.s[0].v, r->srtt_us >> 3);
	for (int i = 1; i < 3; i++) {
		FIELD(r->min_rtt.s[i].t, r->min_rtt.s[i - 1].t);
		FIELD(r->min_rtt.s[i].v, r->min_rtt.s[i - 1].v);
	}
}

/* The times of its last segment and ACK, and the rate that this one showed. */
static void code_rate(struct coder *c, struct tcp_sock *tp)
{
	struct tcp_rate *r = &tp->cong.rate;
	bool sent = tp->data_segs_out;

	FIELD(r->now.delivered, tp->data_segs_out + 1);
	FIELD(r->now.app_limited, r->now.delivered ? 0 : UINT32_MAX);
	FIELD(r->now.delivered_us,
	      r->now.delivered ? ktime_to_us(tp->cong.snd_cwnd_stamp) : 0);
	FIELD(r->now.first_tx_us, sent ? r->now.delivered_us - (tp->rtt.srtt_us >> 3) : 0);
	FIELD(tp->rtxq.lost, 0);
	FIELD(r->lost, tp->rtxq.lost);
	FIELD(r->rate_delivered, sent);
	FIELD(r->rate_interval_us, sent ? r->now.delivered_us - r->now.first_tx_us : 0);
}

/* An algorithm's place in the table, or TCP_CA_MAX more for what stands in for it without ECN. */
static u32 algorithm_number(const struct tcp_cong_table *t, const struct tcp_congestion_ops *ops)
{
	for (u32 i = 0; i < t->n; i++) {
		if (t->ops[i] == ops)
			return i;
		if (t->ops[i]->without_ecn == ops)
			return TCP_CA_MAX + i;
	}
	ln_assert(false);
	return 0;
}

static void code_congestion(struct coder *c, struct tcp_sock *tp)
{
	const struct tcp_cong_table *t = &tcp_net(tp)->tcp->cong;
	struct tcp_cong *cong = &tp->cong;
	struct tcp_recovery *rec = &tp->rec;
	u32 algorithm = c->out ? algorithm_number(t, cong->ops) : 0;

	FIELD(algorithm, 1);
	ln_assert(algorithm % TCP_CA_MAX < t->n);
	cong->ops = t->ops[algorithm % TCP_CA_MAX];
	if (unlikely(algorithm >= TCP_CA_MAX))
		cong->ops = cong->ops->without_ecn;
	cong->priv = code_address(c, cong->priv);
	cong->pacing = code_address(c, cong->pacing);
	FIELD(cong->snd_cwnd, TCP_INIT_CWND);
	FIELD(cong->snd_ssthresh, TCP_INFINITE_SSTHRESH);
	FIELD(cong->snd_cwnd_cnt, 0);
	FIELD(cong->prior_cwnd, 0);
	FIELD(cong->snd_cwnd_used, 0);
	FIELD(cong->snd_cwnd_clamp, 0);
	FIELD(rec->undo_marker, 0);
	FIELD(rec->undo_retrans, -1);
	FIELD(rec->prior_ssthresh, 0);
	FIELD(rec->prr_delivered, 0);
	FIELD(rec->prr_out, 0);
	FIELD(rec->retrans_ts, 0);
	FIELD(rec->tlp_high_seq, 0);
	FIELD(rec->reord_seen, 0);
	FIELD(rec->reordering, 3);
	FIELD(rec->ca_state, TCP_CA_Open);
	FIELD(tp->ecn_flags, 0);
	FIELD(rec->cwr, tp->ecn_flags & TCP_ECN_MODE_RFC3168 ? TCP_CWR_TOLD : TCP_CWR_NOT_TOLD);
}

static void code_rack(struct coder *c, struct tcp_sock *tp)
{
	struct tcp_rack *k = &tp->rec.rack;

	FIELD(k->rtt_us, tp->rtt.srtt_us >> 3);
	FIELD64(k->reo_adjusted, 0);
	FIELD(k->reo_wnd_steps, 1);
	FIELD(k->reo_wnd_persist, 0);
}

static void code_receiver(struct coder *c, struct tcp_sock *tp)
{
	struct tcp_rcv_space *s = &tp->rcvq_space;
	struct tcp_ack_state *a = &tp->ack;

	FIELD(a->pending, 0);
	FIELD(a->quick, 0);
	FIELD(a->pingpong, 0);
	FIELD(a->rcv_mss, TCP_MSS_DEFAULT);
	FIELD(a->last_seg_size, 0);
	FIELD(a->ato_ms, 0);
	FIELD(a->delack_max_ms, TCP_DELACK_MAX_MS);
	FIELD(s->rtt_us, 0);
	FIELD(s->rtt_seq, 0);
	FIELD(s->rtt_time, 0);
	FIELD(s->last_tsecr, 0);
	FIELD(s->space, min(tp->rwin.rcv_wnd, TCP_INIT_CWND * (u32)tp->advmss));
	FIELD(s->seq, tp->rcv_nxt);
}

static void code_rest(struct coder *c, struct tcp_sock *tp)
{
	FIELD(tp->tm.retransmits, 0);
	FIELD(tp->tm.backoff, 0);
	FIELD(tp->tm.probes_out, 0);
	FIELD(tp->tm.probes_ms, 0);
	FIELD(tp->frag_off, 0);
	tp->cold = code_address(c, tp->cold);
}

static void code_all(struct coder *c, struct tcp_sock *tp)
{
	code_bools(c, tp);
	code_counts(c, tp);
	code_sequences(c, tp);
	code_path(c, tp);
	code_sock(c, &tp->sk);
	code_windows(c, tp);
	code_clocks(c, tp);
	code_rtt(c, tp);
	code_rate(c, tp);
	code_congestion(c, tp);
	code_rack(c, tp);
	code_receiver(c, tp);
	code_rest(c, tp);
	ln_assert(c->field <= FIELDS_MAX);
}

/* ---- all of them ---- */

u32 tcp_pack(const struct tcp_sock *tp, u8 *out)
{
	u8 diffs[TCP_PACK_MAX], *at = out + GROUPS_BYTES;
	struct coder c = { .out = diffs };
	u32 n;

	/* Written to as well: each field with the value that it has. */
	code_all(&c, (struct tcp_sock *)(uintptr_t)tp);
	memset(out, 0, GROUPS_BYTES);
	for (u32 i = 0; i < GROUPS; i++) {
		if (!c.bits[i])
			continue;
		out[i / 8] |= (u8)BIT(i % 8);
		*at++ = c.bits[i];
	}
	n = (u32)(c.out - diffs);
	memcpy(at, diffs, n);
	return (u32)(at - out) + n;
}

void tcp_unpack(struct tcp_sock *tp, const u8 *in)
{
	struct coder c = { .in = in + GROUPS_BYTES };

	for (u32 i = 0; i < GROUPS; i++) {
		if (in[i / 8] & BIT(i % 8))
			c.bits[i] = *c.in++;
	}
	code_all(&c, tp);
}

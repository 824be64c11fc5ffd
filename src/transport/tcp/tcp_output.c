/* SPDX-License-Identifier: MIT */
/*
 * What may leave now (row T6): by the congestion window, the peer's window, Nagle's rule and the
 * MSS, in that order; and the segments that are made for a purpose: probe, FIN, RST, ACK.
 */
#include "transport/tcp/tcp_output.h"

#include "base/assert.h"
#include "base/trace.h"
#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_loss.h"
#include "transport/tcp/tcp_pacing.h"
#include "transport/tcp/tcp_plain.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_tlp.h"
#include "transport/tcp/tcp_tso.h"
#include "transport/tcp/tcp_user.h"

/* ---- MSS ---- */

u32 tcp_mtu_to_mss(const struct tcp_sock *tp, u32 pmtu)
{
	u32 least = (u32)tcp_net(tp)->sysctl.tcp_min_snd_mss, mss;
	u32 headers = tcp_net_header_len(&tp->sk.c) + TCP_HLEN;

	mss = pmtu > headers ? pmtu - headers : 0;
	mss = min_t(u32, mss, tp->mss_clamp);
	mss = max(mss - min(mss, tcp_ext_hdr_len(&tp->sk)), least);
	/* Options take their room from it (RFC 6691). */
	return mss - (tp->tcp_header_len - TCP_HLEN);
}

u32 tcp_sync_mss(struct tcp_sock *tp, u32 pmtu)
{
	u32 mss = tcp_mtu_to_mss(tp, pmtu), cutoff = tp->max_window;

	/* Not more than half of the largest window: else one segment fills it, and each waits for
	 * the ACK of the one before (RFC 9293 3.8.6.2.1). */
	if (cutoff > TCP_MSS_DEFAULT)
		cutoff >>= 1;
	if (cutoff && mss > cutoff)
		mss = max(cutoff, 68u - tp->tcp_header_len);
	tp->pmtu_cookie = pmtu;
	if (unlikely(tp->cold))
		mss = tcp_mtup_bound_mss(tp, pmtu, mss);
	tp->mss_cache = (u16)mss;
	return mss;
}

/* Without what the options beside the timestamp take. */
static __noinline u32 mss_with_options(struct tcp_sock *tp, u32 mss)
{
	if (unlikely(tcp_ecn_mode_accecn(tp)))
		return mss - tcp_accecn_room(tp);
	if (unlikely(tp->auth))
		mss -= min(mss - 1, tcp_md5_room(tp->auth, &tp->sk.c));
	if (unlikely(tp->ooo)) {
		u32 blocks = min_t(u32, tp->ooo->num_sacks + tp->ooo->dsack, tcp_max_sacks(tp));

		if (blocks)
			mss -= TCPOLEN_SACK_BASE_ALIGNED + blocks * TCPOLEN_SACK_PERBLOCK;
	}
	return mss;
}

static __noinline u32 mss_of_path(struct tcp_sock *tp, u32 mtu)
{
	return mss_with_options(tp, tcp_sync_mss(tp, mtu));
}

u32 tcp_current_mss(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 mtu = likely(sk->dst) ? tcp_path_mtu(sk) : tp->pmtu_cookie;

	if (unlikely(mtu != tp->pmtu_cookie))
		return mss_of_path(tp, mtu);
	return tcp_is_plain(tp) ? tp->mss_cache : mss_with_options(tp, tp->mss_cache);
}

u16 tcp_advertise_mss(const struct sock *sk)
{
	u32 mtu = sk->dst ? tcp_path_mtu(sk) : 1500;
	u32 mss = tcp_dst_advmss(sk->dst, mtu, tcp_net_header_len(&sk->c) + TCP_HLEN);
	u32 user = tcp_cold(tcp_sk(sk))->user_mss;

	return (u16)(user && user < mss ? user : mss);
}

u32 tcp_select_other_window(struct sock *sk, u32 free_space)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_win_in in = {
		.free_space = free_space, .full_space = tcp_full_space(sk),
		.rcv_mss = tp->ack.rcv_mss, .advmss = tp->advmss,
		.pressure = tcp_under_memory_pressure(sock_net(sk)),
	};

	/* A buffer half full: ACKs at once would make the peer send faster. */
	if (unlikely(in.free_space < min(tp->rwin.window_clamp, in.full_space) / 2))
		tp->ack.quick = 0;
	return tcp_window_candidate(&tp->rwin, &in);
}

/* ---- what may leave ---- */

bool tcp_snd_wnd_test(const struct tcp_sock *tp, const struct sk_buff *skb, u32 mss)
{
	u32 end_seq = TCP_SKB_CB(skb)->end_seq;

	if (skb->len > mss)
		end_seq = TCP_SKB_CB(skb)->seq + mss;
	return !after(end_seq, tcp_wnd_end(tp));
}

static bool nagle_test(const struct tcp_sock *tp, const struct sk_buff *skb, u32 mss, u8 nonagle)
{
	if (nonagle & TCP_NAGLE_PUSH || skb->len >= mss)
		return true;
	if ((tp->cold && tp->cold->urg_mode) || TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN)
		return true;
	if (nonagle & TCP_NAGLE_CORK)
		return false;
	return nonagle || !tp->rtxq.packets_out || !tcp_minshall_check(tp);
}

int tcp_fragment_unsent(struct sock *sk, struct sk_buff *skb, u32 len)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb), *rcb;
	struct sk_buff *rest = tcp_alloc_skb(sock_net(sk), cb->seq + len, cb->tcp_flags);

	if (!rest)
		return -ENOMEM;
	rcb = TCP_SKB_CB(rest);
	rcb->end_seq = cb->end_seq;
	cb->end_seq = rcb->seq;
	cb->tcp_flags &= (u8)~(TCPHDR_FIN | TCPHDR_PSH);
	rcb->sacked |= cb->sacked & TCPCB_EOR;
	cb->sacked &= (u8)~TCPCB_EOR;
	skb_split(skb, rest, len);
	tcp_wmem_charge(tp, sizeof(*rest));
	skb_queue_insert_after(&tp->write_queue, skb, rest);
	return 0;
}

void tcp_event_new_data_sent(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	skb_unlink(skb, &tp->write_queue);
	tp->snd_nxt = TCP_SKB_CB(skb)->end_seq;
	tcp_rtxq_append(&tp->rtxq, skb);
	mib_add(sock_net(sk), TcpExtTCPOrigDataSent, tcp_skb_pcount(skb));
}

/* cwnd is larger than what the path showed that it takes. */
static void application_limited(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	ktime_t now = sock_net(sk)->now;

	if (!sock_net(sk)->sysctl.tcp_slow_start_after_idle || tcp_cong_models(&tp->cong) ||
	    now - tp->cong.snd_cwnd_stamp < us_to_ktime(tp->rtt.rto_us))
		return;
	/* Where the send buffer is what was too small, more is to come. */
	if (tp->rec.ca_state == TCP_CA_Open && !sock_flag(sk, SOCK_DEAD) &&
	    !sock_flag(sk, SOCK_NOSPACE))
		tcp_cwnd_application_limited(&tp->cong, tcp_init_cwnd(tp));
	tp->cong.snd_cwnd_stamp = now;
}

static __always_inline void cwnd_validate(struct sock *sk, bool is_cwnd_limited)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 out = tp->rtxq.packets_out;

	/* Whether cwnd was what ended a flight of this window; if not, the largest flight. */
	if (!before(tp->snd_una, tp->max_packets_seq) || is_cwnd_limited ||
	    (!tp->is_cwnd_limited && out > tp->max_packets_out)) {
		tp->is_cwnd_limited = is_cwnd_limited;
		tp->max_packets_out = out;
		tp->max_packets_seq = tp->snd_nxt;
	}
	if (tcp_is_cwnd_limited(tp)) {
		tp->cong.snd_cwnd_used = 0;
		tp->cong.snd_cwnd_stamp = sock_net(sk)->now;
		return;
	}
	/* Nothing is left and the window is not full: the user has not had the room for more. */
	if (unlikely(sock_flag(sk, SOCK_NOSPACE)) && !tcp_send_head(sk) &&
	    tcp_state_in(sk, TCPF(ESTABLISHED) | TCPF(CLOSE_WAIT)))
		tcp_chrono_start(&tp->chrono, TCP_CHRONO_SNDBUF_LIMITED, sock_net(sk)->now);
	tp->cong.snd_cwnd_used = max(tp->cong.snd_cwnd_used, out);
	application_limited(sk);
}

void tcp_slow_start_after_idle_check(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	ktime_t idle = ms_to_ktime((s64)(tcp_ms(sock_net(sk)) - tp->lsndtime));

	if (tp->rtxq.packets_out || !sock_net(sk)->sysctl.tcp_slow_start_after_idle)
		return;
	if (idle > us_to_ktime(tp->rtt.rto_us))
		tcp_cwnd_restart(&tp->cong, tcp_init_cwnd(tp), sock_net(sk)->now, idle,
				 tp->rtt.rto_us);
}

/* After new data: the loss probe where one may be sent, or the RTO of what is first in flight. */
static void arm_after_send(struct sock *sk, u32 prior_out, bool may_probe)
{
	/* What was sent first now is the head: its RTO begins now. */
	if (may_probe && tcp_schedule_loss_probe(sk, !prior_out))
		return;
	if (!prior_out || tcp_sk(sk)->tm.event == ICSK_TIME_LOSS_PROBE)
		tcp_rearm_rto(sk);
}

/* Sends skb, the head of the write queue; the caller sets the timer. */
static bool send_head(struct sock *sk, struct sk_buff *skb)
{
	if (unlikely(tcp_transmit_skb(sk, skb, true)))
		return false;
	tcp_event_new_data_sent(sk, skb);
	return true;
}

static void trace_xmit(struct sock *sk, u32 sent, u32 mss, const char *why)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	trace_net(sock_net(sk), tcp_write_xmit, sent, tp->cong.snd_cwnd,
		  tcp_packets_in_flight(&tp->rtxq), tp->snd_wnd, mss, TRACE_STR(why));
}

struct xmit {
	u32 mss;
	u32 max_segs;		/* that leave as one; 0 = not asked yet */
	u8 nonagle;
	u8 mode;		/* enum tcp_xmit_mode */
	bool cwnd_limited, rwnd_limited;
};

/* skb is several segments: it is cut to as many as may leave. NULL, or why none may. */
static const char *hold_back_segs(struct sock *sk, struct sk_buff *skb, u32 quota, struct xmit *x)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 limit = x->mss;

	if (!x->max_segs)
		x->max_segs = tcp_tso_segs(tp, x->mss);
	if (x->mode == TCP_XMIT_ALL) {
		enum tcp_tso_defer defer = tcp_tso_should_defer(tp, skb, x->max_segs);

		x->cwnd_limited |= defer == TCP_TSO_DEFER_CWND;
		if (defer != TCP_TSO_SEND)
			return "more can leave at once soon";
	}
	/* An urgent pointer is one segment's. */
	if (likely(!tp->cold || !tp->cold->urg_mode))
		limit = tcp_mss_split_point(tp, skb, x->mss, min(quota, x->max_segs), x->nonagle);
	if (skb->len <= limit)
		return NULL;
	if (unlikely(tcp_fragment_unsent(sk, skb, limit)))
		return "no memory";
	tcp_set_skb_tso_segs(skb, x->mss);
	return NULL;
}

/* How much of the congestion window one packet may take: half, so that ACKs come in between. */
static u32 cwnd_quota(const struct tcp_sock *tp, u32 in_flight)
{
	return min(tp->cong.snd_cwnd - in_flight, max(tp->cong.snd_cwnd >> 1, 1u));
}

/* Linux's tcp_grow_skb(): what stands behind skb goes along, up to `most` bytes in all. */
static __noinline void grow_skb(struct sock *sk, struct sk_buff *skb, u32 most)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct sk_buff *next = skb->next;

	if (cb->sacked & TCPCB_EOR || cb->tcp_flags & TCPHDR_SYN ||
	    (skb->len + next->len > most && tcp_fragment_unsent(sk, next, most - skb->len)) ||
	    !skb_shift(skb, next))
		return;
	cb->end_seq = TCP_SKB_CB(next)->end_seq;
	cb->tcp_flags |= TCP_SKB_CB(next)->tcp_flags;
	cb->sacked |= TCP_SKB_CB(next)->sacked & TCPCB_EOR;
	skb_unlink(next, &tp->write_queue);
	consume_skb(next);
	tcp_wmem_uncharge(tp, sizeof(*skb));
}

/* More waits behind skb: it takes as much of that along as may leave as one. */
static __noinline void fill_skb(struct sock *sk, struct sk_buff *skb, u32 quota, struct xmit *x)
{
	u32 most;

	if (!x->max_segs)
		x->max_segs = tcp_tso_segs(tcp_sk(sk), x->mss);
	most = min(quota, x->max_segs) * x->mss;
	if (unlikely(skb->len < most))
		grow_skb(sk, skb, most);
}

/* skb, the head of the write queue, is cut to what may leave now. NULL, or why it must stay. */
static const char *hold_back(struct sock *sk, struct sk_buff *skb, struct xmit *x)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 in_flight = tcp_packets_in_flight(&tp->rtxq), quota = 1;
	bool last;

	if (unlikely(tp->cong.pacing) && tcp_pacing_check(sk))
		return "paced";
	if (likely(in_flight < tp->cong.snd_cwnd)) {
		quota = cwnd_quota(tp, in_flight);
	} else if (x->mode != TCP_XMIT_PROBE) {
		x->cwnd_limited = true;
		return "congestion window full";
	}
	if (skb->next != skb_queue_end(&tp->write_queue))
		fill_skb(sk, skb, quota, x);
	if (unlikely(!tcp_snd_wnd_test(tp, skb, x->mss))) {
		x->rwnd_limited = true;
		return "peer's window full";
	}
	if (unlikely(tcp_set_skb_tso_segs(skb, x->mss) > 1))
		return hold_back_segs(sk, skb, quota, x);
	last = skb->next == skb_queue_end(&tp->write_queue);
	if (!nagle_test(tp, skb, x->mss, last ? x->nonagle : TCP_NAGLE_PUSH))
		return x->nonagle & TCP_NAGLE_CORK ? "corked" : "Nagle waits for an ACK";
	return NULL;
}

bool tcp_write_xmit(struct sock *sk, u32 mss, u8 nonagle, enum tcp_xmit_mode mode)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct xmit x = { .mss = mss, .nonagle = nonagle, .mode = (u8)mode };
	u32 prior_out = tp->rtxq.packets_out, sent = 0;
	const char *why = "all sent";
	struct sk_buff *skb;

	if (unlikely(tp->cold) && mode == TCP_XMIT_ALL) {
		int probed = tcp_mtu_probe(sk);

		if (!probed)
			return false;
		sent = probed > 0;
	}
	while ((skb = tcp_send_head(sk))) {
		const char *held = hold_back(sk, skb, &x);

		if (unlikely(tp->cong.pacing) && !held && tcp_small_queue_check(sk, skb, 0))
			held = "enough waits in the device's queue";
		if (held) {
			why = held;
			break;
		}
		if (unlikely(!send_head(sk, skb))) {
			why = "could not be sent";
			break;
		}
		if (skb->len < tcp_skb_pcount(skb) * mss)
			tp->snd_sml = TCP_SKB_CB(skb)->end_seq;
		sent += tcp_skb_pcount(skb);
		if (mode != TCP_XMIT_ALL)
			break;
	}
	if (unlikely(sock_net(sk)->trace) && (sent || skb))
		trace_xmit(sk, sent, mss, why);
	if (unlikely(x.rwnd_limited))
		tcp_chrono_start(&tp->chrono, TCP_CHRONO_RWND_LIMITED, sock_net(sk)->now);
	else
		tcp_chrono_stop(&tp->chrono, TCP_CHRONO_RWND_LIMITED, sock_net(sk)->now);
	x.cwnd_limited |= tcp_packets_in_flight(&tp->rtxq) >= tp->cong.snd_cwnd;
	if (sent || x.cwnd_limited)
		cwnd_validate(sk, x.cwnd_limited);
	if (!sent)
		return !tp->rtxq.packets_out && tcp_send_head(sk);
	if (tcp_in_cwnd_reduction(&tp->rec))
		tp->rec.prr_out += sent;
	arm_after_send(sk, prior_out, mode != TCP_XMIT_PROBE);
	return false;
}

/* What tcp_write_xmit() does when skb, one segment, has left and nothing waits behind it. */
static __always_inline void sent_one(struct sock *sk, struct sk_buff *skb, u32 prior_out,
				     bool cwnd_limited)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->snd_nxt = TCP_SKB_CB(skb)->end_seq;
	tcp_rtxq_append(&tp->rtxq, skb);
	mib_inc(sock_net(sk), TcpExtTCPOrigDataSent);
	if (skb->len < tp->mss_cache)
		tp->snd_sml = tp->snd_nxt;
	cwnd_validate(sk, cwnd_limited);
	arm_after_send(sk, prior_out, true);
}

void tcp_sent_alone(struct sock *sk, struct sk_buff *skb)
{
	sent_one(sk, skb, 0, tcp_sk(sk)->cong.snd_cwnd <= 1);
}

void tcp_check_probe_timer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->rtxq.packets_out && tp->tm.event == ICSK_TIME_NONE)
		tcp_reset_xmit_timer(sk, ICSK_TIME_PROBE0, tcp_probe0_base(tp));
}

void __tcp_push_pending_frames(struct sock *sk, u32 mss_now, u8 nonagle)
{
	if (unlikely(sk->c.state == TCP_CLOSE))
		return;
	if (tcp_write_xmit(sk, mss_now, nonagle, TCP_XMIT_ALL))
		tcp_check_probe_timer(sk);
}

void tcp_push_pending_frames(struct sock *sk)
{
	if (tcp_send_head(sk))
		__tcp_push_pending_frames(sk, tcp_current_mss(sk), tcp_sk(sk)->nonagle);
}

/* ---- probes (rows PI-17 to PI-20) ---- */

/* One that the peer must answer: a sequence number below what it expects. */
static int xmit_probe_skb(struct sock *sk, bool urgent, u64 *mib)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_alloc_skb(sock_net(sk), tp->snd_una - !urgent, TCPHDR_ACK);

	if (!skb)
		return -ENOBUFS;
	++*mib;
	return tcp_transmit_skb(sk, skb, false);
}

int tcp_write_wakeup(struct sock *sk, u64 *mib)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_send_head(sk);
	u32 mss, room;

	if (sk->c.state == TCP_CLOSE)
		return -EPIPE;
	if (!skb || !before(TCP_SKB_CB(skb)->seq, tcp_wnd_end(tp))) {
		if (tp->cold && tp->cold->urg_mode &&
		    between(tp->cold->snd_up, tp->snd_una + 1, tp->snd_una + 0xffff))
			xmit_probe_skb(sk, true, mib);
		return xmit_probe_skb(sk, false, mib);
	}
	/* The window takes a part: enough waiting, send that (RFC 9293 3.8.6.2.1 override). */
	mss = tcp_current_mss(sk);
	room = min(tcp_wnd_end(tp) - TCP_SKB_CB(skb)->seq, mss);
	tp->pushed_seq = seq_max(tp->pushed_seq, TCP_SKB_CB(skb)->end_seq);
	if (skb->len > room) {
		TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_PSH;
		if (tcp_fragment_unsent(sk, skb, room))
			return -ENOMEM;
	}
	TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_PSH;
	tcp_set_skb_tso_segs(skb, mss);
	/* Not snd_sml: what Nagle holds back is what was written since (Linux). */
	if (!send_head(sk, skb))
		return -ENOBUFS;
	arm_after_send(sk, tp->rtxq.packets_out - tcp_skb_pcount(skb), false);
	return 0;
}

void tcp_send_probe0(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 us = TCP_RESOURCE_PROBE_MS * 1000;
	int err = tcp_write_wakeup(sk, &net->mib[MIB_TcpExtTCPWinProbe]);

	if (tp->rtxq.packets_out || !tcp_send_head(sk)) {
		tp->tm.probes_out = tp->tm.backoff = 0;
		tp->tm.probes_ms = 0;
		return;
	}
	tp->tm.probes_out += tp->tm.probes_out < UINT8_MAX;
	if (err != -ENOBUFS) {
		if (tp->tm.backoff < net->sysctl.tcp_retries2)
			tp->tm.backoff++;
		us = tcp_probe0_when(tp);
	}
	tcp_reset_xmit_timer(sk, ICSK_TIME_PROBE0, tcp_clamp_probe0_to_user_timeout(tp, us));
}

/* ---- SYN, FIN, RST, ACK ---- */

/* Behind all that is queued. */
static void queue_skb(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->write_seq = TCP_SKB_CB(skb)->end_seq;
	tcp_wmem_charge(tp, sk_truesize(skb));
	skb_queue_tail(&tp->write_queue, skb);
}

/*
 * A FIN behind which and before which nothing waits, and that nothing holds back: as
 * tcp_write_xmit() would find out, step by step. The sk_buff goes to the card at once, lent, and
 * never stands in the write queue. False: it has to.
 */
static bool fin_alone(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 prior_out = tp->rtxq.packets_out, in_flight = tcp_packets_in_flight(&tp->rtxq);
	struct neighbour *to;

	if (unlikely(!tcp_is_plain(tp) || sk->txstamp || tp->rec.ca_state != TCP_CA_Open ||
		     tp->chrono.type == TCP_CHRONO_RWND_LIMITED || sock_net(sk)->trace) ||
	    after(TCP_SKB_CB(skb)->end_seq, tcp_wnd_end(tp)) ||
	    in_flight >= tp->cong.snd_cwnd)
		return false;
	to = tcp_lend_to(sk, 0);
	if (unlikely(!to || tcp_straight_mtu(sk) != tp->pmtu_cookie))
		return false;
	tp->write_seq = TCP_SKB_CB(skb)->end_seq;
	tcp_wmem_charge(tp, sk_truesize(skb));
	skb->csum = 0;
	tcp_transmit_lent(sk, skb, to, !prior_out, tcp_ms(sock_net(sk)));
	sent_one(sk, skb, prior_out, in_flight + 1 >= tp->cong.snd_cwnd);
	return true;
}

static void fin_on(struct tcp_sock *tp, struct sk_buff *skb)
{
	TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_FIN;
	TCP_SKB_CB(skb)->end_seq++;
	tp->write_seq++;
}

/* Of what was sent: what the peer holds is not sent again. */
static bool may_carry_fin(const struct sk_buff *skb)
{
	return !(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN) &&
	       !(TCP_SKB_CB(skb)->sacked & TCPCB_SACKED_ACKED);
}

void tcp_send_fin(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *tail = skb_peek_tail(&tp->write_queue);

	tp->fin_unsent = false;
	if (tail) {
		fin_on(tp, tail);
	} else if (unlikely(tcp_under_memory_pressure(sock_net(sk))) &&
		   (tail = skb_peek_tail(&tp->rtxq.q)) && may_carry_fin(tail)) {
		/* As if it had left with that: it goes out when this is sent again. */
		fin_on(tp, tail);
		tp->snd_nxt++;
		return;
	} else {
		tail = tcp_alloc_skb(sock_net(sk), tp->write_seq, TCPHDR_ACK | TCPHDR_FIN);
		if (unlikely(!tail)) {
			/* Without it nothing would ever end: the probe timer tries again. */
			tp->fin_unsent = true;
			if (tp->tm.event == ICSK_TIME_NONE)
				tcp_reset_xmit_timer(sk, ICSK_TIME_PROBE0,
						     TCP_RESOURCE_PROBE_MS * 1000);
			return;
		}
		if (likely(fin_alone(sk, tail)))
			return;
		queue_skb(sk, tail);
		tcp_chrono_busy(&tp->chrono, sock_net(sk)->now);
	}
	__tcp_push_pending_frames(sk, tcp_current_mss(sk), TCP_NAGLE_OFF);
}

/* Within the peer's window, so that it is believed (RFC 5961 3.2). One that came back by less than
 * a unit of scaling did so by rounding: to the peer a lower number would be an old one. */
static u32 acceptable_seq(const struct tcp_sock *tp)
{
	u32 end = tcp_wnd_end(tp), beyond = tp->snd_nxt - end;

	if (!before(end, tp->snd_nxt) || (tp->wscale_ok && beyond < 1u << tp->rwin.rcv_wscale))
		return tp->snd_nxt;
	return end;
}

void tcp_send_active_reset(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	struct sk_buff *skb;

	if (net->exiting)
		return;
	mib_inc(net, TcpOutRsts);
	skb = tcp_alloc_skb(net, acceptable_seq(tp), TCPHDR_ACK | TCPHDR_RST);
	if (!skb || tcp_transmit_skb(sk, skb, false))
		mib_inc(net, TcpExtTCPAbortFailed);
}

int tcp_connect_xmit(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	struct sk_buff *skb = tcp_alloc_skb(net, tp->write_seq, TCPHDR_SYN);
	int err;

	if (!skb)
		return -ENOBUFS;
	tp->write_seq = TCP_SKB_CB(skb)->end_seq;
	tp->retrans_stamp = tcp_ms(net);
	tcp_wmem_charge(tp, sk_truesize(skb));
	tcp_rtxq_append(&tp->rtxq, skb);
	tcp_ecn_send_syn(sk, skb);
	err = unlikely(tp->cold) && tp->cold->fo.req ? tcp_send_syn_data(sk, skb) :
						       tcp_transmit_skb(sk, skb, true);
	if (err == -ECONNREFUSED)
		return err;
	/* snd_nxt moves only now: what was sent before does not acknowledge the SYN. */
	tp->snd_nxt = tp->pushed_seq = tp->write_seq;
	skb = tcp_send_head(sk);
	if (unlikely(skb))	/* Fast Open's data, which did not get out */
		tp->snd_nxt = tp->pushed_seq = TCP_SKB_CB(skb)->seq;
	mib_inc(net, TcpActiveOpens);
	tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, tp->rtt.rto_us);
	return 0;
}

void tcp_send_synack(struct sock *sk)
{
	struct sk_buff *skb = tcp_rtxq_head(&tcp_sk(sk)->rtxq);

	if (!skb || !(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN))
		return;
	TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_ACK;
	tcp_ecn_send_synack(sk, skb);
	tcp_transmit_skb(sk, skb, true);
}

void tcp_send_ack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb;

	if (sk->c.state == TCP_CLOSE)
		return;
	skb = tcp_alloc_skb(sock_net(sk), acceptable_seq(tp), TCPHDR_ACK);
	if (unlikely(!skb)) {
		inet_csk_schedule_ack(tp);
		tp->ack.ato_ms = TCP_DELACK_MIN_MS;
		tp->ack.pending |= ICSK_ACK_TIMER;
		tcp_reset_delack_timer(sk, sock_net(sk)->now + ms_to_ktime(TCP_DELACK_MAX_MS));
		return;
	}
	tcp_transmit_ack(sk, skb);
}

void tcp_send_delayed_ack(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 ato = tp->ack.ato_ms;
	ktime_t when;

	if (ato > TCP_DELACK_MIN_MS) {
		u32 most = 500;

		if (tcp_in_pingpong_mode(tp) || tp->ack.pending & ICSK_ACK_PUSHED)
			most = TCP_DELACK_MAX_MS;
		/* No more than a round trip: the peer waits for it. */
		if (tp->rtt.srtt_us)
			most = min(most, max(tp->rtt.srtt_us / 8 / 1000, TCP_DELACK_MIN_MS));
		ato = min(ato, most);
	}
	ato = min(ato, tcp_delack_max(tp));
	when = sock_net(sk)->now + ms_to_ktime(ato);
	if (tp->ack.pending & ICSK_ACK_TIMER) {
		/* It runs already, and nearly through: send it now. */
		if (tp->tm.ack <= sock_net(sk)->now + ms_to_ktime(ato / 4)) {
			tcp_send_ack(sk);
			return;
		}
		when = min(when, tp->tm.ack);
	}
	tp->ack.pending |= ICSK_ACK_SCHED | ICSK_ACK_TIMER;
	tcp_reset_delack_timer(sk, when);
}

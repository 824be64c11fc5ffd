/* SPDX-License-Identifier: MIT */
/*
 * Payload that arrives (row T3): in order to the reader's queue, else to the out-of-order queue;
 * room for it; FIN; urgent data; and how fast we acknowledge.
 */
#include "base/trace.h"
#include "transport/tcp/tcp_comp_sack.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_ecn.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_minisocks.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_user.h"

/* ---- pace of acknowledgements (Linux's: quick at the start, then every second segment) ---- */

void tcp_incr_quickack(struct tcp_sock *tp, u32 max_quickacks)
{
	u32 n = tp->ack.rcv_mss ? tp->rwin.rcv_wnd / (2u * tp->ack.rcv_mss) : 0;

	n = min(n ? n : 2u, max_quickacks);
	if (n > tp->ack.quick)
		tp->ack.quick = (u8)n;
}

void tcp_enter_quickack_mode(struct sock *sk, u32 max_quickacks)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_incr_quickack(tp, max_quickacks);
	tp->ack.pingpong = 0;
	tp->ack.ato_ms = TCP_DELACK_MIN_MS;
}

void tcp_initialize_rcv_mss(struct tcp_sock *tp)
{
	u32 hint = min_t(u32, tp->advmss, tp->mss_cache);

	hint = min(hint, tp->rwin.rcv_wnd / 2);
	hint = min(hint, TCP_MSS_DEFAULT);
	tp->ack.rcv_mss = (u16)max(hint, TCP_MIN_MSS);
}

static void measure_rcv_mss(struct tcp_sock *tp, const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	u32 hlen = tcph_hlen(th), len = skb->gso_size;
	u16 last = tp->ack.last_seg_size;

	/* Of several in one, each has as much. */
	if (likely(!len))
		len = TCP_SKB_CB(skb)->end_seq - TCP_SKB_CB(skb)->seq -
		      !!(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN);
	tp->ack.last_seg_size = 0;
	if (len >= tp->ack.rcv_mss) {
		tp->ack.rcv_mss = (u16)min_t(u32, len, tp->advmss);
		/* The end of a write, it seems: the peer may wait for the ACK. */
		if (th->flags & TCPHDR_PSH)
			tp->ack.pending |= ICSK_ACK_PUSHED;
		return;
	}
	/* Twice the same size without PSH: the peer's segments are that small. SACK blocks take
	 * their room from the data. */
	if (len + hlen >= TCP_MSS_DEFAULT + TCP_HLEN ||
	    (len + hlen >= TCP_MIN_MSS + TCP_HLEN && !(th->flags & (TCPHDR_PSH | TCPHDR_FIN)))) {
		len += hlen - tp->tcp_header_len;
		tp->ack.last_seg_size = (u16)len;
		if (len == last) {
			tp->ack.rcv_mss = (u16)len;
			return;
		}
	}
	if (tp->ack.pending & ICSK_ACK_PUSHED)
		tp->ack.pending |= ICSK_ACK_PUSHED2;
	tp->ack.pending |= ICSK_ACK_PUSHED;
}

/* What came may open the window further, or, above tcp_mem[1], no further than four segments. */
static __always_inline void grow_window(struct sock *sk, u32 len, u32 truesize)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);

	if (likely(!tcp_under_memory_pressure(net))) {
		if (tcp_grow_window(&tp->rwin, len, truesize, tcp_space(sk), tp->advmss))
			tp->ack.quick |= 1;
	} else if (net->sock->memory_pressure &&
		   min(tp->rwin.window_clamp, tcp_space(sk)) > tp->rwin.rcv_ssthresh) {
		tp->rwin.rcv_ssthresh = min(tp->rwin.rcv_ssthresh, 4u * tp->advmss);
	}
}

void tcp_event_data_recv(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 now = tcp_ms(net), len = TCP_SKB_CB(skb)->end_seq - TCP_SKB_CB(skb)->seq;

	inet_csk_schedule_ack(tp);
	measure_rcv_mss(tp, skb);
	tcp_rcv_rtt_measure(&tp->rcvq_space, tp->rcv_nxt, tp->rwin.rcv_wnd, net->now);
	if (!tp->ack.ato_ms) {
		/* The first data: the peer is in slow start and wants every ACK. */
		tcp_incr_quickack(tp, TCP_MAX_QUICKACKS);
		tp->ack.ato_ms = TCP_DELACK_MIN_MS;
	} else {
		u32 gap = now - tp->ack.lrcvtime;

		if (gap <= TCP_DELACK_MIN_MS / 2)
			tp->ack.ato_ms = (u16)(tp->ack.ato_ms / 2 + TCP_DELACK_MIN_MS / 2);
		else if (gap < tp->ack.ato_ms)
			tp->ack.ato_ms = (u16)min_t(u32, tp->ack.ato_ms / 2u + gap,
						    tp->rtt.rto_us / 1000);
		else if (gap > tp->rtt.rto_us / 1000)
			tcp_incr_quickack(tp, TCP_MAX_QUICKACKS);	/* after a pause */
	}
	tp->ack.lrcvtime = now;
	tcp_data_ecn_check(sk, skb);
	if (len >= 128)
		grow_window(sk, len, sk_truesize(skb));
}

void tcp_rcv_rtt_measure_ts(struct sock *sk, const struct sk_buff *skb,
			    const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 len = TCP_SKB_CB(skb)->end_seq - TCP_SKB_CB(skb)->seq, delta;

	if (!opt->saw_tstamp || opt->ts_ecr == tp->rcvq_space.last_tsecr)
		return;
	tp->rcvq_space.last_tsecr = opt->ts_ecr;
	if (len < tp->ack.rcv_mss)
		return;
	delta = tcp_ts_clock(sock_net(sk)) - opt->ts_ecr;
	if (delta < INT32_MAX / 1000)
		tcp_rcv_rtt_update(&tp->rcvq_space, max(delta, 1u) * 1000,
				   tp->rcv_nxt != tp->copied_seq);
}

/* ---- room ---- */

static void clamp_window(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 most = (u32)sock_net(sk)->sysctl.tcp_rmem_max;

	tp->ack.quick = 0;
	if (sk->rcvbuf < most && !sock_flag(sk, SOCK_RCVBUF_LOCK) &&
	    !tcp_under_memory_pressure(sock_net(sk)) && !tcp_mem_moderate(sock_net(sk)))
		sk->rcvbuf = max(sk->rcvbuf, min(sk->rmem, most));
	if (sk->rmem > sk->rcvbuf)
		tp->rwin.rcv_ssthresh = min(tp->rwin.window_clamp, 2u * tp->advmss);
}

/* Small segments in large buffers: moves b's bytes into the free tail of a's. */
static bool collapse_into(struct sk_buff *a, struct sk_buff *b)
{
	if (!a->head_buf || buf_shared(a->head_buf) || a->data_len || skb_tailroom(a) < b->len ||
	    TCP_SKB_CB(a)->end_seq != TCP_SKB_CB(b)->seq ||
	    (TCP_SKB_CB(a)->tcp_flags | TCP_SKB_CB(b)->tcp_flags) & (TCPHDR_FIN | TCPHDR_SYN))
		return false;
	a->csum_valid = false;
	skb_copy_bits(b, 0, skb_put(a, b->len), b->len);
	a->net->copies.linearized += b->len;
	TCP_SKB_CB(a)->end_seq = TCP_SKB_CB(b)->end_seq;
	return true;
}

/* The one place that copies payload inside the stack, and only when the buffer is full. */
static void collapse_queue(struct sock *sk)
{
	struct sk_buff_head *q = &sk->receive_queue;
	struct sk_buff *skb = skb_peek(q), *next;

	while (skb && (next = skb_peek_next(skb, q))) {
		if (!collapse_into(skb, next)) {
			skb = next;
			continue;
		}
		skb_unlink(next, q);
		consume_skb(next);
		mib_inc(sock_net(sk), TcpExtTCPRcvCollapsed);
	}
}

/* Memory for skb: from the last on, an eighth of the buffer at a time, while that is not enough;
 * but nothing that comes before skb. */
static bool prune_ofo_queue(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	s64 goal = sk->rcvbuf / 8;
	const struct sk_buff *last;
	bool pruned = false;

	while (tp->ooo && (last = skb_peek_tail(&tp->ooo->q)) &&
	       !after(TCP_SKB_CB(skb)->seq, TCP_SKB_CB(last)->seq)) {
		goal -= sk_truesize(last);
		pruned = tcp_rcvq_prune_tail(tp->ooo);
		if (goal > 0)
			continue;
		if (sk->rmem <= sk->rcvbuf && !tcp_under_memory_pressure(sock_net(sk)))
			break;
		goal = sk->rcvbuf / 8;
	}
	if (pruned)
		mib_inc(sock_net(sk), TcpExtOfoPruned);
	return pruned;
}

/*
 * A window that was taken back to nothing (tcp_shrink_window) because of what came out of order:
 * the user has nothing to read that would open it, and what is missing would not come in. So that
 * goes, which is sent again (RFC 2018 8). False: there is none.
 */
static bool make_way(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_ofo_empty(tp) || sk->receive_queue.qlen)
		return false;
	while (tcp_rcvq_prune_tail(tp->ooo))
		;
	mib_inc(sock_net(sk), TcpExtOfoPruned);
	return true;
}

/* True: the buffer has room again. */
static bool prune_queue(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 waiting = tp->rcv_nxt - tp->copied_seq;

	mib_inc(net, TcpExtPruneCalled);
	if (sk->rmem >= sk->rcvbuf)
		clamp_window(sk);
	else if (tcp_under_memory_pressure(net))
		tp->rwin.rcv_ssthresh = min(tp->rwin.rcv_ssthresh, 4u * tp->advmss);
	if (sk->rmem <= sk->rcvbuf && !tcp_memory_short(net))
		return true;
	/* Worth a walk only when three quarters are overhead. */
	if (sk->rmem / 4 > waiting)
		collapse_queue(sk);
	if (sk->rmem <= sk->rcvbuf)
		return true;
	prune_ofo_queue(sk, skb);
	if (sk->rmem <= sk->rcvbuf)
		return true;
	mib_inc(net, TcpExtRcvPruned);
	tp->pred_flags = 0;
	return false;
}

bool tcp_try_rmem_schedule(struct sock *sk, const struct sk_buff *skb)
{
	struct net *net = sock_net(sk);
	u32 had = sk->rmem;

	if (likely(sk->rmem <= sk->rcvbuf && !tcp_memory_short(net)))
		return true;
	if (!prune_queue(sk, skb))
		return false;
	/* What it gave back it may take. */
	while (tcp_memory_short(net) && had - sk->rmem < sk_truesize(skb))
		if (!prune_ofo_queue(sk, skb))
			/* Of the budget each connection has its minimum. */
			return !tcp_mem_exceeded(net) &&
			       tcp_memory_minimum(net, sk->rmem, net->sysctl.tcp_rmem_min);
	return true;
}

/* What finds nothing before it gets in, or nothing would ever move; as Linux, the window closes. */
static bool rmem_forced(struct sock *sk)
{
	tcp_sk(sk)->ack.pending |= ICSK_ACK_SCHED | ICSK_ACK_NOW | ICSK_ACK_NOMEM;
	return !sk->receive_queue.qlen && tcp_memory_minimum(sock_net(sk), 0, 1);
}

/* ---- duplicates ---- */

/* RFC 2883: what came twice is told to who speaks SACK. */
static bool tells_dsack(const struct tcp_sock *tp)
{
	return tcp_is_sack(tp) && tcp_net(tp)->sysctl.tcp_dsack;
}

void tcp_dsack(struct tcp_sock *tp, u32 start, u32 end)
{
	struct net *net = tcp_net(tp);
	struct tcp_rcvq *o;

	if (!tells_dsack(tp))
		return;
	o = tcp_rcvq_get(tp);
	if (!o)
		return;
	if (before(start, tp->rcv_nxt))
		mib_inc(net, TcpExtTCPDSACKOldSent);
	else
		mib_inc(net, TcpExtTCPDSACKOfoSent);
	tcp_dsack_set(o, start, end);
}

void tcp_send_dupack(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (cb->end_seq != cb->seq && before(cb->seq, tp->rcv_nxt)) {
		mib_inc(sock_net(sk), TcpExtDelayedACKLost);
		tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
		tcp_dsack(tp, cb->seq, seq_min(cb->end_seq, tp->rcv_nxt));
	}
	tcp_send_ack(sk);
}

/* ---- in order ---- */

/* What no longer belongs to the packet's way: the device may go before the reader comes. */
static void detach(struct sk_buff *skb)
{
	skb_dst_drop(skb);
	skb->dev = NULL;
}

static void rcv_nxt_update(struct tcp_sock *tp, u32 seq)
{
	tp->bytes_received += seq - tp->rcv_nxt;
	tp->rcv_nxt = seq;
}

void tcp_queue_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	rcv_nxt_update(tp, TCP_SKB_CB(skb)->end_seq);
	detach(skb);
	skb_set_owner_r(skb, sk);
	skb_queue_tail(&sk->receive_queue, skb);
	trace_skb(sock_net(sk), tcp_data_queue, skb, TRACE_STR("in order"), skb->len, sk->rmem,
		  sk->rcvbuf);
}

/* FIN without payload is no data: there is nothing to queue. */
static void take_in_order(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool fin = TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN;

	if (skb->len) {
		tcp_queue_rcv(sk, skb);
	} else {
		rcv_nxt_update(tp, TCP_SKB_CB(skb)->end_seq);
		consume_skb(skb);
	}
	if (fin)
		tcp_fin(sk);
}

/* What waited and came once more meanwhile is told. Return: whether a D-SACK is due now. */
static bool tell_ofo_dsack(struct tcp_sock *tp, bool told)
{
	if (likely(!tp->ooo || !tp->ooo->dsack || told))
		return told;
	tp->ooo->dsack = tells_dsack(tp);
	mib_add(tcp_net(tp), TcpExtTCPDSACKOldSent, tp->ooo->dsack);
	return tp->ooo->dsack;
}

/* The hole is filled: what waited behind it follows. */
static void tcp_ofo_queue(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool told = tp->ooo && tp->ooo->dsack;
	struct sk_buff *skb;

	while (tp->ooo && (skb = tcp_rcvq_pull(tp->ooo, tp->rcv_nxt))) {
		told = tell_ofo_dsack(tp, told);	/* before a FIN takes the queue */
		skb_orphan(skb);
		take_in_order(sk, skb);
	}
	tell_ofo_dsack(tp, told);
	/* RFC 5681 4.2: a filled hole is acknowledged at once. */
	if (tcp_ofo_empty(tp))
		tp->ack.pending |= ICSK_ACK_NOW;
	if (!tp->ooo)
		return;
	if (skb_queue_empty(&tp->ooo->q))
		tcp_comp_sack_sent(tp);	/* by that ACK */
	tcp_rcvq_sack_remove(tp->ooo, tp->rcv_nxt);
	tcp_rcvq_put_idle(tp);
}

static void drop_out_of_window(struct sock *sk, struct sk_buff *skb, enum skb_drop_reason reason)
{
	tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
	inet_csk_schedule_ack(tcp_sk(sk));
	kfree_skb_reason(skb, reason);
}

static void drop_no_room(struct sock *sk, struct sk_buff *skb)
{
	sk->drops++;
	mib_inc(sock_net(sk), TcpExtTCPRcvQDrop);
	kfree_skb_reason(skb, SKB_DROP_REASON_PROTO_MEM);
	sk->ops->data_ready(sk);
}

/* ---- out of order ---- */

/* Without SACK the ACK is to be a duplicate: its window stays. */
static void grow_by_ofo(struct sock *sk, u32 len)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_is_sack(tp) && len >= 128)
		grow_window(sk, len, len * 2);
}

static void drop_ofo(struct sock *sk, struct sk_buff *skb)
{
	mib_inc(sock_net(sk), TcpExtTCPOFODrop);
	kfree_skb_reason(skb, SKB_DROP_REASON_TCP_OFO_DROP);
	sk->ops->data_ready(sk);
}

static void queue_ofo(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	enum tcp_rcvq_result res;
	struct tcp_rcvq *o;
	u32 len = TCP_SKB_CB(skb)->end_seq - TCP_SKB_CB(skb)->seq;

	tcp_data_ecn_check(sk, skb);
	if (unlikely(!tcp_try_rmem_schedule(sk, skb))) {
		drop_ofo(sk, skb);
		return;
	}
	inet_csk_schedule_ack(tp);
	tp->pred_flags = 0;
	tcp_comp_sack_before(sk, TCP_SKB_CB(skb)->seq, TCP_SKB_CB(skb)->end_seq);
	o = tcp_rcvq_get(tp);
	if (o) {
		detach(skb);
		measure_rcv_mss(tp, skb);
	}
	res = o ? tcp_rcvq_insert(o, skb) : TCP_RCVQ_TOO_FAR;
	if (res == TCP_RCVQ_TOO_FAR) {
		drop_ofo(sk, skb);
		return;
	}
	mib_inc(net, TcpExtTCPOFOQueue);
	tp->rcv_ooopack += skb_packets(skb);
	if (res == TCP_RCVQ_DUPLICATE) {
		mib_inc(net, TcpExtTCPOFOMerge);
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_OFOMERGE);
	} else {
		grow_by_ofo(sk, len);
		skb_set_owner_r(skb, sk);
		trace_skb(net, tcp_data_queue, skb, TRACE_STR("out of order"), skb->len, sk->rmem,
			  sk->rcvbuf);
	}
	if (!tells_dsack(tp))
		o->dsack = false;
	else if (o->dsack)
		mib_inc(net, TcpExtTCPDSACKOfoSent);
	if (!tcp_is_sack(tp))
		o->num_sacks = 0;
}

void tcp_data_queue(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 window = tcp_receive_window(&tp->rwin, tp->rcv_nxt);

	if (cb->seq == cb->end_seq) {
		consume_skb(skb);
		return;
	}
	skb_pull(skb, tcph_hlen(tcp_hdr(skb)));
	/* RFC 2883 4: a D-SACK is of the most recent segment. */
	if (unlikely(tp->ooo))
		tp->ooo->dsack = false;
	if (!after(cb->end_seq, tp->rcv_nxt)) {
		mib_inc(sock_net(sk), TcpExtDelayedACKLost);
		tcp_dsack(tp, cb->seq, cb->end_seq);
		drop_out_of_window(sk, skb, SKB_DROP_REASON_TCP_OLD_DATA);
		return;
	}
	if (unlikely(!window) && cb->seq == tp->rcv_nxt && make_way(sk))
		window = cb->end_seq - cb->seq;
	if (!before(cb->seq, tp->rcv_nxt + window) && !(cb->seq == tp->rcv_nxt && !skb->len)) {
		if (!window) {
			mib_inc(sock_net(sk), TcpExtTCPZeroWindowDrop);
			drop_out_of_window(sk, skb, SKB_DROP_REASON_TCP_ZEROWINDOW);
		} else {
			drop_out_of_window(sk, skb, SKB_DROP_REASON_TCP_OVERWINDOW);
		}
		return;
	}
	if (after(cb->seq, tp->rcv_nxt)) {
		queue_ofo(sk, skb);
		return;
	}
	if (before(cb->seq, tp->rcv_nxt)) {
		tcp_dsack(tp, cb->seq, tp->rcv_nxt);
		if (!window) {
			drop_out_of_window(sk, skb, SKB_DROP_REASON_TCP_ZEROWINDOW);
			return;
		}
	}
	/* A FIN alone takes no room: who reads nothing must learn of it, too. */
	if (skb->len && !tcp_try_rmem_schedule(sk, skb) && !rmem_forced(sk)) {
		drop_no_room(sk, skb);
		return;
	}
	if (skb->len)
		tcp_event_data_recv(sk, skb);
	if (before(cb->seq, tp->rcv_nxt))
		tcp_skb_cut_front(skb, tp->rcv_nxt - cb->seq);
	take_in_order(sk, skb);
	if (unlikely(!tcp_ofo_empty(tp)))
		tcp_ofo_queue(sk);
	tcp_fast_path_check(tp);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->ops->data_ready(sk);
}

/* ---- FIN ---- */

void tcp_fin(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	inet_csk_schedule_ack(tp);
	sk->shutdown |= RCV_SHUTDOWN;
	sock_set_flag(sk, SOCK_DONE);
	switch (sk->c.state) {
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
		tcp_set_state(sk, TCP_CLOSE_WAIT);
		tcp_enter_pingpong_mode(tp);	/* the answer will carry the ACK, often our FIN */
		break;
	case TCP_FIN_WAIT1:
		/* Simultaneous close: our FIN is not acknowledged. */
		tcp_send_ack(sk);
		tcp_set_state(sk, TCP_CLOSING);
		break;
	case TCP_FIN_WAIT2:
		tcp_send_ack(sk);
		if (tp->ooo)
			tcp_rcvq_purge(tp->ooo, SKB_DROP_REASON_TCP_CLOSE);
		tcp_time_wait(sk, TCP_TIME_WAIT, 0);
		return;
	}
	/* Nothing follows a FIN. */
	if (tp->ooo) {
		tcp_rcvq_purge(tp->ooo, SKB_DROP_REASON_TCP_CLOSE);
		tcp_rcvq_put_idle(tp);
	}
	if (!sock_flag(sk, SOCK_DEAD))
		sk->ops->state_change(sk);
}

/* ---- urgent data, as Linux: one byte out of band, or in line with SO_OOBINLINE ---- */

static void check_urg(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 ptr = be16_to_cpu(tcp_hdr(skb)->urg_ptr);
	struct tcp_cold *cold;

	if (ptr && !sock_net(sk)->sysctl.tcp_stdurg)
		ptr--;
	ptr += TCP_SKB_CB(skb)->seq;
	/* Read already, or told already. */
	if (after(tp->copied_seq, ptr) || before(ptr, tp->rcv_nxt))
		return;
	cold = tcp_cold_get(tp);
	if (!cold || (cold->urg_data && !after(ptr, cold->urg_seq)))
		return;
	/* A second urgent byte before the first was read: the first becomes ordinary. */
	if (tp->copied_seq == cold->urg_seq && cold->urg_data &&
	    !sock_flag(sk, SOCK_URGINLINE) && tp->copied_seq != tp->rcv_nxt) {
		struct sk_buff *head = skb_peek(&sk->receive_queue);

		tp->copied_seq++;
		if (head && !before(tp->copied_seq, TCP_SKB_CB(head)->end_seq)) {
			skb_unlink(head, &sk->receive_queue);
			consume_skb(head);
		}
	}
	cold->urg_data = TCP_URG_NOTYET;
	cold->urg_seq = ptr;
	tp->pred_flags = 0;
	sk->ops->state_change(sk);
}

void tcp_urg(struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcphdr *th = tcp_hdr(skb);
	struct tcp_cold *cold;
	u32 off;
	u8 byte;

	if (likely(!(th->flags & TCPHDR_URG) && !(tp->cold && tp->cold->urg_data)))
		return;
	if (th->flags & TCPHDR_URG)
		check_urg(sk, skb);
	cold = tp->cold;
	if (!cold || cold->urg_data != TCP_URG_NOTYET)
		return;
	off = cold->urg_seq - TCP_SKB_CB(skb)->seq + tcph_hlen(th);
	if (off >= skb->len || skb_copy_bits(skb, off, &byte, 1))
		return;
	cold->urg_data = TCP_URG_VALID | byte;
	if (!sock_flag(sk, SOCK_DEAD))
		sk->ops->data_ready(sk);
}

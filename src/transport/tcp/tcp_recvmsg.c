/* SPDX-License-Identifier: MIT */
/* From the receive queue to the user: the one copy on the way up, and the ACKs it sets free. */
#include "base/trace.h"
#include "transport/ip_sockglue.h"
#include "transport/sock_rare.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_user.h"

void tcp_cleanup_rbuf(struct sock *sk, u32 copied)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool now = false;

	if (inet_csk_ack_scheduled(tp)) {
		/* More than a segment waits for its ACK; or the buffer ran empty after a short one:
		 * the peer paused, and nothing of ours is about to carry the ACK. */
		now = tp->rcv_nxt - tp->rwin.rcv_wup > tp->ack.rcv_mss ||
		      (copied && (tp->ack.pending & ICSK_ACK_PUSHED2 ||
				  (tp->ack.pending & ICSK_ACK_PUSHED &&
				   !tcp_in_pingpong_mode(tp))) &&
		       !sk->rmem);
	}
	/* The window may be opened: worth telling when it at least doubles (RFC 1122 4.2.3.3). */
	if (copied && !now && !(sk->shutdown & RCV_SHUTDOWN)) {
		u32 win = tcp_receive_window(&tp->rwin, tp->rcv_nxt);

		if (2 * win <= tp->rwin.window_clamp) {
			u32 new_win = __tcp_select_window(sk);

			now = new_win && new_win >= 2 * win;
		}
	}
	if (now)
		tcp_send_ack(sk);
}

static void rcv_space_adjust(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 want = tcp_rcv_space_adjust(&tp->rcvq_space, tp->copied_seq, tp->advmss, net->now);

	if (!want || !net->sysctl.tcp_moderate_rcvbuf || sock_flag(sk, SOCK_RCVBUF_LOCK) ||
	    tcp_under_memory_pressure(net))
		return;
	want = min(want, (u32)net->sysctl.tcp_rmem_max);
	if (want <= sk->rcvbuf)
		return;
	sk->rcvbuf = want;
	if (!tp->app_clamp)
		tp->rwin.window_clamp = min(tcp_win_from_space(want),
					    65535u << tp->rwin.rcv_wscale);
}

/* Bytes from `seq` on in skb, up to an urgent byte that stands apart. */
static u32 readable(const struct sock *sk, const struct sk_buff *skb, u32 seq)
{
	const struct tcp_cold *cold = tcp_sk(sk)->cold;
	u32 n = skb->len - (seq - TCP_SKB_CB(skb)->seq), to_urg;

	if (likely(!cold || !cold->urg_data))
		return n;
	to_urg = cold->urg_seq - seq;
	return to_urg && to_urg < n ? to_urg : n;
}

static bool at_urgent(const struct sock *sk, u32 seq)
{
	const struct tcp_cold *cold = tcp_sk(sk)->cold;

	return unlikely(cold && cold->urg_data) && cold->urg_seq == seq;
}

/* recv(MSG_OOB). */
static ptrdiff_t recv_urg(struct sock *sk, struct msg *msg, int flags)
{
	struct tcp_cold *cold = tcp_sk(sk)->cold;
	u8 byte;

	if (sk->c.state == TCP_LISTEN)
		return -ENOTCONN;
	if (sock_flag(sk, SOCK_URGINLINE) || !cold || !cold->urg_data ||
	    cold->urg_data == TCP_URG_READ)
		return -EINVAL;
	if (sk->c.state == TCP_CLOSE && !sock_flag(sk, SOCK_DONE))
		return -ENOTCONN;
	if (!(cold->urg_data & TCP_URG_VALID))
		return sk->c.state == TCP_CLOSE || sk->shutdown & RCV_SHUTDOWN ? 0 : -EAGAIN;
	byte = (u8)cold->urg_data;
	if (!(flags & LN_MSG_PEEK))
		cold->urg_data = TCP_URG_READ;
	msg->flags |= LN_MSG_OOB;
	if (!msg->iter.count) {
		msg->flags |= LN_MSG_TRUNC;
		return 0;
	}
	if (!(flags & LN_MSG_TRUNC))
		copy_to_iter(sock_net(sk), &byte, 1, &msg->iter);
	return 1;
}

/* Why there is nothing to read. */
static ptrdiff_t nothing(struct sock *sk)
{
	if (sock_flag(sk, SOCK_DONE))
		return 0;
	if (sk->err)
		return sock_error(sk);
	if (sk->shutdown & RCV_SHUTDOWN)
		return 0;
	if (sk->c.state == TCP_CLOSE)
		return -ENOTCONN;
	return -EAGAIN;
}

static void eat_skb(struct sock *sk, struct sk_buff *skb)
{
	skb_unlink(skb, &sk->receive_queue);
	sk_rmem_uncharge(sk, sk_truesize(skb));
	skb->destructor = NULL;
	consume_skb(skb);
}

struct reader {
	struct msg *msg;
	int flags;
	size_t want, copied;
	u32 seq;		/* next to read; copied_seq, or its own when peeking */
};

/* The urgent byte stands in the way, already told apart: step over it. False: stop here. */
static bool pass_urgent(struct sock *sk, struct reader *r)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!at_urgent(sk, r->seq) || sock_flag(sk, SOCK_URGINLINE))
		return true;
	if (r->copied)
		return false;	/* a read stops at the mark */
	r->seq++;
	if (!(r->flags & LN_MSG_PEEK)) {
		tp->copied_seq++;
		if (tp->cold->urg_data == TCP_URG_READ)
			tp->cold->urg_data = 0;
	}
	return true;
}

/* Reads from skb. False: stop (the user's memory is full, or the mark is reached). */
static bool read_skb(struct sock *sk, struct sk_buff *skb, struct reader *r)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 off, n;

	if (!pass_urgent(sk, r))
		return false;
	off = r->seq - TCP_SKB_CB(skb)->seq;
	if (unlikely(sk->flags & SOCK_TSTAMP_ANY))
		r->msg->tstamp = skb->tstamp;
	if (off < skb->len) {
		if (r->copied && at_urgent(sk, r->seq))
			return false;
		n = (u32)min_t(size_t, readable(sk, skb, r->seq), r->want - r->copied);
		if (!(r->flags & LN_MSG_TRUNC))
			n = (u32)skb_copy_to_iter(skb, off, n, &r->msg->iter);
		r->copied += n;
		r->seq += n;
		if (!(r->flags & LN_MSG_PEEK))
			tp->copied_seq = r->seq;
	}
	return true;
}

static __always_inline void read_end(struct sock *sk, size_t copied)
{
	struct tcp_sock *tp = tcp_sk(sk);

	trace_net(sock_net(sk), tcp_recvmsg, copied, tp->rcv_nxt - tp->copied_seq);
	rcv_space_adjust(sk);
	/* The last urgent byte is behind: the fast path is possible again. */
	if (tp->cold && tp->cold->urg_data && after(tp->copied_seq, tp->cold->urg_seq))
		tp->cold->urg_data = 0;
	if (!tp->pred_flags && sk->c.state == TCP_ESTABLISHED)
		tcp_fast_path_check(tp);
	tcp_cleanup_rbuf(sk, (u32)copied);
}

/* SO_PEEK_OFF: the first one that has something from there on. */
static struct sk_buff *peek_from(struct sock *sk, struct sk_buff *skb, struct reader *r)
{
	int off = sk_peek_off(sk);

	if (off <= 0)
		return skb;
	r->seq += (u32)off;
	while (skb && !after(TCP_SKB_CB(skb)->seq + skb->len, r->seq))
		skb = skb_peek_next(skb, &sk->receive_queue);
	return skb;
}

static __always_inline ptrdiff_t recv_stream(struct sock *sk, struct msg *msg, int flags)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct reader r = { .msg = msg, .flags = flags, .want = msg->iter.count,
			    .seq = tp->copied_seq };
	struct sk_buff *skb, *next;

	if (unlikely(flags & (LN_MSG_OOB | LN_MSG_ERRQUEUE)))
		return flags & LN_MSG_ERRQUEUE ? ip_recv_error(sk, msg) : recv_urg(sk, msg, flags);
	if (sk->c.state == TCP_LISTEN)
		return -ENOTCONN;
	skb = skb_peek(&sk->receive_queue);
	if (unlikely(flags & LN_MSG_PEEK))
		skb = peek_from(sk, skb, &r);
	for (; skb && r.copied < r.want; skb = next) {
		u32 payload_end = TCP_SKB_CB(skb)->seq + skb->len;
		bool more = read_skb(sk, skb, &r);

		next = skb_peek_next(skb, &sk->receive_queue);
		if (before(r.seq, payload_end)) {
			if (!more || r.copied == r.want)
				break;
			next = skb;	/* an urgent byte was passed */
			continue;
		}
		/* A FIN takes one number behind its payload. */
		if (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN)
			r.seq = TCP_SKB_CB(skb)->end_seq;
		if (!(flags & LN_MSG_PEEK)) {
			tp->copied_seq = r.seq;
			eat_skb(sk, skb);
		}
		if (!more)
			break;
	}
	if (!r.copied && (r.want || skb_queue_empty(&sk->receive_queue))) {
		ptrdiff_t why = nothing(sk);

		tcp_cleanup_rbuf(sk, 0);
		return why;
	}
	if (flags & LN_MSG_PEEK) {
		sk_peek_offset_fwd(sk, r.copied);
		return (ptrdiff_t)r.copied;
	}
	sk_peek_offset_bwd(sk, r.copied);
	read_end(sk, r.copied);
	return (ptrdiff_t)r.copied;
}

/* TCP_INQ: what is left to be read; behind a FIN at least 1, so that its reader reads on. */
static __noinline void put_inq(const struct sock *sk, struct msg *msg)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	int inq = (int)(tp->rcv_nxt - tp->copied_seq);

	if (!inq && sock_flag(sk, SOCK_DONE))
		inq = 1;
	put_cmsg(msg, LN_SOL_TCP, LN_TCP_CM_INQ, &inq, sizeof(inq));
}

static __noinline void put_cmsgs(const struct sock *sk, struct msg *msg, bool data)
{
	if (data && sk->flags & SOCK_TSTAMP_ANY)
		sock_recv_timestamp(sk, msg, msg->tstamp);
	if (sock_flag(sk, SOCK_INQ))
		put_inq(sk, msg);
}

static __noinline ptrdiff_t recvmsg_queue(struct sock *sk, struct msg *msg, int flags)
{
	ptrdiff_t n = recv_stream(sk, msg, flags);

	if (unlikely(sk->flags & (BIT(SOCK_INQ) | SOCK_TSTAMP_ANY)) && n >= 0 &&
	    !(flags & LN_MSG_ERRQUEUE))
		put_cmsgs(sk, msg, n > 0 && !(flags & LN_MSG_OOB));
	return n;
}

/* ---- the segment that a conversation lives by ---- */

/* The only one that waits, of which nothing was read and all is wanted; nothing but payload is in
 * it. Or NULL. */
static __always_inline struct sk_buff *sole_segment(const struct sock *sk, const struct msg *msg)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = skb_peek_only(&sk->receive_queue);
	const struct tcp_skb_cb *cb;

	if (!skb || tp->cold)
		return NULL;
	cb = TCP_SKB_CB(skb);
	return cb->seq == tp->copied_seq && cb->end_seq - cb->seq == skb->len &&
	       skb->len - 1 < msg->iter.count ? skb : NULL;
}

ptrdiff_t tcp_recvmsg(struct sock *sk, struct msg *msg, int flags)
{
	struct sk_buff *skb = sole_segment(sk, msg);
	u32 n;

	if (!skb || unlikely(flags & ~LN_MSG_DONTWAIT ||
			     sk->flags & (BIT(SOCK_INQ) | BIT(SOCK_RXOPT) | SOCK_TSTAMP_ANY)))
		return recvmsg_queue(sk, msg, flags);
	n = skb->len;
	skb_copy_to_iter(skb, 0, n, &msg->iter);
	tcp_sk(sk)->copied_seq += n;
	eat_skb(sk, skb);
	read_end(sk, n);
	return n;
}

/* ---- ln_recv_borrow(): whole segments, in the place of a copy ---- */

static bool urgent_waits(const struct tcp_sock *tp)
{
	return unlikely(tp->cold && tp->cold->urg_data) && !sock_flag(&tp->sk, SOCK_URGINLINE);
}

static struct sk_buff *borrow_peek(struct sock *sk, u32 *off, ptrdiff_t *why)
{
	struct sk_buff *skb = skb_peek(&sk->receive_queue);

	if (sk->c.state != TCP_LISTEN && !urgent_waits(tcp_sk(sk)) && likely(skb)) {
		*off = tcp_sk(sk)->copied_seq - TCP_SKB_CB(skb)->seq;
		return skb;
	}
	if (!why)
		return NULL;
	*why = sk->c.state == TCP_LISTEN ? -ENOTCONN : skb ? -EOPNOTSUPP : nothing(sk);
	tcp_cleanup_rbuf(sk, 0);
	return NULL;
}

static void borrow_take(struct sock *sk, struct sk_buff *skb)
{
	tcp_sk(sk)->copied_seq = TCP_SKB_CB(skb)->end_seq;	/* a FIN behind it too */
	skb_unlink(skb, &sk->receive_queue);
}

static void borrow_end(struct sock *sk, u32 taken)
{
	sk_peek_offset_bwd(sk, taken);
	read_end(sk, taken);
}

/* The window may open. */
static void borrow_returned(struct sock *sk, u32 bytes)
{
	if (tcp_state_in(sk, TCPF(ESTABLISHED) | TCPF(FIN_WAIT1) | TCPF(FIN_WAIT2)))
		tcp_cleanup_rbuf(sk, bytes);
}

const struct rx_borrow_ops tcp_borrow_ops = {
	.peek = borrow_peek, .take = borrow_take, .end = borrow_end, .returned = borrow_returned,
};

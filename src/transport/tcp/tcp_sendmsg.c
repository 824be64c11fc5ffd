/* SPDX-License-Identifier: MIT */
/*
 * From the user to the write queue (row T6): copy 1. Bytes go into the socket's current send page,
 * summed in the same pass; sk_buffs refer to pieces of it, each up to 64 KB (tcp_tso.h). The sum of
 * each segment's payload is kept with the page (base/buf_sum.h), so that sending reads none of it.
 *
 * The page is a buffer of up to 32 KB, sized by what there is to send. When all is acknowledged it
 * stays for the next write if there is room in it, until the connection rests or memory is short.
 * What of it is not yet used is charged to the instance here; used bytes are charged by the
 * sk_buffs that hold them.
 */
#include "base/buf_sum.h"
#include "base/trace.h"
#include "transport/ip_sockglue.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_plain.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_tso.h"
#include "transport/tcp/tcp_txstamp.h"
#include "transport/tcp/tcp_user.h"
#include "transport/tcp/tcp_zerocopy.h"

#define TCP_FRAG_MIN (2048u - BUF_HEADER)
#define TCP_FRAG_MAX (32768u - BUF_HEADER)
#define TCP_FRAG_SUMS 64	/* of so many bytes, one for sums */
#define TCP_FRAG_SPARE 256u	/* a page with less room is not kept for the next write */

/* ---- the send page ---- */

static u32 frag_room(const struct tcp_sock *tp)
{
	return tp->frag ? buf_sum_room(tp->frag, tp->frag_off) : 0;
}

void tcp_frag_release(struct tcp_sock *tp)
{
	if (!tp->frag)
		return;
	mem_uncharge(&tcp_net(tp)->mem, tp->frag->size - tp->frag_off + BUF_HEADER);
	buf_put(tp->frag);
	tp->frag = NULL;
	tp->frag_off = 0;
}

void tcp_frag_trim(struct tcp_sock *tp)
{
	if (frag_room(tp) < TCP_FRAG_SPARE || tcp_under_memory_pressure(tcp_net(tp)))
		tcp_frag_release(tp);
}

/* A new page; want: how many bytes the user has. */
static __noinline bool frag_refill(struct tcp_sock *tp, size_t want)
{
	struct net *net = tcp_net(tp);
	struct buf *b;

	tcp_frag_release(tp);
	if (unlikely(tcp_memory_short(net)))
		want = min_t(size_t, want, (u32)net->sysctl.tcp_wmem_min);
	want += want / TCP_FRAG_SUMS;
	b = buf_alloc(net->bufs, (u32)clamp_t(size_t, want, TCP_FRAG_MIN, TCP_FRAG_MAX));
	if (!b)
		return false;
	if (!mem_charge(&net->mem, buf_truesize(b))) {
		buf_put(b);
		return false;
	}
	tp->frag = b;
	tp->frag_off = 0;
	return true;
}

/* Makes the next n bytes of the page part of skb, which takes over their charge. False: no slot. */
static __always_inline bool frag_append(struct tcp_sock *tp, struct sk_buff *skb, u32 n)
{
	struct skb_frag *last = skb->nr_frags ? &skb->frags[skb->nr_frags - 1] : NULL;

	if (last && last->buf == tp->frag && last->off + last->len == tp->frag_off) {
		last->len += n;
	} else if (unlikely(skb->nr_frags == MAX_SKB_FRAGS)) {
		return false;
	} else {
		skb->frags[skb->nr_frags++] = (struct skb_frag){
			buf_get(tp->frag), tp->frag_off, n,
		};
	}
	skb->len += n;
	skb->data_len += n;
	skb->truesize += n;
	return true;
}

/* What of a segment is at the end of skb, which is not full. */
static u32 begun_segment(const struct sk_buff *skb, u32 mss)
{
	return likely(skb->len < mss) ? skb->len : skb->len % mss;
}

/* The sum of each segment's piece is kept; the first has room for `rest` bytes. */
static void copy_summed(struct tcp_sock *tp, struct iov_iter *it, u32 n, u32 rest, u32 mss)
{
	for (u32 done = 0, piece; done < n; done += piece, rest = mss) {
		u32 off = tp->frag_off + done;
		wsum sum;

		piece = min(n - done, rest);
		sum = csum_and_copy_from_iter(tcp_net(tp), tp->frag->data + off, piece, it, 0);
		buf_sum_keep(tp->frag, off, piece, sum, rest < mss);
	}
}

/* UINT32_MAX: no limit. */
static u32 notsent_lowat(const struct tcp_sock *tp)
{
	u32 of_sock = unlikely(tp->cold) ? tp->cold->notsent_lowat : 0;

	return of_sock ? of_sock : (u32)tcp_net(tp)->sysctl.tcp_notsent_lowat;
}

/* Of n bytes, more than skb's last segment takes, as many as the send buffer and the page take. The
 * first is asked before each segment, so the one that it ends in becomes full. */
static __noinline u32 copy_several(struct tcp_sock *tp, struct sk_buff *skb, struct iov_iter *it,
				   u32 n, u32 rest, u32 mss)
{
	u32 room = frag_room(tp), send = tp->sk.sndbuf - min(tp->sk.sndbuf, tp->sk.wmem);

	if (mss < 1024 || room < 4 * mss || tcp_memory_short(tcp_net(tp)) ||
	    notsent_lowat(tp) != UINT32_MAX)
		n = min(rest, room);
	else
		n = min(max(rest, min(n, send)), room - room / TCP_FRAG_SUMS);
	if (!frag_append(tp, skb, n))
		return 0;
	if (n > mss && tcp_leaves_uncut(tp))
		copy_from_iter(tcp_net(tp), tp->frag->data + tp->frag_off, n, it);
	else
		copy_summed(tp, it, n, rest, mss);
	skb->csum_valid = false;
	tp->frag_off += n;
	return n;
}

/* rest: so much of skb's last segment is free. */
static u32 copy_user(struct tcp_sock *tp, struct sk_buff *skb, struct iov_iter *it, u32 n,
		     u32 rest, u32 mss)
{
	u32 room = frag_room(tp), at = skb->len;
	wsum sum;

	if (unlikely(!room)) {
		if (!frag_refill(tp, it->count))
			return 0;
		room = frag_room(tp);
	}
	if (unlikely(n > rest))
		return copy_several(tp, skb, it, n, rest, mss);
	n = min(n, room);
	if (!frag_append(tp, skb, n))
		return 0;
	sum = csum_and_copy_from_iter(tcp_net(tp), tp->frag->data + tp->frag_off, n, it, 0);
	buf_sum_keep(tp->frag, tp->frag_off, n, sum, rest < mss);
	tp->frag_off += n;
	if (likely(!at)) {
		skb->csum = sum;
		skb->csum_valid = true;
	} else if (at < mss && skb->csum_valid) {
		skb->csum = csum_block_add(skb->csum, sum, at);
	} else {
		skb->csum_valid = false;
	}
	return n;
}

/* As much of the user's as skb takes now. Return: how many bytes; 0: no memory, or no slot for a
 * piece. */
static u32 copy_to_skb(struct tcp_sock *tp, struct sk_buff *skb, struct msg *msg, u32 mss, u32 goal)
{
	u32 rest = mss - begun_segment(skb, mss), n;

	n = (u32)min_t(size_t, goal - skb->len, msg->iter.count);
	if (unlikely(msg->zc)) {
		n = zerocopy_append(msg->zc, skb, &msg->iter, min(n, rest));
		skb->csum_valid = false;
	} else {
		n = copy_user(tp, skb, &msg->iter, n, rest, mss);
	}
	if (!n)
		return 0;
	tcp_wmem_charge(tp, n);
	tp->write_seq += n;
	TCP_SKB_CB(skb)->end_seq += n;
	return n;
}

u32 tcp_fill_syn(struct tcp_sock *tp, struct sk_buff *skb, struct msg *msg, u32 space)
{
	while (skb->len < space && msg->iter.count && copy_to_skb(tp, skb, msg, space, space))
		;
	return skb->len;
}

/* ---- limits ---- */

static u32 notsent(const struct tcp_sock *tp)
{
	return tp->write_seq - tp->snd_nxt;
}

/* wake: who waits is woken when half of it went. */
static bool notsent_ok(const struct tcp_sock *tp, bool wake)
{
	u32 lowat = notsent_lowat(tp);

	return likely(lowat == UINT32_MAX) || (u64)notsent(tp) << wake < lowat;
}

static bool memory_free(const struct sock *sk)
{
	const struct net *net = sock_net(sk);

	if (sk->wmem >= sk->sndbuf)
		return false;
	return !tcp_memory_short(net) ||
	       tcp_memory_minimum(net, sk->wmem, net->sysctl.tcp_wmem_min);
}

bool tcp_stream_memory_free(const struct sock *sk)
{
	return memory_free(sk) && notsent_ok(tcp_sk(sk), false);
}

bool tcp_stream_is_writeable(const struct sock *sk)
{
	u32 free = sk->sndbuf > sk->wmem ? sk->sndbuf - sk->wmem : 0;

	return free >= sk->wmem / 2 && tcp_stream_memory_free(sk) &&
	       notsent_ok(tcp_sk(sk), true);
}

/* ---- sending ---- */

/* How far one is filled; to more than a segment only where there is more. */
static u32 size_goal(const struct tcp_sock *tp, size_t n, u32 mss, int flags)
{
	const struct sk_buff *tail = skb_peek_tail(&tp->write_queue);

	if (likely(n + (tail ? tail->len : 0) <= mss) || flags & LN_MSG_OOB)
		return mss;
	return tcp_xmit_size_goal(tp, mss);
}

static struct sk_buff *new_segment(struct tcp_sock *tp)
{
	struct sk_buff *skb;

	if (!tcp_stream_memory_free(&tp->sk))
		return NULL;
	skb = tcp_alloc_skb(tcp_net(tp), tp->write_seq, TCPHDR_ACK);
	if (!skb)
		return NULL;
	tcp_wmem_charge(tp, sk_truesize(skb));
	tcp_chrono_busy(&tp->chrono, tcp_net(tp)->now);
	skb_queue_tail(&tp->write_queue, skb);
	tcp_slow_start_after_idle_check(&tp->sk);
	return skb;
}

/* An empty segment that got no bytes. */
static void remove_empty(struct tcp_sock *tp)
{
	struct sk_buff *skb = skb_peek_tail(&tp->write_queue);

	if (!skb || skb->len || TCP_SKB_CB(skb)->end_seq != TCP_SKB_CB(skb)->seq)
		return;
	skb_unlink(skb, &tp->write_queue);
	tcp_wmem_uncharge(tp, sk_truesize(skb));
	kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
}

static void mark_push(struct tcp_sock *tp, struct sk_buff *skb)
{
	TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_PSH;
	tp->pushed_seq = tp->write_seq;
}

/* Half of the largest window without PSH: time for one. */
static bool forced_push(const struct tcp_sock *tp)
{
	return after(tp->write_seq, tp->pushed_seq + (tp->max_window >> 1));
}

static void tcp_push(struct sock *sk, int flags, u32 mss, u8 nonagle)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *tail = skb_peek_tail(&tp->write_queue);
	struct tcp_cold *cold;

	if (unlikely(sk->txstamp))
		tcp_tx_timestamp(sk);
	if (!tail)
		return;
	if (!(flags & LN_MSG_MORE) || forced_push(tp))
		mark_push(tp, tail);
	if (flags & LN_MSG_OOB && (cold = tcp_cold_get(tp))) {
		cold->snd_up = tp->write_seq;
		cold->urg_mode = true;
	}
	if (flags & LN_MSG_MORE)
		nonagle = TCP_NAGLE_CORK;
	__tcp_push_pending_frames(sk, mss, nonagle);
}

/* What a call fills. */
struct fill {
	u32 mss, goal;	/* of a segment; of what leaves as one */
	u32 segs;	/* begun */
	bool urgent;
};

/*
 * Whether one segment more is taken into what has begun, where what is not yet sent does not count.
 * Sending may make room; but not before the urgent pointer is known.
 */
static bool may_grow(struct sock *sk, const struct fill *f)
{
	if (likely(memory_free(sk)))
		return true;
	if (f->urgent)
		return false;
	tcp_write_xmit(sk, f->mss, TCP_NAGLE_PUSH, TCP_XMIT_ALL);
	return memory_free(sk);
}

/* Return: 0: go on; -EAGAIN: no room for now. */
static int fill_segment(struct sock *sk, struct msg *msg, struct fill *f)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = skb_peek_tail(&tp->write_queue);
	u32 mss = f->mss, goal = f->goal, n;
	bool fresh;

	if (skb && skb->len >= mss && unlikely(!begun_segment(skb, mss) && !may_grow(sk, f)))
		return -EAGAIN;
	skb = skb_peek_tail(&tp->write_queue);
	fresh = !skb || skb->len >= goal || unlikely(TCP_SKB_CB(skb)->sacked & TCPCB_EOR);
	if (fresh) {
		skb = new_segment(tp);
		if (!skb)
			return -EAGAIN;
	}
	n = copy_to_skb(tp, skb, msg, mss, goal);
	if (!n && !fresh) {
		/* No slot is left in it: the next one. */
		mark_push(tp, skb);
		skb = new_segment(tp);
		fresh = true;
		n = skb ? copy_to_skb(tp, skb, msg, mss, goal) : 0;
	}
	f->segs += fresh && n;
	if (!n) {
		remove_empty(tp);
		return -EAGAIN;
	}
	return 0;
}

/* What is full leaves while the user's bytes are still being copied. */
static void push_full(struct sock *sk, u32 mss, u32 goal)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *tail = skb_peek_tail(&tp->write_queue);

	if (!tail || tail->len < goal)
		return;
	if (forced_push(tp)) {
		mark_push(tp, tail);
		__tcp_push_pending_frames(sk, mss, TCP_NAGLE_PUSH);
	} else if (tail == tcp_send_head(sk)) {
		tcp_write_xmit(sk, mss, TCP_NAGLE_PUSH, TCP_XMIT_ONE);
	}
}

/* May data be queued? */
static int sendmsg_state(struct sock *sk)
{
	if (likely(tcp_state_in(sk, TCPF(ESTABLISHED) | TCPF(CLOSE_WAIT))) &&
	    likely(!sk->err && !(sk->shutdown & SEND_SHUTDOWN)))
		return 0;
	if (sk->err)
		return sock_error(sk);
	if (sk->shutdown & SEND_SHUTDOWN)
		return -EPIPE;
	if (sk->c.state == TCP_SYN_RECV && tcp_sk(sk)->fastopen_rsk)
		return 0;
	if (tcp_state_in(sk, TCPF(SYN_SENT) | TCPF(SYN_RECV)))
		return -EAGAIN;
	return -EPIPE;
}

/* The user comes when all that he gave before is on its way, and more could be. */
static void check_app_limited(struct tcp_sock *tp)
{
	u32 in_flight = tcp_packets_in_flight(&tp->rtxq);

	if (unlikely(tp->cong.pacing) && tp->cong.pacing->queued)
		return;
	if (notsent(tp) < tp->mss_cache && in_flight < tp->cong.snd_cwnd &&
	    tp->rtxq.lost_out <= tp->rtxq.retrans_out)
		tcp_rate_app_limited(&tp->cong.rate, in_flight);
}

/* Memory is short: half of what is there now is enough, and it may grow again. */
static void moderate_sndbuf(struct sock *sk)
{
	if (!sock_flag(sk, SOCK_SNDBUF_LOCK))
		sk->sndbuf = max(min(sk->sndbuf, sk->wmem / 2), (u32)SOCK_MIN_SNDBUF);
}

static __noinline ptrdiff_t sendmsg_queue(struct sock *sk, struct msg *msg, int flags)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct fill f = { .urgent = flags & LN_MSG_OOB };
	size_t copied = 0, total = msg->iter.count;
	int err = sendmsg_state(sk);

	sock_txstamp_begin(sk);
	if (likely(!err) && unlikely(msg->control))
		err = sock_cmsgs_send(sk, msg);
	if (err)
		return err;
	if (unlikely(flags & LN_MSG_ZEROCOPY) && !msg->zc && sock_flag(sk, SOCK_ZEROCOPY) && total)
		return tcp_sendmsg_zerocopy(sk, msg, flags);
	f.mss = tcp_current_mss(sk);
	f.goal = size_goal(tp, total, f.mss, flags);
	check_app_limited(tp);
	while (msg->iter.count) {
		err = fill_segment(sk, msg, &f);
		if (err)
			break;
		if (!copied)
			TCP_SKB_CB(skb_peek_tail(&tp->write_queue))->tcp_flags &= (u8)~TCPHDR_PSH;
		copied = total - msg->iter.count;
		if (msg->iter.count && !f.urgent)
			push_full(sk, f.mss, f.goal);
	}
	trace_net(sock_net(sk), tcp_sendmsg, copied, f.segs, notsent(tp));
	if (err) {
		sock_set_flag(sk, SOCK_NOSPACE);
		if (unlikely(tcp_mem_exceeded(sock_net(sk))))
			moderate_sndbuf(sk);
		if (copied)
			tcp_push(sk, flags & ~LN_MSG_MORE, f.mss, TCP_NAGLE_PUSH);
		else if (tcp_send_head(sk))
			__tcp_push_pending_frames(sk, f.mss, TCP_NAGLE_PUSH);
		return copied ? (ptrdiff_t)copied : err;
	}
	if (!copied)
		return 0;
	if (unlikely(flags & LN_MSG_EOR))
		TCP_SKB_CB(skb_peek_tail(&tp->write_queue))->sacked |= TCPCB_EOR;
	tcp_push(sk, flags, f.mss, tp->nonagle);
	return (ptrdiff_t)copied;
}

/* ---- the message that a conversation lives by ---- */

/* Nothing waits, nothing is in flight, and nothing goes on beside: what is written now is all that
 * there is to be sent. */
static __always_inline bool is_quiet(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return tcp_is_plain(tp) && skb_queue_empty(&tp->write_queue) &&
	       !((uintptr_t)sk->txstamp | tp->rtxq.packets_out | tp->rec.ca_state |
		 (u32)(u16)sk->err | (sk->shutdown & SEND_SHUTDOWN) |
		 (sk->flags & BIT(SOCK_NOSPACE)) | (tp->nonagle & TCP_NAGLE_CORK) |
		 tp->chrono.type) &&
	       sk->c.state == TCP_ESTABLISHED && !sock_net(sk)->trace;
}

/* So much may leave now: one segment, that the peer's window takes, soon after the last one. */
static __always_inline bool leaves_now(const struct sock *sk, size_t n, u32 now)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 idle_ms = now - tp->lsndtime;

	return n - 1 < tp->mss_cache && n <= tp->snd_wnd && tp->cong.snd_cwnd &&
	       (u64)idle_ms * 1000u <= tp->rtt.rto_us;
}

/* As tcp_sendmsg(), which would find all this out on its way. Return: 0: it has to. */
static __always_inline ptrdiff_t send_alone(struct sock *sk, struct msg *msg)
{
	struct tcp_sock *tp = tcp_sk(sk);
	size_t count = msg->iter.count;
	u32 n = (u32)count, now = tcp_ms(sock_net(sk));
	struct neighbour *to;
	struct sk_buff *skb;

	if (!is_quiet(sk) || !leaves_now(sk, count, now) || !tcp_stream_memory_free(sk))
		return 0;
	if (n > frag_room(tp) && (tp->frag || !frag_refill(tp, n)))
		return 0;
	to = tcp_lend_to(sk, n);
	if (unlikely(!to || tcp_straight_mtu(sk) != tp->pmtu_cookie))
		return 0;
	skb = alloc_room_skb(sock_net(sk), MAX_HEADER);
	if (unlikely(!skb))
		return 0;
	tcp_init_skb(skb, tp->write_seq, TCPHDR_ACK | TCPHDR_PSH);
	tcp_rate_app_limited(&tp->cong.rate, 0);
	tcp_chrono_busy(&tp->chrono, sock_net(sk)->now);
	frag_append(tp, skb, n);
	skb->csum = csum_and_copy_from_iter(sock_net(sk), tp->frag->data + tp->frag_off, n,
					    &msg->iter, 0);
	skb->csum_valid = true;
	buf_sum_keep(tp->frag, tp->frag_off, n, skb->csum, false);
	tp->frag_off += n;
	tcp_wmem_charge(tp, sk_truesize(skb));
	TCP_SKB_CB(skb)->end_seq += n;
	tp->write_seq = tp->pushed_seq = TCP_SKB_CB(skb)->end_seq;
	tcp_transmit_lent(sk, skb, to, true, now);
	tcp_sent_alone(sk, skb);
	return n;
}

ptrdiff_t tcp_sendmsg(struct sock *sk, struct msg *msg, int flags)
{
	ptrdiff_t n = 0;

	if (likely(!(flags & ~(LN_MSG_DONTWAIT | LN_MSG_NOSIGNAL) || msg->control || msg->zc)))
		n = send_alone(sk, msg);
	return likely(n) ? n : sendmsg_queue(sk, msg, flags);
}

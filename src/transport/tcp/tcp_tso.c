/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_tso.h"

#include "device/netdevice.h"
#include "net/ipv6/ip6_offload.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_pacing.h"

bool tcp_leaves_uncut(const struct tcp_sock *tp)
{
	const struct dst_entry *dst = tp->sk.dst;

	return dst && dst->dev && dst->dev->features & NETIF_F_TSO;
}

/* Each is signed, or has more headers than whoever cuts them writes. */
static bool sends_one_by_one(const struct tcp_sock *tp)
{
	return unlikely(tp->auth) || tcp_ext_hdr_len(&tp->sk) > IP6_OFFLOAD_HLEN_MAX - IPV6_HLEN;
}

u32 tcp_xmit_size_goal(const struct tcp_sock *tp, u32 mss)
{
	u32 goal = TCP_GSO_BYTES_MAX, cutoff = tp->max_window;

	if (unlikely(sends_one_by_one(tp)))
		return mss;
	/* Half of the peer's window, so that the other half is on its way meanwhile. */
	if (cutoff > TCP_MSS_DEFAULT)
		cutoff >>= 1;
	if (cutoff && goal > cutoff)
		goal = cutoff;
	return max(goal - goal % mss, mss);
}

u32 tcp_tso_segs(const struct tcp_sock *tp, u32 mss)
{
	const struct net *net = tcp_net(tp);
	u32 log = (u32)net->sysctl.tcp_tso_rtt_log;
	u32 r = tcp_min_rtt(&tp->rtt) >> min(log, 31u);
	u64 bytes = tcp_pacing_rate(tp) >> 10;
	u32 least = tcp_cong_models(&tp->cong) && tp->cong.ops->min_tso_segs ?
		    tp->cong.ops->min_tso_segs(&tp->cong) : (u32)net->sysctl.tcp_min_tso_segs;

	if (unlikely(sends_one_by_one(tp)))
		return 1;
	if (log && r < 32)
		bytes += TCP_GSO_BYTES_MAX >> r;
	bytes = min_t(u64, bytes, TCP_GSO_BYTES_MAX);
	return max((u32)bytes / mss, least);
}

/* Whether Nagle holds back a last segment that is not full. */
static bool nagle_holds_partial(const struct tcp_sock *tp, u8 nonagle)
{
	return nonagle & TCP_NAGLE_CORK ||
	       (!nonagle && tp->rtxq.packets_out && tcp_minshall_check(tp));
}

u32 tcp_mss_split_point(const struct tcp_sock *tp, const struct sk_buff *skb, u32 mss, u32 segs,
			u8 nonagle)
{
	u32 window = tcp_wnd_end(tp) - TCP_SKB_CB(skb)->seq, most = mss * segs, needed, partial;

	if (likely(most <= window && skb != skb_peek_tail(&tp->write_queue)))
		return most;
	needed = min(skb->len, window);
	if (most <= needed)
		return most;
	partial = needed % mss;
	return partial && nagle_holds_partial(tp, nonagle) ? needed - partial : needed;
}

/* By the RTT, what was sent first is acknowledged later than in a ms, or in half an RTT. */
static bool ack_is_late(const struct tcp_sock *tp, const struct sk_buff *head, ktime_t now)
{
	ktime_t rtt = us_to_ktime(tp->rtt.srtt_us >> 3);

	return head->tstamp + rtt - now > min(rtt / 2, (ktime_t)NSEC_PER_MSEC);
}

/* Of what was sent last, and of what is acknowledged next. */
static bool ack_is_far(const struct tcp_sock *tp)
{
	const struct sk_buff *head = tcp_rtxq_head(&tp->rtxq), *last;
	ktime_t now = tcp_net(tp)->now;

	if (!head)
		return true;
	last = skb_peek_tail(&tp->rtxq.q);
	return now - last->tstamp > NSEC_PER_MSEC || ack_is_late(tp, head, now);
}

/* What may leave is a good part of the window. */
static bool is_enough(const struct tcp_sock *tp, u32 limit, u32 mss)
{
	u32 divisor = (u32)tcp_net(tp)->sysctl.tcp_tso_win_divisor;

	return divisor ? limit >= min(tp->snd_wnd, tp->cong.snd_cwnd * mss) / divisor :
			 limit > TCP_TSO_DEFERRED_MAX * mss;
}

enum tcp_tso_defer tcp_tso_should_defer(const struct tcp_sock *tp, const struct sk_buff *skb,
					u32 max_segs)
{
	u32 mss = tp->mss_cache;
	u32 send_win = tcp_wnd_end(tp) - TCP_SKB_CB(skb)->seq;
	u32 cong_win = (tp->cong.snd_cwnd - tcp_packets_in_flight(&tp->rtxq)) * mss;
	u32 limit = min(send_win, cong_win);
	bool last = skb == skb_peek_tail(&tp->write_queue);

	if (tp->rec.ca_state >= TCP_CA_Recovery || limit >= max_segs * mss ||
	    (!last && limit >= skb->len) ||
	    is_enough(tp, limit, mss) || ack_is_far(tp))
		return TCP_TSO_SEND;
	if (cong_win < send_win) {
		if (cong_win <= skb->len)
			return TCP_TSO_DEFER_CWND;
	} else if (send_win <= skb->len) {
		return TCP_TSO_DEFER;
	}
	/* Nothing is added to it any more. */
	return TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN || TCP_SKB_CB(skb)->sacked & TCPCB_EOR ?
	       TCP_TSO_SEND : TCP_TSO_DEFER;
}

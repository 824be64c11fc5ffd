/* SPDX-License-Identifier: MIT */
/*
 * The segment of a connection that has nothing special (tcp_is_plain()): its header, and how it is
 * sent out of the sk_buff that stays in the queue (device/dev_lend.h). In a header, as it is done
 * in two places for each message: where it leaves at once (tcp_sendmsg.c), and where it waited
 * (tcp_xmit.c).
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_PLAIN_H
#define LINNET_TRANSPORT_TCP_TCP_PLAIN_H

#include "base/skb_ring.h"
#include "device/dev_lend.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_timer.h"

/* ---- the header ---- */

/* The header's window field; SYN's is not scaled. */
static __always_inline u16 tcp_header_window(struct sock *sk, u8 flags)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 had = tp->rwin.rcv_wnd;
	u16 win;

	if (unlikely(flags & TCPHDR_SYN)) {
		tp->rwin.rcv_wup = tp->rcv_nxt;
		return (u16)min(tp->rwin.rcv_wnd, 65535u);
	}
	if (unlikely(tp->ack.pending & ICSK_ACK_NOMEM)) {
		tp->pred_flags = 0;
		return tcp_close_window(&tp->rwin, tp->rcv_nxt);
	}
	win = tcp_select_window(&tp->rwin, __tcp_select_window(sk), tp->rcv_nxt,
				net->sysctl.tcp_shrink_window);
	if (unlikely(!win)) {
		tp->pred_flags = 0;
		if (had)
			mib_inc(net, TcpExtTCPToZeroWindowAdv);
	} else if (unlikely(!had)) {
		mib_inc(net, TcpExtTCPFromZeroWindowAdv);
	}
	return win;
}

static __always_inline u64 tcp_put_summed(u8 *p, u32 v)
{
	be32 w = cpu_to_be32(v);

	memcpy(p, &w, sizeof(w));
	return w;
}

/* Of a connection that tcp_is_plain(): no options but the timestamp. */
static __always_inline u32 tcp_plain_hlen(const struct tcp_sock *tp)
{
	return tp->tcp_header_len;
}

/* Such a header at p: the sum is made of words not yet written. now: tcp_ts_clock(). Return:
 * payload's sum, and the header's with check 0. */
static __always_inline wsum tcp_plain_header(struct sock *sk, const struct tcp_skb_cb *cb,
					     u8 *p, u32 hlen, wsum payload, u32 now)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u16 window = tcp_header_window(sk, 0);
	u64 sum = payload;

	sum += tcp_put_summed(p, (u32)sk->c.num << 16 | be16_to_cpu(sk->c.dport));
	sum += tcp_put_summed(p + 4, cb->seq);
	sum += tcp_put_summed(p + 8, cb->tcp_flags & TCPHDR_ACK ? tp->rcv_nxt : 0);
	sum += tcp_put_summed(p + 12, hlen / 4 << 28 | (u32)cb->tcp_flags << 16 | window);
	tcp_put_summed(p + 16, 0);
	if (likely(hlen > TCP_HLEN)) {
		sum += tcp_put_summed(p + 20, TCPOPT_NOP << 24 | TCPOPT_NOP << 16 |
					      TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
		sum += tcp_put_summed(p + 24, now + tp->tsoffset);
		sum += tcp_put_summed(p + 28, tp->ts_recent);
	}
	return csum_from64(sum);
}

/* ---- what is counted of any segment ---- */

static inline void tcp_event_ack_sent(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	/* Only of new data, as Linux since 6.7. */
	if (tp->ack.quick && inet_csk_ack_scheduled(tp) && !--tp->ack.quick)
		tp->ack.ato_ms = TCP_DELACK_MIN_MS;
	tcp_clear_delack_timer(sk);
}

/* Data leaves: the connection is in use again, and interactive when it answers soon. */
static __always_inline void tcp_event_data_sent(struct sock *sk, u32 len, u32 pcount, bool first,
						u32 now)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (first)
		tcp_cong_event(&tp->cong, CA_EVENT_TX_START, sock_net(sk)->now,
			       ms_to_ktime((s64)(now - tp->lsndtime)));
	tp->lsndtime = now;
	if (now - tp->ack.lrcvtime < tp->ack.ato_ms)
		tp->ack.pingpong += tp->ack.pingpong < UINT8_MAX;
	tp->data_segs_out += pcount;
	tp->bytes_sent += len;
}

/* first: nothing was in flight. now: tcp_ms(). */
static __always_inline void tcp_count_sent(struct sock *sk, const struct sk_buff *skb, u32 payload,
					   u32 pcount, bool first, u32 now)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (likely(cb->tcp_flags & TCPHDR_ACK))
		tcp_event_ack_sent(sk);
	if (payload)
		tcp_event_data_sent(sk, payload, pcount, first, now);
	tp->segs_out += pcount;
	/* RFC 4022: not what only brings again what was sent; an ACK brings nothing. */
	if (likely(after(cb->end_seq, tp->snd_nxt) || cb->seq == cb->end_seq))
		mib_add(sock_net(sk), TcpOutSegs, pcount);
}

/* ---- lent ---- */

/* Linux's ip_dont_fragment(). */
static inline bool tcp_dont_fragment(const struct tcp_sock *tp)
{
	if (unlikely(tp->sk.c.v6))
		return true;
	if (likely(tp->pmtu_cookie > IP_PMTU_MIN && !dst_metric_locked(tp->sk.dst, RTAX_MTU)) ||
	    tp->sk.pmtudisc != LN_IP_PMTUDISC_WANT)
		return (u8)(tp->sk.pmtudisc - LN_IP_PMTUDISC_WANT) <= 1;	/* or DO */
	return !ip_pmtu_locked(tcp_net(tp), tp->sk.dst, tp->sk.c.daddr);
}

/* For a segment of a connection that tcp_is_plain(), with so much payload: the neighbour that it
 * may go straight to; NULL: it has to ask at each step. */
static __always_inline struct neighbour *tcp_straight_to(struct sock *sk, u32 payload)
{
	u32 len = payload + tcp_plain_hlen(tcp_sk(sk));

	if (unlikely(!sk->dst || !dst_check(sk->dst)))
		return NULL;
	if (unlikely(sk->c.v6))
		return tcp_v6_straight(sk, len);
	if (unlikely(!tcp_dont_fragment(tcp_sk(sk))))
		return NULL;
	return ip_straight(dst_rtable(sk->dst), sk->c.daddr, len + IPV4_HLEN);
}

/* The same out of the sk_buff that stays in the queue, now. */
static __always_inline struct neighbour *tcp_lend_to(struct sock *sk, u32 payload)
{
	struct neighbour *n = tcp_straight_to(sk, payload);

	return likely(n) && dev_may_lend(n->dev) ? n : NULL;
}

/* IP's header in front of the segment at p, and off. */
static __always_inline void tcp_lend_frame(struct sock *sk, struct sk_buff *skb,
					   struct neighbour *n, u8 *p, u32 hlen)
{
	struct ip_xmit x;

	if (unlikely(sk->c.v6)) {
		tcp_v6_lend(sk, skb, n, p, hlen);
		return;
	}
	x = (struct ip_xmit){
		.saddr = sk->saddr, .daddr = sk->c.daddr, .protocol = IP_PROTO_TCP,
		.ttl = sk->ttl, .tos = sk->tos, .df = true,
	};
	ip_straight_write(sock_net(sk), n, p - IP_STRAIGHT_HLEN, &x, hlen + skb->len + IPV4_HLEN);
	dev_xmit_lent(skb, n->dev, p - IP_STRAIGHT_HLEN, hlen + IP_STRAIGHT_HLEN);
}

/*
 * The segment that a conversation lives by: as tcp_transmit_skb() with a clone, but its headers are
 * written into skb's own room, which is empty, and the card sends out of skb. skb->csum is of its
 * payload. first: nothing is in flight. now: tcp_ms().
 */
static __always_inline void tcp_transmit_lent(struct sock *sk, struct sk_buff *skb,
					      struct neighbour *n, bool first, u32 now)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 payload = skb->len, hlen = tcp_plain_hlen(tp);
	u8 *p = skb->data - hlen;
	struct tcphdr *th = (struct tcphdr *)(void *)p;
	wsum sum;

	ln_assert(skb_headroom(skb) >= MAX_HEADER);
	skb->tstamp = sock_net(sk)->now;
	tcp_rate_skb_sent(&tp->cong.rate, skb, first);
	sum = tcp_plain_header(sk, TCP_SKB_CB(skb), p, hlen, skb->csum, now);
	th->check = tcp_sk_check(sk, hlen + payload, sum);
	tcp_count_sent(sk, skb, payload, 1, first, now);
	tcp_lend_frame(sk, skb, n, p, hlen);
}

#endif

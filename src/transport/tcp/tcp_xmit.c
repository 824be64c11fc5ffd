/* SPDX-License-Identifier: MIT */
/* One segment: its options, header, checksum, and the clone that carries it to IP (row T7). */
#include "base/assert.h"
#include "base/skb_share.h"
#include "base/trace.h"
#include "device/dev_lend.h"
#include "net/ipv4/ip_straight.h"
#include "transport/sock_rare.h"
#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_comp_sack.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_pacing.h"
#include "transport/tcp/tcp_plain.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_txstamp.h"

struct sk_buff *tcp_alloc_skb(struct net *net, u32 seq, u8 flags)
{
	struct sk_buff *skb = alloc_room_skb(net, MAX_HEADER);

	if (likely(skb))
		tcp_init_skb(skb, seq, flags);
	return skb;
}

static __noinline struct dst_entry *tcp_route_again(struct sock *sk)
{
	struct tcp_path path = tcp_path_of(&sk->c, sk->mark, sk->tos);
	int err;

	path.opt = sock_txopt(sk);
	path.anysrc = inet_flag(sk, INET_TRANSPARENT);
	sk_dst_reset(sk);
	sk->dst = tcp_af(&sk->c)->route(sock_net(sk), &path, &err);
	return sk->dst;
}

struct dst_entry *tcp_route(struct sock *sk)
{
	return likely(sk->dst && dst_check(sk->dst)) ? sk->dst : tcp_route_again(sk);
}

/* A connection that began: SYN, SYN-ACK of a simultaneous open. */
static void syn_options(struct tcp_sock *tp, const struct sk_buff *skb,
			struct tcp_out_options *o)
{
	const struct net *net = tcp_net(tp);
	bool synack = TCP_SKB_CB(skb)->tcp_flags & TCPHDR_ACK;

	/* Since the first one the path may have turned out to be smaller. */
	tp->advmss = min(tp->advmss, tcp_advertise_mss(&tp->sk));
	o->options = OPTION_MSS;
	o->mss = tp->advmss;
	if (unlikely(tp->auth))
		tcp_auth_options(tp->auth, &tp->sk.c, o);
	if (synack ? tp->tstamp_ok : net->sysctl.tcp_timestamps > 0 && !tcp_auth_is_md5(o)) {
		o->options |= OPTION_TS;
		o->tsval = tcp_ts_clock(net) + tp->tsoffset;
		o->tsecr = tp->ts_recent;
	}
	if (synack ? tp->wscale_ok : net->sysctl.tcp_window_scaling > 0) {
		o->options |= OPTION_WSCALE;
		o->ws = tp->rwin.rcv_wscale;
	}
	if (synack ? tp->rec.sack : net->sysctl.tcp_sack > 0)
		o->options |= OPTION_SACK_ADVERTISE;
	if (unlikely(tp->cold) && tp->cold->fo.req)
		tcp_fastopen_syn_options(tp, o);
	if (synack && tcp_ecn_mode_accecn(tp) && net->sysctl.tcp_ecn_option &&
	    tp->tm.retransmits < 2)
		tcp_accecn_fit(NULL, o, 0);
}

static __always_inline void established_options(struct tcp_sock *tp, struct tcp_out_options *o,
				struct tcp_sack_block *sacks)
{
	if (tp->tstamp_ok) {
		o->options |= OPTION_TS;
		o->tsval = tcp_ts_clock(tcp_net(tp)) + tp->tsoffset;
		o->tsecr = tp->ts_recent;
	}
	if (unlikely(tp->auth))
		tcp_auth_options(tp->auth, &tp->sk.c, o);
	if (unlikely(tp->ooo)) {
		o->sacks = sacks;
		o->num_sack_blocks = (u8)tcp_rcvq_sack_blocks(tp->ooo, sacks, tcp_max_sacks(tp));
	}
	if (unlikely(tcp_ecn_mode_accecn(tp)))
		tcp_accecn_options(tp, o);
}

__noinline u32 tcp_accecn_room(struct tcp_sock *tp)
{
	struct tcp_out_options o = { .options = 0 };
	struct tcp_sack_block sacks[TCP_MAX_SACKS];

	established_options(tp, &o, sacks);
	return TCP_HLEN + (u32)tcp_options_size(&o) - tp->tcp_header_len;
}

static void urgent_pointer(const struct tcp_sock *tp, const struct tcp_skb_cb *cb,
			   struct tcphdr *th)
{
	u32 off = tp->cold->snd_up - cb->seq;

	/* It points behind the urgent byte, as Linux and everybody reads it (RFC 6093). One that is
	 * farther than can be said is somewhere on: no more than that is told, of new data. */
	if (off > 0xffff && !after(cb->seq + 0xffff, tp->snd_nxt))
		return;
	th->urg_ptr = cpu_to_be16((u16)min(off, 0xffffu));
	th->flags |= TCPHDR_URG;
}

static void write_header(struct sock *sk, struct sk_buff *skb, const struct tcp_out_options *o)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 hlen = TCP_HLEN + (u32)tcp_options_size(o);
	struct tcphdr *th = (struct tcphdr *)(void *)skb_push(skb, hlen);

	skb_reset_transport_header(skb);
	tcph_write(th, cpu_to_be16(sk->c.num), sk->c.dport, cb->seq,
		   cb->tcp_flags & TCPHDR_ACK ? tp->rcv_nxt : 0, hlen, cb->tcp_flags,
		   tcp_header_window(sk, cb->tcp_flags));
	if (unlikely(tp->cold && tp->cold->urg_mode) && before(cb->seq, tp->cold->snd_up))
		urgent_pointer(tp, cb, th);
	tcp_options_write((u8 *)(th + 1), o);
}

static __always_inline wsum push_plain_header(struct sock *sk, struct sk_buff *skb, wsum payload)
{
	u32 hlen = tcp_plain_hlen(tcp_sk(sk));
	u8 *p = skb_push(skb, hlen);

	skb_reset_transport_header(skb);
	return tcp_plain_header(sk, TCP_SKB_CB(skb), p, hlen, payload, tcp_ts_clock(sock_net(sk)));
}

/* Any header. Return: as tcp_plain_header(). */
static __noinline wsum full_header(struct sock *sk, struct sk_buff *skb, u32 payload, wsum csum)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_out_options o = { .options = 0 };
	struct tcp_sack_block sacks[TCP_MAX_SACKS];

	if (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN)
		syn_options(tp, skb, &o);
	else
		established_options(tp, &o, sacks);
	write_header(sk, skb, &o);
	tcp_ecn_send(sk, skb, payload);
	if (unlikely(o.options & OPTION_ACCECN))
		tcp_accecn_sent(tp, &o);
	if (unlikely(o.options & OPTION_AUTH))
		tcp_auth_sign_sk(sk, skb);
	return csum_header(tcp_hdr(skb), skb->len - payload, csum);
}

/* The payload was summed when the user's bytes were copied. */
static __noinline wsum payload_csum_again(struct sk_buff *skb)
{
	skb->csum = skb_frags_csum(skb, skb->len);
	skb->csum_valid = true;
	return skb->csum;
}

static wsum payload_csum(struct sk_buff *skb)
{
	return likely(skb->csum_valid) ? skb->csum : payload_csum_again(skb);
}

/* sum: of header and payload */
static void finish_csum(const struct sock *sk, struct sk_buff *skb, wsum sum)
{
	struct tcphdr *th = (struct tcphdr *)(void *)skb_transport_header(skb);

	th->check = tcp_sk_check(sk, skb->len, sum);
	skb->ip_summed = CHECKSUM_NONE;
}

/* Several segments in one: whoever cuts it finishes the sums. Without DF each has its own id. */
static void leave_csum(const struct sock *sk, struct sk_buff *skb)
{
	struct tcphdr *th = (struct tcphdr *)(void *)skb_transport_header(skb);

	skb->gso_type = unlikely(sk->c.v6) ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
	if (tcp_ecn_mode_accecn(tcp_sk(sk)))
		skb->gso_type |= SKB_GSO_TCP_ACCECN;
	if (tcp_dont_fragment(tcp_sk(sk)))
		skb->gso_type |= SKB_GSO_TCP_FIXEDID;

	th->check = (be16)~tcp_sk_check(sk, skb->len, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

static int send_to_ip(struct sock *sk, struct sk_buff *skb)
{
	struct dst_entry *dst = tcp_route(sk);
	struct neighbour *n = NULL;
	struct ip_xmit x;

	if (unlikely(!dst)) {
		mib_inc(sock_net(sk), IpOutNoRoutes);
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		return -EHOSTUNREACH;
	}
	skb->priority = sk->priority;
	skb->mark = sk->mark;
	if (unlikely(sk->c.v6))
		return tcp_v6_send(sk, skb);
	x = (struct ip_xmit){
		.saddr = sk->saddr, .daddr = sk->c.daddr, .protocol = IP_PROTO_TCP,
		.ttl = sk->ttl, .tos = sk->tos, .df = tcp_dont_fragment(tcp_sk(sk)),
	};
	if (likely(x.df && !skb->gso_size))
		n = ip_straight(dst_rtable(dst), sk->c.daddr, skb->len + IPV4_HLEN);
	if (likely(n))
		return ip_straight_xmit(sock_net(sk), skb, n, &x);
	skb_dst_set(skb, dst_hold(dst));
	return ip_queue_xmit(sock_net(sk), skb, &x);
}

/* ---- lent ---- */

/* One segment, whose payload is TCP's own memory and in one piece, and no card has it. */
static __always_inline bool may_lend(const struct sock *sk, const struct sk_buff *skb)
{
	return !((uintptr_t)skb->head_buf | skb->gso_size | (u32)skb->lent |
		 (uintptr_t)sk->txstamp | (skb->len ^ skb->data_len) |
		 (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN)) &&
	       skb->nr_frags <= 1 && !skb_has_outside(skb);
}

static __always_inline bool try_lent(struct sock *sk, struct sk_buff *skb)
{
	struct neighbour *n = likely(may_lend(sk, skb)) ? tcp_lend_to(sk, skb->len) : NULL;

	if (unlikely(!n))
		return false;
	if (likely(skb->len))
		payload_csum(skb);
	else
		skb->csum = 0;	/* a FIN, whose payload was acknowledged */
	tcp_transmit_lent(sk, skb, n, !tcp_sk(sk)->rtxq.packets_out, tcp_ms(sock_net(sk)));
	return true;
}

int tcp_transmit_ack(struct sock *sk, struct sk_buff *skb)
{
	struct neighbour *n = likely(tcp_is_plain(tcp_sk(sk))) ? tcp_straight_to(sk, 0) : NULL;
	u32 hlen = tcp_plain_hlen(tcp_sk(sk)), now = tcp_ms(sock_net(sk));
	struct ip_xmit x;
	wsum sum;

	if (unlikely(!n))
		return tcp_transmit_skb(sk, skb, false);
	skb->data -= hlen;
	skb->len = hlen;
	sum = tcp_plain_header(sk, TCP_SKB_CB(skb), skb->data, hlen, 0, now);
	((struct tcphdr *)(void *)skb->data)->check = tcp_sk_check(sk, hlen, sum);
	tcp_count_sent(sk, skb, 0, 1, false, now);
	skb->priority = sk->priority;
	skb->mark = sk->mark;
	if (unlikely(sk->c.v6))
		return tcp_v6_send_straight(sk, skb, n);
	x = (struct ip_xmit){
		.saddr = sk->saddr, .daddr = sk->c.daddr, .protocol = IP_PROTO_TCP,
		.ttl = sk->ttl, .tos = sk->tos, .df = true,
	};
	return ip_straight_xmit(sock_net(sk), skb, n, &x);
}

static __noinline int transmit_skb(struct sock *sk, struct sk_buff *skb, bool clone, bool plain)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 payload = skb->len, pcount = tcp_skb_pcount(skb);
	wsum csum = payload && likely(!skb->gso_size) ? payload_csum(skb) : 0;
	bool fq = tcp_keeps_departure(sk), first = !tp->rtxq.packets_out;
	ktime_t when = unlikely(fq) ? tcp_departure(sk) : net->now;
	struct sk_buff *queued = clone ? skb : NULL;
	int err;

	if (clone) {
		skb = skb_clone(skb);
		if (unlikely(!skb))
			return -ENOBUFS;
		skb->tstamp = when;
		trace_skb(net, skb_clone, skb, queued->id, payload);
	}
	/* As Linux: the receiver's GRO shall not wait for more. */
	if (unlikely(pcount > 1))
		TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_PSH;
	csum = likely(plain && !(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN)) ?
	       push_plain_header(sk, skb, csum) : full_header(sk, skb, payload, csum);
	if (unlikely(skb->gso_size))
		leave_csum(sk, skb);
	else
		finish_csum(sk, skb, csum);
	trace_skb(net, tcp_transmit_skb, skb, TCP_SKB_CB(skb)->tcp_flags, TCP_SKB_CB(skb)->seq,
		  payload, tp->rcv_nxt, tp->rwin.rcv_wnd);
	tcp_count_sent(sk, skb, payload, pcount, first, tcp_ms(net));
	if (unlikely(!plain)) {
		if (tp->ooo) {
			tcp_comp_sack_sent(tp);
			tcp_rcvq_put_idle(tp);
		}
		if (clone && sk->txstamp)
			tcp_tx_mark(sk, skb);
	}
	if (unlikely(fq || (tp->cold && tp->cold->tx_delay_us)))
		tcp_set_departure(sk, skb, when, fq && clone && payload);
	err = send_to_ip(sk, skb);
	if (queued && likely(!err)) {
		queued->tstamp = when;
		tcp_rate_skb_sent(&tp->cong.rate, queued, first);
	}
	/* What did not leave holds nothing back: it would be tried again at that pace, for ever. */
	if (unlikely(tp->cong.pacing) && !err)
		tcp_pacing_sent(tp, payload);
	/* Our own device had no room: that is congestion too. */
	if (unlikely(err == -ENOBUFS))
		tcp_enter_cwr(&tp->rec, &tp->cong, tp->snd_nxt);
	return err;
}

int tcp_transmit_skb(struct sock *sk, struct sk_buff *skb, bool clone)
{
	bool plain = tcp_is_plain(tcp_sk(sk));

	return likely(clone && plain && try_lent(sk, skb)) ? 0 :
							     transmit_skb(sk, skb, clone, plain);
}

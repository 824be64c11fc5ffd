/* SPDX-License-Identifier: MIT */
/* Segments come in, from IPv4 or IPv6: header, checksum, whose is it. */
#include "base/trace.h"
#include "net/inet_iif.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_minisocks.h"
#include "transport/tcp/tcp_reply.h"
#include "transport/tcp/tcp_rest.h"
#include "transport/tcp/tcp_user.h"

static __always_inline void fill_cb(struct sk_buff *skb, const struct tcphdr *th, u32 hlen)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u8 flags = th->flags;

	cb->seq = be32_to_cpu(th->seq);
	cb->ack_seq = be32_to_cpu(th->ack_seq);
	cb->tcp_flags = flags;
	cb->sacked = 0;
	cb->end_seq = cb->seq + tcp_seg_len(flags, skb->len - hlen);
}

/* The sum of a header, which is a multiple of 4 bytes long; mostly with the timestamp alone. */
static __always_inline wsum header_sum(const struct tcphdr *th, u32 hlen)
{
	const u8 *p = (const u8 *)th;
	u64 sum = csum_20_bytes(p);

	if (likely(hlen == TCP_HLEN + TCPOLEN_TSTAMP_ALIGNED))
		sum = csum_add64(csum_add64(sum, csum_load64(p + 20)), csum_load32(p + 28));
	else
		for (u32 off = TCP_HLEN; off < hlen; off += 4)
			sum = csum_add64(sum, csum_load32(p + off));
	return csum_from64(sum);
}

/* A segment from a cable: the header in one place, the payload, if any, in another. */
static __always_inline wsum segment_sum(const struct sk_buff *skb, const struct tcphdr *th,
					u32 hlen)
{
	const struct skb_frag *f = skb->frags;
	wsum sum;

	if (skb_headlen(skb) != hlen || skb->nr_frags > 1 || skb->frag_list)
		return skb_checksum(skb, 0, skb->len, 0);
	sum = header_sum(th, hlen);
	return skb->nr_frags ? csum_partial(f->buf->data + f->off, f->len, sum) : sum;
}

static __always_inline bool csum_ok(const struct sk_buff *skb, const struct tcphdr *th, u32 hlen,
				    bool v6)
{
	wsum sum = segment_sum(skb, th, hlen);

	if (v6)
		return !csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, skb->len,
					IP_PROTO_TCP, sum);
	return !csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, skb->len, IP_PROTO_TCP,
				  sum);
}

/* Header, of *hlen bytes, and checksum; SKB_CONSUMED: sound. */
static __always_inline enum skb_drop_reason check_segment(struct sk_buff *skb, u32 *hlen, bool v6)
{
	if (!pskb_may_pull(skb, TCP_HLEN))
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	*hlen = tcph_hlen((const struct tcphdr *)(const void *)skb->data);
	if (*hlen < TCP_HLEN || !pskb_may_pull(skb, *hlen))
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	skb_reset_transport_header(skb);
	if (skb->ip_summed == CHECKSUM_UNNECESSARY || skb->ip_summed == CHECKSUM_PARTIAL)
		return SKB_CONSUMED;
	if (!csum_ok(skb, (const struct tcphdr *)(const void *)skb->data, *hlen, v6)) {
		mib_inc(skb->net, TcpInCsumErrors);
		return SKB_DROP_REASON_TCP_CSUM;
	}
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return SKB_CONSUMED;
}

static __noinline __cold void trace_rcv(struct sk_buff *skb, const char *found)
{
	const struct tcphdr *th = tcp_hdr(skb);
	be16 sport = th->source, dport = th->dest;

	if (skb_is_ipv6(skb)) {
		const struct ipv6hdr *h = ipv6_hdr(skb);

		trace_skb(skb->net, tcp_v6_rcv, skb, ip6_word(&h->saddr, 0),
			  ip6_word(&h->saddr, 1), be16_to_cpu(sport), be16_to_cpu(dport),
			  TRACE_STR(found));
		return;
	}
	trace_skb(skb->net, tcp_v4_rcv, skb, ip_hdr(skb)->saddr, be16_to_cpu(sport),
		  ip_hdr(skb)->daddr, be16_to_cpu(dport), TRACE_STR(found));
}

/* ---- whose it is ---- */

static __always_inline struct sock_common *find_connection(const struct sk_buff *skb,
							   const struct tcphdr *th, bool v6)
{
	struct inet_hashinfo *h = &skb->net->tcp->hash;
	int dif = inet_iif(skb);
	u16 num = be16_to_cpu(th->dest);

	if (v6)
		return inet6_lookup_established(h, &ipv6_hdr(skb)->saddr, th->source,
						&ipv6_hdr(skb)->daddr, num, dif);
	return inet_lookup_established(h, ip_hdr(skb)->saddr, th->source, ip_hdr(skb)->daddr, num,
				       dif);
}

struct sock *tcp_find_listener(const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct inet_hashinfo *h = &skb->net->tcp->hash;
	int dif = inet_iif(skb);
	u16 num = be16_to_cpu(th->dest);

	if (unlikely(skb_is_ipv6(skb)))
		return inet6_lookup_listener(h, &ipv6_hdr(skb)->saddr, th->source,
					     &ipv6_hdr(skb)->daddr, num, dif);
	return inet_lookup_listener(h, ip_hdr(skb)->saddr, th->source, ip_hdr(skb)->daddr, num,
				    dif);
}

/* ---- what becomes of it ---- */

static void rcv_in_state(struct sock *sk, struct sk_buff *skb)
{
	enum skb_drop_reason reason = tcp_rcv_state_process(sk, skb);

	if (reason) {
		tcp_send_reset(sock_net(sk), sk, skb);
		kfree_skb_reason(skb, reason);
	}
}

static __always_inline void count_in(struct tcp_sock *tp, const struct sk_buff *skb, u32 hlen)
{
	u32 n = skb_packets(skb);

	tp->segs_in += n;
	if (skb->len > hlen)
		tp->data_segs_in += n;
}

/* The first segment of a new connection: data may have come with the ACK. */
static void rcv_child(struct sock *listener, struct sock *child, struct sk_buff *skb)
{
	sock_hold(child);
	count_in(tcp_sk(child), skb, tcph_hlen(tcp_hdr(skb)));
	rcv_in_state(child, skb);
	sock_put(child);
	listener->ops->data_ready(listener);
}

/* No request is known of it, but that may be in the number that it acknowledges. */
static void rcv_cookie(struct sock *listener, struct sk_buff *skb)
{
	struct sock *child = tcp_cookie_check(listener, skb, false);

	if (child == listener)
		rcv_in_state(listener, skb);
	else if (child)
		rcv_child(listener, child, skb);
}

/* A full socket has it. */
static __always_inline int tcp_do_rcv(struct sock *sk, struct sk_buff *skb, u32 hlen)
{
	sock_hold(sk);
	count_in(tcp_sk(sk), skb, hlen);
	if (likely(sk->c.state == TCP_ESTABLISHED))
		tcp_rcv_established(sk, skb);
	else if (sk->c.state == TCP_LISTEN && !(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN))
		rcv_cookie(sk, skb);
	else
		rcv_in_state(sk, skb);
	sock_put(sk);
	return 0;
}

static int rcv_no_socket(struct sk_buff *skb)
{
	trace_rcv(skb, "no socket");
	tcp_send_reset(skb->net, NULL, skb);
	kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
	return 0;
}

static void rcv_time_wait(struct tcp_timewait_sock *tw, struct sk_buff *skb)
{
	enum skb_drop_reason reason = SKB_CONSUMED;
	struct sock *listener;
	u32 isn = 0;

	trace_rcv(skb, "TIME-WAIT");
	switch (tcp_timewait_state_process(tw, skb, &isn, &reason)) {
	case TCP_TW_SYN:
		listener = tcp_find_listener(skb);
		if (listener) {
			tcp_tw_kill(tw);
			tcp_conn_request(listener, skb, isn);
			return;
		}
		tcp_timewait_ack(tw, skb, false);
		break;
	case TCP_TW_ACK:
		tcp_timewait_ack(tw, skb, false);
		break;
	case TCP_TW_ACK_OOW:
		tcp_timewait_ack(tw, skb, true);
		break;
	case TCP_TW_RST:
		tcp_timewait_reset(tw, skb);
		tcp_tw_kill(tw);
		break;
	case TCP_TW_SUCCESS:
		break;
	}
	kfree_skb_reason(skb, reason);
}

static void rcv_request(struct request_sock *req, struct sk_buff *skb)
{
	struct sock *listener = req->listener, *child;
	struct net *net = skb->net;

	trace_rcv(skb, "SYN-RCVD");
	sock_hold(listener);
	child = tcp_check_req(req, skb);
	/* Not of this SYN-ACK: of a cookie that was sent before it? */
	if (child == listener && !(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN))
		child = tcp_cookie_check(listener, skb, true);
	if (child == listener) {
		tcp_send_reset(net, listener, skb);
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_INVALID_ACK_SEQUENCE);
	} else if (child) {
		rcv_child(listener, child, skb);
	}
	sock_put(listener);
}

/* Not a sock. Return: the one that is to have skb (a connection woke), or NULL: it is consumed. */
static __noinline struct sock *rcv_mini(struct sock_common *c, struct sk_buff *skb)
{
	struct sock *sk = NULL;

	switch (c->state) {
	case TCP_TIME_WAIT:
		rcv_time_wait(inet_twsk(c), skb);
		break;
	case TCP_NEW_SYN_RECV:
		rcv_request(inet_reqsk(c), skb);
		break;
	default:
		sk = tcp_rest_wake(tcp_rest(c));
		if (!sk)	/* the connection lives on: its peer sends again */
			kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
	}
	return sk;
}

/* It may have a signature, or somebody may want one. */
static bool is_signed(const struct net *net, u32 hlen)
{
	return (hlen > TCP_HLEN + TCPOLEN_TSTAMP_ALIGNED) | (net->tcp->auth_users != 0);
}

/* IP_MINTTL, IPV6_MINHOPCOUNT. */
static bool came_from_afar(const struct sock_common *c, const struct sk_buff *skb)
{
	const struct sock *sk = container_of(c, const struct sock, c);

	return !tcp_is_mini(c) &&
	       (skb_is_ipv6(skb) ? ipv6_hdr(skb)->hop_limit : ip_hdr(skb)->ttl) < sk->min_ttl;
}

/* True: it is not, or not well, and skb is consumed. */
static __noinline bool drop_unsigned(struct sock_common *c, struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	enum skb_drop_reason reason;

	if (unlikely(skb->net->tcp->min_ttl) && came_from_afar(c, skb)) {
		mib_inc(skb->net, TcpExtTCPMinTTLDrop);
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_MINTTL);
		return true;
	}

	/* Most SYNs: there is no room for one behind the MSS. */
	if (!skb->net->tcp->auth_users && tcph_hlen(th) <= TCP_HLEN + TCPOLEN_MD5SIG + 2 &&
	    *(const u8 *)(th + 1) == TCPOPT_MSS)
		return false;
	reason = tcp_inbound_hash(c, skb);
	if (!reason)
		return false;
	kfree_skb_reason(skb, reason);
	return true;
}

static __always_inline int tcp_rcv(struct sk_buff *skb, bool v6)
{
	struct net *net = skb->net;
	enum skb_drop_reason reason;
	const struct tcphdr *th;
	struct sock_common *c;
	struct sock *sk;
	u32 hlen = 0;

	if (unlikely(skb->pkt_type != PACKET_HOST)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOT_SPECIFIED);
		return 0;
	}
	mib_inc(net, TcpInSegs);
	reason = check_segment(skb, &hlen, v6);
	if (unlikely(reason)) {
		mib_inc(net, TcpInErrs);
		kfree_skb_reason(skb, reason);
		return 0;
	}
	th = (const struct tcphdr *)(const void *)skb->data;
	fill_cb(skb, th, hlen);
	c = find_connection(skb, th, v6);
	if (likely(c)) {
		sk = container_of(c, struct sock, c);
		if (unlikely(is_signed(net, hlen)) && drop_unsigned(c, skb))
			return 0;
		if (unlikely(tcp_is_mini(c))) {
			sk = rcv_mini(c, skb);
			if (!sk)
				return 0;
		}
	} else {
		sk = tcp_find_listener(skb);
		if (!sk)
			return rcv_no_socket(skb);
		if (unlikely(is_signed(net, hlen)) && drop_unsigned(&sk->c, skb))
			return 0;
	}
	if (unlikely(net->trace))
		trace_rcv(skb, tcp_state_name(sk->c.state));
	return tcp_do_rcv(sk, skb, hlen);
}

int tcp_v4_rcv(struct sk_buff *skb)
{
	return tcp_rcv(skb, false);
}

int tcp_v6_rcv(struct sk_buff *skb)
{
	return tcp_rcv(skb, true);
}

/* SPDX-License-Identifier: MIT */
/* Fast Open, the server's side: keys, cookies, and sockets before their handshake is complete. */
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_loss.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_save_syn.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_undo.h"
#include "transport/tcp/tcp_user.h"

/* ---- keys ---- */

struct tcp_fastopen_context tcp_fastopen_context(const u8 *key, u8 n)
{
	struct tcp_fastopen_context ctx = { .keys = n };

	for (u8 i = 0; i < n; i++, key += TCP_FASTOPEN_KEY_LENGTH) {
		for (unsigned byte = 0; byte < TCP_FASTOPEN_KEY_LENGTH; byte++)
			ctx.key[i].k[byte / 8] |= (u64)key[byte] << byte % 8 * 8;
	}
	return ctx;
}

void tcp_fastopen_context_bytes(const struct tcp_fastopen_context *ctx, u8 *key)
{
	for (u8 i = 0; i < ctx->keys; i++, key += TCP_FASTOPEN_KEY_LENGTH) {
		for (unsigned byte = 0; byte < TCP_FASTOPEN_KEY_LENGTH; byte++)
			key[byte] = (u8)(ctx->key[i].k[byte / 8] >> byte % 8 * 8);
	}
}

const struct tcp_fastopen_context *tcp_fastopen_net_ctx(struct net *net)
{
	struct tcp_fastopen_context *ctx = &net->tcp->fastopen.ctx;

	/* Not from the random stream: what else is drawn from it stays as it is without. */
	if (!ctx->keys)
		*ctx = (struct tcp_fastopen_context){
			.keys = 1,
			.key[0].k = { siphash("fastopen key 0", 14, &net->secret),
				      siphash("fastopen key 1", 14, &net->secret) },
		};
	return ctx;
}

void tcp_fastopen_set_net_ctx(struct net *net, const struct tcp_fastopen_context *ctx)
{
	net->tcp->fastopen.ctx = *ctx;
}

/* ---- cookies ---- */

/* RFC 7413 4.1.2: of the addresses, under a key. Linux's, so that machines that share a key and an
 * address take each other's. */
static void cookie_gen(const struct request_sock *req, const struct siphash_key *key,
		       struct tcp_fastopen_cookie *foc)
{
	be32 addresses[2] = { req->c.daddr, req->c.rcv_saddr };
	struct ip6_addr addresses6[2];
	u64 h;

	if (req->c.v6) {
		addresses6[0] = inet6_key(&req->c)->daddr;
		addresses6[1] = inet6_key(&req->c)->rcv_saddr;
		h = siphash(addresses6, sizeof(addresses6), key);
	} else {
		h = siphash(addresses, sizeof(addresses), key);
	}

	for (unsigned i = 0; i < TCP_FASTOPEN_COOKIE_SIZE; i++)
		foc->val[i] = (u8)(h >> i * 8);
	foc->len = TCP_FASTOPEN_COOKIE_SIZE;
}

static const struct tcp_fastopen_context *context_of(const struct request_sock *req)
{
	const struct tcp_fastopen_context *own = tcp_cold(tcp_sk(req->listener))->fo.ctx;

	return own ? own : tcp_fastopen_net_ctx(req->c.net);
}

/* By which key foc was made, from 1 on; 0: by none. valid: the cookie of the first. */
static unsigned cookie_check(const struct request_sock *req, const struct tcp_fastopen_cookie *foc,
			     struct tcp_fastopen_cookie *valid)
{
	const struct tcp_fastopen_context *ctx = context_of(req);
	struct tcp_fastopen_cookie second, *c = valid;

	for (unsigned i = 0; i < ctx->keys; i++, c = &second) {
		cookie_gen(req, &ctx->key[i], c);
		if (c->len == foc->len && !memcmp(c->val, foc->val, (size_t)c->len))
			return i + 1;
	}
	return 0;
}

/* ---- the request that a socket keeps ---- */

static void request_free(struct request_sock *req)
{
	list_del_init(&req->list);
	tcp_reqsk_free(req);
}

static struct request_sock *first_of(struct list_head *requests)
{
	return list_empty(requests) ? NULL :
	       list_first_entry(requests, struct request_sock, list);
}

void tcp_fastopen_remove(struct sock *sk, bool reset)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct request_sock *req = tp->fastopen_rsk;
	struct tcp_listen *l = req && req->listener ? tcp_sk(req->listener)->listen : NULL;

	tp->fastopen_rsk = NULL;
	if (l && reset && req->accepted) {
		/* Its place is kept for a while (RFC 7413 5.1). */
		list_del_init(&req->list);
		list_add_tail(&req->list, &l->fo_reset);
		req->snt_synack = sock_net(sk)->now + TCP_FASTOPEN_RST_WAIT_S * NSEC_PER_SEC;
		return;
	}
	if (l)
		l->fo_qlen--;
	if (req)
		request_free(req);
}

void tcp_fastopen_accepted(struct tcp_sock *tp)
{
	if (tp->fastopen_rsk)
		tp->fastopen_rsk->accepted = true;
}

/* Room for one more: one that was reset may have waited long enough. */
static bool queue_check(struct sock *listener)
{
	struct tcp_listen *l = tcp_sk(listener)->listen;
	u32 most = tcp_cold(tcp_sk(listener))->fo.max_qlen;
	struct net *net = sock_net(listener);
	struct request_sock *old;

	if (!most)
		return false;
	if (l->fo_qlen < most)
		return true;
	old = first_of(&l->fo_reset);
	if (!old || old->snt_synack > net->now) {
		mib_inc(net, TcpExtTCPFastOpenListenOverflow);
		return false;
	}
	l->fo_qlen--;
	request_free(old);
	return true;
}

/* ---- the listener ---- */

int tcp_fastopen_listen(struct sock *sk, u32 backlog)
{
	const int on = TFO_SERVER_WO_SOCKOPT1 | TFO_SERVER_ENABLE;
	struct tcp_cold *cold;

	if ((sock_net(sk)->sysctl.tcp_fastopen & on) != on || tcp_cold(tcp_sk(sk))->fo.max_qlen)
		return 0;
	cold = tcp_cold_get(tcp_sk(sk));
	if (!cold)
		return -ENOMEM;
	cold->fo.max_qlen = backlog;
	return 0;
}

void tcp_fastopen_listen_stop(struct tcp_listen *l)
{
	struct request_sock *req;

	while ((req = first_of(&l->fo_reset)))
		request_free(req);
	/* Those of sockets that live on. */
	while ((req = first_of(&l->fo_requests))) {
		list_del_init(&req->list);
		req->listener = NULL;
	}
}

void tcp_fastopen_release(struct sock *sk)
{
	struct tcp_cold *cold = tcp_sk(sk)->cold;

	mem_free(&sock_net(sk)->mem, cold->fo.ctx, sizeof(*cold->fo.ctx));
	cold->fo.ctx = NULL;
}

/* ---- SYN ---- */

void tcp_fastopen_add_skb(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	bool fin = cb->tcp_flags & TCPHDR_FIN;

	if (cb->end_seq == tp->rcv_nxt) {
		consume_skb(skb);
		return;
	}
	cb->seq++;
	cb->tcp_flags &= (u8)~TCPHDR_SYN;
	skb_pull(skb, tcph_hlen(tcp_hdr(skb)));
	if (tcp_cold_get(tp))
		tp->cold->fo.syn_data_acked = true;
	if (skb->len) {
		tp->data_segs_in++;
		tcp_queue_rcv(sk, skb);
		tp->bytes_received -= fin;
	} else {
		tp->rcv_nxt = cb->end_seq;
		consume_skb(skb);
	}
	tp->rwin.rcv_wup = tp->rcv_nxt;
	if (fin)
		tcp_fin(sk);
}

static struct sock *create_child(struct request_sock *req, const struct sk_buff *skb)
{
	struct sock *listener = req->listener, *child;
	struct tcp_listen *l = tcp_sk(listener)->listen;
	struct tcp_sock *tp;

	req->fastopen = true;
	child = tcp_syn_recv_sock(listener, req);
	if (!child) {
		req->fastopen = false;
		return NULL;
	}
	tp = tcp_sk(child);
	tp->fastopen_rsk = req;
	req->signer = child;
	list_add_tail(&req->list, &l->fo_requests);
	l->fo_qlen++;
	if (tcp_cold_get(tp))
		tp->cold->fo.child = true;
	/* RFC 7323 2.2: never scaled in a SYN. */
	tp->snd_wnd = tp->max_window = be16_to_cpu(tcp_hdr(skb)->window);
	tcp_reset_xmit_timer(child, ICSK_TIME_RETRANS, TCP_TIMEOUT_INIT_US);
	tcp_init_transfer(child);
	req->rcv_nxt = TCP_SKB_CB(skb)->end_seq;
	return child;
}

/* The cookie is good, or none is wanted. */
static struct sock *accept_data(struct request_sock *req, const struct sk_buff *skb)
{
	struct sock *child = create_child(req, skb);

	if (child)
		mib_inc(req->c.net, TcpExtTCPFastOpenPassive);
	else
		mib_inc(req->c.net, TcpExtTCPFastOpenPassiveFail);
	return child;
}

static bool cookie_not_required(const struct request_sock *req)
{
	return req->c.net->sysctl.tcp_fastopen & TFO_SERVER_COOKIE_NOT_REQD ||
	       tcp_cold(tcp_sk(req->listener))->fo.no_cookie || req->fo_no_cookie;
}

struct sock *tcp_try_fastopen(struct request_sock *req, const struct sk_buff *skb,
			      struct tcp_fastopen_cookie *foc)
{
	bool syn_data = TCP_SKB_CB(skb)->end_seq != TCP_SKB_CB(skb)->seq + 1;
	struct tcp_fastopen_cookie valid = { .len = -1, .exp = foc->exp };
	struct net *net = req->c.net;
	struct sock *child = NULL;
	unsigned key = 0;

	if (!foc->len)
		mib_inc(net, TcpExtTCPFastOpenCookieReqd);
	if (!(net->sysctl.tcp_fastopen & TFO_SERVER_ENABLE) || (!syn_data && foc->len < 0) ||
	    !queue_check(req->listener)) {
		foc->len = -1;
		return NULL;
	}
	if (cookie_not_required(req)) {
		child = accept_data(req, skb);
	} else if (!foc->len) {
		cookie_gen(req, &context_of(req)->key[0], &valid);
	} else if (foc->len > 0) {
		key = cookie_check(req, foc, &valid);
		if (key)
			child = accept_data(req, skb);
		else
			mib_inc(net, TcpExtTCPFastOpenPassiveFail);
	}
	if (child && key == 2)
		mib_inc(net, TcpExtTCPFastOpenPassiveAltKey);
	else if (child)
		valid.len = -1;		/* the client has it */
	*foc = valid;
	return child;
}

/* ---- SYN-RCVD ---- */

/* The SYN-ACK was sent again: it was for nothing when an earlier one is echoed. */
static void leave_loss(struct tcp_sock *tp, const struct tcp_options_received *opt)
{
	struct tcp_loss_ack a = tcp_loss_now(tp);

	a.tsecr = opt->ts_ecr;
	a.has_tsecr = opt->saw_tstamp && opt->ts_ecr;
	tp->rec.retrans_ts = tp->retrans_stamp;	/* else the first ACK would look delayed */
	if (tp->rec.ca_state == TCP_CA_Loss && !tp->rtxq.packets_out)
		tcp_try_undo_recovery(&tp->rec, &tp->rtxq, &tp->cong, &a);
	if (tp->rto_stamp)
		tp->total_rto_ms += tcp_ms(tcp_net(tp)) - tp->rto_stamp;
	tp->rto_stamp = 0;
	tp->retrans_stamp = tp->rec.retrans_ts = 0;
	tp->tm.retransmits = 0;
}

void tcp_fastopen_synack_acked(struct sock *sk, const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct request_sock *req = tp->fastopen_rsk;
	struct net *net = sock_net(sk);

	if (!tp->rtt.srtt_us && !req->num_retrans) {
		tcp_rtt_sample(&tp->rtt, (u32)min_t(s64, ktime_to_us(net->now - req->snt_synack),
						    TCP_RTO_MAX_US),
			       tp->snd_una, tp->snd_nxt, tcp_rto_min(tp));
		tcp_rtt_update_min(&tp->rtt, tp->rtt.srtt_us >> 3, tcp_ms(net),
				   (u32)net->sysctl.tcp_min_rtt_wlen * 1000u);
	}
	leave_loss(tp, opt);
	tcp_fastopen_remove(sk, false);
	tcp_rearm_rto(sk);
}

void tcp_fastopen_synack_timer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct request_sock *req = tp->fastopen_rsk;
	struct net *net = sock_net(sk);
	u32 retries = tcp_cold(tp)->syn_retries;

	mib_inc(net, TcpExtTCPTimeouts);
	/* One more than others get: data may have been taken. */
	if (req->num_timeout >= (retries ? retries : (u32)net->sysctl.tcp_synack_retries + 1)) {
		tcp_write_err(sk);
		return;
	}
	tcp_rtx_synack(req);
	tp->total_retrans++;
	req->num_timeout++;
	tcp_count_timeout(tp);
	tp->synack_rto++;
	if (!tp->retrans_stamp)
		tp->retrans_stamp = tcp_stamp(tcp_ms(net));
	tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS,
			     tcp_rto_shift(TCP_TIMEOUT_INIT_US, req->num_timeout,
					   tcp_sk(sk)->rtt.rto_max_us));
}

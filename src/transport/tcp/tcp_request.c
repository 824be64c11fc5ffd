/* SPDX-License-Identifier: MIT */
/*
 * Listening: a SYN makes a request_sock, which stands in the table of connections and sends
 * SYN-ACKs until the ACK comes; that makes the socket, which waits in the accept queue.
 *
 *	SYN queue     requests of a listener: at most its backlog; then SYN cookies are given out
 *	              (tcp_syncookies.h). Without cookies also less than three quarters of
 *	              tcp_max_syn_backlog, unless tcp_metrics knows the peer
 *	accept queue  at most the backlog (and one, as Linux); full: the ACK is ignored, and the
 *	              SYN-ACK sent again makes the peer try again
 */
#include "base/trace.h"
#include "net/inet_iif.h"
#include "transport/tcp/tcp_ao.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_ecn.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_metrics.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_reply.h"
#include "transport/tcp/tcp_save_syn.h"
#include "transport/tcp/tcp_syncookies.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_user.h"

/* ---- a request's life ---- */

void tcp_reqsk_free(struct request_sock *req)
{
	struct net *net = req->c.net;

	tcp_saved_syn_free(net, &req->saved_syn);
	inet6_key_drop(&req->c);
	slab_free(&net->tcp->request_slab, req);
}

static void reqsk_free(struct request_sock *req)
{
	struct tcp_listen *l = tcp_sk(req->listener)->listen;
	struct net *net = req->c.net;

	net_timer_del(net, &req->timer);
	list_del_init(&req->list);
	l->qlen--;
	if (!req->num_timeout)
		l->young--;
	tcp_reqsk_free(req);
}

void tcp_reqsk_drop(struct request_sock *req)
{
	inet_ehash_remove(&req->c.net->tcp->hash, &req->c);
	reqsk_free(req);
}

static u32 synack_retries(const struct request_sock *req)
{
	u32 n = tcp_cold(tcp_sk(req->listener))->syn_retries;

	return n ? n : (u32)req->c.net->sysctl.tcp_synack_retries;
}

/* Retransmissions that TCP_DEFER_ACCEPT's seconds are good for. */
static u32 defer_retries(const struct sock *listener)
{
	return tcp_cold(tcp_sk(listener))->defer_accept;
}

/* A crowded queue gives up on old requests sooner, to leave room for young ones. */
static u32 retries_under_load(const struct request_sock *req, u32 max_retries)
{
	const struct tcp_listen *l = tcp_sk(req->listener)->listen;
	u32 young = l->young * 2, thresh = max_retries;

	if (l->qlen * 2 <= max(l->max_ack_backlog, 8u))
		return thresh;
	while (thresh > 2 && l->qlen >= young) {
		thresh--;
		young *= 2;
	}
	return thresh;
}

void tcp_rtx_synack(struct request_sock *req)
{
	struct net *net = req->c.net;

	req->num_retrans++;
	if (tcp_reqsk_send_synack(req, NULL)) {
		req->num_retrans--;
		return;
	}
	mib_inc(net, TcpRetransSegs);
	mib_inc(net, TcpExtTCPSynRetrans);
}

static void reqsk_timer_fn(struct timer *t)
{
	struct request_sock *req = container_of(t, struct request_sock, timer);
	struct net *net = req->c.net;
	struct tcp_listen *l = tcp_sk(req->listener)->listen;
	u32 max_retries = synack_retries(req), thresh = retries_under_load(req, max_retries);
	u32 defer = defer_retries(req->listener);
	bool expire, resend = true;

	trace_net(net, tcp_timer, TRACE_STR("SYN-ACK"), TCP_SYN_RECV, req->num_timeout);
	mib_inc(net, TcpExtTCPTimeouts);
	if (!defer) {
		expire = req->num_timeout >= thresh;
	} else {
		/* The ACK came, and data is awaited: quiet until the time is over. */
		expire = req->num_timeout >= thresh &&
			 (!req->acked || req->num_timeout >= defer);
		resend = !req->acked || req->num_timeout + 1u >= defer;
	}
	if (expire) {
		tcp_reqsk_drop(req);
		return;
	}
	if (resend)
		tcp_rtx_synack(req);
	if (!req->num_timeout++)
		l->young--;
	/* As Linux: not by the listener's tcp_rto_max_ms. */
	net_timer_mod(net, &req->timer, net->now +
		      us_to_ktime(tcp_rto_shift(TCP_TIMEOUT_INIT_US, req->num_timeout,
						TCP_RTO_MAX_US)));
}

/* ---- SYN ---- */

/* What becomes of a SYN. */
enum verdict { QUEUE, COOKIE, QUEUE_FULL, BACKLOG_FULL };

static enum verdict queue_verdict(const struct sock *listener, const struct sk_buff *syn, bool tw)
{
	const struct tcp_listen *l = tcp_sk(listener)->listen;
	struct net *net = sock_net(listener);
	s32 most = net->sysctl.tcp_max_syn_backlog;
	bool cookies = net->sysctl.tcp_syncookies;

	/* A peer that was here a minute ago is a real one. */
	if (tw)
		return QUEUE;
	if (l->qlen > l->max_ack_backlog || net->sysctl.tcp_syncookies == 2) {
		if (cookies)
			mib_inc(net, TcpExtTCPReqQFullDoCookies);
		else
			mib_inc(net, TcpExtTCPReqQFullDrop);
		return cookies ? COOKIE : QUEUE_FULL;
	}
	/* The last quarter, and more, is for peers that come back. Of less than four it is none. */
	if (likely(cookies || most - (s32)l->qlen >= most >> 2))
		return QUEUE;
	return tcp_peer_is_proven(syn) ? QUEUE : QUEUE_FULL;
}

static enum verdict syn_verdict(const struct sock *listener, const struct sk_buff *syn, bool tw)
{
	const struct tcp_listen *l = tcp_sk(listener)->listen;
	enum verdict v = queue_verdict(listener, syn, tw);

	if (v == QUEUE_FULL || l->ack_backlog <= l->max_ack_backlog)
		return v;
	mib_inc(sock_net(listener), TcpExtListenOverflows);
	return BACKLOG_FULL;
}

static __noinline bool reqsk_has_md5(const struct request_sock *req)
{
	struct ip6_addr peer = inet6_shown_daddr(&req->c);

	return tcp_md5_lookup(tcp_sk(req->listener)->auth, &peer);
}

/* Signed, and by keys that are there: that was looked at before. */
static void reqsk_ao(struct request_sock *req, const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct tcp_auth_received opt;

	if (likely(!tcp_sk(req->listener)->auth) ||
	    !tcp_parse_auth_options((const u8 *)(th + 1), tcph_hlen(th) - TCP_HLEN, &opt) ||
	    !opt.ao)
		return;
	req->used_ao = true;
	req->ao_keyid = opt.ao[2];
	req->ao_rnext_keyid = opt.ao[3];
}

/* False: no memory. */
static bool reqsk_addresses(struct sock_common *c, const struct sk_buff *skb)
{
	struct inet6_key *key;

	if (likely(!skb_is_ipv6(skb))) {
		c->daddr = ip_hdr(skb)->saddr;
		c->rcv_saddr = ip_hdr(skb)->daddr;
		return true;
	}
	c->v6 = true;
	key = inet6_key_own(c);
	if (!key)
		return false;
	key->daddr = ipv6_hdr(skb)->saddr;
	key->rcv_saddr = key->saddr = ipv6_hdr(skb)->daddr;
	/* A link's address means that link's. */
	if (ipv6_addr_needs_scope_id(&key->daddr) && !c->bound_dev_if)
		c->bound_dev_if = inet_iif(skb);
	return true;
}

/* False: no memory. */
static bool reqsk_init(struct request_sock *req, struct sock *listener, const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);

	*req = (struct request_sock){
		.c = {
			.dport = th->source,
			.num = be16_to_cpu(th->dest), .state = TCP_NEW_SYN_RECV,
			.family = listener->c.family, .net = sock_net(listener),
			.bound_dev_if = listener->c.bound_dev_if,
		},
		.listener = listener, .signer = listener,
		.rcv_isn = TCP_SKB_CB(skb)->seq, .rcv_nxt = TCP_SKB_CB(skb)->seq + 1,
		.snt_synack = sock_net(listener)->now,
		.tos = listener->tos, .mark = listener->mark,
	};
	if (unlikely(sock_net(listener)->sysctl.tcp_fwmark_accept) && !req->mark)
		req->mark = skb->mark;
	if (unlikely(sock_net(listener)->sysctl.tcp_reflect_tos))
		req->tos = (u8)((tcp_dsfield_of(skb) & ~INET_ECN_MASK) |
				(listener->tos & INET_ECN_MASK));
	list_init(&req->list);
	timer_init(&req->timer, reqsk_timer_fn);
	reqsk_ao(req, skb);
	return reqsk_addresses(&req->c, skb);
}

/* foc: the Fast Open cookie, where it is asked for. */
static void reqsk_options(struct request_sock *req, const struct sk_buff *skb,
			  struct tcp_fastopen_cookie *foc)
{
	const struct tcphdr *th = tcp_hdr(skb);
	const struct net *net = req->c.net;
	struct tcp_options_received opt;
	u32 user = tcp_cold(tcp_sk(req->listener))->user_mss;

	tcp_parse_options((const u8 *)(th + 1), tcph_hlen(th) - TCP_HLEN, true, &opt);
	req->mss = opt.mss_ok ? opt.mss : (u16)tcp_mss_default(&req->c);
	if (user && user < req->mss)
		req->mss = (u16)user;
	req->tstamp_ok = opt.ts_ok && net->sysctl.tcp_timestamps;
	req->ts_recent = req->tstamp_ok ? opt.ts_val : 0;
	req->sack_ok = opt.sack_ok && net->sysctl.tcp_sack;
	req->wscale_ok = opt.wscale_ok && net->sysctl.tcp_window_scaling;
	req->snd_wscale = req->wscale_ok ? opt.wscale : 0;
	if (unlikely(opt.fo) && foc)
		tcp_fastopen_option(&opt, foc);
}

/* The window and MSS that the SYN-ACK advertises. */
static void reqsk_window(struct request_sock *req, const struct dst_entry *dst, u32 mtu)
{
	struct net *net = req->c.net;
	struct sock *l = req->listener;
	struct tcp_rwin w = { .window_clamp = tcp_initial_clamp(l, dst) };
	u32 user = tcp_cold(tcp_sk(l))->user_mss, mss;

	mss = tcp_dst_advmss(dst, mtu, tcp_net_header_len(&req->c) + TCP_HLEN);
	req->advmss = (u16)(user && user < mss ? user : mss);
	mss = req->advmss - (req->tstamp_ok ? TCPOLEN_TSTAMP_ALIGNED : 0);
	tcp_select_initial_window(&w, tcp_full_space(l), mss, req->wscale_ok,
				  max((u32)net->sysctl.tcp_rmem_max, (u32)net->sysctl.rmem_max));
	tcp_limit_initial_window(&w, dst, mss);
	tcp_signed_windows(net, &w);
	req->rcv_wnd = w.rcv_wnd;
	req->window_clamp = w.window_clamp;
	req->rcv_wscale = w.rcv_wscale;
}

/* syn: what asks, NULL: it is forgotten. -errno: no way back to the peer. */
static int reqsk_route(struct request_sock *req, const struct sk_buff *syn)
{
	struct tcp_path path = tcp_path_of(&req->c, req->mark, req->tos);
	const struct tcp_af *af = tcp_af(&req->c);
	struct dst_entry *dst;
	int err;

	if (unlikely(req->c.v6))
		path.opt = sock_txopt(req->listener);
	dst = af->route(req->c.net, &path, &err);
	if (!dst)
		return err;
	if (syn)
		tcp_ecn_create_request(req->listener, req, syn, dst);
	req->fo_no_cookie = dst_metric(dst, RTAX_FASTOPEN_NO_COOKIE);
	reqsk_window(req, dst, af->mtu(dst, &path));
	dst_release(dst);
	return 0;
}

/* In the tables, its timer running. False: no memory, or the tuple is taken. */
static bool reqsk_hash_add(struct request_sock *req)
{
	struct net *net = req->c.net;
	struct tcp_listen *l = tcp_sk(req->listener)->listen;

	if (!inet_ehash_insert(&net->tcp->hash, &req->c))
		return false;
	list_add_tail(&req->list, &l->requests);
	l->qlen++;
	l->young++;
	net_timer_mod(net, &req->timer, net->now + us_to_ktime(TCP_TIMEOUT_INIT_US));
	return true;
}

/* False: no memory. */
static bool reqsk_from_syn(struct request_sock *req, struct sock *listener,
			   const struct sk_buff *skb, struct tcp_fastopen_cookie *foc)
{
	if (!reqsk_init(req, listener, skb))
		return false;
	reqsk_options(req, skb, foc);
	req->tsoff = req->tstamp_ok ? tcp_init_ts_off(&req->c) : 0;
	return true;
}

static struct request_sock *reqsk_alloc(struct sock *listener, const struct sk_buff *skb, u32 isn,
					struct tcp_fastopen_cookie *foc)
{
	struct net *net = sock_net(listener);
	struct request_sock *req = slab_alloc(&net->tcp->request_slab);

	if (!req)
		return NULL;
	if (unlikely(!reqsk_from_syn(req, listener, skb, foc))) {
		tcp_reqsk_free(req);
		return NULL;
	}
	/* Linux's choice: an MD5 signature and timestamps leave no room for a SACK. Of a cookie the
	 * timestamp is a part. */
	if (unlikely(tcp_sk(listener)->auth) && req->sack_ok && reqsk_has_md5(req)) {
		req->tstamp_ok = false;
		req->tsoff = 0;
	}
	req->snt_isn = isn ? isn : tcp_init_seq(&req->c);
	if (reqsk_route(req, skb)) {
		tcp_reqsk_free(req);
		return NULL;
	}
	return req;
}

static void answer_syn(struct request_sock *req, struct sk_buff *skb,
		       const struct tcp_fastopen_cookie *foc)
{
	trace_skb(req->c.net, tcp_rcv_state_process, skb, TCP_SYN_RECV, TCP_SKB_CB(skb)->tcp_flags,
		  TCP_SKB_CB(skb)->seq, TCP_SKB_CB(skb)->ack_seq,
		  (u32)be16_to_cpu(tcp_hdr(skb)->window));
	tcp_reqsk_send_synack(req, foc);
}

/* As a request that is forgotten. */
static bool answer_by_cookie(struct sock *listener, struct sk_buff *skb)
{
	struct request_sock req;

	if (unlikely(!reqsk_from_syn(&req, listener, skb, NULL)))
		return false;
	req.cookie = true;
	if (!req.tstamp_ok)	/* nowhere to keep them */
		req.sack_ok = req.wscale_ok = false;
	if (reqsk_route(&req, skb)) {
		inet6_key_drop(&req.c);
		return false;
	}
	if (!req.tstamp_ok)
		req.ecn_ok = req.accecn_ok = false;
	tcp_synq_overflow(listener);
	mib_inc(req.c.net, TcpExtSyncookiesSent);
	req.snt_isn = cookie_init_sequence(&req);
	answer_syn(&req, skb, NULL);
	inet6_key_drop(&req.c);
	consume_skb(skb);
	return true;
}

static bool answer_by_request(struct sock *listener, struct sk_buff *skb, u32 isn)
{
	struct tcp_fastopen_cookie foc = { .len = -1 };
	struct request_sock *req = reqsk_alloc(listener, skb, isn, &foc);
	struct sock *child;

	if (!req)
		return false;
	if (unlikely(tcp_sk(listener)->cold))
		tcp_save_syn(req, skb);
	child = unlikely(foc.len >= 0 || tcp_sk(listener)->cold) ?
		tcp_try_fastopen(req, skb, &foc) : NULL;
	if (!child && !reqsk_hash_add(req)) {
		tcp_reqsk_free(req);
		return false;
	}
	answer_syn(req, skb, unlikely(foc.len >= 0) ? &foc : NULL);
	if (!child) {
		consume_skb(skb);
		return true;
	}
	tcp_fastopen_add_skb(child, skb);
	listener->ops->data_ready(listener);
	return true;
}

void tcp_conn_request(struct sock *listener, struct sk_buff *skb, u32 isn)
{
	enum skb_drop_reason reason = SKB_DROP_REASON_NOMEM;

	/* A SYN to a broadcast or multicast address is nobody's connection. */
	if (skb->dst && !tcp_skb_is_ours(skb)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_INVALID_DEST);
		return;
	}
	switch (syn_verdict(listener, skb, isn)) {
	case QUEUE:
		if (answer_by_request(listener, skb, isn))
			return;
		break;
	case COOKIE:
		if (answer_by_cookie(listener, skb))
			return;
		break;
	case QUEUE_FULL:
		reason = SKB_DROP_REASON_TCP_REQQFULLDROP;
		break;
	case BACKLOG_FULL:
		reason = SKB_DROP_REASON_TCP_LISTEN_OVERFLOW;
		break;
	}
	mib_inc(sock_net(listener), TcpExtListenDrops);
	kfree_skb_reason(skb, reason);
}

/* ---- ACK ---- */

static void embryonic_reset(struct request_sock *req, struct sk_buff *skb,
			    enum skb_drop_reason reason)
{
	struct net *net = req->c.net;
	bool rst = TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST;

	/* RFC 9293 3.10.7.4: a SYN in the window ends it, and is answered. */
	if (!rst)
		tcp_send_reset(net, req->listener, skb);
	tcp_reqsk_drop(req);
	mib_inc(net, TcpExtEmbryonicRsts);
	if (TCP_SKB_CB(skb)->tcp_flags & (TCPHDR_RST | TCPHDR_SYN))
		mib_inc(net, TcpAttemptFails);	/* but not what is refused for want of room */
	kfree_skb_reason(skb, rst ? SKB_DROP_REASON_TCP_RESET : reason);
}

/* The SYN again: our answer was lost. */
static void syn_again(struct request_sock *req, struct sk_buff *skb)
{
	struct net *net = req->c.net;

	if (!tcp_oow_rate_limited(net, skb, &net->mib[MIB_TcpExtTCPACKSkippedSynRecv],
				  &req->last_oow_ack_time))
		tcp_rtx_synack(req);
	consume_skb(skb);
}

/* As Linux: what echoes no timestamp of ours has not seen our SYN-ACK. */
static bool tsecr_reject(const struct request_sock *req, u32 tsecr)
{
	return tsecr && !between(tsecr - req->tsoff, (u32)ktime_to_ms(req->snt_synack),
				 req->snt_tsval_last);
}

/* child: of Fast Open, which may have sent data. */
static void send_ack(const struct request_sock *req, const struct sock *child,
		     const struct sk_buff *skb)
{
	tcp_reqsk_send_ack(req, skb, child ? tcp_sk(child)->snd_nxt : req->snt_isn + 1);
}

/* RFC 5961 3.2: a RST in the window that is not the next byte may be a guess. */
static void challenge(struct request_sock *req, const struct sock *child, struct sk_buff *skb)
{
	if (tcp_may_challenge(req->c.net, &req->last_oow_ack_time))
		send_ack(req, child, skb);
	kfree_skb_reason(skb, SKB_DROP_REASON_TCP_INVALID_SEQUENCE);
}

static void out_of_window(struct request_sock *req, const struct sock *child, struct sk_buff *skb,
			  enum skb_drop_reason reason)
{
	struct net *net = req->c.net;

	if (!(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST) &&
	    !tcp_oow_rate_limited(net, skb, &net->mib[MIB_TcpExtTCPACKSkippedSynRecv],
				  &req->last_oow_ack_time))
		send_ack(req, child, skb);
	if (reason == SKB_DROP_REASON_TCP_RFC7323_PAWS)
		mib_inc(net, TcpExtPAWSEstab);
	else if (reason == SKB_DROP_REASON_TCP_RFC7323_TSECR)
		mib_inc(net, TcpExtTSEcrRejected);
	kfree_skb_reason(skb, reason);
}

/* Whether a segment may count: SKB_CONSUMED, or why not. */
static enum skb_drop_reason judge(const struct request_sock *req, const struct sk_buff *skb,
				  const struct tcp_options_received *opt, bool paws)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (paws)
		return SKB_DROP_REASON_TCP_RFC7323_PAWS;
	if (opt->saw_tstamp && req->tstamp_ok && !req->fastopen && tsecr_reject(req, opt->ts_ecr))
		return SKB_DROP_REASON_TCP_RFC7323_TSECR;
	return tcp_in_window(cb->seq, cb->end_seq, req->rcv_nxt, req->rcv_nxt + req->rcv_wnd) ?
	       SKB_CONSUMED : SKB_DROP_REASON_TCP_INVALID_SEQUENCE;
}

/* The handshake is complete: a socket, if there is room. NULL: skb is consumed. */
static struct sock *complete(struct request_sock *req, struct sk_buff *skb,
			     const struct tcp_options_received *opt)
{
	struct net *net = req->c.net;
	struct sock *listener = req->listener, *child;

	/* TCP_DEFER_ACCEPT: a bare ACK does not count while data is awaited. */
	if (req->num_timeout < defer_retries(listener) &&
	    TCP_SKB_CB(skb)->end_seq == req->rcv_isn + 1) {
		req->acked = true;
		mib_inc(net, TcpExtTCPDeferAcceptDrop);
		consume_skb(skb);
		return NULL;
	}
	child = tcp_syn_recv_sock(listener, req);
	if (child) {
		/* As Linux: till then the timestamp of the SYN is echoed. */
		if (opt->saw_tstamp && req->tstamp_ok &&
		    !after(TCP_SKB_CB(skb)->seq, req->rcv_nxt))
			tcp_sk(child)->ts_recent = opt->ts_val;
		tcp_ecn_third_ack(child, skb, opt);
		reqsk_free(req);
		return child;
	}
	if (net->sysctl.tcp_abort_on_overflow) {
		embryonic_reset(req, skb, SKB_DROP_REASON_TCP_LISTEN_OVERFLOW);
		return NULL;
	}
	req->acked = true;
	kfree_skb_reason(skb, SKB_DROP_REASON_TCP_LISTEN_OVERFLOW);
	return NULL;
}

/* The same for a connection that there is already, of Fast Open. */
static void child_reset(struct request_sock *req, struct sock *child, struct sk_buff *skb)
{
	bool rst = TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST;

	mib_inc(req->c.net, TcpAttemptFails);
	if (rst) {
		tcp_fastopen_remove(child, true);
		tcp_reset(child);
	} else {
		tcp_send_reset(req->c.net, child, skb);
	}
	kfree_skb_reason(skb, rst ? SKB_DROP_REASON_TCP_RESET : SKB_DROP_REASON_TCP_INVALID_SYN);
}

/* child: of Fast Open, which judges the ACK itself: it may have sent data. */
static struct sock *check_req(struct request_sock *req, struct sk_buff *skb, struct sock *child)
{
	struct net *net = req->c.net;
	const struct tcphdr *th = tcp_hdr(skb);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u8 flags = cb->tcp_flags & (TCPHDR_RST | TCPHDR_SYN | TCPHDR_ACK);
	struct tcp_options_received opt;
	enum skb_drop_reason reason;
	bool paws = false;

	tcp_parse_options((const u8 *)(th + 1), tcph_hlen(th) - TCP_HLEN, flags & TCPHDR_SYN,
			  &opt);
	if (opt.saw_tstamp && req->tstamp_ok)
		paws = tcp_paws_reject(req->ts_recent, (u32)(req->snt_synack / NSEC_PER_SEC),
				       opt.ts_val, tcp_now_s(net), flags & TCPHDR_RST);
	if (cb->seq == req->rcv_isn && flags == TCPHDR_SYN && !paws) {
		syn_again(req, skb);
		return NULL;
	}
	/* RFC 9293 3.10.7.4 fifth, SYN-RCVD: not of our SYN: RST (row PI-02). */
	if (!child && flags & TCPHDR_ACK && !(flags & TCPHDR_RST) &&
	    cb->ack_seq != req->snt_isn + 1)
		return req->listener;
	reason = judge(req, skb, &opt, paws);
	if (reason) {
		out_of_window(req, child, skb, reason);
		return NULL;
	}
	if (cb->seq == req->rcv_isn)
		flags &= (u8)~TCPHDR_SYN;	/* outside of the window: cut off */
	if (flags & TCPHDR_RST && cb->seq != req->rcv_nxt) {
		challenge(req, child, skb);
		return NULL;
	}
	if (flags & (TCPHDR_RST | TCPHDR_SYN)) {
		if (child)
			child_reset(req, child, skb);
		else
			embryonic_reset(req, skb, SKB_DROP_REASON_TCP_INVALID_SYN);
		return NULL;
	}
	if (!(flags & TCPHDR_ACK)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_FLAGS);
		return NULL;
	}
	if (!child)
		return complete(req, skb, &opt);
	/* What acknowledges more tells a number already. */
	if (cb->ack_seq == req->snt_isn + 1)
		tcp_ecn_third_ack(child, skb, &opt);
	return child;
}

struct sock *tcp_check_req(struct request_sock *req, struct sk_buff *skb)
{
	return check_req(req, skb, NULL);
}

bool tcp_fastopen_check_req(struct sock *child, struct sk_buff *skb)
{
	return check_req(tcp_sk(child)->fastopen_rsk, skb, child);
}

/* The request that the ACK of a SYN cookie tells of. False: it does not. */
static bool cookie_request(struct request_sock *req, struct sock *listener,
			   const struct sk_buff *skb, struct tcp_options_received *opt)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct net *net = sock_net(listener);
	u32 user = tcp_cold(tcp_sk(listener))->user_mss;

	if (unlikely(!reqsk_init(req, listener, skb)))
		return false;
	req->cookie = true;
	req->rcv_isn--;
	req->rcv_nxt--;
	req->snt_isn = TCP_SKB_CB(skb)->ack_seq - 1;
	req->mss = cookie_mss(req, req->snt_isn);
	if (!req->mss) {
		mib_inc(net, TcpExtSyncookiesFailed);
		return false;
	}
	mib_inc(net, TcpExtSyncookiesRecv);
	if (user && user < req->mss)
		req->mss = (u16)user;
	tcp_parse_options((const u8 *)(th + 1), tcph_hlen(th) - TCP_HLEN, false, opt);
	if (!opt->saw_tstamp)
		return true;
	req->tsoff = tcp_init_ts_off(&req->c);
	req->ts_recent = opt->ts_val;
	if (!cookie_timestamp_decode(req, opt->ts_ecr - req->tsoff))
		return false;
	tcp_ecn_cookie(req, th);
	return true;
}

struct sock *tcp_cookie_check(struct sock *listener, struct sk_buff *skb, bool taken)
{
	u8 flags = TCP_SKB_CB(skb)->tcp_flags;
	struct tcp_options_received opt;
	struct request_sock req;
	struct sock *child;

	if (!(flags & TCPHDR_ACK) || flags & TCPHDR_RST ||
	    !sock_net(listener)->sysctl.tcp_syncookies || tcp_synq_no_recent_overflow(listener))
		return listener;
	if (!cookie_request(&req, listener, skb, &opt)) {
		inet6_key_drop(&req.c);
		return listener;
	}
	child = taken || reqsk_route(&req, NULL) ? NULL : tcp_syn_recv_sock(listener, &req);
	inet6_key_drop(&req.c);
	if (child)
		tcp_ecn_third_ack(child, skb, &opt);
	else
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_LISTEN_OVERFLOW);
	return child;
}

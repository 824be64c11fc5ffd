/* SPDX-License-Identifier: MIT */
/*
 * Listening: a SYN makes a request_sock, which stands in the table of connections and sends
 * SYN-ACKs until the ACK comes; that makes the socket, which waits in the accept queue.
 *
 *	SYN queue     requests of a listener: at most its backlog; without cookies also less than
 *	              three quarters of tcp_max_syn_backlog
 *	accept queue  at most the backlog (and one, as Linux); full: the ACK is ignored, and the
 *	              SYN-ACK sent again makes the peer try again
 */
#include "base/trace.h"
#include "net/ipv4/ip.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_rest.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_user.h"

/* ---- a request's life ---- */

static void reqsk_free(struct request_sock *req)
{
	struct tcp_listen *l = tcp_sk(req->listener)->listen;
	struct net *net = req->c.net;

	net_timer_del(net, &req->timer);
	list_del_init(&req->list);
	l->qlen--;
	if (!req->num_timeout)
		l->young--;
	slab_free(&net->tcp->request_slab, req);
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
	u32 s = tcp_cold(tcp_sk(listener))->defer_accept_s, n = 0, t = 1, period = 1;

	if (!s)
		return 0;
	for (n = 1; s > period && n < 255; n++) {
		t = min(t * 2, TCP_RTO_MAX_US / 1000000);
		period += t;
	}
	return n;
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

static void rtx_syn_ack(struct request_sock *req)
{
	struct net *net = req->c.net;

	if (tcp_v4_send_synack(req))
		return;
	req->num_retrans++;
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
		rtx_syn_ack(req);
	if (!req->num_timeout++)
		l->young--;
	net_timer_mod(net, &req->timer, net->now +
		      us_to_ktime(tcp_rto_shift(TCP_TIMEOUT_INIT_US, req->num_timeout)));
}

/* ---- SYN ---- */

static bool may_queue(struct sock *listener, struct net *net, bool tw)
{
	const struct tcp_listen *l = tcp_sk(listener)->listen;
	u32 most = (u32)net->sysctl.tcp_max_syn_backlog;

	if (l->qlen > l->max_ack_backlog || (!tw && l->qlen >= most)) {
		mib_inc(net, TcpExtTCPReqQFullDrop);
		return false;
	}
	if (l->ack_backlog > l->max_ack_backlog) {
		mib_inc(net, TcpExtListenOverflows);
		return false;
	}
	/* The last quarter is for peers that come back. */
	if (!tw && most - l->qlen < most >> 2)
		return false;
	return true;
}

static void reqsk_init(struct request_sock *req, struct sock *listener, const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct tcphdr *th = tcp_hdr(skb);

	*req = (struct request_sock){
		.c = {
			.daddr = iph->saddr, .rcv_saddr = iph->daddr, .dport = th->source,
			.num = be16_to_cpu(th->dest), .state = TCP_NEW_SYN_RECV,
			.family = listener->c.family, .net = sock_net(listener),
			.bound_dev_if = listener->c.bound_dev_if,
		},
		.listener = listener,
		.rcv_isn = TCP_SKB_CB(skb)->seq, .rcv_nxt = TCP_SKB_CB(skb)->seq + 1,
		.snt_synack = sock_net(listener)->now,
		.tos = listener->tos,
	};
	list_init(&req->list);
	timer_init(&req->timer, reqsk_timer_fn);
}

static void reqsk_options(struct request_sock *req, const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	const struct net *net = req->c.net;
	struct tcp_options_received opt;
	u32 user = tcp_cold(tcp_sk(req->listener))->user_mss;

	tcp_parse_options((const u8 *)(th + 1), tcph_hlen(th) - TCP_HLEN, true, &opt);
	req->mss = opt.mss_ok ? opt.mss : TCP_MSS_DEFAULT;
	if (user && user < req->mss)
		req->mss = (u16)user;
	req->tstamp_ok = opt.ts_ok && net->sysctl.tcp_timestamps;
	req->ts_recent = req->tstamp_ok ? opt.ts_val : 0;
	req->sack_ok = opt.sack_ok && net->sysctl.tcp_sack;
	req->wscale_ok = opt.wscale_ok && net->sysctl.tcp_window_scaling;
	req->snd_wscale = req->wscale_ok ? opt.wscale : 0;
}

/* The window and MSS that the SYN-ACK advertises. -errno: no way back to the peer. */
static int reqsk_route(struct request_sock *req)
{
	struct net *net = req->c.net;
	struct sock *l = req->listener;
	struct flowi4 fl = {
		.daddr = req->c.daddr, .saddr = req->c.rcv_saddr, .dport = req->c.dport,
		.sport = cpu_to_be16(req->c.num), .oif = req->c.bound_dev_if, .mark = l->mark,
		.tos = req->tos, .proto = IP_PROTO_TCP,
	};
	struct tcp_rwin w = { .window_clamp = tcp_sk(l)->app_clamp ?
					      tcp_sk(l)->rwin.window_clamp : 0 };
	u32 user = tcp_cold(tcp_sk(l))->user_mss, mtu;
	struct rtable *rt;
	int err = ip_route_output(net, &fl, &rt);

	if (err)
		return err;
	mtu = clamp_t(u32, dst_mtu(&rt->dst, req->c.daddr), 256, 65535);
	dst_release(&rt->dst);
	req->advmss = (u16)(mtu - IPV4_HLEN - TCP_HLEN);
	if (user && user < req->advmss)
		req->advmss = (u16)user;
	tcp_select_initial_window(&w, tcp_full_space(l),
				  req->advmss - (req->tstamp_ok ? TCPOLEN_TSTAMP_ALIGNED : 0),
				  req->wscale_ok, max((u32)net->sysctl.tcp_rmem_max,
						      (u32)net->sysctl.rmem_max));
	req->rcv_wnd = w.rcv_wnd;
	req->window_clamp = w.window_clamp;
	req->rcv_wscale = w.rcv_wscale;
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

static struct request_sock *reqsk_alloc(struct sock *listener, const struct sk_buff *skb, u32 isn)
{
	struct net *net = sock_net(listener);
	struct request_sock *req = slab_alloc(&net->tcp->request_slab);

	if (!req)
		return NULL;
	reqsk_init(req, listener, skb);
	reqsk_options(req, skb);
	req->tsoff = req->tstamp_ok ? tcp_v4_init_ts_off(net, req->c.rcv_saddr, req->c.daddr) : 0;
	req->snt_isn = isn ? isn : tcp_v4_init_seq(net, req->c.rcv_saddr, req->c.daddr,
						   cpu_to_be16(req->c.num), req->c.dport);
	if (reqsk_route(req) || !reqsk_hash_add(req)) {
		slab_free(&net->tcp->request_slab, req);
		return NULL;
	}
	return req;
}

void tcp_conn_request(struct sock *listener, struct sk_buff *skb, u32 isn)
{
	struct net *net = sock_net(listener);
	struct request_sock *req;

	/* A SYN to a broadcast or multicast address is nobody's connection. */
	if (skb->dst && dst_rtable(skb->dst)->type != RTN_LOCAL) {
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_INVALID_DEST);
		return;
	}
	if (!may_queue(listener, net, isn)) {
		mib_inc(net, TcpExtListenDrops);
		kfree_skb_reason(skb, tcp_sk(listener)->listen->ack_backlog >
				 tcp_sk(listener)->listen->max_ack_backlog ?
				 SKB_DROP_REASON_TCP_LISTEN_OVERFLOW :
				 SKB_DROP_REASON_TCP_REQQFULLDROP);
		return;
	}
	req = reqsk_alloc(listener, skb, isn);
	if (!req) {
		mib_inc(net, TcpExtListenDrops);
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return;
	}
	trace_skb(net, tcp_rcv_state_process, skb, TCP_SYN_RECV, TCP_SKB_CB(skb)->tcp_flags,
		  TCP_SKB_CB(skb)->seq, TCP_SKB_CB(skb)->ack_seq,
		  (u32)be16_to_cpu(tcp_hdr(skb)->window));
	tcp_v4_send_synack(req);
	consume_skb(skb);
}

/* ---- ACK ---- */

static void embryonic_reset(struct request_sock *req, struct sk_buff *skb,
			    enum skb_drop_reason reason)
{
	struct net *net = req->c.net;
	bool rst = TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST;

	/* RFC 9293 3.10.7.4: a SYN in the window ends it, and is answered. */
	if (!rst)
		tcp_v4_send_reset(net, req->listener, skb);
	tcp_reqsk_drop(req);
	mib_inc(net, TcpExtEmbryonicRsts);
	mib_inc(net, TcpAttemptFails);
	kfree_skb_reason(skb, rst ? SKB_DROP_REASON_TCP_RESET : reason);
}

/* The SYN again: our answer was lost. */
static void syn_again(struct request_sock *req, struct sk_buff *skb)
{
	struct net *net = req->c.net;

	if (!tcp_oow_rate_limited(net, skb, &net->mib[MIB_TcpExtTCPACKSkippedSynRecv],
				  &req->last_oow_ack_time))
		rtx_syn_ack(req);
	consume_skb(skb);
}

static void out_of_window(struct request_sock *req, struct sk_buff *skb, bool paws)
{
	struct net *net = req->c.net;

	if (!(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST) &&
	    !tcp_oow_rate_limited(net, skb, &net->mib[MIB_TcpExtTCPACKSkippedSynRecv],
				  &req->last_oow_ack_time))
		tcp_v4_reqsk_send_ack(req);
	if (paws)
		mib_inc(net, TcpExtPAWSEstab);
	kfree_skb_reason(skb, paws ? SKB_DROP_REASON_TCP_RFC7323_PAWS :
			 SKB_DROP_REASON_TCP_INVALID_SEQUENCE);
}

/* The handshake is complete: a socket, if there is room. NULL: skb is consumed. */
static struct sock *complete(struct request_sock *req, struct sk_buff *skb)
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
	child = tcp_v4_syn_recv_sock(listener, req);
	if (child)
		return child;
	if (net->sysctl.tcp_abort_on_overflow) {
		embryonic_reset(req, skb, SKB_DROP_REASON_TCP_LISTEN_OVERFLOW);
		return NULL;
	}
	req->acked = true;
	kfree_skb_reason(skb, SKB_DROP_REASON_TCP_LISTEN_OVERFLOW);
	return NULL;
}

struct sock *tcp_check_req(struct request_sock *req, struct sk_buff *skb)
{
	struct net *net = req->c.net;
	const struct tcphdr *th = tcp_hdr(skb);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u8 flags = cb->tcp_flags & (TCPHDR_RST | TCPHDR_SYN | TCPHDR_ACK);
	struct tcp_options_received opt;
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
	if (flags & TCPHDR_ACK && !(flags & TCPHDR_RST) && cb->ack_seq != req->snt_isn + 1)
		return req->listener;
	if (paws || !tcp_in_window(cb->seq, cb->end_seq, req->rcv_nxt,
				   req->rcv_nxt + req->rcv_wnd)) {
		out_of_window(req, skb, paws);
		return NULL;
	}
	if (opt.saw_tstamp && req->tstamp_ok && !after(cb->seq, req->rcv_nxt))
		req->ts_recent = opt.ts_val;
	if (cb->seq == req->rcv_isn)
		flags &= (u8)~TCPHDR_SYN;	/* outside of the window: cut off */
	if (flags & (TCPHDR_RST | TCPHDR_SYN)) {
		embryonic_reset(req, skb, SKB_DROP_REASON_TCP_INVALID_SYN);
		return NULL;
	}
	if (!(flags & TCPHDR_ACK)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_FLAGS);
		return NULL;
	}
	return complete(req, skb);
}

/* ---- the child ---- */

static void accept_queue_add(struct tcp_listen *l, struct tcp_sock *tp)
{
	tp->accept_next = NULL;
	if (l->accept_tail)
		l->accept_tail->accept_next = tp;
	else
		l->accept_head = tp;
	l->accept_tail = tp;
	l->ack_backlog++;
}

static struct tcp_sock *accept_queue_pop(struct tcp_listen *l)
{
	struct tcp_sock *tp = l->accept_head;

	if (!tp)
		return NULL;
	l->accept_head = tp->accept_next;
	if (!l->accept_head)
		l->accept_tail = NULL;
	tp->accept_next = NULL;
	l->ack_backlog--;
	return tp;
}

/* What a child has from its listener: the options that were set there. */
static void inherit(struct sock *child, const struct sock *l)
{
	static const u32 keep = BIT(SOCK_LINGER) | BIT(SOCK_KEEPOPEN) | BIT(SOCK_URGINLINE) |
				BIT(SOCK_RCVBUF_LOCK) | BIT(SOCK_SNDBUF_LOCK) |
				BIT(SOCK_RECVERR) | BIT(SOCK_LOCALROUTE);
	struct tcp_sock *tp = tcp_sk(child);
	const struct tcp_sock *lp = tcp_sk(l);

	child->flags |= l->flags & keep;
	child->rcvbuf = l->rcvbuf;
	child->sndbuf = l->sndbuf;
	child->linger_s = l->linger_s;
	child->rcvlowat = l->rcvlowat;
	child->ttl = l->ttl;
	child->tos = l->tos;
	child->pmtudisc = l->pmtudisc;
	child->mark = l->mark;
	child->priority = l->priority;
	tp->nonagle = lp->nonagle;
	tp->app_clamp = lp->app_clamp;
	tcp_cong_init(&tp->cong, lp->cong.ops);
	if (lp->cold && tcp_cold_get(tp)) {
		*tp->cold = *lp->cold;
		tp->cold->urg_data = 0;
		tp->cold->urg_mode = false;
	}
}

static void openreq_child(struct sock *child, const struct request_sock *req)
{
	struct tcp_sock *tp = tcp_sk(child);
	struct net *net = req->c.net;
	u32 user = tcp_cold(tp)->user_mss;

	tp->irs = req->rcv_isn;
	tp->iss = req->snt_isn;
	tp->rcv_nxt = tp->copied_seq = tp->rwin.rcv_wup = req->rcv_nxt;
	tp->snd_una = tp->snd_nxt = tp->write_seq = tp->pushed_seq = tp->snd_sml =
		req->snt_isn + 1;
	if (tp->cold)
		tp->cold->snd_up = tp->write_seq;
	tp->snd_wl1 = req->rcv_isn;
	tp->tstamp_ok = req->tstamp_ok;
	tp->wscale_ok = req->wscale_ok;
	tp->rec.sack = req->sack_ok;
	tp->snd_wscale = req->snd_wscale;
	tp->rwin.rcv_wscale = req->rcv_wscale;
	tp->rwin.rcv_wnd = tp->rwin.rcv_ssthresh = req->rcv_wnd;
	tp->rwin.window_clamp = req->window_clamp;
	tp->tsoffset = req->tsoff;
	if (req->tstamp_ok) {
		tp->ts_recent = req->ts_recent;
		tp->ts_recent_stamp_s = tcp_now_s(net);
		tp->tcp_header_len += TCPOLEN_TSTAMP_ALIGNED;
	}
	tp->advmss = req->advmss;
	tp->mss_clamp = user && user < req->mss ? (u16)user : req->mss;
	tp->total_retrans = req->num_retrans;
	/* The SYN-ACK and its ACK give the first RTT, unless it was sent again (Karn). */
	if (!req->num_retrans)
		tcp_rtt_sample(&tp->rtt, (u32)min_t(s64, ktime_to_us(net->now - req->snt_synack),
						    TCP_RTO_MAX_US),
			       tp->snd_una, tp->snd_nxt, tcp_rto_min_us(net));
	if (!req->num_retrans)
		tcp_rtt_update_min(&tp->rtt, tp->rtt.srtt_us >> 3, net->now);
}

struct sock *tcp_v4_syn_recv_sock(struct sock *listener, struct request_sock *req)
{
	struct net *net = sock_net(listener);
	struct tcp_listen *l = tcp_sk(listener)->listen;
	struct sock *child;

	if (l->ack_backlog > l->max_ack_backlog) {
		mib_inc(net, TcpExtListenOverflows);
		mib_inc(net, TcpExtListenDrops);
		return NULL;
	}
	child = sk_alloc(net, &tcp_prot);
	if (!child)
		goto drop;
	tcp_init_sock(child);
	inherit(child, listener);
	child->c.daddr = req->c.daddr;
	child->c.dport = req->c.dport;
	child->c.rcv_saddr = child->saddr = req->c.rcv_saddr;
	child->c.num = req->c.num;
	child->c.bound_dev_if = req->c.bound_dev_if;
	child->c.reuse = listener->c.reuse;
	child->c.reuseport = listener->c.reuseport;
	openreq_child(child, req);
	if (!tcp_route(child) || inet_inherit_port(&net->tcp->hash, listener, child)) {
		sock_put(child);
		goto drop;
	}
	tcp_sync_mss(tcp_sk(child), dst_mtu(child->dst, child->c.daddr));
	child->c.state = TCP_SYN_RECV;
	tcp_trace_state(&child->c, TCP_LISTEN, TCP_SYN_RECV);
	inet_ehash_replace(&net->tcp->hash, &req->c, &child->c);
	reqsk_free(req);
	accept_queue_add(l, tcp_sk(child));
	mib_inc(net, TcpPassiveOpens);
	return child;
drop:
	mib_inc(net, TcpExtListenDrops);
	return NULL;
}

/* ---- listen, accept ---- */

int tcp_listen_start(struct sock *sk, int backlog)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	struct inet_hashinfo *h = &net->tcp->hash;
	/* As Linux: a negative backlog is a very large one. */
	u32 most = min_t(u32, (u32)backlog, (u32)net->sysctl.somaxconn);
	int err;

	if (sk->c.state == TCP_LISTEN) {
		tp->listen->max_ack_backlog = most;
		return 0;
	}
	tp->listen = mem_zalloc(&net->mem, sizeof(*tp->listen));
	if (!tp->listen)
		return -ENOBUFS;
	list_init(&tp->listen->requests);
	tp->listen->max_ack_backlog = most;
	sk->c.state = TCP_LISTEN;
	err = inet_csk_get_port(h, sk, sk->c.num);
	if (!err && inet_listen_hash(h, sk)) {
		tcp_trace_state(&sk->c, TCP_CLOSE, TCP_LISTEN);
		return 0;
	}
	sk->c.state = TCP_CLOSE;
	mem_free(&net->mem, tp->listen, sizeof(*tp->listen));
	tp->listen = NULL;
	return err ? err : -ENOMEM;
}

/* An unaccepted child: its peer is told (row PI-05). */
static void child_forget(struct sock *child)
{
	if (sock_net(child)->exiting) {
		tcp_set_state(child, TCP_CLOSE);
	} else if (child->c.state != TCP_CLOSE) {
		tcp_disconnect(child);
	}
	tcp_sk(child)->over = true;
	sock_set_flag(child, SOCK_DEAD);
	sock_put(child);
}

void tcp_listen_stop(struct sock *sk)
{
	struct tcp_listen *l = tcp_sk(sk)->listen;
	struct tcp_sock *tp;

	inet_listen_unhash(&sock_net(sk)->tcp->hash, sk);
	while (!list_empty(&l->requests))
		tcp_reqsk_drop(list_first_entry(&l->requests, struct request_sock, list));
	while ((tp = accept_queue_pop(l)))
		child_forget(&tp->sk);
	mem_free(&sock_net(sk)->mem, l, sizeof(*l));
	tcp_sk(sk)->listen = NULL;
}

struct sock *tcp_accept(struct sock *sk, int *err)
{
	struct tcp_sock *tp;

	if (sk->c.state != TCP_LISTEN) {
		*err = -EINVAL;
		return NULL;
	}
	tp = accept_queue_pop(tcp_sk(sk)->listen);
	*err = -EAGAIN;
	if (!tp)
		return NULL;
	if (tp->sk.c.state == TCP_ESTABLISHED)
		tcp_rest_watch(&tp->sk);
	return &tp->sk;
}

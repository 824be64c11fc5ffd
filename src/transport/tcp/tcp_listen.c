/* SPDX-License-Identifier: MIT */
/* Listening sockets: the children that requests become, the queue in which they wait, accept(). */
#include "net/ipv4/ip.h"
#include "transport/sock_rare.h"
#include "transport/tcp/tcp_ao.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_ecn.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_pacing.h"
#include "transport/tcp/tcp_rest.h"
#include "transport/tcp/tcp_txstamp.h"
#include "transport/tcp/tcp_user.h"

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
				BIT(SOCK_RECVERR) | BIT(SOCK_LOCALROUTE) |
				BIT(SOCK_ZEROCOPY) | BIT(SOCK_INQ) | SOCK_TSTAMP_ANY |
				BIT(SOCK_RXOPT) |
				BIT(SOCK_RCVTSTAMPNS) | BIT(SOCK_TSTAMP_NEW) |
				BIT(SOCK_TIMESTAMPING_SW);
	struct tcp_sock *tp = tcp_sk(child);
	const struct tcp_sock *lp = tcp_sk(l);

	child->flags |= l->flags & keep;
	if (unlikely(l->txstamp))
		sock_txstamp_inherit(child, l);
	sock_rare_inherit(child, l);
	child->rcvbuf = l->rcvbuf;
	child->sndbuf = l->sndbuf;
	child->linger_s = l->linger_s;
	child->rcvlowat = l->rcvlowat;
	child->ttl = l->ttl;
	child->tos = l->tos;
	child->min_ttl = l->min_ttl;
	child->pmtudisc = l->pmtudisc;
	tp->nonagle = lp->nonagle;
	tp->app_clamp = lp->app_clamp;
	tp->rtt.rto_min_us = lp->rtt.rto_min_us;
	tp->rtt.rto_max_us = lp->rtt.rto_max_us;
	tp->ack.delack_max_ms = lp->ack.delack_max_ms;
	/* Else it has today's default, whatever that was when its listener was made. */
	if (lp->ca_chosen) {
		tcp_cong_init(&tp->cong, lp->cong.ops);
		tp->ca_chosen = true;
	}
	if (unlikely((child->tos & INET_ECN_MASK) || tcp_ca_needs_ecn(tp)))
		tcp_ecn_for_ca(child);
	tcp_pacing_inherit(tp, lp);
	if (lp->cold && tcp_cold_get(tp)) {
		*tp->cold = *lp->cold;
		tp->cold->urg_data = 0;
		tp->cold->urg_mode = false;
		tp->cold->saved_syn = NULL;
		tp->cold->fo = (struct tcp_fastopen_state){ .no_cookie = lp->cold->fo.no_cookie };
		tp->cold->mtup = (struct tcp_mtup){ 0 };
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
	tp->segs_in = 1;	/* the SYN */
	if (unlikely(req->num_timeout)) {
		tp->total_rto = tp->synack_rto = req->num_timeout;
		tp->total_rto_recoveries = 1;
		tp->total_rto_ms = (u32)ktime_to_ms(net->now - req->snt_synack);
	}
	/* Whether it had to be sent again shows its ACK: tcp_try_undo_spurious_syn(). */
	if (req->num_retrans) {
		tp->rec.undo_marker = req->snt_isn;
		tp->retrans_stamp = (u32)ktime_to_ms(req->snt_synack);
	}
	/* The SYN-ACK and its ACK give the first RTT, unless it was sent again (Karn), or when it
	 * was is forgotten; that of Fast Open is not through yet. */
	if (req->num_retrans || req->cookie || req->fastopen)
		return;
	tcp_rtt_sample(&tp->rtt, (u32)min_t(s64, ktime_to_us(net->now - req->snt_synack),
					    TCP_RTO_MAX_US),
		       tp->snd_una, tp->snd_nxt, tcp_rto_min(tp));
	tcp_rtt_update_min(&tp->rtt, tp->rtt.srtt_us >> 3, tcp_ms(net),
			   (u32)net->sysctl.tcp_min_rtt_wlen * 1000u);
}

/* By its listener and its addresses, with a route. NULL: no memory, or no way to the peer. */
static struct sock *child_alloc(const struct sock *listener, const struct request_sock *req)
{
	struct sock *child = sk_alloc(sock_net(listener), &tcp_prot);

	if (!child)
		return NULL;
	tcp_init_sock(child);
	tcp_sk(child)->begun = true;
	inherit(child, listener);
	inet6_key_share(&child->c, &req->c);
	child->c.family = req->c.family;
	child->c.dport = req->c.dport;
	if (likely(!child->c.v6)) {
		child->c.daddr = req->c.daddr;
		child->c.rcv_saddr = child->saddr = req->c.rcv_saddr;
	}
	child->c.num = req->c.num;
	child->c.bound_dev_if = req->c.bound_dev_if;
	child->c.reuse = listener->c.reuse;
	child->c.reuseport = listener->c.reuseport;
	if (!tcp_route(child)) {
		sock_put(child);
		return NULL;
	}
	tcp_ca_of_dst(child);
	return child;
}

struct sock *tcp_syn_recv_sock(struct sock *listener, struct request_sock *req)
{
	struct net *net = sock_net(listener);
	struct tcp_listen *l = tcp_sk(listener)->listen;
	bool unhashed = req->cookie || req->fastopen;
	struct sock *child;

	if (l->ack_backlog > l->max_ack_backlog) {
		mib_inc(net, TcpExtListenOverflows);
		mib_inc(net, TcpExtListenDrops);
		return NULL;
	}
	child = child_alloc(listener, req);
	if (!child)
		goto drop;
	openreq_child(child, req);
	child->mark = req->mark;
	if (unlikely(net->sysctl.tcp_reflect_tos))
		child->tos = (u8)((req->tos & ~INET_ECN_MASK) | (child->tos & INET_ECN_MASK));
	if (unlikely(tcp_sk(listener)->auth) &&
	    !tcp_auth_inherit(net, tcp_sk(listener)->auth, &req->c, &tcp_sk(child)->auth)) {
		sock_put(child);
		goto drop;
	}
	if (unlikely(req->used_ao) && tcp_sk(child)->auth && tcp_sk(child)->auth->ao &&
	    !tcp_ao_child_init(tcp_sk(child)->auth, req)) {
		sock_put(child);
		goto drop;
	}
	tcp_sk(child)->tcp_header_len += tcp_auth_header_len(tcp_sk(child)->auth, &req->c);
	if (!tcp_ecn_openreq_child(child, req) ||
	    inet_inherit_port(&net->tcp->hash, listener, child)) {
		sock_put(child);
		goto drop;
	}
	tcp_sync_mss(tcp_sk(child), tcp_path_mtu(child));
	tcp_initialize_rcv_mss(tcp_sk(child));
	child->c.state = TCP_SYN_RECV;
	if (unhashed && !inet_ehash_insert(&net->tcp->hash, &child->c)) {
		sock_put(child);
		goto drop;
	}
	tcp_trace_state(&child->c, TCP_LISTEN, TCP_SYN_RECV);
	if (!unhashed)
		inet_ehash_replace(&net->tcp->hash, &req->c, &child->c);
	if (unlikely(req->saved_syn) && tcp_sk(child)->cold) {
		tcp_sk(child)->cold->saved_syn = req->saved_syn;
		req->saved_syn = NULL;
	}
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
	list_init(&tp->listen->fo_requests);
	list_init(&tp->listen->fo_reset);
	tp->listen->max_ack_backlog = most;
	sk->c.state = TCP_LISTEN;
	err = tcp_fastopen_listen(sk, most);
	if (!err)
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
	tcp_fastopen_listen_stop(l);
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
	tcp_fastopen_accepted(tp);
	return &tp->sk;
}

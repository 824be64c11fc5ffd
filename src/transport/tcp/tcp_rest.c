/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_rest.h"

#include "base/assert.h"
#include "base/trace.h"
#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_pack.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_user.h"

struct tcp_rest_timed {
	struct timer timer;		/* keepalive */
	struct tcp_rest_sock rest;
};

#define CLASS_STEP 16u
#define HEAD_BYTES ((u32)offsetof(struct tcp_rest_sock, packed))
#define TIMED_BYTES ((u32)offsetof(struct tcp_rest_timed, rest))

static u32 rest_ms(const struct net *net)
{
	return (u32)net->sysctl.tcp_rest_ms;
}

/* ---- the object ---- */

static struct tcp_rest_timed *timed(const struct tcp_rest_sock *r)
{
	return container_of(r, struct tcp_rest_timed, rest);
}

static struct tcp_rest_sock *rest_alloc(struct net *net, u32 packed, bool with_timer)
{
	u32 bytes = HEAD_BYTES + packed + (with_timer ? TIMED_BYTES : 0);
	u32 class = (u32)div_round_up(bytes, CLASS_STEP);
	struct tcp_rest_sock *r;
	char *p;

	if (class >= TCP_REST_CLASSES)
		return NULL;
	p = slab_alloc(&net->tcp->rest.slab[class]);
	if (!p)
		return NULL;
	r = (void *)(p + (with_timer ? TIMED_BYTES : 0));
	memset(r, 0, sizeof(*r));
	r->b.c.state = TCP_REST;
	r->size_class = (u8)class;
	r->has_timer = with_timer;
	return r;
}

static void rest_free(struct tcp_rest_sock *r, struct net *net)
{
	struct slab *s = &net->tcp->rest.slab[r->size_class];

	slab_free(s, r->has_timer ? (void *)timed(r) : (void *)r);
	net->sock->sockets--;
	net->tcp->rest.count--;
}

ktime_t tcp_rest_keepalive(const struct tcp_rest_sock *r)
{
	return r->has_timer ? timed(r)->timer.expires : KTIME_MAX;
}

/* All of the sock that is not zero but its place in the tables. */
static void rest_restore(const struct tcp_rest_sock *r, struct tcp_sock *tp)
{
	struct sock *sk = &tp->sk;

	sk->shutdown = 0;
	tcp_rtxq_init(&tp->rtxq);
	tcp_unpack(tp, r->packed);
	tcp_init_xmit_timers(sk);
	skb_queue_head_init(&tp->write_queue);
	list_init(&tp->rest_node);
	tp->tm.keep = tcp_rest_keepalive(r);
}

void tcp_rest_view(const struct tcp_rest_sock *r, struct tcp_sock *tp)
{
	struct sock *sk = &tp->sk;

	memset(tp, 0, sizeof(*tp));
	sk->c = r->b.c;
	sk->c.node = (struct hlist_node){ 0 };
	sk->c.state = TCP_ESTABLISHED;
	sk->prot = &tcp_prot;
	sk->ops = &sock_ops_none;
	sk->socket = r->socket;
	sk->refcnt = 1;
	sk->type = tcp_prot.type;
	sk->protocol = tcp_prot.protocol;
	skb_queue_head_init(&sk->receive_queue);
	rest_restore(r, tp);
}

/* ---- to rest ---- */

static bool queues_are_empty(const struct tcp_sock *tp)
{
	const struct tcp_rtxq *q = &tp->rtxq;
	const struct sock *sk = &tp->sk;

	return skb_queue_empty(&sk->receive_queue) && !sk->rmem && !sk->wmem &&
	       !sk->error_queue && !sk->txstamp && !sk->rare && skb_queue_empty(&tp->write_queue) &&
	       skb_queue_empty(&q->q) &&
	       !q->packets_out && !q->sacked_out && !q->lost_out && !q->retrans_out &&
	       !q->highest_sack && !q->retransmit_hint && !q->find_hint && !q->lost_hint &&
	       !tp->ooo && !tp->frag && tp->snd_una == tp->write_seq &&
	       tp->snd_nxt == tp->write_seq && tp->copied_seq == tp->rcv_nxt;
}

static bool nothing_is_due(const struct tcp_sock *tp)
{
	const struct tcp_timers *tm = &tp->tm;

	if (tp->sk.min_ttl)
		return false;
	if (tm->xmit != KTIME_MAX || tm->ack != KTIME_MAX || tm->pace != KTIME_MAX ||
	    tm->event != ICSK_TIME_NONE ||
	    tp->ack.pending & (ICSK_ACK_SCHED | ICSK_ACK_TIMER | ICSK_ACK_NOW))
		return false;
	/* The timer may still stand where a nearer deadline was: its function moves it. */
	return tm->keep == KTIME_MAX || (timer_pending(&tm->timer) &&
					 tm->timer.expires == tm->keep);
}

static bool nothing_urgent(const struct tcp_cold *cold)
{
	return !cold || (!cold->urg_mode && !cold->urg_data);
}

/* What tcp_pack() does not write is as it will be after tcp_unpack(). */
static bool tcp_may_rest(const struct tcp_sock *tp)
{
	const struct sock *sk = &tp->sk;

	return sk->c.state == TCP_ESTABLISHED && sk->ops->rest && sk->socket && sk->bind_bucket &&
	       (!sock_net(sk)->tcp->rest.ops || sock_net(sk)->tcp->rest.ops == sk->ops) &&
	       sk->refcnt == 1 && !sk->shutdown && !sk->err && !sk->mcast && !tp->fin_unsent &&
	       !tp->orphan_counted && !tp->over && !tp->auth && !tp->listen && !tp->accept_next &&
	       queues_are_empty(tp) && nothing_is_due(tp) && nothing_urgent(tp->cold) &&
	       tcp_stream_is_writeable(sk);
}

/* The sock goes without a word: what it held is the resting one's. */
static void sock_vanish(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->cold = NULL;
	tp->accecn = NULL;
	tp->cong.priv = NULL;
	tp->cong.pacing = NULL;
	sk->c.state = TCP_CLOSE;
	sk->ops = &sock_ops_none;
	sk->socket = NULL;
	sock_put(sk);
}

static void rest_timer_fn(struct timer *t);

/* False: no memory. */
static bool tcp_put_to_rest(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	struct socket *socket = sk->socket;
	const struct sock_ops *ops = sk->ops;
	bool keepalive = tp->tm.keep != KTIME_MAX;
	u8 packed[TCP_PACK_MAX];
	u32 n = tcp_pack(tp, packed);
	struct tcp_rest_sock *r = rest_alloc(net, n, keepalive);

	if (!r)
		return false;
	memcpy(r->packed, packed, n);
	r->socket = socket;
	r->has_route = sk->dst != NULL;
	if (keepalive) {
		timer_init(&timed(r)->timer, rest_timer_fn);
		timer_replace(&tp->tm.timer, &timed(r)->timer);
	}
	inet_bound_replace(&net->tcp->hash, (struct inet_bound *)(void *)sk, &r->b);
	net->sock->sockets++;
	net->tcp->rest.count++;
	net->tcp->rest.ops = ops;
	sock_vanish(sk);
	ops->rest(socket, r);
	return true;
}

/* ---- and back ---- */

struct sock *tcp_rest_wake(struct tcp_rest_sock *r)
{
	struct net *net = r->b.c.net;
	struct sock *sk = sk_alloc(net, &tcp_prot);
	struct tcp_sock *tp = tcp_sk(sk);
	struct socket *socket = r->socket;

	if (!sk)
		return NULL;
	sk->c = (struct sock_common){ .state = TCP_ESTABLISHED };
	inet_bound_replace(&net->tcp->hash, &r->b, (struct inet_bound *)(void *)sk);
	rest_restore(r, tp);
	if (r->has_timer && timer_pending(&timed(r)->timer))
		timer_replace(&timed(r)->timer, &tp->tm.timer);
	if (r->has_route)
		tcp_route(sk);
	rest_free(r, net);
	net->tcp->rest.ops->wake(socket, sk);
	tcp_rest_watch(sk);
	return sk;
}

/* Keepalive is due: it is the sock's timer that fires. */
static void rest_timer_fn(struct timer *t)
{
	struct tcp_rest_sock *r = &container_of(t, struct tcp_rest_timed, timer)->rest;
	struct net *net = r->b.c.net;
	struct sock *sk = tcp_rest_wake(r);

	if (sk)
		tcp_sk(sk)->tm.timer.fn(&tcp_sk(sk)->tm.timer);
	else
		net_timer_mod(net, t, net->now + ms_to_ktime(TCP_RESOURCE_PROBE_MS));
}

/* ---- the end ---- */

static void rest_end(struct tcp_rest_sock *r, struct tcp_sock *tp)
{
	struct net *net = r->b.c.net;
	struct netns_tcp *ns = net->tcp;

	tcp_trace_state(&r->b.c, TCP_ESTABLISHED, TCP_CLOSE);
	mib_inc(net, TcpEstabResets);
	mib_dec(net, TcpCurrEstab);
	tcp_cong_exit(&ns->cong, &tp->cong);
	if (tp->cold)
		slab_free(&ns->cold_slab, tp->cold);
	tcp_accecn_stop(tp);
	if (r->has_timer)
		net_timer_del(net, &timed(r)->timer);
	inet_ehash_remove(&ns->hash, &r->b.c);
	inet_twsk_put_port(&ns->hash, &r->b);
	inet6_key_drop(&r->b.c);
	rest_free(r, net);
}

void tcp_rest_kill(struct tcp_rest_sock *r)
{
	struct tcp_sock tp;

	tcp_rest_view(r, &tp);
	rest_end(r, &tp);
}

void tcp_rest_abort(struct tcp_rest_sock *r)
{
	struct tcp_sock tp;

	tcp_rest_view(r, &tp);
	mib_inc(r->b.c.net, TcpExtTCPAbortOnMemory);
	tcp_send_active_reset(&tp.sk);
	sk_dst_reset(&tp.sk);
	rest_end(r, &tp);
}

/* ---- when ---- */

static u32 interval_ms(const struct net *net, u8 level)
{
	return max(rest_ms(net), 1u) << level;
}

/* The first look that is due; false: none is awaited. */
static bool first_due(const struct tcp_rest_watch *w, u32 now_ms, u32 *in_ms)
{
	s32 least = INT32_MAX;

	for (u32 i = 0; i < TCP_REST_LEVELS; i++) {
		const struct list_head *l = &w->level[i];

		if (!list_empty(l))
			least = min(least, (s32)(list_first_entry(l, struct tcp_sock,
								  rest_node)->rest_due - now_ms));
	}
	*in_ms = (u32)max(least, 0);
	return least != INT32_MAX;
}

static void watch_at_level(struct sock *sk, u8 level)
{
	struct net *net = sock_net(sk);
	struct tcp_rest_watch *w = &net->tcp->rest;
	struct tcp_sock *tp = tcp_sk(sk);
	u32 ms = interval_ms(net, level);
	ktime_t when = net->now + ms_to_ktime(ms);

	tp->rest_level = level;
	tp->rest_due = tcp_ms(net) + ms;
	list_add_tail(&tp->rest_node, &w->level[level]);
	if (!timer_pending(&w->timer) || when < w->timer.expires)
		net_timer_mod(net, &w->timer, when);
}

void tcp_rest_watch(struct sock *sk)
{
	if (list_empty(&tcp_sk(sk)->rest_node) && rest_ms(sock_net(sk)))
		watch_at_level(sk, 0);
}

void tcp_rest_unwatch(struct sock *sk)
{
	list_del_init(&tcp_sk(sk)->rest_node);
}

static u32 quiet_ms(const struct tcp_sock *tp)
{
	u32 now = tcp_ms(tcp_net(tp));

	return min(now - tp->lsndtime, min(now - tp->ack.lrcvtime, now - tp->rcv_tstamp));
}

/* The send page was kept for the next write, which did not come. False: it is in use. */
static bool give_page(struct tcp_sock *tp)
{
	if (tp->rtxq.packets_out || !skb_queue_empty(&tp->write_queue))
		return false;
	tcp_frag_release(tp);
	return true;
}

static void look(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 level = tp->rest_level + 1;

	tcp_rest_unwatch(sk);
	if (!rest_ms(sock_net(sk)))
		return;
	if (quiet_ms(tp) < rest_ms(sock_net(sk)))
		watch_at_level(sk, 0);
	else if (!(give_page(tp) && tcp_may_rest(tp) && tcp_put_to_rest(sk)) &&
		 level < TCP_REST_LEVELS)
		watch_at_level(sk, level);
}

/* One level's looks that are due; those that a change of tcp_rest_ms made late come late. */
static u32 look_through(struct list_head *l, u32 now_ms, u32 budget)
{
	while (budget && !list_empty(l)) {
		struct tcp_sock *tp = list_first_entry(l, struct tcp_sock, rest_node);

		if ((s32)(tp->rest_due - now_ms) > 0)
			break;
		budget--;
		look(&tp->sk);
	}
	return budget;
}

static void watch_timer_fn(struct timer *t)
{
	struct tcp_rest_watch *w = container_of(t, struct tcp_rest_watch, timer);
	struct net *net = w->net;
	u32 now_ms = tcp_ms(net), budget = TCP_REST_BATCH, in_ms;

	for (u32 i = 0; i < TCP_REST_LEVELS; i++)
		budget = look_through(&w->level[i], now_ms, budget);
	if (!first_due(w, now_ms, &in_ms)) {
		net_timer_del(net, t);
		sk_cache_shrink(net, &tcp_prot);
		return;
	}
	if (budget)
		in_ms = max(in_ms, min(TCP_REST_GRAIN_MS, rest_ms(net)));
	net_timer_mod(net, t, net->now + ms_to_ktime(max(in_ms, 1u)));
}

void tcp_rest_init(struct netns_tcp *ns, struct net *net)
{
	struct tcp_rest_watch *w = &ns->rest;

	w->net = net;
	timer_init(&w->timer, watch_timer_fn);
	for (u32 i = 0; i < TCP_REST_LEVELS; i++)
		list_init(&w->level[i]);
	for (u32 i = 0; i < TCP_REST_CLASSES; i++)
		slab_init(&w->slab[i], &net->mem, "tcp_rest_sock", i * CLASS_STEP);
}

void tcp_rest_exit(struct netns_tcp *ns, struct net *net)
{
	net_timer_del(net, &ns->rest.timer);
	for (u32 i = 0; i < TCP_REST_CLASSES; i++)
		slab_exit(&ns->rest.slab[i]);
}

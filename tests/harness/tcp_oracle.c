/* SPDX-License-Identifier: MIT */
#include "harness/tcp_oracle_impl.h"

#include "socket/socket.h"
#include "transport/tcp/tcp_minisocks.h"
#include "transport/tcp/tcp_rest.h"

#define CHECK_NET(cond) \
	do { \
		if (!(cond)) \
			o->fail(o->ctx, #cond, NULL); \
	} while (0)

/* ---- what is sent ---- */

/* Of one queue that holds the numbers from `from` on: where it ends; *mem: what it is charged. */
static u32 check_contiguous(struct tcp_oracle *o, const struct tcp_sock *tp,
			    const struct sk_buff_head *q, u32 from, u32 *mem)
{
	const struct sk_buff *skb;
	u32 n = 0, first = from;

	skb_queue_walk(q, skb) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		/* The front may be acknowledged in part. */
		CHECK(n ? cb->seq == from : !after(cb->seq, first) && after(cb->end_seq, first));
		CHECK(cb->end_seq - cb->seq == tcp_seg_len(cb->tcp_flags, skb->len));
		*mem += sk_truesize(skb);
		from = cb->end_seq;
		n++;
	}
	CHECK(n == q->qlen);
	return from;
}

static void check_sending(struct tcp_oracle *o, const struct tcp_sock *tp)
{
	u32 mem = 0, end;

	CHECK(!after(tp->snd_una, tp->snd_nxt));
	CHECK(!after(tp->snd_nxt, tp->write_seq));
	end = check_contiguous(o, tp, &tp->rtxq.q, tp->snd_una, &mem);
	CHECK(end == tp->snd_nxt || skb_queue_empty(&tp->rtxq.q));
	CHECK(!skb_queue_empty(&tp->rtxq.q) || tp->snd_una == tp->snd_nxt ||
	      tp->sk.c.state == TCP_CLOSE);
	end = check_contiguous(o, tp, &tp->write_queue, tp->snd_nxt, &mem);
	CHECK(end == tp->write_seq || tp->sk.c.state == TCP_CLOSE);
	CHECK(mem == tp->sk.wmem);
	tcp_oracle_scoreboard(o, tp);
	CHECK(tp->cong.snd_cwnd > 0);
	CHECK(tp->mss_cache > 0);
}

/* ---- what comes ---- */

static u32 check_ooo(struct tcp_oracle *o, const struct tcp_sock *tp)
{
	u32 mem = 0, end = tp->rcv_nxt, runs = 0, n = 0;
	const struct sk_buff *skb;

	skb_queue_walk(&tp->ooo->q, skb) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		/* The first lies behind a hole, the others do not overlap. */
		CHECK(n ? !before(cb->seq, end) : after(cb->seq, end));
		CHECK(after(cb->end_seq, cb->seq));
		runs += !n || cb->seq != end;
		mem += sk_truesize(skb);
		end = cb->end_seq;
		n++;
	}
	CHECK(n == tp->ooo->q.qlen);
	CHECK(runs == tp->ooo->runs);
	CHECK(tp->ooo->num_sacks <= TCP_MAX_SACKS);
	CHECK(!tp->ooo->num_sacks || n);
	return mem;
}

static void check_receiving(struct tcp_oracle *o, const struct tcp_sock *tp)
{
	u32 mem = 0, end = tp->copied_seq, n = 0;
	const struct sk_buff *skb;

	CHECK(!after(tp->copied_seq, tp->rcv_nxt));
	CHECK(!after(tp->rwin.rcv_wup, tp->rcv_nxt));
	skb_queue_walk(&tp->sk.receive_queue, skb) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		CHECK(n ? cb->seq == end : !after(cb->seq, end));
		CHECK(cb->end_seq - cb->seq == skb->len + !!(cb->tcp_flags & TCPHDR_FIN));
		mem += sk_truesize(skb);
		end = cb->end_seq;
		n++;
	}
	CHECK(n == tp->sk.receive_queue.qlen);
	/* What the queue does not hold is a FIN that came alone. */
	CHECK(!n || tp->rcv_nxt - end <= 1);
	if (tp->ooo)
		mem += check_ooo(o, tp);
	if (tp->sk.error_queue) {
		skb_queue_walk(tp->sk.error_queue, skb)
			mem += sk_truesize(skb);
	}
	CHECK(mem == tp->sk.rmem);
	CHECK(!tp->pred_flags || tcp_ofo_empty(tp));
}

static u64 cookies_taken(const struct tcp_sock *tp)
{
	return sock_net(&tp->sk)->mib[MIB_TcpExtSyncookiesRecv];
}

/* The same connection as at the last check, and not one that came in its place meanwhile: an ACK
 * that comes twice makes two of one cookie, alike in each number. */
static bool is_same(const struct tcp_oracle *o, const struct tcp_oracle_edge *e,
		    const struct tcp_sock *tp)
{
	return e->num == tp->sk.c.num && e->dport == tp->sk.c.dport && e->irs == tp->irs &&
	       e->iss == tp->iss && e->check + 1 == o->check && e->segs_in <= tp->segs_in &&
	       e->cookies == cookies_taken(tp);
}

/* RFC 9293 3.8.6: the window may not shrink, unless tcp_shrink_window says so or did till now, or
 * something found no room. */
static void check_edge(struct tcp_oracle *o, const struct tcp_sock *tp)
{
	bool may_shrink = sock_net(&tp->sk)->sysctl.tcp_shrink_window ||
			  tp->ack.pending & ICSK_ACK_NOMEM;
	u32 edge = tp->rwin.rcv_wup + tp->rwin.rcv_wnd;
	u64 prunes = sock_net(&tp->sk)->mib[MIB_TcpExtPruneCalled];
	struct tcp_oracle_edge *e;

	if (tcp_state_in(&tp->sk, TCPF(SYN_SENT) | TCPF(CLOSE)))
		return;
	e = &o->edges[(tp->sk.c.num * 31u + tp->sk.c.dport) % TCP_ORACLE_EDGES];
	if (is_same(o, e, tp))
		CHECK(!before(edge, e->edge) || may_shrink || e->may_shrink ||
		      prunes != e->prunes);
	*e = (struct tcp_oracle_edge){
		.num = tp->sk.c.num, .dport = tp->sk.c.dport, .iss = tp->iss, .irs = tp->irs,
		.edge = edge, .segs_in = tp->segs_in, .check = o->check,
		.cookies = cookies_taken(tp), .may_shrink = may_shrink, .prunes = prunes,
	};
}

/* ---- timers, states ---- */

static void check_timers(struct tcp_oracle *o, const struct tcp_sock *tp)
{
	const struct tcp_timers *tm = &tp->tm;
	ktime_t first = min(min(tm->xmit, tm->pace), min(tm->ack, tm->keep));

	if (tp->rtxq.packets_out || !skb_queue_empty(&tp->write_queue) ||
	    (tp->fin_unsent && tp->sk.c.state != TCP_CLOSE))
		CHECK(tm->event != ICSK_TIME_NONE);
	CHECK((tm->event == ICSK_TIME_NONE) == (tm->xmit == KTIME_MAX));
	if (tp->ack.pending & ICSK_ACK_TIMER)
		CHECK(tm->ack != KTIME_MAX);
	/* The timer of one at rest is not the picture's. */
	if (first != KTIME_MAX && tp != &o->view)
		CHECK(timer_pending(&tm->timer) && tm->timer.expires <= first);
	/* An orphan whose FIN is acknowledged waits for the other's for so long. */
	if (tp->sk.c.state == TCP_FIN_WAIT2 && sock_flag(&tp->sk, SOCK_DEAD))
		CHECK(tm->keep != KTIME_MAX);
}

static void check_state(struct tcp_oracle *o, const struct tcp_sock *tp)
{
	const struct sock *sk = &tp->sk;

	if (tcp_state_in(sk, TCPF(FIN_WAIT1) | TCPF(FIN_WAIT2) | TCPF(CLOSING) | TCPF(LAST_ACK)))
		CHECK(sk->shutdown & SEND_SHUTDOWN);
	if (tcp_state_in(sk, TCPF(CLOSE_WAIT) | TCPF(CLOSING) | TCPF(LAST_ACK)))
		CHECK(sk->shutdown & RCV_SHUTDOWN);
	if (sk->c.state == TCP_FIN_WAIT2)
		CHECK(tp->snd_una == tp->write_seq && !tp->fin_unsent);
	if (sk->c.state == TCP_CLOSE)
		CHECK(skb_queue_empty(&tp->rtxq.q) && skb_queue_empty(&tp->write_queue));
}

static void check_sock(struct tcp_oracle *o, const struct tcp_sock *tp)
{
	if (tp->sk.c.state == TCP_LISTEN)
		return;
	check_sending(o, tp);
	if (tp->sk.c.state != TCP_SYN_SENT)
		check_receiving(o, tp);
	check_edge(o, tp);
	check_timers(o, tp);
	check_state(o, tp);
}

static void check_listener(struct tcp_oracle *o, const struct tcp_sock *tp)
{
	const struct tcp_listen *l = tp->listen;
	u32 accept = 0, requests = 0;

	for (const struct tcp_sock *t = l->accept_head; t; t = t->accept_next) {
		CHECK(t->accept_next || t == l->accept_tail);
		accept++;
	}
	for (const struct list_head *pos = l->requests.next; pos != &l->requests; pos = pos->next)
		requests++;
	CHECK(accept == l->ack_backlog);
	CHECK(requests == l->qlen);
	CHECK(l->young <= l->qlen);
}

/* ---- the instance ---- */

struct sums {
	u64 memory, orphans;
	u32 timewaits, rests;
};

struct tcp_sock *tcp_oracle_sock(struct sock_common *c, struct tcp_sock *view)
{
	if (c->state == TCP_TIME_WAIT || c->state == TCP_NEW_SYN_RECV)
		return NULL;
	if (c->state != TCP_REST)
		return tcp_sk(container_of(c, struct sock, c));
	tcp_rest_view(tcp_rest(c), view);
	return view;
}

static void check_table(struct tcp_oracle *o, struct net *net, struct sums *sums)
{
	struct hlist_head *chain;
	struct sock_common *c;

	for (u64 i = 0; (chain = inet_table_chain(&net->tcp->hash.ehash, i)); i++) {
		hlist_for_each_entry(c, chain, node) {
			const struct tcp_sock *tp = tcp_oracle_sock(c, &o->view);

			sums->timewaits += c->state == TCP_TIME_WAIT;
			sums->rests += c->state == TCP_REST;
			if (!tp)
				continue;
			check_sock(o, tp);
			sums->memory += tp->sk.wmem + tp->sk.rmem;
			sums->orphans += tp->orphan_counted;
		}
	}
}

struct walk {
	struct tcp_oracle *o;
	struct sums *sums;
};

/* Those that stand in no table: over, or not yet begun; and listeners. */
static int check_open(struct socket *sock, void *ctx)
{
	struct walk *w = ctx;
	struct tcp_oracle *o = w->o;
	const struct tcp_sock *tp;

	if (sock->ops->wake || sock->sk->protocol != LN_IPPROTO_TCP)
		return 0;
	tp = tcp_sk(sock->sk);
	if (tp->sk.c.state == TCP_LISTEN) {
		check_listener(o, tp);
		w->sums->memory += tp->sk.rmem;	/* notes of what it sent before it listened */
	} else if (hlist_unhashed(&tp->sk.c.node)) {
		CHECK(tp->sk.c.state == TCP_CLOSE);
		check_sock(o, tp);
		w->sums->memory += tp->sk.wmem + tp->sk.rmem;
		w->sums->orphans += tp->orphan_counted;
	}
	return 0;
}

/* Children that were reset while they waited to be accepted. */
static int sum_unaccepted(struct socket *sock, void *ctx)
{
	struct walk *w = ctx;

	if (sock->ops->wake || sock->sk->c.state != TCP_LISTEN)
		return 0;
	for (struct tcp_sock *t = tcp_sk(sock->sk)->listen->accept_head; t; t = t->accept_next) {
		if (!hlist_unhashed(&t->sk.c.node))
			continue;
		w->sums->memory += t->sk.wmem + t->sk.rmem;
		w->sums->orphans += t->orphan_counted;
	}
	return 0;
}

void tcp_oracle_check(struct tcp_oracle *o, struct net *net)
{
	struct sums sums = { 0 };
	struct walk w = { o, &sums };

	o->check++;
	check_table(o, net, &sums);
	socket_for_each(net, check_open, &w);
	socket_for_each(net, sum_unaccepted, &w);
	CHECK_NET(sums.memory == net->sock->memory);
	CHECK_NET(sums.orphans == net->sock->orphans);
	CHECK_NET(sums.timewaits == net->tcp->tw_count);
	CHECK_NET(sums.rests == net->tcp->rest.count);
	CHECK_NET(net->mem.used <= net->mem.budget);
}

void tcp_oracle_check_empty(struct tcp_oracle *o, struct net *net)
{
	CHECK_NET(net->tcp->hash.ehash.count == 0);
	CHECK_NET(net->tcp->hash.bhash.count == 0);
	CHECK_NET(net->sock->sockets == 0);
	CHECK_NET(net->sock->orphans == 0);
	CHECK_NET(net->sock->memory == 0);
	CHECK_NET(net->sock->key6_slab.live == 0);
	CHECK_NET(net->tcp->tw_count == 0);
	CHECK_NET(net->tcp->request_slab.live == 0);
	CHECK_NET(net->tcp->cold_slab.live == 0);
	CHECK_NET(net->tcp->rcvq_slab.live == 0);
	CHECK_NET(net->tcp->cong.priv_slab.live == 0);
	CHECK_NET(net->skb_slab.live == 0);
}

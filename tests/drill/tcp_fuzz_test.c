/* SPDX-License-Identifier: MIT */
/*
 * Random segments and random calls against live sockets, with an oracle: after each step the
 * numbers of every connection are in order, its queues are what their counters say, and a timer
 * runs wherever something waits. In the end nothing is left. A failure names its seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/tcp_peer.h"
#include "transport/tcp/tcp_minisocks.h"
#include "transport/tcp/tcp_rest.h"

#define FDS 6
#define STEPS 400

struct fuzz {
	struct tcp_peer *t;
	struct net *net;
	struct prng p;
	uint64_t seed;
	int fd[FDS];
	int step;
	struct tcp_sock view[2];	/* of connections at rest: to be checked, to be used */
};

static uint32_t below(struct fuzz *f, uint32_t n)
{
	return prng_below(&f->p, n);
}

/* ---- the oracle ---- */

#define CHECK(cond) \
	do { \
		if (!(cond)) \
			fail_msg("seed %llu, step %d: %s in state %s", \
				 (unsigned long long)f->seed, f->step, #cond, \
				 tcp_state_name(tp->sk.c.state)); \
	} while (0)

static void check_queues(struct fuzz *f, const struct tcp_sock *tp)
{
	u32 wmem = 0, out = 0, sacked = 0, lost = 0, retrans = 0, rmem = 0;
	const struct sk_buff *skb;

	skb_queue_walk(&tp->write_queue, skb)
		wmem += sk_truesize(skb);
	skb_queue_walk(&tp->rtxq.q, skb) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		wmem += sk_truesize(skb);
		out += cb->pcount;
		sacked += cb->sacked & TCPCB_SACKED_ACKED ? cb->pcount : 0;
		lost += cb->sacked & TCPCB_LOST ? cb->pcount : 0;
		retrans += cb->sacked & TCPCB_SACKED_RETRANS ? cb->pcount : 0;
		CHECK(!(cb->sacked & TCPCB_SACKED_ACKED) ||
		      !(cb->sacked & (TCPCB_LOST | TCPCB_SACKED_RETRANS)));
	}
	skb_queue_walk(&tp->sk.receive_queue, skb)
		rmem += sk_truesize(skb);
	if (tp->ooo)
		skb_queue_walk(&tp->ooo->q, skb)
			rmem += sk_truesize(skb);
	CHECK(wmem == tp->sk.wmem);
	CHECK(rmem == tp->sk.rmem);
	CHECK(out == tp->rtxq.packets_out);
	CHECK(!tcp_is_sack(tp) || sacked == tp->rtxq.sacked_out);
	CHECK(lost == tp->rtxq.lost_out);
	CHECK(retrans == tp->rtxq.retrans_out);
	CHECK((s32)tcp_packets_in_flight(&tp->rtxq) >= 0);
}

static void check_sock(struct fuzz *f, const struct tcp_sock *tp)
{
	if (tp->sk.c.state == TCP_LISTEN)
		return;
	CHECK(!after(tp->snd_una, tp->snd_nxt));
	CHECK(!after(tp->snd_nxt, tp->write_seq));
	CHECK(tp->sk.c.state == TCP_SYN_SENT || !after(tp->copied_seq, tp->rcv_nxt));
	CHECK(tp->cong.snd_cwnd > 0);
	CHECK(tp->mss_cache > 0);
	check_queues(f, tp);
	if (tp->rtxq.packets_out)
		CHECK(tp->tm.event == ICSK_TIME_RETRANS);
	else if (!skb_queue_empty(&tp->write_queue))
		CHECK(tp->tm.event != ICSK_TIME_NONE);
	if (tp->tm.event != ICSK_TIME_NONE)
		CHECK(timer_pending(&tp->tm.timer) && tp->tm.timer.expires <= tp->tm.xmit);
	if (tp->ack.pending & ICSK_ACK_TIMER)
		CHECK(tp->tm.ack != KTIME_MAX);
}

/* The sock, or a picture of the one that rests. */
static struct tcp_sock *sock_of(struct sock_common *c, struct tcp_sock *view)
{
	if (c->state != TCP_REST)
		return tcp_sk(container_of(c, struct sock, c));
	tcp_rest_view(tcp_rest(c), view);
	return view;
}

/* Calls fn for the nth full socket (modulo how many there are). */
static struct tcp_sock *nth_sock(struct fuzz *f, u32 n, bool check)
{
	struct tcp_sock *found = NULL;
	struct hlist_head *chain;
	struct sock_common *c;
	u32 count = 0;

	for (u64 i = 0; (chain = inet_table_chain(&f->net->tcp->hash.ehash, i)); i++) {
		hlist_for_each_entry(c, chain, node) {
			if (c->state == TCP_TIME_WAIT || c->state == TCP_NEW_SYN_RECV)
				continue;
			if (check)
				check_sock(f, sock_of(c, &f->view[0]));
			if (count++ <= n)
				found = sock_of(c, &f->view[1]);
		}
	}
	return found;
}

/* ---- segments ---- */

static const char *const flag_sets[] = {
	".", ".", ".", ".", "P.", "F.", "S", "S.", "R", "R.", "FP.", "PU.", "SF", "-", "SR.", "F",
};

static u32 near(struct fuzz *f, u32 v)
{
	switch (below(f, 24)) {
	case 0:
		return v + below(f, 3) - 1;
	case 1:
		return v + below(f, 20000) - 10000;
	case 2:
		return prng_u32(&f->p);
	default:
		return v;
	}
}

static int options(struct fuzz *f, const struct tcp_sock *tp, char *out, size_t cap)
{
	u32 from = tp->snd_una + below(f, tp->snd_nxt - tp->snd_una + 1);

	if (tp->tstamp_ok && below(f, 10))
		return snprintf(out, cap, " <nop,nop,TS val %u ecr %u>",
				tp->ts_recent + below(f, 20) - (below(f, 5) ? 0 : 10),
				tcp_ts_clock(f->net) + tp->tsoffset - below(f, 100));
	if (tcp_is_sack(tp) && tp->snd_una != tp->snd_nxt)
		return snprintf(out, cap, " <nop,nop,sack %u:%u>", near(f, from),
				near(f, from + below(f, 5000)));
	return snprintf(out, cap, "%s", "");
}

static void send_segment(struct fuzz *f)
{
	struct tcp_sock *tp = nth_sock(f, below(f, 8), false);
	char line[256], opts[128];
	u32 len = below(f, 3) ? 0 : below(f, 1400), seq, ack;

	if (!tp)
		return;
	tcp_use_raw(f->t, tp->sk.c.num, be16_to_cpu(tp->sk.c.dport));
	options(f, tp, opts, sizeof(opts));
	seq = near(f, tp->rcv_nxt);
	if (tp->sk.c.state == TCP_SYN_SENT)
		seq = 1000;
	ack = near(f, tp->snd_una + below(f, tp->snd_nxt - tp->snd_una + 1));
	snprintf(line, sizeof(line), "+0 < %s %u:%u(%u) ack %u win %u%s\n",
		 below(f, 8) ? "." : flag_sets[below(f, ARRAY_SIZE(flag_sets))], seq, seq + len,
		 len, ack, below(f, 4) ? below(f, 65536) : 0, opts);
	tcp_script(f->t, line);
}

/* Completes or begins a handshake with a listener. */
static void send_syn(struct fuzz *f)
{
	u16 port = (u16)(5000 + below(f, 20));
	char line[128];

	tcp_use_raw(f->t, TCP_PEER_PORT, port);
	snprintf(line, sizeof(line), "+0 < S 1000:1000(0) win %u <mss %u%s>\n", below(f, 65536),
		 below(f, 1500), below(f, 2) ? ",sackOK,TS val 100 ecr 0,nop,wscale 3" : "");
	tcp_script(f->t, line);
}

static struct request_sock *any_request(struct fuzz *f)
{
	struct hlist_head *chain;
	struct sock_common *c;

	for (u64 i = 0; (chain = inet_table_chain(&f->net->tcp->hash.ehash, i)); i++)
		hlist_for_each_entry(c, chain, node)
			if (c->state == TCP_NEW_SYN_RECV)
				return inet_reqsk(c);
	return NULL;
}

static void complete_request(struct fuzz *f)
{
	struct request_sock *req = any_request(f);
	char line[160], ts[64] = "";

	if (!req)
		return;
	tcp_use_raw(f->t, req->c.num, be16_to_cpu(req->c.dport));
	if (req->tstamp_ok)
		snprintf(ts, sizeof(ts), " <nop,nop,TS val 101 ecr %u>",
			 tcp_ts_clock(f->net) + req->tsoff);
	snprintf(line, sizeof(line), "+0 < . %u:%u(0) ack %u win 30000%s\n", req->rcv_nxt,
		 req->rcv_nxt, near(f, req->snt_isn + 1), ts);
	tcp_script(f->t, line);
}

/* ---- calls ---- */

static void random_option(struct fuzz *f, int fd)
{
	static const int names[] = { LN_TCP_NODELAY, LN_TCP_CORK, LN_TCP_QUICKACK, LN_TCP_MAXSEG,
				     LN_TCP_USER_TIMEOUT, LN_TCP_KEEPIDLE, LN_TCP_LINGER2,
				     LN_TCP_DEFER_ACCEPT, LN_TCP_WINDOW_CLAMP,
				     LN_TCP_NOTSENT_LOWAT, LN_TCP_SYNCNT };
	struct ln_linger l = { 1, (int)below(f, 2) };

	switch (below(f, 8)) {
	case 0:
		tcp_opt(f->t, fd, LN_SOL_SOCKET, LN_SO_RCVBUF, (int)below(f, 60000));
		break;
	case 1:
		tcp_opt(f->t, fd, LN_SOL_SOCKET, LN_SO_SNDBUF, (int)below(f, 60000));
		break;
	case 2:
		ln_setsockopt(tcp_peer_net(f->t), fd, LN_SOL_SOCKET, LN_SO_LINGER, &l, sizeof(l));
		break;
	case 3:
		tcp_opt(f->t, fd, LN_SOL_SOCKET, LN_SO_KEEPALIVE, (int)below(f, 2));
		break;
	case 4:
		ln_setsockopt(tcp_peer_net(f->t), fd, LN_SOL_TCP, LN_TCP_CONGESTION,
			      below(f, 2) ? "reno" : "cubic", 5);
		break;
	default:
		tcp_opt(f->t, fd, LN_SOL_TCP, names[below(f, ARRAY_SIZE(names))],
			below(f, 3) ? (int)below(f, 10) : (int)below(f, 70000));
	}
}

static void open_one(struct fuzz *f, int *fd)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET,
				      .sin_port = cpu_to_be16(TCP_PEER_PORT) };

	*fd = ln_socket(tcp_peer_net(f->t), LN_AF_INET, LN_SOCK_STREAM, 0);
	if (*fd < 0)
		return;		/* no memory, this time */
	if (below(f, 2)) {
		tcp_connect_to(f->t, *fd);
		return;
	}
	tcp_opt(f->t, *fd, LN_SOL_SOCKET, LN_SO_REUSEADDR, 1);
	ln_bind(tcp_peer_net(f->t), *fd, &sin, sizeof(sin));
	ln_listen(tcp_peer_net(f->t), *fd, (int)below(f, 4));
}

static void random_call(struct fuzz *f)
{
	struct ln_net *ln = tcp_peer_net(f->t);
	int *fd = &f->fd[below(f, FDS)], child;
	static uint8_t buf[40000];

	if (*fd < 0) {
		open_one(f, fd);
		return;
	}
	switch (below(f, 10)) {
	case 0:
		ln_close(ln, *fd);
		*fd = -1;
		break;
	case 1:
		ln_shutdown(ln, *fd, (int)below(f, 3));
		break;
	case 2:
	case 3:
		ln_recv(ln, *fd, buf, below(f, sizeof(buf)), (int)(below(f, 8) ? 0 :
			below(f, 2) ? LN_MSG_PEEK : LN_MSG_OOB));
		break;
	case 4:
		child = ln_accept(ln, *fd, NULL, NULL);
		if (child >= 0) {
			int *slot = &f->fd[below(f, FDS)];

			if (*slot >= 0)
				ln_close(ln, *slot);
			*slot = child;
		}
		break;
	case 5:
		random_option(f, *fd);
		break;
	case 6:
		tcp_events(f->t, *fd);
		tcp_info_of(f->t, *fd);
		break;
	default:
		ln_send(ln, *fd, buf, 1 + below(f, sizeof(buf) - 1), (int)(below(f, 6) ? 0 :
			below(f, 2) ? LN_MSG_MORE : LN_MSG_OOB));
	}
}

static void step(struct fuzz *f)
{
	switch (below(f, 12)) {
	case 0:
		send_syn(f);
		break;
	case 1:
		complete_request(f);
		break;
	case 2:
	case 3:
	case 4:
		random_call(f);
		break;
	case 5:
		tcp_skip(f->t, below(f, 8) ? below(f, 500) / 1000. : below(f, 100));
		break;
	default:
		send_segment(f);
	}
	tcp_skip(f->t, 0);
	nth_sock(f, 0, true);
}

static void run_seed(uint64_t seed)
{
	struct fuzz f = { .t = tcp_peer_new(&(struct tcp_peer_params){ .seed = seed }),
			  .seed = seed };

	f.net = net_of(tcp_peer_net(f.t));
	/* Every third life is one of short breaths: connections rest wherever they can. */
	if (seed % 3 == 0)
		f.net->sysctl.tcp_rest_ms = 1;
	prng_init(&f.p, seed);
	for (int i = 0; i < FDS; i++)
		f.fd[i] = -1;
	for (f.step = 0; f.step < STEPS; f.step++) {
		if (!below(&f, 40))
			ln_net_fail_alloc(tcp_peer_net(f.t), 1 + below(&f, 20));
		step(&f);
	}
	ln_net_fail_alloc(tcp_peer_net(f.t), 0);
	for (int i = 0; i < FDS; i++)
		if (f.fd[i] >= 0)
			ln_close(tcp_peer_net(f.t), f.fd[i]);
	/* Every connection ends: orphans have a limit in time. */
	tcp_skip(f.t, 2000);
	if (f.net->sock->sockets || f.net->tcp->tw_count || f.net->sock->memory ||
	    f.net->sock->orphans)
		fail_msg("seed %llu: %llu sockets, %u TIME-WAITs, %llu bytes, %llu orphans left",
			 (unsigned long long)seed, (unsigned long long)f.net->sock->sockets,
			 f.net->tcp->tw_count, (unsigned long long)f.net->sock->memory,
			 (unsigned long long)f.net->sock->orphans);
	tcp_peer_end(f.t);
}

static void random_lives(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 150; seed++)
		run_seed(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

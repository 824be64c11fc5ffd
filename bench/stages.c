/* SPDX-License-Identifier: MIT */
/*
 * stages bulk|rr [STEPS]: where the nanoseconds of one segment (bulk) or one message (rr) go, step
 * by step on its way through two instances, as a table.
 *
 * The work is inproc's (MTU 1500, a cable between two cards, GRO on), with ln_trace_cost() and the
 * processor's cycle counter on. The time from one trace point to the next belongs to the one that
 * is reached. What a point and the counter cost themselves, taken off each, is the cheapest step's
 * average; what else watching costs stays in, so the sum is above what the work takes without.
 */
#include <linnet/linnet.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/measure.h"

#define PORT 7000
#define WRITE_BYTES 65536
#define TURN_NS 1000
#define SEGMENT 1448.0

struct end {
	struct ln_net *net;
	struct ln_nic *nic;
};

static struct end a, b;
static int client, server;
static int64_t now;
static char out_buf[WRITE_BYTES], in_buf[WRITE_BYTES];
static struct ln_trace_costs costs;
static uint64_t rest;		/* of calls, behind their last point */
static bool measuring;

/* ---- the clock ---- */

static uint64_t ticks(void *ctx)
{
	(void)ctx;
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
#endif
}

static void enter(void)
{
	if (measuring)
		costs.last = ticks(NULL);
}

static void leave(void)
{
	if (measuring)
		rest += ticks(NULL) - costs.last;
}

static void measure(bool on)
{
	measuring = on;
	ln_trace_cost(a.net, on ? &costs : NULL);
	ln_trace_cost(b.net, on ? &costs : NULL);
}

/* ---- two machines ---- */

static long must(const char *what, long r)
{
	if (r < 0) {
		fprintf(stderr, "stages: %s: %s\n", what, strerror((int)-r));
		exit(1);
	}
	return r;
}

static void end_init(struct end *e, uint64_t seed, const char *addr)
{
	struct ln_nic_params n = { .name = "eth0", .rx_ring = 1024, .tx_ring = 1024 };
	struct ln_net_params p;
	char out[256];

	ln_net_params_init(&p);
	p.seed = seed;
	e->net = ln_net_create(&p);
	e->nic = e->net ? ln_nic_create(e->net, &n) : NULL;
	if (!e->nic)
		must("create", -ENOMEM);
	must(addr, -ln_ctl(e->net, addr, out, sizeof(out), NULL));
	must("up", -ln_ctl(e->net, "ip link set eth0 up", out, sizeof(out), NULL));
}

static void turn(void)
{
	now += TURN_NS;
	enter();
	ln_nic_cable_run(a.nic);
	if (ln_net_next_event(b.net) <= now)
		ln_net_run(b.net, now);
	if (ln_net_next_event(a.net) <= now)
		ln_net_run(a.net, now);
	leave();
}

static void pair(void)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET };
	uint8_t *addr = (uint8_t *)&sin.sin_addr, *port = (uint8_t *)&sin.sin_port;
	int listener = (int)must("socket", ln_socket(b.net, LN_AF_INET, LN_SOCK_STREAM, 0));
	int one = 1;

	port[0] = PORT >> 8;
	port[1] = PORT & 255;
	must("bind", ln_bind(b.net, listener, &sin, sizeof(sin)));
	must("listen", ln_listen(b.net, listener, 1));
	client = (int)must("socket", ln_socket(a.net, LN_AF_INET, LN_SOCK_STREAM, 0));
	memcpy(addr, "\12\115\0\2", 4);
	ln_connect(a.net, client, &sin, sizeof(sin));
	while ((server = ln_accept(b.net, listener, NULL, NULL)) == -EAGAIN)
		turn();
	must("accept", server);
	must("nodelay", ln_setsockopt(a.net, client, LN_SOL_TCP, LN_TCP_NODELAY, &one, 4));
	must("nodelay", ln_setsockopt(b.net, server, LN_SOL_TCP, LN_TCP_NODELAY, &one, 4));
}

/* ---- the work ---- */

static ptrdiff_t send_some(struct ln_net *net, int fd, size_t len)
{
	ptrdiff_t n;

	enter();
	n = ln_send(net, fd, out_buf, len, 0);
	leave();
	return n;
}

static ptrdiff_t take_some(struct ln_net *net, int fd)
{
	ptrdiff_t n;

	enter();
	n = ln_recv(net, fd, in_buf, sizeof(in_buf), 0);
	leave();
	return n;
}

static double step_bulk(void)
{
	double got = 0;
	ptrdiff_t n;

	while (send_some(a.net, client, WRITE_BYTES) > 0)
		;
	turn();
	while ((n = take_some(b.net, server)) > 0)
		got += (double)n;
	return got / SEGMENT;
}

static double step_rr(void)
{
	must("send", send_some(a.net, client, 1));
	while (take_some(b.net, server) == -EAGAIN)
		turn();
	must("send", send_some(b.net, server, 1));
	while (take_some(a.net, client) == -EAGAIN)
		turn();
	return 2;
}

/* ---- the table ---- */

static double work(double (*step)(void), long steps, double *units)
{
	double start = cpu_seconds();

	*units = 0;
	for (long i = 0; i < steps; i++)
		*units += step();
	return (cpu_seconds() - start) * 1e9;
}

/* Of the points that were passed often. */
static double cheapest(double units, double ns_per_tick)
{
	double least = 1e9;

	for (int i = 0; i < LN_TP_COUNT; i++) {
		double count = (double)costs.at[i].count;

		if (count >= units / 2 && (double)costs.at[i].ticks * ns_per_tick / count < least)
			least = (double)costs.at[i].ticks * ns_per_tick / count;
	}
	return least;
}

/* In the order in which a packet meets them. */
static const enum ln_trace_point way[] = {
	LN_TP_tcp_write_xmit, LN_TP_skb_clone, LN_TP_tcp_transmit_skb, LN_TP_ip_queue_xmit,
	LN_TP_nf_hook, LN_TP_ip_output, LN_TP_neigh_output, LN_TP_dev_queue_xmit,
	LN_TP_dev_hard_start_xmit, LN_TP_nic_doorbell, LN_TP_tcp_sendmsg, LN_TP_nic_rx_handover,
	LN_TP_nic_tx_complete, LN_TP_nic_irq, LN_TP_net_rx_action, LN_TP_eth_type_trans,
	LN_TP_napi_gro_receive, LN_TP_napi_gro_complete, LN_TP_netif_receive_skb, LN_TP_ip_rcv,
	LN_TP_ip_rcv_finish, LN_TP_ip_local_deliver, LN_TP_tcp_v4_rcv, LN_TP_tcp_rcv_established,
	LN_TP_tcp_ack, LN_TP_tcp_data_queue, LN_TP_sock_def_readable, LN_TP_napi_poll,
	LN_TP_napi_complete, LN_TP_tcp_recvmsg,
};

static void row(const char *name, double ns, double times)
{
	if (times >= 0.005)
		printf("%-24s %8.1f ns %8.2f times\n", name, ns, times);
}

static void table(double units, double ns_per_tick, double own_ns)
{
	double sum = 0;
	bool shown[LN_TP_COUNT] = { false };

	for (unsigned i = 0; i < sizeof(way) / sizeof(way[0]) + LN_TP_COUNT; i++) {
		unsigned p = i < sizeof(way) / sizeof(way[0]) ? way[i] :
			     i - (unsigned)(sizeof(way) / sizeof(way[0]));
		double times = (double)costs.at[p].count / units, ns;

		if (shown[p])
			continue;
		shown[p] = true;
		ns = (double)costs.at[p].ticks * ns_per_tick / units - times * own_ns;
		sum += ns;
		row(ln_trace_point_name(p), ns, times);
	}
	row("to the end of the calls", (double)rest * ns_per_tick / units, 1);
	row("sum", sum + (double)rest * ns_per_tick / units, 1);
}

int main(int argc, char **argv)
{
	bool bulk = argc > 1 && !strcmp(argv[1], "bulk");
	double (*step)(void) = bulk ? step_bulk : step_rr;
	long steps = argc > 2 ? atol(argv[2]) : bulk ? 3000 : 200000;
	double units, plain, traced, ns_per_tick, own;
	uint64_t begin;

	if (argc < 2 || (!bulk && strcmp(argv[1], "rr")) || steps < 1) {
		fprintf(stderr, "usage: stages bulk|rr [STEPS]\n");
		return 1;
	}
	end_init(&a, 1, "ip addr add 10.77.0.1/24 dev eth0");
	end_init(&b, 2, "ip addr add 10.77.0.2/24 dev eth0");
	must("cable", ln_nic_connect(a.nic, b.nic));
	pair();
	work(step, steps / 4 + 1, &units);
	plain = work(step, steps, &units) / units;
	costs.clock = ticks;
	measure(true);
	begin = ticks(NULL);
	traced = work(step, steps, &units);
	ns_per_tick = traced / (double)(ticks(NULL) - begin);
	measure(false);
	own = cheapest(units, ns_per_tick);
	printf("%s: %.1f ns without costs, %.1f with; a point costs %.1f\n", argv[1], plain,
	       traced / units, own);
	table(units, ns_per_tick, own);
	ln_net_destroy(a.net, NULL);
	ln_net_destroy(b.net, NULL);
	return 0;
}

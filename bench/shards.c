/* SPDX-License-Identifier: MIT */
/*
 * shards CASE SHARDS [SECONDS]: what a machine of several shards does, each on a core of its own.
 *
 *	bulk	TCP goodput, 64 KB writes, MTU 1500, one connection for each shard
 *	rr	TCP round trips of 1 byte, one connection for each shard
 *	crr	connect, 1 byte, close
 *	udp	datagrams of 64 bytes, 32 for each turn of the loop
 *
 * Two machines of so many shards each; ring i of the one is joined to ring i of the other by a
 * cable, and thread i runs both ends, as a core does that has a queue of the card. Frames are
 * steered by the receiving card on every hop; connections choose ports that hash home, so after the
 * first ARP nothing is handed over (the last lines count it). The figures are work of all shards
 * together, for a second of each core's own time, which other programs do not take away, and for
 * one on the clock: compare 1 and 2.
 */
#define _GNU_SOURCE
#include <linnet/linnet.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/measure.h"

#define SHARDS_LIMIT 16
#define PORT 7000
#define WRITE_BYTES 65536
#define UDP_BATCH 32
#define TURN_NS 1000
#define TURNS_PER_LOOK 256

struct core {
	struct ln_net *client, *server;
	struct ln_nic *client_nic, *server_nic;
	unsigned shard;
	int64_t now;
	int listener, from, to;		/* descriptors: server, client, server */
	double work, cpu_s;		/* done, and the thread's time for it */
	char out[WRITE_BYTES], in[WRITE_BYTES];
};

struct bench_case {
	const char *name, *unit;
	double scale;			/* of the work counted */
	int type;
	double (*step)(struct core *c);	/* one turn's work */
};

static struct ln_shards *clients, *servers;
static const struct bench_case *chosen;
static int64_t end_ns;
static pthread_barrier_t ready;

static void die(const char *what, long err)
{
	fprintf(stderr, "shards: %s: %s\n", what, strerror((int)-err));
	exit(1);
}

static long must(const char *what, long r)
{
	if (r < 0)
		die(what, r);
	return r;
}

static int64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static double thread_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct ln_sockaddr_in addr_of(unsigned host)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET };
	const uint8_t ip[4] = { 10, 0, 0, (uint8_t)host }, port[2] = { PORT >> 8, PORT & 255 };

	memcpy(&sin.sin_addr, ip, 4);
	memcpy(&sin.sin_port, port, 2);
	return sin;
}

static void command(struct ln_shards *s, const char *cmd)
{
	char out[512] = "";

	if (ln_shards_ctl(s, cmd, out, sizeof(out), NULL)) {
		fprintf(stderr, "shards: %s: %s\n", cmd, out);
		exit(1);
	}
}

static struct ln_shards *machine(unsigned count, uint64_t seed, const char *addr,
				 struct ln_nic *nics[])
{
	const struct ln_nic_params nic = { .name = "eth0", .rx_ring = 1024, .tx_ring = 1024 };
	const struct ln_shards_params sp = { .count = count };
	struct ln_net_params np;
	struct ln_shards *s;

	ln_net_params_init(&np);
	np.seed = seed;
	np.mem_budget = (size_t)1 << 30;
	s = ln_shards_create(&np, &sp);
	if (!s)
		die("create", -ENOMEM);
	must("card", ln_shards_nic(s, &nic, nics));
	command(s, addr);
	command(s, "ip link set eth0 up");
	return s;
}

/* ---- one core's loop ---- */

static void turn(struct core *c)
{
	c->now += TURN_NS;
	ln_nic_cable_run(c->client_nic);
	if (ln_shards_next_event(servers, c->shard) <= c->now)
		ln_shards_run(servers, c->shard, c->now);
	if (ln_shards_next_event(clients, c->shard) <= c->now)
		ln_shards_run(clients, c->shard, c->now);
}

static int connect_once(struct core *c)
{
	const struct ln_sockaddr_in to = addr_of(2);
	int fd = (int)must("socket", ln_socket(c->client, LN_AF_INET, chosen->type, 0));
	int r = ln_connect(c->client, fd, &to, sizeof(to));

	if (r && r != -EINPROGRESS)
		die("connect", r);
	return fd;
}

static void accept_one(struct core *c)
{
	while ((c->to = ln_accept(c->server, c->listener, NULL, NULL)) == -EAGAIN)
		turn(c);
	must("accept", c->to);
}

static void open_core(struct core *c)
{
	const struct ln_sockaddr_in at = addr_of(2);

	c->listener = (int)must("socket", ln_socket(c->server, LN_AF_INET, chosen->type, 0));
	must("bind", ln_bind(c->server, c->listener, &at, sizeof(at)));
	if (chosen->type == LN_SOCK_STREAM)
		must("listen", ln_listen(c->server, c->listener, 128));
}

static double step_bulk(struct core *c)
{
	ptrdiff_t n;
	double got = 0;

	while (ln_send(c->client, c->from, c->out, WRITE_BYTES, 0) > 0)
		;
	turn(c);
	while ((n = ln_recv(c->server, c->to, c->in, WRITE_BYTES, 0)) > 0)
		got += (double)n;
	return got;
}

static double step_rr(struct core *c)
{
	must("send", ln_send(c->client, c->from, c->out, 1, 0));
	while (ln_recv(c->server, c->to, c->in, 1, 0) != 1)
		turn(c);
	must("send", ln_send(c->server, c->to, c->in, 1, 0));
	while (ln_recv(c->client, c->from, c->in, 1, 0) != 1)
		turn(c);
	return 1;
}

static double step_crr(struct core *c)
{
	int fd = connect_once(c);

	accept_one(c);
	while (ln_send(c->client, fd, c->out, 1, 0) != 1)
		turn(c);
	while (ln_recv(c->server, c->to, c->in, 1, 0) != 1)
		turn(c);
	ln_close(c->server, c->to);
	while (ln_recv(c->client, fd, c->in, 1, 0) != 0)
		turn(c);
	ln_close(c->client, fd);
	turn(c);
	return 1;
}

static double step_udp(struct core *c)
{
	double got = 0;

	for (int i = 0; i < UDP_BATCH; i++)
		ln_send(c->client, c->from, c->out, 64, 0);
	turn(c);
	while (ln_recv(c->server, c->listener, c->in, 64, LN_MSG_DONTWAIT) == 64)
		got++;
	return got;
}

static const struct bench_case cases[] = {
	{ "bulk", "Gbit/s", 8e-9, LN_SOCK_STREAM, step_bulk },
	{ "rr", "round trips/s", 1, LN_SOCK_STREAM, step_rr },
	{ "crr", "connections/s", 1, LN_SOCK_STREAM, step_crr },
	{ "udp", "datagrams/s", 1, LN_SOCK_DGRAM, step_udp },
};

static void stay_on_core(unsigned i)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(i, &set);
	sched_setaffinity(0, sizeof(set), &set);	/* where there is one */
}

static void *core_main(void *arg)
{
	struct core *c = arg;

	stay_on_core(c->shard);
	if (chosen->step != step_crr) {
		c->from = connect_once(c);
		if (chosen->type == LN_SOCK_STREAM)
			accept_one(c);
	}
	for (int i = 0; i < TURNS_PER_LOOK; i++)	/* warm */
		chosen->step(c);
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&ready);	/* the end is known */
	c->cpu_s = -thread_seconds();
	do {
		for (int i = 0; i < TURNS_PER_LOOK; i++)
			c->work += chosen->step(c);
	} while (clock_ns() < end_ns);
	c->cpu_s += thread_seconds();
	pthread_barrier_wait(&ready);
	return NULL;
}

/* Work for a second on the clock; *per_cpu: for a second of each core's own time, added up. */
static double run_cores(struct core *cores[], unsigned count, double seconds, double *per_cpu)
{
	pthread_t thread[SHARDS_LIMIT];
	int64_t begin;
	double work = 0;

	pthread_barrier_init(&ready, NULL, count + 1);
	for (unsigned i = 0; i < count; i++)
		must("thread", -pthread_create(&thread[i], NULL, core_main, cores[i]));
	pthread_barrier_wait(&ready);
	begin = clock_ns();
	end_ns = begin + (int64_t)(seconds * 1e9);
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&ready);
	seconds = (double)(clock_ns() - begin) / 1e9;
	for (unsigned i = 0; i < count; i++) {
		pthread_join(thread[i], NULL);
		work += cores[i]->work;
		*per_cpu += cores[i]->work * chosen->scale / cores[i]->cpu_s;
	}
	return work * chosen->scale / seconds;
}

static void report_handed(unsigned count)
{
	static char text[8192];
	struct ln_shards *of[2] = { clients, servers };

	for (int i = 0; i < 2 && count > 1; i++) {
		const char *at;

		ln_shards_ctl(of[i], "ethtool -S eth0", text, sizeof(text), NULL);
		at = strstr(text, "rx_given: ");
		report("shards", "linnet", i ? "handed_over_server" : "handed_over_client",
		       at ? atof(at + 10) : -1, "frames");
	}
}

int main(int argc, char **argv)
{
	struct ln_nic *client_nic[SHARDS_LIMIT], *server_nic[SHARDS_LIMIT];
	unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	struct core *core[SHARDS_LIMIT];
	double wall, per_cpu = 0;
	char name[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases) && argc > 1; i++)
		if (!strcmp(argv[1], cases[i].name))
			chosen = &cases[i];
	if (!chosen || !count || count > SHARDS_LIMIT) {
		fprintf(stderr, "usage: shards bulk|rr|crr|udp SHARDS [SECONDS]\n");
		return 2;
	}
	clients = machine(count, 1, "ip addr add 10.0.0.1/24 dev eth0", client_nic);
	servers = machine(count, 2, "ip addr add 10.0.0.2/24 dev eth0", server_nic);
	for (unsigned i = 0; i < count; i++) {
		core[i] = aligned_alloc(64, (sizeof(**core) + 63) / 64 * 64);
		*core[i] = (struct core){
			.shard = i, .client_nic = client_nic[i], .server_nic = server_nic[i],
			.client = ln_shards_net(clients, i), .server = ln_shards_net(servers, i),
		};
		must("cable", ln_nic_connect(client_nic[i], server_nic[i]));
		open_core(core[i]);
	}
	snprintf(name, sizeof(name), "%s_%u", chosen->name, count);
	wall = run_cores(core, count, argc > 3 ? atof(argv[3]) : 1, &per_cpu);
	report("shards", "linnet", name, per_cpu, chosen->unit);
	snprintf(name, sizeof(name), "%s_%u_wall", chosen->name, count);
	report("shards", "linnet", name, wall, chosen->unit);
	report_handed(count);
	for (unsigned i = 0; i < count; i++)
		free(core[i]);
	return ln_shards_destroy(clients, NULL) || ln_shards_destroy(servers, NULL);
}

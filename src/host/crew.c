/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/crew.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/netns.h"
#include "device/netdevice.h"
#include "host/clock.h"
#include "host/wire.h"
#include "shards.h"

struct member {
	struct crew *crew;
	unsigned shard;
	struct loop *loop;		/* the first one's is the machine's */
	struct loop own_loop;
	struct loop_fd bell;		/* an eventfd: come out of loop_wait() */
	struct wire *wire;
	pthread_t thread;
};

struct crew {
	struct ln_shards *shards;
	unsigned count;
	bool running;			/* the others have threads */
	pthread_mutex_t lock;
	pthread_cond_t change;
	u32 want_pause;			/* read without the lock, written with it */
	bool ending;
	unsigned paused;
	struct member member[LN_SHARDS_MAX];
};

/* ---- bells ---- */

static void ring(struct member *m)
{
	const u64 one = 1;
	ssize_t n = write(m->bell.fd, &one, sizeof(one));

	(void)n;			/* a full one rings already */
}

static void on_bell(struct loop_fd *lf, short revents)
{
	u64 count;
	ssize_t n = read(lf->fd, &count, sizeof(count));

	(void)n;
	(void)revents;
}

static void wake_member(void *ctx, unsigned shard)
{
	struct crew *c = ctx;

	ring(&c->member[shard]);
}

/* ---- threads ---- */

static void member_turn(struct member *m, s64 until_ns)
{
	struct ln_shards *shards = m->crew->shards;
	s64 now = host_now_ns(), next;

	wire_run(m->wire, now);
	ln_shards_run(shards, m->shard, now);
	wire_run(m->wire, now);
	next = min(ln_shards_sleep(shards, m->shard), wire_next(m->wire));
	loop_wait(m->loop, min(next, until_ns));
}

/* Stands still while it is asked to. False: it is the end. */
static bool may_go_on(struct crew *c)
{
	bool go;

	if (likely(!__atomic_load_n(&c->want_pause, __ATOMIC_ACQUIRE)))
		return true;
	pthread_mutex_lock(&c->lock);
	c->paused++;
	pthread_cond_broadcast(&c->change);
	while (c->want_pause && !c->ending)
		pthread_cond_wait(&c->change, &c->lock);
	c->paused--;
	go = !c->ending;
	pthread_mutex_unlock(&c->lock);
	return go;
}

static void *member_main(void *arg)
{
	struct member *m = arg;

	while (may_go_on(m->crew))
		member_turn(m, INT64_MAX);
	return NULL;
}

/* Signals are the first one's. */
static void start(struct crew *c)
{
	sigset_t all, was;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	for (unsigned i = 1; i < c->count; i++) {
		if (pthread_create(&c->member[i].thread, NULL, member_main, &c->member[i])) {
			perror("linnet: a thread for a shard");
			abort();
		}
	}
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	c->running = true;
}

void crew_turn(struct crew *c, s64 until_ns)
{
	if (!c->running)
		start(c);
	member_turn(&c->member[0], until_ns);
}

static void ask(struct crew *c, bool pause, bool end)
{
	pthread_mutex_lock(&c->lock);
	__atomic_store_n(&c->want_pause, pause, __ATOMIC_RELEASE);
	c->ending = end;
	pthread_cond_broadcast(&c->change);
	pthread_mutex_unlock(&c->lock);
	for (unsigned i = 1; i < c->count && pause; i++)
		ring(&c->member[i]);
}

int crew_ctl(struct crew *c, const char *cmd, char *out, size_t cap, size_t *len)
{
	int err;

	if (!c->running)
		return ln_shards_ctl(c->shards, cmd, out, cap, len);
	ask(c, true, false);
	pthread_mutex_lock(&c->lock);
	while (c->paused < c->count - 1)
		pthread_cond_wait(&c->change, &c->lock);
	pthread_mutex_unlock(&c->lock);
	err = ln_shards_ctl(c->shards, cmd, out, cap, len);
	ask(c, false, false);
	for (unsigned i = 1; i < c->count; i++)
		ring(&c->member[i]);	/* what changed may have work for them */
	return err;
}

void crew_stop(struct crew *c)
{
	if (!c->running)
		return;
	ask(c, true, true);
	for (unsigned i = 1; i < c->count; i++)
		pthread_join(c->member[i].thread, NULL);
	c->running = false;
}

/* ---- wires ---- */

bool crew_open_wires(struct crew *c, const struct wire_params *params, struct wire **first,
		     char *err, size_t err_cap)
{
	struct wire_params p = *params;

	p.shards = c->count;
	for (unsigned i = 0; i < c->count; i++) {
		struct net *net = net_of(crew_net(c, i));
		struct nic *nic;

		p.shard = i;
		c->member[i].wire = wire_open(net, c->member[i].loop, &p, err, err_cap);
		if (!c->member[i].wire)
			return false;
		nic = dev_get_by_name(net, p.name ? p.name : "eth0")->nic;
		memcpy(p.mac, nic->mac, sizeof(p.mac));	/* one machine has one */
		p.first = c->member[0].wire;
		if (shards_add_ring(c->shards, i, 0, nic)) {
			wire_fail(err, err_cap, "%s: out of memory", p.spec);
			return false;
		}
	}
	*first = c->member[0].wire;
	return true;
}

/* ---- the crew ---- */

static bool member_init(struct crew *c, unsigned i, struct loop *main_loop)
{
	struct member *m = &c->member[i];

	m->crew = c;
	m->shard = i;
	m->loop = i ? &m->own_loop : main_loop;
	if (i)
		loop_init(m->loop);
	m->bell = (struct loop_fd){ .events = POLLIN, .fn = on_bell,
				    .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	if (m->bell.fd < 0)
		return false;
	loop_add(m->loop, &m->bell);
	return true;
}

struct crew *crew_new(const struct ln_net_params *np, unsigned count, struct loop *main_loop)
{
	struct crew *c = calloc(1, sizeof(*c));
	const struct ln_shards_params sp = { .count = count, .wake = wake_member, .ctx = c };

	if (!c)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->change, NULL);
	c->shards = ln_shards_create(np, &sp);
	for (; c->shards && c->count < count; c->count++)
		if (!member_init(c, c->count, main_loop))
			break;
	if (c->shards && c->count == count)
		return c;
	crew_free(c, NULL);
	return NULL;
}

unsigned crew_count(const struct crew *c)
{
	return c->count;
}

struct ln_net *crew_net(const struct crew *c, unsigned shard)
{
	return ln_shards_net(c->shards, shard);
}

int crew_free(struct crew *c, struct ln_leaks *leaks)
{
	int err;

	crew_stop(c);
	err = ln_shards_destroy(c->shards, leaks);	/* the wires too, with their cards */
	for (unsigned i = 0; i < c->count; i++) {
		loop_del(c->member[i].loop, &c->member[i].bell);
		close(c->member[i].bell.fd);
	}
	pthread_cond_destroy(&c->change);
	pthread_mutex_destroy(&c->lock);
	free(c);
	return err;
}

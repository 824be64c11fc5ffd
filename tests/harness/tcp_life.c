/* SPDX-License-Identifier: MIT */
#include "harness/tcp_life.h"

#include <stdio.h>
#include <stdlib.h>

#include "wire/ipv6.h"

#define INPUT_STEPS_MAX 2000
#define FRAMES_PER_MOMENT 20000
#define END_NS (2000ll * 1000000000)	/* tcp_retries2 of 15 is 924.6 s; twice, and a bit */

/* ---- dice ---- */

static u32 take_bytes(struct life_dice *d, unsigned n)
{
	u32 v = 0;

	while (n-- && d->p < d->end)
		v = v << 8 | *d->p++;
	return v;
}

u32 life_below(struct tcp_life *l, u32 n)
{
	struct life_dice *d = &l->dice;

	if (!d->p)
		return prng_below(&d->prng, n);
	return take_bytes(d, n <= 256 ? 1 : n <= 65536 ? 2 : 4) % n;
}

bool life_over(const struct tcp_life *l)
{
	return l->dice.p && l->dice.p == l->dice.end;
}

u32 life_near(struct tcp_life *l, u32 v)
{
	switch (life_below(l, 24)) {
	case 0:
		return v + life_below(l, 3) - 1;
	case 1:
		return v + life_below(l, 20000) - 10000;
	case 2:
		return v + life_below(l, UINT32_MAX);
	case 3:
		return v + 0x80000000u + life_below(l, 3) - 1;
	default:
		return v;
	}
}

static u8 mix(u32 v)
{
	v *= 0x9e3779b1u;
	return (u8)(v >> 13 ^ v >> 24);
}

u8 life_from_peer(u32 seq)
{
	return mix(seq);
}

u8 life_from_user(u64 at)
{
	return mix((u32)at + 0x5bd1e995u);
}

void life_fail(struct tcp_life *l, const char *what, const struct sock *sk)
{
	fprintf(stderr, "tcp life: seed %llu, step %u, %.6f s: %s%s%s\n",
		(unsigned long long)l->seed, l->step, (double)l->now / 1e9, what,
		sk ? " in state " : "", sk ? tcp_state_name(sk->c.state) : "");
	abort();
}

static void oracle_fail(void *ctx, const char *what, const struct sock *sk)
{
	life_fail(ctx, what, sk);
}

/* ---- the machine ---- */

static void collect(struct tcp_life *l)
{
	u8 frame[LIFE_FRAME_MAX];
	ptrdiff_t n;

	while ((n = ln_nic_transmit(l->nic, frame, sizeof(frame))) > 0) {
		if (!l->budget_left--)
			life_fail(l, "it sends without end", NULL);
		life_frame_out(l, frame, (u32)n);
	}
	if (n)
		life_fail(l, "a frame longer than the MTU", NULL);
}

void life_run(struct tcp_life *l)
{
	unsigned rounds = 0;

	l->budget_left = FRAMES_PER_MOMENT;
	do {
		ln_net_run(l->ln, l->now);
		collect(l);
		if (++rounds > FRAMES_PER_MOMENT)
			life_fail(l, "it is never done at this time", NULL);
	} while (ln_net_next_event(l->ln) <= l->now);
}

void life_frame_in(struct tcp_life *l, const u8 *frame, u32 len)
{
	ln_nic_receive(l->nic, frame, len);
	if (!l->hold)
		life_run(l);
}

static void run_to(struct tcp_life *l, s64 end)
{
	s64 next;

	while ((next = ln_net_next_event(l->ln)) <= end) {
		l->now = max(next, l->now);
		life_run(l);
	}
	l->now = end;
	life_run(l);
}

/* Now and then the clocks of TCP (ms, s and us in 32 bits) are about to wrap. */
static s64 start_time(struct tcp_life *l)
{
	static const s64 starts[] = {
		1000000000, 1000000000, 4294967295000000 - 5000000000,	/* ms */
		2147483648000000 - 5000000000, 4294967296000 - 2000000000,	/* ms / 2, us */
	};

	return starts[life_below(l, ARRAY_SIZE(starts))];
}

static void make_machine(struct tcp_life *l)
{
	static const size_t budgets[] = { 0, 0, 0, 2u << 20, 1u << 20, 600u << 10 };
	struct ln_nic_params nicp = { .name = "eth0", .mac = { 2, 0, 0, 0, 0, 1 },
				      .rx_ring = 128, .tx_ring = 128 };
	struct ln_net_params np;

	ln_net_params_init(&np);
	np.seed = l->seed ? l->seed : 1;
	np.start_ns = l->now = start_time(l);
	np.mem_budget = budgets[life_below(l, ARRAY_SIZE(budgets))];
	nicp.mtu = life_one_in(l, 4) ? (u16)(68 + life_below(l, 1433)) : 1500;
	l->ln = ln_net_create(&np);
	l->net = net_of(l->ln);
	l->nic = ln_nic_create(l->ln, &nicp);
	if (!l->nic)
		life_fail(l, "no machine", NULL);
	l->ipv6 = nicp.mtu >= IPV6_MIN_MTU && life_one_in(l, 2);
	life_set_up(l);
	for (unsigned k = life_below(l, 5); k; k--)
		life_sysctl(l);
	life_run(l);
}

static void pass_time(struct tcp_life *l)
{
	s64 next;

	switch (life_below(l, 16)) {
	case 0:
		run_to(l, l->now + life_below(l, 100000) * 1000000ll);
		break;
	case 1:		/* PAWS forgets after 24 days */
		run_to(l, l->now + (life_one_in(l, 8) ? 25 * 86400 : 3600) * 1000000000ll);
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		next = ln_net_next_event(l->ln);
		if (next < l->now + 1000000000000ll)
			run_to(l, max(next, l->now));
		break;
	default:
		run_to(l, l->now + life_below(l, 256) * 2000000ll);
	}
}

static void step(struct tcp_life *l)
{
	if (life_one_in(l, 40))
		ln_net_fail_alloc(l->ln, 1 + life_below(l, 20));
	if (life_one_in(l, 8))
		l->hold = !l->hold;
	switch (life_below(l, 16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		life_call(l);
		break;
	case 4:
	case 5:
		pass_time(l);
		break;
	case 6:
		if (life_one_in(l, 8))
			life_sysctl(l);
		fallthrough;
	default:
		life_segment(l);
	}
	if (!l->hold)
		life_run(l);
	tcp_oracle_check(&l->oracle, l->net);
}

/* Settings that may keep things for longer than half an hour. */
static void settle(struct tcp_life *l)
{
	ln_net_fail_alloc(l->ln, 0);
	for (unsigned i = 0; i < LIFE_FDS; i++)
		if (l->fd[i].fd >= 0 && ln_close(l->ln, l->fd[i].fd))
			life_fail(l, "close() failed", NULL);
	l->hold = false;
	life_run(l);
	tcp_oracle_check(&l->oracle, l->net);
	run_to(l, l->now + END_NS);
	tcp_oracle_check(&l->oracle, l->net);
	tcp_oracle_check_empty(&l->oracle, l->net);
}

static void live(struct tcp_life *l, unsigned steps)
{
	struct ln_leaks leaks;
	bool abrupt;

	l->oracle.fail = oracle_fail;
	l->oracle.ctx = l;
	for (unsigned i = 0; i < LIFE_FDS; i++)
		l->fd[i].fd = -1;
	make_machine(l);
	abrupt = life_one_in(l, 8);
	for (l->step = 0; l->step < steps && !life_over(l); l->step++)
		step(l);
	if (!abrupt)
		settle(l);
	if (ln_net_destroy(l->ln, &leaks)) {
		fprintf(stderr, "%zu bytes, %zu objects, %llu packets, %lld frames\n", leaks.bytes,
			leaks.objects, (unsigned long long)leaks.packets,
			(long long)leaks.frames_unaccounted);
		life_fail(l, "something is left", NULL);
	}
}

void tcp_life_seed(u64 seed, unsigned steps, bool verbose)
{
	struct tcp_life *l = calloc(1, sizeof(*l));

	l->seed = seed;
	l->verbose = verbose;
	prng_init(&l->dice.prng, seed);
	live(l, steps);
	free(l);
}

void tcp_life_input(const u8 *data, size_t size)
{
	struct tcp_life *l = calloc(1, sizeof(*l));

	l->dice.p = data;
	l->dice.end = data + size;
	if (size)
		live(l, INPUT_STEPS_MAX);
	free(l);
}

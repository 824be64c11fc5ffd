/* SPDX-License-Identifier: MIT */
/* Costs of steps (ln_trace_cost): booked by the caller's clock, to the point that is reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stack_pair.h"

#define TICKS 10

static u64 asked, told;

static uint64_t fake_clock(void *ctx)
{
	assert_ptr_equal(ctx, &asked);
	return TICKS * ++asked;
}

static void listen_in(void *ctx, const struct ln_trace_event *ev)
{
	(void)ctx;
	(void)ev;
	told++;
	asked += 100;	/* it takes its time */
}

static struct ln_trace_costs costs;

static void all_costs(u64 *count, u64 *ticks)
{
	*count = *ticks = 0;
	for (int i = 0; i < LN_TP_COUNT; i++) {
		*count += costs.at[i].count;
		*ticks += costs.at[i].ticks;
	}
}

/* A datagram there. */
static void one_datagram(struct pair *p)
{
	struct ln_sockaddr_in to = pair_addr(1, 7000);
	int fd = ln_socket(p->net[0], LN_AF_INET, LN_SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(ln_connect(p->net[0], fd, &to, sizeof(to)), 0);
	assert_int_equal(ln_send(p->net[0], fd, "x", 1, 0), 1);
	for (u32 i = 0; i < 20; i++) {
		ln_nic_cable_run(p->nic[0]);
		ln_net_run(p->net[0], p->now);
		ln_net_run(p->net[1], p->now);
	}
	assert_int_equal(ln_close(p->net[0], fd), 0);
}

static void begin(struct pair *p, const struct ln_net_params *np)
{
	asked = told = 0;
	pair_create(p, np);
	assert_true(pair_connect(p));
	one_datagram(p);	/* the neighbours know each other */
	costs = (struct ln_trace_costs){ .clock = fake_clock, .ctx = &asked };
}

static void on(struct pair *p, bool yes)
{
	for (u32 i = 0; i < 2; i++)
		ln_trace_cost(p->net[i], yes ? &costs : NULL);
}

static void each_step_is_booked_once(void **state)
{
	struct pair p;
	u64 count, ticks;

	(void)state;
	begin(&p, NULL);
	assert_int_equal(asked, 0);
	on(&p, true);
	assert_false(ln_trace_on(p.net[0]));	/* nobody reads texts */
	one_datagram(&p);
	all_costs(&count, &ticks);
	assert_true(count > 10);
	assert_int_equal(costs.at[LN_TP_ip_rcv].count, 2);	/* there, and the ICMP error back */
	assert_int_equal(ticks, TICKS * count);
	assert_int_equal(asked, count + 2);	/* and once for each that was switched on */
	on(&p, false);
	asked = 0;
	one_datagram(&p);
	assert_int_equal(asked, 0);
	pair_end(&p);
}

static void a_trace_function_is_called_beside_and_costs_nothing(void **state)
{
	struct ln_net_params np;
	struct pair p;
	u64 count, ticks;

	(void)state;
	ln_net_params_init(&np);
	np.trace = listen_in;
	begin(&p, &np);
	on(&p, true);
	assert_true(ln_trace_on(p.net[0]));
	told = 0;
	one_datagram(&p);
	all_costs(&count, &ticks);
	assert_int_equal(told, count);
	assert_int_equal(ticks, TICKS * count);
	on(&p, false);
	one_datagram(&p);
	assert_true(told > count);
	all_costs(&ticks, &count);
	assert_true(ticks < told);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_step_is_booked_once),
		cmocka_unit_test(a_trace_function_is_called_beside_and_costs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * The last answer of ip_route_output() is remembered (route.c). While addresses, routes, rules and
 * devices come and go at random, each question is asked twice, the second time with nothing
 * remembered: the answers are alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prng.h"
#include "net/ipv4/ip_testbed.h"

static struct testbed tb;
static struct net *a;
static struct prng r;

static const char *const dest[] = { "10.0.0.2", "10.0.0.9", "10.1.0.2", "192.0.2.1", "192.0.2.77",
				    "198.51.100.1", "10.0.0.1", "127.0.0.1", "224.0.0.5",
				    "255.255.255.255", "10.0.0.255" };
static const char *const source[] = { "10.0.0.1", "10.1.0.1", "10.0.0.3", "127.0.0.1" };
static const char *const gateway[] = { "10.0.0.2", "10.1.0.2", "10.0.0.7" };

#define ONE_OF(list) (list)[prng_below(&r, ARRAY_SIZE(list))]

static u32 chance(u32 n)
{
	return prng_below(&r, n) == 0;
}

static struct net_device *eth(void)
{
	return tb_dev(a, chance(2) ? "eth0" : "eth1");
}

static void change_route(void)
{
	struct fib_config cfg = { .dst = tb_ip("192.0.2.0"), .prefixlen = 24 };

	if (chance(3))
		cfg = (struct fib_config){ .dst = tb_ip("192.0.2.77"), .prefixlen = 32 };
	else if (chance(3))
		cfg = (struct fib_config){ .prefixlen = 0 };
	cfg.table = chance(5) ? 7 : 0;
	if (chance(5))
		cfg.type = RTN_PROHIBIT;
	else
		cfg.gateway = tb_ip(ONE_OF(gateway));
	cfg.priority = prng_below(&r, 2);
	if (chance(4))
		cfg.prefsrc = tb_ip("10.1.0.1");
	if (chance(2))
		fib_route_add(a, &cfg);
	else
		fib_route_del(a, &cfg);
}

static void change_rule(void)
{
	struct fib_rule rule = { .table = 7, .action = FR_ACT_TO_TBL, .suppress_prefixlen = -1,
				 .mark = 1, .mark_mask = 1, .pref = 100, .has_pref = true };

	if (chance(2))
		fib4_rule_add(a, &rule);
	else
		fib4_rule_del(a, &rule);
}

static void change_something(void)
{
	switch (prng_below(&r, 5)) {
	case 0:
		change_rule();
		break;
	case 1:
		if (chance(2))
			inet_addr_add(eth(), tb_ip(ONE_OF(source)), 24, 0, 0);
		else
			inet_addr_del(eth(), tb_ip(ONE_OF(source)), 24);
		break;
	case 2:
		if (chance(3))
			dev_close(eth());
		else
			dev_open(eth());
		break;
	default:
		change_route();
	}
}

static int ask(struct flowi4 *fl, struct rtable **rt)
{
	int err;

	*rt = NULL;
	err = ip_route_output(a, fl, rt);
	if (!err)
		dst_release(&(*rt)->dst);	/* the table has it, or what is remembered */
	return err;
}

static u64 known, remembered;

/* Mostly the last question, as a connection asks. */
static struct flowi4 question(void)
{
	static struct flowi4 fl;

	if (chance(3))
		fl = (struct flowi4){ .daddr = tb_ip(ONE_OF(dest)),
				      .saddr = chance(2) ? tb_ip(ONE_OF(source)) : 0,
				      .scope = chance(8) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
				      .anysrc = chance(8) };
	fl.oif = chance(6) ? eth()->ifindex : 0;
	fl.mark = chance(4);
	return fl;
}

static void ask_twice(void)
{
	struct flowi4 fl = question(), again = fl;
	const struct rt_last_output *last = &a->ipv4->last_output;
	struct rtable *rt[2];
	int err;

	known += last->dst && dst_check(last->dst) && last->daddr == fl.daddr &&
		 last->saddr == fl.saddr;
	err = ask(&fl, &rt[0]);
	if (chance(2)) {	/* and once more, as the same question comes at once */
		struct flowi4 next = again;

		assert_int_equal(ask(&next, &rt[1]), err);
		assert_ptr_equal(rt[0], rt[1]);
		assert_memory_equal(&next, &fl, sizeof(fl));
	}
	if (last->dst) {
		struct dst_entry *keep = dst_hold(last->dst);
		struct rt_last_output was = *last;

		dst_keep(&a->ipv4->last_output.dst, NULL);
		assert_int_equal(ask(&again, &rt[1]), err);
		dst_keep(&a->ipv4->last_output.dst, NULL);
		a->ipv4->last_output = was;
		a->ipv4->last_output.dst = keep;
		remembered++;
	} else {
		assert_int_equal(ask(&again, &rt[1]), err);
	}
	assert_ptr_equal(rt[0], rt[1]);
	assert_int_equal(fl.saddr, again.saddr);
	assert_int_equal(fl.oif, again.oif);
}

static int setup(void **state)
{
	struct net *b, *c;

	(void)state;
	a = tb_add(&tb, NULL);
	b = tb_add(&tb, NULL);
	c = tb_add(&tb, NULL);
	tb_link(a, "eth0", b, "eth0");
	tb_link(a, "eth1", c, "eth0");
	tb_addr(a, "eth0", "10.0.0.1/24");
	tb_addr(a, "eth1", "10.1.0.1/24");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tb_exit(&tb);
	return 0;
}

static void what_is_remembered_is_still_right(void **state)
{
	(void)state;
	prng_init(&r, 1);
	for (u32 i = 0; i < 20000; i++) {
		if (chance(6))
			change_something();
		ask_twice();
	}
	assert_true(known > 500);
	assert_true(remembered > 5000);
}

/* A question about more than addresses is not answered by what was found without. */
static void only_addresses_are_remembered(void **state)
{
	struct flowi4 fl = { .daddr = tb_ip("10.0.0.2") };
	struct rtable *rt;

	(void)state;
	assert_int_equal(ask(&fl, &rt), 0);
	assert_non_null(a->ipv4->last_output.dst);
	fl = (struct flowi4){ .daddr = tb_ip("10.0.0.2"), .oif = tb_dev(a, "eth1")->ifindex };
	assert_int_equal(ask(&fl, &rt), 0);
	assert_ptr_equal(rt->dst.dev, tb_dev(a, "eth1"));
	fl = (struct flowi4){ .daddr = tb_ip("10.0.0.2"), .saddr = tb_ip("10.9.9.9") };
	assert_int_equal(ask(&fl, &rt), -ENETUNREACH);
	fl.anysrc = true;
	assert_int_equal(ask(&fl, &rt), 0);
	fl = (struct flowi4){ .daddr = tb_ip("10.0.0.2"), .saddr = tb_ip("10.9.9.9") };
	assert_int_equal(ask(&fl, &rt), -ENETUNREACH);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_remembered_is_still_right),
		T(only_addresses_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

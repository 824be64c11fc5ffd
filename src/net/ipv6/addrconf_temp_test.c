/* SPDX-License-Identifier: MIT */
/* Temporary addresses (RFC 8981): how long they live, the next one in time, who sends by them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv6/ip6_testbed.h"
#include "net/ipv6/ra.h"

#define SEC NSEC_PER_SEC
#define DAY (86400 * SEC)

static struct testbed tb;
static struct net *a, *b;
static struct net_device *dev;

static int setup(void **state)
{
	(void)state;
	a = tb_add(&tb, NULL);
	b = tb_add(&tb, NULL);
	tb_link(a, "eth0", b, "eth0");
	dev = tb_dev(a, "eth0");
	dev->ip6_ptr->cnf.use_tempaddr = 2;
	tb_run(&tb, 5 * SEC);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tb_exit(&tb);
	return 0;
}

static void prefix_comes(u32 valid_s, u32 preferred_s)
{
	struct ndisc_prefix p = { .prefix = tb_ip6("2001:db8:1::"), .plen = 64, .autoconf = true,
				  .valid_s = valid_s, .preferred_s = preferred_s };

	addrconf_prefix_rcv(dev->ip6_ptr, &p);
	ra_schedule(dev->ip6_ptr);
}

static struct inet6_ifaddr *nth(u32 n)
{
	struct inet6_ifaddr *ifp;

	list_for_each_entry(ifp, &dev->ip6_ptr->addr_list, list)
		if (ifp->flags & IFA_F_TEMPORARY && !n--)
			return ifp;
	return NULL;
}

static u32 count(bool preferred)
{
	u32 n = 0, i = 0;

	for (const struct inet6_ifaddr *ifp; (ifp = nth(i)); i++)
		n += !preferred || !(ifp->flags & (IFA_F_DEPRECATED | IFA_F_TENTATIVE));
	return n;
}

static s64 left_s(ktime_t until)
{
	return (until - a->now) / SEC;
}

static struct ip6_addr source(void)
{
	struct ip6_addr daddr = tb_ip6("2001:db8:9::1"), saddr;

	assert_int_equal(ipv6_dev_get_saddr(a, dev, &daddr, &saddr), 0);
	return saddr;
}

static void test_who_sends_by_it(void **state)
{
	struct ip6_addr saddr;
	bool route = false;

	(void)state;
	prefix_comes(30 * 86400, 7 * 86400);
	tb_run(&tb, 3 * SEC);
	assert_int_equal(count(true), 1);
	assert_in_range(left_s(nth(0)->valid_until), 604790, 604800);
	assert_in_range(left_s(nth(0)->preferred_until), 86400 - 600 - 10, 86400);
	saddr = source();
	assert_true(ipv6_addr_equal(&saddr, &nth(0)->addr));
	dev->ip6_ptr->cnf.use_tempaddr = 1;
	saddr = source();
	assert_false(ipv6_addr_equal(&saddr, &nth(0)->addr));
	/* The prefix is on the link if its router says so, not for this. */
	route = fib6_lookup(a, &(struct flowi6){ .daddr = tb_ip6("2001:db8:1::77") }, 0,
			    &(int){ 0 }) != NULL;
	assert_false(route);
	/* Said again: there is one already. */
	prefix_comes(30 * 86400, 7 * 86400);
	assert_int_equal(count(false), 1);
}

/* A new one before the old one is deprecated; what is over goes. */
static void test_the_next_one(void **state)
{
	(void)state;
	prefix_comes(NDISC_INFINITY, NDISC_INFINITY);
	tb_run(&tb, 3 * SEC);
	tb_run(&tb, nth(0)->preferred_until - 6 * SEC - a->now);
	assert_int_equal(count(false), 1);
	tb_run(&tb, 4 * SEC);
	assert_int_equal(count(true), 2);
	tb_run(&tb, 3 * SEC);
	assert_int_equal(count(false), 2);
	assert_int_equal(count(true), 1);
	for (int day = 0; day < 20; day++) {
		tb_run(&tb, DAY);
		assert_int_equal(count(true), 1);
		assert_in_range(count(false), 1, 8);
	}
	assert_in_range(count(false), 7, 8);
	/* Switched off: no more are made, those that are there end. */
	dev->ip6_ptr->cnf.use_tempaddr = 0;
	tb_run(&tb, 8 * DAY);
	assert_int_equal(count(false), 0);
}

static void test_never_longer_than_the_prefix(void **state)
{
	(void)state;
	prefix_comes(10000, 500);
	tb_run(&tb, 3 * SEC);
	assert_in_range(left_s(nth(0)->preferred_until), 490, 500);
	assert_in_range(left_s(nth(0)->valid_until), 9990, 10000);
	/* Prolonged as it is, but not beyond what it may have. */
	prefix_comes(20000, 1000);
	assert_in_range(left_s(nth(0)->preferred_until), 990, 1000);
	prefix_comes(NDISC_INFINITY, NDISC_INFINITY);
	assert_in_range(left_s(nth(0)->preferred_until), 86400 - 600 - 10, 86400);
	assert_in_range(left_s(nth(0)->valid_until), 604790, 604800);
	/* Of no use any more, and then of use again. */
	prefix_comes(7200, 0);
	ra_schedule(dev->ip6_ptr);
	assert_int_equal(count(true), 0);
	prefix_comes(7200, 3600);
	assert_int_equal(count(true), 1);
}

/* One that would be deprecated before there is a next one is none. */
static void test_too_short(void **state)
{
	(void)state;
	prefix_comes(10000, 4);
	tb_run(&tb, 2 * SEC);
	assert_int_equal(count(false), 0);
	prefix_comes(10000, 60);
	tb_run(&tb, 3 * SEC);
	assert_int_equal(count(true), 1);
}

/* Somebody has it: another one is tried, three in all. */
static void test_duplicates(void **state)
{
	struct ip6_addr addr;

	(void)state;
	prefix_comes(NDISC_INFINITY, NDISC_INFINITY);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(count(false), 1);
		addr = nth(0)->addr;
		assert_true(nth(0)->flags & IFA_F_TENTATIVE);
		assert_int_equal(inet6_addr_add(tb_dev(b, "eth0"), &addr, 64, IFA_F_NODAD), 0);
		for (int t = 0; t < 30 && nth(0) && ipv6_addr_equal(&addr, &nth(0)->addr); t++)
			tb_run(&tb, SEC / 10);
	}
	assert_int_equal(count(false), 0);
	assert_int_equal(dev->ip6_ptr->cnf.use_tempaddr, -1);
}

/* By hand, for ever; or it ends before its temporary one. */
static void test_by_hand(void **state)
{
	struct ip6_addr addr = tb_ip6("2001:db8:5::1");

	(void)state;
	assert_int_equal(inet6_addr_add(dev, &addr, 48, IFA_F_MANAGETEMPADDR), -EINVAL);
	assert_int_equal(inet6_addr_add(dev, &addr, 64, IFA_F_MANAGETEMPADDR), 0);
	tb_run(&tb, 3 * SEC);
	assert_int_equal(count(true), 1);
	assert_int_equal(inet6_addr_del(dev, &addr, 64), 0);
	assert_int_equal(count(false), 0);
	/* A device that goes down takes all with it. */
	prefix_comes(NDISC_INFINITY, NDISC_INFINITY);
	tb_run(&tb, 2 * DAY);
	assert_in_range(count(false), 2, 3);
	dev_close(dev);
	assert_int_equal(count(false), 0);
	dev_open(dev);
	tb_run(&tb, 5 * SEC);
}

/* An address that is told to have none beside it any more takes them with it. */
static void test_no_more_of_them(void **state)
{
	struct ip6_addr addr = tb_ip6("2001:db8:5::1"), temp;

	(void)state;
	assert_int_equal(inet6_addr_add(dev, &addr, 64, IFA_F_MANAGETEMPADDR), 0);
	tb_run(&tb, 3 * SEC);
	assert_int_equal(count(true), 1);
	temp = nth(0)->addr;
	assert_int_equal(inet6_addr_modify(dev, &temp, IFA_F_MANAGETEMPADDR, NDISC_INFINITY,
					   NDISC_INFINITY), -EINVAL);
	assert_int_equal(inet6_addr_modify(dev, &addr, IFA_F_MANAGETEMPADDR, NDISC_INFINITY,
					   NDISC_INFINITY), 0);
	assert_int_equal(count(true), 1);
	assert_int_equal(inet6_addr_modify(dev, &addr, 0, NDISC_INFINITY, NDISC_INFINITY), 0);
	assert_int_equal(count(false), 0);
	assert_int_equal(inet6_addr_del(dev, &addr, 64), 0);
	tb_run(&tb, 2 * DAY);
	assert_int_equal(count(false), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_who_sends_by_it), T(test_the_next_one), T(test_never_longer_than_the_prefix),
		T(test_too_short), T(test_duplicates), T(test_by_hand),
		T(test_no_more_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

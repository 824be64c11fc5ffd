/* SPDX-License-Identifier: MIT */
/* Interface identifiers that are stable and opaque (RFC 7217). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv6/addrconf_gen.h"
#include "net/ipv6/ip6_testbed.h"
#include "net/ipv6/ra.h"

static struct testbed tb;
static struct net *a, *b;
static struct net_device *dev;

static int setup(void **state)
{
	(void)state;
	tb.n = 0;
	a = tb_add(&tb, NULL);
	b = tb_add(&tb, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tb_exit(&tb);
	return 0;
}

static void link_up(void)
{
	tb_link(a, "eth0", b, "eth0");
	dev = tb_dev(a, "eth0");
}

static struct ip6_addr expect(const char *prefix, const char *secret, u8 duplicates)
{
	struct ip6_addr addr = tb_ip6(prefix), s = tb_ip6(secret);

	addrconf_stable_iid(&addr, &s, dev->dev_addr, 6, duplicates);
	return addr;
}

static bool has(const struct ip6_addr *addr)
{
	return ipv6_chk_addr(a, addr, dev);
}

static void prefix_comes(const char *prefix)
{
	const struct ndisc_prefix p = { .prefix = tb_ip6(prefix), .plen = 64, .autoconf = true,
					.valid_s = 1000, .preferred_s = 1000 };

	addrconf_prefix_rcv(dev->ip6_ptr, &p);
}

/* What Linux 6.18 makes for a veth, whose permanent MAC is zero. */
static void test_known_answer(void **state)
{
	static const u8 mac[6];
	struct ip6_addr addr = tb_ip6("fe80::"), secret = tb_ip6("2001:db8::1234");
	struct ip6_addr want = tb_ip6("fe80::d820:30f:5afc:84be");

	(void)state;
	addrconf_stable_iid(&addr, &secret, mac, 6, 0);
	assert_memory_equal(&addr, &want, 16);
}

/* Of the link and of each prefix; the same when the prefix is said again. */
static void test_addresses(void **state)
{
	struct ip6_addr secret = tb_ip6("fd00::1"), local, global;
	u32 before;

	(void)state;
	addrconf_stable_secret(a, NULL, &secret);
	link_up();
	tb_run(&tb, 5 * NSEC_PER_SEC);
	local = expect("fe80::", "fd00::1", 0);
	global = expect("2001:db8:1::", "fd00::1", 0);
	assert_true(has(&local));
	assert_int_not_equal(get_be32(&local.s6_addr[8]), get_be32(&global.s6_addr[8]));
	prefix_comes("2001:db8:1::");
	tb_run(&tb, 5 * NSEC_PER_SEC);
	assert_true(has(&global));
	before = a->ipv6->addr_count;
	prefix_comes("2001:db8:1::");
	assert_int_equal(a->ipv6->addr_count, before);
}

/* After each duplicate the next one, three times; then there is none. */
static void test_duplicates(void **state)
{
	struct ip6_addr secret = tb_ip6("fd00::2"), addr;

	(void)state;
	link_up();
	addrconf_stable_secret(a, dev, &secret);
	tb_run(&tb, 5 * NSEC_PER_SEC);
	for (u8 i = 0; i < 2; i++) {
		addr = expect("2001:db8:2::", "fd00::2", i);
		assert_int_equal(inet6_addr_add(tb_dev(b, "eth0"), &addr, 64, IFA_F_NODAD), 0);
	}
	prefix_comes("2001:db8:2::");
	tb_run(&tb, 20 * NSEC_PER_SEC);
	addr = expect("2001:db8:2::", "fd00::2", 2);
	assert_true(has(&addr));
	prefix_comes("2001:db8:2::");		/* said again: it stays at that */
	tb_run(&tb, 20 * NSEC_PER_SEC);
	assert_true(has(&addr));
	for (u8 i = 0; i <= IDGEN_RETRIES; i++) {
		addr = expect("2001:db8:3::", "fd00::2", i);
		assert_int_equal(inet6_addr_add(tb_dev(b, "eth0"), &addr, 64, IFA_F_NODAD), 0);
	}
	prefix_comes("2001:db8:3::");
	tb_run(&tb, 60 * NSEC_PER_SEC);
	for (u8 i = 0; i <= IDGEN_RETRIES; i++) {
		addr = expect("2001:db8:3::", "fd00::2", i);
		assert_false(has(&addr));
	}
}

/* Mode 3 makes a secret of its own, once; mode 2 without one makes no address. */
static void test_random_secret(void **state)
{
	struct ip6_addr addr;

	(void)state;
	a->ipv6->conf_default.addr_gen_mode = ADDR_GEN_STABLE;
	link_up();
	tb_run(&tb, 5 * NSEC_PER_SEC);
	assert_int_not_equal(ipv6_get_lladdr(dev, &addr), 0);
	dev->ip6_ptr->cnf.addr_gen_mode = ADDR_GEN_RANDOM;
	dev_close(dev);
	dev_open(dev);
	tb_run(&tb, 5 * NSEC_PER_SEC);
	assert_int_equal(ipv6_get_lladdr(dev, &addr), 0);
	dev_close(dev);
	dev_open(dev);
	tb_run(&tb, 5 * NSEC_PER_SEC);
	assert_true(has(&addr));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_known_answer), T(test_addresses), T(test_duplicates),
		T(test_random_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The examples of RFC 6724 10.2 that have no home addresses and no tunnels. */
#include "app/util/dst_order.h"

#include <linnet/ctl.h>
#include <linnet/linnet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define MAX 4

static struct ln_net *host;

static void sh(const char *cmd)
{
	char out[200] = "";

	if (ln_ctl(host, cmd, out, sizeof(out), NULL))
		fail_msg("%s: %s", cmd, out);
}

static int setup(void **state)
{
	struct ln_net_params params;

	(void)state;
	ln_net_params_init(&params);
	host = ln_net_create(&params);
	assert_non_null(host);
	sh("ip link add eth0 type veth peer name eth1");
	sh("sysctl -q -w net.ipv6.conf.eth0.disable_ipv6=0");
	sh("ip link set eth0 up");
	sh("ip link set eth1 up");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return ln_net_destroy(host, NULL);
}

/* Addresses in the order given and backwards come out in the order of @want. */
static void check(const char *const *want)
{
	struct ipaddr addrs[MAX];
	char text[IPADDR_TEXT_MAX];
	unsigned n, i;

	for (int backwards = 0; backwards < 2; backwards++) {
		for (n = 0; n < MAX && want[n]; n++)
			;
		for (i = 0; i < n; i++)
			assert_true(ipaddr_parse(host, want[backwards ? n - 1 - i : i], &addrs[i]));
		dst_order(host, addrs, n);
		for (i = 0; i < n; i++)
			assert_string_equal(ipaddr_text(NULL, &addrs[i], text), want[i]);
	}
}

#define ORDER(...) check((const char *const[MAX + 1]){ __VA_ARGS__ })

static void test_order(void **state)
{
	(void)state;
	assert_int_equal(dst_families(host, 0), DST_IPV4);
	assert_int_equal(dst_families(host, LN_AF_INET6), DST_IPV6);
	sh("ip addr add 2001:db8:1::2/64 dev eth0 nodad");
	assert_int_equal(dst_families(host, 0), DST_IPV6);
	sh("ip addr del 2001:db8:1::2/64 dev eth0");
	sh("ip addr add 198.51.100.117/24 dev eth0");
	sh("ip route add default via 198.51.100.1");
	assert_int_equal(dst_families(host, 0), DST_IPV4);
	/* an IPv6 address that there is no way to is the last */
	ORDER("198.51.100.121", "2001:db8:1::1");
	sh("ip addr add 2001:db8:1::2/64 dev eth0 nodad");
	sh("ip route add default via 2001:db8:1::9");
	assert_int_equal(dst_families(host, 0), DST_IPV4 | DST_IPV6);
	assert_int_equal(dst_families(host, LN_AF_INET), DST_IPV4);
	ORDER("2001:db8:1::1", "198.51.100.121");		/* precedence */
	ORDER("2001:db8:1::1", "10.1.2.3");
	ORDER("2001:db8:1::1", "2001:db8:3ffe::1");		/* longest common prefix */
	ORDER("2001:db8:1::1", "fd00::1");			/* label */
	ORDER("2001:db8:1::1", "198.51.100.121", "2002:c633:6401::1");
	sh("ip addr add fd00::2/64 dev eth0 nodad");
	ORDER("2001:db8:1::1", "198.51.100.121", "fd00::1");
}

/* What cannot be reached keeps its place among its kind, and costs nothing. */
static void test_nothing_usable(void **state)
{
	(void)state;
	sh("ip route del default via 2001:db8:1::9");
	sh("ip route del default via 198.51.100.1");
	ORDER("2001:db8:1::1", "2001:db8:7::1", "192.0.2.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_nothing_usable),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

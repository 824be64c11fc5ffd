/* SPDX-License-Identifier: MIT */
/*
 * When ICMP errors are sent and when never: each kind of them under each condition of the RFCs
 * (harness/icmp_cases.h; tests/interop/icmp_kernel_test.c has the same beside the kernel), and how
 * many of a train of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <linnet/linnet.h>

#include "harness/icmp_cases.h"

#define SECOND 1000000000ll

static struct ln_net *net;
static struct ln_nic *nic[TWIN_PORTS];
static int64_t now;

static void does(const char *line)
{
	char said[512] = "";

	if (ln_ctl(net, line, said, sizeof(said), NULL))
		fail_msg("%s: %s", line, said);
}

static void pass(int64_t ns)
{
	now += ns;
	ln_net_run(net, now);
}

static void neighbours(void)
{
	char line[96];

	for (int i = 2; i < ICMP_CASE_HOST + ICMP_CASE_HOSTS; i++) {
		snprintf(line, sizeof(line), "ip neigh add 10.0.1.%d lladdr 02:00:00:00:01:%02x "
			 "dev lan", i, i);
		does(line);
		snprintf(line, sizeof(line), "ip neigh add fd00:1::%x lladdr 02:00:00:00:01:%02x "
			 "dev lan", i, i);
		does(line);
	}
}

static int setup(void **state)
{
	static const char *const lines[] = {
		"sysctl -w net.ipv6.conf.lan.disable_ipv6=0",
		"sysctl -w net.ipv6.conf.wan.disable_ipv6=0",
		"sysctl -w net.ipv6.conf.lan.addr_gen_mode=1",
		"sysctl -w net.ipv6.conf.wan.addr_gen_mode=1", "ip link set lo up",
		"ip addr add 10.0.1.1/24 dev lan", "ip addr add 192.0.2.1/24 dev wan",
		"ip -6 addr add fd00:1::1/64 dev lan nodad",
		"ip -6 addr add 2001:db8:2::1/64 dev wan nodad",
		"sysctl -w net.ipv4.ip_forward=1", "sysctl -w net.ipv6.conf.all.forwarding=1",
		"ip link set lan up", "ip link set wan up",
		"ip route add 198.51.100.0/24 via 192.0.2.2",
		"ip -6 route add 2001:db8:9::/48 via 2001:db8:2::2",
		"ip neigh add 192.0.2.2 lladdr 02:00:00:00:02:02 dev wan",
		"ip neigh add 2001:db8:2::2 lladdr 02:00:00:00:02:02 dev wan",
	};
	struct ln_net_params p;

	(void)state;
	ln_net_params_init(&p);
	p.seed = 5;
	now = p.start_ns = SECOND;
	net = ln_net_create(&p);
	for (int i = 0; i < TWIN_PORTS; i++) {
		struct ln_nic_params n = { .name = i == LAN ? "lan" : "wan",
					   .mac = { 2, 0, 0, 0, (uint8_t)(i + 1), 1 } };

		nic[i] = ln_nic_create(net, &n);
	}
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		does(lines[i]);
	for (int i = 0; icmp_case_setup[i]; i++)
		does(icmp_case_setup[i]);
	neighbours();
	pass(10 * SECOND);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ln_net_destroy(net, NULL);
	return 0;
}

/* How many frames it makes; the last one of LAN in *out. */
static unsigned answers(const struct twin_frame *f, struct twin_frame *out)
{
	ptrdiff_t len;
	unsigned n = 0;

	for (int i = 0; i < TWIN_PORTS; i++)
		while (ln_nic_transmit(nic[i], out->b, sizeof(out->b)) > 0)
			;
	assert_int_equal(ln_nic_receive(nic[LAN], f->b, f->len), 0);
	pass(1000000);
	while ((len = ln_nic_transmit(nic[LAN], out->b, sizeof(out->b))) > 0) {
		out->len = (size_t)len;
		n++;
	}
	return n;
}

/* From then on only the conditions decide. */
static void no_limits(void)
{
	does("sysctl -w net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0");
	does("sysctl -w net.ipv4.icmp_msgs_burst=10000");
}

static void test_conditions(void **state)
{
	struct twin_frame out;
	struct icmp_case c;
	unsigned n;

	(void)state;
	no_limits();
	for (n = 0; icmp_case_get(n, &c); n++) {
		unsigned got = answers(&c.f, &out);

		if (got != c.answered || (got && !icmp_case_matches(&c, &out)))
			fail_msg("%s: %u answers", c.name, got);
	}
	assert_true(n > 200);
}

/* net.ipv4.icmp_ratelimit, icmp_ratemask, icmp_msgs_burst, icmp_msgs_per_sec, and IPv6's. */
struct limit {
	const char *setting;
	bool v6;
	unsigned least, most;		/* answers to 40 packets at once */
	unsigned later;			/* to 40 others, ten seconds later, at least */
};

static const struct limit limits[] = {
	{ "net.ipv4.icmp_ratelimit=1000", false, 6, 6, 6 },
	{ "net.ipv4.icmp_ratelimit=4000", false, 6, 6, 2 },
	{ "net.ipv4.icmp_ratemask=6160", false, 6, 40, 6 },
	{ "net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_burst=20", false, 6, 20, 6 },
	{ "net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_burst=20 net.ipv4.icmp_msgs_per_sec=0",
	  false, 6, 20, 0 },
	{ "net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_burst=10000", false, 40, 40, 40 },
	{ "net.ipv6.icmp.ratelimit=1000", true, 6, 6, 6 },
	{ "net.ipv6.icmp.ratelimit=16000", true, 6, 6, 2 },	/* by a /64: a quarter of it */
	{ "net.ipv6.icmp.ratemask=0,2-127", true, 40, 40, 40 },
};

static unsigned train(bool v6, unsigned host)
{
	struct twin_frame f, out;
	unsigned n = 0;

	icmp_case_port(v6, host, &f);
	for (int i = 0; i < 40; i++)
		n += answers(&f, &out);
	return n;
}

static void test_limits(void **state)
{
	unsigned first, later;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct limit *l = &limits[i];
		char line[256];

		if (i) {
			teardown(state);
			setup(state);
		}
		snprintf(line, sizeof(line), "sysctl -w %s", l->setting);
		does(line);
		first = train(l->v6, 2);
		pass(10 * SECOND);
		later = train(l->v6, 2);
		if (first < l->least || first > l->most || later < l->later)
			fail_msg("%s: %u answers, then %u", l->setting, first, later);
	}
}

/* A bit for each type, as Linux writes a large bitmap. */
static void test_ratemask_of_ipv6(void **state)
{
	static const char *const bad[] = { "x", "256", "3-1", "1,,2", "1-" };
	char said[128], line[96];

	(void)state;
	ln_ctl(net, "sysctl -n net.ipv6.icmp.ratemask", said, sizeof(said), NULL);
	assert_string_equal(said, "0-1,3-127\n");
	does("sysctl -w net.ipv6.icmp.ratemask=1,3,5-7,128-129,255");
	ln_ctl(net, "sysctl -n net.ipv6.icmp.ratemask", said, sizeof(said), NULL);
	assert_string_equal(said, "1,3,5-7,128-129,255\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "sysctl -w net.ipv6.icmp.ratemask=%s", bad[i]);
		assert_int_not_equal(ln_ctl(net, line, said, sizeof(said), NULL), 0);
	}
}

/* icmp_errors_use_inbound_ifaddr: the source is of the device that the packet came in by. */
static void test_source(void **state)
{
	struct twin_frame out;
	struct icmp_case c;
	unsigned n = 0;

	(void)state;
	no_limits();
	does("ip addr add 10.0.9.1/24 dev wan");
	does("ip route add 10.0.1.0/25 dev lan src 10.0.9.1");
	do {
		assert_true(icmp_case_get(n++, &c));
	} while (c.type != 11);
	assert_int_equal(answers(&c.f, &out), 1);
	assert_memory_equal(out.b + 26, "\x0a\x00\x09\x01", 4);
	does("sysctl -w net.ipv4.icmp_errors_use_inbound_ifaddr=1");
	assert_int_equal(answers(&c.f, &out), 1);
	assert_memory_equal(out.b + 26, "\x0a\x00\x01\x01", 4);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_conditions), T(test_limits), T(test_ratemask_of_ipv6), T(test_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

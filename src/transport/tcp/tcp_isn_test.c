/* SPDX-License-Identifier: MIT */
/* Initial sequence numbers and timestamp offsets (RFC 6528, RFC 7323 7.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_seq.h"
#include "wire/inet_addr.h"

#define LOCAL INET_ADDR4(10, 0, 0, 1)
#define REMOTE INET_ADDR4(10, 0, 0, 2)

static void net_begin(struct net *net, u64 seed)
{
	struct ln_net_params params;

	ln_net_params_init(&params);
	params.seed = seed;
	assert_int_equal(netns_init(net, &params), 0);
	net->tcp = mem_zalloc(&net->mem, sizeof(*net->tcp));	/* only last_ts is looked at */
	assert_non_null(net->tcp);
	net->now = sec_to_ktime(100);
}

static void net_end(struct net *net)
{
	mem_free(&net->mem, net->tcp, sizeof(*net->tcp));
	netns_exit(net);
}

static struct sock_common tuple(struct net *net, be32 saddr, be32 daddr, u16 sport, u16 dport)
{
	return (struct sock_common){ .net = net, .rcv_saddr = saddr, .daddr = daddr,
				     .num = sport, .dport = cpu_to_be16(dport) };
}

static u32 isn(struct net *net)
{
	struct sock_common c = tuple(net, LOCAL, REMOTE, 40000, 80);

	return tcp_init_seq(&c);
}

static u32 ts_off(struct net *net, be32 daddr)
{
	struct sock_common c = tuple(net, LOCAL, daddr, 40000, 80);

	return tcp_init_ts_off(&c);
}

/* The numbers of the tuple with bit i turned: 64 bits of addresses, 32 of ports. */
static u32 isn_turned(struct net *net, unsigned i)
{
	u32 bit = 1u << i % 32;
	struct sock_common c = tuple(net, LOCAL ^ (i < 32 ? bit : 0),
				     REMOTE ^ (i / 32 == 1 ? bit : 0),
				     (u16)(40000 ^ (i >= 64 && i < 80 ? bit : 0)),
				     (u16)(80 ^ (i >= 80 ? bit >> 16 : 0)));

	return tcp_init_seq(&c);
}

/* The same of IPv6: 256 bits of addresses. */
static void each_bit_of_ipv6_counts(void **state)
{
	struct net net;
	struct inet6_key key = { .refcnt = 1 };
	struct sock_common c = tuple(&net, 0, 0, 40000, 80);
	u32 base, seen[256];

	(void)state;
	net_begin(&net, 1);
	c.v6 = true;
	c.key6 = &key;
	base = tcp_init_seq(&c);
	for (unsigned i = 0; i < 256; i++) {
		u8 *byte = (i < 128 ? key.rcv_saddr.s6_addr : key.daddr.s6_addr) + i % 128 / 8;

		*byte ^= (u8)(1 << i % 8);
		seen[i] = tcp_init_seq(&c);
		assert_int_not_equal(seen[i], base);
		assert_int_not_equal(tcp_init_ts_off(&c), 0);
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(seen[i], seen[j]);
		*byte ^= (u8)(1 << i % 8);
	}
	net_end(&net);
}

/* Each bit of addresses and ports moves the number, and by no distance that could be guessed. */
static void each_bit_of_the_tuple_counts(void **state)
{
	struct net net;
	u32 base, seen[96];
	unsigned near = 0;

	(void)state;
	net_begin(&net, 1);
	base = isn(&net);
	for (unsigned i = 0; i < 96; i++) {
		seen[i] = isn_turned(&net, i);
		assert_int_not_equal(seen[i], base);
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(seen[i] - base, seen[j] - base);
		near += seen[i] - base + (1u << 24) < 1u << 25;
	}
	/* Of 96 draws one in 128 lies within 2^24: 0.75 on average. */
	assert_in_range(near, 0, 6);
	net_end(&net);
}

/* RFC 6528 3: M ticks at least every 4 us; here every 64 ns, as Linux's. */
static void the_clock_moves_it_upwards(void **state)
{
	struct net net;
	ktime_t start;
	u32 first;

	(void)state;
	net_begin(&net, 1);
	start = net.now & ~(ktime_t)63;
	net.now = start;
	first = isn(&net);
	net.now = start + 63;
	assert_int_equal(isn(&net), first);
	net.now = start + 64;
	assert_int_equal(isn(&net), first + 1);
	net.now = start + 4000;
	assert_int_equal(isn(&net), first + 62);
	/* What comes 4 us to 2 min later (MSL and more) lies above. */
	for (ktime_t t = 4000; t < sec_to_ktime(120); t += t / 3) {
		net.now = start + t;
		assert_true(after(isn(&net), first));
	}
	net_end(&net);
}

static void the_secret_decides(void **state)
{
	struct net a, b, other;
	unsigned equal = 0;

	(void)state;
	net_begin(&a, 7);
	net_begin(&b, 7);
	net_begin(&other, 8);
	for (unsigned i = 0; i < 96; i++) {
		assert_int_equal(isn_turned(&a, i), isn_turned(&b, i));
		equal += isn_turned(&a, i) == isn_turned(&other, i);
	}
	assert_int_equal(equal, 0);
	/* Two seeds differ by no constant either: one number does not tell the next. */
	assert_int_not_equal(isn(&a) - isn(&other), isn_turned(&a, 80) - isn_turned(&other, 80));
	net_end(&a);
	net_end(&b);
	net_end(&other);
}

/* tcp_timestamps 1: an offset for each pair of hosts, the same for all their connections. */
static void timestamps_start_anywhere(void **state)
{
	struct net a, other;
	u32 first, second;

	(void)state;
	net_begin(&a, 1);
	net_begin(&other, 2);
	first = ts_off(&a, REMOTE);
	second = ts_off(&a, REMOTE ^ CONST_BE32(1));
	assert_int_not_equal(ts_off(&a, REMOTE),
			     ts_off(&a, REMOTE ^ CONST_BE32(1)));
	assert_int_not_equal(ts_off(&a, REMOTE),
			     ts_off(&other, REMOTE));
	assert_int_equal(ts_off(&a, REMOTE), first);	/* whoever was asked about meanwhile */
	assert_int_equal(ts_off(&a, REMOTE ^ CONST_BE32(1)), second);
	a.sysctl.tcp_timestamps = 2;
	assert_int_equal(ts_off(&a, REMOTE), 0);
	net_end(&a);
	net_end(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bit_of_the_tuple_counts),
		cmocka_unit_test(each_bit_of_ipv6_counts),
		cmocka_unit_test(the_clock_moves_it_upwards),
		cmocka_unit_test(the_secret_decides),
		cmocka_unit_test(timestamps_start_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

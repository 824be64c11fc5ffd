/* SPDX-License-Identifier: MIT */
/* Fragments: cut by sender and router, put together in any order; duplicates, overlaps, time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv4/ip_testbed.h"

static struct testbed tb;
static struct net *a, *b;

static u8 fragment_tos;

static int setup(void **state)
{
	(void)state;
	fragment_tos = 0;
	a = tb_add(&tb, NULL);
	b = tb_add(&tb, NULL);
	tb_link(a, "eth0", b, "eth0");
	tb_addr(a, "eth0", "10.0.0.1/24");
	tb_addr(b, "eth0", "10.0.0.2/24");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tb_exit(&tb);
	return 0;
}

/* One fragment arrives at b: len bytes at off of a datagram with identification id. */
static void fragment(u16 id, u32 off, u32 len, bool more)
{
	struct net_device *dev = tb_dev(b, "eth0");
	struct ipv4_view v = {
		.hlen = 20, .tos = fragment_tos, .tot_len = (u16)(20 + len), .id = id,
		.frag_off = (u16)off, .mf = more,
		.ttl = 9, .protocol = TB_PROTO, .saddr = tb_ip("10.0.0.1"),
		.daddr = tb_ip("10.0.0.2"),
	};
	u8 frame[14 + 20 + 1480], mac[6] = { 2, 9, 9, 9, 9, 9 };
	struct eth_view eth = { .proto = ETH_P_IP };
	struct sk_buff *skb;

	ether_addr_copy(eth.dest, dev->dev_addr);
	ether_addr_copy(eth.source, mac);
	eth_build(frame, &eth);
	ipv4_build(frame + 14, &v);
	for (u32 i = 0; i < len; i++)
		frame[34 + i] = (u8)((off + i) * 7);
	skb = bare_rx_skb(dev, frame, 34 + len);
	skb->protocol = eth_type_trans(skb, dev);
	netif_receive_skb(skb);
}

static void expect_datagram(u32 len)
{
	struct sk_buff *skb = tb_take(b);

	assert_non_null(skb);
	assert_true(tb_payload_ok(skb, len));
	consume_skb(skb);
	assert_int_equal(b->ipv4->frags ? tb_count(b) : 0, 0);
}

static void test_sender_cuts(void **state)
{
	static const u32 sizes[] = { 1480, 1481, 2960, 2961, 4000, 30000, 65515 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		u64 copied = a->copies.linearized + b->copies.linearized;

		assert_int_equal(tb_send(a, "10.0.0.2", sizes[i], false), 0);
		tb_run(&tb, NSEC_PER_MSEC);
		expect_datagram(sizes[i]);
		/* Law 5: the payload was never copied. */
		assert_int_equal(a->copies.linearized + b->copies.linearized, copied);
	}
	assert_int_equal(a->mib[MIB_IpFragOKs], 6);
	assert_int_equal(b->mib[MIB_IpReasmOKs], 6);
	assert_int_equal(a->mib[MIB_IpFragCreates], 2 + 2 + 3 + 3 + 21 + 45);
	assert_int_equal(tb_send(a, "10.0.0.2", 65516, false), -EMSGSIZE);
}

static void test_router_cuts(void **state)
{
	struct net *c = tb_add(&tb, NULL);

	(void)state;
	tb_link(b, "eth1", c, "eth0");
	tb_addr(b, "eth1", "10.1.0.1/24");
	tb_addr(c, "eth0", "10.1.0.2/24");
	tb_route(a, "default", "10.0.0.2");
	inet_forward_change(b, true);
	dev_set_mtu(tb_dev(b, "eth1"), 576);
	tb_send(a, "10.1.0.2", 5000, false);	/* fragments are cut again */
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(c), 1);
	assert_true(tb_payload_ok(skb_peek(&tb_host_of(c)->got), 5000));
	assert_int_equal(b->mib[MIB_IpReasmReqds], 0);
	assert_int_equal(b->copies.linearized, 0);
}

static void test_any_order(void **state)
{
	static const u8 orders[][4] = {
		{ 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 0, 3, 1 }, { 1, 3, 0, 2 },
	};

	(void)state;
	for (u16 i = 0; i < ARRAY_SIZE(orders); i++) {
		for (int k = 0; k < 4; k++) {
			assert_int_equal(tb_count(b), 0);
			fragment((u16)(100 + i), orders[i][k] * 80u, orders[i][k] == 3 ? 33 : 80,
				 orders[i][k] != 3);
		}
		expect_datagram(273);
	}
}

static void test_datagrams_do_not_mix(void **state)
{
	(void)state;
	fragment(1, 0, 80, true);
	fragment(2, 80, 8, false);
	fragment(3, 0, 16, true);
	assert_int_equal(tb_count(b), 0);
	fragment(1, 80, 16, false);
	expect_datagram(96);
	fragment(2, 0, 80, true);
	expect_datagram(88);
}

static void test_exact_duplicates_are_ignored(void **state)
{
	(void)state;
	fragment(1, 0, 80, true);
	fragment(1, 0, 80, true);
	fragment(1, 160, 80, true);
	fragment(1, 160, 80, true);
	fragment(1, 240, 5, false);
	fragment(1, 240, 5, false);
	assert_int_equal(b->drops[SKB_DROP_REASON_DUP_FRAG], 3);
	fragment(1, 80, 80, true);
	expect_datagram(245);
}

/* A duplicate brings nothing but the end of the datagram, as in Linux. */
static void test_a_duplicate_may_be_the_end(void **state)
{
	(void)state;
	fragment(1, 80, 80, true);
	fragment(1, 80, 80, false);
	assert_int_equal(b->drops[SKB_DROP_REASON_DUP_FRAG], 1);
	fragment(1, 0, 80, true);
	expect_datagram(160);
	fragment(2, 80, 80, true);
	fragment(2, 80, 80, false);
	fragment(2, 160, 80, true);		/* beyond it */
	assert_int_equal(b->drops[SKB_DROP_REASON_FRAG_TOO_FAR], 2);
}

/* RFC 5722 4: the whole datagram goes, and what comes later does not bring it back. */
static void test_overlaps_drop_all(void **state)
{
	static const struct { u32 off, len; } bad[] = {
		{ 0, 88 }, { 72, 16 }, { 0, 40 }, { 40, 40 }, { 16, 8 }, { 0, 160 },
	};

	(void)state;
	for (u16 i = 0; i < ARRAY_SIZE(bad); i++) {
		u64 before = b->drops[SKB_DROP_REASON_FRAG_OVERLAP];

		fragment((u16)(50 + i), 0, 80, true);
		fragment((u16)(50 + i), bad[i].off, bad[i].len, true);
		assert_int_equal(b->drops[SKB_DROP_REASON_FRAG_OVERLAP], before + 2);
		fragment((u16)(50 + i), 80, 8, false);
		assert_int_equal(tb_count(b), 0);
	}
}

/* RFC 3168 5.3: CE of one piece is CE of the whole; beside a piece that knows no ECN it is an
 * error. */
static void test_ecn_of_the_pieces(void **state)
{
	static const u8 first[] = { INET_ECN_ECT_0, INET_ECN_CE, INET_ECN_NOT_ECT };
	static const u8 second[] = { INET_ECN_CE, INET_ECN_ECT_0, INET_ECN_CE };
	struct sk_buff *skb;

	(void)state;
	for (u16 i = 0; i < 3; i++) {
		fragment_tos = first[i];
		fragment(i, 0, 80, true);
		fragment_tos = second[i];
		fragment(i, 80, 20, false);
		skb = tb_take(b);
		assert_int_equal(skb != NULL, i < 2);
		if (!skb)
			continue;
		assert_int_equal(ip_hdr(skb)->tos & INET_ECN_MASK, INET_ECN_CE);
		consume_skb(skb);
	}
	assert_int_equal(b->mib[MIB_IpReasmFails], 1);
	assert_int_equal(b->drops[SKB_DROP_REASON_FRAG_ECN], 1);
	assert_int_equal(b->drops[SKB_DROP_REASON_FRAG_TOO_FAR], 0);
}

/* Random cuts in random order, some twice; every third time with one piece that overlaps. The twin
 * is a map of bytes: a datagram comes out just when each byte came once. */
static void test_random_pieces(void **state)
{
	struct prng p;

	(void)state;
	prng_init(&p, 5);
	for (u16 id = 1; id < 400; id++) {
		u32 total = 16 + prng_below(&p, 3000), n = 0, off[400], len[400];
		bool spoil = id % 3 == 0;

		for (u32 at = 0; at < total; at += len[n++]) {
			off[n] = at;
			len[n] = min(8 * (1 + prng_below(&p, 20)), total - at);
		}
		for (u32 i = n - 1; i > 0; i--) {
			u32 k = prng_below(&p, i + 1), o = off[i], l = len[i];

			off[i] = off[k];
			len[i] = len[k];
			off[k] = o;
			len[k] = l;
		}
		for (u32 i = 0; i < n; i++) {
			fragment(id, off[i], len[i], off[i] + len[i] < total);
			/* One block too much: what another piece brings or brought. */
			if (spoil && i == 0 && n > 1)
				fragment(id, off[i] ? off[i] - 8 : 0, (len[i] & ~7u) + 8, true);
			else if (i + 1 < n && prng_below(&p, 4) == 0)
				fragment(id, off[i], len[i], off[i] + len[i] < total);
		}
		if (spoil && n > 1)
			assert_int_equal(tb_count(b), 0);
		else
			expect_datagram(total);
	}
}

static void test_lengths_that_cannot_be(void **state)
{
	(void)state;
	fragment(1, 80, 8, false);
	fragment(1, 160, 8, true);		/* beyond the end */
	assert_int_equal(b->drops[SKB_DROP_REASON_FRAG_TOO_FAR], 2);
	fragment(2, 80, 8, false);
	fragment(2, 96, 8, false);		/* two ends */
	assert_int_equal(b->drops[SKB_DROP_REASON_FRAG_TOO_FAR], 4);
	fragment(3, 65528, 100, false);		/* beyond 65,535 */
	assert_int_equal(b->drops[SKB_DROP_REASON_FRAG_TOO_FAR], 5);
	assert_int_equal(tb_count(b), 0);
	assert_int_equal(b->mib[MIB_IpReasmFails], 3);
}

static void test_timeout(void **state)
{
	struct tb_error *err = &tb_host_of(a)->err;

	(void)state;
	fragment(1, 0, 80, true);
	fragment(1, 160, 80, true);
	fragment(2, 80, 80, true);		/* the first is missing: nobody is told */
	tb_run_until(&tb, 30 * NSEC_PER_SEC - 1);
	assert_int_equal(b->drops[SKB_DROP_REASON_FRAG_REASM_TIMEOUT], 0);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(b->drops[SKB_DROP_REASON_FRAG_REASM_TIMEOUT], 3);
	assert_int_equal(b->mib[MIB_IpReasmTimeout], 2);
	assert_int_equal(err->count, 1);
	assert_int_equal(err->type, ICMP_TIME_EXCEEDED);
	assert_int_equal(err->code, ICMP_EXC_FRAGTIME);
	fragment(1, 80, 80, false);		/* too late */
	assert_int_equal(tb_count(b), 0);
}

static void test_memory_is_bounded(void **state)
{
	size_t used = b->mem.used;

	(void)state;
	b->sysctl.ipfrag_high_thresh = 100000;
	for (u16 id = 0; id < 1000; id++)
		fragment(id, 0, 80, true);
	assert_true(b->mem.used - used < 200000);
	assert_true(b->drops[SKB_DROP_REASON_NOMEM] > 900);
	tb_run(&tb, 31 * NSEC_PER_SEC);
	fragment(5000, 0, 80, true);
	fragment(5000, 80, 1, false);
	expect_datagram(81);
}

static void test_large_echo(void **state)
{
	(void)state;
	assert_int_equal(tb_ping(a, "10.0.0.2", 10000, 0), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_host_of(a)->echoes.qlen, 1);
	assert_int_equal(skb_peek(&tb_host_of(a)->echoes)->len, 10008);
	assert_int_equal(a->copies.linearized + b->copies.linearized, 0);
}

static void test_id_survives(void **state)
{
	struct sk_buff *skb = tb_packet(a, 4000);
	struct ip_xmit x = { .daddr = tb_ip("10.0.0.2"), .protocol = TB_PROTO };
	u64 id = skb->id;

	(void)state;
	tb_send_skb(a, skb, &x);
	tb_run(&tb, NSEC_PER_MSEC);
	skb = tb_take(b);
	assert_int_equal(skb->id, id);
	consume_skb(skb);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_sender_cuts), T(test_router_cuts), T(test_any_order),
		T(test_datagrams_do_not_mix), T(test_exact_duplicates_are_ignored),
		T(test_a_duplicate_may_be_the_end), T(test_overlaps_drop_all),
		T(test_ecn_of_the_pieces), T(test_random_pieces),
		T(test_lengths_that_cannot_be), T(test_timeout), T(test_memory_is_bounded),
		T(test_large_echo), T(test_id_survives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

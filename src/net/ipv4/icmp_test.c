/* SPDX-License-Identifier: MIT */
/* ICMP: echo, what errors quote and when they are not sent, rate limits, errno of each code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv4/ip_testbed.h"

static struct testbed tb;
static struct net *a, *b;

static int setup(void **state)
{
	(void)state;
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

static u32 echoes(void)
{
	u32 n = tb_host_of(a)->echoes.qlen;

	skb_queue_purge_reason(&tb_host_of(a)->echoes, SKB_CONSUMED);
	return n;
}

static void test_echo(void **state)
{
	static const u32 sizes[] = { 0, 1, 56, 1000, 1472 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct sk_buff *skb;
		u8 byte;

		assert_int_equal(tb_ping(a, "10.0.0.2", sizes[i], 0), 0);
		tb_run(&tb, NSEC_PER_MSEC);
		skb = skb_peek(&tb_host_of(a)->echoes);
		assert_non_null(skb);
		assert_int_equal(skb->len, ICMP_HLEN + sizes[i]);
		assert_int_equal(skb->data[0], ICMP_ECHOREPLY);
		assert_int_equal(get_be16(skb->data + 4), 1);
		assert_int_equal(get_be16(skb->data + 6), 2);
		assert_int_equal(csum_fold(skb_checksum(skb, 0, skb->len, 0)), 0);
		for (u32 k = 0; k < sizes[i]; k++) {
			skb_copy_bits(skb, ICMP_HLEN + k, &byte, 1);
			assert_int_equal(byte, (u8)(k * 7));
		}
		echoes();
	}
	assert_int_equal(b->mib[MIB_IcmpInEchos], 5);
	assert_int_equal(b->mib[MIB_IcmpOutEchoReps], 5);
	assert_int_equal(a->mib[MIB_IcmpInEchoReps], 5);
}

static void test_echo_to_self_and_broadcast(void **state)
{
	(void)state;
	tb_ping(a, "10.0.0.1", 10, 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(echoes(), 1);
	tb_ping(a, "10.0.0.255", 10, 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(echoes(), 0);		/* icmp_echo_ignore_broadcasts */
	b->sysctl.icmp_echo_ignore_broadcasts = 0;
	tb_ping(a, "10.0.0.255", 10, 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(echoes(), 1);
	b->sysctl.icmp_echo_ignore_all = 1;
	tb_ping(a, "10.0.0.2", 10, 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(echoes(), 0);
}

/* An ICMP message of the test's own from a to b, checksum right unless spoiled. */
static void icmp_message(const struct icmp_view *v, be16 spoil)
{
	struct sk_buff *skb = alloc_skb(a, SKB_ROOM);
	struct ip_xmit x = { .daddr = tb_ip("10.0.0.2"), .protocol = IP_PROTO_ICMP };
	struct icmphdr *ih;

	skb_reserve(skb, 60);
	icmp_build(skb_put(skb, ICMP_HLEN + (u32)v->data_len), v);
	ih = (void *)skb->data;
	ih->checksum ^= spoil;
	tb_send_skb(a, skb, &x);
	tb_run(&tb, NSEC_PER_MSEC);
}

/* All zero but for the type: the reply is all zero, and its checksum ffff (RFC 1624 3). */
static void test_echo_of_nothing(void **state)
{
	struct icmp_view echo = { .type = ICMP_ECHO };
	struct sk_buff *skb;

	(void)state;
	icmp_message(&echo, 0);
	skb = skb_peek(&tb_host_of(a)->echoes);
	assert_non_null(skb);
	assert_int_equal(get_be16(skb->data + 2), 0xffff);
	echoes();
}

/* A code other than 0 is nobody's business: it comes back, and the checksum is right. */
static void test_echo_with_code(void **state)
{
	struct icmp_view echo = { .type = ICMP_ECHO, .code = 2, .data = (const u8 *)"x",
				  .data_len = 1 };
	struct sk_buff *skb;

	(void)state;
	icmp_message(&echo, 0);
	skb = skb_peek(&tb_host_of(a)->echoes);
	assert_non_null(skb);
	assert_int_equal(get_be16(skb->data), ICMP_ECHOREPLY << 8 | 2);
	assert_int_equal(csum_fold(skb_checksum(skb, 0, skb->len, 0)), 0);
	echoes();
}

static void test_bad_messages(void **state)
{
	struct icmp_view echo = { .type = ICMP_ECHO, .data = (const u8 *)"x", .data_len = 1 };
	struct icmp_view unknown = { .type = 77, .data = (const u8 *)"x", .data_len = 1 };
	struct icmp_view cut = { .type = ICMP_DEST_UNREACH, .data = (const u8 *)"Exxx",
				 .data_len = 4 };

	(void)state;
	icmp_message(&echo, 1);
	assert_int_equal(b->drops[SKB_DROP_REASON_ICMP_CSUM], 1);
	assert_int_equal(b->mib[MIB_IcmpInCsumErrors], 1);
	icmp_message(&unknown, 0);
	assert_int_equal(b->drops[SKB_DROP_REASON_ICMP_UNKNOWN_TYPE], 1);
	icmp_message(&cut, 0);
	assert_int_equal(b->drops[SKB_DROP_REASON_ICMP_INVALID], 1);
	assert_int_equal(b->mib[MIB_IcmpInErrors], 2);
	assert_int_equal(echoes(), 0);
}

static void test_timestamp(void **state)
{
	u8 times[12] = { 0, 0, 0, 5 };
	struct icmp_view v = { .type = ICMP_TIMESTAMP, .id = 3, .data = times, .data_len = 12 };

	(void)state;
	icmp_message(&v, 0);
	assert_int_equal(a->mib[MIB_IcmpInTimestampReps], 1);
	assert_int_equal(a->mib[MIB_IcmpInErrors], 0);
}

/* A packet of protocol 99, which nobody speaks. */
static void unknown_protocol(const char *dst)
{
	struct ip_xmit x = { .daddr = tb_ip(dst), .protocol = 99 };

	tb_send_skb(a, tb_packet(a, 1200), &x);
}

static void keep_icmp(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	(void)info;
	assert_int_equal(type, ICMP_DEST_UNREACH);
	assert_int_equal(code, ICMP_PROT_UNREACH);
	/* RFC 1812 4.3.2.3: 576 bytes in all. */
	assert_int_equal(skb->len, 576 - 20 - 8);
	assert_int_equal(((const struct iphdr *)(const void *)skb->data)->protocol, 99);
	assert_int_equal(ip_hdr(skb)->tos, 0xc0);
	tb_host_of(skb->net)->err.count++;
}

static void test_quote(void **state)
{
	static const struct net_protocol p99 = { .err_handler = keep_icmp };

	(void)state;
	inet_add_protocol(a, &p99, 99);
	unknown_protocol("10.0.0.2");
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_host_of(a)->err.count, 1);
	assert_int_equal(b->copies.linearized, 0);
}

/* RFC 1122 3.2.2 */
static void test_never_about_broadcast_or_errors(void **state)
{
	u8 quoted[28] = { 0x45, 0, 0, 28 };
	struct icmp_view v = { .type = ICMP_DEST_UNREACH, .code = 3, .data = quoted,
			       .data_len = sizeof(quoted) };
	struct sk_buff *skb;

	(void)state;
	unknown_protocol("10.0.0.255");
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(b->mib[MIB_IpInUnknownProtos], 1);
	assert_int_equal(b->mib[MIB_IcmpOutMsgs], 0);
	/* An error that no protocol handles draws none either. */
	b->ipv4->protos[IP_PROTO_ICMP] = NULL;
	icmp_message(&v, 0);
	assert_int_equal(b->mib[MIB_IcmpOutMsgs], 0);
	v.type = ICMP_ECHO;
	icmp_message(&v, 0);
	assert_int_equal(b->mib[MIB_IcmpOutMsgs], 1);
	skb = tb_take(a);
	assert_null(skb);
}

static void test_rate_limit_per_destination(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		unknown_protocol("10.0.0.2");
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(b->mib[MIB_IcmpOutDestUnreachs], 6);	/* the burst */
	assert_int_equal(b->mib[MIB_IcmpOutRateLimitHost], 14);
	tb_run(&tb, 2 * NSEC_PER_SEC);
	for (int i = 0; i < 20; i++)
		unknown_protocol("10.0.0.2");
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(b->mib[MIB_IcmpOutDestUnreachs], 8);	/* one a second since */
	b->sysctl.icmp_ratelimit = 0;
	unknown_protocol("10.0.0.2");
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(b->mib[MIB_IcmpOutDestUnreachs], 9);
}

static void test_rate_limit_for_all(void **state)
{
	(void)state;
	b->sysctl.icmp_ratelimit = 0;
	tb_ping(a, "10.0.0.2", 1, 0);		/* so that none waits for ARP */
	tb_run(&tb, NSEC_PER_MSEC);
	for (int i = 0; i < 200; i++)
		unknown_protocol("10.0.0.2");
	tb_run(&tb, 10 * NSEC_PER_MSEC);
	/* A burst of 50; each takes one to three out of the bucket. */
	assert_in_range(b->mib[MIB_IcmpOutDestUnreachs], 17, 50);
	assert_true(b->mib[MIB_IcmpOutRateLimitGlobal] >= 150);
	assert_int_equal(b->mib[MIB_IcmpOutDestUnreachs] + b->mib[MIB_IcmpOutRateLimitGlobal], 200);
}

/* The table of PI-04. */
static void test_errno_of_codes(void **state)
{
	static const int want[16] = {
		ENETUNREACH, EHOSTUNREACH, ENOPROTOOPT, ECONNREFUSED, EMSGSIZE, EOPNOTSUPP,
		ENETUNREACH, EHOSTDOWN, ENONET, ENETUNREACH, EHOSTUNREACH, ENETUNREACH,
		EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH,
	};
	bool fatal;

	(void)state;
	for (u8 code = 0; code < 16; code++)
		assert_int_equal(icmp_err_convert(code, &fatal), want[code]);
	icmp_err_convert(ICMP_PORT_UNREACH, &fatal);
	assert_true(fatal);
	icmp_err_convert(ICMP_HOST_UNREACH, &fatal);
	assert_false(fatal);
}

static void test_error_about_echo_reaches_ping(void **state)
{
	struct sk_buff *skb;

	(void)state;
	tb_route(a, "192.0.2.0/24", "10.0.0.2");
	inet_forward_change(b, true);
	tb_ping(a, "192.0.2.1", 56, 1);
	tb_run(&tb, NSEC_PER_MSEC);
	skb = skb_peek(&tb_host_of(a)->echoes);
	assert_non_null(skb);
	assert_int_equal(skb->data[0], ICMP_DEST_UNREACH);	/* no route comes before TTL */
	assert_int_equal(skb->data[ICMP_HLEN + 20], ICMP_ECHO);
}

static void test_redirect(void **state)
{
	(void)state;
	/* a sends to 10.0.0.3 by b although it could do so itself. */
	tb_route(a, "192.0.2.0/24", "10.0.0.2");
	tb_route(b, "192.0.2.0/24", "10.0.0.1");
	inet_forward_change(b, true);
	tb_send(a, "192.0.2.1", 10, true);
	tb_send(a, "192.0.2.1", 10, true);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_true(b->mib[MIB_IcmpOutRedirects] >= 1);
	assert_int_equal(a->mib[MIB_IcmpInRedirects], b->mib[MIB_IcmpOutRedirects]);
	/* Who does not listen is told six times, then once a second. */
	for (int i = 0; i < 20; i++)
		tb_send(a, "192.0.2.1", 10, true);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(b->mib[MIB_IcmpOutRedirects], 6);
	tb_run(&tb, NSEC_PER_SEC);
	tb_send(a, "192.0.2.1", 10, true);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(b->mib[MIB_IcmpOutRedirects], 7);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_echo), T(test_echo_to_self_and_broadcast), T(test_echo_of_nothing),
		T(test_echo_with_code), T(test_bad_messages),
		T(test_timestamp), T(test_quote), T(test_never_about_broadcast_or_errors),
		T(test_rate_limit_per_destination), T(test_rate_limit_for_all),
		T(test_errno_of_codes), T(test_error_about_echo_reaches_ping), T(test_redirect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

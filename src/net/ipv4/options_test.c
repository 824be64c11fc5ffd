/* SPDX-License-Identifier: MIT */
/* IPv4 options on the way: record route and timestamp, source routes, what is malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv4/ip_options.h"
#include "net/ipv4/ip_testbed.h"

static struct testbed tb;
static struct net *a, *r, *b;

static int setup(void **state)
{
	(void)state;
	a = tb_add(&tb, NULL);
	r = tb_add(&tb, NULL);
	b = tb_add(&tb, NULL);
	tb_link(a, "eth0", r, "eth0");
	tb_link(r, "eth1", b, "eth0");
	tb_addr(a, "eth0", "10.0.1.2/24");
	tb_addr(r, "eth0", "10.0.1.1/24");
	tb_addr(r, "eth1", "10.0.2.1/24");
	tb_addr(b, "eth0", "10.0.2.2/24");
	tb_route(a, "default", "10.0.1.1");
	tb_route(b, "default", "10.0.2.1");
	inet_forward_change(r, true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tb_exit(&tb);
	return 0;
}

/* From a to dst with options, len bytes of payload. */
static void send_with(const char *dst, u8 protocol, const u8 *opts, u8 optlen, u32 len)
{
	struct sk_buff *skb = tb_packet(a, len);
	struct flowi4 fl = { .daddr = tb_ip(dst) };
	struct ipv4_view v = {
		.hlen = (u8)(20 + optlen), .id = 77, .ttl = 64, .protocol = protocol,
		.saddr = tb_ip("10.0.1.2"), .daddr = tb_ip(dst), .opts = opts,
	};
	struct rtable *rt;

	assert_int_equal(ip_route_output(a, &fl, &rt), 0);
	skb_dst_set(skb, &rt->dst);
	if (protocol == IP_PROTO_ICMP) {
		struct icmp_view echo = { .type = ICMP_ECHO, .id = 1 };
		struct icmphdr *ih = (void *)skb_push(skb, ICMP_HLEN);

		icmp_build_hdr(ih, &echo);
		ih->checksum = csum_fold(skb_checksum(skb, 0, skb->len, 0));
	}
	v.tot_len = (u16)(skb->len + v.hlen);
	ipv4_build(skb_push(skb, v.hlen), &v);
	ip_local_out(a, skb);
	tb_run(&tb, NSEC_PER_MSEC);
}

static const u8 *opts_of(const struct sk_buff *skb)
{
	return (const u8 *)(ip_hdr(skb) + 1);
}

static void test_record_route(void **state)
{
	u8 rr[12] = { IPOPT_RR, 11, 4 };
	struct sk_buff *skb;
	be32 addr;

	(void)state;
	send_with("10.0.2.2", TB_PROTO, rr, sizeof(rr), 10);
	skb = tb_take(b);
	assert_non_null(skb);
	assert_int_equal(opts_of(skb)[2], 8);
	memcpy(&addr, opts_of(skb) + 3, 4);
	assert_int_equal(addr, tb_ip("10.0.2.1"));	/* RFC 791: the way out */
	assert_int_equal(ip_fast_csum(ip_hdr(skb), iph_hlen(ip_hdr(skb)) / 4), 0);
	consume_skb(skb);
}

/* RFC 1122 3.2.2.6: the reply brings the record back, with the answering host, as the request
 * came and as the reply went, and the way home. */
static void test_echo_with_record_route(void **state)
{
	u8 rr[40] = { IPOPT_RR, 39, 4 };
	struct sk_buff *skb;
	const char *want[] = { "10.0.2.1", "10.0.2.2", "10.0.2.2", "10.0.1.1" };
	be32 addr;

	(void)state;
	send_with("10.0.2.2", IP_PROTO_ICMP, rr, sizeof(rr), 56);
	skb = skb_dequeue(&tb_host_of(a)->echoes);
	assert_non_null(skb);
	assert_int_equal(opts_of(skb)[2], 4 + 16);
	for (int i = 0; i < 4; i++) {
		memcpy(&addr, opts_of(skb) + 3 + 4 * i, 4);
		assert_int_equal(addr, tb_ip(want[i]));
	}
	consume_skb(skb);
}

static void test_timestamp(void **state)
{
	u8 ts[12] = { IPOPT_TIMESTAMP, 12, 5, IPOPT_TS_TSANDADDR };
	u8 full[8] = { IPOPT_TIMESTAMP, 8, 9, IPOPT_TS_TSONLY };
	struct sk_buff *skb;
	be32 addr;

	(void)state;
	send_with("10.0.2.2", TB_PROTO, ts, sizeof(ts), 10);
	skb = tb_take(b);
	memcpy(&addr, opts_of(skb) + 4, 4);
	assert_int_equal(addr, tb_ip("10.0.2.1"));
	assert_int_equal(opts_of(skb)[2], 13);
	assert_true(opts_of(skb)[8] & 0x80);		/* no wall clock: not a standard time */
	consume_skb(skb);
	send_with("10.0.2.2", TB_PROTO, full, sizeof(full), 10);
	skb = tb_take(b);
	assert_int_equal(opts_of(skb)[3] >> 4, 1);	/* one hop found no room */
	consume_skb(skb);
}

/* A slot for the way in, none whole for the way out: no reply. */
static void test_echo_without_room(void **state)
{
	u8 rr[8] = { IPOPT_RR, 8, 4 };
	u8 ts[12] = { IPOPT_TIMESTAMP, 12, 5, IPOPT_TS_TSONLY };
	const u8 *got;
	struct sk_buff *skb;

	(void)state;
	inet_forward_change(r, false);
	send_with("10.0.1.1", IP_PROTO_ICMP, rr, sizeof(rr), 56);
	assert_null(skb_dequeue(&tb_host_of(a)->echoes));
	assert_int_equal(r->drops[SKB_DROP_REASON_IP_INHDR], 1);
	send_with("10.0.1.1", IP_PROTO_ICMP, ts, sizeof(ts), 56);
	skb = skb_dequeue(&tb_host_of(a)->echoes);
	assert_non_null(skb);
	got = opts_of(skb);
	assert_int_equal(got[2], 13);			/* both slots are filled */
	assert_int_equal(got[3] >> 4, 0);
	consume_skb(skb);
}

static void test_malformed(void **state)
{
	u8 bad[4] = { IPOPT_RR, 40, 4, 0 };
	struct tb_error *err = &tb_host_of(a)->err;

	(void)state;
	send_with("10.0.2.2", TB_PROTO, bad, sizeof(bad), 10);
	assert_int_equal(tb_count(b), 0);
	assert_int_equal(r->drops[SKB_DROP_REASON_IP_INHDR], 1);
	assert_int_equal(err->type, ICMP_PARAMETERPROB);
	assert_int_equal(err->info, 20);		/* the option whose length is wrong */
}

static void test_source_route(void **state)
{
	u8 lsrr[8] = { IPOPT_LSRR, 7, 4, 10, 0, 2, 2 };
	struct sk_buff *skb;
	be32 addr;

	(void)state;
	send_with("10.0.1.1", TB_PROTO, lsrr, sizeof(lsrr), 10);
	assert_int_equal(tb_count(r) + tb_count(b), 0);	/* RFC 7126: refused by default */
	assert_int_equal(r->drops[SKB_DROP_REASON_IP_INHDR], 1);
	tb_dev(r, "eth0")->ip_ptr->accept_source_route = true;
	tb_dev(b, "eth0")->ip_ptr->accept_source_route = true;
	send_with("10.0.1.1", TB_PROTO, lsrr, sizeof(lsrr), 10);
	skb = tb_take(b);
	assert_non_null(skb);
	assert_int_equal(ip_hdr(skb)->daddr, tb_ip("10.0.2.2"));
	memcpy(&addr, opts_of(skb) + 3, 4);
	assert_int_equal(addr, tb_ip("10.0.2.1"));	/* where it went through */
	assert_int_equal(opts_of(skb)[2], 8);
	consume_skb(skb);
}

/* Only options with the copy bit go into later fragments. */
static void test_fragments(void **state)
{
	u8 opts[12] = { IPOPT_RR, 7, 4, 0, 0, 0, 0, IPOPT_RA, 4, 0, 0, IPOPT_END };
	u8 header[32];
	struct iphdr *iph = (void *)header;
	struct sk_buff *skb;

	(void)state;
	send_with("10.0.2.2", TB_PROTO, opts, sizeof(opts), 3000);
	skb = tb_take(b);
	assert_non_null(skb);
	assert_true(tb_payload_ok(skb, 3000));
	consume_skb(skb);
	memset(header, 0, sizeof(header));
	iph_set_hlen(iph, 32);
	memcpy(iph + 1, opts, sizeof(opts));
	ip_options_fragment(iph);
	for (int i = 0; i < 7; i++)
		assert_int_equal(header[20 + i], IPOPT_NOOP);
	assert_int_equal(header[27], IPOPT_RA);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_record_route), T(test_echo_with_record_route), T(test_timestamp),
		T(test_echo_without_room), T(test_malformed), T(test_source_route),
		T(test_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Connections: states of TCP, windows, times, the limit, what is invalid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/netfilter/nf_testbed.h"

#define A "10.0.1.2"
#define B "192.0.2.2"
#define FIN TCPHDR_FIN
#define SYN TCPHDR_SYN
#define RST TCPHDR_RST
#define ACK TCPHDR_ACK

static void begin(void)
{
	nf_three();
	tb_route(server, "default", "192.0.2.1");
	assert_int_equal(nf_ct_netns_get(router, NF_CT_IPV4), 0);
}

static void end(void)
{
	nf_ct_netns_put(router, NF_CT_IPV4);
	nf_three_exit();
}

static void forth(u8 flags, u32 seq, u32 ack, u32 len)
{
	nf_send_tcp(client, A, 5000, B, 80, (struct nf_seg){ flags, seq, ack, len });
}

static void back(u8 flags, u32 seq, u32 ack, u32 len)
{
	nf_send_tcp(server, B, 80, A, 5000, (struct nf_seg){ flags, seq, ack, len });
}

static struct nf_conn *conn(void)
{
	return nf_conn_of(IP_PROTO_TCP, A, 5000, B, 80);
}

static void expect(u8 want)
{
	assert_non_null(conn());
	assert_string_equal(tcp_conntrack_name(conn()->proto.tcp.state), tcp_conntrack_name(want));
}

static void established(void)
{
	forth(SYN, 100, 0, 0);
	expect(TCP_CONNTRACK_SYN_SENT);
	back(SYN | ACK, 500, 101, 0);
	expect(TCP_CONNTRACK_SYN_RECV);
	assert_false(conn()->status & IPS_ASSURED);
	forth(ACK, 101, 501, 0);
	expect(TCP_CONNTRACK_ESTABLISHED);
	assert_true(conn()->status & IPS_ASSURED);
}

static ktime_t left(void)
{
	return conn()->expires - router->now;
}

static bool about(ktime_t t, s64 seconds)
{
	return t > sec_to_ktime(seconds - 1) && t <= sec_to_ktime(seconds);
}

static void test_tcp_opens_and_closes(void **state)
{
	(void)state;
	begin();
	established();
	assert_true(about(left(), 432000));
	forth(ACK, 101, 501, 100);
	assert_true(about(left(), 300));	/* until it is acknowledged */
	back(ACK, 501, 201, 0);
	assert_true(about(left(), 432000));
	forth(FIN | ACK, 201, 501, 0);
	expect(TCP_CONNTRACK_FIN_WAIT);
	back(ACK, 501, 202, 0);
	expect(TCP_CONNTRACK_CLOSE_WAIT);
	back(FIN | ACK, 501, 202, 0);
	expect(TCP_CONNTRACK_LAST_ACK);
	forth(ACK, 202, 502, 0);
	expect(TCP_CONNTRACK_TIME_WAIT);
	assert_true(about(left(), 120));
	/* The port is used again. */
	forth(SYN, 90000, 0, 0);
	expect(TCP_CONNTRACK_SYN_SENT);
	assert_int_equal(router->ct->count, 1);
	end();
}

static void test_tcp_outside_of_window_is_invalid(void **state)
{
	u64 invalid;

	(void)state;
	begin();
	established();
	invalid = router->ct->stat.invalid;
	forth(ACK, 101 + 2000, 501, 10);	/* the server offered 1000 */
	assert_int_equal(router->ct->stat.invalid, invalid + 1);
	back(ACK, 501, 5000, 0);		/* acknowledges what was never sent */
	assert_int_equal(router->ct->stat.invalid, invalid + 2);
	expect(TCP_CONNTRACK_ESTABLISHED);
	router->sysctl.nf_ct_tcp_be_liberal = 1;
	forth(ACK, 101 + 5000, 501, 10);
	assert_int_equal(router->ct->stat.invalid, invalid + 2);
	end();
}

/* What is late, or too much by a window at most, is its receiver's to judge, as in Linux. */
static void test_tcp_late_goes_by(void **state)
{
	u64 invalid;

	(void)state;
	begin();
	established();
	invalid = router->ct->stat.invalid;
	forth(ACK, 101 + 1000 + 500, 501, 10);
	back(ACK, 501, 101 + 1000 + 510, 0);	/* it did take it */
	forth(ACK, 101 - 2000, 501, 10);
	back(ACK, 501, 101 - 70000, 0);
	assert_int_equal(router->ct->stat.invalid, invalid);
	back(RST, 501, 0, 0);
	expect(TCP_CONNTRACK_CLOSE);
	/* It ends: the numbers of those who come now say nothing. */
	back(RST, 400, 0, 0);
	assert_int_equal(router->ct->stat.invalid, invalid);
	end();
}

/* Both hosts have ended it, with numbers that we cannot follow: it is not remembered for days. */
static void test_tcp_invalid_ends(void **state)
{
	(void)state;
	begin();
	established();
	back(FIN | ACK, 501 + 100000, 101, 0);
	expect(TCP_CONNTRACK_ESTABLISHED);
	assert_true(about(left(), 432000));
	forth(RST, 101 - 1, 0, 0);
	expect(TCP_CONNTRACK_ESTABLISHED);
	forth(FIN | ACK, 101 + 100000, 501, 0);
	assert_true(about(left(), 300));
	end();
}

/* RFC 5961: a guessed RST neither closes nor, before the window, passes as the connection's. */
static void test_tcp_rst(void **state)
{
	u64 invalid;

	(void)state;
	begin();
	established();
	invalid = router->ct->stat.invalid;
	back(RST, 400, 0, 0);
	assert_int_equal(router->ct->stat.invalid, invalid + 1);
	back(RST, 700, 0, 0);
	assert_int_equal(router->ct->stat.invalid, invalid + 1);
	expect(TCP_CONNTRACK_ESTABLISHED);
	back(RST, 501, 0, 0);
	expect(TCP_CONNTRACK_CLOSE);
	assert_true(about(left(), 10));
	end();
}

static void test_tcp_refused_is_forgotten(void **state)
{
	(void)state;
	begin();
	forth(SYN, 100, 0, 0);
	back(RST | ACK, 0, 101, 0);
	assert_null(conn());
	tb_run(&tb, NSEC_PER_MSEC);
	tb_clear(server);
	tb_clear(client);
	assert_int_equal(router->ct->count, 0);
	end();
}

static void test_tcp_in_the_middle(void **state)
{
	(void)state;
	begin();
	forth(ACK, 7000, 9000, 100);
	expect(TCP_CONNTRACK_ESTABLISHED);
	assert_true(about(left(), 300));	/* one side alone says so */
	back(ACK, 9000, 7100, 0);
	forth(ACK, 7100, 9000, 100);
	assert_true(conn()->status & IPS_ASSURED);
	nf_ct_kill(router, conn());
	router->sysctl.nf_ct_tcp_loose = 0;
	forth(ACK, 7200, 9000, 100);
	assert_null(conn());
	end();
}

static void test_tcp_impossible_flags_are_invalid(void **state)
{
	(void)state;
	begin();
	forth(SYN | FIN, 100, 0, 0);
	forth(0, 100, 0, 0);
	forth(FIN, 100, 0, 0);
	assert_int_equal(router->ct->stat.invalid, 3);
	assert_int_equal(router->ct->count, 0);
	end();
}

static void test_udp_stream(void **state)
{
	struct nf_conn *ct;

	(void)state;
	begin();
	nf_send_udp(client, A, 5000, B, 53, 10);
	ct = nf_conn_of(IP_PROTO_UDP, A, 5000, B, 53);
	assert_true(about(ct->expires - router->now, 30));
	nf_send_udp(server, B, 53, A, 5000, 10);
	assert_true(about(ct->expires - router->now, 30));
	tb_run(&tb, 3 * NSEC_PER_SEC);
	nf_send_udp(client, A, 5000, B, 53, 10);
	assert_true(about(ct->expires - router->now, 120));
	assert_true(ct->status & IPS_ASSURED);
	end();
}

static void test_time_ends_it(void **state)
{
	(void)state;
	begin();
	nf_send_udp(client, A, 5000, B, 53, 10);
	tb_run(&tb, 29 * NSEC_PER_SEC);
	assert_non_null(nf_conn_of(IP_PROTO_UDP, A, 5000, B, 53));
	tb_run(&tb, 9 * NSEC_PER_SEC);
	assert_int_equal(router->ct->count, 0);
	assert_false(timer_pending(&router->ct->gc));
	end();
}

static void test_limit(void **state)
{
	(void)state;
	begin();
	router->sysctl.nf_conntrack_max = 20;
	for (u16 port = 1; port <= 100; port++)
		nf_send_udp(client, A, (u16)(5000 + port), B, 53, 10);
	assert_true(router->ct->count <= 20);
	assert_true(router->ct->stat.early_drop > 0);
	/* One that was answered for long is not displaced. */
	nf_ct_netns_put(router, NF_CT_IPV4);
	assert_int_equal(nf_ct_netns_get(router, NF_CT_IPV4), 0);
	established();
	for (u16 port = 1; port <= 200; port++)
		nf_send_udp(client, A, (u16)(5000 + port), B, 53, 10);
	expect(TCP_CONNTRACK_ESTABLISHED);
	end();
}

/* Whatever allocation fails, every packet ends with a reason and nothing is left. */
static void test_without_memory(void **state)
{
	(void)state;
	begin();
	for (u64 n = 1; n < 12; n++) {
		router->mem.fail_after = n;
		nf_send_udp(client, A, (u16)(6000 + n), B, 53, 10);
		router->mem.fail_after = 0;
	}
	assert_true(router->mem.failed > 0);
	end();
}

static void test_untracked(void **state)
{
	struct sk_buff *skb;

	(void)state;
	begin();
	skb = tb_packet(router, 10);
	nf_ct_untrack(skb);
	assert_int_equal(skb->nfct, IP_CT_UNTRACKED);
	consume_skb(skb);
	end();
}

static enum nf_verdict drop_all(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	(void)priv, (void)skb, (void)state;
	return NF_DROP;
}

/* What nobody lets through is not remembered. */
static void test_dropped_is_not_confirmed(void **state)
{
	struct nf_hook_ops ops = { .hook = drop_all, .hooknum = NF_INET_FORWARD };

	(void)state;
	begin();
	nf_register_net_hook(router, &ops);
	nf_send_udp(client, A, 5000, B, 53, 10);
	assert_int_equal(router->ct->count, 0);
	nf_unregister_net_hook(&ops);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp_opens_and_closes),
		cmocka_unit_test(test_tcp_outside_of_window_is_invalid),
		cmocka_unit_test(test_tcp_late_goes_by),
		cmocka_unit_test(test_tcp_invalid_ends),
		cmocka_unit_test(test_tcp_rst),
		cmocka_unit_test(test_tcp_refused_is_forgotten),
		cmocka_unit_test(test_tcp_in_the_middle),
		cmocka_unit_test(test_tcp_impossible_flags_are_invalid),
		cmocka_unit_test(test_udp_stream),
		cmocka_unit_test(test_time_ends_it),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_untracked),
		cmocka_unit_test(test_dropped_is_not_confirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

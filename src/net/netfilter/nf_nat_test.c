/* SPDX-License-Identifier: MIT */
/* NAT: both directions, ports that collide, ICMP errors, the mapping of a source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/netfilter/nf_testbed.h"

static enum nf_verdict masquerade(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	static const struct nf_nat_range all = { 0 };

	(void)priv;
	if (state->out != tb_dev(router, "wan"))
		return NF_ACCEPT;
	return nf_nat_masquerade(skb, &all, state);
}

static struct nf_hook_ops snat = {
	.hook = masquerade, .hooknum = NF_INET_POST_ROUTING, .priority = NF_IP_PRI_NAT_SRC,
};

/* 192.0.2.1:8080 is 10.0.1.2:80. */
static enum nf_verdict forward_port(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	struct nf_nat_range to = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED,
		.min_addr.ip = tb_ip("10.0.1.2"), .max_addr.ip = tb_ip("10.0.1.2"),
		.min_port = 80, .max_port = 80,
	};
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	(void)priv;
	if (nf_ct_tuple(ct, 0)->dport != cpu_to_be16(8080) ||
	    nf_ct_tuple(ct, 0)->dst.ip != tb_ip("192.0.2.1"))
		return NF_ACCEPT;
	return nf_nat_setup_info(state->net, ct, &to, NF_NAT_MANIP_DST);
}

static struct nf_hook_ops dnat = {
	.hook = forward_port, .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_NAT_DST,
};

static void test_source_and_back(void **state)
{
	struct nf_got got;

	(void)state;
	nf_three();
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	nf_send_udp(client, "10.0.1.2", 5000, "192.0.2.2", 53, 100);
	got = nf_take(server);
	assert_true(got.any && got.sum_ok);
	assert_int_equal(got.saddr, tb_ip("192.0.2.1"));
	assert_int_equal(got.sport, 5000);
	nf_send_udp(server, "192.0.2.2", 53, "192.0.2.1", 5000, 200);
	got = nf_take(client);
	assert_true(got.any && got.sum_ok);
	assert_int_equal(got.saddr, tb_ip("192.0.2.2"));
	assert_int_equal(got.daddr, tb_ip("10.0.1.2"));
	assert_int_equal(got.dport, 5000);
	assert_true(nf_conn_of(IP_PROTO_UDP, "10.0.1.2", 5000, "192.0.2.2", 53)->status &
		    IPS_SEEN_REPLY);
	nf_nat_unregister_fn(router, &snat);
	assert_int_equal(router->ct->count, 0);
	nf_three_exit();
}

/* Two clients with one port and one peer: the second gets another port, of its class. */
static void test_ports_do_not_collide(void **state)
{
	struct nf_got one, two;

	(void)state;
	nf_three();
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	nf_send_udp(client, "10.0.1.2", 5000, "192.0.2.2", 53, 10);
	nf_send_udp(client, "10.0.1.3", 5000, "192.0.2.2", 53, 10);
	one = nf_take(server);
	two = nf_take(server);
	assert_int_equal(one.sport, 5000);
	assert_true(two.any && two.sum_ok && two.sport != 5000 && two.sport >= 1024);
	/* Its answer finds the second client. */
	nf_send_udp(server, "192.0.2.2", 53, "192.0.2.1", two.sport, 10);
	one = nf_take(client);
	assert_int_equal(one.daddr, tb_ip("10.0.1.3"));
	assert_int_equal(one.dport, 5000);
	/* RFC 4787 4.1: the mapping is the same towards another port. */
	nf_send_udp(client, "10.0.1.3", 5000, "192.0.2.2", 54, 10);
	one = nf_take(server);
	assert_int_equal(one.sport, two.sport);
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

static void test_destination_and_back(void **state)
{
	const u8 SYN = TCPHDR_SYN, ACK = TCPHDR_ACK;
	struct nf_got got;

	(void)state;
	nf_three();
	tb_route(server, "default", "192.0.2.1");
	assert_int_equal(nf_nat_register_fn(router, &dnat), 0);
	nf_send_tcp(server, "192.0.2.2", 4000, "192.0.2.1", 8080,
		    (struct nf_seg){ SYN, 100, 0, 0 });
	got = nf_take(client);
	assert_true(got.any && got.sum_ok);
	assert_int_equal(got.daddr, tb_ip("10.0.1.2"));
	assert_int_equal(got.dport, 80);
	assert_int_equal(got.saddr, tb_ip("192.0.2.2"));
	nf_send_tcp(client, "10.0.1.2", 80, "192.0.2.2", 4000,
		    (struct nf_seg){ SYN | ACK, 500, 101, 0 });
	got = nf_take(server);
	assert_true(got.any && got.sum_ok);
	assert_int_equal(got.saddr, tb_ip("192.0.2.1"));
	assert_int_equal(got.sport, 8080);
	nf_nat_unregister_fn(router, &dnat);
	nf_three_exit();
}

/* Port unreachable about a rewritten packet: rewritten too, and what it quotes. */
static void test_icmp_error_inside(void **state)
{
	const struct tb_error *err;

	(void)state;
	nf_three();
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	inet_add_protocol(server, NULL, IP_PROTO_UDP);	/* protocol unreachable */
	nf_send_udp(client, "10.0.1.2", 5000, "192.0.2.2", 53, 100);
	err = &tb_host_of(client)->err;
	assert_int_equal(err->count, 1);
	assert_int_equal(err->type, ICMP_DEST_UNREACH);
	assert_int_equal(err->from, tb_ip("192.0.2.2"));
	assert_int_equal(err->quoted_dst, tb_ip("192.0.2.2"));
	assert_int_equal(client->mib[MIB_IcmpInErrors], 0);
	assert_int_equal(client->mib[MIB_IcmpInCsumErrors], 0);
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

static void test_echo(void **state)
{
	(void)state;
	nf_three();
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	assert_int_equal(tb_ping(client, "192.0.2.2", 56, 64), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_host_of(client)->echoes.qlen, 1);
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

/* Pieces are put together before anybody looks at ports, and cut again behind. */
static void test_fragments(void **state)
{
	struct nf_got got;

	(void)state;
	nf_three();
	assert_int_equal(dev_set_mtu(tb_dev(client, "eth0"), 600), 0);
	assert_int_equal(dev_set_mtu(tb_dev(router, "wan"), 700), 0);
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	nf_send_udp(client, "10.0.1.2", 5000, "192.0.2.2", 53, 1900);
	got = nf_take(server);
	assert_true(got.any && got.sum_ok);
	assert_int_equal(got.len, 1908);
	assert_int_equal(got.saddr, tb_ip("192.0.2.1"));
	assert_int_equal(router->mib[MIB_IpReasmOKs], 1);
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

static u16 mapped_port(u16 sport, const char *to, u16 dport)
{
	struct nf_got got;

	nf_send_udp(client, "10.0.1.2", sport, to, dport, 10);
	got = nf_take(server);
	assert_true(got.any && got.sum_ok);
	assert_int_equal(got.saddr, tb_ip("192.0.2.1"));
	return got.sport;
}

static u32 connections(void)
{
	return router->ct->count;
}

/* What was masqueraded behind an address ends with it, and what is behind a device with that. */
static void test_masquerade_ends_with_the_address(void **state)
{
	struct net_device *wan;

	(void)state;
	nf_three();
	wan = tb_dev(router, "wan");
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	mapped_port(5000, "192.0.2.2", 53);
	nf_send_udp(client, "10.0.1.2", 5001, "10.0.1.1", 53, 10);	/* not masqueraded */
	assert_int_equal(connections(), 2);
	assert_int_equal(inet_addr_add(wan, tb_ip("192.0.2.9"), 24, 0, RT_SCOPE_UNIVERSE), 0);
	assert_int_equal(inet_addr_del(wan, tb_ip("192.0.2.9"), 24), 0);
	assert_int_equal(connections(), 2);
	assert_int_equal(inet_addr_del(wan, tb_ip("192.0.2.1"), 24), 0);
	assert_int_equal(connections(), 1);
	tb_addr(router, "wan", "192.0.2.1/24");
	mapped_port(5000, "192.0.2.2", 53);
	assert_int_equal(connections(), 2);
	dev_close(wan);
	assert_int_equal(connections(), 1);
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

/* RFC 4787 REQ-1: a mapping is of the source alone, whatever the destination. */
static void test_rfc4787_req1_endpoint_independent_mapping(void **state)
{
	(void)state;
	nf_three();
	tb_addr(server, "eth0", "192.0.2.3/24");
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	assert_int_equal(mapped_port(5000, "192.0.2.2", 53), 5000);
	assert_int_equal(mapped_port(5000, "192.0.2.2", 54), 5000);
	assert_int_equal(mapped_port(5000, "192.0.2.3", 53), 5000);
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

/* RFC 4787 REQ-3, REQ-3a: ports are kept or chosen, and stay in their class: below 1024, or not. */
static void test_rfc4787_req3_port_classes(void **state)
{
	struct nf_got got;

	(void)state;
	nf_three();
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	assert_int_equal(mapped_port(700, "192.0.2.2", 53), 700);
	nf_send_udp(client, "10.0.1.3", 700, "192.0.2.2", 53, 10);
	got = nf_take(server);
	assert_true(got.any && got.sport != 700 && got.sport < 1024 && got.sport >= 512);
	assert_int_equal(mapped_port(40000, "192.0.2.2", 53), 40000);
	nf_send_udp(client, "10.0.1.3", 40000, "192.0.2.2", 53, 10);
	got = nf_take(server);
	assert_true(got.any && got.sport != 40000 && got.sport >= 1024);
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

/* RFC 4787 REQ-5, REQ-6: a mapping that was answered stays for two minutes, and what goes out keeps
 * it alive (Linux: 30 s before that). */
static void test_rfc4787_req5_mapping_timers(void **state)
{
	(void)state;
	nf_three();
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	mapped_port(5000, "192.0.2.2", 53);
	tb_run(&tb, 29 * NSEC_PER_SEC);
	assert_non_null(nf_conn_of(IP_PROTO_UDP, "10.0.1.2", 5000, "192.0.2.2", 53));
	mapped_port(5000, "192.0.2.2", 53);
	nf_send_udp(server, "192.0.2.2", 53, "192.0.2.1", 5000, 10);
	assert_true(nf_take(client).any);
	mapped_port(5000, "192.0.2.2", 53);
	tb_run(&tb, 119 * NSEC_PER_SEC);
	assert_non_null(nf_conn_of(IP_PROTO_UDP, "10.0.1.2", 5000, "192.0.2.2", 53));
	mapped_port(5000, "192.0.2.2", 53);
	tb_run(&tb, 119 * NSEC_PER_SEC);
	assert_non_null(nf_conn_of(IP_PROTO_UDP, "10.0.1.2", 5000, "192.0.2.2", 53));
	tb_run(&tb, 2 * NSEC_PER_SEC);
	assert_null(nf_conn_of(IP_PROTO_UDP, "10.0.1.2", 5000, "192.0.2.2", 53));
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

/* RFC 4787 REQ-8: filtering by address and port, as Linux's: only who was written to comes in. */
static void test_rfc4787_req8_filtering(void **state)
{
	(void)state;
	nf_three();
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	mapped_port(5000, "192.0.2.2", 53);
	nf_send_udp(server, "192.0.2.2", 54, "192.0.2.1", 5000, 10);
	assert_false(nf_take(client).any);
	nf_send_udp(server, "192.0.2.2", 53, "192.0.2.1", 5000, 10);
	assert_true(nf_take(client).any);
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

/* RFC 5382 REQ-2: both open at once, through the mapping that the inner SYN made. */
static void test_rfc5382_req2_simultaneous_open(void **state)
{
	const u8 SYN = TCPHDR_SYN, ACK = TCPHDR_ACK;
	struct nf_got got;

	(void)state;
	nf_three();
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	nf_send_tcp(client, "10.0.1.2", 5000, "192.0.2.2", 80, (struct nf_seg){ SYN, 100, 0, 0 });
	got = nf_take(server);
	assert_int_equal(got.sport, 5000);
	nf_send_tcp(server, "192.0.2.2", 80, "192.0.2.1", 5000, (struct nf_seg){ SYN, 900, 0, 0 });
	got = nf_take(client);
	assert_true(got.any && got.sum_ok);
	assert_int_equal(got.daddr, tb_ip("10.0.1.2"));
	nf_send_tcp(client, "10.0.1.2", 5000, "192.0.2.2", 80,
		    (struct nf_seg){ SYN | ACK, 100, 901, 0 });
	assert_true(nf_take(server).any);
	nf_send_tcp(server, "192.0.2.2", 80, "192.0.2.1", 5000,
		    (struct nf_seg){ ACK, 901, 101, 10 });
	assert_true(nf_take(client).any);
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

/* RFC 5382 REQ-1: TCP's mappings are of the source alone, too. */
static void test_rfc5382_req1_endpoint_independent_mapping(void **state)
{
	(void)state;
	nf_three();
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	for (u16 dport = 80; dport < 83; dport++) {
		nf_send_tcp(client, "10.0.1.2", 5000, "192.0.2.2", dport,
			    (struct nf_seg){ TCPHDR_SYN, 100, 0, 0 });
		assert_int_equal(nf_take(server).sport, 5000);
	}
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

/* RFC 4787 REQ-12, RFC 5382 REQ-10: an error of ICMP does not end a mapping. */
static void test_rfc4787_req12_errors_do_not_end_it(void **state)
{
	(void)state;
	nf_three();
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	inet_add_protocol(server, NULL, IP_PROTO_UDP);
	nf_send_udp(client, "10.0.1.2", 5000, "192.0.2.2", 53, 10);
	assert_int_equal(tb_host_of(client)->err.count, 1);
	assert_non_null(nf_conn_of(IP_PROTO_UDP, "10.0.1.2", 5000, "192.0.2.2", 53));
	inet_add_protocol(server, &tb_protocol, IP_PROTO_UDP);
	assert_int_equal(mapped_port(5000, "192.0.2.2", 53), 5000);
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

/* RFC 5382 REQ-5: an established connection that is silent stays for 2 hours 4 minutes at least,
 * and one that is half open for 4 minutes (Linux: 5 days, 2 minutes, 1 minute). */
static void test_rfc5382_req5_timers(void **state)
{
	const u8 SYN = TCPHDR_SYN, ACK = TCPHDR_ACK;

	(void)state;
	nf_three();
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	nf_send_tcp(client, "10.0.1.2", 5000, "192.0.2.2", 80, (struct nf_seg){ SYN, 100, 0, 0 });
	nf_take(server);
	tb_run(&tb, 119 * NSEC_PER_SEC);
	assert_non_null(nf_conn_of(IP_PROTO_TCP, "10.0.1.2", 5000, "192.0.2.2", 80));
	nf_send_tcp(server, "192.0.2.2", 80, "192.0.2.1", 5000,
		    (struct nf_seg){ SYN | ACK, 900, 101, 0 });
	assert_true(nf_take(client).any);
	nf_send_tcp(client, "10.0.1.2", 5000, "192.0.2.2", 80, (struct nf_seg){ ACK, 101, 901, 0 });
	assert_true(nf_take(server).any);
	tb_run(&tb, 2 * 3600 * NSEC_PER_SEC + 5 * 60 * NSEC_PER_SEC);
	nf_send_tcp(server, "192.0.2.2", 80, "192.0.2.1", 5000,
		    (struct nf_seg){ ACK, 901, 101, 10 });
	assert_true(nf_take(client).any);
	nf_nat_unregister_fn(router, &snat);
	nf_three_exit();
}

static enum nf_verdict pool(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct nf_nat_range to = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PERSISTENT,
		.min_addr.ip = tb_ip("192.0.2.10"), .max_addr.ip = tb_ip("192.0.2.90"),
	};
	enum ip_conntrack_info info;

	(void)priv;
	return nf_nat_setup_info(state->net, nf_ct_get(skb, &info), &to, NF_NAT_MANIP_SRC);
}

/* RFC 4787 REQ-2: "paired" pooling: a host has one outer address for all that it sends. Linux's
 * does so with the flag persistent. */
static void test_rfc4787_req2_paired_pooling(void **state)
{
	struct nf_hook_ops ops = { .hook = pool, .hooknum = NF_INET_POST_ROUTING,
				   .priority = NF_IP_PRI_NAT_SRC };
	struct nf_got got;
	be32 first = 0;

	(void)state;
	nf_three();
	tb_addr(server, "eth0", "192.0.2.3/24");
	assert_int_equal(nf_nat_register_fn(router, &ops), 0);
	for (u16 sport = 5000; sport < 5016; sport++) {
		nf_send_udp(client, "10.0.1.2", sport, sport & 1 ? "192.0.2.2" : "192.0.2.3", 53,
			    10);
		got = nf_take(server);
		assert_true(got.any);
		assert_int_equal(got.saddr, first ? first : got.saddr);
		first = got.saddr;
	}
	nf_nat_unregister_fn(router, &ops);
	nf_three_exit();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source_and_back),
		cmocka_unit_test(test_ports_do_not_collide),
		cmocka_unit_test(test_destination_and_back),
		cmocka_unit_test(test_icmp_error_inside),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_masquerade_ends_with_the_address),
		cmocka_unit_test(test_rfc4787_req1_endpoint_independent_mapping),
		cmocka_unit_test(test_rfc4787_req3_port_classes),
		cmocka_unit_test(test_rfc4787_req5_mapping_timers),
		cmocka_unit_test(test_rfc4787_req8_filtering),
		cmocka_unit_test(test_rfc5382_req1_endpoint_independent_mapping),
		cmocka_unit_test(test_rfc5382_req2_simultaneous_open),
		cmocka_unit_test(test_rfc4787_req12_errors_do_not_end_it),
		cmocka_unit_test(test_rfc5382_req5_timers),
		cmocka_unit_test(test_rfc4787_req2_paired_pooling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

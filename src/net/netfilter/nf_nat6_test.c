/* SPDX-License-Identifier: MIT */
/* IPv6 behind a router that masquerades: client fd00:1::2 - router - server 2001:db8:2::2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/ipv6/ip6_testbed.h"
#include "net/netfilter/nf_nat.h"
#include "net/netfilter/nf_three.h"

static enum nf_verdict masquerade(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	static const struct nf_nat_range all = { 0 };

	(void)priv;
	return state->out == tb_dev(router, "wan") ? nf_nat_masquerade(skb, &all, state) :
						     NF_ACCEPT;
}

static struct nf_hook_ops snat = {
	.hook = masquerade, .pf = NFPROTO_IPV6, .hooknum = NF_INET_POST_ROUTING,
	.priority = NF_IP_PRI_NAT_SRC,
};

static void three(void)
{
	nf_plug_three();
	tb_addr(client, "eth0", "fd00:1::2/64");
	tb_addr(router, "lan", "fd00:1::1/64");
	tb_addr(router, "wan", "2001:db8:2::1/64");
	tb_addr(server, "eth0", "2001:db8:2::2/64");
	tb_route(client, "::/0", "fd00:1::1");
	addrconf_forward_change(router, true);
	assert_int_equal(nf_conntrack_net_init(router), 0);
	assert_int_equal(nf_nat_register_fn(router, &snat), 0);
	tb_run(&tb, 5 * NSEC_PER_SEC);		/* duplicate address detection */
}

static void three_exit(void)
{
	nf_nat_unregister_fn(router, &snat);
	nf_conntrack_net_exit(router);
	tb_exit(&tb);
}

static u32 connections(void)
{
	return router->ct->count;
}

/* An echo goes out as the router's and comes back to who asked. */
static void test_echo_and_back(void **state)
{
	(void)state;
	three();
	assert_int_equal(tb_ping(client, "2001:db8:2::2", 100, 64, 0), 0);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_echoes(client), 1);
	assert_int_equal(connections(), 1);
	/* The server knows no way to fd00:1::/64: had it seen that, there was no answer. */
	assert_int_equal(server->mib[MIB_Ip6OutNoRoutes], 0);
	tb_run(&tb, 60 * NSEC_PER_SEC);
	assert_int_equal(connections(), 0);
	three_exit();
}

/* Pieces are put together for NAT, and go on in pieces that are no longer than they came. */
static void test_fragments(void **state)
{
	struct ip6_addr from = tb_ip6("2001:db8:2::1");
	struct sk_buff *skb;

	(void)state;
	three();
	assert_int_equal(dev_set_mtu(tb_dev(client, "eth0"), 1280), 0);
	assert_int_equal(tb_send(client, "2001:db8:2::2", 4000), 0);
	tb_run(&tb, NSEC_PER_SEC);
	skb = tb_take(server);
	assert_non_null(skb);
	assert_true(tb_payload_ok(skb, 4000));
	assert_true(ipv6_addr_equal(&ipv6_hdr(skb)->saddr, &from));
	consume_skb(skb);
	assert_int_equal(router->mib[MIB_Ip6ReasmOKs], 1);
	assert_int_equal(router->mib[MIB_Ip6FragCreates], server->mib[MIB_Ip6ReasmReqds]);
	assert_int_equal(server->mib[MIB_Ip6ReasmReqds], 4);
	three_exit();
}

/* A way that is narrower than the pieces: their sender is told, as if they had not been joined. */
static void test_pieces_too_long_for_the_way(void **state)
{
	(void)state;
	three();
	assert_int_equal(dev_set_mtu(tb_dev(router, "wan"), 1280), 0);
	assert_int_equal(tb_send(client, "2001:db8:2::2", 4000), 0);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_count(server), 0);
	assert_int_equal(tb_host_of(client)->err.type, ICMPV6_PKT_TOOBIG);
	assert_int_equal(tb_host_of(client)->err.info, 1280);
	assert_int_equal(tb_send(client, "2001:db8:2::2", 4000), 0);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_count(server), 1);
	three_exit();
}

/* Nobody has the protocol: the server's error is about the router, the client's about itself. */
static void test_icmp_error_inside(void **state)
{
	struct ip6_addr to = tb_ip6("2001:db8:2::2");

	(void)state;
	three();
	server->ipv6->protos[TB_PROTO] = NULL;
	assert_int_equal(tb_send(client, "2001:db8:2::2", 100), 0);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_host_of(client)->err.count, 1);
	assert_int_equal(tb_host_of(client)->err.type, ICMPV6_PARAMPROB);
	assert_true(ipv6_addr_equal(&tb_host_of(client)->err.quoted_dst6, &to));
	three_exit();
}

static void test_masquerade_ends_with_the_address(void **state)
{
	struct ip6_addr other = tb_ip6("2001:db8:2::9"), ours = tb_ip6("2001:db8:2::1");
	struct net_device *wan;

	(void)state;
	three();
	wan = tb_dev(router, "wan");
	assert_int_equal(tb_ping(client, "2001:db8:2::2", 10, 64, 0), 0);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(connections(), 1);
	tb_addr(router, "wan", "2001:db8:2::9/64");
	assert_int_equal(inet6_addr_del(wan, &other, 64), 0);
	assert_int_equal(connections(), 1);
	assert_int_equal(inet6_addr_del(wan, &ours, 64), 0);
	assert_int_equal(connections(), 0);
	three_exit();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo_and_back),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_pieces_too_long_for_the_way),
		cmocka_unit_test(test_icmp_error_inside),
		cmocka_unit_test(test_masquerade_ends_with_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

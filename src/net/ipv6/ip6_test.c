/* SPDX-License-Identifier: MIT */
/* IPv6 packets in, through and out; addresses, neighbours, the errors that packets cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/fib_rules.h"
#include "net/ipv6/ip6_testbed.h"

static struct testbed tb;

/* After a test that failed, too. */
static int setup(void **state)
{
	(void)state;
	tb.n = 0;
	return 0;
}

static void two_hosts(struct net **a, struct net **b)
{
	*a = tb_add(&tb, NULL);
	*b = tb_add(&tb, NULL);
	tb_link(*a, "eth0", *b, "eth0");
	tb_addr(*a, "eth0", "2001:db8::1/64");
	tb_addr(*b, "eth0", "2001:db8::2/64");
}

/* host 0 - router 1 - host 2; the second link's MTU is mtu. */
static void routed(struct net **a, struct net **r, struct net **b, u32 mtu)
{
	*a = tb_add(&tb, NULL);
	*r = tb_add(&tb, NULL);
	*b = tb_add(&tb, NULL);
	tb_link(*a, "eth0", *r, "eth0");
	tb_link(*r, "eth1", *b, "eth0");
	tb_addr(*a, "eth0", "2001:db8:1::2/64");
	tb_addr(*r, "eth0", "2001:db8:1::1/64");
	tb_addr(*r, "eth1", "2001:db8:2::1/64");
	tb_addr(*b, "eth0", "2001:db8:2::2/64");
	tb_route(*a, "default", "2001:db8:1::1");
	tb_route(*b, "default", "2001:db8:2::1");
	assert_int_equal(dev_set_mtu(tb_dev(*r, "eth1"), mtu), 0);
	addrconf_forward_change(*r, true);
	tb_run(&tb, 3 * NSEC_PER_SEC);		/* link-local addresses are ours by then */
}

static struct neighbour *neigh_of(struct net *net, const char *addr)
{
	struct ip6_addr a = tb_ip6(addr);

	return neigh_lookup(&net->ipv6->nd_tbl, &a, tb_dev(net, "eth0"));
}

static void test_delivers_on_link(void **state)
{
	struct net *a, *b;
	struct sk_buff *skb;

	(void)state;
	two_hosts(&a, &b);
	assert_int_equal(tb_send(a, "2001:db8::2", 1000), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	skb = tb_take(b);
	assert_non_null(skb);
	assert_true(tb_payload_ok(skb, 1000));
	assert_int_equal(ipv6_hdr(skb)->hop_limit, 64);
	assert_int_equal(ipv6_hdr(skb)->saddr.s6_addr[15], 1);
	consume_skb(skb);
	assert_int_equal(neigh_of(a, "2001:db8::2")->nud_state, NUD_REACHABLE);
	assert_int_equal(neigh_of(b, "2001:db8::1")->nud_state, NUD_DELAY);	/* it answered */
	assert_memory_equal(neigh_of(b, "2001:db8::1")->ha, tb_dev(a, "eth0")->dev_addr, 6);
	assert_int_equal(b->mib[MIB_Ip6InDelivers], 2);	/* who has it, and the packet */
	tb_exit(&tb);
}

static void test_own_addresses_go_by_loopback(void **state)
{
	struct net *a, *b;
	u64 sent, looped;

	(void)state;
	two_hosts(&a, &b);
	tb_run(&tb, 5 * NSEC_PER_SEC);		/* what it has to say of itself is said */
	sent = tb_dev(a, "eth0")->stats.tx_packets;
	looped = tb_dev(a, "lo")->stats.tx_packets;
	tb_dev(a, "eth0")->ip6_ptr->cnf.router_solicitations = 0;
	assert_int_equal(tb_send(a, "2001:db8::1", 10), 0);
	assert_int_equal(tb_send(a, "::1", 10), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(a), 2);
	assert_int_equal(tb_dev(a, "lo")->stats.tx_packets, looped + 2);
	assert_int_equal(tb_dev(a, "eth0")->stats.tx_packets, sent);
	tb_exit(&tb);
}

/* RFC 4862 5.4: 0 to 1 s, a question, 1 s of silence. */
static void test_link_local_address_comes_by_itself(void **state)
{
	struct net *a, *b;
	struct inet6_ifaddr *ifp;
	struct ip6_addr ll;

	(void)state;
	two_hosts(&a, &b);
	ll = ipv6_linklocal_eui64(tb_dev(a, "eth0")->dev_addr);
	ifp = ipv6_get_ifaddr(a, &ll, NULL);
	assert_non_null(ifp);
	assert_true(ifp->flags & IFA_F_TENTATIVE);
	assert_false(ipv6_chk_addr(a, &ll, NULL));
	tb_run(&tb, 999 * NSEC_PER_MSEC);
	assert_true(ifp->flags & IFA_F_TENTATIVE);
	tb_run(&tb, 1002 * NSEC_PER_MSEC);
	assert_false(ifp->flags & IFA_F_TENTATIVE);
	assert_true(ipv6_chk_addr(a, &ll, tb_dev(a, "eth0")));
	assert_int_equal(a->mib[MIB_Icmp6OutNeighborSolicits], 1);
	assert_int_equal(tb_send_by(b, "eth0", "fe80::ff", 10), 0);
	tb_run(&tb, 5 * NSEC_PER_SEC);
	assert_int_equal(b->drops[SKB_DROP_REASON_NEIGH_FAILED], 1);
	tb_exit(&tb);
}

/* RFC 4429: an address serves before it is known to be alone, but nobody is made to learn it. */
static void test_an_optimistic_address(void **state)
{
	struct ip6_addr new = tb_ip6("2001:db8::5"), old = tb_ip6("2001:db8::1"), saddr;
	struct ip6_addr there = tb_ip6("2001:db8::2");
	struct net_device *dev;
	struct net *a, *b;

	(void)state;
	two_hosts(&a, &b);
	tb_run(&tb, 3 * NSEC_PER_SEC);
	dev = tb_dev(a, "eth0");
	assert_int_equal(tb_try_addr(a, "eth0", "2001:db8::5/64", IFA_F_OPTIMISTIC), 0);
	assert_true(ipv6_chk_addr(a, &new, dev));
	/* What is sure is preferred, unless use_optimistic says that all are alike. */
	assert_int_equal(ipv6_dev_get_saddr(a, dev, &there, &saddr), 0);
	assert_true(ipv6_addr_equal(&saddr, &old));
	dev->ip6_ptr->cnf.use_optimistic = true;
	assert_int_equal(ipv6_dev_get_saddr(a, dev, &there, &saddr), 0);
	assert_true(ipv6_addr_equal(&saddr, &new));
	assert_int_equal(tb_send(b, "2001:db8::5", 100), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(a), 1);
	assert_true(ipv6_get_ifaddr(a, &new, NULL)->flags & IFA_F_TENTATIVE);
	/* Who has another MAC for it keeps that: the answer does not override. */
	assert_int_equal(neigh_update(neigh_of(b, "2001:db8::5"), (const u8[]){ 2, 0, 0, 0, 9, 9 },
				      NUD_REACHABLE, NEIGH_UPDATE_F_OVERRIDE), 0);
	assert_int_equal(tb_send(a, "2001:db8::2", 100), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(neigh_of(b, "2001:db8::5")->ha[5], 9);
	tb_run(&tb, 3 * NSEC_PER_SEC);
	assert_false(ipv6_get_ifaddr(a, &new, NULL)->flags & (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC));
	tb_exit(&tb);
}

static void test_an_optimistic_duplicate(void **state)
{
	struct ip6_addr dup = tb_ip6("2001:db8::2");
	struct net *a, *b;

	(void)state;
	two_hosts(&a, &b);
	assert_int_equal(tb_try_addr(a, "eth0", "2001:db8::2/64", IFA_F_OPTIMISTIC), 0);
	assert_true(ipv6_chk_addr(a, &dup, NULL));
	tb_run(&tb, 3 * NSEC_PER_SEC);
	assert_true(ipv6_get_ifaddr(a, &dup, NULL)->flags & IFA_F_DADFAILED);
	assert_false(ipv6_get_ifaddr(a, &dup, NULL)->flags & IFA_F_OPTIMISTIC);
	assert_false(ipv6_chk_addr(a, &dup, NULL));
	tb_send(a, "2001:db8::2", 10);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_count(a), 0);	/* it is not ours */
	tb_exit(&tb);
}

/* optimistic_dad: of addresses that come by themselves, but not a router's. */
static void test_optimistic_by_itself(void **state)
{
	struct net *a, *b;
	struct ip6_addr ll;

	(void)state;
	two_hosts(&a, &b);
	for (int forwarding = 0; forwarding < 2; forwarding++) {
		struct net_device *dev = tb_dev(a, "eth0");

		dev_close(dev);
		dev->ip6_ptr->cnf.optimistic_dad = true;
		addrconf_forward_change(a, forwarding);
		dev_open(dev);
		ll = ipv6_linklocal_eui64(dev->dev_addr);
		assert_int_equal(ipv6_chk_addr(a, &ll, dev), !forwarding);
	}
	tb_exit(&tb);
}

static void test_a_duplicate_is_noticed(void **state)
{
	struct net *a, *b;
	struct ip6_addr dup = tb_ip6("2001:db8::2");

	(void)state;
	two_hosts(&a, &b);
	assert_int_equal(tb_try_addr(a, "eth0", "2001:db8::2/64", 0), 0);
	tb_run(&tb, 3 * NSEC_PER_SEC);
	assert_true(ipv6_get_ifaddr(a, &dup, NULL)->flags & IFA_F_DADFAILED);
	assert_false(ipv6_chk_addr(a, &dup, NULL));
	assert_true(ipv6_chk_addr(b, &dup, NULL));
	tb_exit(&tb);
}

/* Both look for the same address at the same time (RFC 4862 5.4.3). */
static void test_two_who_want_one_get_none(void **state)
{
	struct ip6_addr dup = tb_ip6("2001:db8::5");
	struct net *a, *b;

	(void)state;
	two_hosts(&a, &b);
	assert_int_equal(tb_try_addr(a, "eth0", "2001:db8::5/64", 0), 0);
	assert_int_equal(tb_try_addr(b, "eth0", "2001:db8::5/64", 0), 0);
	tb_run(&tb, 3 * NSEC_PER_SEC);
	assert_true((ipv6_get_ifaddr(a, &dup, NULL)->flags |
		     ipv6_get_ifaddr(b, &dup, NULL)->flags) & IFA_F_DADFAILED);
	assert_false(ipv6_chk_addr(a, &dup, NULL) && ipv6_chk_addr(b, &dup, NULL));
	tb_exit(&tb);
}

static void test_off_until_it_is_wanted(void **state)
{
	struct net *a, *b;

	(void)state;
	a = tb_add(&tb, NULL);
	b = tb_add(&tb, NULL);
	addrconf_disable_ipv6_all(a, true);
	tb_link(a, "eth0", b, "eth0");
	assert_int_equal(tb_try_addr(a, "eth0", "2001:db8::1/64", 0), -EACCES);
	tb_addr(b, "eth0", "2001:db8::2/64");
	tb_run(&tb, 3 * NSEC_PER_SEC);
	assert_int_equal(tb_dev(a, "eth0")->stats.tx_packets, 0);
	assert_true(a->drops[SKB_DROP_REASON_IPV6DISABLED] > 0);
	addrconf_disable_ipv6(tb_dev(a, "eth0"), false);
	tb_addr(a, "eth0", "2001:db8::1/64");
	assert_int_equal(tb_send(a, "2001:db8::2", 10), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(b), 1);
	addrconf_disable_ipv6(tb_dev(a, "eth0"), true);
	assert_int_equal(tb_send(a, "2001:db8::2", 10), -ENETUNREACH);
	tb_exit(&tb);
}

/* Linux's keep_addr_on_down 0. */
static void test_down_takes_all(void **state)
{
	struct ip6_addr addr = tb_ip6("2001:db8::1");
	struct net *a, *b;

	(void)state;
	two_hosts(&a, &b);
	dev_close(tb_dev(a, "eth0"));
	assert_null(ipv6_get_ifaddr(a, &addr, NULL));
	assert_int_equal(tb_send(a, "2001:db8::2", 10), -ENETUNREACH);
	dev_open(tb_dev(a, "eth0"));
	tb_run(&tb, 3 * NSEC_PER_SEC);
	addr = ipv6_linklocal_eui64(tb_dev(a, "eth0")->dev_addr);
	assert_true(ipv6_chk_addr(a, &addr, NULL));
	tb_exit(&tb);
}

static void test_echo(void **state)
{
	struct net *a, *b;
	struct sk_buff *skb;

	(void)state;
	two_hosts(&a, &b);
	tb_run(&tb, 3 * NSEC_PER_SEC);
	assert_int_equal(tb_ping(a, "2001:db8::2", 56, 0, 0), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_echoes(a), 1);
	skb = tb_host_of(a)->echoes.next;
	assert_int_equal(skb->data[0], ICMPV6_ECHO_REPLY);
	assert_int_equal(ipv6_hdr(skb)->saddr.s6_addr[15], 2);
	assert_int_equal(skb->len, 64);
	/* To the group of all nodes: the one on the link answers, and this one itself. */
	assert_int_equal(tb_ping(a, "ff02::1", 8, 0, tb_dev(a, "eth0")->ifindex), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_echoes(a), 3);
	b->sysctl.icmpv6_echo_ignore_multicast = 1;
	assert_int_equal(tb_ping(a, "ff02::1", 8, 0, tb_dev(a, "eth0")->ifindex), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_echoes(a), 4);
	tb_exit(&tb);
}

static void test_groups_are_for_members(void **state)
{
	struct ip6_addr group = tb_ip6("ff05::1234");
	struct net *a, *b;
	u64 refused;

	(void)state;
	two_hosts(&a, &b);
	tb_run(&tb, 5 * NSEC_PER_SEC);
	refused = b->drops[SKB_DROP_REASON_IP_INVALID_DEST];
	assert_int_equal(tb_send_by(a, "eth0", "ff05::1234", 10), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(b), 0);
	assert_int_equal(b->drops[SKB_DROP_REASON_IP_INVALID_DEST], refused + 1);
	assert_int_equal(ipv6_dev_mc_inc(tb_dev(b, "eth0"), &group), 0);
	assert_int_equal(tb_send_by(a, "eth0", "ff05::1234", 10), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(b), 1);
	assert_int_equal(ipv6_dev_mc_dec(tb_dev(b, "eth0"), &group), 0);
	assert_int_equal(ipv6_dev_mc_dec(tb_dev(b, "eth0"), &group), -EADDRNOTAVAIL);
	/* What is of the node alone does not leave it. */
	assert_int_equal(tb_send_by(a, "eth0", "ff01::1", 10), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(b), 1);
	assert_int_equal(tb_count(a), 0);	/* ... and came back as from the link: RFC 4291 */
	tb_exit(&tb);
}

static void test_forwards(void **state)
{
	struct net *a, *r, *b;
	struct sk_buff *skb;

	(void)state;
	routed(&a, &r, &b, 1500);
	assert_int_equal(tb_send(a, "2001:db8:2::2", 1400), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	skb = tb_take(b);
	assert_non_null(skb);
	assert_true(tb_payload_ok(skb, 1400));
	assert_int_equal(ipv6_hdr(skb)->hop_limit, 63);
	consume_skb(skb);
	assert_int_equal(r->mib[MIB_Ip6OutForwDatagrams], 1);
	assert_int_equal(r->copies.linearized, 0);
	addrconf_forward_change(r, false);
	assert_int_equal(tb_send(a, "2001:db8:2::2", 10), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(b), 0);
	assert_int_equal(r->drops[SKB_DROP_REASON_IP_FORWARDING_OFF], 1);
	tb_exit(&tb);
}

/* What a rule refuses is answered as by a route; a rule is for whom its conditions name. */
static void test_forwards_by_rules(void **state)
{
	struct fib_rule rule = { .has_pref = true, .pref = 10, .action = FR_ACT_PROHIBIT,
				 .iif = "eth0", .src_len = 128, .suppress_prefixlen = -1 };
	struct ip6_addr src = tb_ip6("2001:db8:1::2");
	struct net *a, *r, *b;

	(void)state;
	routed(&a, &r, &b, 1500);
	memcpy(rule.src, &src, sizeof(src));
	assert_int_equal(fib6_rule_add(r, &rule), 0);
	assert_int_equal(tb_send(a, "2001:db8:2::2", 100), 0);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_count(b), 0);
	assert_int_equal(tb_host_of(a)->err.count, 1);
	assert_int_equal(tb_host_of(a)->err.code, ICMPV6_ADM_PROHIBITED);
	assert_int_equal(tb_send(b, "2001:db8:1::2", 100), 0);	/* by eth1: not this rule's */
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_count(a), 1);
	assert_int_equal(fib6_rule_del(r, &rule), 0);
	rule.action = FR_ACT_BLACKHOLE;
	assert_int_equal(fib6_rule_add(r, &rule), 0);
	assert_int_equal(tb_send(a, "2001:db8:2::2", 100), 0);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_count(b), 0);
	assert_int_equal(tb_host_of(a)->err.count, 1);
	assert_int_equal(fib6_rule_del(r, &rule), 0);
	assert_int_equal(tb_send(a, "2001:db8:2::2", 100), 0);
	tb_run(&tb, NSEC_PER_SEC);
	assert_int_equal(tb_count(b), 1);
	tb_exit(&tb);
}

static void test_hops_run_out(void **state)
{
	struct net *a, *r, *b;

	(void)state;
	routed(&a, &r, &b, 1500);
	assert_int_equal(tb_ping(a, "2001:db8:2::2", 10, 1, 0), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(r->drops[SKB_DROP_REASON_IP_TTL_EXPIRED], 1);
	assert_int_equal(tb_echoes(a), 1);	/* the error, at the one who asked */
	assert_int_equal(tb_host_of(a)->echoes.next->data[0], ICMPV6_TIME_EXCEED);
	tb_exit(&tb);
}

static void test_path_mtu(void **state)
{
	struct net *a, *r, *b;
	struct sk_buff *skb;

	(void)state;
	routed(&a, &r, &b, 1400);
	assert_int_equal(tb_send(a, "2001:db8:2::2", 1450), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_host_of(a)->err.type, ICMPV6_PKT_TOOBIG);
	assert_int_equal(tb_host_of(a)->err.info, 1400);
	assert_int_equal(r->drops[SKB_DROP_REASON_PKT_TOO_BIG], 1);
	/* From now on it is cut here (RFC 8200 5). */
	assert_int_equal(tb_send(a, "2001:db8:2::2", 1450), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	skb = tb_take(b);
	assert_non_null(skb);
	assert_true(tb_payload_ok(skb, 1450));
	consume_skb(skb);
	assert_int_equal(a->mib[MIB_Ip6FragCreates], 2);
	assert_int_equal(b->mib[MIB_Ip6ReasmOKs], 1);
	assert_int_equal(b->copies.linearized, 0);
	tb_exit(&tb);
}

static void test_no_route(void **state)
{
	struct net *a, *r, *b;

	(void)state;
	routed(&a, &r, &b, 1500);
	assert_int_equal(tb_send(a, "2001:db8:9::1", 10), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_host_of(a)->err.type, ICMPV6_DEST_UNREACH);
	assert_int_equal(tb_host_of(a)->err.code, ICMPV6_NOROUTE);
	assert_int_equal(r->drops[SKB_DROP_REASON_IP_INNOROUTES], 1);
	assert_int_equal(tb_send(r, "2001:db8:9::1", 10), -ENETUNREACH);
	/* A neighbour that does not answer (RFC 4861 7.2.2). */
	assert_int_equal(tb_send(a, "2001:db8:2::77", 10), 0);
	tb_run(&tb, 4 * NSEC_PER_SEC);
	assert_int_equal(tb_host_of(a)->err.code, ICMPV6_ADDR_UNREACH);
	assert_int_equal(r->drops[SKB_DROP_REASON_NEIGH_FAILED], 1);
	tb_exit(&tb);
}

/* RFC 6724 5 */
static void source(struct net *net, const char *to, const char *want)
{
	struct ip6_addr d = tb_ip6(to), s, w = tb_ip6(want);

	assert_int_equal(ipv6_dev_get_saddr(net, tb_dev(net, "eth0"), &d, &s), 0);
	assert_true(ipv6_addr_equal(&s, &w));
}

static void test_source_addresses(void **state)
{
	struct net *a, *b;
	char ll[IP6_STR_MAX];
	struct ip6_addr own;

	(void)state;
	two_hosts(&a, &b);
	tb_addr(a, "eth0", "2001:db8:5::1/64");
	tb_addr(a, "eth0", "fd00::1/64");
	tb_run(&tb, 3 * NSEC_PER_SEC);
	own = ipv6_linklocal_eui64(tb_dev(a, "eth0")->dev_addr);
	ip6_addr_str(&own, ll);
	source(a, "2001:db8::9", "2001:db8::1");	/* longest prefix */
	source(a, "2001:db8:5::9", "2001:db8:5::1");
	source(a, "2001:db8:5::1", "2001:db8:5::1");	/* the same */
	source(a, "fd12::9", "fd00::1");		/* label */
	source(a, "fe80::9", ll);			/* scope */
	source(a, "ff02::1", ll);

	tb_exit(&tb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_delivers_on_link, setup),
		cmocka_unit_test_setup(test_own_addresses_go_by_loopback, setup),
		cmocka_unit_test_setup(test_link_local_address_comes_by_itself, setup),
		cmocka_unit_test_setup(test_an_optimistic_address, setup),
		cmocka_unit_test_setup(test_an_optimistic_duplicate, setup),
		cmocka_unit_test_setup(test_optimistic_by_itself, setup),
		cmocka_unit_test_setup(test_a_duplicate_is_noticed, setup),
		cmocka_unit_test_setup(test_two_who_want_one_get_none, setup),
		cmocka_unit_test_setup(test_off_until_it_is_wanted, setup),
		cmocka_unit_test_setup(test_down_takes_all, setup),
		cmocka_unit_test_setup(test_echo, setup),
		cmocka_unit_test_setup(test_groups_are_for_members, setup),
		cmocka_unit_test_setup(test_forwards, setup),
		cmocka_unit_test_setup(test_forwards_by_rules, setup),
		cmocka_unit_test_setup(test_hops_run_out, setup),
		cmocka_unit_test_setup(test_path_mtu, setup),
		cmocka_unit_test_setup(test_no_route, setup),
		cmocka_unit_test_setup(test_source_addresses, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

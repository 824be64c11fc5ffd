/* SPDX-License-Identifier: MIT */
/* Neighbour discovery for others and unasked: proxies, advertisements sent and taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/pneigh.h"
#include "net/ipv6/ip6_impl.h"
#include "net/ipv6/ip6_testbed.h"
#include "wire/ndp.h"

static struct testbed tb;
static struct net *a, *r, *b;

/* a --- r --- b, and b has an address of a's link. */
static int setup(void **state)
{
	(void)state;
	tb.n = 0;
	a = tb_add(&tb, NULL);
	r = tb_add(&tb, NULL);
	b = tb_add(&tb, NULL);
	tb_link(a, "eth0", r, "eth0");
	tb_link(r, "eth1", b, "eth0");
	tb_addr(a, "eth0", "2001:db8:1::2/64");
	tb_addr(r, "eth0", "2001:db8:1::1/64");
	tb_addr(r, "eth1", "2001:db8:2::1/64");
	tb_addr(b, "eth0", "2001:db8:1::99/128");
	assert_int_equal(tb_try_route(b, "default", NULL, "eth0"), 0);
	assert_int_equal(tb_try_route(r, "2001:db8:1::99/128", NULL, "eth1"), 0);
	addrconf_forward_change(r, true);
	tb_run(&tb, 3 * NSEC_PER_SEC);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tb_exit(&tb);
	return 0;
}

static struct neighbour *neigh_of(struct net *net, const char *addr)
{
	struct ip6_addr key = tb_ip6(addr);

	return neigh_lookup(&net->ipv6->nd_tbl, &key, tb_dev(net, "eth0"));
}

static struct pneigh_entry *proxy_add(const char *dev, const char *addr)
{
	struct ip6_addr key = tb_ip6(addr);

	return pneigh_create(&r->ipv6->nd_tbl, &key, dev ? tb_dev(r, dev) : NULL);
}

static void test_proxy(void **state)
{
	(void)state;
	assert_null(proxy_add(NULL, "2001:db8:1::99"));		/* whose group would it join? */
	assert_non_null(proxy_add("eth0", "2001:db8:1::99"));
	tb_send(a, "2001:db8:1::99", 100);
	tb_run(&tb, 5 * NSEC_PER_SEC);
	assert_int_equal(tb_count(b), 0);			/* not without proxy_ndp */
	r->ipv6->conf_all.proxy_ndp = true;
	assert_non_null(proxy_add("eth1", "2001:db8:1::2"));	/* and the way back */
	tb_send(a, "2001:db8:1::99", 100);
	tb_run(&tb, NSEC_PER_SEC);		/* proxy_delay: 800 ms at most */
	assert_int_equal(tb_count(b), 1);
	assert_int_equal(neigh_of(a, "2001:db8:1::99")->nud_state, NUD_REACHABLE);
	assert_memory_equal(neigh_of(a, "2001:db8:1::99")->ha, tb_dev(r, "eth0")->dev_addr, 6);
	assert_false(neigh_of(a, "2001:db8:1::99")->is_router);
	/* Revalidation is addressed to the host; the router takes it for him. */
	tb_send(b, "2001:db8:1::2", 100);
	tb_run(&tb, 100 * NSEC_PER_SEC);
	tb_send(a, "2001:db8:1::99", 100);
	tb_run(&tb, 8 * NSEC_PER_SEC);
	assert_int_equal(neigh_of(a, "2001:db8:1::99")->nud_state, NUD_REACHABLE);
	assert_int_equal(tb_count(a), 1);
	assert_int_equal(tb_count(b), 2);
}

/* RFC 7527: what asks for an address of ours, with that nonce; 0: without. */
static void ask_for(const char *addr, u64 nonce)
{
	struct ip6_addr target = tb_ip6(addr);
	struct ip6_addr group = addrconf_addr_solict_mult(&target), any = IN6ADDR_ANY;
	struct net_device *dev = tb_dev(a, "eth0");
	struct sk_buff *skb = ndisc_alloc_skb(dev, NDISC_NEIGH_LEN + NDISC_NONCE_OPT_LEN);

	skb_put(skb, (u32)ndisc_neigh_build(skb->data, NDISC_NEIGHBOUR_SOLICITATION, 0, &target,
					    NULL));
	if (nonce)
		ndisc_nonce_build(skb_put(skb, NDISC_NONCE_OPT_LEN), nonce);
	ndisc_send_skb(skb, dev, &any, &group, "who has");
}

static const struct inet6_ifaddr *tentative(const char *prefix)
{
	struct ip6_addr key;
	u8 plen;

	assert_true(ip6_prefix_parse(prefix, &key, &plen));
	assert_int_equal(tb_try_addr(r, "eth0", prefix, 0), 0);
	tb_run(&tb, 999 * NSEC_PER_MSEC);	/* asked, and not yet answered */
	return ipv6_get_ifaddr(r, &key, tb_dev(r, "eth0"));
}

static void test_what_comes_back(void **state)
{
	const struct inet6_ifaddr *one = tentative("2001:db8:1::5/64"), *two, *three;
	u64 nonce = one->dad_nonce;

	(void)state;
	assert_true(nonce && one->flags & IFA_F_TENTATIVE);
	ask_for("2001:db8:1::5", nonce);
	tb_run(&tb, 3 * NSEC_PER_SEC);
	assert_false(one->flags & (IFA_F_DADFAILED | IFA_F_TENTATIVE));
	/* Somebody else wants it, with a nonce or without. */
	two = tentative("2001:db8:1::6/64");
	assert_true(two->dad_nonce != nonce);
	ask_for("2001:db8:1::6", nonce);
	tb_run(&tb, 3 * NSEC_PER_SEC);
	assert_true(two->flags & IFA_F_DADFAILED);
	r->ipv6->conf_all.enhanced_dad = false;
	tb_dev(r, "eth0")->ip6_ptr->cnf.enhanced_dad = false;
	three = tentative("2001:db8:1::7/64");
	assert_int_equal(three->dad_nonce, 0);
	ask_for("2001:db8:1::7", 0);
	tb_run(&tb, 3 * NSEC_PER_SEC);
	assert_true(three->flags & IFA_F_DADFAILED);
}

/* An entry says for whom: a router or a host. */
static void test_proxy_of_a_router(void **state)
{
	(void)state;
	tb_dev(r, "eth0")->ip6_ptr->cnf.proxy_ndp = true;
	proxy_add("eth0", "2001:db8:1::99")->is_router = true;
	tb_dev(r, "eth0")->nd_parms->proxy_delay_ms = 0;
	tb_send(a, "2001:db8:1::99", 100);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_true(neigh_of(a, "2001:db8:1::99")->is_router);
}

static void test_notify(void **state)
{
	static const u8 mac[6] = { 2, 0, 0, 0, 7, 7 };

	(void)state;
	tb_send(a, "2001:db8:1::1", 100);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_memory_equal(neigh_of(a, "2001:db8:1::1")->ha, tb_dev(r, "eth0")->dev_addr, 6);
	r->ipv6->conf_all.ndisc_notify = true;
	assert_int_equal(dev_set_mac_address(tb_dev(r, "eth0"), mac), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_memory_equal(neigh_of(a, "2001:db8:1::1")->ha, mac, 6);
	assert_true(neigh_of(a, "2001:db8:1::1")->is_router);
}

/* RFC 9131: a router may enter who advertises himself unasked. */
static void test_untracked(void **state)
{
	(void)state;
	a->ipv6->conf_all.ndisc_notify = true;
	tb_addr(a, "eth0", "2001:db8:1::5/64");
	tb_run(&tb, NSEC_PER_MSEC);
	assert_null(neigh_of(r, "2001:db8:1::5"));
	tb_dev(r, "eth0")->ip6_ptr->cnf.accept_untracked_na = 2;
	tb_addr(a, "eth0", "2001:db8:7::6/64");
	tb_addr(a, "eth0", "2001:db8:1::6/64");
	tb_run(&tb, NSEC_PER_MSEC);
	assert_null(neigh_of(r, "2001:db8:7::6"));
	assert_int_equal(neigh_of(r, "2001:db8:1::6")->nud_state, NUD_STALE);
	tb_dev(r, "eth0")->ip6_ptr->cnf.drop_unsolicited_na = true;
	tb_addr(a, "eth0", "2001:db8:1::7/64");
	tb_run(&tb, NSEC_PER_MSEC);
	assert_null(neigh_of(r, "2001:db8:1::7"));
	assert_int_equal(r->drops[SKB_DROP_REASON_IPV6_NDISC_UNSOLICITED], 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_proxy), T(test_proxy_of_a_router), T(test_notify), T(test_untracked),
		T(test_what_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Packets in, through and out: delivery, forwarding, martians, echo, the errors they cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv4/ip_testbed.h"

static struct testbed tb;

/* host 0 - host 1 on one cable. */
static void two_hosts(struct net **a, struct net **b)
{
	*a = tb_add(&tb, NULL);
	*b = tb_add(&tb, NULL);
	tb_link(*a, "eth0", *b, "eth0");
	tb_addr(*a, "eth0", "10.0.0.1/24");
	tb_addr(*b, "eth0", "10.0.0.2/24");
}

/* host 0 - router 1 - host 2; the second link's MTU is mtu. */
static void routed(struct net **a, struct net **r, struct net **b, u32 mtu)
{
	*a = tb_add(&tb, NULL);
	*r = tb_add(&tb, NULL);
	*b = tb_add(&tb, NULL);
	tb_link(*a, "eth0", *r, "eth0");
	tb_link(*r, "eth1", *b, "eth0");
	tb_addr(*a, "eth0", "10.0.1.2/24");
	tb_addr(*r, "eth0", "10.0.1.1/24");
	tb_addr(*r, "eth1", "10.0.2.1/24");
	tb_addr(*b, "eth0", "10.0.2.2/24");
	tb_route(*a, "default", "10.0.1.1");
	tb_route(*b, "default", "10.0.2.1");
	assert_int_equal(dev_set_mtu(tb_dev(*r, "eth1"), mtu), 0);
	inet_forward_change(*r, true);
}

static void test_delivers_on_link(void **state)
{
	struct net *a, *b;
	struct sk_buff *skb;

	(void)state;
	two_hosts(&a, &b);
	assert_int_equal(tb_send(a, "10.0.0.2", 1000, true), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	skb = tb_take(b);
	assert_non_null(skb);
	assert_true(tb_payload_ok(skb, 1000));
	assert_int_equal(ip_hdr(skb)->saddr, tb_ip("10.0.0.1"));
	assert_int_equal(ip_hdr(skb)->ttl, 64);
	consume_skb(skb);
	assert_int_equal(b->mib[MIB_IpInDelivers], 1);
	assert_int_equal(b->copies.linearized + a->copies.linearized, 0);
	tb_exit(&tb);
}

static void test_own_address_goes_by_loopback(void **state)
{
	struct net *a, *b;

	(void)state;
	two_hosts(&a, &b);
	assert_int_equal(tb_send(a, "10.0.0.1", 10, true), 0);
	assert_int_equal(tb_send(a, "127.0.0.1", 10, true), 0);
	assert_int_equal(tb_send(a, "127.3.2.1", 10, true), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(a), 3);
	assert_int_equal(tb_dev(a, "lo")->stats.tx_packets, 3);
	assert_int_equal(tb_dev(a, "eth0")->stats.tx_packets, 0);
	tb_exit(&tb);
}

static void test_broadcast_reaches_all_and_self(void **state)
{
	struct net *a, *b;

	(void)state;
	two_hosts(&a, &b);
	assert_int_equal(tb_send(a, "10.0.0.255", 10, false), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(a), 1);
	assert_int_equal(tb_count(b), 1);
	assert_int_equal(b->mib[MIB_IpExtInBcastPkts], 1);
	assert_int_equal(a->mib[MIB_IpExtOutBcastPkts], 1);
	/* Without a route or a device the limited broadcast has nowhere to go. */
	assert_int_equal(tb_send(a, "255.255.255.255", 10, false), -ENETUNREACH);
	tb_exit(&tb);
}

static void test_multicast_is_for_members(void **state)
{
	struct net *a, *b;

	(void)state;
	two_hosts(&a, &b);
	assert_int_equal(tb_try_route(a, "224.0.0.0/4", NULL, "eth0"), 0);
	assert_int_equal(tb_send(a, "239.1.2.3", 10, false), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(b), 0);
	assert_int_equal(b->drops[SKB_DROP_REASON_IP_INVALID_DEST], 1);
	assert_int_equal(ip_mc_join_group(tb_dev(b, "eth0"), tb_ip("239.1.2.3")), 0);
	assert_int_equal(tb_send(a, "239.1.2.3", 10, false), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(b), 1);
	assert_int_equal(ip_mc_leave_group(tb_dev(b, "eth0"), tb_ip("239.1.2.3")), 0);
	assert_int_equal(ip_mc_leave_group(tb_dev(b, "eth0"), tb_ip("239.1.2.3")), -EADDRNOTAVAIL);
	tb_exit(&tb);
}

static void test_forwards(void **state)
{
	struct net *a, *r, *b;
	struct sk_buff *skb;

	(void)state;
	routed(&a, &r, &b, 1500);
	assert_int_equal(tb_send(a, "10.0.2.2", 1400, true), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	skb = tb_take(b);
	assert_non_null(skb);
	assert_true(tb_payload_ok(skb, 1400));
	assert_int_equal(ip_hdr(skb)->ttl, 63);		/* RFC 1812 5.3.1 */
	assert_int_equal(ip_fast_csum(ip_hdr(skb), 5), 0);
	consume_skb(skb);
	assert_int_equal(r->mib[MIB_IpForwDatagrams], 1);
	assert_int_equal(r->copies.linearized, 0);
	tb_exit(&tb);
}

static void test_forwarding_off(void **state)
{
	struct net *a, *r, *b;

	(void)state;
	routed(&a, &r, &b, 1500);
	inet_forward_change(r, false);
	tb_send(a, "10.0.2.2", 10, true);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(b), 0);
	assert_int_equal(r->drops[SKB_DROP_REASON_IP_FORWARDING_OFF], 1);
	assert_int_equal(tb_host_of(a)->err.count, 0);
	tb_exit(&tb);
}

/* conf.DEV.forwarding of the device that a packet came in by decides. */
static void test_forwarding_per_device(void **state)
{
	struct net *a, *r, *b;

	(void)state;
	routed(&a, &r, &b, 1500);
	tb_dev(r, "eth0")->ip_ptr->forwarding = false;
	tb_send(a, "10.0.2.2", 10, true);
	tb_send(b, "10.0.1.2", 10, true);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(b), 0);
	assert_int_equal(tb_count(a), 1);
	assert_int_equal(r->drops[SKB_DROP_REASON_IP_FORWARDING_OFF], 1);
	inet_forward_change(r, false);
	tb_dev(r, "eth0")->ip_ptr->forwarding = true;
	tb_send(a, "10.0.2.2", 10, true);
	tb_send(b, "10.0.1.2", 10, true);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_count(b), 1);
	assert_int_equal(tb_count(a), 1);
	assert_int_equal(r->drops[SKB_DROP_REASON_IP_FORWARDING_OFF], 2);
	tb_exit(&tb);
}

static void test_ttl_runs_out(void **state)
{
	struct net *a, *r, *b;
	struct tb_error *err;
	struct ip_xmit x = { .daddr = tb_ip("10.0.2.2"), .protocol = TB_PROTO, .ttl = 1 };

	(void)state;
	routed(&a, &r, &b, 1500);
	err = &tb_host_of(a)->err;
	tb_send_skb(a, tb_packet(a, 100), &x);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(err->count, 1);
	assert_int_equal(err->type, ICMP_TIME_EXCEEDED);
	assert_int_equal(err->code, ICMP_EXC_TTL);
	assert_int_equal(err->from, tb_ip("10.0.1.1"));
	assert_int_equal(err->quoted_dst, tb_ip("10.0.2.2"));
	assert_int_equal(r->drops[SKB_DROP_REASON_IP_TTL_EXPIRED], 1);
	tb_exit(&tb);
}

static void test_no_route(void **state)
{
	struct net *a, *r, *b;
	struct tb_error *err;

	(void)state;
	routed(&a, &r, &b, 1500);
	err = &tb_host_of(a)->err;
	tb_send(a, "192.0.2.1", 100, true);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(err->type, ICMP_DEST_UNREACH);
	assert_int_equal(err->code, ICMP_NET_UNREACH);
	assert_int_equal(r->drops[SKB_DROP_REASON_IP_INNOROUTES], 1);
	assert_int_equal(tb_send(r, "192.0.2.1", 1, true), -ENETUNREACH);
	tb_exit(&tb);
}

static void test_error_routes(void **state)
{
	struct net *a, *r, *b;
	struct fib_config cfg = { .dst = tb_ip("192.0.2.0"), .prefixlen = 24 };
	const struct { u8 type; int err; u32 icmp; u8 code; } want[] = {
		{ RTN_UNREACHABLE, -EHOSTUNREACH, 1, ICMP_HOST_UNREACH },
		{ RTN_PROHIBIT, -EACCES, 2, ICMP_PKT_FILTERED },
		{ RTN_BLACKHOLE, -EINVAL, 2, ICMP_PKT_FILTERED },
		{ RTN_THROW, -ENETUNREACH, 3, ICMP_NET_UNREACH },
	};

	(void)state;
	routed(&a, &r, &b, 1500);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		cfg.type = want[i].type;
		assert_int_equal(fib_route_replace(r, &cfg), 0);
		assert_int_equal(tb_send(r, "192.0.2.1", 1, true), want[i].err);
		tb_send(a, "192.0.2.1", 100, true);
		tb_run(&tb, NSEC_PER_SEC);
		assert_int_equal(tb_host_of(a)->err.count, want[i].icmp);
		assert_int_equal(tb_host_of(a)->err.code, want[i].code);
	}
	tb_exit(&tb);
}

static void test_protocol_unreachable(void **state)
{
	struct net *a, *b;
	struct ip_xmit x = { .daddr = tb_ip("10.0.0.2"), .protocol = TB_PROTO };

	(void)state;
	two_hosts(&a, &b);
	b->ipv4->protos[TB_PROTO] = NULL;
	tb_send_skb(a, tb_packet(a, 64), &x);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_host_of(a)->err.code, ICMP_PROT_UNREACH);
	assert_int_equal(b->drops[SKB_DROP_REASON_IP_NOPROTO], 1);
	assert_int_equal(b->mib[MIB_IpInUnknownProtos], 1);
	tb_exit(&tb);
}

/* A raw frame from a to b with a header of the test's choice. */
static void inject(struct net *b, const char *src, const char *dst, u8 pkt_type,
		   void (*spoil)(struct iphdr *iph))
{
	struct net_device *dev = tb_dev(b, "eth0");
	struct sk_buff *skb = tb_packet(b, 20);
	struct ipv4_view v = { .hlen = 20, .tot_len = 40, .ttl = 9, .protocol = TB_PROTO,
			       .saddr = tb_ip(src), .daddr = tb_ip(dst) };
	u8 mac[6] = { 2, 9, 9, 9, 9, 9 };

	ipv4_build(skb_push(skb, 20), &v);
	if (spoil)
		spoil((void *)skb->data);
	assert_true(dev_hard_header(skb, dev, ETH_P_IP, dev->dev_addr, mac) > 0);
	skb->protocol = eth_type_trans(skb, dev);
	skb->pkt_type = pkt_type;
	netif_receive_skb(skb);
}

static void test_martians(void **state)
{
	struct net *a, *b;
	const struct { const char *src, *dst; enum skb_drop_reason reason; } want[] = {
		{ "224.0.0.1", "10.0.0.2", SKB_DROP_REASON_IP_INVALID_SOURCE },
		{ "255.255.255.255", "10.0.0.2", SKB_DROP_REASON_IP_INVALID_SOURCE },
		{ "127.0.0.1", "10.0.0.2", SKB_DROP_REASON_IP_INVALID_SOURCE },
		{ "0.0.0.0", "10.0.0.2", SKB_DROP_REASON_IP_INVALID_SOURCE },
		{ "10.0.0.1", "127.0.0.1", SKB_DROP_REASON_IP_INVALID_DEST },
		{ "10.0.0.1", "0.0.0.0", SKB_DROP_REASON_IP_INVALID_DEST },
		{ "10.0.0.2", "10.0.0.2", SKB_DROP_REASON_IP_LOCAL_SOURCE },
		{ "10.0.0.2", "10.0.0.255", SKB_DROP_REASON_IP_LOCAL_SOURCE },
	};

	(void)state;
	two_hosts(&a, &b);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		u64 before = b->drops[want[i].reason];

		inject(b, want[i].src, want[i].dst, PACKET_HOST, NULL);
		assert_int_equal(b->drops[want[i].reason], before + 1);
	}
	assert_int_equal(tb_count(b), 0);
	inject(b, "0.0.0.0", "255.255.255.255", PACKET_BROADCAST, NULL);	/* a DHCP client */
	assert_int_equal(tb_count(b), 1);
	tb_exit(&tb);
}

static void test_rp_filter(void **state)
{
	struct net *a, *b;

	(void)state;
	two_hosts(&a, &b);
	inject(b, "192.0.2.1", "10.0.0.2", PACKET_HOST, NULL);
	assert_int_equal(tb_count(b), 1);		/* off: any source will do */
	tb_dev(b, "eth0")->ip_ptr->rp_filter = 1;
	inject(b, "192.0.2.1", "10.0.0.2", PACKET_HOST, NULL);
	assert_int_equal(b->drops[SKB_DROP_REASON_IP_RPFILTER], 1);
	inject(b, "10.0.0.1", "10.0.0.2", PACKET_HOST, NULL);
	assert_int_equal(tb_count(b), 2);
	/* Reachable by another device: strict says no, loose yes. */
	tb_link(a, "eth1", b, "eth1");
	tb_addr(b, "eth1", "10.1.0.2/24");
	inject(b, "10.1.0.5", "10.0.0.2", PACKET_HOST, NULL);
	assert_int_equal(b->drops[SKB_DROP_REASON_IP_RPFILTER], 2);
	tb_dev(b, "eth0")->ip_ptr->rp_filter = 2;
	inject(b, "10.1.0.5", "10.0.0.2", PACKET_HOST, NULL);
	assert_int_equal(tb_count(b), 3);
	inject(b, "192.0.2.1", "10.0.0.2", PACKET_HOST, NULL);
	assert_int_equal(b->drops[SKB_DROP_REASON_IP_RPFILTER], 3);
	tb_exit(&tb);
}

static void spoil_csum(struct iphdr *iph)
{
	iph->check ^= 1;
}

static void spoil_version(struct iphdr *iph)
{
	iph->ver_ihl = 0x65;
}

static void spoil_ihl(struct iphdr *iph)
{
	iph->ver_ihl = 0x44;
}

static void spoil_len(struct iphdr *iph)
{
	iph->tot_len = cpu_to_be16(41);
	ip_send_check(iph);
}

static void spoil_shorter(struct iphdr *iph)	/* the last 4 bytes are link padding */
{
	iph->tot_len = cpu_to_be16(36);
	ip_send_check(iph);
}

static void test_header_checks(void **state)
{
	struct net *a, *b;
	struct sk_buff *skb;

	(void)state;
	two_hosts(&a, &b);
	inject(b, "10.0.0.1", "10.0.0.2", PACKET_HOST, spoil_csum);
	assert_int_equal(b->drops[SKB_DROP_REASON_IP_CSUM], 1);
	inject(b, "10.0.0.1", "10.0.0.2", PACKET_HOST, spoil_version);
	inject(b, "10.0.0.1", "10.0.0.2", PACKET_HOST, spoil_ihl);
	assert_int_equal(b->drops[SKB_DROP_REASON_IP_INHDR], 2);
	assert_int_equal(b->mib[MIB_IpInHdrErrors], 3);
	inject(b, "10.0.0.1", "10.0.0.2", PACKET_HOST, spoil_len);
	assert_int_equal(b->drops[SKB_DROP_REASON_PKT_TOO_SMALL], 1);
	inject(b, "10.0.0.1", "10.0.0.2", PACKET_OTHERHOST, NULL);
	assert_int_equal(b->drops[SKB_DROP_REASON_OTHERHOST], 1);
	assert_int_equal(tb_count(b), 0);
	inject(b, "10.0.0.1", "10.0.0.2", PACKET_HOST, spoil_shorter);
	skb = tb_take(b);
	assert_int_equal(skb->len, 16);
	consume_skb(skb);
	tb_exit(&tb);
}

static void test_not_forwarded_from_link_broadcast(void **state)
{
	struct net *a, *r, *b;

	(void)state;
	routed(&a, &r, &b, 1500);
	inject(r, "10.0.1.2", "10.0.2.2", PACKET_BROADCAST, NULL);
	assert_int_equal(r->drops[SKB_DROP_REASON_UNICAST_IN_L2_MULTICAST], 1);
	tb_exit(&tb);
}

static void test_frag_needed_and_pmtu(void **state)
{
	struct net *a, *r, *b;
	struct tb_error *err;

	(void)state;
	routed(&a, &r, &b, 1000);
	err = &tb_host_of(a)->err;
	assert_int_equal(tb_send(a, "10.0.2.2", 1200, true), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(err->code, ICMP_FRAG_NEEDED);
	assert_int_equal(err->info, 1000);
	assert_int_equal(r->drops[SKB_DROP_REASON_PKT_TOO_BIG], 1);
	/* Learned: now the sender itself refuses, for ten minutes. */
	assert_int_equal(tb_send(a, "10.0.2.2", 1200, true), -EMSGSIZE);
	assert_int_equal(tb_send(a, "10.0.2.2", 980, true), 0);
	tb_run(&tb, 599 * NSEC_PER_SEC);
	assert_int_equal(tb_send(a, "10.0.2.2", 1200, true), -EMSGSIZE);
	tb_run(&tb, 2 * NSEC_PER_SEC);
	assert_int_equal(tb_send(a, "10.0.2.2", 1200, true), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(err->count, 2);
	tb_exit(&tb);
}

/* RFC 6864: what may be fragmented has an identification of its own, what may not has none. */
static void test_identification(void **state)
{
	struct net *a, *b;
	struct sk_buff *skb;
	be16 id[3];

	(void)state;
	two_hosts(&a, &b);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tb_send(a, "10.0.0.2", 10, i == 2), 0);
		tb_run(&tb, NSEC_PER_MSEC);
		skb = tb_take(b);
		assert_non_null(skb);
		id[i] = ip_hdr(skb)->id;
		consume_skb(skb);
	}
	assert_int_not_equal(id[0], id[1]);
	assert_int_equal(id[2], 0);
	tb_exit(&tb);
}

static void test_pmtu_floor(void **state)
{
	struct net *a, *b;
	struct flowi4 fl = { .daddr = tb_ip("10.0.0.2") };
	struct rtable *rt;

	(void)state;
	two_hosts(&a, &b);
	assert_int_equal(ip_route_output(a, &fl, &rt), 0);
	assert_int_equal(dst_mtu(&rt->dst, fl.daddr), 1500);
	ip_rt_update_pmtu(a, fl.daddr, 100);
	assert_int_equal(dst_mtu(&rt->dst, fl.daddr), 552);
	ip_rt_update_pmtu(a, fl.daddr, 1400);		/* only time makes it larger */
	assert_int_equal(dst_mtu(&rt->dst, fl.daddr), 552);
	assert_int_equal(dst_mtu(&rt->dst, tb_ip("10.0.0.3")), 1500);
	dst_release(&rt->dst);
	tb_exit(&tb);
}

static void test_nexthop_unresolved(void **state)
{
	struct net *a, *b;
	struct tb_error *err;

	(void)state;
	two_hosts(&a, &b);
	err = &tb_host_of(a)->err;
	assert_int_equal(tb_send(a, "10.0.0.77", 100, true), 0);
	tb_run(&tb, 2900 * NSEC_PER_MSEC);
	assert_int_equal(err->count, 0);
	tb_run(&tb, 200 * NSEC_PER_MSEC);		/* three requests, a second each */
	assert_int_equal(err->count, 1);
	assert_int_equal(err->type, ICMP_DEST_UNREACH);
	assert_int_equal(err->code, ICMP_HOST_UNREACH);
	assert_int_equal(a->drops[SKB_DROP_REASON_NEIGH_FAILED], 1);
	tb_exit(&tb);
}

static void test_route_cache_goes_obsolete(void **state)
{
	struct net *a, *b;
	struct flowi4 fl = { .daddr = tb_ip("10.0.0.2") };
	struct rtable *rt, *again;

	(void)state;
	two_hosts(&a, &b);
	assert_int_equal(ip_route_output(a, &fl, &rt), 0);
	assert_int_equal(ip_route_output(a, &fl, &again), 0);
	assert_ptr_equal(rt, again);		/* nothing is allocated per packet */
	dst_release(&again->dst);
	assert_true(dst_check(&rt->dst));
	assert_int_equal(tb_try_route(a, "192.0.2.0/24", "10.0.0.2", NULL), 0);
	assert_false(dst_check(&rt->dst));
	/* Whoever holds it after its device is gone can only drop with it. */
	unregister_netdevice(tb_dev(a, "eth0"));
	skb_queue_purge_reason(&tb_host_of(a)->got, SKB_CONSUMED);
	{
		struct ip_xmit x = { .saddr = tb_ip("10.0.0.1"), .daddr = fl.daddr,
				     .protocol = TB_PROTO };
		struct sk_buff *skb = tb_packet(a, 10);

		skb_dst_set(skb, &rt->dst);
		ip_queue_xmit(a, skb, &x);
	}
	assert_int_equal(a->drops[SKB_DROP_REASON_IP_OUTNOROUTES], 1);
	tb_exit(&tb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delivers_on_link),
		cmocka_unit_test(test_own_address_goes_by_loopback),
		cmocka_unit_test(test_broadcast_reaches_all_and_self),
		cmocka_unit_test(test_multicast_is_for_members),
		cmocka_unit_test(test_forwards),
		cmocka_unit_test(test_forwarding_off),
		cmocka_unit_test(test_forwarding_per_device),
		cmocka_unit_test(test_ttl_runs_out),
		cmocka_unit_test(test_no_route),
		cmocka_unit_test(test_error_routes),
		cmocka_unit_test(test_protocol_unreachable),
		cmocka_unit_test(test_martians),
		cmocka_unit_test(test_rp_filter),
		cmocka_unit_test(test_header_checks),
		cmocka_unit_test(test_not_forwarded_from_link_broadcast),
		cmocka_unit_test(test_frag_needed_and_pmtu),
		cmocka_unit_test(test_identification),
		cmocka_unit_test(test_pmtu_floor),
		cmocka_unit_test(test_nexthop_unresolved),
		cmocka_unit_test(test_route_cache_goes_obsolete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* ARP as a peer sees it: what is asked, what is answered, what is learned, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/pneigh.h"
#include "net/ipv4/ip_testbed.h"
#include "wire/arp.h"

static struct testbed tb;
static struct net *net;
static struct net_device *dev;
static const u8 peer[6] = { 2, 0, 0, 0, 9, 9 }, other[6] = { 2, 0, 0, 0, 8, 8 };

static int setup(void **state)
{
	(void)state;
	net = tb_add(&tb, NULL);
	dev = bare_dev_create(net, "eth0", ether_setup);
	dev_open(dev);
	tb_addr(net, "eth0", "10.0.0.1/24");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tb_exit(&tb);
	return 0;
}

/* An ARP message arrives, in a frame to dst. */
static void receive(u16 op, const char *sip, const u8 *sha, const char *tip, const u8 *dst)
{
	u8 frame[42];
	struct eth_view eth = { .proto = ETH_P_ARP };
	struct arp_view v = { .op = op, .sip = tb_ip(sip), .tip = tb_ip(tip) };
	struct sk_buff *skb;

	ether_addr_copy(eth.dest, dst);
	ether_addr_copy(eth.source, peer);
	ether_addr_copy(v.sha, sha);
	eth_build(frame, &eth);
	arp_build(frame + ETH_HLEN, &v);
	skb = bare_rx_skb(dev, frame, sizeof(frame));
	skb->protocol = eth_type_trans(skb, dev);
	netif_receive_skb(skb);
}

/* The next ARP that was sent; false: none. dst: where the frame goes. */
static bool sent(struct arp_view *v, u8 *dst)
{
	struct sk_buff *skb = bare_dev_pop(dev);

	if (!skb)
		return false;
	assert_int_equal(get_be16(skb->data + 12), ETH_P_ARP);
	assert_int_equal(arp_parse(skb->data + ETH_HLEN, skb->len - ETH_HLEN, v), WIRE_OK);
	ether_addr_copy(dst, skb->data);
	consume_skb(skb);
	return true;
}

static struct neighbour *find(const char *ip)
{
	be32 key = tb_ip(ip);

	return neigh_lookup(&net->neigh->arp, &key, dev);
}

/* A host hears every request on its wire: what is not for it is no packet with a wrong address. */
static void test_others_requests_count_as_nothing(void **state)
{
	(void)state;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.3", dev->broadcast);
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "0.0.0.7", dev->broadcast);
	assert_int_equal(net->mib[MIB_IpInAddrErrors], 0);
	assert_int_equal(net->mib[MIB_IpExtInNoRoutes], 0);
}

static void test_asks_everybody_then_sends(void **state)
{
	struct arp_view v;
	struct sk_buff *skb;
	u8 dst[6];

	(void)state;
	assert_int_equal(tb_send(net, "10.0.0.2", 10, true), 0);
	assert_true(sent(&v, dst));
	assert_int_equal(v.op, ARPOP_REQUEST);
	assert_true(is_broadcast_ether_addr(dst));
	assert_int_equal(v.tip, tb_ip("10.0.0.2"));
	assert_int_equal(v.sip, tb_ip("10.0.0.1"));
	assert_memory_equal(v.sha, dev->dev_addr, 6);
	assert_true(is_zero_ether_addr(v.tha));
	assert_int_equal(bare_dev_sent(dev), 0);
	receive(ARPOP_REPLY, "10.0.0.2", peer, "10.0.0.1", dev->dev_addr);
	assert_int_equal(find("10.0.0.2")->nud_state, NUD_REACHABLE);
	skb = bare_dev_pop(dev);
	assert_memory_equal(skb->data, peer, 6);
	assert_int_equal(get_be16(skb->data + 12), ETH_P_IP);
	consume_skb(skb);
}

static void test_answers_and_learns_the_asker(void **state)
{
	struct arp_view v;
	u8 dst[6];

	(void)state;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.1", dev->broadcast);
	assert_true(sent(&v, dst));
	assert_int_equal(v.op, ARPOP_REPLY);
	assert_memory_equal(dst, peer, 6);
	assert_memory_equal(v.sha, dev->dev_addr, 6);
	assert_memory_equal(v.tha, peer, 6);
	assert_int_equal(v.sip, tb_ip("10.0.0.1"));
	assert_int_equal(v.tip, tb_ip("10.0.0.2"));
	assert_int_equal(find("10.0.0.2")->nud_state, NUD_STALE);	/* does it hear us? */
}

static void test_silent_for_others(void **state)
{
	(void)state;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.3", dev->broadcast);
	assert_int_equal(bare_dev_sent(dev), 0);
	assert_null(find("10.0.0.2"));		/* RFC 826: no new entry for what is not for us */
	inet_forward_change(net, true);
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.3", dev->broadcast);
	assert_int_equal(bare_dev_sent(dev), 0);
}

static void test_address_probe(void **state)
{
	struct arp_view v;
	u8 dst[6];

	(void)state;
	receive(ARPOP_REQUEST, "0.0.0.0", peer, "10.0.0.1", dev->broadcast);
	assert_true(sent(&v, dst));		/* RFC 5227: the address is taken */
	assert_int_equal(v.sip, tb_ip("10.0.0.1"));
	assert_int_equal(v.tip, 0);
	receive(ARPOP_REQUEST, "0.0.0.0", peer, "10.0.0.5", dev->broadcast);
	assert_false(sent(&v, dst));
	assert_int_equal(net->neigh->arp.entries, 0);
}

static void test_conflict_is_counted(void **state)
{
	(void)state;
	receive(ARPOP_REQUEST, "10.0.0.1", peer, "10.0.0.1", dev->broadcast);
	assert_int_equal(dev->ip_ptr->arp_conflicts, 1);
	assert_null(find("10.0.0.1"));
}

/* RFC 5227 2.4 b: defended once in ten seconds, then given up; c: kept. */
static void test_defence(void **state)
{
	struct arp_view v;
	u8 dst[6];

	(void)state;
	for (u8 mode = 1; mode <= 2; mode++) {
		dev->ip_ptr->arp_defend = mode;
		receive(ARPOP_REPLY, "10.0.0.1", peer, "10.0.0.9", dev->broadcast);
		assert_true(sent(&v, dst));
		assert_true(is_broadcast_ether_addr(dst));
		assert_true(v.sip == tb_ip("10.0.0.1") && v.tip == v.sip);
		bare_net_run_until(net, net->now + 10 * NSEC_PER_SEC);
		receive(ARPOP_REQUEST, "10.0.0.1", peer, "10.0.0.1", dev->broadcast);
		assert_true(sent(&v, dst));
		bare_net_run_until(net, net->now + 9 * NSEC_PER_SEC);
		receive(ARPOP_REQUEST, "10.0.0.1", peer, "10.0.0.9", dev->broadcast);
		assert_false(sent(&v, dst));
		assert_int_equal(inet_lookup_ifaddr(net, tb_ip("10.0.0.1")) != NULL, mode == 2);
		assert_int_equal(dev->ip_ptr->arp_conflicts, 3u * mode);
		if (mode == 1)
			tb_addr(net, "eth0", "10.0.0.1/24");
		bare_net_run_until(net, net->now + 10 * NSEC_PER_SEC);
		while (sent(&v, dst))
			;
	}
}

/* RFC 5227 2.3: twice, two seconds apart, when the address comes and when its device goes up. */
static void test_announcements(void **state)
{
	struct arp_view v;
	u8 dst[6];

	(void)state;
	dev->ip_ptr->arp_defend = 1;
	tb_addr(net, "eth0", "10.0.0.7/24");
	for (int i = 0; i < 2; i++) {
		bare_net_run_until(net, net->now + i * 2 * NSEC_PER_SEC);
		assert_true(sent(&v, dst));
		assert_true(v.op == ARPOP_REQUEST && v.sip == tb_ip("10.0.0.7") && v.tip == v.sip);
		assert_false(sent(&v, dst));
	}
	bare_net_run_until(net, net->now + 5 * NSEC_PER_SEC);
	assert_false(sent(&v, dst));
	dev_close(dev);
	dev_open(dev);
	bare_net_run_until(net, net->now + NSEC_PER_SEC);
	assert_int_equal(bare_dev_sent(dev), 2);
	assert_int_equal(inet_addr_del(dev, tb_ip("10.0.0.1"), 24), 0);
	assert_int_equal(bare_net_next(net), KTIME_MAX);	/* and nobody waits for them */
}

static void test_gratuitous_updates_who_is_known(void **state)
{
	(void)state;
	receive(ARPOP_REQUEST, "10.0.0.7", other, "10.0.0.7", dev->broadcast);
	assert_null(find("10.0.0.7"));		/* not known: not made (arp_accept 0) */
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.1", dev->broadcast);
	receive(ARPOP_REQUEST, "10.0.0.2", other, "10.0.0.2", dev->broadcast);
	assert_memory_equal(find("10.0.0.2")->ha, other, 6);
	dev->ip_ptr->arp_accept = true;
	receive(ARPOP_REQUEST, "10.0.0.7", other, "10.0.0.7", dev->broadcast);
	assert_non_null(find("10.0.0.7"));
}

/* Two answers at once (two machines with one address): the first one stays for a second. */
static void test_locktime(void **state)
{
	struct arp_view v;
	u8 dst[6];

	(void)state;
	tb_send(net, "10.0.0.2", 10, true);
	assert_true(sent(&v, dst));
	receive(ARPOP_REPLY, "10.0.0.2", peer, "10.0.0.1", dev->dev_addr);
	receive(ARPOP_REPLY, "10.0.0.2", other, "10.0.0.1", dev->dev_addr);
	assert_memory_equal(find("10.0.0.2")->ha, peer, 6);
	bare_net_run_until(net, 1001 * NSEC_PER_MSEC);
	receive(ARPOP_REPLY, "10.0.0.2", other, "10.0.0.1", dev->dev_addr);
	assert_memory_equal(find("10.0.0.2")->ha, other, 6);
}

/* The ready-made MAC header of the neighbour follows its address. */
static void test_packets_follow_a_new_address(void **state)
{
	struct sk_buff *skb;

	(void)state;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.1", dev->broadcast);
	consume_skb(bare_dev_pop(dev));
	for (int i = 0; i < 2; i++) {
		tb_send(net, "10.0.0.2", 10, true);
		skb = bare_dev_pop(dev);
		assert_non_null(skb);
		assert_memory_equal(skb->data, i ? other : peer, 6);
		consume_skb(skb);
		receive(ARPOP_REQUEST, "10.0.0.2", other, "10.0.0.2", dev->broadcast);
	}
}

/* arp_announce 2: asks with an address of the device, whatever the packet is from. */
static void test_arp_announce(void **state)
{
	static const char *const asks_with[] = { "10.9.9.1", "10.0.0.1", "10.0.0.1" };
	struct ip_xmit x = { .protocol = TB_PROTO, .saddr = tb_ip("10.9.9.1") };
	char target[] = "10.0.0.5";
	struct arp_view v;
	u8 dst[6];

	(void)state;
	tb_addr(net, "lo", "10.9.9.1/32");
	for (u8 i = 0; i < 3; i++, target[7]++) {
		dev->ip_ptr->arp_announce = i;
		x.daddr = tb_ip(target);
		assert_int_equal(tb_send_skb(net, tb_packet(net, 10), &x), 0);
		assert_true(sent(&v, dst));
		assert_int_equal(v.sip, tb_ip(asks_with[i]));
	}
}

static void test_malformed(void **state)
{
	static const u8 group[6] = { 1, 0, 0, 0, 0, 1 }, zero[6];
	u8 frame[42] = { 0 };
	struct eth_view eth = { .proto = ETH_P_ARP };
	struct sk_buff *skb;

	(void)state;
	receive(ARPOP_REQUEST, "10.0.0.2", group, "10.0.0.1", dev->broadcast);
	receive(ARPOP_REQUEST, "10.0.0.2", zero, "10.0.0.1", dev->broadcast);
	receive(ARPOP_REQUEST, "224.0.0.2", peer, "10.0.0.1", dev->broadcast);
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "127.0.0.1", dev->broadcast);
	receive(9, "10.0.0.2", peer, "10.0.0.1", dev->broadcast);
	assert_int_equal(net->drops[SKB_DROP_REASON_ARP_INVALID], 5);
	eth_broadcast_addr(eth.dest);
	ether_addr_copy(eth.source, peer);
	eth_build(frame, &eth);
	skb = bare_rx_skb(dev, frame, 30);	/* cut short */
	skb->protocol = eth_type_trans(skb, dev);
	netif_receive_skb(skb);
	assert_int_equal(net->drops[SKB_DROP_REASON_ARP_INVALID], 6);
	assert_int_equal(bare_dev_sent(dev), 0);
	assert_int_equal(net->neigh->arp.entries, 0);
}

static void test_arp_ignore(void **state)
{
	struct net_device *second = bare_dev_create(net, "eth1", ether_setup);
	struct arp_view v;
	u8 dst[6];

	(void)state;
	dev_open(second);
	tb_addr(net, "eth1", "10.1.0.1/24");
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.1.0.1", dev->broadcast);
	assert_true(sent(&v, dst));		/* Linux's default: any own address */
	dev->ip_ptr->arp_ignore = 1;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.1.0.1", dev->broadcast);
	assert_false(sent(&v, dst));
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.1", dev->broadcast);
	assert_true(sent(&v, dst));
	dev->ip_ptr->arp_ignore = 8;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.1", dev->broadcast);
	assert_false(sent(&v, dst));
	dev->ip_ptr->arp_ignore = 3;
	assert_int_equal(inet_addr_add(dev, tb_ip("10.7.0.1"), 24, 0, RT_SCOPE_LINK), 0);
	assert_int_equal(inet_addr_add(dev, tb_ip("10.8.0.1"), 24, 0, RT_SCOPE_HOST), 0);
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.7.0.1", dev->broadcast);
	assert_true(sent(&v, dst));
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.8.0.1", dev->broadcast);
	assert_false(sent(&v, dst));
}

/* arp_filter: answered only on the device by which the asker is reached. */
static void test_arp_filter(void **state)
{
	struct net_device *second = bare_dev_create(net, "eth1", ether_setup);
	struct arp_view v;
	u8 dst[6];

	(void)state;
	dev_open(second);
	tb_addr(net, "eth1", "10.1.0.1/24");
	net->ipv4->conf_all->arp_filter = true;
	receive(ARPOP_REQUEST, "10.1.0.2", peer, "10.0.0.1", dev->broadcast);
	assert_false(sent(&v, dst));
	assert_int_equal(net->mib[MIB_TcpExtArpFilter], 1);
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.1.0.1", dev->broadcast);
	assert_true(sent(&v, dst));
}

static void test_proxy(void **state)
{
	struct net_device *second = bare_dev_create(net, "eth1", ether_setup);
	struct arp_view v;
	u8 dst[6];

	(void)state;
	dev_open(second);
	tb_addr(net, "eth1", "10.1.0.1/24");
	inet_forward_change(net, true);
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.1.0.9", dev->broadcast);
	assert_false(sent(&v, dst));
	dev->ip_ptr->proxy_arp = true;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.1.0.9", dev->dev_addr);
	assert_true(sent(&v, dst));		/* it was asked alone: at once */
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.1.0.9", dev->broadcast);
	assert_false(sent(&v, dst));		/* who has the address goes first */
	bare_net_run_until(net, 800 * NSEC_PER_MSEC);
	assert_true(sent(&v, dst));
	assert_int_equal(v.sip, tb_ip("10.1.0.9"));
	assert_memory_equal(v.sha, dev->dev_addr, 6);
	dev->ip_ptr->medium_id = second->ip_ptr->medium_id = 1;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.1.0.9", dev->dev_addr);
	assert_false(sent(&v, dst));		/* they hear each other */
}

static void test_proxy_of_one_address(void **state)
{
	struct net_device *second = bare_dev_create(net, "eth1", ether_setup);
	struct neigh_table *tbl = &net->neigh->arp;
	be32 key = tb_ip("10.1.0.9");
	struct arp_view v;
	u8 dst[6];

	(void)state;
	dev_open(second);
	tb_addr(net, "eth1", "10.1.0.1/24");
	inet_forward_change(net, true);
	assert_non_null(pneigh_create(tbl, &key, dev));
	dev->arp_parms->proxy_delay_ms = 0;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.1.0.9", dev->broadcast);
	assert_true(sent(&v, dst));
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.1.0.8", dev->broadcast);
	assert_false(sent(&v, dst));
	assert_int_equal(pneigh_delete(tbl, &key, NULL), -ENOENT);
	assert_int_equal(pneigh_delete(tbl, &key, dev), 0);
	assert_non_null(pneigh_create(tbl, &key, NULL));	/* asked on whichever device */
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.1.0.9", dev->broadcast);
	assert_true(sent(&v, dst));
}

/* Those that wait are proxy_qlen + 1 of a device at most, and go with it. */
static void test_proxied_questions_are_bounded(void **state)
{
	struct net_device *second = bare_dev_create(net, "eth1", ether_setup);

	(void)state;
	dev_open(second);
	tb_addr(net, "eth1", "10.1.0.1/24");
	inet_forward_change(net, true);
	dev->ip_ptr->proxy_arp = true;
	dev->arp_parms->proxy_qlen = 3;
	for (int i = 0; i < 10; i++)
		receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.1.0.9", dev->broadcast);
	assert_int_equal(net->neigh->arp.proxy_queue.qlen, 4);
	assert_int_equal(net->drops[SKB_DROP_REASON_NEIGH_QUEUEFULL], 6);
	dev_close(dev);
	assert_int_equal(net->neigh->arp.proxy_queue.qlen, 0);
	assert_int_equal(net->drops[SKB_DROP_REASON_NEIGH_DEAD], 4);
}

/* RFC 3069: neighbours that do not hear each other reach each other through the router. */
static void test_proxy_pvlan(void **state)
{
	struct arp_view v;
	u8 dst[6];

	(void)state;
	inet_forward_change(net, true);
	dev->arp_parms->proxy_delay_ms = 0;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.3", dev->broadcast);
	assert_false(sent(&v, dst));
	dev->ip_ptr->proxy_arp_pvlan = true;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.3", dev->broadcast);
	assert_true(sent(&v, dst));
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.2", dev->broadcast);
	assert_false(sent(&v, dst));
}

/* arp_accept 2: of the device's own subnet only. */
static void test_arp_accept(void **state)
{
	(void)state;
	dev->ip_ptr->arp_accept = 2;
	receive(ARPOP_REQUEST, "10.9.0.7", peer, "10.9.0.7", dev->broadcast);
	assert_null(find("10.9.0.7"));
	receive(ARPOP_REQUEST, "10.0.0.7", peer, "10.0.0.7", dev->broadcast);
	assert_int_equal(find("10.0.0.7")->nud_state, NUD_STALE);
	dev->ip_ptr->arp_accept = 1;
	receive(ARPOP_REPLY, "10.9.0.7", peer, "10.0.0.1", dev->dev_addr);
	assert_int_equal(find("10.9.0.7")->nud_state, NUD_REACHABLE);
}

static void test_drop_gratuitous_arp(void **state)
{
	(void)state;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.1", dev->broadcast);
	dev->ip_ptr->drop_gratuitous_arp = true;
	receive(ARPOP_REQUEST, "10.0.0.2", other, "10.0.0.2", dev->broadcast);
	assert_memory_equal(find("10.0.0.2")->ha, peer, 6);
	assert_int_equal(net->drops[SKB_DROP_REASON_ARP_INVALID], 1);
}

/* arp_notify: a device that comes up, or has a new MAC, says who is there. */
static void test_arp_notify(void **state)
{
	static const u8 mac[6] = { 2, 0, 0, 0, 7, 7 };
	struct arp_view v;
	u8 dst[6];

	(void)state;
	tb_addr(net, "eth0", "10.0.0.7/24");
	assert_int_equal(bare_dev_sent(dev), 0);
	dev->ip_ptr->arp_notify = true;
	dev_close(dev);
	dev_open(dev);
	for (int i = 0; i < 2; i++) {
		assert_true(sent(&v, dst));
		assert_int_equal(v.op, ARPOP_REQUEST);
		assert_int_equal(v.sip, tb_ip(i ? "10.0.0.7" : "10.0.0.1"));
		assert_int_equal(v.tip, v.sip);
		assert_true(is_broadcast_ether_addr(dst));
		assert_true(is_zero_ether_addr(v.tha));
	}
	assert_int_equal(dev_set_mac_address(dev, mac), 0);
	assert_true(sent(&v, dst));
	assert_memory_equal(v.sha, mac, 6);
	assert_true(sent(&v, dst));
	assert_false(sent(&v, dst));
}

static void test_carrier_loss_forgets(void **state)
{
	(void)state;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.1", dev->broadcast);
	assert_non_null(find("10.0.0.2"));
	netif_carrier_off(dev);
	assert_null(find("10.0.0.2"));
	netif_carrier_on(dev);
	dev->ip_ptr->arp_evict_nocarrier = false;
	receive(ARPOP_REQUEST, "10.0.0.2", peer, "10.0.0.1", dev->broadcast);
	netif_carrier_off(dev);
	assert_non_null(find("10.0.0.2"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_asks_everybody_then_sends), T(test_answers_and_learns_the_asker),
		T(test_silent_for_others),
		T(test_others_requests_count_as_nothing), T(test_address_probe),
		T(test_conflict_is_counted),
		T(test_defence), T(test_announcements),
		T(test_gratuitous_updates_who_is_known), T(test_locktime), T(test_malformed),
		T(test_packets_follow_a_new_address), T(test_arp_announce),
		T(test_arp_ignore), T(test_arp_filter), T(test_proxy),
		T(test_proxy_of_one_address), T(test_proxied_questions_are_bounded),
		T(test_proxy_pvlan), T(test_arp_accept), T(test_drop_gratuitous_arp),
		T(test_arp_notify), T(test_carrier_loss_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

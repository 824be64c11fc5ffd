/* SPDX-License-Identifier: MIT */
/*
 * Frames that go straight from one card to another (device/straight.h) leave as they would by the
 * long way. Of two routers, or bridges, that get the same random frames one has a rule that lets
 * everything pass, so nothing of it goes straight: what leaves is compared byte by byte and in
 * order, and so are counters, drops, neighbours and what the bridge has learned.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "stack_twins.h"

#define BURSTS 400

static struct frame in[BURST_MAX];

/* ---- machines ---- */

static void make_router(struct scene *s)
{
	both(s, "ip addr add 10.0.0.254/24 dev eth0");
	both(s, "ip addr add 10.1.0.254/24 dev eth1");
	both(s, "ip addr add 10.2.0.254/24 dev eth2");
	both(s, "sysctl -w net.ipv4.ip_forward=1");
	both(s, "ip link set eth0 up");
	both(s, "ip link set eth1 up");
	both(s, "ip link set eth2 up");
	both(s, "ip neigh add 10.1.0.1 lladdr 02:00:00:00:01:01 dev eth1");
	both(s, "ip neigh add 10.1.0.2 lladdr 02:00:00:00:01:02 dev eth1");
	both(s, "ip neigh add 10.2.0.1 lladdr 02:00:00:00:02:01 dev eth2");
	both(s, "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0");
	both(s, "ip route add 20.0.0.0/24 via 10.1.0.1");
	both(s, "ip route add 20.0.1.0/24 via 10.2.0.1");
	both(s, "ip route add 20.0.2.0/24 via 10.1.0.3");	/* who does not answer */
	both(s, "ip route add 20.0.3.0/24 via 10.0.0.9");	/* back: a redirect */
	both(s, "ip route add prohibit 20.0.4.0/24");
	both(s, "ip route add 20.0.5.0/24 via 10.2.0.1 mtu 800");
	both(s, "sysctl -w net.ipv6.conf.all.disable_ipv6=0");
	both(s, "sysctl -w net.ipv6.conf.all.forwarding=1");
	both(s, "ip addr add fd00:0::fe/32 dev eth0 nodad");
	both(s, "ip addr add fd00:1::fe/32 dev eth1 nodad");
	both(s, "ip addr add fd00:2::fe/32 dev eth2 nodad");
	both(s, "ip neigh add fd00:1::1 lladdr 02:00:00:00:01:01 dev eth1");
	both(s, "ip neigh add fd00:2::1 lladdr 02:00:00:00:02:01 dev eth2");
	both(s, "ip neigh add fd00:0::9 lladdr 02:00:00:00:00:09 dev eth0");
	both(s, "ip route add fd00:a::/32 via fd00:1::1");
	both(s, "ip route add fd00:b::/32 via fd00:2::1");
	both(s, "ip route add fd00:c::/32 via fd00:1::3");	/* who does not answer */
	both(s, "ip route add fd00:d::/32 via fd00:0::9");	/* back */
	both(s, "ip route add prohibit fd00:e::/32");
	both(s, "ip route add fd00:f::/32 via fd00:2::1 mtu 1400");
}

static void make_bridge(struct scene *s)
{
	both(s, "ip link add br0 type bridge");
	for (u32 i = 0; i < CARDS; i++) {
		char cmd[64];

		snprintf(cmd, sizeof(cmd), "ip link set eth%u master br0", i);
		both(s, cmd);
		snprintf(cmd, sizeof(cmd), "ip link set eth%u up", i);
		both(s, cmd);
	}
	both(s, "ip link set br0 up");
	both(s, "ip addr add 10.0.0.254/24 dev br0");
}

static void scene_begin(struct scene *s, u64 seed, bool bridge)
{
	*s = (struct scene){ .now = 40 * PAIR_SEC, .bridge = bridge };
	prng_init(&s->r, seed);
	for (u32 i = 0; i < 2; i++)
		box_create(&s->box[i]);
	(bridge ? make_bridge : make_router)(s);
	if (seed % 2)		/* what GRO looks at goes straight, too */
		both(s, "ethtool -K eth0 gro off");
	take_the_long_way(&s->box[1]);
	for (u32 i = 0; i < 2; i++)
		ln_net_run(s->box[i].net, s->now);
}

/* ---- frames ---- */

static void fix_header(struct iphdr *iph)
{
	if (iph_hlen(iph) >= IPV4_HLEN)
		ip_send_check(iph);
}

static void add_tag(struct frame *f, struct prng *r)
{
	memmove(f->data + 16, f->data + 12, f->len - 12);
	put_be16(f->data + 12, ETH_P_8021Q);
	put_be16(f->data + 14, (u16)rnd(r, 3));
	f->len += 4;
}

/* Six behind each card, of whom one moves now and then. */
static void stations(struct frame *f, struct prng *r, u32 card)
{
	if (!one_in(r, 12)) {
		f->data[4] = (u8)rnd(r, CARDS);
		f->data[5] = (u8)(0x10 + rnd(r, 6));
	}
	f->data[10] = (u8)(one_in(r, 200) ? rnd(r, CARDS) : card);
	f->data[11] = (u8)(one_in(r, 60) ? 0 : 0x10 + rnd(r, 6));
}

/* What a router has to do, and no more. */
static void plain(struct frame *f, struct prng *r)
{
	struct ipv4_view v = {
		.tot_len = (u16)(28 + rnd(r, 600)), .hlen = IPV4_HLEN, .tos = (u8)rnd(r, 4),
		.ttl = 9,
		.protocol = IP_PROTO_UDP, .saddr = INET_ADDR4(10, 0, 0, 9 + rnd(r, 2)),
		.daddr = INET_ADDR4(20, 0, rnd(r, 2), rnd(r, 4)),
	};
	struct ipv6_view v6 = {
		.payload_len = (u16)rnd(r, 600), .nexthdr = IP_PROTO_UDP, .hop_limit = 9,
		.saddr = ula(0, 9), .daddr = ula(10 + rnd(r, 2), 1 + rnd(r, 3)),
	};
	bool ip6 = one_in(r, 3);

	memset(f->data + ETH_HLEN, (int)rnd(r, 256), 700);
	if (ip6)
		ipv6_build(f->data + ETH_HLEN, &v6);
	else
		ipv4_build(f->data + ETH_HLEN, &v);
	put_be16(f->data + 12, ip6 ? ETH_P_IPV6 : ETH_P_IP);
	f->len = ETH_HLEN + (ip6 ? IPV6_HLEN + v6.payload_len : v.tot_len) + rnd(r, 2) * 9;
}

/* any_frame(), and what only matters here: TCP, fragments, ECN, tags. */
static void mutated(struct frame *f, struct prng *r)
{
	struct iphdr *iph = (void *)(f->data + ETH_HLEN);

	if (one_in(r, 4)) {
		datagram6(f, r);
		put_be16(f->data + 12, ETH_P_IPV6);
	}
	if (get_be16(f->data + 12) == ETH_P_IP && one_in(r, 3)) {
		iph->tos = (u8)rnd(r, 256);
		if (one_in(r, 4))
			iph->protocol = IP_PROTO_TCP;
		if (one_in(r, 6))
			iph->frag_off = cpu_to_be16((u16)(rnd(r, 2) * IP_MF + rnd(r, 3)));
		if (one_in(r, 4))
			iph->daddr = INET_ADDR4(10, 2, 0, 1 + rnd(r, 6));
		fix_header(iph);
	}
	if (one_in(r, 25) && f->len + 4 <= FRAME_MAX)
		add_tag(f, r);
}

static void varied(struct scene *s, u32 i, u32 card, u16 id)
{
	struct frame *f = &in[i];
	struct prng *r = &s->r;

	any_frame(in, i, r, s->bridge, id);
	if (!one_in(r, 5))
		plain(f, r);
	else
		mutated(f, r);
	if (s->bridge)
		stations(f, r, card);
	else if (!one_in(r, 20))
		memcpy(f->data, (u8[6]){ 2, 0, 0, 0, 0, (u8)(1 + card) }, 6);
}

/* ---- what happens beside ---- */

/* Somebody behind eth2 says where he is, and who he is. */
static void neighbour_speaks(struct scene *s)
{
	struct arp_view v = { .op = 2, .sip = INET_ADDR4(10, 2, 0, 1 + rnd(&s->r, 6)),
			      .tip = INET_ADDR4(10, 2, 0, 254) };
	struct frame f = { .len = 0 };

	memcpy(v.sha, "\2\0\0\0\2\1", 6);
	v.sha[5] = (u8)(1 + rnd(&s->r, 6));
	memcpy(v.tha, "\2\0\0\0\0\3", 6);
	memcpy(f.data, v.tha, 6);
	memcpy(f.data + 6, v.sha, 6);
	put_be16(f.data + 12, ETH_P_ARP);
	f.len = (u32)(ETH_HLEN + arp_build(f.data + ETH_HLEN, &v));
	for (u32 i = 0; i < 2; i++)
		ln_nic_receive(s->box[i].nic[2], f.data, f.len);
}

static const char *const router_events[][2] = {
	{ "ip route change 20.0.0.0/24 via 10.2.0.1", "ip route change 20.0.0.0/24 via 10.1.0.1" },
	{ "ethtool -K eth0 gro off", "ethtool -K eth0 gro on" },
	{ "sysctl -w net.ipv4.ip_forward=0", "sysctl -w net.ipv4.ip_forward=1" },
	{ "sysctl -w net.ipv4.conf.all.rp_filter=1", "sysctl -w net.ipv4.conf.all.rp_filter=0" },
	{ "ip link set eth2 mtu 600", "ip link set eth2 mtu 1500" },
	{ "ip rule add from 10.0.0.9 prohibit", "ip rule del from 10.0.0.9 prohibit" },
	{ "tc qdisc replace dev eth2 root fq_codel", "tc qdisc replace dev eth2 root pfifo" },
	{ "ip addr add 20.0.1.2/32 dev eth0", "ip addr del 20.0.1.2/32 dev eth0" },
	{ "ip neigh replace 10.2.0.1 lladdr 02:00:00:00:02:09 dev eth2",
	  "ip neigh replace 10.2.0.1 lladdr 02:00:00:00:02:01 dev eth2 nud stale" },
	{ "sysctl -w net.ipv6.conf.all.forwarding=0", "sysctl -w net.ipv6.conf.all.forwarding=1" },
	{ "ip -6 rule add from fd00::9 prohibit", "ip -6 rule del from fd00::9 prohibit" },
	{ "ip route add fd00:b::/64 nexthop via fd00:1::1 nexthop via fd00:2::1",
	  "ip route del fd00:b::/64" },
	{ "ip neigh replace fd00:2::1 lladdr 02:00:00:00:02:09 dev eth2 nud stale",
	  "ip neigh replace fd00:2::1 lladdr 02:00:00:00:02:01 dev eth2" },
	{ "ip route add 20.0.0.0/25 nexthop via 10.1.0.1 nexthop via 10.2.0.1",
	  "ip route del 20.0.0.0/25" },
};

static const char *const bridge_events[][2] = {
	{ "bridge link set dev eth1 learning off", "bridge link set dev eth1 learning on" },
	{ "bridge link set dev eth0 isolated on", "bridge link set dev eth0 isolated off" },
	{ "bridge link set dev eth1 isolated on", "bridge link set dev eth1 isolated off" },
	{ "ip link set br0 type bridge vlan_filtering 1",
	  "ip link set br0 type bridge vlan_filtering 0" },
	{ "ip link set br0 promisc on", "ip link set br0 promisc off" },
	{ "bridge fdb add 02:00:00:00:01:03 dev eth2 master static",
	  "bridge fdb del 02:00:00:00:01:03 dev eth2 master" },
	{ "ip link set br0 type bridge ageing_time 0",
	  "ip link set br0 type bridge ageing_time 30000" },
	{ "ip link set eth2 down", "ip link set eth2 up" },
	{ "ethtool -K eth0 gro off", "ethtool -K eth0 gro on" },
};

static void something_happens(struct scene *s)
{
	u32 of = (u32)(s->bridge ? sizeof(bridge_events) / sizeof(bridge_events[0]) :
				   sizeof(router_events) / sizeof(router_events[0]));
	u32 i = rnd(&s->r, of);
	bool *is = &s->done[i];

	if (!s->bridge && one_in(&s->r, 2))
		neighbour_speaks(s);
	if (one_in(&s->r, 20))
		for (u32 b = 0; b < 2; b++)
			ln_nic_set_carrier(s->box[b].nic[1 + *is], false);
	both(s, (s->bridge ? bridge_events : router_events)[i][*is]);
	*is = !*is;
}

/* Nothing stays for long as it was not at first. */
static void all_is_well_again(struct scene *s)
{
	for (u32 i = 0; i < 16; i++)
		if (s->done[i])
			both(s, (s->bridge ? bridge_events : router_events)[i][1]);
	memset(s->done, 0, sizeof(s->done));
	for (u32 b = 0; b < 2; b++)
		for (u32 card = 1; card < CARDS; card++)
			ln_nic_set_carrier(s->box[b].nic[card], true);
}

/* ---- bursts ---- */

static void one_burst(struct scene *s, u32 burst)
{
	u32 count = one_in(&s->r, 5) ? 1 : 1 + rnd(&s->r, BURST_MAX);
	bool slow = one_in(&s->r, 4);

	for (u32 i = 0; i < count; i++) {
		u32 card = one_in(&s->r, 6) ? 1 + rnd(&s->r, 2) : 0;

		varied(s, i, card, (u16)(burst * 64 + i));
		for (u32 b = 0; b < 2; b++)
			ln_nic_receive(s->box[b].nic[card], in[i].data, in[i].len);
	}
	run(s, 0, slow);
	run(s, 1, slow);
	compare(s);
}

static void straight_as_by_the_long_way(u64 seed, bool bridge)
{
	struct scene s;

	scene_begin(&s, seed, bridge);
	for (u32 burst = 0; burst < BURSTS; burst++, s.now += 10 * PAIR_MS) {
		if (one_in(&s.r, 12))
			something_happens(&s);
		if (one_in(&s.r, 6))
			all_is_well_again(&s);
		one_burst(&s, burst);
		if (burst % 16 == 0)
			same_text(&s, bridge ? "bridge -s fdb show" : "ip -s neigh show");
	}
	assert_true(s.sent > 5000 && s.passed > s.sent / 8);
	scene_end(&s);
}

static void a_router_passes_frames_on_as_its_packets(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 6; seed++)
		straight_as_by_the_long_way(seed, false);
}

static void a_bridge_passes_frames_on_as_its_packets(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 6; seed++)
		straight_as_by_the_long_way(seed, true);
}

static const u8 *datagram_to(be32 daddr, u32 len)
{
	struct ipv4_view v = {
		.tot_len = (u16)(28 + len), .hlen = IPV4_HLEN, .ttl = 9,
		.protocol = IP_PROTO_UDP, .saddr = INET_ADDR4(10, 0, 0, 9), .daddr = daddr,
	};
	u8 *f = in[0].data, *udp = f + ETH_HLEN + IPV4_HLEN;

	memcpy(f, (u8[12]){ 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9 }, 12);
	put_be16(f + 12, ETH_P_IP);
	memset(udp, (int)len, 8 + len);
	ipv4_build(f + ETH_HLEN, &v);
	put_be16(udp + 2, 4000);
	put_be16(udp + 4, (u16)(8 + len));
	put_be16(udp + 6, 0);
	in[0].len = ETH_HLEN + v.tot_len;
	return udp;
}

/* A frame without an sk_buff is handed over: its header copied, the rest shared. */
static void what_goes_straight_crosses_a_cable(void **state)
{
	struct ln_sockaddr_in any = { .sin_family = LN_AF_INET, .sin_port = cpu_to_be16(4000) };
	static const u32 lens[] = { 20, 100, 101, 1000 };
	struct ln_nic *nic;
	struct scene s;
	struct box host = { 0 };
	struct ln_net_params np;
	u8 got[1500];
	int fd;

	(void)state;
	scene_begin(&s, 1, false);
	ln_net_params_init(&np);
	np.start_ns = s.now;
	host.net = ln_net_create(&np);
	nic = ln_nic_create(host.net, &(struct ln_nic_params){ .mac = { 2, 0, 0, 0, 1, 1 } });
	ctl(&host, "ip addr add 10.1.0.1/24 dev eth0");
	ctl(&host, "ip link set eth0 up");
	fd = ln_socket(host.net, LN_AF_INET, LN_SOCK_DGRAM, 0);
	assert_int_equal(ln_bind(host.net, fd, &any, sizeof(any)), 0);
	assert_int_equal(ln_nic_connect(s.box[0].nic[1], nic), 0);
	for (u32 i = 0; i < 4; i++) {
		const u8 *udp = datagram_to(INET_ADDR4(10, 1, 0, 1), lens[i]);

		for (u32 again = 0; again < 2; again++) {
			ln_nic_receive(s.box[0].nic[0], in[0].data, in[0].len);
			ln_net_run(s.box[0].net, ++s.now);
			ln_nic_cable_run(nic);
			ln_net_run(host.net, s.now);
			assert_int_equal(ln_recv(host.net, fd, got, sizeof(got), 0), lens[i]);
			assert_memory_equal(got, udp + 8, lens[i]);
		}
	}
	/* For the first of all the route was made. */
	assert_int_equal(dev_get_by_name(net_of(s.box[0].net), "eth0")->nic->stats.rx_straight, 7);
	ln_close(host.net, fd);
	box_end(host.net);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_router_passes_frames_on_as_its_packets),
		cmocka_unit_test(a_bridge_passes_frames_on_as_its_packets),
		cmocka_unit_test(what_goes_straight_crosses_a_cable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * GRO and GSO in a whole instance: whatever comes in leaves as it came. Random segments of both
 * families go through
 * a router or a bridge twice, with GRO and without; what leaves is compared byte by byte, flow by
 * flow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device/gro.h"
#include "stack_pair.h"
#include "stack_random.h"
#include "wire/eth.h"
#include "wire/flow_keys.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

#define FLOWS 10
#define FRAMES_MAX 64

struct flow {
	u32 seq, ack;
	u16 id, window;
	u8 ttl, tos, flags, optlen;
	bool fixed_id, df, may_df, ae;
	bool v6;
	u8 ext[16], extlen;	/* IPv6: destination options */
	u32 label;
	u32 mss;
	u8 opt[40];
};

struct box {			/* what frames pass through */
	struct ln_net *net;
	struct ln_nic *nic[2];
};

static const u8 mac_in[6] = { 2, 0, 0, 0, 0, 1 }, mac_out[6] = { 2, 0, 0, 0, 0, 2 };
static const u8 mac_from[6] = { 2, 0, 0, 0, 0, 3 }, mac_to[6] = { 2, 0, 0, 0, 0, 4 };

static void ctl(struct box *b, const char *cmd)
{
	box_ctl(b->net, cmd);
}

static void ipv6_on(struct box *b)
{
	ctl(b, "sysctl -w net.ipv6.conf.all.disable_ipv6=0");
	ctl(b, "ip addr add fd00::fe/64 dev eth0");
	ctl(b, "ip addr add fd01::fe/64 dev eth1");
	ctl(b, "sysctl -w net.ipv6.conf.all.forwarding=1");
}

static void box_create(struct box *b, bool bridge, bool gro, u32 mtu_out)
{
	u8 greeting[FRAME_MAX];		/* what a machine says of itself when it gets addresses */

	b->net = box_net();
	for (u32 i = 0; i < 2; i++) {
		struct ln_nic_params params = { .rx_ring = 256, .tx_ring = 4096,
						.mtu = i ? mtu_out : 1500 };

		memcpy(params.mac, i ? mac_out : mac_in, 6);
		b->nic[i] = box_nic(b->net, &params);
	}
	if (!gro)
		ctl(b, "ethtool -K eth0 gro off");
	if (bridge) {
		ctl(b, "ip link add br0 type bridge");
		ctl(b, "ip link set eth0 master br0");
		ctl(b, "ip link set eth1 master br0");
		ctl(b, "ip link set br0 up");
	} else {
		ctl(b, "ip addr add 10.0.0.254/24 dev eth0");
		ctl(b, "ip addr add 10.1.0.254/24 dev eth1");
		ctl(b, "sysctl -w net.ipv4.ip_forward=1");
		if (mtu_out >= IPV6_MIN_MTU)
			ipv6_on(b);
	}
	ctl(b, "ip link set eth0 up");
	ctl(b, "ip link set eth1 up");
	if (!bridge)
		ctl(b, "ip neigh add 10.1.0.1 lladdr 02:00:00:00:00:04 dev eth1");
	if (!bridge && mtu_out >= IPV6_MIN_MTU)
		ctl(b, "ip neigh add fd01::1 lladdr 02:00:00:00:00:04 dev eth1");
	ln_net_run(b->net, 40 * PAIR_SEC);	/* the bridge's ports are forwarding */
	while (ln_nic_transmit(b->nic[1], greeting, sizeof(greeting)) > 0)
		ln_net_run(b->net, 40 * PAIR_SEC);
}

static void box_destroy(struct box *b)
{
	box_end(b->net);
}

/* ---- segments ---- */

static void flow_init(struct flow *f, struct prng *r, bool may_df, bool v6)
{
	static const u8 ts[12] = { 1, 1, 8, 10, 0, 0, 1, 2, 0, 0, 3, 4 };

	*f = (struct flow){
		.seq = one_in(r, 3) ? 0u - rnd(r, 20000) : prng_u32(r), .ack = prng_u32(r),
		.id = (u16)prng_u32(r), .window = (u16)prng_u32(r), .ttl = (u8)(2 + rnd(r, 200)),
		.tos = (u8)rnd(r, 4), .flags = TCPHDR_ACK, .optlen = one_in(r, 3) ? 0 : 12,
		.fixed_id = rnd(r, 2), .df = may_df && rnd(r, 2), .may_df = may_df,
		.mss = 1 + rnd(r, 1400), .v6 = v6,
		.ext = { IP_PROTO_TCP, 0, 1, 4, 0, 0, 0, 0, 1, 6 },
	};
	if (v6 && one_in(r, 3))
		f->extlen = 8;
	memcpy(f->opt, ts, sizeof(ts));
}

/* Something that sets this segment apart from the one before it, or follows on it no more. */
static void disturb(struct flow *f, struct prng *r)
{
	switch (rnd(r, f->v6 ? 16 : 13)) {
	case 0: f->seq += rnd(r, 3); break;
	case 1: f->ack++; break;
	case 2: f->window++; break;
	case 3: f->ttl ^= 1; f->ttl |= 2; break;
	case 4: f->tos ^= 1; break;
	case 5: f->flags ^= one_in(r, 2) ? TCPHDR_ECE : TCPHDR_CWR; break;
	case 6: f->opt[7]++; break;
	case 7: f->id = (u16)(f->id + 3); break;
	case 8: f->fixed_id = !f->fixed_id; break;
	case 9: f->df ^= f->may_df; break;
	case 11: f->ae = !f->ae; break;
	case 10: f->mss = 1 + rnd(r, 1400); break;
	case 13: f->label ^= 1; break;
	case 14: f->ext[4] ^= 1; break;
	case 15: f->extlen = (u8)(8 * rnd(r, 3)); f->ext[1] = f->extlen > 8; break;
	default: f->optlen = f->optlen ? 0 : 12; break;
	}
}

/* The headers before TCP, which has len bytes with its payload; how long they are. */
static u32 put_network(u8 *p, const struct flow *f, u32 len)
{
	const struct ipv6_view v = {
		.tclass = f->tos, .flowlabel = f->label, .payload_len = (u16)(f->extlen + len),
		.nexthdr = f->extlen ? NEXTHDR_DEST : IP_PROTO_TCP, .hop_limit = f->ttl,
		.saddr.s6_addr = { 0xfd, [15] = 1 }, .daddr.s6_addr = { 0xfd, 1, [15] = 1 },
	};

	if (f->v6) {
		memcpy(p + ipv6_build(p, &v), f->ext, f->extlen);
		return IPV6_HLEN + f->extlen;
	}
	iph_write((void *)p, f->tos, (u16)(IPV4_HLEN + len), cpu_to_be16(f->id),
		  f->df ? CONST_BE16(IP_DF) : 0, f->ttl, IP_PROTO_TCP, INET_ADDR4(10, 0, 0, 1),
		  INET_ADDR4(10, 1, 0, 1));
	return IPV4_HLEN;
}

static be16 tcp_check(const u8 *nh, const struct tcphdr *th, u32 len)
{
	const struct ipv6hdr *h = (const void *)nh;
	const struct iphdr *iph = (const void *)nh;
	wsum sum = csum_partial(th, len, 0);

	return ip6_version(h) == 6 ? csum_ipv6_magic(&h->saddr, &h->daddr, len, IP_PROTO_TCP, sum) :
				     tcp_v4_check(len, iph->saddr, iph->daddr, sum);
}

static void segment(struct frame *out, struct flow *f, u32 which, struct prng *r)
{
	u32 hlen = TCP_HLEN + f->optlen, n = one_in(r, 12) ? rnd(r, f->mss + 1) : f->mss;
	struct ethhdr *eth = (void *)out->data;
	u32 nhlen = put_network((u8 *)(eth + 1), f, hlen + n);
	struct tcphdr *th = (void *)((u8 *)(eth + 1) + nhlen);
	u8 flags = f->flags, *payload = (u8 *)th + hlen;

	ether_addr_copy(eth->h_dest, mac_in);
	ether_addr_copy(eth->h_source, mac_from);
	eth->h_proto = cpu_to_be16(f->v6 ? ETH_P_IPV6 : ETH_P_IP);
	if (one_in(r, 10))
		flags |= (u8)(one_in(r, 2) ? TCPHDR_PSH : one_in(r, 2) ? TCPHDR_FIN : TCPHDR_CWR);
	if (one_in(r, 60))
		flags |= (u8)(1u << rnd(r, 8));
	*th = (struct tcphdr){
		.source = cpu_to_be16((u16)(1000 + which)), .dest = cpu_to_be16(80),
		.seq = cpu_to_be32(f->seq), .ack_seq = cpu_to_be32(f->ack), .flags = flags,
		.window = cpu_to_be16(f->window),
	};
	tcph_set_hlen(th, hlen);
	th->doff_res |= f->ae;	/* the AE flag */
	memcpy(th + 1, f->opt, f->optlen);
	for (u32 i = 0; i < n; i++)
		payload[i] = (u8)prng_u32(r);
	th->check = tcp_check((u8 *)(eth + 1), th, hlen + n);
	if (one_in(r, 40))
		th->check ^= 0x1111;
	out->len = ETH_HLEN + nhlen + hlen + n;
	if (out->len < ETH_ZLEN && one_in(r, 2)) {
		memset(out->data + out->len, 0, ETH_ZLEN - out->len);
		out->len = ETH_ZLEN;
	}
	f->seq += n;
	f->id = (u16)(f->id + !f->fixed_id);
}

static u32 burst(struct frame *frames, struct flow *flows, struct prng *r, u32 nflows)
{
	u32 n = 1 + rnd(r, FRAMES_MAX), which = 0;

	for (u32 i = 0; i < n; i++) {
		if (one_in(r, 4))
			which = rnd(r, nflows);
		if (one_in(r, 16))
			disturb(&flows[which], r);
		segment(&frames[i], &flows[which], which, r);
	}
	return n;
}

/* ---- there and through ---- */

static struct frame in[FRAMES_MAX], out[2][4096];

static u32 pass(struct box *b, u32 n, bool bridge, struct frame *to)
{
	u32 came = 0;
	ptrdiff_t len;

	for (u32 i = 0; i < n; i++) {
		if (bridge)
			ether_addr_copy(in[i].data, mac_to);
		assert_int_equal(ln_nic_receive(b->nic[0], in[i].data, in[i].len), 0);
	}
	ln_net_run(b->net, 41 * PAIR_SEC);
	while ((len = ln_nic_transmit(b->nic[1], to[came].data, FRAME_MAX)) > 0)
		to[came++].len = (u32)len;
	assert_int_equal(len, 0);
	ln_net_run(b->net, 41 * PAIR_SEC);
	return came;
}

static u16 port_of(const struct frame *f)
{
	struct flow_keys k;

	assert_true(flow_keys_parse(f->data, f->len, &k));
	return be16_to_cpu(k.sport);
}

/* The same frames, in the same order within each flow. */
static void assert_same_flows(u32 n0, u32 n1)
{
	assert_int_equal(n0, n1);
	for (u32 p = 1000; p < 1000 + FLOWS; p++) {
		u32 j = 0;

		for (u32 i = 0; i < n0; i++) {
			if (port_of(&out[0][i]) != p)
				continue;
			while (j < n1 && port_of(&out[1][j]) != p)
				j++;
			assert_true(j < n1);
			assert_int_equal(out[0][i].len, out[1][j].len);
			assert_memory_equal(out[0][i].data, out[1][j].data, out[0][i].len);
			j++;
		}
	}
}

static u64 joined;

static void count_joined(void *ctx, const struct ln_trace_event *ev)
{
	(void)ctx;
	joined += ev->point == LN_TP_napi_gro_receive;
}

static void same_with_and_without(u64 seed, bool bridge, u32 mtu_out, u32 nflows, bool fragments,
				  bool v6)
{
	struct flow flows[FLOWS];
	struct box box[2];
	struct prng r;

	prng_init(&r, seed);
	for (u32 i = 0; i < 2; i++)
		box_create(&box[i], bridge, i == 0, mtu_out);
	joined = 0;
	net_of(box[0].net)->trace = count_joined;
	for (u32 i = 0; i < FLOWS; i++)
		flow_init(&flows[i], &r, !fragments, v6);
	for (int round = 0; round < 200; round++) {
		u32 n = burst(in, flows, &r, nflows), n0, n1;

		n0 = pass(&box[0], n, bridge, out[0]);
		n1 = pass(&box[1], n, bridge, out[1]);
		if (!fragments) {
			assert_same_flows(n0, n1);
			if (bridge)
				assert_int_equal(n0, n);
		} else {
			/* One flow: fragments have no ports, the order is that of all. */
			assert_int_equal(n0, n1);
			for (u32 i = 0; i < n0; i++) {
				assert_int_equal(out[0][i].len, out[1][i].len);
				assert_memory_equal(out[0][i].data, out[1][i].data, out[0][i].len);
			}
		}
	}
	assert_true(joined > 500);
	for (u32 i = 0; i < 2; i++)
		box_destroy(&box[i]);
}

static void a_router_sends_on_what_came(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 4; seed++)
		same_with_and_without(seed, false, 1500, 3, false, false);
	same_with_and_without(9, false, 1500, FLOWS, false, false);
}

static void a_router_sends_on_what_came_of_ipv6(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 4; seed++)
		same_with_and_without(seed, false, 1500, 3, false, true);
	same_with_and_without(9, false, 1500, FLOWS, false, true);
}

static void a_bridge_passes_on_what_came(void **state)
{
	(void)state;
	same_with_and_without(5, true, 1500, 3, false, false);
	same_with_and_without(5, true, 1500, 3, false, true);
}

static void segments_too_long_for_the_way_out_are_cut_each_for_itself(void **state)
{
	(void)state;
	same_with_and_without(6, false, 700, 1, true, false);
}

/* ---- losses are counted by the packet of the wire ---- */

/* n plain, whole segments of f, which may all be joined. */
static void plain_segments(struct flow *f, struct prng *r, u32 n)
{
	for (u32 done = 0; done < n;) {
		struct flow before = *f;
		u32 nhlen = f->v6 ? IPV6_HLEN + f->extlen : IPV4_HLEN;
		struct tcphdr *th = (void *)(in[done].data + ETH_HLEN + nhlen);

		segment(&in[done], f, 0, r);
		if (in[done].len == ETH_HLEN + nhlen + TCP_HLEN + f->optlen + f->mss &&
		    th->flags == TCPHDR_ACK)
			done++;
		else
			*f = before;
	}
}

static void loss_is_counted(bool v6)
{
	struct flow f;
	struct box b;
	struct prng r;

	prng_init(&r, 1);
	box_create(&b, false, true, 1500);
	flow_init(&f, &r, true, v6);
	f.mss = 100;
	f.ttl = 1;
	plain_segments(&f, &r, 10);
	assert_int_equal(pass(&b, 10, false, out[0]), 0);
	assert_int_equal(net_of(b.net)->drops[SKB_DROP_REASON_IP_TTL_EXPIRED], 10);
	box_destroy(&b);
}

static void a_joined_packet_that_is_dropped_counts_as_all_that_it_was(void **state)
{
	(void)state;
	loss_is_counted(false);
	loss_is_counted(true);
}

/* More pieces than a frame may have descriptors: a card that cuts by itself gets it cut. */
static void many_pieces_reach_a_card_that_cuts(bool v6)
{
	struct net_device *dev;
	u32 bytes = 0, came;
	struct flow f;
	struct box b;
	struct prng r;

	prng_init(&r, 2);
	box_create(&b, false, true, 1500);
	dev = dev_get_by_name(net_of(b.net), "eth1");
	dev->features |= v6 ? NETIF_F_TSO6 : NETIF_F_TSO;
	flow_init(&f, &r, true, v6);
	f.mss = 30;
	f.ttl = 64;
	plain_segments(&f, &r, 40);
	came = pass(&b, 40, false, out[0]);
	for (u32 i = 0; i < came; i++)
		bytes += out[0][i].len - ETH_HLEN - TCP_HLEN - f.optlen -
			 (v6 ? IPV6_HLEN + f.extlen : IPV4_HLEN);
	assert_int_equal(bytes, 40 * 30);
	assert_int_equal(dev->stats.tx_dropped, 0);
	box_destroy(&b);
}

static void a_joined_packet_of_many_pieces_reaches_a_card_that_cuts(void **state)
{
	(void)state;
	many_pieces_reach_a_card_that_cuts(false);
	many_pieces_reach_a_card_that_cuts(true);
}

/* ---- each allocation fails in turn ---- */

static void no_memory_to_cut_is_a_counted_loss(void **state)
{
	struct flow flows[FLOWS];
	struct box b;
	struct prng r;
	u64 lost = 0;

	(void)state;
	prng_init(&r, 3);
	box_create(&b, false, true, 1500);
	for (u32 i = 0; i < FLOWS; i++)
		flow_init(&flows[i], &r, true, i & 1);
	for (u32 spare = 0; spare < 200; spare++) {
		struct net *net = net_of(b.net);
		size_t budget = net->mem.budget;
		u32 n = burst(in, flows, &r, 2);

		/* Where the ring found no buffers before, the card drops some. */
		for (u32 i = 0; i < n; i++)
			ln_nic_receive(b.nic[0], in[i].data, in[i].len);
		net->mem.budget = net->mem.used + spare * 300;
		ln_net_run(b.net, 41 * PAIR_SEC);
		while (ln_nic_transmit(b.nic[1], out[0][0].data, FRAME_MAX) > 0)
			;
		net->mem.budget = budget;
		ln_net_run(b.net, 41 * PAIR_SEC);
		lost = net->drops[SKB_DROP_REASON_NOMEM];
	}
	assert_true(lost > 0);
	box_destroy(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_router_sends_on_what_came),
		cmocka_unit_test(a_router_sends_on_what_came_of_ipv6),
		cmocka_unit_test(a_bridge_passes_on_what_came),
		cmocka_unit_test(segments_too_long_for_the_way_out_are_cut_each_for_itself),
		cmocka_unit_test(a_joined_packet_that_is_dropped_counts_as_all_that_it_was),
		cmocka_unit_test(a_joined_packet_of_many_pieces_reaches_a_card_that_cuts),
		cmocka_unit_test(no_memory_to_cut_is_a_counted_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Packets that climb together (netif_receive_skb_list and what follows) fare as they would one by
 * one: a router and a bridge get random frames in bursts, their twins the same frames each in a run
 * of its own. What leaves is compared byte by byte and in order, and so are counters and drops.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "device/netdevice.h"
#include "device/nf_hook.h"
#include "stack_frames.h"
#include "stack_pair.h"

#define FRAMES_MAX 64
#define SENT_MAX 256
#define MTU_OUT 700
#define BURSTS 300

struct box {
	struct ln_net *net;
	struct ln_nic *nic[2];
	struct nf_hook_ops hook[2];
	struct packet_type tap;
	struct sk_buff *kept;		/* the last one at the tap, which reads it later */
	u64 seen, tapped;
};

static struct frame in[FRAMES_MAX], sent[2][2][SENT_MAX];	/* by box and card */
static const u8 mac[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };

static void ctl(struct box *b, const char *cmd)
{
	box_ctl(b->net, cmd);
}

static void box_create(struct box *b)
{
	*b = (struct box){ .net = box_net() };
	for (u32 i = 0; i < 2; i++) {
		struct ln_nic_params params = { .tx_ring = 1024, .mtu = i ? MTU_OUT : 1500 };

		memcpy(params.mac, mac[i], 6);
		b->nic[i] = box_nic(b->net, &params);
	}
}

static void make_router(struct box *b)
{
	box_create(b);
	ctl(b, "ip addr add 10.0.0.254/24 dev eth0");
	ctl(b, "ip addr add 10.1.0.254/24 dev eth1");
	ctl(b, "sysctl -w net.ipv4.ip_forward=1");
	ctl(b, "ip link set eth0 up");
	ctl(b, "ip link set eth1 up");
	ctl(b, "ip neigh add 10.1.0.1 lladdr 02:00:00:00:01:01 dev eth1");
	ctl(b, "ip neigh add 10.1.0.2 lladdr 02:00:00:00:01:02 dev eth1");
	ctl(b, "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0");
	ctl(b, "ip route add 20.0.0.0/24 via 10.1.0.1");
	ctl(b, "ip route add 20.0.1.0/24 via 10.1.0.2");
	ctl(b, "ip route add 20.0.2.0/24 via 10.1.0.3");	/* who does not answer */
	ctl(b, "ip route add 20.0.3.0/24 via 10.0.0.9");	/* back: a redirect */
	ctl(b, "ip route add prohibit 20.0.4.0/24");
	ctl(b, "ip route add blackhole 20.0.5.0/24");
}

/* All that is forwarded goes by a flow table from its second packet on, and is translated. */
static void make_flow_router(struct box *b)
{
	make_router(b);
	ctl(b, "ip route del 20.0.3.0/24");	/* redirects are for what does not go by it */
	ctl(b, "nft -f rules\n table ip t {\n"
	    "flowtable f { hook ingress priority 0; devices = { eth0, eth1 }; }\n"
	    "chain c { type filter hook forward priority 0; flow add @f; }\n"
	    "chain n { type nat hook postrouting priority 100; oifname \"eth1\" masquerade; }\n"
	    "}\n");
}

static void make_bridge(struct box *b)
{
	box_create(b);
	ctl(b, "ip link add br0 type bridge");
	ctl(b, "ip link set eth0 master br0");
	ctl(b, "ip link set eth1 master br0");
	ctl(b, "ip link set br0 up");
	ctl(b, "ip addr add 10.0.0.254/24 dev br0");
	ctl(b, "ip link set eth0 up");
	ctl(b, "ip link set eth1 up");
}

static void box_destroy(struct box *b)
{
	box_end(b->net);
}

/* ---- who looks on ---- */

static enum nf_verdict some_are_dropped(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	struct box *b = priv;

	(void)state;
	b->seen += skb->len;
	return ((const struct iphdr *)(const void *)skb_network_header(skb))->id %
		CONST_BE16(11) ? NF_ACCEPT : NF_DROP;
}

static int tap_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	struct box *b = pt->af_packet_priv;
	u8 last;

	(void)dev;
	assert_int_equal(skb_copy_bits(skb, skb->len - 1, &last, 1), 0);
	b->tapped += skb->len * 256u + last;
	if (b->kept)
		consume_skb(b->kept);
	b->kept = skb;
	return 0;
}

static void tracer(void *ctx, const struct ln_trace_event *ev)
{
	(void)ev;
	++*(u64 *)ctx;
}

/* hooks: IP's, too, which drop some. */
static void look_on(struct box *b, bool on, bool hooks)
{
	struct net *net = net_of(b->net);
	static const enum nf_inet_hooks where[2] = { NF_INET_FORWARD, NF_INET_POST_ROUTING };

	for (u32 i = 0; hooks && i < 2; i++) {
		if (!on) {
			nf_unregister_net_hook(&b->hook[i]);
			continue;
		}
		b->hook[i] = (struct nf_hook_ops){ .hook = some_are_dropped, .priv = b,
						   .pf = NFPROTO_IPV4, .hooknum = where[i] };
		nf_register_net_hook(net, &b->hook[i]);
	}
	if (!on) {
		dev_remove_pack(&b->tap);
		if (b->kept)
			consume_skb(b->kept);
		return;
	}
	b->tap = (struct packet_type){ .type = CONST_BE16(3), .func = tap_rcv,
				       .af_packet_priv = b };
	dev_add_pack(net, &b->tap);
}

/* ---- the comparison ---- */

static void run(struct box *b, u32 which, u32 n[2], s64 now)
{
	ln_net_run(b->net, now);
	for (u32 card = 0; card < 2; card++) {
		struct frame *f = &sent[which][card][n[card]];
		ptrdiff_t len;

		while ((len = ln_nic_transmit(b->nic[card], f->data, FRAME_MAX)) > 0) {
			f->len = (u32)len;
			assert_true(++n[card] < SENT_MAX);
			f++;
		}
	}
}

enum { BRIDGE = 1, WATCHED = 2, TRACED = 4, FLOWS = 8 };

/* A flow that begins within a burst is known to the next one, or to the next frame: IP counts
 * only what did not go by it. */
static void compare(struct box *box, u32 n[2][2], u32 how)
{
	struct net *a = net_of(box[0].net), *b = net_of(box[1].net);

	for (u32 card = 0; card < 2; card++) {
		assert_int_equal(n[0][card], n[1][card]);
		for (u32 i = 0; i < n[0][card]; i++) {
			assert_int_equal(sent[0][card][i].len, sent[1][card][i].len);
			assert_memory_equal(sent[0][card][i].data, sent[1][card][i].data,
					    sent[0][card][i].len);
		}
	}
	if (!(how & FLOWS))
		assert_memory_equal(a->mib, b->mib, sizeof(a->mib));
	assert_memory_equal(a->drops, b->drops, sizeof(a->drops));
	assert_int_equal(a->frames.rx, b->frames.rx);
	assert_int_equal(a->frames.made, b->frames.made);
	assert_int_equal(a->frames.cloned, b->frames.cloned);
	assert_int_equal(a->frames.consumed, b->frames.consumed);
	assert_int_equal(a->frames.dropped, b->frames.dropped);
	assert_int_equal(box[0].tapped, box[1].tapped);
	assert_int_equal(box[0].seen, box[1].seen);
}

static void same_as_one_by_one(u64 seed, u32 how)
{
	bool bridge = how & BRIDGE, watched = how & WATCHED, traced = how & TRACED;
	u64 events = 0, sent_all = 0;
	struct box box[2];
	struct prng r;
	s64 now = 40 * PAIR_SEC;

	prng_init(&r, seed);
	for (u32 i = 0; i < 2; i++) {
		(bridge ? make_bridge : how & FLOWS ? make_flow_router : make_router)(&box[i]);
		/* The other one's frames become packets, and meet two hooks. */
		if (how & FLOWS && i)
			ctl(&box[i], "nft -f rules\ntable netdev x { chain c { type filter hook "
			    "ingress device eth0 priority 5; } }\n");
		/* What waits for a neighbour is counted in bytes of buffers: copies count, too. */
		if (watched && how & FLOWS)
			ctl(&box[i], "ip route del 20.0.2.0/24");
		if (watched)
			look_on(&box[i], true, !(how & FLOWS));
		ln_net_run(box[i].net, now);
	}
	if (traced) {
			net_of(box[0].net)->trace = tracer;
			net_of(box[0].net)->trace_ctx = &events;
		}
	for (u32 burst = 0; burst < BURSTS; burst++, now += 10 * PAIR_MS) {
		u32 count = 2 + rnd(&r, FRAMES_MAX - 2), n[2][2] = { { 0 } };

		for (u32 i = 0; i < count; i++) {
			any_frame(in, i, &r, bridge, (u16)(burst * 64 + i));
			ln_nic_receive(box[0].nic[0], in[i].data, in[i].len);
		}
		run(&box[0], 0, n[0], now);
		for (u32 i = 0; i < count; i++) {
			ln_nic_receive(box[1].nic[0], in[i].data, in[i].len);
			run(&box[1], 1, n[1], now);
		}
		run(&box[1], 1, n[1], now);
		compare(box, n, how);
		sent_all += n[0][1];
	}
	assert_true(sent_all > 1000);
	assert_true(traced == (events > 0));
	for (u32 i = 0; i < 2; i++) {
		if (watched)
			look_on(&box[i], false, !(how & FLOWS));
		box_destroy(&box[i]);
	}
}

static void a_router_treats_a_list_as_its_packets(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 3; seed++)
		same_as_one_by_one(seed, 0);
	same_as_one_by_one(4, TRACED);
}

static void a_bridge_treats_a_list_as_its_frames(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 3; seed++)
		same_as_one_by_one(seed, BRIDGE);
	same_as_one_by_one(4, BRIDGE | TRACED);
}

static void hooks_and_taps_see_each_packet_of_a_list(void **state)
{
	(void)state;
	same_as_one_by_one(5, WATCHED);
	same_as_one_by_one(6, BRIDGE | WATCHED | TRACED);
}

static void a_flow_table_treats_a_list_as_its_packets(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 6; seed++)
		same_as_one_by_one(seed, FLOWS);
	same_as_one_by_one(7, FLOWS | TRACED);
	same_as_one_by_one(8, FLOWS | WATCHED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_router_treats_a_list_as_its_packets),
		cmocka_unit_test(a_bridge_treats_a_list_as_its_frames),
		cmocka_unit_test(hooks_and_taps_see_each_packet_of_a_list),
		cmocka_unit_test(a_flow_table_treats_a_list_as_its_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

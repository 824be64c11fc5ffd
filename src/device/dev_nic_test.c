/* SPDX-License-Identifier: MIT */
/* The driver on its cards, from the wire to the protocol's door and back (rows N1 to N6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linnet/trace.h>

#include "base/fmt.h"
#include "device/bare_net.h"
#include "device/dev_nic.h"
#include "device/qdisc.h"
#include "driver/nic_cable.h"
#include "driver/nic_hand.h"
#include "driver/nic_sim.h"
#include "wire/eth.h"

static struct net net;
static u32 cost_ns;

/* ---- what link/ and net/ would do ---- */

static void setup_dev(struct net_device *dev)
{
	dev->hard_header_len = ETH_HLEN;
	dev->addr_len = ETH_ALEN;
	dev->min_mtu = ETH_MIN_MTU;
}

static be16 type_trans(struct sk_buff *skb, struct net_device *dev)
{
	be16 proto;

	skb->dev = dev;
	skb_reset_mac_header(skb);
	memcpy(&proto, skb->data + 12, 2);
	skb_pull(skb, ETH_HLEN);
	return proto;
}

static const struct dev_nic_link link = { setup_dev, type_trans };

static u32 received, next_number;

/* Frames carry their number; it must not go back. */
static int rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	u32 number = get_be32(skb->data);

	(void)dev;
	(void)pt;
	assert_true(number >= next_number);
	next_number = number + 1;
	received++;
	consume_skb(skb);
	return 0;
}

static struct packet_type ip_type;

static void params(struct ln_net_params *p)
{
	p->softirq_cost_ns = cost_ns;
}

static void begin(u32 cost)
{
	cost_ns = cost;
	bare_net_init(&net, params);
	received = next_number = 0;
	ip_type = (struct packet_type){ .type = CONST_BE16(ETH_P_IP), .func = rcv };
	dev_add_pack(&net, &ip_type);
}

static void fill_frame(u8 frame[60], u32 number)
{
	memset(frame, 2, 60);
	put_be16(frame + 12, ETH_P_IP);
	put_be32(frame + 14, number);
}

static struct nic *hand(void)
{
	struct nic_hand_params p = { .mac = { 2, 0, 0, 0, 0, 1 } };

	return nic_hand_create(&net, &p);
}

static int arrive(struct nic *nic, u32 number)
{
	u8 frame[60];

	fill_frame(frame, number);
	return nic_hand_receive(nic, frame, sizeof(frame));
}

static int send(struct net_device *dev, u32 number)
{
	struct sk_buff *skb = alloc_skb(&net, 60);

	if (!skb)
		return -ENOMEM;
	fill_frame(skb_put(skb, 60), number);
	skb->dev = dev;
	return dev_queue_xmit(skb);
}

/* A card that sends within its doorbell, at most so many. */
static u32 sends_at_once;

static u32 take_at_once(struct nic *nic)
{
	struct nic_seg segs[NIC_SEGS_MAX];
	u32 n = 0;

	for (; n < sends_at_once && nic_tx_peek(nic, segs, NULL); n++)
		nic_tx_advance(nic);
	sends_at_once -= n;
	return n;
}

static void at_once_doorbell(struct nic *nic)
{
	nic_tx_sent(nic, take_at_once(nic));
}

static void at_once_destroy(struct nic *nic)
{
	(void)nic;
}

static const struct nic_ops at_once_ops = {
	.tx_doorbell = at_once_doorbell, .destroy = at_once_destroy,
};

static void what_is_sent_at_once_is_cleaned_without_an_interrupt(void **state)
{
	struct net_device *dev;
	struct nic nic;

	(void)state;
	begin(0);
	nic_init(&nic, &net, &at_once_ops, NULL);
	nic.mtu = 1500;
	nic.carrier = nic.tx_at_once = true;
	dev = dev_nic_create(&net, &nic, "eth%d", 0, 32, &link);
	assert_int_equal(dev_open(dev), 0);
	sends_at_once = 3;
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(send(dev, i), 0);
	assert_int_equal(net.skb_slab.live, 0);
	assert_int_equal(nic.stats.interrupts, 0);
	assert_int_equal(bare_net_next(&net), KTIME_MAX);
	/* It can no more: the ring fills. Later it can, and tells of that by an interrupt. */
	for (u32 i = 0; i < 20; i++)
		assert_int_equal(send(dev, i), 0);
	assert_true(netif_queue_stopped(dev));
	sends_at_once = UINT32_MAX;
	nic_tx_complete(&nic, take_at_once(&nic));
	assert_int_equal(nic.stats.interrupts, 1);
	bare_net_run(&net, 0);
	assert_false(netif_queue_stopped(dev));
	assert_int_equal(net.frames.sent, 23);
	assert_int_equal(net.skb_slab.live, 0);
	assert_int_equal(nic.stats.interrupts, 1);
	bare_net_exit(&net);
}

/* Put together from more fragments than a frame may have descriptors (Linux: skb_linearize()). */
static void a_packet_in_many_pieces_leaves_in_one(void **state)
{
	u8 frame[400], want[10];
	struct sk_buff *skb, **link_to;
	struct net_device *dev;
	struct nic *nic;

	(void)state;
	begin(0);
	nic = hand();
	dev = dev_nic_create(&net, nic, "eth0", 0, 0, &link);
	assert_int_equal(dev_open(dev), 0);
	skb = alloc_skb(&net, SKB_ROOM);
	memset(skb_put(skb, 20), 0xee, 20);
	link_to = &skb->frag_list;
	for (u32 i = 0; i < 30; i++, link_to = &(*link_to)->next) {
		*link_to = alloc_skb(&net, 10);
		memset(skb_put(*link_to, 10), (int)i, 10);
		skb->len += 10;
		skb->data_len += 10;
	}
	skb->dev = dev;
	assert_int_equal(dev_queue_xmit(skb), 0);
	assert_int_equal(nic_hand_transmit(nic, frame, sizeof(frame)), 320);
	for (u32 i = 0; i < 30; i++) {
		memset(want, (int)i, sizeof(want));
		assert_memory_equal(frame + 20 + i * 10, want, 10);
	}
	assert_int_equal(dev->stats.tx_dropped, 0);
	bare_net_exit(&net);
}

/* ---- receive ---- */

static void an_interrupt_brings_frames_up(void **state)
{
	struct net_device *dev;
	struct nic *nic;

	(void)state;
	begin(0);
	nic = hand();
	dev = dev_nic_create(&net, nic, "eth%d", 256, 0, &link);
	assert_string_equal(dev->name, "eth0");
	assert_int_equal(arrive(nic, 0), -ENETDOWN);
	assert_int_equal(dev_open(dev), 0);
	for (u32 i = 0; i < 100; i++)
		assert_int_equal(arrive(nic, i), 0);
	assert_int_equal(received, 0);		/* the handler only schedules */
	assert_true(nic->irq_masked);
	assert_int_equal(nic->stats.interrupts, 1);
	bare_net_run(&net, 0);
	assert_int_equal(received, 100);	/* 64, and 36 in a second poll */
	assert_false(nic->irq_masked);
	assert_int_equal(nic_rx_free(nic), 256);	/* refilled */
	assert_int_equal(net.softnet->count[NET_RX_SOFTIRQ], 1);
	assert_int_equal(net.softnet->count[NET_TX_SOFTIRQ], 0);
	assert_int_equal(arrive(nic, 100), 0);
	assert_int_equal(nic->stats.interrupts, 2);
	bare_net_exit(&net);
}

static void statistics_have_the_cards_own_in_them(void **state)
{
	struct rtnl_link_stats64 s;
	struct net_device *dev;
	struct nic *nic;
	u8 frame[60];

	(void)state;
	begin(0);
	nic = hand();
	dev = dev_nic_create(&net, nic, "eth0", 4, 0, &link);
	dev_open(dev);
	for (u32 i = 0; i < 6; i++)
		arrive(nic, i);
	nic_hand_receive(nic, frame, 10);
	bare_net_run(&net, 0);
	send(dev, 7);
	nic_hand_transmit(nic, frame, sizeof(frame));
	bare_net_run(&net, 0);
	dev_get_stats(dev, &s);
	assert_int_equal(s.rx_packets, 4);
	assert_int_equal(s.rx_bytes, 240);
	assert_int_equal(s.tx_packets, 1);
	assert_int_equal(s.tx_bytes, 60);
	assert_int_equal(s.rx_missed_errors, 2);
	assert_int_equal(s.rx_over_errors, 2);
	assert_int_equal(s.rx_length_errors, 1);
	assert_int_equal(s.rx_errors, 3);
	bare_net_exit(&net);
}

/* ---- the lab's card on a busy CPU ---- */

static void no_wire(void *wire, struct nic_sim *sim, const struct wire_frame *frame)
{
	(void)wire;
	buf_put(frame->buf);
	nic_sim_tx_done(sim);
}

static const struct nic_sim_wire wire = { no_wire, NULL };

static struct nic_sim *lab_card(u32 rx_ring, struct net_device **dev)
{
	struct nic_sim_params p = { .mac = { 2, 0, 0, 0, 0, 1 } };
	struct nic_sim *sim = nic_sim_create(&net, &p);

	*dev = dev_nic_create(&net, nic_sim_nic(sim), "eth0", rx_ring, 0, &link);
	nic_sim_plug(sim, &wire);
	assert_int_equal(dev_open(*dev), 0);
	return sim;
}

static void wire_frame_arrives(struct nic_sim *sim, const u8 *dest, u32 number)
{
	struct buf *buf = buf_alloc(net.bufs, 64);

	fill_frame(buf->data, number);
	ether_addr_copy(buf->data, dest);
	nic_sim_put_fcs(buf->data, 60);
	nic_sim_rx(sim, &(struct wire_frame){ .buf = buf, .len = 64, .packet = number + 1 });
}

static void a_cpu_that_is_too_slow_overruns_the_ring(void **state)
{
	struct net_device *dev;
	struct nic_sim *sim;
	struct nic *nic;

	(void)state;
	begin(10000);			/* 10 us a frame */
	sim = lab_card(16, &dev);
	nic = nic_sim_nic(sim);
	for (u32 i = 0; i < 1000; i++) {	/* one comes each us */
		bare_net_run_until(&net, us_to_ktime(i));
		wire_frame_arrives(sim, dev->dev_addr, i);
	}
	bare_net_run_until(&net, sec_to_ktime(1));
	assert_int_equal(received + nic->stats.rx_missed_errors, 1000);
	/* In 1 ms it does 100, and what the ring held at the end. */
	assert_in_range(received, 100, 100 + 2 * 16);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_OVERRUN], nic->stats.rx_missed_errors);
	assert_int_equal(nic->stats.rx_fifo_errors, 0);
	nic_sim_plug(sim, NULL);
	bare_net_exit(&net);
}

static void a_cpu_that_is_fast_enough_loses_nothing(void **state)
{
	struct net_device *dev;
	struct nic_sim *sim;

	(void)state;
	begin(900);
	sim = lab_card(16, &dev);
	for (u32 i = 0; i < 1000; i++) {
		bare_net_run_until(&net, us_to_ktime(i));
		wire_frame_arrives(sim, dev->dev_addr, i);
	}
	bare_net_run_until(&net, sec_to_ktime(1));
	assert_int_equal(received, 1000);
	assert_true(nic_sim_nic(sim)->stats.interrupts < 500);	/* rx-usecs 3 */
	nic_sim_plug(sim, NULL);
	bare_net_exit(&net);
}

/* ---- what a watcher sees ---- */

static char steps[2048];
static struct strbuf steps_sb;
static u64 watched;			/* packet, or 0 for the steps without one */

static void watch(void *ctx, const struct ln_trace_event *ev)
{
	static const char *const names[] = {
#define NAME(name, layer, text) #name,
		LN_TRACE_POINTS(NAME)
#undef NAME
	};

	(void)ctx;
	if (ev->packet == watched)
		sb_printf(&steps_sb, "%s ", names[ev->point]);
	if (ev->packet)
		assert_string_equal(ev->dev, "eth0");
}

static void watch_begin(u64 packet)
{
	sb_init(&steps_sb, steps, sizeof(steps));
	watched = packet;
	net.trace = watch;
}

static void each_step_of_a_frame_is_told(void **state)
{
	struct net_device *dev;
	struct nic_sim *sim;

	(void)state;
	begin(0);
	sim = lab_card(16, &dev);
	watch_begin(42);
	wire_frame_arrives(sim, dev->dev_addr, 41);
	bare_net_run_until(&net, ms_to_ktime(1));
	assert_string_equal(steps, "nic_rx_fifo nic_rx_dma netif_receive_skb ");
	watch_begin(0);
	wire_frame_arrives(sim, dev->dev_addr, 42);
	bare_net_run_until(&net, ms_to_ktime(2));
	assert_string_equal(steps, "nic_irq net_rx_action napi_poll napi_complete ");
	watch_begin(*net.packet_ids + 1);
	send(dev, 0);
	bare_net_run_until(&net, ms_to_ktime(3));
	assert_string_equal(steps, "dev_queue_xmit dev_hard_start_xmit nic_doorbell nic_tx_dma "
				   "nic_tx_complete ");
	watch_begin(7);
	wire_frame_arrives(sim, (const u8 *)"\2\0\0\0\0\7", 6);
	assert_string_equal(steps, "nic_rx_drop kfree_skb ");
	net.trace = NULL;
	nic_sim_plug(sim, NULL);
	bare_net_exit(&net);
}

static void the_cards_filter_follows_the_device(void **state)
{
	static const u8 ours[6] = { 2, 0, 0, 0, 0, 1 }, other[6] = { 2, 0, 0, 0, 0, 9 };
	static const u8 group[6] = { 1, 0, 0x5e, 1, 1, 1 };
	struct net_device *dev;
	struct nic_sim *sim;
	struct nic *nic;

	(void)state;
	begin(0);
	sim = lab_card(16, &dev);
	nic = nic_sim_nic(sim);
	for (u32 i = 0; i < 5; i++) {
		if (i == 1 || i == 2)
			dev_set_promiscuity(dev, i == 1 ? 1 : -1);
		if (i == 3 || i == 4)
			assert_int_equal(dev_set_mac_address(dev, i == 3 ? other : ours), 0);
		wire_frame_arrives(sim, other, i);
		bare_net_run_until(&net, net.now + ms_to_ktime(1));
	}
	assert_int_equal(received, 2);		/* while promiscuous, and while it was its own */
	assert_int_equal(nic->stats.rx_filtered, 3);
	for (u32 i = 0; i < 5; i++) {
		if (i == 1)
			assert_int_equal(dev_mc_add(dev, group), 0);
		if (i == 2)
			dev_mc_del(dev, group);
		if (i == 3 || i == 4)
			dev_set_allmulti(dev, i == 3 ? 1 : -1);
		wire_frame_arrives(sim, group, 5 + i);
		bare_net_run_until(&net, net.now + ms_to_ktime(1));
	}
	assert_int_equal(received, 4);		/* while somebody wanted it, or all */
	assert_int_equal(nic->stats.rx_filtered, 6);
	nic_sim_plug(sim, NULL);
	bare_net_exit(&net);
}

/* ---- transmit ---- */

static u32 transmit_all(struct nic *nic, u32 from)
{
	u8 frame[1600];
	u32 n = from;

	while (nic_hand_transmit(nic, frame, sizeof(frame)) > 0)
		assert_int_equal(get_be32(frame + 14), n++);
	return n - from;
}

static void a_full_ring_stops_the_queue_and_a_completion_wakes_it(void **state)
{
	struct net_device *dev;
	struct nic *nic;
	u32 sent = 0;

	(void)state;
	begin(0);
	nic = hand();
	dev = dev_nic_create(&net, nic, "eth0", 0, 64, &link);
	dev_open(dev);
	for (u32 i = 0; i < 200; i++)
		assert_int_equal(send(dev, i), 0);
	assert_true(netif_queue_stopped(dev));
	assert_int_equal(nic->stats.tx_stopped, 1);
	/* It stops while a frame of any shape still fits. */
	assert_int_equal(nic_tx_room(nic), MAX_SKB_FRAGS + 1);
	assert_int_equal(dev->qdisc->stats.qlen, 200 - (64 - (MAX_SKB_FRAGS + 1)));
	assert_int_equal(dev->qdisc->stats.requeues, 0);
	while (sent < 200) {
		u32 n = transmit_all(nic, sent);

		assert_true(n > 0);
		sent += n;
		/* cleaned in NET_RX, refilled in NET_TX, the last ones after tx-usecs */
		bare_net_run(&net, net.now + 100000);
	}
	assert_false(netif_queue_stopped(dev));
	assert_int_equal(net.frames.sent, 200);
	assert_int_equal(nic_tx_room(nic), 64);
	assert_int_equal(dev->stats.tx_dropped, 0);
	/* Without a full ring, completions raise NET_RX alone (row N6). */
	nic_set_coalesce(nic, &(struct nic_coalesce){ .tx_frames = 1 });
	for (u32 i = 0; i < 100; i++) {
		u64 tx = net.softnet->count[NET_TX_SOFTIRQ];
		u64 rx = net.softnet->count[NET_RX_SOFTIRQ];

		send(dev, i);
		transmit_all(nic, i);
		bare_net_run(&net, net.now + 1000);
		assert_int_equal(net.softnet->count[NET_TX_SOFTIRQ], tx);
		assert_int_equal(net.softnet->count[NET_RX_SOFTIRQ], rx + 1);
	}
	bare_net_exit(&net);
}

static void frames_that_wait_end_with_the_link(void **state)
{
	struct net_device *dev;
	struct nic *nic;

	(void)state;
	begin(0);
	nic = hand();
	dev = dev_nic_create(&net, nic, "eth0", 0, 32, &link);
	dev_open(dev);
	for (u32 i = 0; i < 40; i++)
		send(dev, i);
	assert_true(netif_queue_stopped(dev));
	nic_set_carrier(nic, false);
	assert_false(netif_carrier_ok(dev));
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 40);
	nic_set_carrier(nic, true);
	assert_true(netif_carrier_ok(dev));
	bare_net_run(&net, 0);
	assert_false(netif_queue_stopped(dev));
	send(dev, 7);
	assert_int_equal(transmit_all(nic, 7), 1);
	bare_net_exit(&net);
}

static void rings_and_mtu_change_under_a_running_device(void **state)
{
	u8 frame[9100];
	struct net_device *dev;
	struct nic *nic;
	u32 rx, tx;

	(void)state;
	begin(0);
	nic = hand();
	dev = dev_nic_create(&net, nic, "eth0", 0, 0, &link);
	dev_open(dev);
	dev_nic_get_ring(dev, &rx, &tx);
	assert_int_equal(rx, 256);
	assert_int_equal(tx, 256);
	assert_int_equal(dev_nic_set_ring(dev, 0, 256), -EINVAL);
	assert_int_equal(dev_nic_set_ring(dev, 256, 4097), -EINVAL);
	arrive(nic, 0);
	send(dev, 0);
	assert_int_equal(dev_nic_set_ring(dev, 100, 5), 0);
	assert_int_equal(net.drops[SKB_DROP_REASON_NIC_DOWN], 2);
	dev_nic_get_ring(dev, &rx, &tx);
	assert_int_equal(rx, 128);
	assert_int_equal(tx, NIC_TX_RING_MIN);
	assert_int_equal(nic->rx.size, 128);
	memset(frame, 8, sizeof(frame));
	assert_int_equal(nic_hand_receive(nic, frame, 9014), -EMSGSIZE);
	assert_int_equal(dev_set_mtu(dev, 9000), 0);
	assert_int_equal(nic_hand_receive(nic, frame, 9014), 0);
	bare_net_run(&net, 0);
	arrive(nic, 1);
	bare_net_run(&net, 0);
	assert_int_equal(received, 1);
	net.mem.fail_after = 1;
	assert_int_equal(dev_nic_set_ring(dev, 64, 64), -ENOMEM);
	assert_false(netif_running(dev));	/* said plainly, not half alive */
	assert_int_equal(dev_open(dev), 0);
	arrive(nic, 2);
	bare_net_run(&net, 0);
	assert_int_equal(received, 2);
	bare_net_exit(&net);
}

/* ---- every allocation fails in its turn ---- */

/* A card's whole life; returns whether nothing failed. */
static bool scenario(u64 fail_after)
{
	struct net_device *dev = NULL;
	struct nic *nic;
	u8 frame[1600];

	begin(0);
	net.mem.fail_after = fail_after;
	nic = hand();
	if (nic) {
		dev = dev_nic_create(&net, nic, "eth0", 8, 32, &link);
		if (!dev)
			nic->ops->destroy(nic);
	}
	if (dev && !dev_open(dev)) {
		for (u32 i = 0; i < 20; i++) {
			arrive(nic, i);
			send(dev, i);
			if (i % 5 == 4) {
				bare_net_run_until(&net, net.now + ms_to_ktime(1));
				while (nic_hand_transmit(nic, frame, sizeof(frame)) > 0)
					;
			}
		}
		bare_net_run_until(&net, net.now + sec_to_ktime(1));
		/* It lives on: all that comes now comes through. */
		next_number = 0;
		net.mem.fail_after = 0;
		for (u32 i = 0; i < 8; i++)
			arrive(nic, i);
		bare_net_run(&net, net.now);
		assert_int_equal(next_number, 8);
	}
	fail_after = net.mem.failed;
	bare_net_exit(&net);
	return fail_after == 0;
}

static void each_allocation_fails_in_its_turn(void **state)
{
	u64 nth = 1;

	(void)state;
	while (!scenario(nth))
		nth++;
	assert_true(nth > 60);
}

/* ---- two instances on a cable ---- */

static void a_cable_carries_frames_between_instances(void **state)
{
	static struct net peer;
	struct nic_hand_params p = { .mac = { 2, 0, 0, 0, 0, 2 } };
	struct net_device *dev, *peer_dev;
	struct nic *a, *b;

	(void)state;
	begin(0);
	bare_net_init(&peer, NULL);
	a = hand();
	b = nic_hand_create(&peer, &p);
	dev = dev_nic_create(&net, a, "eth0", 0, 0, &link);
	peer_dev = dev_nic_create(&peer, b, "eth0", 0, 0, &link);
	dev_open(dev);
	dev_open(peer_dev);
	dev_remove_pack(&ip_type);
	dev_add_pack(&peer, &ip_type);
	for (u32 i = 0; i < 10000; i++) {
		assert_int_equal(send(dev, i), 0);
		if (i % 50 == 49) {
			assert_int_equal(nic_cable_run(a, b), 50);
			bare_net_run(&peer, i);
			bare_net_run(&net, i);
		}
	}
	assert_int_equal(received, 10000);
	assert_int_equal(net.frames.sent, 10000);
	assert_int_equal(peer.frames.rx, 10000);
	assert_int_equal(b->stats.interrupts, 200);
	bare_net_exit(&peer);
	bare_net_exit(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_in_many_pieces_leaves_in_one),
		cmocka_unit_test(an_interrupt_brings_frames_up),
		cmocka_unit_test(statistics_have_the_cards_own_in_them),
		cmocka_unit_test(a_cpu_that_is_too_slow_overruns_the_ring),
		cmocka_unit_test(a_cpu_that_is_fast_enough_loses_nothing),
		cmocka_unit_test(each_step_of_a_frame_is_told),
		cmocka_unit_test(what_is_sent_at_once_is_cleaned_without_an_interrupt),
		cmocka_unit_test(the_cards_filter_follows_the_device),
		cmocka_unit_test(a_full_ring_stops_the_queue_and_a_completion_wakes_it),
		cmocka_unit_test(frames_that_wait_end_with_the_link),
		cmocka_unit_test(rings_and_mtu_change_under_a_running_device),
		cmocka_unit_test(each_allocation_fails_in_its_turn),
		cmocka_unit_test(a_cable_carries_frames_between_instances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

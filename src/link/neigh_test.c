/* SPDX-License-Identifier: MIT */
/* Neighbours: each state and its exact moments, the waiting queue, the table's limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/bare_net.h"
#include "link/ethernet.h"
#include "link/neigh.h"

/* A family of the test's own: keys of 4 bytes, solicitations are counted. */
struct world {
	struct net net;
	struct neigh_table tbl;
	struct net_device *dev;
	u32 solicits, unicast, app, reported;
	bool noarp;
};

static struct world w;

static void t_solicit(struct neighbour *n, struct sk_buff *waiting)
{
	(void)waiting;
	switch (neigh_app_probe(n)) {
	case 0:
		w.unicast++;
		break;
	case 1:
		w.app++;
		return;
	}
	w.solicits++;
}

static void t_error_report(struct neighbour *n, struct sk_buff *skb)
{
	(void)n;
	w.reported++;
	kfree_skb_reason(skb, SKB_DROP_REASON_NEIGH_FAILED);
}

static const struct neigh_ops t_ops = { t_solicit, t_error_report };

static int t_constructor(struct neighbour *n)
{
	n->ops = &t_ops;
	if (w.noarp)
		neigh_set_noarp(n, n->dev->broadcast);
	return 0;
}

static const u8 mac1[6] = { 2, 0, 0, 0, 0, 0x11 }, mac2[6] = { 2, 0, 0, 0, 0, 0x22 };

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	bare_net_init(&w.net, NULL);
	w.dev = bare_dev_create(&w.net, "eth0", ether_setup);
	dev_open(w.dev);
	w.tbl.key_len = 4;
	w.tbl.protocol = ETH_P_IP;
	w.tbl.constructor = t_constructor;
	assert_int_equal(neigh_table_init(&w.tbl, &w.net), 0);
	w.dev->arp_parms = neigh_parms_alloc(&w.tbl);
	w.dev->arp_parms->reachable_time = 30 * NSEC_PER_SEC;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	neigh_table_clear(&w.tbl);
	neigh_parms_free(&w.net, w.dev->arp_parms);
	bare_net_exit(&w.net);
	return 0;
}

static struct neighbour *get(u32 key)
{
	return neigh_get_or_create(&w.tbl, &key, w.dev);
}

static void send_one(struct neighbour *n)
{
	struct sk_buff *skb = alloc_skb(&w.net, 100);

	skb_reserve(skb, 60);
	skb_put(skb, 20);
	neigh_output(n, skb);
}

/* Frames that left since the last call, each checked to go to mac. */
static u32 sent_to(const u8 *mac)
{
	struct sk_buff *skb;
	u32 n = 0;

	for (; (skb = bare_dev_pop(w.dev)); n++) {
		assert_memory_equal(skb->data, mac, 6);
		assert_memory_equal(skb->data + 6, w.dev->dev_addr, 6);
		assert_int_equal(get_be16(skb->data + 12), ETH_P_IP);
		consume_skb(skb);
	}
	return n;
}

static void at_ms(s64 ms)
{
	bare_net_run_until(&w.net, ms_to_ktime(ms));
}

static void test_resolves_and_sends_what_waited(void **state)
{
	struct neighbour *n = get(1);

	(void)state;
	assert_int_equal(n->nud_state, NUD_NONE);
	send_one(n);
	send_one(n);
	assert_int_equal(n->nud_state, NUD_INCOMPLETE);
	assert_int_equal(w.solicits, 1);
	assert_int_equal(w.unicast, 0);
	assert_int_equal(n->arp_queue.qlen, 2);
	assert_int_equal(neigh_update(n, mac1, NUD_REACHABLE, NEIGH_UPDATE_F_OVERRIDE), 0);
	assert_int_equal(n->nud_state, NUD_REACHABLE);
	assert_int_equal(sent_to(mac1), 2);
	send_one(n);
	assert_int_equal(sent_to(mac1), 1);
	assert_int_equal(w.solicits, 1);
}

static void test_gives_up_after_three(void **state)
{
	struct neighbour *n = get(1);

	(void)state;
	send_one(n);
	at_ms(999);
	assert_int_equal(w.solicits, 1);
	at_ms(1000);
	assert_int_equal(w.solicits, 2);
	at_ms(2000);
	assert_int_equal(w.solicits, 3);
	at_ms(2999);
	assert_int_equal(n->nud_state, NUD_INCOMPLETE);
	at_ms(3000);
	assert_int_equal(n->nud_state, NUD_FAILED);
	assert_int_equal(w.solicits, 3);
	assert_int_equal(w.reported, 1);
	assert_int_equal(w.net.drops[SKB_DROP_REASON_NEIGH_FAILED], 1);
	/* The next packet starts again. */
	send_one(n);
	assert_int_equal(n->nud_state, NUD_INCOMPLETE);
	assert_int_equal(w.solicits, 4);
}

static void test_queue_is_bounded(void **state)
{
	struct neighbour *n = get(1);
	u32 limit = 10 * (u32)sizeof(struct sk_buff);

	(void)state;
	w.dev->arp_parms->queue_len_bytes = limit;
	for (int i = 0; i < 15; i++)
		send_one(n);
	assert_int_equal(n->arp_queue.qlen, 10);
	assert_in_range(n->arp_queue_bytes, 1, limit);
	assert_int_equal(w.net.drops[SKB_DROP_REASON_NEIGH_QUEUEFULL], 5);
	assert_int_equal(w.tbl.stats.unresolved_discards, 5);
}

/* Of many entries one cannot fill the memory: beyond its share each has one packet waiting. */
static void test_all_queues_are_bounded(void **state)
{
	size_t budget = w.net.mem.budget;

	(void)state;
	w.net.mem.budget = 16 * 20 * sizeof(struct sk_buff);
	for (u32 i = 1; i <= 30; i++)
		for (u32 k = 0; k < 5; k++)
			send_one(get(i));
	w.net.mem.budget = budget;
	assert_in_range(w.tbl.queue_bytes, 30 * sizeof(struct sk_buff),
			(20 + 30) * sizeof(struct sk_buff));
	for (u32 i = 1; i <= 30; i++)
		assert_true(get(i)->arp_queue.qlen >= 1);
	assert_true(w.net.drops[SKB_DROP_REASON_NEIGH_QUEUEFULL] > 80);	/* of 150 */
	at_ms(3000);
	assert_int_equal(w.tbl.queue_bytes, 0);
}

static void test_stale_delay_probe(void **state)
{
	struct neighbour *n = get(1);

	(void)state;
	neigh_hold(n);
	neigh_update(n, mac1, NUD_REACHABLE, 0);
	at_ms(29999);
	assert_int_equal(n->nud_state, NUD_REACHABLE);
	at_ms(30000);
	assert_int_equal(n->nud_state, NUD_STALE);
	at_ms(40000);
	assert_int_equal(w.solicits, 0);	/* nobody needs it: nobody asks */
	send_one(n);				/* goes out at once, on trust */
	assert_int_equal(sent_to(mac1), 1);
	assert_int_equal(n->nud_state, NUD_DELAY);
	at_ms(44999);
	assert_int_equal(n->nud_state, NUD_DELAY);
	at_ms(45000);
	assert_int_equal(n->nud_state, NUD_PROBE);
	assert_int_equal(w.solicits, 1);
	assert_int_equal(w.unicast, 1);		/* asked itself, not everybody */
	send_one(n);
	assert_int_equal(sent_to(mac1), 1);
	at_ms(47000);
	assert_int_equal(w.solicits, 3);
	assert_int_equal(w.unicast, 3);
	at_ms(48000);
	assert_int_equal(n->nud_state, NUD_FAILED);
	neigh_release(n);
}

static void test_reply_to_probe(void **state)
{
	struct neighbour *n = get(1);

	(void)state;
	neigh_update(n, mac1, NUD_STALE, 0);
	send_one(n);
	at_ms(5000);
	assert_int_equal(n->nud_state, NUD_PROBE);
	neigh_update(n, mac1, NUD_REACHABLE, 0);
	assert_int_equal(n->nud_state, NUD_REACHABLE);
	assert_int_equal(sent_to(mac1), 1);
}

static void test_confirmed_from_above(void **state)
{
	struct neighbour *n = get(1);

	(void)state;
	neigh_update(n, mac1, NUD_STALE, 0);
	send_one(n);
	at_ms(3000);
	neigh_confirm(n);			/* a TCP ACK came back */
	at_ms(5000);
	assert_int_equal(n->nud_state, NUD_REACHABLE);
	assert_int_equal(w.solicits, 0);
	at_ms(32999);
	assert_int_equal(n->nud_state, NUD_REACHABLE);
	at_ms(33000);				/* reachable_time counts from the confirmation */
	assert_int_not_equal(n->nud_state, NUD_REACHABLE);
	assert_int_equal(sent_to(mac1), 1);
}

/* Times of 0: states change one by one, and time goes on between them. */
static void test_states_without_a_time_do_not_stop_it(void **state)
{
	struct neighbour *n = get(1);

	(void)state;
	w.dev->arp_parms->reachable_time = 0;
	w.dev->arp_parms->delay_probe_time_s = 0;
	send_one(n);
	assert_int_equal(neigh_update(n, mac1, NUD_REACHABLE, NEIGH_UPDATE_F_OVERRIDE), 0);
	assert_int_equal(sent_to(mac1), 1);
	at_ms(9000);
	assert_int_not_equal(n->nud_state, NUD_REACHABLE);
}

static void test_moves_only_when_overridden(void **state)
{
	struct neighbour *n = get(1);

	(void)state;
	neigh_update(n, mac1, NUD_REACHABLE, 0);
	neigh_update(n, mac2, NUD_STALE, 0);
	assert_memory_equal(n->ha, mac1, 6);
	assert_int_equal(n->nud_state, NUD_REACHABLE);
	neigh_update(n, mac2, NUD_STALE, NEIGH_UPDATE_F_OVERRIDE);
	assert_memory_equal(n->ha, mac2, 6);
	assert_int_equal(n->nud_state, NUD_STALE);
	send_one(n);
	assert_int_equal(sent_to(mac2), 1);	/* the ready header moved with it */
	/* The same address again does not make a good entry worse. */
	neigh_update(n, mac2, NUD_REACHABLE, 0);
	neigh_update(n, mac2, NUD_STALE, 0);
	assert_int_equal(n->nud_state, NUD_REACHABLE);
}

static void test_permanent(void **state)
{
	struct neighbour *n = get(1);

	(void)state;
	assert_int_equal(neigh_update(n, NULL, NUD_PERMANENT, NEIGH_UPDATE_F_ADMIN), -EINVAL);
	assert_int_equal(neigh_update(n, mac1, NUD_PERMANENT, NEIGH_UPDATE_F_ADMIN), 0);
	assert_int_equal(neigh_update(n, mac2, NUD_REACHABLE, NEIGH_UPDATE_F_OVERRIDE), -EPERM);
	at_ms(100000000);
	send_one(n);
	assert_int_equal(sent_to(mac1), 1);
	assert_int_equal(w.solicits, 0);
}

static void test_noarp(void **state)
{
	(void)state;
	w.noarp = true;
	send_one(get(7));
	assert_int_equal(sent_to(w.dev->broadcast), 1);
	assert_int_equal(w.solicits, 0);
}

/* Below gc_thresh1 nobody goes. */
static void test_few_stay(void **state)
{
	(void)state;
	for (u32 i = 1; i < 128; i++)
		neigh_update(get(i), mac1, NUD_STALE, 0);
	at_ms(200000);
	assert_int_equal(w.tbl.entries, 127);
	assert_int_equal(bare_net_next(&w.net), KTIME_MAX);
	neigh_update(get(128), mac1, NUD_STALE, 0);
	at_ms(260000);
	assert_in_range(w.tbl.entries, 0, 1);
}

static void test_unused_entries_age_out(void **state)
{
	(void)state;
	w.net.sysctl.neigh_gc_thresh1 = 0;
	neigh_update(get(1), mac1, NUD_REACHABLE, 0);
	neigh_update(get(2), mac2, NUD_PERMANENT, NEIGH_UPDATE_F_ADMIN);
	at_ms(59000);
	assert_int_equal(w.tbl.entries, 2);
	at_ms(200000);
	assert_int_equal(w.tbl.entries, 1);	/* the one set by hand stays */
	/* A machine with nothing to do sleeps. */
	assert_int_equal(bare_net_next(&w.net), KTIME_MAX);
}

static void test_table_is_bounded(void **state)
{
	(void)state;
	w.net.sysctl.neigh_gc_thresh3 = 100;
	for (u32 i = 1; i <= 100; i++)
		neigh_update(get(i), mac1, NUD_STALE, 0);
	assert_null(get(1000));			/* all are younger than five seconds */
	assert_int_equal(w.tbl.stats.table_fulls, 1);
	at_ms(5001);
	assert_non_null(get(1000));
	assert_in_range(w.tbl.entries, 1, 100);
}

/* From gc_thresh2 on room is made once in five seconds, down to that many. */
static void test_second_threshold(void **state)
{
	(void)state;
	w.net.sysctl.neigh_gc_thresh2 = 10;
	for (u32 i = 1; i <= 30; i++)
		neigh_update(get(i), mac1, NUD_STALE, 0);
	assert_int_equal(w.tbl.entries, 30);
	at_ms(5001);
	get(100);
	assert_int_equal(w.tbl.stats.forced_gc_runs, 1);
	assert_int_equal(w.tbl.entries, 11);
	get(101);
	assert_int_equal(w.tbl.stats.forced_gc_runs, 1);
	assert_int_equal(w.tbl.entries, 12);
}

/* What was set by hand, or comes from elsewhere, neither counts nor goes. */
static void test_exempt(void **state)
{
	const u32 by_hand = NEIGH_UPDATE_F_ADMIN | NEIGH_UPDATE_F_OVERRIDE;

	(void)state;
	w.net.sysctl.neigh_gc_thresh1 = 0;
	w.net.sysctl.neigh_gc_thresh3 = 4;
	for (u32 i = 1; i <= 10; i++)
		neigh_update(get(i), mac1, NUD_PERMANENT, by_hand);
	for (u32 i = 11; i <= 20; i++)
		neigh_update(get(i), mac1, NUD_STALE, by_hand | NEIGH_UPDATE_F_EXT_LEARNED);
	assert_int_equal(w.tbl.entries, 20);
	assert_int_equal(w.tbl.gc_entries, 0);
	at_ms(1000000);
	assert_int_equal(w.tbl.entries, 20);
	neigh_update(get(11), mac1, NUD_STALE, by_hand);
	assert_int_equal(w.tbl.gc_entries, 1);
	at_ms(1100000);
	assert_int_equal(w.tbl.entries, 19);
	neigh_flush_dev(&w.tbl, w.dev, true);
	assert_int_equal(w.tbl.entries, 19);
	neigh_ifdown(&w.tbl, w.dev);
	assert_int_equal(w.tbl.entries + w.tbl.gc_entries, 0);
}

/* Kept resolved without a packet: asked again each time that it grew old. */
static void test_managed(void **state)
{
	struct neighbour *n = get(1);

	(void)state;
	neigh_update(n, NULL, NUD_NONE, NEIGH_UPDATE_F_ADMIN | NEIGH_UPDATE_F_MANAGED);
	assert_int_equal(n->nud_state, NUD_INCOMPLETE);
	assert_int_equal(w.solicits, 1);
	neigh_update(n, mac1, NUD_REACHABLE, 0);
	at_ms(31000);
	assert_int_equal(n->nud_state, NUD_DELAY);
	at_ms(35500);
	assert_int_equal(n->nud_state, NUD_PROBE);
	neigh_update(n, mac1, NUD_REACHABLE, 0);
	assert_int_equal(w.unicast, 1);
	neigh_update(n, mac1, NUD_STALE, NEIGH_UPDATE_F_ADMIN);
	assert_int_equal(w.tbl.managed, 0);
	at_ms(80000);
	assert_int_equal(n->nud_state, NUD_STALE);
	assert_int_equal(bare_net_next(&w.net), KTIME_MAX);
}

/* app_solicit leaves that many tries to somebody else; mcast_resolicit asks all once more. */
static void test_numbers_of_probes(void **state)
{
	struct neighbour *n = get(1);

	(void)state;
	w.dev->arp_parms->app_solicit = 2;
	w.dev->arp_parms->mcast_solicit = 1;
	w.dev->arp_parms->mcast_resolicit = 1;
	send_one(n);
	at_ms(2999);
	assert_int_equal(n->nud_state, NUD_INCOMPLETE);
	at_ms(3000);
	assert_int_equal(n->nud_state, NUD_FAILED);
	assert_int_equal(w.app, 2);
	assert_int_equal(w.solicits, 1);
	neigh_update(n, mac1, NUD_STALE, 0);
	send_one(n);
	at_ms(3000 + 5000 + 5999);
	assert_int_equal(n->nud_state, NUD_PROBE);
	assert_int_equal(w.unicast, 3);
	assert_int_equal(w.app, 4);
	assert_int_equal(w.solicits, 5);
	at_ms(3000 + 5000 + 6000);
	assert_int_equal(n->nud_state, NUD_FAILED);
	assert_int_equal(sent_to(mac1), 1);
}

static void test_held_entry_outlives_deletion(void **state)
{
	struct neighbour *n = neigh_hold(get(1));
	u32 key = 1;

	(void)state;
	send_one(n);
	assert_int_equal(neigh_delete(&w.tbl, &key, w.dev), 0);
	assert_int_equal(neigh_delete(&w.tbl, &key, w.dev), -ENOENT);
	assert_int_equal(w.net.drops[SKB_DROP_REASON_NEIGH_DEAD], 1);
	assert_true(n->dead);
	send_one(n);
	assert_int_equal(w.net.drops[SKB_DROP_REASON_NEIGH_DEAD], 2);
	assert_ptr_not_equal(get(1), n);
	neigh_release(n);
}

static int collect(struct neighbour *n, void *ctx)
{
	u32 **at = ctx, key;

	memcpy(&key, n->primary_key, 4);
	*(*at)++ = get_be32(&key);
	return 0;
}

static void test_listing_is_in_order(void **state)
{
	u32 got[300], *at = got;

	(void)state;
	for (u32 i = 0; i < 300; i++)
		get(cpu_to_be32(i * 7919 % 300 + 1));
	assert_int_equal(neigh_for_each(&w.tbl, collect, &at), 0);
	for (u32 i = 0; i < 300; i++)
		assert_int_equal(got[i], i + 1);
}

static void test_without_memory(void **state)
{
	(void)state;
	for (u32 nth = 1; nth < 6; nth++) {
		struct neighbour *n;

		w.net.mem.fail_after = nth;
		n = get(100 + nth);
		w.net.mem.fail_after = 0;
		if (n)
			send_one(n);
	}
	assert_true(w.net.mem.failed > 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_resolves_and_sends_what_waited), T(test_gives_up_after_three),
		T(test_queue_is_bounded), T(test_all_queues_are_bounded),
		T(test_stale_delay_probe), T(test_reply_to_probe),
		T(test_confirmed_from_above), T(test_states_without_a_time_do_not_stop_it),
		T(test_moves_only_when_overridden),
		T(test_permanent), T(test_noarp), T(test_unused_entries_age_out),
		T(test_few_stay), T(test_second_threshold), T(test_exempt), T(test_managed),
		T(test_numbers_of_probes), T(test_table_is_bounded),
		T(test_held_entry_outlives_deletion),
		T(test_listing_is_in_order), T(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

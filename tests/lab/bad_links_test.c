/* SPDX-License-Identifier: MIT */
/*
 * Links that lose, damage, double and reorder frames, slow machines, small buffers: transfers
 * end with the right bytes, and each frame that does not arrive is counted under its reason (rows
 * P1, N1-N4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "device/netdevice.h"
#include "driver/nic.h"
#include "harness/lab_harness.h"

static const char pair[] =
	"name: t\n"
	"topology:\n"
	"  nodes:\n"
	"    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0], %s }\n"
	"    b: { kind: host, exec: [ip addr add 10.0.0.2/24 dev eth0],\n"
	"         services: [ http: { root: www } ] }\n"
	"  links:\n"
	"    - { endpoints: [\"a:eth0\", \"b:eth0\"], %s }\n";

struct transfer {
	struct topo_builtin_file table[1];
	struct topo_builtin files;
	struct world *w;
	struct page page;
	size_t n;
	u8 *bytes;
};

/* Gets n bytes from b to a over such a link. */
static void transfer_run(struct transfer *t, const char *node, const char *link, size_t n)
{
	struct world_params params = { .files = &t->files.files };
	char yaml[1024];

	t->n = n;
	t->bytes = pattern_bytes(n);
	t->table[0] = (struct topo_builtin_file){ "www/big.bin", t->bytes, n };
	topo_builtin_init(&t->files, t->table, 1);
	snprintf(yaml, sizeof(yaml), pair, node, link);
	t->w = world_new(yaml, &params);
	world_get(t->w, "a", "http://10.0.0.2/big.bin", &t->page);
	if (t->page.error)
		print_error("%s\n", t->page.message);
	assert_int_equal(t->page.error, HTTP_ERR_NONE);
	assert_int_equal(t->page.body.len, n);
	assert_memory_equal(t->page.body.s, t->bytes, n);
}

static void transfer_end(struct transfer *t)
{
	page_free(&t->page);
	world_end(t->w);
	free(t->bytes);
}

static u64 nic_stat(struct world *w, const char *node, size_t offset)
{
	const struct nic *nic = world_dev(w, node, "eth0")->nic;

	return *(const u64 *)(const void *)((const char *)&nic->stats + offset);
}

#define NIC_STAT(w, node, field) nic_stat(w, node, offsetof(struct nic_stats, field))

static void a_bad_long_line_delivers_every_byte(void **state)
{
	const struct link_stats *st;
	struct transfer t = { 0 };

	(void)state;
	transfer_run(&t, "labels: { }",
		     "rate: 50mbit, delay: 25ms, jitter: 2ms, loss: 1%, reorder: 1%, "
		     "duplicate: 0.5%, ber: 1e-7", 3000000);
	st = lab_link_stats(t.w->lab, 0, 1);
	assert_true(st->drops[LINK_DROP_LOSS] > 0);
	assert_true(st->reordered > 0);
	assert_true(st->duplicated > 0);
	assert_true(st->corrupted > 0);
	assert_true(world_net(t.w, "b")->mib[MIB_TcpRetransSegs] >= st->drops[LINK_DROP_LOSS] / 2);
	assert_int_equal(world_net(t.w, "a")->copies.linearized, 0);
	transfer_end(&t);
}

/* Flipped bits are real: the card's FCS check finds each such frame, no other check has to. */
static void flipped_bits_are_found_by_the_fcs(void **state)
{
	struct transfer t = { 0 };
	u64 damaged;

	(void)state;
	transfer_run(&t, "labels: { }", "rate: 1gbit, delay: 1ms, ber: 1e-6", 2000000);
	world_wait(t.w, 200 * MS);
	damaged = lab_link_stats(t.w->lab, 0, 1)->corrupted;
	assert_true(damaged > 5);
	assert_int_equal(NIC_STAT(t.w, "a", rx_fcs_errors), damaged);
	assert_int_equal(world_net(t.w, "a")->drops[SKB_DROP_REASON_NIC_FCS], damaged);
	assert_int_equal(NIC_STAT(t.w, "b", rx_fcs_errors),
			 lab_link_stats(t.w->lab, 0, 0)->corrupted);
	assert_int_equal(world_net(t.w, "a")->mib[MIB_TcpInCsumErrors], 0);
	assert_int_equal(world_net(t.w, "a")->mib[MIB_IpInHdrErrors], 0);
	transfer_end(&t);
}

/* A machine that needs longer for a frame than the line: its ring runs over, and TCP adapts. */
static void a_slow_machine_is_overrun(void **state)
{
	struct transfer t = { 0 };
	char *out;

	(void)state;
	transfer_run(&t, "cpu: { frame-cost: 40us }", "rate: 1gbit, delay: 1ms", 3000000);
	assert_true(NIC_STAT(t.w, "a", rx_missed_errors) > 0);
	assert_int_equal(NIC_STAT(t.w, "a", rx_missed_errors),
			 world_net(t.w, "a")->drops[SKB_DROP_REASON_NIC_OVERRUN]);
	out = world_sh(t.w, "a", "ifconfig eth0");
	assert_contains(out, "overruns ");
	assert_lacks(out, "overruns 0  frame 0\n        TX");
	free(out);
	transfer_end(&t);
}

/* A modem with a buffer of 20 KB in front of a slow line: tail drops, and every byte arrives. */
static void a_full_queue_drops_the_tail(void **state)
{
	struct transfer t = { 0 };

	(void)state;
	transfer_run(&t, "labels: { }", "rate: 10mbit, delay: 20ms, queue: 20kb", 1000000);
	assert_true(lab_link_stats(t.w->lab, 0, 1)->drops[LINK_DROP_QUEUE] > 0);
	transfer_end(&t);
}

/* What is longer than the link's mtu cannot pass; the cards know, so nothing is lost. */
static void cards_keep_to_the_links_mtu(void **state)
{
	struct transfer t = { 0 };

	(void)state;
	transfer_run(&t, "labels: { }", "rate: 100mbit, mtu: 900", 300000);
	assert_int_equal(world_dev(t.w, "a", "eth0")->mtu, 900);
	assert_int_equal(lab_link_stats(t.w->lab, 0, 1)->drops[LINK_DROP_GIANT], 0);
	transfer_end(&t);
}

static void the_shipped_bad_line_works(void **state)
{
	struct world_params params = { .timeline = true };
	struct world *w = world_new("lossy-long-link.yaml", &params);

	(void)state;
	lab_run(w->lab, 120 * SEC);
	assert_false(lab_busy(w->lab));
	assert_in_order(w->output.s, "earth> ping -c 10 moon", "10 packets transmitted",
			"earth> get http://moon/", "</html>", "earth> ethtool -S eth0",
			"rx_fcs_errors", NULL);
	/* it is worth its name: frames were lost and damaged, and TCP repaired that */
	assert_true(lab_link_stats(w->lab, 0, 1)->drops[LINK_DROP_LOSS] > 0);
	assert_true(lab_link_stats(w->lab, 0, 1)->corrupted > 0);
	assert_true(world_net(w, "moon")->mib[MIB_TcpRetransSegs] > 0);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_long_line_delivers_every_byte),
		cmocka_unit_test(flipped_bits_are_found_by_the_fcs),
		cmocka_unit_test(a_slow_machine_is_overrun),
		cmocka_unit_test(a_full_queue_drops_the_tail),
		cmocka_unit_test(cards_keep_to_the_links_mtu),
		cmocka_unit_test(the_shipped_bad_line_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * ECN from end to end: a narrow line whose queue marks instead of dropping. With ECN nothing is
 * lost and nothing sent again, and the queue is short; without, packets are lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "device/netdevice.h"
#include "device/qdisc_aqm.h"
#include "harness/lab_harness.h"

/* A client behind a router whose line to it has 20 Mbit/s; 20 ms there and back. */
static const char lab[] =
	"name: t\n"
	"topology:\n"
	"  nodes:\n"
	"    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0,\n"
	"         ip route add default via 10.0.0.254, sysctl -w net.ipv4.tcp_ecn=%d] }\n"
	"    r: { kind: router, exec: [ip addr add 10.0.0.254/24 dev eth0,\n"
	"         ip addr add 10.0.1.254/24 dev eth1, ethtool -G eth0 tx 4, \"%s\"] }\n"
	"    b: { kind: host, exec: [ip addr add 10.0.1.1/24 dev eth0,\n"
	"         ip route add default via 10.0.1.254],\n"
	"         services: [ http: { root: www } ] }\n"
	"  links:\n"
	"    - { endpoints: [\"r:eth0\", \"a:eth0\"], rate: 20mbit, delay: 10ms%s }\n"
	"    - { endpoints: [\"r:eth1\", \"b:eth0\"], rate: 1gbit }\n";

struct result {
	u64 marked, lost, retransmitted;
	s64 took_ns;
	struct link_stats link;
};

static void transfer(int ecn, const char *qdisc, const char *link, struct result *r)
{
	const size_t n = 4000000;
	u8 *bytes = pattern_bytes(n);
	struct topo_builtin_file table[] = { { "www/big.bin", bytes, n } };
	struct topo_builtin files;
	struct world_params params = { .files = &files.files };
	struct page page = { 0 };
	char yaml[1500];
	struct world *w;

	topo_builtin_init(&files, table, 1);
	snprintf(yaml, sizeof(yaml), lab, ecn, qdisc, link);
	w = world_new(yaml, &params);
	world_get(w, "a", "http://10.0.1.1/big.bin", &page);
	if (page.error)
		print_error("%s\n", page.message);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_int_equal(page.body.len, n);
	assert_memory_equal(page.body.s, bytes, n);
	*r = (struct result){
		.marked = world_net(w, "a")->mib[MIB_IpExtInCEPkts], .took_ns = page.took_ns,
		.lost = world_net(w, "r")->drops[SKB_DROP_REASON_QDISC_CONGESTED] +
			world_net(w, "r")->drops[SKB_DROP_REASON_QDISC_DROP],
		.retransmitted = world_net(w, "b")->mib[MIB_TcpRetransSegs],
		.link = *lab_link_stats(w->lab, 0, 0),
	};
	page_free(&page);
	world_end(w);
	free(bytes);
}

/* 4 MB at 20 Mbit/s and 1448 bytes of 1538 on the wire: 1.7 s at least. */
static void assert_line_is_used(const struct result *r)
{
	assert_in_range(r->took_ns / MS, 1700, 2100);
}

static void a_qdisc_marks(void **state)
{
	struct result r;

	(void)state;
	transfer(1, "tc qdisc add dev eth0 root fq_codel", "", &r);
	assert_true(r.marked > 0);
	assert_int_equal(r.lost, 0);
	assert_int_equal(r.retransmitted, 0);
	assert_line_is_used(&r);
	transfer(1, "tc qdisc add dev eth0 root codel ecn", "", &r);
	assert_true(r.marked > 0);
	assert_int_equal(r.lost, 0);
	assert_int_equal(r.retransmitted, 0);
}

static void without_ecn_it_drops(void **state)
{
	struct result r;

	(void)state;
	transfer(0, "tc qdisc add dev eth0 root fq_codel", "", &r);
	assert_int_equal(r.marked, 0);
	assert_true(r.lost > 0);
	assert_true(r.retransmitted >= r.lost);
	assert_line_is_used(&r);
	transfer(1, "tc qdisc add dev eth0 root fq_codel noecn", "", &r);
	assert_int_equal(r.marked, 0);
	assert_true(r.lost > 0);
}

static void a_line_marks(void **state)
{
	struct result r;

	(void)state;
	transfer(1, "hostname", ", queue: 1mb, codel: on", &r);
	assert_true(r.marked > 0);
	assert_int_equal(r.marked, r.link.marked);
	assert_int_equal(r.link.drops[LINK_DROP_CODEL] + r.link.drops[LINK_DROP_QUEUE], 0);
	assert_int_equal(r.retransmitted, 0);
	assert_line_is_used(&r);
	transfer(0, "hostname", ", queue: 1mb, codel: on", &r);
	assert_int_equal(r.marked, 0);
	assert_true(r.link.drops[LINK_DROP_CODEL] > 0);
	assert_true(r.retransmitted >= r.link.drops[LINK_DROP_CODEL]);
}

/* The time of a ping beside the transfer: what waits in the queue is what it waits for. */
static s64 worst_ping_ms(int ecn, const char *link)
{
	const size_t n = 4000000;
	u8 *bytes = pattern_bytes(n);
	struct topo_builtin_file table[] = { { "www/big.bin", bytes, n } };
	struct topo_builtin files;
	struct world_params params = { .files = &files.files };
	struct text printed = { 0 };
	struct page page = { 0 };
	char yaml[1500];
	const char *mdev;
	double worst;
	struct world *w;

	topo_builtin_init(&files, table, 1);
	snprintf(yaml, sizeof(yaml), lab, ecn, "hostname", link);
	w = world_new(yaml, &params);
	world_get_start(w, "a", "http://10.0.1.1/big.bin", &page);
	world_wait(w, SEC / 2);
	assert_int_equal(world_run(w, "a", "ping -c 10 -i 0.05 10.0.1.1", &printed), 0);
	mdev = strstr(printed.s, "mdev = ");
	assert_non_null(mdev);
	assert_int_equal(sscanf(mdev, "mdev = %*f/%*f/%lf", &worst), 1);
	while (!page.done)
		world_wait(w, SEC);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	text_free(&printed);
	page_free(&page);
	world_end(w);
	free(bytes);
	return (s64)worst;
}

/* 20 ms of it are the line's. */
static void the_queue_stays_short(void **state)
{
	s64 long_ms = worst_ping_ms(1, ", queue: 1mb");
	s64 ms = worst_ping_ms(1, ", queue: 1mb, codel: on");

	(void)state;
	assert_in_range(ms, 20, 45);
	assert_true(long_ms > 2 * ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_qdisc_marks),
		cmocka_unit_test(without_ecn_it_drops),
		cmocka_unit_test(a_line_marks),
		cmocka_unit_test(the_queue_stays_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

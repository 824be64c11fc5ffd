/* SPDX-License-Identifier: MIT */
/* An office with VLANs: who reaches whom, by which way, and what the cables carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "device/netdevice.h"
#include "harness/lab_harness.h"

enum { LINK_ANNA, LINK_CARL, LINK_GW, LINK_TRUNK, LINK_BERT, LINK_DORA };
enum { FORTH, BACK };

static u64 before[LINK_DORA + 1][2];

/* Without IPv6, whose talk nobody here counts. */
static struct world *office(void)
{
	static const char *const nodes[] = { "anna", "bert", "carl", "dora", "gw" };
	struct world *w = world_new("office-vlans.yaml", &(struct world_params){ 0 });

	for (u32 i = 0; i < ARRAY_SIZE(nodes); i++)
		free(world_sh(w, nodes[i], "sysctl -w net.ipv6.conf.all.disable_ipv6=1"));
	lab_run(w->lab, lab_now(w->lab) + NSEC_PER_SEC);
	for (u32 i = 0; i <= LINK_DORA; i++)
		for (u32 d = FORTH; d <= BACK; d++)
			before[i][d] = lab_link_stats(w->lab, i, d)->frames;
	return w;
}

static u64 frames(struct world *w, u32 link, u32 direction)
{
	return lab_link_stats(w->lab, link, direction)->frames - before[link][direction];
}

/* Inside of a VLAN the switches do it alone; the router hears the question only. */
static void neighbours_talk_over_the_trunk(void **state)
{
	struct world *w = office();
	char *out = world_sh(w, "anna", "ping -c 2 bert");

	(void)state;
	assert_contains(out, "2 received, 0% packet loss");
	assert_contains(out, "ttl=64");
	free(out);
	assert_int_equal(frames(w, LINK_TRUNK, FORTH), 3);	/* ARP, two echoes */
	assert_int_equal(frames(w, LINK_TRUNK, BACK), 3);
	assert_int_equal(frames(w, LINK_GW, BACK), 1);		/* the question, tagged */
	assert_int_equal(frames(w, LINK_GW, FORTH), 0);
	assert_int_equal(frames(w, LINK_CARL, BACK), 0);
	assert_int_equal(frames(w, LINK_DORA, BACK), 0);
	world_end(w);
}

/* From one VLAN to the other: twice over the router's cable. */
static void other_vlans_are_behind_the_router(void **state)
{
	struct world *w = office();
	u64 received[] = { world_dev(w, "gw", "eth0.10")->stats.rx_packets,
			   world_dev(w, "gw", "eth0.20")->stats.rx_packets };
	char *out = world_sh(w, "anna", "ping -c 2 dora");

	(void)state;
	assert_contains(out, "2 received, 0% packet loss");
	assert_contains(out, "ttl=63");
	free(out);
	assert_int_equal(frames(w, LINK_ANNA, FORTH), 3);
	assert_int_equal(frames(w, LINK_GW, BACK), 6);		/* ARP, echoes; ARP, replies */
	assert_int_equal(world_dev(w, "gw", "eth0.10")->stats.rx_packets - received[0], 3);
	assert_int_equal(world_dev(w, "gw", "eth0.20")->stats.rx_packets - received[1], 3);
	world_end(w);
}

/* Who takes an address of the other network is still in his own VLAN. */
static void an_address_is_no_way_in(void **state)
{
	struct world *w = office();

	(void)state;
	free(world_sh(w, "carl", "ip addr add 10.0.10.66/24 dev eth0"));
	assert_int_equal(world_run(w, "carl", "ping -c 1 -W 1 bert", NULL), 1);
	assert_int_equal(frames(w, LINK_ANNA, BACK), 0);
	assert_int_equal(frames(w, LINK_BERT, FORTH), 0);
	assert_int_equal(frames(w, LINK_BERT, BACK), 0);
	world_end(w);
}

/* Whoever sends tags himself is refused at the port: p1 is a member of VLAN 10 only. */
static void a_tag_of_ones_own_is_no_way_in(void **state)
{
	struct world *w = office();

	(void)state;
	free(world_sh(w, "anna", "ip link add link eth0 name eth0.20 type vlan id 20"));
	free(world_sh(w, "anna", "ip link set eth0.20 up"));
	free(world_sh(w, "anna", "ip addr add 10.0.20.77/24 dev eth0.20"));
	assert_int_equal(world_run(w, "anna", "ping -c 1 -W 1 carl", NULL), 1);
	assert_int_equal(frames(w, LINK_CARL, BACK), 0);
	assert_true(world_net(w, "sw1")->drops[SKB_DROP_REASON_BRIDGE_VLAN_INGRESS] > 0);
	world_end(w);
}

static const char tagged_hosts[] =
	"name: tagged\n"
	"topology:\n"
	"  nodes:\n"
	"    a:\n"
	"      kind: host\n"
	"      exec:\n"
	"        - ip link add link eth0 name eth0.10 type vlan id 10\n"
	"        - ip link set eth0.10 up\n"
	"        - ip addr add 10.0.0.1/24 dev eth0.10\n"
	"    b:\n"
	"      kind: host\n"
	"      exec:\n"
	"        - ip link add link eth0 name eth0.10 type vlan id 10\n"
	"        - ip link set eth0.10 up\n"
	"        - ip addr add 10.0.0.2/24 dev eth0.10\n"
	"      services: [{ http: { root: pages } }]\n"
	"  links:\n"
	"    - { endpoints: [\"a:eth0\", \"b:eth0\"], rate: 1gbit }\n";

/* Full frames have four bytes more; the cards take them. */
static void tagged_hosts_talk_in_full_frames(void **state)
{
	struct world *w = world_new(tagged_hosts, &(struct world_params){ 0 });
	struct page page;
	char *out;

	(void)state;
	out = world_sh(w, "a", "ping -c 1 -s 1472 10.0.0.2");
	assert_contains(out, "1 received");
	free(out);
	assert_int_equal(lab_link_stats(w->lab, 0, FORTH)->frames, 2);
	out = world_sh(w, "a", "ping -c 1 -s 1473 10.0.0.2");	/* two fragments */
	assert_contains(out, "1 received");
	free(out);
	assert_int_equal(lab_link_stats(w->lab, 0, FORTH)->frames, 4);
	world_get(w, "a", "http://10.0.0.2/", &page);
	assert_int_equal(page.error, 0);
	assert_int_equal(page.status, 200);
	assert_int_equal(page.body.len, 48213);
	page_free(&page);
	assert_int_equal(world_dev(w, "b", "eth0")->stats.tx_dropped, 0);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_talk_over_the_trunk),
		cmocka_unit_test(other_vlans_are_behind_the_router),
		cmocka_unit_test(an_address_is_no_way_in),
		cmocka_unit_test(a_tag_of_ones_own_is_no_way_in),
		cmocka_unit_test(tagged_hosts_talk_in_full_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

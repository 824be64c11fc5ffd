/* SPDX-License-Identifier: MIT */
/* A LAN with a learning switch (rows W1-W3, N1): which frames go where, counted per cable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "device/netdevice.h"
#include "harness/lab_harness.h"

enum { LINK_A, LINK_B, LINK_C, LINK_D };	/* labs/lan-switch.yaml */
enum { TO_SWITCH, FROM_SWITCH };

static u64 frames(struct world *w, u32 link, u32 direction)
{
	return lab_link_stats(w->lab, link, direction)->frames;
}

/*
 * a pings b once. The ARP question goes everywhere; the answer, the echo and its reply only
 * between the two, because by then the switch has learned where they are.
 */
static void a_broadcast_goes_everywhere_an_answer_does_not(void **state)
{
	struct world *w = world_new("lan-switch.yaml", &(struct world_params){ 0 });

	(void)state;
	free(world_sh(w, "a", "ping -c 1 b"));
	world_wait(w, MS);
	assert_int_equal(frames(w, LINK_A, TO_SWITCH), 2);	/* ARP question, echo */
	assert_int_equal(frames(w, LINK_B, FROM_SWITCH), 2);
	assert_int_equal(frames(w, LINK_B, TO_SWITCH), 2);	/* ARP answer, reply */
	assert_int_equal(frames(w, LINK_A, FROM_SWITCH), 2);
	assert_int_equal(frames(w, LINK_C, FROM_SWITCH), 1);	/* the question alone */
	assert_int_equal(frames(w, LINK_D, FROM_SWITCH), 1);
	assert_int_equal(frames(w, LINK_C, TO_SWITCH), 0);
	world_end(w);
}

/* A frame to a MAC that the switch never saw goes to all ports; cards of others refuse it. */
static void an_unknown_destination_is_flooded(void **state)
{
	struct world *w = world_new("lan-switch.yaml", &(struct world_params){ 0 });

	(void)state;
	free(world_sh(w, "a", "ip neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 dev eth0"));
	assert_int_equal(world_run(w, "a", "ping -c 1 -W 1 10.0.0.77", NULL), 1);
	assert_int_equal(frames(w, LINK_B, FROM_SWITCH), 1);
	assert_int_equal(frames(w, LINK_C, FROM_SWITCH), 1);
	assert_int_equal(frames(w, LINK_D, FROM_SWITCH), 1);
	assert_int_equal(frames(w, LINK_A, FROM_SWITCH), 0);	/* not back where it came from */
	assert_int_equal(world_net(w, "b")->drops[SKB_DROP_REASON_NIC_FILTER], 1);
	assert_int_equal(world_net(w, "c")->drops[SKB_DROP_REASON_NIC_FILTER], 1);
	world_end(w);
}

static void the_table_shows_who_is_where(void **state)
{
	struct world *w = world_new("lan-switch.yaml", &(struct world_params){ 0 });
	char *fdb = world_sh(w, "sw1", "bridge fdb show");

	(void)state;
	assert_lacks(fdb, "02:00:00:00:01:01");
	free(fdb);
	free(world_sh(w, "a", "ping -c 1 b"));
	fdb = world_sh(w, "sw1", "bridge fdb show");
	assert_contains(fdb, "02:00:00:00:01:01 dev p1");
	assert_contains(fdb, "02:00:00:00:02:01 dev p2");
	assert_lacks(fdb, "02:00:00:00:03:01 dev");
	free(fdb);
	world_end(w);
}

static void ping_everybody(struct world *w)
{
	static const char *const hosts[] = { "a", "b", "c", "d" };

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		for (size_t j = 0; j < ARRAY_SIZE(hosts); j++) {
			char cmd[32] = "ping -c 1 ";

			if (i == j)
				continue;
			strcat(cmd, hosts[j]);
			free(world_sh(w, hosts[i], cmd));
		}
}

static void everybody_reaches_everybody(void **state)
{
	struct world *w = world_new("lan-switch.yaml", &(struct world_params){ 0 });

	(void)state;
	ping_everybody(w);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_broadcast_goes_everywhere_an_answer_does_not),
		cmocka_unit_test(an_unknown_destination_is_flooded),
		cmocka_unit_test(the_table_shows_who_is_where),
		cmocka_unit_test(everybody_reaches_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

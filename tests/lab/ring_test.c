/* SPDX-License-Identifier: MIT */
/*
 * Switches in rings and meshes: spanning tree makes a tree of them, mends it when a cable fails,
 * and speaks with those who know the older protocol only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/prng.h"
#include "device/netdevice.h"
#include "harness/lab_harness.h"
#include "link/bridge/br.h"

enum { LINK_12, LINK_23, LINK_34, LINK_41, LINK_A, LINK_B };	/* labs/ring.yaml */

static struct world *ring(void)
{
	return world_new("ring.yaml", &(struct world_params){ 0 });
}

static const struct net_bridge_port *port(struct world *w, const char *node, const char *name)
{
	return world_dev(w, node, name)->br_port;
}

static void is(struct world *w, const char *node, const char *name, u8 role, u8 state)
{
	const struct net_bridge_port *p = port(w, node, name);

	if (p->stp.role != role || p->state != state)
		print_error("%s:%s is %s, %s\n", node, name, br_stp_role_name(p->stp.role),
			    br_state_name(p->state));
	assert_int_equal(p->stp.role, role);
	assert_int_equal(p->state, state);
}

/* Both ways around to sw3 cost the same: by the lower id of who offers it. */
static void converged(struct world *w)
{
	is(w, "sw1", "p1", STP_DESIGNATED_PORT, BR_STATE_FORWARDING);
	is(w, "sw1", "p2", STP_DESIGNATED_PORT, BR_STATE_FORWARDING);
	is(w, "sw2", "p1", STP_ROOT_PORT, BR_STATE_FORWARDING);
	is(w, "sw2", "p2", STP_DESIGNATED_PORT, BR_STATE_FORWARDING);
	is(w, "sw3", "p1", STP_ROOT_PORT, BR_STATE_FORWARDING);
	is(w, "sw3", "p2", STP_ALTERNATE_PORT, BR_STATE_BLOCKING);
	is(w, "sw4", "p1", STP_DESIGNATED_PORT, BR_STATE_FORWARDING);
	is(w, "sw4", "p2", STP_ROOT_PORT, BR_STATE_FORWARDING);
}

static void switch_off(struct world *w)
{
	for (int i = 1; i <= 4; i++) {
		char node[4] = { 's', 'w', (char)('0' + i), 0 };

		free(world_sh(w, node, "ip link set br0 type bridge stp_state 0"));
	}
}

static u64 to_b(struct world *w)
{
	return lab_link_stats(w->lab, LINK_B, 1)->frames;
}

/* One question, asked once: it runs in circles, both ways, and b hears it each time. */
static void without_it_a_ring_melts(void **state)
{
	struct world *w = ring();

	(void)state;
	switch_off(w);
	assert_int_equal(world_run(w, "a", "ping -c 1 -W 0.1 10.0.0.77", NULL), 1);
	assert_true(to_b(w) > 1000);
	world_end(w);
}

static void with_it_a_broadcast_comes_once(void **state)
{
	struct world *w = ring();
	u64 before, bpdus;

	(void)state;
	world_wait(w, 5 * SEC);
	converged(w);
	before = to_b(w);
	bpdus = port(w, "sw3", "p3")->stp.bpdus_out;
	assert_int_equal(world_run(w, "a", "ping -c 1 -W 0.1 10.0.0.77", NULL), 1);
	assert_int_equal(to_b(w) - before, 1 + port(w, "sw3", "p3")->stp.bpdus_out - bpdus);
	world_end(w);
}

static void all_agree_within_a_hello(void **state)
{
	struct world *w = ring();

	(void)state;
	world_wait(w, 10 * MS);
	converged(w);
	world_end(w);
}

static void pull(struct world *w, u32 link, bool up)
{
	lab_link_set(w->lab, link, up);
}

/* The alternate port is a root port at once, its new neighbours agree: milliseconds. */
static void a_failure_is_mended_in_milliseconds(void **state)
{
	struct world *w = ring();
	struct text out = { 0 };

	(void)state;
	world_wait(w, 5 * SEC);
	free(world_sh(w, "a", "ping -c 1 b"));
	pull(w, LINK_12, false);
	world_wait(w, 5 * MS);
	is(w, "sw3", "p2", STP_ROOT_PORT, BR_STATE_FORWARDING);
	is(w, "sw3", "p1", STP_DESIGNATED_PORT, BR_STATE_FORWARDING);
	is(w, "sw2", "p2", STP_ROOT_PORT, BR_STATE_FORWARDING);
	assert_int_equal(world_run(w, "a", "ping -c 100 -i 0.01 -W 1 b", &out), 0);
	assert_contains(out.s, " 0% packet loss");
	text_free(&out);
	pull(w, LINK_12, true);
	world_wait(w, 5 * SEC);
	converged(w);
	world_end(w);
}

/* A switch that is cut off is not heard of any more, without a cable that says so. */
static void the_root_may_go(void **state)
{
	struct world *w = ring();

	(void)state;
	world_wait(w, 5 * SEC);
	pull(w, LINK_12, false);
	pull(w, LINK_41, false);
	world_wait(w, 10 * MS);
	is(w, "sw2", "p2", STP_DESIGNATED_PORT, BR_STATE_FORWARDING);
	is(w, "sw3", "p1", STP_ROOT_PORT, BR_STATE_FORWARDING);
	free(world_sh(w, "sw4", "ip link set br0 type bridge priority 4096"));
	world_wait(w, 10 * MS);
	assert_int_equal(world_dev(w, "sw2", "br0")->bridge->stp.root.root >> 48, 4096);
	is(w, "sw4", "p1", STP_DESIGNATED_PORT, BR_STATE_FORWARDING);
	is(w, "sw3", "p2", STP_ROOT_PORT, BR_STATE_FORWARDING);
	world_end(w);
}

static void costs_move_the_reserve(void **state)
{
	struct world *w = ring();

	(void)state;
	world_wait(w, 5 * SEC);
	free(world_sh(w, "sw2", "bridge link set dev p1 cost 50"));
	world_wait(w, 10 * MS);
	is(w, "sw3", "p2", STP_ROOT_PORT, BR_STATE_FORWARDING);
	is(w, "sw2", "p2", STP_ROOT_PORT, BR_STATE_FORWARDING);
	is(w, "sw2", "p1", STP_ALTERNATE_PORT, BR_STATE_BLOCKING);
	world_end(w);
}

/* sw3 speaks STP only: its neighbours do too, on these ports; the rest remains rapid. */
static void an_older_switch_is_spoken_to_in_its_way(void **state)
{
	struct world *w = ring();
	char *out;

	(void)state;
	free(world_sh(w, "sw3", "ip link set br0 type bridge stp_version 0"));
	world_wait(w, 40 * SEC);
	converged(w);
	assert_false(port(w, "sw2", "p2")->stp.send_rstp);
	assert_true(port(w, "sw2", "p1")->stp.send_rstp);
	out = world_sh(w, "a", "ping -c 1 b");
	assert_contains(out, "1 received");
	free(out);
	pull(w, LINK_12, false);
	world_wait(w, 55 * SEC);		/* max age, and two forward delays */
	is(w, "sw3", "p2", STP_ROOT_PORT, BR_STATE_FORWARDING);
	out = world_sh(w, "a", "ping -c 1 b");
	assert_contains(out, "1 received");
	free(out);
	/* a change of the tree is told upwards (TCN) and acknowledged, and all forget */
	assert_true(world_dev(w, "sw1", "br0")->bridge->stp.changes > 0);
	world_end(w);
}

static void a_guarded_port_takes_no_switch(void **state)
{
	struct world *w = ring();

	(void)state;
	free(world_sh(w, "sw1", "bridge link set dev p1 guard on"));
	world_wait(w, 10 * SEC);		/* what was heard before is three hellos old */
	assert_int_equal(port(w, "sw1", "p1")->state, BR_STATE_DISABLED);
	is(w, "sw2", "p1", STP_DESIGNATED_PORT, BR_STATE_FORWARDING);
	is(w, "sw3", "p2", STP_ROOT_PORT, BR_STATE_FORWARDING);
	world_end(w);
}

/* ---- any mesh ---- */

enum { SWITCHES = 7, LINKS = 14 };

struct mesh {
	struct { int sw, port; } end[LINKS][2];
	bool up[LINKS];
	int links;
};

static char *mesh_yaml(struct prng *rng, struct mesh *m)
{
	char *yaml = malloc(8192), *at = yaml;
	int ports[SWITCHES] = { 0 };

	at += sprintf(at, "name: mesh\ntopology:\n  nodes:\n");
	for (int i = 0; i < SWITCHES; i++)
		at += sprintf(at, "    s%d: {kind: switch, exec: [ip link set br0 type bridge "
			      "stp_state 1 priority %u]}\n", i, prng_below(rng, 3) * 4096);
	at += sprintf(at, "  links:\n");
	for (m->links = 0; m->links < LINKS; m->links++) {
		int l = m->links;
		/* first a tree, then whatever comes; also two cables between the same two */
		int a = l < SWITCHES - 1 ? l + 1 : (int)prng_below(rng, SWITCHES);
		int b = l < SWITCHES - 1 ? (int)prng_below(rng, (u32)l + 1) :
					   (a + 1 + (int)prng_below(rng, SWITCHES - 1)) % SWITCHES;

		m->end[l][0].sw = a;
		m->end[l][1].sw = b;
		m->end[l][0].port = ++ports[a];
		m->end[l][1].port = ++ports[b];
		m->up[l] = true;
		at += sprintf(at, "    - { endpoints: [\"s%d:p%d\", \"s%d:p%d\"] }\n", a, ports[a],
			      b, ports[b]);
	}
	return yaml;
}

static bool end_forwards(struct world *w, const struct mesh *m, int l, int e)
{
	char node[8], name[8];

	sprintf(node, "s%d", m->end[l][e].sw);
	sprintf(name, "p%d", m->end[l][e].port);
	return port(w, node, name)->state == BR_STATE_FORWARDING;
}

static int part_of(int *part, int i)
{
	while (part[i] != i)
		i = part[i];
	return i;
}

/* A cable that both ends forward on joins two parts that were apart; one that is up and does not,
 * would close a circle. */
static void assert_forest(struct world *w, const struct mesh *m)
{
	int part[SWITCHES];

	for (int i = 0; i < SWITCHES; i++)
		part[i] = i;
	for (int l = 0; l < LINKS; l++) {
		int a = part_of(part, m->end[l][0].sw), b = part_of(part, m->end[l][1].sw);

		if (!m->up[l] || !end_forwards(w, m, l, 0) || !end_forwards(w, m, l, 1))
			continue;
		assert_int_not_equal(a, b);
		part[a] = b;
	}
	for (int l = 0; l < LINKS; l++)
		if (m->up[l])
			assert_int_equal(part_of(part, m->end[l][0].sw),
					 part_of(part, m->end[l][1].sw));
}

static void any_mesh_becomes_a_tree(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 12; seed++) {
		struct mesh m;
		struct prng rng;
		struct world *w;
		char *yaml;

		prng_init(&rng, seed);
		yaml = mesh_yaml(&rng, &m);
		w = world_new(yaml, &(struct world_params){ 0 });
		free(yaml);
		world_wait(w, 6 * SEC);
		assert_forest(w, &m);
		for (int i = 0; i < 12; i++) {
			u32 l = prng_below(&rng, LINKS);

			m.up[l] = !m.up[l];
			pull(w, l, m.up[l]);
			world_wait(w, (1 + prng_below(&rng, 8)) * SEC / 4);
		}
		world_wait(w, 10 * SEC);
		assert_forest(w, &m);
		world_end(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_it_a_ring_melts),
		cmocka_unit_test(with_it_a_broadcast_comes_once),
		cmocka_unit_test(all_agree_within_a_hello),
		cmocka_unit_test(a_failure_is_mended_in_milliseconds),
		cmocka_unit_test(the_root_may_go),
		cmocka_unit_test(costs_move_the_reserve),
		cmocka_unit_test(an_older_switch_is_spoken_to_in_its_way),
		cmocka_unit_test(a_guarded_port_takes_no_switch),
		cmocka_unit_test(any_mesh_becomes_a_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

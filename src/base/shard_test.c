/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/netns.h"
#include "base/shard.h"

static void test_ports(void **state)
{
	struct shard_group *g = calloc(1, sizeof(*g));
	struct net *n = calloc(3, sizeof(*n));
	u32 hits[4] = { 0 };

	(void)state;
	assert_true(shard_port_bind(&n[0], SHARD_TCP, 80, true));	/* alone: always */
	for (u32 i = 0; i < 3; i++) {
		n[i].shards = g;
		n[i].shard = i;
	}
	/* Nobody's: the flow's own shard. Bound by one: his. By two: the own, or one of them. */
	assert_int_equal(shard_of_port(g, SHARD_TCP, 80, 2, 7), 2);
	assert_true(shard_port_bind(&n[1], SHARD_TCP, 80, false));
	assert_int_equal(shard_of_port(g, SHARD_TCP, 80, 2, 7), 1);
	assert_int_equal(shard_of_port(g, SHARD_UDP, 80, 2, 7), 2);
	assert_true(shard_port_bind(&n[0], SHARD_TCP, 80, false));
	assert_int_equal(shard_of_port(g, SHARD_TCP, 80, 1, 7), 1);
	for (u32 hash = 0; hash < 100; hash++)
		hits[shard_of_port(g, SHARD_TCP, 80, 2, hash)]++;
	assert_true(hits[0] == 50 && hits[1] == 50);
	/* What the stack chooses is nobody else's. */
	assert_false(shard_port_bind(&n[2], SHARD_TCP, 80, true));
	assert_int_equal(g->bound[SHARD_TCP][80], 3);
	assert_true(shard_port_bind(&n[2], SHARD_TCP, 81, true));
	assert_false(shard_port_connect(&n[0], SHARD_TCP, 81));
	assert_true(shard_port_connect(&n[2], SHARD_TCP, 81));
	/* Connections share a port; who binds it would take their packets. */
	assert_true(shard_port_connect(&n[0], SHARD_TCP, 82));
	assert_true(shard_port_connect(&n[1], SHARD_TCP, 82));
	assert_false(shard_port_bind(&n[0], SHARD_TCP, 82, false));
	shard_port_release(&n[1], SHARD_TCP, 82);
	assert_true(shard_port_bind(&n[0], SHARD_TCP, 82, false));
	shard_port_release(&n[0], SHARD_TCP, 82);
	assert_int_equal(g->bound[SHARD_TCP][82] | g->connected[SHARD_TCP][82], 0);
	free(n);
	free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Many machines: one that has nothing to do costs no event, and little memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "device/netdevice.h"
#include "harness/lab_harness.h"

#define HOSTS 1000
#define PORTS 400
#define IDLE_HOST_BYTES_MAX (64u << 10)

/* A pair, and beside it so many hosts on cables two by two. */
static char *yaml_pairs(unsigned hosts)
{
	struct text yaml = { 0 };

	text_adds(&yaml, "name: t\ntopology:\n  nodes:\n");
	for (unsigned i = 0; i < hosts; i++)
		text_addf(&yaml, "    h%u: { kind: host, exec: [ip addr add 10.%u.%u.%u/24 dev "
			  "eth0] }\n", i, i / 512, i / 2 % 256, i % 2 + 1);
	text_adds(&yaml, "  links:\n");
	for (unsigned i = 0; i < hosts; i += 2)
		text_addf(&yaml, "    - { endpoints: [\"h%u:eth0\", \"h%u:eth0\"] }\n", i, i + 1);
	return text_steal(&yaml);
}

/* Events of a ping between the first two of so many hosts, once all have settled. */
static u64 events_of_a_ping(unsigned hosts, size_t *idle_bytes)
{
	char *yaml = yaml_pairs(hosts);
	struct world *w = world_new(yaml, &(struct world_params){ 0 });
	struct ln_mem_info mem;
	u64 before;

	world_wait(w, SEC);
	before = lab_events(w->lab);
	free(world_sh(w, "h0", "ping -c 3 10.0.0.2"));
	before = lab_events(w->lab) - before;
	ln_net_memory(lab_node_net(lab_node_at(w->lab, hosts - 1)), &mem);
	*idle_bytes = mem.used + sizeof(struct net);
	world_end(w);
	free(yaml);
	return before;
}

static void idle_machines_cost_no_events(void **state)
{
	size_t few_bytes, many_bytes;
	u64 few = events_of_a_ping(4, &few_bytes);
	u64 many = events_of_a_ping(HOSTS, &many_bytes);

	(void)state;
	print_message("%llu events; an idle host takes %zu bytes\n", (unsigned long long)many,
		      many_bytes);
	assert_int_equal(few, many);
	assert_int_equal(few_bytes, many_bytes);
	assert_true(many_bytes < IDLE_HOST_BYTES_MAX);
}

/* All call at once, and each frame goes to all: what is lost is lost in rings, not for memory. */
static void a_switch_of_many_ports(void **state)
{
	struct text yaml = { 0 };
	struct world *w;
	char *stat;

	(void)state;
	text_adds(&yaml, "name: t\ntopology:\n  nodes:\n    sw: { kind: switch }\n");
	for (unsigned i = 0; i < PORTS; i++)
		text_addf(&yaml, "    h%u: { kind: host, dhcp: on }\n", i);
	text_adds(&yaml, "  links:\n");
	for (unsigned i = 0; i < PORTS; i++)
		text_addf(&yaml, "    - { endpoints: [\"h%u:eth0\", \"sw:p%u\"], rate: 10mbit }\n",
			  i, i);
	w = world_new(yaml.s, &(struct world_params){ 0 });
	world_wait(w, 2 * SEC);
	stat = world_sh(w, "sw", "stat");
	assert_non_null(strstr(stat, " 0 refused"));
	free(stat);
	world_end(w);
	text_free(&yaml);
}

/* An idle lab has no event at all, or rare housekeeping only. */
static void an_idle_lab_sleeps(void **state)
{
	char *yaml = yaml_pairs(100);
	struct world *w = world_new(yaml, &(struct world_params){ 0 });
	u64 before;

	(void)state;
	world_wait(w, 10 * SEC);
	before = lab_events(w->lab);
	world_wait(w, 3600 * SEC);
	print_message("%llu events in an hour of 100 idle hosts\n",
		      (unsigned long long)(lab_events(w->lab) - before));
	assert_true(lab_events(w->lab) - before <= 100);
	world_end(w);
	free(yaml);
}

static void a_big_switch_floods_to_all(void **state)
{
	struct text yaml = { 0 };
	struct world *w;

	(void)state;
	text_adds(&yaml, "name: t\ntopology:\n  nodes:\n    sw: { kind: switch }\n");
	for (unsigned i = 0; i < 300; i++)
		text_addf(&yaml, "    h%u: { kind: host, exec: [ip addr add 10.0.%u.%u/16 dev "
			  "eth0] }\n", i, i / 200, i % 200 + 1);
	text_adds(&yaml, "  links:\n");
	for (unsigned i = 0; i < 300; i++)
		text_addf(&yaml, "    - { endpoints: [\"h%u:eth0\", \"sw:p%u\"] }\n", i, i);
	w = world_new(yaml.s, &(struct world_params){ 0 });
	free(world_sh(w, "h0", "ping -c 1 10.0.1.100"));
	for (u32 i = 1; i < 299; i++)
		assert_int_equal(lab_link_stats(w->lab, i, 1)->frames, 1);
	world_end(w);
	text_free(&yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_of_many_ports),
		cmocka_unit_test(idle_machines_cost_no_events),
		cmocka_unit_test(an_idle_lab_sleeps),
		cmocka_unit_test(a_big_switch_floods_to_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

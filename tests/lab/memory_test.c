/* SPDX-License-Identifier: MIT */
/*
 * Memory that is short (law 8): each allocation that a machine makes while a page is fetched fails
 * once, in turn, on each machine of the way. Nothing breaks, nothing leaks, no frame is lost
 * without a reason; and since a packet lost is a packet sent again, most pages still come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/lab_harness.h"

#define PAGE_BYTES 30000
#define NTH_MAX 4000

static const char lab[] =
	"name: t\n"
	"topology:\n"
	"  nodes:\n"
	"    client: { kind: host, exec: [ip addr add 10.0.1.1/24 dev eth0,\n"
	"              ip route add default via 10.0.1.254] }\n"
	"    sw: { kind: switch }\n"
	"    r: { kind: router, exec: [ip addr add 10.0.1.254/24 dev eth0,\n"
	"         ip addr add 10.0.2.254/24 dev eth1] }\n"
	"    server: { kind: host, exec: [ip addr add 10.0.2.1/24 dev eth0,\n"
	"              ip route add default via 10.0.2.254],\n"
	"              services: [ http: { root: www } ] }\n"
	"  links:\n"
	"    - { endpoints: [\"client:eth0\", \"sw:p1\"], delay: 1ms }\n"
	"    - { endpoints: [\"sw:p2\", \"r:eth0\"] }\n"
	"    - { endpoints: [\"r:eth1\", \"server:eth0\"] }\n";

struct site {
	struct topo_builtin_file table[1];
	struct topo_builtin files;
	u8 *bytes;
};

static void site_init(struct site *s)
{
	s->bytes = pattern_bytes(PAGE_BYTES);
	s->table[0] = (struct topo_builtin_file){ "www/page", s->bytes, PAGE_BYTES };
	topo_builtin_init(&s->files, s->table, 1);
}

/* False: the machine made fewer than nth allocations. Counts pages that came. */
static bool fetch_with_failure(const struct site *s, const char *node, u64 nth, unsigned *came)
{
	struct world_params params = { .files = &s->files.files };
	struct world *w = world_new(lab, &params);
	struct page page;
	bool failed;

	ln_net_fail_alloc(lab_node_net(world_node(w, node)), nth);
	world_get(w, "client", "http://10.0.2.1/page", &page);
	if (!page.error) {
		assert_int_equal(page.body.len, PAGE_BYTES);
		assert_memory_equal(page.body.s, s->bytes, PAGE_BYTES);
		++*came;
	}
	world_wait(w, 2 * SEC);
	failed = world_net(w, node)->mem.failed > 0;
	page_free(&page);
	world_end(w);
	return failed;
}

static void each_allocation_fails_once(const char *node)
{
	unsigned tried = 0, came = 0;
	struct site s;

	site_init(&s);
	while (tried < NTH_MAX && fetch_with_failure(&s, node, tried + 1, &came))
		tried++;
	print_message("%s: %u allocations failed in turn, %u pages came\n", node, tried, came);
	assert_true(tried > 20 && tried < NTH_MAX);
	assert_true(came > tried / 2);
	free(s.bytes);
}

static void on_the_client(void **state)
{
	(void)state;
	each_allocation_fails_once("client");
}

static void on_the_switch(void **state)
{
	(void)state;
	each_allocation_fails_once("sw");
}

static void on_the_router(void **state)
{
	(void)state;
	each_allocation_fails_once("r");
}

static void on_the_server(void **state)
{
	(void)state;
	each_allocation_fails_once("server");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_the_client),
		cmocka_unit_test(on_the_switch),
		cmocka_unit_test(on_the_router),
		cmocka_unit_test(on_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Lab files that are right: what the structs say. topo_bad_test.c has those that are wrong. */
#include "lab/topo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/inet_addr.h"

static const struct topo_builtin_file side_files[] = {
	{ "labs/zones/a.zone", (const unsigned char *)"; zone a\n", 9 },
	{ "labs/pages/index.html", (const unsigned char *)"<p>hi", 5 },
};

static struct topo *read_good(const char *text)
{
	static struct topo_builtin b;
	char *errors;
	struct topo *t;

	topo_builtin_init(&b, side_files, ARRAY_SIZE(side_files));
	t = topo_read_text("labs/t.yaml", text, strlen(text), &b.files, &errors);
	if (!t)
		fail_msg("%s", errors);
	return t;
}

static void nodes_links_and_cards(void **state)
{
	struct topo *t = read_good(
		"name: t\n"
		"seed: 0x2a\n"
		"duration: 10s\n"
		"topology:\n"
		"  links: # before the nodes: the order does not matter\n"
		"    - endpoints: [\"a:eth1\", \"s:p1\"]\n"
		"      rate: 100mbit\n"
		"      delay: 2ms\n"
		"      jitter: 100us\n"
		"      loss: 25%\n"
		"      ber: 1e-9\n"
		"      reorder: {p: 50%, by: 3ms}\n"
		"      duplicate: 0.5%\n"
		"      mtu: 1400\n"
		"      queue: 64kb\n"
		"      codel: {target: 3ms, ce: 1ms}\n"
		"      back: {rate: 10mbit, loss: {p: 50%, r: 25%, good: 0%, bad: 50%}}\n"
		"    - endpoints:\n"
		"        - {node: s, interface: p2, mac: \"02:00:00:00:00:0a\"}\n"
		"        - a:eth0\n"
		"  nodes:\n"
		"    a: {kind: host, image: debian, labels: {x: [y]}, cpu: {frame-cost: 500ns}}\n"
		"    s: {kind: switch}\n");
	const struct link_params *p = t->links[0].params;

	(void)state;
	assert_string_equal(t->name, "t");
	assert_int_equal(t->seed, 42);
	assert_int_equal(t->duration_ns, 10000000000);
	assert_int_equal(t->node_count, 2);
	assert_int_equal(topo_find_node(t, "s"), 1);
	assert_int_equal(topo_find_node(t, "x"), -ENOENT);
	assert_int_equal(t->nodes[0].frame_cost_ns, 500);
	assert_int_equal(t->nodes[1].kind, TOPO_SWITCH);
	assert_int_equal(t->nodes[1].pos.line, 23);
	/* cards stand in the order of the links */
	assert_int_equal(t->nodes[0].iface_count, 2);
	assert_string_equal(t->nodes[0].ifaces[0].name, "eth1");
	assert_string_equal(t->nodes[0].ifaces[1].name, "eth0");
	assert_int_equal(t->nodes[0].ifaces[1].link, 1);
	assert_int_equal(t->nodes[0].ifaces[1].end, 1);
	assert_false(t->nodes[0].ifaces[0].has_mac);
	assert_true(t->nodes[1].ifaces[1].has_mac);
	assert_int_equal(t->nodes[1].ifaces[1].mac[5], 10);
	assert_int_equal(t->links[1].end[0].node, 1);
	assert_int_equal(t->links[1].end[0].iface, 1);
	assert_string_equal(t->links[0].name, "a:eth1--s:p1");
	assert_string_equal(t->links[0].dir_name[1], "s:p1>a:eth1");
	assert_int_equal(p[0].rate_bps, 100000000);
	assert_int_equal(p[0].delay.delay_ns, 2000000);
	assert_int_equal(p[0].delay.jitter_ns, 100000);
	assert_true(p[0].loss.good == 1ull << 62 && !p[0].loss.burst);
	assert_int_equal(p[0].ber, 18446744073);
	assert_true(p[0].delay.reorder == 1ull << 63);
	assert_int_equal(p[0].delay.hold_ns, 3000000);
	assert_int_equal(p[0].mtu, 1400);
	assert_int_equal(p[0].queue_bytes, 65536);
	assert_true(p[0].codel.on);
	assert_int_equal(p[0].codel.target_ns, 3000000);
	assert_int_equal(p[0].codel.ce_ns, 1000000);
	/* the way back says what differs */
	assert_int_equal(p[1].rate_bps, 10000000);
	assert_int_equal(p[1].delay.delay_ns, 2000000);
	assert_true(p[1].loss.burst && p[1].loss.enter == 1ull << 63 && !p[1].loss.good &&
		    p[1].loss.leave == 1ull << 62 && p[1].loss.bad == 1ull << 63);
	/* a link that says nothing is a perfect cable */
	assert_int_equal(t->links[1].params[0].rate_bps, LINK_RATE_DEFAULT);
	assert_int_equal(t->links[1].params[0].delay.delay_ns, LINK_DELAY_DEFAULT_NS);
	topo_free(t);
}

static void shared_settings(void **state)
{
	struct topo *t = read_good(
		"name: t\n"
		"topology:\n"
		"  defaults: {kind: host, exec: [sysctl -a], dns: {servers: [192.0.2.1]}}\n"
		"  kinds:\n"
		"    router: {exec: [\"  ip route\"], hosts: [\"10.0.0.1 x y # z\", \"# none\"]}\n"
		"    switch:\n"
		"  nodes:\n"
		"    a:\n"
		"    b: {kind: router, exec: [ip link], hosts: {w: 10.0.0.2}, dns: [192.0.2.2]}\n");
	const struct topo_node *b = &t->nodes[1];

	(void)state;
	assert_int_equal(t->nodes[0].kind, TOPO_HOST);
	assert_int_equal(t->nodes[0].exec_count, 1);
	assert_int_equal(b->kind, TOPO_ROUTER);
	assert_int_equal(b->exec_count, 3);
	assert_string_equal(b->exec[0].text, "sysctl -a");
	assert_string_equal(b->exec[1].text, "ip route");
	assert_string_equal(b->exec[2].text, "ip link");
	assert_int_equal(b->exec[2].pos.line, 9);
	assert_int_equal(b->exec[2].pos.col, 30);
	assert_int_equal(b->host_count, 3);
	assert_string_equal(b->hosts[1].name, "y");
	assert_true(b->hosts[1].addr.v4 == INET_ADDR4(10, 0, 0, 1));
	assert_string_equal(b->hosts[2].name, "w");
	assert_int_equal(b->dns_count, 2);
	assert_true(b->dns[1].v4 == INET_ADDR4(192, 0, 2, 2));
	topo_free(t);
}

static void services_and_their_files(void **state)
{
	struct topo *t = read_good(
		"name: t\n"
		"topology:\n"
		"  nodes:\n"
		"    a:\n"
		"      kind: host\n"
		"      services:\n"
		"        - dns:\n"
		"            zones:\n"
		"              - {name: server.com, file: zones/a.zone}\n"
		"              - name: .\n"
		"                text: |\n"
		"                  ; one\n"
		"                  ; two\n"
		"        - resolver: {port: 5353, root-hints: zones/a.zone}\n"
		"        - http: {root: pages}\n"
		"        - http: {port: 8080, pages: {/: \"hello\", "
		"/x: {file: pages/index.html}}}\n");
	const struct topo_service *s = t->nodes[0].services;
	char *data;
	size_t len;

	(void)state;
	assert_int_equal(t->nodes[0].service_count, 4);
	assert_int_equal(s[0].type, TOPO_SERVICE_DNS);
	assert_int_equal(s[0].port, 53);
	assert_int_equal(s[0].zone_count, 2);
	assert_string_equal(s[0].zones[0].name, "server.com.");
	assert_string_equal(s[0].zones[0].text, "; zone a\n");
	assert_string_equal(s[0].zones[0].file, "labs/zones/a.zone");
	assert_string_equal(s[0].zones[1].text, "; one\n; two\n");
	assert_null(s[0].zones[1].file);
	assert_int_equal(s[1].type, TOPO_SERVICE_RESOLVER);
	assert_int_equal(s[1].port, 5353);
	assert_ptr_equal(s[1].zones[0].text, s[0].zones[0].text); /* read once */
	assert_int_equal(s[2].port, 80);
	assert_string_equal(s[2].root, "labs/pages");
	assert_int_equal(t->files->read(t->files, "labs/pages/index.html", 100, &data, &len), 0);
	assert_int_equal(len, 5);
	free(data);
	assert_int_equal(t->files->read(t->files, "labs/pages", 100, &data, &len), -EISDIR);
	assert_int_equal(t->files->read(t->files, "labs/pages/index.html", 4, &data, &len), -EFBIG);
	assert_int_equal(s[3].page_count, 2);
	assert_string_equal(s[3].pages[0].path, "/index.html");
	assert_string_equal(s[3].pages[0].text, "hello");
	assert_string_equal(s[3].pages[1].path, "/x");
	assert_int_equal(s[3].pages[1].len, 5);
	topo_free(t);
}

static void actions_stand_by_time(void **state)
{
	struct topo *t = read_good(
		"name: t\n"
		"timeline:\n"
		"  - {at: 2s, on: b, run: ping a}\n"
		"  - {at: 1s, link: \"b:eth0 up\"}\n"
		"topology:\n"
		"  nodes:\n"
		"    a:\n"
		"      kind: host\n"
		"      actions:\n"
		"        - {at: 1s, run: arp -a}\n"
		"        - {at: 0, link: eth0 down}\n"
		"    b: {kind: host}\n"
		"  links:\n"
		"    - endpoints: [\"a:eth0\", \"b:eth0\"]\n");

	(void)state;
	assert_int_equal(t->action_count, 4);
	assert_int_equal(t->actions[0].type, TOPO_LINK_DOWN);
	assert_int_equal(t->actions[1].type, TOPO_LINK_UP); /* of one time: the file's order */
	assert_int_equal(t->actions[1].cmd.pos.line, 4);
	assert_int_equal(t->actions[2].type, TOPO_RUN);
	assert_string_equal(t->actions[2].cmd.text, "arp -a");
	assert_int_equal(t->actions[2].node, 0);
	assert_int_equal(t->actions[3].node, 1);
	assert_int_equal(t->actions[3].at_ns, 2000000000);
	topo_free(t);
}

static void an_alias_is_what_it_stands_for(void **state)
{
	struct topo *t = read_good(
		"name: t\n"
		"topology:\n"
		"  nodes:\n"
		"    a: &host {kind: host, exec: &cmds [ip link]}\n"
		"    b: *host\n"
		"    c: {kind: router, exec: *cmds}\n");

	(void)state;
	assert_int_equal(t->nodes[1].kind, TOPO_HOST);
	assert_string_equal(t->nodes[2].exec[0].text, "ip link");
	topo_free(t);
}

static void one_line_of_link_params(void **state)
{
	struct link_params p;
	char *errors;

	(void)state;
	assert_int_equal(topo_read_link_params("rate: 10mbit, loss: 1%", &p, &errors), 0);
	assert_int_equal(p.rate_bps, 10000000);
	assert_int_equal(topo_read_link_params(" {delay: 1ms}", &p, &errors), 0);
	assert_int_equal(p.delay.delay_ns, 1000000);
	assert_int_equal(topo_read_link_params("", &p, &errors), 0);
	assert_int_equal(topo_read_link_params("loss: 1", &p, &errors), -EINVAL);
	assert_string_equal(errors,
			    "link:1:7: loss is \"1\"; expected a share with %: 0.1%, 25%, 100%\n");
	free(errors);
}

/* The labs that ship: each is read without a word. */
static void labs_that_ship(void **state)
{
	static const char *const names[] = {
		"internet", "internet6", "home-nat", "two-hosts", "lan-switch", "office-vlans",
		"dhcp", "ring", "three-routers", "ecmp", "ecmp6", "black-hole",
		"black-hole6", "lossy-long-link",
	};
	const char *source = getenv("LINNET_SOURCE_DIR");
	struct topo *t;
	char path[512], *errors;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/labs/%s.yaml", source ? source : ".", names[i]);
		t = topo_read(path, &topo_disk_files, &errors);
		if (!t)
			fail_msg("%s", errors);
		assert_string_equal(t->name, names[i]);
		assert_true(t->link_count && t->action_count);
		topo_free(t);
	}
}

/* 10,000 nodes in a row: read in one go, within the limits. */
static void large_lab(void **state)
{
	size_t cap = 2 << 20, len = 0;
	char *text = malloc(cap), *errors;
	struct topo *t;

	(void)state;
	assert_non_null(text);
	len += (size_t)snprintf(text + len, cap - len, "name: t\ntopology:\n  nodes:\n");
	for (u32 i = 0; i < 10000; i++)
		len += (size_t)snprintf(text + len, cap - len, "    n%u: {kind: router}\n", i);
	len += (size_t)snprintf(text + len, cap - len, "  links:\n");
	for (u32 i = 1; i < 10000; i++)
		len += (size_t)snprintf(text + len, cap - len,
					"    - endpoints: [\"n%u:r\", \"n%u:l\"]\n", i - 1, i);
	t = topo_read_text("t.yaml", text, len, NULL, &errors);
	if (!t)
		fail_msg("%s", errors);
	assert_int_equal(t->link_count, 9999);
	assert_int_equal(t->nodes[5000].iface_count, 2);
	topo_free(t);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_links_and_cards),
		cmocka_unit_test(shared_settings),
		cmocka_unit_test(services_and_their_files),
		cmocka_unit_test(actions_stand_by_time),
		cmocka_unit_test(an_alias_is_what_it_stands_for),
		cmocka_unit_test(one_line_of_link_params),
		cmocka_unit_test(labs_that_ship),
		cmocka_unit_test(large_lab),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * A path whose middle takes shorter packets than its ends, and tells nobody: two switches with a
 * narrow cable between them. RFC 4821's search (net.ipv4.tcp_mtu_probing) gets through, by
 * noticing (1) or from the beginning (2), over both families.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/lab_harness.h"

#define BYTES 1000000

static const char narrow[] =
	"name: t\n"
	"topology:\n"
	"  nodes:\n"
	"    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0,\n"
	"         ip addr add 2001:db8::1/64 dev eth0] }\n"
	"    b: { kind: host, exec: [ip addr add 10.0.0.2/24 dev eth0,\n"
	"         ip addr add 2001:db8::2/64 dev eth0,\n"
	"         sysctl -w net.ipv4.tcp_mtu_probing=%d],\n"
	"         services: [ http: { root: www } ] }\n"
	"    s1: { kind: switch }\n"
	"    s2: { kind: switch }\n"
	"  links:\n"
	"    - { endpoints: [\"a:eth0\", \"s1:eth1\"], rate: 100mbit, delay: 1ms }\n"
	"    - { endpoints: [\"s1:eth2\", \"s2:eth2\"], rate: 100mbit, delay: 5ms, mtu: 1300 }\n"
	"    - { endpoints: [\"s2:eth1\", \"b:eth0\"], rate: 100mbit, delay: 1ms }\n";

static const char *const urls[] = { "http://10.0.0.2/big.bin", "http://[2001:db8::2]/big.bin" };

/* Gets a document from b to a. Return: whether it came; b's count of a name is in *passed. */
static bool get(const char *url, int probing, u64 *passed, u64 *failed)
{
	u8 *bytes = pattern_bytes(BYTES);
	struct topo_builtin_file table[] = { { "www/big.bin", bytes, BYTES } };
	struct topo_builtin files;
	struct world_params params = { .files = &files.files };
	struct page page = { 0 };
	struct world *w;
	char yaml[2048];
	bool came;

	topo_builtin_init(&files, table, 1);
	snprintf(yaml, sizeof(yaml), narrow, probing);
	w = world_new(yaml, &params);
	world_get(w, "a", url, &page);
	came = !page.error && page.body.len == BYTES && !memcmp(page.body.s, bytes, BYTES);
	*passed = world_net(w, "b")->mib[MIB_TcpExtTCPMTUPSuccess];
	*failed = world_net(w, "b")->mib[MIB_TcpExtTCPMTUPFail];
	page_free(&page);
	world_end(w);
	free(bytes);
	return came;
}

static void without_a_search_nothing_comes(void **state)
{
	u64 passed, failed;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		assert_false(get(urls[i], 0, &passed, &failed));
		assert_int_equal(passed + failed, 0);
	}
}

static void a_black_hole_is_noticed(void **state)
{
	u64 passed, failed;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		assert_true(get(urls[i], 1, &passed, &failed));
		assert_true(passed + failed > 0);	/* it tries longer ones again */
	}
}

static void a_search_finds_what_passes(void **state)
{
	u64 passed, failed;

	(void)state;
	/* From 1064 to 1300: 1282 passes (or its like), 1391 does not, ... */
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		assert_true(get(urls[i], 2, &passed, &failed));
		assert_true(passed > 0);
		assert_true(failed > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_search_nothing_comes),
		cmocka_unit_test(a_black_hole_is_noticed),
		cmocka_unit_test(a_search_finds_what_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

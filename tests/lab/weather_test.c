/* SPDX-License-Identifier: MIT */
/*
 * Labs drawn at random: a link of any rate, delay, loss, order and size, slow machines, TCP with
 * and without its options, cables pulled and put back at any time. A page that comes is right to
 * the byte; one that does not come has its reason; and every lab ends with all accounted for,
 * also in the middle of everything. A failing seed is told, to be run alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/lab_harness.h"

#define PAGE_BYTES 200000
#define PAIRS 150
#define INTERNETS 40

struct draw {
	u64 state;
};

static unsigned draw(struct draw *d, unsigned n)
{
	return (unsigned)(splitmix64(&d->state) % n);
}

static void draw_nodes(struct draw *d, struct text *yaml)
{
	text_addf(yaml, "name: t\ntopology:\n  nodes:\n"
		  "    a: { kind: host, cpu: { frame-cost: %uus }, exec: [\n"
		  "         ip addr add 10.0.0.1/24 dev eth0,\n"
		  "         sysctl -w net.ipv4.tcp_sack=%d,\n"
		  "         sysctl -w net.ipv4.tcp_timestamps=%d,\n"
		  "         sysctl -w net.ipv4.tcp_window_scaling=%d] }\n",
		  draw(d, 4) ? 0 : draw(d, 60), draw(d, 4) != 0, draw(d, 4) != 0,
		  draw(d, 4) != 0);
	text_addf(yaml, "    b: { kind: host, services: [ http: { root: www } ], exec: [\n"
		  "         ip addr add 10.0.0.2/24 dev eth0,\n"
		  "         sysctl -w net.ipv4.tcp_congestion_control=%s] }\n",
		  draw(d, 2) ? "reno" : "cubic");
}

static void draw_link(struct draw *d, struct text *yaml)
{
	unsigned delay = draw(d, 80);

	text_addf(yaml, "  links:\n    - { endpoints: [\"a:eth0\", \"b:eth0\"], rate: %umbit, "
		  "delay: %ums, jitter: %ums, loss: %u.%u%%, reorder: %u.%u%%, "
		  "duplicate: %u%%, ber: 1e-7, mtu: %u", 1 + draw(d, 200), delay,
		  delay ? draw(d, delay) : 0, draw(d, 5), draw(d, 10), draw(d, 5), draw(d, 10),
		  draw(d, 5), draw(d, 3) ? 1500 : 200 + draw(d, 1300));
	if (!draw(d, 3))
		text_addf(yaml, ", queue: %ukb", 4 + draw(d, 60));
	text_adds(yaml, " }\n");
}

static void one_pair(u64 seed, const struct topo_files *files, const u8 *bytes)
{
	struct world_params params = { .seed = seed, .files = files };
	struct draw d = { seed };
	struct text yaml = { 0 };
	struct page page;
	struct world *w;

	draw_nodes(&d, &yaml);
	draw_link(&d, &yaml);
	w = world_new(yaml.s, &params);
	world_get_start(w, "a", "http://10.0.0.2/page", &page);
	for (unsigned flaps = draw(&d, 3) ? 0 : draw(&d, 4); flaps; flaps--) {
		world_wait(w, draw(&d, 400) * MS);
		lab_link_set(w->lab, 0, false);
		world_wait(w, draw(&d, 1500) * MS);
		lab_link_set(w->lab, 0, true);
	}
	for (int s = 0; s < 600 && !page.done; s++)
		world_wait(w, SEC);
	if (!page.done || (!page.error && page.body.len != PAGE_BYTES))
		print_error("seed %llu: done %d, error %d, %zu bytes\n%s",
			    (unsigned long long)seed, page.done, page.error, page.body.len, yaml.s);
	assert_true(page.done);
	if (!page.error) {
		assert_int_equal(page.body.len, PAGE_BYTES);
		assert_memory_equal(page.body.s, bytes, PAGE_BYTES);
	} else {
		assert_true(page.error == HTTP_ERR_TIMED_OUT ||
			    page.error == HTTP_ERR_HOST_UNREACHABLE);
	}
	page_free(&page);
	world_end(w);
	text_free(&yaml);
}

static void pairs_in_all_weathers(void **state)
{
	struct topo_builtin files;
	u8 *bytes = pattern_bytes(PAGE_BYTES);
	struct topo_builtin_file table[] = { { "www/page", bytes, PAGE_BYTES } };

	(void)state;
	topo_builtin_init(&files, table, 1);
	for (u64 seed = 1; seed <= PAIRS; seed++)
		one_pair(seed, &files.files, bytes);
	free(bytes);
}

/* Four users, cables that come and go anywhere, and an end at any moment. */
static void one_internet(u64 seed)
{
	static const char *const users[] = { "laptop", "desktop", "printer", "db" };
	static const char *const urls[] = {
		"http://www.server.com/", "http://shop.server.com/", "http://nope.server.com/",
		"http://192.0.2.80/about.html", "http://db.server.com:81/",
	};
	struct world *w = world_new("internet.yaml", &(struct world_params){ .seed = seed });
	struct draw d = { seed };
	struct page page[ARRAY_SIZE(users)];

	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		world_get_start(w, users[i], urls[draw(&d, ARRAY_SIZE(urls))], &page[i]);
		world_wait(w, draw(&d, 50) * MS);
	}
	for (int i = 0; i < 6; i++) {
		lab_link_set(w->lab, draw(&d, w->topo->link_count), draw(&d, 2));
		world_wait(w, draw(&d, 200) * MS);
	}
	world_wait(w, draw(&d, 2) ? draw(&d, 2000) * MS : 200 * SEC);
	world_end(w);
	for (size_t i = 0; i < ARRAY_SIZE(users); i++)
		page_free(&page[i]);
}

static void internets_whose_cables_come_and_go(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= INTERNETS; seed++)
		one_internet(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_in_all_weathers),
		cmocka_unit_test(internets_whose_cables_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

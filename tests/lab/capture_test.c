/* SPDX-License-Identifier: MIT */
/* A lab's capture: one interface per card, each frame where it was seen, names of the hosts. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/lab_harness.h"

enum { BLOCK_INTERFACE = 1, BLOCK_NAMES = 4, BLOCK_PACKET = 6, BLOCK_TYPES };

#define PAIR \
	"name: t\n" \
	"topology:\n" \
	"  nodes:\n" \
	"    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0] }\n" \
	"    b: { kind: host, exec: [ip addr add 10.0.0.2/24 dev eth0] }\n" \
	"  links:\n" \
	"    - { endpoints: [\"a:eth0\", \"b:eth0\"] }\n"

static void keep(void *ctx, const void *bytes, size_t len)
{
	text_add(ctx, bytes, len);
}

static u32 get32(const char *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static bool has_bytes(const struct text *t, const char *what)
{
	return memmem(t->s, t->len, what, strlen(what)) != NULL;
}

/* Blocks by type; each tells its length at both ends (draft-ietf-opsawg-pcapng 3.1). */
static void count_blocks(const struct text *file, unsigned count[BLOCK_TYPES])
{
	size_t at = 0;

	while (at < file->len) {
		u32 type = get32(file->s + at), len = get32(file->s + at + 4);

		assert_true(len >= 12 && len % 4 == 0 && at + len <= file->len);
		assert_int_equal(get32(file->s + at + len - 4), len);
		if (type < BLOCK_TYPES)
			count[type]++;
		at += len;
	}
}

static void each_frame_is_where_it_was_seen(void **state)
{
	struct text file = { 0 };
	struct pcapng pcap = { .write = keep, .ctx = &file };
	unsigned count[BLOCK_TYPES] = { 0 };
	struct world *w;

	(void)state;
	pcapng_begin(&pcap, "test");
	w = world_new(PAIR, &(struct world_params){ .pcap = &pcap });
	free(world_sh(w, "a", "ping -c 1 10.0.0.2"));
	world_end(w);
	count_blocks(&file, count);
	assert_int_equal(count[BLOCK_INTERFACE], 2);
	assert_int_equal(count[BLOCK_NAMES], 2);
	/* ARP question and answer, echo and reply: each seen at both ends */
	assert_int_equal(count[BLOCK_PACKET], 8);
	assert_true(has_bytes(&file, "a:eth0"));
	assert_true(has_bytes(&file, "b:eth0"));
	text_free(&file);
}

/* The file has the wall's time: by default it is New Year 2026. */
static void times_are_those_of_the_wall(void **state)
{
	struct text file = { 0 };
	struct pcapng pcap = { .write = keep, .ctx = &file };
	struct world *w;
	size_t at = 0;

	(void)state;
	pcapng_begin(&pcap, "test");
	w = world_new(PAIR, &(struct world_params){ .pcap = &pcap });
	world_wait(w, 7 * SEC);
	free(world_sh(w, "a", "ping -c 1 10.0.0.2"));
	world_end(w);
	while (get32(file.s + at) != BLOCK_PACKET)
		at += get32(file.s + at + 4);
	assert_int_equal(((u64)get32(file.s + at + 12) << 32 | get32(file.s + at + 16)) / SEC,
			 1767225600 + 7);
	text_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_frame_is_where_it_was_seen),
		cmocka_unit_test(times_are_those_of_the_wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

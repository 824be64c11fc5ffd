/* SPDX-License-Identifier: MIT */
/* Boxes in a tree against a walk over all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "net/netfilter/nf_testbed.h"
#include "net/netfilter/nft_set_concat.h"
#include "net/netfilter/nft_table.h"

#define ELEMS_MAX 300

static struct nft_table *table;
static struct nft_set *set;
static struct nft_elem *all[ELEMS_MAX];
static u32 n;
static u64 chance;

static u32 draw(u32 below)
{
	chance = chance * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(chance >> 33) % below;
}

static void begin(u64 seed, const u8 *lens, u32 fields)
{
	nf_three();
	chance = seed;
	n = 0;
	assert_int_equal(nft_table_add(router, NFT_INET, "t", &table), 0);
	set = nft_set_new(table);
	set->flags = NFT_SET_INTERVAL;
	set->types = (u8)fields;
	for (u32 i = 0; i < fields; i++) {
		set->flen[i] = lens[i];
		set->klen += (u8)round_up(lens[i], 4);
	}
}

static void end(void)
{
	nft_set_destroy(router, set);
	nft_abort(router);
	nf_three_exit();
}

/* Of few values, so that many are met; some at the very ends. */
static void draw_value(u8 *v, u32 len)
{
	memset(v, draw(8) ? 0 : 0xff, len);
	v[len - 1] = draw(3) ? (u8)draw(64) : v[0];
	if (draw(4) == 0)
		v[0] = (u8)draw(3);
}

static void draw_box(u8 *first, u8 *last)
{
	u32 at = 0;

	for (u32 i = 0; i < set->types; i++) {
		u8 a[16], b[16];

		draw_value(a, set->flen[i]);
		draw_value(b, set->flen[i]);
		if (draw(2))
			memcpy(b, a, sizeof(a));
		if (memcmp(a, b, set->flen[i]) > 0) {
			memcpy(first + at, b, set->flen[i]);
			memcpy(last + at, a, set->flen[i]);
		} else {
			memcpy(first + at, a, set->flen[i]);
			memcpy(last + at, b, set->flen[i]);
		}
		at += (u32)round_up(set->flen[i], 4);
	}
}

static bool is_in(const struct nft_elem *e, const u8 *key)
{
	u32 at = 0;

	for (u32 i = 0; i < set->types; i++) {
		if (memcmp(key + at, nft_elem_key(e) + at, set->flen[i]) < 0 ||
		    memcmp(key + at, nft_elem_end(set, e) + at, set->flen[i]) > 0)
			return false;
		at += (u32)round_up(set->flen[i], 4);
	}
	return true;
}

static struct nft_elem *naive(const u8 *key)
{
	for (u32 i = 0; i < n; i++)
		if (is_in(all[i], key))
			return all[i];
	return NULL;
}

static void fill(u32 want)
{
	for (u32 tries = 0; n < want && tries < 20 * want; tries++) {
		struct nft_elem *e = nft_elem_new(router, set);

		draw_box(nft_elem_key(e), nft_elem_end(set, e));
		if (naive(nft_elem_key(e)) || naive(nft_elem_end(set, e)) ||
		    nft_set_insert(router, set, e)) {
			nft_elem_free(router, set, e);
			continue;
		}
		all[n++] = e;
	}
}

static void check(u32 keys)
{
	u8 key[64], unused[64];
	struct nft_elem *a, *b;

	assert_int_equal(nft_set_commit(router, set, &a, &b), 0);
	while (keys--) {
		memset(key, 0, sizeof(key));
		draw_box(key, unused);
		if (n && draw(3) == 0)
			memcpy(key, draw(2) ? nft_elem_key(all[draw(n)]) :
					      nft_elem_end(set, all[draw(n)]), set->klen);
		assert_ptr_equal(nft_set_lookup(router, set, key), naive(key));
	}
}

static void test_random_boxes(void **state)
{
	static const struct { u8 n, len[5]; } shapes[] = {
		{ 2, { 4, 2 } }, { 2, { 2, 4 } }, { 3, { 4, 4, 2 } }, { 3, { 16, 1, 2 } },
		{ 2, { 16, 16 } }, { 5, { 1, 2, 4, 6, 1 } },
	};

	(void)state;
	for (u64 seed = 1; seed <= 60; seed++) {
		u32 s = (u32)(seed % ARRAY_SIZE(shapes));

		begin(seed, shapes[s].len, shapes[s].n);
		fill(seed % 7 == 0 ? 0 : 1 + draw(ELEMS_MAX - 1));
		check(400);
		end();
	}
}

/* As in Linux: a corner in an older one is a conflict, to lie around it is none. */
static void test_overlaps(void **state)
{
	static const u8 box[3][2][8] = {
		{ { 10, 0, 0, 5, 0, 20 }, { 10, 0, 0, 9, 0, 30 } },
		{ { 10, 0, 0, 0, 0, 0 }, { 10, 0, 0, 99, 0, 99 } },
		{ { 10, 0, 0, 7, 0, 25 }, { 10, 0, 0, 200, 0, 200 } },
	};
	struct nft_elem *e, *a, *b;

	(void)state;
	begin(1, (const u8[]){ 4, 2 }, 2);
	for (u32 i = 0; i < 3; i++) {
		e = nft_elem_new(router, set);
		memcpy(nft_elem_key(e), box[i][0], 8);
		memcpy(nft_elem_end(set, e), box[i][1], 8);
		assert_int_equal(nft_set_insert(router, set, e), 0);
		all[n++] = e;
		assert_int_equal(nft_set_commit(router, set, &a, &b), i == 2 ? -EEXIST : 0);
		if (i < 2)
			assert_ptr_equal(nft_set_lookup(router, set, box[0][0]), all[0]);
	}
	assert_ptr_equal(a, all[0]);
	assert_ptr_equal(b, all[2]);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_boxes),
		cmocka_unit_test(test_overlaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

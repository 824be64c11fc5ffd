/* SPDX-License-Identifier: MIT */
/* Tree and index against a list of prefixes that is looked through one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/bare_net.h"
#include "net/ipv6/ip6_lpm.h"

#define MANY 2000

struct naive {
	struct ip6_addr addr;
	u8 plen;
	bool there;
};

static struct naive twin[MANY];
static struct ip6_lpm lpm;
static struct net net;

static void with_space(struct ln_net_params *params)
{
	(void)params;
}

/* As in a lab: no address space, so the index has no direct table. */
static void without_space(struct ln_net_params *params)
{
	params->mem.reserve = NULL;
}

/* Enough for the prefixes, not for all pages of a direct table. */
static void little(struct ln_net_params *params)
{
	params->mem_budget = 3u << 20;
}

/* How addresses lie, and how long prefixes are. */
static const struct scene {
	u8 least, most;		/* bits of a prefix */
	u8 same;		/* first bits, which all have in common */
	u8 mask[3];		/* of the others, bytes in turn: few bits lie within each other */
} scenes[] = {
	{ 0, 128, 0, { 0xc3, 0x81, 0x81 } }, /* nested */
	{ 0, 128, 0, { 0xff, 0xff, 0xff } }, /* anything */
	{ 16, 48, 3, { 0x1f, 0xff, 0x3f } }, /* as the Internet's */
	{ 49, 64, 48, { 0xff, 0xff, 0xff } }, /* /64s of a /48 */
	{ 65, 128, 64, { 0x00, 0x07, 0xff } }, /* hosts of a /64 */
	{ 1, 128, 127, { 0xff, 0xff, 0xff } }, /* one above the other */
	{ 1, 128, 0, { 0x80, 0x81, 0x03 } }, /* the last ones */
	{ 10, 30, 8, { 0xff, 0x07, 0xff } }, /* around 24 bits */
};

static const struct scene *scene;

static struct ip6_addr random_addr(void)
{
	struct ip6_addr a = IN6ADDR_ANY;

	for (unsigned i = 0; i < IP6_ADDR_LEN; i++) {
		u8 bits = (u8)(prng_u32(&net.prng) & scene->mask[i % 3]);

		/* Addresses at the end of all, too: ranges end there. */
		a.s6_addr[i] = scene->mask[0] == 0x80 ? (u8)~(bits & prng_u32(&net.prng)) : bits;
	}
	for (unsigned bit = 0; bit < scene->same; bit++)
		a.s6_addr[bit / 8] |= (u8)(0x80 >> bit % 8);
	return a;
}

static struct naive *twin_lookup(const struct ip6_addr *a, int max)
{
	struct naive *best = NULL;

	for (u32 i = 0; i < MANY; i++)
		if (twin[i].there && twin[i].plen <= max &&
		    ipv6_prefix_equal(&twin[i].addr, a, twin[i].plen) &&
		    (!best || twin[i].plen > best->plen))
			best = &twin[i];
	return best;
}

/* Anywhere, or at an end of a prefix, within or without. */
static struct ip6_addr draw_addr(void)
{
	const struct naive *t = &twin[prng_below(&net.prng, MANY)];
	struct ip6_addr a = t->addr;
	u32 kind = prng_below(&net.prng, 4);
	int step = kind % 2 ? 255 : 1;

	if (!kind)
		return random_addr();
	for (unsigned bit = t->plen; kind > 1 && bit < 128; bit++)
		a.s6_addr[bit / 8] |= (u8)(0x80 >> bit % 8);
	for (int i = 15; i >= 0 && prng_below(&net.prng, 2); i--) {	/* the next, or before */
		a.s6_addr[i] = (u8)(a.s6_addr[i] + step);
		if (a.s6_addr[i] != (step == 1 ? 0 : 255))
			break;
	}
	return a;
}

static void compare(int lookups)
{
	for (int i = 0; i < lookups; i++) {
		struct ip6_addr a = draw_addr();
		int max = i % 3 ? 128 : (int)prng_below(&net.prng, 129), plen = -1;
		struct naive *want = twin_lookup(&a, max);

		assert_ptr_equal(ip6_lpm_lookup_max(&lpm, &a, max, &plen), want);
		assert_true(!want || plen == want->plen);
		assert_ptr_equal(ip6_lpm_lookup(&lpm, &a), twin_lookup(&a, 128));
	}
}

static void change(u32 i)
{
	struct naive *t = &twin[i];
	void **slot;

	if (t->there) {
		ip6_lpm_del(&lpm, &t->addr, t->plen);
		assert_null(ip6_lpm_find(&lpm, &t->addr, t->plen));
		t->there = false;
		return;
	}
	t->plen = (u8)(scene->least + prng_below(&net.prng, scene->most - scene->least + 1u));
	t->addr = random_addr();
	t->addr = ipv6_addr_prefix(&t->addr, t->plen);
	slot = ip6_lpm_add(&lpm, &t->addr, t->plen);
	assert_non_null(slot);
	if (*slot)
		return;		/* another has this very prefix */
	*slot = t;
	t->there = true;
	assert_ptr_equal(ip6_lpm_find(&lpm, &t->addr, t->plen), slot);
}

struct walk {
	const struct naive *last;
	u32 n;
};

static int in_order(void *value, void *ctx)
{
	const struct naive *t = value;
	struct walk *w = ctx;
	const struct naive *l = w->last;

	/* Behind the last, or around it. */
	assert_true(!l || memcmp(&l->addr, &t->addr, IP6_ADDR_LEN) < 0 ||
		    (l->plen > t->plen && ipv6_prefix_equal(&l->addr, &t->addr, t->plen)));
	w->last = t;
	w->n++;
	return 0;
}

/* Any number of them, by the vectors of this machine and by those that every machine has. */
static void compare_bulk(void)
{
	struct ip6_addr a[150];
	const struct ip6_addr *at[ARRAY_SIZE(a)];
	void *value[ARRAY_SIZE(a) + 1];
	bool wide = lpm.index.wide;
	u32 n = prng_below(&net.prng, ARRAY_SIZE(a) + 1);

	for (u32 i = 0; i < n; i++) {
		a[i] = draw_addr();
		at[i] = &a[i];
	}
	for (u32 round = 0; round < 2; round++) {
		memset(value, 0xee, sizeof(value));
		ip6_lpm_lookup_bulk(&lpm, at, n, value);
		for (u32 i = 0; i < n; i++) {
			assert_ptr_equal(value[i], twin_lookup(&a[i], 128));
			assert_ptr_equal(ip6_lpm_lookup(&lpm, &a[i]), value[i]);
		}
		assert_int_equal((uintptr_t)value[n], 0xeeeeeeeeeeeeeeee);
		lpm.index.wide = false;
	}
	lpm.index.wide = wide;
}

/* Comes and goes at random, `n` prefixes of the twin's at the most. */
static void churn(u32 n, u32 rounds)
{
	for (u32 round = 0; round < rounds; round++) {
		change(prng_below(&net.prng, n));
		if (round % 97 == 0)
			compare(20);
		if (round % 307 == 0)
			compare_bulk();
	}
}

static void play(const struct scene *s, void (*memory)(struct ln_net_params *params))
{
	struct walk w = { NULL, 0 };
	u32 n = 0;

	scene = s;
	memset(twin, 0, sizeof(twin));
	bare_net_init(&net, memory);
	ip6_lpm_init(&lpm, &net.mem);
	churn(10, 300);		/* few, as of a host: with an index now and then */
	churn(MANY, 2 * MANY);
	compare(1000);
	ip6_lpm_walk(&lpm, in_order, &w);
	for (u32 i = 0; i < MANY; i++)
		n += twin[i].there;
	assert_int_equal(w.n, n);
	for (u32 i = 0; i < MANY; i++) {
		if (twin[i].there)
			change(i);
		if (i % 128 == 0)
			compare(20);
	}
	assert_int_equal(lpm.tree.root.below, 0);	/* no node is left behind */
	assert_false(lpm.indexed);
	ip6_lpm_exit(&lpm);
	bare_net_exit(&net);
}

static void test_against_naive(void **state)
{
	static void (*const memories[])(struct ln_net_params *params) = {
		with_space, without_space, little,
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(scenes); i++)
		for (u32 k = 0; k < ARRAY_SIZE(memories); k++)
			play(&scenes[i], memories[k]);
}

/* Each allocation fails in its turn: a prefix is there or it is not. */
static void play_without_memory(void (*memory)(struct ln_net_params *params))
{
	memset(twin, 0, sizeof(twin));
	scene = &scenes[0];
	bare_net_init(&net, memory);
	ip6_lpm_init(&lpm, &net.mem);
	for (u32 round = 0; round < 3000; round++) {
		struct naive *t = &twin[prng_below(&net.prng, 200)];
		void **slot;

		net.mem.fail_after = prng_below(&net.prng, 8);
		if (t->there) {
			ip6_lpm_del(&lpm, &t->addr, t->plen);
			t->there = false;
		} else {
			t->plen = (u8)prng_below(&net.prng, 65);
			t->addr = random_addr();
			t->addr = ipv6_addr_prefix(&t->addr, t->plen);
			slot = ip6_lpm_add(&lpm, &t->addr, t->plen);
			t->there = slot && !*slot;
			if (t->there)
				*slot = t;
		}
		net.mem.fail_after = 0;
		assert_ptr_equal(ip6_lpm_lookup(&lpm, &t->addr), twin_lookup(&t->addr, 128));
	}
	ip6_lpm_exit(&lpm);
	bare_net_exit(&net);
}

static void test_without_memory(void **state)
{
	(void)state;
	play_without_memory(with_space);
	play_without_memory(without_space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_naive),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

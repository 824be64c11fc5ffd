/* SPDX-License-Identifier: MIT */
/* The tree against a list of prefixes that is looked through one by one. */
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

/* Few different bits, so that prefixes lie within each other. */
static struct ip6_addr random_addr(void)
{
	struct ip6_addr a = IN6ADDR_ANY;

	for (int i = 0; i < IP6_ADDR_LEN; i++)
		a.s6_addr[i] = (u8)(prng_u32(&net.prng) & prng_u32(&net.prng) &
				    (i % 3 ? 0x81 : 0xc3));
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

static void compare(int lookups)
{
	for (int i = 0; i < lookups; i++) {
		struct ip6_addr a = i % 2 ? random_addr() : twin[i % MANY].addr;
		int max = i % 3 ? 128 : (int)prng_below(&net.prng, 129), plen = -1;
		struct naive *want = twin_lookup(&a, max);

		assert_ptr_equal(ip6_lpm_lookup(&lpm, &a, max, &plen), want);
		assert_true(!want || plen == want->plen);
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
	t->plen = (u8)prng_below(&net.prng, 129);
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

static void test_against_naive(void **state)
{
	struct walk w = { NULL, 0 };
	u32 n = 0;

	(void)state;
	bare_net_init(&net, NULL);
	ip6_lpm_init(&lpm, &net.mem);
	for (u32 round = 0; round < 3 * MANY; round++) {
		change(prng_below(&net.prng, MANY));
		if (round % 500 == 0)
			compare(500);
	}
	compare(4000);
	ip6_lpm_walk(&lpm, in_order, &w);
	for (u32 i = 0; i < MANY; i++)
		n += twin[i].there;
	assert_int_equal(w.n, n);
	assert_int_equal(lpm.prefixes, n);
	for (u32 i = 0; i < MANY; i++)
		if (twin[i].there)
			change(i);
	assert_int_equal(lpm.root.below, 0);	/* no node is left behind */
	ip6_lpm_exit(&lpm);
	bare_net_exit(&net);
}

/* Each allocation fails in its turn: a prefix is there or it is not. */
static void test_without_memory(void **state)
{
	int plen;

	(void)state;
	memset(twin, 0, sizeof(twin));
	bare_net_init(&net, NULL);
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
		assert_ptr_equal(ip6_lpm_lookup(&lpm, &t->addr, 128, &plen),
				 twin_lookup(&t->addr, 128));
	}
	ip6_lpm_exit(&lpm);
	bare_net_exit(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_naive),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

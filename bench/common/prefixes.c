/* SPDX-License-Identifier: MIT */
#include "common/prefixes.h"

#include <stdlib.h>

static uint64_t rng_state;

static uint32_t draw(void)
{
	return draw_from(&rng_state);
}

static uint8_t draw_len(void)
{
	uint32_t r = draw() % 1000;

	if (r < 600)
		return 24;
	if (r < 620)
		return (uint8_t)(25 + draw() % 8);
	return r < 800 ? (uint8_t)(22 + draw() % 2) : (uint8_t)(16 + draw() % 6);
}

static int by_prefix(const void *a, const void *b)
{
	const struct prefix *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->len - y->len;
}

/* Sorted, each once; what is left of n. */
static unsigned unique(struct prefix *p, unsigned n)
{
	unsigned kept = 0;

	qsort(p, n, sizeof(*p), by_prefix);
	for (unsigned i = 0; i < n; i++)
		if (!kept || by_prefix(&p[kept - 1], &p[i]))
			p[kept++] = p[i];
	return kept;
}

struct prefix *make_prefixes(unsigned n)
{
	struct prefix *p = malloc(n * sizeof(*p));
	unsigned have = 0;

	rng_state = 7;
	while (p && have < n) {
		for (unsigned i = have; i < n; i++) {
			p[i].len = draw_len();
			/* 1.0.0.0 to 223.255.255.255 */
			p[i].addr = (0x01000000 + draw() % 0xdf000000) & ~0u << (32 - p[i].len);
			p[i].value = 1 + draw() % 250;
		}
		have = unique(p, n);
	}
	return p;
}

uint32_t *make_addresses(const struct prefix *p, unsigned prefixes, unsigned n)
{
	uint32_t *a = malloc(n * sizeof(*a));

	for (unsigned i = 0; a && i < n; i++) {
		const struct prefix *at = &p[draw() % prefixes];

		a[i] = at->addr | (draw() & (at->len < 32 ? ~0u >> at->len : 0));
	}
	return a;
}

/* SPDX-License-Identifier: MIT */
#include "common/prefixes.h"

#include <stdlib.h>
#include <string.h>

static uint64_t rng_state = 7;

static uint32_t draw(void)
{
	return draw_from(&rng_state);
}

static uint8_t draw_len(void)
{
	uint32_t r = draw() % 100;

	if (r < 50)
		return 48;
	if (r < 70)
		return 32;
	return r < 97 ? (uint8_t)(33 + draw() % 15) : (uint8_t)(49 + draw() % 16);
}

/* A /20 of 2000::/8 and random bits behind, as registries give them out. */
static struct prefix6 draw_prefix(void)
{
	struct prefix6 p = { .len = draw_len(), .value = 1 + draw() % 250 };

	p.addr[0] = 0x20 + draw() % 8;
	p.addr[1] = (uint8_t)(draw() % 16);
	for (unsigned bit = 16; bit < p.len; bit++)
		p.addr[bit / 8] |= (uint8_t)((draw() >> 7 & 1) << (7 - bit % 8));
	return p;
}

static int by_prefix(const void *a, const void *b)
{
	const struct prefix6 *x = a, *y = b;
	int order = memcmp(x->addr, y->addr, 16);

	return order ? order : x->len - y->len;
}

struct prefix6 *make_prefixes6(unsigned n)
{
	struct prefix6 *p = malloc(n * sizeof(*p));
	unsigned have = 0, kept;

	while (p && have < n) {
		for (unsigned i = have; i < n; i++)
			p[i] = draw_prefix();
		qsort(p, n, sizeof(*p), by_prefix);
		for (kept = 0, have = 0; kept < n; kept++)
			if (!have || by_prefix(&p[have - 1], &p[kept]))
				p[have++] = p[kept];
	}
	return p;
}

uint8_t (*make_addresses6(const struct prefix6 *p, unsigned prefixes, unsigned n))[16]
{
	uint8_t (*a)[16] = malloc(n * sizeof(*a));

	for (unsigned i = 0; a && i < n; i++) {
		const struct prefix6 *at = &p[draw() % prefixes];

		memcpy(a[i], at->addr, 16);
		for (unsigned bit = at->len; bit < 128; bit++)
			a[i][bit / 8] |= (uint8_t)((draw() >> 9 & 1) << (7 - bit % 8));
	}
	return a;
}

/* SPDX-License-Identifier: MIT */
#include "net/ipv6/ip6_lpm.h"

#define STRIDE 6
#define DEPTH 22		/* 132 bits */

/* A prefix of n bits with the value v within a node is bit 2^n + v: as in a heap. */
static unsigned heap(unsigned v, unsigned n)
{
	return (1u << n) + v;
}

static unsigned below_bits(u64 map, unsigned bit)
{
	return (unsigned)__builtin_popcountll(map & (BIT64(bit) - 1));
}

/* n bits of a from bit `from` on; what is behind the 128th is zero. */
static unsigned chunk(const struct ip6_addr *a, unsigned from, unsigned n)
{
	unsigned at = from / 8, shift = from % 8;
	u32 v = (u32)a->s6_addr[at] << 8;

	if (at + 1 < IP6_ADDR_LEN)
		v |= a->s6_addr[at + 1];
	return n ? v << shift >> (16 - n) & ((1u << n) - 1) : 0;
}

/* The bits of all prefixes that cover chunk c, in a node. */
static __always_inline u64 covering(unsigned c)
{
	return BIT64(1) | BIT64(2 + (c >> 5)) | BIT64(4 + (c >> 4)) | BIT64(8 + (c >> 3)) |
	       BIT64(16 + (c >> 2)) | BIT64(32 + (c >> 1));
}

void ip6_lpm_init(struct ip6_lpm *lpm, struct mem *mem)
{
	*lpm = (struct ip6_lpm){ .mem = mem };
}

static size_t values_bytes(const struct lpm6_node *n)
{
	return (size_t)__builtin_popcountll(n->inside) * sizeof(void *);
}

static size_t children_bytes(const struct lpm6_node *n)
{
	return (size_t)__builtin_popcountll(n->below) * sizeof(struct lpm6_node);
}

static void node_free(struct ip6_lpm *lpm, struct lpm6_node *n)
{
	mem_free(lpm->mem, n->value, values_bytes(n));
	mem_free(lpm->mem, n->child, children_bytes(n));
}

/* A place in the tree: which child of which node, and where in it a walk stands. */
struct lpm6_place {
	struct lpm6_node *node;
	unsigned bit;
};

void ip6_lpm_exit(struct ip6_lpm *lpm)
{
	struct lpm6_place at[DEPTH + 1] = { { &lpm->root, 0 } };
	int d = 0;

	while (d >= 0) {
		struct lpm6_place *p = &at[d];

		if (p->bit < (unsigned)__builtin_popcountll(p->node->below)) {
			at[++d] = (struct lpm6_place){ &p->node->child[p->bit++], 0 };
			continue;
		}
		node_free(lpm, p->node);
		d--;
	}
	lpm->root = (struct lpm6_node){ 0, 0, NULL, NULL };
}

/* A new array with room for one entry more at `at`, the old one's entries around it. */
static void *array_widen(struct mem *mem, void *old, unsigned n, unsigned at, size_t size)
{
	u8 *wide = mem_alloc(mem, (n + 1) * size);

	if (!wide)
		return NULL;
	if (at)
		memcpy(wide, old, at * size);
	memset(wide + at * size, 0, size);
	if (n > at)
		memcpy(wide + (at + 1) * size, (u8 *)old + at * size, (n - at) * size);
	mem_free(mem, old, n * size);
	return wide;
}

/* The array without its entry `at`; false: no memory. */
static bool array_narrow(struct mem *mem, void **array, unsigned n, unsigned at, size_t size)
{
	u8 *old = *array, *narrow = NULL;

	if (n > 1) {
		narrow = mem_alloc(mem, (n - 1) * size);
		if (!narrow)
			return false;
		memcpy(narrow, old, at * size);
		memcpy(narrow + at * size, old + (at + 1) * size, (n - at - 1) * size);
	}
	mem_free(mem, old, n * size);
	*array = narrow;
	return true;
}

static struct lpm6_node *child_of(const struct lpm6_node *n, unsigned c)
{
	return n->below & BIT64(c) ? &n->child[below_bits(n->below, c)] : NULL;
}

static struct lpm6_node *child_make(struct ip6_lpm *lpm, struct lpm6_node *n, unsigned c)
{
	unsigned at = below_bits(n->below, c);
	void *wide;

	if (n->below & BIT64(c))
		return &n->child[at];
	wide = array_widen(lpm->mem, n->child, (unsigned)__builtin_popcountll(n->below), at,
			   sizeof(*n->child));
	if (!wide)
		return NULL;
	n->child = wide;
	n->below |= BIT64(c);
	return &n->child[at];
}

void **ip6_lpm_find(const struct ip6_lpm *lpm, const struct ip6_addr *a, unsigned plen)
{
	const struct lpm6_node *n = &lpm->root;
	unsigned off = 0, bit;

	for (; n && plen - off >= STRIDE; off += STRIDE)
		n = child_of(n, chunk(a, off, STRIDE));
	if (!n)
		return NULL;
	bit = heap(chunk(a, off, plen - off), plen - off);
	return n->inside & BIT64(bit) ? &n->value[below_bits(n->inside, bit)] : NULL;
}

void **ip6_lpm_add(struct ip6_lpm *lpm, const struct ip6_addr *a, unsigned plen)
{
	struct lpm6_node *n = &lpm->root;
	unsigned off = 0, bit, at;
	void *wide;

	/* Nodes that are left without a value when memory ends here go with the next deletion of a
	 * prefix below them, or with the tree. */
	for (; n && plen - off >= STRIDE; off += STRIDE)
		n = child_make(lpm, n, chunk(a, off, STRIDE));
	if (!n)
		return NULL;
	bit = heap(chunk(a, off, plen - off), plen - off);
	at = below_bits(n->inside, bit);
	if (n->inside & BIT64(bit))
		return &n->value[at];
	wide = array_widen(lpm->mem, n->value, (unsigned)__builtin_popcountll(n->inside), at,
			   sizeof(void *));
	if (!wide)
		return NULL;
	n->value = wide;
	n->inside |= BIT64(bit);
	lpm->prefixes++;
	return &n->value[at];
}

/* Empty nodes go, from the lowest up. */
static void prune(struct ip6_lpm *lpm, struct lpm6_place *path, int d)
{
	for (; d > 0 && !path[d].node->inside && !path[d].node->below; d--) {
		struct lpm6_node *parent = path[d - 1].node;
		unsigned c = path[d - 1].bit;
		void *array = parent->child;

		if (!array_narrow(lpm->mem, &array, (unsigned)__builtin_popcountll(parent->below),
				  below_bits(parent->below, c), sizeof(*parent->child)))
			return;
		parent->child = array;
		parent->below &= ~BIT64(c);
	}
}

void ip6_lpm_del(struct ip6_lpm *lpm, const struct ip6_addr *a, unsigned plen)
{
	struct lpm6_place path[DEPTH + 1] = { { &lpm->root, 0 } };
	struct lpm6_node *n = &lpm->root;
	unsigned off = 0, bit;
	void *array;
	int d = 0;

	for (; plen - off >= STRIDE; off += STRIDE) {
		path[d].bit = chunk(a, off, STRIDE);
		n = child_of(n, path[d].bit);
		if (!n)
			return;
		path[++d].node = n;
	}
	bit = heap(chunk(a, off, plen - off), plen - off);
	if (!(n->inside & BIT64(bit)))
		return;
	array = n->value;
	/* Without memory the prefix stays, with no value: lookups pass it over. */
	n->value[below_bits(n->inside, bit)] = NULL;
	if (!array_narrow(lpm->mem, &array, (unsigned)__builtin_popcountll(n->inside),
			  below_bits(n->inside, bit), sizeof(void *)))
		return;
	n->value = array;
	n->inside &= ~BIT64(bit);
	lpm->prefixes--;
	prune(lpm, path, d);
}

/* A node with prefixes that cover an address, the longest of which is the highest bit. */
struct lpm6_match {
	const struct lpm6_node *node;
	u64 bits;
	int off;
};

/* The deepest such node; one of NULL bits: none. Values are not looked at on the way. */
static struct lpm6_match deepest(const struct ip6_lpm *lpm, const struct ip6_addr *a, int max_plen)
{
	const struct lpm6_node *n = &lpm->root;
	struct lpm6_match best = { NULL, 0, 0 };

	for (int off = 0; n && off <= max_plen; off += STRIDE) {
		unsigned c = chunk(a, (unsigned)off, STRIDE);
		u64 m = n->inside & covering(c);

		if (unlikely(max_plen - off < STRIDE - 1))
			m &= BIT64(heap(0, (unsigned)(max_plen - off) + 1)) - 1;
		if (m)
			best = (struct lpm6_match){ n, m, off };
		n = child_of(n, c);
	}
	return best;
}

void *ip6_lpm_lookup(const struct ip6_lpm *lpm, const struct ip6_addr *a, int max_plen, int *plen)
{
	while (max_plen >= 0) {
		struct lpm6_match m = deepest(lpm, a, max_plen);
		unsigned bit;
		void *value;

		if (!m.bits)
			return NULL;
		bit = 63u - (unsigned)__builtin_clzll(m.bits);
		value = m.node->value[below_bits(m.node->inside, bit)];
		*plen = m.off + 31 - __builtin_clz(bit);
		if (likely(value))
			return value;
		max_plen = *plen - 1;	/* ip6_lpm_del() had no memory */
	}
	return NULL;
}

/* A node's prefixes and children in the order of a walk, a prefix after what it covers: the heap
 * number behind `at`, 0 at the start; children are those from 64 on. 0: it was the last. */
static unsigned next_position(unsigned at)
{
	if (!at)
		return 64;
	if (at & 1)
		return at / 2;
	for (at++; at < 64;)	/* its sibling's leftmost */
		at *= 2;
	return at;
}

int ip6_lpm_walk(const struct ip6_lpm *lpm, int (*fn)(void *value, void *ctx), void *ctx)
{
	struct {
		const struct lpm6_node *node;
		unsigned at;
	} path[DEPTH + 1] = { { &lpm->root, 0 } };
	int d = 0, ret = 0;

	while (d >= 0 && !ret) {
		const struct lpm6_node *n = path[d].node;
		unsigned at = path[d].at = next_position(path[d].at);

		if (!at) {
			d--;
		} else if (at >= 64) {
			n = child_of(n, at - 64);
			if (n) {
				path[++d].node = n;
				path[d].at = 0;
			}
		} else if (n->inside & BIT64(at)) {
			void *value = n->value[below_bits(n->inside, at)];

			ret = value ? fn(value, ctx) : 0;
		}
	}
	return ret;
}

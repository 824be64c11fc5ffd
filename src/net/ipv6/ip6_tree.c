/* SPDX-License-Identifier: MIT */
#include "net/ipv6/ip6_tree.h"

#define STRIDE IP6_TREE_STRIDE
#define DEPTH IP6_TREE_DEPTH
#define PREFIX_FIRST_CAP 8

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

void ip6_tree_init(struct ip6_tree *t, struct mem *mem)
{
	*t = (struct ip6_tree){ .mem = mem, .top = 1 };
}

static size_t ids_bytes(const struct ip6_tree_node *n)
{
	return (size_t)__builtin_popcountll(n->inside) * sizeof(u32);
}

static size_t children_bytes(const struct ip6_tree_node *n)
{
	return (size_t)__builtin_popcountll(n->below) * sizeof(struct ip6_tree_node);
}

static void node_free(struct ip6_tree *t, struct ip6_tree_node *n)
{
	mem_free(t->mem, n->id, ids_bytes(n));
	mem_free(t->mem, n->child, children_bytes(n));
}

/* A place in the tree: which child of which node, and where in it a walk stands. */
struct tree_place {
	struct ip6_tree_node *node;
	unsigned bit;
};

void ip6_tree_exit(struct ip6_tree *t)
{
	struct tree_place at[DEPTH + 1] = { { &t->root, 0 } };
	int d = 0;

	while (d >= 0) {
		struct tree_place *p = &at[d];

		if (p->bit < (unsigned)__builtin_popcountll(p->node->below)) {
			at[++d] = (struct tree_place){ &p->node->child[p->bit++], 0 };
			continue;
		}
		node_free(t, p->node);
		d--;
	}
	mem_free(t->mem, t->prefix, t->cap * sizeof(*t->prefix));
	ip6_tree_init(t, t->mem);
}

/* ---- numbers ---- */

bool ip6_tree_ids_grow(struct ip6_tree *t)
{
	u32 cap = t->cap ? 2 * t->cap : PREFIX_FIRST_CAP;
	union ip6_prefix *grown = mem_alloc(t->mem, cap * sizeof(*grown));

	if (!grown)
		return false;
	if (t->prefix)
		memcpy(grown, t->prefix, t->top * sizeof(*grown));
	else
		grown[0].value = NULL;
	mem_free(t->mem, t->prefix, t->cap * sizeof(*grown));
	t->prefix = grown;
	t->cap = cap;
	return true;
}

static u32 id_new(struct ip6_tree *t)
{
	u32 id = t->free;

	if (id) {
		t->free = t->prefix[id].next;
		return id;
	}
	return t->top < t->cap || ip6_tree_ids_grow(t) ? t->top++ : 0;
}

static void id_free(struct ip6_tree *t, u32 id)
{
	t->prefix[id].next = t->free;
	t->free = id;
}

/* ---- the tree ---- */

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

static struct ip6_tree_node *child_of(const struct ip6_tree_node *n, unsigned c)
{
	return n->below & BIT64(c) ? &n->child[below_bits(n->below, c)] : NULL;
}

static struct ip6_tree_node *child_make(struct ip6_tree *t, struct ip6_tree_node *n, unsigned c)
{
	unsigned at = below_bits(n->below, c);
	void *wide;

	if (n->below & BIT64(c))
		return &n->child[at];
	wide = array_widen(t->mem, n->child, (unsigned)__builtin_popcountll(n->below), at,
			   sizeof(*n->child));
	if (!wide)
		return NULL;
	n->child = wide;
	n->below |= BIT64(c);
	return &n->child[at];
}

u32 ip6_tree_find(const struct ip6_tree *t, const struct ip6_addr *a, unsigned plen)
{
	const struct ip6_tree_node *n = &t->root;
	unsigned off = 0, bit;

	for (; n && plen - off >= STRIDE; off += STRIDE)
		n = child_of(n, chunk(a, off, STRIDE));
	if (!n)
		return 0;
	bit = heap(chunk(a, off, plen - off), plen - off);
	return n->inside & BIT64(bit) ? n->id[below_bits(n->inside, bit)] : 0;
}

u32 ip6_tree_add(struct ip6_tree *t, const struct ip6_addr *a, unsigned plen)
{
	u32 id = id_new(t);
	struct ip6_tree_node *n = id ? &t->root : NULL;
	unsigned off = 0, bit, at;
	void *wide;

	/* Nodes that are left without a prefix when memory ends here go with the next deletion of
	 * one below them, or with the tree. */
	for (; n && plen - off >= STRIDE; off += STRIDE)
		n = child_make(t, n, chunk(a, off, STRIDE));
	if (n) {
		bit = heap(chunk(a, off, plen - off), plen - off);
		at = below_bits(n->inside, bit);
		wide = array_widen(t->mem, n->id, (unsigned)__builtin_popcountll(n->inside), at,
				   sizeof(u32));
		if (wide) {
			n->id = wide;
			n->inside |= BIT64(bit);
			n->id[at] = id;
			t->prefixes++;
			return id;
		}
	}
	if (id)
		id_free(t, id);
	return 0;
}

/* Empty nodes go, from the lowest up. */
static void prune(struct ip6_tree *t, struct tree_place *path, int d)
{
	for (; d > 0 && !path[d].node->inside && !path[d].node->below; d--) {
		struct ip6_tree_node *parent = path[d - 1].node;
		unsigned c = path[d - 1].bit;
		void *array = parent->child;

		if (!array_narrow(t->mem, &array, (unsigned)__builtin_popcountll(parent->below),
				  below_bits(parent->below, c), sizeof(*parent->child)))
			return;
		parent->child = array;
		parent->below &= ~BIT64(c);
	}
}

bool ip6_tree_del(struct ip6_tree *t, const struct ip6_addr *a, unsigned plen)
{
	struct tree_place path[DEPTH + 1] = { { &t->root, 0 } };
	struct ip6_tree_node *n = &t->root;
	unsigned off = 0, bit;
	void *array;
	int d = 0;
	u32 id;

	for (; plen - off >= STRIDE; off += STRIDE) {
		path[d].bit = chunk(a, off, STRIDE);
		n = child_of(n, path[d].bit);
		path[++d].node = n;
	}
	bit = heap(chunk(a, off, plen - off), plen - off);
	array = n->id;
	id = n->id[below_bits(n->inside, bit)];
	if (!array_narrow(t->mem, &array, (unsigned)__builtin_popcountll(n->inside),
			  below_bits(n->inside, bit), sizeof(u32)))
		return false;
	n->id = array;
	n->inside &= ~BIT64(bit);
	id_free(t, id);
	t->prefixes--;
	prune(t, path, d);
	return true;
}

/* A node with prefixes that cover an address, the longest of which is the highest bit. */
struct tree_match {
	const struct ip6_tree_node *node;
	u64 bits;
	int off;
};

/* The deepest such node; one of NULL bits: none. Values are not looked at on the way. */
static struct tree_match deepest(const struct ip6_tree *t, const struct ip6_addr *a, int max_plen)
{
	const struct ip6_tree_node *n = &t->root;
	struct tree_match best = { NULL, 0, 0 };

	for (int off = 0; n && off <= max_plen; off += STRIDE) {
		unsigned c = chunk(a, (unsigned)off, STRIDE);
		u64 m = n->inside & covering(c);

		if (unlikely(max_plen - off < STRIDE - 1))
			m &= BIT64(heap(0, (unsigned)(max_plen - off) + 1)) - 1;
		if (m)
			best = (struct tree_match){ n, m, off };
		n = child_of(n, c);
	}
	return best;
}

u32 ip6_tree_lookup(const struct ip6_tree *t, const struct ip6_addr *a, int max_plen, int *plen)
{
	while (max_plen >= 0) {
		struct tree_match m = deepest(t, a, max_plen);
		unsigned bit;
		u32 id;

		if (!m.bits)
			return 0;
		bit = 63u - (unsigned)__builtin_clzll(m.bits);
		id = m.node->id[below_bits(m.node->inside, bit)];
		*plen = m.off + 31 - __builtin_clz(bit);
		if (likely(t->prefix[id].value))
			return id;
		max_plen = *plen - 1;	/* ip6_tree_del() had no memory */
	}
	return 0;
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

u32 ip6_tree_next(struct ip6_tree_walk *w)
{
	while (w->d >= 0) {
		const struct ip6_tree_node *n = w->node[w->d];
		unsigned at = next_position(w->at[w->d]);

		w->at[w->d] = (u8)at;
		if (!at) {
			w->d--;
		} else if (at >= 64) {
			n = child_of(n, at - 64);
			if (n) {
				w->node[++w->d] = n;
				w->at[w->d] = 0;
			}
		} else if (n->inside & BIT64(at)) {
			return n->id[below_bits(n->inside, at)];
		}
	}
	return 0;
}

unsigned ip6_tree_prefix(const struct ip6_tree_walk *w, struct ip6_addr *a)
{
	unsigned at = w->at[w->d], bits = 31u - (unsigned)__builtin_clz(at);

	*a = IN6ADDR_ANY;
	for (int d = 0; d <= w->d; d++) {
		unsigned n = d < w->d ? STRIDE : bits, v = w->at[d] - (1u << n);

		for (unsigned i = 0; i < n; i++)
			if (v >> (n - 1 - i) & 1)
				a->s6_addr[((unsigned)d * STRIDE + i) / 8] |=
					(u8)(0x80 >> ((unsigned)d * STRIDE + i) % 8);
	}
	return (unsigned)w->d * STRIDE + bits;
}

/* SPDX-License-Identifier: MIT */
/*
 * The trie of fib_lpm: its nodes and values lie in runs of two pools; it is built from the
 * prefixes, changed a node at a time, and moved together when half of a pool is free.
 */
#include "net/ipv4/fib_lpm_impl.h"

#define POOL_FIRST_CAP 64
#define COMPACT_MIN 1024			/* entries below which nothing is moved */

/* ---- pools of runs ---- */

static void *pool_entry(const struct lpm_pool *p, u32 i)
{
	return (char *)p->at + (size_t)i * p->entry_bytes;
}

static bool pool_grow(struct lpm_pool *p, struct mem *mem, u32 n)
{
	u32 cap = max_t(u32, p->cap * 2, POOL_FIRST_CAP);
	void *grown;

	while (cap < p->top + n)
		cap *= 2;
	grown = mem_alloc(mem, (size_t)cap * p->entry_bytes);
	if (!grown)
		return false;
	if (p->at)
		memcpy(grown, p->at, (size_t)p->top * p->entry_bytes);
	mem_free(mem, p->at, (size_t)p->cap * p->entry_bytes);
	p->at = grown;
	p->cap = cap;
	return true;
}

static void pool_free_run(struct lpm_pool *p, u32 i, u32 n)
{
	if (!n)
		return;
	memcpy(pool_entry(p, i), &p->free[n], sizeof(u32));
	p->free[n] = i + 1;
	p->idle += n;
}

static bool pool_take(struct lpm_pool *p, u32 n, u32 *out)
{
	if (!p->free[n])
		return false;
	*out = p->free[n] - 1;
	memcpy(&p->free[n], pool_entry(p, *out), sizeof(u32));
	p->idle -= n;
	return true;
}

/* Exactly n entries (0 is fine): a freed run of that length, new ones, or part of a longer run. */
static bool pool_alloc_run(struct lpm_pool *p, struct mem *mem, u32 n, u32 *out)
{
	*out = 0;
	if (!n || pool_take(p, n, out))
		return true;
	if (p->top + n > p->cap) {
		for (u32 longer = n + 1; longer <= SLOTS; longer++) {
			if (pool_take(p, longer, out)) {
				pool_free_run(p, *out + n, longer - n);
				return true;
			}
		}
		if (!pool_grow(p, mem, n))
			return false;
	}
	*out = p->top;
	p->top += n;
	return true;
}

static void pool_exit(struct lpm_pool *p, struct mem *mem)
{
	u32 bytes = p->entry_bytes;

	mem_free(mem, p->at, (size_t)p->cap * bytes);
	*p = (struct lpm_pool){ .entry_bytes = bytes };
}

/* ---- building ---- */

/* A node taken apart: what each of its slots holds. */
struct slots {
	u64 inner;			/* slot holds child[] */
	u32 value[SLOTS];
	u32 below[SLOTS];		/* prefixes under this slot that want a child; 0: none */
	struct lpm_node child[SLOTS];
};

static void fill_values(struct slots *s, u32 from, u32 n, u32 value)
{
	for (u32 i = from; i < from + n; i++)
		s->value[i] = value;
}

/* Enters prefix node r and those below it into the slots of a node at depth. */
static void expand(const struct fib_lpm *lpm, struct slots *s, u32 r, unsigned depth)
{
	const struct rib_node *n = &lpm->rib.node[r];
	u32 slot;

	if (!r)
		return;
	slot = slot_at(n->key, depth);
	if (n->plen >= depth + STRIDE) {
		if (n->plen == depth + STRIDE && n->value)
			s->value[slot] = n->value;
		if (n->plen > depth + STRIDE || n->child[0] || n->child[1])
			s->below[slot] = r;
		return;
	}
	if (n->value && n->plen) {
		if (n->plen > depth)
			fill_values(s, slot, 1u << (depth + STRIDE - n->plen), n->value);
		else
			fill_values(s, 0, SLOTS, n->value);
	}
	expand(lpm, s, n->child[0], depth);
	expand(lpm, s, n->child[1], depth);
}

static void free_below(struct fib_lpm *lpm, const struct lpm_node *n)
{
	u32 children = bits_generic(n->vector);

	for (u32 i = 0; i < children; i++)
		free_below(lpm, node_at(lpm, n->base1 + i));
	pool_free_run(&lpm->nodes, n->base1, children);
	pool_free_run(&lpm->leaves, n->base0, bits_generic(n->leafvec));
}

/* Writes the slots as a node. False: no memory; the children are still the caller's. */
static bool pack(struct fib_lpm *lpm, const struct slots *s, struct lpm_node *out)
{
	struct lpm_node n = { .vector = s->inner };
	u32 nleaves = 0, leaf[SLOTS], child = 0;

	for (u32 i = 0; i < SLOTS; i++) {
		if (s->inner >> i & 1)
			continue;
		if (nleaves && leaf[nleaves - 1] == s->value[i])
			continue;
		leaf[nleaves++] = s->value[i];
		n.leafvec |= BIT64(i);
	}
	if (!pool_alloc_run(&lpm->leaves, lpm->mem, nleaves, &n.base0))
		return false;
	if (!pool_alloc_run(&lpm->nodes, lpm->mem, bits_generic(s->inner), &n.base1)) {
		pool_free_run(&lpm->leaves, n.base0, nleaves);
		return false;
	}
	if (nleaves)
		memcpy(leaf_at(lpm, n.base0), leaf, nleaves * sizeof(leaf[0]));
	for (u32 i = 0; i < SLOTS; i++)
		if (s->inner >> i & 1)
			*node_at(lpm, n.base1 + child++) = s->child[i];
	*out = n;
	return true;
}

static bool build(struct fib_lpm *lpm, u32 r, unsigned depth, u32 inherited,
		  struct lpm_node *out);

/* Builds a child for each slot from..to that has prefixes below. Undoes itself on failure. */
static bool build_children(struct fib_lpm *lpm, struct slots *s, u32 from, u32 to, unsigned depth)
{
	u64 before = s->inner;

	for (u32 i = from; i <= to; i++) {
		if (!s->below[i])
			continue;
		if (!build(lpm, s->below[i], depth + STRIDE, s->value[i], &s->child[i])) {
			for (u32 k = from; k < i; k++)
				if (s->inner & ~before & BIT64(k))
					free_below(lpm, &s->child[k]);
			return false;
		}
		s->inner |= BIT64(i);
	}
	return true;
}

static bool build(struct fib_lpm *lpm, u32 r, unsigned depth, u32 inherited, struct lpm_node *out)
{
	struct slots s;

	s.inner = 0;
	memset(s.below, 0, sizeof(s.below));
	fill_values(&s, 0, SLOTS, inherited);
	expand(lpm, &s, r, depth);
	if (!build_children(lpm, &s, 0, SLOTS - 1, depth))
		return false;
	if (pack(lpm, &s, out))
		return true;
	for (u32 i = 0; i < SLOTS; i++)
		if (s.inner >> i & 1)
			free_below(lpm, &s.child[i]);
	return false;
}

/* ---- compaction ---- */

static void move_children(const struct fib_lpm *lpm, struct lpm_pool *to, struct lpm_node *n)
{
	u32 count = bits_generic(n->vector), base = to->top;
	struct lpm_node *run = (struct lpm_node *)to->at + base;

	if (!count)
		return;
	memcpy(run, node_at(lpm, n->base1), count * sizeof(*run));
	n->base1 = base;
	to->top += count;
	for (u32 i = 0; i < count; i++)
		move_children(lpm, to, &run[i]);
}

static void move_leaves(struct fib_lpm *lpm, struct lpm_pool *to, struct lpm_node *n)
{
	u32 count = bits_generic(n->leafvec), children = bits_generic(n->vector);

	memcpy((u32 *)to->at + to->top, leaf_at(lpm, n->base0), count * sizeof(u32));
	n->base0 = to->top;
	to->top += count;
	for (u32 i = 0; i < children; i++)
		move_leaves(lpm, to, node_at(lpm, n->base1 + i));
}

static bool wants_compaction(const struct lpm_pool *p)
{
	return p->top > COMPACT_MIN && p->idle > p->top / 2;
}

/* An empty pool with room for what lives in p and half as much again. */
static bool pool_like(const struct lpm_pool *p, struct mem *mem, struct lpm_pool *out)
{
	u32 live = p->top - p->idle;

	*out = (struct lpm_pool){ .entry_bytes = p->entry_bytes };
	return pool_grow(out, mem, live + live / 2);
}

void lpm_compact(struct fib_lpm *lpm)
{
	struct lpm_pool to;

	if (unlikely(wants_compaction(&lpm->nodes)) && pool_like(&lpm->nodes, lpm->mem, &to)) {
		struct lpm_node *root = to.at;

		*root = *node_at(lpm, 0);
		to.top = 1;
		move_children(lpm, &to, root);
		pool_exit(&lpm->nodes, lpm->mem);
		lpm->nodes = to;
		lpm_direct_fill(lpm);
	}
	if (unlikely(wants_compaction(&lpm->leaves)) && pool_like(&lpm->leaves, lpm->mem, &to)) {
		move_leaves(lpm, &to, node_at(lpm, 0));
		pool_exit(&lpm->leaves, lpm->mem);
		lpm->leaves = to;
	}
}

/* ---- changes ---- */

void lpm_index_drop(struct fib_lpm *lpm)
{
	fib_direct_free(&lpm->direct, lpm->mem);
	pool_exit(&lpm->nodes, lpm->mem);
	pool_exit(&lpm->leaves, lpm->mem);
	lpm->indexed = false;
}

void lpm_index_build(struct fib_lpm *lpm)
{
	struct lpm_node root;
	u32 at;

	/* The root is node 0 for good. */
	if (!pool_alloc_run(&lpm->nodes, lpm->mem, 1, &at) ||
	    !build(lpm, lpm->rib.root, 0, 0, &root)) {
		lpm_index_drop(lpm);
		return;
	}
	*node_at(lpm, 0) = root;
	lpm->indexed = true;
}

/* Does any prefix longer than plen stand under key/plen? */
static bool has_longer(const struct fib_lpm *lpm, u32 key, unsigned plen)
{
	u32 r = rib_top(&lpm->rib, key, plen);
	const struct rib_node *n = &lpm->rib.node[r];

	return r && (n->plen > plen || n->child[0] || n->child[1]);
}

/* Takes node n apart; slots from..to are left for the caller to fill anew. */
static void unpack(const struct fib_lpm *lpm, const struct lpm_node *n, struct slots *s,
		   u32 from, u32 to)
{
	u32 child = n->base1, leaf = n->base0 - 1;

	s->inner = 0;
	memset(s->below, 0, sizeof(s->below));
	for (u32 i = 0; i < SLOTS; i++) {
		bool inner = n->vector >> i & 1, outside = i < from || i > to;

		leaf += n->leafvec >> i & 1;
		if (inner && outside) {
			s->inner |= BIT64(i);
			s->child[i] = *node_at(lpm, child);
		} else if (!inner) {
			s->value[i] = *leaf_at(lpm, leaf);
		}
		child += inner;
	}
}

/* Gives back what node n held: its own runs, and the trees below slots from..to. */
static void free_old(struct fib_lpm *lpm, const struct lpm_node *n, u32 from, u32 to)
{
	u32 child = n->base1;

	for (u32 i = 0; i < SLOTS; i++) {
		if (!(n->vector >> i & 1))
			continue;
		if (i >= from && i <= to)
			free_below(lpm, node_at(lpm, child));
		child++;
	}
	pool_free_run(&lpm->nodes, n->base1, bits_generic(n->vector));
	pool_free_run(&lpm->leaves, n->base0, bits_generic(n->leafvec));
}

/* The node to change for key/plen: the deepest that must exist and whose slots it fills. */
static u32 find_node(const struct fib_lpm *lpm, u32 key, unsigned plen, bool gone, unsigned *depth)
{
	u32 at = 0;

	for (*depth = 0;; *depth += STRIDE) {
		const struct lpm_node *n = node_at(lpm, at);
		u32 slot = slot_at(key, *depth);

		if (plen <= *depth + STRIDE || !(n->vector >> slot & 1) ||
		    (gone && !has_longer(lpm, key, *depth + STRIDE)))
			return at;
		at = n->base1 + bits_generic(upto(n->vector, slot)) - 1;
	}
}

/*
 * The runs of node n with `value` in slots from .. from + count - 1, none of which is a child:
 * written to leaf[], their first slots to *leafvec. Returns how many.
 */
static u32 change_runs(const struct fib_lpm *lpm, const struct lpm_node *n, u32 from, u32 count,
		       u32 value, u32 leaf[SLOTS], u64 *leafvec)
{
	const u32 *old = leaf_at(lpm, n->base0);
	u64 head = n->leafvec & (BIT64(from) - 1), rest;
	u32 out = bits_generic(head), total = bits_generic(n->leafvec), next, used;

	memcpy(leaf, old, out * sizeof(leaf[0]));
	*leafvec = head;
	if (!out || leaf[out - 1] != value) {
		leaf[out++] = value;
		*leafvec |= BIT64(from);
	}
	rest = from + count < SLOTS ? ~n->vector & (~0ull << (from + count)) : 0;
	if (!rest)
		return out;
	next = (u32)__builtin_ctzll(rest);	/* the next slot with a value */
	used = bits_generic(upto(n->leafvec, next));
	if (old[used - 1] != value) {
		leaf[out++] = old[used - 1];
		*leafvec |= BIT64(next);
	}
	memcpy(leaf + out, old + used, (total - used) * sizeof(leaf[0]));
	*leafvec |= n->leafvec & ~upto(~0ull, next);
	return out + total - used;
}

enum lpm_quick lpm_quick_update(struct fib_lpm *lpm, u32 key, unsigned plen, u32 value)
{
	u32 at, from, n, count, base, leaf[SLOTS];
	struct lpm_node *node;
	unsigned depth;
	u64 leafvec;

	at = find_node(lpm, key, plen, false, &depth);
	if (plen <= depth || plen > depth + STRIDE)
		return QUICK_NO;
	from = slot_at(key, depth);
	n = 1u << (depth + STRIDE - plen);
	node = node_at(lpm, at);
	if (node->vector & (upto(~0ull, from + n - 1) & ~(BIT64(from) - 1)))
		return QUICK_NO;
	count = change_runs(lpm, node, from, n, value, leaf, &leafvec);
	if (!pool_alloc_run(&lpm->leaves, lpm->mem, count, &base))
		return QUICK_NOMEM;
	memcpy(leaf_at(lpm, base), leaf, count * sizeof(leaf[0]));
	pool_free_run(&lpm->leaves, node->base0, bits_generic(node->leafvec));
	node->leafvec = leafvec;
	node->base0 = base;
	lpm_direct_update(lpm, at, key, depth, from, n, false);
	return QUICK_DONE;
}

bool lpm_index_update(struct fib_lpm *lpm, u32 key, unsigned plen, bool gone)
{
	unsigned depth;
	u32 at = find_node(lpm, key, plen, gone, &depth), from, n;
	struct lpm_node old = *node_at(lpm, at), new;
	struct slots s;

	plen = min(plen, depth + STRIDE);
	from = slot_at(key, depth);
	n = 1u << (depth + STRIDE - plen);
	unpack(lpm, &old, &s, from, from + n - 1);
	fill_values(&s, from, n, rib_best(&lpm->rib, key, plen));
	expand(lpm, &s, rib_top(&lpm->rib, key, plen), depth);
	/* On failure the whole index is dropped, so nothing needs undoing here. */
	if (!build_children(lpm, &s, from, from + n - 1, depth) || !pack(lpm, &s, &new))
		return false;
	free_old(lpm, &old, from, from + n - 1);
	*node_at(lpm, at) = new;
	lpm_direct_update(lpm, at, key, depth, from, n, old.vector | new.vector);
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_set_concat.h"

#include "net/netfilter/nft.h"

struct value {			/* of a field, as a number of 128 bits */
	u64 hi, lo;
};

struct nft_concat {		/* the tree of one field */
	u32 n;			/* pieces */
	u8 off, len;		/* of the field in a key */
	bool last;
	struct value *cut;	/* n: where each piece begins */
	void **node;		/* 2 n, from 1: struct nft_concat, or, last, nft_elem; or NULL */
};

static struct value load(const u8 *p, u32 len)
{
	struct value v = { 0, 0 };

	for (u32 i = 0; i < len; i++) {
		v.hi = v.hi << 8 | v.lo >> 56;
		v.lo = v.lo << 8 | p[i];
	}
	return v;
}

static bool is_less(struct value a, struct value b)
{
	return a.hi != b.hi ? a.hi < b.hi : a.lo < b.lo;
}

static bool is_same(struct value a, struct value b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

/* ---- lookups ---- */

/* The piece that v is in; -1: before the first. */
static s64 piece_of(const struct nft_concat *t, struct value v)
{
	u32 low = 0, high = t->n;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (is_less(v, t->cut[mid]))
			high = mid;
		else
			low = mid + 1;
	}
	return (s64)low - 1;
}

static struct nft_elem *older(struct nft_elem *a, struct nft_elem *b)
{
	return !a || (b && b->seq < a->seq) ? b : a;
}

struct nft_elem *nft_concat_lookup(const struct net *net, const struct nft_concat *t,
				   const u8 *key)
{
	s64 piece = t ? piece_of(t, load(key + t->off, t->len)) : -1;
	struct nft_elem *found = NULL, *e;

	if (piece < 0)
		return NULL;
	for (u32 i = (u32)piece + t->n; i; i >>= 1) {
		if (!t->node[i])
			continue;
		e = t->last ? t->node[i] : nft_concat_lookup(net, t->node[i], key);
		if (e && !e->gone && e->expires > net->now)
			found = older(found, e);
	}
	return found;
}

/* ---- to build ---- */

static void sift(struct value *v, u32 i, u32 n)
{
	for (u32 child; (child = 2 * i + 1) < n; i = child) {
		struct value t = v[i];

		if (child + 1 < n && is_less(v[child], v[child + 1]))
			child++;
		if (!is_less(t, v[child]))
			return;
		v[i] = v[child];
		v[child] = t;
	}
}

/* Sorted, each once; returns how many. */
static u32 sort_cuts(struct value *v, u32 n)
{
	u32 kept = 0;

	for (u32 i = n / 2; i-- > 0;)
		sift(v, i, n);
	for (u32 end = n; end-- > 1;) {
		struct value t = v[0];

		v[0] = v[end];
		v[end] = t;
		sift(v, 0, end);
	}
	for (u32 i = 0; i < n; i++)
		if (!kept || !is_same(v[kept - 1], v[i]))
			v[kept++] = v[i];
	return kept;
}

/* The value behind the last one of the field; false: there is none. */
static bool after(const u8 *end, u32 len, struct value *v)
{
	u8 next[NFT_VALUE_MAX];
	u32 k = len;

	memcpy(next, end, len);
	while (k-- > 0)
		if (++next[k])
			break;
	*v = load(next, len);
	return v->hi || v->lo;
}

struct build {
	struct net *net;
	const struct nft_set *set;
};

static struct nft_concat *tree_alloc(struct net *net, u32 cuts)
{
	struct nft_concat *t = mem_zalloc(&net->mem, sizeof(*t));

	if (!t)
		return NULL;
	t->cut = mem_alloc(&net->mem, cuts * sizeof(struct value));
	if (!t->cut) {
		mem_free(&net->mem, t, sizeof(*t));
		return NULL;
	}
	return t;
}

static struct nft_concat *cut_up(const struct build *b, struct nft_elem **v, u32 n, u32 field)
{
	struct nft_concat *t;
	struct value *all;
	u32 off = 0, cuts = 0;

	all = mem_alloc(&b->net->mem, 2ul * n * sizeof(*all));
	if (!all)
		return NULL;
	for (u32 i = 0; i < field; i++)
		off += (u32)round_up(b->set->flen[i], 4);
	for (u32 i = 0; i < n; i++) {
		all[cuts++] = load(nft_elem_key(v[i]) + off, b->set->flen[field]);
		cuts += after(nft_elem_end(b->set, v[i]) + off, b->set->flen[field], &all[cuts]);
	}
	cuts = sort_cuts(all, cuts);
	t = tree_alloc(b->net, cuts);
	if (t) {
		memcpy(t->cut, all, cuts * sizeof(*all));
		t->n = cuts;
		t->off = (u8)off;
		t->len = b->set->flen[field];
		t->last = field + 1u == b->set->types;
		t->node = mem_zalloc(&b->net->mem, 2ul * cuts * sizeof(void *));
	}
	mem_free(&b->net->mem, all, 2ul * n * sizeof(*all));
	if (t && !t->node) {
		nft_concat_free(b->net, t);
		return NULL;
	}
	return t;
}

/* The nodes that an element's interval is made of: up to two for each height. */
static u32 nodes_of(const struct build *b, const struct nft_concat *t, const struct nft_elem *e,
		    u32 to[64])
{
	struct value behind;
	u32 low = (u32)piece_of(t, load(nft_elem_key(e) + t->off, t->len)) + t->n, n = 0;
	u32 high = 2 * t->n;

	if (after(nft_elem_end(b->set, e) + t->off, t->len, &behind))
		high = (u32)piece_of(t, behind) + t->n;
	for (; low < high; low >>= 1, high >>= 1) {
		if (low & 1)
			to[n++] = low++;
		if (high & 1)
			to[n++] = --high;
	}
	return n;
}

static struct nft_concat *build(const struct build *b, struct nft_elem **v, u32 n, u32 field);

/* count: of each node how many elements are noted there, then where they stand in noted. */
static bool build_nodes(const struct build *b, struct nft_concat *t, struct nft_elem **noted,
			const u32 *at, u32 field)
{
	for (u32 i = 1; i < 2 * t->n; i++) {
		u32 n = at[i + 1] - at[i];

		if (!n)
			continue;
		t->node[i] = build(b, noted + at[i], n, field + 1);
		if (!t->node[i])
			return false;
	}
	return true;
}

static bool note_all(const struct build *b, struct nft_concat *t, struct nft_elem **v, u32 n,
		     u32 field)
{
	struct mem *mem = &b->net->mem;
	size_t size = (2ul * t->n + 2) * sizeof(u32);
	u32 *at = mem_zalloc(mem, size), nodes[64], total = 0;
	struct nft_elem **noted;
	bool ok;

	if (!at)
		return false;
	for (u32 i = 0; i < n; i++)
		for (u32 k = nodes_of(b, t, v[i], nodes); k-- > 0; total++)
			at[nodes[k] + 1]++;
	for (u32 i = 1; i < 2 * t->n + 2; i++)
		at[i] += at[i - 1];
	noted = mem_alloc(mem, total * sizeof(struct nft_elem *));
	for (u32 i = 0; noted && i < n; i++)
		for (u32 k = nodes_of(b, t, v[i], nodes); k-- > 0;)
			noted[at[nodes[k]]++] = v[i];
	/* Each now stands where the next begins. */
	for (u32 i = 2 * t->n + 1; i > 0; i--)
		at[i] = at[i - 1];
	at[0] = 0;
	ok = noted && build_nodes(b, t, noted, at, field);
	if (noted)
		mem_free(mem, noted, total * sizeof(struct nft_elem *));
	mem_free(mem, at, size);
	return ok;
}

static struct nft_concat *build(const struct build *b, struct nft_elem **v, u32 n, u32 field)
{
	struct nft_concat *t = cut_up(b, v, n, field);
	u32 nodes[64];

	if (!t)
		return NULL;
	if (t->last) {
		for (u32 i = 0; i < n; i++)
			for (u32 k = nodes_of(b, t, v[i], nodes); k-- > 0;)
				t->node[nodes[k]] = older(t->node[nodes[k]], v[i]);
		return t;
	}
	if (note_all(b, t, v, n, field))
		return t;
	nft_concat_free(b->net, t);
	return NULL;
}

void nft_concat_free(struct net *net, struct nft_concat *t)
{
	if (!t)
		return;
	for (u32 i = 1; t->node && !t->last && i < 2 * t->n; i++)
		nft_concat_free(net, t->node[i]);
	if (t->node)
		mem_free(&net->mem, t->node, 2ul * t->n * sizeof(void *));
	mem_free(&net->mem, t->cut, t->n * sizeof(struct value));
	mem_free(&net->mem, t, sizeof(*t));
}

int nft_concat_build(struct net *net, const struct nft_set *set, struct nft_elem **v, u32 n,
		     struct nft_concat **tree, struct nft_elem **a, struct nft_elem **b)
{
	struct build how = { net, set };

	*tree = NULL;
	if (!n)
		return 0;
	*tree = build(&how, v, n, 0);
	if (!*tree)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++) {
		*a = nft_concat_lookup(net, *tree, nft_elem_key(v[i]));
		if (*a == v[i] || !*a)
			*a = nft_concat_lookup(net, *tree, nft_elem_end(set, v[i]));
		if (!*a || *a == v[i])
			continue;
		*b = v[i];
		nft_concat_free(net, *tree);
		*tree = NULL;
		return -EEXIST;
	}
	return 0;
}

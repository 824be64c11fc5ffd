/* SPDX-License-Identifier: MIT */
/* Sets and maps: by hash, and for intervals by halves. */
#include "net/netfilter/nft.h"

#include "base/assert.h"
#include "net/netfilter/nft_set_concat.h"
#include "net/netfilter/nft_set_hash.h"

/* ---- elements ---- */

static size_t elem_size(const struct nft_set *set)
{
	return sizeof(struct nft_elem) +
	       (set->flags & NFT_SET_INTERVAL ? 2u : 1u) * set->klen +
	       (set->flags & NFT_SET_DATA_INTERVAL ? 2u : 1u) * set->dlen;
}

struct nft_elem *nft_elem_new(struct net *net, const struct nft_set *set)
{
	struct nft_elem *e = mem_zalloc(&net->mem, elem_size(set));

	if (!e)
		return NULL;
	e->expires = KTIME_MAX;
	if (unlikely(set->stats.n) && nft_stats_copy(net, &e->stats, &set->stats)) {
		nft_elem_free(net, set, e);
		return NULL;
	}
	return e;
}

void nft_elem_free(struct net *net, const struct nft_set *set, struct nft_elem *e)
{
	if (e->comment)
		mem_free(&net->mem, e->comment, strlen(e->comment) + 1);
	nft_stats_free(net, &e->stats);
	mem_free(&net->mem, e, elem_size(set));
}

static u32 elem_node_hash(const struct hlist_node *n)
{
	return container_of((uintptr_t)n, struct nft_elem, node)->hash;
}

struct nft_elem *nft_set_find(struct nft_set *set, const u8 *key, const u8 *end, bool catchall)
{
	struct net *net = set->table->net;
	u32 hash = nft_key_hash(net, key, set->klen);
	struct nft_elem *e;

	if (catchall)
		return set->catchall && !set->catchall->gone ? set->catchall : NULL;
	inet_table_for_each(e, &set->hash, hash, node)
		if (e->hash == hash && !e->gone && !memcmp(nft_elem_key(e), key, set->klen) &&
		    (!nft_set_is_interval(set) || !memcmp(nft_elem_end(set, e), end, set->klen)))
			return e;
	return NULL;
}

int nft_set_insert(struct net *net, struct nft_set *set, struct nft_elem *e)
{
	struct nft_elem *old = nft_set_find(set, nft_elem_key(e), nft_elem_end(set, e),
					    e->catchall);

	if (old && old->expires > net->now)
		return -EEXIST;
	if (old)
		nft_set_remove(net, set, old);
	if (old)
		nft_elem_free(net, set, old);
	if (set->size && set->hash.count >= set->size)
		return -ENFILE;
	if (e->catchall) {
		set->catchall = e;
		return 0;
	}
	e->hash = nft_key_hash(net, nft_elem_key(e), set->klen);
	e->seq = set->next_seq++;
	if (!inet_table_add(&set->hash, &net->mem, &e->node, elem_node_hash))
		return -ENOMEM;
	set->dirty = true;
	return 0;
}

void nft_set_remove(struct net *net, struct nft_set *set, struct nft_elem *e)
{
	if (e->catchall) {
		set->catchall = NULL;
		return;
	}
	inet_table_del(&set->hash, &net->mem, &e->node);
	set->dirty = true;
}

/* ---- in order ---- */

/* nft orders concatenations by their last bytes first. */
static int compare_fields(const struct nft_set *set, const u8 *a, const u8 *b)
{
	u32 at = set->klen;

	for (u32 i = set->types; i-- > 0;) {
		at -= (u32)round_up(set->flen[i], 4);
		for (u32 k = set->flen[i]; k-- > 0;)
			if (a[at + k] != b[at + k])
				return a[at + k] - b[at + k];
	}
	return 0;
}

/* Of two that begin alike the longer one first; boxes as they came. */
static int compare(const struct nft_set *set, const struct nft_elem *a, const struct nft_elem *b)
{
	int r;

	if (nft_set_is_concat(set))
		return a->seq < b->seq ? -1 : 1;
	if (set->types > 1)
		return compare_fields(set, a->raw, b->raw);
	r = memcmp(a->raw, b->raw, set->klen);

	if (r || !nft_set_is_interval(set))
		return r;
	return memcmp(nft_elem_end(set, b), nft_elem_end(set, a), set->klen);
}

static void sift(const struct nft_set *set, struct nft_elem **v, u32 i, u32 n)
{
	for (u32 child; (child = 2 * i + 1) < n; i = child) {
		struct nft_elem *t = v[i];

		if (child + 1 < n && compare(set, v[child], v[child + 1]) < 0)
			child++;
		if (compare(set, t, v[child]) >= 0)
			return;
		v[i] = v[child];
		v[child] = t;
	}
}

/* Heapsort: no memory, no bad case. */
static void sort(const struct nft_set *set, struct nft_elem **v, u32 n)
{
	for (u32 i = n / 2; i-- > 0;)
		sift(set, v, i, n);
	for (u32 end = n; end-- > 1;) {
		struct nft_elem *t = v[0];

		v[0] = v[end];
		v[end] = t;
		sift(set, v, 0, end);
	}
}

struct nft_elem **nft_set_sorted(struct net *net, struct nft_set *set, u32 *n)
{
	struct nft_elem **v, *e;
	struct hlist_head *head;

	*n = 0;
	v = mem_alloc(&net->mem, (set->hash.count + 1) * sizeof(struct nft_elem *));
	if (!v)
		return NULL;
	for (u64 i = 0; (head = inet_table_chain(&set->hash, i)); i++)
		hlist_for_each_entry(e, head, node)
			if (!e->gone)
				v[(*n)++] = e;
	sort(set, v, *n);
	return v;
}

void nft_set_unsort(struct net *net, struct nft_set *set)
{
	if (set->sorted)
		mem_free(&net->mem, set->sorted, set->sorted_cap * sizeof(struct nft_range));
	set->sorted = NULL;
	set->nsorted = set->sorted_cap = 0;
	nft_concat_free(net, set->concat);
	set->concat = NULL;
}

/* b begins within a or right behind it. */
static bool adjoins(const struct nft_set *set, const struct nft_elem *a, const struct nft_elem *b)
{
	u8 next[NFT_VALUE_MAX];
	u32 k = set->klen;

	memcpy(next, nft_elem_end(set, a), k);
	while (k-- > 0 && !++next[k])
		;
	return memcmp(b->raw, next, set->klen) <= 0 ||
	       memcmp(b->raw, nft_elem_end(set, a), set->klen) <= 0;
}

/* auto-merge: what lies within another, or next to it, is looked up as one with it. */
static u32 merge(const struct nft_set *set, struct nft_elem **v, u32 n, struct nft_range *out)
{
	u32 kept = 0;

	for (u32 i = 0; i < n; i++) {
		struct nft_range *last = kept ? &out[kept - 1] : NULL;

		if (!last || !adjoins(set, last->hi, v[i]))
			out[kept++] = (struct nft_range){ v[i], v[i] };
		else if (memcmp(nft_elem_end(set, v[i]), nft_elem_end(set, last->hi),
				set->klen) > 0)
			last->hi = v[i];
	}
	return kept;
}

static int check_overlaps(const struct nft_set *set, struct nft_elem **v, u32 n,
			  struct nft_elem **a, struct nft_elem **b)
{
	for (u32 i = 1; i < n; i++)
		if (memcmp(v[i]->raw, nft_elem_end(set, v[i - 1]), set->klen) <= 0) {
			*a = v[i - 1];
			*b = v[i];
			return -EEXIST;
		}
	return 0;
}

static int commit_concat(struct net *net, struct nft_set *set, struct nft_elem **a,
			 struct nft_elem **b)
{
	u32 n, cap = set->hash.count + 1;
	struct nft_elem **v = nft_set_sorted(net, set, &n);
	struct nft_concat *tree;
	int err;

	if (!v)
		return -ENOMEM;
	err = nft_concat_build(net, set, v, n, &tree, a, b);
	if (!err) {
		nft_set_unsort(net, set);
		set->concat = tree;
		set->dirty = false;
	}
	mem_free(&net->mem, v, cap * sizeof(struct nft_elem *));
	return err;
}

int nft_set_commit(struct net *net, struct nft_set *set, struct nft_elem **a, struct nft_elem **b)
{
	bool merges = set->flags & NFT_SET_AUTOMERGE && !(set->flags & NFT_SET_MAP);
	struct nft_range *sorted = NULL;
	u32 n, cap = set->hash.count + 1;
	struct nft_elem **v;
	int err;

	if (!nft_set_is_interval(set) || !set->dirty)
		return 0;
	if (nft_set_is_concat(set))
		return commit_concat(net, set, a, b);
	v = nft_set_sorted(net, set, &n);
	if (!v)
		return -ENOMEM;
	err = merges ? 0 : check_overlaps(set, v, n, a, b);
	if (!err && n) {
		sorted = mem_alloc(&net->mem, n * sizeof(struct nft_range));
		err = sorted ? 0 : -ENOMEM;
	}
	if (!err) {
		nft_set_unsort(net, set);
		set->sorted = sorted;
		set->sorted_cap = n;
		for (u32 i = 0; i < n && !merges; i++)
			sorted[i] = (struct nft_range){ v[i], v[i] };
		set->nsorted = merges ? merge(set, v, n, sorted) : n;
		set->dirty = false;
	}
	mem_free(&net->mem, v, cap * sizeof(struct nft_elem *));
	return err;
}

/* ---- lookups ---- */

static struct nft_elem *find_interval(struct nft_set *set, const u8 *key)
{
	u32 low = 0, high = set->nsorted;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (memcmp(set->sorted[mid].lo->raw, key, set->klen) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || memcmp(key, nft_elem_end(set, set->sorted[low - 1].hi), set->klen) > 0)
		return NULL;
	return set->sorted[low - 1].lo;
}

struct nft_elem *nft_set_lookup(struct net *net, struct nft_set *set, const u8 *key)
{
	struct nft_elem *e;

	if (!nft_set_is_interval(set))
		return nft_set_lookup_hashed(net, set, key, set->klen);
	e = nft_set_is_concat(set) ? nft_concat_lookup(net, set->concat, key) :
				     find_interval(set, key);
	return likely(e && !nft_elem_is_dead(net, e)) ? e : set->catchall;
}

void nft_set_destroy(struct net *net, struct nft_set *set)
{
	struct hlist_node *next;
	struct hlist_head *head;
	struct nft_elem *e;

	for (u64 i = 0; (head = inet_table_chain(&set->hash, i)); i++)
		for (struct hlist_node *n = head->first; n; n = next) {
			next = n->next;
			e = container_of(n, struct nft_elem, node);
			nft_elem_free(net, set, e);
		}
	if (set->catchall)
		nft_elem_free(net, set, set->catchall);
	if (set->meter)
		list_del_init(&set->list);
	inet_table_exit(&set->hash, &net->mem);
	nft_set_unsort(net, set);
	if (set->comment)
		mem_free(&net->mem, set->comment, strlen(set->comment) + 1);
	nft_stats_free(net, &set->stats);
	mem_free(&net->mem, set, sizeof(*set));
}

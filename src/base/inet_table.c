/* SPDX-License-Identifier: MIT */
#include "base/inet_table.h"

#define TABLE_MIN 16u
#define TABLE_MAX (1u << 26)
#define TABLE_KEEP 256u		/* an empty table of at most this size is kept for the next node */
#define MOVE_PER_INSERT 2u

static size_t table_bytes(u32 mask)
{
	return ((size_t)mask + 1) * sizeof(struct hlist_head);
}

/* Splits old bucket `from` over its two new ones and keeps the order of its nodes. */
static void move_bucket(struct inet_table *t, u32 from, inet_table_hash_fn hash)
{
	struct hlist_head *to[2] = { &t->bucket[from], &t->bucket[from + t->old_mask + 1] };
	struct hlist_node **tail[2] = { &to[0]->first, &to[1]->first };
	struct hlist_node *n = t->old[from].first, *next;

	to[0]->first = to[1]->first = NULL;
	for (; n; n = next) {
		int high = (hash(n) & (t->old_mask + 1)) != 0;

		next = n->next;
		n->next = NULL;
		n->pprev = tail[high];
		*tail[high] = n;
		tail[high] = &n->next;
	}
}

static void table_move(struct inet_table *t, struct mem *mem, u32 n, inet_table_hash_fn hash)
{
	for (; n && t->moved <= t->old_mask; n--)
		move_bucket(t, t->moved++, hash);
	if (t->moved > t->old_mask) {
		mem_free(mem, t->old, table_bytes(t->old_mask));
		t->old = NULL;
	}
}

static void table_grow(struct inet_table *t, struct mem *mem)
{
	u32 mask = t->mask * 2 + 1;
	struct hlist_head *bucket = mem_alloc(mem, table_bytes(mask));

	if (!bucket)
		return;
	t->old = t->bucket;
	t->old_mask = t->mask;
	t->moved = 0;
	t->bucket = bucket;
	t->mask = mask;
}

bool inet_table_reserve(struct inet_table *t, struct mem *mem)
{
	if (likely(t->bucket))
		return true;
	t->bucket = mem_zalloc(mem, table_bytes(TABLE_MIN - 1));
	if (t->bucket)
		t->mask = TABLE_MIN - 1;
	return t->bucket;
}

bool inet_table_add(struct inet_table *t, struct mem *mem, struct hlist_node *n,
		    inet_table_hash_fn hash)
{
	if (!inet_table_reserve(t, mem))
		return false;
	if (unlikely(t->old))
		table_move(t, mem, MOVE_PER_INSERT, hash);
	else if (unlikely(t->count > t->mask) && t->mask < TABLE_MAX - 1)
		table_grow(t, mem);
	hlist_add_head(n, inet_table_head(t, hash(n)));
	t->count++;
	return true;
}

void inet_table_del(struct inet_table *t, struct mem *mem, struct hlist_node *n)
{
	hlist_del_init(n);
	if (--t->count == 0 && t->mask >= TABLE_KEEP)
		inet_table_exit(t, mem);
}

void inet_table_exit(struct inet_table *t, struct mem *mem)
{
	if (t->old)
		mem_free(mem, t->old, table_bytes(t->old_mask));
	if (t->bucket)
		mem_free(mem, t->bucket, table_bytes(t->mask));
	*t = (struct inet_table){ 0 };
}

struct hlist_head *inet_table_chain(const struct inet_table *t, u64 i)
{
	u64 unmoved;

	if (!t->old)
		return t->bucket && i <= t->mask ? &t->bucket[i] : NULL;
	/* First the old ones not yet moved, then the new ones that have been written. */
	unmoved = t->old_mask + 1ull - t->moved;
	if (i < unmoved)
		return &t->old[t->moved + i];
	i -= unmoved;
	if (i < t->moved)
		return &t->bucket[i];
	i -= t->moved;
	return i < t->moved ? &t->bucket[t->old_mask + 1ull + i] : NULL;
}

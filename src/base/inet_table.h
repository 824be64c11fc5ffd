/* SPDX-License-Identifier: MIT */
/*
 * A hash table that grows without ever stopping for it: when the load passes 1, a table of twice
 * the size is taken and each later insert moves two old buckets over. A bucket of the new table
 * is written for the first time when its old one is moved, so a table of any size costs nothing
 * at the moment it is taken. Nodes of one bucket keep their order, the newest first.
 *
 * The hash of a node must not change while it is in. A table that fell empty gives its memory
 * back. When there is no memory to grow, chains become longer and the next insert tries again.
 */
#ifndef LINNET_BASE_INET_TABLE_H
#define LINNET_BASE_INET_TABLE_H

#include "base/list.h"
#include "base/mem.h"

struct inet_table {
	struct hlist_head *bucket;
	struct hlist_head *old;		/* of half the size, while it is moved over; else NULL */
	u32 mask, old_mask;
	u32 moved;			/* old buckets below this one are empty */
	u32 count;
};

typedef u32 (*inet_table_hash_fn)(const struct hlist_node *n);

/* The chain in which nodes of this hash are, or NULL while the table is empty. */
static inline struct hlist_head *inet_table_head(const struct inet_table *t, u32 hash)
{
	if (unlikely(t->old) && (hash & t->old_mask) >= t->moved)
		return &t->old[hash & t->old_mask];
	return t->bucket ? &t->bucket[hash & t->mask] : NULL;
}

/* Puts n at the front of its chain. False: not even a first table could be had. */
bool inet_table_add(struct inet_table *t, struct mem *mem, struct hlist_node *n,
		    inet_table_hash_fn hash) __must_check;
/* Sees to it that the next add does not fail. False: no memory. */
bool inet_table_reserve(struct inet_table *t, struct mem *mem) __must_check;
void inet_table_del(struct inet_table *t, struct mem *mem, struct hlist_node *n);
void inet_table_exit(struct inet_table *t, struct mem *mem);	/* nodes stay as they are */

/* All chains in turn: i from 0; NULL after the last. For listings. */
struct hlist_head *inet_table_chain(const struct inet_table *t, u64 i);

#define inet_table_for_each(pos, t, hash_, member) \
	for (struct hlist_head *head_ = inet_table_head(t, hash_); head_; head_ = NULL) \
		hlist_for_each_entry(pos, head_, member)

#endif

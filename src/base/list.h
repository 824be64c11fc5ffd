/* SPDX-License-Identifier: MIT */
/*
 * Linux's two intrusive lists: list_head, a ring with a head of the same type, and
 * hlist, whose head is one pointer (for hash buckets). Nodes live in their objects;
 * the list owns nothing.
 */
#ifndef LINNET_BASE_LIST_H
#define LINNET_BASE_LIST_H

#include "base/types.h"

struct list_head {
	struct list_head *next, *prev;
};

static inline void list_init(struct list_head *h)
{
	h->next = h->prev = h;
}

static inline bool list_empty(const struct list_head *h)
{
	return h->next == h;
}

static inline void list_insert_between(struct list_head *n, struct list_head *prev,
				       struct list_head *next)
{
	next->prev = n;
	n->next = next;
	n->prev = prev;
	prev->next = n;
}

static inline void list_add(struct list_head *n, struct list_head *h)
{
	list_insert_between(n, h, h->next);
}

static inline void list_add_tail(struct list_head *n, struct list_head *h)
{
	list_insert_between(n, h->prev, h);
}

/* Leaves n pointing to itself, so that deleting twice is harmless. */
static inline void list_del_init(struct list_head *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
	list_init(n);
}

/* to takes the place of from, which is in a list. */
static inline void list_replace_init(struct list_head *from, struct list_head *to)
{
	list_insert_between(to, from->prev, from->next);
	list_init(from);
}

/* It has one entry. */
static inline bool list_is_singular(const struct list_head *h)
{
	return h->next == h->prev && h->next != h;
}

static inline void list_move_tail(struct list_head *n, struct list_head *h)
{
	list_del_init(n);
	list_add_tail(n, h);
}

/* Moves all of `from` to the end of `to`; `from` is empty afterwards. */
static inline void list_splice_tail_init(struct list_head *from, struct list_head *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(h, type, member) list_entry((h)->next, type, member)
#define list_for_each_entry(pos, h, member) \
	for (pos = list_entry((h)->next, __typeof__(*pos), member); &pos->member != (h); \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))
#define list_for_each_entry_safe(pos, n, h, member) \
	for (pos = list_entry((h)->next, __typeof__(*pos), member), \
	    n = list_entry(pos->member.next, __typeof__(*pos), member); \
	     &pos->member != (h); \
	     pos = n, n = list_entry(n->member.next, __typeof__(*n), member))

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

static inline bool hlist_unhashed(const struct hlist_node *n)
{
	return !n->pprev;
}

static inline void hlist_add_behind(struct hlist_node *n, struct hlist_node *at)
{
	n->next = at->next;
	n->pprev = &at->next;
	at->next = n;
	if (n->next)
		n->next->pprev = &n->next;
}

static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *h)
{
	n->next = h->first;
	if (n->next)
		n->next->pprev = &n->next;
	h->first = n;
	n->pprev = &h->first;
}

static inline void hlist_del_init(struct hlist_node *n)
{
	if (hlist_unhashed(n))
		return;
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
	n->next = NULL;
	n->pprev = NULL;
}

/* to takes the place of from, if that has one. */
static inline void hlist_replace_init(struct hlist_node *from, struct hlist_node *to)
{
	*to = *from;
	*from = (struct hlist_node){ 0 };
	if (hlist_unhashed(to))
		return;
	*to->pprev = to;
	if (to->next)
		to->next->pprev = &to->next;
}

#define hlist_entry_safe(ptr, type, member) \
	({ struct hlist_node *hl_p_ = (ptr); hl_p_ ? container_of(hl_p_, type, member) : NULL; })
#define hlist_for_each_entry(pos, h, member) \
	for (pos = hlist_entry_safe((h)->first, __typeof__(*pos), member); pos; \
	     pos = hlist_entry_safe(pos->member.next, __typeof__(*pos), member))
#define hlist_for_each_entry_safe(pos, n, h, member) \
	for (pos = hlist_entry_safe((h)->first, __typeof__(*pos), member); \
	     pos && ((n = pos->member.next), true); \
	     pos = hlist_entry_safe(n, __typeof__(*pos), member))

#endif

/* SPDX-License-Identifier: MIT */
#include "net/inet_frag.h"

static bool test_bit(const u64 *map, u32 i)
{
	return map[i / 64] >> (i % 64) & 1;
}

static u64 word_mask(u32 word, u32 from, u32 to)
{
	u64 m = ~0ull;

	if (word == from / 64)
		m &= ~0ull << (from % 64);
	if (word == (to - 1) / 64)
		m &= ~0ull >> (63 - (to - 1) % 64);
	return m;
}

/* Bits from .. to - 1. */
static void set_range(u64 *map, u32 from, u32 to)
{
	for (u32 w = from / 64; w <= (to - 1) / 64; w++)
		map[w] |= word_mask(w, from, to);
}

static bool any_in_range(const u64 *map, u32 from, u32 to)
{
	for (u32 w = from / 64; w <= (to - 1) / 64; w++)
		if (map[w] & word_mask(w, from, to))
			return true;
	return false;
}

/* Is there a piece with just these blocks? It begins here, none begins within, and behind it
 * there is nothing or another one begins. */
static bool is_duplicate(const struct inet_frags *f, u32 from, u32 to)
{
	if (!test_bit(f->begins, from))
		return false;
	if (to - from > 1 && any_in_range(f->begins, from + 1, to))
		return false;
	if (!test_bit(f->covered, to - 1))
		return false;
	return to == FRAG_BLOCKS || !test_bit(f->covered, to) || test_bit(f->begins, to);
}

/* The end of the datagram is where the last piece says, and no piece goes beyond it. */
static bool length_agrees(const struct inet_frags *f, u32 end, bool more)
{
	if (more)
		return !f->last_in || end <= f->len;
	return end >= f->len && (!f->last_in || end == f->len);
}

enum frag_verdict inet_frags_add(struct inet_frags *f, struct sk_buff *skb, u32 offset, u32 len,
				 bool more)
{
	u32 from = offset / 8, end = offset + len, to = (end + 7) / 8;

	if (!length_agrees(f, end, more))
		return FRAG_BAD_LENGTH;
	f->last_in |= !more;	/* a duplicate may bring that, too */
	if (any_in_range(f->covered, from, to))
		return is_duplicate(f, from, to) ? FRAG_DUPLICATE : FRAG_OVERLAPS;
	set_range(f->covered, from, to);
	f->begins[from / 64] |= BIT64(from % 64);
	f->len = max(f->len, end);
	f->meat += len;
	f->first_in |= !offset;
	*FRAG_CB(skb) = (struct frag_cb){ offset, len };
	skb->next = NULL;
	if (f->tail)
		f->tail->next = skb;
	else
		f->head = skb;
	f->tail = skb;
	return f->last_in && f->meat == f->len ? FRAG_COMPLETE : FRAG_QUEUED;
}

static struct sk_buff *merge(struct sk_buff *a, struct sk_buff *b)
{
	struct sk_buff *head = NULL, **link = &head;

	while (a && b) {
		struct sk_buff **less = FRAG_CB(a)->offset < FRAG_CB(b)->offset ? &a : &b;

		*link = *less;
		link = &(*less)->next;
		*less = *link;
	}
	*link = a ? a : b;
	return head;
}

/* Merges runs of 1, 2, 4 ... pieces: no recursion, n log n. */
static struct sk_buff *sort(struct sk_buff *list)
{
	struct sk_buff *run[16] = { NULL }, *all = NULL;
	u32 level;

	while (list) {
		struct sk_buff *one = list;

		list = list->next;
		one->next = NULL;
		for (level = 0; run[level]; level++) {
			one = merge(run[level], one);
			run[level] = NULL;
		}
		run[level] = one;
	}
	for (level = 0; level < ARRAY_SIZE(run); level++)
		all = merge(run[level], all);
	return all;
}

struct sk_buff *inet_frags_take(struct inet_frags *f)
{
	struct sk_buff *list = sort(f->head);

	f->head = f->tail = NULL;
	f->meat = 0;
	return list;
}

/* SPDX-License-Identifier: MIT */
#include "base/spsc.h"

#include "base/assert.h"

/* Before each record, and where the ring's end is too short for one. */
struct head {
	u32 len;
	u32 skip;		/* 1: nothing here, go on at the beginning */
};

void spsc_init(struct spsc *r, u8 *data, u32 size)
{
	ln_assert(is_pow2(size) && size >= 64);
	*r = (struct spsc){ .data = data, .size = size };
}

static u32 record_size(u32 len)
{
	return (u32)round_up(sizeof(struct head) + len, 8);
}

static struct head *head_at(const struct spsc *r, u64 at)
{
	return (struct head *)(void *)(r->data + (at & (r->size - 1)));
}

static bool has_room(struct spsc *r, u64 end)
{
	if (likely(end - r->head_seen <= r->size))
		return true;
	r->head_seen = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE);
	return end - r->head_seen <= r->size;
}

u8 *spsc_reserve(struct spsc *r, u32 len)
{
	u32 need = record_size(len), left = r->size - (u32)(r->tail & (r->size - 1));
	u64 at = r->tail;

	if (need > r->size / 2)
		return NULL;
	if (need > left)
		at += left;
	if (!has_room(r, at + need))
		return NULL;
	if (at != r->tail)
		*head_at(r, r->tail) = (struct head){ .skip = 1 };
	*head_at(r, at) = (struct head){ .len = len };
	r->reserved = at + need;
	return (u8 *)(head_at(r, at) + 1);
}

void spsc_publish(struct spsc *r)
{
	__atomic_store_n(&r->tail, r->reserved, __ATOMIC_RELEASE);
}

const u8 *spsc_peek(struct spsc *r, u32 *len)
{
	const struct head *h;

	if (r->head == r->tail_seen) {
		r->tail_seen = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
		if (r->head == r->tail_seen)
			return NULL;
	}
	h = head_at(r, r->head);
	if (h->skip) {
		__atomic_store_n(&r->head, round_up(r->head + 1, r->size), __ATOMIC_RELEASE);
		h = head_at(r, r->head);
	}
	*len = h->len;
	return (const u8 *)(h + 1);
}

void spsc_pop(struct spsc *r)
{
	__atomic_store_n(&r->head, r->head + record_size(head_at(r, r->head)->len),
			 __ATOMIC_RELEASE);
}

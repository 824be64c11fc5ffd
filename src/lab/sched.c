/* SPDX-License-Identifier: MIT */
/* A binary heap with the keys in it; every event knows its place. */
#include "lab/sched.h"

#include <stdlib.h>

#include "base/assert.h"

#define SCHED_CAP_FIRST 64u
#define SCHED_CAP_MAX (UINT32_MAX / 4)

void sched_init(struct sched *s, s64 start_ns)
{
	*s = (struct sched){ .now_ns = start_ns };
}

void sched_exit(struct sched *s)
{
	for (u32 i = 0; i < s->count; i++)
		s->heap[i].ev->pos = 0;
	free(s->heap);
	*s = (struct sched){ .now_ns = s->now_ns };
}

int sched_reserve(struct sched *s, u32 count)
{
	struct sched_slot *heap;
	u32 cap = max(s->cap, SCHED_CAP_FIRST);

	if (count <= s->cap)
		return 0;
	if (count > SCHED_CAP_MAX)
		return -ENOMEM;
	while (cap < count)
		cap *= 2;
	heap = realloc(s->heap, cap * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	s->heap = heap;
	s->cap = cap;
	return 0;
}

static bool before(const struct sched_slot *a, const struct sched_slot *b)
{
	return a->when_ns != b->when_ns ? a->when_ns < b->when_ns : a->seq < b->seq;
}

static void put_slot(struct sched *s, u32 i, const struct sched_slot *slot)
{
	s->heap[i] = *slot;
	slot->ev->pos = i + 1;
}

/* Place i is free: slot goes there or further up. */
static void sift_up(struct sched *s, u32 i, const struct sched_slot *slot)
{
	while (i) {
		u32 parent = (i - 1) / 2;

		if (!before(slot, &s->heap[parent]))
			break;
		put_slot(s, i, &s->heap[parent]);
		i = parent;
	}
	put_slot(s, i, slot);
}

/* Place i is free: slot goes there or further down. */
static void sift_down(struct sched *s, u32 i, const struct sched_slot *slot)
{
	for (;;) {
		u32 child = 2 * i + 1;

		if (child >= s->count)
			break;
		if (child + 1 < s->count && before(&s->heap[child + 1], &s->heap[child]))
			child++;
		if (!before(&s->heap[child], slot))
			break;
		put_slot(s, i, &s->heap[child]);
		i = child;
	}
	put_slot(s, i, slot);
}

static void place(struct sched *s, u32 i, const struct sched_slot *slot)
{
	if (i && before(slot, &s->heap[(i - 1) / 2]))
		sift_up(s, i, slot);
	else
		sift_down(s, i, slot);
}

int sched_set(struct sched *s, struct sched_event *ev, s64 when_ns)
{
	struct sched_slot slot = { .when_ns = max(when_ns, s->now_ns), .ev = ev };
	int err;

	if (when_ns == SCHED_NEVER) {
		sched_cancel(s, ev);
		return 0;
	}
	if (!ev->pos) {
		err = sched_reserve(s, s->count + 1);
		if (err)
			return err;
		ev->pos = ++s->count;
	}
	slot.seq = s->next_seq++;
	place(s, ev->pos - 1, &slot);
	return 0;
}

int sched_set_earlier(struct sched *s, struct sched_event *ev, s64 when_ns)
{
	return sched_when(s, ev) <= when_ns ? 0 : sched_set(s, ev, when_ns);
}

void sched_cancel(struct sched *s, struct sched_event *ev)
{
	u32 i = ev->pos - 1;
	struct sched_slot last;

	if (!ev->pos)
		return;
	ln_assert(i < s->count && s->heap[i].ev == ev);
	ev->pos = 0;
	last = s->heap[--s->count];
	if (i != s->count)
		place(s, i, &last);
}

s64 sched_when(const struct sched *s, const struct sched_event *ev)
{
	return ev->pos ? s->heap[ev->pos - 1].when_ns : SCHED_NEVER;
}

bool sched_run_one(struct sched *s)
{
	struct sched_event *ev;

	if (!s->count)
		return false;
	ev = s->heap[0].ev;
	s->now_ns = s->heap[0].when_ns;
	sched_cancel(s, ev);
	s->fired++;
	ev->fn(ev, s->now_ns);
	return true;
}

void sched_run_until(struct sched *s, s64 until_ns)
{
	while (s->count && s->heap[0].when_ns <= until_ns)
		sched_run_one(s);
	if (until_ns != SCHED_NEVER)
		s->now_ns = max(s->now_ns, until_ns);
}

/* SPDX-License-Identifier: MIT */
#include "lab/sched.h"

#include <stdlib.h>

#include "base/assert.h"

#define SCHED_CAP_FIRST 64u
#define SCHED_CAP_MAX (UINT32_MAX / 8)
#define CHILDREN 4u

void sched_init(struct sched *s, s64 start_ns)
{
	*s = (struct sched){ .now_ns = start_ns };
}

void sched_exit(struct sched *s)
{
	for (u32 i = 0; i < s->count; i++)
		s->entry[s->heap[i].entry].ev->id = 0;
	free(s->heap);
	free(s->entry);
	*s = (struct sched){ .now_ns = s->now_ns };
}

int sched_reserve(struct sched *s, u32 count)
{
	struct sched_entry *entry;
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
	entry = realloc(s->entry, cap * sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	s->entry = entry;
	s->cap = cap;
	return 0;
}

/* ---- entries: there is room for as many as for slots ---- */

static u32 entry_take(struct sched *s, struct sched_event *ev)
{
	u32 e;

	if (s->free) {
		e = s->free - 1;
		s->free = s->entry[e].place;
	} else {
		e = s->entries++;
	}
	s->entry[e].ev = ev;
	ev->id = e + 1;
	return e;
}

static void entry_give(struct sched *s, u32 e)
{
	s->entry[e].ev->id = 0;
	s->entry[e].place = s->free;
	s->free = e + 1;
}

/* ---- the heap ---- */

static bool before(const struct sched_slot *a, const struct sched_slot *b)
{
	return a->when_ns != b->when_ns ? a->when_ns < b->when_ns : a->seq < b->seq;
}

static void put_slot(struct sched *s, u32 i, const struct sched_slot *slot)
{
	s->heap[i] = *slot;
	s->entry[slot->entry].place = i;
}

/* Place i is free: slot goes there or further up. */
static void sift_up(struct sched *s, u32 i, const struct sched_slot *slot)
{
	while (i) {
		u32 parent = (i - 1) / CHILDREN;

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
		u32 least = CHILDREN * i + 1, end = min(least + CHILDREN, s->count);

		if (least >= s->count)
			break;
		for (u32 child = least + 1; child < end; child++)
			least = before(&s->heap[child], &s->heap[least]) ? child : least;
		if (!before(&s->heap[least], slot))
			break;
		put_slot(s, i, &s->heap[least]);
		i = least;
	}
	put_slot(s, i, slot);
}

static void place(struct sched *s, u32 i, const struct sched_slot *slot)
{
	if (i && before(slot, &s->heap[(i - 1) / CHILDREN]))
		sift_up(s, i, slot);
	else
		sift_down(s, i, slot);
}

int sched_set(struct sched *s, struct sched_event *ev, s64 when_ns)
{
	struct sched_slot slot = { .when_ns = max(when_ns, s->now_ns) };
	u32 i;
	int err;

	if (when_ns == SCHED_NEVER) {
		sched_cancel(s, ev);
		return 0;
	}
	if (ev->id) {
		slot.entry = ev->id - 1;
		i = s->entry[slot.entry].place;
	} else {
		err = sched_reserve(s, s->count + 1);
		if (err)
			return err;
		slot.entry = entry_take(s, ev);
		i = s->count++;
	}
	slot.seq = s->next_seq++;
	place(s, i, &slot);
	return 0;
}

int sched_set_earlier(struct sched *s, struct sched_event *ev, s64 when_ns)
{
	return sched_when(s, ev) <= when_ns ? 0 : sched_set(s, ev, when_ns);
}

void sched_cancel(struct sched *s, struct sched_event *ev)
{
	u32 e = ev->id - 1, i;
	struct sched_slot last;

	if (!ev->id)
		return;
	ln_assert(e < s->entries && s->entry[e].ev == ev);
	i = s->entry[e].place;
	entry_give(s, e);
	last = s->heap[--s->count];
	if (i != s->count)
		place(s, i, &last);
}

s64 sched_when(const struct sched *s, const struct sched_event *ev)
{
	return ev->id ? s->heap[s->entry[ev->id - 1].place].when_ns : SCHED_NEVER;
}

bool sched_run_one(struct sched *s)
{
	struct sched_event *ev = sched_first(s);

	if (!ev)
		return false;
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

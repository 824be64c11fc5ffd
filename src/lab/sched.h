/* SPDX-License-Identifier: MIT */
/*
 * The event queue of a lab: what happens next, in virtual time.
 *
 * A heap ordered by (time, arming order), so that events of one instant run in the order in
 * which they were armed, on every machine. An event is embedded in the object it belongs to:
 * arm, move and cancel are O(log n), the next time is O(1). A node has four children, the keys
 * lie in the heap itself, and a table tells an armed event's place: what is moved on the way
 * of another is not touched, for in a large lab it is in no cache.
 *
 * The queue never asks for the time: it *is* the time. sched->now_ns is the time of the
 * event that runs, or the last that ran. A time in the past is taken as now.
 */
#ifndef LINNET_LAB_SCHED_H
#define LINNET_LAB_SCHED_H

#include "base/types.h"

#define SCHED_NEVER INT64_MAX

struct sched_event {
	u32 id;				/* its entry + 1; 0 = idle. Zeroed memory is idle */
	void (*fn)(struct sched_event *ev, s64 now_ns);	/* ev is idle when it is called */
};

struct sched_slot {
	s64 when_ns;
	u64 seq;
	u32 entry;
};

/* Of an armed event: who it is, and its place in the heap. Free: the next free one + 1. */
struct sched_entry {
	struct sched_event *ev;
	u32 place;
};

struct sched {
	struct sched_slot *heap;
	struct sched_entry *entry;
	u32 count, cap;
	u32 entries, free;		/* entries used so far; the first free one + 1 */
	u64 next_seq;
	s64 now_ns;
	u64 fired;			/* events run so far */
};

void sched_init(struct sched *s, s64 start_ns);

/* Forgets all events (they become idle) and gives the memory back. */
void sched_exit(struct sched *s);

/* Room for count events in all, so that arming them cannot fail. 0 or -ENOMEM. */
int sched_reserve(struct sched *s, u32 count) __must_check;

/**
 * sched_set - arm an event, or move it when it is armed
 * @when_ns: SCHED_NEVER cancels it
 *
 * A moved event stands behind all that are armed for its new time.
 *
 * Return: 0, or -ENOMEM (only when it was idle and no room was reserved).
 */
int sched_set(struct sched *s, struct sched_event *ev, s64 when_ns) __must_check;

/* As sched_set(), but an event that is armed for an earlier time stays. */
int sched_set_earlier(struct sched *s, struct sched_event *ev, s64 when_ns) __must_check;

/* Idle events are left alone. */
void sched_cancel(struct sched *s, struct sched_event *ev);

static inline bool sched_is_armed(const struct sched_event *ev)
{
	return ev->id != 0;
}

/* When an armed event is due; SCHED_NEVER for an idle one. */
s64 sched_when(const struct sched *s, const struct sched_event *ev);

/* The time of the next event, or SCHED_NEVER. */
static inline s64 sched_next(const struct sched *s)
{
	return s->count ? s->heap[0].when_ns : SCHED_NEVER;
}

/* The next event itself, or NULL. */
static inline struct sched_event *sched_first(const struct sched *s)
{
	return s->count ? s->entry[s->heap[0].entry].ev : NULL;
}

/* Runs the next event at its time. False: there is none. */
bool sched_run_one(struct sched *s);

/* Runs all that is due up to and at until_ns, then moves the time there (not to SCHED_NEVER). */
void sched_run_until(struct sched *s, s64 until_ns);

#endif

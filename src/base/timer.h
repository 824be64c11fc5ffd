/* SPDX-License-Identifier: MIT */
/*
 * Timers of one instance: exact deadlines in ns, O(1) to arm and to cancel, fired by
 * deadline and, where deadlines are equal, in the order of arming.
 *
 * A hierarchical wheel: seven levels of 64 slots; a slot of level n is 2^(10 + 6n) ns wide. Behind
 * them stands one list of all that is further away: each 52 days it is looked through.
 * A timer sits at the level of the highest bit in which its deadline differs from the
 * wheel's clock; as the clock reaches a slot of a higher level, its timers move down. Lists
 * in level 0 are sorted, so firing is exact although a slot is 1,024 ns wide.
 *
 *	level 0: 1 us slots, 65 us      level 3: 268 ms slots, 17 s
 *	level 1: 65 us slots, 4 ms      level 4: 17 s slots, 18 min
 *	level 2: 4 ms slots, 268 ms     level 5: 18 min slots, 19 h ...
 *
 * The structure is its owner's; the wheel links it and owns nothing.
 */
#ifndef LINNET_BASE_TIMER_H
#define LINNET_BASE_TIMER_H

#include "base/ktime.h"
#include "base/list.h"

#define TIMER_LEVELS 7
#define TIMER_SLOTS 64

struct timer;
typedef void (*timer_fn)(struct timer *t);

struct timer {
	struct list_head node;	/* points to itself when not pending */
	ktime_t expires;
	u64 seq;		/* arming order */
	timer_fn fn;
};

struct timer_base {
	ktime_t clk;		/* all slots that begin at or before it have been taken apart */
	u64 seq;
	u64 pending;
	ktime_t soonest;	/* nothing is due before it; KTIME_MAX when nothing is pending */
	u64 occupied[TIMER_LEVELS + 1];	/* a bit per slot that may hold timers */
	u32 levels;			/* a bit per level of which one slot may */
	struct list_head slot[TIMER_LEVELS][TIMER_SLOTS];
	struct list_head far;		/* the level behind the last, which has one slot */
};

void timer_base_init(struct timer_base *tb, ktime_t now);

static inline void timer_init(struct timer *t, timer_fn fn)
{
	list_init(&t->node);
	t->fn = fn;
	t->expires = KTIME_MAX;
}

static inline bool timer_pending(const struct timer *t)
{
	return !list_empty(&t->node);
}

/* Arms t, or moves it when pending. A deadline in the past fires in the next timers_run(). */
void mod_timer(struct timer_base *tb, struct timer *t, ktime_t expires);

/* to, with a function of its own, fires in the place of from, which is pending. */
static inline void timer_replace(struct timer *from, struct timer *to)
{
	to->expires = from->expires;
	to->seq = from->seq;
	list_replace_init(&from->node, &to->node);
}

/* Harmless when not pending. */
void del_timer(struct timer_base *tb, struct timer *t);

/*
 * Fires all timers with deadline <= now, in order; timers that they arm within that time
 * fire too. *clock (net->now) is moved to each deadline before its function is called.
 */
void timers_run(struct timer_base *tb, ktime_t now, ktime_t *clock);

/*
 * When timers_run() is next wanted: never later than the first deadline; it may be earlier (the
 * start of a slot of a higher level, or the deadline of a timer that was cancelled), where a run
 * only looks again.
 */
static inline ktime_t timers_next(const struct timer_base *tb)
{
	return tb->soonest;
}

#endif

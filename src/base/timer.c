/* SPDX-License-Identifier: MIT */
#include "base/timer.h"

#include "base/assert.h"

#define TICK_SHIFT 10
#define LEVEL_BITS 6
#define FAR ((unsigned)TIMER_LEVELS)	/* the level of timer_base.far */

void timer_base_init(struct timer_base *tb, ktime_t now)
{
	memset(tb, 0, sizeof(*tb));
	tb->clk = now;
	tb->soonest = KTIME_MAX;
	for (int l = 0; l < TIMER_LEVELS; l++)
		for (int s = 0; s < TIMER_SLOTS; s++)
			list_init(&tb->slot[l][s]);
	list_init(&tb->far);
}

static unsigned level_shift(unsigned level)
{
	return TICK_SHIFT + LEVEL_BITS * level;
}

static unsigned level_of(const struct timer_base *tb, ktime_t expires)
{
	u64 diff = ((u64)expires ^ (u64)tb->clk) >> TICK_SHIFT;

	return diff ? min((63u - (unsigned)__builtin_clzll(diff)) / LEVEL_BITS, FAR) : 0;
}

static unsigned slot_of(ktime_t expires, unsigned level)
{
	return level == FAR ? 0 : ((u64)expires >> level_shift(level)) & (TIMER_SLOTS - 1);
}

static struct list_head *slot_list(struct timer_base *tb, unsigned level, unsigned slot)
{
	return level == FAR ? &tb->far : &tb->slot[level][slot];
}

static bool fires_before(const struct timer *a, const struct timer *b)
{
	return a->expires != b->expires ? a->expires < b->expires : a->seq < b->seq;
}

/* Level 0 is kept sorted; the new one is nearly always the last, so look from the end. */
static void insert_sorted(struct list_head *h, struct timer *t)
{
	struct list_head *p = h->prev;

	while (p != h && fires_before(t, list_entry(p, struct timer, node)))
		p = p->prev;
	list_add(&t->node, p);
}

static void wheel_insert(struct timer_base *tb, struct timer *t)
{
	/* A past deadline waits in the clock's own slot, ahead by its order. */
	ktime_t at = max(t->expires, tb->clk);
	unsigned level = level_of(tb, at), slot = slot_of(at, level);

	if (level == 0)
		insert_sorted(&tb->slot[0][slot], t);
	else
		list_add_tail(&t->node, slot_list(tb, level, slot));
	tb->occupied[level] |= BIT64(slot);
	tb->levels |= BIT(level);
}

static void slot_is_empty(struct timer_base *tb, unsigned level, unsigned slot)
{
	tb->occupied[level] &= ~BIT64(slot);
	if (!tb->occupied[level])
		tb->levels &= ~BIT(level);
}

void mod_timer(struct timer_base *tb, struct timer *t, ktime_t expires)
{
	if (timer_pending(t))
		list_del_init(&t->node);
	else
		tb->pending++;
	t->expires = expires;
	tb->soonest = min(tb->soonest, expires);
	t->seq = tb->seq++;
	wheel_insert(tb, t);
}

void del_timer(struct timer_base *tb, struct timer *t)
{
	if (!timer_pending(t))
		return;
	list_del_init(&t->node);
	if (--tb->pending == 0)
		tb->soonest = KTIME_MAX;
}

/*
 * The first slot that may hold timers, or false. Lower levels come first in time: a slot of
 * level n+1 that is not the clock's own begins after the whole round of level n.
 */
static bool first_slot(const struct timer_base *tb, unsigned *level, unsigned *slot)
{
	for (u32 left = tb->levels; left; left &= left - 1) {
		unsigned l = (unsigned)__builtin_ctz(left), cur = slot_of(tb->clk, l);
		u64 ahead = tb->occupied[l] & ~(BIT64(cur) - 1);

		if (ahead) {
			*level = l;
			*slot = (unsigned)__builtin_ctzll(ahead);
			return true;
		}
	}
	return false;
}

static ktime_t slot_start(const struct timer_base *tb, unsigned level, unsigned slot)
{
	unsigned shift = level_shift(level);
	u64 round = (u64)tb->clk >> shift;

	/* What is far away is looked at as the round of the last level ends. */
	if (level == FAR)
		return (ktime_t)((round + 1) << shift);
	return (ktime_t)(((round & ~(u64)(TIMER_SLOTS - 1)) | slot) << shift);
}

static void fire_slot(struct timer_base *tb, unsigned slot, ktime_t now, ktime_t *clock)
{
	struct list_head *h = &tb->slot[0][slot];

	while (!list_empty(h)) {
		struct timer *t = list_first_entry(h, struct timer, node);

		if (t->expires > now)
			return;
		list_del_init(&t->node);
		tb->pending--;
		tb->clk = max(tb->clk, t->expires);
		*clock = max(*clock, t->expires);
		t->fn(t);
	}
	slot_is_empty(tb, 0, slot);
}

static void cascade(struct timer_base *tb, unsigned level, unsigned slot)
{
	struct list_head moved;

	list_init(&moved);
	list_splice_tail_init(slot_list(tb, level, slot), &moved);
	slot_is_empty(tb, level, slot);
	while (!list_empty(&moved)) {
		struct timer *t = list_first_entry(&moved, struct timer, node);

		list_del_init(&t->node);
		wheel_insert(tb, t);
	}
}

/* The first deadline, or the start of the first slot of a higher level that holds timers. */
static ktime_t find_soonest(struct timer_base *tb)
{
	if (!tb->pending)
		return KTIME_MAX;
	/* A slot whose timers were all cancelled keeps its bit until it is looked at. */
	for (u32 left = tb->levels; left; left &= left - 1) {
		unsigned l = (unsigned)__builtin_ctz(left), cur = slot_of(tb->clk, l);
		u64 ahead = tb->occupied[l] & ~(BIT64(cur) - 1);

		for (; ahead; ahead &= ahead - 1) {
			unsigned s = (unsigned)__builtin_ctzll(ahead);
			const struct list_head *h = l == FAR ? &tb->far : &tb->slot[l][s];

			if (list_empty(h)) {
				slot_is_empty(tb, l, s);
				continue;
			}
			if (l > 0)
				return slot_start(tb, l, s);
			return list_first_entry(h, struct timer, node)->expires;
		}
	}
	return KTIME_MAX;
}

void timers_run(struct timer_base *tb, ktime_t now, ktime_t *clock)
{
	unsigned level, slot;

	/* The wheel's clock may stay behind: what is armed meanwhile stands a level higher. */
	if (likely(now < tb->soonest)) {
		*clock = max(*clock, now);
		return;
	}
	while (first_slot(tb, &level, &slot)) {
		ktime_t start = slot_start(tb, level, slot);

		if (start > now)
			break;
		tb->clk = max(tb->clk, start);
		if (level > 0) {
			cascade(tb, level, slot);
			continue;
		}
		fire_slot(tb, slot, now, clock);
		if (!list_empty(&tb->slot[0][slot]))
			break;	/* the rest of this slot is after now */
	}
	tb->clk = max(tb->clk, now);
	tb->soonest = find_soonest(tb);
	*clock = max(*clock, now);
}

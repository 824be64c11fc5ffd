/* SPDX-License-Identifier: MIT */
#include "device/codel.h"

/* floor(sqrt(v)) */
static u32 isqrt(u64 v)
{
	u64 root = 0;

	for (u64 bit = 1ull << 31; bit; bit >>= 1) {
		if ((root + bit) * (root + bit) <= v)
			root += bit;
	}
	return (u32)root;
}

/* RFC 8289 5.5: control_law */
static ktime_t control_law(ktime_t t, const struct codel_params *p, u32 count)
{
	/* 8 bits behind the point are more than the timers of a queue are exact. */
	return t + p->interval * 256 / isqrt((u64)count << 16);
}

/* RFC 8289 5.4: dodequeue's part */
static bool above_for_an_interval(struct codel_vars *v, const struct codel_params *p, ktime_t now,
				  ktime_t sojourn, u32 backlog)
{
	if (sojourn < p->target || backlog <= p->mtu) {
		v->first_above = 0;
		return false;
	}
	if (!v->first_above) {
		v->first_above = now + p->interval;
		return false;
	}
	return now >= v->first_above;
}

bool codel_judge(struct codel_vars *v, const struct codel_params *p, ktime_t now, ktime_t sojourn,
		 u32 backlog)
{
	u32 delta = v->count - v->lastcount;

	v->ldelay = sojourn;
	if (!above_for_an_interval(v, p, now, sojourn, backlog)) {
		v->dropping = false;
		return false;
	}
	if (v->dropping) {
		if (now < v->drop_next)
			return false;
		v->count++;
		v->drop_next = control_law(v->drop_next, p, v->count);
		return true;
	}
	v->dropping = true;
	/* Not long ago it was too long already: at the pace that was found then. */
	v->count = delta > 1 && now - v->drop_next < 16 * p->interval ? delta : 1;
	v->lastcount = v->count;
	v->drop_next = control_law(now, p, v->count);
	return true;
}

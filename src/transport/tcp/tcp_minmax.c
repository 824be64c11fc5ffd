/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_minmax.h"

/* The window moved on to t: what is too old goes, and the choices are spread over the window. */
static u32 minmax_advance(struct minmax *m, u32 window, u32 t, u32 v)
{
	const struct minmax_sample val = { t, v };
	u32 age = t - m->s[0].t;

	if (unlikely(age > window)) {
		m->s[0] = m->s[1];
		m->s[1] = m->s[2];
		m->s[2] = val;
		if (unlikely(t - m->s[0].t > window)) {
			m->s[0] = m->s[1];
			m->s[1] = m->s[2];
		}
	} else if (unlikely(m->s[1].t == m->s[0].t) && age > window / 4) {
		/* A quarter went by without a second choice: it is of the second quarter. */
		m->s[2] = m->s[1] = val;
	} else if (unlikely(m->s[2].t == m->s[1].t) && age > window / 2) {
		m->s[2] = val;
	}
	return m->s[0].v;
}

u32 minmax_running_max(struct minmax *m, u32 window, u32 t, u32 v)
{
	if (v >= m->s[0].v || t - m->s[2].t > window)
		return minmax_reset(m, t, v);
	if (v >= m->s[1].v)
		m->s[2] = m->s[1] = (struct minmax_sample){ t, v };
	else if (v >= m->s[2].v)
		m->s[2] = (struct minmax_sample){ t, v };
	return minmax_advance(m, window, t, v);
}

u32 minmax_running_min(struct minmax *m, u32 window, u32 t, u32 v)
{
	if (v <= m->s[0].v || t - m->s[2].t > window)
		return minmax_reset(m, t, v);
	if (v <= m->s[1].v)
		m->s[2] = m->s[1] = (struct minmax_sample){ t, v };
	else if (v <= m->s[2].v)
		m->s[2] = (struct minmax_sample){ t, v };
	return minmax_advance(m, window, t, v);
}

/* SPDX-License-Identifier: MIT */
/* Delay, jitter that keeps the order, and reordering on purpose. */
#include "lab/el_delay.h"

void el_delay_init(struct el_delay *d, const struct el_delay_params *params, u64 seed,
		   const char *name)
{
	*d = (struct el_delay){ .params = *params, .last_ns = INT64_MIN };
	el_prng_init(&d->jitter_rng, seed, name, "jitter");
	el_prng_init(&d->reorder_rng, seed, name, "reorder");
}

s64 el_delay_arrival(struct el_delay *d, s64 sent_ns, s64 tx_ns, bool *held)
{
	const struct el_delay_params *p = &d->params;
	s64 arrive_ns = sent_ns + p->delay_ns - p->jitter_ns;

	arrive_ns += (s64)prob_below(&d->jitter_rng, 2 * (u64)p->jitter_ns + 1);
	*held = prob_draw(&d->reorder_rng, p->reorder);
	if (*held)
		return max(arrive_ns, d->last_ns) + p->hold_ns;
	if (d->last_ns != INT64_MIN)
		arrive_ns = max(arrive_ns, d->last_ns + tx_ns);
	d->last_ns = arrive_ns;
	return arrive_ns;
}

/* SPDX-License-Identifier: MIT */
/* Random and bursty loss. */
#include "lab/el_loss.h"

void el_loss_init(struct el_loss *l, const struct el_loss_params *params, u64 seed,
		  const char *name)
{
	*l = (struct el_loss){ .params = *params };
	el_prng_init(&l->rng, seed, name, "loss");
}

bool el_loss_draw(struct el_loss *l)
{
	const struct el_loss_params *p = &l->params;

	if (p->burst && prob_draw(&l->rng, l->in_burst ? p->leave : p->enter))
		l->in_burst = !l->in_burst;
	return prob_draw(&l->rng, l->in_burst ? p->bad : p->good);
}

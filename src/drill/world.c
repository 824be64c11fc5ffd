/* SPDX-License-Identifier: MIT */
#include "drill/world.h"

#include <stdlib.h>

void world_sent(struct world *w, s64 at, const u8 *ip, size_t len)
{
	struct world_packet *p = malloc(sizeof(*p) + len);

	if (!p)
		abort();
	p->next = NULL;
	p->at = at;
	p->len = len;
	memcpy(p->bytes, ip, len);
	if (!w->sent)
		w->last = &w->sent;
	*w->last = p;
	w->last = &p->next;
	if (w->tap)
		w->tap(w->tap_ctx, at, false, ip, len);
}

struct world_packet *world_take(struct world *w)
{
	struct world_packet *p = w->sent;

	if (p)
		w->sent = p->next;
	return p;
}

void world_free_sent(struct world *w)
{
	struct world_packet *p;

	while ((p = world_take(w)))
		free(p);
}

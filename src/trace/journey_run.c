/* SPDX-License-Identifier: MIT */
/*
 * Runs of the brief journey: what one machine says of one packet after the other, when a burst is
 * too large for the next link or is sent again, is told of the first and the last, and counted in
 * between. Any other line ends a run.
 */
#include <string.h>

#include "trace/journey_priv.h"

void journey_run(struct journey *j, const struct ln_trace_event *ev, const char *why,
		 journey_run_fn put)
{
	struct brief_run *r = &j->run;

	if (r->put == put && !strcmp(r->why, why) && !strcmp(r->node, ev->node)) {
		r->more++;
		r->last = *ev;
		return;
	}
	JOURNEY_LINE(j, ev, sb, buf);
	put(&sb, ev, 1);
	journey_line_end(j, &sb);
	if (strlen(ev->node) >= sizeof(r->node))
		return;
	strcpy(r->node, ev->node);
	r->why = why;
	r->put = put;
}

void journey_run_end(struct journey *j)
{
	struct brief_run r = j->run;

	j->run.put = NULL;
	j->run.more = 0;
	if (!r.put || !r.more)
		return;
	r.last.node = r.node;
	JOURNEY_LINE(j, &r.last, sb, buf);
	r.put(&sb, &r.last, r.more);
	journey_line_end(j, &sb);
}

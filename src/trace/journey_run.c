/* SPDX-License-Identifier: MIT */
/*
 * Runs of the brief journey: what a machine says of one packet after the other, when a burst is
 * too large for the next link or is sent again, is told of the first and the last, and counted in
 * between. It may do so for several reasons in turns. Any other line ends all runs, and so does a
 * pause: who waits longer each time is heard each time.
 */
#include <string.h>

#include "base/ktime.h"
#include "trace/journey_priv.h"

#define PAUSE_NS (100 * NSEC_PER_MSEC)

static struct brief_run *run_find(struct journey *j, const char *why, journey_run_fn put)
{
	for (u32 i = 0; i < j->nr_runs; i++) {
		struct brief_run *r = &j->runs[i];

		if (r->put == put && !strcmp(r->why, why))
			return r;
	}
	return NULL;
}

void journey_run(struct journey *j, const struct ln_trace_event *ev, const char *why,
		 journey_run_fn put)
{
	struct brief_run *r;
	u32 nr;

	if (strlen(ev->node) >= sizeof(j->run_node))
		return;
	if (ev->time_ns - j->run_last_ns > PAUSE_NS || strcmp(j->run_node, ev->node) ||
	    j->nr_runs == BRIEF_RUNS)
		journey_run_end(j);
	strcpy(j->run_node, ev->node);
	j->run_last_ns = ev->time_ns;
	r = run_find(j, why, put);
	if (r) {
		r->more++;
		r->last = *ev;
		return;
	}
	nr = j->nr_runs;
	j->nr_runs = 0;			/* the first line of a run ends no other */
	JOURNEY_LINE(j, ev, sb, buf);
	put(&sb, ev, 1);
	journey_line_end(j, &sb);
	j->runs[nr] = (struct brief_run){ .put = put, .why = why };
	j->nr_runs = nr + 1;
}

void journey_run_end(struct journey *j)
{
	u32 nr = j->nr_runs;

	j->nr_runs = 0;
	for (u32 i = 0; i < nr; i++) {
		struct brief_run *r = &j->runs[i];

		if (!r->more)
			continue;
		r->last.node = j->run_node;
		JOURNEY_LINE(j, &r->last, sb, buf);
		r->put(&sb, &r->last, r->more);
		journey_line_end(j, &sb);
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * The journey (row V2): what the trace points of one or many machines saw, written for people.
 *
 *	full	one line per step: packet, machine, time, layer, function, the sk_buff's geometry,
 *		what was looked up and found, every drop with its reason
 *	brief	a page that a newcomer understands: each thing is told when it happens for the first
 *		time, by the machine that does it; what repeats is counted
 *
 * Give journey_event() as the trace function of every instance, with the journey as its context,
 * and a packet counter that they share. Lines appear in the order of events.
 */
#ifndef LINNET_TRACE_JOURNEY_H
#define LINNET_TRACE_JOURNEY_H

#include <linnet/trace.h>

#include "base/fmt.h"
#include "base/mem.h"
#include "base/skb_drop.h"
#include "base/types.h"

struct journey;

enum journey_mode { JOURNEY_BRIEF, JOURNEY_FULL };

struct journey_params {
	enum journey_mode mode;
	struct mem_ops mem;
	const char *origin;	/* the node whose steps are numbered (brief); NULL = none */
	s64 start_ns;		/* shown as 0.000 */
	void (*write)(void *ctx, const char *text, size_t len);
	void *ctx;
};

struct journey *journey_create(const struct journey_params *params);	/* NULL: no memory */
void journey_destroy(struct journey *j);

/* ln_net_params.trace; ctx is the journey. */
void journey_event(void *ctx, const struct ln_trace_event *ev);

/* What all machines together counted, for the last lines. */
struct journey_totals {
	u64 frames;		/* that crossed a link */
	u64 user_in, user_out, linearized, header, dma;	/* bytes copied */
	u64 drops[SKB_DROP_REASON_MAX];
};

/* Adds an instance's counts. */
void journey_total_add(struct journey_totals *t, const struct ln_net *net);
void journey_finish(struct journey *j, const struct journey_totals *t);

#endif

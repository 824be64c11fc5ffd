/* SPDX-License-Identifier: MIT */
/* What journey.c and journey_brief.c share. */
#ifndef LINNET_TRACE_JOURNEY_PRIV_H
#define LINNET_TRACE_JOURNEY_PRIV_H

#include "trace/journey.h"

/* A set of 64-bit keys: things already told. Open addressing; grows; full memory = told. */
struct told {
	u64 *key;
	u32 size, used;
};

/* One direction of a TCP conversation, as its sender's card saw it leave. */
struct brief_flow {
	be32 saddr, daddr;
	u16 sport, dport;
	u64 bytes;
	u32 segments, again;
	bool open;		/* a SYN was seen */
	bool told;		/* its data has been summed up */
};

struct journey {
	struct journey_params p;
	struct mem mem;
	/* full */
	u64 last_packet;
	const char *last_node;
	/* brief */
	u32 steps;
	struct told told;
	struct brief_flow *flows;
	u32 nr_flows, max_flows;
	const char *line_node;		/* node of the line before */
};

void journey_write(struct journey *j, const struct strbuf *sb);
void journey_brief_event(struct journey *j, const struct ln_trace_event *ev);
void journey_brief_finish(struct journey *j);

#endif

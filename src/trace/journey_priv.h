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
	u32 fin_end;		/* the acknowledgement of its FIN */
	bool open;		/* a SYN was seen */
	bool fin;		/* its FIN was seen */
	bool told;		/* its FIN was acknowledged, its data summed up */
};

struct journey {
	struct journey_params p;
	struct mem mem;
	/* full */
	u64 last_packet;
	const char *last_node;
	/* brief */
	u32 steps;
	u32 visit;			/* URLs that the origin has asked for */
	u64 flooded;			/* the packet that was flooded last, and where */
	struct told told;
	struct brief_flow *flows;
	u32 nr_flows, max_flows;
};

void journey_write(struct journey *j, const struct strbuf *sb);

enum told_kind { TOLD_ROUTE = 1, TOLD_ARP_ASK, TOLD_ARP_SAY, TOLD_LEARN, TOLD_FLOOD, TOLD_PORT,
		 TOLD_NEIGH, TOLD_FORWARD, TOLD_PACKET };

/* True the first time; without memory for more, everything counts as told. */
bool journey_first_time(struct journey *j, enum told_kind kind, const char *node, u64 what);

/* Starts a line of ev's node; the caller adds text and calls journey_line_end(). */
void journey_line_begin(struct journey *j, struct strbuf *sb, const struct ln_trace_event *ev);
void journey_line_end(struct journey *j, struct strbuf *sb);

#define JOURNEY_LINE(j, ev, sb, buf) \
	char buf[640]; \
	struct strbuf sb; \
	sb_init(&sb, buf, sizeof(buf) - 1); \
	journey_line_begin(j, &sb, ev)

void journey_brief_sent(struct journey *j, const struct ln_trace_event *ev);
void journey_brief_event(struct journey *j, const struct ln_trace_event *ev);
void journey_brief_finish(struct journey *j);

#endif

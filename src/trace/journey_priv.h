/* SPDX-License-Identifier: MIT */
/* What journey.c and journey_brief.c share. */
#ifndef LINNET_TRACE_JOURNEY_PRIV_H
#define LINNET_TRACE_JOURNEY_PRIV_H

#include "trace/journey.h"
#include "wire/ip6_addr.h"

/* A set of 64-bit keys: things already told. Open addressing; grows; full memory = told. */
struct told {
	u64 *key;
	u32 size, used;
};

/* What NAT makes of an endpoint, towards a peer. */
struct brief_alias {
	be32 outside, inside, peer;
	u16 outside_port, inside_port, peer_port;
};

/* One direction of a TCP conversation, as its sender's card saw it leave. */
struct brief_flow {
	struct ip6_addr saddr, daddr;	/* IPv4's are mapped */
	u16 sport, dport;
	u64 bytes;
	u32 segments, again;
	u32 next;		/* sequence number behind what was sent */
	u32 fin_end;		/* the acknowledgement of its FIN */
	bool open;		/* a SYN was seen */
	bool fin;		/* its FIN was seen */
	bool told;		/* its FIN was acknowledged, its data summed up */
};

/* n packets: 1, "packet #7 dropped"; else "7 more packets dropped" */
typedef void (*journey_run_fn)(struct strbuf *sb, const struct ln_trace_event *ev, u32 n);

/* The same of one packet after the other (journey_run.c). */
#define BRIEF_RUNS 4			/* in turns */

struct brief_run {
	journey_run_fn put;
	const char *why;
	u32 more;			/* behind the first */
	struct ln_trace_event last;
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
	struct brief_alias *aliases;
	u32 nr_aliases, max_aliases;
	struct brief_run runs[BRIEF_RUNS];
	u32 nr_runs;
	char run_node[64];		/* whose they are */
	s64 run_last_ns;		/* when one was told of last */
};

void journey_write(struct journey *j, const struct strbuf *sb);

enum told_kind { TOLD_ROUTE = 1, TOLD_ARP_ASK, TOLD_ARP_SAY, TOLD_LEARN, TOLD_FLOOD, TOLD_PORT,
		 TOLD_NEIGH, TOLD_FORWARD, TOLD_PACKET, TOLD_SENDER, TOLD_NAT, TOLD_ERROR };

/* True the first time; without memory for more, everything counts as told. */
bool journey_first_time(struct journey *j, enum told_kind kind, const char *node, u64 what);

/* Whether it was the first time once. */
bool journey_was_told(const struct journey *j, enum told_kind kind, const char *node, u64 what);

/* Starts a line of ev's node; the caller adds text and calls journey_line_end(). */
void journey_line_begin(struct journey *j, struct strbuf *sb, const struct ln_trace_event *ev);
void journey_line_end(struct journey *j, struct strbuf *sb);

#define JOURNEY_LINE(j, ev, sb, buf) \
	char buf[640]; \
	struct strbuf sb; \
	sb_init(&sb, buf, sizeof(buf) - 1); \
	journey_line_begin(j, &sb, ev)

/* journey_run.c: the first of a run is a line, the others are one at its end. */
void journey_run(struct journey *j, const struct ln_trace_event *ev, const char *why,
		 journey_run_fn put);
void journey_run_end(struct journey *j);

/* journey_brief_nat.c */
void journey_brief_nat(struct journey *j, const struct ln_trace_event *ev);
/* Whom addr:port is to the peer, when NAT says so: his own address takes its place. */
void journey_inside(const struct journey *j, be32 *addr, u16 *port, be32 peer, u16 peer_port);

/* journey_brief_icmp.c: what ICMP says to whom, once */
void journey_brief_icmp(struct journey *j, const struct ln_trace_event *ev);
void journey_brief_icmp6(struct journey *j, const struct ln_trace_event *ev);

/* journey_brief6.c: whether the event was IPv6's. */
bool journey_brief6_event(struct journey *j, const struct ln_trace_event *ev);
/* A group's packet where nobody is in the group, and where there is no IPv6: nobody's news. */
bool journey_brief6_is_news(const struct ln_trace_event *ev);

void journey_brief_sent(struct journey *j, const struct ln_trace_event *ev);
void journey_brief_event(struct journey *j, const struct ln_trace_event *ev);
void journey_brief_finish(struct journey *j);

#endif

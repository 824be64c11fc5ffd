/* SPDX-License-Identifier: MIT */
/*
 * Flows through one bottleneck, in virtual time, over the lab's link elements.
 *
 *	sender --> [bottleneck: rate, queue, loss, ...] --> [delay] --> receiver	each flow
 *	sender <-- [delay] <------------------------------------------- receiver
 *
 * Every flow has two hosts of its own and half of its round trip on each way; the bottleneck is
 * shared. It is a link_model (lab/el_link.h), and so are the delays. A host is an instance of a
 * stack behind host_ops: linnet's (host_linnet.c) or lwIP's (host_lwip.c), on the same links, with
 * the same random streams. Nothing reads a clock: the same arguments give the same frames.
 *
 * Counting begins after a warm-up, so that slow start and what it overshoots are not in it.
 */
#ifndef LINNET_BENCH_TABLES_WORLD_H
#define LINNET_BENCH_TABLES_WORLD_H

#include "base/list.h"
#include "lab/el_link.h"
#include "lab/sched.h"

#define FLOWS_MAX 64
#define PACKET_BYTES 1536
#define PORT 7000

struct world;
struct flow;
struct host;

struct host_ops {
	const char *name;
	struct host *(*create)(struct flow *flow, bool is_sender);
	/* The receiver listens; the sender connects, and sends as long as it may. */
	int (*start)(struct host *h);
	void (*input)(struct host *h, const u8 *frame, u32 len);
	/* What is due; frames leave by world_send(). */
	void (*run)(struct host *h, s64 now_ns);
	s64 (*next)(const struct host *h);
	/* Of a sender: what it can tell beyond bytes; may be NULL. */
	void (*tell)(const struct host *h, struct flow *flow);
	/* 0, or -ENOTRECOVERABLE: it leaked. */
	int (*destroy)(struct host *h);
};

struct host {			/* first in a stack's own struct */
	const struct host_ops *ops;
	struct flow *flow;
	bool is_sender;
	struct sched_event turn;
};

struct flow {
	struct world *world;
	u32 index;
	const struct host_ops *ops;
	const char *congestion;		/* NULL: the stack's only one */
	s64 rtt_ns;
	struct host *host[2];		/* sender, receiver */
	struct link_model way[2];	/* delay to the receiver, to the sender */
	struct sched_event begin;
	u64 received;			/* bytes by the receiving application, warm-up left out */
	u64 retransmits, timeouts;	/* of the sender, all of its life */
	u64 srtt_us;
	const char *failed;		/* what went wrong, or NULL */
};

struct world {
	struct sched sched;
	u64 seed;
	s64 count_from_ns, end_ns;
	struct link_model neck;
	struct flow flow[FLOWS_MAX];
	u32 flows;
	struct list_head idle_packets;
	u64 waited_ns, waited_frames;	/* in the bottleneck's queue, warm-up left out */
	u64 carried_bytes;		/* past it, as on the wire, warm-up left out */
};

extern const struct host_ops host_linnet, host_lwip;	/* host_lwip.name NULL: not built in */
/* The congestion controls that linnet has, blanks between them. False: it cannot be asked. */
bool linnet_controls(char *out, size_t cap);

/* A host sends a frame. */
void world_send(struct host *h, const u8 *frame, u32 len);
/* A receiver's application got so many bytes. */
void flow_received(struct flow *flow, u64 bytes);
static inline s64 host_now(const struct host *h)
{
	return h->flow->world->sched.now_ns;
}

/* Adds a flow; its world must have seed and sched. NULL: too many. */
struct flow *world_add(struct world *w, const struct host_ops *ops, const char *congestion,
		       s64 rtt_ns);
/* Runs all flows to the end. 0, or -errno: some flow failed, or its host could not be made. */
int world_run(struct world *w);
int world_exit(struct world *w);

#endif

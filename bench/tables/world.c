/* SPDX-License-Identifier: MIT */
#include "tables/world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"

#define START_SPREAD_NS 1000000000ll	/* flows begin at a random time of the first second */
#define TURNS_MAX 100000		/* of a host at one moment: more is a loop without end */

struct packet {
	struct list_head list;
	struct sched_event arrive;
	struct flow *flow;
	int to;			/* which of its hosts */
	u32 len;
	u8 data[PACKET_BYTES];
};

/* ---- a host's turn ---- */

static void host_turn(struct host *h)
{
	struct sched *s = &h->flow->world->sched;
	s64 next_ns;
	u32 turns = 0;

	do {
		h->ops->run(h, s->now_ns);
		next_ns = h->ops->next(h);
		ln_assert(++turns < TURNS_MAX);
	} while (next_ns <= s->now_ns);
	ln_assert(!sched_set(s, &h->turn, next_ns));
}

static void turn_due(struct sched_event *ev, s64 now_ns)
{
	(void)now_ns;
	host_turn(container_of(ev, struct host, turn));
}

/* ---- frames ---- */

static void packet_arrive(struct sched_event *ev, s64 now_ns)
{
	struct packet *p = container_of(ev, struct packet, arrive);
	struct host *to = p->flow->host[p->to];

	(void)now_ns;
	to->ops->input(to, p->data, p->len);
	list_add_tail(&p->list, &to->flow->world->idle_packets);
	host_turn(to);
}

static struct packet *packet_get(struct world *w)
{
	struct packet *p;

	if (!list_empty(&w->idle_packets)) {
		p = list_first_entry(&w->idle_packets, struct packet, list);
		list_del_init(&p->list);
		return p;
	}
	p = calloc(1, sizeof(*p));
	ln_assert(p);
	list_init(&p->list);
	p->arrive.fn = packet_arrive;
	return p;
}

static void launch(struct flow *flow, int to, const u8 *frame, u32 len, s64 at_ns)
{
	struct world *w = flow->world;
	struct packet *p = packet_get(w);

	ln_assert(len <= sizeof(p->data));
	p->flow = flow;
	p->to = to;
	p->len = len;
	memcpy(p->data, frame, len);
	ln_assert(!sched_set(&w->sched, &p->arrive, at_ns));
}

/* The last leg; a way without a rate takes a frame at its time, also if that is yet to come. */
static void cross(struct flow *flow, int direction, const u8 *frame, u32 len, s64 now_ns)
{
	struct link_fate fate;

	link_model_frame(&flow->way[direction], now_ns, len, false, &fate);
	for (u32 i = 0; i < fate.copies; i++)
		launch(flow, !direction, frame, len, fate.arrive_ns[i]);
}

static void enter_neck(struct flow *flow, const u8 *frame, u32 len)
{
	struct world *w = flow->world;
	struct link_fate fate;

	link_model_frame(&w->neck, w->sched.now_ns, len, false, &fate);
	if (w->sched.now_ns >= w->count_from_ns && fate.end_ns > w->sched.now_ns) {
		w->waited_ns += (u64)(fate.start_ns - w->sched.now_ns);
		w->waited_frames++;
		w->carried_bytes += wire_bytes(len);
	}
	for (u32 i = 0; i < fate.copies; i++)
		cross(flow, 0, frame, len, fate.arrive_ns[i]);
}

void world_send(struct host *h, const u8 *frame, u32 len)
{
	if (h->is_sender)
		enter_neck(h->flow, frame, len);
	else
		cross(h->flow, 1, frame, len, host_now(h));
}

void flow_received(struct flow *flow, u64 bytes)
{
	if (flow->world->sched.now_ns >= flow->world->count_from_ns)
		flow->received += bytes;
}

/* ---- flows ---- */

static void flow_begin(struct sched_event *ev, s64 now_ns)
{
	struct flow *flow = container_of(ev, struct flow, begin);

	(void)now_ns;
	/* The receiver first, so that nothing is refused. */
	for (int i = 1; i >= 0; i--) {
		struct host *h = flow->host[i];

		h->ops->run(h, host_now(h));
		if (h->ops->start(h) && !flow->failed)
			flow->failed = i ? "listen" : "connect";
		host_turn(h);
	}
}

struct flow *world_add(struct world *w, const struct host_ops *ops, const char *congestion,
		       s64 rtt_ns)
{
	struct flow *flow = &w->flow[w->flows];
	struct link_params params = { .delay.delay_ns = rtt_ns / 2 };
	char name[32];

	if (w->flows == FLOWS_MAX)
		return NULL;
	*flow = (struct flow){ .world = w, .index = w->flows, .ops = ops,
			       .congestion = congestion, .rtt_ns = rtt_ns,
			       .begin.fn = flow_begin };
	for (int d = 0; d < 2; d++) {
		snprintf(name, sizeof(name), "%u:%s", flow->index, d ? "back" : "forth");
		link_model_init(&flow->way[d], &params, w->seed, name);
	}
	w->flows++;
	return flow;
}

static int flow_create(struct flow *flow)
{
	struct world *w = flow->world;
	struct prng rng;
	char name[32];

	for (int i = 0; i < 2; i++) {
		flow->host[i] = flow->ops->create(flow, i == 0);
		if (!flow->host[i])
			return -ENOMEM;
		flow->host[i]->ops = flow->ops;
		flow->host[i]->flow = flow;
		flow->host[i]->is_sender = i == 0;
		flow->host[i]->turn.fn = turn_due;
	}
	snprintf(name, sizeof(name), "%u", flow->index);
	el_prng_init(&rng, w->seed, name, "start");
	return sched_set(&w->sched, &flow->begin, (s64)prob_below(&rng, START_SPREAD_NS));
}

int world_run(struct world *w)
{
	int err = 0;

	list_init(&w->idle_packets);
	for (u32 i = 0; i < w->flows && !err; i++)
		err = flow_create(&w->flow[i]);
	if (!err)
		sched_run_until(&w->sched, w->end_ns);
	for (u32 i = 0; i < w->flows && !err; i++) {
		struct flow *flow = &w->flow[i];

		if (flow->ops->tell)
			flow->ops->tell(flow->host[0], flow);
		err = flow->failed ? -EPROTO : 0;
	}
	return err;
}

static void free_packets(struct world *w)
{
	struct sched_event *ev;

	while ((ev = sched_first(&w->sched))) {
		sched_cancel(&w->sched, ev);
		if (ev->fn == packet_arrive)
			free(container_of(ev, struct packet, arrive));
	}
	while (!list_empty(&w->idle_packets)) {
		struct packet *p = list_first_entry(&w->idle_packets, struct packet, list);

		list_del_init(&p->list);
		free(p);
	}
}

int world_exit(struct world *w)
{
	int err = 0;

	free_packets(w);
	for (u32 i = 0; i < w->flows; i++)
		for (int d = 0; d < 2; d++)
			if (w->flow[i].host[d] && w->flow[i].ops->destroy(w->flow[i].host[d]))
				err = -ENOTRECOVERABLE;
	sched_exit(&w->sched);
	return err;
}

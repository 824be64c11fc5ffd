/* SPDX-License-Identifier: MIT */
#include "host/tap_link.h"

#include <stdlib.h>

#include "base/assert.h"
#include "host/clock.h"
#include "host/tap.h"
#include "lab/sched.h"

struct held_frame {
	struct sched_event ev;
	struct tap_link *link;
	int direction;
	u32 len;
	u8 data[];
};

struct tap_link {
	struct net *net;
	struct tap_link_ops ops;
	struct link_model model[2];	/* 0: from the wire, 1: to it */
	struct sched sched;
	u32 held[2];
};

static const char *const direction_names[2] = { "tap>stack", "stack>tap" };

struct tap_link *tap_link_new(struct net *net, const struct link_params *params, u64 seed,
			      const struct tap_link_ops *ops)
{
	struct tap_link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->net = net;
	l->ops = *ops;
	sched_init(&l->sched, host_now_ns());
	for (int d = 0; d < 2; d++)
		link_model_init(&l->model[d], params, seed, direction_names[d]);
	return l;
}

/* Frames still held are freed as events are forgotten. */
void tap_link_free(struct tap_link *l)
{
	struct sched_event *ev;

	if (!l)
		return;
	while ((ev = sched_first(&l->sched))) {
		struct held_frame *h = container_of(ev, struct held_frame, ev);

		sched_cancel(&l->sched, ev);
		free(h);
	}
	sched_exit(&l->sched);
	free(l);
}

static void held_due(struct sched_event *ev, s64 now)
{
	struct held_frame *h = container_of(ev, struct held_frame, ev);
	struct tap_link *l = h->link;

	(void)now;
	l->held[h->direction]--;
	if (h->direction == 0)
		l->ops.deliver(l->ops.ctx, h->data, h->len);
	else
		l->ops.write(l->ops.ctx, h->data, h->len);	/* full: lost, as on a real link */
	free(h);
}

static void hold(struct tap_link *l, int direction, const u8 *frame, u32 len, s64 when)
{
	struct held_frame *h = malloc(sizeof(*h) + len);

	if (!h)
		return;		/* lost; the model has counted it as sent, the peer repairs it */
	*h = (struct held_frame){
		.ev.fn = held_due, .link = l, .direction = direction, .len = len,
	};
	memcpy(h->data, frame, len);
	if (sched_set(&l->sched, &h->ev, when)) {
		free(h);
		return;
	}
	l->held[direction]++;
}

static enum skb_drop_reason drop_reason(enum link_drop drop)
{
	switch (drop) {
	case LINK_DROP_DOWN:
		return SKB_DROP_REASON_NIC_DOWN;
	case LINK_DROP_GIANT:
		return SKB_DROP_REASON_LINK_MTU;
	case LINK_DROP_QUEUE:
	case LINK_DROP_CODEL:
		return SKB_DROP_REASON_LINK_QUEUE;
	default:
		return SKB_DROP_REASON_LINK_LOSS;
	}
}

static void pass(struct tap_link *l, int direction, u8 *frame, u32 len)
{
	s64 now = max(host_now_ns(), l->sched.now_ns);
	struct link_fate fate;
	u8 fcs[4] = { 0 };

	link_model_frame(&l->model[direction], now, len, el_frame_is_ect(frame, len), &fate);
	if (fate.drop != LINK_DROP_NONE) {
		frame_drop(l->net, NULL, 0, drop_reason(fate.drop), link_drop_name(fate.drop));
		return;
	}
	if (fate.marked)
		el_frame_mark(frame);
	/* A real Ethernet would throw it away for its FCS; a TAP has none, so it ends here. */
	if (fate.flips) {
		link_fate_corrupt(&fate, frame, len, fcs);
		frame_drop(l->net, NULL, 0, SKB_DROP_REASON_NIC_FCS, "bits flipped on the link");
		return;
	}
	for (u32 i = 0; i < fate.copies; i++)
		hold(l, direction, frame, len, fate.arrive_ns[i]);
}

void tap_link_in(struct tap_link *l, u8 *frame, u32 len)
{
	if (l->held[0] >= TAP_LINK_FRAMES) {
		frame_drop(l->net, NULL, 0, SKB_DROP_REASON_LINK_QUEUE,
			   "too many frames held back");
		return;
	}
	pass(l, 0, frame, len);
}

bool tap_link_out(struct tap_link *l, const struct nic_seg *segs, u32 n)
{
	u8 frame[65600];
	u32 len = 0;

	if (l->held[1] >= TAP_LINK_FRAMES)
		return false;
	for (u32 i = 0; i < n; i++) {
		ln_assert(len + segs[i].len <= sizeof(frame));
		memcpy(frame + len, segs[i].addr, segs[i].len);
		len += segs[i].len;
	}
	pass(l, 1, frame, len);
	return true;
}

s64 tap_link_next(const struct tap_link *l)
{
	return sched_next(&l->sched);
}

void tap_link_run(struct tap_link *l, s64 now)
{
	sched_run_until(&l->sched, max(now, l->sched.now_ns));
}

const struct link_stats *tap_link_get_stats(const struct tap_link *l, int direction)
{
	return &l->model[direction].stats;
}

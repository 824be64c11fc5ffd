/* SPDX-License-Identifier: MIT */
/*
 * The straight way of frames that this machine passes on: out of the receive ring of one card, into
 * the transmit ring of another, in the buffer that they came in and without an sk_buff (where Linux
 * has XDP). It is taken where everybody between the two rings would look and find nothing to do.
 *
 * The poll of a card shows the frames at the front of its ring to who would get them, a bridge or
 * the protocol of the first (straight_fn). That says how many of them go straight, having done to
 * these what it would have done to packets: headers, tables, counters, all in the order of the
 * frames. The first that needs anything else stops the run; it goes the long way, with a few behind
 * it, before the next run begins. So nobody overtakes, and each drop is one of the long way.
 * Nothing is remembered from one run to the next. A flow table at the device is asked instead of
 * both (nf_hook_ops.straight).
 *
 * By both ways the same frames leave, in the same order, with the same counters
 * (src/stack_forward_test.c). Nobody is asked where packets are followed: traces, taps, rules at
 * the device; the protocols ask about rules of their own. What GRO would hold is not for this way.
 */
#ifndef LINNET_DEVICE_STRAIGHT_H
#define LINNET_DEVICE_STRAIGHT_H

#include "device/netdevice.h"
#include "driver/nic_ring.h"

#define STRAIGHT_LOOK_AHEAD 4

struct straight_run {
	struct net_device *in;
	struct nic_frame *f;		/* whole frames, from the MAC header on */
	u32 n;
	struct net_device *out;		/* asked about last, */
	u32 room;			/* which takes so many; all of this run may go there */
};

/* At most `weight` frames at the front of the card's ring; returns how many it has passed on. */
u32 dev_pass_straight(struct net_device *dev, u32 weight);

/* How many frames that are no sk_buffs may be given to it now: nobody else would see them. */
u32 straight_room(const struct net_device *out);

/* For a straight_fn: a hook drops frame i of the run. */
static inline void straight_drop(struct straight_run *run, u32 i)
{
	run->f[i].out = NULL;
}

/* For a straight_fn that looks at frame i: the header of one further on is on its way. */
static inline void straight_look_ahead(const struct straight_run *run, u32 i)
{
	if (i + STRAIGHT_LOOK_AHEAD < run->n)
		prefetch(run->f[i + STRAIGHT_LOOK_AHEAD].data);
}

/* For a straight_fn: whether frame i of the run may leave by `out`. */
static inline bool straight_may_leave(struct straight_run *run, u32 i, struct net_device *out)
{
	if (unlikely(run->out != out)) {
		run->out = out;
		run->room = straight_room(out);
	}
	return i < run->room;
}

#endif

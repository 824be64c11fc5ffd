/* SPDX-License-Identifier: MIT */
/*
 * One direction of a link: what becomes of each frame.
 *
 *	frame -> mtu -> buffer -> rate -> loss -> bit errors -> delay, jitter, reorder -> duplicate
 *	          |       |                |
 *	        giant   queue, codel      loss				(dropped, with the cause)
 *
 * A frame that is lost has still taken its time on the line. The model decides and counts;
 * it holds no frames and knows no clock: the caller hands the time in, never backwards, and
 * delivers the copies at the times it gets. It serves a lab's cable and a TAP alike.
 *
 * A link without a buffer of its own expects its sender to wait until link_model_free_at();
 * a card does so by its nature. With a buffer, frames are taken at once until it is full.
 */
#ifndef LINNET_LAB_EL_LINK_H
#define LINNET_LAB_EL_LINK_H

#include "lab/el_ber.h"
#include "lab/el_codel.h"
#include "lab/el_delay.h"
#include "lab/el_loss.h"
#include "lab/el_rate.h"

#define LINK_FLIPS_MAX 32	/* bit errors told per frame; more are only counted */
#define LINK_NAME_MAX 160

#define LINK_RATE_DEFAULT 1000000000ull
#define LINK_DELAY_DEFAULT_NS 500	/* light in 100 m of copper */

struct link_params {
	u64 rate_bps;		/* 0 = no limit */
	u64 queue_bytes;	/* buffer in front of the rate; 0 = none */
	struct el_codel_params codel;	/* keeps that buffer short */
	u32 mtu;		/* largest payload of a frame; 0 = any */
	u64 ber;		/* probabilities are in 2^-64, see el_prob.h */
	u64 duplicate;
	struct el_loss_params loss;
	struct el_delay_params delay;	/* hold_ns 0: see link_params_hold_ns() */
};

/* A perfect cable of 1 Gbit/s, 100 m long. */
void link_params_init(struct link_params *params);

/*
 * How long a reordered frame is held back when nobody said: the time of three full frames
 * at the link's rate, at least 1 ms.
 */
s64 link_params_hold_ns(const struct link_params *params);

enum link_drop {
	LINK_DROP_NONE,
	LINK_DROP_DOWN,		/* the cable is unplugged */
	LINK_DROP_GIANT,	/* longer than the link's mtu + 14 */
	LINK_DROP_QUEUE,	/* the buffer is full */
	LINK_DROP_CODEL,	/* it would have waited too long */
	LINK_DROP_LOSS,
	LINK_DROP_COUNT
};

/* "giant", "queue", ...: one word. */
const char *link_drop_name(enum link_drop drop);

struct link_fate {
	enum link_drop drop;
	u32 copies;		/* 0 .. 2 frames arrive */
	s64 start_ns;		/* first bit leaves; with drops before the line: now */
	s64 end_ns;		/* last bit has left */
	s64 done_ns;		/* when the sender is rid of it: the line is free for the next
				 * frame, or, with a buffer, at once */
	s64 arrive_ns[2];	/* last bit at the other end; the second is never the earlier */
	bool marked;		/* becomes CE: see el_frame_mark() */
	bool held;		/* held back, so that later frames overtake it */
	u32 flips;		/* bits that arrive wrong, in each copy */
	u32 flip_bit[LINK_FLIPS_MAX];	/* the first of these: see link_fate_corrupt() */
};

struct link_stats {
	u64 frames, bytes;	/* offered; bytes without FCS */
	u64 delivered;		/* copies that arrive = frames - drops + duplicated */
	u64 drops[LINK_DROP_COUNT];
	u64 marked;
	u64 corrupted;		/* frames with flipped bits */
	u64 flips;
	u64 duplicated;
	u64 reordered;
};

struct link_model {
	struct link_params params;
	bool down;		/* set and cleared by the owner */
	s64 now_ns;		/* of the last frame */
	struct el_rate rate;
	struct el_codel codel;
	struct el_loss loss;
	struct el_ber ber;
	struct el_delay delay;
	struct prng duplicate_rng;
	struct link_stats stats;
};

/**
 * link_model_init - a direction of a link, idle and up
 * @params: copied; checked where they were read (jitter <= delay, probabilities as such)
 * @name: of this direction, "laptop:eth0>sw1:p1"; with @seed it settles all that is random
 */
void link_model_init(struct link_model *m, const struct link_params *params, u64 seed,
		     const char *name);

/**
 * link_model_frame - a frame is sent at @now_ns
 * @len: from the destination MAC to the end of the payload, without FCS
 * @ect: it may be marked (el_frame_is_ect())
 *
 * Return: how many copies arrive; the rest is in @fate.
 */
int link_model_frame(struct link_model *m, s64 now_ns, u32 len, bool ect, struct link_fate *fate);

/* When the line is free for the next frame; not after now: it is. */
static inline s64 link_model_free_at(const struct link_model *m)
{
	return m->rate.free_ns;
}

/**
 * link_fate_corrupt - flip the bits that the link flipped
 * @frame: a private copy of the frame
 * @fcs: the sender's FCS as the four bytes that follow the frame on the wire
 *
 * Bit n is bit n % 8 (the lowest first, as Ethernet sends) of byte n / 8 of frame and FCS.
 */
void link_fate_corrupt(const struct link_fate *fate, u8 *frame, u32 len, u8 fcs[4]);

#endif

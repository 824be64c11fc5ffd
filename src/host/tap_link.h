/* SPDX-License-Identifier: MIT */
/*
 * A link model on a real wire: each frame meets lab/el_link.h's decisions, and what it holds back
 * is kept in order of arrival time until it is due.
 */
#ifndef LINNET_HOST_TAP_LINK_H
#define LINNET_HOST_TAP_LINK_H

#include "driver/nic.h"
#include "lab/el_link.h"

struct tap_link;

struct tap_link_ops {
	void (*deliver)(void *ctx, const u8 *frame, u32 len);	/* to the stack */
	bool (*write)(void *ctx, const u8 *frame, u32 len);	/* to the wire; false: it is full */
	void *ctx;
};

/* NULL: no memory. params is copied; the same for both directions. */
struct tap_link *tap_link_new(struct net *net, const struct link_params *params, u64 seed,
			      const struct tap_link_ops *ops);
void tap_link_free(struct tap_link *l);			/* may be NULL */

/* A frame from the wire. Copied. */
void tap_link_in(struct tap_link *l, u8 *frame, u32 len);

/* A frame of the stack, in pieces; copied. False: too many are held back, keep it. */
bool tap_link_out(struct tap_link *l, const struct nic_seg *segs, u32 n);

s64 tap_link_next(const struct tap_link *l);
void tap_link_run(struct tap_link *l, s64 now);
const struct link_stats *tap_link_get_stats(const struct tap_link *l, int direction);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Wake-ups: work that belongs to the world outside and must wait for the end of net_run(),
 * so that nothing called from the stack can re-enter it. Each is in the list once, however
 * often it is asked for; they run in the order of their first asking.
 */
#ifndef LINNET_BASE_WAKE_H
#define LINNET_BASE_WAKE_H

#include "base/list.h"

struct net;
struct wake;
typedef void (*wake_fn)(struct net *net, struct wake *w);

struct wake {
	struct list_head node;
	wake_fn fn;
};

static inline void wake_init(struct wake *w, wake_fn fn)
{
	list_init(&w->node);
	w->fn = fn;
}

void wake_schedule(struct net *net, struct wake *w);

/* The owner of w goes away; harmless when it was not scheduled. */
static inline void wake_cancel(struct wake *w)
{
	list_del_init(&w->node);
}

/* Runs those scheduled up to now; what they schedule runs in the next net_run(). */
void wakes_run(struct net *net);

#endif

/* SPDX-License-Identifier: MIT */
/* How the packets of a list leave together (dev_tx.c). */
#ifndef LINNET_DEVICE_XMIT_BATCH_H
#define LINNET_DEVICE_XMIT_BATCH_H

#include "device/netdevice.h"

/*
 * Frames that a list leaves behind on its way out: dev_queue_xmit() for each, in order, when one
 * for another device comes, when it is full, or when the list is at its end.
 */
#define XMIT_BATCH_MAX 64

struct xmit_batch {
	u32 n;
	struct net_device *dev;		/* of all */
	struct sk_buff *skb[XMIT_BATCH_MAX];
};

static inline void xmit_batch_init(struct xmit_batch *b)
{
	b->n = 0;
	b->dev = NULL;
}

void xmit_batch_flush(struct xmit_batch *b);

/* dev_queue_xmit() of a frame as a batch has them: its device takes it at once where it can. */
int dev_xmit_frame(struct sk_buff *skb);

static inline void xmit_batch_add(struct xmit_batch *b, struct sk_buff *skb)
{
	if (unlikely(b->dev != skb->dev || b->n == XMIT_BATCH_MAX)) {
		xmit_batch_flush(b);
		b->dev = skb->dev;
	}
	b->skb[b->n++] = skb;
}

#endif

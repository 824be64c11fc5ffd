/* SPDX-License-Identifier: MIT */
/* sk_buffs of a card's rings, which charge and free many at a time. */
#ifndef LINNET_BASE_SKB_RING_H
#define LINNET_BASE_SKB_RING_H

#include "base/skbuff.h"

/* build_skb() of a buffer that the ring has charged to this instance: the charge goes with it. */
struct sk_buff *build_charged_skb(struct net *net, struct buf *buf, u32 off, u32 len) __must_check;

/* dev_consume_sent(), but what it returns is still charged, and the caller uncharges it. */
u32 dev_consume_charged(struct sk_buff *skb) __must_check;

#endif

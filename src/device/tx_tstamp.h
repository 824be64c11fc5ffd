/* SPDX-License-Identifier: MIT */
/* SO_TIMESTAMPING: a packet's sender is told where it is. */
#ifndef LINNET_DEVICE_TX_TSTAMP_H
#define LINNET_DEVICE_TX_TSTAMP_H

#include "device/netdevice.h"

/* skb->tx_flags: when it comes to the driver; to the queue */
enum { SKBTX_SW_TSTAMP = 2, SKBTX_SCHED_TSTAMP = 64 };

/* skb is there now; flag: one of these. */
static inline void skb_tstamp_tx(struct sk_buff *skb, u8 flag)
{
	if (unlikely(skb->tx_flags & flag))
		skb->net->dev->tstamp_tx(skb, flag);
}

#endif

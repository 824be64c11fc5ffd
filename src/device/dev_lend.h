/* SPDX-License-Identifier: MIT */
/*
 * A segment is sent out of the sk_buff that its sender keeps in case it is lost: without a clone,
 * by a device that sends at once whatever it is given and that nobody listens at. Its headers are
 * written in its own room; the device knows of them by address only. Such an sk_buff (lent) has two
 * ends, the sender's and the card's, and the second one frees it.
 */
#ifndef LINNET_DEVICE_DEV_LEND_H
#define LINNET_DEVICE_DEV_LEND_H

#include "device/netdevice.h"

/* Whether dev takes a segment so, now. What is asked first, as dev_xmit_lent() does not fail. */
bool dev_may_lend(const struct net_device *dev);

/*
 * Sends hlen bytes at header, MAC header first, and skb's fragment, of which there is one at most.
 * The frame is complete, its checksum too. skb stays the caller's, who must not write another
 * header into it as long as it has skb->lent, and may end it at any time.
 */
void dev_xmit_lent(struct sk_buff *skb, struct net_device *dev, const u8 *header, u32 hlen);

/*
 * As dev_queue_xmit(), for frames that are mostly complete, all in skb's own room, and of which
 * nobody wants to hear: SYNs, ACKs. Such a one is asked about at once and given to the card.
 */
int dev_xmit_room(struct sk_buff *skb);

#endif

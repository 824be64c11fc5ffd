/* SPDX-License-Identifier: MIT */
/*
 * Payload of one packet in another, by reference: fragments of a datagram, the packet that an
 * ICMP error quotes, a frame handed through a veth pair. What stands in a buffer is shared; what
 * stands inside the sk_buff itself (short packets made here) is copied.
 */
#ifndef LINNET_LINK_SKB_SHARE_H
#define LINNET_LINK_SKB_SHARE_H

#include "base/skbuff.h"

/*
 * Appends len bytes of from, starting at off, to `to`, which may belong to another instance on the
 * same thread. 0, -EINVAL (beyond the end), -ENOMEM: `to` may then hold a part of it.
 */
int skb_share_bits(struct sk_buff *to, const struct sk_buff *from, u32 off, u32 len);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The device by which a packet came, as sockets that are bound to one see it. What this machine
 * sent to itself came by the device of its address (dst_entry.iif), not by the loopback device.
 */
#ifndef LINNET_NET_INET_IIF_H
#define LINNET_NET_INET_IIF_H

#include "base/dst.h"
#include "device/netdevice.h"

/* Its index; 0: it has none. */
static inline int inet_iif(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb->dst;

	if (unlikely(dst && dst->iif))
		return dst->iif;
	return skb->dev ? skb->dev->ifindex : 0;
}

#endif

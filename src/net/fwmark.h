/* SPDX-License-Identifier: MIT */
/* The mark of what answers a packet with this one, when no socket has one for it. */
#ifndef LINNET_NET_FWMARK_H
#define LINNET_NET_FWMARK_H

#include "base/netns.h"

static inline u32 ip4_reply_mark(const struct net *net, u32 mark)
{
	return unlikely(net->sysctl.fwmark_reflect) ? mark : 0;
}

static inline u32 ip6_reply_mark(const struct net *net, u32 mark)
{
	return unlikely(net->sysctl.ip6_fwmark_reflect) ? mark : 0;
}

#endif

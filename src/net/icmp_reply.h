/* SPDX-License-Identifier: MIT */
/* A question that becomes its answer: the same packet goes back, its payload where it is. */
#ifndef LINNET_NET_ICMP_REPLY_H
#define LINNET_NET_ICMP_REPLY_H

#include "base/netns.h"
#include "base/skbuff.h"

/* It is one of ours from here on: with an id of its own, and nothing of where it came from. Takes
 * over the reference on dst. */
static inline void icmp_turn_round(struct sk_buff *skb, struct dst_entry *dst, u32 mark)
{
	skb_orphan(skb);
	nf_reset_ct(skb);
	skb_dst_set(skb, dst);
	skb->mark = mark;
	skb->id = net_next_packet_id(skb->net);
	skb->tstamp = 0;
	skb->ip_summed = CHECKSUM_NONE;
	skb->pkt_type = PACKET_HOST;
}

#endif

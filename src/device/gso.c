/* SPDX-License-Identifier: MIT */
/* GSO: a packet for several frames is cut, by reference, where a device or a path wants frames. */
#include "base/skb_share.h"
#include "base/trace.h"
#include "device/gro.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

/* A segment that has skb's first hlen bytes, and nothing behind them yet. */
static struct sk_buff *segment_alloc(const struct sk_buff *skb, u32 hlen)
{
	struct sk_buff *seg = alloc_skb(skb->net, SKB_ROOM);
	u32 room = skb_headroom(skb), shift;

	if (!seg)
		return NULL;
	/* It is a copy of part of another, not a packet made here. */
	seg->net->frames.made--;
	seg->net->frames.cloned++;
	seg->id = skb->id;
	seg->dev = skb->dev;
	seg->tstamp = skb->tstamp;
	seg->protocol = skb->protocol;
	seg->pkt_type = skb->pkt_type;
	seg->hash = skb->hash;
	seg->mark = skb->mark;
	seg->priority = skb->priority;
	seg->queue_mapping = skb->queue_mapping;
	memcpy(seg->cb, skb->cb, sizeof(seg->cb));
	if (skb->dst)
		skb_dst_set(seg, dst_hold(skb->dst));
	skb_reserve(seg, SKB_ROOM - hlen);
	shift = skb_headroom(seg) - room;
	memcpy(skb_put(seg, hlen), skb->data, hlen);
	skb->net->copies.header += hlen;
	seg->mac_header = (u16)(skb->mac_header + shift);
	seg->network_header = (u16)(skb->network_header + shift);
	seg->transport_header = (u16)(skb->transport_header + shift);
	return seg;
}

int skb_segment(struct sk_buff *skb, u32 hlen, struct sk_buff_head *segs)
{
	u32 mss = skb->gso_size, left = skb->len - hlen;

	for (u32 off = hlen; left;) {
		struct sk_buff *seg = segment_alloc(skb, hlen);
		u32 n = min(left, mss);

		if (!seg || skb_share_bits(seg, skb, off, n)) {
			consume_skb(seg);	/* the packet tells of the end of all */
			skb_queue_purge_reason(segs, SKB_CONSUMED);
			return -ENOMEM;
		}
		trace_skb(skb->net, skb_gso_segment, seg, segs->qlen + 1, skb->len - hlen, n);
		skb_queue_tail(segs, seg);
		off += n;
		left -= n;
	}
	return 0;
}

int skb_gso_segment(struct sk_buff *skb, u32 features, struct sk_buff_head *segs)
{
	struct packet_offload *po;

	list_for_each_entry(po, &skb->net->dev->offloads, list)
		if (po->type == skb->protocol)
			return po->gso_segment(skb, features, segs);
	return -EPROTONOSUPPORT;
}

u32 skb_gso_network_seglen(const struct sk_buff *skb)
{
	const u8 *p = skb_network_header(skb);
	u32 at = skb->network_header - skb_headroom(skb), ihl;

	if (!(skb->gso_type & SKB_GSO_TCPV4) || skb_headlen(skb) < at + IPV4_HLEN)
		return UINT32_MAX;
	ihl = iph_hlen((const void *)p);
	if (skb_headlen(skb) < at + ihl + TCP_HLEN)
		return UINT32_MAX;
	return ihl + tcph_hlen((const void *)(p + ihl)) + skb->gso_size;
}

/* SPDX-License-Identifier: MIT */
/* GSO: a packet for several frames is cut, by reference, where a device or a path wants frames. */
#include "base/skb_share.h"
#include "base/trace.h"
#include "device/gro.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

/* Where skb's headers stand in room[]: a copy of skb without what is behind them. */
static struct sk_buff *segment_copy(const struct sk_buff *skb, u32 hlen)
{
	struct net *net = skb->net;
	struct sk_buff *seg = slab_alloc(&net->skb_slab);
	u32 room = skb_headroom(skb);

	if (unlikely(!seg))
		return NULL;
	memcpy(seg, skb, offsetof(struct sk_buff, room));
	seg->next = seg->prev = NULL;
	seg->sk = NULL;
	seg->destructor = NULL;
	seg->truesize = 0;
	seg->frag_list = NULL;
	seg->nr_frags = 0;
	seg->gso_size = seg->gso_segs = 0;
	seg->gso_type = 0;
	seg->csum_valid = false;
	seg->head = seg->room;
	seg->data = seg->room + room;
	seg->tail = room + hlen;
	seg->len = hlen;
	seg->data_len = 0;
	memcpy(seg->data, skb->data, hlen);
	if (seg->dst)
		dst_hold(seg->dst);
	nfct_get(seg->nfct);
	return seg;
}

/* As that, from a buffer that others may hold too. */
static struct sk_buff *segment_new(const struct sk_buff *skb, u32 hlen)
{
	struct sk_buff *seg = alloc_skb(skb->net, SKB_ROOM);
	u32 room = skb_headroom(skb), shift;

	if (!seg)
		return NULL;
	seg->net->frames.made--;
	seg->id = skb->id;
	seg->dev = skb->dev;
	seg->tstamp = skb->tstamp;
	seg->edt = skb->edt;
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
	seg->mac_header = (u16)(skb->mac_header + shift);
	seg->network_header = (u16)(skb->network_header + shift);
	seg->transport_header = (u16)(skb->transport_header + shift);
	return seg;
}

/* A segment that has skb's first hlen bytes, and nothing behind them yet. */
static struct sk_buff *segment_alloc(const struct sk_buff *skb, u32 hlen)
{
	struct sk_buff *seg = likely(!skb->head_buf) ? segment_copy(skb, hlen) :
						       segment_new(skb, hlen);

	if (unlikely(!seg))
		return NULL;
	/* It is a copy of part of another, not a packet made here. */
	skb->net->frames.cloned++;
	skb->net->copies.header += hlen;
	seg->ip_summed = CHECKSUM_NONE;
	return seg;
}

/* The next n bytes of skb's fragments are seg's, too. The charge goes with them, if there is one
 * (that of a clone is its original's) and no owner who is to be told of it. */
static bool share_frags(struct sk_buff *seg, struct sk_buff *skb, struct skb_cursor *at, u32 n)
{
	u32 charge = skb->destructor ? 0 : min(skb->truesize, n);

	skb->truesize -= charge;
	seg->truesize += charge;
	seg->len += n;
	seg->data_len += n;
	while (n) {
		const struct skb_frag *f = &skb->frags[at->frag];
		u32 len = min(n, f->len - at->off);

		seg->frags[seg->nr_frags++] = (struct skb_frag){
			buf_get(f->buf), f->off + at->off, len,
		};
		n -= len;
		at->off += len;
		if (at->off == f->len) {
			at->frag++;
			at->off = 0;
		}
	}
	return true;
}

int skb_segment(struct sk_buff *skb, u32 hlen, struct sk_buff_head *segs)
{
	u32 mss = skb->gso_size, left = skb->len - hlen;
	bool plain = !skb->frag_list && skb_headlen(skb) == hlen;
	struct skb_cursor at = { 0, 0 };

	for (u32 off = hlen; left;) {
		struct sk_buff *seg = segment_alloc(skb, hlen);
		u32 n = min(left, mss);

		if (unlikely(!seg) || !(likely(plain) ? share_frags(seg, skb, &at, n) :
						       !skb_share_bits(seg, skb, off, n))) {
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

static struct packet_offload *offload_of(const struct sk_buff *skb)
{
	struct packet_offload *po;

	list_for_each_entry(po, &skb->net->dev->offloads, list)
		if (po->type == skb->protocol)
			return po;
	return NULL;
}

int skb_gso_segment(struct sk_buff *skb, u32 features, struct sk_buff_head *segs)
{
	const struct packet_offload *po = offload_of(skb);

	return po ? po->gso_segment(skb, features, segs) : -EPROTONOSUPPORT;
}

/* Until the last one has left, the sender's buffer is as full as if none had. */
void skb_gso_pass_owner(struct sk_buff *skb, struct sk_buff *last)
{
	if (!skb->destructor)
		return;
	mem_uncharge(&skb->net->mem, last->truesize);
	last->truesize = skb->truesize;
	last->sk = skb->sk;
	last->destructor = skb->destructor;
	skb->truesize = 0;
	skb->sk = NULL;
	skb->destructor = NULL;
}

/* Bytes from the network header to the transport's; UINT32_MAX: they are not there. */
static u32 network_hlen(const u8 *p, u32 len)
{
	struct ipv6_ext e;

	if (likely(len >= IPV4_HLEN && p[0] >> 4 != 6))
		return iph_hlen((const void *)p);
	if (len < IPV6_HLEN)
		return UINT32_MAX;
	ipv6_ext_start(&e, p[IPV6_NEXTHDR_OFF]);
	return ipv6_skip_exthdr(&e, p, len) || e.frag ? UINT32_MAX : e.off;
}

u32 skb_gso_network_seglen(const struct sk_buff *skb)
{
	const u8 *p = skb_network_header(skb);
	u32 at = skb->network_header - skb_headroom(skb), ihl;

	if (!skb->gso_type || skb_headlen(skb) < at)
		return UINT32_MAX;
	ihl = network_hlen(p, skb_headlen(skb) - at);
	if (unlikely(ihl == UINT32_MAX))
		return ihl;
	if (skb->gso_type & SKB_GSO_UDP_L4)
		return ihl + UDP_HLEN + skb->gso_size;
	if (skb_headlen(skb) < at + ihl + TCP_HLEN)
		return UINT32_MAX;
	return ihl + tcph_hlen((const void *)(p + ihl)) + skb->gso_size;
}

/* ---- frames that are no sk_buffs ---- */

_Static_assert((GSO_FRAMES_MAX + 1) * GSO_HEADER_MAX <= BUF_SIZE_MAX, "all headers fit");

bool skb_gso_plain(const struct sk_buff *skb)
{
	u32 at = skb->network_header - skb_headroom(skb);

	return skb->ip_summed == CHECKSUM_PARTIAL && !skb->frag_list && !skb->head_buf &&
	       skb->nr_frags < MAX_SKB_FRAGS && skb_headlen(skb) <= GSO_HEADER_MAX &&
	       skb->gso_segs && skb->gso_segs <= GSO_FRAMES_MAX &&
	       skb->data_len <= (u32)skb->gso_segs * skb->gso_size &&
	       at + skb_gso_network_seglen(skb) == skb_headlen(skb) + skb->gso_size &&
	       !skb_has_outside(skb);
}

bool skb_gso_headers(struct sk_buff *skb, struct gso_frames *f)
{
	const struct packet_offload *po = offload_of(skb);
	struct buf *buf;

	if (!po || !po->gso_headers)
		return false;
	f->hlen = skb_headlen(skb);
	f->stride = (f->hlen + 15) & ~15u;
	f->segs = (skb->data_len + skb->gso_size - 1) / skb->gso_size;
	buf = buf_alloc(skb->net->bufs, f->segs * f->stride + GSO_HEADER_MAX);
	if (!buf)
		return false;
	if (!skb_add_frag(skb, buf, 0, 0, buf_truesize(buf))) {
		buf_put(buf);
		return false;
	}
	f->buf = buf;
	f->at = buf->data;
	for (u32 i = 0; i < f->segs; i++)
		memcpy(f->at + i * f->stride, skb->data, GSO_HEADER_MAX);
	skb->net->copies.header += f->segs * f->hlen;
	return po->gso_headers(skb, f);
}

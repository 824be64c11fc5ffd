/* SPDX-License-Identifier: MIT */
#include "base/skb_share.h"

#include "base/assert.h"

static int piece_count(void *ctx, const u8 *p, u32 len, struct buf *buf)
{
	u32 *n = ctx;

	(void)p;
	(void)len;
	(void)buf;
	++*n;
	return 0;
}

/* A new buffer for n bytes, filled by the caller, as a fragment of skb. NULL: no memory. */
static u8 *add_new_frag(struct sk_buff *skb, u32 n)
{
	struct buf *b = buf_alloc(skb->net->bufs, n);

	if (!b)
		return NULL;
	if (!skb_add_frag(skb, b, 0, n, buf_truesize(b))) {
		buf_put(b);
		return NULL;
	}
	return b->data;
}

static int piece_share(void *ctx, const u8 *p, u32 len, struct buf *buf)
{
	struct sk_buff *to = ctx;
	u8 *at;

	if (buf && unlikely(buf_is_outside(buf))) {
		container_of(buf, struct buf_outside, b)->copied = true;
		at = add_new_frag(to, len);
		if (!at)
			return -ENOMEM;
		memcpy(at, p, len);
		to->net->copies.user_in += len;
		return 0;
	}
	if (buf) {
		if (skb_add_frag(to, buf_get(buf), (u32)(p - buf->data), len, len))
			return 0;
		buf_put(buf);
		return -ENOMEM;
	}
	if (!to->data_len && skb_tailroom(to) >= len)
		at = skb_put(to, len);
	else
		at = add_new_frag(to, len);
	if (!at)
		return -ENOMEM;
	memcpy(at, p, len);
	to->net->copies.header += len;
	return 0;
}

int skb_share_bits(struct sk_buff *to, const struct sk_buff *from, u32 off, u32 len)
{
	u32 pieces = to->nr_frags;
	u8 *at;

	if (off > from->len || len > from->len - off)
		return -EINVAL;
	if (!len)
		return 0;
	skb_for_each_piece(from, off, len, piece_count, &pieces);
	if (likely(pieces <= MAX_SKB_FRAGS))
		return skb_for_each_piece(from, off, len, piece_share, to);
	/* A packet in more pieces than an sk_buff holds (reassembled from tiny fragments). */
	at = add_new_frag(to, len);
	if (!at)
		return -ENOMEM;
	to->net->copies.linearized += len;
	return skb_copy_bits(from, off, at, len);
}

bool skb_orphan_frags_slow(struct sk_buff *skb)
{
	for (u32 i = 0; i < skb->nr_frags; i++) {
		struct skb_frag *f = &skb->frags[i];
		struct buf *own;

		if (!buf_is_outside(f->buf))
			continue;
		own = buf_alloc(skb->net->bufs, f->len);
		if (!own)
			return false;
		if (!mem_charge(&skb->net->mem, buf_truesize(own))) {
			buf_put(own);
			return false;
		}
		skb->truesize += buf_truesize(own);
		memcpy(own->data, f->buf->data + f->off, f->len);
		skb->net->copies.user_in += f->len;
		container_of(f->buf, struct buf_outside, b)->copied = true;
		buf_put(f->buf);
		*f = (struct skb_frag){ own, 0, f->len };
	}
	return true;
}

bool skb_gather(struct sk_buff *skb)
{
	u32 linear = skb_headlen(skb), n = skb->data_len;
	struct buf *b;

	ln_assert(!skb->destructor);	/* who knows how much it is charged for */
	b = n <= BUF_SIZE_MAX ? buf_alloc(skb->net->bufs, n) : NULL;
	if (!b)
		return false;
	if (!mem_charge(&skb->net->mem, buf_truesize(b))) {
		buf_put(b);
		return false;
	}
	skb_copy_bits(skb, linear, b->data, n);
	skb->net->copies.linearized += n;
	skb_trim(skb, linear);
	skb->frags[skb->nr_frags++] = (struct skb_frag){ b, 0, n };
	skb->len += n;
	skb->data_len += n;
	skb->truesize += buf_truesize(b);
	return true;
}

/* All that is not linear, when it is in fragments of its own. */
static bool share_frags(struct sk_buff *n, const struct sk_buff *skb)
{
	if (!skb->data_len)
		return true;
	if (unlikely(!mem_charge(&n->net->mem, skb->data_len)))
		return false;
	skb_get_frags(n, skb);
	n->nr_frags = skb->nr_frags;
	n->len += skb->data_len;
	n->data_len = skb->data_len;
	n->truesize += skb->data_len;
	return true;
}

static void hand_meta(struct sk_buff *n, const struct sk_buff *skb)
{
	n->id = skb->id;
	n->hash = skb->hash;
	n->tstamp = n->net->now;
	n->gso_size = skb->gso_size;
	n->gso_segs = skb->gso_segs;
	n->gso_type = skb->gso_type;
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		n->ip_summed = CHECKSUM_PARTIAL;
		n->csum_start = (u16)(skb->csum_start - skb_headroom(skb) + skb_headroom(n));
		n->csum_offset = skb->csum_offset;
	}
}

/*
 * The first `len` bytes, at most SKB_ROOM, of the empty n. A header that stands in room[] is copied
 * with what follows it there, a fixed size, which is a few moves and no loop; behind room[] there
 * are frags[] to be read, and n has as much room.
 */
static void hand_header(struct sk_buff *n, const struct sk_buff *skb, u32 len)
{
	u32 headroom = min_t(u32, SKB_HANDOVER_HEADROOM, SKB_ROOM - len);
	u8 *to = n->room + headroom;

	n->data = to;
	n->tail = headroom + len;
	n->len = len;
	_Static_assert(sizeof(skb->frags) >= SKB_HANDOVER_HEADER,
		       "a copy from room[] stays in skb");
	if (likely(!skb->head_buf && len <= SKB_HANDOVER_HEADER))
		memcpy(to, skb->data, SKB_HANDOVER_HEADER);
	else
		memcpy(to, skb->data, len);
	n->net->copies.header += len;
}

struct sk_buff *skb_handover(struct net *net, const struct sk_buff *skb)
{
	u32 headlen = skb_headlen(skb);
	u32 header = min_t(u32, headlen, skb->head_buf ? SKB_HANDOVER_HEADER : SKB_ROOM);
	struct sk_buff *n = alloc_rx_skb(net);
	bool ok;

	if (unlikely(!n)) {
		frame_drop(net, NULL, skb->id, SKB_DROP_REASON_NOMEM, NULL);
		return NULL;
	}
	hand_header(n, skb, header);
	hand_meta(n, skb);
	if (likely(header == headlen && !skb->frag_list && !skb_has_outside(skb)))
		ok = share_frags(n, skb);
	else
		ok = !skb_share_bits(n, skb, header, skb->len - header);
	if (likely(ok))
		return n;
	kfree_skb_reason(n, SKB_DROP_REASON_NOMEM);
	return NULL;
}

#define LINE 64u
#define SMALL_HEADROOM ((LINE - offsetof(struct sk_buff, room) % LINE) % LINE)

_Static_assert(SMALL_HEADROOM + SKB_HANDOVER_HEADER <= SKB_ROOM, "a small frame has room");

struct sk_buff *skb_handover_small(struct net *net, const struct sk_buff *skb)
{
	struct sk_buff *n = alloc_rx_skb(net);

	if (unlikely(!n)) {
		frame_drop(net, NULL, skb->id, SKB_DROP_REASON_NOMEM, NULL);
		return NULL;
	}
	n->data = n->room + SMALL_HEADROOM;
	n->tail = SMALL_HEADROOM + skb->len;
	n->len = skb->len;
	memcpy(n->data, skb->data, SKB_HANDOVER_HEADER);	/* as hand_header() does */
	net->copies.header += skb->len;
	n->id = skb->id;
	n->hash = skb->hash;
	n->tstamp = net->now;
	return n;
}

__noinline struct sk_buff *skb_handover_header(struct net *net, const u8 *header, u32 len,
					       u64 id)
{
	return __skb_handover_header(net, header, len, id);
}

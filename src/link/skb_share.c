/* SPDX-License-Identifier: MIT */
#include "link/skb_share.h"

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

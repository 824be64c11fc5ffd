/* SPDX-License-Identifier: MIT */
/* Reading what is in an sk_buff: walks over its linear part, fragments and list. */
#include "base/assert.h"
#include "base/buf_sum.h"
#include "base/skbuff.h"

/* Inlined into each walk of this file, so that fn is no call there. */
static __always_inline int walk(const struct sk_buff *skb, u32 offset, u32 len, skb_piece_fn fn,
				void *ctx)
{
	u32 linear = skb_headlen(skb);
	int r;

	if (offset < linear && len) {
		u32 n = min(len, linear - offset);

		r = fn(ctx, skb->data + offset, n, skb->head_buf);
		if (r)
			return r;
		len -= n;
		offset += n;
	}
	offset -= min(offset, linear);
	for (u32 i = 0; i < skb->nr_frags && len; i++) {
		const struct skb_frag *f = &skb->frags[i];
		u32 n;

		if (offset >= f->len) {
			offset -= f->len;
			continue;
		}
		n = min(len, f->len - offset);
		r = fn(ctx, f->buf->data + f->off + offset, n, f->buf);
		if (r)
			return r;
		len -= n;
		offset = 0;
	}
	for (const struct sk_buff *l = skb->frag_list; l && len; l = l->next) {
		u32 n;

		if (offset >= l->len) {
			offset -= l->len;
			continue;
		}
		n = min(len, l->len - offset);
		r = skb_for_each_piece(l, offset, n, fn, ctx);
		if (r)
			return r;
		len -= n;
		offset = 0;
	}
	return 0;
}

int skb_for_each_piece(const struct sk_buff *skb, u32 offset, u32 len, skb_piece_fn fn, void *ctx)
{
	return walk(skb, offset, len, fn, ctx);
}

static int piece_copy(void *ctx, const u8 *p, u32 len, struct buf *buf)
{
	u8 **to = ctx;

	(void)buf;
	memcpy(*to, p, len);
	*to += len;
	return 0;
}

int skb_copy_bits(const struct sk_buff *skb, u32 offset, void *to, u32 len)
{
	u8 *at = to;

	if (offset > skb->len || len > skb->len - offset)
		return -EINVAL;
	return walk(skb, offset, len, piece_copy, &at);
}

struct to_iter {
	struct net *net;
	struct iov_iter *it;
	size_t done;
};

static int piece_to_iter(void *ctx, const u8 *p, u32 len, struct buf *buf)
{
	struct to_iter *t = ctx;

	(void)buf;
	t->done += copy_to_iter(t->net, p, len, t->it);
	return 0;
}

/*
 * The bytes from offset on, when all that stands there is in one piece; its length is what is left
 * of skb then. NULL: in several.
 */
static __always_inline const u8 *sole_piece(const struct sk_buff *skb, u32 offset)
{
	u32 linear = skb_headlen(skb);
	const struct skb_frag *f = skb->frags;

	if (!skb->data_len)
		return skb->data + offset;
	if (offset >= linear && skb->nr_frags == 1 && !skb->frag_list)
		return f->buf->data + f->off + (offset - linear);
	return NULL;
}

static __noinline size_t copy_pieces_to_iter(const struct sk_buff *skb, u32 offset, u32 n,
					      struct iov_iter *it)
{
	struct to_iter t = { .net = skb->net, .it = it };

	walk(skb, offset, (u32)min_t(size_t, n, it->count), piece_to_iter, &t);
	return t.done;
}

size_t skb_copy_to_iter_slow(const struct sk_buff *skb, u32 offset, size_t len,
			     struct iov_iter *it)
{
	const u8 *p;
	u32 n;

	if (unlikely(offset >= skb->len))
		return 0;
	n = (u32)min_t(size_t, len, skb->len - offset);
	p = sole_piece(skb, offset);
	return likely(p) ? copy_to_iter(skb->net, p, n, it) :
			   copy_pieces_to_iter(skb, offset, n, it);
}

struct sum {
	wsum sum;
	u32 done;
};

static int piece_sum(void *ctx, const u8 *p, u32 len, struct buf *buf)
{
	struct sum *s = ctx;

	(void)buf;
	if (s->done & 1)
		s->sum = csum_block_add(s->sum, csum_partial(p, len, 0), 1);
	else
		s->sum = csum_partial(p, len, s->sum);
	s->done += len;
	return 0;
}

static __noinline wsum checksum_pieces(const struct sk_buff *skb, u32 offset, u32 len, wsum sum)
{
	struct sum s = { .sum = sum };

	walk(skb, offset, len, piece_sum, &s);
	return s.sum;
}

wsum skb_checksum(const struct sk_buff *skb, u32 offset, u32 len, wsum sum)
{
	u32 linear = skb_headlen(skb), head;
	const struct skb_frag *f = skb->frags;

	/* A whole segment: its header, and its payload in one piece. */
	if (unlikely(len != skb->len - offset || offset > linear || skb->frag_list ||
		     skb->nr_frags > 1))
		return checksum_pieces(skb, offset, len, sum);
	head = linear - offset;
	sum = csum_partial(skb->data + offset, head, sum);
	if (!skb->nr_frags)
		return sum;
	return csum_block_add(sum, csum_partial(f->buf->data + f->off, f->len, 0), head);
}

wsum skb_cursor_csum(const struct sk_buff *skb, struct skb_cursor *at, u32 n)
{
	wsum all = 0, sum;
	u32 done = 0;

	while (done < n) {
		const struct skb_frag *f = &skb->frags[at->frag];
		u32 off = f->off + at->off, len = min(n - done, f->len - at->off);

		if (unlikely(!buf_sum_find(f->buf, off, len, &sum))) {
			sum = csum_partial(f->buf->data + off, len, 0);
			skb->net->copies.summed += len;
		}
		all = done ? csum_block_add(all, sum, done) : sum;
		done += len;
		at->off += len;
		if (at->off == f->len) {
			at->frag++;
			at->off = 0;
		}
	}
	return all;
}

bool skb_checksum_help(struct sk_buff *skb)
{
	u32 start, field;
	be16 check;

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return true;
	start = skb->csum_start - skb_headroom(skb);
	field = start + skb->csum_offset;
	/* Who sent the frame said where, and what he meant may have been cut off since. */
	if (unlikely(start > skb->len || field + 2 > skb->len) ||
	    !pskb_may_pull(skb, field + 2) || !skb_cow_head(skb, 0, field + 2))
		return false;
	check = csum_fold(skb_checksum(skb, start, skb->len - start, 0));
	/* RFC 768: a UDP sum of 0 is sent as all ones; harmless for TCP, where both are right. */
	if (!check)
		check = (be16)0xffff;
	memcpy(skb->data + field, &check, sizeof(check));
	skb->ip_summed = CHECKSUM_NONE;
	return true;
}

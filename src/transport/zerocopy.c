/* SPDX-License-Identifier: MIT */
#include "transport/zerocopy.h"

#include "transport/ip_sockglue.h"

#define PIECE_MAX (1u << 30)	/* an offset into it fits struct skb_frag */

struct zerocopy {
	struct sock *sk;		/* a reference */
	struct sk_buff *note;
	u32 call;
	u32 refs;			/* the call, while it runs, and its pieces */
	bool copied;
	struct zc_piece *piece;		/* the call's current one, a reference; or NULL */
	u32 used;			/* of it */
};

struct zc_piece {
	struct buf_outside o;		/* first */
	struct zerocopy *zc;
};

static void zerocopy_put(struct zerocopy *zc)
{
	struct sock *sk = zc->sk;

	if (--zc->refs)
		return;
	if (zc->note)
		sock_zerocopy_done(sk, zc->note, zc->call, zc->copied);
	mem_free(&sock_net(sk)->mem, zc, sizeof(*zc));
	sock_put(sk);
}

static void piece_release(struct buf_outside *o)
{
	struct zc_piece *piece = container_of(o, struct zc_piece, o);
	struct zerocopy *zc = piece->zc;

	zc->copied |= o->copied;
	mem_free(&sock_net(zc->sk)->mem, piece, sizeof(*piece));
	zerocopy_put(zc);
}

static void piece_end(struct zerocopy *zc)
{
	if (zc->piece)
		buf_put(&zc->piece->o.b);
	zc->piece = NULL;
	zc->used = 0;
}

/* The iterator's current place is in zc->piece. False: no memory. */
static bool piece_get(struct zerocopy *zc, struct iov_iter *it)
{
	struct zc_piece *piece = zc->piece;

	if (piece && zc->used < piece->o.b.size)
		return true;
	piece_end(zc);
	while (it->iov->iov_len == it->off) {	/* empty ones, and those that are through */
		it->iov++;
		it->nr--;
		it->off = 0;
	}
	piece = mem_alloc(&sock_net(zc->sk)->mem, sizeof(*piece));
	if (!piece)
		return false;
	*piece = (struct zc_piece){
		.o = {
			.b = { .refcnt = 1, .class_ = BUF_OUTSIDE,
			       .size = (u32)min_t(size_t, it->iov->iov_len - it->off, PIECE_MAX),
			       .data = (u8 *)it->iov->iov_base + it->off },
			.release = piece_release,
		},
		.zc = zc,
	};
	zc->refs++;
	zc->piece = piece;
	return true;
}

/* As a continuation of the last fragment, or as one more. */
static bool add_piece(struct sk_buff *skb, struct buf *b, u32 off, u32 n)
{
	struct skb_frag *last = skb->nr_frags ? &skb->frags[skb->nr_frags - 1] : NULL;

	if (!last || last->buf != b || last->off + last->len != off) {
		if (skb_add_frag(skb, buf_get(b), off, n, n))
			return true;
		buf_put(b);
		return false;
	}
	if (!mem_charge(&skb->net->mem, n))
		return false;
	last->len += n;
	skb->len += n;
	skb->data_len += n;
	skb->truesize += n;
	return true;
}

u32 zerocopy_append(struct zerocopy *zc, struct sk_buff *skb, struct iov_iter *it, u32 n)
{
	struct buf *b;

	if (!piece_get(zc, it))
		return 0;
	b = &zc->piece->o.b;
	n = min(n, b->size - zc->used);
	if (!add_piece(skb, b, zc->used, n))
		return 0;
	zc->used += n;
	iov_iter_advance(it, n);
	return n;
}

int zerocopy_fill(struct zerocopy *zc, struct sk_buff *skb, struct iov_iter *it, u32 n)
{
	while (n) {
		u32 done = zerocopy_append(zc, skb, it, n);

		if (!done)
			return skb->nr_frags == MAX_SKB_FRAGS ? -EMSGSIZE : -ENOBUFS;
		n -= done;
	}
	return 0;
}

bool zerocopy_in_use(const struct zerocopy *zc)
{
	return zc->refs > 1u + !!zc->piece || (zc->piece && buf_shared(&zc->piece->o.b));
}

void zerocopy_copied(struct zerocopy *zc)
{
	zc->copied = true;
}

struct zerocopy *zerocopy_begin(struct sock *sk, u32 call)
{
	struct net *net = sock_net(sk);
	struct zerocopy *zc;

	if (!sock_zerocopy_room(sk))
		return NULL;
	zc = mem_alloc(&net->mem, sizeof(*zc));
	if (!zc)
		return NULL;
	*zc = (struct zerocopy){ .sk = sk, .call = call, .refs = 1 };
	zc->note = alloc_skb(net, 0);
	if (!zc->note) {
		mem_free(&net->mem, zc, sizeof(*zc));
		return NULL;
	}
	sock_hold(sk);
	return zc;
}

void zerocopy_end(struct zerocopy *zc, bool taken)
{
	piece_end(zc);
	if (!taken) {
		consume_skb(zc->note);
		zc->note = NULL;
	}
	zerocopy_put(zc);
}

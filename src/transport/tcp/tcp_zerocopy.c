/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_zerocopy.h"

#include "transport/ip_sockglue.h"
#include "transport/tcp/tcp_user.h"

#define PIECE_MAX (1u << 30)	/* an offset into it fits struct skb_frag */

struct tcp_zerocopy {
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
	struct tcp_zerocopy *zc;
};

static void zerocopy_put(struct tcp_zerocopy *zc)
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
	struct tcp_zerocopy *zc = piece->zc;

	zc->copied |= o->copied;
	mem_free(&sock_net(zc->sk)->mem, piece, sizeof(*piece));
	zerocopy_put(zc);
}

static void piece_end(struct tcp_zerocopy *zc)
{
	if (zc->piece)
		buf_put(&zc->piece->o.b);
	zc->piece = NULL;
	zc->used = 0;
}

/* The iterator's current place is in zc->piece. False: no memory. */
static bool piece_get(struct tcp_zerocopy *zc, struct iov_iter *it)
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

u32 tcp_zerocopy_append(struct tcp_zerocopy *zc, struct sk_buff *skb, struct iov_iter *it, u32 n)
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

static struct tcp_zerocopy *zerocopy_begin(struct sock *sk)
{
	struct net *net = sock_net(sk);
	struct tcp_cold *cold = tcp_cold_get(tcp_sk(sk));
	struct tcp_zerocopy *zc;

	if (!cold || !sock_zerocopy_room(sk))
		return NULL;
	zc = mem_alloc(&net->mem, sizeof(*zc));
	if (!zc)
		return NULL;
	*zc = (struct tcp_zerocopy){ .sk = sk, .call = cold->zc_calls, .refs = 1 };
	zc->note = alloc_skb(net, 0);
	if (!zc->note) {
		mem_free(&net->mem, zc, sizeof(*zc));
		return NULL;
	}
	sock_hold(sk);
	return zc;
}

int tcp_zerocopy_begin(struct sock *sk, struct msg *msg)
{
	msg->zc = zerocopy_begin(sk);
	return msg->zc ? 0 : -ENOBUFS;
}

void tcp_zerocopy_end(struct sock *sk, struct msg *msg, ptrdiff_t n)
{
	struct tcp_zerocopy *zc = msg->zc;

	msg->zc = NULL;
	piece_end(zc);
	if (n > 0) {
		tcp_cold_get(tcp_sk(sk))->zc_calls++;
	} else {
		/* Nothing was taken: no call to tell about. */
		consume_skb(zc->note);
		zc->note = NULL;
	}
	zerocopy_put(zc);
}

ptrdiff_t tcp_sendmsg_zerocopy(struct sock *sk, struct msg *msg, int flags)
{
	int err = tcp_zerocopy_begin(sk, msg);
	ptrdiff_t n;

	if (err)
		return err;
	n = tcp_sendmsg(sk, msg, flags);
	tcp_zerocopy_end(sk, msg, n);
	return n;
}

/* SPDX-License-Identifier: MIT */
/*
 * ln_recv_borrow(): a packet leaves the socket's queue for the user's hands instead of being copied
 * and freed. It keeps its charges, and a reference on its sock, so that what is out stays bounded
 * by the receive buffer and the budget, until its handle comes back.
 */
#include "socket/socket.h"
#include "transport/ip_sockglue.h"

struct borrow_cb {		/* in skb->cb */
	u32 generation;
	u32 bytes;
};

static struct borrow_cb *borrow_cb(struct sk_buff *skb)
{
	return (struct borrow_cb *)(void *)skb->cb;
}

/* ---- lending ---- */

struct lender {
	struct sock *sk;
	struct ln_rxbuf *bufs;
	unsigned n, used;
	u32 bytes;
};

static int count_piece(void *ctx, const u8 *p, u32 len, struct buf *buf)
{
	(void)p;
	(void)len;
	(void)buf;
	++*(unsigned *)ctx;
	return 0;
}

static int put_piece(void *ctx, const u8 *p, u32 len, struct buf *buf)
{
	struct lender *l = ctx;

	(void)buf;
	l->bufs[l->used++] = (struct ln_rxbuf){ .data = p, .len = len };
	return 0;
}

/* Whoever sent it; a stream's peer is known. */
static struct ln_rxbuf sender(const struct sock *sk, const struct sk_buff *skb)
{
	struct ln_rxbuf b = { .from.sin_family = sk->c.family };

	if (sk->type == LN_SOCK_STREAM)
		return b;
	if (sk->c.family == LN_AF_INET6) {
		b.from6 = inet6_sender(skb);
	} else {
		b.from.sin_addr = inet_rx_cb(skb)->saddr;
		b.from.sin_port = inet_rx_cb(skb)->sport;
	}
	return b;
}

/* Pieces, then handle; room for them is there. */
static void lend(struct lender *l, struct sk_buff *skb, u32 off, u32 id)
{
	struct netns_files *files = sock_net(l->sk)->files;
	const struct ln_rxbuf from = sender(l->sk, skb);
	unsigned first = l->used;
	u32 len = skb->len - off;

	if (len)
		skb_for_each_piece(skb, off, len, put_piece, l);
	else
		l->bufs[l->used++] = (struct ln_rxbuf){ .data = skb->data };
	files->borrow_generation++;
	l->bufs[l->used - 1].handle = (u64)files->borrow_generation << 32 | (id + 1);
	for (; first < l->used; first++)
		l->bufs[first].from6 = from.from6;
	l->sk->prot->borrow->take(l->sk, skb);
	*borrow_cb(skb) = (struct borrow_cb){ files->borrow_generation, len };
	sock_hold(l->sk);
	sock_net(l->sk)->borrowed++;
	l->bytes += len;
}

static int lend_packet(struct lender *l, struct sk_buff *skb, u32 off)
{
	struct net *net = sock_net(l->sk);
	unsigned pieces = 0;
	int id;

	skb_for_each_piece(skb, off, skb->len - off, count_piece, &pieces);
	if (max(pieces, 1u) > l->n - l->used)
		return -EMSGSIZE;
	id = id_alloc(&net->files->borrowed, &net->mem, skb);
	if (id < 0)
		return id == -EMFILE ? -ENOBUFS : id;
	lend(l, skb, off, (u32)id);
	return 0;
}

static ptrdiff_t borrow_from(struct lender *l)
{
	const struct rx_borrow_ops *ops = l->sk->prot->borrow;
	struct sk_buff *skb;
	ptrdiff_t why = 0;
	u32 off;

	while (l->used < l->n && (skb = ops->peek(l->sk, &off, l->used ? NULL : &why))) {
		why = lend_packet(l, skb, off);
		if (why)
			break;
	}
	if (!l->used)
		return why;
	if (ops->end)
		ops->end(l->sk, l->bytes);
	return l->used;
}

LN_API ptrdiff_t ln_recv_borrow(struct ln_net *net, int fd, struct ln_rxbuf *bufs, unsigned n,
				int flags)
{
	int err;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);
	struct lender l = { .bufs = bufs, .n = n };

	if (!sock)
		return err;
	if (!n || n > INT32_MAX || flags & ~LN_MSG_DONTWAIT)
		return -EINVAL;
	if (!bufs)
		return -EFAULT;
	if (sock->ops->family != LN_AF_INET && sock->ops->family != LN_AF_INET6)
		return -EOPNOTSUPP;
	l.sk = socket_sk(sock);
	if (!l.sk)
		return -ENOMEM;
	return l.sk->prot->borrow ? borrow_from(&l) : -EOPNOTSUPP;
}

/* ---- taking back ---- */

/* What it held of its sock goes; the sock's reference is the caller's then. */
static struct sock *take_back(struct net *net, struct sk_buff *skb, u32 id)
{
	struct sock *sk = skb->sk;

	id_free(&net->files->borrowed, id);
	consume_skb(skb);
	return sk;
}

static struct sk_buff *find(struct net *net, u64 handle)
{
	u32 id = (u32)handle - 1;
	struct sk_buff *skb = id < INT32_MAX ? id_lookup(&net->files->borrowed, (int)id) : NULL;

	return skb && borrow_cb(skb)->generation == handle >> 32 ? skb : NULL;
}

static bool return_one(struct net *net, u64 handle)
{
	struct sk_buff *skb = find(net, handle);
	struct sock *sk;
	u32 bytes;

	if (!skb)
		return false;
	bytes = borrow_cb(skb)->bytes;
	sk = take_back(net, skb, (u32)handle - 1);
	net->borrowed--;
	if (sk->prot->borrow->returned)
		sk->prot->borrow->returned(sk, bytes);
	sock_put(sk);
	return true;
}

LN_API int ln_recv_return(struct ln_net *handle, const struct ln_rxbuf *bufs, unsigned n)
{
	struct net *net = net_of(handle);
	int err = 0;

	if (!bufs && n)
		return -EFAULT;
	for (unsigned i = 0; i < n; i++) {
		if (bufs[i].handle && !return_one(net, bufs[i].handle))
			err = -EINVAL;
	}
	return err;
}

void rx_borrow_exit(struct net *net)
{
	struct id_table *t = &net->files->borrowed;

	for (u32 id = 0; t->used && id < t->cap; id++) {
		if (t->slot[id])
			sock_put(take_back(net, t->slot[id], id));
	}
	id_table_exit(t, &net->mem);
}

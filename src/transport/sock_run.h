/* SPDX-License-Identifier: MIT */
/*
 * Datagrams of one socket that are queued, or freed, together: its memory is counted once for all
 * of them, and its reader is woken once.
 */
#ifndef LINNET_TRANSPORT_SOCK_RUN_H
#define LINNET_TRANSPORT_SOCK_RUN_H

#include "base/skb_ring.h"
#include "transport/sock.h"

void sock_rfree(struct sk_buff *skb);	/* destructor of what skb_set_owner_r() charges */

/* What waits to be queued: no longer than a list of packets is handled. */
struct sock_rcv_run {
	struct sock *sk;		/* NULL: none begun */
	struct sk_buff *first, *last;	/* linked by next and prev */
	u32 n, bytes;			/* bytes: of sk->rmem */
};

static inline void sock_rcv_run_begin(struct sock_rcv_run *run, struct sock *sk)
{
	*run = (struct sock_rcv_run){ .sk = sk };
}

static inline bool sock_rcv_run_full(const struct sock_rcv_run *run)
{
	return run->sk->rmem + run->bytes >= run->sk->rcvbuf;
}

/* There is room for it (sock_rcv_run_full()), and it has neither owner nor route. */
static __always_inline void sock_rcv_run_add(struct sock_rcv_run *run, struct sk_buff *skb)
{
	skb->dev = NULL;	/* may be gone before the reader comes */
	skb->sk = run->sk;
	skb->destructor = sock_rfree;
	skb->prev = run->last;
	if (run->last)
		run->last->next = skb;
	else
		run->first = skb;
	run->last = skb;
	run->n++;
	run->bytes += sk_truesize(skb);
}

/* They are in the queue, and the reader is told. */
void sock_rcv_run_end(struct sock_rcv_run *run);

/* What one recvmmsg() has read. */
struct sock_read_run {
	struct skb_bulk bulk;
	u32 bytes;			/* of sk->rmem */
};

static inline void sock_read_run_begin(struct sock_read_run *run)
{
	*run = (struct sock_read_run){ .bytes = 0 };
}

/* Off the queue and read: it is freed, at the end of the run at the latest. */
static __always_inline void sock_read_run_add(struct sock_read_run *run, struct sock *sk,
					      struct sk_buff *skb)
{
	skb_unlink(skb, &sk->receive_queue);
	run->bytes += sk_truesize(skb);
	consume_skb_bulk(sock_net(sk), &run->bulk, skb);
}

static inline void sock_read_run_end(struct sock *sk, struct sock_read_run *run)
{
	if (!run->bytes)
		return;
	sk->rmem -= run->bytes;
	sock_net(sk)->sock->memory -= run->bytes;
	skb_bulk_free(sock_net(sk), &run->bulk);
}

#endif

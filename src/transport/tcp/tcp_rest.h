/* SPDX-License-Identifier: MIT */
/*
 * Connections at rest. An established connection that carries nothing is most of what a server
 * with many clients has, and a tcp_sock is mostly what only a busy one needs: queues, timers, the
 * loss state machine. So after net.ipv4.tcp_rest_ms without traffic (1 s; 0: never) the sock is
 * packed, without loss (tcp_pack.h), into a tcp_rest_sock of 128 to 240 bytes, which takes its
 * place in ehash, at its port and under its struct socket, and the sock is freed.
 *
 *	tcp_sock --- quiet, nothing pending (tcp_may_rest) ---> tcp_rest_sock
 *	tcp_sock <-- a segment or an ICMP error came ---------- tcp_rest_sock
 *		 <-- the user calls ----------------------------
 *		 <-- keepalive is due ---------------------------
 *
 * Nobody can tell: the sock that wakes is the sock that went, but for its cached route, which is
 * looked up again. Listings show a picture of it (tcp_rest_view) and do not wake it; readiness is
 * known without it (writable, nothing to read), so epoll with a million idle connections leaves
 * them alone. Without memory to wake, a segment is dropped (NOMEM; its peer sends again), a call
 * is -ENOMEM, keepalive tries again soon, and the connection lives on.
 *
 * When: each sock that may come to rest stands in a list of the instance, a sock's first look
 * after tcp_rest_ms. One that was used since then is looked at again after as long, so that a look
 * is paid for by the traffic before it; one that something else keeps awake (unread data, data in
 * flight) after twice as long each time, TCP_REST_LEVELS times, and then no more until its timer
 * fires with nothing left to do. Nothing is done per packet, and when all are at rest there is no
 * next event. A run looks at no more than TCP_REST_BATCH.
 *
 * Only for connections that a user holds, whose sock_ops have rest and wake. A keepalive timer that
 * waits goes along in its place among the timers, so that resting does not change what fires first.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_REST_H
#define LINNET_TRANSPORT_TCP_TCP_REST_H

#include "transport/tcp/tcp_sock.h"

#define TCP_REST_BATCH 256u
#define TCP_REST_GRAIN_MS 50u		/* looks that are due within that time are one event */

struct tcp_rest_sock {		/* b.c.state is TCP_REST; behind it the packed sock */
	struct inet_bound b;
	struct socket *socket;
	u8 size_class;		/* of all of the object */
	bool has_timer;		/* it is the second member of a tcp_rest_timed */
	bool has_route;		/* the sock had one */
	u8 packed[];
};

static inline struct tcp_rest_sock *tcp_rest(struct sock_common *c)
{
	return container_of(c, struct tcp_rest_sock, b.c);
}

void tcp_rest_init(struct netns_tcp *ns, struct net *net);
void tcp_rest_exit(struct netns_tcp *ns, struct net *net);

/* sk, which is established, may come to rest when it is quiet; harmless when that is known. */
void tcp_rest_watch(struct sock *sk);
void tcp_rest_unwatch(struct sock *sk);		/* harmless when it is not watched */

/* The sock that sk was, in its old place. NULL: no memory, r is as it was; else r is gone. */
struct sock *tcp_rest_wake(struct tcp_rest_sock *r);

/* The user closes and there is no memory to do it well: the peer gets a RST, r is gone. */
void tcp_rest_abort(struct tcp_rest_sock *r);

/* The instance ends: without a word. */
void tcp_rest_kill(struct tcp_rest_sock *r);

/* What waking would make, to look at only; it owns nothing. */
void tcp_rest_view(const struct tcp_rest_sock *r, struct tcp_sock *tp);

/* When its keepalive is due; KTIME_MAX: never. */
ktime_t tcp_rest_keepalive(const struct tcp_rest_sock *r);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What must hold of TCP's own structures between two runs of an instance, whatever happened to it:
 * the one reader of the internals that all random tests share.
 *
 *	numbers		snd_una <= snd_nxt <= write_seq, copied_seq <= rcv_nxt; the queues cover
 *			exactly what lies between, without gap or overlap
 *	counters	packets, SACKed, lost, retransmitted; lengths of the lists of listeners
 *	scoreboard	marks, runs, the highest SACK and each hint against a full walk; the state
 *			of recovery, undo and RACK (tcp_oracle_sent.c)
 *	memory		each queue's charge, and the sum over all sockets
 *	timers		something runs wherever something waits
 *	window		the right edge that the peer was told never moves back
 *
 * A connection at rest is looked at through its picture.
 */
#ifndef LINNET_TESTS_HARNESS_TCP_ORACLE_H
#define LINNET_TESTS_HARNESS_TCP_ORACLE_H

#include "transport/tcp/tcp_sock.h"

#define TCP_ORACLE_EDGES 1024

struct tcp_oracle_edge {
	u16 num;
	be16 dport;
	u32 iss, irs, edge;
	u32 segs_in, check;	/* the connection then, and when that was */
	u64 cookies;		/* that were taken till then */
	u64 prunes;		/* so often was there no room till then */
	bool may_shrink;
};

struct tcp_oracle {
	/* Does not return. sk: of whom; NULL: of the instance. */
	void (*fail)(void *ctx, const char *what, const struct sock *sk);
	void *ctx;
	struct tcp_oracle_edge edges[TCP_ORACLE_EDGES];	/* told so far, by ports */
	u32 check;		/* how many there were */
	struct tcp_sock view;
};

/* All of the instance. Nothing is changed. */
void tcp_oracle_check(struct tcp_oracle *o, struct net *net);

/* All is closed and the longest time is over: sockets, TIME-WAITs, requests, bytes are 0. */
void tcp_oracle_check_empty(struct tcp_oracle *o, struct net *net);

/* A sock of ehash, or the picture of one at rest; NULL: a mini-socket. */
struct tcp_sock *tcp_oracle_sock(struct sock_common *c, struct tcp_sock *view);

#endif

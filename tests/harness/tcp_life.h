/* SPDX-License-Identifier: MIT */
/*
 * The life of one machine whose TCP is treated badly: segments right, nearly right and wrong to its
 * connections in every state, as server and as client, socket calls of all kinds, ICMP errors,
 * options and sysctls changed meanwhile, memory that fails, time that jumps. Half of the machines
 * have IPv6 too, and sockets of either family. What comes next is drawn from dice: a seed, or the
 * bytes of a fuzzer's input.
 *
 * After each step tcp_oracle_check(). What users read is what the peer sent, in order and once;
 * what the machine sends is what users wrote, at its place, in well-formed segments with right
 * sums. In the end all is closed, and after half an hour and a bit nothing is left.
 */
#ifndef LINNET_TESTS_HARNESS_TCP_LIFE_H
#define LINNET_TESTS_HARNESS_TCP_LIFE_H

#include <linnet/linnet.h>

#include "base/prng.h"
#include "harness/family.h"
#include "harness/tcp_oracle.h"
#include "wire/tcp_opt.h"

#define LIFE_FDS 8
#define LIFE_PORT 8080
#define LIFE_PEER_PORTS 24		/* from 5000 on */
#define LIFE_FLOWS 512
#define LIFE_FRAME_MAX 1600
#define LIFE_REPLAYS 16

struct life_dice {
	struct prng prng;
	const u8 *p, *end;	/* NULL: by prng, without end */
};

struct life_fd {
	int fd;			/* -1: none */
	bool sock6;		/* of AF_INET6 */
	u64 written;		/* bytes of the pattern */
	u32 seq;		/* the next byte to be read, by the peer's numbers */
	bool reading;		/* ... which is known */
};

/* What the peer knows of the numbers of a connection. */
struct life_flow {
	u16 num;
	be16 dport;
	bool v6, known;
	u32 iss;
};

struct life_frame {
	u32 len;
	u8 bytes[LIFE_FRAME_MAX];
};

/* A segment of the peer, to be sent to a local port. */
struct life_seg {
	u16 num;
	be16 dport;
	u32 seq, ack, len;
	u16 win, urg;
	u8 flags;
	u8 opts[TCP_OPTLEN_MAX], opts_len;
	bool v6;
};


struct tcp_life {
	struct ln_net *ln;
	struct net *net;
	struct ln_nic *nic;
	struct life_dice dice;
	s64 now;
	struct life_fd fd[LIFE_FDS];
	struct life_flow flow[LIFE_FLOWS];
	struct life_frame replay[LIFE_REPLAYS];
	struct tcp_oracle oracle;
	struct tcp_sock view;
	u64 seed;		/* told when something fails; 0: an input */
	unsigned step;
	unsigned budget_left;	/* frames that may still be sent at this time */
	bool urgent;		/* some data was, and may be missing in the stream */
	bool ipv6;		/* it has an address */
	bool verbose;		/* each segment is told on stderr */
	bool hold;		/* frames come in without a run in between */
};

/* A whole life; aborts, with a line on stderr, on what must not be. */
void tcp_life_seed(u64 seed, unsigned steps, bool verbose);
void tcp_life_input(const u8 *data, size_t size);

/* ---- inside ---- */

u32 life_below(struct tcp_life *l, u32 n);		/* in [0, n) */
static inline bool life_one_in(struct tcp_life *l, u32 n)
{
	return life_below(l, n) == 0;
}
/* Mostly v, sometimes a little off, sometimes anything. */
u32 life_near(struct tcp_life *l, u32 v);
bool life_over(const struct tcp_life *l);		/* no more dice */
void life_fail(struct tcp_life *l, const char *what, const struct sock *sk);

u8 life_from_peer(u32 seq);	/* the byte that the peer sends with this number */
u8 life_from_user(u64 at);	/* the user's byte of this number */

/* All that is due now. */
void life_run(struct tcp_life *l);
/* A frame arrives. */
void life_frame_in(struct tcp_life *l, const u8 *frame, u32 len);

void life_set_up(struct tcp_life *l);	/* tcp_life_ip.c: addresses, and the peer's */
/* A packet of the peer arrives; and the check of a segment in one. */
void life_send_ip(struct tcp_life *l, bool v6, const u8 *payload, u32 len, u8 protocol);
be16 life_tcp_check(bool v6, const u8 *seg, u32 len);
/* A packet of c could not be delivered, says somebody who may or may not know. */
void life_icmp_error(struct tcp_life *l, const struct sock_common *c, u32 seq);
/* The peer's, as a socket of AF_INET6 (sock6) or AF_INET names it. Return: its length. */
u32 life_peer(bool v6, bool sock6, u16 port, union family_sockaddr *a);

void life_segment(struct tcp_life *l);	/* tcp_life_seg.c: one or some of any kind */
void life_frame_out(struct tcp_life *l, const u8 *frame, u32 len);
void life_call(struct tcp_life *l);	/* tcp_life_call.c */
void life_sysctl(struct tcp_life *l);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * One machine and a mob: peers of any address who send it what they like, and one good client, a
 * machine of its own on another cable, who must still be served.
 *
 *	struct tcp_mob *m = tcp_mob_new(&(struct tcp_mob_params){ .mem_budget = 4 << 20 });
 *	struct mob_conn *c = mob_connect(m, "mss 48,sackOK");	the mob's end of a connection
 *	mob_send(m, c, TCPHDR_ACK, 0, NULL);			... as its numbers stand
 *	tcp_mob_good(m, 100000)					the good client gets through
 *	tcp_mob_end(m);						no frame lost, no byte leaked
 *
 * The machine listens on MOB_PORT (it accepts in tcp_mob_settle, _run and _good); what it sends to
 * the mob is looked at (numbers are kept up) and given to on_segment, which may answer. What it
 * accepts from the mob lies in fd[] for the test.
 */
#ifndef LINNET_TESTS_HARNESS_TCP_MOB_H
#define LINNET_TESTS_HARNESS_TCP_MOB_H

#include <linnet/linnet.h>

#include "base/netns.h"
#include "base/prng.h"
#include "harness/tcp_oracle.h"
#include "wire/ipv4.h"
#include "wire/tcp_opt.h"

#define MOB_PORT 80
#define MOB_CONNS 4096
#define MOB_FIRST_PORT 2000		/* of the mob's; connection n has this + n */

struct tcp_mob;

/* A connection as the mob sees it. */
struct mob_conn {
	u16 port;
	u32 seq;		/* next to send */
	u32 ack;		/* what the machine sent in order */
	u32 una;		/* what it acknowledged */
	u32 win;		/* unscaled, of its last segment */
	u32 ts_val;		/* its last timestamp; 0: none */
	u32 ts_off;		/* of the mob's clock, which its SYN began, from the time in ms */
	u8 wscale;
	bool open, fin, rst;
	u32 segs;		/* that it sent */
};

struct mob_seg {		/* raw, of anybody */
	be32 addr;		/* 0: the mob's own */
	u16 port, to;		/* its port; the machine's (0: MOB_PORT) */
	u32 seq, ack, len;
	u16 win, urg;
	u8 flags, opts_len;
	u8 opts[TCP_OPTLEN_MAX];
};

struct tcp_mob_params {
	size_t mem_budget;
	u64 seed;
	s64 start_ns;
	int backlog;			/* 0 = 128 */
	void (*setup)(struct net *net);
};

struct tcp_mob {
	struct ln_net *ln, *good;
	struct net *net;
	struct ln_nic *nic, *side, *good_nic;
	s64 now;
	struct prng prng;
	struct tcp_oracle oracle;
	int listener;
	int fd[MOB_CONNS];		/* accepted from the mob, in order */
	unsigned fds;
	struct mob_conn conn[MOB_CONNS];
	unsigned conns;
	u16 win;			/* that the mob advertises */
	bool running;
	u64 sent, received;		/* frames by the machine to the mob; by the mob */
	size_t peak;			/* of memory used, since it was last set */
	/* After conn (NULL: nobody's) was brought up to date. May be NULL. */
	void (*on_segment)(struct tcp_mob *m, struct mob_conn *conn, const struct tcp_view *v,
			   u32 len);
	void *ctx;
};

struct tcp_mob *tcp_mob_new(const struct tcp_mob_params *params);
void tcp_mob_end(struct tcp_mob *m);

/* Lets it run until all is done that is due, or for so long. */
void tcp_mob_settle(struct tcp_mob *m);
void tcp_mob_run(struct tcp_mob *m, double seconds);
/* The oracle; and peak. */
void tcp_mob_check(struct tcp_mob *m);

/* A segment of c by its numbers, which move on; how: its options, NULL: a timestamp if agreed. */
void mob_send(struct tcp_mob *m, struct mob_conn *c, u8 flags, u32 len, const struct mob_seg *how);
/* Anything of anybody, as it stands. */
void mob_send_raw(struct tcp_mob *m, const struct mob_seg *s);
/* An IP packet of the mob: header and all. */
void mob_send_ip(struct tcp_mob *m, const struct ipv4_view *ip, const u8 *payload, u32 len);
/* An ICMP unreachable (code, mtu) that quotes a segment of the machine to c from `seq` on. */
void mob_icmp(struct tcp_mob *m, const struct mob_conn *c, u8 code, u16 mtu, u32 seq);

/* Options in bytes: each adds to s. */
void mob_opt(struct mob_seg *s, const void *bytes, u32 len);
void mob_opt_mss(struct mob_seg *s, u16 mss);
void mob_opt_ts(struct mob_seg *s, u32 val, u32 ecr);
void mob_opt_sack(struct mob_seg *s, const struct tcp_sack_block *b, unsigned n);

/* A handshake, to its end; what the SYN says beside flags: s (NULL: nothing). Return: the mob's
 * end; NULL: it was not answered. */
struct mob_conn *mob_connect(struct tcp_mob *m, const struct mob_seg *s);

/* The good client connects, sends n bytes, gets them back, closes. Return: virtual seconds; fails
 * the test when that takes more than limit_s. */
double tcp_mob_good(struct tcp_mob *m, size_t n, double limit_s);

#endif

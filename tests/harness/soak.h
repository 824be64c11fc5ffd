/* SPDX-License-Identifier: MIT */
/*
 * Whole networks drawn from a seed: two to ten hosts on cables, switches and a chain of routers;
 * links of any rate that lose (each for itself or in bursts), delay, reorder, double and damage
 * frames; cables pulled, MTUs lowered, delays that leap, budgets that shrink; routers that track,
 * translate, drop what is invalid or take a flow table; disciplines; settings and options of TCP at
 * random; and transfers between the hosts, both ways at once, by readers who stop, peek or borrow
 * and writers of all sizes. Half of the networks have IPv6 too; a socket of either family carries
 * IPv4.
 *
 * Every transfer ends: whole, each byte of it right, or (where the world was bad enough) with an
 * error that says so. While it runs the oracle looks at each host, and at the end nothing is left:
 * no socket, no frame unaccounted for, no byte. A seed is the same run again.
 */
#ifndef LINNET_TESTS_HARNESS_SOAK_H
#define LINNET_TESTS_HARNESS_SOAK_H

#include "app/util/text.h"
#include "base/prng.h"
#include "harness/tcp_oracle.h"
#include "lab/lab.h"
#include "wire/ip6_addr.h"

#define SOAK_HOSTS_MAX 10
#define SOAK_LANS_MAX 4
#define SOAK_FLOWS_MAX 16
#define SOAK_ACTIONS_MAX 24

struct soak;

struct soak_host {
	struct soak *soak;
	struct lab_node *node;
	struct net *net;
	struct tcp_oracle oracle;
	be32 addr;
	struct ip6_addr addr6;
	unsigned lan;
	char name[16];
};

/* One side of a transfer. */
struct soak_end {
	struct soak_flow *flow;
	struct soak_host *host;
	struct prng prng;		/* of its user */
	int fd;
	s64 timer;			/* 0: none */
	u64 to_write, written, to_read, read;
	u32 chunk;
	u8 salt;
	bool shut, got_end, closed;
	unsigned breaks;		/* that its reader may still take */
	int err;			/* negative: what its connection ended with */
};

enum soak_sign { SOAK_PLAIN, SOAK_MD5, SOAK_AO };

struct soak_flow {
	struct soak *soak;
	struct soak_end end[2];		/* client, server */
	enum soak_sign sign;
	int listener;
	unsigned tries;			/* of the client to get a socket */
	s64 begins, ended;		/* 0: not yet */
	u16 port;
	bool ipv6;			/* on the wire */
	bool sock6[2];			/* sockets of AF_INET6: client, listener */
};

enum soak_what { SOAK_LINK, SOAK_MTU, SOAK_DELAY, SOAK_BUDGET, SOAK_SYSCTL };

struct soak_action {
	s64 at, back;			/* when, and when it is undone */
	enum soak_what what;
	u32 which;			/* link or host */
	u64 value, old;
	bool begun;
};

struct soak {
	u64 seed;
	struct prng prng;
	struct text yaml;
	struct topo *topo;
	struct lab *lab;
	struct soak_host host[SOAK_HOSTS_MAX];
	unsigned hosts, lans;
	struct soak_flow flow[SOAK_FLOWS_MAX];
	unsigned flows;
	struct soak_action action[SOAK_ACTIONS_MAX];
	unsigned actions;
	bool ipv6;			/* hosts and routers have it */
	bool lossy;			/* connections may time out */
	bool poor;			/* ... and calls find no memory */
	bool nat;			/* a server may not see who asks */
	bool mangled;			/* a SYN's options may be others on the way */
	u64 events;
	u64 bytes;			/* read in all transfers ... */
	s64 moved;			/* ... and when the last of them was */
};

struct soak_result {
	u64 hash;			/* of all counters, times and outcomes */
	u64 bytes, frames;
	unsigned flows, failed;		/* transfers; of these, that ended with an error */
	double virtual_s;
};

/* Runs a seed; on what must not be: a line on stderr, the lab as a file, abort(). pcap: begun, gets
 * the frames of every card; or NULL. */
void soak_run(u64 seed, struct pcapng *pcap, struct soak_result *res);

/* ---- inside ---- */

void soak_fail(const struct soak *s, const char *format, ...) __printf(2, 3);
static inline u32 soak_below(struct soak *s, u32 n)
{
	return prng_below(&s->prng, n);
}
static inline bool soak_one_in(struct soak *s, u32 n)
{
	return soak_below(s, n) == 0;
}

void soak_draw_topo(struct soak *s);	/* soak_topo.c: yaml, hosts, what is bad about it */
void soak_draw_sysctls(struct soak *s, struct net *net);
void soak_draw_actions(struct soak *s);
void soak_act(struct soak *s);		/* what is due by now */
s64 soak_next_action(const struct soak *s);

void soak_draw_card(struct soak *s);	/* soak_rules.c */
void soak_draw_rules(struct soak *s, unsigned router);

/* Keys for what goes to and comes from that peer; negative: an error of ln_setsockopt(). */
int soak_sign(const struct soak_flow *f, struct ln_net *ln, int fd, const void *peer, u32 len,
	      bool ipv6);		/* soak_auth.c */

void soak_draw_flows(struct soak *s);	/* soak_flow.c */
void soak_begin_flows(struct soak *s);
bool soak_flows_run(const struct soak *s);
u64 soak_bytes_read(const struct soak *s);
void soak_end_flows(struct soak *s);	/* judges and closes them */

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What is remembered of a destination after its connections are gone (Linux's tcp_metrics): RTT,
 * windows and reordering; for Fast Open its cookie, its MSS, and whether the option's older form is
 * to be tried. An entry is for a pair of addresses; what its route says of rtt, cwnd and their like
 * is where it begins. The table is made when there is something to remember; TCP_METRICS_MAX
 * entries at most: the one that was used longest ago makes room.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_METRICS_H
#define LINNET_TRANSPORT_TCP_TCP_METRICS_H

#include "base/ktime.h"
#include "base/list.h"
#include "base/netns.h"
#include "wire/ip6_addr.h"
#include "wire/tcp_opt.h"

struct sk_buff;
struct sock;

#define TCP_METRICS_MAX 1024u
#define TCP_METRICS_HASH 256u

#define TCP_METRICS_TIMEOUT (3600 * NSEC_PER_SEC)	/* then the route says it anew */

/* us times 8, us times 4, packets; 0: not known */
enum tcp_metric {
	TCP_METRIC_RTT, TCP_METRIC_RTTVAR, TCP_METRIC_SSTHRESH, TCP_METRIC_CWND,
	TCP_METRIC_REORDERING, TCP_METRIC_N,
};

struct tcp_metrics {
	struct hlist_node node;
	struct list_head lru;		/* of tcp_metrics_table, least recently used first */
	struct ip6_addr saddr, daddr;	/* IPv4's are mapped */
	ktime_t stamp;			/* when a connection left something, or the route */
	u32 val[TCP_METRIC_N];
	u8 lock;			/* BIT() of those that the route holds */
	bool from_route;
	ktime_t last_syn_loss;
	u32 syn_loss;			/* SYNs with data lost in a row */
	u16 mss;			/* 0: not known */
	u8 try_exp;			/* 1: ask in the experiment's form; 2: that failed too */
	struct tcp_fastopen_cookie cookie;
};

struct tcp_metrics_table {
	struct hlist_head hash[TCP_METRICS_HASH];
	struct list_head lru;
	u32 n;
};

/* What is known of the pair, or NULL. */
struct tcp_metrics *tcp_metrics_get(struct net *net, const struct ip6_addr *saddr,
				    const struct ip6_addr *daddr);
/* The same, made if there is none. NULL: no memory. */
struct tcp_metrics *tcp_metrics_make(struct net *net, const struct ip6_addr *saddr,
				     const struct ip6_addr *daddr);
/* Forgets what is known of daddr, or, with NULL, everything. Return: how many entries. */
u32 tcp_metrics_flush(struct net *net, const struct ip6_addr *daddr);
void tcp_metrics_exit(struct net *net);

/* A connection is established; it ends in order (tcp_metrics_sk.c). */
void tcp_init_metrics(struct sock *sk);
void tcp_update_metrics(struct sock *sk);
/* An earlier connection measured a round trip to the sender of skb. */
bool tcp_peer_is_proven(const struct sk_buff *skb);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What is remembered of a destination after its connections are gone (Linux's tcp_metrics): for
 * Fast Open its cookie, its MSS, and whether the option's older form is to be tried. An entry is
 * for a pair of addresses. The table is made when there is something to remember; TCP_METRICS_MAX
 * entries at most: the one that was used longest ago makes room.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_METRICS_H
#define LINNET_TRANSPORT_TCP_TCP_METRICS_H

#include "base/ktime.h"
#include "base/list.h"
#include "base/netns.h"
#include "wire/ip6_addr.h"
#include "wire/tcp_opt.h"

#define TCP_METRICS_MAX 1024u
#define TCP_METRICS_HASH 256u

struct tcp_metrics {
	struct hlist_node node;
	struct list_head lru;		/* of tcp_metrics_table, least recently used first */
	struct ip6_addr saddr, daddr;	/* IPv4's are mapped */
	ktime_t stamp;			/* last used */
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

#endif

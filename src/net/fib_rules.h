/* SPDX-License-Identifier: MIT */
/*
 * Which table is asked for whom (ip rule), for either family: a list in order of preference. A
 * rule whose conditions all hold sends the lookup to its table, refuses, or jumps; a table without
 * an answer, or a throw route, lets the next rule speak.
 *
 * An instance with the rules that come by themselves does not look at them: its family's fib has
 * a fast path for that case. Addresses are words in network byte order: one, or four for IPv6.
 */
#ifndef LINNET_NET_FIB_RULES_H
#define LINNET_NET_FIB_RULES_H

#include "base/list.h"
#include "base/mem.h"
#include "base/netns.h"

#define FIB_RULES_MAX 8192
#define FIB_RULE_WORDS 4
#define FIB_RULE_IFNAME 16

enum {		/* Linux's numbers */
	FR_ACT_TO_TBL = 1, FR_ACT_GOTO = 2, FR_ACT_NOP = 3, FR_ACT_BLACKHOLE = 6,
	FR_ACT_UNREACHABLE = 7, FR_ACT_PROHIBIT = 8,
};

struct fib_port_range {
	u16 start, end;		/* 0, 0: any */
};

struct fib_rule {
	struct list_head list;
	u32 pref, table;
	u32 target;			/* FR_ACT_GOTO: the preference to go on at */
	u32 mark, mark_mask;		/* mask 0: any */
	be32 src[FIB_RULE_WORDS], dst[FIB_RULE_WORDS];
	u8 src_len, dst_len;
	u8 action, tos, ipproto, protocol;
	bool invert, has_pref;		/* without one it goes before the first but 0 */
	s16 suppress_prefixlen;		/* answers so long or shorter do not count; -1: all do */
	struct fib_port_range sport, dport;
	char iif[FIB_RULE_IFNAME], oif[FIB_RULE_IFNAME];	/* "": any */
};

struct fib_rules {
	struct net *net;
	struct list_head list;
	u32 count;
	u8 words;			/* of an address: 1 or 4 */
	bool custom;			/* others than those that come by themselves */
};

struct fib_rule_flow {			/* what the conditions are about */
	const be32 *src, *dst;
	int iif, oif;			/* iif 0: a packet made here, "lo" to rules */
	u32 mark;
	u8 tos, proto;
	be16 sport, dport;
};

/* With the default rules: local, main and, for IPv4, default. -ENOMEM. */
int fib_rules_init(struct fib_rules *rules, struct net *net, u8 words);
void fib_rules_exit(struct fib_rules *rules);

/* A copy of r is entered behind those of its preference. -EEXIST, -EINVAL, -ENOSPC, -ENOMEM. */
int fib_rule_add(struct fib_rules *rules, const struct fib_rule *r);
/* The first one that says all that r does; fields that are not set match any. -ENOENT. */
int fib_rule_del(struct fib_rules *rules, const struct fib_rule *r);
bool fib_rule_matches(const struct fib_rule *r, const struct fib_rule *asked);
/* All that say what asked does, but for those of preference 0. */
void fib_rules_flush(struct fib_rules *rules, const struct fib_rule *asked);

/* Is there one to go to? Otherwise the rule is passed over. */
bool fib_rule_resolved(const struct fib_rules *rules, const struct fib_rule *r);
bool fib_rule_has_device(const struct net *net, const char *name);

/*
 * Asks the tables that the rules name, by ask(ctx, rule): 0: found; -EAGAIN: the next rule; other
 * errors end it. -ENETUNREACH when nobody answers, -EINVAL (blackhole), -EACCES (prohibit).
 */
int fib_rules_lookup(const struct fib_rules *rules, const struct fib_rule_flow *fl,
		     int (*ask)(void *ctx, const struct fib_rule *r), void *ctx);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * nftables (row I6): what rules are made of, how they are changed, how a packet meets them. The
 * language is in ctl/ (nft_parse.c, nft_print.c); everything here is as that reads and writes it,
 * so what is listed can be loaded again.
 *
 *	table -- chain -- rule -- stmt: match, counter, verdict ...
 *	      `- set      (at a hook, or called)
 *
 * A base chain stands at a hook with a priority. The packet meets its rules in order, each rule's
 * statements in order; a match that fails, or that asks for what the packet has not (the port of
 * ICMP), ends the rule. accept ends the chain at this hook, drop ends the packet. Who falls off
 * the end gets the base chain's policy.
 *
 * A match takes the packet's fields into a key of up to 64 bytes, numbers in network order so that
 * they compare as bytes, and compares it with a value, a range, a mask, or looks it up in a set:
 * a hash table, or, with intervals, an array that is searched by halves, or, with several of them
 * in a key, a tree (nft_set_concat.h). A map gives a value for it, or a verdict.
 *
 * Changes are made in transactions: each is done at once and written down (struct nft_trans); when
 * one fails, all before it are undone, and no packet has seen any of it.
 *
 * Not there: families arp and bridge, egress; objects but counters, quotas, limits and helpers,
 * sets of timeouts shorter than a second.
 */
#ifndef LINNET_NET_NETFILTER_NFT_H
#define LINNET_NET_NETFILTER_NFT_H

#include "device/netdevice.h"
#include "net/netfilter/nf_flow_table.h"
#include "net/netfilter/nf_nat.h"
#include "net/netfilter/nft_set.h"

#define NFT_JUMPS_MAX 16

enum nft_family { NFT_INET, NFT_IP, NFT_IP6, NFT_NETDEV, NFT_FAMILIES };

#define NFT_DEVICES_MAX 16		/* of a chain at ingress */

enum nft_op { NFT_OP_EQ, NFT_OP_NEQ, NFT_OP_LT, NFT_OP_LE, NFT_OP_GT, NFT_OP_GE,
	      NFT_OP_ANY };	/* of the bits given at least one is set ("tcp flags syn,ack") */

enum nft_rhs { NFT_RHS_VALUE, NFT_RHS_RANGE, NFT_RHS_PREFIX, NFT_RHS_SET };

struct nft_match {
	struct nft_key key;
	u8 op;				/* enum nft_op */
	u8 rhs;				/* enum nft_rhs */
	u8 plen;			/* NFT_RHS_PREFIX: bits */
	u8 a[NFT_KEY_MAX];		/* the value, the range's first */
	u8 b[NFT_VALUE_MAX];		/* the range's last */
	struct nft_set *set;
};

enum nft_expr_kind { NFT_EXPR_NONE, NFT_EXPR_VALUE, NFT_EXPR_RANGE, NFT_EXPR_KEY, NFT_EXPR_MAP };

struct nft_expr {			/* where a statement's value comes from */
	u8 kind, type, len;
	u8 plen;			/* of a RANGE that was written as a prefix; 0: was not */
	u8 a[NFT_VALUE_MAX], b[NFT_VALUE_MAX];
	struct nft_key key;		/* KEY, MAP */
	struct nft_set *set;		/* MAP */
};

enum nft_nat_kind { NFT_NAT_SNAT, NFT_NAT_DNAT, NFT_NAT_MASQUERADE, NFT_NAT_REDIRECT };

enum nft_stmt_kind { NFT_STMT_MATCH, NFT_STMT_VMAP, NFT_STMT_VERDICT, NFT_STMT_COUNTER,
		     NFT_STMT_QUOTA, NFT_STMT_LIMIT, NFT_STMT_LOG, NFT_STMT_REJECT, NFT_STMT_NAT,
		     NFT_STMT_SET, NFT_STMT_NOTRACK, NFT_STMT_DYNSET, NFT_STMT_OBJREF,
		     NFT_STMT_OBJMAP, NFT_STMT_CONNLIMIT, NFT_STMT_FLOW,
		     NFT_STMT_CT_HELPER /* an object alone */ };

/* Linux's bits */
enum { NFT_LOG_TCPSEQ = 1, NFT_LOG_TCPOPT = 2, NFT_LOG_IPOPT = 4, NFT_LOG_UID = 8,
       NFT_LOG_ETHER = 32, NFT_LOG_ALL = 47 };

enum nft_reject { NFT_REJECT_ICMP, NFT_REJECT_TCP_RST, NFT_REJECT_ICMPX, NFT_REJECT_ICMPV6 };

struct nft_stmt {
	struct nft_stmt *next;
	u8 kind;			/* enum nft_stmt_kind */
	bool implied;			/* nobody wrote it: what another one needs */
	u32 counted;			/* numgen inc */
	union {
		struct nft_match match;
		struct { struct nft_key key; struct nft_set *set; } vmap;	/* OBJMAP, too */
		struct nft_verdict verdict;
		struct nft_counter counter;
		struct nft_quota quota;
		struct nft_limit limit;
		struct nft_connlimit connlimit;
		struct {
			char prefix[NFT_COMMENT_MAX];
			u8 level, flags;	/* 0 emerg .. 7 debug, 8 audit; NFT_LOG_* */
			s32 group;		/* -1: none */
			u32 snaplen, threshold;
		} log;
		struct { u8 type, code; bool plain; } reject;
		/* l3: 4 or 6, whose packets it is for, 0 both; family: lists say so */
		struct {
			u8 kind, l3;
			bool family;
			bool prefix;	/* the host's bits stay (netmap) */
			u32 flags;
			struct nft_expr addr, port;
		} nat;
		struct { const struct nft_selector *to; struct nft_expr value; } set;
		struct {
			u8 op;		/* 0 add, 1 update, 2 delete */
			struct nft_key key;
			struct nft_set *set;
			s64 timeout;
			struct nft_stats stats;	/* of an element that it adds */
		} dynset;
		/* l3: 4 or 6, whose connections it is for, 0 both */
		struct { const struct nf_conntrack_helper *of; u8 l3; } helper;
		struct nft_obj *obj;
		struct nft_flowtable *flowtable;
	};
};

struct nft_obj {			/* a counter, quota, limit, helper with a name */
	struct list_head list;		/* of the table */
	struct nft_table *table;
	char name[NFT_NAME_MAX];
	char *comment;
	u64 handle;
	u32 use;			/* statements that refer to it */
	struct nft_stmt stmt;		/* as a rule has it */
};

struct nft_rule {
	struct list_head list;
	struct nft_insn *insns;		/* of its statements: nft_prog.h */
	u32 ninsns;
	struct nft_chain *chain;
	u64 handle;
	char *comment;
	u32 tracks;			/* families of which it holds nf_ct_netns_get() */
	struct nft_stmt *stmts;
};

enum nft_chain_type { NFT_CHAIN_FILTER, NFT_CHAIN_ROUTE, NFT_CHAIN_NAT };

struct nft_device {			/* at which a chain or a flowtable stands */
	char name[16];
	struct net_device *dev;		/* NULL: it is gone */
	struct nf_hook_ops ops;
};

struct nft_devices {
	u8 n;
	bool hooked;
	struct nft_device *at;		/* NFT_DEVICES_MAX of them, or NULL */
	struct nf_hook_ops ops;		/* as each gets it */
};

struct nft_chain {
	struct list_head list;		/* of the table */
	struct nft_table *table;
	char name[NFT_NAME_MAX];
	char *comment;
	u64 handle;
	u32 use;			/* jumps to it */
	bool base, policy_drop;
	u8 type;			/* enum nft_chain_type */
	u8 hook;			/* enum nf_inet_hooks */
	struct nft_devices devices;	/* at ingress */
	s32 priority;
	struct nf_hook_ops ops[NFPROTO_NUM];
	struct list_head rules;
	u8 visiting, deepest;		/* nft_check() */
};

struct nft_flowtable {			/* nft_flow.h */
	struct list_head list;		/* of the table */
	struct nft_table *table;
	char name[NFT_NAME_MAX];
	u64 handle;
	u32 use;			/* rules that give connections to it */
	s32 priority;
	struct nft_devices devices;
	struct nf_flowtable flows;
};

struct nft_table {
	struct list_head list;
	struct net *net;
	char name[NFT_NAME_MAX];
	char *comment;
	u8 family;			/* enum nft_family */
	bool dormant;
	u64 handle, next_handle;
	u32 next_anonymous;
	struct list_head chains, sets, objs, flowtables;
};

struct netns_nft {
	struct list_head tables;
	u64 next_handle;
	struct list_head trans;		/* of the transaction that is being made */
	struct list_head meters;	/* nft_set.list of those that rules have to themselves */
	struct timer gc;		/* of elements past their time */
	struct notifier_block notifier;	/* devices come and go */
	struct net *net;
};

/* Elements have times: who is past his goes within a second. */
void nft_gc_arm(struct net *net);

/* One statement. NFT_CONTINUE: the next one; NFT_BREAK: the next rule; else a verdict. */
void nft_statement(struct nft_stmt *st, const struct nft_pkt *p, struct nft_verdict *v);
enum nf_verdict nft_do_chain(struct nft_chain *base, struct sk_buff *skb,
			     const struct nf_hook_state *state);
/* nf_hook_ops.look of a base chain: the same of what is no packet yet. */
enum nf_verdict nft_look(void *base, struct nf_straight *s, const struct nf_hook_state *state);

#endif

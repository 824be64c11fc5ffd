/* SPDX-License-Identifier: MIT */
/*
 * What counts or allows by itself: of a rule, of an object with a name, and of each element of a
 * set ("update @s { ip saddr limit rate 5/second }", "set s { type ipv4_addr; counter quota 1
 * mbytes; }"). An element has up to two; its own begin anew with it.
 */
#ifndef LINNET_NET_NETFILTER_NFT_STAT_H
#define LINNET_NET_NETFILTER_NFT_STAT_H

#include "net/netfilter/nft_select.h"

#define NFT_STATS_MAX 2		/* of an element */

enum nft_code { NFT_CONTINUE, NFT_BREAK, NFT_ACCEPT, NFT_DROP, NFT_JUMP, NFT_GOTO, NFT_RETURN };

struct nft_counter {
	u64 packets, bytes;
};

/* One packet more. */
static __always_inline void nft_count(const struct nft_pkt *p, u64 *packets, u64 *bytes)
{
	if (p->straight) {
		nf_straight_count(p->straight, packets, bytes);
		return;
	}
	++*packets;
	*bytes += p->skb->len;
}

struct nft_quota {
	u64 bytes, used;
	bool over;
};

struct nft_limit {
	u64 rate;			/* packets, or bytes, */
	s64 per;			/* in so many ns */
	u64 burst;
	bool over, of_bytes;
	u64 tokens, tokens_max;		/* saved up, in ns */
	ktime_t last;
};

/*
 * ct count: the connections that came by and are not over (RFC 9293: TIME-WAIT and CLOSED are
 * over). Each packet looks whether they are still there, as Linux's nf_conncount does.
 */
struct nft_connlimit {
	u32 limit;
	bool over;
	u32 n, cap;
	struct nf_conntrack_tuple *seen;
};

struct nft_stat {
	u8 kind;			/* enum nft_stmt_kind: COUNTER, QUOTA, LIMIT, CONNLIMIT */
	union {
		struct nft_counter counter;
		struct nft_quota quota;
		struct nft_limit limit;
		struct nft_connlimit connlimit;
	};
};

struct nft_stats {			/* up to two of them; none: of == NULL */
	struct nft_stat *of;
	u8 n;
};

/* rate, per, burst and of_bytes are set: it begins full. */
/* Its burst at its rate is a time that can be counted; else Linux says EOVERFLOW. */
bool nft_limit_fits(const struct nft_limit *l);
void nft_limit_init(struct nft_limit *l, ktime_t now);
bool nft_within_quota(struct nft_quota *q, const struct nft_pkt *p);
bool nft_within_limit(struct nft_limit *l, const struct nft_pkt *p);
/* NFT_CONTINUE, NFT_BREAK, or NFT_DROP: there is no memory, or the packet is of no connection. */
enum nft_code nft_connlimit_eval(struct nft_connlimit *c, const struct nft_pkt *p);
void nft_connlimit_free(struct net *net, struct nft_connlimit *c);

/* All of them, until one says no: as nft_connlimit_eval(). */
enum nft_code nft_stats_eval(struct nft_stats *s, const struct nft_pkt *p);
/* to: as from, but from the beginning. -ENOMEM. */
int nft_stats_copy(struct net *net, struct nft_stats *to, const struct nft_stats *from);
/* One more; false: no memory, or there are two. */
bool nft_stats_add(struct net *net, struct nft_stats *s, const struct nft_stat *one);
void nft_stats_free(struct net *net, struct nft_stats *s);
/* ct count is among them: connections have to be tracked. */
bool nft_stats_track(const struct nft_stats *s);
bool nft_stats_alike(const struct nft_stats *a, const struct nft_stats *b);
/* ct count, and none of its connections is there any more: the element may go. */
bool nft_stats_idle(struct net *net, struct nft_stats *s);

#endif

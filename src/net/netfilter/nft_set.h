/* SPDX-License-Identifier: MIT */
/*
 * Sets and maps of nftables. Numbers are in network order, so that keys compare as bytes; of a
 * concatenation each field begins at a multiple of 4.
 */
#ifndef LINNET_NET_NETFILTER_NFT_SET_H
#define LINNET_NET_NETFILTER_NFT_SET_H

#include "net/netfilter/nft_stat.h"

#define NFT_NAME_MAX 64		/* bytes of a name, with the 0 */
#define NFT_COMMENT_MAX 128

struct nft_table;
struct nft_chain;
struct nft_concat;		/* nft_set_concat.h */
struct nft_obj;

enum { NFT_SET_ANONYMOUS = 1, NFT_SET_CONSTANT = 2, NFT_SET_INTERVAL = 4, NFT_SET_MAP = 8,
       NFT_SET_TIMEOUT = 16, NFT_SET_DYNAMIC = 32, NFT_SET_AUTOMERGE = 64,
       NFT_SET_VERDICTS = 128, NFT_SET_COUNTERS = 256, NFT_SET_OBJECTS = 512,
       NFT_SET_DATA_INTERVAL = 1024 };	/* a map gives a first and a last */

struct nft_verdict {
	u8 code;			/* enum nft_code */
	struct nft_chain *chain;	/* of jump and goto: counted in its uses */
};

struct nft_elem {
	struct hlist_node node;
	u32 hash, seq;			/* seq: who is older */
	bool catchall, gone;		/* `*`; taken out by a transaction that is not over */
	s64 timeout;			/* ns, 0 = the set's */
	ktime_t expires;		/* KTIME_MAX: never */
	u64 packets, bytes;		/* with NFT_SET_COUNTERS */
	struct nft_stats stats;		/* its own statements */
	char *comment;
	struct nft_verdict verdict;
	struct nft_obj *obj;		/* NFT_SET_OBJECTS: counted in its uses */
	u8 raw[];			/* nft_elem_key(), _end(), _data() */
};

struct nft_range {			/* from one's key to one's end; nearly always the same */
	struct nft_elem *lo, *hi;
};

struct nft_set {
	struct list_head list;
	struct nft_table *table;
	char name[NFT_NAME_MAX];	/* "__set0": anonymous */
	char *comment;
	u32 handle, use;		/* rules that look into it */
	u16 flags;
	u8 types, data_types;		/* how many are concatenated */
	u8 type[NFT_FIELDS_MAX], data_type[2];
	u8 flen[NFT_FIELDS_MAX];	/* bytes of each */
	u8 klen, dlen;			/* bytes of key and data */
	const struct nft_selector *sel[NFT_FIELDS_MAX];	/* declared by "typeof", else NULL */
	const struct nft_selector *data_sel;
	s64 timeout, gc_interval;	/* ns */
	u32 size;			/* elements at most; 0 = no limit but memory's */
	struct inet_table hash;
	struct nft_elem *catchall;
	struct nft_range *sorted;	/* NFT_SET_INTERVAL: by key, when !dirty */
	u32 nsorted, sorted_cap;
	struct nft_concat *concat;	/* NFT_SET_INTERVAL of several fields, when !dirty */
	u32 next_seq;
	u8 objects;			/* NFT_SET_OBJECTS: enum nft_stmt_kind of what it gives */
	bool dirty;
	bool meter;			/* a rule's own, with a name: "meter m { ip saddr ... }" */
	struct nft_stats stats;		/* that its elements begin with; a counter alone is
					 * NFT_SET_COUNTERS */
};

static inline u8 *nft_elem_key(const struct nft_elem *e)	/* of an interval: its first */
{
	return (u8 *)(uintptr_t)e->raw;
}

static inline u8 *nft_elem_end(const struct nft_set *set, const struct nft_elem *e)
{
	return nft_elem_key(e) + set->klen;
}

static inline u8 *nft_elem_data(const struct nft_set *set, const struct nft_elem *e)
{
	return nft_elem_key(e) + (set->flags & NFT_SET_INTERVAL ? 2u : 1u) * set->klen;
}

static inline u8 *nft_elem_data_end(const struct nft_set *set, const struct nft_elem *e)
{
	return nft_elem_data(set, e) + (set->flags & NFT_SET_DATA_INTERVAL ? set->dlen : 0);
}

static inline bool nft_set_is_interval(const struct nft_set *set)
{
	return set->flags & NFT_SET_INTERVAL;
}

/* Whose key it is, or in whose interval; else the element of all others, or NULL. */
struct nft_elem *nft_set_lookup(struct net *net, struct nft_set *set, const u8 *key);
/* The very element, for changes: by key and end. */
struct nft_elem *nft_set_find(struct nft_set *set, const u8 *key, const u8 *end, bool catchall);
struct nft_elem *nft_elem_new(struct net *net, const struct nft_set *set);
void nft_elem_free(struct net *net, const struct nft_set *set, struct nft_elem *e);
/* -EEXIST (another element has it, also a part of it), -ENFILE (size), -ENOMEM. The set has it. */
int nft_set_insert(struct net *net, struct nft_set *set, struct nft_elem *e);
void nft_set_remove(struct net *net, struct nft_set *set, struct nft_elem *e);
/* Intervals after a change: sorted; *a, *b: two that overlap, when -EEXIST. -ENOMEM. */
int nft_set_commit(struct net *net, struct nft_set *set, struct nft_elem **a, struct nft_elem **b);
/* Intervals are not found until the next commit. */
void nft_set_unsort(struct net *net, struct nft_set *set);
void nft_set_destroy(struct net *net, struct nft_set *set);	/* its elements too */
/* Elements in order of their keys, as lists have them; NULL: no memory. n: how many. The caller
 * frees n pointers. */
struct nft_elem **nft_set_sorted(struct net *net, struct nft_set *set, u32 *n);

/* What an element does with a packet that it is found for; false: it says no. */
static __always_inline bool nft_elem_hit(struct nft_elem *e, const struct nft_set *set,
					 const struct nft_pkt *p)
{
	if (set->flags & NFT_SET_COUNTERS)
		nft_count(p, &e->packets, &e->bytes);
	if (likely(!e->stats.n))
		return true;
	if (p->straight) {
		nf_straight_fail(p->straight);
		return false;
	}
	return nft_stats_eval(&e->stats, p) == NFT_CONTINUE;
}

#endif

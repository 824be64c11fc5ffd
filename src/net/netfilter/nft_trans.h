/* SPDX-License-Identifier: MIT */
/*
 * What a transaction has changed so far, in order: nft_table.c notes each change that it makes,
 * nft_trans.c ends them all, or takes them back, the last one first.
 */
#ifndef LINNET_NET_NETFILTER_NFT_TRANS_H
#define LINNET_NET_NETFILTER_NFT_TRANS_H

#include "net/netfilter/nft_table.h"

enum nft_trans_op {
	NFT_ADD_TABLE, NFT_DEL_TABLE, NFT_DORMANT, NFT_ADD_CHAIN, NFT_DEL_CHAIN, NFT_POLICY,
	NFT_RENAME, NFT_ADD_RULE, NFT_DEL_RULE, NFT_ADD_SET, NFT_DEL_SET, NFT_ADD_ELEM,
	NFT_DEL_ELEM, NFT_ADD_OBJ, NFT_DEL_OBJ, NFT_ADD_FLOWTABLE, NFT_DEL_FLOWTABLE,
	NFT_FLOW_DEVICES
};

struct nft_names {
	u32 n;
	char name[NFT_DEVICES_MAX][16];
};

struct nft_trans {			/* one change that was made */
	struct list_head list;
	enum nft_trans_op op;
	bool was;			/* NFT_DORMANT, NFT_POLICY */
	char name[NFT_NAME_MAX];	/* NFT_RENAME: the old one */
	struct list_head *prev;		/* behind which it stood */
	struct nft_table *table;
	struct nft_chain *chain;
	struct nft_rule *rule;
	struct nft_set *set;
	struct nft_elem *elem;
	struct nft_obj *obj;
	struct nft_flowtable *flowtable;
	struct nft_names *devices;	/* NFT_FLOW_DEVICES: those it had */
};

/* NULL: no memory. */
struct nft_trans *nft_trans_alloc(struct net *net, enum nft_trans_op op);
void nft_trans_destroy(struct net *net, struct nft_trans *t);

/* What of a table meets packets, or no longer does. */
void nft_table_hook(struct nft_table *t);
void nft_table_unhook(struct nft_table *t);

/* e goes. What is sorted does not have it, or will be sorted again. */
void nft_elem_remove(struct nft_set *set, struct nft_elem *e);
/* Elements went. Without memory none is found rather than one that is not there any more. */
void nft_set_sort_again(struct net *net, struct nft_set *set);

#endif

/* SPDX-License-Identifier: MIT */
/* For who makes transactions (nft_table.c). */
#ifndef LINNET_NET_NETFILTER_NFT_OBJECT_H
#define LINNET_NET_NETFILTER_NFT_OBJECT_H

#include "net/netfilter/nft_table.h"

void nft_copy_name(char to[NFT_NAME_MAX], const char *name);
/* Chains and sets that it refers to are used once more, or less. */
void nft_elem_uses(const struct nft_elem *e, int by);
void nft_set_elems_use(struct nft_set *set, int by);	/* of all elements */
void nft_rule_uses(struct nft_rule *r, int by);
u32 nft_rule_needs_ct(const struct nft_rule *r);	/* NF_CT_*, 0: of no family */
/* Of objects that are in no list any more, with all that is theirs. */
void nft_rule_destroy(struct nft_rule *r);
void nft_chain_destroy(struct nft_chain *c);
void nft_table_destroy(struct nft_table *t);
/* A base chain meets packets, or not any more. -ENOMEM. */
int nft_chain_hook(struct nft_chain *c);
void nft_chain_unhook(struct nft_chain *c);

#endif

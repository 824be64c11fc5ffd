/* SPDX-License-Identifier: MIT */
/* Whether a ruleset as a whole can be: what no single rule can tell. */
#ifndef LINNET_NET_NETFILTER_NFT_CHECK_H
#define LINNET_NET_NETFILTER_NFT_CHECK_H

#include "net/netfilter/nft_table.h"

/* -ELOOP: chains call each other in a circle, or too deep; -EOPNOTSUPP: a statement stands where a
 * packet cannot meet it so. *p says which. */
int nft_check(struct net *net, struct nft_problem *p);

#endif

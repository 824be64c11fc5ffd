/* SPDX-License-Identifier: MIT */
/* Flowtables of the ruleset, and the statement that gives connections to them. */
#ifndef LINNET_NET_NETFILTER_NFT_FLOW_H
#define LINNET_NET_NETFILTER_NFT_FLOW_H

#include "net/netfilter/nft_select.h"
#include "net/netfilter/nft_table.h"

/* NULL: no memory. */
struct nft_flowtable *nft_flowtable_new(struct nft_table *t, const char *name);
void nft_flowtable_destroy(struct nft_flowtable *f);
void nft_flowtable_hook(struct nft_flowtable *f);
/* Its devices, others than before. The flows of those that it has no more end. */
bool nft_flowtable_set_devices(struct nft_flowtable *f, const char (*names)[16], u32 n);

/* The packet's connection goes by f from here on. NFT_BREAK: not this one, or not yet. */
enum nft_code nft_flow_eval(struct nft_flowtable *f, const struct nft_pkt *p);

#endif

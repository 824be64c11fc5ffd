/* SPDX-License-Identifier: MIT */
/* Chains and flowtables that stand at devices: which ones, and what a packet is there. */
#ifndef LINNET_NET_NETFILTER_NFT_INGRESS_H
#define LINNET_NET_NETFILTER_NFT_INGRESS_H

#include "net/netfilter/nft_table.h"

/* Their names, before they are hooked. False: no memory. */
bool nft_devices_set(struct net *net, struct nft_devices *d, const char (*names)[16], u32 n);
void nft_devices_free(struct net *net, struct nft_devices *d);
bool nft_devices_have(const struct nft_devices *d, const char *name);
/* What comes in by those that are there meets ops (whose place is filled in), or not any more. */
void nft_devices_hook(struct net *net, struct nft_devices *d, const struct nf_hook_ops *ops);
void nft_devices_unhook(struct nft_devices *d);
void nft_chain_devices_hook(struct nft_chain *c);
/* A device that goes takes its hook with it; one of that name that comes has it again. */
void nft_devices_begin(struct net *net);

/* As nft_pkt_init(), for a frame. NFT_CONTINUE: it may meet the rules; else what happens to it. */
enum nft_code nft_pkt_init_ingress(struct nft_pkt *p, struct sk_buff *skb,
				   const struct nf_hook_state *state, enum nft_family family);

#endif

/* SPDX-License-Identifier: MIT */
/* Chains that stand at devices: which ones, and what a packet is there. */
#ifndef LINNET_NET_NETFILTER_NFT_INGRESS_H
#define LINNET_NET_NETFILTER_NFT_INGRESS_H

#include "net/netfilter/nft_table.h"

/* The names of base's devices are the chain's. False: no memory. */
bool nft_chain_devices(struct net *net, struct nft_chain *c, const struct nft_base_chain *base);
void nft_devices_free(struct net *net, struct nft_chain *c);
/* The chain meets what comes in by those that are there, or not any more. */
void nft_devices_hook(struct nft_chain *c);
void nft_devices_unhook(struct nft_chain *c);
/* A device that goes takes its hook with it; one of that name that comes has it again. */
void nft_devices_begin(struct net *net);

/* As nft_pkt_init(), for a frame. NFT_CONTINUE: it may meet the rules; else what happens to it. */
enum nft_code nft_pkt_init_ingress(struct nft_pkt *p, struct sk_buff *skb,
				   const struct nf_hook_state *state, enum nft_family family);

#endif

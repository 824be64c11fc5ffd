/* SPDX-License-Identifier: MIT */
/* Sets that packets fill: "add @s { ip saddr }", "meter m { ip saddr limit rate 5/second }". */
#ifndef LINNET_NET_NETFILTER_NFT_DYNSET_H
#define LINNET_NET_NETFILTER_NFT_DYNSET_H

#include "net/netfilter/nft.h"

enum { NFT_DYNSET_ADD, NFT_DYNSET_UPDATE, NFT_DYNSET_DELETE };

/* NFT_BREAK: the set is full, or the element's own statements say no. */
enum nft_code nft_dynset_eval(const struct nft_stmt *st, const struct nft_pkt *p);

#endif

/* SPDX-License-Identifier: MIT */
/* reject: the sender is told. */
#ifndef LINNET_NET_NETFILTER_NFT_REJECT_H
#define LINNET_NET_NETFILTER_NFT_REJECT_H

#include "net/netfilter/nft.h"

/* ICMPX codes, the same for both families: Linux's numbers */
enum { NFT_ICMPX_NO_ROUTE, NFT_ICMPX_PORT_UNREACH, NFT_ICMPX_HOST_UNREACH,
       NFT_ICMPX_ADMIN_PROHIBITED };

/* Answers the packet, which stays the caller's: enum nft_reject and its code. */
void nft_reject(const struct nft_pkt *p, u8 type, u8 code);

#endif

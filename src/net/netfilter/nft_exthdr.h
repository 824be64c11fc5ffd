/* SPDX-License-Identifier: MIT */
/* Headers that a packet may have or not: IPv6's extension headers, options of IPv4 and of TCP. */
#ifndef LINNET_NET_NETFILTER_NFT_EXTHDR_H
#define LINNET_NET_NETFILTER_NFT_EXTHDR_H

#include "net/netfilter/nft_select.h"

/* Where the option begins, from skb->data, with its first `need` bytes linear; 0: it has it not, or
 * shorter. */
u32 nft_tcpopt_find(const struct nft_pkt *p, u8 kind, u32 need);

/* s->base is NFT_BASE_EXTHDR, _IPOPT or _TCPOPT: s->len bytes. False: the packet has it not. */
bool nft_exthdr_load(const struct nft_pkt *p, const struct nft_selector *s, u8 *to);

#endif

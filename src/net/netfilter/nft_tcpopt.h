/* SPDX-License-Identifier: MIT */
/* TCP options that rules set: the MSS, so that paths of smaller MTU work (clamping). */
#ifndef LINNET_NET_NETFILTER_NFT_TCPOPT_H
#define LINNET_NET_NETFILTER_NFT_TCPOPT_H

#include "net/netfilter/nft_select.h"

/* An MSS is lowered only (Linux: more would make the connection stall). A segment without the
 * option stays as it is. False: no memory. */
bool nft_tcpopt_set(const struct nft_pkt *p, u8 kind, u16 value);
/* Two bytes: the MSS that fits both the packet's way and the way back. False: it has no route. */
bool nft_rt_mss_load(const struct nft_pkt *p, u8 *to);

#endif

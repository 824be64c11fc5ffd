/* SPDX-License-Identifier: MIT */
/* What the routes say of a packet's address: "fib saddr . iif oif". */
#ifndef LINNET_NET_NETFILTER_NFT_FIB_H
#define LINNET_NET_NETFILTER_NFT_FIB_H

#include "net/netfilter/nft_select.h"

/* f->sel->base is NFT_BASE_FIB. */
bool nft_fib_load(const struct nft_pkt *p, const struct nft_field *f, u8 *to);

#endif

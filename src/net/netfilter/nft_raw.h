/* SPDX-License-Identifier: MIT */
/* Bytes of a packet that are asked for by their place: "@th,16,16", "@nh", "@ll", "@ih". */
#ifndef LINNET_NET_NETFILTER_NFT_RAW_H
#define LINNET_NET_NETFILTER_NFT_RAW_H

#include "net/netfilter/nft_select.h"

/* of the link's header, the network's, the transport's, behind that */
enum nft_raw_base { NFT_RAW_LL, NFT_RAW_NH, NFT_RAW_TH, NFT_RAW_IH, NFT_RAW_BASES };

/* So many bytes, 1 to NFT_VALUE_MAX, from there: nft_field.raw_at says where. */
const struct nft_selector *nft_raw_selector(enum nft_raw_base base, u32 len);
bool nft_raw_load(const struct nft_pkt *p, const struct nft_field *f, u8 *to);

#endif

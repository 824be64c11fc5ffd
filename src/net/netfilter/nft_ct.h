/* SPDX-License-Identifier: MIT */
/* What rules ask and set of a connection beyond what stands in every one: zones, labels. */
#ifndef LINNET_NET_NETFILTER_NFT_CT_H
#define LINNET_NET_NETFILTER_NFT_CT_H

#include "net/netfilter/nft_select.h"

bool nft_ct_load(const struct nf_conn *ct, const struct nft_selector *s, u8 *to);
bool nft_ct_may_set(const struct nft_selector *s);
/* value: its bytes, v: the last four as a number. Who has no connection has none of it. */
void nft_ct_set(const struct nft_pkt *p, const struct nft_selector *s, const u8 *value, u32 v);

#endif

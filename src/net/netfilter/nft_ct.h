/* SPDX-License-Identifier: MIT */
/* What rules ask and set of a connection beyond what stands in every one. */
#ifndef LINNET_NET_NETFILTER_NFT_CT_H
#define LINNET_NET_NETFILTER_NFT_CT_H

#include "net/netfilter/nft.h"

bool nft_ct_load(const struct nf_conn *ct, const struct nft_selector *s, u8 *to);
bool nft_ct_may_set(const struct nft_selector *s);
/* value: its bytes, v: the last four as a number. Who has no connection has none of it. */
void nft_ct_set(const struct nft_pkt *p, const struct nft_selector *s, const u8 *value, u32 v);
/* The packet's connection gets the object's helper, while it is new and of its protocol. */
void nft_ct_helper_eval(const struct nft_stmt *st, const struct nft_pkt *p);

#endif

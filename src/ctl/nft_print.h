/* SPDX-License-Identifier: MIT */
/* Between the files that list rules. */
#ifndef LINNET_CTL_NFT_PRINT_H
#define LINNET_CTL_NFT_PRINT_H

#include "ctl/nft_parse.h"

void nft_print_comment(struct strbuf *out, const char *comment);	/* NULL: nothing */
void nft_print_handle(struct nft_parser *p, u64 handle);	/* when that was asked for */
void nft_print_value(struct nft_parser *p, u8 type, const u8 *v, u32 len);
void nft_print_prefix(struct nft_parser *p, u8 type, const u8 *a, u32 len, u32 plen);
void nft_print_range(struct nft_parser *p, u8 type, const u8 *a, const u8 *b, u32 len);
void nft_print_concat(struct nft_parser *p, const u8 *type, const u8 *len, u32 n, const u8 *v);
void nft_print_fields(struct nft_parser *p, const struct nft_key *key);	/* without what is done */
void nft_print_key(struct nft_parser *p, const struct nft_key *key);	/* with their bits */
void nft_print_verdict(struct nft_parser *p, const struct nft_verdict *v);
void nft_print_set_ref(struct nft_parser *p, struct nft_set *s);	/* "@name", "{ ... }" */
void nft_print_set_in(struct nft_parser *p, struct nft_set *s);

#endif

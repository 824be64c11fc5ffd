/* SPDX-License-Identifier: MIT */
/* Values of nftables as text: each type's names, and how it is read and written. */
#ifndef LINNET_CTL_NFT_VALUE_H
#define LINNET_CTL_NFT_VALUE_H

#include "base/fmt.h"
#include "net/netfilter/nft_select.h"

/* "ipv4_addr", as sets are declared with. */
const char *nft_type_name(enum nft_type type);
bool nft_type_by_name(const char *name, enum nft_type *type);
u8 nft_type_len(enum nft_type type);	/* bytes of a value; 0: depends (integer) */
u32 nft_type_in_line(u8 type);		/* how many elements of a set a list has in a line */
/* Its values are sets of bits: "syn,ack". */
bool nft_type_is_flags(enum nft_type type);

/* One value of len bytes, network order. False: it is none of this type. */
bool nft_value_parse(const struct net *net, enum nft_type type, const char *word, u8 *to, u32 len);
void nft_value_print(const struct net *net, struct strbuf *out, enum nft_type type, const u8 *v,
		     u32 len);

/* Without the name that it may have. */
void nft_number_print(const struct net *net, struct strbuf *out, enum nft_type type, const u8 *v,
		      u32 len);

/* "echo-request, ...": what can be said, for errors; "" when it is not a list of names. */
/* Bits by their names, with `between` between them. */
void nft_flags_print(struct strbuf *out, enum nft_type type, const u8 *bytes, u32 len,
		     const char *between);
void nft_value_names(struct strbuf *out, enum nft_type type);

/* "1d2h3m4s", "90s", "100ms": ns. */
bool nft_time_parse(const char *word, s64 *ns);
void nft_time_print(struct strbuf *out, s64 ns);

/* A whole number, decimal or 0x; false: it is none. */
bool nft_number_parse(const char *word, u64 *v);

#endif

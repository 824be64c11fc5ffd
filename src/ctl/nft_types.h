/* SPDX-License-Identifier: MIT */
/* How the types of nftables are written. */
#ifndef LINNET_CTL_NFT_TYPES_H
#define LINNET_CTL_NFT_TYPES_H

#include "net/netfilter/nft_select.h"

enum nft_write { NFT_WRITE_DECIMAL, NFT_WRITE_HEX, NFT_WRITE_ADDR4, NFT_WRITE_ADDR6, NFT_WRITE_MAC,
		 NFT_WRITE_NAME, NFT_WRITE_INDEX, NFT_WRITE_TIME, NFT_WRITE_CLASSID,
		 NFT_WRITE_RAW, NFT_WRITE_BITS,
		 NFT_WRITE_NONE };

struct nft_symbol {
	char name[32];
	u32 value;
};

struct nft_type_info {
	char name[16];
	u8 len, base;			/* bytes, 0: depends; enum nft_write */
	bool flags, numeric;		/* a set of bits; written as numbers in spite of names */
	u8 in_line;			/* elements of a set in a line of a list */
	const struct nft_symbol *symbols;
};

extern const struct nft_type_info nft_types[NFT_TYPES];

/* "http" is 80. */
bool nft_service_port(const char *name, u64 *port);

#endif

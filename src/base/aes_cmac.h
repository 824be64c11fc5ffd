/* SPDX-License-Identifier: MIT */
/* AES-128-CMAC (FIPS 197, RFC 4493): what TCP-AO's second algorithm needs, and no more. */
#ifndef LINNET_BASE_AES_CMAC_H
#define LINNET_BASE_AES_CMAC_H

#include "base/types.h"

#define AES_BLOCK 16

struct aes_cmac {
	u8 round_keys[11][AES_BLOCK];
	u8 x[AES_BLOCK];	/* the chain so far */
	u8 block[AES_BLOCK];	/* the last bytes, which may be the end */
	u8 have;		/* of these */
};

void aes_cmac_init(struct aes_cmac *c, const u8 key[AES_BLOCK]);
void aes_cmac_update(struct aes_cmac *c, const void *data, size_t len);
void aes_cmac_final(struct aes_cmac *c, u8 mac[AES_BLOCK]);

#endif

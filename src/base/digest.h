/* SPDX-License-Identifier: MIT */
/*
 * MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4), and HMAC over them (RFC 2104): what TCP's two
 * authentication options need, and no more.
 */
#ifndef LINNET_BASE_DIGEST_H
#define LINNET_BASE_DIGEST_H

#include "base/types.h"

enum digest_alg { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256 };

#define DIGEST_BLOCK 64
#define DIGEST_SIZE_MAX 32

struct digest {
	enum digest_alg alg;
	u64 len;		/* bytes so far */
	u32 h[8];
	u8 block[DIGEST_BLOCK];	/* what does not fill one yet */
};

struct hmac {
	struct digest inner, outer;
};

u32 digest_size(enum digest_alg alg);	/* 16, 20, 32 */

void digest_init(struct digest *d, enum digest_alg alg);
void digest_update(struct digest *d, const void *data, size_t len);
void digest_final(struct digest *d, u8 *out);	/* digest_size() bytes */

void hmac_init(struct hmac *h, enum digest_alg alg, const void *key, size_t len);
void hmac_update(struct hmac *h, const void *data, size_t len);
void hmac_final(struct hmac *h, u8 *out);

/* Equal, in a time that does not tell where they differ. */
bool digest_equal(const u8 *a, const u8 *b, size_t len);

/* One block into h; each algorithm's own. */
void md5_block(u32 h[4], const u8 *p);
void sha1_block(u32 h[5], const u8 *p);
void sha256_block(u32 h[8], const u8 *p);

#endif

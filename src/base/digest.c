/* SPDX-License-Identifier: MIT */
#include "base/digest.h"

/* MD5 and SHA-1 share the first four. */
static const u32 first_state[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
static const u32 sha256_state[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

u32 digest_size(enum digest_alg alg)
{
	return alg == DIGEST_MD5 ? 16 : alg == DIGEST_SHA1 ? 20 : 32;
}

void digest_init(struct digest *d, enum digest_alg alg)
{
	*d = (struct digest){ .alg = alg };
	if (alg == DIGEST_SHA256)
		memcpy(d->h, sha256_state, sizeof(sha256_state));
	else
		memcpy(d->h, first_state, sizeof(first_state));
}

static void one_block(struct digest *d, const u8 *p)
{
	switch (d->alg) {
	case DIGEST_MD5:
		md5_block(d->h, p);
		break;
	case DIGEST_SHA1:
		sha1_block(d->h, p);
		break;
	case DIGEST_SHA256:
		sha256_block(d->h, p);
		break;
	}
}

void digest_update(struct digest *d, const void *data, size_t len)
{
	size_t have = d->len % DIGEST_BLOCK;
	const u8 *p = data;

	d->len += len;
	if (have) {
		size_t n = min(len, DIGEST_BLOCK - have);

		memcpy(d->block + have, p, n);
		p += n;
		len -= n;
		if (have + n < DIGEST_BLOCK)
			return;
		one_block(d, d->block);
	}
	for (; len >= DIGEST_BLOCK; p += DIGEST_BLOCK, len -= DIGEST_BLOCK)
		one_block(d, p);
	if (len)
		memcpy(d->block, p, len);
}

void digest_final(struct digest *d, u8 *out)
{
	static const u8 padding[DIGEST_BLOCK] = { 0x80 };
	u64 bits = d->len * 8;
	bool little = d->alg == DIGEST_MD5;
	u8 length[8];

	for (unsigned i = 0; i < 8; i++)
		length[i] = (u8)(bits >> 8 * (little ? i : 7 - i));
	digest_update(d, padding, 1 + (DIGEST_BLOCK + 55 - d->len % DIGEST_BLOCK) % DIGEST_BLOCK);
	digest_update(d, length, 8);
	for (u32 i = 0; i < digest_size(d->alg); i++)
		out[i] = (u8)(d->h[i / 4] >> 8 * (little ? i % 4 : 3 - i % 4));
}

void hmac_init(struct hmac *h, enum digest_alg alg, const void *key, size_t len)
{
	u8 block[DIGEST_BLOCK] = { 0 };

	if (len > DIGEST_BLOCK) {
		digest_init(&h->inner, alg);
		digest_update(&h->inner, key, len);
		digest_final(&h->inner, block);
	} else if (len) {
		memcpy(block, key, len);
	}
	digest_init(&h->inner, alg);
	digest_init(&h->outer, alg);
	for (unsigned i = 0; i < DIGEST_BLOCK; i++)
		block[i] ^= 0x36;
	digest_update(&h->inner, block, DIGEST_BLOCK);
	for (unsigned i = 0; i < DIGEST_BLOCK; i++)
		block[i] ^= 0x36 ^ 0x5c;
	digest_update(&h->outer, block, DIGEST_BLOCK);
}

void hmac_update(struct hmac *h, const void *data, size_t len)
{
	digest_update(&h->inner, data, len);
}

void hmac_final(struct hmac *h, u8 *out)
{
	u8 inner[DIGEST_SIZE_MAX];

	digest_final(&h->inner, inner);
	digest_update(&h->outer, inner, digest_size(h->inner.alg));
	digest_final(&h->outer, out);
}

bool digest_equal(const u8 *a, const u8 *b, size_t len)
{
	u8 differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (u8)(a[i] ^ b[i]);
	return !differ;
}

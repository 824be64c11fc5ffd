/* SPDX-License-Identifier: MIT */
#include "base/siphash.h"

#include "base/prng.h"

struct sip {
	u64 v0, v1, v2, v3;
};

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotl64(s->v1, 13) ^ s->v0;
	s->v3 = rotl64(s->v3, 16) ^ s->v2;
	s->v0 = rotl64(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v3 = rotl64(s->v3, 21) ^ s->v0;
	s->v1 = rotl64(s->v1, 17) ^ s->v2;
	s->v2 = rotl64(s->v2, 32);
}

static inline void sip_init(struct sip *s, const struct siphash_key *key)
{
	s->v0 = 0x736f6d6570736575ull ^ key->k[0];
	s->v1 = 0x646f72616e646f6dull ^ key->k[1];
	s->v2 = 0x6c7967656e657261ull ^ key->k[0];
	s->v3 = 0x7465646279746573ull ^ key->k[1];
}

static u64 get_le64(const u8 *p, size_t n)
{
	u64 v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (u64)p[i] << (8 * i);
	return v;
}

u64 siphash(const void *data, size_t len, const struct siphash_key *key)
{
	const u8 *p = data;
	size_t left = len;
	struct sip s;
	u64 m;

	sip_init(&s, key);
	for (; left >= 8; left -= 8, p += 8) {
		m = get_le64(p, 8);
		s.v3 ^= m;
		sip_round(&s);
		sip_round(&s);
		s.v0 ^= m;
	}
	m = get_le64(p, left) | ((u64)len << 56);
	s.v3 ^= m;
	sip_round(&s);
	sip_round(&s);
	s.v0 ^= m;
	s.v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

u64 siphash_2u64(u64 a, u64 b, const struct siphash_key *key)
{
	struct sip s;

	sip_init(&s, key);
	s.v3 ^= a;
	sip_round(&s);
	s.v0 ^= a;
	s.v3 ^= b;
	sip_round(&s);
	s.v0 ^= b;
	s.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* SPDX-License-Identifier: MIT */
/* Published vectors: RFC 1321 A.5, FIPS 180's examples, RFC 2202, RFC 4231. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"

static void check(const u8 *got, u32 n, const char *want)
{
	char hex[2 * DIGEST_SIZE_MAX + 1];

	for (u32 i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", got[i]);
	assert_string_equal(hex, want);
}

static void hash(enum digest_alg alg, const char *text, const char *want)
{
	u8 out[DIGEST_SIZE_MAX];
	size_t len = strlen(text);
	struct digest d;

	/* Whole, and cut at every place. */
	for (size_t cut = 0; cut <= len; cut++) {
		digest_init(&d, alg);
		digest_update(&d, text, cut);
		digest_update(&d, text + cut, len - cut);
		digest_final(&d, out);
		check(out, digest_size(alg), want);
	}
}

#define DIGITS8 "12345678901234567890123456789012345678901234567890123456789012345678901234567890"

static void md5(void **state)
{
	(void)state;
	hash(DIGEST_MD5, "", "d41d8cd98f00b204e9800998ecf8427e");
	hash(DIGEST_MD5, "a", "0cc175b9c0f1b6a831c399e269772661");
	hash(DIGEST_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72");
	hash(DIGEST_MD5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0");
	hash(DIGEST_MD5, "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b");
	hash(DIGEST_MD5, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	     "d174ab98d277d9f5a5611c2c9f419d9f");
	hash(DIGEST_MD5, DIGITS8, "57edf4a22be3c955ac49da2e2107b67a");
}

#define FIPS_LONG "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

static void sha(void **state)
{
	(void)state;
	hash(DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
	hash(DIGEST_SHA1, FIPS_LONG, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	hash(DIGEST_SHA256, "abc",
	     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hash(DIGEST_SHA256, FIPS_LONG,
	     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void mac(enum digest_alg alg, const void *key, size_t klen, const void *text, size_t len,
		const char *want)
{
	u8 out[DIGEST_SIZE_MAX];
	struct hmac h;

	hmac_init(&h, alg, key, klen);
	hmac_update(&h, text, len);
	hmac_final(&h, out);
	check(out, digest_size(alg), want);
}

static void hmacs(void **state)
{
	static const char ask[] = "what do ya want for nothing?";
	static const char large[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	u8 b[20], aa[131];

	(void)state;
	memset(b, 0x0b, sizeof(b));
	memset(aa, 0xaa, sizeof(aa));
	mac(DIGEST_MD5, b, 16, "Hi There", 8, "9294727a3638bb1c13f48ef8158bfc9d");
	mac(DIGEST_MD5, "Jefe", 4, ask, 28, "750c783e6ab0b503eaa86e310a5db738");
	mac(DIGEST_SHA1, b, 20, "Hi There", 8, "b617318655057264e28bc0b6fb378c8ef146be00");
	mac(DIGEST_SHA1, "Jefe", 4, ask, 28, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	mac(DIGEST_SHA1, aa, 80, large, 54, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
	mac(DIGEST_SHA256, b, 20, "Hi There", 8,
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	mac(DIGEST_SHA256, aa, 131, large, 54,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void equal(void **state)
{
	(void)state;
	assert_true(digest_equal((const u8 *)"abcd", (const u8 *)"abcd", 4));
	assert_false(digest_equal((const u8 *)"abcd", (const u8 *)"abce", 4));
	assert_false(digest_equal((const u8 *)"abcd", (const u8 *)"bbcd", 4));
	assert_true(digest_equal((const u8 *)"abcd", (const u8 *)"abce", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md5), cmocka_unit_test(sha), cmocka_unit_test(hmacs),
		cmocka_unit_test(equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Connections of a soak whose segments are signed: by MD5 (RFC 2385) or by TCP-AO (RFC 5925). */
#include <linnet/tcp_auth.h>
#include <string.h>

#include "harness/soak.h"

static const u8 key[16] = "soaked in keys";

static int sign_md5(struct ln_net *ln, int fd, const void *peer, u32 len)
{
	struct ln_tcp_md5sig md5 = { .tcpm_keylen = sizeof(key) };

	memcpy(md5.tcpm_addr, peer, len);
	memcpy(md5.tcpm_key, key, sizeof(key));
	return ln_setsockopt(ln, fd, LN_SOL_TCP, LN_TCP_MD5SIG, &md5, sizeof(md5));
}

static int sign_ao(struct ln_net *ln, int fd, const void *peer, u32 len, u8 prefix)
{
	static const char *const algorithms[] = { "hmac(sha1)", "cmac(aes128)" };
	int err = 0;

	/* Two keys; either end begins with the first. */
	for (u8 i = 0; i < ARRAY_SIZE(algorithms) && !err; i++) {
		struct ln_tcp_ao_add ao = {
			.prefix = prefix, .sndid = i, .rcvid = i, .keylen = sizeof(key),
		};

		memcpy(ao.addr, peer, len);
		memcpy(ao.key, key, sizeof(key));
		strcpy(ao.alg_name, algorithms[i]);
		err = ln_setsockopt(ln, fd, LN_SOL_TCP, LN_TCP_AO_ADD_KEY, &ao, sizeof(ao));
	}
	return err;
}

int soak_sign(const struct soak_flow *f, struct ln_net *ln, int fd, const void *peer, u32 len,
	      bool ipv6)
{
	switch (f->sign) {
	case SOAK_MD5:
		return sign_md5(ln, fd, peer, len);
	case SOAK_AO:
		return sign_ao(ln, fd, peer, len, ipv6 ? 128 : 32);
	case SOAK_PLAIN:
		break;
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Keys that sign TCP segments: setsockopt(SOL_TCP) with Linux's names, numbers and structs, of
 * tcp(7). A key set on a listener is for the connections that come to it.
 */
#ifndef LINNET_TCP_AUTH_H
#define LINNET_TCP_AUTH_H

#include <stdint.h>

enum { LN_TCP_MD5SIG = 14, LN_TCP_MD5SIG_EXT = 32 };

/* RFC 2385. tcpm_keylen 0 takes the key away. Prefix and flags count for LN_TCP_MD5SIG_EXT only. */
#define LN_TCP_MD5SIG_MAXKEYLEN 80
enum { LN_TCP_MD5SIG_FLAG_PREFIX = 1, LN_TCP_MD5SIG_FLAG_IFINDEX = 2 };

struct ln_tcp_md5sig {
	uint8_t tcpm_addr[128];		/* the peers: struct ln_sockaddr_in; the port is not used */
	uint8_t tcpm_flags;
	uint8_t tcpm_prefixlen;
	uint16_t tcpm_keylen;
	int tcpm_ifindex;
	uint8_t tcpm_key[LN_TCP_MD5SIG_MAXKEYLEN];
};

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Keys that sign TCP segments: setsockopt(SOL_TCP) with Linux's names, numbers and structs, of
 * tcp(7). A key set on a listener is for the connections that come to it. Peers are a struct
 * ln_sockaddr_in on a socket of AF_INET, ln_sockaddr_in6 on one of AF_INET6, where mapped addresses
 * are peers of IPv4 with a prefix of at most 32.
 */
#ifndef LINNET_TCP_AUTH_H
#define LINNET_TCP_AUTH_H

#include <stdint.h>

enum { LN_TCP_MD5SIG = 14, LN_TCP_MD5SIG_EXT = 32 };

/* RFC 2385. tcpm_keylen 0 takes the key away. Prefix and flags count for LN_TCP_MD5SIG_EXT only. */
#define LN_TCP_MD5SIG_MAXKEYLEN 80
enum { LN_TCP_MD5SIG_FLAG_PREFIX = 1, LN_TCP_MD5SIG_FLAG_IFINDEX = 2 };

struct ln_tcp_md5sig {
	uint8_t tcpm_addr[128];		/* the peers; the port is not used */
	uint8_t tcpm_flags;
	uint8_t tcpm_prefixlen;
	uint16_t tcpm_keylen;
	int tcpm_ifindex;
	uint8_t tcpm_key[LN_TCP_MD5SIG_MAXKEYLEN];
};

/* RFC 5925. "hmac(sha1)", "cmac(aes128)" (RFC 5926), "hmac(sha256)". */
enum {
	LN_TCP_AO_ADD_KEY = 38, LN_TCP_AO_DEL_KEY = 39, LN_TCP_AO_INFO = 40,
	LN_TCP_AO_GET_KEYS = 41,
};
enum { LN_TCP_AO_KEYF_IFINDEX = 1, LN_TCP_AO_KEYF_EXCLUDE_OPT = 2 };

struct ln_tcp_ao_add {
	uint8_t addr[128];		/* the peers; port 0 */
	char alg_name[64];
	int32_t ifindex;		/* 0 */
	uint32_t set_current : 1, set_rnext : 1, reserved : 30;
	uint16_t reserved2;
	uint8_t prefix, sndid, rcvid;
	uint8_t maclen;			/* 0: 12 */
	uint8_t keyflags, keylen;
	uint8_t key[80];
} __attribute__((aligned(8)));

struct ln_tcp_ao_del {
	uint8_t addr[128];
	int32_t ifindex;
	uint32_t set_current : 1, set_rnext : 1, del_async : 1, reserved : 29;
	uint16_t reserved2;
	uint8_t prefix, sndid, rcvid;
	uint8_t current_key, rnext;	/* these become it, when set_current, set_rnext */
	uint8_t keyflags;
} __attribute__((aligned(8)));

struct ln_tcp_ao_info_opt {
	uint32_t set_current : 1, set_rnext : 1, ao_required : 1, set_counters : 1;
	uint32_t accept_icmps : 1, reserved : 27;
	uint16_t reserved2;
	uint8_t current_key, rnext;
	uint64_t pkt_good, pkt_bad, pkt_key_not_found, pkt_ao_required, pkt_dropped_icmp;
} __attribute__((aligned(8)));

struct ln_tcp_ao_getsockopt {
	uint8_t addr[128];
	char alg_name[64];
	uint8_t key[80];
	uint32_t nkeys;			/* in: room; out: that there are */
	uint16_t is_current : 1, is_rnext : 1, get_all : 1, reserved : 13;
	uint8_t sndid, rcvid, prefix, maclen, keyflags, keylen;
	int32_t ifindex;
	uint64_t pkt_good, pkt_bad;
} __attribute__((aligned(8)));

#endif

/* SPDX-License-Identifier: MIT */
/* Socket addresses, with Linux's numbers and layouts. */
#ifndef LINNET_SOCKADDR_H
#define LINNET_SOCKADDR_H

#include <stdint.h>

enum { LN_AF_UNSPEC = 0, LN_AF_INET = 2, LN_AF_INET6 = 10, LN_AF_PACKET = 17 };

struct ln_sockaddr {
	uint16_t sa_family;
	char sa_data[14];
};

struct ln_sockaddr_in {
	uint16_t sin_family;		/* LN_AF_INET */
	uint16_t sin_port;		/* network byte order */
	uint32_t sin_addr;		/* network byte order */
	uint8_t sin_zero[8];
};

/* ::ffff:a.b.c.d is an IPv4 peer, or this machine's address for them. */
struct ln_sockaddr_in6 {
	uint16_t sin6_family;		/* LN_AF_INET6 */
	uint16_t sin6_port;		/* network byte order */
	uint32_t sin6_flowinfo;		/* 0 */
	uint8_t sin6_addr[16];
	uint32_t sin6_scope_id;		/* fe80::/10, ff02::/16: the interface; else 0 */
};

/* AF_PACKET: a frame with its link header, as packet(7) SOCK_RAW */
struct ln_sockaddr_ll {
	uint16_t sll_family;		/* LN_AF_PACKET */
	uint16_t sll_protocol;		/* network byte order; 0x0003 (ETH_P_ALL) = every */
	int32_t sll_ifindex;		/* 0 = any device */
	uint16_t sll_hatype;
	uint8_t sll_pkttype;
	uint8_t sll_halen;
	uint8_t sll_addr[8];
};

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The packets, addresses and machines of a test, of either family. A host has one name, an address
 * of IPv4; by IPv6 it is fd00::/96 with that at its end. Where all else shall be the same
 * (segments, windows, times), a device's MTU is FAMILY_MORE larger by IPv6, as the header is.
 *
 *	return family_run_both(tests);		in main(): all of them by IPv4, then by IPv6
 */
#ifndef LINNET_TESTS_HARNESS_FAMILY_H
#define LINNET_TESTS_HARNESS_FAMILY_H

#include <linnet/linnet.h>

#include "wire/ip6_addr.h"
#include "wire/tcp_opt.h"

#define FAMILY_MORE 20
#define FAMILY_HLEN_MAX 40
#define FAMILY_ICMP_MAX 64

/* What the machines and peers of harness/ speak where nobody says it. */
extern bool family_is_ipv6;

#define family_run_both(tests) family_run((tests), sizeof(tests) / sizeof((tests)[0]))
struct CMUnitTest;
int family_run(const struct CMUnitTest *tests, size_t n);
/* Skips the running test by IPv6: why is for the reader. */
void family_ipv4_only(const char *why);

/* ---- packets ---- */

struct ip6_addr family_addr6(be32 addr);

/* A header of an address that is not to be cut, with ECN's bits as in tos. Return: its length. */
u32 family_build(bool v6, u8 *p, be32 saddr, be32 daddr, u8 protocol, u32 len, u8 tos);
/* The check field, which is 0 yet. */
be16 family_check(bool v6, be32 saddr, be32 daddr, u8 protocol, const u8 *p, u32 len);

struct family_packet {
	be32 saddr, daddr;
	const u8 *tcp;
	u32 len;
	bool v6, sum_ok;
};

enum family_kind { FAMILY_OTHER, FAMILY_TCP, FAMILY_MALFORMED };
/* Of a frame from its Ethernet header on. */
enum family_kind family_parse(const u8 *frame, u32 len, struct family_packet *out);

/* What an ICMP error quotes: a segment from local to remote. */
struct family_quote {
	be32 local, remote;
	u16 sport, dport;
	u32 seq;
};
/* Destination unreachable by code (enum icmp_unreach), or what ICMPv6 has for it: the packet behind
 * the IP header, sent by q->remote. Return: its length. */
u32 family_unreach(bool v6, u8 p[FAMILY_ICMP_MAX], const struct family_quote *q, u8 code, u32 mtu);
/* An error of any type about that; info: of ICMP its second word. */
u32 family_icmp(bool v6, u8 p[FAMILY_ICMP_MAX], const struct family_quote *q, u8 type, u8 code,
		u32 info);
static inline u8 family_icmp_protocol(bool v6)
{
	return v6 ? 58 : 1;
}

/* ---- sockets ---- */

union family_sockaddr {
	u16 family;
	struct ln_sockaddr_in in;
	struct ln_sockaddr_in6 in6;
};

static inline int family_domain(bool v6)
{
	return v6 ? LN_AF_INET6 : LN_AF_INET;
}
/* addr 0: any. Return: its length. */
u32 family_sockaddr(bool v6, be32 addr, u16 port, union family_sockaddr *out);
/* A mapped address of IPv4, as a socket of AF_INET6 names it. */
u32 family_mapped(be32 addr, u16 port, union family_sockaddr *out);
be32 family_host(const union family_sockaddr *sa);

/* ---- machines: abort with a line when it does not work ---- */

void family_ctl(struct ln_net *ln, const char *format, ...) __printf(2, 3);
/* addr/24, or /120; IPv6 is turned on for that. */
void family_add_addr(bool v6, struct ln_net *ln, const char *dev, be32 addr);
void family_add_neigh(bool v6, struct ln_net *ln, const char *dev, be32 addr, const u8 mac[6]);
void family_add_default(bool v6, struct ln_net *ln, be32 gateway);

#endif

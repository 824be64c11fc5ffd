/* SPDX-License-Identifier: MIT */
/*
 * Addresses of both families. Inside the runner each is a struct ip6_addr, of IPv4 ::ffff:a.b.c.d;
 * sockets see the sockaddr of their family. --ip_version says what `...` is:
 *
 *	ipv4			sockets of AF_INET, packets of IPv4
 *	ipv4-mapped-ipv6	sockets of AF_INET6, packets of IPv4
 *	ipv6			sockets of AF_INET6, packets of IPv6
 *
 * In the last two AF_INET means AF_INET6 too, and in ipv6 the usual addresses of IPv4 stand for
 * their counterparts, so that one script says the same of both families.
 */
#ifndef LINNET_DRILL_ADDR_H
#define LINNET_DRILL_ADDR_H

#include <linnet/sockaddr.h>

#include "wire/ip6_addr.h"

enum ip_version { IP_VERSION_4, IP_VERSION_4_MAPPED_6, IP_VERSION_6 };

struct sock_addr {
	union {
		struct ln_sockaddr sa;
		struct ln_sockaddr_in in;
		struct ln_sockaddr_in6 in6;
	};
};

/* False: no such name. */
bool ip_version_parse(const char *name, enum ip_version *version);
const char *ip_version_name(enum ip_version version);

/* a.b.c.d or x:y::z, the whole string. */
bool addr_parse(const char *s, struct ip6_addr *a);
/* As addr_parse() reads it. */
const char *addr_str(const struct ip6_addr *a, char buf[IP6_STR_MAX]);
/* 0.0.0.0 or :: */
bool addr_is_any(const struct ip6_addr *a);

/* The sockaddr of AF_INET6 or AF_INET. Return: its length. */
u32 sock_addr_set(struct sock_addr *s, bool inet6, const struct ip6_addr *a, u16 port);
struct ip6_addr sock_addr_ip(const struct sock_addr *s);
u16 sock_addr_port(const struct sock_addr *s);

#endif

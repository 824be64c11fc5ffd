/* SPDX-License-Identifier: MIT */
/* Addresses as programs need them: text both ways, socket addresses, descriptors. */
#ifndef LINNET_APP_UTIL_INET_H
#define LINNET_APP_UTIL_INET_H

#include <linnet/socket.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"

#define INET4_TEXT_MAX 16	/* "255.255.255.255" and its NUL */
#define IPADDR_TEXT_MAX 64	/* an IPv6 address, "%", a device's name, NUL */
#define IPADDR_PORT_TEXT_MAX (IPADDR_TEXT_MAX + 8)

/* An address of either family. */
struct ipaddr {
	uint16_t family;	/* LN_AF_INET, LN_AF_INET6; 0 = none, or any */
	uint32_t scope_id;	/* IPv6, of a link: the interface's index; else 0 */
	union {
		uint32_t v4;	/* network byte order */
		uint8_t v6[16];
	};
};

union inet_sockaddr {
	uint16_t family;
	struct ln_sockaddr_in in;
	struct ln_sockaddr_in6 in6;
};

/* --- both families --- */

/**
 * ipaddr_parse - an address as people write it, nothing else
 * @net: knows the interface after "%", as in fe80::1%eth0; NULL: such a text is none
 */
bool ipaddr_parse(struct ln_net *net, const char *s, struct ipaddr *a);
/* "eth0", or an interface's number. False: there is none. */
bool inet_zone(struct ln_net *net, const char *zone, uint32_t *ifindex);
/* With the interface's name behind what is of a link, when @net is there to know it. */
const char *ipaddr_text(struct ln_net *net, const struct ipaddr *a,
			char buf[static IPADDR_TEXT_MAX]);
/* "192.0.2.80:80", "[2001:db8::80]:80" */
const char *ipaddr_port_text(struct ln_net *net, const struct ipaddr *a, uint16_t port,
			     char buf[static IPADDR_PORT_TEXT_MAX]);
/* Interfaces count only where both are known. */
bool ipaddr_equal(const struct ipaddr *a, const struct ipaddr *b);
/* ::, 0.0.0.0, or none */
bool ipaddr_is_any(const struct ipaddr *a);
/* @port in the machine's byte order. Return: length for the socket calls. */
uint32_t ipaddr_sockaddr(const struct ipaddr *a, uint16_t port, union inet_sockaddr *sa);
/* What a socket call told; an IPv4 peer of an IPv6 socket is an IPv4 address. */
struct ipaddr ipaddr_of(const union inet_sockaddr *sa);
uint16_t inet_sockaddr_port(const union inet_sockaddr *sa);	/* the machine's byte order */

/* In network byte order. */
static inline struct ipaddr ipaddr_v4(uint32_t addr)
{
	return (struct ipaddr){ .family = LN_AF_INET, .v4 = addr };
}

/* --- IPv4 alone --- */

/* Dotted quad, four decimal numbers, nothing else. @addr in network byte order. */
bool inet4_parse(const char *s, uint32_t *addr);
const char *inet4_text(uint32_t addr, char buf[static INET4_TEXT_MAX]);

/* @addr in network byte order, @port in the machine's. */
static inline struct ln_sockaddr_in inet4_sockaddr(uint32_t addr, uint16_t port)
{
	return (struct ln_sockaddr_in){
		.sin_family = LN_AF_INET, .sin_port = cpu_to_be16(port), .sin_addr = addr,
	};
}

/* --- descriptors --- */

/**
 * inet_bind - a socket bound to @addr, @port
 * @type: LN_SOCK_STREAM (SO_REUSEADDR is set), LN_SOCK_DGRAM
 * @addr: family 0: IPv6 that takes IPv4 as well. :: takes IPv6 alone.
 *
 * Return: descriptor; negative errno of the call that failed.
 */
int inet_bind(struct ln_net *net, int type, const struct ipaddr *addr, uint16_t port);
/* The same for TCP, listening. */
int inet_listen(struct ln_net *net, const struct ipaddr *addr, uint16_t port, int backlog);

/**
 * inet_bind_both - a socket for each family, as servers that tell them apart have
 * @addr: family 0: 0.0.0.0 and ::; else one socket, and fds[1] is -1
 * @backlog: of TCP, which listens then; 0 = UDP
 *
 * Return: 0; negative errno of the call that failed, and nothing is open.
 */
int inet_bind_both(struct ln_net *net, const struct ipaddr *addr, uint16_t port, int backlog,
		   int fds[static 2]);
/* Of inet_bind_both(): no more wake-ups, closed, -1. */
void inet_close_both(struct ln_net *net, int fds[static 2]);

/**
 * inet_udp_random_port - a UDP socket on a source port drawn from the instance's random stream
 * @family: LN_AF_INET, LN_AF_INET6
 *
 * What answers to DNS queries must guess (RFC 5452 9.2). 49152 to 65535 (RFC 6335 6), several
 * draws when ports are taken; then whatever the stack picks.
 *
 * Return: descriptor; negative errno.
 */
int inet_udp_random_port(struct ln_net *net, uint16_t family);

/* SO_ERROR of a socket as negative errno; 0 = none. */
int inet_socket_error(struct ln_net *net, int fd);

/* What the error means to people: "connection refused"; strerror's words otherwise. */
const char *inet_error_text(int err);

#endif

/* SPDX-License-Identifier: MIT */
/* IPv4 addresses as programs need them: text both ways, socket addresses, descriptors. */
#ifndef LINNET_APP_UTIL_INET_H
#define LINNET_APP_UTIL_INET_H

#include <arpa/inet.h>
#include <linnet/socket.h>
#include <stdbool.h>
#include <stdint.h>

#define INET4_TEXT_MAX 16	/* "255.255.255.255" and its NUL */

/* Dotted quad, four decimal numbers, nothing else. @addr in network byte order. */
static inline bool inet4_parse(const char *s, uint32_t *addr)
{
	return inet_pton(AF_INET, s, addr) == 1;
}

static inline const char *inet4_text(uint32_t addr, char buf[static INET4_TEXT_MAX])
{
	return inet_ntop(AF_INET, &addr, buf, INET4_TEXT_MAX);
}

/* @addr in network byte order, @port in the machine's. */
static inline struct ln_sockaddr_in inet4_sockaddr(uint32_t addr, uint16_t port)
{
	return (struct ln_sockaddr_in){
		.sin_family = LN_AF_INET, .sin_port = htons(port), .sin_addr = addr,
	};
}

/**
 * inet_listen - a TCP socket bound to @addr, @port (SO_REUSEADDR set) and listening
 * Return: descriptor; negative errno of the call that failed.
 */
int inet_listen(struct ln_net *net, uint32_t addr, uint16_t port, int backlog);

/**
 * inet_udp_random_port - a UDP socket on a source port drawn from the instance's random stream
 *
 * What answers to DNS queries must guess (RFC 5452 9.2). 49152 to 65535 (RFC 6335 6), several
 * draws when ports are taken; then whatever the stack picks.
 *
 * Return: descriptor; negative errno.
 */
int inet_udp_random_port(struct ln_net *net);

/* SO_ERROR of a socket as negative errno; 0 = none. */
int inet_socket_error(struct ln_net *net, int fd);

/* What the error means to people: "connection refused"; strerror's words otherwise. */
const char *inet_error_text(int err);

#endif

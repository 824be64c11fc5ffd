/* SPDX-License-Identifier: MIT */
#include "app/util/inet.h"

#include <errno.h>
#include <string.h>

#define PORT_DYNAMIC_MIN 49152u	/* RFC 6335 6 */
#define PORT_DRAWS 10

int inet_listen(struct ln_net *net, uint32_t addr, uint16_t port, int backlog)
{
	struct ln_sockaddr_in sin = inet4_sockaddr(addr, port);
	int on = 1, err, fd;

	fd = ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, 0);
	if (fd < 0)
		return fd;
	err = ln_setsockopt(net, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR, &on, sizeof(on));
	if (!err)
		err = ln_bind(net, fd, &sin, sizeof(sin));
	if (!err)
		err = ln_listen(net, fd, backlog);
	if (err) {
		ln_close(net, fd);
		return err;
	}
	return fd;
}

int inet_udp_random_port(struct ln_net *net)
{
	struct ln_sockaddr_in sin = inet4_sockaddr(0, 0);
	int fd, i;

	fd = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, 0);
	if (fd < 0)
		return fd;
	for (i = 0; i < PORT_DRAWS; i++) {
		uint64_t r = ln_net_random(net) >> 32;

		sin.sin_port = htons((uint16_t)(PORT_DYNAMIC_MIN + r % (65536 - PORT_DYNAMIC_MIN)));
		if (!ln_bind(net, fd, &sin, sizeof(sin)))
			break;
	}
	return fd; /* all draws taken: connect() picks one */
}

int inet_socket_error(struct ln_net *net, int fd)
{
	int value = 0;
	uint32_t len = sizeof(value);
	int err = ln_getsockopt(net, fd, LN_SOL_SOCKET, LN_SO_ERROR, &value, &len);

	return err ? err : -value;
}

const char *inet_error_text(int err)
{
	switch (err < 0 ? -err : err) {
	case ENETUNREACH:
		return "no route (network is unreachable)";
	case EHOSTUNREACH:
		return "host is unreachable";
	case ECONNREFUSED:
		return "connection refused";
	case ECONNRESET:
		return "connection reset by the peer";
	case ETIMEDOUT:
		return "timed out";
	case ENETDOWN:
		return "the network device is down";
	case EADDRINUSE:
		return "address or port already in use";
	case EADDRNOTAVAIL:
		return "this host does not have that address, or no port is left";
	default:
		return strerror(err < 0 ? -err : err);
	}
}

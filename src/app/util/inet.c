/* SPDX-License-Identifier: MIT */
#include "app/util/inet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/netns.h"
#include "device/netdevice.h"

#define PORT_DYNAMIC_MIN 49152u	/* RFC 6335 6 */
#define PORT_DRAWS 10

/* --- addresses --- */

bool inet4_parse(const char *text, uint32_t *addr)
{
	return inet_pton(AF_INET, text, addr) == 1;
}

const char *inet4_text(uint32_t addr, char buf[static INET4_TEXT_MAX])
{
	return inet_ntop(AF_INET, &addr, buf, INET4_TEXT_MAX);
}

bool inet_zone(struct ln_net *net, const char *zone, uint32_t *ifindex)
{
	struct net_device *dev = dev_get_by_name(net_of(net), zone);
	char *end;

	if (!dev && *zone >= '0' && *zone <= '9') {
		unsigned long n = strtoul(zone, &end, 10);

		dev = !*end && n <= INT_MAX ? dev_get_by_index(net_of(net), (int)n) : NULL;
	}
	if (dev)
		*ifindex = (uint32_t)dev->ifindex;
	return dev;
}

bool ipaddr_parse(struct ln_net *net, const char *s, struct ipaddr *a)
{
	const char *zone = strchr(s, '%');
	struct ipaddr out = { .family = LN_AF_INET };
	char text[IPADDR_TEXT_MAX];

	if (!zone && inet4_parse(s, &out.v4)) {
		*a = out;
		return true;
	}
	out = (struct ipaddr){ .family = LN_AF_INET6 };
	if (strlen(s) >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(s, "%"), s);
	if (inet_pton(AF_INET6, text, out.v6) != 1)
		return false;
	if (zone && (!net || !inet_zone(net, zone + 1, &out.scope_id)))
		return false;
	*a = out;
	return true;
}

const char *ipaddr_text(struct ln_net *net, const struct ipaddr *a,
			char buf[static IPADDR_TEXT_MAX])
{
	const struct net_device *dev = NULL;
	size_t len;

	if (a->family != LN_AF_INET6)
		return inet_ntop(AF_INET, &a->v4, buf, IPADDR_TEXT_MAX);
	inet_ntop(AF_INET6, a->v6, buf, IPADDR_TEXT_MAX);
	if (net && a->scope_id)
		dev = dev_get_by_index(net_of(net), a->scope_id);
	if (dev) {
		len = strlen(buf);
		snprintf(buf + len, IPADDR_TEXT_MAX - len, "%%%s", dev->name);
	}
	return buf;
}

const char *ipaddr_port_text(struct ln_net *net, const struct ipaddr *a, uint16_t port,
			     char buf[static IPADDR_PORT_TEXT_MAX])
{
	char text[IPADDR_TEXT_MAX];

	snprintf(buf, IPADDR_PORT_TEXT_MAX, a->family == LN_AF_INET6 ? "[%s]:%u" : "%s:%u",
		 ipaddr_text(net, a, text), port);
	return buf;
}

bool ipaddr_equal(const struct ipaddr *a, const struct ipaddr *b)
{
	if (a->family != b->family)
		return false;
	if (a->family != LN_AF_INET6)
		return a->v4 == b->v4;
	return !memcmp(a->v6, b->v6, sizeof(a->v6)) &&
	       (!a->scope_id || !b->scope_id || a->scope_id == b->scope_id);
}

bool ipaddr_is_any(const struct ipaddr *a)
{
	static const uint8_t any[16];

	return a->family == LN_AF_INET6 ? !memcmp(a->v6, any, sizeof(any)) :
	       a->family == LN_AF_INET ? !a->v4 : true;
}

uint32_t ipaddr_sockaddr(const struct ipaddr *a, uint16_t port, union inet_sockaddr *sa)
{
	*sa = (union inet_sockaddr){ .in6 = { .sin6_family = LN_AF_INET6 } };
	if (a->family == LN_AF_INET) {
		sa->in = inet4_sockaddr(a->v4, port);
		return sizeof(sa->in);
	}
	sa->in6.sin6_port = cpu_to_be16(port);
	sa->in6.sin6_scope_id = a->scope_id;
	memcpy(sa->in6.sin6_addr, a->v6, sizeof(a->v6));
	return sizeof(sa->in6);
}

struct ipaddr ipaddr_of(const union inet_sockaddr *sa)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ipaddr a = { .family = sa->family };

	if (sa->family == LN_AF_INET) {
		a.v4 = sa->in.sin_addr;
	} else if (sa->family == LN_AF_INET6 &&
		   !memcmp(sa->in6.sin6_addr, mapped, sizeof(mapped))) {
		a.family = LN_AF_INET;
		memcpy(&a.v4, sa->in6.sin6_addr + sizeof(mapped), sizeof(a.v4));
	} else if (sa->family == LN_AF_INET6) {
		memcpy(a.v6, sa->in6.sin6_addr, sizeof(a.v6));
		a.scope_id = sa->in6.sin6_scope_id;
	}
	return a;
}

uint16_t inet_sockaddr_port(const union inet_sockaddr *sa)
{
	return be16_to_cpu(sa->family == LN_AF_INET6 ? sa->in6.sin6_port : sa->in.sin_port);
}

/* --- descriptors --- */

int inet_bind(struct ln_net *net, int type, const struct ipaddr *addr, uint16_t port)
{
	int on = 1, only = addr->family == LN_AF_INET6, err = 0, fd;
	union inet_sockaddr sa;
	uint32_t len = ipaddr_sockaddr(addr, port, &sa);

	fd = ln_socket(net, sa.family, type, 0);
	if (fd < 0)
		return fd;
	if (type == LN_SOCK_STREAM)
		err = ln_setsockopt(net, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR, &on, sizeof(on));
	if (!err && sa.family == LN_AF_INET6)
		err = ln_setsockopt(net, fd, LN_SOL_IPV6, LN_IPV6_V6ONLY, &only, sizeof(only));
	if (!err)
		err = ln_bind(net, fd, &sa, len);
	if (err)
		ln_close(net, fd);
	return err ? err : fd;
}

int inet_listen(struct ln_net *net, const struct ipaddr *addr, uint16_t port, int backlog)
{
	int fd = inet_bind(net, LN_SOCK_STREAM, addr, port);
	int err = fd < 0 ? fd : ln_listen(net, fd, backlog);

	if (err && fd >= 0)
		ln_close(net, fd);
	return err ? err : fd;
}

static int bind_or_listen(struct ln_net *net, const struct ipaddr *addr, uint16_t port, int backlog)
{
	return backlog ? inet_listen(net, addr, port, backlog) :
			 inet_bind(net, LN_SOCK_DGRAM, addr, port);
}

int inet_bind_both(struct ln_net *net, const struct ipaddr *addr, uint16_t port, int backlog,
		   int fds[static 2])
{
	const struct ipaddr any4 = { .family = LN_AF_INET }, any6 = { .family = LN_AF_INET6 };

	fds[1] = -1;
	fds[0] = bind_or_listen(net, addr->family ? addr : &any4, port, backlog);
	if (fds[0] < 0)
		return fds[0];
	if (addr->family)
		return 0;
	fds[1] = bind_or_listen(net, &any6, port, backlog);
	if (fds[1] >= 0)
		return 0;
	ln_close(net, fds[0]);
	fds[0] = -1;
	return fds[1];
}

void inet_close_both(struct ln_net *net, int fds[static 2])
{
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0) {
			ln_set_wake(net, fds[i], NULL, NULL);
			ln_close(net, fds[i]);
		}
		fds[i] = -1;
	}
}

int inet_udp_random_port(struct ln_net *net, uint16_t family)
{
	const struct ipaddr any = { .family = family };
	int fd, i;

	fd = ln_socket(net, family, LN_SOCK_DGRAM, 0);
	if (fd < 0)
		return fd;
	for (i = 0; i < PORT_DRAWS; i++) {
		uint64_t r = ln_net_random(net) >> 32;
		union inet_sockaddr sa;
		uint32_t len;

		len = ipaddr_sockaddr(&any, (uint16_t)(PORT_DYNAMIC_MIN + r %
						       (65536 - PORT_DYNAMIC_MIN)), &sa);
		if (!ln_bind(net, fd, &sa, len))
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

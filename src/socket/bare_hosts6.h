/* SPDX-License-Identifier: MIT */
/* bare_hosts.h with IPv6: a is fd00::1/64 too, b fd00::2/64. */
#ifndef LINNET_SOCKET_BARE_HOSTS6_H
#define LINNET_SOCKET_BARE_HOSTS6_H

#include "socket/bare_hosts.h"

static inline struct ln_sockaddr_in6 sin6_of(const char *addr, u16 port)
{
	struct ln_sockaddr_in6 sin6 = { .sin6_family = LN_AF_INET6,
					.sin6_port = cpu_to_be16(port) };
	struct ip6_addr a;

	assert_true(ip6_addr_parse(addr, &a));
	memcpy(sin6.sin6_addr, &a, sizeof(a));
	return sin6;
}

static inline void host_init6(struct host *h, const char *addr)
{
	struct ip6_addr a;

	assert_true(ip6_addr_parse(addr, &a));
	addrconf_disable_ipv6_all(&h->net, false);
	assert_int_equal(inet6_addr_add(h->dev, &a, 64, IFA_F_NODAD), 0);
}

static inline int pair6_setup(void **state)
{
	struct pair *p;

	pair_setup(state);
	p = *state;
	host_init6(&p->a, "fd00::1");
	host_init6(&p->b, "fd00::2");
	return 0;
}

static inline int bind_to6(struct host *h, int fd, const char *addr, u16 port)
{
	struct ln_sockaddr_in6 sin6 = sin6_of(addr, port);

	return ln_bind(h->ln, fd, &sin6, sizeof(sin6));
}

static inline int connect_to6(struct host *h, int fd, const char *addr, u16 port)
{
	struct ln_sockaddr_in6 sin6 = sin6_of(addr, port);

	return ln_connect(h->ln, fd, &sin6, sizeof(sin6));
}

static inline ptrdiff_t send_to6(struct host *h, int fd, const void *buf, size_t len,
				 const char *addr, u16 port)
{
	struct ln_sockaddr_in6 sin6 = sin6_of(addr, port);

	return ln_sendto(h->ln, fd, buf, len, 0, &sin6, sizeof(sin6));
}

#endif

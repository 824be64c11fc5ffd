/* SPDX-License-Identifier: MIT */
/* Groups through sockets (mcast_sock.c): who is given what, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "socket/bare_hosts6.h"
#include "wire/inet_addr.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define G1 IP(239, 1, 1, 1)
#define G2 IP(239, 1, 1, 2)
#define PORT 5000
#define STORAGE(sa) ({ \
	struct ln_sockaddr_storage ss_ = { .ss_family = 0 }; \
	memcpy(&ss_, &(sa), sizeof(sa)); \
	ss_; \
})

static int set4(struct host *h, int fd, int name, const void *val, u32 len)
{
	return ln_setsockopt(h->ln, fd, LN_SOL_IP, name, val, len);
}

static int set4_int(struct host *h, int fd, int name, int v)
{
	return set4(h, fd, name, &v, sizeof(v));
}

static int set6_int(struct host *h, int fd, int name, int v)
{
	return ln_setsockopt(h->ln, fd, LN_SOL_IPV6, name, &v, sizeof(v));
}

static int member(struct host *h, int fd, int name, be32 group)
{
	struct ln_ip_mreqn m = { group, 0, h->dev->ifindex };

	return set4(h, fd, name, &m, sizeof(m));
}

static int source(struct host *h, int fd, int name, be32 group, be32 src)
{
	struct ln_ip_mreq_source m = { group, h == NULL ? 0 : ADDR_B, src };

	return set4(h, fd, name, &m, sizeof(m));
}

/* A socket of b at the port, which others may share. */
static int listener(struct pair *p, be32 addr)
{
	int fd = udp_socket(&p->b);

	assert_int_equal(opt_on(&p->b, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR), 0);
	assert_int_equal(bind_to(&p->b, fd, addr, PORT), 0);
	return fd;
}

static int sender(struct pair *p)
{
	int fd = udp_bound(&p->a, ADDR_A, 4000);

	assert_int_equal(set4(&p->a, fd, LN_IP_MULTICAST_IF, &(be32){ ADDR_A }, 4), 0);
	return fd;
}

static void send_group(struct pair *p, int fd, be32 group)
{
	assert_int_equal(send_to(&p->a, fd, "x", 1, group, PORT), 1);
	pair_run(p);
}

/* How many datagrams wait. */
static u32 got(struct host *h, int fd)
{
	char buf[16];
	u32 n = 0;

	while (ln_recv(h->ln, fd, buf, sizeof(buf), LN_MSG_DONTWAIT) > 0)
		n++;
	return n;
}

static void only_members_get_what_is_sent(void **state)
{
	struct pair *p = *state;
	int tx = sender(p), one = listener(p, 0), two = listener(p, 0), bound = listener(p, G2);

	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, one), 0);
	assert_int_equal(p->b.net.drops[SKB_DROP_REASON_IP_INVALID_DEST], 1);
	assert_int_equal(member(&p->b, one, LN_IP_ADD_MEMBERSHIP, G1), 0);
	pair_run(p);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, one), 1);
	assert_int_equal(got(&p->b, two), 1);	/* as Linux: IP_MULTICAST_ALL */
	assert_int_equal(got(&p->b, bound), 0);	/* another address */
	assert_int_equal(set4_int(&p->b, two, LN_IP_MULTICAST_ALL, 0), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, one), 1);
	assert_int_equal(got(&p->b, two), 0);
	assert_int_equal(member(&p->b, two, LN_IP_ADD_MEMBERSHIP, G1), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, one), 1);
	assert_int_equal(got(&p->b, two), 1);
	assert_int_equal(member(&p->b, two, LN_IP_ADD_MEMBERSHIP, G2), 0);
	send_group(p, tx, G2);
	assert_int_equal(got(&p->b, bound), 1);
	assert_int_equal(got(&p->b, one), 1);
	/* The last one who leaves, closing or not, shuts the door. */
	assert_int_equal(member(&p->b, one, LN_IP_DROP_MEMBERSHIP, G1), 0);
	assert_int_equal(ln_close(p->b.ln, two), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, one), 0);
	assert_int_equal(p->b.net.drops[SKB_DROP_REASON_IP_INVALID_DEST], 2);
}

static void sources_are_chosen(void **state)
{
	struct pair *p = *state;
	int tx = sender(p), fd = listener(p, 0), other = listener(p, 0);
	struct ln_ip_msfilter f = { G1, ADDR_B, LN_MCAST_EXCLUDE, 1, { ADDR_A } };
	u32 len = sizeof(f);

	assert_int_equal(set4_int(&p->b, other, LN_IP_MULTICAST_ALL, 0), 0);
	assert_int_equal(source(&p->b, fd, LN_IP_ADD_SOURCE_MEMBERSHIP, G1, ADDR_A), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, fd), 1);
	assert_int_equal(source(&p->b, fd, LN_IP_ADD_SOURCE_MEMBERSHIP, G1, IP(10, 0, 0, 9)), 0);
	assert_int_equal(source(&p->b, fd, LN_IP_DROP_SOURCE_MEMBERSHIP, G1, ADDR_A), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, fd), 0);
	/* The last source: that is to leave. */
	assert_int_equal(source(&p->b, fd, LN_IP_DROP_SOURCE_MEMBERSHIP, G1, IP(10, 0, 0, 9)), 0);
	assert_int_equal(member(&p->b, fd, LN_IP_DROP_MEMBERSHIP, G1), -EADDRNOTAVAIL);

	assert_int_equal(member(&p->b, fd, LN_IP_ADD_MEMBERSHIP, G1), 0);
	assert_int_equal(member(&p->b, other, LN_IP_ADD_MEMBERSHIP, G1), 0);
	assert_int_equal(source(&p->b, fd, LN_IP_BLOCK_SOURCE, G1, ADDR_A), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, fd), 0);
	assert_int_equal(got(&p->b, other), 1);
	assert_int_equal(source(&p->b, fd, LN_IP_UNBLOCK_SOURCE, G1, ADDR_A), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, fd), 1);
	assert_int_equal(got(&p->b, other), 1);

	assert_int_equal(set4(&p->b, fd, LN_IP_MSFILTER, &f, sizeof(f)), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, fd), 0);
	f.imsf_slist[0] = 0;
	f.imsf_fmode = 9;
	assert_int_equal(ln_getsockopt(p->b.ln, fd, LN_SOL_IP, LN_IP_MSFILTER, &f, &len), 0);
	assert_int_equal(f.imsf_slist[0], ADDR_A);
	assert_int_equal(f.imsf_fmode, LN_MCAST_EXCLUDE);
	assert_int_equal(f.imsf_numsrc, 1);
	f.imsf_fmode = LN_MCAST_INCLUDE;
	assert_int_equal(set4(&p->b, fd, LN_IP_MSFILTER, &f, sizeof(f)), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, fd), 1);
}

/* As Linux 6.18 refuses (tests/interop/multicast.py asks it). */
static void what_is_refused(void **state)
{
	struct pair *p = *state;
	struct host *b = &p->b;
	int fd = listener(p, 0), tcp = ln_socket(b->ln, LN_AF_INET, LN_SOCK_STREAM, 0);
	struct ln_ip_mreqn m = { G1, 0, 99 };
	u32 n;

	assert_int_equal(member(b, fd, LN_IP_ADD_MEMBERSHIP, ADDR_A), -EINVAL);
	assert_int_equal(set4(b, fd, LN_IP_ADD_MEMBERSHIP, &m, sizeof(m)), -ENODEV);
	m = (struct ln_ip_mreqn){ G1, ADDR_A, 0 };
	assert_int_equal(set4(b, fd, LN_IP_ADD_MEMBERSHIP, &m, 8), -ENODEV);
	m.imr_address = 0;	/* no route tells which device */
	assert_int_equal(set4(b, fd, LN_IP_ADD_MEMBERSHIP, &m, 8), -ENODEV);
	assert_int_equal(set4(b, fd, LN_IP_ADD_MEMBERSHIP, &m, 4), -EINVAL);
	assert_int_equal(member(b, fd, LN_IP_ADD_MEMBERSHIP, G1), 0);
	assert_int_equal(member(b, fd, LN_IP_ADD_MEMBERSHIP, G1), -EADDRINUSE);
	assert_int_equal(member(b, fd, LN_IP_DROP_MEMBERSHIP, G2), -EADDRNOTAVAIL);
	assert_int_equal(source(b, fd, LN_IP_BLOCK_SOURCE, G2, ADDR_A), -EINVAL);
	assert_int_equal(source(b, fd, LN_IP_UNBLOCK_SOURCE, G1, ADDR_A), -EADDRNOTAVAIL);
	assert_int_equal(source(b, fd, LN_IP_BLOCK_SOURCE, G1, ADDR_A), 0);
	assert_int_equal(source(b, fd, LN_IP_BLOCK_SOURCE, G1, ADDR_A), -EADDRNOTAVAIL);
	assert_int_equal(source(b, fd, LN_IP_ADD_SOURCE_MEMBERSHIP, G1, ADDR_A), -EINVAL);
	for (n = 1; n < 10; n++)
		assert_int_equal(source(b, fd, LN_IP_BLOCK_SOURCE, G1, IP(9, 0, 0, n)), 0);
	assert_int_equal(source(b, fd, LN_IP_BLOCK_SOURCE, G1, IP(9, 0, 1, 0)), -ENOBUFS);
	for (n = 1; n < 20; n++)
		assert_int_equal(member(b, fd, LN_IP_ADD_MEMBERSHIP, IP(239, 2, 0, n)), 0);
	assert_int_equal(member(b, fd, LN_IP_ADD_MEMBERSHIP, IP(239, 2, 1, 0)), -ENOBUFS);
	assert_int_equal(member(b, tcp, LN_IP_ADD_MEMBERSHIP, G1), -EPROTO);
	assert_int_equal(set4_int(b, tcp, LN_IP_MULTICAST_TTL, 4), -EINVAL);
	assert_int_equal(set4_int(b, fd, LN_IP_MULTICAST_TTL, 256), -EINVAL);
	assert_int_equal(set4(b, fd, LN_IP_MULTICAST_IF, &(be32){ ADDR_A }, 4), -EADDRNOTAVAIL);
	assert_int_equal(set4_int(b, fd, LN_IP_MULTICAST_ALL, 2), -EINVAL);
	assert_int_equal(set6_int(b, fd, LN_IPV6_MULTICAST_HOPS, 1), -ENOPROTOOPT);
}

static void how_it_is_sent(void **state)
{
	struct pair *p = *state;
	const struct iphdr *h = (const void *)(p->last + ETH_HLEN);
	int fd = sender(p), rx;

	assert_int_equal(set4_int(&p->a, fd, LN_IP_TTL, 77), 0);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IP, LN_IP_MULTICAST_TTL), 1);
	send_group(p, fd, G1);
	assert_int_equal(h->ttl, 1);		/* IP_TTL is of unicast */
	assert_int_equal(get_be32(p->last), 0x01005e01);
	assert_int_equal(set4(&p->a, fd, LN_IP_MULTICAST_TTL, &(u8){ 33 }, 1), 0);
	send_group(p, fd, G1);
	assert_int_equal(h->ttl, 33);
	assert_int_equal(h->saddr, ADDR_A);
	/* 0: it does not leave the machine, where a member gets it. */
	rx = udp_bound(&p->a, 0, PORT);
	assert_int_equal(member(&p->a, rx, LN_IP_ADD_MEMBERSHIP, G1), 0);
	pair_run(p);
	assert_int_equal(set4_int(&p->a, fd, LN_IP_MULTICAST_TTL, 0), 0);
	send_group(p, fd, G1);
	assert_int_equal(p->frames, 0);
	assert_int_equal(got(&p->a, rx), 1);
	assert_int_equal(set4_int(&p->a, fd, LN_IP_MULTICAST_TTL, 2), 0);
	send_group(p, fd, G1);
	assert_int_equal(p->frames, 1);
	assert_int_equal(got(&p->a, rx), 1);
	assert_int_equal(set4_int(&p->a, fd, LN_IP_MULTICAST_LOOP, 0), 0);
	assert_int_equal(opt_get(&p->a, fd, LN_SOL_IP, LN_IP_MULTICAST_LOOP), 0);
	send_group(p, fd, G1);
	assert_int_equal(p->frames, 1);
	assert_int_equal(got(&p->a, rx), 0);
	/* Without a device or a route it is nowhere. */
	assert_int_equal(set4(&p->a, fd, LN_IP_MULTICAST_IF, &(be32){ 0 }, 4), 0);
	assert_int_equal(ln_close(p->a.ln, fd), 0);
	fd = udp_socket(&p->a);
	assert_int_equal(send_to(&p->a, fd, "x", 1, G1, PORT), -ENETUNREACH);
}

/* RFC 3678's calls that know both families, for IPv4. */
static void calls_of_either_family(void **state)
{
	struct pair *p = *state;
	struct host *b = &p->b;
	struct ln_sockaddr_in g = sin_of(G1, 0), s = sin_of(ADDR_A, 0);
	struct ln_sockaddr_in6 g6 = { .sin6_family = LN_AF_INET6 };
	struct ln_group_source_req sr = { (u32)b->dev->ifindex, STORAGE(g), STORAGE(s) };
	struct ln_group_req r = { (u32)b->dev->ifindex, STORAGE(g) };
	struct ln_group_filter f = { (u32)b->dev->ifindex, STORAGE(g), 7, 1, { { 0 } } };
	int fd = listener(p, 0), tx = sender(p);
	u32 len = sizeof(f);

	assert_int_equal(set4(b, fd, LN_MCAST_JOIN_GROUP, &r, sizeof(r) - 1), -EINVAL);
	assert_int_equal(set4(b, fd, LN_MCAST_JOIN_GROUP, &r, sizeof(r)), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(b, fd), 1);
	assert_int_equal(set4(b, fd, LN_MCAST_BLOCK_SOURCE, &sr, sizeof(sr)), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(b, fd), 0);
	assert_int_equal(ln_getsockopt(b->ln, fd, LN_SOL_IP, LN_MCAST_MSFILTER, &f, &len), 0);
	assert_int_equal(f.gf_fmode, LN_MCAST_EXCLUDE);
	assert_int_equal(f.gf_numsrc, 1);
	assert_memory_equal(&f.gf_slist[0], &s, sizeof(s));
	f.gf_fmode = LN_MCAST_INCLUDE;
	assert_int_equal(set4(b, fd, LN_MCAST_MSFILTER, &f, sizeof(f)), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(b, fd), 1);
	assert_int_equal(set4(b, fd, LN_MCAST_LEAVE_GROUP, &r, sizeof(r)), 0);
	assert_int_equal(set4(b, fd, LN_MCAST_JOIN_SOURCE_GROUP, &sr, sizeof(sr)), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(b, fd), 1);
	assert_int_equal(set4(b, fd, LN_MCAST_LEAVE_SOURCE_GROUP, &sr, sizeof(sr)), 0);
	r.gr_group = STORAGE(g6);
	assert_int_equal(set4(b, fd, LN_MCAST_JOIN_GROUP, &r, sizeof(r)), -EINVAL);
}

/* ---- IPv6 ---- */

static int member6(struct host *h, int fd, int name, const char *group, int ifindex)
{
	struct ln_sockaddr_in6 a = sin6_of(group, 0);
	struct ln_ipv6_mreq m = { .ipv6mr_ifindex = ifindex };

	memcpy(m.ipv6mr_multiaddr, a.sin6_addr, 16);
	return ln_setsockopt(h->ln, fd, LN_SOL_IPV6, name, &m, sizeof(m));
}

static int udp6(struct host *h, u16 port)
{
	int fd = ln_socket(h->ln, LN_AF_INET6, LN_SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(opt_on(h, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR), 0);
	assert_int_equal(bind_to6(h, fd, "::", port), 0);
	return fd;
}

static void send_group6(struct pair *p, int fd, const char *group)
{
	assert_int_equal(send_to6(&p->a, fd, "x", 1, group, PORT), 1);
	pair_run(p);
}

static void groups_of_ipv6(void **state)
{
	struct pair *p = *state;
	struct host *b = &p->b;
	const struct ipv6hdr *h = (const void *)(p->last + ETH_HLEN);
	int fd = udp6(b, PORT), two = udp6(b, PORT), tx = udp6(&p->a, 4000), dev = b->dev->ifindex;
	struct ln_sockaddr_in6 g = sin6_of("ff15::1", 0), s = sin6_of("fd00::1", 0);
	struct ln_group_source_req sr = { (u32)dev, STORAGE(g), STORAGE(s) };

	pair_advance(p, 5000);
	assert_int_equal(set6_int(&p->a, tx, LN_IPV6_MULTICAST_IF, p->a.dev->ifindex), 0);
	assert_int_equal(member6(b, fd, LN_IPV6_JOIN_GROUP, "fd00::1", dev), -EINVAL);
	assert_int_equal(member6(b, fd, LN_IPV6_JOIN_GROUP, "ff15::1", 77), -ENODEV);
	assert_int_equal(member6(b, fd, LN_IPV6_JOIN_GROUP, "ff15::1", dev), 0);
	assert_int_equal(member6(b, fd, LN_IPV6_JOIN_GROUP, "ff15::1", dev), -EADDRINUSE);
	assert_int_equal(set6_int(b, two, LN_IPV6_MULTICAST_ALL, 0), 0);
	pair_run(p);
	send_group6(p, tx, "ff15::1");
	assert_int_equal(h->hop_limit, 1);
	assert_int_equal(got(b, fd), 1);
	assert_int_equal(got(b, two), 0);
	assert_int_equal(set6_int(&p->a, tx, LN_IPV6_MULTICAST_HOPS, 9), 0);
	send_group6(p, tx, "ff15::1");
	assert_int_equal(h->hop_limit, 9);
	assert_int_equal(got(b, fd), 1);
	assert_int_equal(ln_setsockopt(b->ln, fd, LN_SOL_IPV6, LN_MCAST_BLOCK_SOURCE, &sr,
				       sizeof(sr)), 0);
	send_group6(p, tx, "ff15::1");
	assert_int_equal(got(b, fd), 0);
	assert_int_equal(ln_setsockopt(b->ln, fd, LN_SOL_IPV6, LN_MCAST_UNBLOCK_SOURCE, &sr,
				       sizeof(sr)), 0);
	send_group6(p, tx, "ff15::1");
	assert_int_equal(got(b, fd), 1);
	assert_int_equal(member6(b, fd, LN_IPV6_LEAVE_GROUP, "ff15::1", 0), 0);
	assert_int_equal(member6(b, fd, LN_IPV6_LEAVE_GROUP, "ff15::1", 0), -EADDRNOTAVAIL);
	send_group6(p, tx, "ff15::1");
	assert_int_equal(got(b, fd), 0);
	/* And back to its sender, who may forbid it. */
	fd = udp6(&p->a, PORT);
	assert_int_equal(member6(&p->a, fd, LN_IPV6_JOIN_GROUP, "ff15::2", p->a.dev->ifindex), 0);
	send_group6(p, tx, "ff15::2");
	assert_int_equal(got(&p->a, fd), 1);
	assert_int_equal(set6_int(&p->a, tx, LN_IPV6_MULTICAST_LOOP, 0), 0);
	send_group6(p, tx, "ff15::2");
	assert_int_equal(got(&p->a, fd), 0);
}

/* A socket of IPv6 is in groups of IPv4, too. */
static void groups_of_ipv4_by_sockets_of_ipv6(void **state)
{
	struct pair *p = *state;
	int fd = udp6(&p->b, PORT), tx = sender(p);

	assert_int_equal(member(&p->b, fd, LN_IP_ADD_MEMBERSHIP, G1), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, fd), 1);
	assert_int_equal(set4_int(&p->b, fd, LN_IP_MULTICAST_ALL, 0), 0);
	assert_int_equal(member(&p->b, fd, LN_IP_DROP_MEMBERSHIP, G1), 0);
	assert_int_equal(ip_mc_join_group(p->b.dev, G1), 0);
	send_group(p, tx, G1);
	assert_int_equal(got(&p->b, fd), 0);
}

/* What a socket was in when its device went is no trouble. */
static void the_device_goes_first(void **state)
{
	struct pair *p = *state;
	int fd = listener(p, 0);

	assert_int_equal(member(&p->b, fd, LN_IP_ADD_MEMBERSHIP, G1), 0);
	assert_int_equal(source(&p->b, fd, LN_IP_BLOCK_SOURCE, G1, ADDR_A), 0);
	unregister_netdevice(p->b.dev);
	assert_int_equal(source(&p->b, fd, LN_IP_UNBLOCK_SOURCE, G1, ADDR_A), -ENODEV);
	assert_int_equal(ln_close(p->b.ln, fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, pair_setup, pair_teardown)
#define T6(f) cmocka_unit_test_setup_teardown(f, pair6_setup, pair_teardown)
		T(only_members_get_what_is_sent),
		T(sources_are_chosen),
		T(what_is_refused),
		T(how_it_is_sent),
		T(calls_of_either_family),
		T6(groups_of_ipv6),
		T6(groups_of_ipv4_by_sockets_of_ipv6),
		T(the_device_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

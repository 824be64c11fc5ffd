/* SPDX-License-Identifier: MIT */
/* For tests of segments signed under a key: a connection of two instances, to port 179, by IPv4,
 * mapped addresses or IPv6. A test's *state is its kind. */
#ifndef LINNET_STACK_SIGNED_H
#define LINNET_STACK_SIGNED_H

#include <linnet/tcp_auth.h>

#include "stack_pair.h"

#define BYTES 100000

enum kind { IPV4, MAPPED, IPV6 };

struct world {
	struct pair p;
	enum kind kind;
	int listener, from, at;
};

/* For each kind, the tests of a table { name, function }. */
#define OF_EACH_KIND(f) { #f ", IPv4", f, NULL, NULL, (void *)&kinds[IPV4] }, \
	{ #f ", mapped", f, NULL, NULL, (void *)&kinds[MAPPED] }, \
	{ #f ", IPv6", f, NULL, NULL, (void *)&kinds[IPV6] }

static const enum kind kinds[] = { IPV4, MAPPED, IPV6 };

/* Of 10.0.0.0/24 or fd00::/64, as the kind names it. */
static inline struct ln_sockaddr_in6 kind_addr(enum kind kind, u8 last, u16 port)
{
	struct ln_sockaddr_in6 in6 = { .sin6_family = LN_AF_INET6, .sin6_port = cpu_to_be16(port) };
	struct ln_sockaddr_in in = { .sin_family = LN_AF_INET, .sin_port = cpu_to_be16(port),
				     .sin_addr = INET_ADDR4(10, 0, 0, last) };

	if (kind == IPV4) {
		memset(&in6, 0, sizeof(in6));
		memcpy(&in6, &in, sizeof(in));
	} else if (kind == MAPPED) {
		in6.sin6_addr[10] = in6.sin6_addr[11] = 0xff;
		memcpy(in6.sin6_addr + 12, &in.sin_addr, 4);
	} else {
		in6.sin6_addr[0] = 0xfd;
		in6.sin6_addr[15] = last;
	}
	return in6;
}

/* The prefix that is so long in the last byte of an address. */
static inline u8 kind_prefix(enum kind kind, int bits)
{
	return (u8)((kind == IPV6 ? 120 : 24) + bits);
}

/* Bytes of header and options without a signature that a segment has less room for. */
static inline int kind_mss(enum kind kind)
{
	return kind == IPV6 ? 1440 : 1460;
}

static inline int new_socket(struct world *w, unsigned who)
{
	return ln_socket(w->p.net[who], w->kind == IPV4 ? LN_AF_INET : LN_AF_INET6, LN_SOCK_STREAM,
			 0);
}

static inline void begin(struct world *w, void **state)
{
	struct ln_sockaddr_in6 to;

	w->kind = *(const enum kind *)*state;
	to = kind_addr(w->kind, 2, 179);
	pair_create(&w->p, NULL);
	assert_true(pair_connect(&w->p));
	for (unsigned i = 0; i < 2; i++) {
		pair_ctl(&w->p, i, "sysctl -w net.ipv6.conf.eth0.disable_ipv6=0");
		assert_int_equal(pair_ctl(&w->p, i, i ? "ip addr add fd00::2/64 dev eth0 nodad" :
					  "ip addr add fd00::1/64 dev eth0 nodad"), 0);
	}
	w->listener = new_socket(w, 1);
	w->from = new_socket(w, 0);
	assert_int_equal(ln_bind(w->p.net[1], w->listener, &to, sizeof(to)), 0);
	assert_int_equal(ln_listen(w->p.net[1], w->listener, 1), 0);
}

static inline void connects(struct world *w, s64 ns)
{
	struct ln_sockaddr_in6 to = kind_addr(w->kind, 2, 179);

	assert_int_equal(ln_connect(w->p.net[0], w->from, &to, sizeof(to)), -EINPROGRESS);
	pair_run(&w->p, ns);
	w->at = ln_accept(w->p.net[1], w->listener, NULL, NULL);
}

static inline u64 count(const struct world *w, unsigned who, enum network_mib what)
{
	return net_of(w->p.net[who])->mib[what];
}

static inline u64 drops(const struct world *w, unsigned who, enum skb_drop_reason why)
{
	return net_of(w->p.net[who])->drops[why];
}

/* BYTES from one to the other, each byte seen. */
static inline void transfer(struct world *w, unsigned who, int from, int to)
{
	size_t sent = 0, got = 0;
	u8 buf[5000];

	for (unsigned i = 0; got < BYTES; i++) {
		ptrdiff_t n;

		assert_true(i < 10000);
		for (size_t k = 0; k < sizeof(buf); k++)
			buf[k] = (u8)((sent + k) * 7 >> 3);
		n = ln_send(w->p.net[who], from, buf, min(sizeof(buf), BYTES - sent), 0);
		sent += n > 0 ? (size_t)n : 0;
		pair_run(&w->p, PAIR_MS);
		while ((n = ln_recv(w->p.net[!who], to, buf, sizeof(buf), 0)) > 0)
			for (ptrdiff_t k = 0; k < n; k++, got++)
				assert_int_equal(buf[k], (u8)(got * 7 >> 3));
	}
}

#endif

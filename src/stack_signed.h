/* SPDX-License-Identifier: MIT */
/* For tests of segments signed under a key: a connection of two instances, to port 179. */
#ifndef LINNET_STACK_SIGNED_H
#define LINNET_STACK_SIGNED_H

#include <linnet/tcp_auth.h>

#include "stack_pair.h"

#define BYTES 100000

struct world {
	struct pair p;
	int listener, from, at;
};

static inline void begin(struct world *w)
{
	struct ln_sockaddr_in to = pair_addr(1, 179);

	pair_create(&w->p, NULL);
	assert_true(pair_connect(&w->p));
	w->listener = ln_socket(w->p.net[1], LN_AF_INET, LN_SOCK_STREAM, 0);
	w->from = ln_socket(w->p.net[0], LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_bind(w->p.net[1], w->listener, &to, sizeof(to)), 0);
	assert_int_equal(ln_listen(w->p.net[1], w->listener, 1), 0);
}

static inline void connects(struct world *w, s64 ns)
{
	struct ln_sockaddr_in to = pair_addr(1, 179);

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

/* SPDX-License-Identifier: MIT */
/* TCP-AO between two instances: each algorithm, keys that change, what does not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stack_signed.h"

static struct ln_tcp_ao_add key_of(enum kind kind, unsigned peer, const char *alg, u8 sndid,
				   u8 rcvid, const char *secret)
{
	struct ln_sockaddr_in6 sin = kind_addr(kind, (u8)(1 + peer), 0);
	struct ln_tcp_ao_add a = { .prefix = kind_prefix(kind, 8), .sndid = sndid, .rcvid = rcvid,
				   .keylen = (u8)strlen(secret) };

	memcpy(a.addr, &sin, sizeof(sin));
	memcpy(a.alg_name, alg, strlen(alg));
	memcpy(a.key, secret, strlen(secret));
	return a;
}

static int add(struct world *w, unsigned who, int fd, const struct ln_tcp_ao_add *a)
{
	return ln_setsockopt(w->p.net[who], fd, LN_SOL_TCP, LN_TCP_AO_ADD_KEY, a, sizeof(*a));
}

static int add_key(struct world *w, unsigned who, int fd, const char *alg, u8 sndid, u8 rcvid,
		   const char *secret)
{
	struct ln_tcp_ao_add a = key_of(w->kind, !who, alg, sndid, rcvid, secret);

	return add(w, who, fd, &a);
}

static void nothing_failed(const struct world *w)
{
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(count(w, i, MIB_TcpExtTCPAOBad), 0);
		assert_int_equal(count(w, i, MIB_TcpExtTCPAOKeyNotFound), 0);
		assert_int_equal(count(w, i, MIB_TcpExtTCPAORequired), 0);
		assert_int_equal(count(w, i, MIB_TcpRetransSegs), 0);
		assert_true(count(w, i, MIB_TcpExtTCPAOGood) > 100);
	}
}

static void one_algorithm(void **state, const char *alg, u8 keyflags, u8 maclen, const char *secret)
{
	struct ln_tcp_info info;
	u32 len = sizeof(info);
	struct world w;

	begin(&w, state);
	for (unsigned i = 0; i < 2; i++) {
		struct ln_tcp_ao_add a = key_of(w.kind, !i, alg, i ? 84 : 61, i ? 61 : 84,
						secret);

		a.keyflags = keyflags;
		a.maclen = maclen;
		assert_int_equal(add(&w, i, i ? w.listener : w.from, &a), 0);
	}
	connects(&w, PAIR_SEC);
	assert_true(w.at >= 0);
	ln_getsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_INFO, &info, &len);
	maclen = maclen ? maclen : 12;
	assert_int_equal(info.tcpi_snd_mss, kind_mss(w.kind) - 12 - 4 - maclen);
	transfer(&w, 0, w.from, w.at);
	transfer(&w, 1, w.at, w.from);
	pair_run(&w.p, 5 * PAIR_SEC);
	transfer(&w, 0, w.from, w.at);
	ln_close(w.p.net[0], w.from);
	pair_run(&w.p, PAIR_SEC);
	ln_close(w.p.net[1], w.at);
	pair_run(&w.p, PAIR_SEC);
	nothing_failed(&w);
	pair_end(&w.p);
}

static void algorithms(void **state)
{
	one_algorithm(state, "hmac(sha1)", 0, 0, "a secret");
	one_algorithm(state, "hmac(sha1)", LN_TCP_AO_KEYF_EXCLUDE_OPT, 0, "a secret");
	one_algorithm(state, "cmac(aes128)", 0, 12, "a secret");
	one_algorithm(state, "cmac(aes128)", LN_TCP_AO_KEYF_EXCLUDE_OPT, 16, "sixteen bytes of");
	one_algorithm(state, "hmac(sha256)", 0, 16, "a longer secret than any block is, of more "
		      "than 64 bytes, which is hashed");
}

/* RFC 5925 6.1: one side asks for another key, the other one takes it, both ways. */
static void rollover(void **state)
{
	struct ln_tcp_ao_info_opt set = { .set_rnext = 1, .rnext = 20 }, info;
	struct ln_tcp_ao_del del = { .sndid = 1, .rcvid = 2 };
	struct ln_sockaddr_in6 sin;
	u32 len = sizeof(info);
	struct world w;

	begin(&w, state);
	assert_int_equal(add_key(&w, 0, w.from, "hmac(sha1)", 1, 2, "old"), 0);
	assert_int_equal(add_key(&w, 1, w.listener, "hmac(sha1)", 2, 1, "old"), 0);
	assert_int_equal(add_key(&w, 1, w.listener, "cmac(aes)", 20, 10, "new"), 0);
	connects(&w, PAIR_SEC);
	transfer(&w, 0, w.from, w.at);
	assert_int_equal(add_key(&w, 0, w.from, "cmac(aes)", 10, 20, "new"), 0);
	assert_int_equal(ln_setsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_AO_INFO, &set,
				       sizeof(set)), 0);
	transfer(&w, 0, w.from, w.at);
	transfer(&w, 1, w.at, w.from);
	assert_int_equal(ln_getsockopt(w.p.net[1], w.at, LN_SOL_TCP, LN_TCP_AO_INFO, &info, &len),
			 0);
	assert_int_equal(info.current_key, 20);		/* what was asked for */
	assert_int_equal(info.rnext, 1);
	nothing_failed(&w);
	/* The key that signs cannot go; when another one does, it can. */
	sin = kind_addr(w.kind, 2, 0);
	del.prefix = kind_prefix(w.kind, 8);
	memcpy(del.addr, &sin, sizeof(sin));
	assert_int_equal(ln_setsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_AO_DEL_KEY, &del,
				       sizeof(del)), -EBUSY);
	del.set_current = 1;
	del.current_key = 10;
	assert_int_equal(ln_setsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_AO_DEL_KEY, &del,
				       sizeof(del)), 0);
	transfer(&w, 0, w.from, w.at);
	transfer(&w, 1, w.at, w.from);
	nothing_failed(&w);
	pair_end(&w.p);
}

static void refused(void **state)
{
	struct world w;

	begin(&w, state);
	assert_int_equal(add_key(&w, 1, w.listener, "hmac(sha1)", 2, 1, "secret"), 0);
	connects(&w, PAIR_SEC / 2);		/* unsigned */
	assert_int_equal(drops(&w, 1, SKB_DROP_REASON_TCP_AONOTFOUND), 1);
	assert_int_equal(count(&w, 1, MIB_TcpExtTCPAORequired), 1);
	ln_close(w.p.net[0], w.from);
	w.from = new_socket(&w, 0);
	assert_int_equal(add_key(&w, 0, w.from, "hmac(sha1)", 1, 2, "secreT"), 0);
	connects(&w, PAIR_SEC / 2);		/* by another key */
	assert_int_equal(drops(&w, 1, SKB_DROP_REASON_TCP_AOFAILURE), 1);
	ln_close(w.p.net[0], w.from);
	w.from = new_socket(&w, 0);
	assert_int_equal(add_key(&w, 0, w.from, "hmac(sha1)", 7, 2, "secret"), 0);
	connects(&w, PAIR_SEC / 2);		/* under an id that is not known */
	assert_int_equal(drops(&w, 1, SKB_DROP_REASON_TCP_AOKEYNOTFOUND), 1);
	ln_close(w.p.net[1], w.listener);
	assert_int_equal(count(&w, 1, MIB_TcpOutRsts), 0);
	pair_end(&w.p);
}

/* A RST of a connection is signed, and believed. */
static void reset(void **state)
{
	struct ln_linger linger = { 1, 0 };
	struct world w;

	begin(&w, state);
	assert_int_equal(add_key(&w, 0, w.from, "hmac(sha1)", 1, 2, "secret"), 0);
	assert_int_equal(add_key(&w, 1, w.listener, "hmac(sha1)", 2, 1, "secret"), 0);
	connects(&w, PAIR_SEC);
	ln_setsockopt(w.p.net[1], w.at, LN_SOL_SOCKET, LN_SO_LINGER, &linger, sizeof(linger));
	ln_close(w.p.net[1], w.at);
	pair_run(&w.p, PAIR_MS);
	assert_int_equal(ln_recv(w.p.net[0], w.from, (char[8]){ 0 }, 8, 0), -ECONNRESET);
	pair_end(&w.p);
}

static void options(void **state)
{
	struct ln_tcp_ao_add a;
	struct ln_tcp_ao_getsockopt get[2] = { { .nkeys = 2, .get_all = 1 } };
	u32 len = sizeof(get);
	struct ln_sockaddr_in6 shown;
	struct world w;

	begin(&w, state);
	a = key_of(w.kind, 1, "hmac(sha1)", 1, 2, "x");
	assert_int_equal(add(&w, 0, w.from, &a), 0);
	assert_int_equal(add(&w, 0, w.from, &a), -EEXIST);
	a.sndid = 3;
	a.rcvid = 4;
	a.maclen = 21;
	assert_int_equal(add(&w, 0, w.from, &a), -EINVAL);
	a.maclen = 20;
	assert_int_equal(add(&w, 0, w.from, &a), -EMSGSIZE);
	a.maclen = 16;
	memcpy(a.alg_name, "hmac(md5)", 10);
	assert_int_equal(add(&w, 0, w.from, &a), -ENOENT);
	memcpy(a.alg_name, "cmac(aes)", 10);
	a.prefix = kind_prefix(w.kind, 7);	/* 10.0.0.2, fd00::2 */
	assert_int_equal(add(&w, 0, w.from, &a), 0);
	assert_int_equal(ln_getsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_AO_GET_KEYS, get,
				       &len), 0);
	assert_int_equal(get[0].nkeys, 2);
	assert_string_equal(get[0].alg_name, "cmac(aes128)");
	assert_int_equal(get[0].maclen, 16);
	assert_int_equal(get[1].sndid, 1);
	assert_int_equal(get[0].prefix, kind_prefix(w.kind, 7));
	assert_int_equal(get[1].prefix, kind_prefix(w.kind, 8));
	/* Mapped peers are listed as IPv4's. */
	shown = kind_addr(w.kind == MAPPED ? IPV4 : w.kind, 2, 0);
	assert_memory_equal(get[0].addr, &shown, sizeof(shown));
	/* One alone, by its peers and ids; those of another prefix are not it. */
	get[0] = (struct ln_tcp_ao_getsockopt){ .nkeys = 1, .sndid = 1, .rcvid = 2,
						.prefix = kind_prefix(w.kind, 8) };
	memcpy(get[0].addr, a.addr, sizeof(a.addr));
	len = sizeof(get[0]);
	assert_int_equal(ln_getsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_AO_GET_KEYS, get,
				       &len), 0);
	assert_int_equal(get[0].nkeys, 1);
	assert_string_equal(get[0].alg_name, "hmac(sha1)");
	get[0].prefix--;
	assert_int_equal(ln_getsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_AO_GET_KEYS, get,
				       &len), -ENOENT);
	pair_end(&w.p);
}

static int add_peers(struct world *w, const struct ln_sockaddr_in6 *sin, int prefix)
{
	struct ln_tcp_ao_add a = key_of(w->kind, 1, "hmac(sha1)", 9, 9, "x");

	memcpy(a.addr, sin, sizeof(*sin));
	a.prefix = (u8)prefix;
	return add(w, 0, w->from, &a);
}

/* As Linux: no bits behind a prefix, no port, a prefix of 0 is all of the socket's family; and of a
 * connection that is there, only its own peer. */
static void peers(void **state)
{
	struct ln_sockaddr_in6 sin, any = { 0 };
	struct world w;

	begin(&w, state);
	sin = kind_addr(w.kind, 2, 0);
	assert_int_equal(add_peers(&w, &sin, kind_prefix(w.kind, 6)), -EINVAL);
	assert_int_equal(add_peers(&w, &sin, kind_prefix(w.kind, 9)), -EINVAL);
	assert_int_equal(add_peers(&w, &sin, 0), -EINVAL);
	sin = kind_addr(w.kind, 2, 1);
	assert_int_equal(add_peers(&w, &sin, kind_prefix(w.kind, 8)), -EINVAL);
	sin = kind_addr(w.kind == IPV4 ? IPV6 : IPV4, 2, 0);
	assert_int_equal(add_peers(&w, &sin, 32), -EINVAL);
	any.sin6_family = w.kind == IPV4 ? LN_AF_INET : LN_AF_INET6;
	assert_int_equal(add_peers(&w, &any, 8), -EINVAL);
	/* The newest one that is for the peer signs. */
	assert_int_equal(add_peers(&w, &any, 0), 0);
	assert_int_equal(add_key(&w, 0, w.from, "hmac(sha1)", 1, 2, "secret"), 0);
	assert_int_equal(add_key(&w, 1, w.listener, "hmac(sha1)", 2, 1, "secret"), 0);
	connects(&w, PAIR_SEC);
	transfer(&w, 0, w.from, w.at);
	sin = kind_addr(w.kind, 3, 0);
	assert_int_equal(add_peers(&w, &sin, kind_prefix(w.kind, 8)), -EINVAL);
	pair_end(&w.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_EACH_KIND(algorithms), OF_EACH_KIND(rollover), OF_EACH_KIND(refused),
		OF_EACH_KIND(reset), OF_EACH_KIND(options), OF_EACH_KIND(peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

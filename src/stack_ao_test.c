/* SPDX-License-Identifier: MIT */
/* TCP-AO between two instances: each algorithm, keys that change, what does not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stack_signed.h"

static struct ln_tcp_ao_add key_of(unsigned peer, const char *alg, u8 sndid, u8 rcvid,
				   const char *secret)
{
	struct ln_sockaddr_in sin = pair_addr(peer, 0);
	struct ln_tcp_ao_add a = { .prefix = 32, .sndid = sndid, .rcvid = rcvid,
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
	struct ln_tcp_ao_add a = key_of(!who, alg, sndid, rcvid, secret);

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

static void one_algorithm(const char *alg, u8 keyflags, u8 maclen, const char *secret)
{
	struct ln_tcp_info info;
	u32 len = sizeof(info);
	struct world w;

	begin(&w);
	for (unsigned i = 0; i < 2; i++) {
		struct ln_tcp_ao_add a = key_of(!i, alg, i ? 84 : 61, i ? 61 : 84, secret);

		a.keyflags = keyflags;
		a.maclen = maclen;
		assert_int_equal(add(&w, i, i ? w.listener : w.from, &a), 0);
	}
	connects(&w, PAIR_SEC);
	assert_true(w.at >= 0);
	ln_getsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_INFO, &info, &len);
	maclen = maclen ? maclen : 12;
	assert_int_equal(info.tcpi_snd_mss, 1460 - 12 - 4 - maclen);
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
	(void)state;
	one_algorithm("hmac(sha1)", 0, 0, "a secret");
	one_algorithm("hmac(sha1)", LN_TCP_AO_KEYF_EXCLUDE_OPT, 0, "a secret");
	one_algorithm("cmac(aes128)", 0, 12, "a secret");
	one_algorithm("cmac(aes128)", LN_TCP_AO_KEYF_EXCLUDE_OPT, 16, "sixteen bytes of");
	one_algorithm("hmac(sha256)", 0, 16, "a longer secret than any block is, of more than 64 "
		      "bytes, which is hashed");
}

/* RFC 5925 6.1: one side asks for another key, the other one takes it, both ways. */
static void rollover(void **state)
{
	struct ln_tcp_ao_info_opt set = { .set_rnext = 1, .rnext = 20 }, info;
	struct ln_tcp_ao_del del = { .prefix = 32, .sndid = 1, .rcvid = 2 };
	struct ln_sockaddr_in sin = pair_addr(1, 0);
	u32 len = sizeof(info);
	struct world w;

	(void)state;
	begin(&w);
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

	(void)state;
	begin(&w);
	assert_int_equal(add_key(&w, 1, w.listener, "hmac(sha1)", 2, 1, "secret"), 0);
	connects(&w, PAIR_SEC / 2);		/* unsigned */
	assert_int_equal(drops(&w, 1, SKB_DROP_REASON_TCP_AONOTFOUND), 1);
	assert_int_equal(count(&w, 1, MIB_TcpExtTCPAORequired), 1);
	ln_close(w.p.net[0], w.from);
	w.from = ln_socket(w.p.net[0], LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(add_key(&w, 0, w.from, "hmac(sha1)", 1, 2, "secreT"), 0);
	connects(&w, PAIR_SEC / 2);		/* by another key */
	assert_int_equal(drops(&w, 1, SKB_DROP_REASON_TCP_AOFAILURE), 1);
	ln_close(w.p.net[0], w.from);
	w.from = ln_socket(w.p.net[0], LN_AF_INET, LN_SOCK_STREAM, 0);
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

	(void)state;
	begin(&w);
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
	struct ln_tcp_ao_add a = key_of(1, "hmac(sha1)", 1, 2, "x");
	struct ln_tcp_ao_getsockopt get[2] = { { .nkeys = 2, .get_all = 1 } };
	u32 len = sizeof(get);
	struct world w;

	(void)state;
	begin(&w);
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
	a.prefix = 31;			/* 10.0.0.2 */
	assert_int_equal(add(&w, 0, w.from, &a), 0);
	assert_int_equal(ln_getsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_AO_GET_KEYS, get,
				       &len), 0);
	assert_int_equal(get[0].nkeys, 2);
	assert_string_equal(get[0].alg_name, "cmac(aes128)");
	assert_int_equal(get[0].maclen, 16);
	assert_int_equal(get[1].sndid, 1);
	pair_end(&w.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(algorithms), cmocka_unit_test(rollover),
		cmocka_unit_test(refused), cmocka_unit_test(reset), cmocka_unit_test(options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

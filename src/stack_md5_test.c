/* SPDX-License-Identifier: MIT */
/* TCP MD5 signatures between two instances: what passes, and as what the rest is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stack_signed.h"

static int set_key(struct world *w, unsigned who, int fd, unsigned peer, const char *key)
{
	struct ln_sockaddr_in6 sin = kind_addr(w->kind, (u8)(1 + peer), 0);
	struct ln_tcp_md5sig m = { .tcpm_keylen = (uint16_t)strlen(key) };

	memcpy(m.tcpm_addr, &sin, sizeof(sin));
	memcpy(m.tcpm_key, key, strlen(key));
	return ln_setsockopt(w->p.net[who], fd, LN_SOL_TCP, LN_TCP_MD5SIG, &m, sizeof(m));
}

static void transfers_with(void **state, int ecn)
{
	struct ln_tcp_info info;
	u32 len = sizeof(info);
	struct world w;

	begin(&w, state);
	for (unsigned i = 0; i < 2; i++)
		net_of(w.p.net[i])->sysctl.tcp_ecn = ecn;
	assert_int_equal(set_key(&w, 1, w.listener, 0, "secret"), 0);
	assert_int_equal(set_key(&w, 0, w.from, 1, "secret"), 0);
	connects(&w, PAIR_SEC);
	assert_true(w.at >= 0);
	ln_getsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_INFO, &info, &len);
	assert_int_equal(info.tcpi_snd_mss, kind_mss(w.kind));
	assert_false(info.tcpi_options & 1);	/* no timestamps, so that SACK has room */
	assert_true(info.tcpi_options & 2);
	transfer(&w, 0, w.from, w.at);
	transfer(&w, 1, w.at, w.from);
	ln_getsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_INFO, &info, &len);
	assert_int_equal(info.tcpi_delivered_e0_bytes, ecn == 3 ? BYTES : 0);
	pair_run(&w.p, 5 * PAIR_SEC);		/* it may not rest */
	transfer(&w, 0, w.from, w.at);
	/* Both FINs, and a FIN again that TIME-WAIT has to answer signed. */
	ln_close(w.p.net[0], w.from);
	pair_run(&w.p, PAIR_SEC);
	ln_close(w.p.net[1], w.at);
	pair_run(&w.p, PAIR_SEC);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(count(&w, i, MIB_TcpExtTCPMD5Failure), 0);
		assert_int_equal(count(&w, i, MIB_TcpExtTCPMD5NotFound), 0);
		assert_int_equal(count(&w, i, MIB_TcpExtTCPMD5Unexpected), 0);
		assert_int_equal(count(&w, i, MIB_TcpRetransSegs), 0);
	}
	pair_end(&w.p);
}

/* RFC 9768's flags and option are signed, too. */
static void same_key(void **state)
{
	transfers_with(state, 2);
	transfers_with(state, 3);
}

static void other_key(void **state)
{
	struct world w;

	begin(&w, state);
	assert_int_equal(set_key(&w, 1, w.listener, 0, "secret"), 0);
	assert_int_equal(set_key(&w, 0, w.from, 1, "secreT"), 0);
	connects(&w, PAIR_SEC / 2);
	assert_int_equal(w.at, -EAGAIN);
	assert_int_equal(count(&w, 1, MIB_TcpExtTCPMD5Failure), 1);
	assert_int_equal(drops(&w, 1, SKB_DROP_REASON_TCP_MD5FAILURE), 1);
	assert_int_equal(count(&w, 1, MIB_TcpOutRsts), 0);
	/* The right one, and the next SYN passes. */
	assert_int_equal(set_key(&w, 0, w.from, 1, "secret"), 0);
	pair_run(&w.p, PAIR_SEC);
	assert_true(ln_accept(w.p.net[1], w.listener, NULL, NULL) >= 0);
	pair_end(&w.p);
}

static void one_key(void **state)
{
	struct world w;

	begin(&w, state);
	assert_int_equal(set_key(&w, 1, w.listener, 0, "secret"), 0);
	connects(&w, PAIR_SEC / 2);
	assert_int_equal(drops(&w, 1, SKB_DROP_REASON_TCP_MD5NOTFOUND), 1);
	assert_int_equal(count(&w, 1, MIB_TcpExtTCPMD5NotFound), 1);
	assert_int_equal(set_key(&w, 1, w.listener, 0, ""), 0);
	assert_int_equal(set_key(&w, 1, w.listener, 0, ""), -ENOENT);
	pair_run(&w.p, PAIR_SEC);
	w.at = ln_accept(w.p.net[1], w.listener, NULL, NULL);
	assert_true(w.at >= 0);
	/* A key in the middle of a connection: from then on, both ways. */
	assert_int_equal(set_key(&w, 0, w.from, 1, "later"), 0);
	assert_int_equal(ln_send(w.p.net[0], w.from, "x", 1, 0), 1);
	pair_run(&w.p, PAIR_MS);
	assert_int_equal(drops(&w, 1, SKB_DROP_REASON_TCP_MD5UNEXPECTED), 1);
	assert_int_equal(count(&w, 1, MIB_TcpExtTCPMD5Unexpected), 1);
	assert_int_equal(set_key(&w, 1, w.at, 0, "later"), 0);
	pair_run(&w.p, PAIR_SEC);
	assert_int_equal(ln_recv(w.p.net[1], w.at, (char[8]){ 0 }, 8, 0), 1);
	transfer(&w, 1, w.at, w.from);
	pair_end(&w.p);
}

/* prefixlen: as kind_prefix(). */
static int set_prefix(struct world *w, u8 last, int prefixlen, const char *key)
{
	struct ln_sockaddr_in6 sin = kind_addr(w->kind, last, 0);
	struct ln_tcp_md5sig m = { .tcpm_flags = LN_TCP_MD5SIG_FLAG_PREFIX,
				   .tcpm_prefixlen = kind_prefix(w->kind, prefixlen),
				   .tcpm_keylen = (uint16_t)strlen(key) };

	memcpy(m.tcpm_addr, &sin, sizeof(sin));
	memcpy(m.tcpm_key, key, strlen(key));
	return ln_setsockopt(w->p.net[1], w->listener, LN_SOL_TCP, LN_TCP_MD5SIG_EXT, &m,
			     sizeof(m));
}

/* The longest prefix has the key, however they were set. */
static void prefixes(void **state)
{
	struct world w;

	begin(&w, state);
	assert_int_equal(set_prefix(&w, 0, -24, "all"), 0);
	assert_int_equal(set_prefix(&w, 0, 6, "near"), 0);
	assert_int_equal(set_prefix(&w, 0, -16, "far"), 0);
	assert_int_equal(set_prefix(&w, 128, 1, "other half"), 0);
	assert_int_equal(set_prefix(&w, 0, 9, "none"), -EINVAL);
	assert_int_equal(set_key(&w, 0, w.from, 1, "near"), 0);
	connects(&w, PAIR_SEC / 2);
	assert_true(w.at >= 0);
	transfer(&w, 0, w.from, w.at);
	pair_end(&w.p);
}

/* RFC 2385 2.0: RSTs too, of connections and of listeners; one that has no key is not believed. */
static void resets(void **state)
{
	struct ln_linger linger = { 1, 0 };
	struct ln_sockaddr_in6 nobody;
	struct world w;
	int err = 0;
	u32 len = sizeof(err);

	begin(&w, state);
	nobody = kind_addr(w.kind, 2, 180);
	assert_int_equal(set_key(&w, 1, w.listener, 0, "secret"), 0);
	assert_int_equal(set_key(&w, 0, w.from, 1, "secret"), 0);
	connects(&w, PAIR_SEC / 2);
	assert_int_equal(ln_setsockopt(w.p.net[1], w.at, LN_SOL_SOCKET, LN_SO_LINGER, &linger,
				       sizeof(linger)), 0);
	ln_close(w.p.net[1], w.at);
	pair_run(&w.p, PAIR_MS);
	assert_int_equal(ln_recv(w.p.net[0], w.from, (char[8]){ 0 }, 8, 0), -ECONNRESET);
	/* Nobody listens there, so nobody can sign, and no RST is sent. */
	w.from = new_socket(&w, 0);
	assert_int_equal(set_key(&w, 0, w.from, 1, "secret"), 0);
	assert_int_equal(ln_connect(w.p.net[0], w.from, &nobody, sizeof(nobody)), -EINPROGRESS);
	pair_run(&w.p, PAIR_SEC / 2);
	ln_getsockopt(w.p.net[0], w.from, LN_SOL_SOCKET, LN_SO_ERROR, &err, &len);
	assert_int_equal(err, 0);
	pair_end(&w.p);
}

/* A key of ::/0 is for no peer of IPv4, and one of all of IPv4 for none of IPv6; the sockaddr is of
 * the socket's family. */
static void both_families(void **state)
{
	void *kind = (void *)&kinds[IPV6];
	struct ln_sockaddr_in6 mapped = kind_addr(MAPPED, 2, 180), any = { 0 };
	struct ln_sockaddr_in6 any4 = kind_addr(MAPPED, 0, 0), wrong = kind_addr(IPV4, 1, 0);
	struct ln_tcp_md5sig m = { .tcpm_flags = LN_TCP_MD5SIG_FLAG_PREFIX, .tcpm_keylen = 1 };
	struct world w;
	int l, s;

	(void)state;
	begin(&w, &kind);
	l = new_socket(&w, 1);
	any.sin6_family = LN_AF_INET6;
	any.sin6_port = cpu_to_be16(180);
	assert_int_equal(ln_bind(w.p.net[1], l, &any, sizeof(any)), 0);
	memcpy(m.tcpm_addr, &wrong, sizeof(wrong));
	assert_int_equal(ln_setsockopt(w.p.net[1], l, LN_SOL_TCP, LN_TCP_MD5SIG_EXT, &m,
				       sizeof(m)), -EINVAL);
	memcpy(m.tcpm_addr, &any, sizeof(any));
	assert_int_equal(ln_setsockopt(w.p.net[1], l, LN_SOL_TCP, LN_TCP_MD5SIG_EXT, &m,
				       sizeof(m)), 0);
	assert_int_equal(ln_listen(w.p.net[1], l, 2), 0);
	/* By IPv4 without a signature, while ::/0 has a key. */
	s = new_socket(&w, 0);
	assert_int_equal(ln_connect(w.p.net[0], s, &mapped, sizeof(mapped)), -EINPROGRESS);
	pair_run(&w.p, PAIR_MS);
	assert_true(ln_accept(w.p.net[1], l, NULL, NULL) >= 0);
	/* By IPv6 it is one that is missing. */
	any = kind_addr(IPV6, 2, 180);
	assert_int_equal(ln_connect(w.p.net[0], w.from, &any, sizeof(any)), -EINPROGRESS);
	pair_run(&w.p, PAIR_MS);
	assert_int_equal(ln_accept(w.p.net[1], l, NULL, NULL), -EAGAIN);
	assert_int_equal(drops(&w, 1, SKB_DROP_REASON_TCP_MD5NOTFOUND), 1);
	/* And with one of 0.0.0.0/0 in its place the other way round. */
	m.tcpm_keylen = 0;
	assert_int_equal(ln_setsockopt(w.p.net[1], l, LN_SOL_TCP, LN_TCP_MD5SIG_EXT, &m,
				       sizeof(m)), 0);
	m.tcpm_keylen = 1;
	memset(any4.sin6_addr + 12, 0, 4);
	memcpy(m.tcpm_addr, &any4, sizeof(any4));
	assert_int_equal(ln_setsockopt(w.p.net[1], l, LN_SOL_TCP, LN_TCP_MD5SIG_EXT, &m,
				       sizeof(m)), 0);
	pair_run(&w.p, 2 * PAIR_SEC);
	assert_true(ln_accept(w.p.net[1], l, NULL, NULL) >= 0);
	s = new_socket(&w, 0);
	assert_int_equal(ln_connect(w.p.net[0], s, &mapped, sizeof(mapped)), -EINPROGRESS);
	pair_run(&w.p, PAIR_MS);
	assert_int_equal(ln_accept(w.p.net[1], l, NULL, NULL), -EAGAIN);
	assert_int_equal(drops(&w, 1, SKB_DROP_REASON_TCP_MD5NOTFOUND), 2);
	pair_end(&w.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_EACH_KIND(same_key), OF_EACH_KIND(other_key), OF_EACH_KIND(one_key),
		OF_EACH_KIND(prefixes), OF_EACH_KIND(resets), cmocka_unit_test(both_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
	struct ln_sockaddr_in sin = pair_addr(peer, 0);
	struct ln_tcp_md5sig m = { .tcpm_keylen = (uint16_t)strlen(key) };

	memcpy(m.tcpm_addr, &sin, sizeof(sin));
	memcpy(m.tcpm_key, key, strlen(key));
	return ln_setsockopt(w->p.net[who], fd, LN_SOL_TCP, LN_TCP_MD5SIG, &m, sizeof(m));
}

static void transfers_with(int ecn)
{
	struct ln_tcp_info info;
	u32 len = sizeof(info);
	struct world w;

	begin(&w);
	for (unsigned i = 0; i < 2; i++)
		net_of(w.p.net[i])->sysctl.tcp_ecn = ecn;
	assert_int_equal(set_key(&w, 1, w.listener, 0, "secret"), 0);
	assert_int_equal(set_key(&w, 0, w.from, 1, "secret"), 0);
	connects(&w, PAIR_SEC);
	assert_true(w.at >= 0);
	ln_getsockopt(w.p.net[0], w.from, LN_SOL_TCP, LN_TCP_INFO, &info, &len);
	assert_int_equal(info.tcpi_snd_mss, 1460 - 20);
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
	(void)state;
	transfers_with(2);
	transfers_with(3);
}

static void other_key(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
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

	(void)state;
	begin(&w);
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

static int set_prefix(struct world *w, u8 last, u8 prefixlen, const char *key)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET,
				      .sin_addr = INET_ADDR4(10, 0, 0, last) };
	struct ln_tcp_md5sig m = { .tcpm_flags = LN_TCP_MD5SIG_FLAG_PREFIX,
				   .tcpm_prefixlen = prefixlen,
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

	(void)state;
	begin(&w);
	assert_int_equal(set_prefix(&w, 0, 0, "all"), 0);
	assert_int_equal(set_prefix(&w, 0, 30, "near"), 0);
	assert_int_equal(set_prefix(&w, 0, 8, "far"), 0);
	assert_int_equal(set_prefix(&w, 128, 25, "other half"), 0);
	assert_int_equal(set_prefix(&w, 0, 33, "none"), -EINVAL);
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
	struct ln_sockaddr_in nobody = pair_addr(1, 180);
	struct world w;
	int err = 0;
	u32 len = sizeof(err);

	(void)state;
	begin(&w);
	assert_int_equal(set_key(&w, 1, w.listener, 0, "secret"), 0);
	assert_int_equal(set_key(&w, 0, w.from, 1, "secret"), 0);
	connects(&w, PAIR_SEC / 2);
	assert_int_equal(ln_setsockopt(w.p.net[1], w.at, LN_SOL_SOCKET, LN_SO_LINGER, &linger,
				       sizeof(linger)), 0);
	ln_close(w.p.net[1], w.at);
	pair_run(&w.p, PAIR_MS);
	assert_int_equal(ln_recv(w.p.net[0], w.from, (char[8]){ 0 }, 8, 0), -ECONNRESET);
	/* Nobody listens there, so nobody can sign, and no RST is sent. */
	w.from = ln_socket(w.p.net[0], LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(set_key(&w, 0, w.from, 1, "secret"), 0);
	assert_int_equal(ln_connect(w.p.net[0], w.from, &nobody, sizeof(nobody)), -EINPROGRESS);
	pair_run(&w.p, PAIR_SEC / 2);
	ln_getsockopt(w.p.net[0], w.from, LN_SOL_SOCKET, LN_SO_ERROR, &err, &len);
	assert_int_equal(err, 0);
	pair_end(&w.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_key), cmocka_unit_test(other_key),
		cmocka_unit_test(one_key), cmocka_unit_test(prefixes), cmocka_unit_test(resets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

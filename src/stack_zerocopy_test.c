/* SPDX-License-Identifier: MIT */
/* MSG_ZEROCOPY over a cable to another instance: what is handed over is a copy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stack_pair.h"

#define BYTES 5000

static void test_cable(void **state)
{
	struct ln_sockaddr_in to = pair_addr(1, 80);
	struct { struct ln_cmsghdr h; struct ln_sock_extended_err ee; u8 room[32]; } c;
	struct ln_msghdr m = { .msg_control = &c, .msg_controllen = sizeof(c) };
	u8 *mem = malloc(BYTES);
	struct ln_rxbuf bufs[16];
	struct pair p;
	int listener, from, at, one = 1;
	ptrdiff_t n;
	size_t got = 0;

	(void)state;
	pair_create(&p, NULL);
	assert_true(pair_connect(&p));
	listener = ln_socket(p.net[1], LN_AF_INET, LN_SOCK_STREAM, 0);
	from = ln_socket(p.net[0], LN_AF_INET, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_bind(p.net[1], listener, &to, sizeof(to)), 0);
	assert_int_equal(ln_listen(p.net[1], listener, 1), 0);
	assert_int_equal(ln_connect(p.net[0], from, &to, sizeof(to)), -EINPROGRESS);
	pair_settle(&p);
	at = ln_accept(p.net[1], listener, NULL, NULL);
	assert_true(at >= 0);
	assert_int_equal(ln_setsockopt(p.net[0], from, LN_SOL_SOCKET, LN_SO_ZEROCOPY, &one, 4), 0);
	memset(mem, 'z', BYTES);
	assert_int_equal(ln_send(p.net[0], from, mem, BYTES, LN_MSG_ZEROCOPY), BYTES);
	pair_run(&p, PAIR_SEC);
	assert_int_equal(ln_recvmsg(p.net[0], from, &m, LN_MSG_ERRQUEUE), 0);
	assert_int_equal(c.ee.ee_origin, LN_SO_EE_ORIGIN_ZEROCOPY);
	assert_int_equal(c.ee.ee_code, LN_SO_EE_CODE_ZEROCOPY_COPIED);
	memset(mem, 0xee, BYTES);
	free(mem);
	n = ln_recv_borrow(p.net[1], at, bufs, 16, 0);
	for (ptrdiff_t i = 0; i < n; i++) {
		for (size_t k = 0; k < bufs[i].len; k++)
			assert_int_equal(((const u8 *)bufs[i].data)[k], 'z');
		got += bufs[i].len;
	}
	assert_int_equal(got, BYTES);
	assert_int_equal(ln_recv_return(p.net[1], bufs, (unsigned)n), 0);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

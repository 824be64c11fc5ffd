/* SPDX-License-Identifier: MIT */
/* What the user borrowed and never gave back is taken at the end, and told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stack_pair.h"

static void test_never_given_back(void **state)
{
	struct ln_sockaddr_in to = pair_addr(1, 9);
	struct ln_rxbuf bufs[4];
	struct ln_leaks leaks;
	struct pair p;
	int from, at;

	(void)state;
	pair_create(&p, NULL);
	assert_true(pair_connect(&p));
	from = ln_socket(p.net[0], LN_AF_INET, LN_SOCK_DGRAM, 0);
	at = ln_socket(p.net[1], LN_AF_INET, LN_SOCK_DGRAM, 0);
	assert_int_equal(ln_bind(p.net[1], at, &to, sizeof(to)), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ln_sendto(p.net[0], from, "abc", 3, 0, &to, sizeof(to)), 3);
	pair_settle(&p);
	assert_int_equal(ln_recv_borrow(p.net[1], at, bufs, 4, 0), 3);
	assert_int_equal(ln_recv_return(p.net[1], &bufs[1], 1), 0);
	assert_int_equal(ln_net_destroy(p.net[1], &leaks), -ENOTRECOVERABLE);
	assert_int_equal(leaks.borrowed, 2);
	assert_int_equal(leaks.bytes, 0);
	assert_int_equal(leaks.objects, 0);
	assert_int_equal(leaks.packets, 0);
	assert_int_equal(leaks.frames_unaccounted, 0);
	pair_destroy(&p, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

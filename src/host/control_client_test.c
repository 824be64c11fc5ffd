/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/control.h"

/* A program has ended, and its end of the socket is closed, before its input is. */
static int exec_after_the_end(const void *said, size_t len)
{
	int pair[2], input[2], status;
	char err[128] = "";

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(pipe(input), 0);
	assert_int_equal(write(input[1], "late", 4), 4);
	close(input[1]);
	assert_int_equal(dup2(input[0], STDIN_FILENO), STDIN_FILENO);
	close(input[0]);
	assert_int_equal(write(pair[1], said, len), len);
	close(pair[1]);
	status = control_exec(pair[0], "node", "nc -z 10.0.0.1 9", true, err, sizeof(err));
	close(pair[0]);
	assert_int_equal(!*err, status >= 0);
	return status;
}

static void the_status_is_read_though_input_is_refused(void **state)
{
	(void)state;
	assert_int_equal(exec_after_the_end("x\0\0\0\1\7", 6), 7);
}

static void without_a_status_it_broke_off(void **state)
{
	(void)state;
	assert_int_equal(exec_after_the_end("x\0\0\0\1", 5), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_status_is_read_though_input_is_refused),
		cmocka_unit_test(without_a_status_it_broke_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

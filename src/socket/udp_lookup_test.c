/* SPDX-License-Identifier: MIT */
/*
 * Whose socket the last datagram's was is remembered (transport/udp.h: udp_last). Whatever may give
 * the next one of the same flow to another socket has to be seen at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts.h"

#define PORT 53

static int client(struct pair *p)
{
	return udp_bound(&p->a, 0, 1000);
}

/* Sends one from a's socket; which of b's sockets got it, -1: none. */
static int who_gets(struct pair *p, int from, const int *fds, int n)
{
	char buf[8];
	int got = -1;

	assert_int_equal(send_to(&p->a, from, "x", 1, ADDR_B, PORT), 1);
	pair_run(p);
	for (int i = 0; i < n; i++) {
		if (ln_recv(p->b.ln, fds[i], buf, sizeof(buf), 0) == 1) {
			assert_int_equal(got, -1);
			got = i;
		}
	}
	return got;
}

static void a_more_exact_one_takes_over(void **state)
{
	struct pair *p = *state;
	int from = client(p), fd[3], on = 1;

	for (int i = 0; i < 3; i++) {
		fd[i] = udp_socket(&p->b);
		ln_setsockopt(p->b.ln, fd[i], LN_SOL_SOCKET, LN_SO_REUSEADDR, &on, sizeof(on));
	}
	assert_int_equal(who_gets(p, from, fd, 3), -1);
	assert_int_equal(bind_to(&p->b, fd[0], 0, PORT), 0);
	assert_int_equal(who_gets(p, from, fd, 3), 0);
	assert_int_equal(who_gets(p, from, fd, 3), 0);
	assert_int_equal(bind_to(&p->b, fd[1], ADDR_B, PORT), 0);
	assert_int_equal(who_gets(p, from, fd, 3), 1);
	assert_int_equal(bind_to(&p->b, fd[2], ADDR_B, PORT), 0);
	assert_int_equal(connect_to(&p->b, fd[2], ADDR_A, 1000), 0);
	assert_int_equal(who_gets(p, from, fd, 3), 2);
	/* And back, as they go; the next of the same number is not taken for the last. */
	assert_int_equal(connect_to(&p->b, fd[2], ADDR_A, 1001), 0);
	assert_int_equal(who_gets(p, from, fd, 3), 1);
	ln_close(p->b.ln, fd[1]);
	fd[1] = -1;
	assert_int_equal(who_gets(p, from, fd, 3), 0);
	ln_close(p->b.ln, fd[0]);
	fd[0] = -1;
	assert_int_equal(who_gets(p, from, fd, 3), -1);
}

static void a_device_that_is_chosen_later_counts(void **state)
{
	struct pair *p = *state;
	int from = client(p), fd = udp_bound(&p->b, 0, PORT);

	assert_int_equal(who_gets(p, from, &fd, 1), 0);
	ln_setsockopt(p->b.ln, fd, LN_SOL_SOCKET, LN_SO_BINDTODEVICE, "lo", 3);
	assert_int_equal(who_gets(p, from, &fd, 1), -1);
	ln_setsockopt(p->b.ln, fd, LN_SOL_SOCKET, LN_SO_BINDTODEVICE, "eth0", 5);
	assert_int_equal(who_gets(p, from, &fd, 1), 0);
}

static int group_member(struct pair *p)
{
	int fd = udp_socket(&p->b), on = 1;

	ln_setsockopt(p->b.ln, fd, LN_SOL_SOCKET, LN_SO_REUSEPORT, &on, sizeof(on));
	assert_int_equal(bind_to(&p->b, fd, 0, PORT), 0);
	return fd;
}

/* One that joins may take a flow over, one that leaves the group gets all or nothing. */
static void a_group_that_changes_is_asked_again(void **state)
{
	struct pair *p = *state;
	int from[16], fd[4], moved = 0, off = 0, was[16];

	for (int i = 0; i < 16; i++)
		from[i] = udp_bound(&p->a, 0, (u16)(2000 + i));
	fd[0] = group_member(p);
	for (int n = 1; n < 4; n++) {
		for (int i = 0; i < 16; i++)
			was[i] = who_gets(p, from[i], fd, n);
		assert_int_equal(who_gets(p, from[15], fd, n), was[15]);
		fd[n] = group_member(p);
		moved += who_gets(p, from[15], fd, n + 1) != was[15];
		for (int i = 0; i < 15; i++)
			moved += who_gets(p, from[i], fd, n + 1) != was[i];
	}
	assert_true(moved > 5);
	/* Alone with what the lookup says at once, not with what it said before. */
	for (int i = 0; i < 4; i++) {
		int after;

		ln_setsockopt(p->b.ln, fd[i], LN_SOL_SOCKET, LN_SO_REUSEPORT, &off, sizeof(off));
		after = who_gets(p, from[3], fd, 4);
		p->b.net.sock->lookup_epoch++;
		assert_int_equal(who_gets(p, from[3], fd, 4), after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_more_exact_one_takes_over, pair_setup,
						pair_teardown),
		cmocka_unit_test_setup_teardown(a_device_that_is_chosen_later_counts, pair_setup,
						pair_teardown),
		cmocka_unit_test_setup_teardown(a_group_that_changes_is_asked_again, pair_setup,
						pair_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

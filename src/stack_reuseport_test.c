/* SPDX-License-Identifier: MIT */
/* SO_REUSEPORT through the public calls: several sockets of one port share its flows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stack_pair.h"

#define GROUP 4
#define FLOWS 240

static int bound_socket(struct pair *p, int type, bool share)
{
	const struct ln_sockaddr_in at = pair_addr(1, 80);
	int fd = ln_socket(p->net[1], LN_AF_INET, type, 0), one = share;

	assert_true(fd >= 0);
	assert_int_equal(ln_setsockopt(p->net[1], fd, LN_SOL_SOCKET, LN_SO_REUSEPORT, &one,
				       sizeof(one)), 0);
	if (ln_bind(p->net[1], fd, &at, sizeof(at))) {
		ln_close(p->net[1], fd);
		return -EADDRINUSE;
	}
	return fd;
}

static void begin(struct pair *p, int type, int fd[GROUP])
{
	pair_create(p, NULL);
	assert_true(pair_connect(p));
	for (int i = 0; i < GROUP; i++) {
		fd[i] = bound_socket(p, type, true);
		assert_true(fd[i] >= 0);
		if (type == LN_SOCK_STREAM)
			assert_int_equal(ln_listen(p->net[1], fd[i], FLOWS), 0);
	}
	assert_int_equal(bound_socket(p, type, false), -EADDRINUSE);
}

static int connect_one(struct pair *p)
{
	const struct ln_sockaddr_in to = pair_addr(1, 80);
	int fd = ln_socket(p->net[0], LN_AF_INET, LN_SOCK_STREAM, 0);

	assert_int_equal(ln_connect(p->net[0], fd, &to, sizeof(to)), -EINPROGRESS);
	pair_run(p, PAIR_MS);
	return fd;
}

static int accept_all(struct pair *p, int listener)
{
	int n = 0, fd;

	while ((fd = ln_accept(p->net[1], listener, NULL, NULL)) >= 0) {
		ln_close(p->net[1], fd);
		n++;
	}
	assert_int_equal(fd, -EAGAIN);
	return n;
}

static void test_listeners_share(void **state)
{
	int fd[GROUP], client[FLOWS], got, sum = 0;
	struct pair p;

	(void)state;
	begin(&p, LN_SOCK_STREAM, fd);
	for (int i = 0; i < FLOWS; i++)
		client[i] = connect_one(&p);
	for (int i = 0; i < GROUP; i++) {
		got = accept_all(&p, fd[i]);
		assert_in_range(got, FLOWS / GROUP / 2, FLOWS / GROUP * 2);
		sum += got;
	}
	assert_int_equal(sum, FLOWS);
	/* One leaves the group: the others take what would have been its. */
	ln_close(p.net[1], fd[0]);
	for (int i = 0; i < FLOWS; i++) {
		ln_close(p.net[0], client[i]);
		client[i] = connect_one(&p);
	}
	for (int i = 1; i < GROUP; i++)
		sum -= accept_all(&p, fd[i]);
	assert_int_equal(sum, 0);
	pair_end(&p);
}

/* A flow of datagrams stays with its socket. */
static void test_datagrams_share(void **state)
{
	const struct ln_sockaddr_in to = pair_addr(1, 80);
	int fd[GROUP], with_some = 0;
	struct pair p;

	(void)state;
	begin(&p, LN_SOCK_DGRAM, fd);
	for (int flow = 0; flow < FLOWS; flow++) {
		int client = ln_socket(p.net[0], LN_AF_INET, LN_SOCK_DGRAM, 0);

		for (int i = 0; i < 3; i++)
			assert_int_equal(ln_sendto(p.net[0], client, "x", 1, 0, &to, sizeof(to)),
					 1);
		pair_run(&p, PAIR_MS);
		ln_close(p.net[0], client);
		for (int i = 0, n; i < GROUP; i++) {
			char c;

			for (n = 0; ln_recv(p.net[1], fd[i], &c, 1, LN_MSG_DONTWAIT) == 1; n++)
				;
			assert_true(n == 0 || n == 3);
			with_some += n == 3;
		}
	}
	assert_int_equal(with_some, FLOWS);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listeners_share),
		cmocka_unit_test(test_datagrams_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

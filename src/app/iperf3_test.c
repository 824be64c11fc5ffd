/* SPDX-License-Identifier: MIT */
/* iperf3's server between two clients: who comes as a test ends is the next, not shown out. */
#include "app/iperf3.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "app/util/net_test.h"
#include "base/types.h"

#define PARAM_EXCHANGE 9
#define ACCESS_DENIED (-1)
#define OPEN (-100)		/* connected, and nothing was said */

struct two_hosts {
	struct world w;
	struct ln_net *client, *server;
	struct iperf3 *iperf3;
};

static void two_start(struct two_hosts *t)
{
	const struct perf_params params = { .server = true };

	memset(t, 0, sizeof(*t));
	t->client = world_host(&t->w, "client");
	t->server = world_host(&t->w, "server");
	world_cable(&t->w, t->client, t->server);
	assert_int_equal(iperf3_start(t->server, &params, &t->iperf3), 0);
}

static void two_end(struct two_hosts *t)
{
	iperf3_cancel(t->iperf3);
	world_end(&t->w);
}

static void settle(struct two_hosts *t)
{
	int over = 0;

	world_run(&t->w, WORLD_SEC / 10, &over);
}

static int connect_to(struct two_hosts *t)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET, .sin_port = htons(PERF_PORT),
				      .sin_addr = htonl(0x0a000002) };
	int fd = ln_socket(t->client, LN_AF_INET, LN_SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(ln_connect(t->client, fd, &sin, sizeof(sin)), -EINPROGRESS);
	settle(t);
	return fd;
}

static void show_cookie(struct two_hosts *t, int fd, char letter)
{
	char cookie[37] = { 0 };

	memset(cookie, letter, 36);
	assert_int_equal(ln_send(t->client, fd, cookie, sizeof(cookie), 0), sizeof(cookie));
}

/* The state that the server sent; 0: it closed. */
static int answer(struct two_hosts *t, int fd)
{
	int8_t state;
	ptrdiff_t n = ln_recv(t->client, fd, &state, 1, 0);

	return n == -EAGAIN ? OPEN : n == 1 ? state : (int)n;
}

static void test_others_are_denied(void **state)
{
	struct two_hosts t;
	int a, b;

	(void)state;
	two_start(&t);
	a = connect_to(&t);
	b = connect_to(&t);
	show_cookie(&t, a, 'a');
	settle(&t);
	show_cookie(&t, b, 'b');
	settle(&t);
	assert_int_equal(answer(&t, a), PARAM_EXCHANGE);
	assert_int_equal(answer(&t, b), ACCESS_DENIED);
	two_end(&t);
}

/* It has connected, its cookie is on the way when the test before it ends. */
static void test_a_connection_outlives_the_test_before(void **state)
{
	struct two_hosts t;
	int a, b;

	(void)state;
	two_start(&t);
	a = connect_to(&t);
	show_cookie(&t, a, 'a');
	settle(&t);
	b = connect_to(&t);
	ln_close(t.client, a);
	settle(&t);
	assert_int_equal(answer(&t, b), OPEN);
	show_cookie(&t, b, 'b');
	settle(&t);
	assert_int_equal(answer(&t, b), PARAM_EXCHANGE);
	two_end(&t);
}

/* Its cookie arrives together with the end of the test before. */
static void test_a_cookie_comes_with_the_end(void **state)
{
	struct two_hosts t;
	int a, b, c;

	(void)state;
	two_start(&t);
	a = connect_to(&t);
	show_cookie(&t, a, 'a');
	settle(&t);
	b = connect_to(&t);
	c = connect_to(&t);
	ln_close(t.client, a);
	show_cookie(&t, b, 'b');
	show_cookie(&t, c, 'c');
	settle(&t);
	assert_int_equal(answer(&t, b), PARAM_EXCHANGE);
	assert_int_equal(answer(&t, c), ACCESS_DENIED);
	two_end(&t);
}

/* Connections that never say anything do not add up. */
static void test_the_silent_make_room(void **state)
{
	struct two_hosts t;
	int fd[66];

	(void)state;
	two_start(&t);
	for (size_t i = 0; i < ARRAY_SIZE(fd); i++)
		fd[i] = connect_to(&t);
	assert_int_equal(answer(&t, fd[0]), 0);
	assert_int_equal(answer(&t, fd[1]), 0);
	assert_int_equal(answer(&t, fd[2]), OPEN);
	show_cookie(&t, fd[65], 'x');
	settle(&t);
	assert_int_equal(answer(&t, fd[65]), PARAM_EXCHANGE);
	two_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others_are_denied),
		cmocka_unit_test(test_a_connection_outlives_the_test_before),
		cmocka_unit_test(test_a_cookie_comes_with_the_end),
		cmocka_unit_test(test_the_silent_make_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

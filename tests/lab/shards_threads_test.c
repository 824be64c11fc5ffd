/* SPDX-License-Identifier: MIT */
/*
 * Shards on threads of their own. Two machines, ring i joined to ring i; the server hashes with
 * another key than the client, so that half of all frames come to the wrong thread on either side.
 * Each connection is made and read by threads that share nothing but the rings between them; the
 * preset tsan looks at them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linnet/linnet.h>

#include "base/types.h"
#include "wire/inet_addr.h"

#define SHARDS 3
#define FLOWS 20
#define BYTES 3000
#define TURN_NS 1000

static struct ln_shards *clients, *servers;
static struct ln_nic *client_nic[SHARDS], *server_nic[SHARDS];
static unsigned done;			/* shards whose flows are over */
static u64 served;			/* bytes that servers read */

struct core {
	unsigned shard;
	s64 now;
	u64 sent, read;
	int listener;
};

static const struct ln_sockaddr_in at = { .sin_family = LN_AF_INET,
					  .sin_port = CONST_BE16(7000),
					  .sin_addr = INET_ADDR4(10, 0, 0, 2) };

static void shards_begin(struct ln_shards **s, struct ln_nic *nics[], u64 seed, const char *addr)
{
	const struct ln_shards_params sp = { .count = SHARDS };
	const struct ln_nic_params nic = { .name = "eth0" };
	struct ln_net_params np;

	ln_net_params_init(&np);
	np.seed = seed;
	*s = ln_shards_create(&np, &sp);
	assert_non_null(*s);
	assert_int_equal(ln_shards_nic(*s, &nic, nics), 0);
	assert_int_equal(ln_shards_ctl(*s, addr, NULL, 0, NULL), 0);
	assert_int_equal(ln_shards_ctl(*s, "ip link set eth0 up", NULL, 0, NULL), 0);
}

/* What came to this shard's listener is read to its end. */
static void serve(struct core *c)
{
	struct ln_net *net = ln_shards_net(servers, c->shard);
	static _Thread_local int open[FLOWS * SHARDS], count;
	char buf[4096];
	int fd;

	while ((fd = ln_accept(net, c->listener, NULL, NULL)) >= 0)
		open[count++] = fd;
	for (int i = 0; i < count; i++) {
		ptrdiff_t n = ln_recv(net, open[i], buf, sizeof(buf), LN_MSG_DONTWAIT);

		if (n > 0)
			__atomic_fetch_add(&served, (u64)n, __ATOMIC_RELAXED);
		if (n == 0) {
			ln_close(net, open[i]);
			open[i--] = open[--count];
		}
	}
}

static void turn(struct core *c)
{
	c->now += TURN_NS;
	ln_nic_cable_run(client_nic[c->shard]);
	ln_shards_run(servers, c->shard, c->now);
	ln_shards_run(clients, c->shard, c->now);
	serve(c);
}

static void one_flow(struct core *c)
{
	struct ln_net *net = ln_shards_net(clients, c->shard);
	int fd = ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, 0);
	static const char bytes[BYTES];
	size_t sent = 0;
	ptrdiff_t n;
	char c1;

	ln_connect(net, fd, &at, sizeof(at));
	while (sent < BYTES) {
		n = ln_send(net, fd, bytes, BYTES - sent, LN_MSG_DONTWAIT);
		if (n > 0)
			sent += (size_t)n;
		else if (n != -EAGAIN && n != -ENOTCONN && n != -EPIPE)
			abort();
		turn(c);
	}
	ln_shutdown(net, fd, LN_SHUT_WR);
	while ((n = ln_recv(net, fd, &c1, 1, LN_MSG_DONTWAIT)) == -EAGAIN)
		turn(c);
	if (n)
		abort();		/* reset: it went astray */
	ln_close(net, fd);
	c->sent += sent;
}

static void *core_main(void *arg)
{
	struct core *c = arg;

	for (int i = 0; i < FLOWS; i++)
		one_flow(c);
	__atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&done, __ATOMIC_SEQ_CST) < SHARDS)
		turn(c);
	return NULL;
}

static u64 counter(struct ln_shards *s, const char *name)
{
	static char text[8192];
	const char *p;

	assert_int_equal(ln_shards_ctl(s, "ethtool -S eth0", text, sizeof(text), NULL), 0);
	p = strstr(text, name);
	assert_non_null(p);
	return strtoull(p + strlen(name), NULL, 10);
}

static void test_threads(void **state)
{
	static struct core core[SHARDS];
	pthread_t thread[SHARDS];
	struct ln_leaks leaks;
	u64 sent = 0;

	(void)state;
	shards_begin(&clients, client_nic, 1, "ip addr add 10.0.0.1/24 dev eth0");
	shards_begin(&servers, server_nic, 2, "ip addr add 10.0.0.2/24 dev eth0");
	assert_int_equal(ln_shards_ctl(servers, "ethtool -X eth0 hkey 6d:5a:56:da:25:5b:0e:c2:41:"
				       "67:25:3d:43:a3:8f:b0:d0:ca:2b:cb:ae:7b:30:b4:77:cb:2d:a3:"
				       "80:30:f2:0c:6a:42:b7:3b:be:ac:01:fa", NULL, 0, NULL), 0);
	for (unsigned i = 0; i < SHARDS; i++) {
		struct ln_net *net = ln_shards_net(servers, i);

		assert_int_equal(ln_nic_connect(client_nic[i], server_nic[i]), 0);
		core[i] = (struct core){ .shard = i };
		core[i].listener = ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, 0);
		assert_int_equal(ln_bind(net, core[i].listener, &at, sizeof(at)), 0);
		assert_int_equal(ln_listen(net, core[i].listener, FLOWS * SHARDS), 0);
	}
	for (unsigned i = 0; i < SHARDS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, core_main, &core[i]), 0);
	for (unsigned i = 0; i < SHARDS; i++) {
		pthread_join(thread[i], NULL);
		sent += core[i].sent;
	}
	assert_int_equal(sent, SHARDS * FLOWS * BYTES);
	assert_int_equal(served, sent);
	assert_true(counter(servers, "rx_given: ") > FLOWS);
	assert_true(counter(clients, "rx_given: ") > FLOWS);
	assert_int_equal(ln_shards_destroy(clients, &leaks), 0);
	assert_int_equal(leaks.frames_unaccounted, 0);
	assert_int_equal(ln_shards_destroy(servers, &leaks), 0);
	assert_int_equal(leaks.frames_unaccounted, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

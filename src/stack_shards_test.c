/* SPDX-License-Identifier: MIT */
/* A machine of several shards is one host to its peers (rows of <linnet/shard.h>). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stack_shards.h"

#define FLOWS 150

static u32 accept_all(struct ln_net *net, int listener)
{
	u32 n = 0;
	int fd;

	while ((fd = ln_accept(net, listener, NULL, NULL)) >= 0) {
		ln_close(net, fd);
		n++;
	}
	return n;
}

static int connect_to(struct scene *s, struct ln_net *net, unsigned host, u16 port)
{
	const struct ln_sockaddr_in to = scene_addr(host, port);
	int fd = ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, 0);

	assert_int_equal(ln_connect(net, fd, &to, sizeof(to)), -EINPROGRESS);
	scene_run(s, SCENE_MS);
	return fd;
}

static bool is_connected(struct ln_net *net, int fd)
{
	struct ln_sockaddr_in name;
	u32 len = sizeof(name);

	return ln_getpeername(net, fd, &name, &len) == 0;
}

/* Whatever ring a frame comes to, the connection is made by the shard of its flow. */
static void test_listeners_on_all(void **state)
{
	u32 got[SCENE_SHARDS], sum = 0, given = 0;
	int listener[SCENE_SHARDS];
	struct scene s;

	(void)state;
	scene_create(&s);
	for (unsigned i = 0; i < SCENE_SHARDS; i++)
		listener[i] = scene_bound(scene_net(&s, i), LN_SOCK_STREAM, 1, 80);
	for (int i = 0; i < FLOWS; i++)
		assert_true(is_connected(s.peer, connect_to(&s, s.peer, 1, 80)));
	for (unsigned i = 0; i < SCENE_SHARDS; i++) {
		got[i] = accept_all(scene_net(&s, i), listener[i]);
		assert_in_range(got[i], FLOWS / SCENE_SHARDS / 2, FLOWS / SCENE_SHARDS * 2);
		sum += got[i];
		given += (u32)scene_stats(&s, i)->rx_given;
	}
	assert_int_equal(sum, FLOWS);
	assert_in_range(given, FLOWS, FLOWS * 4);	/* most came to a wrong ring */
	scene_end(&s);
}

/* A listener that only one shard has gets all. */
static void test_listener_on_one(void **state)
{
	struct scene s;
	int listener;

	(void)state;
	scene_create(&s);
	listener = scene_bound(scene_net(&s, 1), LN_SOCK_STREAM, 1, 80);
	for (int i = 0; i < FLOWS; i++)
		assert_true(is_connected(s.peer, connect_to(&s, s.peer, 1, 80)));
	assert_int_equal(accept_all(scene_net(&s, 1), listener), FLOWS);
	scene_end(&s);
}

/* The address moves from the card to a bridge that the card is a port of. */
static void put_bridge_over(struct scene *s)
{
	scene_ctl(s, "ip link add br0 type bridge");
	scene_ctl(s, "ip addr del 10.0.0.1/24 dev eth0");
	scene_ctl(s, "ip link set eth0 master br0");
	scene_ctl(s, "ip link set br0 up");
	scene_ctl(s, "ip addr add 10.0.0.1/24 dev br0");
}

static void peer_ctl(struct scene *s, const char *cmd)
{
	assert_int_equal(ln_ctl(s->peer, cmd, NULL, 0, NULL), 0);
}

/* All addresses move to VLAN 5, at both ends; 10.0.0.3 goes with the first of its network. */
static void put_vlan_over(struct scene *s)
{
	scene_ctl(s, "ip link add link eth0 name eth0.5 type vlan id 5");
	scene_ctl(s, "ip addr del 10.0.0.1/24 dev eth0");
	scene_ctl(s, "ip link set eth0.5 up");
	scene_ctl(s, "ip addr add 10.0.0.1/24 dev eth0.5");
	peer_ctl(s, "ip link add link eth0 name eth0.5 type vlan id 5");
	peer_ctl(s, "ip addr del 10.0.0.2/24 dev eth0");
	peer_ctl(s, "ip link set eth0.5 up");
	peer_ctl(s, "ip addr add 10.0.0.2/24 dev eth0.5");
}

/* Connections of every shard choose ports that come home: nothing is ever handed over. */
static void connect_comes_home(void (*change)(struct scene *s))
{
	struct scene s;

	scene_create(&s);
	if (change)
		change(&s);
	s.steer = true;
	scene_bound(s.peer, LN_SOCK_STREAM, 2, 80);
	for (int i = 0; i < FLOWS; i++) {
		struct ln_net *net = scene_net(&s, (unsigned)i % SCENE_SHARDS);

		if (i == FLOWS / 2)	/* any key will do */
			scene_ctl(&s, "ethtool -X eth0 hkey 6d:5a:56:da:25:5b:0e:c2:41:67:25:3d:"
				  "43:a3:8f:b0:d0:ca:2b:cb:ae:7b:30:b4:77:cb:2d:a3:80:30:f2:0c:"
				  "6a:42:b7:3b:be:ac:01:fa");
		assert_true(is_connected(net, connect_to(&s, net, 2, 80)));
	}
	for (unsigned i = 0; i < SCENE_SHARDS; i++)
		assert_int_equal(scene_stats(&s, i)->rx_given, 0);
	scene_end(&s);
}

static void test_connect_comes_home(void **state)
{
	(void)state;
	connect_comes_home(NULL);
}

static void test_connect_over_a_bridge(void **state)
{
	(void)state;
	connect_comes_home(put_bridge_over);
}

static void test_connect_over_a_vlan(void **state)
{
	(void)state;
	connect_comes_home(put_vlan_over);
}

static void echo_back(struct ln_net *net, int fd)
{
	struct ln_sockaddr_in from;
	char buf[64];
	ptrdiff_t n;

	for (;;) {
		u32 len = sizeof(from);

		n = ln_recvfrom(net, fd, buf, sizeof(buf), LN_MSG_DONTWAIT, &from, &len);
		if (n < 0)
			return;
		assert_int_equal(ln_sendto(net, fd, buf, (size_t)n, 0, &from, sizeof(from)), n);
	}
}

static ptrdiff_t ask(struct scene *s, struct ln_net *net, int fd, int server,
		     const struct ln_sockaddr_in *to)
{
	char c;

	assert_int_equal(ln_sendto(net, fd, "q", 1, 0, to, to ? sizeof(*to) : 0), 1);
	scene_run(s, SCENE_MS);
	echo_back(s->peer, server);
	scene_run(s, SCENE_MS);
	return ln_recv(net, fd, &c, 1, LN_MSG_DONTWAIT);
}

/* One socket asks two servers: both answers come back, though no port hashes home for both. A
 * connected one hashes home. */
static void test_datagrams_come_home(void **state)
{
	const struct ln_sockaddr_in to[] = { scene_addr(2, 53), scene_addr(3, 53) };
	struct scene s;
	int server;

	(void)state;
	scene_create(&s);
	server = ln_socket(s.peer, LN_AF_INET, LN_SOCK_DGRAM, 0);
	assert_int_equal(ln_bind(s.peer, server, &(struct ln_sockaddr_in){
		.sin_family = LN_AF_INET, .sin_port = cpu_to_be16(53) }, sizeof(to[0])), 0);
	for (int i = 0; i < 30; i++) {
		struct ln_net *net = scene_net(&s, (unsigned)i % SCENE_SHARDS);
		int fd = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, 0);

		for (int k = 0; k < 4; k++)
			assert_int_equal(ask(&s, net, fd, server, &to[k % 2]), 1);
		ln_close(net, fd);
	}
	s.steer = true;
	for (int i = 0; i < 30; i++) {
		struct ln_net *net = scene_net(&s, (unsigned)i % SCENE_SHARDS);
		int fd = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, 0);
		u16 port;
		struct ln_sockaddr_in name;
		u32 len = sizeof(name);
		const struct nic *nic = (void *)s.nic[i % SCENE_SHARDS];

		assert_int_equal(ln_connect(net, fd, &to[0], sizeof(to[0])), 0);
		assert_int_equal(ln_getsockname(net, fd, &name, &len), 0);
		port = name.sin_port;
		assert_int_equal(nic_rss_ring(nic->rss, to[0].sin_addr, name.sin_addr,
					      to[0].sin_port, port), i % SCENE_SHARDS);
		assert_int_equal(ask(&s, net, fd, server, NULL), 1);
	}
	scene_end(&s);
}

/* The error about a datagram is told to the socket that sent it, wherever it comes in. */
static void test_icmp_errors_come_home(void **state)
{
	const struct ln_sockaddr_in to = scene_addr(2, 9);
	struct scene s;

	(void)state;
	scene_create(&s);
	for (unsigned i = 0; i < SCENE_SHARDS; i++) {
		struct ln_net *net = scene_net(&s, i);
		int fd = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, 0);
		char c;

		assert_int_equal(ln_connect(net, fd, &to, sizeof(to)), 0);
		assert_int_equal(ln_send(net, fd, "x", 1, 0), 1);
		scene_run(&s, SCENE_MS);
		assert_int_equal(ln_recv(net, fd, &c, 1, LN_MSG_DONTWAIT), -ECONNREFUSED);
	}
	scene_end(&s);
}

/* One datagram, one reader; one echo request, one answer. */
static void fragments(void (*change)(struct scene *s))
{
	const struct ln_sockaddr_in to = scene_addr(1, 7);
	static char big[5000];
	u32 readers[SCENE_SHARDS] = { 0 }, sum = 0;
	int fd[SCENE_SHARDS], from, ping;
	struct scene s;

	scene_create(&s);
	if (change)
		change(&s);
	for (unsigned i = 0; i < SCENE_SHARDS; i++)
		fd[i] = scene_bound(scene_net(&s, i), LN_SOCK_DGRAM, 1, 7);
	for (int n = 0; n < 40; n++) {
		from = ln_socket(s.peer, LN_AF_INET, LN_SOCK_DGRAM, 0);
		assert_int_equal(ln_sendto(s.peer, from, big, sizeof(big), 0, &to, sizeof(to)),
				 sizeof(big));
		scene_run(&s, SCENE_MS);
		for (unsigned i = 0; i < SCENE_SHARDS; i++)
			readers[i] += ln_recv(scene_net(&s, i), fd[i], big, sizeof(big),
					      LN_MSG_DONTWAIT) == sizeof(big);
		ln_close(s.peer, from);
	}
	for (unsigned i = 0; i < SCENE_SHARDS; i++) {
		assert_true(readers[i] > 0);
		sum += readers[i];
	}
	assert_int_equal(sum, 40);
	ping = ln_socket(s.peer, LN_AF_INET, LN_SOCK_DGRAM, LN_IPPROTO_ICMP);
	memset(big, 0, sizeof(big));
	big[0] = 8;
	for (int n = 0; n < 5; n++)
		assert_int_equal(ln_sendto(s.peer, ping, big, 4000, 0, &to, sizeof(to)), 4000);
	scene_run(&s, SCENE_SEC);
	for (sum = 0; ln_recv(s.peer, ping, big, sizeof(big), LN_MSG_DONTWAIT) > 0; sum++)
		;
	assert_int_equal(sum, 5);
	scene_end(&s);
}

static void test_fragments(void **state)
{
	(void)state;
	fragments(NULL);
}

static void test_fragments_over_a_bridge(void **state)
{
	(void)state;
	fragments(put_bridge_over);
}

static void test_fragments_over_a_vlan(void **state)
{
	(void)state;
	fragments(put_vlan_over);
}

/* A broadcast is for all that bound the port, however long it is. */
static void test_broadcast(void **state)
{
	const struct ln_sockaddr_in to = scene_addr(255, 7);
	static char big[4000];
	struct scene s;
	int fd[SCENE_SHARDS], from, on = 1;

	(void)state;
	scene_create(&s);
	for (unsigned i = 0; i < SCENE_SHARDS; i++)
		fd[i] = scene_bound(scene_net(&s, i), LN_SOCK_DGRAM, 255, 7);
	from = ln_socket(s.peer, LN_AF_INET, LN_SOCK_DGRAM, 0);
	assert_int_equal(ln_setsockopt(s.peer, from, LN_SOL_SOCKET, LN_SO_BROADCAST, &on, 4), 0);
	for (size_t len = 1000; len <= 4000; len += 3000) {
		assert_int_equal(ln_sendto(s.peer, from, big, len, 0, &to, sizeof(to)), len);
		scene_run(&s, SCENE_MS);
		for (unsigned i = 0; i < SCENE_SHARDS; i++)
			assert_int_equal(ln_recv(scene_net(&s, i), fd[i], big, sizeof(big),
						 LN_MSG_DONTWAIT), len);
	}
	scene_end(&s);
}

static size_t read_all(struct ln_net *net, int fd)
{
	static char buf[65536];
	size_t sum = 0;
	ptrdiff_t n;

	while ((n = ln_recv(net, fd, buf, sizeof(buf), LN_MSG_DONTWAIT)) > 0) {
		for (ptrdiff_t i = 0; i < n; i++)
			assert_int_equal(buf[i], 'a');
		sum += (size_t)n;
	}
	return sum;
}

/* Segments that a cable brings as one frame reach the shard of their flow, whose ring it is not. */
static void test_segments_over_a_cable(void **state)
{
	static char bytes[40000];
	struct scene s;
	int listener, fd, got;

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	scene_create(&s);
	assert_int_equal(ln_nic_connect(s.peer_nic, s.nic[0]), 0);
	assert_int_equal(ln_ctl(s.peer, "ethtool -K eth0 tso on", NULL, 0, NULL), 0);
	listener = scene_bound(scene_net(&s, 1), LN_SOCK_STREAM, 1, 80);
	fd = connect_to(&s, s.peer, 1, 80);
	got = ln_accept(scene_net(&s, 1), listener, NULL, NULL);
	assert_true(got >= 0);
	for (int i = 0; i < 10; i++) {
		size_t sum = 0;

		assert_int_equal(ln_send(s.peer, fd, bytes, sizeof(bytes), 0), sizeof(bytes));
		for (int ms = 0; ms < 100; ms++) {
			scene_run(&s, SCENE_MS);
			sum += read_all(scene_net(&s, 1), got);
		}
		assert_int_equal(sum, sizeof(bytes));
	}
	assert_int_equal(scene_stats(&s, 0)->rx_length_errors, 0);
	assert_true(scene_stats(&s, 0)->rx_given < 300);	/* and they come as one */
	scene_end(&s);
}

/* n datagrams come to ring 0. */
static void bring(struct scene *s, int from, const struct ln_sockaddr_in *to, u32 n)
{
	u8 frame[2048];
	ptrdiff_t len;

	while (n--) {
		assert_int_equal(ln_sendto(s->peer, from, "x", 1, 0, to, sizeof(*to)), 1);
		while ((len = ln_nic_transmit(s->peer_nic, frame, sizeof(frame))) > 0)
			assert_int_equal(ln_nic_receive(s->nic[0], frame, (size_t)len), 0);
	}
}

/* A shard whose ring has no buffers left has no turn until it looks for memory again. */
static void test_no_turn_without_buffers(void **state)
{
	const struct ln_sockaddr_in to = scene_addr(1, 7);
	const struct nic_stats *stats;
	struct scene s;
	struct net *poor;
	int from, fd, got;
	char c;

	(void)state;
	scene_create(&s);
	poor = net_of(scene_net(&s, 1));
	stats = scene_stats(&s, 1);
	scene_ctl(&s, "ethtool -G eth0 rx 64");
	fd = scene_bound(scene_net(&s, 1), LN_SOCK_DGRAM, 1, 7);
	from = ln_socket(s.peer, LN_AF_INET, LN_SOCK_DGRAM, 0);
	bring(&s, from, &to, 1);
	scene_run(&s, SCENE_SEC);
	bring(&s, from, &to, 64);
	scene_run(&s, SCENE_MS);
	for (got = 0; ln_recv(scene_net(&s, 1), fd, &c, 1, LN_MSG_DONTWAIT) == 1; got++)
		;
	assert_int_equal(got, 1 + 64);
	poor->mem.budget = poor->mem.used;
	bring(&s, from, &to, 70);
	for (int i = 0; i < 10; i++)
		ln_shards_run(s.shards, 1, s.now);
	assert_true(stats->rx_no_buffer > 0);
	assert_true(ln_shards_next_event(s.shards, 1) > s.now);
	poor->mem.budget = SIZE_MAX;
	scene_run(&s, SCENE_SEC);
	for (got = 0; ln_recv(scene_net(&s, 1), fd, &c, 1, LN_MSG_DONTWAIT) == 1; got++)
		;
	assert_int_equal(got, 70);
	scene_end(&s);
}

/* Nobody has the port: the peer hears it once. */
static void test_one_answer(void **state)
{
	const struct ln_sockaddr_in to = scene_addr(1, 7);
	static char big[4000];
	struct scene s;
	int from, err = 1;

	(void)state;
	scene_create(&s);
	from = ln_socket(s.peer, LN_AF_INET, LN_SOCK_DGRAM, 0);
	assert_int_equal(ln_setsockopt(s.peer, from, LN_SOL_IP, LN_IP_RECVERR, &err, 4), 0);
	ln_sendto(s.peer, from, big, sizeof(big), 0, &to, sizeof(to));
	scene_run(&s, SCENE_SEC);
	assert_int_equal(net_of(s.peer)->mib[MIB_IcmpInDestUnreachs], 1);
	assert_int_equal(s.arp_replies, 1);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listeners_on_all),
		cmocka_unit_test(test_listener_on_one),
		cmocka_unit_test(test_connect_comes_home),
		cmocka_unit_test(test_connect_over_a_bridge),
		cmocka_unit_test(test_connect_over_a_vlan),
		cmocka_unit_test(test_datagrams_come_home),
		cmocka_unit_test(test_icmp_errors_come_home),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_fragments_over_a_bridge),
		cmocka_unit_test(test_fragments_over_a_vlan),
		cmocka_unit_test(test_broadcast),
		cmocka_unit_test(test_segments_over_a_cable),
		cmocka_unit_test(test_no_turn_without_buffers),
		cmocka_unit_test(test_one_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

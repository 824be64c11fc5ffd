/* SPDX-License-Identifier: MIT */
/* Settings reach every shard, listings show all of them; who sleeps is woken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "stack_shards.h"

static char text[16384];

static const char *machine_says(struct scene *s, const char *cmd)
{
	assert_int_equal(ln_shards_ctl(s->shards, cmd, text, sizeof(text), NULL), 0);
	return text;
}

static const char *shard_says(struct scene *s, unsigned shard, const char *cmd)
{
	assert_int_equal(ln_ctl(scene_net(s, shard), cmd, text, sizeof(text), NULL), 0);
	return text;
}

static u32 count(const char *in, const char *what)
{
	u32 n = 0;

	for (; (in = strstr(in, what)); in++)
		n++;
	return n;
}

static void test_settings(void **state)
{
	struct scene s;

	(void)state;
	scene_create(&s);
	scene_ctl(&s, "ip route add default via 10.0.0.2");
	scene_ctl(&s, "ip neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 dev eth0");
	scene_ctl(&s, "sysctl -w net.ipv4.ip_default_ttl=33");
	for (unsigned i = 0; i < SCENE_SHARDS; i++) {
		assert_non_null(strstr(shard_says(&s, i, "ip route"), "default via 10.0.0.2"));
		assert_non_null(strstr(shard_says(&s, i, "ip neigh"), "02:00:00:00:00:77"));
		assert_non_null(strstr(shard_says(&s, i, "sysctl net.ipv4.ip_default_ttl"), "33"));
	}
	assert_int_equal(count(machine_says(&s, "ip neigh"), "10.0.0.77"), 1);
	assert_int_equal(count(machine_says(&s, "ip addr"), "10.0.0.1/24"), 1);
	/* What the first refuses no other gets. */
	assert_int_equal(ln_ctl(scene_net(&s, 0), "ip addr add 10.0.0.8/24 dev eth0", NULL, 0,
				NULL), 0);
	assert_int_equal(ln_shards_ctl(s.shards, "ip addr add 10.0.0.8/24 dev eth0", text,
				       sizeof(text), NULL), -EEXIST);
	assert_null(strstr(shard_says(&s, 1, "ip addr"), "10.0.0.8"));
	/* What another one refuses is told with its number. */
	assert_int_equal(ln_ctl(scene_net(&s, 2), "ip addr add 10.0.0.9/24 dev eth0", NULL, 0,
				NULL), 0);
	assert_int_equal(ln_shards_ctl(s.shards, "ip addr add 10.0.0.9/24 dev eth0", text,
				       sizeof(text), NULL), -EEXIST);
	assert_string_equal(text, "on shard 2 only: Error: ipv4: Address already assigned.\n");
	scene_end(&s);
}

static void test_neighbours_are_learned_by_all(void **state)
{
	struct scene s;

	(void)state;
	scene_create(&s);
	/* Somebody asks for us: all know him, one answers. */
	assert_int_equal(ln_ctl(s.peer, "ip neigh flush all", NULL, 0, NULL), 0);
	scene_bound(scene_net(&s, 1), LN_SOCK_STREAM, 1, 80);
	ln_connect(s.peer, ln_socket(s.peer, LN_AF_INET, LN_SOCK_STREAM, 0),
		   &(struct ln_sockaddr_in){ .sin_family = LN_AF_INET,
		   .sin_port = cpu_to_be16(80), .sin_addr = INET_ADDR4(10, 0, 0, 1) }, 16);
	scene_run(&s, SCENE_SEC);
	assert_int_equal(s.arp_replies, 1);
	for (unsigned i = 0; i < SCENE_SHARDS; i++)
		assert_non_null(strstr(shard_says(&s, i, "ip neigh"), "10.0.0.2 dev eth0 lladdr"));
	/* The answer to a shard's question comes to that shard, whatever ring it came to. */
	for (unsigned i = 0; i < SCENE_SHARDS; i++) {
		const struct ln_sockaddr_in to = scene_addr(3, 9);
		int fd = ln_socket(scene_net(&s, i), LN_AF_INET, LN_SOCK_DGRAM, 0);

		ln_sendto(scene_net(&s, i), fd, "x", 1, 0, &to, sizeof(to));
		scene_run(&s, SCENE_SEC / 10);
		assert_non_null(strstr(shard_says(&s, i, "ip neigh show 10.0.0.3"), "REACHABLE"));
	}
	assert_int_equal(count(machine_says(&s, "ip neigh"), "10.0.0.3 "), 1);
	scene_end(&s);
}

static void test_listings(void **state)
{
	u64 rx = 0;
	struct scene s;
	char want[64];

	(void)state;
	scene_create(&s);
	for (unsigned i = 0; i < SCENE_SHARDS; i++)
		scene_bound(scene_net(&s, i), LN_SOCK_STREAM, 1, 80);
	for (int i = 0; i < 20; i++) {
		const struct ln_sockaddr_in to = scene_addr(1, 80);

		ln_connect(s.peer, ln_socket(s.peer, LN_AF_INET, LN_SOCK_STREAM, 0), &to,
			   sizeof(to));
		scene_run(&s, SCENE_MS);
	}
	assert_int_equal(count(machine_says(&s, "ss -Htn"), "ESTAB"), 20);
	assert_int_equal(count(machine_says(&s, "ss -Htln"), "LISTEN"), SCENE_SHARDS);
	assert_int_equal(count(machine_says(&s, "netstat -nt"), "ESTABLISHED"), 20);
	assert_in_range(count(shard_says(&s, 0, "ss -Htn"), "ESTAB"), 1, 19);
	assert_non_null(strstr(machine_says(&s, "netstat -s"), " 20 passive connection opening"));
	for (unsigned i = 0; i < SCENE_SHARDS; i++)
		rx += scene_stats(&s, i)->rx_packets;
	snprintf(want, sizeof(want), " rx_packets: %llu\n", (unsigned long long)rx);
	assert_non_null(strstr(machine_says(&s, "ethtool -S eth0"), want));
	snprintf(want, sizeof(want), " %llu ", (unsigned long long)rx);
	assert_non_null(strstr(machine_says(&s, "ip -s link show eth0"), want));
	snprintf(want, sizeof(want), "  rx           %12llu  ", (unsigned long long)rx);
	assert_non_null(strstr(machine_says(&s, "stat"), want));
	scene_end(&s);
}

static void test_wake(void **state)
{
	const struct ln_sockaddr_in to = scene_addr(1, 9);
	struct scene s;
	u8 frame[2048];
	ptrdiff_t n;
	unsigned home;

	(void)state;
	scene_create(&s);
	ln_sendto(s.peer, ln_socket(s.peer, LN_AF_INET, LN_SOCK_DGRAM, 0), "x", 1, 0, &to,
		  sizeof(to));
	scene_run(&s, SCENE_SEC);
	ln_sendto(s.peer, ln_socket(s.peer, LN_AF_INET, LN_SOCK_DGRAM, 0), "x", 1, 0, &to,
		  sizeof(to));
	n = ln_nic_transmit(s.peer_nic, frame, sizeof(frame));
	assert_true(n > 0);
	home = ln_shards_of_frame(s.nic[0], frame, (size_t)n);
	assert_true(ln_shards_sleep(s.shards, home) > s.now);
	s.woken = 0;
	for (int i = 0; i < 3; i++)	/* once, until it asked again */
		ln_nic_receive(s.nic[(home + 1) % SCENE_SHARDS], frame, (size_t)n);
	assert_int_equal(s.woken, 1);
	assert_true(ln_shards_next_event(s.shards, home) <= s.now);
	scene_end(&s);
}

/* The way to a shard that never looks is bounded, and what does not fit is counted. */
static void test_full_ring(void **state)
{
	const struct ln_sockaddr_in to = scene_addr(1, 9);
	u64 sent = 0, dropped = 0;
	struct scene s;
	u8 frame[2048];
	unsigned home, other;
	ptrdiff_t n;

	(void)state;
	scene_create(&s);
	ln_sendto(s.peer, ln_socket(s.peer, LN_AF_INET, LN_SOCK_DGRAM, 0), "x", 1, 0, &to,
		  sizeof(to));
	scene_run(&s, SCENE_SEC);
	ln_sendto(s.peer, ln_socket(s.peer, LN_AF_INET, LN_SOCK_DGRAM, 0), frame, 1400, 0, &to,
		  sizeof(to));
	n = ln_nic_transmit(s.peer_nic, frame, sizeof(frame));
	home = ln_shards_of_frame(s.nic[0], frame, (size_t)n);
	other = (home + 1) % SCENE_SHARDS;
	for (; sent < 2000 && !dropped; sent++) {
		ln_nic_receive(s.nic[other], frame, (size_t)n);
		dropped = net_of(scene_net(&s, other))->drops[SKB_DROP_REASON_SHARD_RING];
	}
	assert_int_equal(dropped, 1);
	assert_int_equal(scene_stats(&s, other)->rx_shard_ring, 1);
	assert_in_range(sent, 100, 1000);
	scene_run(&s, SCENE_SEC);
	assert_int_equal(net_of(scene_net(&s, home))->mib[MIB_UdpNoPorts], sent - 1 + 1);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_neighbours_are_learned_by_all),
		cmocka_unit_test(test_listings),
		cmocka_unit_test(test_wake),
		cmocka_unit_test(test_full_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

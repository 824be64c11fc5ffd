/* SPDX-License-Identifier: MIT */
/*
 * An instance may end at any moment, and devices may go while traffic runs: nothing is left over,
 * every frame is accounted for, and the other machine goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stack_scene.h"

#define LIMIT (200 * PAIR_SEC)

static void scene_start(struct scene *s)
{
	*s = (struct scene){ .datagram_came = false };
	pair_create(&s->p, NULL);
	assert_true(pair_connect(&s->p));
	scene_open(s);
}

/* So many steps; false: it was over before. */
static bool scene_steps(struct scene *s, unsigned steps)
{
	s64 until = s->p.now + LIMIT;

	while (steps--) {
		scene_work(s);
		if (!pair_step(&s->p, until) || scene_over(s))
			return false;
	}
	return true;
}

/* ---- ends ---- */

/*
 * After each number of steps, in either order, with all sockets open; the second machine first goes
 * on alone for a while. Steps are made fine by a cable that is only run every other time.
 */
static void ends_at_each_step(void **state)
{
	unsigned steps = 0;
	bool more = true;

	(void)state;
	for (; more; steps++) {
		for (unsigned first = 0; first < 2; first++) {
			struct scene s;

			scene_start(&s);
			more = scene_steps(&s, steps);
			pair_destroy(&s.p, first);
			pair_run(&s.p, steps % 3 ? 100 * PAIR_MS : 0);
			pair_destroy(&s.p, !first);
		}
		assert_true(steps < 1000);
	}
	assert_true(steps > 3);
}

/* Between the machines' runs: frames stand in rings, on both sides of the cable. */
static void ends_with_full_rings(void **state)
{
	(void)state;
	for (unsigned runs = 0; runs < 60; runs++) {
		struct scene s;

		scene_start(&s);
		for (unsigned i = 0; i < runs; i++) {
			switch (i % 4) {
			case 0:
			case 2:
				ln_net_run(s.p.net[i / 2 % 2], s.p.now);
				break;
			case 1:
				ln_nic_cable_run(s.p.nic[0]);
				break;
			default:
				scene_work(&s);
				break;
			}
		}
		pair_destroy(&s.p, runs & 1);
		pair_destroy(&s.p, !(runs & 1));
	}
}

static int stream_to(struct ln_net *net, be32 addr, u16 port)
{
	struct ln_sockaddr_in sin = {
		.sin_family = LN_AF_INET, .sin_port = cpu_to_be16(port), .sin_addr = addr,
	};
	int fd = ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, 0);

	ln_connect(net, fd, &sin, sizeof(sin));
	return fd;
}

static void nop_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	(void)ctx;
	(void)net;
	(void)fd;
	(void)events;
}

static void nop_timer(void *ctx, struct ln_net *net)
{
	(void)ctx;
	(void)net;
}

/*
 * Everything that waits for something at once: SYNs to a machine that is not there (neighbour
 * unresolved) and to one behind a missing gateway, a SYN queue and an accept queue, TIME-WAIT,
 * FIN-WAIT-2, orphans with unsent data, half a datagram in reassembly, timers, epoll, wake-ups.
 */
static void ends_while_all_waits(void **state)
{
	struct scene s;
	struct ln_epoll_event ev = { .events = LN_POLLIN };
	u8 data[4000] = { 0 };
	int fd, ep;

	(void)state;
	scene_start(&s);
	scene_steps(&s, 3);
	stream_to(s.p.net[0], INET_ADDR4(10, 0, 0, 77), 80);
	pair_ctl(&s.p, 0, "ip route add default via 10.0.0.78");
	stream_to(s.p.net[0], INET_ADDR4(192, 0, 2, 1), 80);
	for (unsigned i = 0; i < 8; i++) {	/* more than the backlog of 4 */
		fd = stream_to(s.p.net[0], INET_ADDR4(10, 0, 0, 2), SCENE_PORT);
		pair_settle(&s.p);
		ln_send(s.p.net[0], fd, data, sizeof(data), 0);
		if (i & 1)
			ln_close(s.p.net[0], fd);
	}
	pair_settle(&s.p);
	fd = ln_accept(s.p.net[1], s.listener, NULL, NULL);
	assert_true(fd >= 0);
	ln_shutdown(s.p.net[1], fd, LN_SHUT_WR);
	fd = ln_accept(s.p.net[1], s.listener, NULL, NULL);
	ln_close(s.p.net[1], fd);		/* with unread data: a reset */
	for (unsigned i = 0; i < 2; i++) {
		ep = ln_epoll_create(s.p.net[i]);
		for (fd = 0; fd < ep; fd++) {
			ln_epoll_ctl(s.p.net[i], ep, LN_EPOLL_CTL_ADD, fd, &ev);
			ln_set_wake(s.p.net[i], fd, nop_wake, NULL);
		}
		assert_true(ln_timer_add(s.p.net[i], s.p.now + PAIR_SEC, nop_timer, NULL) > 0);
		ln_send(s.p.net[i], s.side[i].fd, data, sizeof(data), 0);
	}
	ln_close(s.p.net[0], s.side[0].fd);	/* an orphan with data */
	ln_nic_cable_run(s.p.nic[0]);
	pair_end(&s.p);
}

/* TIME-WAIT on one side, nothing on the other; later it is gone by itself. */
static void ends_in_time_wait(void **state)
{
	struct scene s;

	(void)state;
	for (unsigned later = 0; later < 2; later++) {
		scene_start(&s);
		scene_steps(&s, 100);
		assert_true(scene_whole(&s));
		scene_close(&s);
		pair_run(&s.p, later ? 61 * PAIR_SEC : PAIR_MS);
		if (later) {	/* no timer, no packet, no socket */
			for (unsigned i = 0; i < 2; i++)
				assert_int_equal(net_of(s.p.net[i])->skb_slab.live, 0);
		}
		pair_end(&s.p);
	}
}

/* ---- devices that go ---- */

static void link_down_while_traffic_runs(void **state)
{
	(void)state;
	for (unsigned steps = 0; steps < 8; steps++) {
		for (unsigned who = 0; who < 2; who++) {
			struct scene s;

			scene_start(&s);
			scene_steps(&s, steps);
			assert_int_equal(pair_ctl(&s.p, who, "ip link set eth0 down"), 0);
			scene_steps(&s, 5);
			assert_int_equal(pair_ctl(&s.p, who, "ip link set eth0 up"), 0);
			scene_steps(&s, 2000);
			assert_true(scene_whole(&s));	/* TCP does not mind */
			pair_end(&s.p);
		}
	}
}

static void carrier_lost_while_traffic_runs(void **state)
{
	struct scene s;

	(void)state;
	for (unsigned steps = 0; steps < 8; steps++) {
		scene_start(&s);
		scene_steps(&s, steps);
		ln_nic_set_carrier(s.p.nic[steps & 1], false);
		scene_steps(&s, 4);
		ln_nic_set_carrier(s.p.nic[steps & 1], true);
		scene_steps(&s, 2000);
		assert_true(scene_whole(&s));
		pair_end(&s.p);
	}
}

static void addresses_and_neighbours_go(void **state)
{
	static const char *const cmds[] = {
		"ip addr flush dev eth0", "ip route flush table main", "ip neigh flush dev eth0",
		"ip link set eth0 mtu 600", "ip link set lo down",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		for (unsigned steps = 0; steps < 6; steps++) {
			struct scene s;

			scene_start(&s);
			scene_steps(&s, steps);
			pair_ctl(&s.p, steps & 1, cmds[i]);
			scene_steps(&s, 10);
			pair_end(&s.p);
		}
	}
}

/* A device is deleted with traffic on it: a veth pair inside one machine, a bridge over it. */
static void device_deleted_while_traffic_runs(void **state)
{
	static const char *const setup[] = {
		"ip link add br0 type bridge", "ip link add v0 type veth peer name v1",
		"ip link set v0 master br0", "ip link set v0 up", "ip link set v1 up",
		"ip link set br0 up", "ip addr add 10.9.0.1/24 dev br0",
		"ip addr add 10.9.1.1/24 dev v1", "ip route add 10.9.2.0/24 via 10.9.1.2",
	};
	static const char *const del[] = {
		"ip link del v0", "ip link del v1", "ip link del br0",
		"ip link set v0 nomaster", "ip link set br0 down",
	};
	u8 data[3000] = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(del) * 2; i++) {
		struct ln_sockaddr_in far = { .sin_family = LN_AF_INET, .sin_port = 9 };
		struct scene s;
		int fd;

		scene_start(&s);
		for (size_t k = 0; k < ARRAY_SIZE(setup); k++)
			assert_int_equal(pair_ctl(&s.p, 0, setup[k]), 0);
		fd = ln_socket(s.p.net[0], LN_AF_INET, LN_SOCK_DGRAM, 0);
		for (u8 k = 0; k < 4; k++) {	/* wait for neighbours on each */
			far.sin_addr = k < 3 ? INET_ADDR4(10, 9, 0, 7) + k * CONST_BE32(0x100) :
				       INET_ADDR4(10, 9, 1, 255);
			ln_sendto(s.p.net[0], fd, data, sizeof(data), 0, &far, sizeof(far));
		}
		stream_to(s.p.net[0], INET_ADDR4(10, 9, 2, 2), 80);
		if (i & 1)
			scene_steps(&s, 2);
		assert_int_equal(pair_ctl(&s.p, 0, del[i / 2]), 0);
		ln_sendto(s.p.net[0], fd, data, sizeof(data), 0, &far, sizeof(far));
		scene_steps(&s, 2000);
		assert_true(scene_whole(&s));	/* eth0's traffic is not touched */
		pair_end(&s.p);
	}
}

/* The cable comes out when a machine ends; the other's frames are sent into nothing. */
static void other_machine_goes(void **state)
{
	struct scene s;
	ptrdiff_t n;
	u8 byte;

	(void)state;
	for (unsigned who = 0; who < 2; who++) {
		scene_start(&s);
		scene_steps(&s, 2);
		pair_destroy(&s.p, who);
		pair_run(&s.p, 2000 * PAIR_SEC);
		n = ln_recv(s.p.net[!who], s.side[!who].fd, &byte, 1, 0);
		assert_true(n == -ETIMEDOUT || n == -EHOSTUNREACH || n >= 0);
		pair_destroy(&s.p, !who);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_at_each_step),
		cmocka_unit_test(ends_with_full_rings),
		cmocka_unit_test(ends_while_all_waits),
		cmocka_unit_test(ends_in_time_wait),
		cmocka_unit_test(link_down_while_traffic_runs),
		cmocka_unit_test(carrier_lost_while_traffic_runs),
		cmocka_unit_test(addresses_and_neighbours_go),
		cmocka_unit_test(device_deleted_while_traffic_runs),
		cmocka_unit_test(other_machine_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

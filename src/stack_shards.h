/* SPDX-License-Identifier: MIT */
/*
 * For tests: a machine of several shards and a plain peer on one wire, one thread, virtual time.
 * The machine is 10.0.0.1, the peer 10.0.0.2. Frames for the machine come to the ring that the
 * scene says: the right one, or any.
 */
#ifndef LINNET_STACK_SHARDS_H
#define LINNET_STACK_SHARDS_H

#include <linnet/linnet.h>

#include "base/netns.h"
#include "base/prng.h"
#include "device/netdevice.h"
#include "driver/nic.h"
#include "driver/nic_rss.h"
#include "wire/inet_addr.h"

#ifndef assert_int_equal
#error "include <cmocka.h> (after <setjmp.h>, <stdarg.h>) before this header"
#endif

#define SCENE_MS 1000000ll
#define SCENE_SEC 1000000000ll
#define SCENE_SHARDS 3

struct scene {
	struct ln_shards *shards;
	struct ln_nic *nic[SCENE_SHARDS];
	struct ln_net *peer;
	struct ln_nic *peer_nic;
	s64 now;
	bool steer;		/* frames come to the right ring; else to any */
	struct prng chance;
	u32 arp_replies;	/* of the machine */
	u32 woken;		/* calls of wake() */
};

static inline struct ln_sockaddr_in scene_addr(unsigned host, u16 port)
{
	return (struct ln_sockaddr_in){ .sin_family = LN_AF_INET, .sin_port = cpu_to_be16(port),
					.sin_addr = INET_ADDR4(10, 0, 0, host) };
}

static inline struct ln_net *scene_net(struct scene *s, unsigned shard)
{
	return ln_shards_net(s->shards, shard);
}

static inline const struct nic_stats *scene_stats(const struct scene *s, unsigned shard)
{
	return &((struct nic *)(void *)s->nic[shard])->stats;
}

static inline void scene_ctl(struct scene *s, const char *cmd)
{
	assert_int_equal(ln_shards_ctl(s->shards, cmd, NULL, 0, NULL), 0);
}

static inline void scene_wake(void *ctx, unsigned shard)
{
	(void)shard;
	((struct scene *)ctx)->woken++;
}

static inline void scene_create(struct scene *s)
{
	struct ln_shards_params sp = { .count = SCENE_SHARDS, .wake = scene_wake, .ctx = s };
	const struct ln_nic_params nic = { .name = "eth0" };
	struct ln_net_params np;

	*s = (struct scene){ .now = SCENE_SEC };
	prng_init(&s->chance, 11);
	ln_net_params_init(&np);
	np.start_ns = s->now;
	np.seed = 5;
	s->shards = ln_shards_create(&np, &sp);
	np.seed = 6;
	s->peer = ln_net_create(&np);
	assert_true(s->shards && s->peer);
	assert_int_equal(ln_shards_nic(s->shards, &nic, s->nic), 0);
	s->peer_nic = ln_nic_create(s->peer, &nic);
	scene_ctl(s, "ip link set lo up");
	scene_ctl(s, "ip addr add 10.0.0.1/24 dev eth0");
	scene_ctl(s, "ip link set eth0 up");
	assert_int_equal(ln_ctl(s->peer, "ip addr add 10.0.0.2/24 dev eth0", NULL, 0, NULL), 0);
	assert_int_equal(ln_ctl(s->peer, "ip addr add 10.0.0.3/24 dev eth0", NULL, 0, NULL), 0);
	assert_int_equal(ln_ctl(s->peer, "ip link set eth0 up", NULL, 0, NULL), 0);
}

static inline bool scene_wire(struct scene *s)
{
	u8 frame[2048];
	bool moved = ln_nic_cable_run(s->peer_nic) > 0;	/* if it has one */
	ptrdiff_t n;

	while ((n = ln_nic_transmit(s->peer_nic, frame, sizeof(frame))) > 0) {
		unsigned ring = s->steer ? ln_shards_of_frame(s->nic[0], frame, (size_t)n) :
				prng_u32(&s->chance) % SCENE_SHARDS;

		assert_int_equal(ln_nic_receive(s->nic[ring], frame, (size_t)n), 0);
		moved = true;
	}
	for (unsigned i = 0; i < SCENE_SHARDS; i++) {
		while ((n = ln_nic_transmit(s->nic[i], frame, sizeof(frame))) > 0) {
			s->arp_replies += frame[12] == 8 && frame[13] == 6 && frame[21] == 2;
			ln_nic_receive(s->peer_nic, frame, (size_t)n);
			moved = true;
		}
	}
	return moved;
}

static inline void scene_settle(struct scene *s)
{
	bool again;

	do {
		again = false;
		for (unsigned i = 0; i < SCENE_SHARDS; i++)
			ln_shards_run(s->shards, i, s->now);
		ln_net_run(s->peer, s->now);
		again |= scene_wire(s);
		for (unsigned i = 0; i < SCENE_SHARDS; i++)
			again |= ln_shards_next_event(s->shards, i) <= s->now;
		again |= ln_net_next_event(s->peer) <= s->now;
	} while (again);
}

static inline void scene_run(struct scene *s, s64 ns)
{
	s64 until = s->now + ns, next;

	for (;;) {
		scene_settle(s);
		next = ln_net_next_event(s->peer);
		for (unsigned i = 0; i < SCENE_SHARDS; i++)
			next = min(next, ln_shards_next_event(s->shards, i));
		if (next > until)
			break;
		s->now = max(s->now, next);
	}
	s->now = until;
	scene_settle(s);
}

/* Every frame is accounted for, over all shards. */
static inline void scene_end(struct scene *s)
{
	struct ln_leaks leaks;

	assert_int_equal(ln_shards_destroy(s->shards, &leaks), 0);
	assert_int_equal(leaks.frames_unaccounted, 0);
	assert_int_equal(ln_net_destroy(s->peer, NULL), 0);
}

/* A TCP listener or UDP socket at 10.0.0.host. */
static inline int scene_bound(struct ln_net *net, int type, unsigned host, u16 port)
{
	const struct ln_sockaddr_in at = scene_addr(host, port);
	int fd = ln_socket(net, LN_AF_INET, type, 0);

	assert_int_equal(ln_bind(net, fd, &at, sizeof(at)), 0);
	if (type == LN_SOCK_STREAM)
		assert_int_equal(ln_listen(net, fd, 512), 0);
	return fd;
}

#endif

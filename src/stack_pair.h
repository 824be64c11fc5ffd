/* SPDX-License-Identifier: MIT */
/*
 * For tests of whole instances through the public calls only: two of them, a cable in between,
 * virtual time. Nothing in here fails a test when memory is short, but the end does when anything
 * is left over.
 */
#ifndef LINNET_STACK_PAIR_H
#define LINNET_STACK_PAIR_H

#include <linnet/linnet.h>

#include "base/netns.h"
#include "stack_box.h"
#include "wire/inet_addr.h"

#ifndef assert_int_equal
#error "include <cmocka.h> (after <setjmp.h>, <stdarg.h>) before this header"
#endif

#define PAIR_MS 1000000ll
#define PAIR_SEC 1000000000ll
#define PAIR_STEPS_MAX 200000

struct pair {
	struct ln_net *net[2];
	struct ln_nic *nic[2];
	s64 now;
};

static inline struct ln_sockaddr_in pair_addr(unsigned who, u16 port)
{
	return (struct ln_sockaddr_in){
		.sin_family = LN_AF_INET, .sin_port = cpu_to_be16(port),
		.sin_addr = INET_ADDR4(10, 0, 0, 1 + who),
	};
}

static inline int pair_ctl(struct pair *p, unsigned who, const char *cmd)
{
	char out[512];

	return ln_ctl(p->net[who], cmd, out, sizeof(out), NULL);
}

/* Instances with loopback; params may be NULL. */
static inline void pair_create(struct pair *p, const struct ln_net_params *params)
{
	struct ln_net_params np;

	*p = (struct pair){ .now = PAIR_SEC };
	ln_net_params_init(&np);
	if (params)
		np = *params;
	np.start_ns = p->now;
	for (unsigned i = 0; i < 2; i++) {
		np.seed++;
		np.name = i ? "b" : "a";
		p->net[i] = ln_net_create(&np);
		assert_non_null(p->net[i]);
	}
}

/* Cards, cable, addresses 10.0.0.1/24 and 10.0.0.2/24. False: something had no memory. */
static inline bool pair_connect(struct pair *p)
{
	bool ok = true;

	for (unsigned i = 0; i < 2; i++) {
		struct ln_nic_params params = { .name = "eth0", .rx_ring = 64, .tx_ring = 64 };

		p->nic[i] = ln_nic_create(p->net[i], &params);
		ok &= p->nic[i] != NULL;
		ok &= !pair_ctl(p, i, "ip link set lo up");
		ok &= !pair_ctl(p, i, i ? "ip addr add 10.0.0.2/24 dev eth0" :
				"ip addr add 10.0.0.1/24 dev eth0");
		ok &= !pair_ctl(p, i, "ip link set eth0 up");
	}
	return p->nic[0] && p->nic[1] && !ln_nic_connect(p->nic[0], p->nic[1]) && ok;
}

/* All that is due now, on both. */
static inline void pair_settle(struct pair *p)
{
	unsigned rounds = 0;
	bool again;

	do {
		again = false;
		for (unsigned i = 0; i < 2; i++)
			if (p->net[i])
				ln_net_run(p->net[i], p->now);
		if (p->nic[0] && p->nic[1])
			again = ln_nic_cable_run(p->nic[0]) > 0;
		for (unsigned i = 0; i < 2; i++)
			again |= p->net[i] && ln_net_next_event(p->net[i]) <= p->now;
		assert_true(++rounds < PAIR_STEPS_MAX);
	} while (again);
}

/* To the next event, at most to `until`; false: nothing more before it. */
static inline bool pair_step(struct pair *p, s64 until)
{
	s64 next = LN_TIME_NEVER;

	pair_settle(p);
	for (unsigned i = 0; i < 2; i++)
		if (p->net[i] && ln_net_next_event(p->net[i]) < next)
			next = ln_net_next_event(p->net[i]);
	p->now = max(p->now, min(next, until));
	pair_settle(p);
	return next <= until;
}

static inline void pair_run(struct pair *p, s64 ns)
{
	s64 until = p->now + ns;

	while (pair_step(p, until))
		;
}

/* Ends one of them: nothing left over, every frame accounted for. */
static inline void pair_destroy(struct pair *p, unsigned who)
{
	struct ln_net *net = p->net[who];

	p->net[who] = NULL;
	p->nic[who] = NULL;
	box_end(net);
}

static inline void pair_end(struct pair *p)
{
	pair_destroy(p, 0);
	pair_destroy(p, 1);
}

#endif

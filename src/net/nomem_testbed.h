/* SPDX-License-Identifier: MIT */
/*
 * Each allocation fails in its turn, at the sender, at the router, at the receiver, of either
 * family: what they do then is the test's own, scenario(). Behind the family's testbed.
 */
#ifndef LINNET_NET_NOMEM_TESTBED_H
#define LINNET_NET_NOMEM_TESTBED_H

static struct testbed tb;

enum { SENDER, ROUTER, RECEIVER };

/* At the victim the nth allocation fails; true when that came to pass. Does what needs all kinds of
 * memory, and ends with nomem_over(). */
static bool scenario(u32 victim, u64 nth);

static inline void nomem_link(struct net *net[3])
{
	for (int i = 0; i < 3; i++)
		net[i] = tb_add(&tb, NULL);
	tb_link(net[SENDER], "eth0", net[ROUTER], "eth0");
	tb_link(net[ROUTER], "eth1", net[RECEIVER], "eth0");
}

/* It works again afterwards: deliver() sends a packet that arrives. */
static inline bool nomem_over(struct net *net[3], u32 victim, void (*deliver)(struct net *sender))
{
	bool failed;

	tb_run(&tb, 100 * NSEC_PER_SEC);
	failed = net[victim]->mem.failed > 0;
	net[victim]->mem.fail_after = 0;
	tb_clear(net[RECEIVER]);
	deliver(net[SENDER]);
	tb_run(&tb, 10 * NSEC_PER_SEC);
	assert_int_equal(tb_count(net[RECEIVER]), 1);
	tb_exit(&tb);
	return failed;
}

static inline void run_victim(u32 victim)
{
	u64 nth = 1;

	while (scenario(victim, nth))
		nth++;
	assert_true(nth > 10);
}

static inline void test_sender(void **state)
{
	(void)state;
	run_victim(SENDER);
}

static inline void test_router(void **state)
{
	(void)state;
	run_victim(ROUTER);
}

static inline void test_receiver(void **state)
{
	(void)state;
	run_victim(RECEIVER);
}

/* An instance that cannot be made leaves nothing. up(): its loopback device was made. */
static inline void nomem_init(int (*init)(struct net *net), bool (*up)(struct net *net),
			      void (*leave)(struct net *net))
{
	struct net net;
	bool made = false;

	for (u64 nth = 1; !made; nth++) {
		bare_net_init(&net, NULL);
		net.mem.fail_after = nth;
		made = !init(&net) && !loopback_net_init(&net) && up(&net) && !net.mem.failed;
		net.mem.fail_after = 0;
		net.exiting = true;
		unregister_netdevices(&net);
		leave(&net);
		bare_net_exit(&net);
	}
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * For tests of what hosts say of groups: two on a cable, of which the second one listens. Behind
 * ip_testbed.h or ip6_testbed.h, whose hosts they are.
 */
#ifndef LINNET_NET_MC_TESTBED_H
#define LINNET_NET_MC_TESTBED_H

#include "net/testbed.h"

static struct testbed tb;
static struct packet_type mc_tap;

/* Host 0; all that comes to host 1 goes to listen_rcv. */
static inline struct net *mc_two(int (*listen_rcv)(struct sk_buff *skb, struct net_device *dev,
						    struct packet_type *pt))
{
	struct net *a = tb_add(&tb, NULL), *b = tb_add(&tb, NULL);

	mc_tap = (struct packet_type){ .type = CONST_BE16(0x0003), .func = listen_rcv };
	dev_add_pack(b, &mc_tap);
	tb_link(a, "eth0", b, "eth0");
	return a;
}

static inline void mc_end(void)
{
	dev_remove_pack(&mc_tap);
	tb_exit(&tb);
}

static inline int mc_setup(void **state)
{
	(void)state;
	tb.n = 0;	/* a test that failed left its own */
	return 0;
}

#endif

/* SPDX-License-Identifier: MIT */
/* A card without a backend, for unit tests of its rings: all of it is accounted for at the end. */
#ifndef LINNET_DRIVER_NIC_TESTBED_H
#define LINNET_DRIVER_NIC_TESTBED_H

#include "base/skbuff.h"
#include "driver/nic.h"

static struct net net;
static struct nic nic;

static void nic_bed_destroy(struct nic *n)
{
	(void)n;
}

static void nic_bed_begin(void)
{
	static const struct nic_ops ops = { .destroy = nic_bed_destroy };
	struct ln_net_params p;

	ln_net_params_init(&p);
	p.mem_budget = 4 << 20;
	assert_int_equal(netns_init(&net, &p), 0);
	nic_init(&nic, &net, &ops, NULL);
}

static int nic_bed_end(void **state)
{
	const struct frame_ledger *f = &net.frames;

	(void)state;
	nic_close(&nic);
	assert_int_equal(net.skb_slab.live, 0);
	assert_int_equal(net.bufs->live, 0);
	assert_int_equal(f->rx + f->made + f->cloned, f->consumed + f->sent + f->dropped);
	netns_exit(&net);
	assert_int_equal(net.mem.used, 0);
	assert_int_equal(net.mem.live, 0);
	return 0;
}

#endif

/* SPDX-License-Identifier: MIT */
/* For tests: a bridge br0 of the ports p1 to p4 on a bare instance. Behind cmocka.h. */
#ifndef LINNET_LINK_BRIDGE_BR_TESTBED_H
#define LINNET_LINK_BRIDGE_BR_TESTBED_H

#include "device/bare_net.h"
#include "link/bridge/br.h"
#include "link/ethernet.h"

#define PORTS 4

static struct net net;
static struct net_device *brdev, *port[PORTS];
static struct net_bridge *br;

static int br_setup(void **state)
{
	static const char *const names[PORTS] = { "p1", "p2", "p3", "p4" };

	(void)state;
	bare_net_init(&net, NULL);
	brdev = br_add_bridge(&net, "br0");
	assert_non_null(brdev);
	br = brdev->bridge;
	for (int i = 0; i < PORTS; i++) {
		port[i] = bare_dev_create(&net, names[i], ether_setup);
		dev_open(port[i]);
		assert_int_equal(br_add_if(br, port[i]), 0);
	}
	return 0;
}

static int br_teardown(void **state)
{
	(void)state;
	bare_net_exit(&net);
	return 0;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * veth: two devices with a cable between them, in one instance or in two on the same thread. What
 * one sends the other receives: a new sk_buff with a copy of the headers, payload by reference.
 * It has no rate and no delay; the receiving instance takes frames up in its next net_run().
 *
 * Each has a carrier while both are up. Unregistering one unregisters the other.
 */
#ifndef LINNET_LINK_VETH_H
#define LINNET_LINK_VETH_H

#include "device/netdevice.h"

/*
 * Makes the pair, registered and down, MACs from each instance's random stream.
 * a and b may be the same instance. -EEXIST, -EINVAL (names), -ENOMEM: nothing is left.
 */
int veth_newlink(struct net *a, const char *name_a, struct net *b, const char *name_b,
		 struct net_device **dev_a, struct net_device **dev_b);

bool netif_is_veth(const struct net_device *dev);

/* The other end, or NULL while the pair is taken down. */
struct net_device *veth_peer(struct net_device *dev);

#endif

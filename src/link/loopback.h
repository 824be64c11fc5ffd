/* SPDX-License-Identifier: MIT */
/* lo: what is sent comes back through netif_rx(); MTU 65536; no checksum is needed. */
#ifndef LINNET_LINK_LOOPBACK_H
#define LINNET_LINK_LOOPBACK_H

#include "device/netdevice.h"

int loopback_net_init(struct net *net);		/* registers lo, down; -ENOMEM */

#endif

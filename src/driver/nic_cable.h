/* SPDX-License-Identifier: MIT */
/*
 * A cable between two cards of instances on one thread: moves frames from each one's transmit
 * ring to the other's receive ring by handing buffers over; only headers are copied, because the
 * receiver may rewrite them. It has no rate and no delay: time is the caller's.
 */
#ifndef LINNET_DRIVER_NIC_CABLE_H
#define LINNET_DRIVER_NIC_CABLE_H

#include "driver/nic.h"

/* Moves what waits in both directions, as far as there are receive descriptors. Returns frames. */
u32 nic_cable_run(struct nic *a, struct nic *b);

#endif

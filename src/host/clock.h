/* SPDX-License-Identifier: MIT */
/* The machine's clocks and entropy: the only place where linnet asks for either. */
#ifndef LINNET_HOST_CLOCK_H
#define LINNET_HOST_CLOCK_H

#include "base/types.h"

/* CLOCK_MONOTONIC in ns: what ln_net_run() is given. */
s64 host_now_ns(void);

/* Unix time in ns, for captures. */
s64 host_wall_ns(void);

/* Real entropy for an instance's seed; ends the program when the kernel has none to give. */
u64 host_entropy(void);

#endif

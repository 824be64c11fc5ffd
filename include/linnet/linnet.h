/* SPDX-License-Identifier: MIT */
/* linnet: the Linux network path as a library. The whole public interface. */
#ifndef LINNET_LINNET_H
#define LINNET_LINNET_H

#include <linnet/ctl.h>
#include <linnet/net.h>
#include <linnet/nic.h>
#include <linnet/shard.h>
#include <linnet/socket.h>
#include <linnet/trace.h>

#define LINNET_VERSION "0.1.0"

#endif

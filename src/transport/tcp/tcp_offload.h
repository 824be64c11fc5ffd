/* SPDX-License-Identifier: MIT */
#ifndef LINNET_TRANSPORT_TCP_TCP_OFFLOAD_H
#define LINNET_TRANSPORT_TCP_TCP_OFFLOAD_H

#include "net/offload.h"

extern const struct net_offload tcpv4_offload, tcpv6_offload;

#endif

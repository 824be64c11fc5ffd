/* SPDX-License-Identifier: MIT */
/*
 * The routing table inside. A prefix has one or more routes, the best first: of the local table
 * before main, then by metric, then in order of adding. Local and main are one tree, as in IPv4.
 */
#ifndef LINNET_NET_IPV6_IP6_FIB_H
#define LINNET_NET_IPV6_IP6_FIB_H

#include "net/ipv6/ip6_impl.h"
#include "net/ipv6/ip6_lpm.h"

struct ip6_fib {
	struct ip6_lpm lpm;		/* prefix -> struct fib6_info, the best one */
	struct slab info_slab;
};

#endif

/* SPDX-License-Identifier: MIT */
/* What sockopt_mcast.c (one group or source, how it is sent) and sockopt_msfilter.c share. */
#ifndef LINNET_SOCKET_SOCKOPT_MCAST_IMPL_H
#define LINNET_SOCKET_SOCKOPT_MCAST_IMPL_H

#include <linnet/socket.h>

#include "transport/sock.h"
#include "wire/ip6_addr.h"

/* An option's value, whichever its layout. */
struct mcast_request {
	struct ip6_addr group, source;
	be32 address;			/* of IPv4: of the device */
	int ifindex;
	struct net_device *dev;
};

/* The request's device. -EINVAL: no group; -ENODEV. The index is known then. */
int mcast_request_resolve(const struct sock *sk, struct mcast_request *r);
/* As family says: an address of it. */
bool mcast_get_storage(const struct ln_sockaddr_storage *ss, int family, struct ip6_addr *a);

/* ---- sockopt_msfilter.c ---- */

/* LN_IP_MSFILTER, LN_MCAST_MSFILTER. */
int mcast_set_msfilter(struct sock *sk, const void *val, u32 len);
int mcast_get_msfilter(struct sock *sk, void *val, u32 *len);
int mcast_set_group_filter(struct sock *sk, int family, const void *val, u32 len);
int mcast_get_group_filter(struct sock *sk, int family, void *val, u32 *len);

#endif

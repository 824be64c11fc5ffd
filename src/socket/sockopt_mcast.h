/* SPDX-License-Identifier: MIT */
/* The options of <linnet/mcast.h>. -ENOPROTOOPT: it is none of them. */
#ifndef LINNET_SOCKET_SOCKOPT_MCAST_H
#define LINNET_SOCKET_SOCKOPT_MCAST_H

#include "transport/sock.h"

int ip_mcast_setsockopt(struct sock *sk, int name, const void *val, u32 len);
int ip_mcast_getsockopt(struct sock *sk, int name, void *val, u32 *len);
int ipv6_mcast_setsockopt(struct sock *sk, int name, const void *val, u32 len);
int ipv6_mcast_getsockopt(struct sock *sk, int name, void *val, u32 *len);

#endif

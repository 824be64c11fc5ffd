/* SPDX-License-Identifier: MIT */
/* Options that few sockets have: extension headers, and what is kept in struct sock_rare. */
#ifndef LINNET_SOCKET_SOCKOPT_RARE_H
#define LINNET_SOCKET_SOCKOPT_RARE_H

#include "transport/sock_rare.h"

/* IPV6_FLOWLABEL_MGR. */
int flowlabel_setsockopt(struct sock *sk, void *val, u32 len);

/* -ENOPROTOOPT: none of these. */
int ipv6_txopt_setsockopt(struct sock *sk, int name, const void *val, u32 len);
int ipv6_txopt_getsockopt(struct sock *sk, int name, void *val, u32 *len);

int sock_set_peek_off(struct sock *sk, int val);
int sock_get_peek_off(struct sock *sk, int *val);
int sock_set_rxq_ovfl(struct sock *sk, int val);

#endif

/* SPDX-License-Identifier: MIT */
/* ICMP's functions for its own folder: icmp_send.c makes messages, icmp.c receives them. */
#ifndef LINNET_NET_IPV4_ICMP_IMPL_H
#define LINNET_NET_IPV4_ICMP_IMPL_H

#include "net/ipv4/ip_impl.h"
#include "wire/icmp.h"

/* A redirect to gateway about skb (borrowed), limited per sender. */
void icmp_redirect_send(struct sk_buff *skb, be32 gateway);

/* May a message of that kind go there now? It is counted. */
bool icmp_within_limits(struct net *net, const struct rtable *rt, be32 daddr, u8 type, u8 code);

/* Counts a message that came in or goes out by its type. */
void icmp_count_in(struct net *net, u8 type);
void icmp_count_out(struct net *net, u8 type);

/*
 * Sends a message: data at its ICMP header (checksum written here), skb->dst a route to daddr.
 * Consumes.
 */
void icmp_push_reply(struct sk_buff *skb, const struct ip_xmit *x, const u8 *opts, u8 optlen);

#endif

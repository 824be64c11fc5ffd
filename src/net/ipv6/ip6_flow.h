/* SPDX-License-Identifier: MIT */
/* As net/ipv4/ip_flow.h. */
#ifndef LINNET_NET_IPV6_IP6_FLOW_H
#define LINNET_NET_IPV6_IP6_FLOW_H

#include "device/xmit_batch.h"
#include "net/ipv6/ip6.h"

bool ip6_flow_route(const struct sk_buff *skb);
u32 ip6_flow_mtu(const struct dst_entry *dst);
void ip6_flow_xmit(struct sk_buff *skb, struct dst_entry *dst, struct xmit_batch *out);

#endif

/* SPDX-License-Identifier: MIT */
/* Flow labels (RFC 6437) of what has none of its own: net.ipv6.auto_flowlabels. */
#ifndef LINNET_NET_IPV6_IP6_FLOWLABEL_H
#define LINNET_NET_IPV6_IP6_FLOWLABEL_H

#include "net/ipv6/ip6.h"

enum { IP6_AUTO_FLOW_LABEL_OFF, IP6_AUTO_FLOW_LABEL_OPTOUT, IP6_AUTO_FLOW_LABEL_OPTIN,
       IP6_AUTO_FLOW_LABEL_FORCED };
/* Bits of net.ipv6.flowlabel_reflect. */
enum { FLOWLABEL_REFLECT_TCP_RESET = 2, FLOWLABEL_REFLECT_ICMPV6_ECHO_REPLIES = 4 };

/* Whether a flow gets a label; off, on: what its socket said, if anything. */
static inline bool ip6_autolabel(const struct net *net, bool off, bool on)
{
	switch (net->sysctl.ip6_auto_flowlabels) {
	case IP6_AUTO_FLOW_LABEL_OFF:
		return false;
	case IP6_AUTO_FLOW_LABEL_OPTOUT:
		return !off;
	case IP6_AUTO_FLOW_LABEL_OPTIN:
		return on;
	default:
		return true;
	}
}

/* The same for all packets of a flow, and for nobody to guess. */
static inline u32 ip6_flow_hash(const struct net *net, const struct flowi6 *fl)
{
	u64 ports = (u64)fl->sport << 24 | (u64)fl->dport << 8 | fl->proto;

	return (u32)siphash_2u64(ip6_word(&fl->daddr, 0) ^ ports << 20,
				 ip6_word(&fl->daddr, 1) ^ ports, &net->secret) &
	       IPV6_FLOWLABEL_MASK;
}

/* Of a packet that no socket sends. */
static inline u32 ip6_make_flowlabel(const struct net *net, const struct flowi6 *fl)
{
	return ip6_autolabel(net, false, false) ? ip6_flow_hash(net, fl) : 0;
}

#endif

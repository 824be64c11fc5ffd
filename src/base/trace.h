/* SPDX-License-Identifier: MIT */
/*
 * Trace points: one predictable branch when nobody watches.
 *
 *	trace_skb(net, ip_rcv, skb, ttl, protocol, len, id, saddr, daddr);
 *	trace_net(net, net_rx_action, budget, n);
 *
 * Arguments are those of the point's text in <linnet/trace_points.h>, in order; a {s} is
 * passed as TRACE_STR("..."), and must outlive the call only.
 */
#ifndef LINNET_BASE_TRACE_H
#define LINNET_BASE_TRACE_H

#include <linnet/trace.h>

#include "base/netns.h"

struct sk_buff;

#define TRACE_STR(s) ((u64)(uintptr_t)(s))

__cold void trace_emit(struct net *net, enum ln_trace_point point, const struct sk_buff *skb,
		const struct net_device *dev, u64 packet, const u64 *args, unsigned n);

#define trace_args_(...) ((const u64[]){ __VA_ARGS__ })
#define trace_count_(...) (sizeof(trace_args_(__VA_ARGS__)) / sizeof(u64))

/* A step of a packet; its device and id come from the skb. */
#define trace_skb(net_, point, skb_, ...) \
	do { \
		if (unlikely((net_)->trace)) \
			trace_emit(net_, LN_TP_##point, skb_, NULL, 0, \
				   trace_args_(__VA_ARGS__), trace_count_(__VA_ARGS__)); \
	} while (0)

/* A step without an skb, on a device (or NULL), of packet id (or 0). */
#define trace_dev(net_, point, dev_, packet_, ...) \
	do { \
		if (unlikely((net_)->trace)) \
			trace_emit(net_, LN_TP_##point, NULL, dev_, packet_, \
				   trace_args_(__VA_ARGS__), trace_count_(__VA_ARGS__)); \
	} while (0)

#define trace_net(net_, point, ...) trace_dev(net_, point, NULL, 0, __VA_ARGS__)

#endif

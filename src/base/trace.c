/* SPDX-License-Identifier: MIT */
#include "base/trace.h"

#include "base/assert.h"
#include "base/skbuff.h"

/* The part of an sk_buff that a watcher sees. */
static void trace_geometry(struct ln_trace_event *ev, const struct sk_buff *skb)
{
	ev->has_skb = true;
	ev->headroom = skb_headroom(skb);
	ev->len = skb->len;
	ev->data_len = skb->data_len;
	ev->tailroom = skb_tailroom(skb);
	ev->data = skb->data;
}

void trace_emit(struct net *net, enum ln_trace_point point, const struct sk_buff *skb,
		const struct net_device *dev, u64 packet, const u64 *args, unsigned n)
{
	struct ln_trace_event ev = {
		.time_ns = net->now,
		.net = net_handle(net),
		.node = net->name,
		.dev = "",
		.point = point,
		.packet = skb ? skb->id : packet,
	};

	ln_assert(n <= LN_TRACE_ARGS);
	if (skb) {
		trace_geometry(&ev, skb);
		dev = skb->dev;
	}
	if (dev && net->trace_dev_name)
		ev.dev = net->trace_dev_name(dev);
	for (unsigned i = 0; i < n; i++)
		ev.arg[i] = args[i];
	net->trace(net->trace_ctx, &ev);
}

bool ln_trace_on(const struct ln_net *net)
{
	return net_of_const(net)->trace != NULL;
}

void ln_trace_app(struct ln_net *handle, const char *text)
{
	struct net *net = net_of(handle);

	trace_net(net, app, TRACE_STR(text));
}

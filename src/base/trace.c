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

/* Stands in for a trace function while only costs are wanted. */
static void nobody(void *ctx, const struct ln_trace_event *ev)
{
	(void)ctx;
	(void)ev;
}

static u64 costs_now(const struct ln_trace_costs *costs)
{
	return costs->clock(costs->ctx);
}

static void tell(struct net *net, enum ln_trace_point point, const struct sk_buff *skb,
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

void trace_emit(struct net *net, enum ln_trace_point point, const struct sk_buff *skb,
		const struct net_device *dev, u64 packet, const u64 *args, unsigned n)
{
	struct ln_trace_costs *costs = net->costs;
	u64 now;

	if (likely(!costs)) {
		tell(net, point, skb, dev, packet, args, n);
		return;
	}
	now = costs_now(costs);
	costs->at[point].count++;
	costs->at[point].ticks += now - costs->last;
	costs->last = now;
	if (net->trace == nobody)
		return;
	tell(net, point, skb, dev, packet, args, n);
	costs->last = costs_now(costs);
}

bool ln_trace_on(const struct ln_net *handle)
{
	const struct net *net = net_of_const(handle);

	return net->trace && net->trace != nobody;
}

void ln_trace_cost(struct ln_net *handle, struct ln_trace_costs *costs)
{
	struct net *net = net_of(handle);

	net->costs = costs;
	if (costs)
		costs->last = costs_now(costs);
	if (costs && !net->trace)
		net->trace = nobody;
	else if (!costs && net->trace == nobody)
		net->trace = NULL;
}

void ln_trace_app(struct ln_net *handle, const char *text)
{
	struct net *net = net_of(handle);

	trace_net(net, app, TRACE_STR(text));
}

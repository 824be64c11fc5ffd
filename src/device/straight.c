/* SPDX-License-Identifier: MIT */
#include "device/straight.h"

#include "device/dev_impl.h"
#include "device/nf_hook.h"
#include "device/qdisc.h"
#include "driver/nic.h"
#include "wire/eth.h"

u32 straight_room(const struct net_device *out)
{
	return out->netdev_ops->ndo_frame_room && dev_may_go_straight(out) ?
	       out->netdev_ops->ndo_frame_room(out) : 0;
}

static be16 frame_type(const struct nic_frame *f)
{
	return ((const struct ethhdr *)(const void *)f->data)->h_proto;
}

/* Who would get the frames, if that can pass them on. */
static straight_fn straight_of(struct net_device *dev, const struct nic_frame *f)
{
	const struct packet_type *pt;

	if (dev->rx_handler)
		return dev->rx_straight;
	pt = sole_packet_type(dev, frame_type(f));
	return pt ? pt->straight : NULL;
}

/* All of one device. */
static void xmit_run(struct net_device *dev, const struct nic_frame *f, u32 n)
{
	struct Qdisc *sch = dev->qdisc;

	sch->running = true;
	sch->stats.bytes += dev->netdev_ops->ndo_xmit_frames(f, n, dev);
	sch->stats.packets += n;
	dev_xmit_done(dev);
	sch->running = false;
}

static void drop_run(struct nic *nic, const struct nic_frame *f, u32 n)
{
	for (u32 i = 0; i < n; i++)
		nic_bare_drop(nic, f[i].buf, SKB_DROP_REASON_NETFILTER_DROP);
}

static void xmit_frames(struct net_device *in, const struct nic_frame *f, u32 n)
{
	struct net *net = in->net;
	u32 from = 0, to;

	dev_xmit_more_begin(net);
	for (; from < n; from = to) {
		to = from + 1;
		while (to < n && f[to].out == f[from].out)
			to++;
		if (likely(f[from].out))
			xmit_run(f[from].out, f + from, to - from);
		else
			drop_run(in->nic, f + from, to - from);
	}
	dev_xmit_more_end(net);
}

/* Rules at the device that let frames by straight are alone there; NULL: they do not. */
static const struct nf_hook_ops *straight_hook(const struct net_device *dev)
{
	const struct nf_hook_ops *ops;

	ops = list_first_entry(&dev->nf_ingress, struct nf_hook_ops, list);
	return list_is_singular(&dev->nf_ingress) && ops->straight ? ops : NULL;
}

static u32 offer(struct straight_run *run, const struct nf_hook_ops *hook)
{
	straight_fn fn;

	if (!run->n)
		return 0;
	if (hook)
		return hook->straight(hook->priv, run);
	fn = straight_of(run->in, run->f);
	return fn ? fn(run) : 0;
}

u32 dev_pass_straight(struct net_device *dev, u32 weight)
{
	struct nic_frame f[NAPI_POLL_WEIGHT];
	struct straight_run run = { .in = dev, .f = f };
	const struct nf_hook_ops *hook = NULL;
	struct net *net = dev->net;
	u32 n;

	if (net->trace || !list_empty(&net->dev->ptype_all))
		return 0;
	if (!list_empty(&dev->nf_ingress)) {
		hook = straight_hook(dev);
		if (!hook)
			return 0;
	}
	run.n = nic_rx_peek_frames(dev->nic, f, min_t(u32, weight, NAPI_POLL_WEIGHT));
	n = offer(&run, hook);
	if (!n)
		return 0;
	nic_rx_take_frames(dev->nic, f, n);
	net->softnet->processed += n;
	xmit_frames(dev, f, n);
	return n;
}

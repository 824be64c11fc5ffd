/* SPDX-License-Identifier: MIT */
/* A frame's way into the stack (row L3): taps, VLAN, rx_handler, the protocol by EtherType;
 * backlog. */
#include "base/trace.h"
#include "device/dev_impl.h"
#include "device/nf_hook.h"
#include "device/vlan_core.h"

#define PTYPE_ALL CONST_BE16(0x0003)

static struct list_head *ptype_head(const struct net *net, be16 type)
{
	return &net->dev->ptype_base[be16_to_cpu(type) & (PTYPE_HASH - 1)];
}

void dev_add_pack(struct net *net, struct packet_type *pt)
{
	list_add_tail(&pt->list, pt->type == PTYPE_ALL ? &net->dev->ptype_all :
							 ptype_head(net, pt->type));
}

void dev_remove_pack(struct packet_type *pt)
{
	list_del_init(&pt->list);
}

int netdev_rx_handler_register(struct net_device *dev, rx_handler_fn fn, rx_handler_list_fn list_fn,
			       void *data)
{
	if (dev->rx_handler)
		return -EBUSY;
	dev->rx_handler_data = data;
	dev->rx_handler = fn;
	dev->rx_handler_list = list_fn;
	return 0;
}

void netdev_rx_handler_unregister(struct net_device *dev)
{
	dev->rx_handler = NULL;
	dev->rx_handler_list = NULL;
	dev->rx_straight = NULL;
	dev->rx_handler_data = NULL;
}

static bool pt_wants(const struct packet_type *pt, const struct net_device *dev)
{
	return !pt->dev || pt->dev == dev;
}

/* Each tap gets the whole frame: a clone with its data moved back to the MAC header. */
static __noinline void deliver_to_taps(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct packet_type *pt, *next;

	list_for_each_entry_safe(pt, next, &dev->net->dev->ptype_all, list) {
		struct sk_buff *clone;

		if (!pt_wants(pt, dev))
			continue;
		clone = skb_clone(skb);
		if (!clone)
			return;		/* a tap misses a frame; the frame goes on */
		skb_push(clone, skb_headroom(clone) - clone->mac_header);
		pt->func(clone, dev, pt);
	}
}

static u32 count_taps(const struct net_device *dev)
{
	struct packet_type *pt;
	u32 n = 0;

	list_for_each_entry(pt, &dev->net->dev->ptype_all, list)
		n += pt_wants(pt, dev);
	return n;
}

/* To the protocol's handler; where several want it (a packet socket beside IP), the last in the
 * list gets the frame and the others clones. */
static __noinline void deliver_to_some(struct sk_buff *skb, const struct list_head *head)
{
	struct net_device *dev = skb->dev;
	struct packet_type *pt, *next, *last = NULL;

	list_for_each_entry_safe(pt, next, head, list) {
		struct sk_buff *clone;

		if (pt->type != skb->protocol || !pt_wants(pt, dev))
			continue;
		if (last) {
			clone = skb_clone(skb);
			if (clone)
				last->func(clone, dev, last);
		}
		last = pt;
	}
	if (likely(last)) {
		last->func(skb, dev, last);
		return;
	}
	dev->stats.rx_dropped++;
	kfree_skb_reason(skb, skb->pkt_type == PACKET_OTHERHOST ? SKB_DROP_REASON_OTHERHOST :
								  SKB_DROP_REASON_UNHANDLED_PROTO);
}

/* The frame has a tag: out of it, and to the VLAN's device. */
static __noinline enum vlan_rx vlan_step(struct sk_buff *skb)
{
	if (!skb_vlan_untag(skb))
		return VLAN_RX_DROPPED;
	skb_reset_network_header(skb);
	skb_reset_transport_header(skb);
	return vlan_do_receive(skb);
}

/* A tag that nobody took: of another VLAN than this machine's, or a priority tag. */
static __noinline void vlan_leftover(struct sk_buff *skb)
{
	if (skb_vlan_tag_get_id(skb))
		skb->pkt_type = PACKET_OTHERHOST;
	skb_vlan_clear_tag(skb);
}

/* The common case: one door of this kind, and it is the right one. */
static __always_inline void deliver_to_protocol(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	const struct list_head *head = ptype_head(dev->net, skb->protocol);
	struct packet_type *pt = list_entry(head->next, struct packet_type, list);

	if (likely(list_is_singular(head) && pt->type == skb->protocol && pt_wants(pt, dev)))
		pt->func(skb, dev, pt);
	else
		deliver_to_some(skb, head);
}

/* Rules at the device. A tag is out of the frame then, as in Linux. */
static __noinline enum vlan_rx ingress_step(struct sk_buff *skb)
{
	if (eth_type_vlan(skb->protocol)) {
		if (!skb_vlan_untag(skb))
			return VLAN_RX_DROPPED;
		skb_reset_network_header(skb);
		skb_reset_transport_header(skb);
	}
	if (!nf_ingress(skb))
		return VLAN_RX_DROPPED;
	return skb_vlan_tag_present(skb) ? vlan_do_receive(skb) : VLAN_RX_NONE;
}

/* The one door of a protocol that may be taken without a look around; else NULL. */
static __always_inline struct packet_type *straight_type(const struct net_device *dev, be16 type)
{
	const struct net *net = dev->net;
	const struct list_head *head = ptype_head(net, type);
	struct packet_type *pt = list_entry(head->next, struct packet_type, list);

	if (unlikely(net->trace || dev->rx_handler || !list_empty(&net->dev->ptype_all) ||
		     !list_empty(&dev->nf_ingress) || !list_is_singular(head)))
		return NULL;
	return likely(pt->type == type && pt->straight_in && pt_wants(pt, dev)) ? pt : NULL;
}

static __noinline void receive_step_by_step(struct net *net, struct sk_buff *skb)
{
	for (;;) {
		struct net_device *dev = skb->dev;

		if (unlikely(net->trace))
			trace_skb(net, netif_receive_skb, skb, be16_to_cpu(skb->protocol),
				  count_taps(dev));
		if (unlikely(!list_empty(&net->dev->ptype_all)))
			deliver_to_taps(skb);
		if (unlikely(eth_type_vlan(skb->protocol) || !list_empty(&dev->nf_ingress))) {
			enum vlan_rx r = list_empty(&dev->nf_ingress) ? vlan_step(skb) :
									ingress_step(skb);

			if (r == VLAN_RX_MOVED)
				continue;
			if (r == VLAN_RX_DROPPED)
				return;
		}
		if (!dev->rx_handler)
			break;
		switch (dev->rx_handler(&skb)) {
		case RX_HANDLER_CONSUMED:
			return;
		case RX_HANDLER_ANOTHER:	/* skb->dev is another: begin again */
			continue;
		case RX_HANDLER_PASS:
			break;
		}
		break;
	}
	if (unlikely(skb_vlan_tag_present(skb)))
		vlan_leftover(skb);
	deliver_to_protocol(skb);
}

void netif_receive_skb(struct sk_buff *skb)
{
	struct net *net = skb->net;
	struct packet_type *pt;

	if (!skb->tstamp)
		skb->tstamp = net->now;
	net->softnet->processed++;
	skb_reset_network_header(skb);
	skb->transport_header = skb->network_header;
	pt = straight_type(skb->dev, skb->protocol);
	if (likely(pt && !skb_vlan_tag_present(skb)) && pt->straight_in(skb, skb->dev))
		return;
	receive_step_by_step(net, skb);
}

/* ---- lists ---- */

/* What each packet of a list meets before any handler. */
static __noinline void rx_watched(struct net *net, struct sk_buff *skb)
{
	if (unlikely(net->trace))
		trace_skb(net, netif_receive_skb, skb, be16_to_cpu(skb->protocol),
			  count_taps(skb->dev));
	if (!list_empty(&net->dev->ptype_all))
		deliver_to_taps(skb);
}

static __always_inline void rx_begin(struct net *net, struct sk_buff **skb, u32 n)
{
	bool watched = net->trace || !list_empty(&net->dev->ptype_all);

	net->softnet->processed += n;
	for (u32 i = 0; i < n; i++) {
		if (!skb[i]->tstamp)
			skb[i]->tstamp = net->now;
		skb_reset_network_header(skb[i]);
		skb[i]->transport_header = skb[i]->network_header;
		if (unlikely(watched))
			rx_watched(net, skb[i]);
	}
}

struct packet_type *sole_packet_type(const struct net_device *dev, be16 type)
{
	const struct list_head *head = ptype_head(dev->net, type);
	struct packet_type *pt, *sole = NULL;

	list_for_each_entry(pt, head, list) {
		if (pt->type != type || !pt_wants(pt, dev))
			continue;
		if (sole)
			return NULL;
		sole = pt;
	}
	return sole;
}

/* All of one device, and tagged. */
static __noinline void receive_vlan_run(struct sk_buff **skb, u32 n)
{
	struct net_device *dev = skb[0]->dev;
	u32 kept = 0;

	for (u32 i = 0; i < n; i++) {
		enum vlan_rx r;

		rx_begin(dev->net, &skb[i], 1);
		r = vlan_step(skb[i]);
		if (r == VLAN_RX_MOVED)
			netif_receive_skb(skb[i]);
		else if (r == VLAN_RX_NONE)
			skb[kept++] = skb[i];
	}
	if (kept && dev->rx_handler)
		kept = dev->rx_handler_list(skb, kept);
	for (u32 i = 0; i < kept; i++) {
		vlan_leftover(skb[i]);
		deliver_to_protocol(skb[i]);
	}
}

/* What follows taps and ingress. */
static void receive_rest(struct sk_buff **skb, u32 n)
{
	struct net_device *dev = skb[0]->dev;
	struct packet_type *pt;

	if (dev->rx_handler)
		n = dev->rx_handler_list(skb, n);
	if (!n)
		return;
	pt = sole_packet_type(dev, skb[0]->protocol);
	if (likely(pt && pt->list_func)) {
		pt->list_func(skb, n, dev, pt);
		return;
	}
	for (u32 i = 0; i < n; i++)
		deliver_to_protocol(skb[i]);
}

/* A hook takes lists, and it is the only one. */
static bool ingress_takes_lists(const struct net_device *dev)
{
	return list_is_singular(&dev->nf_ingress) &&
	       list_first_entry(&dev->nf_ingress, struct nf_hook_ops, list)->hook_list;
}

/* All of one device and one protocol. */
static void receive_run(struct sk_buff **skb, u32 n)
{
	struct net_device *dev = skb[0]->dev;
	bool vlan = eth_type_vlan(skb[0]->protocol), ingress = !list_empty(&dev->nf_ingress);

	if (unlikely((dev->rx_handler && !dev->rx_handler_list) ||
		     (ingress && (vlan || !ingress_takes_lists(dev))))) {
		for (u32 i = 0; i < n; i++)
			netif_receive_skb(skb[i]);
		return;
	}
	if (unlikely(vlan)) {
		receive_vlan_run(skb, n);
		return;
	}
	rx_begin(dev->net, skb, n);
	if (unlikely(ingress))
		nf_ingress_list(skb, n, receive_rest);
	else
		receive_rest(skb, n);
}

void netif_receive_skb_list(struct sk_buff **skb, u32 n)
{
	u32 from = 0, to;

	if (n == 1) {
		netif_receive_skb(skb[0]);
		return;
	}
	for (; from < n; from = to) {
		to = from + 1;
		while (to < n && skb[to]->protocol == skb[from]->protocol &&
		       skb[to]->dev == skb[from]->dev)
			to++;
		receive_run(skb + from, to - from);
	}
}

/* ---- backlog ---- */

int netif_rx(struct sk_buff *skb)
{
	struct net *net = skb->net;
	struct softnet_data *sd = net->softnet;

	if (!skb->tstamp || unlikely(skb->edt)) {
		skb->tstamp = net->now;		/* it was when to send it */
		skb->edt = 0;
	}
	if (unlikely(sd->input_pkt_queue.qlen >= (u32)net->sysctl.netdev_max_backlog)) {
		sd->dropped++;
		skb->dev->stats.rx_dropped++;
		kfree_skb_reason(skb, SKB_DROP_REASON_CPU_BACKLOG);
		return -ENOBUFS;
	}
	skb_queue_tail(&sd->input_pkt_queue, skb);
	if (!sd->backlog.scheduled)
		sd->backlog.weight = net->sysctl.dev_weight;
	napi_schedule(&sd->backlog);
	return 0;
}

int process_backlog(struct napi_struct *napi, int quota)
{
	struct net *net = napi->net;
	struct sk_buff_head *queue = &net->softnet->input_pkt_queue;
	int work = 0;

	for (; work < quota && !skb_queue_empty(queue); work++)
		netif_receive_skb(skb_dequeue(queue));
	trace_dev(net, napi_poll, napi->dev, 0, (u64)quota, (u64)work, 0);
	if (work < quota)
		napi_complete_done(napi, work);
	return work;
}

void flush_backlog(struct net *net, const struct net_device *dev, enum skb_drop_reason reason)
{
	struct sk_buff_head *queue = &net->softnet->input_pkt_queue;
	struct sk_buff *skb, *tmp;

	skb_queue_walk_safe(queue, skb, tmp) {
		if (skb->dev != dev)
			continue;
		skb_unlink(skb, queue);
		kfree_skb_reason(skb, reason);
	}
}

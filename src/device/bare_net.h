/* SPDX-License-Identifier: MIT */
/*
 * For tests of the layers from device/ to net/: an instance with devices and softirqs, nothing
 * above; a device that keeps what is sent; and the check at the end that every test makes.
 * A test adds the parts that it needs between bare_net_init() and bare_net_exit():
 *
 *	struct net net;
 *	bare_net_init(&net, NULL);
 *	struct net_device *dev = bare_dev_create(&net, "eth0", ether_setup);
 *	dev_open(dev);
 *	...
 *	struct sk_buff *sent = bare_dev_pop(dev);
 *	...
 *	bare_net_exit(&net);
 */
#ifndef LINNET_DEVICE_BARE_NET_H
#define LINNET_DEVICE_BARE_NET_H

#include "device/napi.h"
#include "device/netdevice.h"
#include "device/nf_hook.h"
#include "device/tx_tstamp.h"

#ifndef assert_int_equal
#error "include <cmocka.h> (after <setjmp.h>, <stdarg.h>) before this header"
#endif

/* change may be NULL; else it sets parameters. */
static inline void bare_net_init(struct net *net, void (*change)(struct ln_net_params *params))
{
	struct ln_net_params params;

	ln_net_params_init(&params);
	params.seed = 1;
	if (change)
		change(&params);
	assert_int_equal(netns_init(net, &params), 0);
	assert_int_equal(softirq_net_init(net), 0);
	assert_int_equal(dev_net_init(net), 0);
	assert_int_equal(nf_net_init(net), 0);
}

/* One net_run(). */
static inline void bare_net_run(struct net *net, ktime_t now)
{
	timers_run(&net->timers, max(now, net->now), &net->now);
	do_softirq(net);
	wakes_run(net);
}

static inline ktime_t bare_net_next(const struct net *net)
{
	return list_empty(&net->wakes) ? min(timers_next(&net->timers), softirq_next(net)) :
					 net->now;
}

/* Runs each event at its own time, up to and including `end`; net->now is `end` afterwards. */
static inline void bare_net_run_until(struct net *net, ktime_t end)
{
	ktime_t next;

	while ((next = bare_net_next(net)) <= end)
		bare_net_run(net, next);
	bare_net_run(net, end);
}

/* Every sk_buff that began has ended, but `queued` of them. */
static inline void bare_net_check_frames(const struct net *net, u64 queued)
{
	const struct frame_ledger *f = &net->frames;

	assert_int_equal(f->rx + f->made + f->cloned, f->consumed + f->sent + f->dropped + queued);
	assert_int_equal(net->skb_slab.live, queued);
}

/* Takes all down: frames are conserved, no byte is left. */
static inline void bare_net_exit(struct net *net)
{
	net->exiting = true;
	unregister_netdevices(net);
	nf_net_exit(net);
	dev_net_exit(net);
	softirq_net_exit(net);
	bare_net_check_frames(net, 0);
	assert_int_equal(net->bufs->live, 0);
	netns_exit(net);
	assert_int_equal(net->mem.used, 0);
	assert_int_equal(net->mem.live, 0);
}

/* ---- a device that keeps what is sent ---- */

struct bare_dev {
	struct sk_buff_head sent;
	u32 room;		/* frames that it takes before it stops its queue */
	u32 flushes;
};

static inline netdev_tx_t bare_dev_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct bare_dev *bd = netdev_priv(dev);

	if (!bd->room) {
		netif_stop_queue(dev);
		return NETDEV_TX_BUSY;
	}
	if (--bd->room == 0)
		netif_stop_queue(dev);
	skb_tstamp_tx(skb, SKBTX_SW_TSTAMP);
	skb_queue_tail(&bd->sent, skb);
	return NETDEV_TX_OK;
}

static inline void bare_dev_flush(struct net_device *dev)
{
	((struct bare_dev *)netdev_priv(dev))->flushes++;
}

static inline int bare_dev_set_mac(struct net_device *dev, const u8 *mac)
{
	(void)dev;
	(void)mac;
	return 0;
}

static inline void bare_dev_uninit(struct net_device *dev)
{
	skb_queue_purge_reason(&((struct bare_dev *)netdev_priv(dev))->sent, SKB_CONSUMED);
}

static const struct net_device_ops bare_dev_ops = {
	.ndo_start_xmit = bare_dev_xmit,
	.ndo_xmit_flush = bare_dev_flush,
	.ndo_set_mac_address = bare_dev_set_mac,
	.ndo_uninit = bare_dev_uninit,
};

/* Registered and down; setup (ether_setup of link/) may be NULL. MAC 02:00:00:00:00:<ifindex>. */
static inline struct net_device *bare_dev_create(struct net *net, const char *name,
						 void (*setup)(struct net_device *dev))
{
	struct net_device *dev = alloc_netdev(net, sizeof(struct bare_dev), name);
	struct bare_dev *bd;

	assert_non_null(dev);
	if (setup)
		setup(dev);
	dev->mtu = dev->mtu ? dev->mtu : 1500;
	dev->addr_len = 6;
	memcpy(dev->dev_addr, "\x02\0\0\0\0", 5);
	dev->dev_addr[5] = (u8)net->dev->next_ifindex;
	memset(dev->broadcast, 0xff, 6);
	dev->netdev_ops = &bare_dev_ops;
	bd = netdev_priv(dev);
	skb_queue_head_init(&bd->sent);
	bd->room = UINT32_MAX;
	assert_int_equal(register_netdevice(dev), 0);
	return dev;
}

/* The oldest frame that was sent, now the caller's, or NULL. */
static inline struct sk_buff *bare_dev_pop(struct net_device *dev)
{
	return skb_dequeue(&((struct bare_dev *)netdev_priv(dev))->sent);
}

static inline u32 bare_dev_sent(struct net_device *dev)
{
	return ((struct bare_dev *)netdev_priv(dev))->sent.qlen;
}

/* A frame as if a card had received it: len bytes from `frame`, data at the MAC header. */
static inline struct sk_buff *bare_rx_skb(struct net_device *dev, const void *frame, u32 len)
{
	struct buf *buf = buf_alloc(dev->net->bufs, 64 + len);
	struct sk_buff *skb = build_skb(dev->net, buf, 64, len);

	assert_non_null(skb);
	memcpy(skb->data, frame, len);
	skb->dev = dev;
	skb->id = net_next_packet_id(dev->net);
	skb->tstamp = dev->net->now;
	skb_reset_mac_header(skb);
	return skb;
}

#endif

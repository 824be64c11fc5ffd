/* SPDX-License-Identifier: MIT */
/* The driver of every card: interrupt handler, NAPI poll, start_xmit (rows N3 to N6). */
#include "device/dev_nic.h"

#include "base/skb_share.h"
#include "base/trace.h"
#include "device/dev_impl.h"
#include "device/gro.h"
#include "device/straight.h"
#include "device/tx_tstamp.h"
#include "driver/nic_filter.h"
#include "driver/nic_lent.h"
#include "driver/nic_rss.h"
#include "wire/eth.h"

#define TX_STOP_ROOM (MAX_SKB_FRAGS + 2)	/* any frame fits */
#define TAKE_AT_ONCE 8u
#define PAUSE_MAX 63u
#define IRQ_FIRST 23				/* of ifindex 1; below are the machine's own */

struct dev_nic {
	struct nic *nic;
	struct napi_struct napi;
	be16 (*type_trans)(struct sk_buff *skb, struct net_device *dev);
	u32 rx_ring, tx_ring;			/* as asked; the card rounds them */
	u32 long_polls;		/* of which none passed a frame straight on, up to PAUSE_MAX; */
	u32 pause;		/* so many of the next do not ask */
};

/* ---- interrupt ---- */

static void wake_when_room(struct net_device *dev, struct nic *nic)
{
	if (netif_queue_stopped(dev) &&
	    nic_tx_room(nic) >= max_t(u32, TX_STOP_ROOM, nic->tx.size / 4))
		netif_wake_queue(dev);
}

static void link_changed(struct net_device *dev, struct nic *nic)
{
	if (nic->carrier) {
		netif_carrier_on(dev);
		return;
	}
	/* What waits for a cable that is out would leave years later: it ends here. */
	nic_tx_abort(nic, SKB_DROP_REASON_NIC_DOWN);
	netif_carrier_off(dev);
	wake_when_room(dev, nic);
}

static void dev_nic_isr(struct nic *nic)
{
	struct dev_nic *dn = netdev_priv(nic->dev);
	unsigned causes = nic_irq_ack(nic);

	if (causes & (NIC_IRQ_RX | NIC_IRQ_TX)) {
		nic_irq_mask(nic);
		napi_schedule(&dn->napi);
	}
	if (unlikely(causes & NIC_IRQ_LINK))
		link_changed(nic->dev, nic);
}

/* ---- poll ---- */

/* eth_type_trans(); false: too short a frame, which ends here. */
static __always_inline bool frame_type(struct dev_nic *dn, struct sk_buff *skb)
{
	skb->protocol = dn->type_trans(skb, dn->nic->dev);
	if (likely(skb->protocol))
		return true;
	kfree_skb_reason(skb, SKB_DROP_REASON_HDR_TRUNC);
	return false;
}

/* A host, or a router of what GRO joins, need not be asked in each poll. */
static __always_inline bool may_pass(struct dev_nic *dn)
{
	if (likely(!dn->pause))
		return true;
	dn->pause--;
	return false;
}

static __always_inline void passed(struct dev_nic *dn, u32 n)
{
	dn->long_polls = n ? 0 : min(2 * dn->long_polls + 1, PAUSE_MAX);
	dn->pause = dn->long_polls / 2;
}

/* Those who climb do so before others pass them by. */
static __noinline u32 pass_on(struct dev_nic *dn, struct rx_batch *rx, u32 weight)
{
	netif_receive_skb_list(rx->skb, rx->n);
	rx->n = 0;
	return dev_pass_straight(dn->nic->dev, weight);
}

/*
 * Several frames climb together, a step after the other, but for those that GRO keeps. They are
 * taken a few at a time: the sk_buff of one that GRO joins is the next one's, and still in the
 * cache. Behind frames that went straight on, a single one does that at first.
 */
static __noinline int take_many(struct dev_nic *dn, u32 weight)
{
	struct sk_buff *skb[TAKE_AT_ONCE];
	struct nic *nic = dn->nic;
	struct rx_batch rx;
	u32 work = 0, straight = 0, chunk = TAKE_AT_ONCE, n;
	bool pass = may_pass(dn);

	napi_gro_begin(&dn->napi, &rx);
	do {
		u32 kept = 0;

		if (pass) {
			n = pass_on(dn, &rx, weight - work);
			chunk = n ? 1 : min(2 * chunk, TAKE_AT_ONCE);
			straight += n;
			work += n;
		}

		n = nic_rx_take_many(nic, skb, min(weight - work, chunk));
		for (u32 i = 0; i < n; i++)
			if (frame_type(dn, skb[i]))
				skb[kept++] = skb[i];
		work += n;
		napi_gro_receive_list(&dn->napi, skb, kept, nic_rx_ready(nic) && work < weight);
	} while (n && work < weight && (pass || nic_rx_ready(nic)));
	napi_gro_end(&dn->napi);
	if (pass)
		passed(dn, straight);
	return (int)work;
}

static __always_inline int take_frames(struct dev_nic *dn, int weight)
{
	struct sk_buff *skb;

	if (nic_rx_ready(dn->nic) > 1)
		return take_many(dn, (u32)weight);
	if (unlikely(nic_rx_ready(dn->nic) && may_pass(dn))) {
		u32 n = dev_pass_straight(dn->nic->dev, 1);

		passed(dn, n);
		if (n)
			return 1;
	}
	skb = nic_rx_take_ready(&dn->nic->rx);
	if (!skb)
		skb = nic_rx_take(dn->nic);
	if (!skb)
		return 0;
	/* With nothing behind it there is nothing to join. */
	if (frame_type(dn, skb))
		netif_receive_skb(skb);
	return 1;
}

static int dev_nic_poll(struct napi_struct *napi, int weight)
{
	struct dev_nic *dn = container_of(napi, struct dev_nic, napi);
	struct net_device *dev = napi->dev;
	struct nic *nic = dn->nic;
	u32 cleaned;
	int work;

	cleaned = nic_tx_clean(nic, UINT32_MAX);
	if (cleaned)
		wake_when_room(dev, nic);
	if (nic->ops->rx_poll)
		nic->ops->rx_poll(nic, (u32)weight);
	work = take_frames(dn, weight);
	trace_dev(napi->net, napi_poll, dev, 0, (u64)weight, (u64)work, cleaned);
	if (unlikely(napi->disabled))
		return work;	/* what was received took the device down */
	nic_rx_refill(nic);
	if (work < weight) {
		napi_complete_done(napi, work);
		nic_irq_unmask(nic);
	}
	return work;
}

/* ---- transmit ---- */

static bool dev_nic_may_xmit_frames(const struct sk_buff *skb, const struct net_device *dev)
{
	return nic_tx_room(dev->nic) >= nic_tx_frames_descs(skb) + TX_STOP_ROOM;
}

/* What the card does not cut. Never busy: there was room. */
static int post_frames(struct nic *nic, struct sk_buff *skb)
{
	struct gso_frames f;

	if (likely(skb_gso_headers(skb, &f))) {
		nic_tx_post_frames(nic, skb, f.buf, f.hlen, f.stride);
		return 0;
	}
	nic->dev->stats.tx_dropped += skb_packets(skb);
	kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
	return 0;
}

/* More pieces than a frame may have descriptors (put together from many fragments): it is copied.
 * -ENOSPC, -ENOMEM: it stays the caller's. */
static int post_skb(struct nic *nic, struct sk_buff *skb)
{
	int err = nic_tx_post(nic, skb);

	if (likely(err != -EMSGSIZE))
		return err;
	return !skb->destructor && skb_gather(skb) ? nic_tx_post(nic, skb) : -ENOMEM;
}

static netdev_tx_t dev_nic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct dev_nic *dn = netdev_priv(dev);
	struct nic *nic = dn->nic;
	int err;

	skb_tstamp_tx(skb, SKBTX_SW_TSTAMP);
	if (netif_needs_gso(skb, dev->features))
		err = post_frames(nic, skb);
	else
		err = post_skb(nic, skb);
	if (unlikely(err == -ENOMEM)) {
		dev->stats.tx_dropped++;
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return NETDEV_TX_OK;
	}
	if (unlikely(nic_tx_room(nic) < TX_STOP_ROOM)) {
		nic->stats.tx_stopped++;
		netif_stop_queue(dev);
	}
	return err ? NETDEV_TX_BUSY : NETDEV_TX_OK;
}

static u32 dev_nic_xmit_list(struct sk_buff **skb, u32 n, struct net_device *dev)
{
	struct nic *nic = dev->nic;
	u32 room = nic_tx_room(nic);

	/* Each is one descriptor, and the last one leaves as much as stops no queue. */
	if (unlikely(room < TX_STOP_ROOM + n))
		n = room > TX_STOP_ROOM ? room - TX_STOP_ROOM : 0;
	return nic_tx_post_linear(nic, skb, n);
}

static u32 dev_nic_frame_room(const struct net_device *dev)
{
	u32 room = nic_tx_room(dev->nic);

	return room > TX_STOP_ROOM ? room - TX_STOP_ROOM : 0;
}

static u64 dev_nic_xmit_frames(const struct nic_frame *f, u32 n, struct net_device *dev)
{
	return nic_tx_post_bare(dev->nic, f, n);
}

/* So much room that no queue is stopped behind it. */
static bool dev_nic_may_lend(const struct net_device *dev)
{
	return nic_tx_room(dev->nic) >= TX_STOP_ROOM + 2;
}

/* What is sent within the doorbell needs no interrupt to be cleaned. */
static __noinline void xmit_at_once(struct net_device *dev, struct nic *nic)
{
	nic_tx_doorbell(nic);
	if (nic_tx_clean(nic, UINT32_MAX))
		wake_when_room(dev, nic);
}

static void dev_nic_xmit_flush(struct net_device *dev)
{
	struct nic *nic = ((struct dev_nic *)netdev_priv(dev))->nic;

	if (unlikely(nic->tx_at_once))
		xmit_at_once(dev, nic);
	else
		nic_tx_doorbell(nic);
}

static __always_inline void flush_one(struct net_device *dev)
{
	if (likely(!dev->net->softnet->xmit_more))
		dev_nic_xmit_flush(dev);
	else
		dev_xmit_defer(dev);
}

static void dev_nic_xmit_lent(struct sk_buff *skb, const u8 *h, u32 hlen, struct net_device *dev)
{
	nic_tx_post_lent(dev->nic, skb, h, hlen);
	flush_one(dev);
}

static void dev_nic_xmit_room(struct sk_buff *skb, struct net_device *dev)
{
	nic_tx_post_room(dev->nic, skb);
	flush_one(dev);
}

/* ---- up, down, settings ---- */

static int dev_nic_open(struct net_device *dev)
{
	struct dev_nic *dn = netdev_priv(dev);
	int err = nic_open(dn->nic, dn->rx_ring, dn->tx_ring);

	if (err)
		return err;
	if (dn->nic->carrier)
		netif_carrier_on(dev);
	else
		netif_carrier_off(dev);
	napi_enable(&dn->napi);
	nic_irq_unmask(dn->nic);
	return 0;
}

static int dev_nic_stop(struct net_device *dev)
{
	struct dev_nic *dn = netdev_priv(dev);

	napi_disable(&dn->napi);
	nic_close(dn->nic);
	return 0;
}

/* New rings for a device that may be up. When there is no memory for them the device goes down,
 * because the old ones are gone. */
static int reopen(struct net_device *dev)
{
	int err;

	if (!netif_running(dev))
		return 0;
	dev_nic_stop(dev);
	err = dev_nic_open(dev);
	if (err) {
		dev_close(dev);
		return err;
	}
	if (netif_queue_stopped(dev))
		netif_wake_queue(dev);
	return 0;
}

static int dev_nic_change_mtu(struct net_device *dev, u32 mtu)
{
	struct dev_nic *dn = netdev_priv(dev);

	dev->mtu = mtu;
	dn->nic->mtu = mtu;
	return reopen(dev);
}

static void dev_nic_set_rx_mode(struct net_device *dev)
{
	const struct netdev_hw_addr *ha;
	struct nic *nic = dev->nic;

	nic->promisc = dev->flags & IFF_PROMISC_;
	nic->allmulti = dev->flags & IFF_ALLMULTI_;
	nic->mc_bins = 0;
	list_for_each_entry(ha, &dev->mc, list)
		if (ha->users)
			nic->mc_bins |= nic_mc_bin(ha->addr);
	if (nic->ops->set_rx_mode)
		nic->ops->set_rx_mode(nic);
}

static int dev_nic_set_mac_address(struct net_device *dev, const u8 *mac)
{
	ether_addr_copy(dev->nic->mac, mac);
	if (dev->nic->ops->set_rx_mode)
		dev->nic->ops->set_rx_mode(dev->nic);
	return 0;
}

static void dev_nic_uninit(struct net_device *dev)
{
	struct dev_nic *dn = netdev_priv(dev);

	netif_napi_del(&dn->napi);
	dev->nic = NULL;
	nic_rss_free(dn->nic);
	dn->nic->ops->destroy(dn->nic);
}

static const struct net_device_ops dev_nic_ops = {
	.ndo_open = dev_nic_open,
	.ndo_stop = dev_nic_stop,
	.ndo_start_xmit = dev_nic_xmit,
	.ndo_may_xmit_frames = dev_nic_may_xmit_frames,
	.ndo_xmit_list = dev_nic_xmit_list,
	.ndo_frame_room = dev_nic_frame_room,
	.ndo_xmit_frames = dev_nic_xmit_frames,
	.ndo_xmit_flush = dev_nic_xmit_flush,
	.ndo_may_lend = dev_nic_may_lend,
	.ndo_xmit_lent = dev_nic_xmit_lent,
	.ndo_xmit_room = dev_nic_xmit_room,
	.ndo_set_rx_mode = dev_nic_set_rx_mode,
	.ndo_set_mac_address = dev_nic_set_mac_address,
	.ndo_change_mtu = dev_nic_change_mtu,
	.ndo_uninit = dev_nic_uninit,
};

struct net_device *dev_nic_create(struct net *net, struct nic *nic, const char *name,
				  u32 rx_ring, u32 tx_ring, const struct dev_nic_link *link)
{
	struct net_device *dev = alloc_netdev(net, sizeof(struct dev_nic), name);
	struct dev_nic *dn;

	if (!dev)
		return NULL;
	link->setup(dev);
	dev->mtu = nic->mtu;
	dev->max_mtu = ETH_MAX_MTU;
	dev->features = NETIF_F_SG | NETIF_F_RXCSUM | (nic->tx_csum ? NETIF_F_HW_CSUM : 0) |
			(nic->no_gro ? 0 : NETIF_F_GRO) | (nic->tso ? NETIF_F_ALL_TSO : 0) |
			(nic->uso ? NETIF_F_GSO_UDP_L4 : 0);
	dev->carrier = nic->carrier;
	dev->netdev_ops = &dev_nic_ops;
	dev->nic = nic;
	ether_addr_copy(dev->dev_addr, nic->mac);
	dn = netdev_priv(dev);
	*dn = (struct dev_nic){
		.nic = nic,
		.type_trans = link->type_trans,
		.rx_ring = rx_ring ? rx_ring : nic->rx_ring,
		.tx_ring = tx_ring ? tx_ring : nic->tx_ring,
	};
	netif_napi_add(dev, net, &dn->napi, dev_nic_poll, NAPI_POLL_WEIGHT);
	nic->dev = dev;
	nic->isr = dev_nic_isr;
	if (register_netdevice(dev)) {
		nic->dev = NULL;
		nic->isr = NULL;
		free_netdev(dev);
		return NULL;
	}
	nic->irq_number = IRQ_FIRST + (unsigned)dev->ifindex;
	return dev;
}

int dev_nic_set_ring(struct net_device *dev, u32 rx, u32 tx)
{
	struct dev_nic *dn = netdev_priv(dev);

	if (rx < 1 || rx > NIC_RING_MAX || tx < 1 || tx > NIC_RING_MAX)
		return -EINVAL;
	dn->rx_ring = rx;
	dn->tx_ring = tx;
	return reopen(dev);
}

void dev_nic_get_ring(const struct net_device *dev, u32 *rx, u32 *tx)
{
	const struct dev_nic *dn = (const void *)dev->priv;

	*rx = nic_rx_ring_size(dn->rx_ring);
	*tx = nic_tx_ring_size(dn->tx_ring);
}

/* SPDX-License-Identifier: MIT */
/* What the files of device/ share and nobody else calls. */
#ifndef LINNET_DEVICE_DEV_IMPL_H
#define LINNET_DEVICE_DEV_IMPL_H

#include "device/gro.h"
#include "device/napi.h"
#include "device/netdevice.h"

/* The softirqs' work (napi.c, dev_tx.c). */
void net_rx_action(struct net *net);
void net_tx_action(struct net *net);

/* The poll of the NAPI behind netif_rx() (dev_rx.c), and what it holds of a device that goes. */
int process_backlog(struct napi_struct *napi, int quota);
void flush_backlog(struct net *net, const struct net_device *dev, enum skb_drop_reason reason);

/* IFF_RUNNING_ and IFF_LOWER_UP_ follow IFF_UP_ and the carrier (dev_state.c). */
void dev_update_running(struct net_device *dev);

/* Frames were given to dev's driver: they go now, or, in a batch, with its end (dev_tx.c). */
void dev_xmit_defer(struct net_device *dev);
void dev_xmit_forget(const struct net_device *dev);	/* it goes away */

static inline void dev_xmit_done(struct net_device *dev)
{
	if (likely(!dev->net->softnet->xmit_more))
		dev_xmit_flush(dev);
	else
		dev_xmit_defer(dev);
}

/* The only one who wants packets of this type and device; NULL: none or several (dev_rx.c). */
struct packet_type *sole_packet_type(const struct net_device *dev, be16 type);

/* Nothing but the driver would see frames that are sent now (dev_tx.c). */
bool dev_may_go_straight(const struct net_device *dev);

bool dev_makes_frames(const struct sk_buff *skb, const struct net_device *dev);

/* Several packets in one, and dev wants frames which its driver does not make of it. */
static inline bool dev_must_cut(const struct sk_buff *skb, const struct net_device *dev)
{
	return netif_needs_gso(skb, dev->features) && !dev_makes_frames(skb, dev);
}

/* Consumes skb; its frames are appended to segs. 0; -errno: it was dropped, segs is empty. */
int dev_gso_segment(struct sk_buff *skb, struct net_device *dev, struct sk_buff_head *segs);

void dev_set_rx_mode(struct net_device *dev);	/* the driver is told what to let in */
void dev_mc_flush(struct net_device *dev);

/* NET_EXIT when the instance is taken down, else `otherwise`. */
enum skb_drop_reason dev_exit_reason(const struct net *net, enum skb_drop_reason otherwise);

#endif

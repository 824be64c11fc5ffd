/* SPDX-License-Identifier: MIT */
/*
 * Earliest departure time: a packet may carry when it is to leave (skb->tstamp, where skb->edt says
 * so), and a queueing discipline that keeps such times (fq) holds it until then. The clock is the
 * instance's. Any other discipline sends it at once, as in Linux.
 *
 * A discipline also asks who sends: what it is to know of a socket comes by a table, since sockets
 * are layers above.
 */
#ifndef LINNET_DEVICE_EDT_H
#define LINNET_DEVICE_EDT_H

#include "device/netdevice.h"

/* skb->edt (Linux's tstamp_type) */
enum skb_edt {
	SKB_EDT_NONE,		/* tstamp is no time to leave */
	SKB_EDT_TXTIME,		/* as the user asked for this packet: SO_TXTIME */
	SKB_EDT_TCP,		/* as TCP paces; the packets of such a flow are one socket's */
};

struct tx_sender {
	u64 rate;		/* SO_MAX_PACING_RATE, bytes/s; UINT64_MAX = none */
	bool own_flow;		/* all of its packets go to one peer: they are a flow */
};

struct tx_sender_ops {
	/* Who sends skb, which has a socket. */
	void (*of)(const struct sk_buff *skb, struct tx_sender *sender);
	/* skb, of a socket and with SKB_EDT_TXTIME, is not sent: its time cannot be kept. */
	void (*missed)(const struct sk_buff *skb);
};

static inline bool dev_keeps_edt(const struct net_device *dev)
{
	return unlikely(dev->keeps_edt);
}

/* dev has another qdisc, or one with other parameters: asks it, and tells the VLANs on dev. */
void dev_update_keeps_edt(struct net_device *dev);

#endif

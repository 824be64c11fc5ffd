/* SPDX-License-Identifier: MIT */
/*
 * Queueing disciplines (row L4): what happens between dev_queue_xmit() and the driver. A device has
 * one; a kind of discipline is a table of functions. Kinds: pfifo, a queue of tx_queue_len
 * packets (the default), noqueue, for devices that only pass packets on (loopback, bridge), and
 * those that keep the queue short (qdisc_aqm.h).
 *
 * A packet that finds an empty discipline goes straight to the driver (can_bypass). When the
 * driver's ring is full the driver stops the queue; the discipline fills; netif_wake_queue()
 * schedules it for NET_TX, which empties it again, QDISC_TX_WEIGHT packets a turn.
 *
 * Several packets in one (gso_size) wait as one, and count as what they will be. Where the device
 * wants frames they are cut when their turn comes.
 */
#ifndef LINNET_DEVICE_QDISC_H
#define LINNET_DEVICE_QDISC_H

#include "base/list.h"
#include "base/skb_queue.h"

#define QDISC_TX_WEIGHT 64
#define TX_QUEUE_LEN_DEFAULT 1000

struct Qdisc;
struct net_device;
struct aqm_show;

struct Qdisc_ops {
	char id[16];
	size_t priv_size;
	bool can_bypass;
	/* conf: the kind's own, NULL = defaults. 0 or -errno; may be NULL */
	int (*init)(struct Qdisc *sch, const void *conf);
	/* Consumes: 0, or -ENOBUFS when it was dropped (qdisc_drop). NULL: there is no queue. */
	int (*enqueue)(struct sk_buff *skb, struct Qdisc *sch);
	struct sk_buff *(*dequeue)(struct Qdisc *sch);
	void (*reset)(struct Qdisc *sch, enum skb_drop_reason reason);	/* ends all it holds */
	void (*destroy)(struct Qdisc *sch);	/* after reset; may be NULL */
	bool (*keeps_edt)(const struct Qdisc *sch);	/* device/edt.h; NULL: it does not */
	void (*aqm_show)(const struct Qdisc *sch, struct aqm_show *show);	/* qdisc_aqm.h */
};

struct qdisc_stats {		/* tc -s qdisc */
	u64 bytes, packets;	/* given to the driver; as frames, here and below */
	u64 drops, requeues, overlimits;
	u32 qlen, backlog;	/* now: packets, bytes */
};

struct Qdisc {
	const struct Qdisc_ops *ops;
	struct net_device *dev;
	struct list_head sched;		/* in softnet_data.output_queue */
	bool running;			/* being emptied; a nested call leaves it to that one */
	struct sk_buff_head requeued;	/* first of all next time: the driver was busy, or they are
					 * the rest of one that was cut */
	struct qdisc_stats stats;
	u8 priv[] __aligned(16);
};

extern const struct Qdisc_ops pfifo_qdisc_ops, noqueue_qdisc_ops;

/* -ENOMEM or the kind's error as NULL. */
struct Qdisc *qdisc_create(struct net_device *dev, const struct Qdisc_ops *ops,
			   const void *conf);
void qdisc_destroy(struct Qdisc *sch);

/* Ends all packets in it; it is off the list of NET_TX afterwards. */
void qdisc_reset(struct Qdisc *sch, enum skb_drop_reason reason);

/* Puts another kind in; what waits in the old one is dropped (QDISC_DROP). conf: the kind's own, or
 * NULL. -ENOMEM. */
int dev_set_qdisc(struct net_device *dev, const struct Qdisc_ops *ops, const void *conf);

/* A packet passes it by: it queues nothing and lets that be. Then, with sch->running set, the
 * driver may get it (dev_queue_xmit). */
static inline bool qdisc_may_bypass(const struct Qdisc *sch)
{
	return sch->ops->can_bypass && !sch->stats.qlen && !sch->running;
}

/* The driver had no room: first of all next time. */
void qdisc_requeue(struct Qdisc *sch, struct sk_buff *skb);

/* A packet for the discipline. Consumes; 0 or -ENOBUFS. */
int qdisc_xmit(struct sk_buff *skb, struct Qdisc *sch);

/* Gives packets to the driver until it is empty or the driver is full. */
void qdisc_run(struct Qdisc *sch);

/* NET_TX shall run it. */
void netif_schedule_qdisc(struct Qdisc *sch);

static inline void *qdisc_priv(struct Qdisc *sch)
{
	return sch->priv;
}

/* For the kinds. */
u32 qdisc_pkt_len_gso(const struct sk_buff *skb);

/* Linux's qdisc_pkt_len(): its frames' bytes together. */
static inline u32 qdisc_pkt_len(const struct sk_buff *skb)
{
	return likely(!skb->gso_size) ? skb->len : qdisc_pkt_len_gso(skb);
}

static inline void qdisc_count_in(struct Qdisc *sch, const struct sk_buff *skb)
{
	sch->stats.qlen += skb_packets(skb);
	sch->stats.backlog += qdisc_pkt_len(skb);
}

static inline void qdisc_count_out(struct Qdisc *sch, const struct sk_buff *skb)
{
	sch->stats.qlen -= skb_packets(skb);
	sch->stats.backlog -= qdisc_pkt_len(skb);
}

static inline void qdisc_count_sent(struct Qdisc *sch, u32 packets, u32 len)
{
	sch->stats.packets += packets;
	sch->stats.bytes += len;
}

static inline int qdisc_drop(struct sk_buff *skb, struct Qdisc *sch)
{
	sch->stats.drops += skb_packets(skb);
	kfree_skb_reason(skb, SKB_DROP_REASON_QDISC_DROP);
	return -ENOBUFS;
}

#endif

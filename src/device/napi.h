/* SPDX-License-Identifier: MIT */
/*
 * NAPI and softirqs (rows N3, N4, N6).
 *
 * An interrupt handler masks its card, calls napi_schedule() and leaves. net_run() then runs
 * do_softirq(): NET_TX first, NET_RX after it, in rounds. net_rx_action() polls the scheduled
 * NAPIs in turn, each for at most its weight, all together for at most netdev_budget frames and
 * netdev_budget_usecs of (virtual) time. A poll that did less than its weight has emptied its
 * ring: it calls napi_complete_done() and unmasks. What is left after MAX_SOFTIRQ_RESTART rounds
 * or 2 ms goes to ksoftirqd: wake-ups are delivered first, so processes run, and net_run() goes on
 * in the next call, which net_next_event() asks for at once.
 *
 * Time inside net_run() is virtual: each frame costs net->softirq_cost_ns of CPU (0 outside the
 * lab). The CPU is busy until softnet->busy_until; before that, softirqs wait while cards fill
 * their rings, which is how overruns come about.
 */
#ifndef LINNET_DEVICE_NAPI_H
#define LINNET_DEVICE_NAPI_H

#include "base/list.h"
#include "base/netns.h"
#include "base/skb_queue.h"

#define NAPI_POLL_WEIGHT 64
#define MAX_SOFTIRQ_RESTART 10
#define MAX_SOFTIRQ_TIME_NS (2 * NSEC_PER_MSEC)

struct napi_struct;

/*
 * Takes up to `weight` frames; returns how many. Fewer than weight: it has completed itself. What
 * it calls may schedule, enable and disable any NAPI, but not unregister its own device.
 */
typedef int (*napi_poll_fn)(struct napi_struct *napi, int weight);

struct napi_struct {
	struct list_head poll_list;	/* in softnet_data.poll_list when scheduled */
	struct net *net;
	struct net_device *dev;
	napi_poll_fn poll;
	int weight;
	bool scheduled;			/* on the list, or being polled */
	bool disabled;
	struct sk_buff_head gro_list;	/* packets held for joining, within a poll (gro.h) */
	struct rx_batch *rx;		/* of the poll that runs; NULL: at once */
};

/* Packets that a poll takes off its ring and that climb together, in order (Linux's rx_list). */
struct rx_batch {
	u32 n;
	struct sk_buff *skb[NAPI_POLL_WEIGHT];
};

enum { HI_SOFTIRQ, TIMER_SOFTIRQ, NET_TX_SOFTIRQ, NET_RX_SOFTIRQ, NR_SOFTIRQS };

/* One CPU's share of packet work; an instance has one CPU. */
struct softnet_data {
	struct list_head poll_list;
	u32 pending;			/* a bit per softirq raised */
	u64 count[NR_SOFTIRQS];		/* /proc/softirqs: raised and run */
	u64 processed, dropped, time_squeeze;	/* /proc/net/softnet_stat */
	u64 ksoftirqd_wakeups;
	bool ksoftirqd;			/* work was left for the next net_run() */
	ktime_t busy_until;		/* virtual CPU time already spent */
	struct sk_buff_head input_pkt_queue;	/* netif_rx() */
	struct napi_struct backlog;
	struct sk_buff_head completion_queue;	/* sent sk_buffs that NET_TX frees */
	struct list_head output_queue;	/* qdiscs to run */
	u32 xmit_recursion;		/* devices that send through one another, now */
	u32 xmit_more;			/* batches that are being sent: no doorbell yet, */
	struct net_device *xmit_pending;	/* but for this device with their end */
};

int softirq_net_init(struct net *net);
void softirq_net_exit(struct net *net);

void raise_softirq(struct net *net, unsigned nr);

/*
 * Runs pending softirqs within their budget at net->now; when they cost virtual time, busy_until
 * moves on. Returns true when work was left (ksoftirqd).
 */
bool do_softirq(struct net *net);

/* When do_softirq() is wanted: now when something is pending, busy_until when the CPU is busy,
 * KTIME_MAX when nothing is. */
ktime_t softirq_next(const struct net *net);

/* A sent sk_buff from an interrupt handler, where destructors must not run: NET_TX frees it. */
void dev_consume_skb_irq(struct sk_buff *skb);

/* A NAPI starts disabled; netif_napi_del() and napi_disable() take it off the poll list. */
void netif_napi_add(struct net_device *dev, struct net *net, struct napi_struct *napi,
		    napi_poll_fn poll, int weight);
void netif_napi_del(struct napi_struct *napi);
void napi_enable(struct napi_struct *napi);
void napi_disable(struct napi_struct *napi);

/* From an interrupt handler: onto the poll list, and NET_RX raised. */
void napi_schedule(struct napi_struct *napi);

/* The poll found its ring empty. Flushes what GRO holds. */
void napi_complete_done(struct napi_struct *napi, int work);

/* A frame from a poll: joined with others where that is possible, else netif_receive_skb(). */
void napi_gro_receive(struct napi_struct *napi, struct sk_buff *skb);

/* The same for some of a poll's, in order; `more` follow at once. Between the two, so that all of
 * the poll climb together. */
void napi_gro_begin(struct napi_struct *napi, struct rx_batch *rx);
void napi_gro_receive_list(struct napi_struct *napi, struct sk_buff **skb, u32 n, bool more);
void napi_gro_end(struct napi_struct *napi);

/* Its first half. True: skb was taken; else it goes to netif_receive_skb(). */
bool dev_gro_receive(struct napi_struct *napi, struct sk_buff *skb) __must_check;

/* A packet for the stack, behind those that the poll has already: no flow overtakes itself. */
void gro_normal_one(struct napi_struct *napi, struct sk_buff *skb);

/* What is held goes on, the oldest first. */
void napi_gro_flush(struct napi_struct *napi);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Neighbours (row L2): next hop -> MAC address, with Linux's NUD states. One table per family;
 * ARP (net/ipv4/arp.c) is IPv4's, ndisc (net/ipv6/ndisc.c) IPv6's: each gives its solicit function
 * and its key's length.
 *
 *	            packet to send            reply                 reachable_time over
 *	NONE ------> INCOMPLETE ------------> REACHABLE ----------------> STALE
 *	               | mcast probes            ^  ^  confirmed            | packet to send
 *	               v used up                 |  +---------------+       v
 *	             FAILED <-- ucast probes -- PROBE <-----------------  DELAY (5 s)
 *	                        used up              nobody confirmed
 *	PERMANENT, NOARP: set by hand, never checked.
 *
 * From gc_thresh1 entries on, those that nobody holds and nobody used for gc_staletime go (row L2).
 *
 * Limits, as Linux's: from gc_thresh2 entries on a new one makes room first, once in 5 s: FAILED
 * ones go, and those that nobody holds and that did not change for 5 s; at gc_thresh3 each time,
 * and without room there is no new one (table_fulls; its packet goes with NEIGH_CREATEFAIL). What
 * was set by hand for good or learned from outside does not count and stays. Per entry at most
 * queue_len_bytes of packets wait in INCOMPLETE, and of a whole table not more than a sixteenth of
 * the instance's memory, but for one packet each; the oldest is dropped with NEIGH_QUEUEFULL;
 * when probes are used up they all end with NEIGH_FAILED after the protocol was told
 * (error_report: ICMP host unreachable). Lookup is a hash, flat in the table's size.
 */
#ifndef LINNET_LINK_NEIGH_H
#define LINNET_LINK_NEIGH_H

#include "base/list.h"
#include "base/skb_queue.h"
#include "device/xmit_batch.h"
#include "wire/eth.h"

enum {			/* Linux's numbers */
	NUD_INCOMPLETE = 0x01, NUD_REACHABLE = 0x02, NUD_STALE = 0x04, NUD_DELAY = 0x08,
	NUD_PROBE = 0x10, NUD_FAILED = 0x20, NUD_NOARP = 0x40, NUD_PERMANENT = 0x80, NUD_NONE = 0,
	NUD_IN_TIMER = NUD_INCOMPLETE | NUD_REACHABLE | NUD_DELAY | NUD_PROBE,
	NUD_VALID = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY,
	NUD_CONNECTED = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE,
};

struct neighbour;
struct neigh_table;
struct pneigh_entry;

struct neigh_ops {
	/* Ask who has it: broadcast (probes 0), or unicast to the known MAC. */
	void (*solicit)(struct neighbour *n, struct sk_buff *waiting);
	/* It failed: consumes skb, telling its sender. */
	void (*error_report)(struct neighbour *n, struct sk_buff *skb);
};

struct neigh_parms {	/* per device and family: net.ipv4.neigh.<dev>.*; Linux's defaults */
	u32 base_reachable_time_ms, retrans_time_ms, gc_staletime_s, delay_probe_time_s;
	u32 mcast_solicit, ucast_solicit, app_solicit, mcast_resolicit, queue_len_bytes;
	u32 locktime_ms, interval_probe_time_ms;
	u32 proxy_delay_ms, anycast_delay_ms, proxy_qlen;
	u32 proxy_queued;	/* questions that wait */
	ktime_t reachable_time;	/* drawn from 0.5 .. 1.5 of the base */
};

struct neighbour {
	struct hlist_node node;
	/* What each packet needs, in one cache line. */
	struct net_device *dev;
	/* By state: straight out with the header, or resolve first. Consumes; 0 or -errno. */
	int (*output)(struct neighbour *n, struct sk_buff *skb);
	u32 refcnt;
	bool dead;
	u8 nud_state;
	u8 probes;
	u8 hh_len;			/* bytes of hh; 0: the header is built for each packet */
	u8 hh[16];			/* the MAC header, ready to be copied */

	struct list_head node_gc;	/* in gc_list, or exempt_list of the table */
	struct neigh_table *tbl;
	bool is_router;			/* as its advertisements say (RFC 4861 4.4) */
	bool ext_learned;		/* somebody else's table is the source: never collected */
	bool managed;			/* kept resolved without traffic */
	bool gc_exempt;			/* where node_gc is */
	u8 protocol;			/* RTPROT_* of who set it */
	u8 ha[MAX_ADDR_LEN];
	ktime_t confirmed, updated, used;
	struct timer timer;
	struct sk_buff_head arp_queue;
	u32 arp_queue_bytes;
	const struct neigh_ops *ops;
	const struct neigh_parms *parms;	/* of its device */
	u8 primary_key[16];
};

struct neigh_table {
	struct net *net;
	u16 family;			/* LN_AF_INET ... */
	u16 protocol;			/* EtherType of the packets */
	u8 key_len;
	const s32 *gc_thresh1, *gc_thresh2, *gc_thresh3;
	struct neigh_parms parms;	/* those of new devices */
	struct hlist_head *hash;
	u32 hash_mask, entries;
	u32 gc_entries, managed;	/* how many may be collected; are kept resolved */
	u64 queue_bytes;		/* waiting in all entries */
	ktime_t last_flush;
	struct list_head gc_list, exempt_list;	/* in order of making */
	/* Sets ops; state and address too for broadcast, multicast, loopback, NOARP. -errno: no. */
	int (*constructor)(struct neighbour *n);
	struct timer gc_timer, managed_timer;
	/* Whom this machine answers for, and the questions that wait for that: pneigh.h. */
	struct hlist_head proxies[16];
	u32 nr_proxies;
	struct sk_buff_head proxy_queue;
	struct timer proxy_timer;
	void (*proxy_redo)(struct sk_buff *skb);	/* consumes */
	int (*pconstructor)(struct pneigh_entry *p);	/* both may be NULL */
	void (*pdestructor)(struct pneigh_entry *p);
	struct slab slab;
	struct neigh_stats {
		u64 allocs, destroys, hash_grows, lookups, hits, res_failed, periodic_gc_runs,
		    forced_gc_runs, table_fulls, unresolved_discards, app_probes;
	} stats;
};

struct netns_neigh {
	struct neigh_table arp;
};

int neigh_table_init(struct neigh_table *tbl, struct net *net);	/* -ENOMEM */
void neigh_table_clear(struct neigh_table *tbl);

/* For a device, as the table's default ones are now. */
struct neigh_parms *neigh_parms_alloc(struct neigh_table *tbl);
void neigh_parms_free(struct net *net, struct neigh_parms *p);
/* RFC 4861 6.3.2: drawn from a half to one and a half of base_reachable_time. */
void neigh_parms_draw(struct net *net, struct neigh_parms *p);

/* Borrowed, or NULL. */
struct neighbour *neigh_lookup(struct neigh_table *tbl, const void *pkey, struct net_device *dev);
/* Found or made in NUD_NONE; borrowed (hold it to keep it). NULL: no memory, table full. */
struct neighbour *neigh_get_or_create(struct neigh_table *tbl, const void *pkey,
				      struct net_device *dev);

static inline struct neighbour *neigh_hold(struct neighbour *n)
{
	n->refcnt++;
	return n;
}

void neigh_release(struct neighbour *n);

/* flags of neigh_update() */
enum {
	NEIGH_UPDATE_F_OVERRIDE = 1,	/* another address displaces the one known */
	NEIGH_UPDATE_F_ADMIN = 2,
	NEIGH_UPDATE_F_WEAK_OVERRIDE = 4,	/* ... only makes a confirmed one doubtful */
	NEIGH_UPDATE_F_OVERRIDE_ISROUTER = 8,	/* ISROUTER tells */
	NEIGH_UPDATE_F_ISROUTER = 16,
	NEIGH_UPDATE_F_USE = 32,		/* by hand: resolve it now */
	NEIGH_UPDATE_F_MANAGED = 64,		/* by hand: and keep it resolved; without, not */
	NEIGH_UPDATE_F_EXT_LEARNED = 128,	/* by hand; without, no more */
};

/* lladdr may be NULL (keep); new_state a NUD_*. -EPERM, -EINVAL. Sends what waited. */
int neigh_update(struct neighbour *n, const u8 *lladdr, u8 new_state, u32 flags);

/* Something above saw the neighbour answer (a TCP ACK): the timer finds it, as in Linux, and goes
 * from DELAY back to REACHABLE instead of probing. */
static inline void neigh_confirm(struct neighbour *n)
{
	n->confirmed = n->tbl->net->now;
}

int neigh_connected_output(struct neighbour *n, struct sk_buff *skb);

/* Sends a packet (data at its network header) to the neighbour. Consumes. */
static inline int neigh_output(struct neighbour *n, struct sk_buff *skb)
{
	return likely(n->output == neigh_connected_output) ? neigh_connected_output(n, skb) :
							     n->output(n, skb);
}

/* neigh_output() would send a packet as neigh_connected_output() does: nothing has to be asked, or
 * somebody is about to. */
static inline bool neigh_is_ready(struct neighbour *n)
{
	if (likely(n->output == neigh_connected_output))
		return true;
	if (!(n->nud_state & (NUD_DELAY | NUD_PROBE)))
		return false;
	n->used = n->tbl->net->now;
	return true;
}

/* Its MAC header may be copied in front of a packet for dev, and no more is to be done. */
static inline bool neigh_has_header(const struct neighbour *n, const struct net_device *dev)
{
	return !n->dead && n->output == neigh_connected_output && n->hh_len == ETH_HLEN &&
	       n->dev == dev;
}

/* neigh_connected_output() up to dev_queue_xmit(), which is left to `out`. */
void neigh_output_batch_slow(struct neighbour *n, struct sk_buff *skb, struct xmit_batch *out);

static inline void neigh_output_batch(struct neighbour *n, struct sk_buff *skb,
				      struct xmit_batch *out)
{
	if (unlikely(!n->hh_len || skb->net->trace || !skb_cow_head(skb, ETH_HLEN, 0))) {
		neigh_output_batch_slow(n, skb, out);
		return;
	}
	skb->dev = n->dev;
	memcpy(skb_push(skb, ETH_HLEN), n->hh, ETH_HLEN);
	skb_reset_mac_header(skb);
	xmit_batch_add(out, skb);
}

/* Those of a device that goes down, moves, or has no carrier go. */
void neigh_device_event(struct neigh_table *tbl, struct net_device *dev, enum netdev_event event);
void neigh_ifdown(struct neigh_table *tbl, struct net_device *dev);	/* NULL = all */
/* -ENOENT */
int neigh_delete(struct neigh_table *tbl, const void *pkey, struct net_device *dev);
const char *nud_state_name(u8 state);	/* "REACHABLE" */

/* An ARP reply or request showed lladdr: found or made, then neigh_update(). NULL: no memory. */
struct neighbour *neigh_event_ns(struct neigh_table *tbl, const u8 *lladdr, const void *pkey,
				 struct net_device *dev);

/* For constructors: an address that needs no asking (broadcast, multicast, loopback), or a device
 * without link header. */
void neigh_set_noarp(struct neighbour *n, const u8 *lladdr);
void neigh_set_direct(struct neighbour *n);

/* Between neigh.c (the table) and neigh_nud.c (the states). */
void neigh_update_gc_list(struct neighbour *n);	/* its state or flags changed */
void neigh_update_managed(struct neighbour *n, bool on);
void neigh_solicit_now(struct neighbour *n);	/* as if a packet went to it */
u32 neigh_app_probe(const struct neighbour *n);	/* asking whom: 0 itself, 1 a daemon, 2 all */
void neigh_nud_init(struct neighbour *n);	/* timer, queue, output for its state */
void neigh_nud_stop(struct neighbour *n, enum skb_drop_reason reason);	/* ends those who wait */
void neigh_flush_dev(struct neigh_table *tbl, struct net_device *dev, bool keep_exempt);

/* Calls fn for each entry, in a fixed order (device, key), until it returns non-zero. */
int neigh_for_each(struct neigh_table *tbl, int (*fn)(struct neighbour *n, void *ctx), void *ctx);

#endif

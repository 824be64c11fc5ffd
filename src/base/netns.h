/* SPDX-License-Identifier: MIT */
/*
 * struct net: one machine's stack. All state hangs on it; there is no other.
 *
 * Base keeps here what every layer needs: time, chance, memory, counters, the ledger of
 * frames, the trace sink. What belongs to a layer is a pointer to that layer's own struct,
 * made in its x_net_init() and freed in its x_net_exit(); stack.c calls them in order.
 */
#ifndef LINNET_BASE_NETNS_H
#define LINNET_BASE_NETNS_H

#include <linnet/net.h>

#include "base/buf.h"
#include "base/ktime.h"
#include "base/mem.h"
#include "base/mib.h"
#include "base/prng.h"
#include "base/siphash.h"
#include "base/skb_drop.h"
#include "base/sysctl.h"
#include "base/timer.h"
#include "base/wake.h"

struct net_device;
struct shard_group;
struct sk_buff;
struct sock;
struct netns_dev;	/* device/netdevice.h: device list, taps, packet types */
struct softnet_data;	/* device/softirq.h: NAPI list, pending softirqs, statistics */
struct netns_neigh;	/* link/neigh.h */
struct netns_nf;	/* device/nf_hook.h */
struct netns_ct;	/* net/netfilter/nf_conntrack.h */
struct nf_conntrack;	/* base/nfct.h */
struct netns_ipv4;	/* net/ipv4/ip.h: addresses, FIB, protocols, ICMP, fragments */
struct netns_ipv6;	/* net/ipv6/ip6.h: the same of IPv6, neighbours too */
struct netns_sock;	/* transport/sock.h: slabs, limits */
struct netns_tcp;	/* transport/tcp/tcp.h */
struct netns_udp;	/* transport/udp.h */
struct netns_ping;	/* transport/ping.h */
struct netns_files;	/* socket/fdtable.h */

/*
 * Every sk_buff is born in one of three ways and ends in one of three; the difference is
 * what is still queued. net_destroy() checks it, and so does every test.
 */
struct frame_ledger {
	u64 rx;			/* taken off a receive ring */
	u64 made;		/* built here (segments, replies, ARP ...) */
	u64 cloned;		/* clones, copies, fragments of another */
	u64 consumed;		/* delivered, or its job was done (kfree with SKB_CONSUMED) */
	u64 sent;		/* given to a card and reported done by it */
	u64 dropped;		/* with a reason */
};

/* Payload and header bytes that were copied, by the only places that may (law 5). */
struct copy_count {
	u64 user_in;		/* user -> sk_buff */
	u64 user_out;		/* sk_buff -> user */
	u64 header;		/* headers: clones, cow of a header, fragments' headers */
	u64 dma_in, dma_out;	/* by simulated or real cards, counted apart */
	u64 summed;		/* not copied: payload read only for the sum of what is sent */
	u64 linearized;		/* anything else: 0 in the tests of law 5 */
};

struct net {
	ktime_t now;
	u64 mib[MIB_MAX];
	struct netns_sysctl sysctl;

	struct mem mem;
	struct buf_pool *bufs;
	struct slab skb_slab;
	struct timer_base timers;
	struct list_head wakes;

	struct prng prng;
	struct siphash_key hash_key;	/* for hash tables */
	struct siphash_key secret;	/* for numbers that peers must not guess */

	struct frame_ledger frames;
	struct copy_count copies;
	u64 drops[SKB_DROP_REASON_MAX];

	void (*trace)(void *ctx, const struct ln_trace_event *ev);
	void *trace_ctx;
	struct ln_trace_costs *costs;	/* ln_trace_cost() */
	const char *(*trace_dev_name)(const struct net_device *dev);
	u64 *packet_ids, own_packet_ids;

	struct netns_dev *dev;
	struct softnet_data *softnet;
	struct netns_neigh *neigh;
	struct netns_nf *nf;
	struct netns_ct *ct;
	void (*nfct_destroy)(struct net *net, struct nf_conntrack *nfct);
	/* Destructor of a packet that its socket has sent; the same of many, with all their bytes.
	 * NULL: nobody sends. */
	void (*wfree)(struct sk_buff *skb);
	void (*wfree_many)(struct sock *sk, u32 packets, size_t bytes);
	struct netns_ipv4 *ipv4;
	struct netns_ipv6 *ipv6;
	struct netns_sock *sock;
	struct netns_tcp *tcp;
	struct netns_udp *udp;
	struct netns_ping *ping;
	struct netns_files *files;

	struct shard_group *shards;	/* base/shard.h; NULL: the machine is this instance */
	u32 shard;			/* which of them this is */
	u32 borrowed;			/* received packets that the user holds (ln_recv_borrow) */
	u32 softirq_cost_ns;
	ktime_t wall_offset;		/* Unix time = now + wall_offset; meaningless when 0 */
	u64 seed;
	char name[64];
	bool running;			/* inside net_run(): never re-entered */
	bool exiting;			/* being taken down: nothing is sent any more */
};

/* The public handle is the same object under its public name. */
static inline struct net *net_of(struct ln_net *net)
{
	return (struct net *)(void *)net;
}

static inline const struct net *net_of_const(const struct ln_net *net)
{
	return (const struct net *)(const void *)net;
}

static inline struct ln_net *net_handle(struct net *net)
{
	return (struct ln_net *)(void *)net;
}

/* Base's own part of an instance; stack.c adds the layers. -ENOMEM. */
int netns_init(struct net *net, const struct ln_net_params *params);
void netns_exit(struct net *net);

static inline u64 net_next_packet_id(struct net *net)
{
	return ++*net->packet_ids;
}

/* mod_timer() and del_timer() on the instance's own wheel. */
static inline void net_timer_mod(struct net *net, struct timer *t, ktime_t expires)
{
	mod_timer(&net->timers, t, expires);
}

static inline void net_timer_del(struct net *net, struct timer *t)
{
	del_timer(&net->timers, t);
}

#endif

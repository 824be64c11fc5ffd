/* SPDX-License-Identifier: MIT */
/*
 * struct net_device: an interface, as Linux's. Receiving ends in netif_receive_skb() (dev_rx.c),
 * sending starts in dev_queue_xmit() (dev_tx.c, qdisc.c); a card's device is in dev_nic.c, others
 * (loopback, bridge, veth) in link/. The list of devices and notifiers is in netdevice.c, a
 * device's state (up, carrier, MTU, addresses) in dev_state.c.
 *
 * A device is owned by its instance: register_netdevice() puts it in the list, and
 * unregister_netdevice() tells the notifiers (who drop their references: routes, neighbours,
 * addresses), drops what it still queues with NET_EXIT or DEV_READY, and frees it.
 */
#ifndef LINNET_DEVICE_NETDEVICE_H
#define LINNET_DEVICE_NETDEVICE_H

#include "base/list.h"
#include "base/skb_queue.h"
#include "device/netdev_features.h"

#define IFNAMSIZ_ 16
#define MAX_ADDR_LEN 6

enum netdev_event {
	NETDEV_REGISTER, NETDEV_UP, NETDEV_GOING_DOWN, NETDEV_DOWN, NETDEV_CHANGE,
	NETDEV_CHANGEMTU, NETDEV_CHANGEADDR, NETDEV_UNREGISTER,
	NETDEV_ADDR_REMOVED,		/* it has an address less (Linux: inetaddr_chain) */
};

typedef enum { NETDEV_TX_OK, NETDEV_TX_BUSY } netdev_tx_t;

struct net_device;
struct Qdisc;
struct nic;
struct in_device;
struct inet6_dev;
struct neigh_parms;
struct net_bridge_port;
struct net_bridge;
struct vlan_info;
struct nic_frame;
struct straight_run;

struct net_device_ops {
	int (*ndo_open)(struct net_device *dev);	/* 0 or -errno */
	int (*ndo_stop)(struct net_device *dev);
	/* Consumes the skb unless it returns NETDEV_TX_BUSY (then the queue was stopped). */
	netdev_tx_t (*ndo_start_xmit)(struct sk_buff *skb, struct net_device *dev);
	/* Whether ndo_start_xmit() takes skb now, which is skb_gso_plain(), although the device has
	 * no NETIF_F_TSO, and makes frames of it itself. May be NULL: it does not. */
	bool (*ndo_may_xmit_frames)(const struct sk_buff *skb, const struct net_device *dev);
	/* As many of n frames, in order, as are simple and find room; returns how many it took. Not
	 * for frames that others see or have to finish (taps, checksums). May be NULL. */
	u32 (*ndo_xmit_list)(struct sk_buff **skb, u32 n, struct net_device *dev);
	/* Frames without sk_buffs (device/straight.h): how many it takes now without stopping its
	 * queue, and that it gets so many; returns their bytes. May be NULL. */
	u32 (*ndo_frame_room)(const struct net_device *dev);
	u64 (*ndo_xmit_frames)(const struct nic_frame *f, u32 n, struct net_device *dev);
	/* Batch of frames given: tell the card (doorbell once). May be NULL. */
	void (*ndo_xmit_flush)(struct net_device *dev);
	/* Whether a segment may be lent to it now; that, and the card is told as by dev_xmit_done()
	 * (dev_lend.h); the same of a frame in an sk_buff's room. All three or none. */
	bool (*ndo_may_lend)(const struct net_device *dev);
	void (*ndo_xmit_lent)(struct sk_buff *skb, const u8 *h, u32 hlen, struct net_device *dev);
	void (*ndo_xmit_room)(struct sk_buff *skb, struct net_device *dev);
	void (*ndo_set_rx_mode)(struct net_device *dev);
	int (*ndo_set_mac_address)(struct net_device *dev, const u8 *mac);
	int (*ndo_change_mtu)(struct net_device *dev, u32 mtu);
	void (*ndo_uninit)(struct net_device *dev);	/* last chance before it is freed */
};

/* How this kind of link writes its header. */
struct header_ops {
	/* Pushes a header for protocol `type` (host order EtherType); daddr, saddr NULL = broadcast
	 * resp. the device's own. Returns its length, or -EINVAL / -ENOSPC. */
	int (*create)(struct sk_buff *skb, struct net_device *dev, u16 type, const void *daddr,
		      const void *saddr);
};

struct rtnl_link_stats64 {	/* ip -s link, ifconfig */
	u64 rx_packets, tx_packets, rx_bytes, tx_bytes;
	u64 rx_errors, tx_errors, rx_dropped, tx_dropped, multicast, collisions;
	/* Of a card: crc = wrong FCS; length = runts and giants; fifo = its FIFO was full;
	 * over = missed = no free descriptor (ifconfig's overruns, row N2). */
	u64 rx_length_errors, rx_over_errors, rx_crc_errors, rx_frame_errors, rx_fifo_errors;
	u64 rx_missed_errors, tx_carrier_errors, tx_fifo_errors;
	u64 rx_nohandler;
};

/* What a device's rx_handler did with the packet (netif_receive_skb). */
typedef enum { RX_HANDLER_CONSUMED, RX_HANDLER_ANOTHER, RX_HANDLER_PASS } rx_handler_result_t;
typedef rx_handler_result_t (*rx_handler_fn)(struct sk_buff **pskb);
/* The same for n packets of one device, in order: those that pass stay, at the front of skb. */
typedef u32 (*rx_handler_list_fn)(struct sk_buff **skb, u32 n);
/* The same before there are packets (device/straight.h): how many of the first go straight on. */
typedef u32 (*straight_fn)(struct straight_run *run);

struct net_device {
	char name[IFNAMSIZ_];
	struct net *net;
	int ifindex;			/* from 1 (lo) */
	u32 flags;			/* IFF_*_ */
	u32 gflags;			/* PROMISC, ALLMULTI as the user asked for them (ctl/) */
	u32 features;
	u32 mtu, min_mtu, max_mtu;
	u16 type;			/* ARPHRD: 1 ethernet, 772 loopback */
	u16 hard_header_len;
	u8 addr_len;
	u8 dev_addr[MAX_ADDR_LEN], broadcast[MAX_ADDR_LEN];
	bool carrier;
	int promiscuity, allmulti;	/* how many asked for it */
	const struct net_device_ops *netdev_ops;
	const struct header_ops *header_ops;
	rx_handler_fn rx_handler;
	void *rx_handler_data;
	struct in_device *ip_ptr;	/* IPv4's part */
	struct inet6_dev *ip6_ptr;	/* IPv6's part; NULL: it is off here */
	struct neigh_parms *arp_parms, *nd_parms;	/* neighbour settings, IPv4's and IPv6's */
	struct net_bridge *bridge;	/* when this is a bridge */
	struct net_bridge_port *br_port;	/* when it is a port of one */
	struct vlan_info *vlan_info;	/* when VLAN devices are on it */
	struct nic *nic;		/* when a card stands behind */
	struct Qdisc *qdisc;		/* never NULL while registered */
	bool no_queue;			/* only passes packets on (bridge); set before register */
	bool queue_stopped;		/* by the driver: its ring is full */
	bool keeps_edt, edt_below;	/* its qdisc, its real device's: as edt.h says */
	u32 tx_queue_len;		/* packets that the qdisc may hold; default 1000 */
	struct rtnl_link_stats64 stats;
	struct list_head list;		/* of netns_dev.devices, in order of ifindex */
	struct list_head mc;		/* struct netdev_hw_addr: groups to let in */
	struct list_head nf_ingress;	/* nf_hook_ops.list */
	rx_handler_list_fn rx_handler_list;	/* beside rx_handler; NULL: that for each */
	straight_fn rx_straight;	/* beside rx_handler; NULL: none goes straight */
	size_t priv_size;
	u8 priv[] __aligned(8);	/* the driver's own */
};

/* A protocol's door (ptype_base) or a tap's (ptype_all). */
struct packet_type {
	struct list_head list;
	be16 type;			/* EtherType; CONST_BE16(0x0003) = all: a tap */
	struct net_device *dev;		/* NULL = every device */
	/* Consumes. For taps: a clone with data at the MAC header, outgoing ones included. */
	int (*func)(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt);
	/* The same for n packets in order; NULL: func for each. May be used as scratch memory. */
	void (*list_func)(struct sk_buff **skb, u32 n, struct net_device *dev,
			  struct packet_type *pt);
	straight_fn straight;		/* may be NULL */
	/* The same as func, in one step, for a frame without a tag that nobody looks at; false: skb
	 * is as it was, and func's. May be NULL. */
	bool (*straight_in)(struct sk_buff *skb, struct net_device *dev);
	void *af_packet_priv;
};

struct netdev_hw_addr {			/* a group of the link layer */
	struct list_head list;
	u32 users;			/* 0: it goes */
	bool synced;			/* dev_mc_sync() */
	u8 addr[MAX_ADDR_LEN];
};

struct notifier_block {
	struct list_head list;
	void (*call)(struct notifier_block *nb, struct net_device *dev, enum netdev_event event);
};

#define PTYPE_HASH 16
struct netns_dev {
	struct list_head devices;
	int next_ifindex;
	struct net_device *loopback;
	struct list_head ptype_all;
	struct list_head ptype_base[PTYPE_HASH];
	struct list_head notifiers;
	struct list_head offloads;	/* struct packet_offload */
	void (*tstamp_tx)(struct sk_buff *skb, u8 flag);	/* device/tx_tstamp.h */
	const struct tx_sender_ops *sender;			/* device/edt.h */
};

int dev_net_init(struct net *net);
void dev_net_exit(struct net *net);	/* all devices must be gone */

/* Unregistered, with priv_size zeroed bytes of driver data, or NULL. name may end in "%d". */
struct net_device *alloc_netdev(struct net *net, size_t priv_size, const char *name);
void free_netdev(struct net_device *dev);	/* only one that was never registered */

static inline void *netdev_priv(struct net_device *dev)
{
	return dev->priv;
}

/* -EEXIST (name), -EINVAL (bad name), -ENOMEM; the device stays the caller's then. */
int register_netdevice(struct net_device *dev);
void unregister_netdevice(struct net_device *dev);
void unregister_netdevices(struct net *net);	/* all, the newest first, loopback last */
struct net_device *dev_get_by_name(const struct net *net, const char *name);
bool dev_valid_name(const char *name);	/* "eth%d" too */
struct net_device *dev_get_by_index(const struct net *net, int ifindex);

#define for_each_netdev(net, pos) list_for_each_entry(pos, &(net)->dev->devices, list)

int dev_open(struct net_device *dev);			/* ip link set up; -errno of ndo_open */
void dev_close(struct net_device *dev);
/* -EINVAL: outside min_mtu .. max_mtu; or the driver's error, e.g. -ENOMEM. */
int dev_set_mtu(struct net_device *dev, u32 mtu);
int dev_set_mac_address(struct net_device *dev, const u8 *mac);	/* -EADDRNOTAVAIL, -EOPNOTSUPP */
int dev_change_name(struct net_device *dev, const char *name);	/* -EEXIST, -EINVAL, -EBUSY (up) */
void dev_set_promiscuity(struct net_device *dev, int inc);	/* +1 or -1 */
void dev_set_allmulti(struct net_device *dev, int inc);
/* A group is to be let in once more, or less. -ENOMEM. */
int dev_mc_add(struct net_device *dev, const u8 *mac);
void dev_mc_del(struct net_device *dev, const u8 *mac);
/* `to`, under `from`, lets in what `from` is to let in: in ndo_set_rx_mode, and when it stops. */
void dev_mc_sync(struct net_device *to, struct net_device *from);
void dev_mc_unsync(struct net_device *to, struct net_device *from);
void netif_carrier_on(struct net_device *dev);
void netif_carrier_off(struct net_device *dev);

static inline bool netif_running(const struct net_device *dev)
{
	return dev->flags & IFF_UP_;
}

static inline bool netif_carrier_ok(const struct net_device *dev)
{
	return dev->carrier;
}

/* Statistics with the card's own counters added in; while all shards of the machine stand still
 * (base/shard.h), those of all. */
void dev_get_stats(const struct net_device *dev, struct rtnl_link_stats64 *out);

/* Those that exist are announced to it: REGISTER, and UP when they are. */
void register_netdevice_notifier(struct net *net, struct notifier_block *nb);
void unregister_netdevice_notifier(struct notifier_block *nb);
void call_netdevice_notifiers(struct net_device *dev, enum netdev_event event);

void dev_add_pack(struct net *net, struct packet_type *pt);
void dev_remove_pack(struct packet_type *pt);

/* list_fn may be NULL. -EBUSY: it has one. */
int netdev_rx_handler_register(struct net_device *dev, rx_handler_fn fn, rx_handler_list_fn list_fn,
			       void *data);
void netdev_rx_handler_unregister(struct net_device *dev);

/* ---- receive (dev_rx.c) ---- */
/*
 * A frame enters the stack: data at the network header, MAC header behind it, protocol and
 * pkt_type set (eth_type_trans). Taps first, then the rx_handler, then the protocol. Consumes.
 */
void netif_receive_skb(struct sk_buff *skb);

/* The same for several, in order; runs of one device and protocol take each step together. skb is
 * scratch memory afterwards. */
void netif_receive_skb_list(struct sk_buff **skb, u32 n);

/* From loopback, veth, a tunnel: through the backlog NAPI. Consumes; drop CPU_BACKLOG. */
int netif_rx(struct sk_buff *skb);

/* ---- transmit (dev_tx.c) ---- */
/*
 * A complete frame goes to the queueing discipline of skb->dev. Consumes. 0; -ENETDOWN: the device
 * is down; -ENOBUFS: dropped by the discipline. Without carrier frames are dropped and 0 is
 * returned, as in Linux.
 */
int dev_queue_xmit(struct sk_buff *skb);

/*
 * Between the two more packets follow at once (Linux's xmit_more): the card is told of all with the
 * end, or when its ring is full. They nest. Nothing may be waited for in between.
 */
void dev_xmit_more_begin(struct net *net);
void dev_xmit_more_end(struct net *net);

/* To the driver: taps see it, checksum is finished unless the device does that. Consumes, or
 * returns NETDEV_TX_BUSY. */
netdev_tx_t dev_hard_start_xmit(struct sk_buff *skb, struct net_device *dev);

void netif_stop_queue(struct net_device *dev);
/* The driver has room again: the qdisc is run by NET_TX. */
void netif_wake_queue(struct net_device *dev);

static inline bool netif_queue_stopped(const struct net_device *dev)
{
	return dev->queue_stopped;
}

/* What start_xmit was given may go now. */
static inline void dev_xmit_flush(struct net_device *dev)
{
	if (dev->netdev_ops->ndo_xmit_flush)
		dev->netdev_ops->ndo_xmit_flush(dev);
}

/* Pushes the link header through header_ops; 0 or negative. */
static inline int dev_hard_header(struct sk_buff *skb, struct net_device *dev, u16 type,
				  const void *daddr, const void *saddr)
{
	return dev->header_ops ? dev->header_ops->create(skb, dev, type, daddr, saddr) : 0;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Offloads: consecutive segments of a flow made one packet on the way in (GRO, gro.c), a packet cut
 * into segments on the way out (GSO, gso.c). What the headers mean is the protocol's business: it
 * registers a struct packet_offload by EtherType, and IPv4 and IPv6 keep tables of their own behind
 * that (net/offload.h).
 *
 * GRO holds packets within one NAPI poll only. A packet that is held has its network header at
 * data; others are joined to it by reference, so nothing is allocated and nothing copied: their
 * pieces become its fragments, pieces that lie side by side in one buffer become one, and when
 * MAX_SKB_FRAGS are used the next packet goes on its frag_list and takes the fragments that follow.
 * Only what skb_gso_segment() can restore byte by byte is joined.
 *
 * In the ledger a joined packet ends as consumed, a cut one's segments begin as cloned.
 */
#ifndef LINNET_DEVICE_GRO_H
#define LINNET_DEVICE_GRO_H

#include "device/napi.h"
#include "device/netdevice.h"
#include "wire/eth.h"

#define MAX_GRO_SKBS 8		/* flows that one NAPI holds */
#define GRO_MAX_SIZE 65535u	/* of a joined packet: what tot_len can say */

struct napi_gro_cb {		/* in the cb of a packet that GRO holds */
	struct sk_buff *last;	/* takes the next fragments: the packet, or the end of its list */
	u32 next_seq;		/* TCP: what follows */
	u16 mss;		/* payload of each segment but the last, bytes */
	u16 hlen, nhlen;	/* network and transport header; the network's part of it, bytes */
	u16 id;			/* IPv4: of the first */
	u16 count;		/* packets in it */
	bool fixed_id;		/* all have the id of the first (count > 1) */
};

static inline struct napi_gro_cb *NAPI_GRO_CB(struct sk_buff *skb)
{
	_Static_assert(sizeof(struct napi_gro_cb) <= sizeof(skb->cb), "fits into cb");
	return (struct napi_gro_cb *)(void *)skb->cb;
}

#define GSO_HEADER_MAX 128u	/* all headers of a frame that is no sk_buff */
#define GSO_FRAMES_MAX 1000u	/* of one packet: their headers fit into a buffer */

/* The headers of a packet's frames, one after the other in a buffer. */
struct gso_frames {
	struct buf *buf;
	u8 *at;			/* the first one */
	u32 stride, hlen, segs;
};

struct packet_offload {
	struct list_head list;
	be16 type;		/* EtherType */
	/* Joins skb to one that is held, or holds it, and returns true; false: it goes on alone,
	 * and what is held of its flow has gone before it. */
	bool (*gro_receive)(struct napi_struct *napi, struct sk_buff *skb);
	/* Whether gro_receive() would do more than return false to a frame with these len bytes
	 * behind its MAC header. */
	bool (*gro_wants)(const struct net *net, const void *p, u32 len);
	/* Headers of a packet in which several were joined are made to tell of all of it. */
	void (*gro_complete)(struct sk_buff *skb);
	/* See skb_gso_segment(). */
	int (*gso_segment)(struct sk_buff *skb, u32 features, struct sk_buff_head *segs);
	/* Makes of each copy of skb's headers what its frame has; false: it cannot. May be
	 * NULL. */
	bool (*gso_headers)(const struct sk_buff *skb, const struct gso_frames *f);
};

void dev_add_offload(struct net *net, struct packet_offload *po);
void dev_remove_offload(struct packet_offload *po);

/* Whether GRO would look at a frame of dev with these len bytes behind its MAC header. */
bool dev_gro_wants(const struct net_device *dev, be16 type, const void *p, u32 len);

/* ---- GRO, for the protocols ---- */

/* Holds skb for others that may follow; its headers may be written. The oldest goes when
 * MAX_GRO_SKBS are held. */
void gro_hold(struct napi_struct *napi, struct sk_buff *skb);

/* Joins what is behind hlen bytes of skb to p. Ends skb. */
void skb_gro_receive(struct sk_buff *p, struct sk_buff *skb, u32 hlen);

/* p, which is held, goes on into the stack. */
void gro_flush_one(struct napi_struct *napi, struct sk_buff *p);

/* ---- GSO ---- */

/*
 * Cuts skb by its gso_size into segments with headers of their own, appended to segs; payload is
 * shared. Checksums are finished unless `features` has NETIF_F_HW_CSUM. Borrows skb, whose data is
 * at its network header or before. 0; -ENOMEM, -EPROTONOSUPPORT, -EINVAL: segs is empty.
 */
int skb_gso_segment(struct sk_buff *skb, u32 features, struct sk_buff_head *segs);

/* For the protocols: copies of the first hlen bytes with up to gso_size bytes of payload each.
 * Offsets of the headers and all else of the packet are set, no header field is. */
int skb_segment(struct sk_buff *skb, u32 hlen, struct sk_buff_head *segs);

/* What skb was charged to, and all that it was charged for, passes to the last of its segments. */
void skb_gso_pass_owner(struct sk_buff *skb, struct sk_buff *last);

/*
 * Linux's net/core/tso.c: frames of skb, which is skb_gso_plain() and whose data is at its MAC
 * header, without an sk_buff for each: their headers, sums finished, are made in a buffer, which
 * skb then holds as a fragment of no length; frame i has gso_size bytes of skb's fragments from i *
 * gso_size on. False: no memory, or nobody knows the protocol.
 */
bool skb_gso_headers(struct sk_buff *skb, struct gso_frames *f);

/* Its linear part is its headers, and all behind them is in fragments that cards may read. */
bool skb_gso_plain(const struct sk_buff *skb);

/* The longest of its packets from the network header on, bytes; UINT32_MAX: no saying. */
u32 skb_gso_network_seglen(const struct sk_buff *skb);

/* Whether a device of these features wants frames instead. */
static inline bool netif_needs_gso(const struct sk_buff *skb, u32 features)
{
	if (likely(!skb->gso_size))
		return false;
	/* More pieces than a frame may have; or tagged, which no card cuts. */
	if (unlikely(skb->frag_list || skb->network_header > skb->mac_header + ETH_HLEN))
		return true;
	if (skb->gso_type & SKB_GSO_UDP_L4)
		return !(features & NETIF_F_GSO_UDP_L4);
	return !(features & (skb->gso_type & SKB_GSO_TCPV6 ? NETIF_F_TSO6 : NETIF_F_TSO));
}

/* Whether skb, or each of its segments, is at most len bytes from the network header on. */
static inline bool skb_fits(const struct sk_buff *skb, u32 network_len, u32 mtu)
{
	return likely(network_len <= mtu) ||
	       (skb->gso_size && skb_gso_network_seglen(skb) <= mtu);
}

#endif

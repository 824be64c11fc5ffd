/* SPDX-License-Identifier: MIT */
/*
 * struct sk_buff: one packet, in every layer the same object (row N7).
 *
 *	head        data                tail          end
 *	 |  headroom |  linear data      |  tailroom   |
 *	 +-----------+-------------------+-------------+
 *	             |<-- skb_headlen -->|   + frags[] + frag_list = len
 *
 * Receiving moves data forward (skb_pull) to strip headers; sending moves it back
 * (skb_push) into the headroom. Payload is never moved.
 *
 * The linear part stands in one of two places. Packets made here (segments, replies, ARP)
 * have it in room[] at the end of the sk_buff itself: it is private, so a header may always
 * be written. Received packets have it in the ring's buffer (head_buf), which clones share
 * by reference: skb_cow_head() before writing a header gives a private one.
 * Payload stands in frags[]: pieces of reference-counted buffers, shared by clones, by the
 * retransmit queue and across a cable, and therefore never written.
 *
 * skb_clone() copies the sk_buff and its inline header, and shares payload: copy 2 of the
 * journey. The packet's id stays the same in a clone, a retransmission, a fragment, and on
 * the next machine.
 *
 * Memory: truesize is charged to the instance's budget while the sk_buff lives. Functions
 * that need memory return NULL, false or -ENOMEM and leave the packet as it was.
 *
 * Ends: kfree_skb_reason() is the only door (consume_skb() and dev_consume_sent() name the
 * good ends); the ledger of struct net counts each.
 */
#ifndef LINNET_BASE_SKBUFF_H
#define LINNET_BASE_SKBUFF_H

#include "base/assert.h"
#include "base/buf.h"
#include "base/csum.h"
#include "base/dst.h"
#include "base/iov_iter.h"
#include "base/netns.h"
#include "base/nfct.h"

#define MAX_SKB_FRAGS 17
#define SKB_ROOM 192		/* inline linear part: the longest headers (14+4+60+60) and more */
#define MAX_HEADER 160		/* headroom that a packet made here starts with */

struct sock;

enum skb_pkt_type {
	PACKET_HOST,		/* for this machine's MAC */
	PACKET_BROADCAST,
	PACKET_MULTICAST,
	PACKET_OTHERHOST,
	PACKET_OUTGOING,
};

/* What is known of the transport checksum, as in Linux. */
enum skb_ip_summed {
	CHECKSUM_NONE,		/* receive: nothing; send: already complete in the header */
	CHECKSUM_UNNECESSARY,	/* receive: verified by the card or by us before */
	CHECKSUM_PARTIAL,	/* send: the header holds the pseudo-header's sum; finish it from
				 * csum_start, store at csum_start + csum_offset */
};

/* gso_type; 0 = none. FIXEDID, of either: all have the same IPv4 id. ACCECN: and CWR, too. */
enum { SKB_GSO_TCPV4 = 1, SKB_GSO_TCP_FIXEDID = 2, SKB_GSO_UDP_L4 = 4, SKB_GSO_TCP_ACCECN = 8,
       SKB_GSO_TCPV6 = 16 };

struct skb_frag {
	struct buf *buf;
	u32 off, len;
};

/* Three lines of the cache: who has it; its bytes, all that a reader looks at; its way. */
struct sk_buff {
	struct sk_buff *next, *prev;
	struct net *net;
	struct net_device *dev;		/* arrived at, or leaving by */
	union {		/* sk: sending: whose write memory; receiving: its owner */
		struct { struct sock *sk; void (*destructor)(struct sk_buff *skb); };
		struct list_head resent;	/* tcp_rtxq: sent again; a clone has none */
	};
	struct dst_entry *dst;		/* a reference, or NULL */
	uintptr_t nfct;			/* its connection and place in it (base/nfct.h); 0 = none */

	ktime_t tstamp;			/* arrival, or time of (re)transmission */
	u8 *head, *data;
	u32 tail, end;			/* offsets from head */
	u32 len, data_len;		/* whole length; of it outside the linear part */
	u32 truesize;			/* charged to net->mem */
	u8 ip_summed, nr_frags;		/* ip_summed: enum skb_ip_summed */
	bool csum_valid, bystander;	/* bystander: another shard answers */
	struct buf *head_buf;		/* holds head; NULL: head is room[] */
	struct sk_buff *frag_list;	/* more packets' worth of payload (GRO), linked by next */

	u64 id;				/* of the packet, on all machines */
	u16 vlan_tci;			/* a tag beside the frame (device/vlan_core.h) */
	be16 vlan_proto;		/* its EtherType; 0: none */
	u16 mac_header, network_header, transport_header;	/* offsets from head */
	be16 protocol;			/* EtherType */
	u32 hash;			/* of the flow; 0 = not computed */
	u32 mark, priority;
	wsum csum;			/* payload's partial sum where csum_valid */
	u16 csum_start, csum_offset;	/* offsets from head; from csum_start */
	u16 gso_size, gso_segs;		/* several packets in one: payload of each, how many */
	u16 queue_mapping;
	u8 gso_type, pkt_type;		/* pkt_type: enum skb_pkt_type */
	bool no_mc_loop, lent;		/* lent: see dev_lend.h */
	u8 tx_flags, edt; u32 tskey;	/* its sk is told of it; device/tx_tstamp.h, edt.h */
	u8 cb[56] __aligned(8);		/* the current layer's own */
	u8 room[SKB_ROOM] __aligned(8);
	struct skb_frag frags[MAX_SKB_FRAGS];
};

/* Birth. NULL: no memory. */

/* An empty packet made here, with a new id: `size` bytes of room, SKB_ROOM inline, data at head. */
struct sk_buff *alloc_skb(struct net *net, u32 size) __must_check;

/* A received frame of len bytes at off of buf; takes over the caller's reference on success. */
struct sk_buff *build_skb(struct net *net, struct buf *buf, u32 off, u32 len) __must_check;

/* An empty packet for a frame that was handed over: SKB_ROOM inline; counted as received. */
struct sk_buff *alloc_rx_skb(struct net *net) __must_check;

/* Same packet, same id, own header copy, shared payload; no socket, own reference on dst. */
struct sk_buff *skb_clone(const struct sk_buff *skb) __must_check;

/* End: skb may be NULL. */
void kfree_skb_reason(struct sk_buff *skb, enum skb_drop_reason reason);

void consume_skb(struct sk_buff *skb);	/* kfree_skb_reason(skb, SKB_CONSUMED) */
void dev_consume_sent(struct sk_buff *skb);	/* the card reports that it was sent */

/* A packet that never was an sk_buff (no memory, refused by the card) ends: counted and traced. */
void frame_drop(struct net *net, const struct net_device *dev, u64 packet,
		enum skb_drop_reason reason, const char *why);

/* The same end with a sentence for the journey: "checksum 0x1f2e, want 0x1f2f". */
void kfree_skb_why(struct sk_buff *skb, enum skb_drop_reason reason, const char *why);

/* Geometry. */

static inline u32 skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

static inline u32 skb_headroom(const struct sk_buff *skb)
{
	return (u32)(skb->data - skb->head);
}

static inline u32 skb_tailroom(const struct sk_buff *skb)
{
	return skb->end - skb->tail;
}

static inline u8 *skb_tail_pointer(const struct sk_buff *skb)
{
	return skb->head + skb->tail;
}

/* Only on an empty packet: leave len bytes of headroom. */
static inline void skb_reserve(struct sk_buff *skb, u32 len)
{
	ln_assert(skb->len == 0 && skb->tail + len <= skb->end);
	skb->data += len;
	skb->tail += len;
}

/* n bytes more at the front (headroom is asserted); returns the new data. */
static inline u8 *skb_push(struct sk_buff *skb, u32 n)
{
	ln_assert(n <= skb_headroom(skb));
	skb->data -= n;
	skb->len += n;
	return skb->data;
}

/* n bytes more at the end of a linear packet; returns where they start. */
static inline u8 *skb_put(struct sk_buff *skb, u32 n)
{
	u8 *at = skb_tail_pointer(skb);

	ln_assert(!skb->data_len && n <= skb_tailroom(skb));
	skb->tail += n;
	skb->len += n;
	return at;
}

/* Strip n linear bytes from the front (n <= headlen is asserted); returns the new data. */
static inline u8 *skb_pull(struct sk_buff *skb, u32 n)
{
	ln_assert(n <= skb_headlen(skb));
	skb->data += n;
	skb->len -= n;
	return skb->data;
}

/* Cut the packet to len bytes, fragments included. Frees what is cut off; never fails. */
void skb_trim_slow(struct sk_buff *skb, u32 len);

static inline void skb_trim(struct sk_buff *skb, u32 len)
{
	if (unlikely(len < skb->len))
		skb_trim_slow(skb, len);
}

/* Strip n bytes from the front, from fragments too. */
void skb_eat(struct sk_buff *skb, u32 n);

/* Make the first n bytes linear, pulling from fragments where needed. False: the packet is
 * shorter, or no memory. */
bool pskb_may_pull_slow(struct sk_buff *skb, u32 n);

static inline bool pskb_may_pull(struct sk_buff *skb, u32 n)
{
	return likely(n <= skb_headlen(skb)) || pskb_may_pull_slow(skb, n);
}

/*
 * The first `write` bytes, which are linear, may be written, and at least `headroom` bytes before
 * data. What is shared behind them stays so: a copy is made of headers only. False: no memory.
 */
bool skb_cow_head_slow(struct sk_buff *skb, u32 headroom, u32 write) __must_check;

static inline bool skb_cow_head(struct sk_buff *skb, u32 headroom, u32 write)
{
	if (likely(skb_headroom(skb) >= headroom && !(skb->head_buf && buf_shared(skb->head_buf))))
		return true;
	return skb_cow_head_slow(skb, headroom, write);
}

/* Appends a piece of payload; takes over the caller's reference. truesize: what to charge.
 * False (reference stays the caller's): no slot, or over the budget. */
bool skb_add_frag(struct sk_buff *skb, struct buf *buf, u32 off, u32 len,
		  u32 truesize) __must_check;

/*
 * Moves everything behind the first `len` bytes (payload only, skb's linear part is inside
 * len or empty) to the empty packet `rest`. Payload is shared by reference, nothing copied.
 * skb_shift(): the way back, all of it; false: too many pieces. */
void skb_split(struct sk_buff *skb, struct sk_buff *rest, u32 len);
bool skb_shift(struct sk_buff *to, struct sk_buff *from) __must_check;

static inline void skb_reset_mac_header(struct sk_buff *skb)
{
	skb->mac_header = (u16)(skb->data - skb->head);
}

static inline void skb_reset_network_header(struct sk_buff *skb)
{
	skb->network_header = (u16)(skb->data - skb->head);
}

static inline void skb_reset_transport_header(struct sk_buff *skb)
{
	skb->transport_header = (u16)(skb->data - skb->head);
}

static inline u8 *skb_mac_header(const struct sk_buff *skb)
{
	return skb->head + skb->mac_header;
}

static inline u8 *skb_network_header(const struct sk_buff *skb)
{
	return skb->head + skb->network_header;
}

static inline u8 *skb_transport_header(const struct sk_buff *skb)
{
	return skb->head + skb->transport_header;
}

/* References. */

static inline void skb_dst_set(struct sk_buff *skb, struct dst_entry *dst)
{
	dst_release(skb->dst);
	skb->dst = dst;
}

static inline void skb_dst_drop(struct sk_buff *skb)
{
	skb_dst_set(skb, NULL);
}

/* Runs and forgets the destructor: the packet no longer counts against its socket. */
static inline void skb_orphan(struct sk_buff *skb)
{
	if (skb->destructor)
		skb->destructor(skb);
	skb->destructor = NULL;
	skb->sk = NULL;
}

#include "base/skb_data.h"

#endif

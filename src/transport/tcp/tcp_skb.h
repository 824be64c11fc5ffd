/* SPDX-License-Identifier: MIT */
/*
 * What TCP keeps in skb->cb: of a segment that arrived, and of one that is queued to be sent or
 * waits for its acknowledgement.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_SKB_H
#define LINNET_TRANSPORT_TCP_TCP_SKB_H

#include "base/skb_queue.h"
#include "transport/tcp/tcp_seq.h"
#include "wire/tcp.h"

/* Marks of a sent segment (tcp_skb_cb.sacked). */
enum {
	TCPCB_SACKED_ACKED = 0x01,	/* the peer holds it (SACK) */
	TCPCB_SACKED_RETRANS = 0x02,	/* sent again, and that is in flight */
	TCPCB_LOST = 0x04,		/* thought lost */
	TCPCB_RACK_DONE = 0x08,		/* lost by time, which is not asked again until a resend */
	TCPCB_EOR = 0x40,		/* MSG_EOR: nothing is joined to its end */
	TCPCB_EVER_RETRANS = 0x80,	/* sent more than once: no RTT sample (Karn) */
	TCPCB_TAGBITS = 0x07,
	TCPCB_RETRANS = TCPCB_SACKED_RETRANS | TCPCB_EVER_RETRANS,
	/* Time decides nothing more: or, when it was sent again, in another place (tcp_rack.h). */
	TCPCB_DECIDED = TCPCB_TAGBITS | TCPCB_RACK_DONE,
};

/* How things stood when a segment was sent (tcp_rate.h). */
struct tcp_rate_mark {
	u32 delivered;		/* packets that the peer had got */
	u32 delivered_us;	/* when the last of them was acknowledged */
	u32 first_tx_us;	/* when that one was sent */
	u32 app_limited;	/* the user gives too little until so many are delivered; 0 = no */
};

struct tcp_skb_cb {
	u32 seq;
	u32 end_seq;		/* seq + payload + SYN + FIN */
	union {
		u32 ack_seq;	/* received */
		u32 pcount;	/* sent: packets that it makes on the wire */
	};
	u8 tcp_flags;		/* TCPHDR_* */
	u8 sacked;		/* sent: TCPCB_* */
	u16 resent;		/* sent: how many times again */
	struct sk_buff *run;	/* out-of-order queue: other end of its run (tcp_rcvq) */
	struct tcp_rate_mark rate;	/* sent */
};

_Static_assert(sizeof(struct tcp_skb_cb) <= sizeof(((struct sk_buff *)0)->cb), "fits into cb");

static inline struct tcp_skb_cb *TCP_SKB_CB(const struct sk_buff *skb)
{
	return (struct tcp_skb_cb *)(void *)(uintptr_t)skb->cb;
}

/* One that is to be sent, empty but for SYN or FIN. */
static inline void tcp_init_skb(struct sk_buff *skb, u32 seq, u8 flags)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	cb->seq = seq;
	cb->end_seq = seq + tcp_seg_len(flags, 0);
	cb->tcp_flags = flags;
	cb->pcount = 1;
}

/* Packets that a queued one makes on the wire: each of gso_size bytes of payload, the last of what
 * is left; one, when gso_size is 0. */
static inline u32 tcp_skb_pcount(const struct sk_buff *skb)
{
	return TCP_SKB_CB(skb)->pcount;
}

/* How long its longest packet is: bytes of payload. */
static inline u32 tcp_skb_seglen(const struct sk_buff *skb)
{
	return skb->gso_size ? skb->gso_size : skb->len;
}

/* It is to be sent in packets of at most mss bytes of payload. Return: how many. */
static inline u32 tcp_set_skb_tso_segs(struct sk_buff *skb, u32 mss)
{
	u32 n = 1;

	if (likely(skb->len <= mss)) {
		skb->gso_size = 0;
		skb->gso_segs = 0;
	} else {
		n = (skb->len + mss - 1) / mss;
		skb->gso_size = (u16)mss;
		skb->gso_segs = (u16)n;
	}
	TCP_SKB_CB(skb)->pcount = n;
	return n;
}

static inline const struct tcphdr *tcp_hdr(const struct sk_buff *skb)
{
	return (const struct tcphdr *)(const void *)skb_transport_header(skb);
}

#endif

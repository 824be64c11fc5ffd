/* SPDX-License-Identifier: MIT */
/*
 * When a packet arrived, told to its reader by control messages: SO_TIMESTAMP, SO_TIMESTAMPNS,
 * SO_TIMESTAMPING with RX_SOFTWARE. Times are of the instance's clock; a stream's are of the
 * packet whose bytes were read last.
 *
 * When one was sent, told by the error queue: SO_TIMESTAMPING with TX_SCHED (it comes to the queue
 * of its device), TX_SOFTWARE (to the driver), TX_ACK (the peer has it). The packet carries what
 * is asked for (tx_flags) and the number that it is told by (tskey); a stream keeps a record for
 * each call until its last byte is acknowledged (tcp/tcp_txstamp.h). There are no times of a card.
 */
#ifndef LINNET_TRANSPORT_SOCK_TSTAMP_H
#define LINNET_TRANSPORT_SOCK_TSTAMP_H

#include "transport/sock.h"

/* One of these is set where a reader wants to know. */
#define SOCK_TSTAMP_ANY (BIT(SOCK_RCVTSTAMP) | BIT(SOCK_TIMESTAMPING_RX))

/* What sendmsg() may ask for each message. */
#define SOF_TIMESTAMPING_TX_RECORD (LN_SOF_TIMESTAMPING_TX_HARDWARE | \
				    LN_SOF_TIMESTAMPING_TX_SOFTWARE | \
				    LN_SOF_TIMESTAMPING_TX_SCHED | LN_SOF_TIMESTAMPING_TX_ACK)

struct tcp_tx_record;

/* When and how fast it sends (sock_txtime.h). */
struct sock_txout {
	u64 rate, max_rate;	/* bytes/s that it is paced by, SO_MAX_PACING_RATE; UINT64_MAX */
	ktime_t when;		/* of this message; 0 = it does not say */
	struct ln_sock_txtime txtime;
	bool has_txtime;	/* was set */
};

/* Of a socket that asked for more than times of arrival. */
struct sock_txstamp {
	struct sock_txout out;
	u32 tsflags;		/* LN_SOF_TIMESTAMPING_*, all of them */
	u32 key;		/* with OPT_ID: of the next datagram, or of the stream's byte 0 */
	u32 once;		/* in the place of SOF_TIMESTAMPING_TX_RECORD, of this message: */
	bool has_once;
	struct tcp_tx_record *first, *last;	/* of a stream, by rising byte */
	struct tcp_tx_record *sent;	/* one of them, where the search of the next begins */
};

/* What a stream is asked to tell of the byte `key`. */
struct tcp_tx_record {
	struct tcp_tx_record *next;
	u32 key;
	u8 flags;		/* SKBTX_*, TX_RECORD_ACK */
};
enum { TX_RECORD_ACK = 1 };

/* sk->txstamp, made when it is not there; NULL: no memory. */
struct sock_txstamp *sock_txstamp_get(struct sock *sk);
void sock_txstamp_free(struct sock *sk);
void sock_txstamp_purge(struct sock *sk);	/* its records */
/* A child has what its listener asked for; without memory it has nothing. */
void sock_txstamp_inherit(struct sock *child, const struct sock *l);

/* Is it one of these options? */
bool sock_is_timestamp(int name);
bool sock_is_timestamping(int name);
/* 0, -EINVAL (unknown flags, OPT_ID of what is not connected), -EOPNOTSUPP, -ENOMEM. */
int sock_set_timestamp(struct sock *sk, int name, int val);
int sock_get_timestamp(const struct sock *sk, int name);

/* What sk asked for, of a packet that arrived then. */
void sock_recv_timestamp(const struct sock *sk, struct msg *msg, ktime_t tstamp);
/* The same of one that was sent: from the error queue. */
void sock_recv_tx_timestamp(const struct sock *sk, struct msg *msg, ktime_t tstamp);

/* sendmsg()'s control message SO_TIMESTAMPING. -EINVAL, -ENOMEM. */
int sock_tstamp_cmsg(struct sock *sk, const void *data, size_t len);
/* Another message begins: what one asked for that was not sent is over. */
static inline void sock_txstamp_begin(const struct sock *sk)
{
	if (unlikely(sk->txstamp)) {
		sk->txstamp->has_once = false;
		sk->txstamp->out.when = 0;
	}
}
/* What this message asks for: LN_SOF_TIMESTAMPING_TX_*; asked once. */
u32 sock_txstamp_take(struct sock_txstamp *st);
/* A datagram that its sender wants to hear of, and a number for it; its time to leave. */
void sock_tx_timestamp(struct sock *sk, struct sk_buff *skb);

/* As netns_dev.tstamp_tx: skb's own sk is told, now. */
void sock_tstamp_tx(struct sk_buff *skb, u8 flag);

#endif

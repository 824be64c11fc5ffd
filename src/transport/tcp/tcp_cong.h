/* SPDX-License-Identifier: MIT */
/*
 * Congestion control (row T5): how many packets may be in flight. An algorithm is one file with
 * one table of functions; the loss state machine (tcp_recovery) asks it for ssthresh, tells it
 * what was acknowledged and what happened, and itself runs the window during recovery.
 *
 * cwnd and ssthresh are in packets, as Linux's. An algorithm's own state is allocated when the
 * first acknowledgement of data comes: an idle connection has none. Without memory for it the
 * connection goes on as Reno.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_CONG_H
#define LINNET_TRANSPORT_TCP_TCP_CONG_H

#include <linnet/tcp_cc.h>

#include "transport/tcp/tcp_rate.h"

#define TCP_INIT_CWND 10		/* RFC 6928 */
#define TCP_INFINITE_SSTHRESH 0x7fffffffu
#define TCP_CA_NAME_MAX 16
#define TCP_CA_MAX 8			/* algorithms that an instance may have */
#define TCP_CA_PRIV_SIZE 64	/* of one that keeps little, */
#define TCP_CA_PRIV_SIZE_MAX 128	/* at most */

enum tcp_ca_state {			/* Linux's numbers, in TCP_INFO */
	TCP_CA_Open, TCP_CA_Disorder, TCP_CA_CWR, TCP_CA_Recovery, TCP_CA_Loss,
};

enum tcp_ca_event {
	CA_EVENT_TX_START,	/* first packet with nothing in flight; `idle` ns since the last */
	CA_EVENT_CWND_RESTART,	/* the window was shrunk after idling */
	CA_EVENT_COMPLETE_CWR,	/* recovery is over */
	CA_EVENT_LOSS,		/* retransmission timeout */
};

struct tcp_cong;

/* Linux's sk_pacing_rate and its kin; see tcp_pacing.h. */
struct tcp_pacing {
	u64 rate;		/* bytes/s; UINT64_MAX: nothing is held back */
	u64 max_rate;		/* SO_MAX_PACING_RATE; UINT64_MAX = none */
	ktime_t wstamp;		/* the next segment leaves not before it */
	u32 queued;		/* packets with data in its device's fq; */
	bool throttled;		/* they are enough: it goes on when one has left */
	bool fq;		/* its device keeps times of departure, so it needs no timer */
	bool needed;		/* by the algorithm or SO_MAX_PACING_RATE, on any device */
};

/* What an acknowledgement brought. */
struct tcp_cong_ack {
	struct net *net;
	ktime_t now;
	u32 acked;		/* packets newly acknowledged or SACKed */
	s32 rtt_us;		/* of the newest of them; -1 = no sample */
	u32 snd_una, snd_nxt;
	u32 in_flight;		/* before this acknowledgement */
	bool cwnd_limited;	/* the window was what held the sender back */
};

/* What an acknowledgement says of marks. */
struct tcp_cong_ecn {
	u32 snd_una, snd_nxt;
	u32 delivered, delivered_ce;	/* packets ever, this ACK's among them: */
	u32 newly, newly_ce;
};

struct tcp_congestion_ops {
	const char *name;
	u32 priv_size;			/* at most TCP_CA_PRIV_SIZE_MAX */
	u32 sndbuf_expand;		/* windows that the send buffer holds; 0 = 2 */
	/* required; in the place of cong_avoid may stand cong_control */
	u32 (*ssthresh)(struct tcp_cong *c);		/* after a loss, packets */
	/* an ACK, when cwnd_limited */
	void (*cong_avoid)(struct tcp_cong *c, const struct tcp_cong_ack *a);
	u32 (*undo_cwnd)(const struct tcp_cong *c);	/* the loss was none */
	/* may be NULL */
	void (*init)(struct tcp_cong *c, ktime_t now);	/* priv is zeroed */
	void (*pkts_acked)(struct tcp_cong *c, const struct tcp_cong_ack *a);
	void (*set_state)(struct tcp_cong *c, enum tcp_ca_state state);
	void (*cwnd_event)(struct tcp_cong *c, enum tcp_ca_event ev, ktime_t now, ktime_t idle);
	/* In the place of cong_avoid, pkts_acked, the reduction in recovery and the restart after
	 * idling: window and pacing rate are its own. Such a connection is paced. */
	void (*cong_control)(struct tcp_cong *c, const struct tcp_rate_sample *rs);
	u32 (*min_tso_segs)(const struct tcp_cong *c);	/* as the sysctl */
	/* It needs ECN: that is asked for and granted whatever the sysctl says, and all packets are
	 * ECT. This one takes over where the peer does not grant it. */
	const struct tcp_congestion_ops *without_ecn;
	/* An ACK of a connection with ECN, before it is acted on */
	void (*in_ack)(struct tcp_cong *c, const struct tcp_cong_ecn *e);
	/* Data came, marked or not. True: that changed, and both is to be told at once. */
	bool (*rcv_ce)(struct tcp_cong *c, bool ce);
	/* TCP_CC_INFO. Return: how long it is. */
	u32 (*get_info)(const struct tcp_cong *c, u32 mss, union ln_tcp_cc_info *info);
};

struct tcp_cong {
	const struct tcp_congestion_ops *ops;
	void *priv;			/* slab object of netns_tcp; NULL until needed */
	u32 snd_cwnd, snd_ssthresh;
	u32 snd_cwnd_cnt;		/* packets acknowledged towards the next increase */
	u32 prior_cwnd;			/* before the last reduction */
	u32 snd_cwnd_clamp;		/* 0 = none: the route's cwnd, locked */
	u32 snd_cwnd_used;		/* most that was in flight since snd_cwnd_stamp */
	ktime_t snd_cwnd_stamp;
	struct tcp_rate rate;
	struct tcp_pacing *pacing;	/* NULL: not paced */
};

/* The algorithms of an instance, and the slab of their states. */
struct tcp_cong_table {
	const struct tcp_congestion_ops *ops[TCP_CA_MAX];
	u32 n;
	struct slab priv_slab, large_slab;	/* up to TCP_CA_PRIV_SIZE, and larger */
	struct slab pacing_slab;
};

extern const struct tcp_congestion_ops tcp_reno, tcp_cubic, tcp_bbr, tcp_dctcp;

void tcp_cong_table_init(struct tcp_cong_table *t, struct mem *mem);
void tcp_cong_table_exit(struct tcp_cong_table *t);

/* -EINVAL (a required function or the name is missing), -EEXIST, -ENOSPC */
int tcp_register_congestion_control(struct tcp_cong_table *t, const struct tcp_congestion_ops *ops);
const struct tcp_congestion_ops *tcp_ca_find(const struct tcp_cong_table *t, const char *name,
					     size_t len);

/* Gives c, which has none, a tcp_pacing without limits. False: no memory. */
bool tcp_pacing_get(struct tcp_cong_table *t, struct tcp_cong *c);

void tcp_cong_init(struct tcp_cong *c, const struct tcp_congestion_ops *ops);
void tcp_cong_exit(struct tcp_cong_table *t, struct tcp_cong *c);
/* Another algorithm takes over with the windows as they are. */
void tcp_cong_switch(struct tcp_cong_table *t, struct tcp_cong *c,
		     const struct tcp_congestion_ops *ops);

u32 tcp_cong_ssthresh(struct tcp_cong *c);
u32 tcp_cong_undo_cwnd(struct tcp_cong *c);
void tcp_cong_avoid(struct tcp_cong *c, const struct tcp_cong_ack *a);
/* For TCP_CC_INFO; how long it is, 0: nothing to tell. */
u32 tcp_cong_info(const struct tcp_cong *c, u32 mss, union ln_tcp_cc_info *info);
void tcp_cong_pkts_acked(struct tcp_cong *c, const struct tcp_cong_ack *a);
/* Data was acknowledged or lost: the algorithm gets its state, when it has none yet. */
void tcp_cong_begin(struct tcp_cong_table *t, struct tcp_cong *c, ktime_t now);
void tcp_cong_set_state(struct tcp_cong *c, enum tcp_ca_state state);
void tcp_cong_event(struct tcp_cong *c, enum tcp_ca_event ev, ktime_t now, ktime_t idle);

/* The algorithm runs window and rate itself (cong_control). */
static inline bool tcp_cong_models(const struct tcp_cong *c)
{
	return c->ops->cong_control && c->priv;
}

static inline u32 tcp_cwnd_clamped(const struct tcp_cong *c, u32 cwnd)
{
	return unlikely(c->snd_cwnd_clamp) ? min(cwnd, c->snd_cwnd_clamp) : cwnd;
}

static inline bool tcp_in_slow_start(const struct tcp_cong *c)
{
	return c->snd_cwnd < c->snd_ssthresh;
}

/* Slow start (RFC 5681 3.1, with RFC 3465's L unbounded as Linux): returns what of acked is left
 * when ssthresh was reached. */
u32 tcp_slow_start(struct tcp_cong *c, u32 acked);

/* One packet more for each w acknowledged: congestion avoidance with w = cwnd. */
void tcp_cong_avoid_ai(struct tcp_cong *c, u32 w, u32 acked);

/* The window after `idle` ns without sending: halved per RTO, not below the restart window
 * (RFC 5681 4.1, RFC 2861). */
void tcp_cwnd_restart(struct tcp_cong *c, u32 init_cwnd, ktime_t now, ktime_t idle, u32 rto_us);

/* The sender did not use its window for an RTO: bring it towards what was used (RFC 2861). */
void tcp_cwnd_application_limited(struct tcp_cong *c, u32 init_cwnd);

u32 tcp_reno_ssthresh(struct tcp_cong *c);
void tcp_reno_cong_avoid(struct tcp_cong *c, const struct tcp_cong_ack *a);
u32 tcp_reno_undo_cwnd(const struct tcp_cong *c);

#endif

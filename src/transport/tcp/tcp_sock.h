/* SPDX-License-Identifier: MIT */
/*
 * struct tcp_sock: a connection from SYN-SENT to LAST-ACK, or a listener. What every segment
 * touches comes first; what only some connections have is allocated when it is first used:
 *
 *	tcp_rcvq	out-of-order data came
 *	tcp_cold	an option was set, urgent data, probing
 *	tcp_auth	keys were set
 *	tcp_listen	it listens
 *	tcp_accecn	accurate ECN was negotiated
 *	cong.priv	data was acknowledged
 *
 * Times in ms are of a 32-bit clock that wraps (tcp_ms()).
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_SOCK_H
#define LINNET_TRANSPORT_TCP_TCP_SOCK_H

#include "transport/tcp/tcp.h"
#include "transport/tcp/tcp_auth.h"
#include "transport/tcp/tcp_chrono.h"
#include "transport/tcp/tcp_fastopen.h"
#include "transport/tcp/tcp_mtu_probe.h"
#include "transport/tcp/tcp_rcvq.h"
#include "transport/tcp/tcp_recovery.h"
#include "transport/tcp/tcp_rtt.h"
#include "transport/tcp/tcp_window.h"

/* nonagle */
enum { TCP_NAGLE_OFF = 1, TCP_NAGLE_CORK = 2, TCP_NAGLE_PUSH = 4 };

/* tcp_ack_state.pending */
enum {
	ICSK_ACK_SCHED = 1,	/* an ACK is owed */
	ICSK_ACK_TIMER = 2,	/* its timer runs */
	ICSK_ACK_PUSHED = 4,	/* a short segment came: the sender paused */
	ICSK_ACK_PUSHED2 = 8,	/* another one */
	ICSK_ACK_NOW = 16,	/* send it with the next chance */
	ICSK_ACK_NOMEM = 32,	/* there was no room: it closes the window */
};

/* tcp_timers.event: what the xmit deadline is for */
enum {
	ICSK_TIME_NONE,
	ICSK_TIME_RETRANS,	/* RTO */
	ICSK_TIME_PROBE0,	/* window probe */
	ICSK_TIME_LOSS_PROBE,	/* tail loss probe */
	ICSK_TIME_REO_TIMEOUT,	/* RACK: what is late has had its time */
};

struct tcp_timers {
	struct timer timer;	/* fires at or before the first of: */
	ktime_t xmit;		/* KTIME_MAX = off */
	ktime_t ack;
	ktime_t keep;		/* keepalive; FIN-WAIT-2 of an orphan */
	ktime_t pace;		/* something to send is held back until then */
	u8 event;		/* ICSK_TIME_* */
	u8 retransmits;		/* timeouts in a row */
	u8 backoff;
	u8 probes_out;		/* unanswered window or keepalive probes */
	u32 probes_ms;		/* the first window probe of those that go on; 0 = none */
};

struct tcp_ack_state {		/* delayed ACKs */
	u8 pending;		/* ICSK_ACK_* */
	u8 quick;		/* so many ACKs go out at once */
	u8 pingpong;		/* answers so far (tcp_in_pingpong_mode) */
	u16 rcv_mss;		/* the peer's segments, estimated */
	u16 last_seg_size;
	u16 ato_ms;		/* delay, adapted to the peer's pace; 0 = no data yet */
	u16 delack_max_ms;	/* the most of it */
	u32 lrcvtime;		/* ms of the last data */
};

struct tcp_cold {
	u32 user_timeout_ms;	/* 0 = none */
	u32 keepalive_time_s, keepalive_intvl_s;	/* 0 = the instance's */
	u32 notsent_lowat;	/* 0 = none */
	s32 linger2_s;		/* 0 = tcp_fin_timeout, < 0: no FIN-WAIT-2 */
	u8 defer_accept;	/* retransmissions of a SYN-ACK; 0: off */
	u32 tx_delay_us;	/* TCP_TX_DELAY */
	u32 snd_up;		/* urgent data ends here, when urg_mode */
	u32 urg_seq;		/* of the urgent byte that came */
	u32 zc_calls;		/* number of the next zero-copy send */
	u16 urg_data;		/* TCP_URG_* and the byte */
	u16 user_mss;
	u8 keepalive_probes, syn_retries;
	u8 thin_lto;		/* TCP_THIN_LINEAR_TIMEOUTS */
	bool urg_mode;
	u8 save_syn;		/* TCP_SAVE_SYN: 1 from the IP header on, 2 from the link's on */
	struct tcp_saved_syn *saved_syn;	/* of a child, until it is read */
	struct tcp_fastopen_state fo;
	struct tcp_mtup mtup;
};

enum { TCP_URG_VALID = 0x0100, TCP_URG_NOTYET = 0x0200, TCP_URG_READ = 0x0400 };

struct tcp_listen {
	struct tcp_sock *accept_head, *accept_tail;
	struct list_head requests;	/* request_sock.list, oldest first */
	u32 qlen;			/* of these */
	u32 young;			/* of these, not yet sent again */
	u32 ack_backlog, max_ack_backlog;
	struct list_head fo_requests;	/* of children whose handshake is not complete */
	struct list_head fo_reset;	/* of those that were reset: request_sock.snt_synack */
	u32 fo_qlen;			/* both */
	ktime_t overflow_at;		/* the last SYN cookie, when overflowed */
	bool overflowed;
};

struct tcp_sock {
	struct sock sk;

	u32 rcv_nxt, copied_seq;
	u32 snd_una, snd_nxt;
	u32 snd_wnd, snd_wl1;
	be32 pred_flags;	/* fourth word of the header that the fast path takes; 0 = none */
	u32 write_seq, pushed_seq, snd_sml;
	u32 max_window;		/* largest that the peer advertised */
	u32 ts_recent, ts_recent_stamp_s;
	u32 tsoffset;		/* RFC 7323 5.4: added to the clock that the peer sees */
	u32 pmtu_cookie;	/* mss_cache is for this MTU */
	u16 tcp_header_len;	/* with timestamps, without SACK */
	u16 mss_cache, mss_clamp, advmss;
	u8 snd_wscale;
	u8 nonagle;		/* TCP_NAGLE_* */
	u8 ecn_flags;		/* TCP_ECN_*; 0 = no ECN */
	bool tstamp_ok : 1, wscale_ok : 1, is_cwnd_limited : 1, fin_unsent : 1;
	bool orphan_counted : 1;	/* in netns_sock.orphans */
	bool over : 1;			/* an orphan's reference is dropped */
	bool app_clamp : 1;		/* TCP_WINDOW_CLAMP */
	bool ca_chosen : 1;		/* TCP_CONGESTION */
	bool begun : 1;			/* a connection was here: tcp_begin_connection() */

	struct tcp_rwin rwin;
	struct tcp_ack_state ack;
	struct tcp_rtt rtt;
	struct tcp_rtxq rtxq;
	struct sk_buff_head write_queue;	/* not sent yet */
	struct tcp_cong cong;
	struct tcp_recovery rec;
	struct tcp_rcv_space rcvq_space;
	struct tcp_timers tm;
	struct request_sock *fastopen_rsk;	/* accepted before its handshake was complete */

	struct buf *frag;	/* tail of the last user copy: the next goes on there */
	u32 frag_off;
	u32 lsndtime;		/* ms of the last data sent */
	u32 rcv_tstamp;		/* ms of the last ACK */
	u32 last_oow_ack_time;	/* ms of the last ACK for an invalid segment; 0 = none */
	u32 iss, irs;
	u32 confirm_ms;		/* the neighbour was last told that it answers */
	u32 max_packets_out, max_packets_seq;
	u32 retrans_stamp;	/* ms: the first retransmission of what is lost; 0 = none */

	/* for TCP_INFO */
	u32 segs_in, segs_out, data_segs_in, data_segs_out;
	u32 total_retrans, dsack_dups, delivered_ce, rcv_ooopack;
	u64 bytes_acked, bytes_received, bytes_sent, bytes_retrans;
	struct tcp_chrono chrono;
	u16 total_rto, total_rto_recoveries;	/* timeouts, and runs of them, which took */
	u32 total_rto_ms, rto_stamp;		/* ms so far, and since (0 = none runs) */
	u8 synack_rto;				/* of total_rto */

	struct tcp_rcvq *ooo;
	struct tcp_auth *auth;		/* keys; NULL: none were ever set */
	struct tcp_cold *cold;
	struct tcp_listen *listen;
	struct tcp_accecn *accecn;	/* with TCP_ECN_MODE_ACCECN */
	struct tcp_sock *accept_next;	/* in the accept queue of its listener */

	struct list_head rest_node;	/* of tcp_rest_watch; points to itself when not in it */
	u32 rest_due;			/* ms: looked at then, */
	u8 rest_level;			/* for the nth time without result */
};

static inline struct tcp_sock *tcp_sk(const struct sock *sk)
{
	return (struct tcp_sock *)(uintptr_t)sk;
}

static inline struct net *tcp_net(const struct tcp_sock *tp)
{
	return tp->sk.c.net;
}

static inline u32 tcp_ms(const struct net *net)
{
	return (u32)((u64)net->now / NSEC_PER_MSEC);	/* never negative: the cheaper division */
}

/* A time where 0 means none. */
static inline u32 tcp_stamp(u32 ms)
{
	return ms ? ms : 1;
}

static inline u32 tcp_now_s(const struct net *net)
{
	return (u32)((u64)net->now / NSEC_PER_SEC);
}

/* The timestamp clock of RFC 7323, ms, without the connection's offset. */
static inline u32 tcp_ts_clock(const struct net *net)
{
	return tcp_ms(net);
}

static inline bool tcp_is_sack(const struct tcp_sock *tp)
{
	return tp->rec.sack;
}

static inline u32 tcp_wnd_end(const struct tcp_sock *tp)
{
	return tp->snd_una + tp->snd_wnd;
}

static inline bool tcp_state_in(const struct sock *sk, u32 states)
{
	return BIT(sk->c.state) & states;
}

/* States as sets. */
#define TCPF(s) BIT(TCP_##s)

/* The options that were set, or defaults (all zero). */
const struct tcp_cold *tcp_cold(const struct tcp_sock *tp);
/* To set one: allocated on first use, NULL without memory. */
struct tcp_cold *tcp_cold_get(struct tcp_sock *tp);
/* The out-of-order queue, made on first use; NULL without memory. */
struct tcp_rcvq *tcp_rcvq_get(struct tcp_sock *tp);
/* Frees it when there is nothing in it. */
void tcp_rcvq_put_idle(struct tcp_sock *tp);

/*
 * Nothing of what most connections never have, asked in one go: out-of-order data, keys, urgent
 * data or another thing of tcp_cold, pacing, ECN.
 */
static inline bool tcp_is_plain(const struct tcp_sock *tp)
{
	return likely(!((uintptr_t)tp->ooo | (uintptr_t)tp->auth | (uintptr_t)tp->cold |
			(uintptr_t)tp->cong.pacing | tp->ecn_flags));
}

/* SACK blocks that fit into a segment. */
static inline unsigned tcp_max_sacks(const struct tcp_sock *tp)
{
	return unlikely(tp->auth) ? tcp_auth_max_sacks(tp) : tp->tstamp_ok ? 3 : 4;
}

static inline bool tcp_ofo_empty(const struct tcp_sock *tp)
{
	return likely(!tp->ooo) || skb_queue_empty(&tp->ooo->q);
}

#include "transport/tcp/tcp_mem.h"

#endif

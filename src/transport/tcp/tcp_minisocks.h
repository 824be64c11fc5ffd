/* SPDX-License-Identifier: MIT */
/*
 * The small objects: request_sock for SYN-RCVD, tcp_timewait_sock for TIME-WAIT and the FIN-WAIT-2
 * of orphans. Neither has buffers; each has one timer.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_MINISOCKS_H
#define LINNET_TRANSPORT_TCP_TCP_MINISOCKS_H

#include "transport/tcp/tcp_sock.h"

struct request_sock {		/* c.state is TCP_NEW_SYN_RECV */
	struct sock_common c;
	struct timer timer;	/* SYN-ACK again */
	struct list_head list;	/* of its listener */
	struct sock *listener;	/* which ends its requests before it goes */
	u32 rcv_isn, snt_isn;
	u32 rcv_nxt;
	u32 ts_recent, tsoff;
	u32 rcv_wnd, window_clamp;	/* advertised */
	u32 snt_tsval_last;	/* the last SYN-ACK's timestamp, without tsoff */
	ktime_t snt_synack;	/* the SYN-ACK was first sent: RTT; in fo_reset: until when */
	struct tcp_saved_syn *saved_syn;	/* TCP_SAVE_SYN */
	const struct sock *signer;	/* whose keys sign: the listener, or Fast Open's child */
	u32 mark;
	u32 last_oow_ack_time;
	u16 mss;		/* the peer's, clamped */
	u16 advmss;
	u8 num_timeout;		/* timer fired */
	u8 num_retrans;		/* SYN-ACKs sent again */
	u8 snd_wscale, rcv_wscale;
	u8 tos;
	u8 syn_ect_rcv;		/* ECN field of the SYN */
	bool tstamp_ok : 1, sack_ok : 1, wscale_ok : 1, ecn_ok : 1, accecn_ok : 1;
	bool acked : 1;		/* the ACK came, but there was no room or no data yet */
	bool cookie : 1;	/* a SYN cookie: stands in no table, has no timer */
	bool fastopen : 1;	/* a child's fastopen_rsk: nor does this; list is fo_requests */
	bool accepted : 1;	/* that child was */
	bool fo_no_cookie : 1;	/* the route asks for no Fast Open cookie */
	bool used_ao : 1;	/* the SYN was signed; the ids that it had: */
	u8 ao_keyid, ao_rnext_keyid;
};

struct tcp_timewait_sock {	/* b.c.state is TCP_TIME_WAIT */
	struct inet_bound b;
	struct timer timer;
	struct list_head list;	/* netns_tcp.tw_list */
	u32 rcv_nxt, snd_nxt, rcv_wnd;
	u32 ts_recent, ts_recent_stamp_s, tsoffset;
	u32 last_oow_ack_time;
	u32 mark, entry_ms;	/* since when it is TIME-WAIT */
	struct tcp_auth *auth;	/* the key for the peer; NULL: none */
	u8 substate;		/* TCP_TIME_WAIT or TCP_FIN_WAIT2 */
	u8 rcv_wscale;
	u8 tos;
	bool tstamp_ok;
};

/* An entry of ehash that is no sock. */
static inline bool tcp_is_mini(const struct sock_common *c)
{
	return BIT(c->state) & (TCPF(TIME_WAIT) | TCPF(NEW_SYN_RECV) | TCPF(REST));
}

static inline struct request_sock *inet_reqsk(struct sock_common *c)
{
	return container_of(c, struct request_sock, c);
}

static inline struct tcp_timewait_sock *inet_twsk(struct sock_common *c)
{
	return container_of(c, struct tcp_timewait_sock, b.c);
}

/* ---- tcp_request.c ---- */

/* A SYN for a listener: makes the request and answers, or drops (and counts) it. Consumes.
 * isn: when not 0, our initial sequence number (reuse of a TIME-WAIT). */
void tcp_conn_request(struct sock *listener, struct sk_buff *skb, u32 isn);

/*
 * A segment for a request.
 * Return: the new socket, which is to process skb, or the listener (skb is wrong: it answers with
 * RST); NULL: skb was consumed.
 */
struct sock *tcp_check_req(struct request_sock *req, struct sk_buff *skb);

/*
 * A segment without SYN for a listener: the ACK of a SYN cookie? taken: a request has its ports,
 * so there is to be no connection of it.
 * Return: the new socket, which is to process skb; the listener: it was none; NULL: skb was
 * consumed.
 */
struct sock *tcp_cookie_check(struct sock *listener, struct sk_buff *skb, bool taken);

/* The same for a socket of Fast Open, before its handshake is complete. True: go on. */
bool tcp_fastopen_check_req(struct sock *child, struct sk_buff *skb);

/* Its memory, when it stands in no table. */
void tcp_reqsk_free(struct request_sock *req);
/* The request ends, without a word. */
void tcp_reqsk_drop(struct request_sock *req);

/* The SYN-ACK again. */
void tcp_rtx_synack(struct request_sock *req);

/* ---- tcp_listen.c ---- */

/* listen(), and its end: requests and unaccepted children are reset. */
int tcp_listen_start(struct sock *sk, int backlog);
void tcp_listen_stop(struct sock *sk);
struct sock *tcp_accept(struct sock *sk, int *err);

/* A full socket for a request that was acknowledged, in its place in the tables and queued to be
 * accepted; the request is still to be freed. NULL: no room. */
struct sock *tcp_syn_recv_sock(struct sock *listener, struct request_sock *req);

/* ---- tcp_minisocks.c ---- */

enum tcp_tw_status {
	TCP_TW_SUCCESS, TCP_TW_RST, TCP_TW_ACK, TCP_TW_SYN,
	TCP_TW_ACK_OOW,		/* an ACK for what does not belong there */
};

/* The socket becomes a mini-socket for timeo ms (0: FIN-WAIT-2's own time). The socket is done. */
void tcp_time_wait(struct sock *sk, u8 substate, u32 timeo_ms);

/*
 * A segment for TIME-WAIT (RFC 9293 3.10.7.4, RFC 1122 4.2.2.13, RFC 6191). Borrows skb.
 * @isn: set for TCP_TW_SYN: our next initial sequence number
 * tw may be gone afterwards for TCP_TW_SUCCESS and TCP_TW_RST.
 */
enum tcp_tw_status tcp_timewait_state_process(struct tcp_timewait_sock *tw,
					      const struct sk_buff *skb, u32 *isn,
					      enum skb_drop_reason *reason);
void tcp_tw_kill(struct tcp_timewait_sock *tw);

/* For connect(): may the TIME-WAIT be replaced (tcp_tw_reuse, RFC 6191)? It is removed then. */
bool tcp_twsk_unique(struct sock *sk, struct sock_common *tw);

#endif

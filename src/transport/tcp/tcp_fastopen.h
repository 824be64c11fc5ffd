/* SPDX-License-Identifier: MIT */
/*
 * TCP Fast Open (RFC 7413), as Linux: data in the SYN, for a client that shows a cookie which it
 * got from the same server before.
 *
 * Server (tcp_fastopen.c). A listener with TCP_FASTOPEN (or tcp_fastopen & 0x400) answers a request
 * for a cookie, SipHash of the addresses under its key. A SYN with a good one makes the socket at
 * once: it stands in the table of connections in SYN-RCVD, can be accepted, read from and written
 * to, and keeps the request (tcp_sock.fastopen_rsk), which sends SYN-ACKs until the ACK comes.
 *
 *	fo_qlen		sockets before that ACK, at most the option's number; one that was accepted
 *			and then reset holds its place for 60 s, so that spoofed SYNs turn it off
 *
 * Client (tcp_fastopen_client.c). sendto(MSG_FASTOPEN), or the first write after connect() with
 * TCP_FASTOPEN_CONNECT, puts into the SYN what one packet of the MSS seen last takes, less 40 bytes
 * of options. What the SYN-ACK does not acknowledge is sent again as lost; a SYN that is sent again
 * is a plain one. Cookies are kept by destination (tcp_metrics.h). A path that swallows such
 * connections turns the client's side off for tcp_fastopen_blackhole_timeout_sec, each time twice
 * as long, up to 64 times, until one on another path than loopback succeeds.
 *
 * A connection without it pays for fastopen_rsk being looked at when the retransmission timer is
 * set; everything else stands in tcp_cold.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_FASTOPEN_H
#define LINNET_TRANSPORT_TCP_TCP_FASTOPEN_H

#include "base/siphash.h"
#include "transport/sock.h"
#include "wire/tcp_opt.h"

#define TCP_FASTOPEN_KEY_LENGTH 16
#define TCP_FASTOPEN_COOKIE_SIZE 8	/* of ours */
#define TCP_FASTOPEN_RST_WAIT_S 60

/* net.ipv4.tcp_fastopen */
enum {
	TFO_CLIENT_ENABLE = 1,
	TFO_SERVER_ENABLE = 2,
	TFO_CLIENT_NO_COOKIE = 4,
	TFO_SERVER_COOKIE_NOT_REQD = 0x200,
	TFO_SERVER_WO_SOCKOPT1 = 0x400,	/* listeners need no option */
};

/* tcpi_fastopen_client_fail */
enum { TFO_STATUS_UNSPEC, TFO_COOKIE_UNAVAILABLE, TFO_DATA_NOT_ACKED, TFO_SYN_RETRANSMITTED };

struct request_sock;
struct tcp_listen;
struct tcp_sock;

struct tcp_fastopen_context {	/* the first key makes cookies; a second one is still taken */
	u8 keys;		/* 0: none was set or needed yet */
	struct siphash_key key[2];
};

/* What connect() is to do for a sendmsg(); lives as long as that call. */
struct tcp_fastopen_request {
	struct tcp_fastopen_cookie cookie;
	struct msg *msg;	/* NULL: connect() only asks for a cookie */
	u32 copied;		/* bytes that the SYN took */
};

/* In tcp_cold. */
struct tcp_fastopen_state {
	struct tcp_fastopen_context *ctx;	/* a listener's own keys */
	struct tcp_fastopen_request *req;	/* while the SYN is being made */
	u32 max_qlen;				/* TCP_FASTOPEN */
	u8 client_fail;				/* TFO_* */
	bool connect : 1, no_cookie : 1;	/* options */
	bool syn : 1, syn_exp : 1;	/* the SYN had the option, in the experiment's form */
	bool syn_ch : 1;		/* its success ends the distrust of the path */
	bool syn_data : 1, syn_data_acked : 1;
	bool child : 1;			/* of a listener, before the handshake was over */
};

/* What the last connection left. */
static inline void tcp_fastopen_reset(struct tcp_fastopen_state *fo)
{
	fo->client_fail = TFO_STATUS_UNSPEC;
	fo->syn = fo->syn_exp = fo->syn_ch = fo->syn_data = fo->syn_data_acked = false;
}

struct netns_fastopen {
	struct tcp_fastopen_context ctx;
	ktime_t disable_stamp;
	u32 disable_times;		/* in a row that the client's side was turned off */
};

/* ---- tcp_fastopen.c: the server ---- */

/* Keys of the instance; drawn when there are none. */
const struct tcp_fastopen_context *tcp_fastopen_net_ctx(struct net *net);
void tcp_fastopen_set_net_ctx(struct net *net, const struct tcp_fastopen_context *ctx);
/* key: 16 bytes for each of n keys. */
struct tcp_fastopen_context tcp_fastopen_context(const u8 *key, u8 n);
void tcp_fastopen_context_bytes(const struct tcp_fastopen_context *ctx, u8 *key);

/* listen(): the queue of its own accord (tcp_fastopen & 0x400). -ENOMEM */
int tcp_fastopen_listen(struct sock *sk, u32 backlog);
void tcp_fastopen_listen_stop(struct tcp_listen *l);
/* No more of the socket's cookies and keys. */
void tcp_fastopen_release(struct sock *sk);

/*
 * A SYN that a request was made for, which stands in no table yet.
 * @foc: in: the SYN's cookie; out: that of the SYN-ACK
 * Return: the socket, which is in its place and in the accept queue, and has the request; or NULL.
 */
struct sock *tcp_try_fastopen(struct request_sock *req, const struct sk_buff *skb,
			      struct tcp_fastopen_cookie *foc);
/* The payload of a SYN or SYN-ACK, if any, is the reader's. Consumes. */
void tcp_fastopen_add_skb(struct sock *sk, struct sk_buff *skb);

/* The ACK of the SYN-ACK came: the request is over. */
void tcp_fastopen_synack_acked(struct sock *sk, const struct tcp_options_received *opt);
/* The same when the connection ends; reset: by a RST. */
void tcp_fastopen_remove(struct sock *sk, bool reset);
/* SYN-ACK again, or the end of the connection. */
void tcp_fastopen_synack_timer(struct sock *sk);
/* The socket was accepted. */
void tcp_fastopen_accepted(struct tcp_sock *tp);

/* ---- tcp_fastopen_client.c ---- */

/* A call that connects and sends begins and ends. -EOPNOTSUPP, -EALREADY, -ENOBUFS */
int tcp_fastopen_begin(struct sock *sk, struct tcp_fastopen_request *req, struct msg *msg);
void tcp_fastopen_end(struct sock *sk);
/* connect() put the SYN off until the first write, which is this. */
int tcp_fastopen_connect_now(struct sock *sk);

/* connect() with TCP_FASTOPEN_CONNECT: it waits for the first write, or sends a SYN that asks for a
 * cookie. -errno as tcp_connect_xmit() */
int tcp_fastopen_connect(struct sock *sk);
/* Sends syn, which is queued, with data and the option where that may be. As tcp_transmit_skb(). */
int tcp_send_syn_data(struct sock *sk, struct sk_buff *syn);
void tcp_fastopen_syn_options(const struct tcp_sock *tp, struct tcp_out_options *o);
/*
 * The SYN-ACK of a SYN with the option. Return: true: data is sent again, which acknowledges it.
 */
bool tcp_rcv_fastopen_synack(struct sock *sk, const struct tcp_options_received *opt);
/* A timeout: does the path swallow such connections? expired: the connection was given up. */
void tcp_fastopen_detect_blackhole(struct sock *sk, bool expired);
/* The connection ends: was the FIN all that came of it? */
void tcp_fastopen_active_disable_ofo_check(struct sock *sk);

#endif

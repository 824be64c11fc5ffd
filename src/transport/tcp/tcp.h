/* SPDX-License-Identifier: MIT */
/*
 * TCP (rows T1 to T7, T9, S4): RFC 9293 with the names, states and numbers of Linux.
 *
 * A segment's way in:
 *	tcp_v4_rcv, tcp_v6_rcv	header, checksum, whose is it (tcp_rcv.c)
 *	 TIME-WAIT, SYN-RCVD	tcp_timewait_state_process, tcp_check_req (tcp_minisocks.c)
 *	 tcp_rcv_established	ESTABLISHED: predicted, or by RFC 9293 3.10.7.4 (tcp_input.c)
 *	 tcp_rcv_state_process	all other states, step by step (tcp_state.c)
 *	   tcp_validate_incoming  PAWS, window, RST, SYN (tcp_input.c)
 *	   tcp_ack		what was acknowledged; loss, RTT, window (tcp_ack.c)
 *	   tcp_data_queue	in order to the reader, else into the tcp_rcvq (tcp_data.c)
 * Out:
 *	tcp_sendmsg		copies the user's bytes once, with their checksum (tcp_sendmsg.c)
 *	tcp_write_xmit		what may leave: cwnd, window, Nagle, MSS (tcp_output.c)
 *	tcp_transmit_skb	a clone gets the header and goes (copy 2); the original waits in
 *				the tcp_rtxq for its acknowledgement (tcp_xmit.c)
 *
 * What is a family's own: tcp_af.h.
 *
 * Only input, output, timer and the user's calls see the whole socket (tcp_sock.h). The mechanisms
 * have structs of their own: tcp_rtt, tcp_cong (tcp_reno, tcp_cubic, tcp_bbr), tcp_rate, tcp_rtxq
 * and tcp_sack (the scoreboard), tcp_recovery (loss), tcp_rcvq (out of order), tcp_window (what we
 * advertise).
 *
 * Four objects stand for a connection, found by one lookup through sock_common:
 *	request_sock		SYN-RCVD: no buffers, one timer; made by a SYN
 *	tcp_sock		SYN-SENT to LAST-ACK
 *	tcp_rest_sock		ESTABLISHED and quiet for a second: a tcp_sock, packed (tcp_rest.h)
 *	tcp_timewait_sock	TIME-WAIT, and FIN-WAIT-2 of closed sockets
 *
 * Timers: one per object. A socket's multiplexes five deadlines (retransmission or window probe,
 * delayed ACK, pacing, keepalive or FIN-WAIT-2), and moves lazily: an ACK only writes a new
 * deadline, and the timer that fires too early arms itself again.
 *
 * Limits: SYN queue and accept queue per listener (listen's backlog, somaxconn,
 * tcp_max_syn_backlog); tcp_max_tw_buckets; tcp_max_orphans; sndbuf and rcvbuf per socket, which
 * grow by use up to tcp_wmem[2], tcp_rmem[2] while less than half of the instance's budget is used,
 * and of which in its last eighth each socket has tcp_wmem[0] and tcp_rmem[0], near its end one
 * segment, and of the last part nothing (tcp_memory_minimum()); above tcp_mem[2] what finds the
 * receive queue empty;
 * 500 ms between two ACKs for invalid segments.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_H
#define LINNET_TRANSPORT_TCP_TCP_H

#include "transport/inet_hash.h"
#include "transport/tcp/tcp_cong.h"
#include "transport/tcp/tcp_fastopen.h"

#define TCP_MSS_DEFAULT 536u		/* RFC 9293 3.7.1; of IPv6: tcp_mss_default() */
#define TCP_MIN_MSS 88u
#define TCP_TIMEWAIT_LEN_MS 60000u	/* 2 MSL */
#define TCP_DELACK_MIN_MS 40u
#define TCP_DELACK_MAX_MS 200u
#define TCP_RESOURCE_PROBE_MS 500u	/* try again what found no memory or no route */
#define TCP_MAX_QUICKACKS 16u
#define TCP_PAWS_24DAYS_S (60 * 60 * 24 * 24)
#define TCP_PAWS_WINDOW 1

/* Connections at rest, and those that may come to rest (tcp_rest.h). */
#define TCP_REST_LEVELS 7u
#define TCP_REST_CLASSES 32u		/* sizes, 16 bytes apart; what is larger stays awake */

struct tcp_rest_watch {
	struct net *net;
	struct timer timer;			/* the next look */
	struct list_head level[TCP_REST_LEVELS];	/* tcp_sock.rest_node */
	struct slab slab[TCP_REST_CLASSES];
	const struct sock_ops *ops;		/* of all that rest; NULL: none ever did */
	u32 count;				/* that rest now */
};

struct netns_tcp {
	struct inet_hashinfo hash;
	struct tcp_cong_table cong;
	struct slab request_slab, tw_slab, cold_slab, rcvq_slab, accecn_slab;
	u32 tw_count;
	struct list_head tw_list;	/* all TIME-WAITs, oldest first */
	struct tcp_rest_watch rest;
	u32 auth_users;			/* struct tcp_auth that there are; 1 for min_ttl */
	bool min_ttl;			/* some socket had a least TTL */
	struct netns_fastopen fastopen;
	struct tcp_metrics_table *metrics;	/* NULL: nothing to remember yet */
	u32 challenge_second, challenge_left;	/* RFC 5961 7: ACKs of this second */
	struct {			/* tcp_isn.c: what IPv4's last addresses have */
		be32 rcv_saddr, daddr;	/* daddr 0: none yet */
		u32 hash;
	} last_ts;
};

extern const struct proto tcp_prot;

/* Needs ipv4 and sock; registers the protocol. -ENOMEM. */
int tcp_net_init(struct net *net);
/* Sockets, requests and TIME-WAITs that are left end without a word on the wire. */
void tcp_net_exit(struct net *net);

/* What every entry of the table of connections is; for listings. */
struct tcp_listing {
	u8 state;			/* enum tcp_state; requests are SYN_RECV */
	const struct sock_common *c;	/* its addresses */
	u16 sport, dport;		/* host order */
	u32 rqueue, wqueue;		/* listener: waiting to be accepted, backlog */
	const struct sock *sk;		/* NULL for mini-sockets */
	u8 timer;			/* 0 none, 1 rto, 2 keepalive, 3 TIME-WAIT, 4 probe */
	ktime_t timer_expires;
	u32 retransmits;
};
struct tcp_sock;
/* @view: room for the picture of a connection at rest, to which out->sk points then */
void tcp_listing_get(struct sock_common *c, struct tcp_listing *out, struct tcp_sock *view);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What each side of a TCP connection may send, as somebody in the middle can know it (G. van Rooij,
 * "Real Stateful TCP Packet Filtering in IP Filter"):
 *
 *	seq	at most what the other side's last ACK and window allow		(td_maxend)
 *	end	not older than the other side's window				(td_end - td_maxwin)
 *	ack	nothing that was not sent, and nothing too long ago		(td_end - 66000)
 *
 * What lies above is invalid and changes nothing. What lies below is late: it goes by and changes
 * nothing either, for its receiver knows better.
 */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_TCP_WINDOW_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_TCP_WINDOW_H

#include "net/netfilter/nf_conntrack.h"
#include "wire/tcp_opt.h"

/* ip_ct_tcp_state.flags: Linux's bits */
enum {
	IP_CT_TCP_FLAG_WINDOW_SCALE = 0x01,	/* it offered window scaling */
	IP_CT_TCP_FLAG_SACK_PERM = 0x02,
	IP_CT_TCP_FLAG_CLOSE_INIT = 0x04,	/* it sent the first FIN */
	IP_CT_TCP_FLAG_BE_LIBERAL = 0x08,	/* its beginning was not seen */
	IP_CT_TCP_FLAG_DATA_UNACK = 0x10,	/* _DATA_UNACKNOWLEDGED */
	IP_CT_TCP_FLAG_MAXACK_SET = 0x20,	/* td_maxack holds something */
	IP_CT_TCP_FLAG_SYN_SEEN = 0x40,		/* none of Linux's: td_scale is known */
	IP_CT_EXP_CHALLENGE_ACK = 0x40,		/* last_flags: an ACK may answer the SYN */
	IP_CT_TCP_SIMULTANEOUS_OPEN = 0x80,	/* last_flags */
};

/* What kind of segment it is. */
enum tcp_bit_set { TCP_SYN_SET, TCP_SYNACK_SET, TCP_FIN_SET, TCP_ACK_SET, TCP_RST_SET,
		   TCP_NONE_SET };

/* A segment as it is judged. */
struct nf_ct_segment {
	u32 seq, end, ack, sack;	/* sack: the highest that it acknowledges in any way */
	u32 payload;
	u16 win;			/* as it stands in the header */
	u8 flags;
	enum tcp_bit_set index;
	enum ip_conntrack_dir dir;
	struct tcp_options_received opt;
};

/* False: it is none that may be, or its checksum is wrong. */
bool nf_ct_tcp_read(const struct nf_ct_packet *p, enum ip_conntrack_info info,
		    struct nf_ct_segment *s);
/* What the options of a SYN say of its sender. */
void nf_ct_tcp_options(struct ip_ct_tcp_state *side, const struct nf_ct_segment *s);

/* Where a segment stands. */
enum nf_ct_place { PLACE_WITHIN, PLACE_LATE, PLACE_INVALID };

/* Whether the segment may be what it says; within, the sides go on with it. */
enum nf_ct_place nf_ct_tcp_in_window(struct net *net, struct nf_conn *ct, struct nf_ct_segment *s);

#endif

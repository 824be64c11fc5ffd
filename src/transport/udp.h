/* SPDX-License-Identifier: MIT */
/*
 * UDP (row T8, RFC 768, RFC 1122 4.1).
 *
 *	udp_output.c	udp_sendmsg: route, an sk_buff from the user with its checksum, and off
 *	udp_run.c	the datagrams of one sendmmsg: headers once, and off together
 *	udp_input.c	udp_rcv: checks, finds the socket, queues; no socket: port unreachable (T9)
 *	udp_list.c	datagrams that came together, straight to their sockets
 *	udp_ipv6.c	what is IPv6's own of both
 *	udp_offload.c	datagrams joined (GRO) and cut (GSO)
 *	udp.c		the socket's life: ports, connect, options
 *
 * A connected socket is found by its four-tuple, another by local address and port, so a server
 * with a million connected sockets on one port pays for one lookup. A datagram to a broadcast or
 * multicast address goes to every socket of the port that matches, by clones.
 *
 * MSG_MORE and UDP_CORK hold a datagram back while it grows; its destination and options are those
 * of the first piece.
 *
 * UDP_SEGMENT, of the socket (int) or by cmsg of one message (uint16_t): what is sent in one call
 * leaves as datagrams with so many bytes each, the last one may be shorter. They are one packet
 * (SKB_GSO_UDP_L4) that is cut by the device or just before it. -EMSGSIZE: they do not fit the path
 * MTU, or all together an IP packet; -EINVAL: more than UDP_MAX_SEGMENTS.
 *
 * UDP_GRO (int): datagrams of one sender that came together and are equally long, the last one may
 * be shorter, are read as one; a cmsg UDP_GRO (int) says how long each was. They are joined in
 * udp_offload.c, only while a socket wants it or a device has rx-udp-gro-forwarding, and only for
 * such a socket or for other machines; what reaches another socket joined is cut for it
 * (udp_input.c).
 *
 * Groups: mcast_sock.h. A socket gets what is sent to a group that it is not in, too, when another
 * one is, until it sets IP_MULTICAST_ALL to 0.
 *
 * MSG_ZEROCOPY: a datagram that leaves in one piece (or as UDP_SEGMENT's) by a device that finishes
 * its checksum refers to the user's memory; another, and one that grows, is a copy, and the
 * notification says so, as in Linux.
 *
 * Not here: UDP-Lite, encapsulation.
 */
#ifndef LINNET_TRANSPORT_UDP_H
#define LINNET_TRANSPORT_UDP_H

#include "transport/datagram6.h"
#include "transport/inet_hash.h"

#define UDP_MAX_SEGMENTS 128	/* of one send (UDP_SEGMENT) */
#define UDP_GRO_CNT_MAX 64	/* datagrams joined to one */

struct udp_cork {		/* the datagram that grows */
	struct sk_buff *skb;
	struct dst_entry *dst;	/* a reference */
	bool v6;
	struct ipv6_txoptions *opt;	/* its own of ipc6, or NULL */
	union {
		struct {
			struct flowi4 fl;
			struct ipcm ipc;
		};
		struct {
			struct flowi6 fl6;
			struct ipcm6 ipc6;
		};
	};
};

struct udp_sock {
	struct sock sk;
	struct udp_cork *cork;	/* NULL: none waits */
	u32 zc_calls;		/* with MSG_ZEROCOPY, so far */
	u32 label, label_of;	/* IPv6: the flow label, and of which flow it is */
	u16 gso_size;		/* UDP_SEGMENT: payload of each datagram; 0 = off */
	bool corked;		/* UDP_CORK is set */
	bool in_ehash;		/* c.node is in ehash (connected), else in lhash */
};

static inline struct udp_sock *udp_sk(struct sock *sk)
{
	return container_of(sk, struct udp_sock, sk);
}

/* Datagrams come in trains: whose the last one was, good while the epoch is. */
struct udp_last {
	be32 saddr, daddr;
	be16 sport;
	u16 dport;		/* host order */
	int dif;
	u64 epoch;		/* netns_sock.lookup_epoch */
	struct sock *sk;	/* borrowed; NULL: nothing remembered */
};

struct netns_udp {
	struct inet_hashinfo hash;
	struct udp_last last;
	u32 gro_socks;		/* with UDP_GRO */
};

extern const struct proto udp_prot;

int udp_net_init(struct net *net);	/* after ipv4_net_init(); -ENOMEM */
void udp_net_exit(struct net *net);

/* Datagrams are joined from now on, or no more: a socket or a device changed its mind. */
void udp_gro_update(struct net *net);

/* The socket that a datagram is for, or NULL; ports as they are on the wire and in host order. */
struct sock *udp4_lib_lookup(struct net *net, be32 saddr, be16 sport, be32 daddr, u16 dport,
			     int dif);
struct sock *udp6_lib_lookup(struct net *net, const struct ip6_addr *saddr, be16 sport,
			     const struct ip6_addr *daddr, u16 dport, int dif);

int udp_rcv(struct sk_buff *skb);	/* net_protocol.handler; consumes */
u32 udp_list_rcv(struct sk_buff **skb, u32 n, const struct net_device *dev);	/* .list_rcv */
void udp_err(struct sk_buff *skb, u8 type, u8 code, u32 info);
int udpv6_rcv(struct sk_buff *skb);	/* inet6_protocol.handler; consumes */
u32 udpv6_list_rcv(struct sk_buff **skb, u32 n, const struct net_device *dev);
void udpv6_err(struct sk_buff *skb, u8 type, u8 code, u32 off, u32 info);

/* A counter of Udp or Udp6. */
#define udp_mib(net, v6, name) \
	((void)((net)->mib[unlikely(v6) ? MIB_Udp6##name : MIB_Udp##name]++))

/* For udp_ipv6.c: to sk's queue, which may refuse it, counted; consumes; and what is not sound. */
void udp_queue_rcv_skb(struct sock *sk, struct sk_buff *skb, be16 sport);
int udp_bad(struct sk_buff *skb, enum skb_drop_reason reason);

/* To every socket that matches; the last one gets the packet, those before it clones. Consumes. */
typedef bool udp_mcast_match_fn(const struct sock_common *c, const struct sk_buff *skb, be16 sport,
				int dif);
struct udp_view;
int udp_mcast_deliver(struct sk_buff *skb, const struct udp_view *v, int dif,
		      udp_mcast_match_fn *match);

ptrdiff_t udp_sendmsg(struct sock *sk, struct msg *msg, int flags);
ptrdiff_t udpv6_sendmsg(struct sock *sk, struct msg *msg, int flags);
ptrdiff_t udp_sendmsg_run(struct sock *sk, struct msg *msg, int flags, struct dgram_run *run);
int udp_push_pending_frames(struct sock *sk);	/* sends what is corked; 0 when nothing is */
void udp_flush_pending_frames(struct sock *sk);	/* forgets it */

#endif

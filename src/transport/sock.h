/* SPDX-License-Identifier: MIT */
/*
 * struct sock: a socket as its protocol sees it (the user's side is socket/struct socket).
 *
 * A sock lives from sk_alloc() until its last reference goes: the user's (dropped in close), the
 * protocol's (while in a hash, while a timer is armed it needs none: the timer is deleted first).
 * After close a TCP sock may live on as an orphan until its FIN is acknowledged; TIME-WAIT and
 * SYN-RCVD are small objects of their own (transport/tcp/tcp_minisocks.h), and so is a connection
 * that nobody uses (tcp_rest.h). They share the first member, sock_common, so that one lookup
 * finds all four.
 *
 * Upwards there is one table of functions, sk_ops: the socket layer gives it and collects wake-ups;
 * it never calls back into the protocol from there.
 *
 * Memory: rmem is the size (sk_truesize) of what waits to be read, wmem of what was sent and not
 * yet freed (UDP, raw) or is queued (TCP: wmem_queued). Both are bounded by rcvbuf and sndbuf; the
 * instance's budget bounds them all together.
 */
#ifndef LINNET_TRANSPORT_SOCK_H
#define LINNET_TRANSPORT_SOCK_H

#include <linnet/socket.h>

#include "base/skb_queue.h"

struct dgram_run;		/* datagram.h */
struct sock_read_run;		/* sock_run.h */
struct inet6_key;		/* inet6_key.h */
struct mcast_sock;		/* mcast_sock.h */
struct inet_bind_bucket;	/* inet_hash.h */
struct proto; struct sock; struct socket;
struct sock_rare;		/* sock_rare.h */
struct tcp_rest_sock;		/* tcp/tcp_rest.h */
struct zerocopy;		/* zerocopy.h */

enum tcp_state {		/* Linux's numbers; other protocols use ESTABLISHED and CLOSE */
	TCP_ESTABLISHED = 1, TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT1, TCP_FIN_WAIT2,
	TCP_TIME_WAIT, TCP_CLOSE, TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_LISTEN, TCP_CLOSING,
	TCP_NEW_SYN_RECV, TCP_MAX_STATES,
	TCP_REST,		/* of a tcp_rest_sock; to everybody it is ESTABLISHED */
};

/*
 * The first member of sock, request_sock, tcp_timewait_sock and tcp_rest_sock: what a lookup
 * compares. The kind of the addresses is apart from the family that the user asked for: a socket of
 * AF_INET6 that speaks with ::ffff:a.b.c.d has addresses of IPv4, and is one of IPv4 below
 * socket/.
 */
struct sock_common {
	struct hlist_node node;		/* in ehash or a listener table */
	union {
		struct {
			be32 daddr;		/* peer; 0 = none */
			be32 rcv_saddr;		/* bound; 0 = any */
		};
		struct inet6_key *key6;	/* when v6: both; NULL = none and any */
	};
	be16 dport;
	u16 num;			/* local port, host order */
	u32 hash;
	u8 state;			/* enum tcp_state: tells which of the four it is */
	u8 reuse : 1, reuseport : 1;
	u8 v6 : 1;			/* the addresses are of IPv6 */
	u8 v6only : 1;			/* when v6: nothing of IPv4 comes to it */
	u16 family;			/* of socket() */
	int bound_dev_if;		/* 0 = any */
	struct net *net;
};

/* Told to the user's side. All may be called at any time in net_run() and from socket calls. */
struct sock_ops {
	void (*data_ready)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*state_change)(struct sock *sk);	/* connected, closed, a connection to accept */
	void (*error_report)(struct sock *sk);	/* sk->err is set, or the error queue fills */
	/* sk becomes rest and is freed; and back. NULL: not for sockets of this user. */
	void (*rest)(struct socket *socket, struct tcp_rest_sock *rest);
	void (*wake)(struct socket *socket, struct sock *sk);
};

/* One end of shutdown(); sk->shutdown */
enum { RCV_SHUTDOWN = 1, SEND_SHUTDOWN = 2, SHUTDOWN_MASK = 3 };

enum sock_flags {
	SOCK_DEAD, SOCK_DONE, SOCK_LINGER, SOCK_KEEPOPEN, SOCK_BROADCAST, SOCK_URGINLINE,
	SOCK_BINDADDR_LOCK, SOCK_BINDPORT_LOCK, SOCK_RCVBUF_LOCK, SOCK_SNDBUF_LOCK,
	SOCK_RECVERR, SOCK_PKTINFO, SOCK_RECVTTL, SOCK_HDRINCL,
	SOCK_NOSPACE,		/* a writer found no room: say when there is some again */
	SOCK_LOCALROUTE,	/* SO_DONTROUTE: to hosts on the link only */
	SOCK_ZEROCOPY,		/* MSG_ZEROCOPY means something */
	SOCK_UDP_GRO,		/* takes datagrams that were joined */
	SOCK_INQ,		/* TCP_INQ: each read tells what is left */
	SOCK_DEFER_CONNECT,	/* TCP Fast Open: connect() waits for the first write */
	SOCK_PKTINFO6, SOCK_RECVHOPLIMIT, SOCK_RECVTCLASS,	/* as SOCK_PKTINFO, of IPv6 */
	SOCK_DONTFRAG6,		/* IPV6_DONTFRAG: what does not fit is refused */
	SOCK_RCVTSTAMP, SOCK_RCVTSTAMPNS, SOCK_TSTAMP_NEW,	/* sock_tstamp.h */
	SOCK_TIMESTAMPING_RX, SOCK_TIMESTAMPING_SW,
	SOCK_RECVTOS, SOCK_RXOPT,	/* ... and more, see rare->rxopt */
};

struct sock {
	struct sock_common c;
	/* The port it holds; with c, the beginning that TIME-WAIT shares (struct inet_bound). */
	struct hlist_node bind_node;	/* of the port's bucket */
	struct inet_bind_bucket *bind_bucket;	/* NULL: no port */

	const struct proto *prot;
	const struct sock_ops *ops;	/* never NULL: sock_ops_none for an orphan */
	struct socket *socket;		/* the user's side; NULL: orphan, unaccepted child */
	u32 refcnt, flags;		/* flags: BIT(enum sock_flags) */

	u8 type, protocol, shutdown, inet_flags;	/* BIT(enum inet_flags) */
	u8 ttl, tos, pmtudisc, min_ttl;	/* 0 = default; LN_IP_PMTUDISC_*; of what is taken */
	s16 err, err_soft;		/* positive errno, as in Linux; read by SO_ERROR */
	be32 saddr;			/* source to send from; 0 = the route's */
	u32 mark, priority, linger_s, rcvlowat;
	struct dst_entry *dst;		/* cached route, a reference */

	u32 rcvbuf, sndbuf;
	u32 rmem;			/* bytes (truesize) waiting to be read */
	u32 wmem;			/* bytes sent, not yet freed by the card; TCP: queued */
	u64 drops;			/* packets refused for the receive buffer */
	struct sk_buff_head receive_queue;
	struct sk_buff_head *error_queue;	/* IP_RECVERR; allocated when first used */
	struct mcast_sock *mcast;		/* the same */
	struct sock_txstamp *txstamp;		/* the same, see sock_tstamp.h */
	struct sock_rare *rare;			/* the same */
};

/* A message as the socket layer hands it down. */
struct msg {
	void *name;			/* send: address or NULL; recv: where to write it or NULL */
	u32 namelen;			/* send: its length; recv: out, the address's, 0 = none */
	u32 name_room;			/* recv: bytes at name; what does not fit is cut off */
	struct iov_iter iter;
	void *control;			/* cmsgs; send: checked to lie in controllen (msg.c) */
	size_t controllen;		/* recv: room, of which control_used is written */
	size_t control_used;
	int flags;			/* recv: out MSG_TRUNC ... */
	ktime_t tstamp;			/* recv: of a stream's last packet, with SOCK_TSTAMP_ANY */
	struct zerocopy *zc;	/* send: the bytes stay where they are; NULL: copied */
};

/*
 * A protocol's functions; Linux's struct proto. 0, a count, or -errno. None blocks. Those that a
 * protocol does not have are NULL: init, destroy, shutdown, setsockopt, getsockopt, ioctl,
 * keepalive, bind_addr_ok, unhash, sendmsg6, sendmsg_run, recvmsg_next; without accept and listen
 * the call is -EOPNOTSUPP.
 */
/* How ln_recv_borrow() takes packets (socket/rx_borrow.c). */
struct rx_borrow_ops {
	/* The next packet, still queued, whose bytes from *off on are unread; NULL and *why, as
	 * recvmsg would say; *why is only asked for when it is not NULL. */
	struct sk_buff *(*peek)(struct sock *sk, u32 *off, ptrdiff_t *why);
	void (*take)(struct sock *sk, struct sk_buff *skb);	/* read, off the queue, charged */
	void (*end)(struct sock *sk, u32 taken);	/* of one call: bytes; may be NULL */
	void (*returned)(struct sock *sk, u32 bytes);	/* there is room again; may be NULL */
};

struct proto {
	const char *name;		/* "TCP" */
	size_t obj_size;
	u8 type, protocol;
	int (*init)(struct sock *sk);		/* by socket(), after the sock's own defaults */
	void (*destroy)(struct sock *sk);	/* last reference: free what the protocol holds */
	/* The user closes: takes over the user's reference. The socket layer has called
	 * sock_orphan() before; the protocol finishes on its own. */
	void (*close)(struct sock *sk);
	/* SO_LINGER: begins to close; true: a close() that blocks would still wait. Or NULL. */
	bool (*linger)(struct sock *sk);
	/* addr: of the sock's family, or refused; aligned for any. */
	int (*connect)(struct sock *sk, const void *addr, u32 len);
	int (*disconnect)(struct sock *sk);
	/* The next established child, with a reference; NULL and *err (-EAGAIN, -EINVAL). */
	struct sock *(*accept)(struct sock *sk, int *err);
	int (*listen)(struct sock *sk, int backlog);
	/* In the place of the rule for TCP and UDP: own, broadcast and multicast addresses. */
	int (*bind_addr_ok)(struct sock *sk, const struct ln_sockaddr_in *addr);
	int (*get_port)(struct sock *sk, u16 port);	/* 0 = choose; -EADDRINUSE */
	void (*unhash)(struct sock *sk);
	int (*shutdown)(struct sock *sk, int how);	/* sk->shutdown is set by the caller */
	ptrdiff_t (*sendmsg)(struct sock *sk, struct msg *msg, int flags);
	ptrdiff_t (*recvmsg)(struct sock *sk, struct msg *msg, int flags);
	/* In the place of sendmsg for socks of AF_INET6, which may send by IPv4 too. */
	ptrdiff_t (*sendmsg6)(struct sock *sk, struct msg *msg, int flags);
	/* sendmmsg() and recvmmsg(): as sendmsg, with what the messages before it found; as recvmsg
	 * where no error waits, freeing together with those before it. NULL: the plain ones. */
	ptrdiff_t (*sendmsg_run)(struct sock *sk, struct msg *msg, int flags,
				 struct dgram_run *run);
	ptrdiff_t (*recvmsg_next)(struct sock *sk, struct msg *msg, int flags,
				  struct sock_read_run *run);
	const struct rx_borrow_ops *borrow;
	unsigned (*poll)(struct sock *sk);	/* LN_POLL* bits now */
	int (*setsockopt)(struct sock *sk, int level, int name, const void *val, u32 len);
	int (*getsockopt)(struct sock *sk, int level, int name, void *val, u32 *len);
	int (*ioctl)(struct sock *sk, unsigned long request, int *value);
	void (*keepalive)(struct sock *sk, bool on);	/* SO_KEEPALIVE changed */
	void (*rcvlowat)(struct sock *sk, u32 bytes);	/* SO_RCVLOWAT; NULL: just the number */
	/* SOF_TIMESTAMPING_OPT_ID: the stream's byte that is number 0; written: the next that is
	 * written, else the first that is not acknowledged. NULL: datagrams, which are counted. */
	int (*tskey)(struct sock *sk, bool written, u32 *key);
};

#define RAW_HTABLE_SIZE 16

struct netns_sock {
	struct list_head protos;	/* the memory of each protocol's socks, see sock.c */
	struct hlist_head raw[RAW_HTABLE_SIZE];	/* raw sockets by protocol, see raw.c */
	struct slab key6_slab;		/* struct inet6_key */
	u64 sockets, orphans;		/* alive, those included */
	u32 *reserved_ports;		/* 65536 bits: ip_local_reserved_ports; NULL = none */
	u64 memory;			/* bytes in all send and receive queues */
	bool memory_pressure;		/* of tcp_mem */
	u64 lookup_epoch;		/* counts what may make a lookup find another socket */
	u64 cookies;			/* the last one of SO_COOKIE */
	struct list_head flowlabels;	/* flowlabel.h */
	u32 nr_flowlabels, exclusive_labels;
};

int sock_net_init(struct net *net);
void sock_net_exit(struct net *net);

/* A sock with one reference (the user's), in TCP_CLOSE, with default buffers. NULL: no memory. */
struct sock *sk_alloc(struct net *net, const struct proto *prot);
/* Memory that is kept for the protocol's next socks goes back to the allocator. */
void sk_cache_shrink(struct net *net, const struct proto *prot);

static inline struct sock *sock_hold(struct sock *sk)
{
	sk->refcnt++;
	return sk;
}

void sk_free(struct sock *sk);		/* through prot->destroy; for sock_put() */

static inline void sock_put(struct sock *sk)
{
	ln_assert(sk->refcnt > 0);
	if (unlikely(--sk->refcnt == 0))
		sk_free(sk);
}

static inline struct net *sock_net(const struct sock *sk)
{
	return sk->c.net;
}

static inline bool sock_flag(const struct sock *sk, enum sock_flags f)
{
	return sk->flags & BIT(f);
}

static inline void sock_set_flag(struct sock *sk, enum sock_flags f)
{
	sk->flags |= BIT(f);
}

static inline void sock_reset_flag(struct sock *sk, enum sock_flags f)
{
	sk->flags &= ~BIT(f);
}

extern const struct sock_ops sock_ops_none;

/* The user let go: no more wake-ups. A second call does nothing. */
void sock_orphan(struct sock *sk);

/* Takes and clears the pending error: 0 or negative errno. */
int sock_error(struct sock *sk);

void sk_dst_reset(struct sock *sk);

/* Ends what is queued for a reader who never came. */
void sock_purge(struct sk_buff_head *q, struct net *net);

/* Datagram sockets: queues skb and wakes the reader, or drops it (SOCKET_RCVBUFF). Consumes. */
int sock_queue_rcv_skb(struct sock *sk, struct sk_buff *skb);

/*
 * An ICMP error for IP_RECVERR readers: a clone with the quoted packet, what of it the protocol
 * shows (ip_sockglue.c). skb: data at the quoted IP header, network_header at the ICMP message's
 * own. err: positive errno; port: that the packet was sent to, network order. Borrows skb; when
 * there is no memory or no room the error is lost.
 */
void sock_queue_err(struct sock *sk, const struct sk_buff *skb, int err, u8 type, u8 code, u32 info,
		    be16 port);

const char *tcp_state_name(u8 state);	/* "ESTABLISHED" as netstat prints it */

#include "transport/sock_mem.h"

#endif

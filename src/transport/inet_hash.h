/* SPDX-License-Identifier: MIT */
/*
 * Finding the socket of a packet (row S4), flat in the number of sockets.
 *
 *	ehash	by four-tuple: established, SYN-RCVD and TIME-WAIT alike (sock_common)
 *	lhash	listeners, by port
 *	bhash	bound ports: who may bind what (reuse), and the choice of ephemeral ports
 *
 * A conversation's packets follow each other: who was found last is asked first. It is the answer
 * that the table would give, for every change of ehash and of an entry's device ends it.
 *
 * Keyed hashes (siphash) against peers that choose their tuples; tables grow with their load, by
 * steps, within the budget. A lookup borrows.
 */
#ifndef LINNET_TRANSPORT_INET_HASH_H
#define LINNET_TRANSPORT_INET_HASH_H

#include "base/shard.h"
#include "base/inet_table.h"
#include "transport/inet6_key.h"

/*
 * A port in use. The two marks spare a walk over the owners: > 0, a socket with the same option may
 * join unseen; 0, ask each owner; -1, made by connect(), so that other connections may share it.
 */
struct inet_bind_bucket {
	struct hlist_node node;
	u16 port;
	s8 fastreuse;			/* all owners have SO_REUSEADDR and none listened */
	s8 fastreuseport;		/* all owners have SO_REUSEPORT */
	struct hlist_head owners;	/* inet_bound.bind_node */
};

/* How sock and a TIME-WAIT object begin: what may own a port. c.state tells which it is. */
struct inet_bound {
	struct sock_common c;
	struct hlist_node bind_node;
	struct inet_bind_bucket *bind_bucket;
};

_Static_assert(offsetof(struct sock, bind_node) == offsetof(struct inet_bound, bind_node) &&
	       offsetof(struct sock, bind_bucket) == offsetof(struct inet_bound, bind_bucket),
	       "a sock begins as an inet_bound");

struct inet_hashinfo {
	struct net *net;
	struct inet_table ehash;	/* sock_common.node, by four-tuple */
	struct sock_common *last;	/* in it: whose the last packet was, which */
	int last_dif;			/* came in by this device */
	struct inet_table lhash;	/* sock_common.node, by local address and port */
	struct inet_table bhash;	/* inet_bind_bucket.node, by port */
	struct slab bucket_slab;
	u32 port_hint;			/* RFC 6056: moves on with each choice */
	enum shard_proto proto;		/* whose ports the machine's shards share */
};

int inet_hashinfo_init(struct inet_hashinfo *h, struct net *net);
void inet_hashinfo_exit(struct inet_hashinfo *h);

/* Established, SYN-RCVD or TIME-WAIT with exactly this tuple; ports: sport of the peer (network
 * order), local port in host order. dif: the device it came in by. NULL: none. */
struct sock_common *inet_lookup_established(struct inet_hashinfo *h, be32 saddr, be16 sport,
					    be32 daddr, u16 hnum, int dif);
/* The best listener (bound address and device score), spread by flow among SO_REUSEPORT ones. */
struct sock *inet_lookup_listener(struct inet_hashinfo *h, be32 saddr, be16 sport, be32 daddr,
				  u16 hnum, int dif);

/* ehash is another one now, or the device that one of its entries is bound to. */
static inline void inet_ehash_changed(struct inet_hashinfo *h)
{
	h->last = NULL;
}

/* The same of IPv6. A listener at :: that is not v6only is found by IPv4's lookup too. */
struct sock_common *inet6_lookup_established(struct inet_hashinfo *h, const struct ip6_addr *saddr,
					     be16 sport, const struct ip6_addr *daddr, u16 hnum,
					     int dif);
struct sock *inet6_lookup_listener(struct inet_hashinfo *h, const struct ip6_addr *saddr,
				   be16 sport, const struct ip6_addr *daddr, u16 hnum, int dif);

/* Into ehash by its addresses and ports; sets c->hash. False: the tuple is taken, or no memory. */
bool inet_ehash_insert(struct inet_hashinfo *h, struct sock_common *c);
/*
 * The same with the question of a TIME-WAIT that holds the tuple: reuse_tw (may be NULL; c is then
 * a sock) returns true when it removed it. 0, -EADDRNOTAVAIL, -ENOMEM.
 */
int inet_ehash_establish(struct inet_hashinfo *h, struct sock_common *c,
			 bool (*reuse_tw)(struct sock *sk, struct sock_common *tw));
/* The same where several may have one tuple (UDP with SO_REUSEADDR): the newest is found. */
bool inet_ehash_add(struct inet_hashinfo *h, struct sock_common *c);
/* old's place is taken over by new_, of the same tuple (request -> sock, sock -> TIME-WAIT); it
 * needs no memory and cannot fail. */
void inet_ehash_replace(struct inet_hashinfo *h, struct sock_common *old, struct sock_common *new_);
void inet_ehash_remove(struct inet_hashinfo *h, struct sock_common *c);	/* harmless when out */
/* Into lhash by local address and port. False: no memory. */
bool inet_listen_hash(struct inet_hashinfo *h, struct sock *sk) __must_check;
void inet_listen_unhash(struct inet_hashinfo *h, struct sock *sk);	/* harmless when out */

/*
 * Linux's rules of bind conflict (SO_REUSEADDR, SO_REUSEPORT, addresses, devices). port 0: choose
 * from ip_local_port_range. -EADDRINUSE, -ENOMEM. Sets c.num and joins the bucket.
 * listen() calls it again with the port that sk has, its state TCP_LISTEN already: who may share a
 * port for connections may not always share it for listening.
 */
int inet_csk_get_port(struct inet_hashinfo *h, struct sock *sk, u16 port);
/* The same by UDP's rules; a chosen port starts at a random one, and hashes home as above where
 * sk->c.daddr and dport tell who will be sent to. */
int inet_udp_get_port(struct inet_hashinfo *h, struct sock *sk, u16 port);
/* Ping: port is the ICMP identifier, which belongs to all addresses alike; not 0. */
int inet_ping_get_port(struct inet_hashinfo *h, struct sock *sk, u16 port);
/* Leaves the bucket, c.num = 0; harmless without a port. */
void inet_put_port(struct inet_hashinfo *h, struct sock *sk);

/* The bucket of a port, or NULL: all its sockets are in owners. */
struct inet_bind_bucket *inet_bind_bucket_lookup(const struct inet_hashinfo *h, u16 port);

/* A child of a listener shares its port. -ENOMEM. */
int inet_inherit_port(struct inet_hashinfo *h, const struct sock *parent, struct sock *child);

/*
 * TIME-WAIT takes over the port of the sock that it stands for, so that bind() finds it in use (the
 * well known EADDRINUSE after a restart without SO_REUSEADDR). Needs no memory. tw->c is filled in.
 */
void inet_twsk_take_port(struct inet_hashinfo *h, struct inet_bound *tw, struct sock *sk);
void inet_twsk_put_port(struct inet_hashinfo *h, struct inet_bound *tw);
/* to takes over the place and the port of from, in both tables; c is copied but for its state. */
void inet_bound_replace(struct inet_hashinfo *h, struct inet_bound *from, struct inet_bound *to);

/*
 * Chooses an ephemeral port such that the tuple is free (RFC 6056 algorithm 3, offset by a keyed
 * hash of the destination) and, on a card that several shards share, the peer's packets come to
 * this one; binds it and enters sk into ehash. A sock that has a port keeps it.
 * `reuse_tw` (may be NULL) is asked when a TIME-WAIT holds the tuple: true = it was removed.
 * -EADDRNOTAVAIL, -ENOMEM.
 */
int inet_hash_connect(struct inet_hashinfo *h, struct sock *sk,
		      bool (*reuse_tw)(struct sock *sk, struct sock_common *tw));

/*
 * Calls fn for every entry of ehash and lhash, in a stable order (by local port, then address),
 * until it returns non-zero, which is returned. fn must not close sockets. -ENOMEM.
 */
int inet_for_each(struct inet_hashinfo *h, int (*fn)(struct sock_common *c, void *ctx), void *ctx);

#endif

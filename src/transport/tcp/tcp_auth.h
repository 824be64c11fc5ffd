/* SPDX-License-Identifier: MIT */
/*
 * Segments that are signed: by the MD5 option (RFC 2385, tcp_md5.c) or TCP-AO (RFC 5925, tcp_ao.c).
 * The keys of a listener or connection stand in a struct tcp_auth, which is made when the first is
 * set; a request uses its listener's, a child and a TIME-WAIT have a copy of the one that is for
 * their peer. A socket of AF_INET6 has keys for peers of both families, in one list: addresses of
 * IPv4 are mapped here, and their prefixes are 96 longer.
 *
 * Nobody pays for it who does not use it: a segment is looked at here when it has more options than
 * timestamps, or while anybody in the instance has keys (netns_tcp.auth_users); on the way out one
 * pointer is looked at. A connection with keys sends each segment for itself, and never rests.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_AUTH_H
#define LINNET_TRANSPORT_TCP_TCP_AUTH_H

#include "transport/inet6_key.h"
#include "transport/sock.h"
#include "wire/tcp.h"
#include "wire/tcp_opt.h"

#define TCP_MD5SIG_MAXKEYLEN 80
#define TCP_MD5_KEYS_MAX 1024u		/* of one socket */

struct request_sock;
struct tcp_path;
struct tcp_sock;
struct tcp_timewait_sock;

struct tcp_md5_key {
	struct tcp_md5_key *next;
	struct ip6_addr addr;
	u8 prefixlen;		/* of the peers that it is for */
	u8 keylen;
	u8 key[TCP_MD5SIG_MAXKEYLEN];
};

struct tcp_auth {
	struct tcp_md5_key *md5;
	struct tcp_ao_info *ao;		/* tcp_ao.h; NULL: no such key was set */
	u32 md5_keys;
};

/* From whom to whom a segment goes. */
struct tcp_auth_path {
	struct ip6_addr saddr, daddr;
};

#define TCP_AUTH_ADDRESSES_MAX 32
#define TCP_AUTH_PSEUDO_MAX 40

struct tcp_auth_path tcp_auth_path_of_sk(const struct sock *sk);
struct tcp_auth_path tcp_auth_path_of(const struct tcp_path *p);
struct tcp_auth_path tcp_auth_path_of_skb(const struct sk_buff *skb);	/* a received one */
/* As they stand in a packet, one after the other. Return: 8 or 32. */
u32 tcp_auth_addresses(const struct tcp_auth_path *p, u8 out[TCP_AUTH_ADDRESSES_MAX]);
/* What a checksum and a signature of len bytes cover before them (RFC 9293 3.1, 8200 8.1). Return:
 * 12 or 40. */
u32 tcp_auth_pseudo_header(const struct tcp_auth_path *p, u32 len, u8 out[TCP_AUTH_PSEUDO_MAX]);

/* Is a key of that prefix for this peer? One of IPv6, ::/0 too, is for none of IPv4. */
static inline bool tcp_auth_is_for(const struct ip6_addr *addr, u8 prefixlen,
				   const struct ip6_addr *peer)
{
	return ipv6_addr_v4mapped(addr) == ipv6_addr_v4mapped(peer) &&
	       ipv6_prefix_equal(addr, peer, prefixlen);
}

/* ---- options ---- */

/* The sockaddr of an option, of the socket's family. -EINVAL */
int tcp_auth_read_addr(const struct sock *sk, const u8 *sockaddr, struct ip6_addr *addr, u16 *port);
/* What a user calls the prefix of this address: as it stands in a key. -EINVAL: too long. */
int tcp_auth_read_prefix(const struct ip6_addr *addr, unsigned prefix);

/* ---- tcp_auth.c ---- */

struct tcp_auth *tcp_auth_get(struct sock *sk);		/* made on first use; NULL: no memory */
void tcp_auth_free(struct net *net, struct tcp_auth **auth);
/* A key was set or went: what each segment has room for. */
void tcp_auth_changed(struct sock *sk);

/* The child's key, or the TIME-WAIT's: those of `from` that are for c's peer. False: no memory. */
bool tcp_auth_inherit(struct net *net, const struct tcp_auth *from, const struct sock_common *c,
		      struct tcp_auth **to);

/*
 * May a segment pass that was sent to c (any of the four objects, or a listener)? Data at the TCP
 * header. Return: 0: yes; else why not, counted.
 */
enum skb_drop_reason tcp_inbound_hash(struct sock_common *c, const struct sk_buff *skb);

/* The option that a segment of c has to have; TCP-AO's, of a connection's current key. */
void tcp_auth_options(const struct tcp_auth *auth, const struct sock_common *c,
		      struct tcp_out_options *o);
static inline bool tcp_auth_is_md5(const struct tcp_out_options *o)
{
	return unlikely(o->options & OPTION_AUTH) && o->auth_kind == TCPOPT_MD5SIG;
}

/* Bytes that it takes of each segment, and how many of them are MD5's: as in Linux these are not of
 * tcp_header_len and the MSS, but taken off when a segment is made. */
u32 tcp_auth_room(const struct tcp_auth *auth, const struct sock_common *c);
u32 tcp_md5_room(const struct tcp_auth *auth, const struct sock_common *c);

static inline u16 tcp_auth_header_len(const struct tcp_auth *auth, const struct sock_common *c)
{
	return unlikely(auth) ? (u16)(tcp_auth_room(auth, c) - tcp_md5_room(auth, c)) : 0;
}
/* How many SACK blocks go beside it. */
unsigned tcp_auth_max_sacks(const struct tcp_sock *tp);

/* Writes the signature into the option; data at the TCP header, its checksum still 0. */
void tcp_auth_sign_sk(struct sock *sk, struct sk_buff *skb);

/* ---- tcp_md5.c ---- */

const struct tcp_md5_key *tcp_md5_lookup(const struct tcp_auth *auth, const struct ip6_addr *peer);
void tcp_md5_option(struct tcp_out_options *o);
/* TCP_MD5SIG, TCP_MD5SIG_EXT. -EINVAL, -ENOENT, -ENOMEM */
int tcp_md5_parse(struct sock *sk, int name, const void *val, u32 len);
int tcp_md5_add(struct net *net, struct tcp_auth *auth, const struct tcp_md5_key *key);
void tcp_md5_free(struct net *net, struct tcp_auth *auth);
/* RFC 2385 2.0: of addresses, header without options, and data. */
void tcp_md5_hash(const struct tcp_md5_key *key, const struct tcp_auth_path *path,
		  const struct sk_buff *skb, u8 digest[16]);

#endif

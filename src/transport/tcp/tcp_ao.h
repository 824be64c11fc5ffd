/* SPDX-License-Identifier: MIT */
/*
 * TCP-AO (RFC 5925, 5926), as Linux: master keys by peer and by the two ids that segments carry,
 * traffic keys of a connection's addresses, ports and initial numbers, 64-bit sequence numbers.
 *
 * The key that signs is `current`; the one that the peer is asked to use is `rnext`. A segment that
 * is valid and asks for another key of ours makes that the current one. How often each sequence
 * number went round is told from where snd_una and rcv_nxt were at the last segment, either way:
 * neither moves by 2^31 without one.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_AO_H
#define LINNET_TRANSPORT_TCP_TCP_AO_H

#include "transport/tcp/tcp_auth.h"

#define TCP_AO_MAXKEYLEN 80
#define TCP_AO_KEYS_MAX 1024u
#define TCP_AO_MAC_MAX 32
#define TCP_AO_ANY (-1)		/* a key id */

enum tcp_ao_alg { TCP_AO_HMAC_SHA1, TCP_AO_HMAC_SHA256, TCP_AO_CMAC_AES };

struct tcp_ao_key {
	struct tcp_ao_key *next;
	struct ip6_addr addr;
	u8 prefixlen;
	u8 sndid, rcvid;
	u8 alg;			/* enum tcp_ao_alg */
	u8 maclen;
	u8 keyflags;		/* LN_TCP_AO_KEYF_* */
	u8 keylen;
	u8 key[TCP_AO_MAXKEYLEN];
	u64 pkt_good, pkt_bad;
};

struct tcp_ao_info {
	struct tcp_ao_key *keys, *current, *rnext;
	u32 n;
	u32 lisn, risn;		/* initial numbers, ours and the peer's */
	u32 snd_sne, snd_ref;	/* how often snd_una went round, and where it was */
	u32 rcv_sne, rcv_ref;	/* the same of rcv_nxt */
	bool required, accept_icmps;
	u64 pkt_good, pkt_bad, pkt_key_not_found, pkt_ao_required, pkt_dropped_icmp;
};

/* What a segment's signature depends on beside its bytes; by its own direction. */
struct tcp_ao_context {
	const struct tcp_ao_key *key;
	struct tcp_auth_path path;
	u32 sisn, disn, sne;
};

/* The key for a peer with these ids, or TCP_AO_ANY. */
struct tcp_ao_key *tcp_ao_lookup(const struct tcp_auth *auth, const struct ip6_addr *peer,
				 int sndid, int rcvid);

/* RFC 5926 3.1. Return: its length. */
u32 tcp_ao_traffic_key(const struct tcp_ao_context *c, be16 sport, be16 dport,
		       u8 out[TCP_AO_MAC_MAX]);
/* RFC 5925 5.1: of the segment, data at its header; ao: its option. */
void tcp_ao_mac(const struct tcp_ao_context *c, const struct sk_buff *skb, const u8 *ao,
		u8 out[TCP_AO_MAC_MAX]);

/* The same with the place for the result: the option is our own, and the first. */
void tcp_ao_sign(const struct tcp_ao_context *c, struct sk_buff *skb);
/* A connection's segment. */
void tcp_ao_sign_sk(struct sock *sk, struct sk_buff *skb);
void tcp_ao_option(const struct tcp_ao_key *key, u8 rnext, struct tcp_out_options *o);

/* The upper half of seq, when ref has `sne` (RFC 5925 6.2). */
static inline u32 tcp_ao_compute_sne(u32 sne, u32 ref, u32 seq)
{
	if ((s32)(seq - ref) < 0)
		return seq > ref ? sne - 1 : sne;
	return seq < ref ? sne + 1 : sne;
}

/* connect(): the keys that begin. */
void tcp_ao_connect_init(struct sock *sk);
/* Those of `from` that are for peer. False: no memory. */
bool tcp_ao_inherit(struct net *net, const struct tcp_ao_info *from, const struct ip6_addr *peer,
		    struct tcp_auth *to);
/* Those that begin of a child, by the ids of its SYN. False: they went meanwhile. */
bool tcp_ao_child_init(const struct tcp_auth *auth, const struct request_sock *req);
void tcp_ao_free(struct net *net, struct tcp_auth *auth);

/* As tcp_inbound_hash(), of a segment with the option ao, or that wants one (NULL). */
enum skb_drop_reason tcp_ao_inbound(struct sock_common *c, struct tcp_auth *auth,
				    const struct tcp_auth_path *path,
				    const struct sk_buff *skb, const u8 *ao);

/* RFC 5925 7.8: forged, it may be: not of hard errors, unless that was asked for. */
bool tcp_ao_ignore_icmp(struct sock *sk, u8 type, u8 code);

/* TCP_AO_ADD_KEY, _DEL_KEY, _INFO; _INFO, _GET_KEYS. (tcp_ao_opt.c) */
int tcp_ao_setsockopt(struct sock *sk, int name, const void *val, u32 len);
int tcp_ao_getsockopt(struct sock *sk, int name, void *val, u32 *len);

#endif

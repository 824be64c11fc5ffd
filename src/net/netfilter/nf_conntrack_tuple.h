/* SPDX-License-Identifier: MIT */
/* The name of one direction of a connection: addresses, protocol, ports. */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_TUPLE_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_TUPLE_H

#include "base/list.h"
#include "base/siphash.h"

enum ip_conntrack_dir { IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY, IP_CT_DIR_MAX };

union nf_inet_addr {
	be32 all[4];
	be32 ip;		/* IPv4: the other three words are 0 */
	u8 ip6[16];
};

struct nf_conntrack_tuple {	/* 40 bytes without a gap: compared as bytes */
	union nf_inet_addr src, dst;
	be16 sport;		/* ICMP: the id of an echo */
	be16 dport;		/* ICMP: type and code, in this order */
	u8 l3num;		/* NFPROTO_* */
	u8 protonum;
	u16 zone;
};

_Static_assert(sizeof(struct nf_conntrack_tuple) == 40, "no gaps");

struct nf_conntrack_tuple_hash {
	struct hlist_node node;
	u32 hash;
	u32 dir;		/* enum ip_conntrack_dir */
	struct nf_conntrack_tuple tuple;
};

static inline bool nf_ct_tuple_equal(const struct nf_conntrack_tuple *a,
				     const struct nf_conntrack_tuple *b)
{
	u64 x[5], y[5];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4]));
}

/* A table index: keyed, because peers choose tuples. */
static inline u32 nf_ct_tuple_hash(const struct nf_conntrack_tuple *t,
				   const struct siphash_key *key)
{
	u64 w[5], h;

	memcpy(w, t, sizeof(w));
	h = hash_mum(w[0] ^ key->k[0], w[2] ^ key->k[1] ^ 0x9e3779b97f4a7c15ull);
	if (w[1] | w[3])	/* IPv6 */
		h ^= hash_mum(w[1] ^ key->k[1], w[3] ^ h ^ 0xd6e8feb86659fd93ull);
	return (u32)hash_mum(h ^ key->k[1], w[4] ^ 0xe7037ed1a0b428dbull);
}

#endif

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

/* Two halves of a word, as they stand in memory. */
static __always_inline u64 nf_ct_word(u32 first, u32 second)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return first | (u64)second << 32;
#else
	return (u64)first << 32 | second;
#endif
}

/* The fifth of a tuple's words, without a zone: ports as they stand at th, family, protocol. */
static __always_inline u64 nf_ct_last_word(const void *th, u8 l3num, u8 protonum)
{
	u32 ports;

	memcpy(&ports, th, sizeof(ports));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return nf_ct_word(ports, l3num | (u32)protonum << 8);
#else
	return nf_ct_word(ports, (u32)l3num << 24 | (u32)protonum << 16);
#endif
}

/* Of the tuple's five words. */
static __always_inline u32 nf_ct_words_hash(u64 w0, u64 w1, u64 w2, u64 w3, u64 w4,
					    const struct siphash_key *key)
{
	u64 h = hash_mum(w0 ^ key->k[0], w2 ^ key->k[1] ^ 0x9e3779b97f4a7c15ull);

	if (w1 | w3)	/* IPv6 */
		h ^= hash_mum(w1 ^ key->k[1], w3 ^ h ^ 0xd6e8feb86659fd93ull);
	return (u32)hash_mum(h ^ key->k[1], w4 ^ 0xe7037ed1a0b428dbull);
}

/* A table index: keyed, because peers choose tuples. */
static inline u32 nf_ct_tuple_hash(const struct nf_conntrack_tuple *t,
				   const struct siphash_key *key)
{
	u64 w[5];

	memcpy(w, t, sizeof(w));
	return nf_ct_words_hash(w[0], w[1], w[2], w[3], w[4], key);
}

#endif

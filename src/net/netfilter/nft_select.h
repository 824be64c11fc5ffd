/* SPDX-License-Identifier: MIT */
/* What rules may ask of a packet, and the types of the answers. */
#ifndef LINNET_NET_NETFILTER_NFT_SELECT_H
#define LINNET_NET_NETFILTER_NFT_SELECT_H

#include "device/nf_straight.h"
#include "net/netfilter/nf_conntrack.h"

#define NFT_KEY_MAX 64		/* bytes of a key */
#define NFT_FIELDS_MAX 5	/* concatenated */
#define NFT_VALUE_MAX 16	/* bytes of one value: an IPv6 address, an interface's name */

/* Types of values: how they are written is ctl/nft_types.h's. */
enum nft_type {
	NFT_TYPE_INTEGER, NFT_TYPE_IPV4, NFT_TYPE_IPV6, NFT_TYPE_ETHER, NFT_TYPE_PROTO,
	NFT_TYPE_SERVICE, NFT_TYPE_MARK, NFT_TYPE_IFNAME, NFT_TYPE_IFINDEX, NFT_TYPE_ETHERTYPE,
	NFT_TYPE_CT_STATE, NFT_TYPE_CT_DIR, NFT_TYPE_CT_STATUS, NFT_TYPE_ICMP_TYPE,
	NFT_TYPE_ICMP_CODE, NFT_TYPE_ICMPV6_TYPE, NFT_TYPE_ICMPV6_CODE,
	NFT_TYPE_TCP_FLAG, NFT_TYPE_PKTTYPE,
	NFT_TYPE_NFPROTO, NFT_TYPE_ADDRTYPE, NFT_TYPE_DSCP, NFT_TYPE_ECN, NFT_TYPE_TIME,
	NFT_TYPE_IFTYPE, NFT_TYPE_VERDICT, NFT_TYPE_BOOLEAN, NFT_TYPE_CLASSID, NFT_TYPE_UID,
	NFT_TYPE_GID, NFT_TYPE_DEVGROUP, NFT_TYPE_MH_TYPE, NFT_TYPE_IGMP_TYPE, NFT_TYPE_HEX8,
	NFT_TYPE_ARP_OP, NFT_TYPE_RAW, NFT_TYPE_CT_LABEL, NFT_TYPE_STRING,
	NFT_TYPES,
};

/* ct state: Linux's bits */
enum { NFT_CT_INVALID = 1, NFT_CT_ESTABLISHED = 2, NFT_CT_RELATED = 4, NFT_CT_NEW = 8,
       NFT_CT_UNTRACKED = 64 };

enum nft_base { NFT_BASE_LL, NFT_BASE_NH, NFT_BASE_TH, NFT_BASE_META, NFT_BASE_CT, NFT_BASE_FIB,
		NFT_BASE_NUMGEN, NFT_BASE_HASH, NFT_BASE_TCPOPT, NFT_BASE_RT,
		NFT_BASE_EXTHDR, NFT_BASE_IPOPT,
		NFT_BASE_RAW };		/* nft_raw.h */

enum nft_meta { NFT_META_LENGTH, NFT_META_PROTOCOL, NFT_META_NFPROTO, NFT_META_L4PROTO,
		NFT_META_PRIORITY, NFT_META_MARK, NFT_META_IIF, NFT_META_OIF, NFT_META_IIFNAME,
		NFT_META_OIFNAME, NFT_META_IIFTYPE, NFT_META_OIFTYPE, NFT_META_PKTTYPE,
		NFT_META_RANDOM, NFT_META_SKUID, NFT_META_SKGID, NFT_META_CPU, NFT_META_IIFGROUP,
		NFT_META_OIFGROUP, NFT_META_SDIF, NFT_META_SDIFNAME, NFT_META_SECPATH };

enum nft_ct { NFT_CT_STATE, NFT_CT_DIRECTION, NFT_CT_STATUS, NFT_CT_MARK, NFT_CT_EXPIRATION,
	      NFT_CT_L3PROTO, NFT_CT_PROTOCOL, NFT_CT_ZONE, NFT_CT_ORIG_ZONE, NFT_CT_REPL_ZONE,
	      NFT_CT_LABEL, NFT_CT_HELPER, NFT_CT_ORIG_SADDR, NFT_CT_ORIG_DADDR,
	      NFT_CT_ORIG_PSRC, NFT_CT_ORIG_PDST, NFT_CT_REPL_SADDR, NFT_CT_REPL_DADDR,
	      NFT_CT_REPL_PSRC, NFT_CT_REPL_PDST,
	      /* by direction, and both together */
	      NFT_CT_ORIG_PACKETS, NFT_CT_REPL_PACKETS, NFT_CT_PACKETS, NFT_CT_ORIG_BYTES,
	      NFT_CT_REPL_BYTES, NFT_CT_BYTES, NFT_CT_ORIG_AVGPKT, NFT_CT_REPL_AVGPKT,
	      NFT_CT_AVGPKT };

enum { NFT_FIB_ADDRTYPE, NFT_FIB_DEVICE, NFT_FIB_OIFNAME, NFT_FIB_PRESENT };
/* nft_field.fib: which address, and what else the lookup goes by */
enum { NFT_FIB_SADDR = 1, NFT_FIB_DADDR = 2, NFT_FIB_MARK = 4, NFT_FIB_IIF = 8, NFT_FIB_OIF = 16 };

#define NFT_ICMP_ECHO 255	/* nft_selector.hdr of a field of ICMP: of echoes alone */

#define NFT_EXISTS 0xffffu	/* nft_selector.at: not what it says, but whether it is there */
#define NFT_NEXTHDR_MOBILITY 135	/* RFC 6275 6.1 */
#define NFT_L3_ARP 1		/* nft_pkt.l3, nft_selector.l3: neither 4 nor 6 */
#define NFT_L4_ANY 0
#define NFT_L4_PORTS 255	/* th: whatever the protocol, as in Linux */

struct nft_selector {
	char text[32];			/* "ip saddr" */
	u8 type;			/* enum nft_type */
	u8 len;			/* bytes in a key */
	u8 base;			/* enum nft_base */
	u8 l3;				/* 0 any, 4, 6: else the packet has it not */
	u8 l4;				/* NFT_L4_*, or the protocol's number */
	u16 at;				/* payload: bits from the header's start; else which one */
	u16 bits;			/* payload */
	bool host;			/* the value is a number of this machine, not of the wire */
	/* NFT_BASE_EXTHDR: which header; _TCPOPT, _IPOPT: kind; of ICMP: the type that has it */
	u8 hdr;
};

extern const struct nft_selector nft_selectors[];
extern const u32 nft_selectors_n;

struct nft_field {
	const struct nft_selector *sel;
	u32 mod, offset;		/* numgen, jhash: modulus and what is added */
	u8 inc;				/* numgen inc, not random */
	u8 fib;				/* NFT_FIB_* */
	u8 hashed[NFT_FIELDS_MAX], hashed_n;	/* jhash: of nft_selectors */
	bool seeded;
	u32 seed;
	u32 *counter;			/* of numgen inc: the statement's */
	u16 raw_at, raw_bits;		/* NFT_BASE_RAW: whole bytes */
	u8 raw_shift;			/* while it is read: bits to its right */
};

struct nft_key {
	u8 n, len;			/* fields; bytes, of several each rounded up to 4 */
	bool masked;			/* one field: (it & mask) ^ xor */
	struct nft_field field[NFT_FIELDS_MAX];
	u8 mask[NFT_VALUE_MAX], xor[NFT_VALUE_MAX];
};

struct nft_pkt {			/* a packet at a hook */
	struct net *net;
	struct sk_buff *skb;
	const struct nf_hook_state *state;
	u8 l3, l4;			/* 4 or 6; protocol, when has_l4 */
	bool has_l4;
	bool first;			/* not a later fragment: thoff is a transport header */
	u32 what;			/* the four in a word: nft_what() */
	u32 thoff;
	struct nf_straight *straight;	/* it is no packet yet, and only looked at; else NULL */
};

/* What a packet is, to be compared at once with what an instruction asks for (nft_prog.h). */
static __always_inline u32 nft_what(u8 l3, u8 l4, bool has_l4, bool first)
{
	return l3 | (u32)l4 << 8 | (u32)has_l4 << 16 | (u32)first << 24;
}

void nft_pkt_init(struct nft_pkt *p, struct sk_buff *skb, const struct nf_hook_state *state);
/* Writes key->len bytes; false: the packet has no such thing. */
bool nft_key_load(const struct nft_pkt *p, const struct nft_key *key, u8 *to);
/* bits at bit `at` of the packet's byte `from` (from skb->data), as len bytes; false: cut short */
bool nft_load_bits(const struct sk_buff *skb, s64 from, u32 at, u32 bits, u8 *to, u32 len);
/* Where its link's header begins, from skb->data; false: it has none. */
bool nft_link_header(const struct nft_pkt *p, s64 *from);
/* Whether it is in the packet and beside it, and to read it changes nothing. */
bool nft_key_is_plain(const struct nft_key *key);
u32 nft_ct_state(const struct sk_buff *skb);	/* NFT_CT_INVALID .. */
/* Bytes of field i in a key, and where they begin. */
u32 nft_field_len(const struct nft_key *key, u32 i);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A packet as a script writes it. Numbers are those of the script; conn.h makes them the wire's.
 */
#ifndef LINNET_DRILL_PACKET_H
#define LINNET_DRILL_PACKET_H

#include "base/fmt.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

enum packet_has {
	HAS_ACK = 1, HAS_WIN = 2, HAS_URG = 4,
	ANY_OPTIONS = 8,	/* <...> */
	HAS_ECN = 16, HAS_TOS = 32, HAS_TTL = 64, ANY_ECT = 128,	/* ect01 */
	SAME_PORT = 256,	/* a SYN: no new connection, the last one's ports */
	HAS_PORTS = 512, HAS_FLOW = 1024, HAS_ID = 2048,
	HAS_DF = 4096, NEW_IP_ID = 8192,	/* not that of the packet before */
};

enum tcp_opt_kind {
	OPT_EOL = 0, OPT_NOP = 1, OPT_MSS = 2, OPT_WSCALE = 3, OPT_SACKOK = 4, OPT_SACK = 5,
	OPT_TS = 8, OPT_MD5 = 19, OPT_AO = 29, OPT_FO = 34, OPT_ACCECN0 = 172, OPT_ACCECN1 = 174,
	OPT_EXP = 254,
};

#define FOEXP_MAGIC 0xf989u	/* RFC 6994: the experiment of Fast Open */

struct tcp_opt {
	u8 kind;
	u8 n;			/* SACK: blocks; ACCECN: counters; FO, MD5, AO, others: bytes */
	u8 any;			/* bit i: the i-th number is `*`; OPT_ANY_MAC */
	bool raw;		/* bytes are all of it */
	u32 v[8];		/* mss, shift, val ecr, start end start end ..., KeyID RNextKeyID */
	u8 bytes[40];
	const struct sign_key *key;	/* MD5, AO: what signs, instead of bytes; sign.h */
};

#define OPT_ANY_MAC 4

static inline bool opt_any_mac(const struct tcp_opt *o)
{
	return (o->kind == OPT_MD5 || o->kind == OPT_AO) && o->any & OPT_ANY_MAC;
}

#define PACKET_OPTS_MAX 40

struct packet {
	bool inbound;
	u8 protocol;		/* IP_PROTO_TCP, _UDP, _ICMP, _ICMPV6 */
	u16 has;		/* enum packet_has */
	u8 tos, ecn, ttl;
	bool df;		/* don't fragment, of IPv4; also sent in */
	u16 ip_id;		/* of IPv4 */
	u32 flow;		/* the flow label of IPv6 */
	u16 sport, dport;	/* as the script names them */
	u8 flags, res;
	u32 seq, len, ack;
	u16 win, urg;
	u8 n_opts;
	struct tcp_opt *opts;	/* of the script's arena, or of who reads */
	const struct icmp_name *icmp;	/* as the script names it */
	u8 icmp_type, icmp_code;	/* on the wire */
	u16 icmp_mtu, icmp_id;
	u8 quoted;		/* ICMP: protocol of the packet at fault, 0 = none was written */
	u32 quoted_seq, quoted_len;
};

static inline bool packet_is_icmp(const struct packet *p)
{
	return p->protocol == IP_PROTO_ICMP || p->protocol == IP_PROTO_ICMPV6;
}

/* As data behind a packet: room for its options. */
struct packet_full {
	struct packet p;
	struct tcp_opt opts[PACKET_OPTS_MAX];
};

/* Addresses of a packet on the wire; those of IPv4 stand as ::ffff:a.b.c.d. */
struct packet_path {
	struct ip6_addr saddr, daddr;
	u16 sport, dport;
};

static inline bool path_is_v6(const struct packet_path *path)
{
	return !ipv6_addr_v4mapped(&path->saddr);
}

/* Of an address of IPv4. */
static inline be32 mapped_v4(const struct ip6_addr *a)
{
	be32 v4;

	memcpy(&v4, a->s6_addr + 12, sizeof(v4));
	return v4;
}

/* Bytes of IP packet; payload comes from pattern bytes of the stream. Return: the length, or 0:
 * larger than cap. */
size_t packet_build(const struct packet *p, const struct packet_path *path, u8 *buf, size_t cap);
/*
 * The next segment of a TCP packet that is longer than mtu: *done bytes of its payload were in the
 * ones before. FIN and PSH are the last one's. Return: its length, 0: that was all, or mtu is too
 * small.
 */
size_t packet_cut(const u8 *ip, size_t len, u16 mtu, size_t *done, u8 *out);
/* False: malformed: why. */
bool packet_read(struct packet_full *out, struct packet_path *path, const u8 *ip, size_t len,
		 const char **why);

/* In the language's notation, without time and direction. */
void packet_print(const struct packet *p, struct strbuf *sb);

/* Does got have all that want says? why: the first difference. */
bool packet_match(const struct packet *want, const struct packet *got, struct strbuf *why);

/* icmp unreachable frag_needed. Those of a type stand together; the last one's type is NULL. */
struct icmp_name {
	const char *type, *code;	/* code "": the type stands alone */
	struct { u8 type, code; } v4, v6;
};
#define ICMP_NONE 255			/* type: the family has no such message */
extern const struct icmp_name icmp_names[];

/* An ICMP message gets the numbers of its family. False: it has none. */
bool packet_set_family(struct packet *p, bool v6);

/* packet_icmp.c, for packet.c */
size_t build_icmp(const struct packet *p, const struct packet_path *path, u8 *at);
const char *read_icmp(struct packet *p, struct packet_path *path, const u8 *at, size_t len);
const char *read_icmp6(struct packet *p, struct packet_path *path, const u8 *at, size_t len);
/* Of TCP, UDP and ICMPv6: 0 over a packet whose checksum is right. */
be16 l4_check(const struct packet_path *path, u8 protocol, const void *at, size_t len);

#endif

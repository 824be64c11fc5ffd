/* SPDX-License-Identifier: MIT */
/*
 * A packet as a script writes it. Numbers are those of the script; conn.h makes them the wire's.
 */
#ifndef LINNET_DRILL_PACKET_H
#define LINNET_DRILL_PACKET_H

#include "base/fmt.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

enum packet_has {
	HAS_ACK = 1, HAS_WIN = 2, HAS_URG = 4,
	ANY_OPTIONS = 8,	/* <...> */
	HAS_ECN = 16, HAS_TOS = 32, HAS_TTL = 64, ANY_ECT = 128,	/* ect01 */
};

enum tcp_opt_kind {
	OPT_EOL = 0, OPT_NOP = 1, OPT_MSS = 2, OPT_WSCALE = 3, OPT_SACKOK = 4, OPT_SACK = 5,
	OPT_TS = 8, OPT_MD5 = 19, OPT_FO = 34, OPT_ACCECN0 = 172, OPT_ACCECN1 = 174, OPT_EXP = 254,
};

#define FOEXP_MAGIC 0xf989u	/* RFC 6994: the experiment of Fast Open */

struct tcp_opt {
	u8 kind;
	u8 n;			/* SACK: blocks; ACCECN: counters; FO, MD5, others: bytes */
	u8 any;			/* bit i: the i-th number is `*` */
	u32 v[8];		/* mss, shift, val ecr, start end start end ... */
	u8 bytes[40];
};

#define PACKET_OPTS_MAX 40

struct packet {
	bool inbound;
	u8 protocol;		/* IP_PROTO_TCP, _UDP, _ICMP */
	u16 has;		/* enum packet_has */
	u8 tos, ecn, ttl;
	u8 flags, res;
	u32 seq, len, ack;
	u16 win, urg;
	u8 n_opts;
	struct tcp_opt *opts;	/* of the script's arena, or of who reads */
	u8 icmp_type, icmp_code;
	u16 icmp_mtu;
	u8 quoted;		/* ICMP: protocol of the packet at fault, 0 = none was written */
	u32 quoted_seq, quoted_len;
};

/* As data behind a packet: room for its options. */
struct packet_full {
	struct packet p;
	struct tcp_opt opts[PACKET_OPTS_MAX];
};

/* Addresses of a packet on the wire. */
struct packet_path {
	be32 saddr, daddr;
	u16 sport, dport;
};

/* Bytes of IP packet; payload comes from pattern bytes of the stream. Return: the length, or 0:
 * larger than cap. */
size_t packet_build(const struct packet *p, const struct packet_path *path, u8 *buf, size_t cap);
/*
 * The next segment of a TCP packet that is longer than mtu: *done bytes of its payload were in the
 * ones before. FIN and PSH are the last one's. Return: its length, 0: that was all, or mtu is too
 * small.
 */
size_t packet_cut(const u8 *ip, size_t len, u16 mtu, size_t *done, u8 *out);
/* False: what is not IPv4, or malformed: why. */
bool packet_read(struct packet_full *out, struct packet_path *path, const u8 *ip, size_t len,
		 const char **why);

/* In the language's notation, without time and direction. */
void packet_print(const struct packet *p, struct strbuf *sb);

/* Does got have all that want says? why: the first difference. */
bool packet_match(const struct packet *want, const struct packet *got, struct strbuf *why);

/* icmp unreachable frag_needed: NULL when there is no such name. */
struct icmp_name {
	const char *type, *code;	/* code "": the type stands alone */
	u8 t, c;
};
extern const struct icmp_name icmp_names[];

#endif

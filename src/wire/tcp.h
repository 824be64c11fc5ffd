/* SPDX-License-Identifier: MIT */
/* The TCP header (RFC 9293 3.1). Its options are in wire/tcp_opt.h. */
#ifndef LINNET_WIRE_TCP_H
#define LINNET_WIRE_TCP_H

#include "base/csum.h"
#include "wire/wire.h"

#define TCP_HLEN 20		/* without options */
#define TCP_HLEN_MAX 60
#define TCP_OPTLEN_MAX 40

/* The flags byte. */
#define TCPHDR_FIN 0x01
#define TCPHDR_SYN 0x02
#define TCPHDR_RST 0x04
#define TCPHDR_PSH 0x08
#define TCPHDR_ACK 0x10
#define TCPHDR_URG 0x20
#define TCPHDR_ECE 0x40
#define TCPHDR_CWR 0x80

struct tcphdr {
	be16 source;
	be16 dest;
	be32 seq;
	be32 ack_seq;
	u8 doff_res;		/* tcph_hlen() */
	u8 flags;		/* TCPHDR_* */
	be16 window;
	be16 check;
	be16 urg_ptr;
} __wire;

struct tcp_view {
	u16 sport, dport;
	u32 seq, ack_seq;
	u16 window;		/* as on the wire, unscaled */
	u16 urg_ptr;
	u8 flags;		/* TCPHDR_* */
	u8 res;			/* the four reserved bits; ignored on receipt (RFC 9293 3.1) */
	u8 hlen;		/* bytes, 20 .. 60, a multiple of 4 */
	const u8 *opts;		/* hlen - 20 bytes in the segment parsed; NULL when none */
};

/* Header length in bytes as the header says it; checked only after a parse. */
static inline unsigned tcph_hlen(const struct tcphdr *th)
{
	return (th->doff_res >> 4) * 4u;
}

static inline void tcph_set_hlen(struct tcphdr *th, unsigned hlen)
{
	th->doff_res = (u8)(hlen / 4 << 4);
}

/*
 * A header with check and urgent pointer 0, in words of four bytes (csum_header). hlen in bytes;
 * ports in network order, the rest in host order.
 */
static inline void tcph_write(struct tcphdr *th, be16 source, be16 dest, u32 seq, u32 ack_seq,
			      u32 hlen, u8 flags, u16 window)
{
	u8 *p = (u8 *)th;

	put_be32(p, (u32)be16_to_cpu(source) << 16 | be16_to_cpu(dest));
	put_be32(p + 4, seq);
	put_be32(p + 8, ack_seq);
	put_be32(p + 12, hlen / 4 << 28 | (u32)flags << 16 | window);
	put_be32(p + 16, 0);
}

static inline bool tcph_has(const struct tcphdr *th, u8 flags)
{
	return (th->flags & flags) == flags;
}

/* SYN and FIN take one sequence number each (RFC 9293 3.4); payload in bytes. */
static inline u32 tcp_seg_len(u8 flags, u32 payload)
{
	return payload + !!(flags & TCPHDR_SYN) + !!(flags & TCPHDR_FIN);
}

/*
 * @len: bytes at p that belong to the segment. Errors: WIRE_SHORT, WIRE_DOFF.
 * The checksum, which needs the addresses, is tcp_v4_csum_ok()'s.
 */
enum wire_err tcp_parse(const void *p, size_t len, struct tcp_view *out) __must_check;

/*
 * Writes v->hlen bytes at p with check 0, returns v->hlen. opts is copied; with opts
 * NULL only the first 20 bytes are written, and tcp_options_write() does the rest.
 */
size_t tcp_build(void *p, const struct tcp_view *v);

/* The check field for a segment of len bytes whose sum, check as 0, is `sum`. */
static inline be16 tcp_v4_check(u32 len, be32 saddr, be32 daddr, wsum sum)
{
	return csum_tcpudp_magic(saddr, daddr, len, 6, sum);
}

/* True when the segment of len bytes at p carries the right checksum. */
bool tcp_v4_csum_ok(const void *p, size_t len, be32 saddr, be32 daddr);

#endif

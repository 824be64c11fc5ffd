/* SPDX-License-Identifier: MIT */
/*
 * TCP options: MSS (RFC 9293 3.2), window scale and timestamps (RFC 7323), SACK
 * (RFC 2018, 2883), signatures (RFC 2385, 5925), Fast Open's cookie (RFC 7413 2, and its
 * experiment's form, RFC 6994), accurate ECN (RFC 9768 3.2.3).
 *
 * Reading is forgiving as Linux is: an option with an impossible length ends the walk
 * and what was read before stands; unknown kinds and wrong lengths of known ones are
 * skipped; of a repeated option the last wins. Whether an option was negotiated is
 * for the connection to judge.
 *
 * Writing lays options out as Linux does, every 32-bit value aligned:
 *   both: NOP NOP MD5 or AO |
 *   SYN:  MSS | SACK_PERM TS | NOP WSCALE | FASTOPEN	(NOP NOP before a lone one)
 *   data: NOP NOP TS | NOP NOP SACK
 * Accurate ECN stands behind TS; what it has over a multiple of 4 takes the place of NOPs behind.
 */
#ifndef LINNET_WIRE_TCP_OPT_H
#define LINNET_WIRE_TCP_OPT_H

#include "wire/tcp.h"

enum tcp_opt_kind {
	TCPOPT_EOL = 0,
	TCPOPT_NOP = 1,
	TCPOPT_MSS = 2,
	TCPOPT_WINDOW = 3,
	TCPOPT_SACK_PERM = 4,
	TCPOPT_SACK = 5,
	TCPOPT_TIMESTAMP = 8,
	TCPOPT_MD5SIG = 19,
	TCPOPT_AO = 29,
	TCPOPT_FASTOPEN = 34,
	TCPOPT_ACCECN0 = 172,	/* bytes with ECT(0), CE, ECT(1) */
	TCPOPT_ACCECN1 = 174,	/* with ECT(1), CE, ECT(0) */
	TCPOPT_EXP = 254,	/* experiments, told apart by two bytes */
};

#define TCPOLEN_MSS 4
#define TCPOLEN_WINDOW 3
#define TCPOLEN_SACK_PERM 2
#define TCPOLEN_TIMESTAMP 10
#define TCPOLEN_SACK_BASE 2
#define TCPOLEN_SACK_PERBLOCK 8
#define TCPOLEN_ACCECN_BASE 2
#define TCPOLEN_ACCECN_PERFIELD 3
#define TCPOLEN_TSTAMP_ALIGNED 12
#define TCPOLEN_SACK_BASE_ALIGNED 4
#define TCPOLEN_MD5SIG 18
#define TCPOLEN_AO_BASE 4
#define TCPOLEN_FASTOPEN_BASE 2
#define TCPOLEN_EXP_FASTOPEN_BASE 4
#define TCPOPT_FASTOPEN_MAGIC 0xf989u
#define TCP_FASTOPEN_COOKIE_MIN 4
#define TCP_FASTOPEN_COOKIE_MAX 16
#define TCP_MAX_WSCALE 14	/* RFC 7323 2.3 */
#define TCP_MAX_SACKS 4		/* that fit into 40 bytes */

/* Bytes [start, end) in sequence space, host order. */
struct tcp_sack_block {
	u32 start;
	u32 end;
};

struct tcp_fastopen_cookie {
	s8 len;			/* -1: no option; 0: one is asked for */
	bool exp;		/* in the experiment's form */
	u8 val[TCP_FASTOPEN_COOKIE_MAX];
};

/* What one segment carried. */
struct tcp_options_received {
	u32 ts_val, ts_ecr;	/* when saw_tstamp */
	u16 mss;		/* when mss_ok; > 0 */
	u8 wscale;		/* when wscale_ok; 0 .. 14, a larger shift is read as 14 */
	u8 num_sacks;
	bool mss_ok;		/* mss_ok, wscale_ok, sack_ok, ts_ok: this was a SYN that */
	bool wscale_ok;		/* carried the option */
	bool sack_ok;
	bool ts_ok;
	bool saw_tstamp;	/* a timestamp was there, in whatever segment */
	bool fo_exp;
	u8 fo_len;
	const u8 *fo;		/* a SYN's Fast Open cookie, in the option area; NULL: no option */
	const u8 *accecn;	/* the option as it stands in the segment; NULL = none */
	struct tcp_sack_block sacks[TCP_MAX_SACKS];	/* in the order of the option */
};

/*
 * Reads all options; *rx is filled whole.
 * @opts, @len: the option area, at most 40 bytes (tcp_view's opts and hlen - 20)
 * @syn: the segment has SYN; MSS, window scale and SACK-permitted count only then
 */
void tcp_parse_options(const u8 *opts, size_t len, bool syn, struct tcp_options_received *rx);

/*
 * The two common cases of a segment without SYN: no options, or just NOP NOP TS.
 * Sets saw_tstamp, ts_val, ts_ecr, num_sacks = 0 and accecn = NULL, and nothing else.
 *
 * Return: false when there is anything else, with *rx untouched: tcp_parse_options().
 */
bool tcp_fast_parse_options(const u8 *opts, size_t len, struct tcp_options_received *rx);

/* Which fields of tcp_out_options are to be sent. */
#define OPTION_MSS BIT(0)
#define OPTION_TS BIT(1)
#define OPTION_SACK_ADVERTISE BIT(2)
#define OPTION_WSCALE BIT(3)
#define OPTION_FAST_OPEN_COOKIE BIT(4)
#define OPTION_AUTH BIT(5)	/* goes first; the signature is left 0 */
#define OPTION_ACCECN BIT(6)
/* What few segments have: looked at once. */
#define OPTION_RARE (OPTION_FAST_OPEN_COOKIE | OPTION_AUTH | OPTION_ACCECN)

struct tcp_out_options {
	u32 options;		/* OPTION_* */
	u32 tsval, tsecr;
	u16 mss;
	u8 ws;
	u8 num_sack_blocks;	/* 0 .. tcp_options_max_sacks() */
	u8 auth_kind, auth_len;	/* TCPOPT_MD5SIG or _AO, and the option's own length */
	u8 ao_keyid, ao_rnext_keyid;
	u8 num_accecn_fields;	/* with OPTION_ACCECN: 0 .. 3 of accecn */
	u32 accecn[3];		/* bytes with ECT(1), CE, ECT(0); the low 24 bits */
	const struct tcp_sack_block *sacks;
	const struct tcp_fastopen_cookie *fastopen;
};

/* Blocks that fit beside what `options` asks for: 4, with timestamps 3. */
static inline unsigned tcp_options_max_sacks(u32 options)
{
	return options & OPTION_TS ? 3 : 4;
}

/* The options that sign a segment, in its option area. */
struct tcp_auth_received {
	const u8 *md5;		/* the digest, 16 bytes; NULL: no option */
	const u8 *ao;		/* the option from its kind on; NULL: none */
};

/* Return: false: one of a wrong length, or two of them. */
bool tcp_parse_auth_options(const u8 *opts, size_t len, struct tcp_auth_received *rx);

/* The cookie that *rx was sent with; what rx->fo points to must still be there. */
void tcp_fastopen_option(const struct tcp_options_received *rx, struct tcp_fastopen_cookie *foc);

/* Puts the cookie into *o, if there is room for it. */
bool tcp_options_add_fastopen(struct tcp_out_options *o, const struct tcp_fastopen_cookie *foc);

/* Bytes that tcp_options_write() will write: a multiple of 4, at most 40. */
size_t tcp_options_size(const struct tcp_out_options *o);

/* Writes at p, behind the 20-byte header, and returns the bytes written. */
size_t tcp_options_write(u8 *p, const struct tcp_out_options *o);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * One packet line of a script (the notation of packetdrill) as data: read from text and from a
 * segment's bytes, written as both, and compared. Nothing here knows time or connections.
 */
#ifndef LINNET_TESTS_HARNESS_TCP_LINE_H
#define LINNET_TESTS_HARNESS_TCP_LINE_H

#include "wire/tcp_opt.h"

enum {				/* what a line says */
	LINE_ACK = 1, LINE_WIN = 2, LINE_URG = 4, LINE_OPTIONS = 8,
};

#define LINE_OPTS_TEXT 192

struct tcp_line {
	char dir;		/* '<' '>' 'q' (quiet) 'i' (icmp) */
	s64 at, until;		/* ns */
	bool relative, has_until;
	bool badsum;		/* sent with a wrong checksum */
	u16 sport, dport;
	u8 flags;
	u32 seq, end, len, ack;
	u32 win, urg;
	u32 has;		/* LINE_* */
	u8 icmp_code;
	u32 icmp_mtu;
	char text[LINE_OPTS_TEXT];	/* the options as written; in a `>` line with * in places */
	u8 raw[TCP_OPTLEN_MAX];		/* ... and as bytes, in order */
	u8 raw_len;
	struct tcp_options_received opt;
};

/* False: not a line; why says what was expected. */
bool tcp_line_parse(const char *text, struct tcp_line *l, char *why, size_t cap);
/* From a segment; options in order. False: malformed. */
bool tcp_line_read(struct tcp_line *l, const u8 *seg, u32 len);
/* Header with options; check 0. Return: its length. opt has the mapped timestamps and SACKs. */
u32 tcp_line_write(struct tcp_line *l, u8 *seg);
void tcp_line_print(const struct tcp_line *l, char *out, size_t cap);
/* Does got have all that want says? why: the first difference. */
bool tcp_line_match(const struct tcp_line *want, const struct tcp_line *got, char *why, size_t cap);

#endif

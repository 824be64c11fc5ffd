/* SPDX-License-Identifier: MIT */
/*
 * Text without stdio: a bounded string being written, a formatter with the part of
 * printf that tables need, and readers for the numbers that people type.
 *
 * A strbuf never writes past cap and is NUL-terminated whenever cap > 0. len counts
 * what would have been written with room enough, like snprintf, so len >= cap says
 * that text was cut; what is there stays the true beginning.
 */
#ifndef LINNET_BASE_FMT_H
#define LINNET_BASE_FMT_H

#include <stdarg.h>

#include "base/ktime.h"
#include "base/types.h"

struct strbuf {
	char *buf;
	size_t cap;	/* bytes at buf, the NUL's among them; 0 = only count */
	size_t len;	/* bytes written or that would have been, without the NUL */
};

/* The text starts empty; buf may be NULL when cap is 0. The caller keeps buf. */
void sb_init(struct strbuf *sb, char *buf, size_t cap);

void sb_putc(struct strbuf *sb, char c);
void sb_puts(struct strbuf *sb, const char *s);
void sb_putn(struct strbuf *sb, const char *s, size_t n);	/* n bytes, NUL or not */

/*
 * Conversions: %d %i %u %x %X %o %c %s %p %%, lengths l ll z, flags - 0 + space #,
 * width and precision as digits or '*'. Meaning as in C17 7.21.6.1; %p prints like
 * %#lx; a NULL string prints "(null)". Anything else is a programmer's error.
 */
void sb_printf(struct strbuf *sb, const char *fmt, ...) __printf(2, 3);
void sb_vprintf(struct strbuf *sb, const char *fmt, va_list ap) __printf(2, 0);

/* Takes the last byte back. */
static inline void sb_chop(struct strbuf *sb)
{
	if (sb->len && sb->len-- <= sb->cap)
		sb->buf[sb->len] = '\0';
}

static inline bool sb_truncated(const struct strbuf *sb)
{
	return sb->len >= sb->cap;
}

/*
 * The readers take the whole string: leading or trailing blanks, signs, an empty
 * string, an unknown unit and overflow are refused with false, and *out is untouched.
 * Units are read in any case.
 */

/* Of either case, or -1. */
static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decimal or 0x hexadecimal, 0 .. max. */
bool parse_u64(const char *s, u64 max, u64 *out) __must_check;

/*
 * "10us", "2s", "1.5ms": ns, us, ms, s, m (or min), h, also tc's long spellings
 * (usec, msec, sec, secs); only "0" goes without a unit. Digits below 1 ns are cut.
 */
bool parse_duration_ns(const char *s, ktime_t *out) __must_check;

/*
 * "100mbit", "1gbit", "64kbit", "2.5gbit" in bits per second; bare numbers too. As in
 * tc, steps of 1000 (kibit and its kin: 1024), and kbps, mbps, ... are bytes per second.
 */
bool parse_rate_bps(const char *s, u64 *out) __must_check;

/* "64k", "1m", "1500": bytes; k m g t (with b or not) in steps of 1024, as in tc. */
bool parse_bytes(const char *s, u64 *out) __must_check;

#endif

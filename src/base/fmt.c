/* SPDX-License-Identifier: MIT */
/* The strbuf and its formatter; the readers of numbers are in fmt_parse.c. */
#include "base/fmt.h"

#include "base/assert.h"

/* One conversion specification (C17 7.21.6.1). */
struct spec {
	bool left, plus, space, alt, zero;
	bool is_signed, upper;
	unsigned base;
	size_t width;
	bool has_prec;
	size_t prec;
	enum { LEN_INT, LEN_LONG, LEN_LLONG, LEN_SIZE } length;
};

#define DIGITS_MAX 22		/* 2^64 in octal */

void sb_init(struct strbuf *sb, char *buf, size_t cap)
{
	sb->buf = buf;
	sb->cap = cap;
	sb->len = 0;
	if (cap)
		buf[0] = '\0';
}

void sb_putn(struct strbuf *sb, const char *s, size_t n)
{
	if (sb->len + 1 < sb->cap) {
		size_t fits = min(n, sb->cap - 1 - sb->len);

		memcpy(sb->buf + sb->len, s, fits);
		sb->buf[sb->len + fits] = '\0';
	}
	sb->len += n;
}

void sb_putc(struct strbuf *sb, char c)
{
	sb_putn(sb, &c, 1);
}

void sb_puts(struct strbuf *sb, const char *s)
{
	sb_putn(sb, s, strlen(s));
}

/* In pieces, and not at all where the text is cut anyway: n comes from a width. */
static void sb_pad(struct strbuf *sb, char c, size_t n)
{
	char piece[32];

	memset(piece, c, sizeof(piece));
	while (n && sb->len < sb->cap) {
		size_t some = min(n, sizeof(piece));

		sb_putn(sb, piece, some);
		n -= some;
	}
	sb->len += n;
}

static void put_text(struct strbuf *sb, const struct spec *sp, const char *s, size_t n)
{
	size_t pad = sp->width > n ? sp->width - n : 0;

	if (!sp->left)
		sb_pad(sb, ' ', pad);
	sb_putn(sb, s, n);
	if (sp->left)
		sb_pad(sb, ' ', pad);
}

static void put_string(struct strbuf *sb, const struct spec *sp, const char *s)
{
	const char *end;
	size_t n;

	if (!s)
		s = "(null)";
	/* With a precision the string need not have a NUL. */
	end = sp->has_prec ? memchr(s, '\0', sp->prec) : s + strlen(s);
	n = end ? (size_t)(end - s) : sp->prec;
	put_text(sb, sp, s, n);
}

/* Writes the digits before `end`; none for 0. Returns the first one. */
static char *write_digits(char *end, u64 v, const struct spec *sp)
{
	const char *digits = sp->upper ? "0123456789ABCDEF" : "0123456789abcdef";

	if (sp->base == 10) {
		for (; v; v /= 10)
			*--end = digits[v % 10];
	} else {
		unsigned shift = sp->base == 16 ? 4 : 3;

		for (; v; v >>= shift)
			*--end = digits[v & (sp->base - 1)];
	}
	return end;
}

static const char *number_prefix(const struct spec *sp, bool negative, u64 v)
{
	if (negative)
		return "-";
	if (sp->is_signed && sp->plus)
		return "+";
	if (sp->is_signed && sp->space)
		return " ";
	if (sp->alt && sp->base == 16 && v)
		return sp->upper ? "0X" : "0x";
	return "";
}

static void put_number(struct strbuf *sb, const struct spec *sp, u64 v, bool negative)
{
	char buf[DIGITS_MAX];
	char *end = buf + sizeof(buf);
	char *first = write_digits(end, v, sp);
	const char *prefix = number_prefix(sp, negative, v);
	size_t prefix_len = strlen(prefix);
	size_t n = (size_t)(end - first);
	size_t least = sp->has_prec ? sp->prec : 1;
	size_t zeros = least > n ? least - n : 0;
	size_t total, pad;

	if (sp->alt && sp->base == 8 && !zeros)
		zeros = 1;
	total = prefix_len + zeros + n;
	pad = sp->width > total ? sp->width - total : 0;
	if (sp->zero && !sp->left && !sp->has_prec) {
		zeros += pad;
		pad = 0;
	}
	if (!sp->left)
		sb_pad(sb, ' ', pad);
	sb_putn(sb, prefix, prefix_len);
	sb_pad(sb, '0', zeros);
	sb_putn(sb, first, n);
	if (sp->left)
		sb_pad(sb, ' ', pad);
}

static const char *read_flags(const char *f, struct spec *sp)
{
	for (;; f++) {
		switch (*f) {
		case '-':
			sp->left = true;
			break;
		case '+':
			sp->plus = true;
			break;
		case ' ':
			sp->space = true;
			break;
		case '#':
			sp->alt = true;
			break;
		case '0':
			sp->zero = true;
			break;
		default:
			return f;
		}
	}
}

static const char *read_count(const char *f, size_t *out)
{
	for (*out = 0; *f >= '0' && *f <= '9'; f++)
		*out = *out * 10 + (size_t)(*f - '0');
	return f;
}

static const char *read_length(const char *f, struct spec *sp)
{
	if (*f == 'z') {
		sp->length = LEN_SIZE;
		return f + 1;
	}
	if (*f != 'l')
		return f;
	sp->length = f[1] == 'l' ? LEN_LLONG : LEN_LONG;
	return f + (f[1] == 'l' ? 2 : 1);
}

/* A va_list inside a struct can be handed on by address, whatever its type is. */
struct args {
	va_list ap;
};

static void put_integer(struct strbuf *sb, const struct spec *sp, struct args *args)
{
	bool negative = false;
	s64 s = 0;
	u64 u = 0;

	switch (sp->length) {
	case LEN_INT:
		s = va_arg(args->ap, int);
		u = (unsigned)s;
		break;
	case LEN_LONG:
		s = va_arg(args->ap, long);
		u = (unsigned long)s;
		break;
	case LEN_LLONG:
		s = va_arg(args->ap, long long);
		u = (u64)s;
		break;
	case LEN_SIZE:
		u = va_arg(args->ap, size_t);
		s = (s64)u;
		break;
	}
	if (sp->is_signed) {
		negative = s < 0;
		u = negative ? 0 - (u64)s : (u64)s;
	}
	put_number(sb, sp, u, negative);
}

static const char *read_star_or_count(const char *f, struct args *args, int *star, size_t *count)
{
	*star = 0;
	if (*f != '*')
		return read_count(f, count);
	*star = va_arg(args->ap, int);
	*count = *star < 0 ? (size_t)-(s64)*star : (size_t)*star;
	return f + 1;
}

static const char *read_spec(const char *f, struct spec *sp, struct args *args)
{
	int star;

	f = read_flags(f, sp);
	f = read_star_or_count(f, args, &star, &sp->width);
	if (star < 0)
		sp->left = true;
	if (*f == '.') {
		f = read_star_or_count(f + 1, args, &star, &sp->prec);
		sp->has_prec = star >= 0;	/* a negative one counts as none */
	}
	return read_length(f, sp);
}

static void put_conversion(struct strbuf *sb, char conv, struct spec *sp, struct args *args)
{
	char c;

	sp->base = conv == 'o' ? 8 : conv == 'x' || conv == 'X' || conv == 'p' ? 16 : 10;
	switch (conv) {
	case 'd':
	case 'i':
		sp->is_signed = true;
		put_integer(sb, sp, args);
		return;
	case 'X':
		sp->upper = true;
		fallthrough;
	case 'u':
	case 'x':
	case 'o':
		put_integer(sb, sp, args);
		return;
	case 'p':
		sp->alt = true;
		put_number(sb, sp, (uintptr_t)va_arg(args->ap, void *), false);
		return;
	case 'c':
		c = (char)va_arg(args->ap, int);
		put_text(sb, sp, &c, 1);
		return;
	case 's':
		put_string(sb, sp, va_arg(args->ap, const char *));
		return;
	case '%':
		sb_putc(sb, '%');
		return;
	}
	assert_failed("a conversion of fmt.h's list", __FILE__, __LINE__);
}

void sb_vprintf(struct strbuf *sb, const char *fmt, va_list ap)
{
	struct args args;

	va_copy(args.ap, ap);
	while (*fmt) {
		const char *f = fmt;
		struct spec sp = { 0 };

		while (*f && *f != '%')
			f++;
		sb_putn(sb, fmt, (size_t)(f - fmt));
		if (!*f)
			break;
		f = read_spec(f + 1, &sp, &args);
		put_conversion(sb, *f, &sp, &args);
		fmt = f + 1;
	}
	va_end(args.ap);
}

void sb_printf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sb_vprintf(sb, fmt, ap);
	va_end(ap);
}

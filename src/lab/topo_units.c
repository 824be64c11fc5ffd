/* SPDX-License-Identifier: MIT */
/* Decimal numbers kept as mantissa and power of ten; units are tables. */
#include "lab/topo_units.h"

#include <strings.h>

#include "base/fmt.h"
#include "lab/el_prob.h"

typedef unsigned __int128 u128;

#define MANTISSA_DIGITS 18	/* further digits would not fit a u64 with room to spare */
#define EXPONENT_MAX 99

/* mantissa * 10^exponent */
struct decimal {
	u64 mantissa;
	int exponent;
};

struct unit {
	const char *name;
	u64 factor;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits with one point in them. False: none, or too many. */
static bool scan_mantissa(const char **s, struct decimal *d)
{
	unsigned digits = 0, significant = 0;
	bool point = false;

	for (; is_digit(**s) || (**s == '.' && !point); ++*s) {
		if (**s == '.') {
			point = true;
			continue;
		}
		digits++;
		if (significant || **s != '0')
			significant++;
		if (significant > MANTISSA_DIGITS)
			return false;
		d->mantissa = d->mantissa * 10 + (u64)(**s - '0');
		d->exponent -= point;
	}
	return digits && (*s)[-1] != '.';
}

/* "e-9", if it is there. "1e" without digits is no exponent: the unit's reader will refuse it. */
static bool scan_exponent(const char **s, struct decimal *d)
{
	const char *p = *s;
	bool negative;
	int e = 0;

	if (*p != 'e' && *p != 'E')
		return true;
	negative = *++p == '-';
	p += *p == '-' || *p == '+';
	if (!is_digit(*p))
		return true;
	for (; is_digit(*p); p++) {
		e = e * 10 + (*p - '0');
		if (e > EXPONENT_MAX)
			return false;
	}
	d->exponent += negative ? -e : e;
	*s = p;
	return true;
}

static int scan_decimal(const char **s, struct decimal *d)
{
	*d = (struct decimal){ 0 };
	if (!is_digit(**s))
		return -EINVAL;
	return scan_mantissa(s, d) && scan_exponent(s, d) ? 0 : -EINVAL;
}

/* mantissa * factor * 10^exponent, rounded down. */
static int scale(struct decimal d, u128 factor, u64 limit, u64 *out)
{
	u128 v = (u128)d.mantissa * factor;

	if (!v) {
		*out = 0;
		return 0;
	}
	for (; d.exponent < 0; d.exponent++)
		v /= 10;
	for (; d.exponent > 0 && v <= limit; d.exponent--)
		v *= 10;
	if (v > limit)
		return -ERANGE;
	*out = (u64)v;
	return 0;
}

static int parse_with_unit(const char *s, const struct unit *units, size_t count, u64 limit,
			   u64 *out)
{
	struct decimal d;
	int err = scan_decimal(&s, &d);

	if (err)
		return err;
	if (!*s && !d.mantissa) { /* nothing needs no unit */
		*out = 0;
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		if (!strcasecmp(s, units[i].name))
			return scale(d, units[i].factor, limit, out);
	return -EINVAL;
}

int unit_parse_u64(const char *s, u64 *out)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	u64 v = 0, base = hex ? 16 : 10;

	s += hex ? 2 : 0;
	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		int d = hex_digit(*s);
		u64 digit = (u64)d;

		if (d < 0 || digit >= base)
			return -EINVAL;
		if (v > (UINT64_MAX - digit) / base)
			return -ERANGE;
		v = v * base + digit;
	}
	*out = v;
	return 0;
}

int unit_parse_duration(const char *s, s64 *ns)
{
	static const struct unit units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
		{ "m", 60000000000 }, { "h", 3600000000000 },
	};
	u64 v;
	int err = parse_with_unit(s, units, ARRAY_SIZE(units), INT64_MAX, &v);

	if (!err)
		*ns = (s64)v;
	return err;
}

int unit_parse_rate(const char *s, u64 *bps)
{
	static const struct unit units[] = {
		{ "bit", 1 }, { "kbit", 1000 }, { "mbit", 1000000 }, { "gbit", 1000000000 },
		{ "tbit", 1000000000000 },
	};

	return parse_with_unit(s, units, ARRAY_SIZE(units), UINT64_MAX / 2, bps);
}

int unit_parse_size(const char *s, u64 *bytes)
{
	static const struct unit units[] = {
		{ "", 1 }, { "b", 1 }, { "k", 1024 }, { "kb", 1024 }, { "m", 1048576 },
		{ "mb", 1048576 },
	};

	return parse_with_unit(s, units, ARRAY_SIZE(units), UINT64_MAX / 2, bytes);
}

/* The decimal as a probability. */
static int to_prob(struct decimal d, u64 *prob)
{
	u128 one = (u128)1 << 64;
	u64 whole, rest;
	int err;

	/* 1 is the one value that 64 bits of fraction cannot hold */
	err = scale(d, 1, 1, &whole);
	if (err)
		return err;
	if (whole) {
		err = scale((struct decimal){ d.mantissa, d.exponent + MANTISSA_DIGITS }, 1,
			    1000000000000000000ull, &rest);
		*prob = PROB_ALWAYS;
		return err;
	}
	return scale(d, one, UINT64_MAX, prob);
}

int unit_parse_percent(const char *s, u64 *prob)
{
	struct decimal d;
	int err = scan_decimal(&s, &d);

	if (err)
		return err;
	if (!*s && !d.mantissa) {
		*prob = PROB_NEVER;
		return 0;
	}
	if (strcmp(s, "%"))
		return -EINVAL;
	d.exponent -= 2;
	return to_prob(d, prob);
}

int unit_parse_fraction(const char *s, u64 *prob)
{
	struct decimal d;
	int err = scan_decimal(&s, &d);

	if (err || *s)
		return -EINVAL;
	return to_prob(d, prob);
}

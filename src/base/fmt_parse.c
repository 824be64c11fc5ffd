/* SPDX-License-Identifier: MIT */
/* The readers of fmt.h: numbers as people type them. */
#include "base/fmt.h"

/* A table of units ends with scale 0. The names are in place: no pointer to relocate. */
struct unit {
	char name[8];
	u64 scale;
};

#define KILO 1000ull
#define MEGA (KILO * KILO)
#define GIGA (KILO * MEGA)
#define TERA (KILO * GIGA)
#define KIBI 1024ull
#define MEBI (KIBI * KIBI)
#define GIBI (KIBI * MEBI)
#define TEBI (KIBI * GIBI)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool equals_nocase(const char *a, const char *b)
{
	while (*a && to_lower(*a) == to_lower(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

bool parse_u64(const char *s, u64 max, u64 *out)
{
	int base = 10;
	u64 v = 0;

	if (s[0] == '0' && to_lower(s[1]) == 'x') {
		base = 16;
		s += 2;
	}
	if (!*s)
		return false;
	for (; *s; s++) {
		int d = hex_digit(*s);

		if (d < 0 || d >= base || __builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, d, &v))
			return false;
	}
	if (v > max)
		return false;
	*out = v;
	return true;
}

/*
 * "12.75" and a unit from a table. Fraction digits are taken while their value times
 * the scale fits 64 bits; for seconds that is down to the nanosecond.
 */
static bool parse_scaled(const char *s, const struct unit *units, u64 *out)
{
	const char *p = s;
	u64 whole = 0, frac = 0, denom = 1;
	const char *point;

	for (; is_digit(*p); p++) {
		if (__builtin_mul_overflow(whole, 10u, &whole) ||
		    __builtin_add_overflow(whole, (u64)(*p - '0'), &whole))
			return false;
	}
	if (p == s)
		return false;
	point = p;
	if (*p == '.') {
		p++;
		if (!is_digit(*p))
			return false;
		while (is_digit(*p))
			p++;
	}
	while (units->scale && !equals_nocase(p, units->name))
		units++;
	if (!units->scale || __builtin_mul_overflow(whole, units->scale, &whole))
		return false;
	for (point++; point < p && denom <= UINT64_MAX / 10 / units->scale; point++) {
		frac = frac * 10 + (u64)(*point - '0');
		denom *= 10;
	}
	return !__builtin_add_overflow(whole, frac * units->scale / denom, out);
}

bool parse_duration_ns(const char *s, ktime_t *out)
{
	static const struct unit units[] = {
		{ "ns", 1 },
		{ "nsec", 1 },
		{ "us", KILO },
		{ "usec", KILO },
		{ "ms", MEGA },
		{ "msec", MEGA },
		{ "s", GIGA },
		{ "sec", GIGA },
		{ "secs", GIGA },
		{ "m", 60 * GIGA },
		{ "min", 60 * GIGA },
		{ "h", 3600 * GIGA },
		{ "", 0 },
	};
	u64 ns;

	if (!strcmp(s, "0")) {
		*out = 0;
		return true;
	}
	if (!parse_scaled(s, units, &ns) || ns > KTIME_MAX)
		return false;
	*out = (ktime_t)ns;
	return true;
}

bool parse_rate_bps(const char *s, u64 *out)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "bit", 1 },
		{ "kbit", KILO },
		{ "mbit", MEGA },
		{ "gbit", GIGA },
		{ "tbit", TERA },
		{ "kibit", KIBI },
		{ "mibit", MEBI },
		{ "gibit", GIBI },
		{ "tibit", TEBI },
		{ "bps", 8 },
		{ "kbps", 8 * KILO },
		{ "mbps", 8 * MEGA },
		{ "gbps", 8 * GIGA },
		{ "tbps", 8 * TERA },
		{ "kibps", 8 * KIBI },
		{ "mibps", 8 * MEBI },
		{ "gibps", 8 * GIBI },
		{ "tibps", 8 * TEBI },
		{ "", 0 },
	};
	u64 v;

	if (!parse_scaled(s, units, &v))
		return false;
	*out = v;
	return true;
}

bool parse_bytes(const char *s, u64 *out)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "b", 1 },
		{ "k", KIBI },
		{ "kb", KIBI },
		{ "m", MEBI },
		{ "mb", MEBI },
		{ "g", GIBI },
		{ "gb", GIBI },
		{ "t", TEBI },
		{ "tb", TEBI },
		{ "", 0 },
	};
	u64 v;

	if (!parse_scaled(s, units, &v))
		return false;
	*out = v;
	return true;
}

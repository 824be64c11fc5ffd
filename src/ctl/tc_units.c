/* SPDX-License-Identifier: MIT */
#include "ctl/tc_units.h"

static int illegal(struct ctl *c, const char *what)
{
	return ctl_fail(c, -EINVAL, "Illegal \"%s\"", what);
}

int tc_arg_u32(struct ctl *c, const char *what, u32 *value)
{
	const char *s;
	int err = arg_value(c, &s);
	u64 v;

	if (err)
		return err;
	if (!parse_u64(s, UINT32_MAX, &v))
		return illegal(c, what);
	*value = (u32)v;
	return 0;
}

int tc_arg_time(struct ctl *c, const char *what, ktime_t *ns)
{
	const char *s;
	int err = arg_value(c, &s);
	u64 us;

	if (err)
		return err;
	if (parse_u64(s, UINT32_MAX, &us))
		*ns = (ktime_t)us * NSEC_PER_USEC;
	else if (!parse_duration_ns(s, ns) || *ns / NSEC_PER_USEC > UINT32_MAX)
		return illegal(c, what);
	return 0;
}

int tc_arg_size(struct ctl *c, const char *what, u32 *bytes)
{
	const char *s;
	int err = arg_value(c, &s);
	u64 v;

	if (err)
		return err;
	if (!parse_bytes(s, &v) || v > UINT32_MAX)
		return illegal(c, what);
	*bytes = (u32)v;
	return 0;
}

int tc_arg_rate(struct ctl *c, const char *what, u64 *bytes_per_s)
{
	const char *s;
	int err = arg_value(c, &s);
	u64 bits;

	if (err)
		return err;
	if (!parse_rate_bps(s, &bits))
		return illegal(c, what);
	*bytes_per_s = bits / 8;
	return 0;
}

/* Three digits of v / unit, as %.3g, without zeros behind the point. */
static void put_three_digits(struct strbuf *sb, u64 v, u64 unit)
{
	u64 whole = v / unit, scale = whole >= 100 ? 1 : whole >= 10 ? 10 : 100;
	u64 r = (v * scale + unit / 2) / unit;

	sb_printf(sb, "%llu", ull(r / scale));
	r %= scale;
	if (!r)
		return;
	if (scale == 100 && r % 10 == 0)
		sb_printf(sb, ".%llu", ull(r / 10));
	else
		sb_printf(sb, scale == 100 ? ".%02llu" : ".%llu", ull(r));
}

void tc_put_time(struct ctl *c, const char *name, ktime_t ns)
{
	static const struct { u64 ns; const char *unit; } units[] = {
		{ NSEC_PER_SEC, "s" }, { NSEC_PER_MSEC, "ms" }, { NSEC_PER_USEC, "us" },
		{ 1, "ns" },
	};
	u32 i = 0;

	while ((u64)ns < units[i].ns && i + 1 < ARRAY_SIZE(units))
		i++;
	if (!ns)
		i = 2;
	sb_printf(c->out, " %s ", name);
	put_three_digits(c->out, (u64)ns, units[i].ns);
	sb_puts(c->out, units[i].unit);
}

/* Whether it is so many of a unit, to within what nobody minds. */
static bool is_about(u32 bytes, u32 unit, u32 off)
{
	u64 r = ((u64)bytes + unit / 2) / unit * unit;

	return bytes >= unit && (r > bytes ? r - bytes : bytes - r) < off;
}

void tc_put_size(struct ctl *c, const char *name, u32 bytes)
{
	sb_printf(c->out, " %s ", name);
	if (is_about(bytes, 1u << 20, 1024))
		sb_printf(c->out, "%uMb", (bytes + (1u << 19)) >> 20);
	else if (is_about(bytes, 1u << 10, 16))
		sb_printf(c->out, "%uKb", (bytes + 512) >> 10);
	else
		sb_printf(c->out, "%ub", bytes);
}

void tc_put_rate(struct ctl *c, const char *name, u64 bytes_per_s)
{
	static const char *const units[] = { "", "K", "M", "G", "T" };
	u64 bits = bytes_per_s * 8;
	u32 i = 0;

	while (i + 1 < ARRAY_SIZE(units) && bits >= 1000 && (bits % 1000 == 0 || bits >= 1000000)) {
		bits /= 1000;
		i++;
	}
	sb_printf(c->out, " %s %llu%sbit", name, ull(bits), units[i]);
}

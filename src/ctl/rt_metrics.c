/* SPDX-License-Identifier: MIT */
#include "ctl/rt_metrics.h"

#include "transport/tcp/tcp.h"

static const struct {
	const char *name, *what;	/* what: where messages have another name */
	u32 most;			/* larger values are cut, as Linux does */
	bool lockable;
	u8 per_ms;			/* a time, kept in so many parts of a ms; 0: a number */
} metrics[RTAX_MAX + 1] = {
	[RTAX_MTU] = { "mtu", NULL, 65535 - 15, true, 0 },
	[RTAX_WINDOW] = { "window", NULL, UINT32_MAX, true, 0 },
	[RTAX_RTT] = { "rtt", NULL, UINT32_MAX, true, 8 },
	[RTAX_RTTVAR] = { "rttvar", NULL, UINT32_MAX, true, 4 },
	[RTAX_SSTHRESH] = { "ssthresh", NULL, UINT32_MAX, true, 0 },
	[RTAX_CWND] = { "cwnd", NULL, UINT32_MAX, true, 0 },
	[RTAX_ADVMSS] = { "advmss", "mss", 65535 - 40, true, 0 },
	[RTAX_REORDERING] = { "reordering", NULL, UINT32_MAX, true, 0 },
	[RTAX_HOPLIMIT] = { "hoplimit", NULL, 255, true, 0 },
	[RTAX_INITCWND] = { "initcwnd", NULL, UINT32_MAX, true, 0 },
	[RTAX_FEATURES] = { "features", NULL, UINT32_MAX, false, 0 },
	[RTAX_RTO_MIN] = { "rto_min", NULL, UINT32_MAX, false, 1 },
	[RTAX_INITRWND] = { "initrwnd", NULL, UINT32_MAX, true, 0 },
	[RTAX_QUICKACK] = { "quickack", NULL, 1, false, 0 },
	[RTAX_CC_ALGO] = { "congctl", NULL, UINT32_MAX, true, 0 },
	[RTAX_FASTOPEN_NO_COOKIE] = { "fastopen_no_cookie", NULL, 1, false, 0 },
};

/* ---- reading ---- */

static int invalid(struct ctl *c, const char *what, const char *w, const char *is)
{
	return ctl_fail(c, -EINVAL, "Error: argument \"%s\" is wrong: \"%s\" value %s", w, what,
			is);
}

/* "100ms", "1.5s"; a bare number is taken as it is kept. */
static int read_time(struct ctl *c, u32 i, u32 *value)
{
	const char *w;
	ktime_t t;
	u64 v;
	int err = arg_value(c, &w);

	if (err)
		return err;
	if (parse_u64(w, UINT32_MAX, &v)) {
		*value = (u32)v;
		return 0;
	}
	if (!parse_duration_ns(w, &t) || t % NSEC_PER_MSEC || ktime_to_ms(t) > INT32_MAX / 8)
		return invalid(c, metrics[i].name, w, "is invalid");
	*value = (u32)ktime_to_ms(t) * metrics[i].per_ms;
	return 0;
}

static int read_number(struct ctl *c, u32 i, u32 *value)
{
	int err = arg_u32(c, metrics[i].what ? metrics[i].what : metrics[i].name, value);

	if (err)
		return err;
	if (*value > 1 && metrics[i].most == 1)
		return invalid(c, metrics[i].name, c->argv[c->pos - 1], "should be 0 or 1");
	if (*value > 255 && i == RTAX_HOPLIMIT)
		return invalid(c, metrics[i].name, c->argv[c->pos - 1], "is invalid");
	*value = min(*value, metrics[i].most);
	return 0;
}

static int read_congctl(struct ctl *c, struct dst_metrics *m)
{
	const struct tcp_cong_table *t = &c->net->tcp->cong;
	const struct tcp_congestion_ops *ops;
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	ops = tcp_ca_find(t, w, strlen(w));
	for (u32 i = 0; i < t->n; i++)
		if (t->ops[i] == ops)
			m->val[RTAX_CC_ALGO] = i + 1;
	if (!ops)
		return ctl_fail(c, -EINVAL, "Error: Unknown tcp congestion algorithm.");
	if (ops->without_ecn)
		m->val[RTAX_FEATURES] |= RTAX_FEATURE_ECN_CA;
	return 0;
}

static int read_features(struct ctl *c, struct dst_metrics *m)
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	if (!arg_is(w, "ecn"))
		return invalid(c, "features", w, "not valid");
	m->val[RTAX_FEATURES] |= RTAX_FEATURE_ECN;
	return 0;
}

int arg_metric(struct ctl *c, const char *w, u32 *mtu, struct dst_metrics *m)
{
	u32 i = RTAX_MTU;

	if (arg_is(w, "hop_limit"))
		w = "hoplimit";
	if (arg_is(w, "congestion"))
		w = "congctl";
	while (i <= RTAX_MAX && !arg_is(w, metrics[i].name))
		i++;
	if (i > RTAX_MAX)
		return 1;
	if ((metrics[i].lockable && arg_take(c, "lock")) || i == RTAX_RTO_MIN)
		m->val[RTAX_LOCK] |= BIT(i);
	if (i == RTAX_CC_ALGO)
		return read_congctl(c, m);
	if (i == RTAX_FEATURES)
		return read_features(c, m);
	if (metrics[i].per_ms)
		return read_time(c, i, &m->val[i]);
	return read_number(c, i, i == RTAX_MTU ? mtu : &m->val[i]);
}

/* ---- printing ---- */

static u32 value_of(u32 i, u32 mtu, const struct dst_metrics *m)
{
	u32 v = i == RTAX_MTU ? mtu : m ? m->val[i] : 0;

	if (i == RTAX_FEATURES)
		return v & RTAX_FEATURE_ECN;
	return metrics[i].per_ms ? v / metrics[i].per_ms : v;
}

static bool is_locked(u32 i, const struct dst_metrics *m)
{
	return m && m->val[RTAX_LOCK] & BIT(i);
}

static bool is_said(u32 i, u32 mtu, const struct dst_metrics *m)
{
	if (is_locked(i, m))
		return true;
	if (i == RTAX_MTU)
		return mtu;
	if (i == RTAX_FEATURES)
		return value_of(i, mtu, m);
	return m && m->val[i];
}

static const char *congctl_name(const struct ctl *c, u32 place)
{
	const struct tcp_cong_table *t = &c->net->tcp->cong;

	return place && place <= t->n ? t->ops[place - 1]->name : "";
}

static void put_time(struct strbuf *out, u32 ms)
{
	u32 frac = ms % 1000, digits = 3;

	if (ms < 1000) {
		sb_printf(out, "%ums ", ms);
		return;
	}
	for (; digits && frac % 10 == 0; digits--)
		frac /= 10;
	sb_printf(out, "%u", ms / 1000);
	if (digits)
		sb_printf(out, ".%0*u", (int)digits, frac);
	sb_puts(out, "s ");
}

void rt_put_metrics(struct ctl *c, u32 mtu, const struct dst_metrics *m)
{
	for (u32 i = RTAX_MTU; i <= RTAX_MAX; i++) {
		u32 v = value_of(i, mtu, m);

		if (!is_said(i, mtu, m))
			continue;
		sb_printf(c->out, "%s %s", metrics[i].name, is_locked(i, m) ? "lock " : "");
		if (i == RTAX_FEATURES)
			sb_puts(c->out, "ecn ");
		else if (i == RTAX_CC_ALGO)
			sb_printf(c->out, "%s ", congctl_name(c, v));
		else if (metrics[i].per_ms)
			put_time(c->out, v);
		else
			sb_printf(c->out, "%u ", v);
	}
}

void rt_json_metrics(struct ctl *c, u32 mtu, const struct dst_metrics *m)
{
	struct json *js = &c->js;

	if (!mtu && !m)
		return;
	json_array_begin(js, "metrics");
	json_object_begin(js, NULL);
	for (u32 i = RTAX_MTU; i <= RTAX_MAX; i++) {
		u32 v = value_of(i, mtu, m);

		if (!is_said(i, mtu, m))
			continue;
		if (i == RTAX_FEATURES)
			json_nil(js, "ecn");
		else if (i == RTAX_CC_ALGO)
			json_str(js, "congestion", congctl_name(c, v));
		else
			json_uint(js, metrics[i].name, v);
	}
	json_object_end(js);
	json_array_end(js);
}

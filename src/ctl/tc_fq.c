/* SPDX-License-Identifier: MIT */
#include "ctl/tc_fq.h"

#include "ctl/help.h"
#include "ctl/tc_units.h"

/* ---- setting ---- */

static int buckets_word(struct ctl *c, u32 *buckets)
{
	int err = tc_arg_u32(c, "buckets", buckets);

	return err || (*buckets && !(*buckets & (*buckets - 1))) ? err :
	       ctl_fail(c, -EINVAL, "Illegal \"buckets\"");
}

/* All there are: 3. */
static int bands_word(struct ctl *c)
{
	u32 n;
	int err = tc_arg_u32(c, "bands", &n);

	return err || n == FQ_BANDS ? err : ctl_fail(c, -EINVAL, "\"bands\" must be 3");
}

static int priomap_word(struct ctl *c, struct fq_conf *conf)
{
	for (u32 i = 0; i <= FQ_PRIO_MAX; i++) {
		u32 band;
		int err = tc_arg_u32(c, "priomap", &band);

		if (err)
			return err;
		if (band >= FQ_BANDS)
			return ctl_fail(c, -EINVAL, "\"priomap\" element %u too big", band);
		conf->priomap[i] = (u8)band;
	}
	return 0;
}

static int weights_word(struct ctl *c, struct fq_conf *conf)
{
	int err = 0;

	for (u32 i = 0; !err && i < FQ_BANDS; i++)
		err = tc_arg_u32(c, "weights", &conf->weights[i]);
	return err;
}

static int timer_slack_word(struct ctl *c, ktime_t *ns)
{
	const char *s;
	int err = arg_value(c, &s);
	u64 v;

	if (err)
		return err;
	if (parse_u64(s, INT64_MAX, &v))
		*ns = (ktime_t)v;
	else if (!parse_duration_ns(s, ns))
		return ctl_fail(c, -EINVAL, "Illegal \"timer_slack\"");
	return *ns > UINT32_MAX ?
	       ctl_fail(c, -EINVAL, "Illegal (out of range) \"timer_slack\"") : 0;
}

/* 1: none of these. */
static int number_word(struct ctl *c, const char *w, struct fq_conf *conf)
{
	u64 obsolete;

	if (!strcmp(w, "limit"))
		return tc_arg_u32(c, w, &conf->limit);
	if (!strcmp(w, "flow_limit"))
		return tc_arg_u32(c, w, &conf->flow_limit);
	if (!strcmp(w, "buckets"))
		return buckets_word(c, &conf->buckets);
	if (!strcmp(w, "orphan_mask"))
		return tc_arg_u32(c, w, &conf->orphan_mask);
	if (!strcmp(w, "quantum"))
		return tc_arg_size(c, w, &conf->quantum);
	if (!strcmp(w, "initial_quantum"))
		return tc_arg_size(c, w, &conf->initial_quantum);
	if (!strcmp(w, "maxrate"))
		return tc_arg_rate(c, w, &conf->maxrate);
	if (!strcmp(w, "defrate"))
		return tc_arg_rate(c, w, &obsolete);
	if (!strcmp(w, "low_rate_threshold"))
		return tc_arg_rate(c, w, &conf->low_rate_threshold);
	return 1;
}

static int other_word(struct ctl *c, const char *w, struct fq_conf *conf)
{
	if (!strcmp(w, "refill_delay"))
		return tc_arg_time(c, w, &conf->refill_delay);
	if (!strcmp(w, "ce_threshold"))
		return tc_arg_time(c, w, &conf->ce_threshold);
	if (!strcmp(w, "horizon"))
		return tc_arg_time(c, w, &conf->horizon);
	if (!strcmp(w, "timer_slack"))
		return timer_slack_word(c, &conf->timer_slack);
	if (!strcmp(w, "bands"))
		return bands_word(c);
	if (!strcmp(w, "priomap"))
		return priomap_word(c, conf);
	if (!strcmp(w, "weights"))
		return weights_word(c, conf);
	if (!strcmp(w, "pacing") || !strcmp(w, "nopacing"))
		conf->pacing = w[0] == 'p';
	else if (!strcmp(w, "horizon_drop") || !strcmp(w, "horizon_cap"))
		conf->horizon_drop = w[8] == 'd';
	else
		return ctl_fail(c, -EINVAL, "What is \"%s\"?", w);
	return 0;
}

int tc_fq_words(struct ctl *c, struct fq_conf *conf)
{
	const char *w;

	while ((w = arg_next(c))) {
		int err = number_word(c, w, conf);

		if (err == 1)
			err = other_word(c, w, conf);
		if (err)
			return err;
	}
	return fq_conf_check(conf) ? rtnl_error(c, -EINVAL) : 0;
}

/* ---- showing ---- */

void tc_put_fq(struct ctl *c, const struct fq_conf *conf)
{
	sb_printf(c->out, "limit %up flow_limit %up buckets %u orphan_mask %u", conf->limit,
		  conf->flow_limit, conf->buckets, conf->orphan_mask);
	if (!conf->pacing)
		sb_puts(c->out, " nopacing");
	sb_printf(c->out, " bands %u priomap", FQ_BANDS);
	for (u32 i = 0; i <= FQ_PRIO_MAX; i++)
		sb_printf(c->out, " %u", conf->priomap[i]);
	sb_printf(c->out, " weights %u %u %u", conf->weights[0], conf->weights[1],
		  conf->weights[2]);
	tc_put_size(c, "quantum", conf->quantum);
	tc_put_size(c, "initial_quantum", conf->initial_quantum);
	if (conf->maxrate != FQ_NO_RATE)
		tc_put_rate(c, "maxrate", conf->maxrate);
	if (conf->low_rate_threshold)
		tc_put_rate(c, "low_rate_threshold", conf->low_rate_threshold);
	tc_put_time(c, "refill_delay", conf->refill_delay);
	if (conf->ce_threshold != KTIME_MAX)
		tc_put_time(c, "ce_threshold", conf->ce_threshold);
	tc_put_time(c, "timer_slack", conf->timer_slack);
	tc_put_time(c, "horizon", conf->horizon);
	sb_puts(c->out, conf->horizon_drop ? " horizon_drop " : " horizon_cap ");
}

static void put_nonzero(struct ctl *c, const char *name, u64 n)
{
	if (n)
		sb_printf(c->out, " %s %llu", name, ull(n));
}

/* What there should be none of, on a line apart. */
static void put_faults(struct ctl *c, const struct fq_stats *s)
{
	u64 any = s->pkts_too_long | s->allocation_errors | s->horizon_drops | s->horizon_caps;

	for (u32 i = 0; i < FQ_BANDS; i++)
		any |= s->band_drops[i];
	if (!any)
		return;
	sb_puts(c->out, "\n ");
	put_nonzero(c, "pkts_too_long", s->pkts_too_long);
	put_nonzero(c, "alloc_errors", s->allocation_errors);
	put_nonzero(c, "horizon_drops", s->horizon_drops);
	put_nonzero(c, "horizon_caps", s->horizon_caps);
	put_nonzero(c, "band0_drops", s->band_drops[0]);
	put_nonzero(c, "band1_drops", s->band_drops[1]);
	put_nonzero(c, "band2_drops", s->band_drops[2]);
}

void tc_put_fq_stats(struct ctl *c, const struct Qdisc *q)
{
	ktime_t next_delay;
	struct fq_stats s;

	qdisc_fq_stats(q, &s, &next_delay);
	sb_printf(c->out, "  flows %u (inactive %u throttled %u)", s.flows, s.inactive_flows,
		  s.throttled_flows);
	sb_printf(c->out, " band0_pkts %u band1_pkts %u band2_pkts %u", s.band_pkts[0],
		  s.band_pkts[1], s.band_pkts[2]);
	if (next_delay)
		tc_put_time(c, "next_packet_delay", next_delay);
	sb_printf(c->out, "\n  gc %llu highprio %llu", ull(s.gc_flows), ull(s.internal_packets));
	put_nonzero(c, "fastpath", s.fastpath_packets);
	sb_printf(c->out, " throttled %llu", ull(s.throttled));
	put_nonzero(c, "ce_mark", s.ce_mark);
	put_nonzero(c, "flows_plimit", s.flows_plimit);
	put_faults(c, &s);
	sb_putc(c->out, '\n');
}

/* SPDX-License-Identifier: MIT */
#include "ctl/tc_qdisc.h"

#include "ctl/ctl.h"
#include "ctl/help.h"

/* ---- numbers with units, as tc reads and writes them ---- */

static bool parse_scaled(const char *s, u64 *value, const char **unit)
{
	u64 v = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (u64)(*s - '0');
		if (v > UINT32_MAX)
			return false;
	}
	*value = v;
	*unit = s;
	return true;
}

/* A span; without a unit: us. */
static int arg_span(struct ctl *c, const char *what, ktime_t *ns)
{
	static const struct { const char *unit; ktime_t ns; } units[] = {
		{ "", NSEC_PER_USEC }, { "us", NSEC_PER_USEC }, { "usec", NSEC_PER_USEC },
		{ "ms", NSEC_PER_MSEC }, { "msec", NSEC_PER_MSEC }, { "s", NSEC_PER_SEC },
		{ "sec", NSEC_PER_SEC },
	};
	const char *s, *unit;
	int err = arg_value(c, &s);
	u64 v;

	if (err)
		return err;
	if (parse_scaled(s, &v, &unit)) {
		for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
			if (strcmp(unit, units[i].unit))
				continue;
			*ns = (ktime_t)v * units[i].ns;
			return 0;
		}
	}
	return ctl_fail(c, -EINVAL, "Illegal \"%s\"", what);
}

static int arg_bytes(struct ctl *c, const char *what, u32 *bytes)
{
	static const struct { const char *unit; unsigned shift; } units[] = {
		{ "", 0 }, { "b", 0 }, { "k", 10 }, { "kb", 10 }, { "m", 20 }, { "mb", 20 },
	};
	const char *s, *unit;
	int err = arg_value(c, &s);
	u64 v;

	if (err)
		return err;
	if (parse_scaled(s, &v, &unit)) {
		for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
			if (strcmp(unit, units[i].unit) || v << units[i].shift > UINT32_MAX)
				continue;
			*bytes = (u32)(v << units[i].shift);
			return 0;
		}
	}
	return ctl_fail(c, -EINVAL, "Illegal \"%s\"", what);
}

/* "5ms", "1.5ms", "250us", "1s" */
static void put_span(struct ctl *c, const char *name, ktime_t ns)
{
	u64 us = (u64)ns / NSEC_PER_USEC, unit = us >= 1000000 ? 1000000 : us >= 1000 ? 1000 : 1;
	u64 tenths = us * 10 / unit % 10;

	sb_printf(c->out, " %s %llu", name, ull(us / unit));
	if (tenths)
		sb_printf(c->out, ".%llu", ull(tenths));
	sb_puts(c->out, unit == 1000000 ? "s" : unit == 1000 ? "ms" : "us");
}

/* ---- setting ---- */

static const struct Qdisc_ops *kind_of(const char *name)
{
	static const struct Qdisc_ops *const kinds[] = {
		&pfifo_qdisc_ops, &codel_qdisc_ops, &fq_codel_qdisc_ops,
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i]->id, name))
			return kinds[i];
	return NULL;
}

static int common_word(struct ctl *c, const char *w, struct aqm_conf *conf)
{
	if (!strcmp(w, "limit"))
		return arg_u32(c, "limit", &conf->limit);
	if (!strcmp(w, "target"))
		return arg_span(c, "target", &conf->codel.target);
	if (!strcmp(w, "interval"))
		return arg_span(c, "interval", &conf->codel.interval);
	if (!strcmp(w, "ce_threshold"))
		return arg_span(c, "ce_threshold", &conf->codel.ce_threshold);
	if (strcmp(w, "ecn") && strcmp(w, "noecn"))
		return 1;
	conf->codel.ecn = w[0] == 'e';
	return 0;
}

static int fq_word(struct ctl *c, const char *w, struct aqm_conf *conf)
{
	if (!strcmp(w, "flows"))
		return arg_u32(c, "flows", &conf->flows);
	if (!strcmp(w, "quantum"))
		return arg_u32(c, "quantum", &conf->quantum);
	if (!strcmp(w, "memory_limit"))
		return arg_bytes(c, "memory_limit", &conf->memory_limit);
	if (!strcmp(w, "drop_batch"))
		return arg_u32(c, "drop_batch", &conf->drop_batch);
	return 1;
}

static int aqm_words(struct ctl *c, const struct Qdisc_ops *ops, struct aqm_conf *conf)
{
	const char *w;

	while ((w = arg_next(c))) {
		int err = common_word(c, w, conf);

		if (err == 1 && ops == &fq_codel_qdisc_ops)
			err = fq_word(c, w, conf);
		if (err == 1)
			return ctl_fail(c, -EINVAL, "What is \"%s\"?", w);
		if (err)
			return err;
	}
	if (!conf->codel.interval || !conf->codel.target || !conf->limit ||
	    (ops == &fq_codel_qdisc_ops && (!conf->flows || conf->flows > 65536 ||
					    conf->quantum < 256 || !conf->drop_batch)))
		return rtnl_error(c, -EINVAL);
	return 0;
}

/* "dev DEV root [handle H]", in any order, up to the kind. */
static int device_words(struct ctl *c, struct net_device **dev)
{
	bool root = false;
	int err = 0;

	*dev = NULL;
	while (!err && arg_more(c)) {
		if (arg_take(c, "dev")) {
			err = arg_dev(c, dev);
		} else if (arg_is(arg_peek(c), "root")) {
			c->pos++;
			root = true;
		} else if (arg_is(arg_peek(c), "handle")) {
			const char *handle;

			c->pos++;
			err = arg_value(c, &handle);	/* all there is has the root's */
		} else {
			break;
		}
	}
	if (!err && !*dev)
		return ctl_fail(c, -EINVAL, "Error: Device is missing: dev DEV.");
	if (!err && !root)
		return ctl_fail(c, -EOPNOTSUPP, "Error: Only the root qdisc can be set.");
	return err;
}

int tc_qdisc_set(struct ctl *c)
{
	const struct Qdisc_ops *ops;
	struct net_device *dev;
	struct aqm_conf conf;
	const char *kind;
	int err = device_words(c, &dev);

	if (err)
		return err;
	err = arg_value(c, &kind);
	if (err)
		return err;
	ops = kind_of(kind);
	if (!ops)
		return ctl_fail(c, -ENOENT, "Error: Specified qdisc kind is unknown.");
	if (ops == &pfifo_qdisc_ops) {
		if (arg_more(c))
			return ctl_fail(c, -EINVAL, "What is \"%s\"?", arg_peek(c));
		err = dev_set_qdisc(dev, ops, NULL);
	} else {
		aqm_conf_init(&conf, ops, dev);
		err = aqm_words(c, ops, &conf);
		if (err)
			return err;
		err = dev_set_qdisc(dev, ops, &conf);
	}
	return err ? rtnl_error(c, err) : 0;
}

int tc_qdisc_delete(struct ctl *c)
{
	struct net_device *dev;
	int err = device_words(c, &dev);

	if (err)
		return err;
	if (!qdisc_aqm_conf(dev->qdisc))
		return ctl_fail(c, -ENOENT, "Error: Cannot delete qdisc with handle of zero.");
	err = dev_set_qdisc(dev, &pfifo_qdisc_ops, NULL);
	return err ? rtnl_error(c, err) : 0;
}

/* ---- showing ---- */

void tc_put_aqm(struct ctl *c, const struct aqm_conf *conf)
{
	sb_printf(c->out, "limit %up", conf->limit);
	if (conf->flows)
		sb_printf(c->out, " flows %u quantum %u", conf->flows, conf->quantum);
	put_span(c, "target", conf->codel.target);
	if (conf->codel.ce_threshold != CODEL_DISABLED_THRESHOLD)
		put_span(c, "ce_threshold", conf->codel.ce_threshold);
	put_span(c, "interval", conf->codel.interval);
	if (conf->memory_limit && conf->memory_limit % (1 << 20))
		sb_printf(c->out, " memory_limit %uKb", conf->memory_limit >> 10);
	else if (conf->memory_limit)
		sb_printf(c->out, " memory_limit %uMb", conf->memory_limit >> 20);
	if (conf->codel.ecn)
		sb_puts(c->out, " ecn");
	if (conf->drop_batch)
		sb_printf(c->out, " drop_batch %u", conf->drop_batch);
	sb_putc(c->out, ' ');
}

static void put_codel_stats(struct ctl *c, const struct Qdisc *q, const struct aqm_show *s)
{
	s64 next = s->vars->drop_next - q->dev->net->now;

	sb_printf(c->out, "  count %u lastcount %u", s->vars->count, s->vars->lastcount);
	put_span(c, "ldelay", s->vars->ldelay);
	if (s->vars->dropping)
		sb_puts(c->out, " dropping");
	put_span(c, "drop_next", s->vars->dropping ? max(next, (s64)0) : 0);
	sb_printf(c->out, "\n  maxpacket %u ecn_mark %llu drop_overlimit %llu", s->stats.maxpacket,
		  ull(s->stats.ecn_mark), ull(s->stats.drop_overlimit));
	if (s->stats.ce_mark)
		sb_printf(c->out, " ce_mark %llu", ull(s->stats.ce_mark));
}

static void put_fq_stats(struct ctl *c, const struct aqm_show *s)
{
	sb_printf(c->out, "  maxpacket %u drop_overlimit %llu new_flow_count %llu ecn_mark %llu",
		  s->stats.maxpacket, ull(s->stats.drop_overlimit), ull(s->new_flow_count),
		  ull(s->stats.ecn_mark));
	if (s->stats.ce_mark)
		sb_printf(c->out, " ce_mark %llu", ull(s->stats.ce_mark));
	if (s->memory)
		sb_printf(c->out, " memory_used %u", s->memory);
	if (s->drop_overmemory)
		sb_printf(c->out, " drop_overmemory %llu", ull(s->drop_overmemory));
	sb_printf(c->out, "\n  new_flows_len %u old_flows_len %u", s->new_flows, s->old_flows);
}

void tc_put_aqm_stats(struct ctl *c, const struct Qdisc *q)
{
	struct aqm_show show;

	q->ops->aqm_show(q, &show);
	if (show.vars)
		put_codel_stats(c, q, &show);
	else
		put_fq_stats(c, &show);
	sb_putc(c->out, '\n');
}

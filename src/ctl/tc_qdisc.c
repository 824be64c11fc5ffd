/* SPDX-License-Identifier: MIT */
#include "ctl/tc_qdisc.h"

#include "ctl/ctl.h"
#include "ctl/help.h"
#include "ctl/tc_fq.h"
#include "ctl/tc_units.h"

/* ---- setting ---- */

static const struct Qdisc_ops *kind_of(const char *name)
{
	static const struct Qdisc_ops *const kinds[] = {
		&pfifo_qdisc_ops, &codel_qdisc_ops, &fq_codel_qdisc_ops, &fq_qdisc_ops,
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
		return tc_arg_time(c, "target", &conf->codel.target);
	if (!strcmp(w, "interval"))
		return tc_arg_time(c, "interval", &conf->codel.interval);
	if (!strcmp(w, "ce_threshold"))
		return tc_arg_time(c, "ce_threshold", &conf->codel.ce_threshold);
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
		return tc_arg_size(c, "memory_limit", &conf->memory_limit);
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

/* A kind that tc put in, and that is no default. */
static bool has_handle(const struct Qdisc *q)
{
	return qdisc_aqm_conf(q) || qdisc_fq_conf(q);
}

/* old: of the same kind, whose parameters are changed; NULL: another comes in. */
static int set_fq(struct ctl *c, struct net_device *dev, struct Qdisc *old)
{
	struct fq_conf conf;
	int err;

	if (old)
		conf = *qdisc_fq_conf(old);
	else
		fq_conf_init(&conf, dev);
	err = tc_fq_words(c, &conf);
	if (err)
		return err;
	err = old ? qdisc_fq_change(old, &conf) : dev_set_qdisc(dev, &fq_qdisc_ops, &conf);
	return err ? rtnl_error(c, err) : 0;
}

static int set_aqm(struct ctl *c, struct net_device *dev, const struct Qdisc_ops *ops,
		   struct Qdisc *old)
{
	struct aqm_conf conf;
	int err;

	if (old)
		conf = *qdisc_aqm_conf(old);
	else
		aqm_conf_init(&conf, ops, dev);
	err = aqm_words(c, ops, &conf);
	if (err)
		return err;
	err = old ? qdisc_aqm_change(old, &conf) : dev_set_qdisc(dev, ops, &conf);
	return err ? rtnl_error(c, err) : 0;
}

static int set_pfifo(struct ctl *c, struct net_device *dev)
{
	int err;

	if (arg_more(c))
		return ctl_fail(c, -EINVAL, "What is \"%s\"?", arg_peek(c));
	err = dev_set_qdisc(dev, &pfifo_qdisc_ops, NULL);
	return err ? rtnl_error(c, err) : 0;
}

int tc_qdisc_set(struct ctl *c, enum tc_verb verb)
{
	const struct Qdisc_ops *ops;
	struct net_device *dev;
	struct Qdisc *old;
	const char *kind;
	int err = device_words(c, &dev);

	if (!err)
		err = arg_value(c, &kind);
	if (err)
		return err;
	ops = kind_of(kind);
	if (!ops)
		return ctl_fail(c, -ENOENT, "Error: Specified qdisc kind is unknown.");
	if (verb == TC_CHANGE && !has_handle(dev->qdisc))
		return ctl_fail(c, -ENOENT, "Error: Qdisc not found. To create specify "
				"NLM_F_CREATE flag.");
	/* As Linux: of the kind that is there it is a change, of another it takes its place. */
	old = has_handle(dev->qdisc) && dev->qdisc->ops == ops ? dev->qdisc : NULL;
	if (old && verb == TC_ADD)
		return ctl_fail(c, -EEXIST, "Error: Exclusivity flag on, cannot modify.");
	if (ops == &pfifo_qdisc_ops)
		return set_pfifo(c, dev);
	return ops == &fq_qdisc_ops ? set_fq(c, dev, old) : set_aqm(c, dev, ops, old);
}

int tc_qdisc_delete(struct ctl *c)
{
	struct net_device *dev;
	int err = device_words(c, &dev);

	if (err)
		return err;
	if (!has_handle(dev->qdisc))
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
	tc_put_time(c, "target", conf->codel.target);
	if (conf->codel.ce_threshold != CODEL_DISABLED_THRESHOLD)
		tc_put_time(c, "ce_threshold", conf->codel.ce_threshold);
	tc_put_time(c, "interval", conf->codel.interval);
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
	tc_put_time(c, "ldelay", s->vars->ldelay);
	if (s->vars->dropping)
		sb_puts(c->out, " dropping");
	tc_put_time(c, "drop_next", s->vars->dropping ? max(next, (s64)0) : 0);
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

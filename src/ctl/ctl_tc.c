/* SPDX-License-Identifier: MIT */
/* tc qdisc: what each device's queueing discipline is and did, and another in its place. */
#include "ctl/help.h"
#include "ctl/link.h"
#include "ctl/tc_fq.h"
#include "ctl/tc_qdisc.h"
#include "device/qdisc.h"

/* pfifo has a handle and a limit, noqueue has neither. */
static void put_qdisc(struct ctl *c, const struct net_device *dev, bool with_dev)
{
	const struct Qdisc *q = dev->qdisc;
	const struct aqm_conf *aqm = qdisc_aqm_conf(q);
	const struct fq_conf *fq = qdisc_fq_conf(q);
	bool queue = q->ops->enqueue;

	sb_printf(c->out, "qdisc %s %s: %s%s%sroot refcnt 2 ", q->ops->id, aqm || fq ? "8001" : "0",
		  with_dev ? "dev " : "", with_dev ? dev->name : "", with_dev ? " " : "");
	if (aqm)
		tc_put_aqm(c, aqm);
	else if (fq)
		tc_put_fq(c, fq);
	else if (queue)
		sb_printf(c->out, "limit %up", dev->tx_queue_len);
	sb_putc(c->out, '\n');
	if (!c->stats)
		return;
	sb_printf(c->out, " Sent %llu bytes %llu pkt (dropped %llu, overlimits %llu requeues %llu) "
		  "\n backlog %ub %up requeues %llu\n",
		  ull(q->stats.bytes), ull(q->stats.packets),
		  ull(q->stats.drops), ull(q->stats.overlimits),
		  ull(q->stats.requeues), q->stats.backlog, q->stats.qlen,
		  ull(q->stats.requeues));
	if (aqm)
		tc_put_aqm_stats(c, q);
	else if (fq)
		tc_put_fq_stats(c, q);
}

static int qdisc_show(struct ctl *c)
{
	struct net_device *dev, *only = NULL;

	if (arg_is(arg_peek(c), "dev")) {
		int err;

		c->pos++;
		err = arg_dev(c, &only);
		if (err)
			return err;
	}
	if (arg_more(c))
		return ctl_fail(c, -EINVAL, "What is \"%s\"? Try \"tc qdisc help\".", arg_peek(c));
	for_each_link(c, dev)
		if (dev->qdisc && (!only || only == dev))
			put_qdisc(c, dev, !only);
	return 0;
}

int ctl_tc(struct ctl *c)
{
	const char *w;

	for (w = arg_next(c); w && *w == '-'; w = arg_next(c)) {
		if (arg_matches(w, "-stats") || arg_matches(w, "-statistics"))
			c->stats++;
		else if (arg_wants_help(w))
			return ctl_print(c, HELP_TC);
		else if (!arg_matches(w, "-details"))
			return ctl_fail(c, -EINVAL, "Option \"%s\" is unknown, try \"tc -help\".",
					w);
	}
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_TC);
	if (!w)
		return ctl_usage(c, HELP_TC);
	if (!arg_matches(w, "qdisc"))
		return ctl_fail(c, -EINVAL, "Object \"%s\" is unknown, try \"tc help\".", w);
	w = arg_next(c);
	if (!w || arg_matches(w, "show") || arg_matches(w, "list") || arg_matches(w, "lst"))
		return qdisc_show(c);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_TC);
	if (arg_matches(w, "add"))
		return tc_qdisc_set(c, TC_ADD);
	if (arg_matches(w, "change"))
		return tc_qdisc_set(c, TC_CHANGE);
	if (arg_matches(w, "replace"))
		return tc_qdisc_set(c, TC_REPLACE);
	if (arg_matches(w, "delete"))
		return tc_qdisc_delete(c);
	return arg_unknown_command(c, w, "tc qdisc help");
}

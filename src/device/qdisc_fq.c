/* SPDX-License-Identifier: MIT */
#include "device/qdisc_fq.h"

#include "device/fq_flow.h"
#include "device/qdisc_aqm.h"

#define PRIO_CONTROL 7		/* Linux's TC_PRIO_CONTROL */
#define FASTPATH_MAX 8u		/* that wait in the fast way: then flows take turns */

struct fq_band {
	struct list_head new_flows, old_flows;
	s32 credit;
};

struct fq_sched {
	struct fq_conf conf;		/* first: qdisc_fq_conf() */
	struct Qdisc *sch;
	struct sk_buff_head internal;
	struct fq_band band[FQ_BANDS];
	u32 band_nr;			/* whose turn it is */
	struct fq_flows flows;
	struct list_head throttled;
	struct fq_stats stats;
};

struct fq_skb_cb {
	ktime_t due;			/* not before it */
	u8 band;
};

static struct fq_skb_cb *fq_cb(const struct sk_buff *skb)
{
	return (struct fq_skb_cb *)(void *)(uintptr_t)skb->cb;
}

/* ---- life ---- */

static int fq_init(struct Qdisc *sch, const void *conf)
{
	struct fq_sched *q = qdisc_priv(sch);

	if (conf)
		q->conf = *(const struct fq_conf *)conf;
	else
		fq_conf_init(&q->conf, sch->dev);
	q->sch = sch;
	skb_queue_head_init(&q->internal);
	list_init(&q->throttled);
	for (u32 i = 0; i < FQ_BANDS; i++) {
		list_init(&q->band[i].new_flows);
		list_init(&q->band[i].old_flows);
	}
	return fq_flows_init(&q->flows, &sch->dev->net->mem, q->conf.buckets);
}

static void fq_destroy(struct Qdisc *sch)
{
	struct fq_sched *q = qdisc_priv(sch);

	fq_flows_exit(&q->flows);
}

/* ---- the round ---- */

static void flow_waits(struct fq_paced_flow *f, struct list_head *where)
{
	f->state = FQ_FLOW_WAITS;
	list_move_tail(&f->list, where);
}

static void unthrottle(struct timer *t)
{
	struct fq_paced_flow *f = container_of(t, struct fq_paced_flow, timer);
	struct fq_sched *q = f->fq;

	q->stats.throttled_flows--;
	flow_waits(f, &q->band[f->band].old_flows);
	netif_schedule_qdisc(q->sch);
}

static void throttle(struct fq_sched *q, struct fq_paced_flow *f, ktime_t until)
{
	f->state = FQ_FLOW_THROTTLED;
	f->time_next = until;
	list_move_tail(&f->list, &q->throttled);
	q->stats.throttled++;
	q->stats.throttled_flows++;
	net_timer_mod(q->sch->dev->net, &f->timer, until);
}

/* ---- in ---- */

static int drop(struct sk_buff *skb, struct Qdisc *sch, enum skb_drop_reason reason)
{
	sch->stats.drops += skb_packets(skb);
	kfree_skb_reason(skb, reason);
	return -ENOBUFS;
}

static bool nobody_waits(const struct fq_sched *q)
{
	return q->flows.n == q->flows.inactive + q->stats.throttled_flows &&
	       q->internal.qlen < FASTPATH_MAX;
}

/* It is due, nothing else is, and no rate has to be kept for it. */
static bool may_pass(const struct fq_sched *q, const struct sk_buff *skb, ktime_t now,
		     const struct tx_sender *s)
{
	return fq_cb(skb)->due <= now && nobody_waits(q) && q->conf.maxrate == FQ_NO_RATE &&
	       (skb->edt == SKB_EDT_TCP || !s || s->rate == FQ_NO_RATE);
}

/* The flow that skb belongs to; NULL: to the internal queue. */
static struct fq_paced_flow *classify(struct fq_sched *q, const struct sk_buff *skb, ktime_t now)
{
	const struct tx_sender_ops *ops = skb->net->dev->sender;
	struct tx_sender sender, *s = NULL;
	struct fq_paced_flow *f;
	bool made;

	if (unlikely((skb->priority & FQ_PRIO_MAX) == PRIO_CONTROL)) {
		q->stats.internal_packets++;
		return NULL;
	}
	if (skb->sk && skb->edt != SKB_EDT_TCP && ops) {
		ops->of(skb, &sender);
		s = &sender;
	}
	if (may_pass(q, skb, now, s)) {
		q->stats.fastpath_packets++;
		return NULL;
	}
	f = fq_flow_get(&q->flows, fq_flow_id(skb, s, q->conf.orphan_mask), now, &made);
	if (unlikely(!f)) {
		q->stats.allocation_errors++;
	} else if (made) {
		f->fq = q;
		f->credit = (s32)q->conf.initial_quantum;
		timer_init(&f->timer, unthrottle);
	}
	return f;
}

/* Its own time is not too far off, or is brought nearer; false: it is. */
static bool within_horizon(struct fq_sched *q, struct sk_buff *skb, ktime_t now)
{
	if (likely(skb->tstamp <= now || skb->tstamp - now <= q->conf.horizon))
		return true;
	if (q->conf.horizon_drop) {
		q->stats.horizon_drops++;
		if (skb->sk && skb->edt == SKB_EDT_TXTIME)
			skb->net->dev->sender->missed(skb);
		return false;
	}
	q->stats.horizon_caps++;
	skb->tstamp = now + q->conf.horizon;
	return true;
}

/* Behind all that are not due later. */
static void queue_by_time(struct sk_buff_head *queue, struct sk_buff *skb)
{
	struct sk_buff *at = queue->prev;

	while (at != skb_queue_end(queue) && fq_cb(at)->due > fq_cb(skb)->due)
		at = at->prev;
	skb_queue_insert_after(queue, at, skb);
}

static void flow_add(struct fq_sched *q, struct fq_paced_flow *f, struct sk_buff *skb, ktime_t now)
{
	u8 band = fq_cb(skb)->band;

	if (f->state == FQ_FLOW_IDLE) {
		f->band = band;
		flow_waits(f, &q->band[band].new_flows);
		if (now - f->idle_since > q->conf.refill_delay)
			f->credit = max(f->credit, (s32)q->conf.quantum);
	}
	if (skb_queue_empty(&f->q))
		q->flows.inactive--;
	q->stats.band_pkts[band]++;
	queue_by_time(&f->q, skb);
}

static int fq_enqueue(struct sk_buff *skb, struct Qdisc *sch)
{
	struct fq_sched *q = qdisc_priv(sch);
	u8 band = q->conf.priomap[skb->priority & FQ_PRIO_MAX];
	ktime_t now = sch->dev->net->now;
	struct fq_paced_flow *f;

	if (unlikely(q->stats.band_pkts[band] >= q->conf.limit)) {
		q->stats.band_drops[band]++;
		return drop(skb, sch, SKB_DROP_REASON_FQ_BAND_LIMIT);
	}
	if (skb->edt && unlikely(!within_horizon(q, skb, now)))
		return drop(skb, sch, SKB_DROP_REASON_FQ_HORIZON_LIMIT);
	*fq_cb(skb) = (struct fq_skb_cb){ skb->edt ? max_t(ktime_t, skb->tstamp, 0) : now, band };
	f = classify(q, skb, now);
	if (f && unlikely(f->q.qlen >= q->conf.flow_limit)) {
		q->stats.flows_plimit++;
		return drop(skb, sch, SKB_DROP_REASON_FQ_FLOW_LIMIT);
	}
	if (!f && unlikely(q->internal.qlen >= q->conf.limit)) {
		q->stats.band_drops[band]++;
		return drop(skb, sch, SKB_DROP_REASON_FQ_BAND_LIMIT);
	}
	qdisc_count_in(sch, skb);
	if (f)
		flow_add(q, f, skb, now);
	else
		skb_queue_tail(&q->internal, skb);
	return 0;
}

/* ---- out ---- */

/* The rate that skb's flow has to keep, of which *charge bytes are gone; FQ_NO_RATE: none. */
static u64 rate_of(struct fq_sched *q, struct fq_paced_flow *f, const struct sk_buff *skb,
		   u64 *charge)
{
	const struct tx_sender_ops *ops = skb->net->dev->sender;
	struct tx_sender s = { .rate = FQ_NO_RATE };
	u64 rate;

	/* Who gives times of departure keeps his rate himself. */
	if (skb->edt)
		return q->conf.maxrate;
	if (skb->sk && ops)
		ops->of(skb, &s);
	rate = min(s.rate, q->conf.maxrate);
	if (rate <= q->conf.low_rate_threshold) {
		f->credit = 0;		/* a slow one waits after each packet */
		return rate;
	}
	*charge = max_t(u64, *charge, q->conf.quantum);
	return f->credit > 0 ? FQ_NO_RATE : rate;
}

static void pace(struct fq_sched *q, struct fq_paced_flow *f, const struct sk_buff *skb,
		 ktime_t now)
{
	u64 charge = qdisc_pkt_len(skb), rate = rate_of(q, f, skb, &charge);
	ktime_t ns;

	if (rate == FQ_NO_RATE)
		return;
	/* The rate may change: a second at most until it is looked at again. */
	if (rate <= charge) {
		ns = NSEC_PER_SEC;
		q->stats.pkts_too_long += rate < charge;
	} else {
		ns = (ktime_t)(charge * NSEC_PER_SEC / rate);
	}
	/* One that left late lets the next follow a bit sooner. */
	if (f->time_next)
		ns -= min(ns / 2, now - f->time_next);
	f->time_next = now + ns;
}

/* The flow whose turn it is in b; NULL: none waits there. */
static struct fq_paced_flow *band_next(struct fq_sched *q, struct fq_band *b, bool *is_new)
{
	for (;;) {
		struct list_head *head = list_empty(&b->new_flows) ? &b->old_flows :
					 &b->new_flows;
		struct fq_paced_flow *f;

		if (list_empty(head))
			return NULL;
		f = list_first_entry(head, struct fq_paced_flow, list);
		*is_new = head == &b->new_flows;
		if (f->credit > 0)
			return f;
		f->credit += (s32)q->conf.quantum;
		list_move_tail(&f->list, &b->old_flows);
	}
}

/* f has its turn: a packet that is due; NULL: it has none, and is out of the round or, for once
 * more, at its end: who was new shall not gain by sending a packet at a time. */
static struct sk_buff *flow_take(struct fq_sched *q, struct fq_paced_flow *f, bool is_new,
				 ktime_t now)
{
	struct sk_buff *skb = skb_peek(&f->q);
	ktime_t due;

	if (!skb) {
		if (is_new)
			list_move_tail(&f->list, &q->band[f->band].old_flows);
		else
			fq_flow_rest(&q->flows, f, now);
		return NULL;
	}
	due = max(fq_cb(skb)->due, f->time_next);
	if (due > now) {
		throttle(q, f, due);
		return NULL;
	}
	if (now - due > q->conf.ce_threshold && skb_set_ce(skb))
		q->stats.ce_mark++;
	skb_unlink(skb, &f->q);
	if (skb_queue_empty(&f->q))
		q->flows.inactive++;
	q->stats.band_pkts[fq_cb(skb)->band]--;
	return skb;
}

static struct sk_buff *band_take(struct fq_sched *q, struct fq_band *b, ktime_t now)
{
	struct fq_paced_flow *f;
	struct sk_buff *skb;
	bool is_new;

	while ((f = band_next(q, b, &is_new))) {
		skb = flow_take(q, f, is_new, now);
		if (!skb)
			continue;
		f->credit -= (s32)qdisc_pkt_len(skb);
		b->credit -= (s32)qdisc_pkt_len(skb);
		if (q->conf.pacing)
			pace(q, f, skb, now);
		return skb;
	}
	return NULL;
}

static void next_band(struct fq_sched *q)
{
	struct fq_band *b;

	q->band_nr = (q->band_nr + 1) % FQ_BANDS;
	b = &q->band[q->band_nr];
	b->credit = min(b->credit + (s32)q->conf.weights[q->band_nr],
			(s32)q->conf.weights[q->band_nr]);
}

/* In turns of the bands' weights; a band where nobody waits gives its turn away. */
static struct sk_buff *take(struct fq_sched *q, ktime_t now)
{
	u32 empty = 0;

	while (empty < FQ_BANDS) {
		struct fq_band *b = &q->band[q->band_nr];
		struct sk_buff *skb;

		skb = b->credit > 0 ? band_take(q, b, now) : NULL;
		if (skb)
			return skb;
		/* Who waits with a debt pays it round by round, so this ends. */
		if (list_empty(&b->new_flows) && list_empty(&b->old_flows))
			empty++;
		else
			empty = 0;
		next_band(q);
	}
	return NULL;
}

static struct sk_buff *fq_dequeue(struct Qdisc *sch)
{
	struct fq_sched *q = qdisc_priv(sch);
	struct sk_buff *skb = skb_dequeue(&q->internal);

	if (!skb)
		skb = take(q, sch->dev->net->now);
	if (!skb)
		return NULL;
	qdisc_count_out(sch, skb);
	/* TCP counts what waits here, and only here: drivers prefer packets without an owner. */
	if (skb->edt == SKB_EDT_TCP && !skb->tx_flags)
		skb_orphan(skb);
	return skb;
}

/* ---- all of it ---- */

static void end_all(struct Qdisc *sch, struct sk_buff_head *queue, enum skb_drop_reason reason)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(queue))) {
		qdisc_count_out(sch, skb);
		kfree_skb_reason(skb, reason);
	}
}

static void end_flows(struct fq_sched *q, struct list_head *flows, enum skb_drop_reason reason)
{
	while (!list_empty(flows)) {
		struct fq_paced_flow *f = list_first_entry(flows, struct fq_paced_flow, list);

		net_timer_del(q->sch->dev->net, &f->timer);
		if (!skb_queue_empty(&f->q))
			q->flows.inactive++;
		end_all(q->sch, &f->q, reason);
		fq_flow_rest(&q->flows, f, 0);
	}
}

static void fq_reset(struct Qdisc *sch, enum skb_drop_reason reason)
{
	struct fq_sched *q = qdisc_priv(sch);

	end_all(sch, &q->internal, reason);
	end_flows(q, &q->throttled, reason);
	for (u32 i = 0; i < FQ_BANDS; i++) {
		end_flows(q, &q->band[i].new_flows, reason);
		end_flows(q, &q->band[i].old_flows, reason);
		q->stats.band_pkts[i] = 0;
	}
	q->stats.throttled_flows = 0;
	fq_flows_clear(&q->flows);
}

/* ---- parameters ---- */

void fq_conf_init(struct fq_conf *conf, const struct net_device *dev)
{
	static const u8 priomap[] = { 1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 };
	u32 frame = dev->mtu + dev->hard_header_len;

	*conf = (struct fq_conf){
		.limit = 10000, .flow_limit = 100, .buckets = 1024, .orphan_mask = 1023,
		.quantum = 2 * frame, .initial_quantum = 10 * frame,
		.maxrate = FQ_NO_RATE, .low_rate_threshold = 550000 / 8,
		.refill_delay = 40 * NSEC_PER_MSEC, .horizon = 10 * NSEC_PER_SEC,
		.ce_threshold = KTIME_MAX, .timer_slack = 10 * NSEC_PER_USEC,
		.pacing = true, .horizon_drop = true,
		.weights = { 589824, 196608, 65536 },
	};
	memcpy(conf->priomap, priomap, sizeof(priomap));
}

int fq_conf_check(const struct fq_conf *conf)
{
	if (!conf->quantum || conf->quantum > 1u << 20 || conf->initial_quantum > INT32_MAX ||
	    !conf->buckets || conf->buckets > FQ_BUCKETS_MAX ||
	    conf->buckets & (conf->buckets - 1))
		return -EINVAL;
	for (u32 i = 0; i <= FQ_PRIO_MAX; i++)
		if (conf->priomap[i] >= FQ_BANDS)
			return -EINVAL;
	for (u32 i = 0; i < FQ_BANDS; i++)
		if (conf->weights[i] < FQ_WEIGHT_MIN || conf->weights[i] > INT32_MAX)
			return -EINVAL;
	return 0;
}

const struct fq_conf *qdisc_fq_conf(const struct Qdisc *sch)
{
	return sch->ops == &fq_qdisc_ops ? (const void *)sch->priv : NULL;
}

/* How many sk_buffs wait. */
static u32 fq_len(const struct fq_sched *q)
{
	u32 n = q->internal.qlen;

	for (u32 i = 0; i < FQ_BANDS; i++)
		n += q->stats.band_pkts[i];
	return n;
}

int qdisc_fq_change(struct Qdisc *sch, const struct fq_conf *conf)
{
	struct fq_sched *q = qdisc_priv(sch);
	int err = fq_flows_resize(&q->flows, conf->buckets);
	struct sk_buff *skb;

	if (err)
		return err;
	q->conf = *conf;
	dev_update_keeps_edt(sch->dev);
	while (fq_len(q) > conf->limit && (skb = fq_dequeue(sch)))
		qdisc_drop(skb, sch);
	return 0;
}

void qdisc_fq_stats(const struct Qdisc *sch, struct fq_stats *stats, ktime_t *next_delay)
{
	const struct fq_sched *q = (const void *)sch->priv;
	const struct fq_paced_flow *f;
	ktime_t first = KTIME_MAX;

	*stats = q->stats;
	stats->gc_flows = q->flows.gc;
	stats->flows = q->flows.n;
	stats->inactive_flows = q->flows.inactive;
	list_for_each_entry(f, &q->throttled, list)
		first = min(first, f->timer.expires);
	*next_delay = first == KTIME_MAX ? 0 : first - sch->dev->net->now;
}

static bool fq_keeps_edt(const struct Qdisc *sch)
{
	return qdisc_fq_conf(sch)->pacing;
}

const struct Qdisc_ops fq_qdisc_ops = {
	.id = "fq",
	.priv_size = sizeof(struct fq_sched),
	.init = fq_init,
	.enqueue = fq_enqueue,
	.dequeue = fq_dequeue,
	.reset = fq_reset,
	.destroy = fq_destroy,
	.keeps_edt = fq_keeps_edt,
};

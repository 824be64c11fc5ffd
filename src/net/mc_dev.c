/* SPDX-License-Identifier: MIT */
/* What is told of a device's groups, and when. */
#include "net/mcast.h"

#include "base/mem.h"
#include "base/netns.h"

#define BATCH_NS 1000000		/* what changes together is told together */
#define V1_DELAY_MS 10000		/* RFC 3376 7.2.1: version 1 cannot say how soon */
#define RECORD_HLEN 4u			/* and the group's address */

static struct net *mc_net(const struct mc_dev *d)
{
	return d->dev->net;
}

static u8 robustness(const struct mc_dev *d)
{
	return d->robustness ? d->robustness : d->ops->robustness(d);
}

static bool heard_old(const struct mc_dev *d, u8 version)
{
	return d->old_until[version] > mc_net(d)->now;
}

u8 mc_version(const struct mc_dev *d)
{
	u8 forced = d->ops->forced(d);

	if (forced)
		return forced;
	for (u8 v = 1; v < d->ops->newest; v++)
		if (heard_old(d, v))
			return v;
	return d->ops->newest;
}

static bool speaks_old(const struct mc_dev *d)
{
	return mc_version(d) < d->ops->newest;
}

/* ---- finding ---- */

static struct hlist_head *bucket(const struct mc_dev *d, const struct ip6_addr *a)
{
	return &d->hash[siphash_2u64(ip6_word(a, 0), ip6_word(a, 1), &mc_net(d)->hash_key) %
			MC_HASH_SIZE];
}

struct mc_group *mc_group_find(const struct mc_dev *d, const struct ip6_addr *addr)
{
	struct mc_group *g;

	if (d->hash) {
		hlist_for_each_entry(g, bucket(d, addr), hash)
			if (ipv6_addr_equal(&g->addr, addr))
				return g;
		return NULL;
	}
	list_for_each_entry(g, &d->groups, list)
		if (ipv6_addr_equal(&g->addr, addr))
			return g;
	return NULL;
}

/* Without memory for it all are walked. */
static void hash_make(struct mc_dev *d)
{
	struct mc_group *g;

	d->hash = mem_zalloc(&mc_net(d)->mem, MC_HASH_SIZE * sizeof(*d->hash));
	if (!d->hash)
		return;
	list_for_each_entry(g, &d->groups, list)
		hlist_add_head(&g->hash, bucket(d, &g->addr));
}

static void hash_free(struct mc_dev *d)
{
	mem_free(&mc_net(d)->mem, d->hash, d->hash ? MC_HASH_SIZE * sizeof(*d->hash) : 0);
	d->hash = NULL;
}

/* ---- reports with sources ---- */

struct report {
	struct mc_dev *d;
	struct sk_buff *skb;
	u32 room;
	u16 records;
};

static u32 addr_len(const struct mc_dev *d)
{
	return IP6_ADDR_LEN - d->ops->addr_off;
}

static void report_end(struct report *r)
{
	if (r->skb)
		r->d->ops->send(r->d, r->skb, r->records);
	r->skb = NULL;
	r->records = 0;
}

/* Least MTU: of IPv6, and what IPv4's links have. Routers, headers and the report's own go off. */
#define RECORDS_BYTES 1200u

static bool report_begin(struct report *r, u32 need)
{
	if (r->skb && r->room < need)
		report_end(r);
	if (!r->skb) {
		r->skb = r->d->ops->alloc(r->d, RECORDS_BYTES);
		r->room = RECORDS_BYTES;
	}
	return r->skb;
}

static void put_addr(struct report *r, const struct ip6_addr *a)
{
	u32 len = addr_len(r->d);

	memcpy(skb_put(r->skb, len), a->s6_addr + r->d->ops->addr_off, len);
	r->room -= len;
}

/* Does this record tell of that source? */
static bool is_in_record(const struct mc_group *g, const struct mc_source *s, u8 type)
{
	bool listed = mc_source_listed(g, s);

	switch (type) {
	case MC_ALLOW_NEW_SOURCES:
		return s->changes && listed == !g->excluders;
	case MC_BLOCK_OLD_SOURCES:
		return s->changes && listed == (g->excluders != 0);
	case MC_MODE_IS_INCLUDE:
		return listed && (!g->by_source || s->asked);
	default:
		return listed;
	}
}

static u8 *record_begin(struct report *r, const struct mc_group *g, u8 type)
{
	u8 *rec;

	if (!report_begin(r, RECORD_HLEN + 2 * addr_len(r->d)))
		return NULL;
	rec = skb_put(r->skb, RECORD_HLEN);
	memset(rec, 0, RECORD_HLEN);
	rec[0] = type;
	r->room -= RECORD_HLEN;
	r->records++;
	put_addr(r, &g->addr);
	return rec;
}

static bool is_whole_list(u8 type)
{
	return type == MC_MODE_IS_EXCLUDE || type == MC_CHANGE_TO_EXCLUDE ||
	       type == MC_CHANGE_TO_INCLUDE;
}

/*
 * RFC 3376 4.2.16: sources that do not fit go into another record of the type; but a list of what
 * is excluded is cut off, since a second one would take the place of the first.
 */
static void report_add(struct report *r, const struct mc_group *g, u8 type)
{
	const struct mc_source *s;
	u8 *rec = NULL;
	u16 n = 0;

	if (is_whole_list(type)) {
		rec = record_begin(r, g, type);
		if (!rec)
			return;
	}
	list_for_each_entry(s, &g->sources, list) {
		if (!is_in_record(g, s, type))
			continue;
		if (rec && r->room < addr_len(r->d)) {
			if (g->excluders && is_whole_list(type))
				return;
			report_end(r);
			rec = NULL;
		}
		if (!rec) {
			n = 0;
			rec = record_begin(r, g, type);
		}
		if (!rec)
			return;
		put_addr(r, &s->addr);
		put_be16(rec + 2, ++n);
	}
}

/* ---- timers ---- */

static void arm_within(const struct mc_dev *d, struct timer *t, u32 ms)
{
	struct net *net = mc_net(d);

	net_timer_mod(net, t, net->now + ms_to_ktime(ms ? prng_below(&net->prng, ms) : 0));
}

static void group_free(struct mc_group *g)
{
	struct mc_dev *d = g->dev;
	struct net *net = mc_net(d);

	net_timer_del(net, &g->timer);
	mc_filter_prune(net, g, true);
	list_del_init(&g->list);
	hlist_del_init(&g->hash);
	if (--d->nr_groups == 0)
		hash_free(d);
	mem_free(&net->mem, g, sizeof(*g));
}

/* One group's changes, once more; true: it is to be told again. */
static bool change_tell(struct report *r, struct mc_group *g)
{
	bool again = false;
	struct mc_source *s;

	if (g->mode_changes) {
		report_add(r, g, g->excluders ? MC_CHANGE_TO_EXCLUDE : MC_CHANGE_TO_INCLUDE);
		again = --g->mode_changes;
	} else {
		report_add(r, g, g->excluders ? MC_BLOCK_OLD_SOURCES : MC_ALLOW_NEW_SOURCES);
		report_add(r, g, g->excluders ? MC_ALLOW_NEW_SOURCES : MC_BLOCK_OLD_SOURCES);
	}
	list_for_each_entry(s, &g->sources, list) {
		if (s->changes)
			s->changes--;
		again |= s->changes;
	}
	return again;
}

static void change_timer_fn(struct timer *t)
{
	struct mc_dev *d = container_of(t, struct mc_dev, change_timer);
	struct report r = { .d = d };
	struct mc_group *g, *next;
	bool again = false, more;

	list_for_each_entry_safe(g, next, &d->groups, list) {
		more = d->ops->is_told_of(d, &g->addr) && change_tell(&r, g);
		mc_filter_prune(mc_net(d), g, false);
		if (!g->users && !more)
			group_free(g);
		again |= more;
	}
	report_end(&r);
	if (again)
		arm_within(d, t, d->ops->unsolicited_ms(d, d->ops->newest));
}

static u8 mode_of(const struct mc_group *g)
{
	return g->excluders ? MC_MODE_IS_EXCLUDE : MC_MODE_IS_INCLUDE;
}

/* RFC 3376 5.2: the whole of it. */
static void state_timer_fn(struct timer *t)
{
	struct mc_dev *d = container_of(t, struct mc_dev, state_timer);
	struct report r = { .d = d };
	struct mc_group *g;

	list_for_each_entry(g, &d->groups, list)
		if (g->users && d->ops->is_told_of(d, &g->addr))
			report_add(&r, g, mode_of(g));
	report_end(&r);
}

/* One group: asked for by a query, or told again in the older way after it was joined. */
static void group_timer_fn(struct timer *t)
{
	struct mc_group *g = container_of(t, struct mc_group, timer);
	struct report r = { .d = g->dev };
	struct mc_dev *d = g->dev;
	struct mc_source *s;

	if (!g->users || !d->ops->is_told_of(d, &g->addr))
		return;
	if (speaks_old(d)) {
		if (g->unsolicited && --g->unsolicited)
			arm_within(d, t, d->ops->unsolicited_ms(d, mc_version(d)));
		g->last_reporter = true;
		d->ops->send_old(d, mc_version(d), false, &g->addr);
		return;
	}
	report_add(&r, g, mode_of(g));
	report_end(&r);
	g->by_source = false;
	list_for_each_entry(s, &g->sources, list)
		s->asked = false;
}

/* ---- joining and leaving ---- */

static void tell_soon(struct mc_dev *d)
{
	net_timer_mod(mc_net(d), &d->change_timer, mc_net(d)->now + BATCH_NS);
}

/* Somebody is in it, who was not, or the device has just come up. */
static void group_joined(struct mc_group *g)
{
	struct mc_dev *d = g->dev;

	if (!d->ops->is_told_of(d, &g->addr))
		return;
	if (!speaks_old(d)) {
		tell_soon(d);
		return;
	}
	g->last_reporter = true;
	d->ops->send_old(d, mc_version(d), false, &g->addr);
	g->unsolicited = robustness(d) - 1;
	if (g->unsolicited)
		arm_within(d, &g->timer, d->ops->unsolicited_ms(d, mc_version(d)));
}

static void group_left(struct mc_group *g)
{
	struct mc_dev *d = g->dev;
	u8 mac[6];

	d->ops->mac(&g->addr, mac);
	dev_mc_del(d->dev, mac);
	net_timer_del(mc_net(d), &g->timer);
	if (d->ops->is_told_of(d, &g->addr) && !speaks_old(d)) {
		tell_soon(d);		/* it stays until all of them are told */
		return;
	}
	/* Version 1 of IGMP knows no leaving. */
	if (g->last_reporter && d->ops->is_told_of(d, &g->addr) &&
	    (d->ops->newest == 2 || mc_version(d) == 2))
		d->ops->send_old(d, mc_version(d), true, &g->addr);
	group_free(g);
}

static struct mc_group *group_new(struct mc_dev *d, const struct ip6_addr *addr)
{
	struct mc_group *g = mem_zalloc(&mc_net(d)->mem, sizeof(*g));

	if (!g)
		return NULL;
	g->dev = d;
	g->addr = *addr;
	list_init(&g->sources);
	timer_init(&g->timer, group_timer_fn);
	list_add_tail(&g->list, &d->groups);
	if (d->hash)
		hlist_add_head(&g->hash, bucket(d, addr));
	if (++d->nr_groups == MC_HASH_FROM && !d->hash)
		hash_make(d);
	return g;
}

/* The first user of a group that nobody was in: the card has to let it in. */
static int group_come(struct mc_group *g)
{
	u8 mac[6];

	if (g->dev->dev->flags & IFF_LOOPBACK_)
		return 0;
	g->dev->ops->mac(&g->addr, mac);
	return dev_mc_add(g->dev->dev, mac);
}

int mc_group_change(struct mc_dev *d, const struct ip6_addr *addr, const struct mc_filter *old,
		    const struct mc_filter *now)
{
	struct mc_group *g = mc_group_find(d, addr);
	bool changed, fresh = !g, was = g && g->users;
	int err;

	if (old && !was)
		return -EADDRNOTAVAIL;
	if (!g)
		g = group_new(d, addr);
	if (!g)
		return -ENOMEM;
	err = mc_filter_change(mc_net(d), g, old, now, robustness(d), &changed);
	if (!err && !was) {
		err = group_come(g);
		if (err)	/* with none who comes it needs no memory */
			mc_filter_change(mc_net(d), g, now, NULL, robustness(d), &changed);
	}
	if (err) {
		if (fresh)
			group_free(g);
		return err;
	}
	if (!g->users)
		group_left(g);
	else if (!was)
		group_joined(g);
	else if (changed && !speaks_old(d) && d->ops->is_told_of(d, addr))
		tell_soon(d);
	if (d->ops->changed)
		d->ops->changed(d);
	return 0;
}

/* ---- the device ---- */

void mc_dev_init(struct mc_dev *d, const struct mc_ops *ops, struct net_device *dev)
{
	*d = (struct mc_dev){ .ops = ops, .dev = dev };
	list_init(&d->groups);
	timer_init(&d->change_timer, change_timer_fn);
	timer_init(&d->state_timer, state_timer_fn);
}

void mc_dev_up(struct mc_dev *d)
{
	struct mc_group *g;
	struct mc_source *s;

	list_for_each_entry(g, &d->groups, list) {
		if (!g->users)
			continue;
		if (g->excluders)
			g->mode_changes = robustness(d);
		else
			list_for_each_entry(s, &g->sources, list)
				s->changes = robustness(d);
		group_joined(g);
	}
}

/* Of changes nobody is told any more. */
static void forget_changes(struct mc_dev *d)
{
	struct mc_group *g, *next;
	struct mc_source *s;

	net_timer_del(mc_net(d), &d->change_timer);
	list_for_each_entry_safe(g, next, &d->groups, list) {
		g->mode_changes = 0;
		list_for_each_entry(s, &g->sources, list)
			s->changes = 0;
		mc_filter_prune(mc_net(d), g, false);
		if (!g->users)
			group_free(g);
	}
}

void mc_dev_down(struct mc_dev *d)
{
	struct mc_group *g;

	net_timer_del(mc_net(d), &d->state_timer);
	forget_changes(d);
	memset(d->old_until, 0, sizeof(d->old_until));
	d->robustness = 0;
	d->interval_s = 0;
	list_for_each_entry(g, &d->groups, list)
		net_timer_del(mc_net(d), &g->timer);
}

void mc_dev_destroy(struct mc_dev *d)
{
	mc_dev_down(d);
	while (!list_empty(&d->groups))
		group_free(list_first_entry(&d->groups, struct mc_group, list));
	hash_free(d);
}

/* ---- queries ---- */

/* At some time until then, unless it is to be sooner anyway. */
static void answer_within(const struct mc_dev *d, struct timer *t, u32 ms)
{
	struct net *net = mc_net(d);
	ktime_t at = net->now + ms_to_ktime(ms ? prng_below(&net->prng, ms) : 0);

	if (!timer_pending(t) || t->expires > at)
		net_timer_mod(net, t, at);
}

/* RFC 3376 7.2.1, 8.12: a querier of an older version is there, so long. */
static void old_query(struct mc_dev *d, const struct mc_query *q)
{
	u32 interval = d->interval_s ? d->interval_s : MC_QUERY_INTERVAL_S;
	u8 forced = d->ops->forced(d);

	d->old_until[q->version] = mc_net(d)->now + ms_to_ktime(q->max_delay_ms) +
				   (s64)robustness(d) * interval * NSEC_PER_SEC;
	if (!forced || forced < d->ops->newest)
		forget_changes(d);
}

static bool marked(struct mc_group *g, const struct mc_query *q)
{
	bool mark = q->nsrcs;

	g->by_source = timer_pending(&g->timer) ? g->by_source && mark : mark;
	return !g->by_source || mc_filter_mark(g, q, g->dev->ops->addr_off);
}

void mc_query_rcv(struct mc_dev *d, const struct mc_query *q)
{
	u32 delay = q->max_delay_ms;
	bool all = ipv6_addr_any(&q->group);
	struct mc_group *g;

	if (q->version < d->ops->newest) {
		old_query(d, q);
	} else if (d->ops->newest == 3 && heard_old(d, 1)) {
		delay = V1_DELAY_MS;
		all = true;
	} else if (!speaks_old(d)) {
		d->robustness = q->robustness;
		d->interval_s = q->interval_s;
	}
	if (all && !speaks_old(d)) {
		answer_within(d, &d->state_timer, delay);
		return;
	}
	list_for_each_entry(g, &d->groups, list)
		if (g->users && d->ops->is_told_of(d, &g->addr) &&
		    (all || ipv6_addr_equal(&q->group, &g->addr)) && marked(g, q))
			answer_within(d, &g->timer, delay);
}

void mc_report_heard(struct mc_dev *d, const struct ip6_addr *group)
{
	struct mc_group *g = mc_group_find(d, group);

	if (!g || !g->users || !speaks_old(d))
		return;
	net_timer_del(mc_net(d), &g->timer);
	g->unsolicited = 0;
	g->last_reporter = false;
}

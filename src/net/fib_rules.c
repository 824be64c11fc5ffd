/* SPDX-License-Identifier: MIT */
#include "net/fib_rules.h"

#include "device/netdevice.h"
#include "net/rtnetlink.h"

#define PREF_MAIN 32766
#define PREF_DEFAULT 32767

/* ---- conditions ---- */

static bool prefix_covers(const be32 *prefix, u8 len, const be32 *addr)
{
	for (u32 i = 0; len; i++) {
		u32 bits = min_t(u32, len, 32);

		if ((be32_to_cpu(prefix[i]) ^ be32_to_cpu(addr[i])) & (~0u << (32 - bits)))
			return false;
		len = (u8)(len - bits);
	}
	return true;
}

static bool dev_is(const struct net *net, int ifindex, const char *name)
{
	const struct net_device *dev = ifindex ? dev_get_by_index(net, ifindex) :
						 net->dev->loopback;

	return dev && !strcmp(dev->name, name);
}

static bool port_is(const struct fib_port_range *r, be16 port)
{
	u16 p = be16_to_cpu(port);

	return !r->end || (p >= r->start && p <= r->end);
}

static bool conditions_hold(const struct net *net, const struct fib_rule *r,
			    const struct fib_rule_flow *fl)
{
	if (!prefix_covers(r->src, r->src_len, fl->src) ||
	    !prefix_covers(r->dst, r->dst_len, fl->dst))
		return false;
	if ((r->mark ^ fl->mark) & r->mark_mask)
		return false;
	if (r->tos && r->tos != (fl->tos & ~3u))	/* ECN's bits are no part of it */
		return false;
	if (r->ipproto && r->ipproto != fl->proto)
		return false;
	if (!port_is(&r->sport, fl->sport) || !port_is(&r->dport, fl->dport))
		return false;
	if (r->iif[0] && !dev_is(net, fl->iif, r->iif))
		return false;
	return !r->oif[0] || (fl->oif && dev_is(net, fl->oif, r->oif));
}

/* ---- asking ---- */

static int refusal(u8 action)
{
	switch (action) {
	case FR_ACT_UNREACHABLE: return -ENETUNREACH;
	case FR_ACT_PROHIBIT: return -EACCES;
	default: return -EINVAL;
	}
}

/* The first rule from r on with that preference; a jump only goes forward. NULL: there is none. */
static const struct fib_rule *target_of(const struct fib_rules *rules, const struct fib_rule *r)
{
	const struct fib_rule *t;

	list_for_each_entry(t, &rules->list, list)
		if (t->pref == r->target && t->pref > r->pref)
			return t;
	return NULL;
}

bool fib_rule_resolved(const struct fib_rules *rules, const struct fib_rule *r)
{
	return target_of(rules, r) != NULL;
}

bool fib_rule_has_device(const struct net *net, const char *name)
{
	return !name[0] || dev_get_by_name(net, name);
}

int fib_rules_lookup(const struct fib_rules *rules, const struct fib_rule_flow *fl,
		     int (*ask)(void *ctx, const struct fib_rule *r), void *ctx)
{
	const struct list_head *at = rules->list.next;

	while (at != &rules->list) {
		const struct fib_rule *r = list_entry(at, struct fib_rule, list), *t;
		int err;

		at = at->next;
		if (conditions_hold(rules->net, r, fl) == r->invert)
			continue;
		switch (r->action) {
		case FR_ACT_TO_TBL:
			err = ask(ctx, r);
			if (err != -EAGAIN)
				return err;
			break;
		case FR_ACT_GOTO:
			t = target_of(rules, r);
			if (t)
				at = &t->list;
			break;
		case FR_ACT_NOP:
			break;
		default:
			return refusal(r->action);
		}
	}
	return -ENETUNREACH;
}

/* ---- changes ---- */

static bool words_equal(const be32 *a, const be32 *b)
{
	return !memcmp(a, b, FIB_RULE_WORDS * sizeof(*a));
}

static bool ports_equal(const struct fib_port_range *a, const struct fib_port_range *b)
{
	return a->start == b->start && a->end == b->end;
}

static bool same_conditions(const struct fib_rule *a, const struct fib_rule *b)
{
	return a->src_len == b->src_len && a->dst_len == b->dst_len &&
	       words_equal(a->src, b->src) && words_equal(a->dst, b->dst) && a->mark == b->mark &&
	       a->mark_mask == b->mark_mask && a->tos == b->tos && a->ipproto == b->ipproto &&
	       a->invert == b->invert && ports_equal(&a->sport, &b->sport) &&
	       ports_equal(&a->dport, &b->dport) && !strcmp(a->iif, b->iif) &&
	       !strcmp(a->oif, b->oif);
}

static bool same_rule(const struct fib_rule *a, const struct fib_rule *b)
{
	return a->pref == b->pref && a->action == b->action && a->table == b->table &&
	       a->target == b->target && a->suppress_prefixlen == b->suppress_prefixlen &&
	       same_conditions(a, b);
}

static bool is_plain(const struct fib_rule *r, u32 pref, u32 table)
{
	struct fib_rule plain = {
		.pref = pref, .table = table, .action = FR_ACT_TO_TBL, .suppress_prefixlen = -1,
	};

	return same_rule(r, &plain);
}

/* Do these ask local, then main (and IPv4's default), of everybody? */
static bool are_default(const struct fib_rules *rules)
{
	static const struct {
		u32 pref, table;
	} want[] = { { 0, RT_TABLE_LOCAL }, { PREF_MAIN, RT_TABLE_MAIN },
		     { PREF_DEFAULT, RT_TABLE_DEFAULT } };
	u32 n = rules->words == 1 ? 3 : 2, i = 0;
	const struct fib_rule *r;

	list_for_each_entry(r, &rules->list, list) {
		if (i == n || !is_plain(r, want[i].pref, want[i].table))
			return false;
		i++;
	}
	return i == n;
}

/* Before the first that comes after the one of preference 0. */
static u32 default_pref(const struct fib_rules *rules)
{
	const struct fib_rule *r;
	u32 i = 0;

	list_for_each_entry(r, &rules->list, list)
		if (i++ && r->pref)
			return r->pref - 1;
	return 0;
}

static int rule_enter(struct fib_rules *rules, const struct fib_rule *asked)
{
	struct fib_rule *r = mem_alloc(&rules->net->mem, sizeof(*r)), *at;

	if (!r)
		return -ENOMEM;
	*r = *asked;
	list_for_each_entry(at, &rules->list, list)
		if (at->pref > r->pref)
			break;
	list_add_tail(&r->list, &at->list);
	rules->count++;
	rules->custom = !are_default(rules);
	return 0;
}

int fib_rule_add(struct fib_rules *rules, const struct fib_rule *asked)
{
	struct fib_rule r = *asked;
	const struct fib_rule *at;

	if (!r.has_pref)
		r.pref = default_pref(rules);
	if (r.action == FR_ACT_GOTO && r.target <= r.pref)
		return -EINVAL;		/* backwards would be for ever */
	if (r.src_len > rules->words * 32 || r.dst_len > rules->words * 32)
		return -EINVAL;
	list_for_each_entry(at, &rules->list, list)
		if (same_rule(at, &r))
			return -EEXIST;
	return rules->count < FIB_RULES_MAX ? rule_enter(rules, &r) : -ENOSPC;
}

/* What is asked for says nothing that r does not. */
bool fib_rule_matches(const struct fib_rule *r, const struct fib_rule *q)
{
	return (!q->has_pref || q->pref == r->pref) && (!q->action || q->action == r->action) &&
	       (!q->table || q->table == r->table) && (!q->target || q->target == r->target) &&
	       (!q->mark || q->mark == r->mark) &&
	       (!q->mark_mask || q->mark_mask == r->mark_mask) && (!q->tos || q->tos == r->tos) &&
	       (!q->ipproto || q->ipproto == r->ipproto) &&
	       (!q->protocol || q->protocol == r->protocol) &&
	       (!q->iif[0] || !strcmp(q->iif, r->iif)) &&
	       (!q->oif[0] || !strcmp(q->oif, r->oif)) && (!q->invert || r->invert) &&
	       (!q->sport.end || ports_equal(&q->sport, &r->sport)) &&
	       (!q->dport.end || ports_equal(&q->dport, &r->dport)) &&
	       (q->suppress_prefixlen < 0 || q->suppress_prefixlen == r->suppress_prefixlen) &&
	       (!q->src_len || (q->src_len == r->src_len && words_equal(q->src, r->src))) &&
	       (!q->dst_len || (q->dst_len == r->dst_len && words_equal(q->dst, r->dst)));
}

static void rule_free(struct fib_rules *rules, struct fib_rule *r)
{
	list_del_init(&r->list);
	rules->count--;
	mem_free(&rules->net->mem, r, sizeof(*r));
}

int fib_rule_del(struct fib_rules *rules, const struct fib_rule *asked)
{
	struct fib_rule *r;

	list_for_each_entry(r, &rules->list, list) {
		if (!fib_rule_matches(r, asked))
			continue;
		rule_free(rules, r);
		rules->custom = !are_default(rules);
		return 0;
	}
	return -ENOENT;
}

void fib_rules_flush(struct fib_rules *rules, const struct fib_rule *asked)
{
	struct fib_rule *r, *next;

	list_for_each_entry_safe(r, next, &rules->list, list)
		if (r->pref && fib_rule_matches(r, asked))
			rule_free(rules, r);
	rules->custom = !are_default(rules);
}

static int add_plain(struct fib_rules *rules, u32 pref, u32 table)
{
	struct fib_rule r;

	memset(&r, 0, sizeof(r));
	r.pref = pref;
	r.table = table;
	r.action = FR_ACT_TO_TBL;
	r.protocol = RTPROT_KERNEL;
	r.suppress_prefixlen = -1;
	return rule_enter(rules, &r);
}

int fib_rules_init(struct fib_rules *rules, struct net *net, u8 words)
{
	int err;

	*rules = (struct fib_rules){ .net = net, .words = words };
	list_init(&rules->list);
	err = add_plain(rules, 0, RT_TABLE_LOCAL);
	if (!err)
		err = add_plain(rules, PREF_MAIN, RT_TABLE_MAIN);
	if (!err && words == 1)
		err = add_plain(rules, PREF_DEFAULT, RT_TABLE_DEFAULT);
	return err;
}

void fib_rules_exit(struct fib_rules *rules)
{
	struct fib_rule *r, *next;

	if (!rules->net)
		return;
	list_for_each_entry_safe(r, next, &rules->list, list)
		rule_free(rules, r);
}

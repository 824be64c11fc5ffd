/* SPDX-License-Identifier: MIT */
/* ip route add, change, replace, append, delete. */
#include "ctl/help.h"
#include "ctl/route_show.h"
#include "ctl/rt_metrics.h"
#include "ctl/rtnames.h"
#include "wire/inet_addr.h"

struct route_words {
	struct fib_config cfg;
	struct dst_metrics metrics;
	bool has_dst, has_type;
	struct nexthop_words *nw;	/* filled only when there are some */
};

static int word_table(struct ctl *c, u32 *table)
{
	const char *w;
	int err = arg_value(c, &w);

	if (!err && !rt_table_parse(w, table))
		err = arg_invalid(c, "\"table\" value is invalid", w);
	return err;
}

static int word_name(struct ctl *c, bool (*parse)(const char *w, u8 *v), u8 *value, const char *msg)
{
	const char *w;
	int err = arg_value(c, &w);

	if (!err && !parse(w, value))
		err = arg_invalid(c, msg, w);
	return err;
}

static int word_via(struct ctl *c, struct fib_config *cfg)
{
	arg_take(c, "inet");
	return arg_addr(c, &cfg->gateway);
}

/* What Linux knows and this stack does not do is refused, not ignored. */
static bool is_unsupported(const char *w)
{
	static const char words[][12] = { "encap", "nhid", "weight", "vrf", "realms" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (arg_is(w, words[i]))
			return true;
	return false;
}

static int word_dst(struct ctl *c, const char *w, struct route_words *rw)
{
	struct arg_prefix p;
	int err;

	if (arg_is(w, "to")) {
		err = arg_value(c, &w);
		if (err)
			return err;
	}
	if (!rw->has_dst && !rw->has_type && rt_type_parse(w, &rw->cfg.type)) {
		rw->has_type = true;
		err = arg_value(c, &w);
		if (err)
			return err;
	}
	if (rw->has_dst)
		return arg_garbage(c, "to", w);
	c->pos--;
	err = arg_prefix(c, &p);
	if (err)
		return err;
	rw->has_dst = true;
	rw->cfg.dst = p.addr;
	rw->cfg.prefixlen = p.any ? 0 : p.plen;
	return 0;
}

static int route_word(struct ctl *c, const char *w, struct route_words *rw)
{
	struct fib_config *cfg = &rw->cfg;
	int err = arg_metric(c, w, &cfg->mtu, &rw->metrics);

	if (err <= 0)
		return err;
	if (arg_is(w, "via"))
		return word_via(c, cfg);
	if (arg_is(w, "dev") || arg_is(w, "oif"))
		return arg_dev(c, &cfg->dev);
	if (arg_is(w, "src"))
		return arg_addr(c, &cfg->prefsrc);
	if (arg_is(w, "metric") || arg_is(w, "priority") || arg_is(w, "preference"))
		return arg_u32(c, "metric", &cfg->priority);
	if (arg_is(w, "scope"))
		return word_name(c, rt_scope_parse, &cfg->scope, "invalid \"scope\" value");
	if (arg_matches(w, "protocol"))
		return word_name(c, rt_proto_parse, &cfg->protocol,
				 "\"protocol\" value is invalid");
	if (arg_matches(w, "table"))
		return word_table(c, &cfg->table);
	if (arg_is(w, "nexthop"))
		return arg_nexthops(c, rw->nw);
	if (arg_is(w, "onlink")) {
		cfg->onlink = true;
		return 0;
	}
	if (is_unsupported(w))
		return ctl_fail(c, -EOPNOTSUPP, "Error: \"%s\" is not supported.", w);
	return word_dst(c, w, rw);
}

/* The messages that Linux gives beside the errno. */
static int route_error(struct ctl *c, const struct fib_config *cfg, int err)
{
	if (err == -ENETUNREACH && (cfg->gateway || cfg->mp_n))
		return ctl_fail(c, err, "Error: Nexthop has invalid gateway.");
	if (err == -ENODEV && cfg->gateway && cfg->onlink)
		return ctl_fail(c, err, "Error: Nexthop device required for onlink.");
	if (err == -ENETDOWN)
		return ctl_fail(c, err, cfg->gateway && cfg->onlink ?
				"Error: Nexthop device is not up." :
				"Error: Device for nexthop is not up.");
	return rtnl_error(c, err);
}

static int route_check(struct ctl *c, const struct fib_config *cfg)
{
	if (cfg->dst & ~inet_make_mask(cfg->prefixlen))
		return ctl_fail(c, -EINVAL, "Error: Invalid prefix for given prefix length.");
	if (cfg->prefsrc && inet_addr_type(c->net, cfg->prefsrc) != RTN_LOCAL)
		return ctl_fail(c, -EINVAL, "Error: Invalid prefsrc address.");
	return 0;
}

static enum fib_mode route_mode(const char *verb)
{
	if (arg_is(verb, "change"))
		return FIB_CHANGE;
	if (arg_is(verb, "replace"))
		return FIB_REPLACE;
	if (arg_is(verb, "append"))
		return FIB_APPEND;
	return arg_is(verb, "prepend") ? FIB_PREPEND : FIB_ADD;
}

static int read_route(struct ctl *c, struct route_words *rw)
{
	const char *w;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "help")) {
			ctl_print(c, HELP_IP_ROUTE);
			return 1;
		}
		err = route_word(c, w, rw);
	}
	rw->cfg.metrics = &rw->metrics;
	rw->cfg.mp = rw->nw->nh;
	rw->cfg.mp_n = rw->nw->n;
	if (!err && rw->cfg.mp_n && rw->cfg.gateway)
		err = ctl_fail(c, -EINVAL, "Error: Nexthop gateway does not match RTA_GATEWAY or "
			       "RTA_VIA.");
	return err;
}

int ctl_route_add(struct ctl *c, const char *verb)
{
	struct nexthop_words nw;
	struct route_words rw = { .nw = &nw };
	struct fib_config *cfg = &rw.cfg;
	bool del = arg_is(verb, "delete");
	int err;

	nw.n = 0;
	err = read_route(c, &rw);
	if (err)
		return min(err, 0);
	if (!rw.has_dst)
		return ctl_usage(c, HELP_IP_ROUTE);
	if (del) {
		if (cfg->table && !fib_table_exists(c->net, cfg->table))
			return ctl_fail(c, -ESRCH, "Error: FIB table does not exist.");
		err = fib_route_del(c->net, cfg);
		return err ? rtnl_error(c, err) : 0;
	}
	if (!cfg->protocol)
		cfg->protocol = RTPROT_BOOT;
	if (!cfg->type)
		cfg->type = RTN_UNICAST;
	err = route_check(c, cfg);
	if (err)
		return err;
	err = fib_route_set(c->net, cfg, route_mode(verb));
	return err ? route_error(c, cfg, err) : 0;
}

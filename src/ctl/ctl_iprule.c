/* SPDX-License-Identifier: MIT */
/* ip rule: which table is asked for whom. How one is printed is in rule_show.c. */
#include "ctl/help.h"
#include "ctl/inet6.h"
#include "ctl/route_show.h"
#include "ctl/rule_show.h"
#include "ctl/rtnames.h"

struct rule_words {
	struct fib_rule r;
	bool v6;
};

/* ---- reading ---- */

int arg_ipproto(struct ctl *c, u8 *proto)
{
	const char *w;
	int err = arg_value(c, &w);

	if (!err && !rt_ipproto_parse(w, proto))
		err = arg_invalid(c, "Invalid \"ipproto\" value\n", w);
	return err;
}

static int word_prefix(struct ctl *c, bool v6, be32 *addr, u8 *plen)
{
	struct arg_prefix p;
	struct ip6_addr a6;
	int err;

	if (v6) {
		err = arg_prefix6(c, &a6, plen);
		memcpy(addr, &a6, sizeof(a6));
		return err;
	}
	err = arg_prefix(c, &p);
	if (err)
		return err;
	*addr = p.addr;
	*plen = p.any ? 0 : p.plen;
	return 0;
}

/* MARK or MARK/MASK */
static int word_mark(struct ctl *c, struct fib_rule *r)
{
	char text[16];
	const char *w, *slash;
	u64 v, mask = UINT32_MAX;
	int err = arg_value(c, &w);

	if (err)
		return err;
	slash = strchr(w, '/');
	if (slash && (size_t)(slash - w) < sizeof(text)) {
		memcpy(text, w, (size_t)(slash - w));
		text[slash - w] = '\0';
		if (!parse_u64(slash + 1, UINT32_MAX, &mask))
			return arg_invalid(c, "fwmask value is invalid\n", slash + 1);
	}
	if (!parse_u64(slash ? text : w, UINT32_MAX, &v))
		return arg_invalid(c, "fwmark value is invalid\n", w);
	r->mark = (u32)v;
	r->mark_mask = v || slash ? (u32)mask : 0;	/* mark 0 alone is any */
	return 0;
}

static int word_ports(struct ctl *c, const char *name, struct fib_port_range *range)
{
	u64 from = 0, to = 0;
	const char *w, *dash;
	char text[8];
	int err = arg_value(c, &w);
	bool good = false;

	if (err)
		return err;
	dash = strchr(w, '-');
	if (!dash) {
		good = parse_u64(w, UINT16_MAX, &from);
		to = from;
	} else if ((size_t)(dash - w) < sizeof(text)) {
		memcpy(text, w, (size_t)(dash - w));
		text[dash - w] = '\0';
		good = parse_u64(text, UINT16_MAX, &from) && parse_u64(dash + 1, UINT16_MAX, &to);
	}
	if (!good)
		return ctl_fail(c, -EINVAL, "Error: invalid %s", name);
	if (!from || from > to)
		return ctl_fail(c, -EINVAL, "Error: Invalid %s range.", name);
	*range = (struct fib_port_range){ (u16)from, (u16)to };
	return 0;
}

/* A number without 0x is hexadecimal, too, as ip(8) has it. */
static int word_tos(struct ctl *c, u8 *tos)
{
	const char *w, *p;
	u32 v = 0;
	int err = arg_value(c, &w);

	if (err)
		return err;
	for (p = w[0] == '0' && (w[1] == 'x' || w[1] == 'X') ? w + 2 : w; *p && v < 256; p++) {
		int digit = hex_digit(*p);

		if (digit < 0)
			break;
		v = v * 16 + (u32)digit;
	}
	if (*p || v > 255 || p == w)
		return arg_invalid(c, "TOS value is invalid\n", w);
	if (v & 3)
		return ctl_fail(c, -EINVAL, "Error: Invalid dsfield (tos): ECN bits must be 0.");
	*tos = (u8)v;
	return 0;
}

static int word_ifname(struct ctl *c, char name[FIB_RULE_IFNAME])
{
	struct strbuf sb;
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	sb_init(&sb, name, FIB_RULE_IFNAME);
	sb_puts(&sb, w);
	return sb_truncated(&sb) ? ctl_fail(c, -EINVAL, "\"%s\" not a valid ifname", w) : 0;
}

static int word_action(struct ctl *c, const char *w, struct fib_rule *r)
{
	static const struct {
		char name[12];
		u8 action;
	} actions[] = { { "blackhole", FR_ACT_BLACKHOLE }, { "unreachable", FR_ACT_UNREACHABLE },
			{ "prohibit", FR_ACT_PROHIBIT }, { "nop", FR_ACT_NOP } };

	if (arg_is(w, "type")) {
		int err = arg_value(c, &w);

		if (err)
			return err;
	}
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (arg_is(w, actions[i].name)) {
			r->action = actions[i].action;
			return 0;
		}
	}
	return arg_invalid(c, "Failed to parse rule type", w);
}

static int word_table(struct ctl *c, struct fib_rule *r)
{
	const char *w;
	int err = arg_value(c, &w);

	if (!err && !rt_table_parse(w, &r->table))
		err = arg_invalid(c, "invalid table ID\n", w);
	return err;
}

static int word_suppress(struct ctl *c, struct fib_rule *r)
{
	u32 v;
	int err = arg_u32(c, "suppress_prefixlength", &v);

	if (!err && v > 128)
		err = arg_invalid(c, "suppress_prefixlength value is invalid\n",
				  c->argv[c->pos - 1]);
	r->suppress_prefixlen = (s16)v;
	return err;
}

static bool is_unsupported(const char *w)
{
	static const char words[][18] = { "suppress_ifgroup", "sup_group", "uidrange", "l3mdev",
					  "nat", "map-to", "realms", "tun_id" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (arg_is(w, words[i]))
			return true;
	return false;
}

static int word_rest(struct ctl *c, const char *w, struct fib_rule *r)
{
	const char *value;
	int err;

	if (arg_matches(w, "protocol")) {
		err = arg_value(c, &value);
		return err || rt_proto_parse(value, &r->protocol) ? err :
		       arg_invalid(c, "\"protocol\" value is invalid\n", value);
	}
	if (arg_is(w, "sport"))
		return word_ports(c, w, &r->sport);
	if (arg_is(w, "dport"))
		return word_ports(c, w, &r->dport);
	if (arg_is(w, "ipproto"))
		return arg_ipproto(c, &r->ipproto);
	if (arg_is(w, "suppress_prefixlength") || arg_is(w, "sup_pl"))
		return word_suppress(c, r);
	if (arg_is(w, "goto")) {
		r->action = FR_ACT_GOTO;
		return arg_u32(c, "target", &r->target);
	}
	if (is_unsupported(w))
		return ctl_fail(c, -EOPNOTSUPP, "Error: \"%s\" is not supported.", w);
	return word_action(c, w, r);
}

static int rule_word(struct ctl *c, const char *w, struct rule_words *rw)
{
	struct fib_rule *r = &rw->r;

	if (arg_is(w, "not")) {
		r->invert = true;
		return 0;
	}
	if (arg_is(w, "from"))
		return word_prefix(c, rw->v6, r->src, &r->src_len);
	if (arg_is(w, "to"))
		return word_prefix(c, rw->v6, r->dst, &r->dst_len);
	if (arg_is(w, "preference") || arg_is(w, "pref") || arg_is(w, "priority") ||
	    arg_is(w, "order")) {
		r->has_pref = true;
		return arg_u32(c, "preference", &r->pref);
	}
	if (arg_is(w, "tos") || arg_is(w, "dsfield"))
		return word_tos(c, &r->tos);
	if (arg_is(w, "fwmark"))
		return word_mark(c, r);
	if (arg_matches(w, "lookup") || arg_matches(w, "table"))
		return word_table(c, r);
	if (arg_is(w, "dev") || arg_is(w, "iif"))
		return word_ifname(c, r->iif);
	if (arg_is(w, "oif"))
		return word_ifname(c, r->oif);
	return word_rest(c, w, r);
}

static int rule_words(struct ctl *c, struct rule_words *rw)
{
	const char *w;
	int err = 0;

	memset(rw, 0, sizeof(*rw));
	rw->r.suppress_prefixlen = -1;
	rw->v6 = c->family == LN_AF_INET6;
	while (!err && (w = arg_next(c)))
		err = rule_word(c, w, rw);
	return err;
}

/* ---- the verbs ---- */

static bool is6(const struct ctl *c)
{
	return c->family == LN_AF_INET6;
}

static const struct fib_rules *rules_of(const struct ctl *c)
{
	return is6(c) ? fib6_rules(c->net) : fib4_rules(c->net);
}

static int rule_show(struct ctl *c)
{
	const struct fib_rules *rules = rules_of(c);
	const struct fib_rule *r;
	struct rule_words rw;
	int err = rule_words(c, &rw);

	if (err)
		return err;
	if (c->json)
		json_array_begin(&c->js, NULL);
	list_for_each_entry(r, &rules->list, list)
		if (fib_rule_matches(r, &rw.r))
			rule_print(c, rules, r);
	if (c->json) {
		json_array_end(&c->js);
		sb_putc(c->out, '\n');
	}
	return 0;
}

static int rule_add(struct ctl *c)
{
	struct rule_words rw;
	int err;

	if (!arg_more(c))
		return ctl_fail(c, -EINVAL, "\"ip rule add\" requires arguments.");
	err = rule_words(c, &rw);
	if (err)
		return err;
	if (!rw.r.action)
		rw.r.action = FR_ACT_TO_TBL;
	if (rw.r.action == FR_ACT_TO_TBL && !rw.r.table)
		rw.r.table = RT_TABLE_MAIN;
	err = is6(c) ? fib6_rule_add(c->net, &rw.r) : fib4_rule_add(c->net, &rw.r);
	if (err == -EINVAL && rw.r.action == FR_ACT_GOTO)
		return ctl_fail(c, err, "Error: Backward goto not supported.");
	return err ? rtnl_error(c, err) : 0;
}

static int rule_del(struct ctl *c)
{
	struct rule_words rw;
	int err;

	if (!arg_more(c))
		return ctl_fail(c, -EINVAL, "\"ip rule del\" requires arguments.");
	err = rule_words(c, &rw);
	if (err)
		return err;
	err = is6(c) ? fib6_rule_del(c->net, &rw.r) : fib4_rule_del(c->net, &rw.r);
	return err ? rtnl_error(c, err) : 0;
}

static int rule_flush(struct ctl *c)
{
	struct rule_words rw;
	int err = rule_words(c, &rw);

	if (!err && is6(c))
		fib6_rules_flush(c->net, &rw.r);
	else if (!err)
		fib4_rules_flush(c->net, &rw.r);
	return err;
}

int ctl_ip_rule(struct ctl *c)
{
	const char *w = arg_next(c);

	if (!w || arg_matches(w, "list") || arg_matches(w, "lst") || arg_matches(w, "show"))
		return rule_show(c);
	if (arg_matches(w, "add"))
		return rule_add(c);
	if (arg_matches(w, "delete"))
		return rule_del(c);
	if (arg_matches(w, "flush"))
		return rule_flush(c);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_IP_RULE);
	return arg_unknown_command(c, w, "ip rule help");
}

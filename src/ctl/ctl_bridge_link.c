/* SPDX-License-Identifier: MIT */
/* bridge link: a switch's ports, and what may be set of each. */
#include "ctl/bridge.h"
#include "ctl/help.h"
#include "ctl/link.h"
#include "link/bridge/br.h"

/* What may be set of one port, in the order in which iproute2 prints it. */
struct port_option {
	char name[16];
	u32 max;			/* 1: on or off */
	bool hidden;			/* of `bridge -d link`, which has it elsewhere */
	u32 (*get)(const struct net_bridge_port *p);
	int (*set)(struct net_bridge_port *p, u32 value);
};

#define PORT_FLAG(name) \
	static u32 get_##name(const struct net_bridge_port *p) \
	{ \
		return p->name; \
	} \
	static int set_##name(struct net_bridge_port *p, u32 value) \
	{ \
		p->name = value; \
		return 0; \
	}

PORT_FLAG(hairpin)
PORT_FLAG(learning)
PORT_FLAG(flood)
PORT_FLAG(mcast_flood)
PORT_FLAG(bcast_flood)
PORT_FLAG(isolated)

static u32 get_fast_leave(const struct net_bridge_port *p)
{
	return p->mcast.fast_leave;
}

static int set_fast_leave(struct net_bridge_port *p, u32 on)
{
	p->mcast.fast_leave = on;
	return 0;
}

static u32 get_router(const struct net_bridge_port *p)
{
	return p->mcast.router;
}

static u32 get_guard(const struct net_bridge_port *p)
{
	return p->stp.bpdu_guard;
}

static int set_guard(struct net_bridge_port *p, u32 on)
{
	p->stp.bpdu_guard = on;
	return 0;
}

static int set_edge(struct net_bridge_port *p, u32 on)
{
	p->stp.admin_edge = p->stp.oper_edge = on;
	br_stp_reselect(p->br);
	return 0;
}

static const struct port_option port_options[] = {
	{ "hairpin", 1, false, get_hairpin, set_hairpin },
	{ "guard", 1, false, get_guard, set_guard },
	{ "fastleave", 1, false, get_fast_leave, set_fast_leave },
	{ "learning", 1, false, get_learning, set_learning },
	{ "flood", 1, false, get_flood, set_flood },
	{ "mcast_flood", 1, false, get_mcast_flood, set_mcast_flood },
	{ "bcast_flood", 1, false, get_bcast_flood, set_bcast_flood },
	{ "mcast_router", UINT32_MAX, false, get_router, br_multicast_set_port_router },
	{ "isolated", 1, false, get_isolated, set_isolated },
	{ "edge", 1, true, NULL, set_edge },
	{ "cost", UINT32_MAX, true, NULL, br_stp_set_path_cost },
	{ "priority", UINT32_MAX, true, NULL, br_stp_set_port_priority },
};

/* Linux leaves these to the chip: "storm_bcast 1000pps". */
static const char storm_words[BR_STORM_KINDS][16] = {
	[BR_STORM_BROADCAST] = "storm_bcast", [BR_STORM_MULTICAST] = "storm_mcast",
	[BR_STORM_UNKNOWN] = "storm_ucast",
};

struct rate_unit {
	char name[5];
	bool bits;
	u32 factor;
};

static const struct rate_unit rate_units[] = {
	{ "pps", false, 1 }, { "kpps", false, 1000 }, { "bit", true, 1 }, { "kbit", true, 1000 },
	{ "mbit", true, 1000000 }, { "gbit", true, 1000000000 },
};

static void print_port_flags(struct ctl *c, const struct net_bridge_port *p)
{
	sb_puts(c->out, "    ");
	for (size_t i = 0; i < ARRAY_SIZE(port_options); i++) {
		const struct port_option *o = &port_options[i];

		if (o->hidden)
			continue;
		if (o->max == 1)
			sb_printf(c->out, "%s %s ", o->name, o->get(p) ? "on" : "off");
		else
			sb_printf(c->out, "%s %u ", o->name, o->get(p));
	}
}

/* What Linux has no word for, as its bridge leaves RSTP to others. */
static void print_port_stp(struct ctl *c, const struct net_bridge_port *p)
{
	sb_printf(c->out, "role %s edge %s speaks %s bpdus %u/%u ", br_stp_role_name(p->stp.role),
		  p->stp.oper_edge ? "on" : "off", p->stp.send_rstp ? "rstp" : "stp",
		  p->stp.bpdus_in, p->stp.bpdus_out);
}

/* In the largest unit that divides it. */
static void print_rate(struct ctl *c, const struct br_storm *s)
{
	const struct rate_unit *unit = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(rate_units); i++)
		if (rate_units[i].bits == s->bits && s->rate % rate_units[i].factor == 0 &&
		    (s->bits || rate_units[i].factor == 1))
			unit = &rate_units[i];
	sb_printf(c->out, "%llu%s ", ull(s->rate / unit->factor), unit->name);
}

static void print_port_storms(struct ctl *c, const struct net_bridge_port *p)
{
	ctl_nl(c);
	sb_puts(c->out, "    ");
	for (int i = 0; i < BR_STORM_KINDS; i++) {
		const struct br_storm *s = &p->storms.kind[i];

		if (!s->rate)
			continue;
		sb_printf(c->out, "%s ", storm_words[i]);
		print_rate(c, s);
		sb_printf(c->out, "dropped %llu ", ull(s->dropped));
	}
}

static void json_port_flags(struct json *js, const struct net_bridge_port *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(port_options); i++) {
		const struct port_option *o = &port_options[i];

		if (o->hidden)
			continue;
		if (o->max == 1)
			json_bool(js, o->name, o->get(p));
		else
			json_uint(js, o->name, o->get(p));
	}
}

static void json_port_stp(struct json *js, const struct net_bridge_port *p)
{
	json_str(js, "role", br_stp_role_name(p->stp.role));
	json_bool(js, "edge", p->stp.oper_edge);
	json_str(js, "speaks", p->stp.send_rstp ? "rstp" : "stp");
	json_uint(js, "bpdus_in", p->stp.bpdus_in);
	json_uint(js, "bpdus_out", p->stp.bpdus_out);
}

static void json_port_storms(struct json *js, const struct net_bridge_port *p)
{
	for (int i = 0; i < BR_STORM_KINDS; i++) {
		const struct br_storm *s = &p->storms.kind[i];

		if (!s->rate)
			continue;
		json_object_begin(js, storm_words[i]);
		json_uint(js, "rate", s->rate);
		json_str(js, "unit", s->bits ? "bit" : "pps");
		json_uint(js, "dropped", s->dropped);
		json_object_end(js);
	}
}

static void json_port(struct ctl *c, struct net_device *dev)
{
	struct net_bridge_port *p = dev->br_port;
	struct json *js = &c->js;

	json_object_begin(js, NULL);
	link_json_head(c, dev);
	json_str(js, "master", p->br->dev->name);
	json_str(js, "state", br_state_name(p->state));
	json_uint(js, "priority", p->stp.priority);
	json_uint(js, "cost", p->stp.path_cost);
	if (c->details) {
		json_port_flags(js, p);
		if (p->br->stp.on)
			json_port_stp(js, p);
		json_port_storms(js, p);
	}
	json_object_end(js);
}

static void print_port(struct ctl *c, struct net_device *dev)
{
	struct net_bridge_port *p = dev->br_port;
	u32 flags = link_flags(dev);

	sb_printf(c->out, "%d: %s: <%s%s%s%s%s> mtu %u master %s state %s "
		  "priority %u cost %u ",
		  dev->ifindex, dev->name,
		  (flags & IFF_UP_) && !(flags & IFF_RUNNING_) ? "NO-CARRIER," : "",
		  "BROADCAST,MULTICAST", flags & IFF_PROMISC_ ? ",PROMISC" : "",
		  flags & IFF_UP_ ? ",UP" : "", flags & IFF_LOWER_UP_ ? ",LOWER_UP" : "", dev->mtu,
		  p->br->dev->name, br_state_name(p->state), p->stp.priority, p->stp.path_cost);
	if (c->details) {
		ctl_nl(c);
		print_port_flags(c, p);
		if (p->br->stp.on)
			print_port_stp(c, p);
		if (p->storm_limits)
			print_port_storms(c, p);
	}
	sb_putc(c->out, '\n');
}

static int bridge_link_show(struct ctl *c)
{
	struct net_device *dev, *only = NULL;

	if (arg_is(arg_peek(c), "dev"))
		c->pos++;
	if (arg_more(c)) {
		int err = arg_dev(c, &only);

		if (err)
			return err;
	}
	bridge_json_begin(c);
	for_each_link(c, dev)
		if (dev->br_port && (!only || only == dev))
			(c->json ? json_port : print_port)(c, dev);
	bridge_json_end(c);
	return 0;
}

/* All words are read before anything is done. */
struct port_change {
	bool has[ARRAY_SIZE(port_options)], has_storm[BR_STORM_KINDS];
	u32 value[ARRAY_SIZE(port_options)];
	struct br_storm storm[BR_STORM_KINDS];
};

static int arg_port_value(struct ctl *c, const struct port_option *o, u32 *value)
{
	const char *text;
	int err;

	if (o->max > 1) {
		err = arg_u32(c, o->name, value);
		return !err && *value > o->max ? rtnl_error(c, -EINVAL) : err;
	}
	err = arg_value(c, &text);
	if (!err && !arg_is(text, "on") && !arg_is(text, "off"))
		err = ctl_fail(c, -EINVAL, "Error: argument of \"%s\" must be \"on\" or "
			       "\"off\", not \"%s\"", o->name, text);
	*value = !err && arg_is(text, "on");
	return err;
}

/* "off", "1000pps", "10mbit" */
static int arg_rate(struct ctl *c, const char *what, struct br_storm *s)
{
	const char *text;
	char number[24];
	size_t digits;
	u64 n;
	int err = arg_value(c, &text);

	if (err || arg_is(text, "off"))
		return err;
	digits = strspn(text, "0123456789");
	memcpy(number, text, min(digits, sizeof(number) - 1));
	number[min(digits, sizeof(number) - 1)] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(rate_units); i++) {
		const struct rate_unit *u = &rate_units[i];

		if (!arg_is(text + digits, u->name))
			continue;
		if (!parse_u64(number, BR_STORM_RATE_MAX / u->factor, &n) || !n)
			break;
		s->rate = n * u->factor;
		s->bits = u->bits;
		return 0;
	}
	return ctl_fail(c, -EINVAL, "Error: argument of \"%s\" must be \"off\" or a rate as "
			"1000pps or 10mbit, not \"%s\"", what, text);
}

static int arg_port_option(struct ctl *c, const char *w, struct port_change *ch)
{
	for (size_t i = 0; i < ARRAY_SIZE(port_options); i++) {
		if (arg_is(w, port_options[i].name)) {
			ch->has[i] = true;
			return arg_port_value(c, &port_options[i], &ch->value[i]);
		}
	}
	for (int i = 0; i < BR_STORM_KINDS; i++) {
		if (arg_is(w, storm_words[i])) {
			ch->has_storm[i] = true;
			return arg_rate(c, w, &ch->storm[i]);
		}
	}
	return ctl_fail(c, -EINVAL, "bridge: unknown option \"%s\"?", w);
}

static int port_apply(struct net_bridge_port *p, const struct port_change *ch)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(port_options) && !err; i++)
		if (ch->has[i])
			err = port_options[i].set(p, ch->value[i]);
	for (int i = 0; i < BR_STORM_KINDS && !err; i++)
		if (ch->has_storm[i])
			err = br_storm_set(p, i, ch->storm[i].rate, ch->storm[i].bits);
	return err;
}

static int bridge_link_set(struct ctl *c)
{
	struct port_change ch = { 0 };
	struct net_device *dev = NULL;
	const char *w;
	int err = 0;

	while (!err && (w = arg_next(c)))
		err = arg_is(w, "dev") ? arg_dev(c, &dev) : arg_port_option(c, w, &ch);
	if (err)
		return err;
	if (!dev)
		return ctl_fail(c, -EINVAL, "Device is a required argument.");
	if (!dev->br_port)
		return rtnl_error(c, -EOPNOTSUPP);
	err = port_apply(dev->br_port, &ch);
	return err ? rtnl_error(c, err) : 0;
}

int ctl_bridge_link(struct ctl *c)
{
	const char *w = arg_next(c);

	if (!w || arg_matches(w, "show") || arg_matches(w, "lst") || arg_matches(w, "list"))
		return bridge_link_show(c);
	if (arg_matches(w, "set") || arg_matches(w, "change"))
		return bridge_link_set(c);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_BRIDGE);
	return arg_unknown_command(c, w, "bridge link help");
}

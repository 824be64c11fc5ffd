/* SPDX-License-Identifier: MIT */
/* bridge OBJECT, bridge fdb; brctl show, showmacs, addbr ...: a switch's MAC table. */
#include "ctl/bridge.h"
#include "ctl/help.h"
#include "ctl/link.h"
#include "link/bridge/br.h"
#include "wire/inet_addr.h"

/* ---- bridge fdb ---- */

struct fdb_show {
	struct ctl *c;
	struct net_device *dev;		/* only entries of it */
	struct net_bridge *br;
};

static const char *fdb_state(const struct net_bridge_fdb_entry *e)
{
	return e->is_local ? "permanent" : e->is_static ? "static" : "";
}

static u64 seconds_since(const struct ctl *c, ktime_t then)
{
	return (u64)((c->net->now - then) / NSEC_PER_SEC);
}

static void json_fdb(const struct fdb_show *s, const struct net_bridge_fdb_entry *e,
		     const struct net_device *dev)
{
	struct json *js = &s->c->js;
	char mac[MAC_STR_MAX];

	json_object_begin(js, NULL);
	json_str(js, "mac", mac_str(e->addr, mac));
	if (!s->dev)
		json_str(js, "ifname", dev->name);
	if (e->vid)
		json_uint(js, "vlan", e->vid);
	if (s->c->stats) {
		json_uint(js, "used", seconds_since(s->c, e->used));
		json_uint(js, "updated", seconds_since(s->c, e->updated));
	}
	json_array_begin(js, "flags");
	json_array_end(js);
	json_str(js, "master", s->br->dev->name);
	json_str(js, "state", fdb_state(e));
	json_object_end(js);
}

static int print_fdb(struct net_bridge_fdb_entry *e, void *ctx)
{
	const struct fdb_show *s = ctx;
	struct ctl *c = s->c;
	struct net_device *dev = e->dst ? e->dst->dev : s->br->dev;
	char mac[MAC_STR_MAX];

	if (s->dev && s->dev != dev)
		return 0;
	if (c->json) {
		json_fdb(s, e, dev);
		return 0;
	}
	sb_printf(c->out, "%s ", mac_str(e->addr, mac));
	if (!s->dev)
		sb_printf(c->out, "dev %s ", dev->name);
	if (e->vid)
		sb_printf(c->out, "vlan %u ", e->vid);
	if (c->stats)
		sb_printf(c->out, "used %llu/%llu ", ull(seconds_since(c, e->used)),
			  ull(seconds_since(c, e->updated)));
	sb_printf(c->out, "master %s %s\n", s->br->dev->name, fdb_state(e));
	return 0;
}

static int fdb_words(struct ctl *c, struct fdb_show *s)
{
	const char *w;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		struct net_device *br;

		if (arg_is(w, "br")) {
			err = arg_dev(c, &br);
			if (!err && !br->bridge)
				err = rtnl_error(c, -EINVAL);
			else if (!err)
				s->br = br->bridge;
			continue;
		}
		if (!arg_is(w, "dev") && !arg_is(w, "brport"))
			c->pos--;
		if (s->dev)
			return arg_garbage(c, "dev", w);
		err = arg_dev(c, &s->dev);
	}
	return err;
}

static int fdb_show(struct ctl *c)
{
	struct fdb_show s = { .c = c };
	struct net_device *dev;
	struct net_bridge *only;
	int err = fdb_words(c, &s);

	if (err)
		return err;
	only = s.br;
	bridge_json_begin(c);
	for_each_link(c, dev) {
		s.br = dev->bridge;
		if (s.br && (!only || only == s.br))
			br_fdb_for_each(s.br, print_fdb, &s);
	}
	bridge_json_end(c);
	return 0;
}

static int fdb_change_one(struct net_bridge_port *p, const u8 *mac, u16 vid, bool add,
			  bool is_static)
{
	if (!add)
		return br_fdb_delete(p->br, mac, vid);
	if (br_fdb_find(p->br, mac, vid))
		return -EEXIST;
	return br_fdb_add(p->br, p, mac, vid, is_static);
}

/* Without a VLAN: in each that the port is a member of, where that counts. */
static int fdb_change_all(struct net_bridge_port *p, const u8 *mac, bool add, bool is_static)
{
	int err = fdb_change_one(p, mac, 0, add, is_static);

	for (u16 vid = 1; p->vlan_filter && vid <= BR_VLAN_MAX; vid++)
		if (br_vlan_member(&p->vg, vid) &&
		    !fdb_change_one(p, mac, vid, add, is_static))
			err = 0;
	return err;
}

static int fdb_change(struct ctl *c, bool add)
{
	struct net_device *dev = NULL;
	const char *w, *mac_word = NULL;
	bool is_static = true;		/* permanent and static alike: it never ages */
	u32 vid = 0;
	u8 mac[6];
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "dev"))
			err = arg_dev(c, &dev);
		else if (arg_is(w, "dynamic"))
			is_static = false;
		else if (arg_is(w, "vlan"))
			err = arg_u32(c, "vlan", &vid);
		else if (arg_is(w, "to"))
			err = arg_value(c, &mac_word);
		else if (!arg_is(w, "master") && !arg_is(w, "static") && !arg_is(w, "permanent") &&
			 !arg_is(w, "temp") && !arg_is(w, "local")) {
			if (mac_word)
				return arg_garbage(c, "to", w);
			mac_word = w;
		}
	}
	if (err)
		return err;
	if (!dev || !mac_word)
		return ctl_fail(c, -EINVAL, "Device and address are required arguments.");
	if (!mac_parse(mac_word, mac))
		return ctl_fail(c, -EINVAL, "Invalid mac address %s", mac_word);
	if (!dev->br_port)
		return rtnl_error(c, -EOPNOTSUPP);
	if (vid > BR_VLAN_MAX || (vid && !br_vlan_member(&dev->br_port->vg, (u16)vid)))
		return rtnl_error(c, -EINVAL);
	err = vid ? fdb_change_one(dev->br_port, mac, (u16)vid, add, is_static) :
		    fdb_change_all(dev->br_port, mac, add, is_static);
	return err ? rtnl_error(c, err) : 0;
}

static int fdb_flush(struct ctl *c)
{
	struct net_device *dev;
	int err;

	if (arg_is(arg_peek(c), "dev"))
		c->pos++;
	err = arg_dev(c, &dev);
	if (err)
		return err;
	if (dev->bridge)
		br_fdb_flush(dev->bridge, NULL);
	else if (dev->br_port)
		br_fdb_flush(dev->br_port->br, dev->br_port);
	else
		return rtnl_error(c, -EOPNOTSUPP);
	return 0;
}

static int bridge_fdb(struct ctl *c)
{
	const char *w = arg_next(c);

	if (!w || arg_matches(w, "show") || arg_matches(w, "lst") || arg_matches(w, "list"))
		return fdb_show(c);
	if (arg_matches(w, "add") || arg_matches(w, "append") || arg_matches(w, "replace"))
		return fdb_change(c, true);
	if (arg_matches(w, "delete"))
		return fdb_change(c, false);
	if (arg_matches(w, "flush"))
		return fdb_flush(c);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_BRIDGE);
	return arg_unknown_command(c, w, "bridge fdb help");
}

/* ---- bridge ---- */

void bridge_json_begin(struct ctl *c)
{
	if (c->json)
		json_array_begin(&c->js, NULL);
}

void bridge_json_end(struct ctl *c)
{
	if (!c->json)
		return;
	json_array_end(&c->js);
	sb_putc(c->out, '\n');
}

struct bridge_options {
	bool ranges, pretty;
};

/* One option word, both dashes of a long one stripped to one. */
static int bridge_option(struct ctl *c, const char *w, struct bridge_options *o)
{
	if (arg_matches(w, "-stats") || arg_matches(w, "-statistics"))
		c->stats++;
	else if (arg_matches(w, "-details"))
		c->details = true;
	else if (arg_matches(w, "-compressvlans"))
		o->ranges = true;
	else if (arg_matches(w, "-json"))
		c->json = true;
	else if (arg_matches(w, "-pretty"))
		o->pretty = true;
	else if (!arg_matches(w, "-oneline") && !arg_matches(w, "-color"))
		return ctl_fail(c, -EINVAL, "Option \"%s\" is unknown, try \"bridge help\".", w);
	return 0;
}

int ctl_bridge(struct ctl *c)
{
	struct bridge_options o = { 0 };
	const char *w;

	for (w = arg_next(c); w && *w == '-'; w = arg_next(c)) {
		int err;

		if (arg_wants_help(w))
			return ctl_print(c, HELP_BRIDGE);
		err = bridge_option(c, w[1] == '-' ? w + 1 : w, &o);
		if (err)
			return err;
	}
	if (c->json)
		json_init(&c->js, c->out, o.pretty);
	if (!w)
		return ctl_usage(c, HELP_BRIDGE);
	if (arg_matches(w, "link"))
		return ctl_bridge_link(c);
	if (arg_matches(w, "fdb"))
		return bridge_fdb(c);
	if (arg_matches(w, "mdb"))
		return ctl_bridge_mdb(c);
	if (arg_matches(w, "vlan"))
		return ctl_bridge_vlan(c, o.ranges);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_BRIDGE);
	return ctl_fail(c, -EINVAL, "Object \"%s\" is unknown, try \"bridge help\".", w);
}

/* ---- brctl ---- */

static void brctl_show_one(struct ctl *c, const struct net_bridge *br)
{
	const struct net_bridge_port *p;
	const u8 *a = br->dev->dev_addr;
	bool first = true;

	sb_printf(c->out, "%s\t\t%04x.%02x%02x%02x%02x%02x%02x\t%s\t\t", br->dev->name,
		  br->stp.priority, a[0], a[1], a[2], a[3], a[4], a[5], br->stp.on ? "yes" : "no");
	list_for_each_entry(p, &br->port_list, list) {
		sb_printf(c->out, "%s%s\n", first ? "" : "\t\t\t\t\t\t\t", p->dev->name);
		first = false;
	}
	if (first)
		sb_putc(c->out, '\n');
}

static int brctl_show(struct ctl *c)
{
	struct net_device *dev;

	sb_puts(c->out, "bridge name\tbridge id\t\tSTP enabled\tinterfaces\n");
	for_each_link(c, dev)
		if (dev->bridge && (!arg_more(c) || arg_is(arg_peek(c), dev->name)))
			brctl_show_one(c, dev->bridge);
	return 0;
}

static int showmacs_one(struct net_bridge_fdb_entry *e, void *ctx)
{
	const struct fdb_show *s = ctx;
	u64 age_cs = (u64)((s->c->net->now - e->updated) / (10 * NSEC_PER_MSEC));
	char mac[MAC_STR_MAX];

	sb_printf(s->c->out, "%3d\t%s\t%s\t\t%4llu.%.2llu\n", e->dst ? e->dst->port_no : 0,
		  mac_str(e->addr, mac), e->is_local ? "yes" : "no",
		  e->is_local || e->is_static ? 0ull : ull(age_cs) / 100,
		  e->is_local || e->is_static ? 0ull : ull(age_cs) % 100);
	return 0;
}

/* The verbs with a bridge's name behind them, and some with a port's. */
static int brctl_verb(struct ctl *c, const char *verb, const char *br_name)
{
	struct net_device *br = dev_get_by_name(c->net, br_name);
	struct fdb_show s = { .c = c };
	struct net_device *dev;
	int err;

	if (!br || !br->bridge)
		return ctl_fail(c, -ENODEV, "bridge %s does not exist!", br_name);
	s.br = br->bridge;
	if (arg_is(verb, "delbr")) {
		unregister_netdevice(br);
		return 0;
	}
	if (arg_is(verb, "showmacs")) {
		sb_puts(c->out, "port no\tmac addr\t\tis local?\tageing timer\n");
		return br_fdb_for_each(br->bridge, showmacs_one, &s);
	}
	if (!arg_is(verb, "addif") && !arg_is(verb, "delif"))
		return ctl_fail(c, -EINVAL, "never heard of command [%s]", verb);
	if (!arg_more(c))
		return ctl_usage(c, HELP_BRCTL);
	dev = dev_get_by_name(c->net, arg_peek(c));
	if (!dev)
		return ctl_fail(c, -ENODEV, "interface %s does not exist!", arg_peek(c));
	err = arg_is(verb, "addif") ? br_add_if(br->bridge, dev) : br_del_if(br->bridge, dev);
	if (err == -EBUSY)
		return ctl_fail(c, err, "device %s is already a member of a bridge; can't enslave "
				"it to bridge %s.", dev->name, br_name);
	return err ? ctl_fail(c, err, "can't change bridge %s: %s", br_name, errno_text(err)) : 0;
}

int ctl_brctl(struct ctl *c)
{
	const char *verb = arg_next(c), *name;

	if (arg_wants_help(verb))
		return ctl_print(c, HELP_BRCTL);
	if (!verb)
		return ctl_usage(c, HELP_BRCTL);
	if (arg_is(verb, "show"))
		return brctl_show(c);
	name = arg_next(c);
	if (!name)
		return ctl_usage(c, HELP_BRCTL);
	if (!arg_is(verb, "addbr"))
		return brctl_verb(c, verb, name);
	if (dev_get_by_name(c->net, name))
		return ctl_fail(c, -EEXIST, "device %s already exists; can't create bridge with "
				"the same name", name);
	if (!dev_valid_name(name))
		return ctl_fail(c, -EINVAL, "add bridge failed: %s", errno_text(-EINVAL));
	if (!br_add_bridge(c->net, name))
		return ctl_fail(c, -ENOMEM, "add bridge failed: %s", errno_text(-ENOMEM));
	return 0;
}

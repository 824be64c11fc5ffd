/* SPDX-License-Identifier: MIT */
/* bridge vlan: which VLANs a port is a member of. */
#include "ctl/bridge.h"
#include "ctl/help.h"
#include "ctl/link.h"
#include "link/bridge/br.h"

#define COLUMN "%-16s  "

static const struct net_bridge_vlan_group *group_of(const struct net_device *dev)
{
	return dev->br_port ? &dev->br_port->vg : dev->bridge ? &dev->bridge->vg : NULL;
}

static bool same(const struct net_bridge_vlan_group *vg, u16 a, u16 b)
{
	return br_vlan_member(vg, a) && br_vlan_member(vg, b) && a != vg->pvid && b != vg->pvid &&
	       br_vlan_untagged(vg, a) == br_vlan_untagged(vg, b);
}

static void print_one(struct ctl *c, const struct net_device *dev, u16 vid, u16 last, bool first)
{
	const struct net_bridge_vlan_group *vg = group_of(dev);

	sb_printf(c->out, COLUMN "%u", first ? dev->name : "", vid);
	if (last != vid)
		sb_printf(c->out, "-%u", last);
	sb_printf(c->out, "%s%s\n", vid == vg->pvid ? " PVID" : "",
		  br_vlan_untagged(vg, vid) ? " Egress Untagged" : "");
}

static void json_one(struct ctl *c, const struct net_device *dev, u16 vid, u16 last, bool first)
{
	const struct net_bridge_vlan_group *vg = group_of(dev);
	struct json *js = &c->js;

	if (first) {
		json_object_begin(js, NULL);
		json_str(js, "ifname", dev->name);
		json_array_begin(js, "vlans");
	}
	json_object_begin(js, NULL);
	json_uint(js, "vlan", vid);
	if (last != vid)
		json_uint(js, "vlanEnd", last);
	if (vid == vg->pvid || br_vlan_untagged(vg, vid)) {
		json_array_begin(js, "flags");
		if (vid == vg->pvid)
			json_str(js, NULL, "PVID");
		if (br_vlan_untagged(vg, vid))
			json_str(js, NULL, "Egress Untagged");
		json_array_end(js);
	}
	json_object_end(js);
}

static void print_dev(struct ctl *c, const struct net_device *dev, bool ranges, u32 only)
{
	const struct net_bridge_vlan_group *vg = group_of(dev);
	bool first = true;

	for (u16 vid = 1; vg && vid <= BR_VLAN_MAX; vid++) {
		u16 last = vid;

		if (!br_vlan_member(vg, vid) || (only && vid != only))
			continue;
		while (ranges && last < BR_VLAN_MAX && same(vg, vid, (u16)(last + 1)))
			last++;
		(c->json ? json_one : print_one)(c, dev, vid, last, first);
		first = false;
		vid = last;
	}
	if (c->json && !first) {
		json_array_end(&c->js);
		json_object_end(&c->js);
	}
}

static int vlan_show(struct ctl *c, bool ranges)
{
	struct net_device *dev, *only = NULL;
	const char *w;
	u32 vid = 0;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "vid")) {
			err = arg_u32(c, "vid", &vid);
			continue;
		}
		if (!arg_is(w, "dev"))
			c->pos--;
		if (only)
			return arg_garbage(c, "dev", w);
		err = arg_dev(c, &only);
	}
	if (err)
		return err;
	bridge_json_begin(c);
	if (!c->json)
		sb_puts(c->out, "port              vlan-id  \n");
	for_each_link(c, dev)
		if (!only || only == dev)
			print_dev(c, dev, ranges, vid);
	bridge_json_end(c);
	return 0;
}

struct vlan_change {
	struct net_device *dev;
	u32 first, last;
	unsigned flags;
	bool self;
};

/* "10", "10-20" */
static int arg_range(struct ctl *c, struct vlan_change *ch)
{
	char first[8];
	const char *w, *dash;
	u64 a, b;
	int err = arg_value(c, &w);

	if (err)
		return err;
	dash = strchr(w, '-');
	if (dash && (size_t)(dash - w) < sizeof(first)) {
		memcpy(first, w, (size_t)(dash - w));
		first[dash - w] = '\0';
		if (!parse_u64(first, 4095, &a) || !parse_u64(dash + 1, 4095, &b) || a >= b)
			return ctl_fail(c, -EINVAL, "Invalid VLAN range \"%s\"", w);
	} else if (!parse_u64(w, 4095, &a)) {
		return arg_invalid(c, "Invalid VLAN ID", w);
	} else {
		b = a;
	}
	ch->first = (u32)a;
	ch->last = (u32)b;
	return 0;
}

static int vlan_words(struct ctl *c, struct vlan_change *ch, bool *has_vid)
{
	const char *w;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "dev")) {
			err = arg_dev(c, &ch->dev);
		} else if (arg_is(w, "vid")) {
			*has_vid = true;
			err = arg_range(c, ch);
		} else if (arg_is(w, "pvid")) {
			ch->flags |= BRIDGE_VLAN_PVID;
		} else if (arg_is(w, "untagged")) {
			ch->flags |= BRIDGE_VLAN_UNTAGGED;
		} else if (arg_is(w, "self")) {
			ch->self = true;
		} else if (!arg_is(w, "master")) {
			err = ctl_fail(c, -EINVAL, "bridge: unknown option \"%s\"?", w);
		}
	}
	return err;
}

static int vlan_change(struct ctl *c, bool add)
{
	struct vlan_change ch = { 0 };
	struct net_bridge *br;
	bool has_vid = false;
	int err = vlan_words(c, &ch, &has_vid);

	if (err)
		return err;
	if (!ch.dev || !has_vid)
		return ctl_fail(c, -EINVAL, "Device and VLAN ID are required arguments.");
	if (ch.flags & BRIDGE_VLAN_PVID && ch.first != ch.last)
		return ctl_fail(c, -EINVAL, "pvid cannot be configured for a vlan range");
	br = ch.dev->br_port ? ch.dev->br_port->br : ch.self ? ch.dev->bridge : NULL;
	if (!br)
		return rtnl_error(c, -EOPNOTSUPP);
	if (!ch.first || ch.last > BR_VLAN_MAX)
		return ctl_fail(c, -EINVAL, "Error: bridge: Vlan id is invalid.");
	for (u32 vid = ch.first; vid <= ch.last && !err; vid++)
		err = add ? br_vlan_add(br, ch.dev->br_port, (u16)vid, ch.flags) :
			    br_vlan_delete(br, ch.dev->br_port, (u16)vid);
	return err ? rtnl_error(c, err) : 0;
}

int ctl_bridge_vlan(struct ctl *c, bool ranges)
{
	const char *w = arg_next(c);

	if (!w || arg_matches(w, "show") || arg_matches(w, "lst") || arg_matches(w, "list"))
		return vlan_show(c, ranges);
	if (arg_matches(w, "add"))
		return vlan_change(c, true);
	if (arg_matches(w, "delete"))
		return vlan_change(c, false);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_BRIDGE);
	return arg_unknown_command(c, w, "bridge vlan help");
}

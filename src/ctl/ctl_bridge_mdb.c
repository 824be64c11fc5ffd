/* SPDX-License-Identifier: MIT */
/* bridge mdb: which ports are members of which groups. */
#include "ctl/bridge.h"
#include "ctl/help.h"
#include "ctl/link.h"
#include "link/bridge/br.h"
#include "wire/inet_addr.h"

/* Seconds and hundredths; in JSON it is text, too. */
static void print_timer(struct ctl *c, const struct timer *t)
{
	ktime_t left = timer_pending(t) ? t->expires - c->net->now : 0;
	u64 cs = (u64)(left / (10 * NSEC_PER_MSEC));
	struct strbuf sb;
	char text[32];

	sb_init(&sb, text, sizeof(text));
	sb_printf(&sb, "%4llu.%.2llu", ull(cs / 100), ull(cs % 100));
	if (c->json)
		json_str(&c->js, "timer", text);
	else
		sb_printf(c->out, " %s", text);
}

static const char *group_str(const struct br_ip *g, char text[IP6_STR_MAX])
{
	if (!g->proto)
		return mac_str(g->addr.s6_addr, text);
	if (ipv6_addr_v4mapped(&g->addr))
		return inet_addr_str(ipv6_addr_v4_of(&g->addr), text);
	return ip6_addr_str(&g->addr, text);
}

static void json_member(struct ctl *c, const struct net_bridge_mdb_entry *mp,
			const struct net_bridge_port_group *pg)
{
	const struct net_device *dev = mp->br->dev;
	struct json *js = &c->js;
	char text[IP6_STR_MAX];

	json_object_begin(js, NULL);
	json_uint(js, "index", (u64)dev->ifindex);
	json_str(js, "dev", dev->name);
	json_str(js, "port", pg ? pg->port->dev->name : dev->name);
	json_str(js, "grp", group_str(&mp->addr, text));
	json_str(js, "state", pg && pg->permanent ? "permanent" : "temp");
	if (c->details && pg)
		json_str(js, "protocol", pg->by_hand ? "static" : "kernel");
	json_array_begin(js, "flags");
	json_array_end(js);
	if (mp->addr.vid)
		json_uint(js, "vid", mp->addr.vid);
	if (c->stats)
		print_timer(c, pg ? &pg->timer : &mp->timer);
	json_object_end(js);
}

static void print_member(struct ctl *c, const struct net_bridge_mdb_entry *mp,
			 const struct net_bridge_port_group *pg)
{
	const struct net_device *dev = mp->br->dev;
	char text[IP6_STR_MAX];

	sb_printf(c->out, "dev %s port %s grp %s %s", dev->name,
		  pg ? pg->port->dev->name : dev->name, group_str(&mp->addr, text),
		  pg && pg->permanent ? "permanent" : "temp");
	if (c->details && pg)
		sb_printf(c->out, " proto %s ", pg->by_hand ? "static" : "kernel");
	if (mp->addr.vid)
		sb_printf(c->out, " vid %u", mp->addr.vid);
	if (c->stats)
		print_timer(c, pg ? &pg->timer : &mp->timer);
	sb_putc(c->out, '\n');
}

/* The timer of whichever family it is a router of; NULL: of none. */
static const struct timer *router_timer(const struct net_bridge_port *p)
{
	const struct br_mc_port *q = p->mcast.family;

	for (int i = BR_MC_IP4; i <= BR_MC_IP6; i++)
		if (!list_empty(&q[i].rlist))
			return &q[i].router_timer;
	return NULL;
}

static const char *router_type(const struct net_bridge_port *p)
{
	return p->mcast.router == MDB_RTR_TYPE_PERM ? "permanent" : "temp";
}

static void json_routers(struct ctl *c, const struct net_bridge *br)
{
	const struct net_bridge_port *p;
	struct json *js = &c->js;
	bool any = false;

	list_for_each_entry(p, &br->port_list, list) {
		const struct timer *timer = router_timer(p);

		if (!timer)
			continue;
		if (!any)
			json_array_begin(js, br->dev->name);
		any = true;
		json_object_begin(js, NULL);
		json_str(js, "port", p->dev->name);
		if (c->stats) {
			print_timer(c, timer);
			json_str(js, "type", router_type(p));
		}
		json_object_end(js);
	}
	if (any)
		json_array_end(js);
}

static void print_routers(struct ctl *c, const struct net_bridge *br)
{
	const struct net_bridge_port *p;
	bool any = false;

	list_for_each_entry(p, &br->port_list, list) {
		const struct timer *timer = router_timer(p);

		if (!timer)
			continue;
		if (!any)
			sb_printf(c->out, "router ports on %s: ", br->dev->name);
		any = true;
		sb_printf(c->out, "%s ", p->dev->name);
		if (!c->stats)
			continue;
		c->out->len--;
		print_timer(c, timer);
		sb_printf(c->out, " %s ", router_type(p));
	}
	if (any)
		sb_putc(c->out, '\n');
}

static void print_mdb(struct ctl *c, const struct net_bridge *br, u32 vid)
{
	const struct net_bridge_mdb_entry *mp;
	const struct net_bridge_port_group *pg;

	list_for_each_entry(mp, &br->mcast.mdb, list) {
		if (vid && mp->addr.vid != vid)
			continue;
		if (mp->host_joined)
			(c->json ? json_member : print_member)(c, mp, NULL);
		list_for_each_entry(pg, &mp->ports, list)
			(c->json ? json_member : print_member)(c, mp, pg);
	}
	if (c->details && !c->json)
		print_routers(c, br);
}

/* In JSON the routers of all bridges stand behind the groups of all. */
static void json_mdb(struct ctl *c, const struct net_device *only, u32 vid)
{
	struct net_device *dev;

	bridge_json_begin(c);
	json_object_begin(&c->js, NULL);
	json_array_begin(&c->js, "mdb");
	for_each_link(c, dev)
		if (dev->bridge && (!only || only == dev))
			print_mdb(c, dev->bridge, vid);
	json_array_end(&c->js);
	json_object_begin(&c->js, "router");
	for_each_link(c, dev)
		if (c->details && dev->bridge && (!only || only == dev))
			json_routers(c, dev->bridge);
	json_object_end(&c->js);
	json_object_end(&c->js);
	bridge_json_end(c);
}

static int mdb_show(struct ctl *c)
{
	struct net_device *dev, *only = NULL;
	const char *w;
	u32 vid = 0;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "dev") && !only)
			err = arg_dev(c, &only);
		else if (arg_is(w, "vid"))
			err = arg_u32(c, "vid", &vid);
		else
			return arg_garbage(c, "dev", w);
	}
	if (err)
		return err;
	if (c->json) {
		json_mdb(c, only, vid);
		return 0;
	}
	for_each_link(c, dev)
		if (dev->bridge && (!only || only == dev))
			print_mdb(c, dev->bridge, vid);
	return 0;
}

/* ---- add, del ---- */

struct mdb_change {
	struct net_device *br, *port;
	const char *group;
	struct br_ip ip;
	bool permanent;
	u32 vid;
};

static int arg_mdb(struct ctl *c, struct mdb_change *ch)
{
	const char *w;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "dev"))
			err = arg_dev(c, &ch->br);
		else if (arg_is(w, "port"))
			err = arg_dev(c, &ch->port);
		else if (arg_is(w, "grp"))
			err = arg_value(c, &ch->group);
		else if (arg_is(w, "vid"))
			err = arg_u32(c, "vid", &ch->vid);
		else if (arg_is(w, "permanent") || arg_is(w, "temp"))
			ch->permanent = arg_is(w, "permanent");
		else if (arg_is(w, "src"))
			err = ctl_fail(c, -EOPNOTSUPP, "Error: Sources are not told apart here.");
		else
			return arg_garbage(c, "dev", w);
	}
	if (!err && (!ch->br || !ch->port || !ch->group))
		err = ctl_fail(c, -EINVAL,
			       "Device, group address and port name are required arguments.");
	return err;
}

static int group_of(struct ctl *c, struct mdb_change *ch)
{
	const struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;
	struct br_ip *ip = &ch->ip;
	be32 v4;

	if (inet_addr_parse(ch->group, &v4)) {
		u32 host = be32_to_cpu(v4);

		ip->addr = ipv6_addr_v4mapped_of(v4);
		ip->proto = CONST_BE16(ETH_P_IP);
		if (host >> 28 != 0xe)
			return ctl_fail(c, -EINVAL, "Error: IPv4 entry group address is not "
					"multicast or 0.0.0.0.");
		if (host >> 8 == 0xe00000)
			return ctl_fail(c, -EINVAL,
					"Error: IPv4 entry group address is local multicast.");
		return 0;
	}
	if (ip6_addr_parse(ch->group, &ip->addr)) {
		ip->proto = CONST_BE16(ETH_P_IPV6);
		if (!ipv6_addr_is_multicast(&ip->addr))
			return ctl_fail(c, -EINVAL,
					"Error: IPv6 entry group address is not multicast.");
		if (ipv6_addr_equal(&ip->addr, &all))
			return ctl_fail(c, -EINVAL,
					"Error: IPv6 entry group address is link-local all nodes.");
		return 0;
	}
	if (!mac_parse(ch->group, ip->addr.s6_addr))
		return ctl_fail(c, -EINVAL, "Invalid address \"%s\"", ch->group);
	if (!is_multicast_ether_addr(ip->addr.s6_addr))
		return ctl_fail(c, -EINVAL, "Error: L2 entry group is not multicast.");
	return 0;
}

static int change_one(struct mdb_change *ch, struct net_bridge_port *p, u16 vid, bool add)
{
	struct br_ip ip = ch->ip;

	ip.vid = vid;
	return add ? br_mdb_add(ch->br->bridge, p, &ip, ch->permanent) :
		     br_mdb_delete(ch->br->bridge, p, &ip);
}

/* Without a VLAN: in each that the port is a member of, where that counts. */
static int change_all(struct mdb_change *ch, struct net_bridge_port *p, bool add)
{
	struct net_bridge *br = ch->br->bridge;
	const struct net_bridge_vlan_group *vg = p ? &p->vg : &br->vg;
	int err = 0;

	if (ch->vid || !br->vlan_enabled)
		return change_one(ch, p, (u16)ch->vid, add);
	for (u16 vid = 1; !err && vid <= BR_VLAN_MAX; vid++)
		if (br_vlan_member(vg, vid))
			err = change_one(ch, p, vid, add);
	return err;
}

static int mdb_error(struct ctl *c, int err, bool host)
{
	if (err == -EEXIST)
		return ctl_fail(c, err, host ? "Error: bridge: Group is already joined by host." :
				"Error: bridge: (*, G) group is already joined by port.");
	if (err == -ENOENT)
		err = -EINVAL;		/* as Linux says it */
	return err ? rtnl_error(c, err) : 0;
}

static int mdb_change(struct ctl *c, bool add)
{
	struct mdb_change ch = { 0 };
	struct net_bridge_port *p = NULL;
	int err = arg_mdb(c, &ch);

	if (!err)
		err = group_of(c, &ch);
	if (err)
		return err;
	if (!ch.br->bridge)
		return ctl_fail(c, -EOPNOTSUPP, "Error: Device does not support MDB operations.");
	if (ch.vid > BR_VLAN_MAX)
		return ctl_fail(c, -EINVAL, "Invalid VLAN ID \"%u\"", ch.vid);
	if (ch.port != ch.br) {
		p = ch.port->br_port;
		if (!p)
			return ctl_fail(c, -EINVAL, "Error: bridge: Net device is not a bridge "
					"port.");
		if (p->br != ch.br->bridge)
			return ctl_fail(c, -EINVAL, "Error: bridge: Port belongs to a different "
					"bridge device.");
	}
	if (add && !ch.br->bridge->mcast.snooping)
		return ctl_fail(c, -EINVAL,
				"Error: bridge: Bridge's multicast processing is disabled.");
	if (add && !ch.ip.proto && !ch.permanent)
		return ctl_fail(c, -EINVAL, "Error: bridge: Only permanent L2 entries allowed.");
	if (add && !p && ch.permanent)
		return ctl_fail(c, -EINVAL,
				"Error: bridge: Flags are not allowed for host groups.");
	return mdb_error(c, change_all(&ch, p, add), !p);
}

int ctl_bridge_mdb(struct ctl *c)
{
	const char *w = arg_next(c);

	if (!w || arg_matches(w, "show") || arg_matches(w, "lst") || arg_matches(w, "list"))
		return mdb_show(c);
	if (arg_matches(w, "add") || arg_matches(w, "append") || arg_matches(w, "replace"))
		return mdb_change(c, true);
	if (arg_matches(w, "delete"))
		return mdb_change(c, false);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_BRIDGE);
	return arg_unknown_command(c, w, "bridge mdb help");
}

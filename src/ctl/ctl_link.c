/* SPDX-License-Identifier: MIT */
/* ip link show: devices and their counters; also the head of ip addr show. */
#include "ctl/link.h"

#include "ctl/help.h"
#include "ctl/link_kind.h"
#include "device/qdisc.h"
#include "driver/nic.h"
#include "link/bridge/br.h"
#include "link/veth.h"
#include "link/vlan.h"
#include "wire/inet_addr.h"

u32 link_flags(const struct net_device *dev)
{
	const u32 wishes = IFF_PROMISC_ | IFF_ALLMULTI_, running = IFF_RUNNING_ | IFF_LOWER_UP_;
	u32 flags = (dev->flags & ~(wishes | running)) | (dev->gflags & wishes);

	if (netif_running(dev) && netif_carrier_ok(dev))
		flags |= running;
	return flags;
}

const char *link_operstate(const struct net_device *dev)
{
	if (!netif_running(dev) || !netif_carrier_ok(dev))
		return "DOWN";
	/* Loopback has no carrier to speak of: RFC 2863's unknown, as in Linux. */
	return dev->flags & IFF_LOOPBACK_ ? "UNKNOWN" : "UP";
}

struct net_device *link_master(const struct net_device *dev)
{
	return dev->br_port ? dev->br_port->br->dev : NULL;
}

const char *link_kind(const struct net_device *dev)
{
	if (dev->bridge)
		return "bridge";
	return netif_is_veth(dev) ? "veth" : netif_is_vlan(dev) ? "vlan" : NULL;
}

const char *link_type(const struct net_device *dev)
{
	return dev->flags & IFF_LOOPBACK_ ? "loopback" : "ether";
}

const char *link_qdisc(const struct net_device *dev)
{
	if (!dev->qdisc || !netif_running(dev))
		return "noop";
	return dev->qdisc->ops->id;
}

/* In the order in which iproute2 prints them. */
static const struct {
	u32 bit;
	char name[12];
} flag_names[] = {
	{ IFF_LOOPBACK_, "LOOPBACK" },
	{ IFF_BROADCAST_, "BROADCAST" },
	{ IFF_POINTOPOINT_, "POINTOPOINT" },
	{ IFF_MULTICAST_, "MULTICAST" },
	{ IFF_NOARP_, "NOARP" },
	{ IFF_ALLMULTI_, "ALLMULTI" },
	{ IFF_PROMISC_, "PROMISC" },
	{ IFF_UP_, "UP" },
	{ IFF_LOWER_UP_, "LOWER_UP" },
};

static bool link_no_carrier(u32 flags)
{
	return (flags & IFF_UP_) && !(flags & IFF_RUNNING_);
}

static void print_flags(struct ctl *c, u32 flags)
{
	const char *comma = "";

	sb_putc(c->out, '<');
	if (link_no_carrier(flags)) {
		sb_puts(c->out, "NO-CARRIER");
		comma = ",";
	}
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (!(flags & flag_names[i].bit))
			continue;
		sb_printf(c->out, "%s%s", comma, flag_names[i].name);
		comma = ",";
	}
	sb_putc(c->out, '>');
}

static void json_flags(struct json *js, u32 flags)
{
	json_array_begin(js, "flags");
	if (link_no_carrier(flags))
		json_str(js, NULL, "NO-CARRIER");
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags & flag_names[i].bit)
			json_str(js, NULL, flag_names[i].name);
	json_array_end(js);
}

/* What a VLAN device stands on; a veth's other end, also when it is another instance's. */
static struct net_device *link_peer(const struct net_device *dev)
{
	if (netif_is_vlan(dev))
		return vlan_dev_priv(dev)->real_dev;
	return netif_is_veth(dev) ? veth_peer((struct net_device *)(uintptr_t)dev) : NULL;
}

/* "v0@v1", "eth0.10@eth0"; a peer in another instance has a number only: "v0@if2". */
static void put_name(struct strbuf *sb, const struct net_device *dev)
{
	const struct net_device *peer = link_peer(dev);

	sb_puts(sb, dev->name);
	if (peer && peer->net == dev->net)
		sb_printf(sb, "@%s", peer->name);
	else if (peer)
		sb_printf(sb, "@if%d", peer->ifindex);
}

static void json_peer(struct json *js, const struct net_device *dev)
{
	const struct net_device *peer = link_peer(dev);

	if (peer && peer->net == dev->net)
		json_str(js, "link", peer->name);
	else if (peer)
		json_uint(js, "link_index", (u64)peer->ifindex);
}

static void print_details(struct ctl *c, const struct net_device *dev)
{
	sb_printf(c->out, " promiscuity %d  allmulti %d minmtu %u maxmtu %u ", dev->promiscuity,
		  dev->allmulti, dev->min_mtu, dev->max_mtu);
	link_kind_print(c, dev);
	if (dev->nic && dev->nic->about) {
		ctl_nl(c);
		sb_printf(c->out, "    %s ", dev->nic->about);
	}
	if (dev->br_port) {
		ctl_nl(c);
		sb_printf(c->out, "    bridge_slave state %s learning %s flood %s port_no 0x%x ",
			  br_state_name(dev->br_port->state),
			  dev->br_port->learning ? "on" : "off", dev->br_port->flood ? "on" : "off",
			  dev->br_port->port_no);
	}
	sb_puts(c->out, "numtxqueues 1 numrxqueues 1 ");
}

void link_print(struct ctl *c, struct net_device *dev, bool with_mode)
{
	struct net_device *master = link_master(dev);
	char mac[MAC_STR_MAX], brd[MAC_STR_MAX];

	sb_printf(c->out, "%d: ", dev->ifindex);
	put_name(c->out, dev);
	sb_puts(c->out, ": ");
	print_flags(c, link_flags(dev));
	sb_printf(c->out, " mtu %u qdisc %s ", dev->mtu, link_qdisc(dev));
	if (master)
		sb_printf(c->out, "master %s ", master->name);
	sb_printf(c->out, "state %s %sgroup default qlen %u", link_operstate(dev),
		  with_mode ? "mode DEFAULT " : "", dev->tx_queue_len);
	/* ip -4 addr leaves the hardware address out. */
	if (!with_mode && c->family) {
		ctl_nl(c);
		return;
	}
	ctl_nl(c);
	sb_printf(c->out, "    link/%s %s brd %s", link_type(dev), mac_str(dev->dev_addr, mac),
		  mac_str(dev->broadcast, brd));
	if (c->details)
		print_details(c, dev);
}

void link_print_brief(struct ctl *c, struct net_device *dev)
{
	char name[2 * IFNAMSIZ_ + 8];
	struct strbuf sb;

	sb_init(&sb, name, sizeof(name));
	put_name(&sb, dev);
	sb_printf(c->out, "%-16s %-14s ", name, link_operstate(dev));
}

static void show_brief(struct ctl *c, struct net_device *dev)
{
	char mac[MAC_STR_MAX];

	link_print_brief(c, dev);
	sb_printf(c->out, "%s ", mac_str(dev->dev_addr, mac));
	print_flags(c, link_flags(dev));
	sb_puts(c->out, " \n");
}

void link_json_head(struct ctl *c, struct net_device *dev)
{
	struct json *js = &c->js;

	json_uint(js, "ifindex", (u64)dev->ifindex);
	json_peer(js, dev);
	json_str(js, "ifname", dev->name);
	json_flags(js, link_flags(dev));
	json_uint(js, "mtu", dev->mtu);
}

void link_json(struct ctl *c, struct net_device *dev, bool with_mode)
{
	struct net_device *master = link_master(dev);
	struct json *js = &c->js;
	char mac[MAC_STR_MAX];

	link_json_head(c, dev);
	json_str(js, "qdisc", link_qdisc(dev));
	if (master)
		json_str(js, "master", master->name);
	json_str(js, "operstate", link_operstate(dev));
	if (with_mode)
		json_str(js, "linkmode", "DEFAULT");
	json_str(js, "group", "default");
	json_uint(js, "txqlen", dev->tx_queue_len);
	if (!with_mode && c->family)
		return;
	json_str(js, "link_type", link_type(dev));
	json_str(js, "address", mac_str(dev->dev_addr, mac));
	json_str(js, "broadcast", mac_str(dev->broadcast, mac));
}

static void json_brief(struct ctl *c, struct net_device *dev)
{
	char mac[MAC_STR_MAX];

	json_peer(&c->js, dev);
	json_str(&c->js, "ifname", dev->name);
	json_str(&c->js, "operstate", link_operstate(dev));
	json_str(&c->js, "address", mac_str(dev->dev_addr, mac));
	json_flags(&c->js, link_flags(dev));
}

/* ---- the choice of devices ---- */

int link_filter_dev(struct ctl *c, const char *name, struct link_filter *f)
{
	f->dev = dev_get_by_name(c->net, name);
	return f->dev ? 0 : ctl_fail(c, -ENODEV, "Device \"%s\" does not exist.", name);
}

int link_filter_word(struct ctl *c, const char *w, struct link_filter *f)
{
	const char *name;
	int err;

	if (arg_is(w, "up")) {
		f->up = true;
		return 1;
	}
	if (arg_is(w, "nomaster")) {
		f->nomaster = true;
		return 1;
	}
	if (arg_is(w, "type")) {
		err = arg_value(c, &f->kind);
		return err ? err : 1;
	}
	if (arg_is(w, "dev")) {
		err = arg_value(c, &name);
		if (!err)
			err = link_filter_dev(c, name, f);
		return err ? err : 1;
	}
	if (!arg_is(w, "master"))
		return 0;
	err = arg_value(c, &name);
	if (err)
		return err;
	f->master = dev_get_by_name(c->net, name);
	return f->master ? 1 : arg_invalid(c, "Device does not exist", name);
}

bool link_filter_ok(const struct link_filter *f, const struct net_device *dev)
{
	const char *kind = link_kind(dev);

	if (f->dev && f->dev != dev)
		return false;
	if (f->up && !netif_running(dev))
		return false;
	if (f->master && link_master(dev) != f->master)
		return false;
	if (f->nomaster && link_master(dev))
		return false;
	return !f->kind || (kind && arg_is(kind, f->kind));
}

/* ---- ip link show ---- */

static void show_one(struct ctl *c, struct net_device *dev)
{
	if (c->json) {
		json_object_begin(&c->js, NULL);
		if (c->brief)
			json_brief(c, dev);
		else
			link_json(c, dev, true);
		if (c->stats && !c->brief)
			link_json_stats(c, dev);
		json_object_end(&c->js);
		return;
	}
	if (c->brief) {
		show_brief(c, dev);
		return;
	}
	link_print(c, dev, true);
	if (c->stats) {
		ctl_nl(c);
		link_print_stats(c, dev);
	}
	sb_putc(c->out, '\n');
}

static int link_show(struct ctl *c)
{
	struct link_filter f = { 0 };
	struct net_device *dev;
	const char *w;

	while ((w = arg_next(c))) {
		int r;

		if (arg_matches(w, "help"))
			return ctl_print(c, HELP_IP_LINK);
		r = link_filter_word(c, w, &f);
		if (!r && f.dev)
			return arg_garbage(c, "dev", w);
		if (!r)
			r = link_filter_dev(c, w, &f);
		if (r < 0)
			return r;
	}
	if (c->json)
		json_array_begin(&c->js, NULL);
	for_each_link(c, dev)
		if (link_filter_ok(&f, dev))
			show_one(c, dev);
	if (c->json) {
		json_array_end(&c->js);
		sb_putc(c->out, '\n');
	}
	return 0;
}

int ctl_ip_link(struct ctl *c)
{
	const char *w = arg_next(c);

	if (!w || arg_matches(w, "show") || arg_matches(w, "lst") || arg_matches(w, "list"))
		return link_show(c);
	if (arg_matches(w, "set") || arg_matches(w, "change"))
		return ctl_link_set(c);
	if (arg_matches(w, "add"))
		return ctl_link_add(c);
	if (arg_matches(w, "delete"))
		return ctl_link_del(c);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_IP_LINK);
	return arg_unknown_command(c, w, "ip link help");
}

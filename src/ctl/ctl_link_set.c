/* SPDX-License-Identifier: MIT */
/* ip link set, add, delete. */
#include "ctl/help.h"
#include "ctl/link.h"
#include "ctl/link_kind.h"
#include "link/bridge/br.h"
#include "link/neigh.h"
#include "net/ipv6/ip6.h"

int link_set_up(struct net_device *dev, bool up)
{
	if (up)
		return dev_open(dev);
	dev_close(dev);
	return 0;
}

/* The device counts who wants it; a user's wish counts once, and is what gflags remembers. */
static bool toggle_wish(struct net_device *dev, u32 flag, bool on)
{
	if (!!(dev->gflags & flag) == on)
		return false;
	dev->gflags ^= flag;
	return true;
}

void link_set_promisc(struct net_device *dev, bool on)
{
	if (toggle_wish(dev, IFF_PROMISC_, on))
		dev_set_promiscuity(dev, on ? 1 : -1);
}

void link_set_allmulti(struct net_device *dev, bool on)
{
	if (toggle_wish(dev, IFF_ALLMULTI_, on))
		dev_set_allmulti(dev, on ? 1 : -1);
}

void link_set_flag(struct net_device *dev, u32 flag, bool on)
{
	if (!!(dev->flags & flag) == on)
		return;
	dev->flags ^= flag;
	/* What was learned under the other rule does not hold. */
	if (flag == IFF_NOARP_ && dev->net->neigh)
		neigh_ifdown(&dev->net->neigh->arp, dev);
	if (flag == IFF_NOARP_ && dev->net->ipv6)
		neigh_ifdown(&dev->net->ipv6->nd_tbl, dev);
	call_netdevice_notifiers(dev, NETDEV_CHANGE);
}

/* What one `ip link set` asks for; all is read before anything is done. */
struct link_change {
	struct net_device *dev;
	s8 up, arp, multicast, allmulti, promisc;	/* -1: not mentioned */
	u32 mtu, txqlen;
	bool has_mtu, has_txqlen, has_mac, has_master;
	u8 mac[6];
	const char *name;
	struct net_device *master;			/* NULL with has_master: out of it */
	struct link_kind_args kind;			/* type ... */
};

static int arg_on_off(struct ctl *c, const char *what, s8 *value)
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	if (!arg_is(w, "on") && !arg_is(w, "off"))
		return ctl_fail(c, -EINVAL,
				"Error: argument of \"%s\" must be \"on\" or \"off\", not \"%s\"",
				what, w);
	*value = arg_is(w, "on");
	return 0;
}

static int arg_master(struct ctl *c, struct link_change *ch)
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	ch->has_master = true;
	ch->master = dev_get_by_name(c->net, w);
	return ch->master ? 0 : arg_invalid(c, "Device does not exist", w);
}

/* iproute2 says how many bytes an address that is almost one has. */
static int arg_lladdr(struct ctl *c, struct link_change *ch)
{
	const char *w = arg_peek(c);
	unsigned colons = 0;

	for (const char *p = w; p && *p; p++)
		colons += *p == ':';
	if (colons && colons != 5)
		return ctl_fail(c, -EINVAL, "Invalid address length %u - must be 6 bytes",
				colons + 1);
	ch->has_mac = true;
	return arg_mac(c, ch->mac);
}

static int change_mtu(struct ctl *c, struct link_change *ch)
{
	const char *w = arg_peek(c);
	u64 v;

	if (w && !parse_u64(w, UINT32_MAX, &v))
		return arg_invalid(c, "Invalid \"mtu\" value", w);
	ch->has_mtu = true;
	return arg_u32(c, "mtu", &ch->mtu);
}

/* One word of a change. -ENOENT: it is none. */
static int change_word(struct ctl *c, const char *w, struct link_change *ch)
{
	if (arg_is(w, "up") || arg_is(w, "down")) {
		ch->up = arg_is(w, "up");
		return 0;
	}
	if (arg_is(w, "mtu"))
		return change_mtu(c, ch);
	if (arg_matches(w, "address"))
		return arg_lladdr(c, ch);
	if (arg_is(w, "name"))
		return arg_ifname(c, &ch->name);
	if (arg_is(w, "arp"))
		return arg_on_off(c, "arp", &ch->arp);
	if (arg_is(w, "multicast"))
		return arg_on_off(c, "multicast", &ch->multicast);
	if (arg_is(w, "allmulticast"))
		return arg_on_off(c, "allmulticast", &ch->allmulti);
	if (arg_is(w, "promisc"))
		return arg_on_off(c, "promisc", &ch->promisc);
	if (arg_matches(w, "txqueuelen") || arg_is(w, "qlen")) {
		ch->has_txqlen = true;
		return arg_u32(c, "txqueuelen", &ch->txqlen);
	}
	if (arg_is(w, "master"))
		return arg_master(c, ch);
	if (arg_is(w, "nomaster")) {
		ch->has_master = true;
		ch->master = NULL;
		return 0;
	}
	return arg_is(w, "type") ? arg_link_kind(c, &ch->kind) : -ENOENT;
}

static int change_master(struct ctl *c, const struct link_change *ch)
{
	struct net_device *old = link_master(ch->dev);
	int err = 0;

	if (old == ch->master)
		return 0;
	if (ch->master && !ch->master->bridge)
		return rtnl_error(c, -EOPNOTSUPP);
	if (ch->master && ch->dev->bridge)
		return ctl_fail(c, -ELOOP, "Error: Can not enslave a bridge to a bridge.");
	if (old)
		err = br_del_if(old->bridge, ch->dev);
	if (!err && ch->master)
		err = br_add_if(ch->master->bridge, ch->dev);
	return err ? rtnl_error(c, err) : 0;
}

static int set_mtu(struct ctl *c, struct net_device *dev, u32 mtu)
{
	int err;

	if (mtu < dev->min_mtu)
		return ctl_fail(c, -EINVAL, "Error: mtu less than device minimum.");
	if (dev->max_mtu && mtu > dev->max_mtu)
		return ctl_fail(c, -EINVAL, "Error: mtu greater than device maximum.");
	err = dev_set_mtu(dev, mtu);
	return err ? rtnl_error(c, err) : 0;
}

static int change_flags(struct ctl *c, const struct link_change *ch)
{
	int err = 0;

	if (ch->arp >= 0)
		link_set_flag(ch->dev, IFF_NOARP_, !ch->arp);
	if (ch->multicast >= 0)
		link_set_flag(ch->dev, IFF_MULTICAST_, ch->multicast);
	if (ch->allmulti >= 0)
		link_set_allmulti(ch->dev, ch->allmulti);
	if (ch->promisc >= 0)
		link_set_promisc(ch->dev, ch->promisc);
	if (ch->up >= 0)
		err = link_set_up(ch->dev, ch->up);
	return err ? rtnl_error(c, err) : 0;
}

/* In the kernel's order: address, MTU, name, master, flags. */
static int change_apply(struct ctl *c, const struct link_change *ch)
{
	int err = link_kind_apply(c, ch->dev, &ch->kind);

	if (err)
		return err;
	if (ch->has_mac) {
		err = dev_set_mac_address(ch->dev, ch->mac);
		if (err)
			return rtnl_error(c, err);
	}
	if (ch->has_mtu)
		err = set_mtu(c, ch->dev, ch->mtu);
	if (!err && ch->name && strcmp(ch->name, ch->dev->name)) {
		err = dev_change_name(ch->dev, ch->name);
		if (err)
			return rtnl_error(c, err);
	}
	if (!err && ch->has_txqlen)
		ch->dev->tx_queue_len = ch->txqlen;
	if (!err && ch->has_master)
		err = change_master(c, ch);
	return err ? err : change_flags(c, ch);
}

#define LINK_CHANGE_NONE \
	{ .up = -1, .arp = -1, .multicast = -1, .allmulti = -1, .promisc = -1 }

int ctl_link_set(struct ctl *c)
{
	struct link_change ch = LINK_CHANGE_NONE;
	const char *w, *name = NULL;
	int err;

	while ((w = arg_next(c))) {
		err = change_word(c, w, &ch);
		if (err && err != -ENOENT)
			return err;
		if (!err)
			continue;
		if (arg_matches(w, "help"))
			return ctl_print(c, HELP_IP_LINK);
		if (arg_is(w, "dev")) {
			err = arg_value(c, &w);
			if (err)
				return err;
		}
		if (name)
			return arg_garbage(c, "dev", w);
		name = w;
	}
	if (!name)
		return ctl_fail(c, -EINVAL,
				"Not enough information: \"dev\" argument is required.");
	err = ctl_find_dev(c, name, &ch.dev);
	return err ? err : change_apply(c, &ch);
}

int ctl_link_add(struct ctl *c)
{
	struct link_change ch = LINK_CHANGE_NONE;
	const char *w, *name = NULL;
	struct net_device *link = NULL;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "type")) {
			err = arg_link_kind(c, &ch.kind);
			break;
		}
		if (arg_is(w, "link")) {
			err = arg_dev(c, &link);
			continue;
		}
		if (arg_matches(w, "help"))
			return ctl_print(c, HELP_IP_LINK);
		if (arg_is(w, "name")) {
			err = arg_ifname(c, &name);
		} else if (name) {
			err = change_word(c, w, &ch);
			if (err == -ENOENT)
				err = arg_garbage(c, "dev", w);
		} else {
			c->pos--;
			err = arg_ifname(c, &name);
		}
	}
	if (err)
		return err;
	if (!ch.kind.kind)
		return ctl_fail(c, -EINVAL,
				"Not enough information: \"type\" argument is required");
	ch.name = NULL;
	err = link_kind_make(c, name, link, &ch.kind, &ch.dev);
	return err ? err : change_apply(c, &ch);
}

int ctl_link_del(struct ctl *c)
{
	struct net_device *dev;
	int err;

	if (arg_matches(arg_peek(c), "help"))
		return ctl_print(c, HELP_IP_LINK);
	if (!arg_more(c))
		return ctl_fail(c, -EINVAL,
				"Not enough information: \"dev\" argument is required.");
	if (arg_is(arg_peek(c), "dev"))
		c->pos++;
	err = arg_dev(c, &dev);
	if (err)
		return err;
	if (!link_kind_deletable(dev))
		return rtnl_error(c, -EOPNOTSUPP);
	unregister_netdevice(dev);
	return 0;
}

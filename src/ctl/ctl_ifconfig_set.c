/* SPDX-License-Identifier: MIT */
/* ifconfig DEV ...: word after word is done as it is read; the first that fails ends it. */
#include "ctl/help.h"
#include "ctl/ifconfig.h"
#include "ctl/nettools6.h"
#include "net/ipv4/ifaddr.h"
#include "wire/inet_addr.h"

struct net_device *ifconfig_dev(struct ctl *c, const char *name)
{
	const char *colon = strchr(name, ':');
	char base[IFNAMSIZ_];
	size_t len = colon ? (size_t)(colon - name) : strlen(name);

	if (len >= sizeof(base))
		return NULL;
	memcpy(base, name, len);
	base[len] = '\0';
	return dev_get_by_name(c->net, base);
}

struct ifconfig {
	struct ctl *c;
	struct net_device *dev;
	const char *name;		/* with the alias: the label */
	bool inet6;			/* what follows is of IPv6 */
	bool down;			/* the alias is to be deleted at the end */
};

static int siocs_error(struct ctl *c, const char *what, int err)
{
	return ctl_fail(c, err, "%s: %s", what, errno_text(err));
}

/* What a mask was before there were masks on command lines: by class. */
static u8 default_plen(be32 addr)
{
	u32 a = be32_to_cpu(addr);

	return a < 0x80000000 ? 8 : a < 0xc0000000 ? 16 : a < 0xe0000000 ? 24 : 32;
}

static int put_addr(struct ifconfig *ifc, be32 addr, u8 plen, be32 broadcast)
{
	struct in_ifaddr *ifa;
	u8 scope = ipv4_is_loopback(addr) ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
	int err = inet_addr_add(ifc->dev, addr, plen, broadcast, scope);

	if (err || !strcmp(ifc->name, ifc->dev->name))
		return err;
	list_for_each_entry(ifa, &ifc->dev->ip_ptr->ifa_list, list)
		if (ifa->local == addr && ifa->prefixlen == plen)
			memcpy(ifa->label, ifc->name,
			       min(strlen(ifc->name), sizeof(ifa->label) - 1) + 1);
	return 0;
}

/* The address under this label is replaced; 0.0.0.0 only takes it away. */
static int set_addr(struct ifconfig *ifc, be32 addr, u8 plen, be32 broadcast)
{
	struct in_ifaddr *old = ifa_by_label(ifc->dev, ifc->name);
	int err = 0;

	if (old)
		inet_del_ifa(old);
	if (addr)
		err = put_addr(ifc, addr, plen, broadcast);
	return err ? siocs_error(ifc->c, "SIOCSIFADDR", err) : 0;
}

static be32 default_broadcast(const struct net_device *dev, be32 addr, u8 plen)
{
	return (dev->flags & IFF_BROADCAST_) && plen < 31 ? inet_broadcast(addr, plen) : 0;
}

static int word_addr(struct ifconfig *ifc, const char *w)
{
	struct arg_prefix p;
	int err;

	if (!prefix_parse(w, &p) || p.any)
		return ctl_fail(ifc->c, -EINVAL, "%s: Host name lookup failure\n"
				"ifconfig: `--help' gives usage information.", w);
	if (!p.has_len)
		p.plen = default_plen(p.addr);
	err = set_addr(ifc, p.addr, p.plen, default_broadcast(ifc->dev, p.addr, p.plen));
	/* Setting an address sets the device up, as the ioctl does. */
	if (!err && p.addr && !netif_running(ifc->dev))
		err = dev_open(ifc->dev);
	return err;
}

static int word_netmask(struct ifconfig *ifc)
{
	struct in_ifaddr *ifa = ifa_by_label(ifc->dev, ifc->name);
	const char *w;
	be32 mask;
	u8 plen;
	int err = arg_value(ifc->c, &w);

	if (err)
		return err;
	if (!inet_addr_parse(w, &mask) || !inet_mask_is_contiguous(mask))
		return siocs_error(ifc->c, "SIOCSIFNETMASK", -EINVAL);
	if (!ifa)
		return siocs_error(ifc->c, "SIOCSIFNETMASK", -EADDRNOTAVAIL);
	plen = (u8)inet_mask_len(mask);
	return plen == ifa->prefixlen ? 0 : set_addr(ifc, ifa->local, plen,
						     default_broadcast(ifc->dev, ifa->local, plen));
}

static int word_broadcast(struct ifconfig *ifc)
{
	struct in_ifaddr *ifa = ifa_by_label(ifc->dev, ifc->name);
	const char *w = arg_peek(ifc->c);
	be32 brd;

	if (!w || !inet_addr_parse(w, &brd))
		return 0;	/* alone it only asks for the flag, which is there */
	ifc->c->pos++;
	if (!ifa)
		return siocs_error(ifc->c, "SIOCSIFBRDADDR", -EADDRNOTAVAIL);
	return set_addr(ifc, ifa->local, ifa->prefixlen, brd);
}

static int word_mtu(struct ifconfig *ifc)
{
	const char *w;
	u64 mtu;
	int err = arg_value(ifc->c, &w);

	if (err)
		return err;
	if (!parse_u64(w, UINT32_MAX, &mtu))
		return siocs_error(ifc->c, "SIOCSIFMTU", -EINVAL);
	err = dev_set_mtu(ifc->dev, (u32)mtu);
	return err ? siocs_error(ifc->c, "SIOCSIFMTU", err) : 0;
}

/* hw ether 02:00:00:00:00:01 */
static int word_hw(struct ifconfig *ifc)
{
	const char *kind, *w;
	u8 mac[6];
	int err = arg_value(ifc->c, &kind);

	if (!err && !arg_is(kind, "ether"))
		return ctl_fail(ifc->c, -EINVAL,
				"hw address type `%s' has no handler to set address. failed.",
				kind);
	if (!err)
		err = arg_value(ifc->c, &w);
	if (err)
		return err;
	if (!mac_parse(w, mac))
		return ctl_fail(ifc->c, -EINVAL, "%s: invalid ether address.", w);
	err = dev_set_mac_address(ifc->dev, mac);
	return err ? siocs_error(ifc->c, "SIOCSIFHWADDR", err) : 0;
}

static int word_txqueuelen(struct ifconfig *ifc)
{
	u32 len;
	int err = arg_u32(ifc->c, "txqueuelen", &len);

	if (!err)
		ifc->dev->tx_queue_len = len;
	return err;
}

/* add: the next free alias (eth0:0 ...); del: the alias with that address */
static int word_add_del(struct ifconfig *ifc, bool add)
{
	char label[IFNAMSIZ_ + 4];
	struct ifconfig alias = { .c = ifc->c, .dev = ifc->dev, .name = label };
	struct in_ifaddr *ifa;
	struct arg_prefix p;
	int err = arg_prefix(ifc->c, &p);

	if (err)
		return err;
	for (unsigned i = 0; add && i < 256; i++) {
		struct strbuf sb;

		sb_init(&sb, label, sizeof(((struct in_ifaddr *)0)->label));
		sb_printf(&sb, "%s:%u", ifc->dev->name, i);
		if (!ifa_by_label(ifc->dev, label))
			return set_addr(&alias, p.addr,
					p.has_len ? p.plen : default_plen(p.addr), 0);
	}
	if (!add && ifc->dev->ip_ptr)
		list_for_each_entry(ifa, &ifc->dev->ip_ptr->ifa_list, list)
			if (ifa->local == p.addr) {
				inet_del_ifa(ifa);
				return 0;
			}
	return siocs_error(ifc->c, add ? "SIOCSIFADDR" : "SIOCDIFADDR", -EADDRNOTAVAIL);
}

static int word_updown(struct ifconfig *ifc, bool up)
{
	int err;

	if (!up && strcmp(ifc->name, ifc->dev->name)) {
		ifc->down = true;
		return 0;
	}
	err = link_set_up(ifc->dev, up);
	return err ? siocs_error(ifc->c, "SIOCSIFFLAGS", err) : 0;
}

/* [-]promisc, [-]allmulti, [-]arp, [-]multicast: 0 done, -ENOENT another word */
static int word_flag(struct ifconfig *ifc, const char *w)
{
	bool on = *w != '-';

	if (!on)
		w++;
	if (arg_is(w, "promisc"))
		link_set_promisc(ifc->dev, on);
	else if (arg_is(w, "allmulti"))
		link_set_allmulti(ifc->dev, on);
	else if (arg_is(w, "arp"))
		link_set_flag(ifc->dev, IFF_NOARP_, !on);
	else if (arg_is(w, "multicast"))
		link_set_flag(ifc->dev, IFF_MULTICAST_, on);
	else if (!arg_is(w, "trailers") && !arg_is(w, "dynamic"))
		return -ENOENT;
	return 0;
}

static int one_word(struct ifconfig *ifc, const char *w)
{
	int err = word_flag(ifc, w);

	if (err != -ENOENT)
		return err;
	if (arg_is(w, "up") || arg_is(w, "down"))
		return word_updown(ifc, arg_is(w, "up"));
	if (arg_is(w, "netmask"))
		return word_netmask(ifc);
	if (arg_is(w, "broadcast"))
		return word_broadcast(ifc);
	if (arg_is(w, "mtu"))
		return word_mtu(ifc);
	if (arg_is(w, "hw"))
		return word_hw(ifc);
	if (arg_is(w, "txqueuelen"))
		return word_txqueuelen(ifc);
	if (arg_is(w, "add") || arg_is(w, "del"))
		return ifc->inet6 || (arg_more(ifc->c) && strchr(arg_peek(ifc->c), ':')) ?
		       ifconfig6_change(ifc->c, ifc->dev, arg_is(w, "add")) :
		       word_add_del(ifc, arg_is(w, "add"));
	if (arg_is(w, "inet") || arg_is(w, "inet6")) {
		ifc->inet6 = arg_is(w, "inet6");
		return 0;
	}
	return word_addr(ifc, w);
}

int ifconfig_set(struct ctl *c, const char *name)
{
	struct ifconfig ifc = { .c = c, .dev = ifconfig_dev(c, name), .name = name };
	struct in_ifaddr *ifa;
	const char *w;

	if (!ifc.dev || !ifc.dev->ip_ptr || strlen(name) >= IFNAMSIZ_)
		return ctl_fail(c, -ENODEV,
				"%s: ERROR while getting interface flags: No such device", name);
	while ((w = arg_next(c))) {
		int err = one_word(&ifc, w);

		if (err)
			return err;
	}
	ifa = ifc.down ? ifa_by_label(ifc.dev, name) : NULL;
	if (ifa)
		inet_del_ifa(ifa);
	return 0;
}

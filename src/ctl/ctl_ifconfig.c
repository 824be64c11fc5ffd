/* SPDX-License-Identifier: MIT */
/* ifconfig: show devices; the changes are in ctl_ifconfig_set.c. */
#include "ctl/help.h"
#include "ctl/ifconfig.h"
#include "ctl/nettools6.h"
#include "net/ipv4/ip.h"
#include "wire/inet_addr.h"

/*
 * Linux's /proc/net/dev has one column for all that a receiver had no room for. Here the frames
 * that found no free descriptor (missed) are in it, and not among the dropped: row N2's overruns.
 */
void ifstats_get(const struct net_device *dev, struct ifstats *out)
{
	struct rtnl_link_stats64 s;

	dev_get_stats(dev, &s);
	*out = (struct ifstats){
		.rx_packets = s.rx_packets, .rx_bytes = s.rx_bytes, .rx_errors = s.rx_errors,
		.rx_dropped = s.rx_dropped, .rx_overruns = s.rx_fifo_errors + s.rx_missed_errors,
		.rx_frame = s.rx_length_errors + s.rx_crc_errors + s.rx_frame_errors,
		.multicast = s.multicast,
		.tx_packets = s.tx_packets, .tx_bytes = s.tx_bytes, .tx_errors = s.tx_errors,
		.tx_dropped = s.tx_dropped, .tx_overruns = s.tx_fifo_errors,
		.tx_carrier = s.tx_carrier_errors, .collisions = s.collisions,
	};
}

/* In ifconfig's order. */
static const struct {
	u32 bit;
	char name[12];
} flag_names[] = {
	{ IFF_UP_, "UP" },	     { IFF_BROADCAST_, "BROADCAST" },
	{ IFF_LOOPBACK_, "LOOPBACK" }, { IFF_POINTOPOINT_, "POINTOPOINT" },
	{ IFF_RUNNING_, "RUNNING" }, { IFF_NOARP_, "NOARP" },
	{ IFF_PROMISC_, "PROMISC" }, { IFF_ALLMULTI_, "ALLMULTI" },
	{ IFF_MULTICAST_, "MULTICAST" },
};

static void put_head(struct ctl *c, const struct net_device *dev, const char *name)
{
	u32 flags = link_flags(dev) & 0xffff;
	const char *comma = "";

	sb_printf(c->out, "%s: flags=%u<", name, flags);
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (!(flags & flag_names[i].bit))
			continue;
		sb_printf(c->out, "%s%s", comma, flag_names[i].name);
		comma = ",";
	}
	sb_printf(c->out, ">  mtu %u\n", dev->mtu);
}

static void put_inet(struct ctl *c, const struct in_ifaddr *ifa)
{
	char addr[INET_STR_MAX], mask[INET_STR_MAX], brd[INET_STR_MAX];

	sb_printf(c->out, "        inet %s  netmask %s", inet_addr_str(ifa->local, addr),
		  inet_addr_str(inet_make_mask(ifa->prefixlen), mask));
	if (ifa->in_dev->dev->flags & IFF_BROADCAST_)
		sb_printf(c->out, "  broadcast %s", inet_addr_str(ifa->broadcast, brd));
	sb_putc(c->out, '\n');
}

static void put_hardware(struct ctl *c, const struct net_device *dev)
{
	char mac[MAC_STR_MAX];

	if (dev->flags & IFF_LOOPBACK_)
		sb_printf(c->out, "        loop  txqueuelen %u  (Local Loopback)\n",
			  dev->tx_queue_len);
	else
		sb_printf(c->out, "        ether %s  txqueuelen %u  (Ethernet)\n",
			  mac_str(dev->dev_addr, mac), dev->tx_queue_len);
}

/* "12345678 (11.7 MiB)": steps of 1024, one digit behind the point, cut off. */
static void put_bytes(struct ctl *c, u64 bytes)
{
	static const char units[][4] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	u64 scale = 1;
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(units) && bytes / scale >= 1024) {
		scale *= 1024;
		i++;
	}
	sb_printf(c->out, "%llu (%llu.%llu %s)\n", ull(bytes),
		  ull(bytes / scale),
		  ull(bytes % scale * 10 / scale), units[i]);
}

static void put_stats(struct ctl *c, const struct net_device *dev)
{
	struct ifstats s;

	ifstats_get(dev, &s);
	sb_printf(c->out, "        RX packets %llu  bytes ", ull(s.rx_packets));
	put_bytes(c, s.rx_bytes);
	sb_printf(c->out, "        RX errors %llu  dropped %llu  overruns %llu  frame %llu\n",
		  ull(s.rx_errors), ull(s.rx_dropped),
		  ull(s.rx_overruns), ull(s.rx_frame));
	sb_printf(c->out, "        TX packets %llu  bytes ", ull(s.tx_packets));
	put_bytes(c, s.tx_bytes);
	sb_printf(c->out, "        TX errors %llu  dropped %llu overruns %llu  carrier %llu"
		  "  collisions %llu\n",
		  ull(s.tx_errors), ull(s.tx_dropped),
		  ull(s.tx_overruns), ull(s.tx_carrier),
		  ull(s.collisions));
}

struct in_ifaddr *ifa_by_label(const struct net_device *dev, const char *label)
{
	struct in_ifaddr *ifa;

	if (dev->ip_ptr)
		list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list)
			if (!strcmp(ifa->label, label))
				return ifa;
	return NULL;
}

/* A device, or one of its aliases ("eth0:1"): those have an address and no counters. */
static void put_one(struct ctl *c, const struct net_device *dev, const char *name)
{
	struct in_ifaddr *ifa = ifa_by_label(dev, name);

	put_head(c, dev, name);
	if (ifa)
		put_inet(c, ifa);
	if (!strcmp(name, dev->name))
		ifconfig6_show(c, dev);
	put_hardware(c, dev);
	if (!strcmp(name, dev->name))
		put_stats(c, dev);
	sb_putc(c->out, '\n');
}

static void put_with_aliases(struct ctl *c, const struct net_device *dev)
{
	struct in_ifaddr *ifa;

	put_one(c, dev, dev->name);
	if (!dev->ip_ptr)
		return;
	list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list)
		if (strchr(ifa->label, ':') && ifa_by_label(dev, ifa->label) == ifa)
			put_one(c, dev, ifa->label);
}

/* eth2 before eth10: runs of digits compare as numbers. */
static int natural_cmp(const char *a, const char *b)
{
	while (*a && *b) {
		bool digits = *a >= '0' && *a <= '9' && *b >= '0' && *b <= '9';
		u32 x = 0, y = 0;

		if (!digits) {
			if (*a != *b)
				return (u8)*a < (u8)*b ? -1 : 1;
			a++;
			b++;
			continue;
		}
		for (; *a >= '0' && *a <= '9'; a++)
			x = x * 10 + (u32)(*a - '0');
		for (; *b >= '0' && *b <= '9'; b++)
			y = y * 10 + (u32)(*b - '0');
		if (x != y)
			return x < y ? -1 : 1;
	}
	return *a ? 1 : *b ? -1 : 0;
}

/* net-tools list devices by name. Equal in this order ("eth1", "eth01"): by index. */
static bool name_before(const struct net_device *a, const struct net_device *b)
{
	int cmp = natural_cmp(a->name, b->name);

	return cmp ? cmp < 0 : a->ifindex < b->ifindex;
}

static struct net_device *link_next_by_name(struct ctl *c, const struct net_device *prev)
{
	struct net_device *dev, *best = NULL;

	for_each_link(c, dev)
		if ((!prev || name_before(prev, dev)) && (!best || name_before(dev, best)))
			best = dev;
	return best;
}

/* ---- ifconfig -s and netstat -i ---- */

static void put_short(struct ctl *c, const struct net_device *dev)
{
	u32 flags = link_flags(dev);
	struct ifstats s;

	ifstats_get(dev, &s);
	sb_printf(c->out, "%-15s %5u %8llu %6llu %6llu %-6llu %8llu %6llu %6llu %6llu ", dev->name,
		  dev->mtu, ull(s.rx_packets), ull(s.rx_errors),
		  ull(s.rx_dropped), ull(s.rx_overruns),
		  ull(s.tx_packets), ull(s.tx_errors),
		  ull(s.tx_dropped), ull(s.tx_overruns));
	if (flags & IFF_ALLMULTI_)
		sb_putc(c->out, 'A');
	if (flags & IFF_BROADCAST_)
		sb_putc(c->out, 'B');
	if (flags & IFF_LOOPBACK_)
		sb_putc(c->out, 'L');
	if (flags & IFF_MULTICAST_)
		sb_putc(c->out, 'M');
	if (flags & IFF_PROMISC_)
		sb_putc(c->out, 'P');
	if (flags & IFF_NOARP_)
		sb_putc(c->out, 'O');
	if (flags & IFF_RUNNING_)
		sb_putc(c->out, 'R');
	if (flags & IFF_UP_)
		sb_putc(c->out, 'U');
	sb_putc(c->out, '\n');
}

int ifconfig_short(struct ctl *c, const char *head, bool all, struct net_device *only)
{
	struct net_device *dev;

	sb_puts(c->out, head);
	for (dev = NULL; (dev = link_next_by_name(c, dev)); )
		if (only ? dev == only : all || netif_running(dev))
			put_short(c, dev);
	return 0;
}

void ifconfig_show(struct ctl *c, bool all)
{
	struct net_device *dev;

	for (dev = NULL; (dev = link_next_by_name(c, dev)); )
		if (all || netif_running(dev))
			put_with_aliases(c, dev);
}

int ctl_ifconfig(struct ctl *c)
{
	bool all = false, brief = false;
	struct net_device *dev = NULL;
	const char *w;

	for (w = arg_next(c); w && *w == '-'; w = arg_next(c)) {
		if (arg_is(w, "-a"))
			all = true;
		else if (arg_is(w, "-s"))
			brief = true;
		else if (arg_wants_help(w))
			return ctl_print(c, HELP_IFCONFIG);
		else if (arg_is(w, "-V") || arg_is(w, "--version"))
			return ctl_print(c, "net-tools 2.10 (linnet)\n");
		else if (!arg_is(w, "-v"))
			return ctl_fail(c, -EINVAL, "ifconfig: option `%s' not recognised.\n"
					"ifconfig: `--help' gives usage information.", w);
	}
	if (arg_wants_help(w))
		return ctl_print(c, HELP_IFCONFIG);
	if (w && arg_more(c))
		return ifconfig_set(c, w);
	if (w) {
		dev = ifconfig_dev(c, w);
		if (!dev)
			return ctl_fail(c, -ENODEV, "%s: error fetching interface information: "
					"Device not found", w);
	}
	if (brief)
		return ifconfig_short(c, "Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK "
				      "TX-ERR TX-DRP TX-OVR Flg\n", all, dev);
	if (dev)
		put_one(c, dev, w);
	else
		ifconfig_show(c, all);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* ip maddr, and the files of /proc/net about groups. */
#include "ctl/args.h"
#include "ctl/help.h"
#include "ctl/link.h"
#include "ctl/procfs.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "wire/inet_addr.h"

static be32 group4(const struct ip6_addr *a)
{
	be32 v4;

	memcpy(&v4, a->s6_addr + 12, sizeof(v4));
	return v4;
}

static const char *group_text(const struct ip6_addr *a, char buf[IP6_STR_MAX])
{
	return ipv6_addr_v4mapped(a) ? inet_addr_str(group4(a), buf) : ip6_addr_str(a, buf);
}

/* The latest first, and what a device is in from the start last, as Linux keeps them. */
static const struct mc_group *group_before(const struct mc_dev *d, const struct mc_group *g)
{
	const struct list_head *at = g ? g->list.prev : d->groups.prev;

	return at == &d->groups ? NULL : container_of(at, const struct mc_group, list);
}

#define for_each_group(g, d) \
	for (g = group_before(d, NULL); g; g = group_before(d, g))

static bool has_all_hosts(const struct net_device *dev)
{
	return dev->ip_ptr && dev->flags & IFF_UP_;
}

static bool has_all_nodes(const struct net_device *dev)
{
	return dev->ip6_ptr && !dev->ip6_ptr->cnf.disable_ipv6;
}

/* ---- ip maddr ---- */

static void show_one(struct ctl *c, const char *family, const char *addr, u32 users)
{
	if (c->json) {
		json_object_begin(&c->js, NULL);
		json_str(&c->js, family[0] == 'l' ? "link" : "family",
			 family[0] == 'l' ? addr : family);
		if (family[0] != 'l')
			json_str(&c->js, "address", addr);
		if (users > 1)
			json_uint(&c->js, "users", users);
		json_object_end(&c->js);
		return;
	}
	sb_printf(c->out, "\t%-5s %s", family, addr);
	if (users > 1)
		sb_printf(c->out, " users %u", users);
	ctl_nl(c);
}

static void show_groups(struct ctl *c, const struct mc_dev *d, const char *family)
{
	const struct mc_group *g;
	char buf[IP6_STR_MAX];

	for_each_group(g, d) {
		if (g->users)
			show_one(c, family, group_text(&g->addr, buf), g->users);
	}
}

static void show_dev(struct ctl *c, const struct net_device *dev)
{
	const struct netdev_hw_addr *ha;
	char mac[MAC_STR_MAX];

	if (c->json) {
		json_object_begin(&c->js, NULL);
		json_uint(&c->js, "ifindex", (u64)dev->ifindex);
		json_str(&c->js, "ifname", dev->name);
		json_array_begin(&c->js, "maddr");
	} else {
		sb_printf(c->out, "%d:\t%s", dev->ifindex, dev->name);
		ctl_nl(c);
	}
	if ((!c->family || c->family == 17) && dev->header_ops) {
		list_for_each_entry(ha, &dev->mc, list)
			show_one(c, "link", mac_str(ha->addr, mac), ha->users);
	}
	if ((!c->family || c->family == 2) && dev->ip_ptr) {
		show_groups(c, &dev->ip_ptr->mc, "inet");
		if (has_all_hosts(dev))
			show_one(c, "inet", "224.0.0.1", 1);
	}
	if ((!c->family || c->family == 10) && has_all_nodes(dev)) {
		show_groups(c, &dev->ip6_ptr->mc, "inet6");
		show_one(c, "inet6", "ff02::1", 1);
		show_one(c, "inet6", "ff01::1", 1);
	}
	if (c->json) {
		json_array_end(&c->js);
		json_object_end(&c->js);
	} else if (c->oneline) {
		sb_puts(c->out, "\n");
	}
}

static int show(struct ctl *c)
{
	struct net_device *dev, *only = NULL;
	int err = 0;

	arg_take(c, "dev");
	if (arg_more(c))
		err = arg_dev(c, &only);
	if (err)
		return err;
	if (c->json)
		json_array_begin(&c->js, NULL);
	for_each_netdev(c->net, dev)
		if (!only || dev == only)
			show_dev(c, dev);
	if (c->json)
		json_array_end(&c->js);
	return 0;
}

/* A group of the link layer, for programs that take frames themselves. */
static int change(struct ctl *c, bool add)
{
	struct net_device *dev;
	u8 mac[6];
	int err = arg_mac(c, mac);

	if (err)
		return err;
	if (!arg_take(c, "dev"))
		return ctl_fail(c, -EINVAL,
				"Not enough information: \"dev\" argument is required.");
	err = arg_dev(c, &dev);
	if (err)
		return err;
	if (!(mac[0] & 1))
		return ctl_fail(c, -EINVAL, "ioctl: %s", errno_text(-EINVAL));
	if (add)
		return dev_mc_add(dev, mac);
	dev_mc_del(dev, mac);
	return 0;
}

int ctl_ip_maddr(struct ctl *c)
{
	const char *w = arg_next(c);

	if (arg_wants_help(w))
		return ctl_print(c, HELP_IP_MADDR);
	if (!w || arg_matches(w, "show") || arg_matches(w, "list"))
		return show(c);
	if (arg_matches(w, "add"))
		return change(c, true);
	if (arg_matches(w, "delete"))
		return change(c, false);
	return arg_unknown_command(c, w, "ip maddr help");
}

/* ---- /proc/net/igmp, igmp6, mcfilter, mcfilter6 ---- */

static u32 jiffies_left(const struct net *net, const struct mc_group *g)
{
	return timer_pending(&g->timer) ?
	       (u32)(max(g->timer.expires - net->now, (s64)0) / (NSEC_PER_SEC / 100)) : 0;
}

int proc_net_igmp(struct ctl *c)
{
	const struct mc_group *g;
	struct net_device *dev;

	sb_puts(c->out, "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n");
	for_each_netdev(c->net, dev) {
		if (!dev->ip_ptr)
			continue;
		sb_printf(c->out, "%d\t%-10s: %5u      V%u\n", dev->ifindex, dev->name,
			  dev->ip_ptr->mc.nr_groups + has_all_hosts(dev),
			  mc_version(&dev->ip_ptr->mc));
		for_each_group(g, &dev->ip_ptr->mc)
			sb_printf(c->out, "\t\t\t\t%08X %5u %d:%08X\t\t%d\n", group4(&g->addr),
				  g->users, timer_pending(&g->timer), jiffies_left(c->net, g),
				  g->last_reporter);
		if (has_all_hosts(dev))
			sb_printf(c->out, "\t\t\t\t%08X %5u 0:%08X\t\t0\n",
				  INADDR4_ALLHOSTS_GROUP, 1, 0);
	}
	return 0;
}

static void put_hex(struct ctl *c, const struct ip6_addr *a)
{
	for (u32 i = 0; i < IP6_ADDR_LEN; i++)
		sb_printf(c->out, "%02x", a->s6_addr[i]);
}

enum { MAF_TIMER_RUNNING = 1, MAF_LAST_REPORTER = 2, MAF_LOADED = 4, MAF_NOREPORT = 8 };

static void igmp6_line(struct ctl *c, const struct net_device *dev, const struct ip6_addr *group,
		       u32 users, u32 flags, u32 left)
{
	sb_printf(c->out, "%-4d %-15s ", dev->ifindex, dev->name);
	put_hex(c, group);
	sb_printf(c->out, " %5u %08X %u\n", users, flags, left);
}

int proc_net_igmp6(struct ctl *c)
{
	struct ip6_addr all = IN6ADDR_LINKLOCAL_ALLNODES;
	const struct mc_group *g;
	struct net_device *dev;

	for_each_netdev(c->net, dev) {
		if (!has_all_nodes(dev))
			continue;
		for_each_group(g, &dev->ip6_ptr->mc)
			igmp6_line(c, dev, &g->addr, g->users, MAF_LOADED |
				   (timer_pending(&g->timer) ? MAF_TIMER_RUNNING : 0) |
				   (g->last_reporter ? MAF_LAST_REPORTER : 0),
				   jiffies_left(c->net, g));
		all.s6_addr[1] = IPV6_ADDR_SCOPE_LINKLOCAL;
		igmp6_line(c, dev, &all, 1, MAF_LOADED | MAF_NOREPORT, 0);
		all.s6_addr[1] = IPV6_ADDR_SCOPE_NODELOCAL;
		igmp6_line(c, dev, &all, 1, MAF_NOREPORT, 0);
	}
	return 0;
}

static void mcfilter(struct ctl *c, const struct net_device *dev, const struct mc_dev *d, bool v6)
{
	const struct mc_source *s;
	const struct mc_group *g;

	list_for_each_entry(g, &d->groups, list) {
		list_for_each_entry(s, &g->sources, list) {
			sb_printf(c->out, "%3d %6.6s ", dev->ifindex, dev->name);
			if (v6) {
				put_hex(c, &g->addr);
				sb_puts(c->out, " ");
				put_hex(c, &s->addr);
			} else {
				sb_printf(c->out, "0x%08x 0x%08x", be32_to_cpu(group4(&g->addr)),
					  be32_to_cpu(group4(&s->addr)));
			}
			sb_printf(c->out, " %6u %6u\n", s->including, s->excluding);
		}
	}
}

int proc_net_mcfilter(struct ctl *c)
{
	struct net_device *dev;

	sb_puts(c->out, "Idx Device        MCA        SRC    INC    EXC\n");
	for_each_netdev(c->net, dev)
		if (dev->ip_ptr)
			mcfilter(c, dev, &dev->ip_ptr->mc, false);
	return 0;
}

int proc_net_mcfilter6(struct ctl *c)
{
	struct net_device *dev;

	sb_puts(c->out, "Idx Device                Multicast Address"
		"                   Source Address    INC    EXC\n");
	for_each_netdev(c->net, dev)
		if (dev->ip6_ptr)
			mcfilter(c, dev, &dev->ip6_ptr->mc, true);
	return 0;
}

/* ---- netstat -g ---- */

static void group_line(struct ctl *c, const struct net_device *dev, const char *group, u32 users)
{
	sb_printf(c->out, "%-15s %-6u %s\n", dev->name, users, group);
}

static void groups_of(struct ctl *c, const struct net_device *dev, const struct mc_dev *d)
{
	const struct mc_group *g;
	char buf[IP6_STR_MAX];

	for_each_group(g, d) {
		if (g->users)
			group_line(c, dev, group_text(&g->addr, buf), g->users);
	}
}

void netstat_groups(struct ctl *c, bool v4, bool v6)
{
	struct net_device *dev;

	sb_puts(c->out, "IPv6/IPv4 Group Memberships\nInterface       RefCnt Group\n"
		"--------------- ------ ---------------------\n");
	for_each_link(c, dev) {
		if (!v4 || !dev->ip_ptr)
			continue;
		groups_of(c, dev, &dev->ip_ptr->mc);
		if (has_all_hosts(dev))
			group_line(c, dev, "224.0.0.1", 1);
	}
	for_each_link(c, dev) {
		if (!v6 || !has_all_nodes(dev))
			continue;
		groups_of(c, dev, &dev->ip6_ptr->mc);
		group_line(c, dev, "ff02::1", 1);
		group_line(c, dev, "ff01::1", 1);
	}
}

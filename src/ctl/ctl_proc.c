/* SPDX-License-Identifier: MIT */
/* cat /proc/...: the files that monitoring tools read. Those about sockets: proc_socks.c. */
#include "ctl/help.h"
#include "ctl/ifconfig.h"
#include "ctl/machine.h"
#include "ctl/neigh_show.h"
#include "ctl/netstat.h"
#include "ctl/nettools6.h"
#include "ctl/procfs.h"
#include "ctl/route.h"
#include "device/napi.h"
#include "driver/nic.h"
#include "net/ipv4/ip.h"
#include "wire/inet_addr.h"

/* ---- /proc/softirqs, /proc/interrupts, /proc/net/softnet_stat ---- */

static int proc_softirqs(struct ctl *c)
{
	static const char names[NR_SOFTIRQS][8] = {
		[HI_SOFTIRQ] = "HI", [TIMER_SOFTIRQ] = "TIMER",
		[NET_TX_SOFTIRQ] = "NET_TX", [NET_RX_SOFTIRQ] = "NET_RX",
	};

	sb_puts(c->out, "                    CPU0       \n");
	for (int i = 0; i < NR_SOFTIRQS; i++)
		sb_printf(c->out, "%12s: %10llu\n", names[i],
			  ull(c->net->softnet->count[i]));
	return 0;
}

static int proc_interrupts(struct ctl *c)
{
	struct net_device *dev;

	sb_puts(c->out, "           CPU0       \n");
	for_each_link(c, dev)
		if (dev->nic)
			sb_printf(c->out, "%3u: %10llu  PCI-MSI   0-edge      %s\n",
				  dev->nic->irq_number,
				  ull(dev->nic->stats.interrupts), dev->name);
	return 0;
}

static int proc_softnet_stat(struct ctl *c)
{
	const struct softnet_data *sd = c->net->softnet;

	sb_printf(c->out, "%08x %08x %08x", (u32)sd->processed, (u32)sd->dropped,
		  (u32)sd->time_squeeze);
	for (int i = 3; i < 13; i++)
		sb_printf(c->out, " %08x", 0);
	sb_printf(c->out, " %08x %08x\n", sd->input_pkt_queue.qlen, 0);
	return 0;
}

/* ---- /proc/net/dev, arp, route ---- */

static int proc_net_dev(struct ctl *c)
{
	struct net_device *dev;
	struct ifstats s;

	sb_printf(c->out, "Inter-|   Receive%48s|  Transmit\n", "");
	sb_puts(c->out, " face |bytes    packets errs drop fifo frame compressed multicast|"
		"bytes    packets errs drop fifo colls carrier compressed\n");
	for_each_link(c, dev) {
		ifstats_get(dev, &s);
		sb_printf(c->out, "%6s: %7llu %7llu %4llu %4llu %4llu %5llu %10llu %9llu ",
			  dev->name, ull(s.rx_bytes), ull(s.rx_packets),
			  ull(s.rx_errors), ull(s.rx_dropped),
			  ull(s.rx_overruns), ull(s.rx_frame), 0ull,
			  ull(s.multicast));
		sb_printf(c->out, "%8llu %7llu %4llu %4llu %4llu %5llu %7llu %10llu\n",
			  ull(s.tx_bytes), ull(s.tx_packets),
			  ull(s.tx_errors), ull(s.tx_dropped),
			  ull(s.tx_overruns), ull(s.collisions),
			  ull(s.tx_carrier), 0ull);
	}
	return 0;
}

/* ATF_COM 0x2: complete; ATF_PERM 0x4 */
static int arp_line(struct neighbour *n, void *ctx)
{
	struct ctl *c = ctx;
	char addr[INET_STR_MAX], mac[MAC_STR_MAX] = "00:00:00:00:00:00";
	u32 flags = 0;

	if (!n->nud_state || n->nud_state == NUD_NOARP)
		return 0;
	if (n->nud_state & NUD_VALID) {
		mac_str(n->ha, mac);
		flags = n->nud_state & NUD_PERMANENT ? 0x6 : 0x2;
	}
	sb_printf(c->out, "%-16s 0x%-10x0x%-10x%-17s     *        %s\n",
		  inet_addr_str(neigh_addr(n), addr), n->dev->type, flags, mac, n->dev->name);
	return 0;
}

static int proc_net_arp(struct ctl *c)
{
	sb_puts(c->out, "IP address       HW type     Flags       HW address            Mask     "
		"Device\n");
	return machine_neigh_for_each(c->net, arp_line, c);
}

/* Each line is padded to 127 bytes, so that readers may seek. Addresses are as stored. */
static int route_line(const struct fib_route_info *r, void *ctx)
{
	struct ctl *c = ctx;
	char text[128];
	struct strbuf sb;

	if (r->type == RTN_BROADCAST || r->type == RTN_MULTICAST)
		return 0;
	sb_init(&sb, text, sizeof(text));
	sb_printf(&sb, "%s\t%08X\t%08X\t%04X\t%d\t%u\t%u\t%08X\t%u\t%u\t%u",
		  r->dev ? r->dev->name : "*", r->dst, r->gateway, route_flags(r), 0, 0,
		  r->priority, inet_make_mask(r->prefixlen), r->mtu, 0, 0);
	sb_printf(c->out, "%-127s\n", text);
	return 0;
}

static int proc_net_route(struct ctl *c)
{
	sb_printf(c->out, "%-127s\n", "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\t"
		  "Mask\t\tMTU\tWindow\tIRTT");
	return fib_for_each(c->net, RT_TABLE_MAIN, route_line, c);
}

static int snmp(struct ctl *c)
{
	proc_net_snmp(c);
	return 0;
}

static int snmp6(struct ctl *c)
{
	proc_net_snmp6(c);
	return 0;
}

static int netstat(struct ctl *c)
{
	proc_net_netstat(c);
	return 0;
}

/* ---- cat ---- */

static const struct {
	char path[28];
	int (*show)(struct ctl *c);
} files[] = {
	{ "/proc/softirqs", proc_softirqs },	 { "/proc/interrupts", proc_interrupts },
	{ "/proc/net/arp", proc_net_arp },	 { "/proc/net/dev", proc_net_dev },
	{ "/proc/net/igmp", proc_net_igmp },	 { "/proc/net/igmp6", proc_net_igmp6 },
	{ "/proc/net/mcfilter", proc_net_mcfilter },
	{ "/proc/net/mcfilter6", proc_net_mcfilter6 },
	{ "/proc/net/netstat", netstat },	 { "/proc/net/packet", proc_net_packet },
	{ "/proc/net/raw", proc_net_raw },	 { "/proc/net/route", proc_net_route },
	{ "/proc/net/snmp", snmp },		 { "/proc/net/sockstat", proc_net_sockstat },
	{ "/proc/net/softnet_stat", proc_softnet_stat }, { "/proc/net/tcp", proc_net_tcp },
	{ "/proc/net/snmp6", snmp6 },		 { "/proc/net/udp", proc_net_udp },
	{ "/proc/net/if_inet6", proc_net_if_inet6 }, { "/proc/net/raw6", proc_net_raw6 },
	{ "/proc/net/ipv6_route", proc_net_ipv6_route },
	{ "/proc/net/sockstat6", proc_net_sockstat6 },
	{ "/proc/net/tcp6", proc_net_tcp6 },	 { "/proc/net/udp6", proc_net_udp6 },
};

static int cat_one(struct ctl *c, const char *path)
{
	static const char sys[] = "/proc/sys/";
	int err = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (arg_is(path, files[i].path))
			return files[i].show(c);
	if (!strncmp(path, sys, strlen(sys)))
		err = proc_sys_cat(c, path + strlen(sys));
	return err ? ctl_fail(c, err, "cat: %s: %s", path, errno_text(err)) : 0;
}

int ctl_cat(struct ctl *c)
{
	const char *w = arg_next(c);
	int err = 0;

	if (arg_wants_help(w) || !w) {
		sb_puts(c->out, HELP_CAT);
		return w ? 0 : -EINVAL;
	}
	for (; w; w = arg_next(c)) {
		int r = cat_one(c, w);

		err = err ? err : r;
	}
	return err;
}

/* SPDX-License-Identifier: MIT */
/* netstat: connections, or the tables of routes and devices, or the counters (netstat_stats.c). */
#include "ctl/args.h"
#include "ctl/help.h"
#include "ctl/ifconfig.h"
#include "ctl/netstat.h"
#include "ctl/nettools6.h"
#include "ctl/procfs.h"
#include "ctl/route.h"
#include "ctl/socks.h"
#include "wire/inet_addr.h"

struct netstat {
	struct ctl *c;
	bool all, listening, programs, timers, wide;
	bool tcp, udp, raw, inet_only, inet6_only, unix_only;
	bool routes, interfaces, stats, groups;
	u8 extend;
};

static void put_timer(struct netstat *ns, const struct sock_row *row)
{
	static const char names[][10] = { "off", "on", "keepalive", "timewait", "probe" };
	s64 left = row->timer_expires - ns->c->net->now;
	u64 cs = left > 0 && row->timer ? (u64)left / (10 * NSEC_PER_MSEC) : 0;

	sb_printf(ns->c->out, " %s (%llu.%02llu/%u/%d)", names[min(row->timer, (u8)4)],
		  ull(cs) / 100, ull(cs) % 100, row->retransmits, 0);
}

static void put_endpoint(struct netstat *ns, const struct ip6_addr *addr, u16 port)
{
	char text[IP6_STR_MAX + 8];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	if (ipv6_addr_v4mapped(addr))
		sb_inet_addr(&sb, sock_row_v4(addr));
	else
		sb_ip6_addr(&sb, addr);
	if (port)
		sb_printf(&sb, ":%u", port);
	else
		sb_puts(&sb, ":*");
	sb_printf(ns->c->out, "%-23s ", text);
}

static bool row_wanted(const struct netstat *ns, const struct sock_row *row)
{
	bool server = row->kind == SOCKS_TCP ? row->state == TCP_LISTEN :
		      row->state != TCP_ESTABLISHED;

	if (ns->inet_only != ns->inet6_only && (row->family == LN_AF_INET6) != ns->inet6_only)
		return false;
	return ns->all || server == ns->listening;
}

static const char *proto_name(const struct sock_row *row)
{
	bool v6 = row->family == LN_AF_INET6;

	if (row->kind == SOCKS_TCP)
		return v6 ? "tcp6" : "tcp";
	if (row->kind == SOCKS_UDP)
		return v6 ? "udp6" : "udp";
	return v6 ? "raw6" : "raw";
}

static int put_row(const struct sock_row *row, void *ctx)
{
	struct netstat *ns = ctx;
	char state[12] = "";
	struct strbuf sb;

	if (!row_wanted(ns, row))
		return 0;
	sb_init(&sb, state, sizeof(state));
	if (row->kind == SOCKS_RAW)
		sb_printf(&sb, "%u", row->state);
	else if (row->kind == SOCKS_TCP || row->state == TCP_ESTABLISHED)
		sb_puts(&sb, tcp_state_name(row->state));
	sb_printf(ns->c->out, "%-4s  %6u %6u ", proto_name(row), row->rqueue,
		  row->state == TCP_LISTEN ? 0 : row->wqueue);
	put_endpoint(ns, &row->saddr, row->sport);
	put_endpoint(ns, &row->daddr, row->dport);
	sb_printf(ns->c->out, "%-11s", state);
	if (ns->extend)
		sb_printf(ns->c->out, " %-10u %-10u", 0, 0);
	if (ns->programs)
		sb_printf(ns->c->out, " %-20s", "-");
	if (ns->timers)
		put_timer(ns, row);
	sb_putc(ns->c->out, '\n');
	return 0;
}

static const char *which(const struct netstat *ns)
{
	return ns->all ? "(servers and established)" :
	       ns->listening ? "(only servers)" : "(w/o servers)";
}

static int show_sockets(struct netstat *ns)
{
	struct strbuf *out = ns->c->out;
	bool any = ns->tcp || ns->udp || ns->raw;
	int err = 0;

	if (!ns->unix_only || any) {
		sb_printf(out, "Active Internet connections %s\n", which(ns));
		sb_puts(out, "Proto Recv-Q Send-Q Local Address           Foreign Address         "
			"State      ");
		sb_puts(out, ns->extend ? " User       Inode     " : "");
		sb_puts(out, ns->programs ? " PID/Program name    " : "");
		sb_puts(out, ns->timers ? " Timer\n" : "\n");
		if (ns->tcp || !any)
			err = socks_for_each(ns->c->net, SOCKS_TCP, put_row, ns);
		if (!err && (ns->udp || !any))
			err = socks_for_each(ns->c->net, SOCKS_UDP, put_row, ns);
		if (!err && (ns->raw || !any))
			err = socks_for_each(ns->c->net, SOCKS_RAW, put_row, ns);
		if (err)
			return ctl_fail(ns->c, err, "netstat: %s", errno_text(err));
	}
	if (ns->unix_only || (!any && !ns->inet_only && !ns->inet6_only))
		sb_printf(out, "Active UNIX domain sockets %s\n"
			  "Proto RefCnt Flags       Type       State         I-Node   Path\n",
			  which(ns));
	return 0;
}

/* One letter of an option word. False: unknown. */
static bool netstat_letter(struct netstat *ns, char letter)
{
	switch (letter) {
	case 'a':
		ns->all = true;
		break;
	case 'l':
		ns->listening = true;
		break;
	case 'p':
		ns->programs = true;
		break;
	case 'o':
		ns->timers = true;
		break;
	case 'e':
		ns->extend++;
		break;
	case 't':
		ns->tcp = true;
		break;
	case 'u':
		ns->udp = true;
		break;
	case 'w':
		ns->raw = true;
		break;
	case 'x':
		ns->unix_only = true;
		break;
	case '4':
		ns->inet_only = true;
		break;
	case '6':
		ns->inet6_only = true;
		break;
	case 'r':
		ns->routes = true;
		break;
	case 'i':
		ns->interfaces = true;
		break;
	case 's':
		ns->stats = true;
		break;
	case 'g':
		ns->groups = true;
		break;
	case 'n':	/* names are never resolved */
	case 'W':
	case 'v':
	case 'F':
		break;
	default:
		return false;
	}
	return true;
}

static const struct {
	char name[16];
	char letter;
} long_options[] = {
	{ "--all", 'a' },	  { "--listening", 'l' }, { "--programs", 'p' },
	{ "--program", 'p' },	  { "--timers", 'o' },	  { "--extend", 'e' },
	{ "--tcp", 't' },	  { "--udp", 'u' },	  { "--raw", 'w' },
	{ "--unix", 'x' },	  { "--inet", '4' },	  { "--ip", '4' },
	{ "--inet6", '6' },
	{ "--route", 'r' },	  { "--interfaces", 'i' }, { "--statistics", 's' },
	{ "--numeric", 'n' },	  { "--numeric-hosts", 'n' }, { "--numeric-ports", 'n' },
	{ "--wide", 'W' },	  { "--verbose", 'v' },	  { "--fib", 'F' },
	{ "--groups", 'g' },
};

static int netstat_word(struct netstat *ns, const char *w)
{
	for (size_t i = 0; w[1] == '-' && i < ARRAY_SIZE(long_options); i++)
		if (arg_is(w, long_options[i].name))
			return netstat_letter(ns, long_options[i].letter) ? 0 : -EINVAL;
	if (w[1] == '-') {
		sb_printf(ns->c->out, "netstat: unrecognized option '%s'\n", w);
		return ctl_usage(ns->c, HELP_NETSTAT);
	}
	for (w++; *w; w++) {
		if (netstat_letter(ns, *w))
			continue;
		sb_printf(ns->c->out, "netstat: invalid option -- '%c'\n", *w);
		return ctl_usage(ns->c, HELP_NETSTAT);
	}
	return 0;
}

int ctl_netstat(struct ctl *c)
{
	struct netstat ns = { .c = c };
	const char *w;

	while ((w = arg_next(c))) {
		int err;

		if (arg_wants_help(w))
			return ctl_print(c, HELP_NETSTAT);
		if (*w != '-')
			return ctl_usage(c, HELP_NETSTAT);
		err = netstat_word(&ns, w);
		if (err)
			return err;
	}
	if (ns.groups) {
		netstat_groups(c, ns.inet_only >= ns.inet6_only, ns.inet6_only >= ns.inet_only);
		return 0;
	}
	if (ns.routes && ns.inet6_only) {
		route6_table_print(c, true);
		return 0;
	}
	if (ns.routes) {
		route_table_print(c, !ns.extend ? 2 : ns.extend == 1 ? 1 : 3, true);
		return 0;
	}
	if (ns.interfaces && ns.extend) {
		sb_puts(c->out, "Kernel Interface table\n");
		ifconfig_show(c, ns.all);
		return 0;
	}
	if (ns.interfaces)
		return ifconfig_short(c, "Kernel Interface table\n"
				      "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    "
				      "TX-OK TX-ERR TX-DRP TX-OVR Flg\n", ns.all, NULL);
	if (ns.stats && ns.inet6_only) {
		netstat_stats6(c, ns.tcp, ns.udp, ns.raw);
		return 0;
	}
	if (ns.stats) {
		netstat_stats(c, ns.tcp, ns.udp, ns.raw);
		return 0;
	}
	return show_sockets(&ns);
}

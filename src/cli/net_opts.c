/* SPDX-License-Identifier: MIT */
#include "cli/net_opts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/util/inet.h"
#include "host/wire.h"
#include "lab/topo.h"

static bool take_dns(struct net_opts *n, const struct cli_opts *o)
{
	struct machine_params *p = &n->params;

	if (p->dns_count == MACHINE_DNS_MAX) {
		cli_fail(o->cli, 0, "--dns: at most %d servers are asked", MACHINE_DNS_MAX);
		return false;
	}
	return cli_addr(o, optarg, &p->dns[p->dns_count++]);
}

static bool take_hosts(struct net_opts *n, const struct cli_opts *o)
{
	size_t len;

	free(n->hosts);
	n->hosts = cli_read_file(o->cli, optarg, &len);
	n->params.hosts = n->hosts;
	return n->hosts;
}

/* Of several, as a bridge has them, each once. */
static bool take_dev(struct net_opts *n, const struct cli_opts *o)
{
	struct machine_params *p = &n->params;
	char name[2][WIRE_IFNAME_MAX];

	wire_ifname(optarg, name[0]);
	for (unsigned i = 0; i < n->dev_count; i++) {
		if (strcmp(wire_ifname(i ? p->more_devs[i - 1] : p->dev, name[1]), name[0]))
			continue;
		cli_fail(o->cli, 0, "--dev %s: %s is given twice", optarg, name[0]);
		return false;
	}
	if (n->dev_count == MACHINE_PORTS_MAX) {
		cli_fail(o->cli, 0, "--dev: at most %d", MACHINE_PORTS_MAX);
		return false;
	}
	*(n->dev_count ? &p->more_devs[n->dev_count - 1] : &p->dev) = optarg;
	n->dev_count++;
	return true;
}

static bool take_addr(struct net_opts *n, const struct cli_opts *o)
{
	if (n->addr_count == MACHINE_ADDRS_MAX) {
		cli_fail(o->cli, 0, "--addr: at most %d", MACHINE_ADDRS_MAX);
		return false;
	}
	*(n->addr_count ? &n->params.more_addrs[n->addr_count - 1] : &n->params.addr) = optarg;
	n->addr_count++;
	return cli_prefix(o, optarg);
}

static bool take_link(struct net_opts *n, const struct cli_opts *o)
{
	char *errors = NULL;
	int err;

	link_params_init(&n->link);
	/* What is not said of a real wire is the real wire's. */
	n->link.rate_bps = 0;
	n->link.delay.delay_ns = 0;
	err = topo_read_link_params(optarg, &n->link, &errors);
	if (err) {
		cli_fail(o->cli, 0, "--link \"%s\"%s", optarg, errors ? ":" : ": out of memory");
		fputs(errors ? errors : "", stderr);
	}
	free(errors);
	n->params.link = &n->link;
	return !err;
}

static bool take_mtu(struct net_opts *n, const struct cli_opts *o)
{
	u64 mtu;

	if (!cli_number(o, optarg, 68, 65535, &mtu))
		return false;
	n->params.mtu = (u32)mtu;
	return true;
}

static bool take_busy_poll(struct net_opts *n, const struct cli_opts *o)
{
	u64 us;

	if (!cli_number(o, optarg, 0, 1000000, &us))
		return false;
	n->params.busy_poll_us = (u32)us;
	return true;
}

int net_opts_take(struct net_opts *n, const struct cli_opts *o, int opt)
{
	bool ok = true;

	if (opt < NET_OPT_DEV || opt > NET_OPT_MTU)
		return 0;
	if (!n->first)
		n->first = o->name;
	if (opt == NET_OPT_DEV) {
		ok = take_dev(n, o);
	} else if (opt == NET_OPT_ADDR) {
		ok = take_addr(n, o);
	} else if (opt == NET_OPT_GW) {
		struct ipaddr gw;

		ok = cli_addr(o, optarg, &gw);
		*(ok && gw.family == LN_AF_INET6 ? &n->params.gw6 : &n->params.gw) = optarg;
	} else if (opt == NET_OPT_DNS) {
		ok = take_dns(n, o);
	} else if (opt == NET_OPT_HOSTS) {
		ok = take_hosts(n, o);
	} else if (opt == NET_OPT_LINK) {
		ok = take_link(n, o);
	} else if (opt == NET_OPT_SLAAC) {
		n->params.slaac = true;
	} else if (opt == NET_OPT_NO_OFFLOAD) {
		n->params.no_offload = true;
	} else if (opt == NET_OPT_BUSY_POLL) {
		ok = take_busy_poll(n, o);
	} else if (opt == NET_OPT_MAC) {
		ok = cli_mac(o, optarg, n->params.mac);
	} else {
		ok = take_mtu(n, o);
	}
	return ok ? 1 : -1;
}

/* What cli_prefix() read. */
static int split(const char *prefix, struct ipaddr *addr)
{
	const char *slash = strchr(prefix, '/');
	char text[IPADDR_TEXT_MAX];

	snprintf(text, sizeof(text), "%.*s", (int)(slash - prefix), prefix);
	*addr = (struct ipaddr){ 0 };
	ipaddr_parse(NULL, text, addr);
	return atoi(slash + 1);
}

static bool same_bits(const void *a, const void *b, int len)
{
	const u8 *x = a, *y = b;

	return !memcmp(x, y, (size_t)len / 8) &&
	       !(len % 8 && (x[len / 8] ^ y[len / 8]) >> (8 - len % 8));
}

static bool is_on_link(const struct machine_params *p, const char *gw)
{
	struct ipaddr own, to = { 0 };
	const char *const *more = p->more_addrs;

	ipaddr_parse(NULL, gw, &to);
	if (to.family == LN_AF_INET6 && to.v6[0] == 0xfe && (to.v6[1] & 0xc0) == 0x80)
		return true;
	for (const char *addr = p->addr; addr; addr = *more++) {
		int len = split(addr, &own);

		if (own.family == to.family && (to.family == LN_AF_INET6 ?
						same_bits(own.v6, to.v6, len) :
						same_bits(&own.v4, &to.v4, len)))
			return true;
	}
	return false;
}

static bool is_loopback6(const u8 a[16])
{
	static const u8 loopback[16] = { [15] = 1 };

	return !memcmp(a, loopback, sizeof(loopback));
}

/* What is the network's, or every host's, cannot be ours. */
static bool is_host(const char *prefix)
{
	struct ipaddr a;
	int len = split(prefix, &a);
	u32 host = be32_to_cpu(a.v4), mask;

	if (a.family == LN_AF_INET6)
		return a.v6[0] != 0xff && !ipaddr_is_any(&a) && !is_loopback6(a.v6);
	mask = (u32)(0xffffffffull >> len);
	if (host >> 28 >= 14 || host >> 24 == 0 || host >> 24 == 127)
		return false;
	return len > 30 || ((host & mask) && (host & mask) != mask);
}

static bool check_addr(const struct cli *cli, const char *addr)
{
	if (is_host(addr))
		return true;
	cli_fail(cli, 0, "--addr %s is not the address of one host; expected one that is neither "
		 "the network's nor for everybody%s%s%s", addr, strchr(addr, ':') ? "" :
		 "; linnet calc ", strchr(addr, ':') ? "" : addr,
		 strchr(addr, ':') ? "" : " shows the range");
	return false;
}

static bool check_gw(const struct cli *cli, const struct machine_params *p, const char *gw)
{
	if (!gw || is_on_link(p, gw))
		return true;
	if (p->more_addrs[0])
		cli_fail(cli, 0, "--gw %s is not in the network of any --addr; the gateway must "
			 "be at the other end of the cable", gw);
	else
		cli_fail(cli, 0, "--gw %s is not in the network of --addr %s; the gateway must be "
			 "at the other end of the cable", gw, p->addr ? p->addr : "(none)");
	return false;
}

static bool polls_what_can(const struct machine_params *p)
{
	bool can = !strncmp(p->dev, "xdp:", 4);

	for (const char *const *more = p->more_devs; *more; more++)
		can |= !strncmp(*more, "xdp:", 4);
	return can || !p->busy_poll_us;
}

bool net_opts_check(struct net_opts *n, const struct cli *cli)
{
	const struct machine_params *p = &n->params;

	if (!p->dev) {
		cli_fail(cli, 0, "--%s needs --dev, the device to use", n->first);
		return false;
	}
	if (p->more_devs[0] && !p->bridge) {
		cli_fail(cli, 0, "--dev twice: several devices are the ports of a bridge, as in "
			 "linnet up --bridge br0 --dev tap0 --dev tap1");
		return false;
	}
	if (!polls_what_can(p)) {
		cli_fail(cli, 0, "--busy-poll is for queues of AF_XDP; expected --dev xdp:IF");
		return false;
	}
	if (!p->addr && !p->slaac && !n->dhcp && !p->bridge) {
		cli_fail(cli, 0, "--dev needs --addr, our address on it, as 10.0.0.2/24, or "
			 "--slaac%s", n->has_dhcp ? " or --dhcp" : "");
		return false;
	}
	if (n->dhcp && p->gw && !is_on_link(p, p->gw)) {
		cli_fail(cli, 0, "--gw %s: with --dhcp the gateway comes along with the address; "
			 "leave --gw out, or give --addr in its place", p->gw);
		return false;
	}
	if (p->addr && !check_addr(cli, p->addr))
		return false;
	for (const char *const *more = p->more_addrs; *more; more++)
		if (!check_addr(cli, *more))
			return false;
	return check_gw(cli, p, p->gw) && check_gw(cli, p, p->gw6);
}

void net_opts_tell_down(const struct net_opts *n, const struct cli *cli)
{
	char why[512];

	for (unsigned i = 0; i < n->dev_count; i++)
		if (wire_is_down(i ? n->params.more_devs[i - 1] : n->params.dev, why, sizeof(why)))
			cli_fail(cli, 0, "%s", why);
}

void net_opts_free(struct net_opts *n)
{
	free(n->hosts);
	n->hosts = NULL;
}

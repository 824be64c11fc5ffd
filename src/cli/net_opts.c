/* SPDX-License-Identifier: MIT */
#include "cli/net_opts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

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
		n->params.dev = optarg;
	} else if (opt == NET_OPT_ADDR) {
		n->params.addr = optarg;
		ok = cli_prefix(o, optarg);
	} else if (opt == NET_OPT_GW) {
		struct ipaddr gw;

		n->params.gw = optarg;
		ok = cli_addr(o, optarg, &gw);
	} else if (opt == NET_OPT_DNS) {
		ok = take_dns(n, o);
	} else if (opt == NET_OPT_HOSTS) {
		ok = take_hosts(n, o);
	} else if (opt == NET_OPT_LINK) {
		ok = take_link(n, o);
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

/* Both were read by cli_prefix() and cli_addr(). */
static bool is_on_link(const char *prefix, const char *addr)
{
	int len = atoi(strchr(prefix, '/') + 1);
	be32 a = 0, b = 0, mask = htonl(~0u << (32 - len));
	char net[INET4_TEXT_MAX];

	snprintf(net, sizeof(net), "%.*s", (int)(strchr(prefix, '/') - prefix), prefix);
	inet4_parse(net, &a);
	inet4_parse(addr, &b);
	return !((a ^ b) & mask);
}

/* What is the network's, or every host's, cannot be ours. */
static bool is_host(const char *prefix)
{
	int len = atoi(strchr(prefix, '/') + 1);
	be32 a = 0;
	char addr[INET4_TEXT_MAX];
	u32 host, mask;

	snprintf(addr, sizeof(addr), "%.*s", (int)(strchr(prefix, '/') - prefix), prefix);
	inet4_parse(addr, &a);
	host = ntohl(a);
	mask = ~0u >> len;
	if (host >> 28 >= 14 || host >> 24 == 0 || host >> 24 == 127)
		return false;
	return len > 30 || ((host & mask) && (host & mask) != mask);
}

bool net_opts_check(struct net_opts *n, const struct cli *cli)
{
	const struct machine_params *p = &n->params;

	if (!p->dev)
		cli_fail(cli, 0, "--%s needs --dev, the device to use", n->first);
	else if (!p->addr)
		cli_fail(cli, 0, "--dev needs --addr, our address on it, as 10.0.0.2/24");
	else if (!is_host(p->addr))
		cli_fail(cli, 0, "--addr %s is not the address of one host; expected one that is "
			 "neither the network's nor for everybody; linnet calc %s shows the range",
			 p->addr, p->addr);
	else if (p->gw && !is_on_link(p->addr, p->gw))
		cli_fail(cli, 0, "--gw %s is not in the network of --addr %s; the gateway must be "
			 "at the other end of the cable", p->gw, p->addr);
	else
		return true;
	return false;
}

void net_opts_tell_down(const struct net_opts *n, const struct cli *cli)
{
	char why[512];

	if (wire_is_down(n->params.dev, why, sizeof(why)))
		cli_fail(cli, 0, "%s", why);
}

void net_opts_free(struct net_opts *n)
{
	free(n->hosts);
	n->hosts = NULL;
}

/* SPDX-License-Identifier: MIT */
/* linnet up: the stack on an interface until stopped. */
#include <linnet/nic.h>
#include <stdlib.h>

#include "base/netns.h"
#include "cli/net_opts.h"
#include "cli/up_dhcp.h"
#include "cli/up_services.h"
#include "cli/watch.h"
#include "device/netdevice.h"
#include "host/clock.h"
#include "host/control.h"
#include "host/crew.h"
#include "host/wire.h"

const char help_up[] =
"usage: linnet up --dev DEVICE { --addr ADDRESS/LENGTH ... | --dhcp | --slaac } [OPTIONS]\n"
"       linnet up --bridge NAME --dev DEVICE ... [OPTIONS]\n"
"\n"
"Puts the stack on a TAP device or another interface, as a machine of its own, until ^C or\n"
"SIGTERM.\n"
"Meanwhile \"linnet ip addr\", \"linnet ss -ti\", \"linnet ping HOST\" and their kin work on it.\n"
"\n"
NET_OPTS_HELP
"      --bridge \"NAME [OPTIONS]\"  be a switch: each --dev is a port, called as its interface;\n"
"                       OPTIONS as those of \"ip link add NAME type bridge\"; with --addr\n"
"                       and its kin, which are the bridge's, a host on it, too\n"
"      --dhcp           ask for an address, and what belongs to it, by DHCP\n"
"      --dhcpd \"[OPTIONS] FIRST-LAST\"  give addresses to others. Options: -g ROUTER, -d DNS,\n"
"                       -n DOMAIN, -S DOMAIN (one more to be searched), -t SECONDS, -m MTU,\n"
"                       -a MAC=ADDRESS (one that is kept for it), -R PREFIX=GATEWAY (a route),\n"
"                       -q (quiet)\n"
"      --lease-file FILE  where --dhcpd keeps who has which address, for the next start\n"
"      --http DIR       serve the files of this folder;  --port N  not on port 80\n"
"      --echo PORT      serve echo (RFC 862), TCP and UDP\n"
"      --iperf3[=PORT]  serve iperf3's TCP tests, on port 5201\n"
"      --perf PORT      serve linnet perf, TCP and UDP\n"
"      --dns-zone [ORIGIN=]FILE  be the name server of a zone (master-file format); several times\n"
"      --resolver FILE  be a caching resolver; FILE has the root servers (root hints)\n"
"      --name NAME      the host's name, and what -N calls it; left out: the device's\n"
"      --shards N       run as N instances on a core each (docs/SHARDS.md); a TAP, and an\n"
"                       interface by AF_XDP, must have as many queues; http, echo and\n"
"                       dns-zone are served by all\n"
"      --seed N         of all that is random, for experiments; left out: real entropy\n"
"  -v, --verbose        a line for each web request\n"
WATCH_HELP
"\n"
NET_OPTS_TAP_HELP
"\n"
"  linnet up --dev tap0 --addr 10.0.0.2/24 --http /srv/www\n"
"  ping 10.0.0.2; curl http://10.0.0.2/; linnet netstat -napt\n"
"  linnet up --dev tap0 --addr 10.0.0.2/24 --iperf3 --link \"loss: 1%, delay: 10ms\"\n"
"  linnet up --dev tap0 --addr 10.0.0.2/24 --addr 2001:db8::2/64 --gw 2001:db8::1 --echo 7\n"
"  linnet up --dev tap0 --addr 10.0.0.2/24 --dhcpd \"-g 10.0.0.2 10.0.0.100-10.0.0.199\"\n"
"  linnet up --bridge \"br0 stp_state 1\" --dev tap0 --dev packet:v1 --addr 10.0.0.2/24\n"
"  linnet up --dev packet:eth1 --addr 192.0.2.7/24 --gw 192.0.2.1 --echo 7\n"
"  linnet up --dev xdp:enp3s0 --addr 192.0.2.7/24 --http /srv/www\n";

enum { OPT_HTTP = CLI_OPT, OPT_PORT, OPT_ECHO, OPT_IPERF3, OPT_PERF, OPT_ZONE, OPT_RESOLVER,
       OPT_NAME, OPT_SEED, OPT_SHARDS, OPT_DHCP, OPT_DHCPD,
       OPT_BRIDGE, OPT_LEASES };

static const struct option longs[] = {
	{ "dhcp", no_argument, NULL, OPT_DHCP },
	{ "bridge", required_argument, NULL, OPT_BRIDGE },
	{ "dhcpd", required_argument, NULL, OPT_DHCPD },
	{ "lease-file", required_argument, NULL, OPT_LEASES },
	{ "http", required_argument, NULL, OPT_HTTP },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "echo", required_argument, NULL, OPT_ECHO },
	{ "iperf3", optional_argument, NULL, OPT_IPERF3 },
	{ "perf", required_argument, NULL, OPT_PERF },
	{ "dns-zone", required_argument, NULL, OPT_ZONE },
	{ "resolver", required_argument, NULL, OPT_RESOLVER },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "shards", required_argument, NULL, OPT_SHARDS },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	WATCH_LONG_OPTS,
	NET_LONG_OPTS,
	{ NULL, 0, NULL, 0 },
};

struct up {
	const struct cli *cli;
	struct net_opts net;
	struct up_options options;
	struct watch watch;
	const char *name;
	char ifname[WIRE_IFNAME_MAX];
	struct machine *m;
	struct up_services services[LN_SHARDS_MAX];
	struct control *control;
	const char *dhcpd, *lease_file;
	struct up_dhcp dhcp;
};

static bool take_zone(struct up *u, const char *arg)
{
	if (u->options.zone_count == UP_ZONES_MAX) {
		cli_fail(u->cli, 0, "--dns-zone: at most %d zones", UP_ZONES_MAX);
		return false;
	}
	u->options.zones[u->options.zone_count++] = arg;
	return true;
}

static bool take_shards(struct up *u, const struct cli_opts *o)
{
	u64 n;

	if (!cli_number(o, optarg, 1, LN_SHARDS_MAX, &n))
		return false;
	u->net.params.shards = (unsigned)n;
	return true;
}

static bool take_plain(struct up *u, const struct cli_opts *o, int opt)
{
	struct up_options *s = &u->options;

	switch (opt) {
	case OPT_DHCP: u->net.dhcp = true; return true;
	case OPT_BRIDGE: u->net.params.bridge = optarg; return true;
	case OPT_DHCPD: u->dhcpd = optarg; return true;
	case OPT_LEASES: u->lease_file = optarg; return true;
	case OPT_HTTP: s->http_dir = optarg; return true;
	case OPT_PORT: return cli_port(o, optarg, &s->http_port);
	case OPT_ECHO: return cli_port(o, optarg, &s->echo_port);
	case OPT_IPERF3: return cli_port(o, optarg ? optarg : "5201", &s->iperf3_port);
	case OPT_PERF: return cli_port(o, optarg, &s->perf_port);
	case OPT_ZONE: return take_zone(u, optarg);
	case OPT_RESOLVER: s->root_hints = optarg; return true;
	case OPT_NAME: u->name = optarg; return true;
	case OPT_SHARDS: return take_shards(u, o);
	case OPT_SEED: return cli_number(o, optarg, 1, UINT64_MAX, &u->net.params.seed);
	default: s->verbose = true; return true;
	}
}

/* 0; 1: help was printed; -1: told. */
static int take_options(struct up *u, struct cli_opts *o)
{
	int opt;

	while ((opt = cli_getopt(o)) > 0) {
		int taken = watch_take(&u->watch, o, opt);

		if (!taken)
			taken = net_opts_take(&u->net, o, opt);
		if (taken < 0 || (!taken && !take_plain(u, o, opt)))
			return -1;
	}
	if (opt < 0)
		return opt == CLI_OPTS_HELP ? 1 : -1;
	if (optind != o->argc)
		return cli_fail(o->cli, -1, "\"%s\": options only; see linnet up --help",
				o->argv[optind]);
	if (!u->net.first)
		return cli_fail(o->cli, -1, "--dev and --addr are missing, as in linnet up "
				"--dev tap0 --addr 10.0.0.2/24, or --dhcp");
	if (u->lease_file && !u->dhcpd)
		return cli_fail(o->cli, -1, "--lease-file needs --dhcpd, whose leases it keeps");
	if (u->options.http_port && !u->options.http_dir)
		return cli_fail(o->cli, -1, "--port needs --http, the folder to serve");
	if (u->net.params.shards > 1 && (u->watch.want_journey || u->watch.pcap_path))
		return cli_fail(o->cli, -1, "--journey and --pcap watch one instance: leave "
				"--shards out");
	if (u->net.params.shards > 1 && u->net.params.link)
		return cli_fail(o->cli, -1, "--link simulates one link, and each shard has its "
				"own queue: leave --shards out");
	if (u->net.params.shards > 1 && u->net.params.bridge)
		return cli_fail(o->cli, -1, "--bridge has one instance for all its ports: leave "
				"--shards out");
	if (u->net.params.link && u->net.params.bridge)
		return cli_fail(o->cli, -1, "--link simulates one link: leave --bridge out");
	return net_opts_check(&u->net, o->cli) ? 0 : -1;
}

/* ---- the machine ---- */

static int up_ctl(void *node, const char *cmd, char *out, size_t cap, size_t *len)
{
	return machine_ctl(node, cmd, out, cap, len);
}

static int up_find(void *ctx, const char *node, struct control_target *t, char *err, size_t cap)
{
	struct up *u = ctx;

	if (*node && strcmp(node, u->name)) {
		snprintf(err, cap, "linnet: \"%s\" is one machine and no lab: -n is not for it",
			 u->name);
		return -ENOENT;
	}
	*t = (struct control_target){ .net = u->m->net, .dns = u->m->dns, .node = u->m,
				      .ctl = up_ctl };
	return 0;
}

/* What shards share is served by all, what has its state in one place by the first alone. */
static bool start_services(struct up *u)
{
	struct up_options o = u->options;
	struct ln_net *net;

	for (unsigned i = 0; (net = machine_net_at(u->m, i)); i++) {
		if (!up_services_start(&u->services[i], u->cli, net, &o))
			return false;
		o.iperf3_port = o.perf_port = 0;
		o.root_hints = NULL;
	}
	return true;
}

/* As its interface, or as its bridge. */
static const char *machine_called(const struct machine_params *p, char name[WIRE_IFNAME_MAX])
{
	if (!p->bridge)
		return wire_ifname(p->dev, name);
	snprintf(name, WIRE_IFNAME_MAX, "%.*s", (int)strcspn(p->bridge, " "), p->bridge);
	return name;
}

static bool up_open(struct up *u)
{
	const struct control_ops ops = { .find = up_find, .ctx = u };
	struct machine_params *p = &u->net.params;
	char err[1024];

	if (!u->name)
		u->name = machine_called(p, u->ifname);
	if (!watch_open(&u->watch, u->cli, u->name, host_now_ns()))
		return false;
	p->name = u->name;
	p->journey = u->watch.journey;
	p->pcap = u->watch.pcap;
	u->m = machine_create(p, err, sizeof(err));
	if (!u->m) {
		cli_fail(u->cli, 0, "%s", err);
		return false;
	}
	if (!start_services(u))
		return false;
	u->control = control_open(&u->m->loop, u->name, &ops, err, sizeof(err));
	if (!u->control) {
		cli_fail(u->cli, 0, "%s", err);
		return false;
	}
	return up_dhcp_start(&u->dhcp, u->cli, u->m, u->net.dhcp, u->dhcpd,
			     u->lease_file);
}

static const char *addrs_text(const struct net_opts *o, char *buf, size_t cap)
{
	const struct machine_params *p = &o->params;
	size_t len = (size_t)snprintf(buf, cap, "%s", p->addr ? p->addr : o->dhcp ? "dhcp" : "");

	for (const char *const *more = p->more_addrs; *more && len < cap; more++)
		len += (size_t)snprintf(buf + len, cap - len, ", %s", *more);
	if (p->slaac && len < cap)
		snprintf(buf + len, cap - len, "%sIPv6 as routers say", len ? ", " : "");
	return buf;
}

static void say_hello(const struct up *u)
{
	const struct net_device *dev = dev_get_by_name(net_of(u->m->net), u->m->ifname);
	const u8 *mac = dev->dev_addr;
	char names[80], addrs[512];

	up_services_names(&u->services[0], names, sizeof(names));
	printf("linnet up: %s: %s", u->name, u->net.params.dev);
	for (const char *const *more = u->net.params.more_devs; *more; more++)
		printf(", %s", *more);
	addrs_text(&u->net, addrs, sizeof(addrs));
	printf(" %s %s, %02x:%02x:%02x:%02x:%02x:%02x%s%s, mtu %u",
	       !u->net.params.bridge ? "is" : u->net.params.more_devs[0] ? "are ports of" :
	       "is a port of", u->m->ifname, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
	       *addrs ? ", " : "", addrs, dev->mtu);
	if (u->m->crew)
		printf(", %u shards", crew_count(u->m->crew));
	printf("%s%s; ^C ends it\n", *names ? "; serves" : "", names);
	printf("linnet up: control socket %s\n", control_path(u->control));
	fflush(stdout);
}

static void say_link(const struct up *u)
{
	static const char *const names[] = { "to us", "from us" };

	for (int d = 0; d < 2; d++) {
		const struct link_stats *st = wire_link_stats(u->m->wire, d);

		if (!st)
			continue;
		printf("linnet up: --link, %s: %llu frames, %llu lost, %llu held back, %llu "
		       "doubled, %llu with bit errors\n", names[d], (unsigned long long)st->frames,
		       (unsigned long long)st->drops[LINK_DROP_LOSS],
		       (unsigned long long)st->reordered, (unsigned long long)st->duplicated,
		       (unsigned long long)st->corrupted);
	}
}

static void up_run(struct up *u)
{
	setvbuf(stdout, NULL, _IOLBF, 0);	/* who reads a pipe sees each line at once */
	loop_catch_signals(&u->m->loop);
	while (!u->m->loop.interrupted && !u->dhcp.failed) {
		control_run(u->control);
		machine_turn(u->m, INT64_MAX);
		watch_flush(&u->watch);
	}
	say_link(u);
}

static int up_close(struct up *u, bool ran)
{
	struct ln_leaks leaks = { 0 };
	struct journey_totals totals = { 0 };
	int status = ran ? CLI_OK : CLI_OTHER;

	if (u->m) {
		if (u->dhcp.failed)
			status = CLI_OTHER;
		up_dhcp_stop(&u->dhcp);
		machine_stop(u->m);
		journey_total_add(&totals, u->m->net);
		machine_unwatch(u->m);
	}
	control_close(u->control);
	for (unsigned i = 0; i < LN_SHARDS_MAX; i++)
		up_services_stop(&u->services[i]);
	if (machine_destroy(u->m, &leaks)) {
		cli_tell_leaks(u->cli, &leaks);
		status = CLI_OTHER;
	}
	if (!watch_close(&u->watch, u->cli, ran ? &totals : NULL))
		status = CLI_OTHER;
	return status;
}

int cmd_up(const struct cli *cli, int argc, char **argv)
{
	struct up u = { .cli = cli, .net.has_dhcp = true };
	struct cli_opts o = CLI_OPTS(cli, argc, argv, "v", longs);
	int status = take_options(&u, &o);
	bool ran;

	if (status) {
		net_opts_free(&u.net);
		return status > 0 ? CLI_OK : CLI_USAGE;
	}
	ran = up_open(&u);
	if (ran) {
		net_opts_tell_down(&u.net, cli);
		say_hello(&u);
		up_run(&u);
	}
	status = up_close(&u, ran);
	net_opts_free(&u.net);
	return status;
}

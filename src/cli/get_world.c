/* SPDX-License-Identifier: MIT */
#include <linnet/net.h>
#include <stdlib.h>

#include "cli/get.h"
#include "host/clock.h"
#include "host/machine.h"
#include "lab/lab.h"
#include "net/ipv4/ip.h"
#include "transport/inet_hash.h"
#include "transport/tcp/tcp.h"

#define LAB_SETTLE_NS 2000000000ll
#define TAP_SETTLE_NS 500000000ll
#define DHCP_NS 15000000000ll	/* asked again after 4 and 8 s; then it is probed */
#define READY_NS 6000000000ll	/* a router is asked three times in 4 s each, DAD takes 1 s */

/* ---- a lab ---- */

static bool is_waiting(void *ctx)
{
	return !lab_node_is_ready(ctx);
}

static int open_lab(struct get_world *w, struct get_opts *o)
{
	const char *name = o->node ? o->node : "laptop";
	struct lab_params params = { .no_actions = true, .seed = o->seed };
	char *errors = NULL;
	int status = lab_source_open(&w->source, o->cli, o->lab ? o->lab :
				     o->family == LN_AF_INET6 ? LAB_INTERNET6 : LAB_INTERNET);

	if (status)
		return status;
	if (topo_find_node(w->source.topo, name) < 0) {
		lab_source_no_node(&w->source, o->cli, name);
		if (!o->node)
			cli_fail(o->cli, 0, "say on which node with --on NODE");
		return CLI_USAGE;
	}
	if (w->source.topo->nodes[topo_find_node(w->source.topo, name)].kind == TOPO_SWITCH)
		return cli_fail(o->cli, CLI_USAGE, "%s is a switch: no programs run there", name);
	if (!watch_open(&o->watch, o->cli, name, 0))
		return CLI_OTHER;
	params.journey = o->watch.journey;
	params.pcap = o->watch.pcap;
	w->lab = lab_create(w->source.topo, &params, &errors);
	if (!w->lab) {
		fputs(errors ? errors : "out of memory\n", stderr);
		free(errors);
		return CLI_OTHER;
	}
	w->node = lab_node(w->lab, name);
	w->net = lab_node_net(w->node);
	if (!lab_node_is_ready(w->node))
		lab_run_while(w->lab, is_waiting, w->node, READY_NS);
	w->browser = lab_node_browser(w->node);
	return w->browser ? 0 : cli_fail(o->cli, CLI_OTHER, "out of memory");
}

/* ---- a TAP ---- */

/* A program is started once its host is up; what then is not there, is not. */
static void wait_ready(struct machine *m)
{
	s64 until = host_now_ns() + READY_NS;

	while (!machine_is_ready(m) && host_now_ns() < until && !m->loop.interrupted)
		machine_turn(m, min(until, host_now_ns() + NSEC_PER_SEC / 10));
}

static bool has_address(const struct machine *m)
{
	const struct net_device *dev = dev_get_by_name(net_of(m->net), m->ifname);

	return dev && dev->ip_ptr && !list_empty(&dev->ip_ptr->ifa_list);
}

/* False: told. */
static bool lease_address(struct get_world *w, const struct cli *cli)
{
	struct machine *m = w->machine;
	s64 until = host_now_ns() + DHCP_NS;

	if (!up_dhcp_ask(&w->dhcp, cli, m))
		return false;
	while (!has_address(m) && !w->dhcp.failed && host_now_ns() < until && !m->loop.interrupted)
		machine_turn(m, min(until, host_now_ns() + NSEC_PER_SEC / 10));
	if (!has_address(m) && !w->dhcp.failed)
		cli_fail(cli, 0, "--dhcp: nobody gave an address within %d s; is there a DHCP "
			 "server on that network?", (int)(DHCP_NS / NSEC_PER_SEC));
	return has_address(m);
}

static int open_tap(struct get_world *w, struct get_opts *o)
{
	struct machine_params *p = &o->net.params;
	char err[1024];

	if (!net_opts_check(&o->net, o->cli))
		return CLI_USAGE;
	if (o->lab || o->node)
		return cli_fail(o->cli, CLI_USAGE, "--dev is for a real network, --lab and --on "
				"for a lab: choose one");
	if (!watch_open(&o->watch, o->cli, "linnet", host_now_ns()))
		return CLI_OTHER;
	p->journey = o->watch.journey;
	p->pcap = o->watch.pcap;
	p->seed = o->seed;
	w->machine = machine_create(p, err, sizeof(err));
	if (!w->machine)
		return cli_fail(o->cli, CLI_OTHER, "%s", err);
	net_opts_tell_down(&o->net, o->cli);
	loop_catch_signals(&w->machine->loop);
	w->net = w->machine->net;
	if (o->net.dhcp && !lease_address(w, o->cli))
		return CLI_OTHER;
	wait_ready(w->machine);
	w->browser = http_browser_new(w->net, w->machine->dns);
	return w->browser ? 0 : cli_fail(o->cli, CLI_OTHER, "out of memory");
}

int get_world_open(struct get_world *w, struct get_opts *o)
{
	if (o->net.dhcp && !o->net.first)
		return cli_fail(o->cli, CLI_USAGE, "--dhcp needs --dev, the device to use");
	return o->net.first ? open_tap(w, o) : open_lab(w, o);
}

/* ---- both ---- */

void get_world_catch_up(struct get_world *w)
{
	if (w->lab)
		lab_node_kick(w->node);
	else
		machine_turn(w->machine, host_now_ns());
}

bool get_world_run(struct get_world *w, bool (*go_on)(void *ctx), void *ctx, s64 limit_ns)
{
	if (w->lab) {
		lab_node_kick(w->node);
		lab_run_while(w->lab, go_on, ctx, limit_ns);
		return true;
	}
	while (go_on(ctx) && host_now_ns() < limit_ns && !w->machine->loop.interrupted)
		machine_turn(w->machine, min(limit_ns, host_now_ns() + NSEC_PER_SEC / 10));
	return !w->machine->loop.interrupted;
}

static int is_open(struct sock_common *c, void *ctx)
{
	(void)ctx;
	return c->state != TCP_TIME_WAIT && c->state != TCP_LISTEN;
}

/* Does any connection still have something to say? */
static bool any_open(void *ctx)
{
	struct net *net = net_of(((struct get_world *)ctx)->net);

	return inet_for_each(&net->tcp->hash, is_open, NULL) != 0;
}

void get_world_settle(struct get_world *w)
{
	s64 now = ln_net_now(w->net);

	if (w->lab)
		lab_run(w->lab, lab_now(w->lab) + LAB_SETTLE_NS);
	else
		get_world_run(w, any_open, w, now + TAP_SETTLE_NS);
}

void get_world_totals(struct get_world *w, struct journey_totals *t)
{
	*t = (struct journey_totals){ 0 };
	if (w->lab)
		lab_totals(w->lab, t);
	else if (w->net)
		journey_total_add(t, w->net);
}

bool get_world_close(struct get_world *w, const struct cli *cli)
{
	struct lab_ledger ledger = { 0 };
	int err;

	if (w->dhcp.m)
		up_dhcp_stop(&w->dhcp);
	if (w->machine) {
		machine_unwatch(w->machine);
		http_browser_free(w->browser);
		err = machine_destroy(w->machine, &ledger.leaks);
	} else {
		err = lab_destroy(w->lab, &ledger);
		lab_source_close(&w->source);
	}
	if (err)
		cli_tell_leaks(cli, &ledger.leaks);
	return !err;
}

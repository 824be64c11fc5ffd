/* SPDX-License-Identifier: MIT */
/*
 * The composition root: which parts an instance is made of, in which order they begin and end,
 * and what happens in a run. Everything else is reached from here by table.
 */
#include <linnet/linnet.h>

#include "base/assert.h"
#include "base/netns.h"
#include "base/skbuff.h"
#include "base/trace.h"
#include "device/napi.h"
#include "device/netdevice.h"
#include "device/nf_hook.h"
#include "link/loopback.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "net/netfilter/nf_conntrack.h"
#include "net/netfilter/nft_table.h"
#include "socket/socket.h"
#include "transport/ping.h"
#include "transport/raw.h"
#include "transport/sock.h"
#include "transport/tcp/tcp.h"
#include "transport/udp.h"

/* One part of an instance. Parts begin in this order and end in the opposite one. */
struct part {
	int (*init)(struct net *net);
	void (*exit)(struct net *net);
};

static void no_exit(struct net *net)
{
	(void)net;
}

/*
 * Devices go first at the end (unregister_netdevices), so that everything that refers to one lets
 * go of it while its own part still stands.
 */
static const struct part parts[] = {
	{ nf_conntrack_net_init, nf_conntrack_net_exit },	/* packets hold connections */
	{ softirq_net_init, softirq_net_exit },
	{ dev_net_init, dev_net_exit },
	{ nf_net_init, nf_net_exit },
	{ ipv4_net_init, ipv4_net_exit },
	{ ipv6_net_init, ipv6_net_exit },
	{ nft_net_init, nft_net_exit },
	{ loopback_net_init, no_exit },
	{ sock_net_init, sock_net_exit },
	{ udp_net_init, udp_net_exit },
	{ raw_net_init, raw_net_exit },
	{ ping_net_init, ping_net_exit },
	{ tcp_net_init, tcp_net_exit },
	{ files_net_init, files_net_exit },
};

static void parts_exit(struct net *net, size_t begun)
{
	while (begun > 0)
		parts[--begun].exit(net);
}

/* Closed sockets first, while devices and routes still stand; then the devices; then the parts. */
static void net_teardown(struct net *net, size_t begun)
{
	net->exiting = true;
	if (begun == ARRAY_SIZE(parts)) {
		files_net_exit(net);
		begun--;
	}
	if (net->dev)
		unregister_netdevices(net);
	parts_exit(net, begun);
}

struct ln_net *ln_net_create(const struct ln_net_params *params)
{
	struct net *net;
	size_t begun = 0;

	if (params->start_ns < 0 || params->start_ns > LN_TIME_MAX)
		return NULL;
	net = params->mem.alloc(params->mem.ctx, sizeof(*net));
	if (!net)
		return NULL;
	if (netns_init(net, params))
		goto fail;
	for (; begun < ARRAY_SIZE(parts); begun++)
		if (parts[begun].init(net))
			goto fail;
	return net_handle(net);
fail:
	net_teardown(net, begun);
	netns_exit(net);
	params->mem.free(params->mem.ctx, net, sizeof(*net));
	return NULL;
}

void ln_net_run(struct ln_net *handle, int64_t now)
{
	struct net *net = net_of(handle);

	ln_assert(!net->running);
	net->running = true;
	timers_run(&net->timers, max(min(now, LN_TIME_MAX), net->now), &net->now);
	do_softirq(net);
	wakes_run(net);
	net->running = false;
}

int64_t ln_net_next_event(const struct ln_net *handle)
{
	const struct net *net = net_of_const(handle);

	if (!list_empty(&net->wakes))
		return net->now;
	return min(timers_next(&net->timers), softirq_next(net));
}

static void net_leaks(const struct net *net, struct ln_leaks *leaks)
{
	const struct frame_ledger *f = &net->frames;

	*leaks = (struct ln_leaks){
		.bytes = net->mem.used,
		.objects = net->mem.live,
		.packets = net->skb_slab.live,
		.borrowed = net->borrowed,
		.frames_unaccounted = (int64_t)(f->rx + f->made + f->cloned) -
				      (int64_t)(f->consumed + f->sent + f->dropped),
	};
}

int ln_net_destroy(struct ln_net *handle, struct ln_leaks *leaks)
{
	struct net *net = net_of(handle);
	struct ln_leaks found;
	struct mem_ops ops;

	if (leaks)
		*leaks = (struct ln_leaks){ 0 };
	if (!net)
		return 0;
	ln_assert(!net->running);
	net_teardown(net, ARRAY_SIZE(parts));
	netns_exit(net);
	net_leaks(net, &found);
	if (leaks)
		*leaks = found;
	ops = net->mem.ops;
	ops.free(ops.ctx, net, sizeof(*net));
	return found.bytes || found.objects || found.packets || found.borrowed ||
	       found.frames_unaccounted ? -ENOTRECOVERABLE : 0;
}

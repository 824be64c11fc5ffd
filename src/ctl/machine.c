/* SPDX-License-Identifier: MIT */
#include "ctl/machine.h"

static void add_u64s(void *sum, const void *more, size_t size)
{
	u64 *to = sum;
	const u64 *from = more;

	for (size_t i = 0; i < size / sizeof(u64); i++)
		to[i] += from[i];
}

static void add_net(struct machine_view *v, const struct net *net)
{
	add_u64s(&v->net.frames, &net->frames, sizeof(net->frames));
	add_u64s(&v->net.copies, &net->copies, sizeof(net->copies));
	add_u64s(v->net.drops, net->drops, sizeof(net->drops));
	add_u64s(v->net.mib, net->mib, sizeof(net->mib));
	v->net.mem.used += net->mem.used;
	v->net.mem.peak += net->mem.peak;
	v->net.mem.budget += net->mem.budget;
	v->net.mem.live += net->mem.live;
	v->net.mem.requests += net->mem.requests;
	v->net.mem.failed += net->mem.failed;
	v->sock.sockets += net->sock->sockets;
	v->sock.orphans += net->sock->orphans;
	v->sock.memory += net->sock->memory;
	add_u64s(v->softnet.count, net->softnet->count, sizeof(net->softnet->count));
	v->softnet.time_squeeze += net->softnet->time_squeeze;
	v->softnet.ksoftirqd_wakeups += net->softnet->ksoftirqd_wakeups;
}

void machine_view_init(struct machine_view *v, struct net *net)
{
	struct net *other;

	v->net = *net;
	v->sock = *net->sock;
	v->softnet = *net->softnet;
	for (u32 i = 1; (other = machine_net(net, i)); i++)
		add_net(v, other);
	v->net.sock = &v->sock;
	v->net.softnet = &v->softnet;
}

u64 machine_mib(struct net *net, unsigned nr)
{
	struct net *one;
	u64 sum = 0;

	for (u32 i = 0; (one = machine_net(net, i)); i++)
		sum += one->mib[nr];
	return sum;
}

struct neigh_walk {
	struct net *net;	/* of the machine's first */
	u32 shard;		/* that is walked now */
	int (*fn)(struct neighbour *n, void *ctx);
	void *ctx;
};

static int neigh_once(struct neighbour *n, void *ctx)
{
	const struct neigh_walk *w = ctx;

	for (u32 i = 0; i < w->shard; i++) {
		struct net *before = machine_net(w->net, i);
		struct net_device *dev = dev_get_by_index(before, n->dev->ifindex);

		if (dev && neigh_lookup(&before->neigh->arp, n->primary_key, dev))
			return 0;
	}
	return w->fn(n, w->ctx);
}

int machine_neigh_for_each(struct net *net, int (*fn)(struct neighbour *n, void *ctx), void *ctx)
{
	struct neigh_walk w = { .net = net, .fn = fn, .ctx = ctx };
	struct net *one;
	int err = 0;

	for (; !err && (one = machine_net(net, w.shard)); w.shard++)
		err = neigh_for_each(&one->neigh->arp, neigh_once, &w);
	return err;
}

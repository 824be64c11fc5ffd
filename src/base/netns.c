/* SPDX-License-Identifier: MIT */
#include "base/netns.h"

#include "base/skbuff.h"
#include "base/trace.h"

#define MEM_BUDGET_DEFAULT ((size_t)64 << 20)
#define BUF_CACHE_MAX ((size_t)16 << 20)

_Static_assert(sizeof(struct mem_ops) == sizeof(struct ln_mem_ops) &&
	       offsetof(struct mem_ops, ctx) == offsetof(struct ln_mem_ops, ctx) &&
	       offsetof(struct mem_ops, reserve) == offsetof(struct ln_mem_ops, reserve),
	       "struct mem_ops is the public one");

static void copy_name(char *to, size_t cap, const char *from)
{
	size_t n = strlen(from);

	n = min(n, cap - 1);
	memcpy(to, from, n);
	to[n] = 0;
}

int netns_init(struct net *net, const struct ln_net_params *params)
{
	struct mem_ops ops = { params->mem.alloc, params->mem.free, params->mem.ctx,
			       params->mem.reserve };

	memset(net, 0, sizeof(*net));
	net->now = params->start_ns;
	net->wall_offset = params->wall_ns ? params->wall_ns - params->start_ns : 0;
	net->seed = params->seed;
	net->softirq_cost_ns = params->softirq_cost_ns;
	copy_name(net->name, sizeof(net->name), params->name ? params->name : "linnet");
	sysctl_defaults(&net->sysctl);
	mem_init(&net->mem, &ops, params->mem_budget ? params->mem_budget : MEM_BUDGET_DEFAULT);
	net->bufs = buf_pool_create(&ops, BUF_CACHE_MAX);
	if (!net->bufs)
		return -ENOMEM;
	slab_init(&net->skb_slab, &net->mem, "skbuff", sizeof(struct sk_buff));
	timer_base_init(&net->timers, net->now);
	list_init(&net->wakes);
	prng_init(&net->prng, params->seed);
	for (int i = 0; i < 2; i++) {
		net->hash_key.k[i] = prng_u64(&net->prng);
		net->secret.k[i] = prng_u64(&net->prng);
	}
	net->trace = params->trace;
	net->trace_ctx = params->trace_ctx;
	net->packet_ids = params->packet_ids ? params->packet_ids : &net->own_packet_ids;
	return 0;
}

void netns_exit(struct net *net)
{
	slab_exit(&net->skb_slab);
	if (net->bufs)
		buf_pool_put(net->bufs);
	net->bufs = NULL;
}

void wake_schedule(struct net *net, struct wake *w)
{
	if (list_empty(&w->node))
		list_add_tail(&w->node, &net->wakes);
}

void wakes_run(struct net *net)
{
	struct list_head now;

	list_init(&now);
	list_splice_tail_init(&net->wakes, &now);
	/* Each may cancel another: take them one by one off a list that cancelling shortens. */
	while (!list_empty(&now)) {
		struct wake *w = list_first_entry(&now, struct wake, node);

		list_del_init(&w->node);
		w->fn(net, w);
	}
}

const char *ln_net_name(const struct ln_net *net)
{
	return net_of_const(net)->name;
}

int64_t ln_net_now(const struct ln_net *net)
{
	return net_of_const(net)->now;
}

uint64_t ln_net_random(struct ln_net *net)
{
	return prng_u64(&net_of(net)->prng);
}

void ln_net_memory(const struct ln_net *net, struct ln_mem_info *info)
{
	const struct mem *m = &net_of_const(net)->mem;

	*info = (struct ln_mem_info){ .used = m->used, .peak = m->peak, .budget = m->budget };
}

void ln_net_fail_alloc(struct ln_net *net, uint64_t nth)
{
	net_of(net)->mem.fail_after = nth;
}

/* SPDX-License-Identifier: MIT */
/* NAPI: who is polled when, for how much (row N4). */
#include "device/napi.h"

#include "base/assert.h"
#include "base/trace.h"
#include "device/dev_impl.h"

void netif_napi_add(struct net_device *dev, struct net *net, struct napi_struct *napi,
		    napi_poll_fn poll, int weight)
{
	ln_assert(weight > 0);
	*napi = (struct napi_struct){
		.net = net, .dev = dev, .poll = poll, .weight = weight, .disabled = true,
	};
	list_init(&napi->poll_list);
	skb_queue_head_init(&napi->gro_list);
}

void netif_napi_del(struct napi_struct *napi)
{
	napi_disable(napi);
	skb_queue_purge_reason(&napi->gro_list, napi->net->exiting ? SKB_DROP_REASON_NET_EXIT :
								     SKB_DROP_REASON_DEV_READY);
}

void napi_enable(struct napi_struct *napi)
{
	napi->disabled = false;
}

void napi_disable(struct napi_struct *napi)
{
	napi->disabled = true;
	napi->scheduled = false;
	list_del_init(&napi->poll_list);
}

void napi_schedule(struct napi_struct *napi)
{
	struct softnet_data *sd = napi->net->softnet;

	if (napi->scheduled || napi->disabled)
		return;
	napi->scheduled = true;
	list_add_tail(&napi->poll_list, &sd->poll_list);
	raise_softirq(napi->net, NET_RX_SOFTIRQ);
}

void napi_complete_done(struct napi_struct *napi, int work)
{
	struct net *net = napi->net;

	(void)work;
	if (!skb_queue_empty(&napi->gro_list))
		napi_gro_flush(napi);
	list_del_init(&napi->poll_list);
	napi->scheduled = false;
	trace_dev(net, napi_complete, napi->dev, 0, 0);
}

/* One turn of one NAPI: how much it did. */
static __always_inline int poll_once(struct napi_struct *napi)
{
	int work;

	list_del_init(&napi->poll_list);
	work = napi->poll(napi, napi->weight);
	ln_assert(work <= napi->weight);
	if (unlikely(!skb_queue_empty(&napi->gro_list)))
		napi_gro_flush(napi);
	return work;
}

/* Where its weight was not enough it needs another turn. */
static void poll_again(struct napi_struct *napi, int work, struct list_head *repoll)
{
	if (work == napi->weight && napi->scheduled && list_empty(&napi->poll_list))
		list_add_tail(&napi->poll_list, repoll);
}

static int napi_poll(struct napi_struct *napi, struct list_head *repoll)
{
	struct net *net = napi->net;
	int work = poll_once(napi);

	if (unlikely(net->softirq_cost_ns))
		net->softnet->busy_until += (ktime_t)work * net->softirq_cost_ns;
	poll_again(napi, work, repoll);
	return work;
}

static u32 list_count(const struct list_head *h)
{
	u32 n = 0;

	for (const struct list_head *p = h->next; p != h; p = p->next)
		n++;
	return n;
}

/* Turns for those in list, and then for those that need another, within what is left of the budget
 * and until the time is over. */
static __noinline void poll_rounds(struct net *net, struct list_head *list,
				   struct list_head *repoll, int budget, ktime_t start)
{
	struct softnet_data *sd = net->softnet;
	ktime_t limit = start + us_to_ktime(net->sysctl.netdev_budget_usecs);

	while (budget > 0 && !(net->softirq_cost_ns && sd->busy_until >= limit)) {
		if (list_empty(list))
			list_splice_tail_init(repoll, list);
		if (list_empty(list))
			return;
		budget -= napi_poll(list_first_entry(list, struct napi_struct, poll_list), repoll);
	}
	sd->time_squeeze++;
	/* Those that had no turn go first, then new ones, then those that need another turn. */
	list_splice_tail_init(&sd->poll_list, list);
	list_splice_tail_init(repoll, list);
	list_splice_tail_init(list, &sd->poll_list);
}

static __noinline void poll_several(struct net *net, struct napi_struct *first)
{
	struct softnet_data *sd = net->softnet;
	ktime_t start = sd->busy_until;
	struct list_head list, repoll;
	int work;

	list_init(&list);
	list_init(&repoll);
	list_del_init(&first->poll_list);
	list_splice_tail_init(&sd->poll_list, &list);
	work = napi_poll(first, &repoll);
	poll_rounds(net, &list, &repoll, net->sysctl.netdev_budget - work, start);
}

/* The only one did all that it may in its turn. */
static __noinline void poll_on(struct net *net, struct napi_struct *napi, int work)
{
	struct list_head list, repoll;

	list_init(&list);
	list_init(&repoll);
	poll_again(napi, work, &repoll);
	poll_rounds(net, &list, &repoll, net->sysctl.netdev_budget - work,
		    net->softnet->busy_until);
}

void net_rx_action(struct net *net)
{
	struct softnet_data *sd = net->softnet;
	struct napi_struct *napi;
	int work;

	trace_net(net, net_rx_action, (u64)net->sysctl.netdev_budget, list_count(&sd->poll_list));
	if (unlikely(list_empty(&sd->poll_list)))
		return;
	napi = list_first_entry(&sd->poll_list, struct napi_struct, poll_list);
	/* Nearly always it is the only one, and one turn is enough. */
	if (unlikely(!list_is_singular(&sd->poll_list) || net->softirq_cost_ns)) {
		poll_several(net, napi);
	} else {
		work = poll_once(napi);
		if (unlikely(work == napi->weight || work >= net->sysctl.netdev_budget))
			poll_on(net, napi, work);
	}
	if (unlikely(!list_empty(&sd->poll_list)))
		raise_softirq(net, NET_RX_SOFTIRQ);
}

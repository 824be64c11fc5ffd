/* SPDX-License-Identifier: MIT */
/* Softirqs: pending bits, rounds and their limits, ksoftirqd (row N4). */
#include "base/trace.h"
#include "device/dev_impl.h"

int softirq_net_init(struct net *net)
{
	struct softnet_data *sd = mem_zalloc(&net->mem, sizeof(*sd));

	if (!sd)
		return -ENOMEM;
	list_init(&sd->poll_list);
	list_init(&sd->output_queue);
	skb_queue_head_init(&sd->input_pkt_queue);
	skb_queue_head_init(&sd->completion_queue);
	net->softnet = sd;
	netif_napi_add(NULL, net, &sd->backlog, process_backlog, NAPI_POLL_WEIGHT);
	napi_enable(&sd->backlog);
	return 0;
}

void softirq_net_exit(struct net *net)
{
	struct softnet_data *sd = net->softnet;
	struct sk_buff *skb;

	netif_napi_del(&sd->backlog);
	skb_queue_purge_reason(&sd->input_pkt_queue, SKB_DROP_REASON_NET_EXIT);
	while ((skb = skb_dequeue(&sd->completion_queue)))
		dev_consume_sent(skb);
	net->softnet = NULL;
	mem_free(&net->mem, sd, sizeof(*sd));
}

void raise_softirq(struct net *net, unsigned nr)
{
	net->softnet->pending |= BIT(nr);
}

/* One round: each pending softirq once, in the order of their numbers. */
static void run_pending(struct net *net)
{
	struct softnet_data *sd = net->softnet;
	u32 pending = sd->pending;

	sd->pending = 0;
	if (pending & BIT(NET_TX_SOFTIRQ)) {
		sd->count[NET_TX_SOFTIRQ]++;
		net_tx_action(net);
	}
	if (pending & BIT(NET_RX_SOFTIRQ)) {
		sd->count[NET_RX_SOFTIRQ]++;
		net_rx_action(net);
	}
}

static bool wakeup_ksoftirqd(struct net *net, const char *why)
{
	net->softnet->ksoftirqd = true;
	net->softnet->ksoftirqd_wakeups++;
	trace_net(net, wakeup_ksoftirqd, TRACE_STR(why));
	return true;
}

bool do_softirq(struct net *net)
{
	struct softnet_data *sd = net->softnet;

	if (!sd->pending)
		return false;
	if (net->now < sd->busy_until)
		return true;
	sd->busy_until = net->now;
	sd->ksoftirqd = false;
	for (int round = 1; ; round++) {
		run_pending(net);
		if (!sd->pending)
			return false;
		if (sd->busy_until - net->now >= MAX_SOFTIRQ_TIME_NS)
			return wakeup_ksoftirqd(net, "2 ms are over");
		if (round == MAX_SOFTIRQ_RESTART)
			return wakeup_ksoftirqd(net, "10 rounds are over");
	}
}

ktime_t softirq_next(const struct net *net)
{
	const struct softnet_data *sd = net->softnet;

	return sd->pending ? max(net->now, sd->busy_until) : KTIME_MAX;
}

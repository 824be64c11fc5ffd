/* SPDX-License-Identifier: MIT */
#include "link/bridge/br_storm.h"

#include "link/bridge/br_private.h"

int br_storm_set(struct net_bridge_port *p, enum br_storm_kind kind, u64 rate, bool bits)
{
	if (rate > BR_STORM_RATE_MAX)
		return -ERANGE;
	p->storms.kind[kind] = (struct br_storm){ .rate = rate, .bits = bits };
	p->storm_limits = false;
	for (int i = 0; i < BR_STORM_KINDS; i++)
		p->storm_limits |= p->storms.kind[i].rate != 0;
	return 0;
}

/* The part of a second that a frame takes; its MAC header is behind data. */
static ktime_t share(const struct br_storm *s, const struct sk_buff *skb)
{
	u64 n = skb->gso_segs ? skb->gso_segs : 1;

	if (s->bits)
		n = (skb->len + ETH_HLEN) * 8ull;
	return (ktime_t)(n * NSEC_PER_SEC / s->rate);
}

bool br_storm_pass(struct net_bridge_port *p, enum br_storm_kind kind, struct sk_buff *skb)
{
	struct br_storm *s = &p->storms.kind[kind];
	ktime_t now = skb->net->now;

	if (!s->rate)
		return true;
	if (s->paid_until < now)
		s->paid_until = now;
	if (s->paid_until - now <= BR_STORM_BURST) {
		s->paid_until += share(s, skb);
		return true;
	}
	s->dropped++;
	p->dev->stats.rx_dropped++;
	kfree_skb_reason(skb, SKB_DROP_REASON_BRIDGE_STORM);
	return false;
}

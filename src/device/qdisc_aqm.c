/* SPDX-License-Identifier: MIT */
#include "device/qdisc_aqm.h"

#include "device/netdevice.h"
#include "wire/eth.h"
#include "wire/ipv6.h"

/* ---- marking ---- */

/* The traffic class or TOS of the network header; false: it has none, or not all of it is there. */
static bool network_dsfield(const struct sk_buff *skb, u8 *dsfield, u32 *hlen)
{
	u32 at = skb->network_header - skb_headroom(skb);
	const void *h = skb_network_header(skb);

	if (likely(skb->protocol == CONST_BE16(ETH_P_IP)))
		*hlen = at + IPV4_HLEN;
	else if (skb->protocol == CONST_BE16(ETH_P_IPV6))
		*hlen = at + IPV6_HLEN;
	else
		return false;
	if (skb_headlen(skb) < *hlen)
		return false;
	*dsfield = *hlen == at + IPV4_HLEN ? ((const struct iphdr *)h)->tos : ipv6_get_dsfield(h);
	return true;
}

bool skb_set_ce(struct sk_buff *skb)
{
	u32 hlen;
	u8 ds;

	if (!network_dsfield(skb, &ds, &hlen) || !(ds & INET_ECN_MASK))
		return false;
	if ((ds & INET_ECN_MASK) == INET_ECN_CE)
		return true;
	if (!skb_cow_head(skb, 0, hlen))
		return false;
	if (skb->protocol == CONST_BE16(ETH_P_IP))
		ipv4_set_ce((void *)skb_network_header(skb));
	else
		ipv6_set_ce((void *)skb_network_header(skb));
	return true;
}

/* ---- a queue ---- */

struct aqm_skb_cb {
	ktime_t since;
};

static struct aqm_skb_cb *aqm_cb(struct sk_buff *skb)
{
	return (struct aqm_skb_cb *)(void *)skb->cb;
}

void aqm_enqueue(struct aqm_queue *aq, struct sk_buff *skb)
{
	aqm_cb(skb)->since = skb->net->now;
	skb_queue_tail(&aq->q, skb);
	aq->backlog += qdisc_pkt_len(skb);
	aq->memory += skb->truesize;
}

struct sk_buff *aqm_pop(struct aqm_queue *aq, ktime_t *since)
{
	struct sk_buff *skb = skb_dequeue(&aq->q);

	if (!skb)
		return NULL;
	*since = aqm_cb(skb)->since;
	aq->backlog -= qdisc_pkt_len(skb);
	aq->memory -= skb->truesize;
	return skb;
}

struct sk_buff *aqm_dequeue(struct Qdisc *sch, struct aqm_queue *aq,
			    const struct codel_params *params, struct codel_stats *stats)
{
	ktime_t now = sch->dev->net->now, since;
	struct sk_buff *skb;

	while ((skb = aqm_pop(aq, &since))) {
		bool hit = codel_judge(&aq->vars, params, now, now - since, aq->backlog);

		stats->maxpacket = max(stats->maxpacket, qdisc_pkt_len(skb));
		qdisc_count_out(sch, skb);
		if (!hit) {
			if (now - since > params->ce_threshold && skb_set_ce(skb))
				stats->ce_mark++;
			return skb;
		}
		if (params->ecn && skb_set_ce(skb)) {
			stats->ecn_mark++;
			return skb;
		}
		sch->stats.drops += skb_packets(skb);
		kfree_skb_reason(skb, SKB_DROP_REASON_QDISC_CONGESTED);
	}
	codel_idle(&aq->vars);
	return NULL;
}

/* ---- parameters ---- */

void aqm_conf_init(struct aqm_conf *conf, const struct Qdisc_ops *ops,
		   const struct net_device *dev)
{
	*conf = (struct aqm_conf){ .limit = 1000 };
	codel_params_init(&conf->codel);
	conf->codel.mtu = dev->mtu + ETH_HLEN;
	if (ops != &fq_codel_qdisc_ops)
		return;
	conf->codel.ecn = true;
	conf->limit = 10240;
	conf->flows = 1024;
	conf->quantum = dev->mtu + ETH_HLEN;
	conf->memory_limit = 32 << 20;
	conf->drop_batch = 64;
}

/* Both kinds have it first. */
const struct aqm_conf *qdisc_aqm_conf(const struct Qdisc *sch)
{
	if (sch->ops != &codel_qdisc_ops && sch->ops != &fq_codel_qdisc_ops)
		return NULL;
	return (const struct aqm_conf *)(const void *)sch->priv;
}

int qdisc_aqm_change(struct Qdisc *sch, const struct aqm_conf *conf)
{
	struct aqm_conf *old = (struct aqm_conf *)(void *)sch->priv;
	struct sk_buff *skb;

	if (conf->flows != old->flows)
		return -EINVAL;
	*old = *conf;
	while (sch->stats.qlen > conf->limit && (skb = sch->ops->dequeue(sch)))
		qdisc_drop(skb, sch);
	return 0;
}

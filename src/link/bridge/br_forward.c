/* SPDX-License-Identifier: MIT */
/* A frame leaves by one port, or by all others. The frame itself is not touched. */
#include "base/trace.h"
#include "device/gro.h"
#include "link/bridge/br_multicast_private.h"

static bool both_isolated(const struct net_bridge_port *p, const struct sk_buff *skb)
{
	return p->isolated && skb->dev->br_port && skb->dev->br_port->isolated;
}

static bool should_deliver(const struct net_bridge_port *p, const struct sk_buff *skb)
{
	return (likely(skb->dev != p->dev) || p->hairpin) && p->state == BR_STATE_FORWARDING &&
	       !skb->bystander && likely(!both_isolated(p, skb)) &&
	       (likely(!p->vlan_filter) || br_vlan_member(&p->vg, skb_vlan_tag_get_id(skb)));
}

/* The MAC header stands where it stood: data is moved back over it, that is all. False: it was
 * dropped. */
static __always_inline bool forward_prepare(const struct net_bridge_port *to, struct sk_buff *skb)
{
	skb_push(skb, ETH_HLEN);
	if (unlikely(!skb_fits(skb, skb->len - ETH_HLEN, to->dev->mtu))) {
		to->dev->stats.tx_dropped++;
		kfree_skb_reason(skb, SKB_DROP_REASON_PKT_TOO_BIG);
		return false;
	}
	skb->dev = to->dev;
	trace_skb(skb->net, br_forward, skb, (u64)to->dev->ifindex, skb_vlan_tag_get_id(skb));
	if (unlikely(skb_vlan_tag_present(skb)) && !br_handle_vlan(to, skb))
		return false;
	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		skb->ip_summed = CHECKSUM_NONE;
	return true;
}

/* Consumes. */
static void br_forward_finish(const struct net_bridge_port *to, struct sk_buff *skb)
{
	if (forward_prepare(to, skb))
		dev_queue_xmit(skb);
}

static void forward_copy(const struct net_bridge_port *to, const struct sk_buff *skb)
{
	struct sk_buff *copy = skb_clone(skb);

	if (copy)
		br_forward_finish(to, copy);
	else
		frame_drop(skb->net, to->dev, skb->id, SKB_DROP_REASON_NOMEM, NULL);
}

void br_forward(struct net_bridge_port *to, struct sk_buff *skb, bool keep)
{
	if (likely(to && should_deliver(to, skb))) {
		if (keep)
			forward_copy(to, skb);
		else
			br_forward_finish(to, skb);
		return;
	}
	if (!keep)
		kfree_skb_reason(skb, to && skb->dev == to->dev ?
					 SKB_DROP_REASON_BRIDGE_SAME_PORT :
					 SKB_DROP_REASON_BRIDGE_NO_EGRESS_PORT);
}

void br_forward_batch(struct net_bridge_port *to, struct sk_buff *skb, struct xmit_batch *out)
{
	if (unlikely(!to || !should_deliver(to, skb)))
		br_forward(to, skb, false);
	else if (forward_prepare(to, skb))
		xmit_batch_add(out, skb);
}

static const char *flood_reason(const struct sk_buff *skb)
{
	const u8 *dest = eth_hdr(skb)->h_dest;

	if (is_broadcast_ether_addr(dest))
		return "broadcast";
	return is_multicast_ether_addr(dest) ? "multicast" : "unknown destination";
}

/* As in Linux, what the machine itself sends to many goes to all. */
static bool wants_flood(const struct net_bridge_port *p, const struct sk_buff *skb)
{
	const u8 *dest = eth_hdr(skb)->h_dest;
	bool wants = p->flood;

	if (is_broadcast_ether_addr(dest))
		wants = p->bcast_flood || skb->dev == p->br->dev;
	else if (is_multicast_ether_addr(dest))
		wants = p->mcast_flood || skb->dev == p->br->dev;
	return wants && should_deliver(p, skb);
}

/* One step behind, so that the last port gets the frame itself. */
static struct net_bridge_port *maybe_deliver(struct net_bridge_port *last,
					     struct net_bridge_port *p, const struct sk_buff *skb)
{
	if (last)
		forward_copy(last, skb);
	return p;
}

/* Consumes unless `keep`. */
static void deliver_last(struct net_bridge_port *last, struct sk_buff *skb, bool keep)
{
	if (last && keep)
		forward_copy(last, skb);
	else if (last)
		br_forward_finish(last, skb);
	else if (!keep)
		kfree_skb_reason(skb, SKB_DROP_REASON_BRIDGE_NO_EGRESS_PORT);
}

static u32 count_ports(const struct net_bridge *br, const struct sk_buff *skb)
{
	const struct net_bridge_port *p;
	u32 n = 0;

	list_for_each_entry(p, &br->port_list, list)
		n += wants_flood(p, skb);
	return n;
}

void br_flood(struct net_bridge *br, struct sk_buff *skb, bool keep)
{
	struct net_bridge_port *p, *last = NULL;

	if (unlikely(skb->net->trace))
		trace_skb(skb->net, br_flood, skb, count_ports(br, skb),
			  TRACE_STR(flood_reason(skb)), skb_vlan_tag_get_id(skb));
	list_for_each_entry(p, &br->port_list, list)
		if (wants_flood(p, skb))
			last = maybe_deliver(last, p, skb);
	deliver_last(last, skb, keep);
}

/* The next port of the two lists, the highest first, in each once; NULL: none. */
static struct net_bridge_port *next_member(const struct net_bridge_mdb_entry *mdst,
					   const struct br_mc_family *f,
					   struct list_head **member, struct list_head **router)
{
	struct net_bridge_port *p = NULL, *r = NULL;

	if (mdst && *member != &mdst->ports)
		p = list_entry(*member, struct net_bridge_port_group, list)->port;
	if (*router != &f->routers)
		r = list_entry(*router, struct br_mc_port, rlist)->port;
	if (p && (!r || p->port_no >= r->port_no))
		*member = (*member)->next;
	if (r && (!p || r->port_no >= p->port_no))
		*router = (*router)->next;
	return p && (!r || p->port_no >= r->port_no) ? p : r;
}

static u32 count_members(const struct net_bridge_mdb_entry *mdst, const struct br_mc_family *f,
			 const struct sk_buff *skb)
{
	struct list_head *member = mdst ? mdst->ports.next : NULL, *router = f->routers.next;
	struct net_bridge_port *p;
	u32 n = 0;

	while ((p = next_member(mdst, f, &member, &router)))
		n += should_deliver(p, skb);
	return n;
}

void br_multicast_flood(struct net_bridge *br, const struct net_bridge_mdb_entry *mdst,
			struct sk_buff *skb, bool keep)
{
	const struct br_mc_family *f =
		&br->mcast.family[skb->protocol == CONST_BE16(ETH_P_IPV6) ? BR_MC_IP6 : BR_MC_IP4];
	struct list_head *member = mdst ? mdst->ports.next : NULL, *router = f->routers.next;
	struct net_bridge_port *p, *last = NULL;

	if (unlikely(skb->net->trace))
		trace_skb(skb->net, br_multicast_flood, skb, count_members(mdst, f, skb),
			  TRACE_STR(mdst ? "members and routers" : "routers"),
			  skb_vlan_tag_get_id(skb));
	while ((p = next_member(mdst, f, &member, &router)))
		if (should_deliver(p, skb))
			last = maybe_deliver(last, p, skb);
	deliver_last(last, skb, keep);
}

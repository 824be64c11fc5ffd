/* SPDX-License-Identifier: MIT */
/* A frame arrives at a port (rows W1-W3): learn its source, decide by its destination. */
#include "base/trace.h"
#include "link/bridge/br_fdb.h"
#include "link/bridge/br_multicast_private.h"

#define FRAMES_AT_ONCE 64u

static rx_handler_result_t drop(struct sk_buff *skb, enum skb_drop_reason reason)
{
	kfree_skb_reason(skb, reason);
	return RX_HANDLER_CONSUMED;
}

/* To the bridge's own stack, as if the bridge device had received it. Consumes. */
static void br_pass_frame_up(struct net_bridge *br, struct sk_buff *skb)
{
	struct net_device *dev = br->dev;

	dev->stats.rx_packets++;
	dev->stats.rx_bytes += skb->len;
	if (skb->pkt_type == PACKET_MULTICAST)
		dev->stats.multicast++;
	if (unlikely(skb_vlan_tag_present(skb)) && !br_vlan_pass_up(br, skb))
		return;
	skb->dev = dev;
	netif_receive_skb(skb);
}

/* Broadcast and multicast; to a copy of the machine's own, too, when it is up. Consumes. */
static __noinline void to_many(struct net_bridge_port *p, struct sk_buff *skb, u16 vid, bool up)
{
	const struct net_device *brdev = p->br->dev;
	bool broadcast = is_broadcast_ether_addr(eth_hdr(skb)->h_dest);
	struct net_bridge_mdb_entry *mdst;
	struct br_mc_frame f;

	if (unlikely(p->storm_limits) &&
	    !br_storm_pass(p, broadcast ? BR_STORM_BROADCAST : BR_STORM_MULTICAST, skb))
		return;
	if (!broadcast && !br_multicast_rcv(p->br, p, skb, vid, &f))
		return;
	if (!broadcast && br_multicast_selective(p->br, skb, vid, &f, &mdst)) {
		up = up && ((mdst && mdst->host_joined) ||
			    brdev->flags & (IFF_ALLMULTI_ | IFF_PROMISC_) ||
			    br_multicast_is_router(p->br,
						   skb->protocol == CONST_BE16(ETH_P_IPV6)));
		br_multicast_flood(p->br, mdst, skb, up);
	} else {
		br_flood(p->br, skb, up);
	}
	if (up)
		br_pass_frame_up(p->br, skb);
}

static __always_inline void br_handle_frame_finish(struct net_bridge_port *p, struct sk_buff *skb,
						   const struct br_fdb_keys *keys,
						   struct xmit_batch *out)
{
	struct net_bridge *br = p->br;
	const u8 *dest = eth_hdr(skb)->h_dest;
	bool up = netif_running(br->dev), local = up && br->dev->flags & IFF_PROMISC_;
	struct net_bridge_fdb_entry *to;
	struct br_fdb_keys own;
	u16 vid = 0;

	if (unlikely(p->vlan_filter)) {
		if (!br_allowed_ingress(br, &p->vg, skb, &vid))
			return;
		dest = eth_hdr(skb)->h_dest;
		own = br_fdb_keys(br, skb, vid);
		keys = &own;
		up = up && (local || br_vlan_member(&br->vg, vid));
	}
	if (p->learning)
		br_fdb_update(br, p, &keys->source, eth_hdr(skb)->h_source, vid, skb);
	if (p->state != BR_STATE_FORWARDING) {
		kfree_skb_reason(skb, SKB_DROP_REASON_BRIDGE_INGRESS_STP_STATE);
		return;
	}
	if (is_multicast_ether_addr(dest)) {
		xmit_batch_flush(out);
		to_many(p, skb, vid, up);
		return;
	}
	to = br_fdb_find_key(br, &keys->dest, dest, vid);
	if (likely(to && !to->is_local && !local)) {
		to->used = skb->net->now;
		br_forward_batch(to->dst, skb, out);
		return;
	}
	xmit_batch_flush(out);
	if (to && to->is_local) {
		if (up)
			br_pass_frame_up(br, skb);
		else
			kfree_skb_reason(skb, netif_running(br->dev) ?
						 SKB_DROP_REASON_BRIDGE_VLAN_EGRESS :
						 SKB_DROP_REASON_DEV_READY);
		return;
	}
	if (to) {
		to->used = skb->net->now;
		br_forward(to->dst, skb, local);
	} else {
		if (unlikely(p->storm_limits) && !br_storm_pass(p, BR_STORM_UNKNOWN, skb))
			return;
		br_flood(br, skb, local);
	}
	if (local)
		br_pass_frame_up(br, skb);
}

/* For the next device only (802.1D 7.12.6): spanning tree's, or the port's own business. */
static __noinline rx_handler_result_t link_local(struct net_bridge_port *p, struct sk_buff *skb)
{
	if (eth_hdr(skb)->h_dest[5] || skb_vlan_tag_present(skb))
		return RX_HANDLER_PASS;
	br_stp_rcv(p, skb);
	return RX_HANDLER_CONSUMED;
}

static __always_inline rx_handler_result_t handle_frame(struct sk_buff *skb,
							const struct br_fdb_keys *keys,
							struct xmit_batch *out)
{
	struct net_bridge_port *p = skb->dev->br_port;
	const struct ethhdr *eth = eth_hdr(skb);

	if (unlikely(!is_valid_ether_addr(eth->h_source)))
		return drop(skb, SKB_DROP_REASON_MAC_INVALID_SOURCE);
	if (unlikely(is_link_local_ether_addr(eth->h_dest)) &&
	    (eth->h_dest[5] || skb_vlan_tag_present(skb) || p->br->stp.on))
		return link_local(p, skb);
	trace_skb(skb->net, br_handle_frame, skb, (u64)skb->dev->ifindex,
		  eth_addr_u64(eth->h_source), eth_addr_u64(eth->h_dest));
	if (p->state != BR_STATE_FORWARDING && p->state != BR_STATE_LEARNING)
		return drop(skb, SKB_DROP_REASON_BRIDGE_INGRESS_STP_STATE);
	if (ether_addr_equal(p->br->dev->dev_addr, eth->h_dest))
		skb->pkt_type = PACKET_HOST;
	br_handle_frame_finish(p, skb, keys, out);
	return RX_HANDLER_CONSUMED;
}

/* The doors of each port: netif_receive_skb() and its list come here before any protocol. */
rx_handler_result_t br_handle_frame(struct sk_buff **pskb)
{
	struct br_fdb_keys keys = br_fdb_keys((*pskb)->dev->br_port->br, *pskb, 0);
	rx_handler_result_t r;
	struct xmit_batch out;

	xmit_batch_init(&out);
	r = handle_frame(*pskb, &keys, &out);
	xmit_batch_flush(&out);
	return r;
}

static u32 handle_some(struct sk_buff **skb, u32 n, struct sk_buff **pass)
{
	struct br_fdb_keys keys[FRAMES_AT_ONCE];
	struct xmit_batch out;
	u32 passed = 0;

	xmit_batch_init(&out);
	br_fdb_keys_list(skb[0]->dev->br_port->br, skb, n, keys);
	for (u32 i = 0; i < n; i++)
		if (handle_frame(skb[i], &keys[i], &out) == RX_HANDLER_PASS)
			pass[passed++] = skb[i];
	xmit_batch_flush(&out);
	return passed;
}

u32 br_handle_frame_list(struct sk_buff **skb, u32 n)
{
	u32 passed = 0;

	for (u32 from = 0; from < n; from += FRAMES_AT_ONCE)
		passed += handle_some(skb + from, min(n - from, FRAMES_AT_ONCE), skb + passed);
	return passed;
}

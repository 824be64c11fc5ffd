/* SPDX-License-Identifier: MIT */
#include "link/ethernet.h"

#include "base/trace.h"

#define ARPHRD_ETHER_ 1

int eth_header(struct sk_buff *skb, struct net_device *dev, u16 type, const void *daddr,
	       const void *saddr)
{
	struct ethhdr *eth;

	if (!skb_cow_head(skb, ETH_HLEN, 0))
		return -ENOSPC;
	eth = (void *)skb_push(skb, ETH_HLEN);
	ether_addr_copy(eth->h_dest, daddr ? daddr : dev->broadcast);
	ether_addr_copy(eth->h_source, saddr ? saddr : dev->dev_addr);
	eth->h_proto = cpu_to_be16(type);
	skb_reset_mac_header(skb);
	return ETH_HLEN;
}

const struct header_ops eth_header_ops = { .create = eth_header };

static u8 eth_pkt_type(const struct ethhdr *eth, const struct net_device *dev)
{
	if (likely(ether_addr_equal(eth->h_dest, dev->dev_addr)))
		return PACKET_HOST;
	if (is_broadcast_ether_addr(eth->h_dest))
		return PACKET_BROADCAST;
	return is_multicast_ether_addr(eth->h_dest) ? PACKET_MULTICAST : PACKET_OTHERHOST;
}

static const char *pkt_type_text(u8 pkt_type)
{
	switch (pkt_type) {
	case PACKET_HOST:
		return "for us";
	case PACKET_BROADCAST:
		return "broadcast";
	case PACKET_MULTICAST:
		return "multicast";
	default:
		return "for another host";
	}
}

static __noinline __cold be16 trace_type(struct sk_buff *skb, be16 proto)
{
	trace_skb(skb->net, eth_type_trans, skb, ETH_HLEN, be16_to_cpu(proto),
		  TRACE_STR(pkt_type_text(skb->pkt_type)));
	return proto;
}

/* Its first bytes are not in one piece, or it is too short. */
static __noinline __cold be16 type_trans_pulled(struct sk_buff *skb, struct net_device *dev)
{
	return pskb_may_pull(skb, ETH_HLEN) ? eth_type_trans(skb, dev) : 0;
}

/* What seldom comes is left to others at the end, so that this one saves no registers. */
be16 eth_type_trans(struct sk_buff *skb, struct net_device *dev)
{
	const struct ethhdr *eth;
	be16 proto;

	skb->dev = dev;
	if (unlikely(skb_headlen(skb) < ETH_HLEN))
		return type_trans_pulled(skb, dev);
	skb_reset_mac_header(skb);
	eth = (const void *)skb->data;
	skb->pkt_type = eth_pkt_type(eth, dev);
	proto = eth_proto_is_802_3(eth->h_proto) ? eth->h_proto : CONST_BE16(ETH_P_802_2);
	skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	return likely(!dev->net->trace) ? proto : trace_type(skb, proto);
}

void ether_setup(struct net_device *dev)
{
	dev->header_ops = &eth_header_ops;
	dev->type = ARPHRD_ETHER_;
	dev->hard_header_len = ETH_HLEN;
	dev->addr_len = ETH_ALEN;
	dev->mtu = ETH_DATA_LEN;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU;
	dev->flags |= IFF_BROADCAST_ | IFF_MULTICAST_;
	eth_broadcast_addr(dev->broadcast);
}

void eth_random_addr(struct net *net, u8 addr[ETH_ALEN])
{
	u64 r = prng_u64(&net->prng);

	put_be32(addr, (u32)(r >> 16));
	put_be16(addr + 4, (u16)r);
	addr[0] = (u8)((addr[0] & 0xfe) | 2);
}

/* SPDX-License-Identifier: MIT */
/* Tags beside and in a frame; which of a device's VLAN devices a tag is for. */
#include "device/vlan_core.h"

#include "base/trace.h"
#include "device/edt.h"
#include "device/qdisc.h"

#define VLAN_PART 256u		/* of the 4096 VLANs; a part is there when one of it is */
#define VLAN_PARTS (2u * VLAN_N_VID / VLAN_PART)

struct vlan_info {
	u32 nr_devs;
	struct net_device **part[VLAN_PARTS];
};

/* ---- tags ---- */

/* The addresses move over the four bytes that go. */
static void reorder_header(struct sk_buff *skb)
{
	u8 *mac = skb_mac_header(skb);

	memmove(mac + VLAN_HLEN, mac, 2 * ETH_ALEN);
	skb->mac_header += VLAN_HLEN;
}

bool skb_vlan_untag(struct sk_buff *skb)
{
	const struct vlan_hdr *vh;

	/* What is shared is copied from the Ethernet header on, the tag and what is linear. */
	skb_push(skb, ETH_HLEN);
	if (unlikely(!pskb_may_pull(skb, ETH_HLEN + VLAN_HLEN))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_HDR_TRUNC);
		return false;
	}
	if (unlikely(!skb_cow_head(skb, 0, ETH_HLEN + VLAN_HLEN))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return false;
	}
	skb_reset_mac_header(skb);
	vh = (const void *)skb_pull(skb, ETH_HLEN);
	skb_vlan_put_tag(skb, skb->protocol, be16_to_cpu(vh->h_vlan_TCI));
	skb->protocol = vh->h_vlan_encapsulated_proto;
	skb_pull(skb, VLAN_HLEN);
	reorder_header(skb);
	trace_skb(skb->net, skb_vlan_untag, skb, skb_vlan_tag_get_id(skb));
	return true;
}

bool skb_vlan_push_tag(struct sk_buff *skb)
{
	u8 *mac;

	if (unlikely(!skb_cow_head(skb, VLAN_HLEN, ETH_HLEN))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return false;
	}
	mac = skb_push(skb, VLAN_HLEN);
	memmove(mac, mac + VLAN_HLEN, 2 * ETH_ALEN);
	put_be16(mac + 2 * ETH_ALEN, be16_to_cpu(skb->vlan_proto));
	put_be16(mac + 2 * ETH_ALEN + 2, skb->vlan_tci);
	trace_skb(skb->net, skb_vlan_push_tag, skb, skb_vlan_tag_get_id(skb));
	skb_reset_mac_header(skb);
	skb_vlan_clear_tag(skb);
	return true;
}

/* ---- devices ---- */

static struct net_device **slot_of(const struct vlan_info *info, be16 proto, u16 vid)
{
	u32 i = (proto == CONST_BE16(ETH_P_8021AD) ? VLAN_N_VID : 0) + vid;

	return info->part[i / VLAN_PART] ? &info->part[i / VLAN_PART][i % VLAN_PART] : NULL;
}

struct net_device *vlan_find_dev(const struct net_device *real, be16 proto, u16 vid)
{
	struct net_device **slot = real->vlan_info ? slot_of(real->vlan_info, proto, vid) : NULL;

	return slot ? *slot : NULL;
}

int vlan_dev_link(struct net_device *real, struct net_device *dev)
{
	const struct vlan_dev_priv *v = netdev_priv(dev);
	u32 i = (v->vlan_proto == CONST_BE16(ETH_P_8021AD) ? VLAN_N_VID : 0) + v->vlan_id;
	struct mem *mem = &real->net->mem;

	if (!real->vlan_info)
		real->vlan_info = mem_zalloc(mem, sizeof(*real->vlan_info));
	if (!real->vlan_info)
		return -ENOMEM;
	if (!real->vlan_info->part[i / VLAN_PART])
		real->vlan_info->part[i / VLAN_PART] =
			mem_zalloc(mem, VLAN_PART * sizeof(struct net_device *));
	if (!real->vlan_info->part[i / VLAN_PART])
		return -ENOMEM;
	if (vlan_find_dev(real, v->vlan_proto, v->vlan_id))
		return -EEXIST;
	*slot_of(real->vlan_info, v->vlan_proto, v->vlan_id) = dev;
	real->vlan_info->nr_devs++;
	dev->edt_below = real->keeps_edt;
	dev->keeps_edt |= real->keeps_edt;
	return 0;
}

/* Also after a vlan_dev_link() that failed: what is empty goes. */
void vlan_dev_unlink(struct net_device *real, struct net_device *dev)
{
	const struct vlan_dev_priv *v = netdev_priv(dev);
	struct vlan_info *info = real->vlan_info;

	if (!info)
		return;
	if (vlan_find_dev(real, v->vlan_proto, v->vlan_id) == dev) {
		*slot_of(info, v->vlan_proto, v->vlan_id) = NULL;
		info->nr_devs--;
	}
	if (info->nr_devs)
		return;
	for (u32 i = 0; i < VLAN_PARTS; i++)
		if (info->part[i])
			mem_free(&real->net->mem, info->part[i],
				 VLAN_PART * sizeof(struct net_device *));
	mem_free(&real->net->mem, info, sizeof(*info));
	real->vlan_info = NULL;
}

static struct net_device *first_of(const struct vlan_info *info)
{
	for (u32 i = 0; i < VLAN_PARTS; i++)
		for (u32 k = 0; info->part[i] && k < VLAN_PART; k++)
			if (info->part[i][k])
				return info->part[i][k];
	return NULL;
}

void dev_update_keeps_edt(struct net_device *dev)
{
	const struct Qdisc *sch = dev->qdisc;
	const struct vlan_info *info = dev->vlan_info;

	dev->keeps_edt = dev->edt_below || (sch->ops->keeps_edt && sch->ops->keeps_edt(sch));
	for (u32 i = 0; info && i < VLAN_PARTS; i++) {
		for (u32 k = 0; info->part[i] && k < VLAN_PART; k++) {
			struct net_device *on = info->part[i][k];

			if (!on)
				continue;
			on->edt_below = dev->keeps_edt;
			dev_update_keeps_edt(on);
		}
	}
}

void vlan_unregister_all(struct net_device *real)
{
	while (real->vlan_info)
		unregister_netdevice(first_of(real->vlan_info));
}

enum vlan_rx vlan_do_receive(struct sk_buff *skb)
{
	struct net_device *dev = vlan_find_dev(skb->dev, skb->vlan_proto,
					       skb_vlan_tag_get_id(skb));
	const struct vlan_dev_priv *v;

	if (!dev)
		return VLAN_RX_NONE;
	if (unlikely(!netif_running(dev))) {
		dev->stats.rx_dropped++;
		kfree_skb_reason(skb, SKB_DROP_REASON_DEV_READY);
		return VLAN_RX_DROPPED;
	}
	v = netdev_priv(dev);
	skb->dev = dev;
	trace_skb(skb->net, vlan_do_receive, skb, (u64)dev->ifindex);
	/* Its address may not be the real device's. */
	if (unlikely(skb->pkt_type == PACKET_OTHERHOST) &&
	    ether_addr_equal(skb_mac_header(skb), dev->dev_addr))
		skb->pkt_type = PACKET_HOST;
	else if (unlikely(v->addr_differs && skb->pkt_type == PACKET_HOST))
		skb->pkt_type = PACKET_OTHERHOST;
	skb->priority = v->ingress_priority[skb->vlan_tci >> VLAN_PRIO_SHIFT];
	skb_vlan_clear_tag(skb);
	dev->stats.rx_packets++;
	dev->stats.rx_bytes += skb->len + ETH_HLEN;
	dev->stats.multicast += skb->pkt_type == PACKET_MULTICAST;
	return VLAN_RX_MOVED;
}

/* SPDX-License-Identifier: MIT */
/* Which VLAN a frame is of, and who may have it (802.1Q 8.6.1, 8.6.2, 8.6.4). */
#include "link/bridge/br_private.h"

static struct net_bridge_vlan_group *group_of(struct net_bridge *br, struct net_bridge_port *p)
{
	return p ? &p->vg : &br->vg;
}

static void set_bit(u64 *map, u16 vid, bool on)
{
	u64 bit = 1ull << vid % 64;

	map[vid / 64] = on ? map[vid / 64] | bit : map[vid / 64] & ~bit;
}

/* ---- membership ---- */

int br_vlan_add(struct net_bridge *br, struct net_bridge_port *p, u16 vid, unsigned flags)
{
	struct net_bridge_vlan_group *vg = group_of(br, p);

	if (!vid || vid > BR_VLAN_MAX)
		return -EINVAL;
	if (!br_vlan_member(vg, vid))
		vg->num_vlans++;
	set_bit(vg->member, vid, true);
	set_bit(vg->untagged, vid, flags & BRIDGE_VLAN_UNTAGGED);
	if (flags & BRIDGE_VLAN_PVID)
		vg->pvid = vid;
	else if (vg->pvid == vid)
		vg->pvid = 0;
	return 0;
}

int br_vlan_delete(struct net_bridge *br, struct net_bridge_port *p, u16 vid)
{
	struct net_bridge_vlan_group *vg = group_of(br, p);

	if (vid > BR_VLAN_MAX || !br_vlan_member(vg, vid))
		return -ENOENT;
	set_bit(vg->member, vid, false);
	set_bit(vg->untagged, vid, false);
	vg->num_vlans--;
	if (vg->pvid == vid)
		vg->pvid = 0;
	if (p)
		br_fdb_flush_vlan(br, p, vid);
	return 0;
}

void br_vlan_init(struct net_bridge *br)
{
	br->vlan_proto = CONST_BE16(ETH_P_8021Q);
	br->default_pvid = 1;
	br_vlan_add(br, NULL, 1, BRIDGE_VLAN_PVID | BRIDGE_VLAN_UNTAGGED);
}

void br_vlan_init_port(struct net_bridge_port *p)
{
	p->vlan_filter = p->br->vlan_enabled;
	if (p->br->default_pvid)
		br_vlan_add(p->br, p, p->br->default_pvid,
			    BRIDGE_VLAN_PVID | BRIDGE_VLAN_UNTAGGED);
}

/* What was learned under the other rule was learned for other VLANs. */
void br_vlan_filter_toggle(struct net_bridge *br, bool on)
{
	struct net_bridge_port *p;

	if (br->vlan_enabled == on)
		return;
	br->vlan_enabled = on;
	list_for_each_entry(p, &br->port_list, list)
		p->vlan_filter = on;
	br_fdb_flush(br, NULL);
}

/* Only where the membership is still the one that the old default gave. */
static void change_default(struct net_bridge *br, struct net_bridge_port *p, u16 old, u16 pvid)
{
	struct net_bridge_vlan_group *vg = group_of(br, p);

	if (vg->pvid != old || (old && !br_vlan_untagged(vg, old)))
		return;
	if (pvid)
		br_vlan_add(br, p, pvid, BRIDGE_VLAN_PVID | BRIDGE_VLAN_UNTAGGED);
	if (old)
		br_vlan_delete(br, p, old);
}

int br_vlan_set_default_pvid(struct net_bridge *br, u16 pvid)
{
	u16 old = br->default_pvid;
	struct net_bridge_port *p;

	if (pvid > BR_VLAN_MAX)
		return -EINVAL;
	if (pvid == old)
		return 0;
	if (br->vlan_enabled)
		return -EPERM;
	br->default_pvid = pvid;
	change_default(br, NULL, old, pvid);
	list_for_each_entry(p, &br->port_list, list)
		change_default(br, p, old, pvid);
	return 0;
}

int br_vlan_set_proto(struct net_bridge *br, be16 proto)
{
	if (!eth_type_vlan(proto))
		return -EPROTONOSUPPORT;
	br->vlan_proto = proto;
	return 0;
}

/* ---- frames ---- */

/* A tag of another kind than the bridge's is payload to it. False: no memory; skb was dropped. */
static bool put_back(struct sk_buff *skb)
{
	be16 proto = skb->vlan_proto;

	skb_push(skb, ETH_HLEN);
	if (!skb_vlan_push_tag(skb))
		return false;
	skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	skb->protocol = proto;
	return true;
}

bool br_allowed_ingress(struct net_bridge *br, const struct net_bridge_vlan_group *vg,
			struct sk_buff *skb, u16 *vid)
{
	if (skb_vlan_tag_present(skb) && unlikely(skb->vlan_proto != br->vlan_proto) &&
	    !put_back(skb))
		return false;
	*vid = skb_vlan_tag_present(skb) ? skb_vlan_tag_get_id(skb) : 0;
	if (!*vid) {
		/* Of a priority tag the priority stays (802.1Q 6.9). */
		*vid = vg->pvid;
		skb_vlan_put_tag(skb, br->vlan_proto, skb->vlan_tci | vg->pvid);
	}
	if (likely(*vid && br_vlan_member(vg, *vid)))
		return true;
	kfree_skb_reason(skb, SKB_DROP_REASON_BRIDGE_VLAN_INGRESS);
	return false;
}

bool br_handle_vlan(const struct net_bridge_port *to, struct sk_buff *skb)
{
	if (to->vlan_filter && br_vlan_untagged(&to->vg, skb_vlan_tag_get_id(skb))) {
		skb_vlan_clear_tag(skb);
		return true;
	}
	return skb_vlan_push_tag(skb);
}

bool br_vlan_pass_up(const struct net_bridge *br, struct sk_buff *skb)
{
	if (br->vlan_enabled && br_vlan_untagged(&br->vg, skb_vlan_tag_get_id(skb))) {
		skb_vlan_clear_tag(skb);
		return true;
	}
	return put_back(skb);
}

bool br_vlan_sent(struct net_bridge *br, struct sk_buff *skb, u16 *vid)
{
	be16 type = ((const struct ethhdr *)(const void *)skb_mac_header(skb))->h_proto;

	if (eth_type_vlan(type)) {
		skb->protocol = type;
		if (!skb_vlan_untag(skb))
			return false;
	}
	return !br->vlan_enabled || br_allowed_ingress(br, &br->vg, skb, vid);
}

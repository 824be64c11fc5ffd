/* SPDX-License-Identifier: MIT */
/*
 * The straight way of a frame through a bridge (device/straight.h): what br_handle_frame() and
 * br_forward() would do to it, done where it lies. It is for unicast without a tag, between
 * stations that are known where they are, through ports that forward everything; who learns,
 * floods, filters by VLAN or listens to all takes the long way.
 */
#include "device/gro.h"
#include "device/straight.h"
#include "device/vlan_core.h"
#include "link/bridge/br_fdb.h"

static const struct ethhdr *frame_eth(const struct nic_frame *f)
{
	return (const void *)f->data;
}

static bool is_plain_port(const struct net_bridge_port *p)
{
	const struct net_device *brdev = p->br->dev;

	return p->state == BR_STATE_FORWARDING && !p->vlan_filter &&
	       !(netif_running(brdev) && brdev->flags & IFF_PROMISC_);
}

/* Of two stations, and with nothing in it that GRO or a VLAN is interested in. */
static bool is_plain_frame(const struct net_device *dev, const struct nic_frame *f)
{
	const struct ethhdr *eth = frame_eth(f);

	return likely(is_valid_ether_addr(eth->h_source) &&
		      !is_multicast_ether_addr(eth->h_dest) && !eth_type_vlan(eth->h_proto)) &&
	       !dev_gro_wants(dev, eth->h_proto, eth + 1, f->len - ETH_HLEN);
}

static u32 check_frames(const struct straight_run *run, struct br_fdb_keys *keys)
{
	const struct net_bridge *br = run->in->br_port->br;
	u32 i;

	for (i = 0; i < run->n; i++) {
		const struct ethhdr *eth = frame_eth(&run->f[i]);

		straight_look_ahead(run, i);
		if (unlikely(!is_plain_frame(run->in, &run->f[i])))
			break;
		keys[i].source = br_fdb_key(br, eth->h_source, 0);
		keys[i].dest = br_fdb_key(br, eth->h_dest, 0);
	}
	br_fdb_ahead(br, keys, i);
	return i;
}

/* Through which port a frame from p leaves; NULL: not straight. */
static struct net_bridge_port *egress(const struct net_bridge_port *p,
				      const struct net_bridge_fdb_entry *to)
{
	struct net_bridge_port *out = likely(to && !to->is_local) ? to->dst : NULL;

	return likely(out && out != p && out->state == BR_STATE_FORWARDING && !out->vlan_filter &&
		      !(out->isolated && p->isolated)) ? out : NULL;
}

/* One frame after the other, because the first may bring the next one's station to mind again. */
u32 br_pass_straight(struct straight_run *run)
{
	struct br_fdb_keys keys[NAPI_POLL_WEIGHT];
	struct net_bridge_port *p = run->in->br_port;
	ktime_t now = run->in->net->now;
	struct net_bridge *br = p->br;
	u32 i, n;

	if (!is_plain_port(p))
		return 0;
	n = check_frames(run, keys);
	for (i = 0; i < n; i++) {
		struct net_bridge_fdb_entry *to, *from = NULL;
		struct nic_frame *f = &run->f[i];
		struct net_bridge_port *out;

		if (p->learning) {
			from = fdb_lookup(br, &keys[i].source);
			if (unlikely(!from || from->dst != p))
				break;
		}
		to = fdb_lookup(br, &keys[i].dest);
		out = egress(p, to);
		if (unlikely(!out || f->len - ETH_HLEN > out->dev->mtu ||
			     fdb_expired(br, to) ||
			     !straight_may_leave(run, i, out->dev)))
			break;
		if (likely(from))
			br_fdb_seen(br, from, now);
		to->used = now;
		f->out = out->dev;
	}
	return i;
}

/* SPDX-License-Identifier: MIT */
/* Ports: devices come into the bridge and leave it, and follow their devices' state. */
#include "link/bridge/br_multicast_private.h"
#include "link/vlan.h"

const char *br_state_name(u8 state)
{
	static const char names[][12] = { "disabled", "listening", "learning", "forwarding",
					  "blocking" };

	return names[state];
}

/* Without spanning tree: what is up and has a carrier forwards. */
void br_port_carrier_check(struct net_bridge_port *p)
{
	bool on = netif_running(p->dev) && netif_carrier_ok(p->dev);
	u8 state = on ? BR_STATE_FORWARDING : BR_STATE_DISABLED;

	br_multicast_port_carrier(p, on);
	if (p->br->stp.on) {
		br_stp_port_carrier(p, on);
	} else if (p->state != state) {
		p->state = state;
		if (!on)
			br_fdb_flush(p->br, p);
	}
}

/* The bridge has a carrier while one of its ports forwards. */
void br_port_state_selection(struct net_bridge *br)
{
	struct net_bridge_port *p;
	bool any = false;

	list_for_each_entry(p, &br->port_list, list)
		any |= p->state == BR_STATE_FORWARDING;
	if (any)
		netif_carrier_on(br->dev);
	else
		netif_carrier_off(br->dev);
}

void br_recalculate_addr(struct net_bridge *br)
{
	const u8 *lowest = NULL;
	struct net_bridge_port *p;

	if (br->addr_set)
		return;
	list_for_each_entry(p, &br->port_list, list)
		if (!lowest || memcmp(p->dev->dev_addr, lowest, ETH_ALEN) < 0)
			lowest = p->dev->dev_addr;
	if (!lowest || ether_addr_equal(lowest, br->dev->dev_addr))
		return;
	ether_addr_copy(br->dev->dev_addr, lowest);
	br_fdb_change_local(br, NULL, lowest);
	br_stp_changed_addr(br);
	call_netdevice_notifiers(br->dev, NETDEV_CHANGEADDR);
}

/* The smallest of the ports' MTUs: what the bridge lets in must fit everywhere. */
static void br_mtu_auto_adjust(struct net_bridge *br)
{
	struct net_bridge_port *p;
	u32 mtu = 0;

	list_for_each_entry(p, &br->port_list, list)
		mtu = mtu ? min(mtu, p->dev->mtu) : p->dev->mtu;
	if (mtu)
		dev_set_mtu(br->dev, mtu);
}

static u16 find_portno(const struct net_bridge *br)
{
	struct net_bridge_port *p;
	u16 no = 1;

	list_for_each_entry(p, &br->port_list, list)
		if (p->port_no == no)
			no++;		/* the list is in order of port_no */
	return no;
}

static void port_link(struct net_bridge *br, struct net_bridge_port *p)
{
	struct net_bridge_port *other;

	list_for_each_entry(other, &br->port_list, list)
		if (other->port_no > p->port_no)
			break;
	list_add_tail(&p->list, &other->list);
	br->nr_ports++;
}

static void port_free(struct net_bridge_port *p)
{
	mem_free(&p->dev->net->mem, p, sizeof(*p));
}

/* A VLAN device of the bridge, or of one: what it forwards there would come back to it. */
static bool stands_on(const struct net_device *dev, const struct net_device *below)
{
	while (netif_is_vlan(dev)) {
		dev = vlan_dev_priv(dev)->real_dev;
		if (dev == below)
			return true;
	}
	return false;
}

int br_add_if(struct net_bridge *br, struct net_device *dev)
{
	struct net_bridge_port *p;
	int err;

	if (dev->flags & IFF_LOOPBACK_ || dev->bridge || dev->net != br->dev->net ||
	    dev->header_ops != &eth_header_ops)
		return -EINVAL;
	if (dev->br_port || br->nr_ports == BR_PORTS_MAX || stands_on(dev, br->dev))
		return -EBUSY;
	p = mem_zalloc(&dev->net->mem, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->br = br;
	p->dev = dev;
	p->port_no = find_portno(br);
	p->learning = p->flood = p->mcast_flood = p->bcast_flood = true;
	br_vlan_init_port(p);
	br_stp_init_port(p);
	br_multicast_init_port(p);
	err = br_fdb_add_local(br, p, dev->dev_addr);
	if (!err)
		err = netdev_rx_handler_register(dev, br_handle_frame, br_handle_frame_list, p);
	if (err) {
		br_fdb_delete_port(br, p);
		port_free(p);
		return err;
	}
	dev->br_port = p;
	dev->rx_straight = br_pass_straight;
	port_link(br, p);
	dev_set_promiscuity(dev, 1);
	br_port_carrier_check(p);
	br_port_state_selection(br);
	br_recalculate_addr(br);
	br_mtu_auto_adjust(br);
	return 0;
}

static void del_nbp(struct net_bridge_port *p)
{
	struct net_device *dev = p->dev;

	netdev_rx_handler_unregister(dev);
	dev->br_port = NULL;
	dev_set_promiscuity(dev, -1);
	list_del_init(&p->list);
	p->br->nr_ports--;
	br_fdb_delete_port(p->br, p);
	br_multicast_exit_port(p);
	port_free(p);
}

int br_del_if(struct net_bridge *br, struct net_device *dev)
{
	if (!dev->br_port || dev->br_port->br != br)
		return -EINVAL;
	del_nbp(dev->br_port);
	br_stp_reselect(br);
	br_port_state_selection(br);
	br_recalculate_addr(br);
	br_mtu_auto_adjust(br);
	return 0;
}

void br_del_ports(struct net_bridge *br)
{
	while (!list_empty(&br->port_list))
		del_nbp(list_first_entry(&br->port_list, struct net_bridge_port, list));
}

void br_device_event(struct notifier_block *nb, struct net_device *dev, enum netdev_event event)
{
	struct net_bridge *br = container_of(nb, struct net_bridge, notifier);
	struct net_bridge_port *p = dev->br_port;

	if (!p || p->br != br)
		return;
	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		br_port_carrier_check(p);
		br_port_state_selection(br);
		break;
	case NETDEV_CHANGEADDR:
		br_fdb_change_local(br, p, dev->dev_addr);
		br_recalculate_addr(br);
		break;
	case NETDEV_CHANGEMTU:
		br_mtu_auto_adjust(br);
		break;
	case NETDEV_UNREGISTER:
		br_del_if(br, dev);
		break;
	default:
		break;
	}
}

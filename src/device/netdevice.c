/* SPDX-License-Identifier: MIT */
/* The devices of an instance: made, named, registered, found, announced, removed. */
#include "device/netdevice.h"

#include "base/assert.h"
#include "base/fmt.h"
#include "base/shard.h"
#include "device/dev_impl.h"
#include "device/qdisc.h"
#include "device/vlan_core.h"
#include "driver/nic.h"

static const char *trace_name(const struct net_device *dev)
{
	return dev->name;
}

int dev_net_init(struct net *net)
{
	struct netns_dev *nd = mem_zalloc(&net->mem, sizeof(*nd));

	if (!nd)
		return -ENOMEM;
	nd->next_ifindex = 1;
	list_init(&nd->devices);
	list_init(&nd->ptype_all);
	list_init(&nd->notifiers);
	for (u32 i = 0; i < PTYPE_HASH; i++)
		list_init(&nd->ptype_base[i]);
	list_init(&nd->offloads);
	net->dev = nd;
	net->trace_dev_name = trace_name;
	return 0;
}

void dev_net_exit(struct net *net)
{
	ln_assert(list_empty(&net->dev->devices));
	mem_free(&net->mem, net->dev, sizeof(*net->dev));
	net->dev = NULL;
	net->trace_dev_name = NULL;
}

enum skb_drop_reason dev_exit_reason(const struct net *net, enum skb_drop_reason otherwise)
{
	return net->exiting ? SKB_DROP_REASON_NET_EXIT : otherwise;
}

/* ---- names ---- */

/* Linux's rule: 1 to 15 bytes, not "." or "..", no '/', ':' or blank; nor what stands for every
 * device in the names of settings. */
bool dev_valid_name(const char *name)
{
	size_t len = strnlen(name, IFNAMSIZ_);
	const char *percent = strchr(name, '%');

	if (len == 0 || len == IFNAMSIZ_ || !strcmp(name, ".") || !strcmp(name, "..") ||
	    !strcmp(name, "all") || !strcmp(name, "default"))
		return false;
	if (percent && strcmp(percent, "%d"))
		return false;
	for (; *name; name++)
		if (*name == '/' || *name == ':' || *name <= ' ' || *name > '~')
			return false;
	return true;
}

/* "eth%d" becomes the first ethN that is free. */
static int resolve_name(struct net_device *dev)
{
	const char *percent = strchr(dev->name, '%');
	char name[IFNAMSIZ_ + 12];
	struct strbuf sb;

	if (!percent)
		return dev_get_by_name(dev->net, dev->name) ? -EEXIST : 0;
	for (u32 i = 0; ; i++) {
		sb_init(&sb, name, sizeof(name));
		sb_putn(&sb, dev->name, (size_t)(percent - dev->name));
		sb_printf(&sb, "%u", i);
		if (sb.len >= IFNAMSIZ_)
			return -EINVAL;
		if (!dev_get_by_name(dev->net, name))
			break;
	}
	memcpy(dev->name, name, IFNAMSIZ_);
	return 0;
}

struct net_device *dev_get_by_name(const struct net *net, const char *name)
{
	struct net_device *dev;

	for_each_netdev(net, dev)
		if (!strcmp(dev->name, name))
			return dev;
	return NULL;
}

struct net_device *dev_get_by_index(const struct net *net, int ifindex)
{
	struct net_device *dev;

	for_each_netdev(net, dev)
		if (dev->ifindex == ifindex)
			return dev;
	return NULL;
}

/* ---- life ---- */

struct net_device *alloc_netdev(struct net *net, size_t priv_size, const char *name)
{
	struct net_device *dev = mem_zalloc(&net->mem, sizeof(*dev) + priv_size);
	size_t len = strnlen(name, IFNAMSIZ_);

	if (!dev)
		return NULL;
	if (len < IFNAMSIZ_)	/* else it stays empty, and register refuses it */
		memcpy(dev->name, name, len);
	dev->net = net;
	dev->priv_size = priv_size;
	dev->carrier = true;
	dev->tx_queue_len = TX_QUEUE_LEN_DEFAULT;
	list_init(&dev->list);
	list_init(&dev->mc);
	list_init(&dev->nf_ingress);
	return dev;
}

void free_netdev(struct net_device *dev)
{
	ln_assert(list_empty(&dev->list));
	dev_mc_flush(dev);
	mem_free(&dev->net->mem, dev, sizeof(*dev) + dev->priv_size);
}

int register_netdevice(struct net_device *dev)
{
	struct netns_dev *nd = dev->net->dev;
	int err;

	if (!dev_valid_name(dev->name))
		return -EINVAL;
	err = resolve_name(dev);
	if (err)
		return err;
	dev->qdisc = qdisc_create(dev, dev->no_queue || (dev->flags & IFF_LOOPBACK_) ?
					       &noqueue_qdisc_ops : &pfifo_qdisc_ops, NULL);
	if (!dev->qdisc)
		return -ENOMEM;
	dev->ifindex = nd->next_ifindex++;
	list_add_tail(&dev->list, &nd->devices);
	call_netdevice_notifiers(dev, NETDEV_REGISTER);
	return 0;
}

void unregister_netdevice(struct net_device *dev)
{
	struct net *net = dev->net;

	vlan_unregister_all(dev);
	dev_close(dev);
	list_del_init(&dev->list);
	call_netdevice_notifiers(dev, NETDEV_UNREGISTER);
	flush_backlog(net, dev, dev_exit_reason(net, SKB_DROP_REASON_DEV_READY));
	if (dev->netdev_ops->ndo_uninit)
		dev->netdev_ops->ndo_uninit(dev);
	qdisc_destroy(dev->qdisc);
	dev_xmit_forget(dev);
	if (net->dev->loopback == dev)
		net->dev->loopback = NULL;
	free_netdev(dev);
}

/* One may take others with it (a veth's peer), so look afresh each time. */
void unregister_netdevices(struct net *net)
{
	struct list_head *devices = &net->dev->devices;

	while (!list_empty(devices)) {
		struct net_device *dev = list_entry(devices->prev, struct net_device, list);

		if (dev == net->dev->loopback && devices->prev != devices->next)
			dev = list_entry(dev->list.prev, struct net_device, list);
		unregister_netdevice(dev);
	}
}

/* ---- notifiers ---- */

void register_netdevice_notifier(struct net *net, struct notifier_block *nb)
{
	struct net_device *dev;

	list_add_tail(&nb->list, &net->dev->notifiers);
	for_each_netdev(net, dev) {
		nb->call(nb, dev, NETDEV_REGISTER);
		if (netif_running(dev))
			nb->call(nb, dev, NETDEV_UP);
	}
}

void unregister_netdevice_notifier(struct notifier_block *nb)
{
	list_del_init(&nb->list);
}

void call_netdevice_notifiers(struct net_device *dev, enum netdev_event event)
{
	struct notifier_block *nb, *next;

	list_for_each_entry_safe(nb, next, &dev->net->dev->notifiers, list)
		nb->call(nb, dev, event);
}

/* ---- statistics ---- */

static void own_stats(const struct net_device *dev, struct rtnl_link_stats64 *out)
{
	const struct nic_stats *s;

	*out = dev->stats;
	if (!dev->nic)
		return;
	s = &dev->nic->stats;
	out->rx_packets += s->rx_packets;
	out->rx_bytes += s->rx_bytes;
	out->tx_packets += s->tx_packets;
	out->tx_bytes += s->tx_bytes;
	out->multicast += s->multicast;
	out->rx_crc_errors += s->rx_fcs_errors;
	out->rx_length_errors += s->rx_length_errors;
	out->rx_fifo_errors += s->rx_fifo_errors;
	out->rx_over_errors += s->rx_missed_errors;
	out->rx_missed_errors += s->rx_missed_errors;
	out->rx_errors += s->rx_fcs_errors + s->rx_length_errors + s->rx_fifo_errors +
			  s->rx_missed_errors;
}

void dev_get_stats(const struct net_device *dev, struct rtnl_link_stats64 *out)
{
	const struct shard_group *g = dev->net->shards;
	struct rtnl_link_stats64 more;

	own_stats(dev, out);
	for (u32 i = 0; g && g->together && i < g->count; i++) {
		const struct net_device *other = dev_get_by_index(g->net[i], dev->ifindex);

		if (!other || other == dev)
			continue;
		own_stats(other, &more);
		for (size_t k = 0; k < sizeof(more) / sizeof(u64); k++)
			((u64 *)out)[k] += ((const u64 *)&more)[k];
	}
}

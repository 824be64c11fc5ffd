/* SPDX-License-Identifier: MIT */
/* IPv4 comes into an instance, and leaves it: in the order in which its parts need each other. */
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"
#include "net/ipv4/ip_offload.h"

/* Going down: routes first, then the neighbours that they lead to. Removal is inetdev's. */
static void ipv4_device_event(struct notifier_block *nb, struct net_device *dev,
			      enum netdev_event event)
{
	struct net *net = dev->net;

	(void)nb;
	inetdev_event(dev, event);
	if (event != NETDEV_CHANGE ||
	    (dev->ip_ptr && IN_DEV_ANDCONF(dev->ip_ptr, net, arp_evict_nocarrier)))
		neigh_device_event(&net->neigh->arp, dev, event);
}

static struct in_device *conf_alloc(struct net *net)
{
	struct in_device *conf = mem_zalloc(&net->mem, sizeof(*conf));

	if (!conf)
		return NULL;
	list_init(&conf->ifa_list);
	conf->igmpv2_unsolicited_report_interval = 10000;
	conf->igmpv3_unsolicited_report_interval = 1000;
	return conf;
}

static int conf_init(struct net *net)
{
	struct netns_ipv4 *v4 = net->ipv4;

	v4->conf_default = conf_alloc(net);
	v4->conf_all = conf_alloc(net);
	if (!v4->conf_default || !v4->conf_all)
		return -ENOMEM;
	v4->conf_all->send_redirects = v4->conf_default->send_redirects = true;
	v4->conf_all->accept_redirects = v4->conf_default->accept_redirects = true;
	v4->conf_all->secure_redirects = v4->conf_default->secure_redirects = true;
	v4->conf_all->shared_media = v4->conf_default->shared_media = true;
	v4->conf_all->arp_evict_nocarrier = v4->conf_default->arp_evict_nocarrier = true;
	v4->conf_all->accept_source_route = true;	/* both must say so; a device does not */
	return 0;
}

static void ip_rcv_init(struct net *net)
{
	struct netns_ipv4 *v4 = net->ipv4;

	v4->ip_packet_type = (struct packet_type){ .type = CONST_BE16(ETH_P_IP), .func = ip_rcv,
						    .list_func = ip_list_rcv,
						    .straight = ip_forward_straight,
						    .straight_in = ip_rcv_straight };
	dev_add_pack(net, &v4->ip_packet_type);
	inet_offload_init(net);
	igmp_net_init(net);
	v4->notifier.call = ipv4_device_event;
	register_netdevice_notifier(net, &v4->notifier);
}

int ipv4_net_init(struct net *net)
{
	net->ipv4 = mem_zalloc(&net->mem, sizeof(*net->ipv4));
	if (!net->ipv4)
		return -ENOMEM;
	redirect_net_init(net);
	if (route_net_init(net) || conf_init(net) || fib_net_init(net) ||
	    ip_frags_net_init(net) || icmp_net_init(net) || arp_net_init(net)) {
		ipv4_net_exit(net);
		return -ENOMEM;
	}
	ip_rcv_init(net);
	return 0;
}

void ipv4_net_exit(struct net *net)
{
	struct netns_ipv4 *v4 = net->ipv4;
	struct net_device *dev;

	if (!v4)
		return;
	if (v4->ip_packet_type.func) {
		unregister_netdevice_notifier(&v4->notifier);
		dev_remove_pack(&v4->ip_packet_type);
		dev_remove_offload(&v4->offload);
		for_each_netdev(net, dev)
			inetdev_destroy(dev);
	}
	ip_frags_net_exit(net);
	fib_net_exit(net);
	arp_net_exit(net);
	icmp_net_exit(net);
	pmtu_net_exit(net);
	redirect_net_exit(net);
	dst_keep(&v4->last_output.dst, NULL);
	dst_ops_exit(&v4->dst_ops);
	mem_free(&net->mem, v4->inet_addr_lst,
		 v4->inet_addr_lst ? (v4->inet_addr_mask + 1) * sizeof(*v4->inet_addr_lst) : 0);
	mem_free(&net->mem, v4->ip_idents, IP_IDENTS * sizeof(u32));
	mem_free(&net->mem, v4->conf_default, sizeof(*v4->conf_default));
	mem_free(&net->mem, v4->conf_all, sizeof(*v4->conf_all));
	mem_free(&net->mem, v4, sizeof(*v4));
	net->ipv4 = NULL;
}

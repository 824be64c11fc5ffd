/* SPDX-License-Identifier: MIT */
/* IPv6 comes into an instance, and leaves it: in the order in which its parts need each other. */
#include "net/ipv6/ip6_impl.h"
#include "net/ipv6/ip6_offload.h"
#include "wire/eth.h"

static void ipv6_device_event(struct notifier_block *nb, struct net_device *dev,
			      enum netdev_event event)
{
	(void)nb;
	addrconf_event(dev, event);
	ndisc_device_event(dev, event);
}

static const struct ipv6_devconf conf_defaults = {
	.disable_ipv6 = true, .hop_limit = IPDEFTTL, .accept_dad = 1, .dad_transmits = 1,
	.enhanced_dad = true,
	.accept_ra = 1, .accept_ra_defrtr = true, .accept_ra_pinfo = true,
	.accept_ra_rtr_pref = true, .accept_ra_mtu = true, .autoconf = true,
	.accept_redirects = true, .ndisc_evict_nocarrier = true,
	.accept_ra_min_hop_limit = 1, .ra_defrtr_metric = 1024,
	.temp_valid_lft = 604800, .temp_prefered_lft = 86400, .max_desync_factor = 600,
	.regen_min_advance = 2, .regen_max_retry = 3,
	.max_addresses = 16, .router_solicitations = -1, .router_solicitation_delay = 1,
	.router_solicitation_interval = 4, .router_solicitation_max_interval = 3600,
	.mldv1_unsolicited_report_interval = 10000, .mldv2_unsolicited_report_interval = 1000,
	.adv_interval = 600, .adv_lifetime = -1, .adv_valid_lft = 86400, .adv_preferred_lft = 14400,
};

static void rcv_init(struct net *net)
{
	struct netns_ipv6 *v6 = net->ipv6;

	v6->packet_type = (struct packet_type){ .type = CONST_BE16(ETH_P_IPV6),
						.func = ipv6_rcv,
						.list_func = ipv6_list_rcv,
						.straight = ip6_forward_straight,
						.straight_in = ipv6_rcv_straight };
	dev_add_pack(net, &v6->packet_type);
	inet6_offload_init(net);
	v6->notifier.call = ipv6_device_event;
	register_netdevice_notifier(net, &v6->notifier);
}

int ipv6_net_init(struct net *net)
{
	net->ipv6 = mem_zalloc(&net->mem, sizeof(*net->ipv6));
	if (!net->ipv6)
		return -ENOMEM;
	net->ipv6->conf_all = net->ipv6->conf_default = conf_defaults;
	if (route6_net_init(net) || fib6_net_init(net) || ipv6_frags_net_init(net) ||
	    icmpv6_net_init(net) || ndisc_net_init(net)) {
		ipv6_net_exit(net);
		return -ENOMEM;
	}
	rcv_init(net);
	return 0;
}

void ipv6_net_exit(struct net *net)
{
	struct netns_ipv6 *v6 = net->ipv6;
	struct net_device *dev;

	if (!v6)
		return;
	if (v6->packet_type.func) {
		unregister_netdevice_notifier(&v6->notifier);
		dev_remove_pack(&v6->packet_type);
		dev_remove_offload(&v6->offload);
		for_each_netdev(net, dev)
			inet6_dev_destroy(dev);
	}
	ipv6_frags_net_exit(net);
	fib6_net_exit(net);
	ndisc_net_exit(net);
	icmpv6_net_exit(net);
	pmtu_cache_free(net, &v6->pmtu);
	dst_ops_exit(&v6->dst_ops);
	mem_free(&net->mem, v6->addr_lst,
		 v6->addr_lst ? (v6->addr_mask + 1) * sizeof(*v6->addr_lst) : 0);
	mem_free(&net->mem, v6, sizeof(*v6));
	net->ipv6 = NULL;
}

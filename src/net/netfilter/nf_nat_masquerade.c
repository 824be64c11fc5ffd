/* SPDX-License-Identifier: MIT */
/* Source NAT to whatever address a device has: it ends when the device loses it. */
#include "net/netfilter/nf_nat.h"

#include "net/ipv4/ip.h"

enum nf_verdict nf_nat_masquerade_ipv4(struct net *net, struct sk_buff *skb,
				       const struct nf_nat_range *range,
				       const struct net_device *out)
{
	const struct rtable *rt = dst_rtable(skb->dst);
	struct nf_nat_range to = *range;
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);
	be32 next_hop = rt->gateway ? rt->gateway : ip_hdr(skb)->daddr;

	/* What has no address cannot want one (RFC 2131: DHCP's first steps). */
	if (!ct || !ip_hdr(skb)->saddr)
		return NF_ACCEPT;
	to.min_addr = to.max_addr = (union nf_inet_addr){
		.ip = inet_select_addr(out, next_hop, RT_SCOPE_UNIVERSE),
	};
	if (!to.min_addr.ip)
		return NF_DROP;
	to.flags |= NF_NAT_RANGE_MAP_IPS;
	ct->masq_index = out->ifindex;
	return nf_nat_setup_info(net, ct, &to, NF_NAT_MANIP_SRC);
}

/* Its replies go to an address that nobody has here any more, or by a device that is down: the next
 * packet shall begin a connection from the address that there is then. */
struct lost {
	const struct net_device *dev;
	bool all;
};

static bool is_lost(const struct nf_conn *ct, void *ctx)
{
	const struct lost *l = ctx;

	return ct->masq_index == l->dev->ifindex &&
	       (l->all || inet_addr_type(l->dev->net, nf_ct_tuple(ct, IP_CT_DIR_REPLY)->dst.ip) !=
				  RTN_LOCAL);
}

static void device_event(struct notifier_block *nb, struct net_device *dev, enum netdev_event event)
{
	struct lost lost = { .dev = dev, .all = event == NETDEV_DOWN };

	(void)nb;
	if (event == NETDEV_DOWN || event == NETDEV_ADDR_REMOVED)
		nf_ct_iterate_cleanup(dev->net, is_lost, &lost);
}

void nf_nat_masquerade_begin(struct netns_nat *nat)
{
	nat->notifier.call = device_event;
	register_netdevice_notifier(nat->net, &nat->notifier);
}

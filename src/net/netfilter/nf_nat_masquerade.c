/* SPDX-License-Identifier: MIT */
/* Source NAT to whatever address a device has: it ends when the device loses it. */
#include "net/netfilter/nf_nat.h"

#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

static bool address4(const struct sk_buff *skb, const struct net_device *out,
		     union nf_inet_addr *addr)
{
	const struct rtable *rt = dst_rtable(skb->dst);
	be32 next_hop = rt->gateway ? rt->gateway : ip_hdr(skb)->daddr;

	addr->ip = inet_select_addr(out, next_hop, RT_SCOPE_UNIVERSE);
	return addr->ip;
}

static bool address6(const struct sk_buff *skb, const struct net_device *out,
		     union nf_inet_addr *addr)
{
	struct ip6_addr a;

	if (ipv6_dev_get_saddr(out->net, out, &ipv6_hdr(skb)->daddr, &a))
		return false;
	memcpy(addr, &a, sizeof(*addr));
	return true;
}

enum nf_verdict nf_nat_masquerade(struct sk_buff *skb, const struct nf_nat_range *range,
				  const struct nf_hook_state *state)
{
	bool v4 = state->pf == NFPROTO_IPV4;
	struct nf_nat_range to = *range;
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	/* What has no address cannot want one (RFC 2131: DHCP's first steps). */
	if (!ct || (v4 && !ip_hdr(skb)->saddr))
		return NF_ACCEPT;
	to.min_addr = (union nf_inet_addr){ .ip = 0 };
	if (!(v4 ? address4(skb, state->out, &to.min_addr) :
		   address6(skb, state->out, &to.min_addr)))
		return NF_DROP;
	to.max_addr = to.min_addr;
	to.flags |= NF_NAT_RANGE_MAP_IPS;
	ct->masq_index = state->out->ifindex;
	return nf_nat_setup_info(state->net, ct, &to, NF_NAT_MANIP_SRC);
}

/* Its replies go to an address that nobody has here any more, or by a device that is down: the next
 * packet shall begin a connection from the address that there is then. */
struct lost {
	const struct net_device *dev;
	bool all;
};

static bool is_ours(struct net *net, const struct nf_conntrack_tuple *reply)
{
	struct ip6_addr a;

	if (reply->l3num == NFPROTO_IPV4)
		return inet_addr_type(net, reply->dst.ip) == RTN_LOCAL;
	memcpy(&a, &reply->dst, sizeof(a));
	return ipv6_get_ifaddr(net, &a, NULL);
}

static bool is_lost(const struct nf_conn *ct, void *ctx)
{
	const struct lost *l = ctx;

	return ct->masq_index == l->dev->ifindex &&
	       (l->all || !is_ours(l->dev->net, nf_ct_tuple(ct, IP_CT_DIR_REPLY)));
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

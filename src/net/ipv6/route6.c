/* SPDX-License-Identifier: MIT */
/*
 * From an address to a route that a packet can carry (row I3): ip6_route_output() for packets made
 * here, ip6_route_input() for those that arrive. As in net/ipv4/route.c a rt6_info is made once per
 * route and cached (net/dst.h) there, or at the device for what no prefix stands behind.
 */
#include "base/assert.h"
#include "net/ipv6/ip6_fib.h"
#include "net/ipv6/ip6_list_in.h"
#include "wire/icmp6.h"

/* No route, or one that refuses. */
static int ip6_pkt_discard(struct sk_buff *skb)
{
	switch (skb->dst->error) {
	case -EHOSTUNREACH:
	case -ENETUNREACH:
		icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_NOROUTE, 0);
		break;
	case -EACCES:
		icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADM_PROHIBITED, 0);
		break;
	default:
		break;
	}
	mib_inc(skb->net, Ip6InNoRoutes);
	kfree_skb_reason(skb, SKB_DROP_REASON_IP_INNOROUTES);
	return -EINVAL;
}

static void rt6_destroy(struct dst_entry *dst)
{
	dst_free(&dst->net->ipv6->dst_ops, dst);
}

static struct rt6_info *rt6_alloc(struct net *net, u8 type, struct net_device *dev)
{
	struct rt6_info *rt = dst_rt6_info(dst_alloc(&net->ipv6->dst_ops, net, dev));

	if (rt)
		rt->type = type;
	return rt;
}

static struct dst_entry *rt6_refuse(struct net *net, int err)
{
	struct rt6_info *rt = rt6_alloc(net, RTN_UNREACHABLE, NULL);

	if (!rt)
		return NULL;
	rt->is_input = true;
	rt->dst.input = ip6_pkt_discard;
	rt->dst.error = (s16)err;
	return &rt->dst;
}

int route6_net_init(struct net *net)
{
	struct dst_ops *ops = &net->ipv6->dst_ops;

	*ops = (struct dst_ops){ .refuse = rt6_refuse, .destroy = rt6_destroy,
				 .output = ip6_output };
	return dst_ops_init(ops, net, "rt6_info", sizeof(struct rt6_info));
}

/* ---- making them ---- */

static void set_kind(struct rt6_info *rt)
{
	if (rt->type == RTN_LOCAL) {
		rt->dst.iif = rt->dst.dev ? rt->dst.dev->ifindex : 0;
		rt->dst.dev = rt->dst.net->dev->loopback;
		rt->dst.input = ip6_input;
	} else if (rt->type == RTN_MULTICAST) {
		rt->dst.input = ip6_mc_input;
	}
}

static struct rt6_info *rt_from_fib(struct net *net, const struct fib6_info *fi,
				    struct dst_entry **slot)
{
	struct rt6_info *rt = rt6_alloc(net, fi->cfg.type, fi->cfg.dev);

	if (!rt)
		return NULL;
	rt->gateway = fi->cfg.gateway;
	rt->has_gateway = fi->cfg.has_gateway;
	rt->prefsrc = fi->cfg.prefsrc;
	rt->mtu = fi->cfg.mtu;
	rt->dst.metrics = dst_metrics_get(fi->metrics);
	rt->table = fi->cfg.table;
	rt->plen = fi->cfg.plen;
	rt->protocol = fi->cfg.protocol;
	rt->metric = fi->cfg.metric;
	rt->dst.error = (s16)fib6_type_error(fi->cfg.type);
	set_kind(rt);
	dst_cache(slot, &rt->dst);
	return rt;
}

static struct rt6_info *rt_output_fib(struct net *net, struct fib6_info *fi)
{
	if (likely(fi->rth_output))
		return dst_rt6_info(fi->rth_output);
	return rt_from_fib(net, fi, &fi->rth_output);
}

static struct rt6_info *rt_input_fib(struct net *net, struct fib6_info *fi)
{
	struct rt6_info *rt = dst_rt6_info(fi->rth_input);

	if (likely(rt))
		return rt;
	rt = rt_from_fib(net, fi, &fi->rth_input);
	if (!rt)
		return NULL;
	rt->is_input = true;
	rt->dst.iif = 0;	/* that by which the packet came */
	if (rt->dst.error)
		rt->dst.input = ip6_pkt_discard;
	else if (rt->type == RTN_UNICAST)
		rt->dst.input = ip6_forward;
	return rt;
}

struct rt6_info *rt6_of_dev(struct inet6_dev *idev, int which)
{
	struct rt6_info *rt = dst_rt6_info(idev->dst[which]);

	if (likely(rt))
		return rt;
	rt = rt6_alloc(idev->dev->net, which == IN6_DEV_RT_ONLINK ? RTN_UNICAST : RTN_MULTICAST,
		       idev->dev);
	if (!rt)
		return NULL;
	rt->table = which == IN6_DEV_RT_ONLINK ? RT_TABLE_MAIN : RT_TABLE_LOCAL;
	rt->is_input = which == IN6_DEV_RT_IN_MULTICAST;
	rt->plen = rt->type == RTN_MULTICAST ? 8 : 64;
	set_kind(rt);
	dst_cache(&idev->dst[which], &rt->dst);
	return rt;
}

/* ---- output ---- */

static int finish_output(struct net *net, struct flowi6 *fl, struct rt6_info *rt,
			 struct rt6_info **res)
{
	const struct net_device *dev;
	int err;

	if (!rt)
		return -ENOMEM;
	if (rt->dst.error)
		return rt->dst.error;
	dev = rt->dst.dev;
	if (!dev)
		return -ENETUNREACH;	/* the instance is being taken down */
	if (ipv6_addr_any(&fl->saddr) && !fl->saddr_any) {
		if (!ipv6_addr_any(&rt->prefsrc)) {
			fl->saddr = rt->prefsrc;
		} else if (rt->type == RTN_LOCAL) {
			fl->saddr = fl->daddr;
		} else {
			err = ipv6_dev_get_saddr(net, dev, &fl->daddr, &fl->saddr);
			if (err)
				return err;
		}
	}
	fl->oif = dev->ifindex;
	dst_hold(&rt->dst);
	*res = rt;
	return 0;
}

/* A group without a device leaves by the first that the table names. */
static int output_multicast(struct net *net, struct flowi6 *fl, struct rt6_info **res)
{
	int err;
	struct fib6_info *fi = fib6_lookup(net, fl, fl->oif, &err);
	struct net_device *dev = fl->oif ? dev_get_by_index(net, fl->oif) : NULL;

	if (!dev && fi && !fib6_type_error(fi->cfg.type))
		dev = fi->cfg.dev;
	if (!dev || !dev->ip6_ptr || !netif_running(dev))
		return -ENETUNREACH;
	return finish_output(net, fl, rt6_of_dev(dev->ip6_ptr, IN6_DEV_RT_MULTICAST), res);
}

int ip6_route_output(struct net *net, struct flowi6 *fl, struct rt6_info **res)
{
	struct fib6_info *fi;
	int err;

	if (ipv6_addr_any(&fl->daddr))		/* "this host" means itself */
		fl->daddr = IN6ADDR_LOOPBACK;
	if (fl->oif && !dev_get_by_index(net, fl->oif))
		return -ENODEV;
	if (ipv6_addr_is_multicast(&fl->daddr))
		return output_multicast(net, fl, res);
	fi = fib6_lookup(net, fl, fl->oif, &err);
	if (!fi)
		return err;
	if (unlikely(fi->siblings))
		fi = fib6_select_path(net, fi, fl, NULL);
	return finish_output(net, fl, rt_output_fib(net, fi), res);
}

u8 inet6_addr_type(struct net *net, const struct ip6_addr *addr)
{
	const struct flowi6 fl = { .daddr = *addr };
	const struct fib6_info *fi;
	int err = 0;

	if (ipv6_addr_is_multicast(addr))
		return RTN_MULTICAST;
	if (ipv6_chk_addr(net, addr, NULL))
		return RTN_LOCAL;
	fi = fib6_lookup(net, &fl, 0, &err);
	if (fi)
		err = fib6_type_error(fi->cfg.type);
	switch (err) {
	case 0:
		return RTN_UNICAST;
	case -EINVAL:
		return RTN_BLACKHOLE;
	case -EACCES:
		return RTN_PROHIBIT;
	default:
		return RTN_UNREACHABLE;
	}
}

/* ---- input ---- */

bool ip6_in_is_local(const struct net_device *dev, const struct ip6_addr *saddr,
		     const struct ip6_addr *daddr)
{
	const struct inet6_dev *idev = dev->ip6_ptr;
	const struct dst_entry *dst = idev && !idev->cnf.disable_ipv6 ? idev->last.dst : NULL;

	return dst && !dst->obsolete && dst->input == ip6_input && fib6_by_address(dev->net) &&
	       ipv6_addr_equal(&idev->last.daddr, daddr) && !ipv6_addr_is_multicast(saddr) &&
	       !ipv6_addr_loopback(saddr) && !ipv6_addr_loopback(daddr);
}

/* TCP's and UDP's ports, for rules that look at them: where they follow the header at once. */
static void flow_ports(const struct sk_buff *skb, struct flowi6 *fl)
{
	u32 off = (u32)(skb_network_header(skb) - skb->data) + IPV6_HLEN;
	be16 port[2];

	if ((fl->proto != IP_PROTO_TCP && fl->proto != IP_PROTO_UDP) ||
	    skb_copy_bits(skb, off, port, sizeof(port)))
		return;
	fl->sport = port[0];
	fl->dport = port[1];
}

static void flow_of(const struct sk_buff *skb, const struct ipv6hdr *h, struct flowi6 *fl)
{
	fl->daddr = h->daddr;
	if (likely(fib6_by_address(skb->net)))
		return;
	*fl = (struct flowi6){
		.daddr = h->daddr, .saddr = h->saddr, .iif = skb->dev->ifindex,
		.mark = skb->mark, .proto = h->nexthdr, .tclass = (u8)(be32_to_cpu(h->flow) >> 20),
	};
	flow_ports(skb, fl);
}

enum skb_drop_reason ip6_route_input(struct sk_buff *skb)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);
	struct inet6_dev *idev = in6_dev_get(skb->dev);
	struct ip6_addr daddr = h->daddr;
	struct net *net = skb->net;
	enum skb_drop_reason reason;
	struct fib6_info *fi;
	struct flowi6 fl;
	int err;

	if (likely(ip6_route_input_known(net, idev, &daddr))) {
		skb_dst_set(skb, dst_hold(idev->last.dst));
		return SKB_CONSUMED;
	}
	if (ipv6_addr_is_multicast(&daddr))
		return dst_give(skb, rt6_dst(rt6_of_dev(idev, IN6_DEV_RT_IN_MULTICAST)));
	/* RFC 4007 6: what is of a link means that link's. */
	flow_of(skb, h, &fl);
	fi = fib6_lookup(net, &fl, ipv6_addr_is_linklocal(&daddr) ? skb->dev->ifindex : 0, &err);
	if (!fi)
		return dst_give(skb, dst_no_route(&net->ipv6->dst_ops, net, err));
	if (fi->cfg.type == RTN_LOCAL) {
		reason = dst_give(skb, rt6_dst(rt_input_fib(net, fi)));
		if (!reason) {
			dst_keep(&idev->last.dst, skb->dst);
			idev->last.daddr = daddr;
		}
		return reason;
	}
	if (unlikely(fi->siblings))
		fi = fib6_select_path(net, fi, NULL, skb);
	return dst_give(skb, rt6_dst(rt_input_fib(net, fi)));
}

/* ---- what a route knows ---- */

u32 ip6_dst_mtu(const struct rt6_info *rt, const struct ip6_addr *daddr)
{
	struct net *net = rt->dst.net;
	u32 mtu = rt->mtu ? rt->mtu : rt->dst.dev ? ip6_dev_mtu(rt->dst.dev) : IPV6_MIN_MTU;
	u32 path = 0;

	if (unlikely(net->ipv6->pmtu.latest > net->now) && !dst_metric_locked(&rt->dst, RTAX_MTU))
		path = pmtu_cache_lookup(net, &net->ipv6->pmtu, ip6_peer(net, daddr));
	mtu = min_t(u32, mtu, IPV6_MAXPLEN + IPV6_HLEN);
	return path && path < mtu ? path : mtu;
}

u32 ip6_pmtu_left_s(const struct net *net, const struct ip6_addr *daddr)
{
	return pmtu_cache_left_s(net, &net->ipv6->pmtu, ip6_peer(net, daddr));
}

void ip6_update_pmtu(struct net *net, const struct ip6_addr *daddr, u32 mtu)
{
	/* RFC 8201 4: who tells less than 1280 is not believed. */
	if (mtu >= IPV6_MIN_MTU && mtu <= IPV6_MAXPLEN)
		pmtu_cache_learn(net, &net->ipv6->pmtu, ip6_peer(net, daddr), mtu);
}

struct neighbour *ip6_neigh(struct rt6_info *rt, const struct ip6_addr *daddr)
{
	struct net_device *dev = rt->dst.dev;
	struct ip6_addr key = rt->has_gateway ? rt->gateway : *daddr;
	struct neighbour *n = rt->dst.neigh;

	/* Every address is the same neighbour there. */
	if (dev->flags & (IFF_LOOPBACK_ | IFF_POINTOPOINT_))
		key = IN6ADDR_ANY;
	if (likely(n && !n->dead && ipv6_addr_equal(&rt->neigh_key, &key)))
		return n;
	n = neigh_get_or_create(&rt->dst.net->ipv6->nd_tbl, &key, dev);
	if (!n)
		return NULL;
	dst_set_neigh(&rt->dst, n);
	rt->neigh_key = key;
	return n;
}

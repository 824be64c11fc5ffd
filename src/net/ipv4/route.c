/* SPDX-License-Identifier: MIT */
/*
 * From an address to a route that a packet can carry (row I3): ip_route_output() for packets
 * made here, ip_route_input() for those that arrive.
 *
 * A rtable is made once per next hop and cached (net/dst.h) where the table's answer stands
 * (fib_info), or at the device for routes that no prefix stands behind (255.255.255.255,
 * multicast).
 */
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"
#include "net/ipv4/route_plain.h"

static void rt_destroy(struct dst_entry *dst)
{
	dst_free(&dst->net->ipv4->dst_ops, dst);
}

static struct rtable *rt_alloc(struct net *net, u8 type, struct net_device *dev)
{
	struct rtable *rt = dst_rtable(dst_alloc(&net->ipv4->dst_ops, net, dev));

	if (rt)
		rt->type = type;
	return rt;
}

static struct dst_entry *rt_refuse(struct net *net, int err)
{
	struct rtable *rt = rt_alloc(net, RTN_UNREACHABLE, NULL);

	if (!rt)
		return NULL;
	rt->is_input = true;
	rt->dst.input = ip_error;
	rt->dst.error = (s16)err;
	return &rt->dst;
}

int route_net_init(struct net *net)
{
	struct dst_ops *ops = &net->ipv4->dst_ops;

	*ops = (struct dst_ops){ .refuse = rt_refuse, .destroy = rt_destroy, .output = ip_output };
	return dst_ops_init(ops, net, "rtable", sizeof(struct rtable));
}

/* ---- making them ---- */

static bool rt_is_multi(u8 type)
{
	return type == RTN_BROADCAST || type == RTN_MULTICAST;
}

/* A group, by the loopback device: for who is a member there. */
static int ip_mc_own_input(struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (ip_check_mc(skb->dev->ip_ptr, iph->daddr, iph->saddr, iph->protocol))
		return ip_local_deliver(skb);
	kfree_skb_reason(skb, SKB_DROP_REASON_IP_INVALID_DEST);
	return -EINVAL;
}

static void rt_set_kind(struct rtable *rt, struct net_device *loopback)
{
	if (rt->type == RTN_LOCAL) {
		rt->dst.iif = rt->dst.dev ? rt->dst.dev->ifindex : 0;
		rt->dst.dev = loopback;
		rt->dst.input = ip_local_deliver;
	} else if (rt_is_multi(rt->type)) {
		rt->dst.input = ip_local_deliver;
		/* A copy of what is sent may be delivered here as well: to lo it comes anyway. */
		if (rt->dst.dev != loopback)
			rt->dst.output = ip_mc_output;
		else if (rt->type == RTN_MULTICAST)
			rt->dst.input = ip_mc_own_input;
	}
}

static struct rtable *rt_from_fib(struct net *net, const struct fib_result *res,
				  struct dst_entry **slot)
{
	const struct fib_info *fi = res->fi;
	const struct fib_nh *nh = &fi->nh[res->nh];
	const struct fib_nexthop *via = &nh->via;
	struct rtable *rt = rt_alloc(net, fi->type, via->dev);

	if (!rt)
		return NULL;
	if (nh->scope == RT_SCOPE_LINK)		/* not this machine itself */
		rt->gateway = via->gateway;
	rt->prefsrc = fi->prefsrc;
	if (!rt->prefsrc && via->dev)
		rt->prefsrc = inet_select_addr(via->dev, via->gateway, fi->scope);
	rt->mtu = fi->mtu;
	rt->dst.metrics = dst_metrics_get(fi->metrics);
	rt->table = fi->table;
	rt->dst.error = (s16)fib_type_error(fi->type);
	rt_set_kind(rt, net->dev->loopback);
	dst_cache(slot, &rt->dst);
	return rt;
}

static struct rtable *rt_output_fib(struct net *net, const struct fib_result *res)
{
	struct fib_nh *nh = &res->fi->nh[res->nh];

	if (likely(nh->rth_output))
		return dst_rtable(nh->rth_output);
	return rt_from_fib(net, res, &nh->rth_output);
}

/* The way that a redirect told, or NULL: none did, or there is no memory. */
static __noinline struct rtable *rt_redirected(struct net *net, const struct fib_result *res,
					       be32 daddr)
{
	struct rt_redirect *r = rt_redirect_find(net, &res->fi->nh[res->nh].via, daddr);
	struct rtable *rt;

	if (!r || res->fi->type != RTN_UNICAST)
		return NULL;
	if (r->dst)
		return dst_rtable(r->dst);
	rt = rt_from_fib(net, res, &r->dst);
	if (rt) {
		rt->gateway = r->gateway;
		rt->redirected = true;
	}
	return rt;
}

static struct rtable *rt_input_fib(struct net *net, const struct fib_result *res)
{
	struct fib_nh *nh = &res->fi->nh[res->nh];
	struct rtable *rt = dst_rtable(nh->rth_input);

	if (likely(rt))
		return rt;
	rt = rt_from_fib(net, res, &nh->rth_input);
	if (!rt)
		return NULL;
	rt->is_input = true;
	rt->dst.iif = 0;	/* that by which the packet came */
	if (rt->dst.error)
		rt->dst.input = ip_error;
	else if (rt->type == RTN_UNICAST)
		rt->dst.input = ip_forward;
	else
		rt->dst.input = ip_local_deliver;
	return rt;
}

/* Routes of a device that stand behind no prefix. */
static struct rtable *rt_of_dev(struct in_device *in_dev, int which)
{
	static const u8 types[IN_DEV_RT_MAX] = {
		[IN_DEV_RT_BROADCAST] = RTN_BROADCAST, [IN_DEV_RT_MULTICAST] = RTN_MULTICAST,
		[IN_DEV_RT_ONLINK] = RTN_UNICAST, [IN_DEV_RT_IN_BROADCAST] = RTN_BROADCAST,
		[IN_DEV_RT_IN_MULTICAST] = RTN_MULTICAST, [IN_DEV_RT_SELF] = RTN_LOCAL,
	};
	struct net_device *dev = in_dev->dev;
	struct rtable *rt = dst_rtable(in_dev->dst[which]);

	if (likely(rt))
		return rt;
	rt = rt_alloc(dev->net, types[which], dev);
	if (!rt)
		return NULL;
	rt->prefsrc = inet_select_addr(dev, 0, RT_SCOPE_LINK);
	rt->table = rt->type == RTN_UNICAST ? RT_TABLE_MAIN : RT_TABLE_LOCAL;
	rt->is_input = which == IN_DEV_RT_IN_BROADCAST || which == IN_DEV_RT_IN_MULTICAST;
	rt_set_kind(rt, dev->net->dev->loopback);
	dst_cache(&in_dev->dst[which], &rt->dst);
	return rt;
}

u8 inet_addr_type(struct net *net, be32 addr)
{
	u8 type;

	if (ipv4_is_zeronet(addr) || ipv4_is_lbcast(addr))
		return RTN_BROADCAST;
	if (ipv4_is_multicast(addr))
		return RTN_MULTICAST;
	type = fib_local_type(net->ipv4->fib, addr);
	return type ? type : RTN_UNICAST;
}

/* ---- output ---- */

static struct net_device *dev_of_addr(const struct net *net, be32 addr)
{
	const struct in_ifaddr *ifa = inet_lookup_ifaddr(net, addr);

	/* Any address of a local route is ours too: 127.0.0.0/8. */
	return ifa ? ifa->in_dev->dev : fib_local_dev(net->ipv4->fib, addr);
}

static bool goes_by_device(be32 daddr)
{
	return ipv4_is_multicast(daddr) || ipv4_is_lbcast(daddr);
}

/* RFC 1122 3.2.1.3: what a source address may be; multicast without a device leaves by its. */
static int check_source(const struct net *net, struct flowi4 *fl)
{
	struct net_device *dev;

	if (ipv4_is_multicast(fl->saddr) || ipv4_is_lbcast(fl->saddr) || ipv4_is_zeronet(fl->saddr))
		return -EINVAL;
	dev = dev_of_addr(net, fl->saddr);
	if (!dev)
		return fl->anysrc ? 0 : -ENETUNREACH;	/* as Linux: no way from there */
	if (!fl->oif && goes_by_device(fl->daddr))
		fl->oif = dev->ifindex;
	return 0;
}

static int rt_give(struct rtable *rt, struct rtable **res)
{
	if (!rt)
		return -ENOMEM;
	dst_hold(&rt->dst);
	*res = rt;
	return 0;
}

/* What the chosen device forbids, and its last word on the source address. */
static int finish_output(struct flowi4 *fl, struct rtable *rt, struct rtable **res)
{
	struct net_device *dev;

	if (!rt)
		return -ENOMEM;
	dev = rt->dst.dev;
	if (!dev)
		return -ENETUNREACH;	/* the instance is being taken down */
	if (!fl->saddr)
		fl->saddr = rt->type == RTN_LOCAL && !rt->prefsrc ? fl->daddr : rt->prefsrc;
	if (ipv4_is_loopback(fl->saddr) && !(dev->flags & IFF_LOOPBACK_) &&
	    !IN_DEV_ORCONF(dev->ip_ptr, dev->net, route_localnet))
		return -EINVAL;
	fl->oif = dev->ifindex;
	return rt_give(rt, res);
}

/* 255.255.255.255 and groups: by the device asked for, no route is needed. */
static int output_by_device(struct in_device *in_dev, struct flowi4 *fl, struct rtable **res)
{
	int which = ipv4_is_multicast(fl->daddr) ? IN_DEV_RT_MULTICAST : IN_DEV_RT_BROADCAST;

	return finish_output(fl, rt_of_dev(in_dev, which), res);
}

/*
 * Packets made here go to the same peer again and again: a connection asks for its request, its
 * SYN-ACK and its socket. The last answer is remembered when nothing but the addresses was asked
 * about. Tables, addresses and devices that change make its route obsolete; rules and what a
 * redirect told are looked at here.
 */
static __always_inline bool output_known(const struct net *net, const struct flowi4 *fl)
{
	const struct rt_last_output *last = &net->ipv4->last_output;

	return last->dst && dst_check(last->dst) &&
	       !((last->daddr ^ fl->daddr) | (last->saddr ^ fl->saddr) | (u32)fl->oif | fl->scope |
		 fl->anysrc | net->ipv4->fib->policy) &&
	       net->ipv4->redirects.latest <= net->now;
}

/* Of the common kind: any flow between these addresses has this answer. */
static bool output_may_be_known(const struct net *net, const struct flowi4 *fl,
				const struct fib_result *r)
{
	return !fl->oif && !fl->scope && !fl->anysrc && !net->ipv4->fib->policy &&
	       r->fi->nhs == 1 && r->fi->type == RTN_UNICAST &&
	       net->ipv4->redirects.latest <= net->now && ip_addr_is_ordinary(fl->daddr) &&
	       (!fl->saddr || ip_addr_is_ordinary(fl->saddr));
}

static void output_remember(struct net *net, be32 saddr, const struct flowi4 *fl,
			    struct rtable *rt)
{
	struct rt_last_output *last = &net->ipv4->last_output;

	if (!ip_addr_is_ordinary(fl->saddr) || !rt->dst.slot)
		return;
	dst_keep(&last->dst, &rt->dst);
	last->daddr = fl->daddr;
	last->saddr = saddr;
	last->chosen = fl->saddr;
}

static int output_by_fib(struct net *net, struct flowi4 *fl, struct in_device *in_dev,
			 struct rtable **res)
{
	struct rtable *rt = NULL;
	be32 saddr = fl->saddr;
	struct fib_result r;
	int err = fib_lookup(net->ipv4->fib, fl, &r);
	bool common;

	/* A device was asked for and the table knows nothing: taken to be on its link. */
	if (err == -ENETUNREACH && in_dev)
		return finish_output(fl, rt_of_dev(in_dev, IN_DEV_RT_ONLINK), res);
	if (err)
		return err;
	if (goes_by_device(fl->daddr))
		return output_by_device(r.fi->nh[r.nh].via.dev->ip_ptr, fl, res);
	fib_select_path(net->ipv4->fib, &r, fl, NULL);
	if (unlikely(net->ipv4->redirects.latest > net->now))
		rt = rt_redirected(net, &r, fl->daddr);
	common = output_may_be_known(net, fl, &r);
	err = finish_output(fl, rt ? rt : rt_output_fib(net, &r), res);
	if (!err && common)
		output_remember(net, saddr, fl, *res);
	return err;
}

/* The device asked for, checked; NULL in *in_dev when none was. */
static int output_device(const struct net *net, const struct flowi4 *fl, struct in_device **in_dev)
{
	struct net_device *dev;

	*in_dev = NULL;
	if (!fl->oif)
		return 0;
	dev = dev_get_by_index(net, fl->oif);
	if (!dev)
		return -ENODEV;
	if (!netif_running(dev) || !dev->ip_ptr)
		return -ENETUNREACH;
	*in_dev = dev->ip_ptr;
	return 0;
}

/* 0.0.0.0, "this host": an own address, of the device asked for. */
static be32 this_host(const struct flowi4 *fl, const struct in_device *in_dev)
{
	be32 addr = fl->saddr;

	if (!addr && in_dev)
		addr = inet_select_addr(in_dev->dev, 0, RT_SCOPE_HOST);
	return addr ? addr : INADDR4_LOOPBACK;
}

static int output_to_self(const struct net *net, struct flowi4 *fl, struct in_device *in_dev,
			  struct rtable **res)
{
	fl->daddr = fl->saddr = this_host(fl, in_dev);
	if (!in_dev)
		in_dev = net->dev->loopback->ip_ptr;
	if (!in_dev)
		return -ENETUNREACH;
	return finish_output(fl, rt_of_dev(in_dev, IN_DEV_RT_SELF), res);
}

int ip_route_output(struct net *net, struct flowi4 *fl, struct rtable **res)
{
	struct in_device *in_dev;
	int err;

	if (likely(output_known(net, fl))) {
		*res = dst_rtable(dst_hold(net->ipv4->last_output.dst));
		fl->saddr = net->ipv4->last_output.chosen;
		fl->oif = (*res)->dst.dev->ifindex;
		return 0;
	}
	if (fl->saddr) {
		err = check_source(net, fl);
		if (err)
			return err;
	}
	err = output_device(net, fl, &in_dev);
	if (err)
		return err;
	if (in_dev && goes_by_device(fl->daddr))
		return output_by_device(in_dev, fl, res);
	if (!fl->daddr)
		return output_to_self(net, fl, in_dev, res);
	if (ipv4_is_zeronet(fl->daddr))
		return -EINVAL;
	return output_by_fib(net, fl, in_dev, res);
}

int ip_route_connect(struct net *net, struct flowi4 *fl, struct rtable **res)
{
	struct in_device *in_dev;
	int err;

	if (unlikely(!fl->daddr)) {
		err = output_device(net, fl, &in_dev);
		if (err)
			return err;
		fl->daddr = this_host(fl, in_dev);
	}
	return ip_route_output(net, fl, res);
}

/* ---- input ---- */

static enum skb_drop_reason input_multicast(struct sk_buff *skb, be32 daddr, be32 saddr,
					    struct in_device *in_dev)
{
	struct net *net = in_dev->dev->net;
	enum skb_drop_reason reason;

	if (!ip_check_mc(in_dev, daddr, saddr, skb->len ? ip_hdr(skb)->protocol : 0))
		return SKB_DROP_REASON_IP_INVALID_DEST;
	if (ipv4_is_multicast(saddr) || ipv4_is_lbcast(saddr))
		return SKB_DROP_REASON_IP_INVALID_SOURCE;
	if (ipv4_is_loopback(saddr) && !IN_DEV_ORCONF(in_dev, net, route_localnet))
		return SKB_DROP_REASON_IP_INVALID_SOURCE;
	if (ipv4_is_zeronet(saddr)) {
		if (!ipv4_is_local_multicast(daddr))
			return SKB_DROP_REASON_IP_INVALID_SOURCE;
	} else {
		reason = fib_validate_source(net, saddr, in_dev);
		if (reason)
			return reason;
	}
	return dst_give(skb, rtable_dst(rt_of_dev(in_dev, IN_DEV_RT_IN_MULTICAST)));
}

static enum skb_drop_reason input_broadcast(struct sk_buff *skb, be32 saddr,
					    struct in_device *in_dev)
{
	enum skb_drop_reason reason;

	if (!ipv4_is_zeronet(saddr)) {
		reason = fib_validate_source(in_dev->dev->net, saddr, in_dev);
		if (reason)
			return reason;
	}
	return dst_give(skb, rtable_dst(rt_of_dev(in_dev, IN_DEV_RT_IN_BROADCAST)));
}

/* Martians: RFC 1812 5.3.7, RFC 1122 3.2.1.3, in Linux's order. */
static enum skb_drop_reason check_martian(const struct net *net, be32 daddr, be32 saddr,
					  const struct in_device *in_dev)
{
	bool localnet = IN_DEV_ORCONF(in_dev, net, route_localnet) ||
			in_dev->dev->flags & IFF_LOOPBACK_;

	if (ipv4_is_zeronet(saddr))
		return SKB_DROP_REASON_IP_INVALID_SOURCE;
	if (ipv4_is_zeronet(daddr))
		return SKB_DROP_REASON_IP_INVALID_DEST;
	if (ipv4_is_loopback(daddr))
		return localnet ? SKB_CONSUMED : SKB_DROP_REASON_IP_INVALID_DEST;
	if (ipv4_is_loopback(saddr) && !localnet)
		return SKB_DROP_REASON_IP_INVALID_SOURCE;
	return SKB_CONSUMED;
}

static enum skb_drop_reason input_forward(struct sk_buff *skb, be32 saddr, struct in_device *in_dev,
					  struct fib_result *res, int err)
{
	struct net *net = in_dev->dev->net;
	const struct fib_info *fi = res->fi;
	enum skb_drop_reason reason;

	if (!in_dev->forwarding)
		return SKB_DROP_REASON_IP_FORWARDING_OFF;
	if (!fi)
		return dst_give(skb, dst_no_route(&net->ipv4->dst_ops, net, err));
	if (fi->type == RTN_UNICAST) {
		reason = fib_validate_source(net, saddr, in_dev);
		if (reason)
			return reason;
	} else if (!fib_type_error(fi->type)) {
		return SKB_DROP_REASON_IP_INVALID_DEST;
	}
	if (unlikely(fi->nhs > 1))
		fib_select_multipath(net->ipv4->fib, res, NULL, skb);
	return dst_give(skb, rtable_dst(rt_input_fib(net, res)));
}

/* TCP's and UDP's ports, for rules that look at them. */
static void flow_ports(const struct sk_buff *skb, struct flowi4 *fl)
{
	const struct iphdr *iph = ip_hdr(skb);
	u32 off = (u32)(skb_network_header(skb) - skb->data) + iph_hlen(iph);
	be16 port[2];

	fl->proto = iph->protocol;
	if ((fl->proto != IP_PROTO_TCP && fl->proto != IP_PROTO_UDP) ||
	    iph->frag_off & CONST_BE16(IP_OFFSET) ||
	    skb_copy_bits(skb, off, port, sizeof(port)))
		return;
	fl->sport = port[0];
	fl->dport = port[1];
}

static __noinline int input_by_rules(struct sk_buff *skb, be32 daddr, be32 saddr, u8 tos,
				     const struct net_device *dev, struct fib_result *res)
{
	struct flowi4 fl = {
		.daddr = daddr, .saddr = saddr, .tos = tos, .iif = dev->ifindex,
		.mark = skb->mark,
	};

	if (skb->len)		/* what only asks is empty */
		flow_ports(skb, &fl);
	return fib_lookup(dev->net->ipv4->fib, &fl, res);
}

enum skb_drop_reason ip_route_input(struct sk_buff *skb, be32 daddr, be32 saddr, u8 tos,
				    struct net_device *dev)
{
	struct in_device *in_dev = dev->ip_ptr;
	struct net *net = dev->net;
	struct fib_result res = { .nh = 0 };
	enum skb_drop_reason reason;
	const struct fib_info *fi;
	int err = -ENETUNREACH;

	if (unlikely(!in_dev))
		return SKB_DROP_REASON_IP_INADDRERRORS;
	if (likely(ip_route_input_known(in_dev, daddr, saddr))) {
		skb_dst_set(skb, dst_hold(in_dev->last.dst));
		return SKB_CONSUMED;
	}
	if (unlikely(ipv4_is_multicast(daddr)))
		return input_multicast(skb, daddr, saddr, in_dev);
	if (unlikely(ipv4_is_multicast(saddr) || ipv4_is_lbcast(saddr)))
		return SKB_DROP_REASON_IP_INVALID_SOURCE;
	if (unlikely(ipv4_is_lbcast(daddr) || (!saddr && !daddr)))
		return input_broadcast(skb, saddr, in_dev);
	reason = check_martian(net, daddr, saddr, in_dev);
	if (unlikely(reason))
		return reason;
	if (unlikely(net->ipv4->fib->policy))
		err = input_by_rules(skb, daddr, saddr, tos, dev, &res);
	else
		res.fi = fib_lookup_fast(net->ipv4->fib, daddr);
	fi = res.fi;
	if (unlikely(fi && fi->type == RTN_THROW))
		fi = res.fi = NULL;	/* and nobody left to ask */
	if (fi && fi->type == RTN_LOCAL) {
		reason = fib_validate_source(net, saddr, in_dev);
		if (unlikely(reason))
			return reason;
		reason = dst_give(skb, rtable_dst(rt_input_fib(net, &res)));
		if (likely(!reason)) {
			dst_keep(&in_dev->last.dst, skb->dst);
			in_dev->last.daddr = daddr;
			in_dev->last.saddr = saddr;
		}
		return reason;
	}
	if (fi && fi->type == RTN_BROADCAST)
		return input_broadcast(skb, saddr, in_dev);
	return input_forward(skb, saddr, in_dev, &res, err);
}

/* ---- what a route knows ---- */

/* Linux's key for devices on which every address is the same neighbour. */
static be32 neigh_key(const struct net_device *dev, be32 next_hop)
{
	return dev->flags & (IFF_LOOPBACK_ | IFF_POINTOPOINT_) ? 0 : next_hop;
}

struct neighbour *ip_neigh_slow(struct rtable *rt, be32 daddr)
{
	struct net_device *dev = rt->dst.dev;
	be32 key = neigh_key(dev, rt->gateway ? rt->gateway : daddr);
	struct neighbour *n = rt->dst.neigh;

	if (likely(n && rt->neigh_key == key && !n->dead))
		return n;
	n = neigh_get_or_create(&rt->dst.net->neigh->arp, &key, dev);
	if (!n)
		return NULL;
	dst_set_neigh(&rt->dst, n);
	rt->neigh_key = key;
	return n;
}

void ip_confirm_neigh(const struct dst_entry *dst, be32 daddr)
{
	const struct rtable *rt = container_of(dst, const struct rtable, dst);
	struct neighbour *n = rt->dst.neigh;
	be32 key;

	if (dst->obsolete || !dst->dev)
		return;
	key = neigh_key(dst->dev, rt->gateway ? rt->gateway : daddr);
	if (!n || rt->neigh_key != key)
		n = neigh_lookup(&rt->dst.net->neigh->arp, &key, dst->dev);
	if (n)
		neigh_confirm(n);
}

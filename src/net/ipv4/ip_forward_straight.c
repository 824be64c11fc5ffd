/* SPDX-License-Identifier: MIT */
/*
 * The straight way of a packet that is forwarded (device/straight.h): what ip_rcv(),
 * ip_route_input(), ip_forward() and ip_output() would do to it, done to the frame. It is for
 * packets without options between ordinary addresses, by a unicast route with one next hop whose
 * MAC header is ready, out of another card; no rules, no rp_filter, nothing to be told to anybody.
 *
 * Each step is done for all frames before the next, so that where tables are larger than the cache
 * the loads of different frames overlap. A step that meets a frame which is none of its kind cuts
 * the run off before it; counters are moved at the end, for those who are left.
 */
#include "device/straight.h"
#include "net/ipv4/ip_offload.h"
#include "net/ipv4/route_plain.h"

static struct iphdr *frame_iph(const struct nic_frame *f)
{
	return (void *)(f->data + ETH_HLEN);
}

/* Nobody but the router itself decides about packets from this device. */
static bool is_plain_router(const struct net *net, const struct in_device *in_dev)
{
	const struct list_head *hooks = net->nf->hooks[NFPROTO_IPV4];

	return in_dev && in_dev->forwarding && !net->ipv4->fib->policy &&
	       !IN_DEV_MAXCONF(in_dev, net, rp_filter) &&
	       list_empty(&hooks[NF_INET_PRE_ROUTING]) && list_empty(&hooks[NF_INET_FORWARD]) &&
	       list_empty(&hooks[NF_INET_POST_ROUTING]);
}

/* For this machine's MAC, sound, and not at the end of its time. */
static u32 check_headers(const struct straight_run *run)
{
	const struct net_device *dev = run->in;
	const struct net *net = dev->net;
	bool gro = dev->features & NETIF_F_GRO;
	u32 i;

	for (i = 0; i < run->n; i++) {
		const struct nic_frame *f = &run->f[i];
		const struct ethhdr *eth = (const void *)f->data;
		const struct iphdr *iph = frame_iph(f);

		if (i + 4 < run->n)
			prefetch(run->f[i + 4].data);
		if (unlikely(f->len < ETH_HLEN + IPV4_HLEN ||
			     !ether_addr_equal(eth->h_dest, dev->dev_addr) ||
			     eth->h_proto != CONST_BE16(ETH_P_IP) || iph->ttl <= 1 ||
			     !ipv4_is_plain(iph, f->len - ETH_HLEN)))
			break;
		if (unlikely(gro && ip_gro_wants(net, iph)))
			break;
		fib_lpm_prefetch(&net->ipv4->fib->main.lpm, be32_to_cpu(iph->daddr));
	}
	return i;
}

static u32 find_routes(const struct straight_run *run, u32 n, const struct fib_info **to)
{
	const struct net *net = run->in->net;
	const struct fib_info *fi = NULL;
	be32 daddr = 0, saddr = 0;
	u32 i;

	for (i = 0; i < n; i++) {
		const struct iphdr *iph = frame_iph(&run->f[i]);

		if (unlikely(!i || iph->saddr != saddr)) {
			saddr = iph->saddr;
			if (!ip_source_plain(net, saddr))
				break;
		}
		if (!i || iph->daddr != daddr) {
			daddr = iph->daddr;
			fi = ip_route_plain(net->ipv4->fib, daddr, true);
			if (unlikely(!fi || fi->type != RTN_UNICAST))
				break;
			prefetch(&fi->nh[0].rth_input);
		}
		to[i] = fi;
	}
	return i;
}

static u32 take_routes(const struct fib_info *const *fi, u32 n, struct rtable **to)
{
	for (u32 i = 0; i < n; i++) {
		to[i] = fi[i]->nh[0].rth_input;
		if (unlikely(!to[i]))
			return i;
		prefetch(to[i]);
	}
	return n;
}

/* By another device, and to one whose MAC header is ready. Of a route that was just looked at only
 * the next hop is new. */
static struct neighbour *next_hop(const struct net_device *in, struct rtable *rt, be32 daddr)
{
	const struct net_device *out = rt->dst.dev;
	struct neighbour *n = rt->neigh;

	if (unlikely(!n || rt->neigh_key != (rt->gateway ? rt->gateway : daddr) || n->dead ||
		     n->output != neigh_connected_output || n->hh_len != ETH_HLEN))
		return NULL;
	return likely(rt->type == RTN_UNICAST && rt->dst.output == ip_output && !rt->dst.error &&
		      !rt->dst.obsolete && out != in && n->dev == out) ? n : NULL;
}

static u32 find_next_hops(struct straight_run *run, u32 n, struct rtable *const *rt,
			  const struct neighbour **to)
{
	u32 i;

	for (i = 0; i < n; i++)
		prefetch(rt[i]->neigh);
	for (i = 0; i < n; i++) {
		const struct iphdr *iph = frame_iph(&run->f[i]);
		struct net_device *out = rt[i]->dst.dev;
		u32 mtu = rt[i]->mtu;

		to[i] = next_hop(run->in, rt[i], iph->daddr);
		if (unlikely(!to[i]))
			break;
		if (!mtu)
			mtu = out->mtu;
		if (unlikely(be16_to_cpu(iph->tot_len) > mtu || !straight_may_leave(run, i, out)))
			break;
		run->f[i].out = out;
	}
	return i;
}

/* What ip_forward() and neigh_connected_output() write, and what is counted on the way. */
static void pass(struct straight_run *run, u32 n, const struct neighbour *const *to)
{
	struct net *net = run->in->net;
	u64 in = 0, out = 0, ect[4] = { 0 };

	for (u32 i = 0; i < n; i++) {
		struct nic_frame *f = &run->f[i];
		struct iphdr *iph = frame_iph(f);
		u32 len = be16_to_cpu(iph->tot_len);

		in += f->len - ETH_HLEN;
		out += len;
		ect[iph->tos & INET_ECN_MASK]++;
		ip_decrease_ttl(iph);
		memcpy(f->data, to[i]->hh, ETH_HLEN);
		f->len = len + ETH_HLEN;	/* without padding */
	}
	mib_add(net, IpInReceives, n);
	mib_add(net, IpExtInOctets, in);
	for (u32 i = 0; i < 4; i++)
		net->mib[MIB_IpExtInNoECTPkts + i] += ect[i];
	mib_add(net, IpForwDatagrams, n);
	mib_add(net, IpOutTransmits, n);
	mib_add(net, IpExtOutOctets, out);
}

u32 ip_forward_straight(struct straight_run *run)
{
	const struct fib_info *fi[NAPI_POLL_WEIGHT];
	const struct neighbour *to[NAPI_POLL_WEIGHT];
	struct rtable *rt[NAPI_POLL_WEIGHT];
	u32 n;

	if (!is_plain_router(run->in->net, run->in->ip_ptr))
		return 0;
	n = check_headers(run);
	n = find_routes(run, n, fi);
	n = take_routes(fi, n, rt);
	n = find_next_hops(run, n, rt, to);
	if (n)
		pass(run, n, to);
	return n;
}

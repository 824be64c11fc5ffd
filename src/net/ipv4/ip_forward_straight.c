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
#include "net/ipv4/ip_flow.h"
#include "net/ipv4/ip_offload.h"
#include "net/ipv4/route_plain.h"

struct passed {			/* what is counted of a run: bytes, and packets by ECN */
	u64 in, out, ect[4];
};

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
static __always_inline bool is_plain_packet(const struct nic_frame *f, const u8 *mac)
{
	const struct ethhdr *eth = (const void *)f->data;
	const struct iphdr *iph = (const void *)(eth + 1);

	return f->len >= ETH_HLEN + IPV4_HLEN && ether_addr_equal(eth->h_dest, mac) &&
	       eth->h_proto == CONST_BE16(ETH_P_IP) && iph->ttl > 1 &&
	       ipv4_is_plain(iph, f->len - ETH_HLEN);
}

static u32 check_headers(const struct straight_run *run)
{
	const struct net_device *dev = run->in;
	const struct fib_lpm *lpm = &dev->net->ipv4->fib->main.lpm;
	bool gro = dev->features & NETIF_F_GRO;
	int protocol = -1;
	u32 i;

	for (i = 0; i < run->n; i++) {
		const struct iphdr *iph = frame_iph(&run->f[i]);

		straight_look_ahead(run, i);
		if (unlikely(!is_plain_packet(&run->f[i], dev->dev_addr)))
			break;
		if (unlikely(iph->protocol != protocol)) {
			protocol = iph->protocol;
			if (gro && ip_gro_wants(dev->net, iph))
				break;
		}
		fib_lpm_prefetch(lpm, be32_to_cpu(iph->daddr));
	}
	return i;
}

static u32 find_routes(const struct straight_run *run, u32 n, const struct fib_info **to)
{
	const struct net *net = run->in->net;
	const struct fib_info *fi = NULL;
	be32 daddr = 0, saddr = 0;	/* neither of a plain packet */
	u32 i;

	for (i = 0; i < n; i++) {
		const struct iphdr *iph = frame_iph(&run->f[i]);

		if (unlikely(iph->saddr != saddr)) {
			saddr = iph->saddr;
			if (!ip_source_plain(net, saddr))
				break;
		}
		if (iph->daddr != daddr) {
			daddr = iph->daddr;
			fi = ip_route_plain(net->ipv4->fib, daddr, true);
			if (unlikely(!fi || fi->type != RTN_UNICAST))
				break;
			prefetch(&fi->nh[0].rth_input);
		}
		if (unlikely(!(saddr && daddr)))
			break;
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

/* Whoever is sent to by this route, out of another device. */
static bool is_plain_route(const struct rtable *rt, const struct net_device *in)
{
	return rt->type == RTN_UNICAST && rt->dst.output == ip_output && !rt->dst.error &&
	       !rt->dst.obsolete && rt->dst.dev != in;
}

static void count(struct net *net, u32 n, const struct passed *p)
{
	mib_add(net, IpInReceives, n);
	mib_add(net, IpExtInOctets, p->in);
	for (u32 i = 0; i < 4; i++)
		net->mib[MIB_IpExtInNoECTPkts + i] += p->ect[i];
	mib_add(net, IpForwDatagrams, n);
	mib_add(net, IpOutTransmits, n);
	mib_add(net, IpExtOutOctets, p->out);
}

/* What ip_forward() and neigh_connected_output() write. */
static __always_inline void forward(struct nic_frame *f, const struct neighbour *to, u32 len,
				    struct passed *p)
{
	struct iphdr *iph = frame_iph(f);

	p->in += f->len - ETH_HLEN;
	p->out += len;
	p->ect[iph->tos & INET_ECN_MASK]++;
	ip_decrease_ttl(iph);
	memcpy(f->data, to->hh, ETH_HLEN);
	f->len = len + ETH_HLEN;	/* without padding */
}

/* One after the other: of a train by one route only what differs is asked again. */
static u32 forward_all(struct straight_run *run, u32 n, struct rtable *const *route)
{
	const struct rtable *rt = NULL;
	const struct neighbour *to = NULL;
	struct passed p = { .in = 0 };
	u32 i, mtu = 0;

	for (i = 0; i < n; i++) {
		struct nic_frame *f = &run->f[i];
		u32 len = be16_to_cpu(frame_iph(f)->tot_len);

		if (route[i] != rt) {
			rt = route[i];
			if (unlikely(!is_plain_route(rt, run->in)))
				break;
			mtu = ip_flow_mtu(&rt->dst);
			to = NULL;
		}
		if (!to || !rt->gateway)
			to = ip_flow_next_hop(&rt->dst, frame_iph(f)->daddr);
		if (unlikely(!to || len > mtu || !straight_may_leave(run, i, rt->dst.dev)))
			break;
		f->out = rt->dst.dev;
		forward(f, to, len, &p);
	}
	if (i)
		count(run->in->net, i, &p);
	return i;
}

u32 ip_forward_straight(struct straight_run *run)
{
	const struct fib_info *fi[NAPI_POLL_WEIGHT];
	struct rtable *rt[NAPI_POLL_WEIGHT];
	u32 n;

	if (!is_plain_router(run->in->net, run->in->ip_ptr))
		return 0;
	n = check_headers(run);
	n = find_routes(run, n, fi);
	n = take_routes(fi, n, rt);
	for (u32 i = 0; i < n; i++)
		prefetch(rt[i]->neigh);
	return forward_all(run, n, rt);
}

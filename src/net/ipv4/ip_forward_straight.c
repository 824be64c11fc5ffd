/* SPDX-License-Identifier: MIT */
/*
 * The straight way of a packet that is forwarded (device/straight.h): what ip_rcv(),
 * ip_route_input(), ip_forward() and ip_output() would do to it, done to the frame. It is for
 * packets without options between ordinary addresses, by a unicast route with one next hop whose
 * MAC header is ready, out of another card; no rp_filter, nothing to be told to anybody, and hooks
 * that let it pass and can say so of what is no packet yet (nf_straight.h).
 *
 * Each step is done for all frames before the next, so that where tables are larger than the cache
 * the loads of different frames overlap. A step that meets a frame which is none of its kind cuts
 * the run off before it; counters are moved at the end, for those who are left.
 */
#include "net/forward_straight.h"
#include "net/ipv4/ip_flow.h"
#include "net/ipv4/ip_offload.h"
#include "net/ipv4/route_plain.h"

static struct iphdr *frame_iph(const struct nic_frame *f)
{
	return (void *)(f->data + ETH_HLEN);
}

/* Where packets from this device go depends on nothing but their destination. */
static bool is_plain_router(const struct net *net, const struct in_device *in_dev)
{
	return in_dev && in_dev->forwarding && !net->ipv4->fib->policy &&
	       !IN_DEV_MAXCONF(in_dev, net, rp_filter);
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

/* Whom frame i is for, also when its header says another one yet. s: who may know that, or NULL */
static __always_inline be32 dest_of(const struct straight_run *run, const struct nf_straight *s,
				    u32 i)
{
	be32 daddr;

	if (!s || likely(!s->daddr[i]))
		return frame_iph(&run->f[i])->daddr;
	memcpy(&daddr, s->daddr[i], sizeof(daddr));
	return daddr;
}

static __always_inline u32 find_routes(const struct straight_run *run,
				       const struct nf_straight *s, u32 n,
				       const struct fib_info **to)
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
		if (dest_of(run, s, i) != daddr) {
			daddr = dest_of(run, s, i);
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

static u32 take_routes(const struct fib_info *const *fi, u32 n, const struct dst_entry **to)
{
	for (u32 i = 0; i < n; i++) {
		to[i] = fi[i]->nh[0].rth_input;
		if (unlikely(!to[i]))
			return i;
		prefetch(to[i]);
	}
	return n;
}

/* ---- what IPv4 has for itself (net/forward_straight.h) ---- */

static const struct rtable *rtable_of(const struct dst_entry *dst)
{
	return container_of(dst, const struct rtable, dst);
}

static u32 packet_len(const void *nh)
{
	return be16_to_cpu(((const struct iphdr *)nh)->tot_len);
}

static u8 packet_ecn(const void *nh)
{
	return ((const struct iphdr *)nh)->tos & INET_ECN_MASK;
}

static void hop(void *nh)
{
	ip_decrease_ttl(nh);
}

static bool is_plain_route(const struct dst_entry *dst, const struct net_device *in)
{
	return rtable_of(dst)->type == RTN_UNICAST && dst->output == ip_output && !dst->error &&
	       !dst->obsolete && dst->dev != in;
}

static bool has_gateway(const struct dst_entry *dst)
{
	return rtable_of(dst)->gateway;
}

static const struct neighbour *next_hop(const struct dst_entry *dst, const void *daddr)
{
	be32 addr;

	memcpy(&addr, daddr, sizeof(addr));
	return ip_flow_next_hop(dst, addr);
}

static const void *dest(const struct straight_run *run, const struct nf_straight *s, u32 i)
{
	return s && unlikely(s->daddr[i]) ? s->daddr[i] : &frame_iph(&run->f[i])->daddr;
}

static const struct forward_family inet = {
	.in = MIB_IpInReceives, .in_bytes = MIB_IpExtInOctets,
	.in_ecn = MIB_IpExtInNoECTPkts, .forwarded = MIB_IpForwDatagrams,
	.out = MIB_IpOutTransmits, .out_bytes = MIB_IpExtOutOctets, .len = packet_len,
	.ecn = packet_ecn, .hop = hop, .is_plain = is_plain_route, .mtu = ip_flow_mtu,
	.has_gateway = has_gateway, .next_hop = next_hop, .dest = dest,
};

/* Of the first n, whose headers are good. */
static __always_inline u32 route_all(struct straight_run *run, struct nf_straight *s, u32 n)
{
	const struct dst_entry *dst[NAPI_POLL_WEIGHT];
	const struct fib_info *fi[NAPI_POLL_WEIGHT];

	n = find_routes(run, s, n, fi);
	n = take_routes(fi, n, dst);
	for (u32 i = 0; i < n; i++)
		prefetch(dst[i]->neigh);
	return forward_all(&inet, run, s, n, dst);
}

/* Tracking would put fragments together. */
static u32 whole_ones(const struct straight_run *run, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (unlikely(ip_is_fragment(frame_iph(&run->f[i]))))
			return i;
	return n;
}

static __noinline u32 route_hooked(struct straight_run *run, u32 n)
{
	struct nf_straight s;

	n = whole_ones(run, n);
	return route_all(run, &s, nf_straight_begin(&s, run, NFPROTO_IPV4, n));
}

u32 ip_forward_straight(struct straight_run *run)
{
	const struct net *net = run->in->net;
	enum nf_straight_may hooks;
	u32 n;

	if (!is_plain_router(net, run->in->ip_ptr))
		return 0;
	hooks = nf_straight_may(net, NFPROTO_IPV4);
	if (hooks == NF_STRAIGHT_NEVER)
		return 0;
	n = check_headers(run);
	return likely(hooks == NF_STRAIGHT_UNASKED) ? route_all(run, NULL, n) :
						      route_hooked(run, n);
}

/* SPDX-License-Identifier: MIT */
/*
 * The straight way of a packet that is forwarded: what net/ipv4/ip_forward_straight.c is to IPv4,
 * with the same rules. It stands in the place of ipv6_rcv(), ip6_route_input(), ip6_forward() and
 * ip6_output().
 */
#include "net/forward_straight.h"
#include "net/ipv6/ip6_fib.h"
#include "net/ipv6/ip6_flow.h"
#include "net/ipv6/ip6_offload.h"

static struct ipv6hdr *frame_ip6h(const struct nic_frame *f)
{
	return (void *)(f->data + ETH_HLEN);
}

static u32 packet_len(const void *nh)
{
	return be16_to_cpu(((const struct ipv6hdr *)nh)->payload_len) + (u32)IPV6_HLEN;
}

/* Where packets from this device go depends on nothing but their destination. */
static bool is_plain_router(const struct net *net, const struct inet6_dev *idev)
{
	return idev && !idev->cnf.disable_ipv6 &&
	       (net->ipv6->conf_all.forwarding || idev->cnf.force_forwarding) &&
	       fib6_by_address(net) && !net->ipv6->nd_tbl.nr_proxies;
}

/* RFC 4291 2.5: neither of nobody, nor this machine, nor a link, nor a group. */
static bool is_routable(const struct ip6_addr *a)
{
	return !ipv6_addr_is_multicast(a) && !ipv6_addr_is_linklocal(a) && !ipv6_addr_any(a) &&
	       !ipv6_addr_loopback(a);
}

static bool is_plain_packet(const struct ipv6hdr *h, u32 len)
{
	return ip6_version(h) == 6 && h->hop_limit > 1 && h->nexthdr != NEXTHDR_HOP &&
	       packet_len(h) <= len && is_routable(&h->saddr) && is_routable(&h->daddr);
}

/* For this machine's MAC, sound, and not at the end of its time. */
static u32 check_headers(const struct straight_run *run)
{
	const struct net_device *dev = run->in;
	bool gro = dev->features & NETIF_F_GRO;
	u32 i;

	for (i = 0; i < run->n; i++) {
		const struct nic_frame *f = &run->f[i];
		const struct ethhdr *eth = (const void *)f->data;
		const struct ipv6hdr *h = frame_ip6h(f);

		straight_look_ahead(run, i);
		if (unlikely(f->len < ETH_HLEN + IPV6_HLEN ||
			     !ether_addr_equal(eth->h_dest, dev->dev_addr) ||
			     eth->h_proto != CONST_BE16(ETH_P_IPV6) ||
			     !is_plain_packet(h, f->len - ETH_HLEN)))
			break;
		if (unlikely(gro && ip6_gro_wants(dev->net, h)))
			break;
	}
	return i;
}

/* The route of the common kind: one that stands, and is shared with no other. */
static struct dst_entry *plain_route(const struct ip6_lpm *lpm, struct fib6_info *best,
				     const struct ip6_addr *daddr)
{
	const struct fib6_info *fi = fib6_tree_choose(lpm, best, 0, daddr, 0);

	return likely(fi && fi->cfg.type == RTN_UNICAST && !fi->siblings) ? fi->rth_input : NULL;
}

/* Whom frame i is for, also when its header says another one yet. s: who may know that, or NULL */
static __always_inline const struct ip6_addr *dest_of(const struct straight_run *run,
						      const struct nf_straight *s, u32 i)
{
	return s && unlikely(s->daddr[i]) ? s->daddr[i] : &frame_ip6h(&run->f[i])->daddr;
}

/* The destinations, one of each train; of[i]: which is the i-th frame's. */
static __always_inline u32 gather(const struct straight_run *run, const struct nf_straight *s,
				  u32 n, const struct ip6_addr **at, u8 *of)
{
	u32 trains = 0;

	for (u32 i = 0; i < n; i++) {
		const struct ip6_addr *daddr = dest_of(run, s, i);

		if (!trains || !ipv6_addr_equal(daddr, at[trains - 1]))
			at[trains++] = daddr;
		of[i] = (u8)(trains - 1);
	}
	return trains;
}

static __always_inline u32 find_routes(const struct straight_run *run,
				       const struct nf_straight *s, u32 n,
				       const struct dst_entry **to)
{
	const struct ip6_lpm *lpm = &run->in->net->ipv6->fib->lpm;
	const struct ip6_addr *at[NAPI_POLL_WEIGHT];
	struct dst_entry *dst[NAPI_POLL_WEIGHT];
	void *best[NAPI_POLL_WEIGHT];
	u8 of[NAPI_POLL_WEIGHT];
	u32 trains, i;

	if (!n)
		return 0;
	trains = gather(run, s, n, at, of);
	ip6_lpm_lookup_bulk(lpm, at, trains, best);
	for (i = 0; i < trains; i++)
		prefetch(best[i]);
	for (i = 0; i < trains; i++) {
		dst[i] = plain_route(lpm, best[i], at[i]);
		prefetch(dst[i]);
	}
	for (i = 0; i < n && likely(dst[of[i]]); i++)
		to[i] = dst[of[i]];
	return i;
}

/* ---- what IPv6 has for itself (net/forward_straight.h) ---- */

static const struct rt6_info *rt6_of(const struct dst_entry *dst)
{
	return container_of(dst, const struct rt6_info, dst);
}

static u8 packet_ecn(const void *nh)
{
	return ipv6_get_dsfield(nh) & INET_ECN_MASK;
}

static void hop(void *nh)
{
	((struct ipv6hdr *)nh)->hop_limit--;
}

static bool is_plain_route(const struct dst_entry *dst, const struct net_device *in)
{
	return rt6_of(dst)->type == RTN_UNICAST && dst->output == ip6_output && !dst->error &&
	       !dst->obsolete && dst->dev != in && ip6_flow_may_leave(dst);
}

static bool has_gateway(const struct dst_entry *dst)
{
	return rt6_of(dst)->has_gateway;
}

static const struct neighbour *next_hop(const struct dst_entry *dst, const void *daddr)
{
	return ip6_flow_next_hop(dst, daddr);
}

static const void *dest(const struct straight_run *run, const struct nf_straight *s, u32 i)
{
	return dest_of(run, s, i);
}

static const struct forward_family inet6 = {
	.in = MIB_Ip6InReceives, .in_bytes = MIB_Ip6InOctets,
	.in_ecn = MIB_Ip6InNoECTPkts, .forwarded = MIB_Ip6OutForwDatagrams,
	.out = MIB_Ip6OutTransmits, .out_bytes = MIB_Ip6OutOctets, .len = packet_len,
	.ecn = packet_ecn, .hop = hop, .is_plain = is_plain_route, .mtu = ip6_flow_mtu,
	.has_gateway = has_gateway, .next_hop = next_hop, .dest = dest,
};

/* Of the first n, whose headers are good. */
static __always_inline u32 route_all(struct straight_run *run, struct nf_straight *s, u32 n)
{
	const struct dst_entry *dst[NAPI_POLL_WEIGHT];

	n = find_routes(run, s, n, dst);
	for (u32 i = 0; i < n; i++)
		prefetch(dst[i]->neigh);
	return forward_all(&inet6, run, s, n, dst);
}

/* Tracking would put fragments together, and hooks look behind other headers, too. */
static u32 bare_ones(const struct straight_run *run, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (unlikely(ipv6_ext_hdr(frame_ip6h(&run->f[i])->nexthdr)))
			return i;
	return n;
}

static __noinline u32 route_hooked(struct straight_run *run, u32 n)
{
	struct nf_straight s;

	n = bare_ones(run, n);
	return route_all(run, &s, nf_straight_begin(&s, run, NFPROTO_IPV6, n));
}

u32 ip6_forward_straight(struct straight_run *run)
{
	const struct net *net = run->in->net;
	enum nf_straight_may hooks;
	u32 n;

	if (!is_plain_router(net, run->in->ip6_ptr))
		return 0;
	hooks = nf_straight_may(net, NFPROTO_IPV6);
	if (hooks == NF_STRAIGHT_NEVER)
		return 0;
	n = check_headers(run);
	return likely(hooks == NF_STRAIGHT_UNASKED) ? route_all(run, NULL, n) :
						      route_hooked(run, n);
}

/* SPDX-License-Identifier: MIT */
/*
 * The straight way of a packet that is forwarded: what net/ipv4/ip_forward_straight.c is to IPv4,
 * with the same rules. It stands in the place of ipv6_rcv(), ip6_route_input(), ip6_forward() and
 * ip6_output().
 */
#include "device/nf_straight.h"
#include "net/ipv6/ip6_fib.h"
#include "net/ipv6/ip6_flow.h"
#include "net/ipv6/ip6_offload.h"

struct passed {			/* what is counted of a run: bytes, and packets by ECN */
	u64 in, out, ect[4];
	u64 sent;		/* packets, those of them that the last hook drops, too */
};

static struct ipv6hdr *frame_ip6h(const struct nic_frame *f)
{
	return (void *)(f->data + ETH_HLEN);
}

static u32 packet_len(const struct ipv6hdr *h)
{
	return be16_to_cpu(h->payload_len) + (u32)IPV6_HLEN;
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
static struct rt6_info *plain_route(const struct ip6_lpm *lpm, struct fib6_info *best,
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
				       const struct nf_straight *s, u32 n, struct rt6_info **to)
{
	const struct ip6_lpm *lpm = &run->in->net->ipv6->fib->lpm;
	const struct ip6_addr *at[NAPI_POLL_WEIGHT];
	struct rt6_info *rt[NAPI_POLL_WEIGHT];
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
		rt[i] = plain_route(lpm, best[i], at[i]);
		prefetch(rt[i]);
	}
	for (i = 0; i < n && likely(rt[of[i]]); i++)
		to[i] = rt[of[i]];
	return i;
}

/* Whoever is sent to by this route, out of another device. */
static bool is_plain_route(const struct rt6_info *rt, const struct net_device *in)
{
	return rt->type == RTN_UNICAST && rt->dst.output == ip6_output && !rt->dst.error &&
	       !rt->dst.obsolete && rt->dst.dev != in && ip6_flow_may_leave(&rt->dst);
}

static void count(struct net *net, u32 n, const struct passed *p)
{
	mib_add(net, Ip6InReceives, n);
	mib_add(net, Ip6InOctets, p->in);
	for (u32 i = 0; i < 4; i++)
		net->mib[MIB_Ip6InNoECTPkts + i] += p->ect[i];
	mib_add(net, Ip6OutForwDatagrams, p->sent);
	mib_add(net, Ip6OutTransmits, p->sent);
	mib_add(net, Ip6OutOctets, p->out);
}

static __always_inline void count_in(struct passed *p, const struct nic_frame *f)
{
	p->in += f->len - ETH_HLEN;
	p->ect[ipv6_get_dsfield(frame_ip6h(f)) & INET_ECN_MASK]++;
}

static __always_inline void count_out(struct passed *p, u32 len)
{
	p->out += len;
	p->sent++;
}

/* The hooks, and between them what ip6_forward() writes. */
static __always_inline enum nf_verdict ask(struct nf_straight *s, struct net_device *out)
{
	enum nf_verdict v = nf_straight_hook(s, NF_INET_PRE_ROUTING, NULL);

	if (unlikely(v != NF_ACCEPT))
		return v;
	((struct ipv6hdr *)(void *)s->skb.data)->hop_limit--;
	v = nf_straight_hook(s, NF_INET_FORWARD, out);
	if (unlikely(v != NF_ACCEPT))
		return v;
	return nf_straight_hook(s, NF_INET_POST_ROUTING, out);
}

/* False: it goes the long way, as it came. */
static __always_inline bool past_hooks(struct nf_straight *s, u32 i, u32 len,
				       struct net_device *out, struct passed *p)
{
	nf_straight_frame(s, i, len);
	if (unlikely(!nf_straight_settle(s, ask(s, out))))
		return false;
	if (unlikely(s->dropped && s->state.hook == NF_INET_POST_ROUTING))
		count_out(p, len);
	return true;
}

/* What neigh_connected_output() writes. */
static __always_inline void send(struct nic_frame *f, const struct rt6_info *rt,
				 const struct neighbour *to, u32 len)
{
	memcpy(f->data, to->hh, ETH_HLEN);
	f->len = len + ETH_HLEN;	/* without padding */
	f->out = rt->dst.dev;
}

/* One after the other: of a train by one route only what differs is asked again. */
static __always_inline u32 forward_all(struct straight_run *run, struct nf_straight *s, u32 n,
				       struct rt6_info *const *route)
{
	const struct rt6_info *rt = NULL;
	const struct neighbour *to = NULL;
	struct passed p = { .in = 0 };
	u32 i, mtu = 0;

	for (i = 0; i < n; i++) {
		struct nic_frame *f = &run->f[i];
		u32 len = packet_len(frame_ip6h(f));

		if (route[i] != rt) {
			rt = route[i];
			if (unlikely(!is_plain_route(rt, run->in)))
				break;
			mtu = ip6_flow_mtu(&rt->dst);
			to = NULL;
		}
		if (!to || !rt->has_gateway)
			to = ip6_flow_next_hop(&rt->dst, dest_of(run, s, i));
		if (unlikely(!to || len > mtu || !straight_may_leave(run, i, rt->dst.dev)))
			break;
		if (!s)
			frame_ip6h(f)->hop_limit--;
		else if (!past_hooks(s, i, len, rt->dst.dev, &p))
			break;
		count_in(&p, f);
		if (s && unlikely(s->dropped))
			continue;
		count_out(&p, len);
		send(f, rt, to, len);
	}
	if (i)
		count(run->in->net, i, &p);
	return i;
}

/* Of the first n, whose headers are good. */
static __always_inline u32 route_all(struct straight_run *run, struct nf_straight *s, u32 n)
{
	struct rt6_info *rt[NAPI_POLL_WEIGHT];

	n = find_routes(run, s, n, rt);
	for (u32 i = 0; i < n; i++)
		prefetch(rt[i]->neigh);
	return forward_all(run, s, n, rt);
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

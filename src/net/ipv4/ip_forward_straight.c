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
#include "device/nf_straight.h"
#include "net/ipv4/ip_flow.h"
#include "net/ipv4/ip_offload.h"
#include "net/ipv4/route_plain.h"

struct passed {			/* what is counted of a run: bytes, and packets by ECN */
	u64 in, out, ect[4];
	u64 sent;		/* packets, those of them that the last hook drops, too */
};

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
	mib_add(net, IpForwDatagrams, p->sent);
	mib_add(net, IpOutTransmits, p->sent);
	mib_add(net, IpExtOutOctets, p->out);
}

static __always_inline void count_in(struct passed *p, const struct nic_frame *f)
{
	p->in += f->len - ETH_HLEN;
	p->ect[frame_iph(f)->tos & INET_ECN_MASK]++;
}

static __always_inline void count_out(struct passed *p, u32 len)
{
	p->out += len;
	p->sent++;
}

/* The hooks, and between them what ip_forward() writes. */
static __always_inline enum nf_verdict ask(struct nf_straight *s, struct net_device *out)
{
	enum nf_verdict v = nf_straight_hook(s, NF_INET_PRE_ROUTING, NULL);

	if (unlikely(v != NF_ACCEPT))
		return v;
	ip_decrease_ttl((void *)s->skb.data);
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
static __always_inline void send(struct nic_frame *f, const struct rtable *rt,
				 const struct neighbour *to, u32 len)
{
	memcpy(f->data, to->hh, ETH_HLEN);
	f->len = len + ETH_HLEN;	/* without padding */
	f->out = rt->dst.dev;
}

/* One after the other: of a train by one route only what differs is asked again. */
static __always_inline u32 forward_all(struct straight_run *run, struct nf_straight *s, u32 n,
				       struct rtable *const *route)
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
			to = ip_flow_next_hop(&rt->dst, dest_of(run, s, i));
		if (unlikely(!to || len > mtu || !straight_may_leave(run, i, rt->dst.dev)))
			break;
		if (!s)
			ip_decrease_ttl(frame_iph(f));
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
	const struct fib_info *fi[NAPI_POLL_WEIGHT];
	struct rtable *rt[NAPI_POLL_WEIGHT];

	n = find_routes(run, s, n, fi);
	n = take_routes(fi, n, rt);
	for (u32 i = 0; i < n; i++)
		prefetch(rt[i]->neigh);
	return forward_all(run, s, n, rt);
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

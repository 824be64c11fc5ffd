/* SPDX-License-Identifier: MIT */
/* What is IPv4's of TCP; its mirror is tcp_ipv6.c. */
#include "transport/tcp/tcp_ipv4.h"

#include "net/inet_iif.h"
#include "transport/sock_rare.h"
#include "wire/icmp.h"
#include "wire/inet_addr.h"

/* ---- struct tcp_af ---- */

static struct dst_entry *route(struct net *net, const struct tcp_path *p, int *err)
{
	struct flowi4 fl = {
		.daddr = p->daddr, .saddr = p->saddr, .dport = p->dport, .sport = p->sport,
		.oif = p->oif, .mark = p->mark, .tos = p->tos, .proto = IP_PROTO_TCP,
		.anysrc = p->anysrc,
	};
	struct rtable *rt;

	*err = ip_route_output(net, &fl, &rt);
	return *err ? NULL : &rt->dst;
}

static u32 mtu(struct dst_entry *dst, const struct tcp_path *p)
{
	return dst_mtu(dst, p->daddr);
}

static be16 check(const struct tcp_path *p, u32 len, wsum sum)
{
	return tcp_v4_check(len, p->saddr, p->daddr, sum);
}

/* Linux's ip_dont_fragment(); and what passes everywhere needs no ID (its IPV4_MIN_MTU). */
static bool dont_fragment(const struct net *net, const struct sk_buff *skb,
			  const struct tcp_path *p)
{
	if (likely(!p->owner || skb->len + IPV4_HLEN <= IPV4_MIN_MTU))
		return true;
	if (p->owner->pmtudisc == LN_IP_PMTUDISC_WANT)
		return !ip_pmtu_locked(net, skb->dst, p->daddr);
	return p->owner->pmtudisc == LN_IP_PMTUDISC_DO;
}

static int xmit(struct net *net, struct sk_buff *skb, const struct tcp_path *p)
{
	struct ip_xmit x = {
		.saddr = p->saddr, .daddr = p->daddr, .protocol = IP_PROTO_TCP, .tos = p->tos,
		.df = dont_fragment(net, skb, p), .ttl = p->owner ? p->owner->ttl : 0,
	};
	struct neighbour *n = likely(x.df) ? ip_straight(dst_rtable(skb->dst), p->daddr,
							 skb->len + IPV4_HLEN) : NULL;

	if (likely(n)) {
		skb_dst_drop(skb);
		return ip_straight_xmit(net, skb, n, &x);
	}
	return ip_queue_xmit(net, skb, &x);
}

static u64 hash(const struct sock_common *c, u64 what)
{
	return siphash_2u64((u64)c->rcv_saddr << 32 | c->daddr, what, &c->net->secret);
}

static bool is_loopback(const struct sock_common *c)
{
	return ipv4_is_loopback(c->daddr) || ipv4_is_loopback(c->rcv_saddr);
}

static struct neighbour *next_hop(const struct sock *sk)
{
	const struct rtable *rt = dst_rtable(sk->dst);
	be32 hop = rt->gateway ? rt->gateway : sk->c.daddr;
	struct neighbour *n = rt->dst.neigh;
	struct net *net = sock_net(sk);

	/* That of the last packet; where all addresses are one neighbour its key is another. */
	if (likely(n && rt->neigh_key == hop && !n->dead && !memcmp(n->primary_key, &hop, 4)))
		return n;
	return net->neigh ? neigh_lookup(&net->neigh->arp, &hop, sk->dst->dev) : NULL;
}

const struct tcp_af tcp_af_ipv4 = {
	.net_header_len = IPV4_HLEN, .route = route, .mtu = mtu, .check = check, .xmit = xmit,
	.hash = hash, .is_loopback = is_loopback, .next_hop = next_hop,
};

/* ---- connect ---- */

int tcp_v4_connect_route(struct sock *sk, be32 daddr, be16 dport)
{
	struct net *net = sock_net(sk);
	struct flowi4 fl = {
		.daddr = daddr, .saddr = sk->saddr, .dport = dport,
		.sport = cpu_to_be16(sk->c.num), .oif = sk->c.bound_dev_if, .mark = sk->mark,
		.proto = IP_PROTO_TCP, .tos = sk->tos,
		.scope = sock_flag(sk, SOCK_LOCALROUTE) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.anysrc = inet_flag(sk, INET_TRANSPARENT),
	};
	struct rtable *rt;
	int err = ip_route_connect(net, &fl, &rt);

	if (err) {
		if (err == -ENETUNREACH)
			mib_inc(net, IpOutNoRoutes);
		return err;
	}
	if (rt->type == RTN_BROADCAST || rt->type == RTN_MULTICAST) {
		dst_release(&rt->dst);
		return -ENETUNREACH;
	}
	sk_dst_reset(sk);
	sk->dst = &rt->dst;
	if (!sk->saddr)		/* bound to a group, it is no longer */
		sk->saddr = sk->c.rcv_saddr = fl.saddr;
	if (!sk->c.rcv_saddr)
		sk->c.rcv_saddr = sk->saddr;
	sk->c.daddr = fl.daddr;
	sk->c.dport = dport;
	return 0;
}

/* ---- ICMP errors ---- */

/* As Linux: of what the path says, not of what the peer does. */
static bool ends_request(u8 type, u8 code)
{
	if (type == ICMP_DEST_UNREACH)
		return code == ICMP_NET_UNREACH || code == ICMP_HOST_UNREACH;
	return type == ICMP_PARAMETERPROB || type == ICMP_TIME_EXCEEDED;
}

void tcp_v4_err(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)(const void *)skb->data;
	const struct tcphdr *th = (const struct tcphdr *)(const void *)(skb->data + iph_hlen(iph));
	struct tcp_icmp icmp = { .seq = be32_to_cpu(th->seq), .err = EPROTO,
				 .fatal = ends_request(type, code), .mtu = info,
				 .type = type, .code = code,
				 .ttl = iph->ttl };	/* as Linux: of what is quoted */
	struct net *net = skb->net;
	struct sock_common *c;
	bool hard;

	if (type == ICMP_DEST_UNREACH)
		icmp.err = icmp_err_convert(code, &hard);
	else if (type == ICMP_TIME_EXCEEDED)
		icmp.err = EHOSTUNREACH;
	else if (type == ICMP_REDIRECT)
		icmp.redirect = skb;
	else if (type != ICMP_PARAMETERPROB)
		return;
	icmp.too_big = type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED;
	c = inet_lookup_established(&net->tcp->hash, iph->daddr, th->dest, iph->saddr,
				    be16_to_cpu(th->source), inet_iif(skb));
	if (c)
		tcp_icmp_error(c, &icmp);
	else
		mib_inc(net, IcmpInErrors);
}

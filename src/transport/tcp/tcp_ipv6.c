/* SPDX-License-Identifier: MIT */
/* What is IPv6's of TCP; its mirror is tcp_ipv4.c. */
#include "base/trace.h"
#include "device/dev_lend.h"
#include "net/inet_iif.h"
#include "net/ipv6/ip6_flowlabel.h"
#include "net/ipv6/ip6_straight.h"
#include "transport/sock_rare.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_output.h"
#include "wire/icmp6.h"

/* ---- struct tcp_af ---- */

static struct dst_entry *route(struct net *net, const struct tcp_path *p, int *err)
{
	struct flowi6 fl = {
		.daddr = *ipv6_first_hop(p->opt, p->daddr6), .saddr = *p->saddr6,
		.dport = p->dport, .sport = p->sport, .oif = p->oif,
		.mark = p->mark, .tclass = p->tos, .proto = IP_PROTO_TCP,
	};
	struct rt6_info *rt;

	*err = ip6_route_output(net, &fl, &rt);
	return *err ? NULL : &rt->dst;
}

static u32 mtu(struct dst_entry *dst, const struct tcp_path *p)
{
	return ip6_dst_mtu(dst_rt6_info(dst), ipv6_first_hop(p->opt, p->daddr6));
}

static be16 check(const struct tcp_path *p, u32 len, wsum sum)
{
	return csum_ipv6_magic(p->saddr6, p->daddr6, len, IP_PROTO_TCP, sum);
}

static int xmit(struct net *net, struct sk_buff *skb, const struct tcp_path *p)
{
	struct ip6_xmit x = {
		.saddr = *p->saddr6, .daddr = *p->daddr6, .protocol = IP_PROTO_TCP,
		.tclass = p->tos, .flowlabel = p->flowlabel, .opt = p->opt,
		.hop_limit = p->owner ? p->owner->ttl : 0,
	};

	if (unlikely(p->opt && !ipv6_txopt_room(skb, p->opt))) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return -ENOBUFS;
	}
	return ip6_xmit(net, skb, &x);
}

static u64 hash(const struct sock_common *c, u64 what)
{
	const struct inet6_key *k = inet6_key(c);
	struct {
		struct ip6_addr saddr, daddr;
		u64 what;
	} in = { k->rcv_saddr, k->daddr, what };

	return siphash(&in, sizeof(in), &c->net->secret);
}

static bool is_loopback(const struct sock_common *c)
{
	return ipv6_addr_loopback(&inet6_key(c)->daddr) ||
	       ipv6_addr_loopback(&inet6_key(c)->rcv_saddr);
}

static const struct ip6_addr *tcp_v6_first_hop(const struct sock *sk)
{
	return ipv6_first_hop(sock_txopt(sk), &inet6_key(&sk->c)->daddr);
}

static struct neighbour *next_hop(const struct sock *sk)
{
	const struct rt6_info *rt = dst_rt6_info(sk->dst);
	const struct ip6_addr *hop = rt->has_gateway ? &rt->gateway : tcp_v6_first_hop(sk);

	return neigh_lookup(&sock_net(sk)->ipv6->nd_tbl, hop, sk->dst->dev);
}

const struct tcp_af tcp_af_ipv6 = {
	.net_header_len = IPV6_HLEN, .route = route, .mtu = mtu, .check = check, .xmit = xmit,
	.hash = hash, .is_loopback = is_loopback, .next_hop = next_hop,
};

/* ---- a connection's segments ---- */

u32 tcp_v6_mtu(const struct sock *sk)
{
	return ip6_dst_mtu(dst_rt6_info(sk->dst), tcp_v6_first_hop(sk));
}

be16 tcp_v6_sk_check(const struct sock *sk, u32 len, wsum sum)
{
	const struct inet6_key *k = inet6_key(&sk->c);

	return csum_ipv6_magic(&k->saddr, &k->daddr, len, IP_PROTO_TCP, sum);
}

/* RFC 6437 3: the same label for all of a flow; its hash is keyed, so that nobody guesses it. */
#define FLOW_LABEL_STEP 0x9e377u	/* odd: no label comes twice in a million */

static u32 flow_label(const struct sock_common *c)
{
	return ip6_autolabel(c->net, false, false) ? c->hash & IPV6_FLOWLABEL_MASK : 0;
}

u32 tcp_v6_request_label(const struct sock *l, const struct sock_common *c)
{
	return ip6_autolabel(c->net, inet_flag(l, INET_AUTOLABEL_OFF),
			     inet_flag(l, INET_AUTOLABEL_ON)) ? c->hash & IPV6_FLOWLABEL_MASK : 0;
}

/* Each timeout looks for another path (Linux sk_rethink_txhash). */
static __noinline u32 special_label(struct sock *sk)
{
	u32 label = sk->c.hash & IPV6_FLOWLABEL_MASK;

	if (!ip6_autolabel(sock_net(sk), inet_flag(sk, INET_AUTOLABEL_OFF),
			   inet_flag(sk, INET_AUTOLABEL_ON)))
		return 0;
	if (inet_flag(sk, INET_NO_TXREHASH))
		return label;
	return (label + tcp_sk(sk)->total_rto * FLOW_LABEL_STEP) & IPV6_FLOWLABEL_MASK;
}

static __always_inline struct ip6_xmit xmit_of(struct sock *sk)
{
	const struct inet6_key *k = inet6_key(&sk->c);
	struct ip6_xmit x = {
		.saddr = k->saddr, .daddr = k->daddr, .protocol = IP_PROTO_TCP,
		.hop_limit = sk->ttl, .tclass = sk->tos, .flowlabel = flow_label(&sk->c),
	};

	if (unlikely(tcp_sk(sk)->total_rto | sk->inet_flags)) {
		x.flowlabel = special_label(sk);
		x.opt = sock_txopt(sk);
	}
	return x;
}

struct neighbour *tcp_v6_straight(const struct sock *sk, u32 len)
{
	if (unlikely(inet_flag(sk, INET_TXOPTIONS)))
		return NULL;
	return ip6_straight_len(dst_rt6_info(sk->dst), &inet6_key(&sk->c)->daddr, len);
}

void tcp_v6_lend(struct sock *sk, struct sk_buff *skb, struct neighbour *n, u8 *p, u32 hlen)
{
	struct ip6_xmit x = xmit_of(sk);

	ip6_straight_write(sock_net(sk), n, p - IP6_STRAIGHT_HLEN, &x, hlen + skb->len);
	dev_xmit_lent(skb, n->dev, p - IP6_STRAIGHT_HLEN, hlen + IP6_STRAIGHT_HLEN);
}

int tcp_v6_send_straight(struct sock *sk, struct sk_buff *skb, const struct neighbour *n)
{
	struct ip6_xmit x = xmit_of(sk);

	return ip6_straight_xmit(sock_net(sk), skb, n, &x);
}

static __noinline int send_with_options(struct sock *sk, struct sk_buff *skb,
					const struct ip6_xmit *x)
{
	if (!ipv6_txopt_room(skb, x->opt)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return -ENOBUFS;
	}
	skb_dst_set(skb, dst_hold(sk->dst));
	return ip6_xmit(sock_net(sk), skb, x);
}

int tcp_v6_send(struct sock *sk, struct sk_buff *skb)
{
	const struct inet6_key *k = inet6_key(&sk->c);
	struct ip6_xmit x = xmit_of(sk);
	struct neighbour *n;

	if (unlikely(x.opt != NULL))
		return send_with_options(sk, skb, &x);
	n = ip6_straight(skb, dst_rt6_info(sk->dst), &k->daddr);
	if (likely(n))
		return ip6_straight_xmit(sock_net(sk), skb, n, &x);
	skb_dst_set(skb, dst_hold(sk->dst));
	return ip6_xmit(sock_net(sk), skb, &x);
}

struct tcp_path tcp_path_of(const struct sock_common *c, u32 mark, u8 tos)
{
	struct tcp_path p = {
		.sport = cpu_to_be16(c->num), .dport = c->dport, .oif = c->bound_dev_if,
		.mark = mark, .tos = tos,
	};

	if (unlikely(c->v6)) {
		p.saddr6 = &inet6_key(c)->rcv_saddr;
		p.daddr6 = &inet6_key(c)->daddr;
		p.flowlabel = flow_label(c);
	} else {
		p.saddr = c->rcv_saddr;
		p.daddr = c->daddr;
	}
	return p;
}

void tcp_v6_trace_state(const struct sock_common *c, u8 old, u8 state)
{
	const struct ip6_addr *a = &inet6_key(c)->daddr;

	trace_net(c->net, tcp_v6_set_state, c->num, ip6_word(a, 0), ip6_word(a, 1),
		  be16_to_cpu(c->dport), old, state);
}

/* ---- connect ---- */

int tcp_v6_connect_route(struct sock *sk, const struct ip6_addr *daddr, be16 dport)
{
	struct inet6_key *key = sk->c.key6;
	struct net *net = sock_net(sk);
	struct flowi6 fl = {
		.daddr = *ipv6_first_hop(sock_txopt(sk), daddr), .saddr = key->saddr,
		.dport = dport, .sport = cpu_to_be16(sk->c.num), .oif = sk->c.bound_dev_if,
		.mark = sk->mark,
		.tclass = sk->tos, .proto = IP_PROTO_TCP,
	};
	struct rt6_info *rt;
	int err = ip6_route_output(net, &fl, &rt);

	if (err) {
		if (err == -ENETUNREACH)
			mib_inc(net, Ip6OutNoRoutes);
		return err;
	}
	sk_dst_reset(sk);
	sk->dst = &rt->dst;
	if (ipv6_addr_any(&key->saddr))
		key->saddr = fl.saddr;
	if (ipv6_addr_any(&key->rcv_saddr))
		key->rcv_saddr = key->saddr;
	key->daddr = *daddr;
	sk->c.dport = dport;
	return 0;
}

/* ---- ICMPv6 errors ---- */

void tcp_v6_err(struct sk_buff *skb, u8 type, u8 code, u32 off, u32 info)
{
	const struct ipv6hdr *h = (const void *)skb->data;
	const struct tcphdr *th = (const void *)(skb->data + off);
	struct tcp_icmp icmp = { .seq = be32_to_cpu(th->seq), .mtu = info, .type = type,
				 .code = code, .too_big = type == ICMPV6_PKT_TOOBIG,
				 .ttl = ipv6_hdr(skb)->hop_limit };	/* as Linux: of the error */
	struct net *net = skb->net;
	struct sock_common *c;

	icmp.err = icmpv6_err_convert(type, code, &icmp.fatal);
	c = inet6_lookup_established(&net->tcp->hash, &h->daddr, th->dest, &h->saddr,
				     be16_to_cpu(th->source), inet_iif(skb));
	if (c)
		tcp_icmp_error(c, &icmp);
	else
		mib_inc(net, Icmp6InErrors);
}

/* SPDX-License-Identifier: MIT */
/*
 * Datagrams that came together, for who has nothing to be asked but whose they are: the straight
 * way in (net/ipv4/ip_list_in.h, net/ipv6/ip6_list_in.h). The socket is looked up once for those of
 * one sender, and queues what is its own as one run. The first that is anything else, a wrong sum
 * and a port that nobody has included, ends what is taken here: udp_rcv() says what is to be said
 * of it.
 */
#include "net/ipv4/ip_list_in.h"
#include "net/ipv6/ip6_list_in.h"
#include "transport/sock_run.h"
#include "transport/udp.h"
#include "wire/udp.h"

/* A clone that waits for a reader would have to be charged for. */
static __always_inline bool is_charged(const struct sk_buff *skb)
{
	return likely(skb->truesize || !((uintptr_t)skb->head_buf | skb->data_len));
}

/* sk, which is to get the next one, begins a run of its own unless this one is. */
static __always_inline void run_of(struct sock_rcv_run *run, struct sock *sk)
{
	if (sk == run->sk)
		return;
	sock_rcv_run_end(run);
	sock_rcv_run_begin(run, sk);
}

static __noinline void no_room(struct sock *sk, struct sk_buff *skb)
{
	bool v6 = skb_is_ipv6(skb);

	sk->drops++;
	kfree_skb_reason(skb, SKB_DROP_REASON_SOCKET_RCVBUFF);
	udp_mib(sock_net(sk), v6, InErrors);
	udp_mib(sock_net(sk), v6, RcvbufErrors);
}

/* hlen bytes of headers go; what is to be known of them is in cb, as its reader will find it. */
static __always_inline void take(struct sock_rcv_run *run, struct sk_buff *skb, u32 hlen)
{
	skb->transport_header = (u16)(skb->network_header + hlen - UDP_HLEN);
	skb->data += hlen;
	skb->len -= hlen;
	sock_rcv_run_add(run, skb);
}

/* NULL: it wants something to be remembered with each datagram (SOCK_SKB_CB). */
static struct sock *unless_marked(struct sock *sk)
{
	return sk && unlikely(sock_flag(sk, SOCK_RXOPT)) ? NULL : sk;
}

/* ---- IPv4 ---- */

/* Who speaks with whom: both addresses, both ports, as they stand in the headers. */
struct ends {
	u64 addrs;
	u32 ports;
	wsum pseudo;		/* of the pseudo-header, without the length */
};

static __always_inline const struct udphdr *udp4_of(const struct sk_buff *skb)
{
	return (const void *)(skb->data + IPV4_HLEN);
}

/* Lengths and checksum; a datagram that ends before its packet does is left to others. */
static __always_inline bool is_sound4(const struct sk_buff *skb, const struct iphdr *iph,
				      wsum pseudo)
{
	const struct udphdr *uh = udp4_of(skb);
	u32 len = be16_to_cpu(iph->tot_len) - (u32)IPV4_HLEN;
	wsum sum;

	if (unlikely(be16_to_cpu(uh->len) != len || len < UDP_HLEN))
		return false;
	if (!uh->check || skb->ip_summed != CHECKSUM_NONE)
		return true;
	sum = likely(!skb->data_len) ? csum_partial(uh, len, pseudo) :
				       skb_checksum(skb, IPV4_HLEN, len, pseudo);
	return !csum_fold(csum_add(sum, uh->len));
}

static __always_inline bool same_ends4(const struct ends *e, const struct iphdr *iph,
				       const struct udphdr *uh)
{
	u64 addrs;
	u32 ports;

	memcpy(&addrs, &iph->saddr, sizeof(addrs));
	memcpy(&ports, &uh->source, sizeof(ports));
	return e->addrs == addrs && e->ports == ports;
}

/* The socket of a datagram with other ends than those before; NULL: not for us to say. */
static __noinline struct sock *next_ends4(struct ends *e, const struct iphdr *iph,
					  const struct udphdr *uh, const struct net_device *dev)
{
	if (!ip_in_is_local(dev, iph->saddr, iph->daddr))
		return NULL;
	memcpy(&e->addrs, &iph->saddr, sizeof(e->addrs));
	memcpy(&e->ports, &uh->source, sizeof(e->ports));
	e->pseudo = csum_tcpudp_nofold(iph->saddr, iph->daddr, 0, LN_IPPROTO_UDP, 0);
	return unless_marked(udp4_lib_lookup(dev->net, iph->saddr, uh->source, iph->daddr,
					     be16_to_cpu(uh->dest), dev->ifindex));
}

static __always_inline void take4(struct sock_rcv_run *run, struct sk_buff *skb, int ifindex)
{
	const struct iphdr *iph = (const void *)skb->data;

	skb_trim(skb, be16_to_cpu(iph->tot_len));	/* padding of the link */
	if (unlikely(sock_rcv_run_full(run))) {
		no_room(run->sk, skb);
		return;
	}
	*inet_rx_cb(skb) = (struct inet_rx_cb){
		.saddr = iph->saddr, .daddr = iph->daddr, .sport = udp4_of(skb)->source,
		.ttl = iph->ttl, .tos = iph->tos, .iif = ifindex,
	};
	take(run, skb, IPV4_HLEN + UDP_HLEN);
}

u32 udp_list_rcv(struct sk_buff **skb, u32 n, const struct net_device *dev)
{
	struct sock_rcv_run run = { .sk = NULL };
	struct ip_in_count count = { 0, 0 };
	struct net *net = dev->net;
	struct ends ends;
	struct sock *sk;
	u32 i;

	for (i = 0; i < n; i++) {
		const struct iphdr *iph = (const void *)skb[i]->data;

		if (unlikely(!ip_in_is_plain(skb[i], UDP_HLEN) ||
			     iph->protocol != LN_IPPROTO_UDP || !is_charged(skb[i])))
			break;
		if (unlikely(!run.sk || !same_ends4(&ends, iph, udp4_of(skb[i])))) {
			sk = next_ends4(&ends, iph, udp4_of(skb[i]), dev);
			if (unlikely(!sk))
				break;
			run_of(&run, sk);
		}
		if (unlikely(!is_sound4(skb[i], iph, ends.pseudo)))
			break;
		ip_in_count(net, skb[i], &count);
		take4(&run, skb[i], dev->ifindex);
	}
	sock_rcv_run_end(&run);
	ip_in_count_end(net, &count);
	return i;
}

/* ---- IPv6 ---- */

static __always_inline const struct udphdr *udp6_of(const struct sk_buff *skb)
{
	return (const void *)(skb->data + IPV6_HLEN);
}

/* As is_sound4(); there is always a sum. */
static __always_inline bool is_sound6(const struct sk_buff *skb, const struct ipv6hdr *h)
{
	const struct udphdr *uh = udp6_of(skb);
	u32 len = be16_to_cpu(h->payload_len);
	wsum sum;

	if (unlikely(be16_to_cpu(uh->len) != len || len < UDP_HLEN || !uh->check))
		return false;
	if (skb->ip_summed != CHECKSUM_NONE)
		return true;
	sum = likely(!skb->data_len) ? csum_partial(uh, len, 0) :
				       skb_checksum(skb, IPV6_HLEN, len, 0);
	return !csum_ipv6_magic(&h->saddr, &h->daddr, len, LN_IPPROTO_UDP, sum);
}

/* Both addresses and both ports stand side by side; those of `before` are still there. */
static __always_inline bool same_ends6(const struct sk_buff *before, const struct sk_buff *skb)
{
	const u32 at = offsetof(struct ipv6hdr, saddr);

	return !memcmp(skb_network_header(before) + at, skb->data + at,
		       2 * sizeof(struct ip6_addr) + 2 * sizeof(be16));
}

static __noinline struct sock *next_ends6(const struct sk_buff *skb, const struct net_device *dev)
{
	const struct ipv6hdr *h = (const void *)skb->data;
	const struct udphdr *uh = udp6_of(skb);

	if (!ip6_in_is_local(dev, &h->saddr, &h->daddr))
		return NULL;
	return unless_marked(udp6_lib_lookup(dev->net, &h->saddr, uh->source, &h->daddr,
					     be16_to_cpu(uh->dest), dev->ifindex));
}

static __always_inline void take6(struct sock_rcv_run *run, struct sk_buff *skb, int ifindex)
{
	const struct ipv6hdr *h = (const void *)skb->data;

	skb_trim(skb, be16_to_cpu(h->payload_len) + (u32)IPV6_HLEN);
	if (unlikely(sock_rcv_run_full(run))) {
		no_room(run->sk, skb);
		return;
	}
	*inet6_rx_cb(skb) = (struct inet6_rx_cb){
		.saddr = h->saddr, .daddr = h->daddr, .sport = udp6_of(skb)->source,
		.hop_limit = h->hop_limit, .tclass = ipv6_get_dsfield(h), .iif = ifindex,
		.flowlabel = ip6_flowlabel(h),
	};
	take(run, skb, IPV6_HLEN + UDP_HLEN);
}

u32 udpv6_list_rcv(struct sk_buff **skb, u32 n, const struct net_device *dev)
{
	struct sock_rcv_run run = { .sk = NULL };
	struct ip6_in_count count = { 0, 0 };
	struct net *net = dev->net;
	struct sock *sk;
	u32 i;

	for (i = 0; i < n; i++) {
		const struct ipv6hdr *h = (const void *)skb[i]->data;

		if (unlikely(!ip6_in_is_plain(skb[i], LN_IPPROTO_UDP, UDP_HLEN) ||
			     !is_charged(skb[i])))
			break;
		if (unlikely(!run.last || !same_ends6(run.last, skb[i]))) {
			sk = next_ends6(skb[i], dev);
			if (unlikely(!sk))
				break;
			run_of(&run, sk);
		}
		if (unlikely(!is_sound6(skb[i], h)))
			break;
		ip6_in_count(net, skb[i], &count);
		take6(&run, skb[i], dev->ifindex);
	}
	sock_rcv_run_end(&run);
	ip6_in_count_end(net, &count);
	return i;
}

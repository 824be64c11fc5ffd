/* SPDX-License-Identifier: MIT */
/*
 * UDP over IPv6 (RFC 8200 8.1), as far as it differs: whose a datagram is, and its checksum,
 * without which none is taken.
 */
#include "base/trace.h"
#include "net/inet_iif.h"
#include "transport/mcast_sock.h"
#include "transport/udp.h"
#include "wire/icmp6.h"
#include "wire/udp.h"

/* Trims to the datagram's own length. */
static enum skb_drop_reason check(struct sk_buff *skb, struct udp_view *v)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);

	if (!pskb_may_pull(skb, UDP_HLEN) || udp6_parse(skb->data, skb->len, v))
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	skb_trim(skb, v->len);
	if (!v->has_check)
		return SKB_DROP_REASON_UDP_CSUM;
	if (skb->ip_summed != CHECKSUM_NONE)
		return SKB_CONSUMED;
	h = ipv6_hdr(skb);	/* pulling may have moved it */
	if (csum_ipv6_magic(&h->saddr, &h->daddr, v->len, LN_IPPROTO_UDP,
			    skb_checksum(skb, 0, v->len, 0)))
		return SKB_DROP_REASON_UDP_CSUM;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return SKB_CONSUMED;
}

struct sock *udp6_lib_lookup(struct net *net, const struct ip6_addr *saddr, be16 sport,
			     const struct ip6_addr *daddr, u16 dport, int dif)
{
	struct inet_hashinfo *h = &net->udp->hash;
	struct sock_common *c = inet6_lookup_established(h, saddr, sport, daddr, dport, dif);

	return c ? container_of(c, struct sock, c) :
		   inet6_lookup_listener(h, saddr, sport, daddr, dport, dif);
}

static bool mcast_match(const struct sock_common *c, const struct sk_buff *skb, be16 sport, int dif)
{
	const struct inet6_key *k = inet6_key(c);
	const struct ipv6hdr *h = ipv6_hdr(skb);

	if (!c->v6 || (c->dport &&
		       (c->dport != sport || !ipv6_addr_equal(&k->daddr, &h->saddr))))
		return false;
	return (ipv6_addr_any(&k->rcv_saddr) || ipv6_addr_equal(&k->rcv_saddr, &h->daddr)) &&
	       (!c->bound_dev_if || c->bound_dev_if == dif) &&
	       inet6_mc_check(container_of(c, const struct sock, c), &h->daddr, &h->saddr, dif);
}

static int no_port(struct sk_buff *skb)
{
	mib_inc(skb->net, Udp6NoPorts);
	icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0);
	kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
	return 0;
}

int udpv6_rcv(struct sk_buff *skb)
{
	struct net *net = skb->net;
	int dif = inet_iif(skb);
	enum skb_drop_reason reason;
	const struct ipv6hdr *h;
	struct udp_view v;
	struct sock *sk;

	reason = check(skb, &v);
	if (unlikely(reason))
		return udp_bad(skb, reason);
	h = ipv6_hdr(skb);
	if (unlikely(ipv6_addr_is_multicast(&h->daddr)))
		return udp_mcast_deliver(skb, &v, dif, mcast_match);
	sk = udp6_lib_lookup(net, &h->saddr, cpu_to_be16(v.sport), &h->daddr, v.dport, dif);
	trace_skb(net, udpv6_rcv, skb, ip6_word(&h->saddr, 0), ip6_word(&h->saddr, 1), v.sport,
		  v.dport, v.len - UDP_HLEN,
		  TRACE_STR(!sk ? "no socket" : sk->c.state == TCP_ESTABLISHED ?
				  "connected socket" : "socket bound to the port"));
	if (!sk)
		return no_port(skb);
	udp_queue_rcv_skb(sk, skb, cpu_to_be16(v.sport));
	return 0;
}

void udpv6_err(struct sk_buff *skb, u8 type, u8 code, u32 off, u32 info)
{
	const struct ipv6hdr *h = (const void *)skb->data;
	const struct udphdr *uh = (const void *)(skb->data + off);
	int dif = skb->dev ? skb->dev->ifindex : 0;
	struct sock *sk = udp6_lib_lookup(skb->net, &h->daddr, uh->dest, &h->saddr,
					  be16_to_cpu(uh->source), dif);

	if (!sk) {
		mib_inc(skb->net, Icmp6InErrors);
		return;
	}
	dgram6_err(sk, skb, type, code, off, info, uh->dest);
}

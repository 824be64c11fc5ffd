/* SPDX-License-Identifier: MIT */
#include "base/trace.h"
#include "device/gro.h"
#include "net/inet_iif.h"
#include "transport/mcast_sock.h"
#include "transport/udp.h"
#include "wire/icmp.h"
#include "wire/inet_addr.h"
#include "wire/udp.h"

static __noinline struct sock *lookup_slow(struct net *net, be32 saddr, be16 sport, be32 daddr,
					   u16 dport, int dif)
{
	struct inet_hashinfo *h = &net->udp->hash;
	struct sock_common *c = inet_lookup_established(h, saddr, sport, daddr, dport, dif);
	struct sock *sk = c ? container_of(c, struct sock, c) :
			      inet_lookup_listener(h, saddr, sport, daddr, dport, dif);

	net->udp->last = (struct udp_last){ saddr, daddr, sport, dport, dif,
					    net->sock->lookup_epoch, sk };
	return sk;
}

static __always_inline struct sock *lookup(struct net *net, be32 saddr, be16 sport, be32 daddr,
					   u16 dport, int dif)
{
	const struct udp_last *last = &net->udp->last;

	if (likely(last->sk && last->saddr == saddr && last->daddr == daddr &&
		   last->sport == sport && last->dport == dport && last->dif == dif &&
		   last->epoch == net->sock->lookup_epoch))
		return last->sk;
	return lookup_slow(net, saddr, sport, daddr, dport, dif);
}

struct sock *udp4_lib_lookup(struct net *net, be32 saddr, be16 sport, be32 daddr, u16 dport,
			     int dif)
{
	return lookup(net, saddr, sport, daddr, dport, dif);
}

/* 0 = no checksum was sent (RFC 1122 4.1.3.4). Trims to the datagram's own length. */
static enum skb_drop_reason udp_check(struct sk_buff *skb, struct udp_view *v)
{
	const struct iphdr *iph;

	if (!pskb_may_pull(skb, UDP_HLEN) || udp_parse(skb->data, skb->len, v))
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	skb_trim(skb, v->len);
	if (!v->has_check || skb->ip_summed != CHECKSUM_NONE)
		return SKB_CONSUMED;
	iph = ip_hdr(skb);
	if (csum_tcpudp_magic(iph->saddr, iph->daddr, v->len, LN_IPPROTO_UDP,
			      skb->data_len ? skb_checksum(skb, 0, v->len, 0) :
					      csum_partial(skb->data, v->len, 0)))
		return SKB_DROP_REASON_UDP_CSUM;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return SKB_CONSUMED;
}

static void udp_queue_rcv_one_skb(struct sock *sk, struct sk_buff *skb, be16 sport)
{
	struct net *net = sock_net(sk);
	bool v6 = skb_is_ipv6(skb);
	int err;

	if (likely(!v6))
		inet_rx_cb_fill(skb, sport);
	else
		inet6_rx_cb_fill(skb, sport);
	skb_pull(skb, UDP_HLEN);
	err = sock_queue_rcv_skb(sk, skb);
	if (likely(!err))
		return;
	udp_mib(net, v6, InErrors);
	if (err == -ENOMEM)
		udp_mib(net, v6, RcvbufErrors);
	else
		udp_mib(net, v6, MemErrors);
}

/* Joined on its way or sent as one on this machine, and sk wants them one by one. */
static __noinline void udp_queue_segments(struct sock *sk, struct sk_buff *skb, be16 sport)
{
	u32 hlen = (u32)(skb->data - skb_network_header(skb)), n = skb_packets(skb);
	struct net *net = sock_net(sk);
	struct sk_buff_head segs;
	struct sk_buff *seg;
	int err;

	skb_queue_head_init(&segs);
	skb_push(skb, hlen);
	err = skb_gso_segment(skb, NETIF_F_HW_CSUM, &segs);
	if (err) {
		sk->drops += n;
		net->mib[skb_is_ipv6(skb) ? MIB_Udp6InErrors : MIB_UdpInErrors] += n;
		kfree_skb_reason(skb, err == -ENOMEM ? SKB_DROP_REASON_NOMEM :
						       SKB_DROP_REASON_PKT_TOO_BIG);
		return;
	}
	consume_skb(skb);
	while ((seg = skb_dequeue(&segs))) {
		skb_pull(seg, hlen);
		udp_queue_rcv_one_skb(sk, seg, sport);
	}
}

void udp_queue_rcv_skb(struct sock *sk, struct sk_buff *skb, be16 sport)
{
	if (unlikely(skb->gso_size) && !sock_flag(sk, SOCK_UDP_GRO))
		udp_queue_segments(sk, skb, sport);
	else
		udp_queue_rcv_one_skb(sk, skb, sport);
}

static void udp_queue_clone(struct sock *sk, const struct sk_buff *skb, be16 sport)
{
	struct sk_buff *copy = skb_clone(skb);

	if (copy) {
		udp_queue_rcv_skb(sk, copy, sport);
		return;
	}
	sk->drops++;
	udp_mib(sock_net(sk), skb_is_ipv6(skb), InErrors);
	udp_mib(sock_net(sk), skb_is_ipv6(skb), RcvbufErrors);
}

static bool wants(const struct sock_common *c, const struct iphdr *iph, int dif)
{
	return !ipv4_is_multicast(iph->daddr) ||
	       ip_mc_sf_allow(container_of(c, const struct sock, c), iph->daddr, iph->saddr, dif);
}

static bool mcast_match(const struct sock_common *c, const struct sk_buff *skb, be16 sport, int dif)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (unlikely(c->v6))	/* bound to ::, and not connected */
		return !c->v6only && !c->dport && ipv6_addr_any(&inet6_key(c)->rcv_saddr) &&
		       (!c->bound_dev_if || c->bound_dev_if == dif) &&
		       wants(c, iph, dif);
	return (!c->daddr || c->daddr == iph->saddr) && (!c->dport || c->dport == sport) &&
	       (!c->rcv_saddr || c->rcv_saddr == iph->daddr) &&
	       (!c->bound_dev_if || c->bound_dev_if == dif) && wants(c, iph, dif);
}

int udp_mcast_deliver(struct sk_buff *skb, const struct udp_view *v, int dif,
		      udp_mcast_match_fn *match)
{
	struct net *net = skb->net;
	struct inet_bind_bucket *tb = inet_bind_bucket_lookup(&net->udp->hash, v->dport);
	be16 sport = cpu_to_be16(v->sport);
	struct inet_bound *b, *last = NULL;

	if (tb) {
		hlist_for_each_entry(b, &tb->owners, bind_node) {
			if (!match(&b->c, skb, sport, dif))
				continue;
			if (last)
				udp_queue_clone((struct sock *)(void *)last, skb, sport);
			last = b;
		}
	}
	if (last) {
		udp_queue_rcv_skb((struct sock *)(void *)last, skb, sport);
	} else {
		udp_mib(net, skb_is_ipv6(skb), IgnoredMulti);
		kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
	}
	return 0;
}

int udp_bad(struct sk_buff *skb, enum skb_drop_reason reason)
{
	bool v6 = skb_is_ipv6(skb);

	udp_mib(skb->net, v6, InErrors);
	if (reason == SKB_DROP_REASON_UDP_CSUM)
		udp_mib(skb->net, v6, InCsumErrors);
	kfree_skb_reason(skb, reason);
	return 0;
}

/* Row T9. */
static int udp_no_port(struct sk_buff *skb)
{
	mib_inc(skb->net, UdpNoPorts);
	nf_reset_ct(skb);		/* as Linux: the answer is tracked by what it quotes */
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
	return 0;
}

int udp_rcv(struct sk_buff *skb)
{
	struct net *net = skb->net;
	int dif = inet_iif(skb);
	enum skb_drop_reason reason;
	const struct iphdr *iph;
	struct udp_view v;
	struct sock *sk;
	u8 type;

	reason = udp_check(skb, &v);
	if (unlikely(reason))
		return udp_bad(skb, reason);
	iph = ip_hdr(skb);
	type = skb->dst ? dst_rtable(skb->dst)->type : RTN_LOCAL;
	if (unlikely(type == RTN_BROADCAST || type == RTN_MULTICAST)) {
		trace_skb(net, udp_rcv, skb, iph->saddr, v.sport, iph->daddr, v.dport,
			  v.len - UDP_HLEN, TRACE_STR("to all sockets of the port"));
		return udp_mcast_deliver(skb, &v, dif, mcast_match);
	}
	sk = lookup(net, iph->saddr, cpu_to_be16(v.sport), iph->daddr, v.dport, dif);
	trace_skb(net, udp_rcv, skb, iph->saddr, v.sport, iph->daddr, v.dport, v.len - UDP_HLEN,
		  TRACE_STR(!sk ? "no socket" : sk->c.state == TCP_ESTABLISHED ?
				  "connected socket" : "socket bound to the port"));
	if (!sk)
		return udp_no_port(skb);
	udp_queue_rcv_skb(sk, skb, cpu_to_be16(v.sport));
	return 0;
}

/* The quoted packet is ours: its source is this socket's side. */
void udp_err(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	const struct iphdr *iph = (const void *)skb->data;
	const struct udphdr *uh = (const void *)(skb->data + iph_hlen(iph));
	int dif = skb->dev ? skb->dev->ifindex : 0;
	struct sock *sk = udp4_lib_lookup(skb->net, iph->daddr, uh->dest, iph->saddr,
					  be16_to_cpu(uh->source), dif);

	if (!sk) {
		mib_inc(skb->net, IcmpInErrors);
		return;
	}
	dgram_err(sk, skb, type, code, info, uh->dest);
}

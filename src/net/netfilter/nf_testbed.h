/* SPDX-License-Identifier: MIT */
/*
 * For tests of net/netfilter: a client, a router and a server (ip_testbed.h), and packets of UDP
 * and TCP as a peer would make them.
 *
 *	client 10.0.1.2 - 10.0.1.1 router 192.0.2.1 - 192.0.2.2 server
 */
#ifndef LINNET_NET_NETFILTER_NF_TESTBED_H
#define LINNET_NET_NETFILTER_NF_TESTBED_H

#include "net/ipv4/ip_testbed.h"
#include "net/netfilter/nf_three.h"
#include "net/netfilter/nft_table.h"
#include "wire/tcp_opt.h"
#include "wire/udp.h"

static inline void nf_three(void)
{
	struct net **all[] = { &client, &router, &server };

	nf_plug_three();
	tb_addr(client, "eth0", "10.0.1.2/24");
	tb_addr(client, "eth0", "10.0.1.3/24");
	tb_addr(router, "lan", "10.0.1.1/24");
	tb_addr(router, "wan", "192.0.2.1/24");
	tb_addr(server, "eth0", "192.0.2.2/24");
	tb_route(client, "default", "10.0.1.1");
	inet_forward_change(router, true);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		assert_int_equal(nf_conntrack_net_init(*all[i]) || nft_net_init(*all[i]), 0);
	/* What is received stays, headers and all. */
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		inet_add_protocol(*all[i], &tb_protocol, IP_PROTO_UDP);
		inet_add_protocol(*all[i], &tb_protocol, IP_PROTO_TCP);
	}
}

static inline void nf_three_exit(void)
{
	struct net *all[] = { client, router, server };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		tb_clear(all[i]);
		nft_net_exit(all[i]);
		nf_conntrack_net_exit(all[i]);
	}
	tb_exit(&tb);
}

static inline void nf_send_udp(struct net *net, const char *from, u16 sport, const char *to,
			       u16 dport, u32 len)
{
	struct ip_xmit x = { .saddr = from ? tb_ip(from) : 0, .daddr = tb_ip(to),
			     .protocol = IP_PROTO_UDP };
	struct udp_view v = { sport, dport, (u16)(UDP_HLEN + len), true };
	struct sk_buff *skb = tb_packet(net, len);
	struct udphdr *uh = (void *)skb_push(skb, UDP_HLEN);

	udp_build(uh, &v);
	uh->check = udp_v4_check(skb->len, x.saddr, x.daddr, skb_checksum(skb, 0, skb->len, 0));
	assert_int_equal(tb_send_skb(net, skb, &x), 0);
	tb_run(&tb, NSEC_PER_MSEC);
}

struct nf_seg {			/* "S 0 0": what the test says of a segment */
	u8 flags;
	u32 seq, ack;
	u32 len;
};

static inline void nf_send_tcp(struct net *net, const char *from, u16 sport, const char *to,
			       u16 dport, struct nf_seg s)
{
	struct ip_xmit x = { .saddr = tb_ip(from), .daddr = tb_ip(to), .protocol = IP_PROTO_TCP };
	struct tcp_view v = { .sport = sport, .dport = dport, .seq = s.seq, .ack_seq = s.ack,
			      .window = 1000, .flags = s.flags, .hlen = TCP_HLEN };
	struct sk_buff *skb = tb_packet(net, s.len);
	struct tcphdr *th = (void *)skb_push(skb, TCP_HLEN);

	tcp_build(th, &v);
	th->check = tcp_v4_check(skb->len, x.saddr, x.daddr, skb_checksum(skb, 0, skb->len, 0));
	assert_int_equal(tb_send_skb(net, skb, &x), 0);
	tb_run(&tb, NSEC_PER_MSEC);
}

struct nf_got {			/* of the oldest packet that arrived */
	bool any, sum_ok;
	be32 saddr, daddr;
	u16 sport, dport;
	u32 len;
};

static inline struct nf_got nf_take(struct net *net)
{
	struct sk_buff *skb = tb_take(net);
	struct nf_got got = { .any = skb };
	u8 bytes[2048];

	if (!skb)
		return got;
	got.saddr = ip_hdr(skb)->saddr;
	got.daddr = ip_hdr(skb)->daddr;
	got.len = skb->len;
	assert_int_equal(skb_copy_bits(skb, 0, bytes, skb->len), 0);
	got.sport = get_be16(bytes);
	got.dport = get_be16(bytes + 2);
	got.sum_ok = ip_hdr(skb)->protocol == IP_PROTO_TCP ?
		     tcp_v4_csum_ok(bytes, skb->len, got.saddr, got.daddr) :
		     udp_v4_csum_ok(bytes, skb->len, got.saddr, got.daddr);
	consume_skb(skb);
	return got;
}

/* The connection of this original direction on the router, or NULL. */
static inline struct nf_conn *nf_conn_of(u8 protonum, const char *from, u16 sport, const char *to,
					 u16 dport)
{
	struct nf_conntrack_tuple t = {
		.src.ip = tb_ip(from), .dst.ip = tb_ip(to), .sport = cpu_to_be16(sport),
		.dport = cpu_to_be16(dport), .l3num = NFPROTO_IPV4, .protonum = protonum,
	};
	struct nf_conntrack_tuple_hash *h = nf_conntrack_find(router, &t);

	return h ? nf_ct_tuplehash_to_ctrack(h) : NULL;
}

#endif

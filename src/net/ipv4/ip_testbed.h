/* SPDX-License-Identifier: MIT */
/*
 * For tests of net/ipv4: machines with IPv4 and nothing above, joined by veth pairs, run together
 * in virtual time. A protocol of its own (TB_PROTO) keeps what is delivered.
 */
#ifndef LINNET_NET_IPV4_IP_TESTBED_H
#define LINNET_NET_IPV4_IP_TESTBED_H

#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"
#include "net/testbed.h"
#include "wire/icmp.h"

static inline void tb_err(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	struct tb_error *e = &tb_host_of(skb->net)->err;
	const struct iphdr *quoted = (const void *)skb->data;

	e->count++;
	e->type = type;
	e->code = code;
	e->info = info;
	e->from = ip_hdr(skb)->saddr;
	e->quoted_dst = quoted->daddr;
	if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED)
		ip_rt_update_pmtu(skb->net, quoted->daddr, info);
}

static const struct net_protocol tb_protocol = { .handler = tb_rcv, .err_handler = tb_err };

static inline struct net *tb_add(struct testbed *tb, void (*change)(struct ln_net_params *params))
{
	struct net *net = tb_begin(tb, change, ipv4_net_init);

	inet_add_protocol(net, &tb_protocol, TB_PROTO);
	net->ipv4->ping_rcv = tb_ping_rcv;
	return net;
}

static inline be32 tb_ip(const char *s)
{
	be32 a;

	assert_true(inet_addr_parse(s, &a));
	return a;
}

static inline void tb_addr(struct net *net, const char *dev, const char *prefix)
{
	be32 a;
	u8 plen;

	assert_true(inet_prefix_parse(prefix, &a, &plen));
	assert_int_equal(inet_addr_add(tb_dev(net, dev), a, plen, 0, 0), 0);
}

static inline int tb_try_route(struct net *net, const char *prefix, const char *gw, const char *dev)
{
	struct fib_config cfg = { .gateway = gw ? tb_ip(gw) : 0,
				  .dev = dev ? tb_dev(net, dev) : NULL };

	assert_true(inet_prefix_parse(prefix, &cfg.dst, &cfg.prefixlen));
	return fib_route_add(net, &cfg);
}

static inline void tb_route(struct net *net, const char *prefix, const char *gw)
{
	assert_int_equal(tb_try_route(net, prefix, gw, NULL), 0);
}

static inline int tb_send_skb(struct net *net, struct sk_buff *skb, struct ip_xmit *x)
{
	struct flowi4 fl = { .daddr = x->daddr, .saddr = x->saddr, .proto = x->protocol };
	struct rtable *rt;
	int err;

	if (!skb)
		return -ENOMEM;
	err = ip_route_output(net, &fl, &rt);
	if (err) {
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		return err;
	}
	x->saddr = fl.saddr;
	skb_dst_set(skb, &rt->dst);
	return ip_queue_xmit(net, skb, x);
}

/* df as IP_PMTUDISC_DO. */
static inline int tb_send(struct net *net, const char *daddr, u32 len, bool df)
{
	struct ip_xmit x = { .daddr = tb_ip(daddr), .protocol = TB_PROTO, .ttl = 64, .df = df };

	return tb_send_skb(net, tb_packet(net, len), &x);
}

static inline int tb_ping(struct net *net, const char *daddr, u32 len, u8 ttl)
{
	struct ip_xmit x = { .daddr = tb_ip(daddr), .protocol = IP_PROTO_ICMP, .ttl = ttl };
	struct icmp_view v = { .type = ICMP_ECHO, .id = 1, .sequence = 2 };
	struct sk_buff *skb = tb_packet(net, len);
	struct icmphdr *ih;

	if (!skb)
		return -ENOMEM;
	ih = (void *)skb_push(skb, ICMP_HLEN);
	icmp_build_hdr(ih, &v);
	ih->checksum = csum_fold(skb_checksum(skb, 0, skb->len, 0));
	return tb_send_skb(net, skb, &x);
}

/* Takes all down: no frame is unaccounted for, no byte is left, on any machine. */
static inline void tb_exit(struct testbed *tb)
{
	tb_end(tb, ipv4_net_exit);
}

#endif

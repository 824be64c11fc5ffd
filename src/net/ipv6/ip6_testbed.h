/* SPDX-License-Identifier: MIT */
/* For tests of net/ipv6: machines with IPv6 and nothing above (net/testbed.h). */
#ifndef LINNET_NET_IPV6_IP6_TESTBED_H
#define LINNET_NET_IPV6_IP6_TESTBED_H

#include "net/ipv6/ip6_fib.h"
#include "net/testbed.h"
#include "wire/ndp.h"

static inline void tb_err6(struct sk_buff *skb, u8 type, u8 code, u32 off, u32 info)
{
	struct tb_error *e = &tb_host_of(skb->net)->err;

	(void)off;
	if (type == ICMPV6_PKT_TOOBIG)	/* as a transport that has sent it */
		ip6_update_pmtu(skb->net, &((const struct ipv6hdr *)(const void *)skb->data)->daddr,
				info);
	e->count++;
	e->type = type;
	e->code = code;
	e->info = info;
	e->from6 = ipv6_hdr(skb)->saddr;
	memcpy(&e->quoted_dst6, &((const struct ipv6hdr *)(const void *)skb->data)->daddr,
	       sizeof(e->quoted_dst6));
}

static const struct inet6_protocol tb_protocol6 = { .handler = tb_rcv, .err_handler = tb_err6 };

static inline struct net *tb_add(struct testbed *tb, void (*change)(struct ln_net_params *params))
{
	struct net *net = tb_begin(tb, change, ipv6_net_init);

	inet6_add_protocol(net, &tb_protocol6, TB_PROTO);
	net->ipv6->ping_rcv = tb_ping_rcv;
	/* Machines with MAC addresses of their own. */
	for (u32 i = 1; i < tb->n; i++)
		(void)prng_u64(&net->prng);
	addrconf_disable_ipv6_all(net, false);
	return net;
}

static inline struct ip6_addr tb_ip6(const char *s)
{
	struct ip6_addr a;

	assert_true(ip6_addr_parse(s, &a));
	return a;
}

static inline int tb_try_addr(struct net *net, const char *dev, const char *prefix, u16 flags)
{
	struct ip6_addr a;
	u8 plen;

	assert_true(ip6_prefix_parse(prefix, &a, &plen));
	return inet6_addr_add(tb_dev(net, dev), &a, plen, flags);
}

/* Ours at once. */
static inline void tb_addr(struct net *net, const char *dev, const char *prefix)
{
	assert_int_equal(tb_try_addr(net, dev, prefix, IFA_F_NODAD), 0);
}

static inline int tb_try_route(struct net *net, const char *prefix, const char *gw, const char *dev)
{
	struct fib6_config cfg = { .dev = dev ? tb_dev(net, dev) : NULL, .has_gateway = gw };

	if (gw)
		cfg.gateway = tb_ip6(gw);
	assert_true(ip6_prefix_parse(prefix, &cfg.dst, &cfg.plen));
	return ip6_route_add(net, &cfg);
}

static inline void tb_route(struct net *net, const char *prefix, const char *gw)
{
	assert_int_equal(tb_try_route(net, prefix, gw, NULL), 0);
}

static inline int tb_send_skb(struct net *net, struct sk_buff *skb, struct ip6_xmit *x, int oif)
{
	struct flowi6 fl = { .daddr = x->daddr, .saddr = x->saddr, .proto = x->protocol,
			     .oif = oif };
	struct rt6_info *rt;
	int err;

	if (!skb)
		return -ENOMEM;
	err = ip6_route_output(net, &fl, &rt);
	if (err) {
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		return err;
	}
	x->saddr = fl.saddr;
	skb_dst_set(skb, &rt->dst);
	return ip6_xmit(net, skb, x);
}

static inline int tb_send_by(struct net *net, const char *dev, const char *daddr, u32 len)
{
	struct ip6_xmit x = { .daddr = tb_ip6(daddr), .protocol = TB_PROTO, .hop_limit = 64 };

	return tb_send_skb(net, tb_packet(net, len), &x, dev ? tb_dev(net, dev)->ifindex : 0);
}

static inline int tb_send(struct net *net, const char *daddr, u32 len)
{
	return tb_send_by(net, NULL, daddr, len);
}

static inline int tb_ping(struct net *net, const char *daddr, u32 len, u8 hops, int oif)
{
	struct ip6_xmit x = { .daddr = tb_ip6(daddr), .protocol = IP_PROTO_ICMPV6,
			      .hop_limit = hops ? hops : 64 };
	struct icmp6_view v = { .type = ICMPV6_ECHO_REQUEST, .id = 1, .sequence = 2 };
	struct flowi6 fl = { .daddr = x.daddr, .oif = oif };
	struct sk_buff *skb = tb_packet(net, len);
	struct icmp6hdr *ih;
	struct rt6_info *rt;
	int err;

	if (!skb)
		return -ENOMEM;
	err = ip6_route_output(net, &fl, &rt);
	if (err) {
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		return err;
	}
	x.saddr = fl.saddr;
	ih = (void *)skb_push(skb, ICMPV6_HLEN);
	icmp6_build_hdr(ih, &v);
	ih->icmp6_cksum = csum_ipv6_magic(&x.saddr, &x.daddr, skb->len, IP_PROTO_ICMPV6,
					  skb_checksum(skb, 0, skb->len, 0));
	skb_dst_set(skb, &rt->dst);
	return ip6_xmit(net, skb, &x);
}

static inline u32 tb_echoes(struct net *net)
{
	return tb_host_of(net)->echoes.qlen;
}

/* A frame with these bytes behind the MAC header comes in by dev, for its MAC or a group's. */
static inline void tb_inject(struct net_device *dev, const u8 *packet, u32 len)
{
	u8 frame[2048] = { 0 };
	bool group = packet[24] == 0xff;
	struct sk_buff *skb;

	if (group)
		ipv6_eth_mc_map((const void *)(packet + 24), frame);
	else
		ether_addr_copy(frame, dev->dev_addr);
	memcpy(frame + 6, "\x02\0\0\0\0\x77", 6);
	put_be16(frame + 12, ETH_P_IPV6);
	memcpy(frame + 14, packet, len);
	skb = bare_rx_skb(dev, frame, 14 + len);
	skb->protocol = eth_type_trans(skb, dev);
	netif_receive_skb(skb);
}

static inline void tb_exit(struct testbed *tb)
{
	tb_end(tb, ipv6_net_exit);
}

#endif

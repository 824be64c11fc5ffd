/* SPDX-License-Identifier: MIT */
/*
 * For tests of net/ipv4: machines with IPv4 and nothing above, joined by veth pairs, run together
 * in virtual time. A protocol of its own (TB_PROTO) keeps what is delivered.
 */
#ifndef LINNET_NET_IPV4_IP_TESTBED_H
#define LINNET_NET_IPV4_IP_TESTBED_H

#include "device/bare_net.h"
#include "link/ethernet.h"
#include "link/loopback.h"
#include "link/veth.h"
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"
#include "wire/icmp.h"

#ifndef assert_int_equal
#error "include <cmocka.h> (after <setjmp.h>, <stdarg.h>) before this header"
#endif

#define TB_PROTO 253	/* RFC 3692: for experiments */
#define TB_MAX 4

struct tb_error {	/* the last ICMP error that reached the test's protocol */
	u32 count;
	u8 type, code;
	u32 info;
	be32 from, quoted_dst;
};

struct tb_host {
	struct net net;
	struct sk_buff_head got;
	struct sk_buff_head echoes;
	struct tb_error err;
};

struct testbed {
	struct tb_host host[TB_MAX];
	u32 n;
};

static inline struct tb_host *tb_host_of(struct net *net)
{
	return container_of(net, struct tb_host, net);
}

static inline int tb_rcv(struct sk_buff *skb)
{
	skb_dst_drop(skb);
	skb_queue_tail(&tb_host_of(skb->net)->got, skb);
	return 0;
}

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

static inline void tb_ping_rcv(struct sk_buff *skb)
{
	skb_dst_drop(skb);
	skb_queue_tail(&tb_host_of(skb->net)->echoes, skb);
}

static inline struct net *tb_add(struct testbed *tb, void (*change)(struct ln_net_params *params))
{
	struct tb_host *h = &tb->host[tb->n++];

	memset(h, 0, sizeof(*h));
	skb_queue_head_init(&h->got);
	skb_queue_head_init(&h->echoes);
	bare_net_init(&h->net, change);
	assert_int_equal(ipv4_net_init(&h->net), 0);
	assert_int_equal(loopback_net_init(&h->net), 0);
	dev_open(h->net.dev->loopback);
	inet_add_protocol(&h->net, &tb_protocol, TB_PROTO);
	h->net.ipv4->ping_rcv = tb_ping_rcv;
	return &h->net;
}

static inline void tb_link(struct net *a, const char *name_a, struct net *b, const char *name_b)
{
	struct net_device *da, *db;

	assert_int_equal(veth_newlink(a, name_a, b, name_b, &da, &db), 0);
	assert_int_equal(dev_open(da), 0);
	assert_int_equal(dev_open(db), 0);
}

static inline struct net_device *tb_dev(struct net *net, const char *name)
{
	struct net_device *dev = dev_get_by_name(net, name);

	assert_non_null(dev);
	return dev;
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

/* All machines' events in order of time, up to and including end. */
static inline void tb_run_until(struct testbed *tb, ktime_t end)
{
	for (;;) {
		ktime_t next = KTIME_MAX;

		for (u32 i = 0; i < tb->n; i++)
			next = min(next, max(bare_net_next(&tb->host[i].net), tb->host[i].net.now));
		if (next > end)
			break;
		for (u32 i = 0; i < tb->n; i++)
			bare_net_run(&tb->host[i].net, next);
	}
	for (u32 i = 0; i < tb->n; i++)
		bare_net_run(&tb->host[i].net, end);
}

static inline void tb_run(struct testbed *tb, ktime_t span)
{
	tb_run_until(tb, tb->host[0].net.now + span);
}

/* A packet of len bytes of payload (0, 1, 2 ...) in a buffer, as a transport would send it. */
static inline struct sk_buff *tb_packet(struct net *net, u32 len)
{
	struct sk_buff *skb = alloc_skb(net, SKB_ROOM);
	struct buf *b;

	if (!skb)
		return NULL;
	skb_reserve(skb, MAX_HEADER);
	while (skb->len < len) {
		u32 n = min(len - skb->len, 16384u), at = skb->len;

		b = buf_alloc(net->bufs, n);
		if (!b || !skb_add_frag(skb, b, 0, n, buf_truesize(b))) {
			if (b)
				buf_put(b);
			kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
			return NULL;
		}
		for (u32 i = 0; i < n; i++)
			b->data[i] = (u8)((at + i) * 7);
	}
	return skb;
}

static inline bool tb_payload_ok(const struct sk_buff *skb, u32 len)
{
	if (skb->len != len)
		return false;
	for (u32 i = 0; i < len; i++) {
		u8 byte;

		if (skb_copy_bits(skb, i, &byte, 1) || byte != (u8)(i * 7))
			return false;
	}
	return true;
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
	struct ip_xmit x = { .daddr = tb_ip(daddr), .protocol = TB_PROTO, .df = df };

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

/* The oldest delivered packet, or NULL. The caller frees it with SKB_CONSUMED. */
static inline struct sk_buff *tb_take(struct net *net)
{
	return skb_dequeue(&tb_host_of(net)->got);
}

static inline u32 tb_count(struct net *net)
{
	return tb_host_of(net)->got.qlen;
}

static inline void tb_clear(struct net *net)
{
	skb_queue_purge_reason(&tb_host_of(net)->got, SKB_CONSUMED);
	skb_queue_purge_reason(&tb_host_of(net)->echoes, SKB_CONSUMED);
}

/* Takes all down: no frame is unaccounted for, no byte is left, on any machine. */
static inline void tb_exit(struct testbed *tb)
{
	for (u32 i = 0; i < tb->n; i++) {
		tb_clear(&tb->host[i].net);
		tb->host[i].net.exiting = true;
	}
	for (u32 i = 0; i < tb->n; i++)
		unregister_netdevices(&tb->host[i].net);
	for (u32 i = 0; i < tb->n; i++) {
		ipv4_net_exit(&tb->host[i].net);
		bare_net_exit(&tb->host[i].net);
	}
	tb->n = 0;
}

#endif

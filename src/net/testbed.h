/* SPDX-License-Identifier: MIT */
/*
 * For tests of net/: machines with IP of either family and nothing above, joined by veth pairs, run
 * together in virtual time. A protocol of its own (TB_PROTO) keeps what is delivered.
 */
#ifndef LINNET_NET_TESTBED_H
#define LINNET_NET_TESTBED_H

#include "device/bare_net.h"
#include "link/ethernet.h"
#include "link/loopback.h"
#include "link/veth.h"
#include "wire/ip6_addr.h"

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
	struct ip6_addr from6, quoted_dst6;
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

static inline void tb_ping_rcv(struct sk_buff *skb)
{
	skb_dst_drop(skb);
	skb_queue_tail(&tb_host_of(skb->net)->echoes, skb);
}

static inline struct net *tb_begin(struct testbed *tb, void (*change)(struct ln_net_params *params),
				   int (*family_init)(struct net *net))
{
	struct tb_host *h = &tb->host[tb->n++];

	memset(h, 0, sizeof(*h));
	skb_queue_head_init(&h->got);
	skb_queue_head_init(&h->echoes);
	bare_net_init(&h->net, change);
	assert_int_equal(family_init(&h->net), 0);
	assert_int_equal(loopback_net_init(&h->net), 0);
	dev_open(h->net.dev->loopback);
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
static inline void tb_end(struct testbed *tb, void (*family_exit)(struct net *net))
{
	for (u32 i = 0; i < tb->n; i++) {
		tb_clear(&tb->host[i].net);
		tb->host[i].net.exiting = true;
	}
	for (u32 i = 0; i < tb->n; i++)
		unregister_netdevices(&tb->host[i].net);
	for (u32 i = 0; i < tb->n; i++) {
		family_exit(&tb->host[i].net);
		bare_net_exit(&tb->host[i].net);
	}
	tb->n = 0;
}

#endif

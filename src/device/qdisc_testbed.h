/* SPDX-License-Identifier: MIT */
/* For tests of queueing disciplines: an instance with a device, and packets of flows. Behind
 * cmocka.h. */
#ifndef LINNET_DEVICE_QDISC_TESTBED_H
#define LINNET_DEVICE_QDISC_TESTBED_H

#include "device/bare_net.h"
#include "device/qdisc.h"
#include "wire/eth.h"
#include "wire/inet_addr.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define MS NSEC_PER_MSEC

static struct net net;
static struct net_device *dev;
static bool v6;			/* packets are of IPv6 */

static inline void qdisc_bed_init(void)
{
	v6 = false;
	bare_net_init(&net, NULL);
	dev = bare_dev_create(&net, "eth0", NULL);
	dev_open(dev);
}

static inline int qdisc_bed_exit(void **state)
{
	(void)state;
	bare_net_exit(&net);
	return 0;
}

static inline u32 ip_hlen(void)
{
	return v6 ? IPV6_HLEN : IPV4_HLEN;
}

/* A UDP packet of a flow, len bytes with its Ethernet header. */
static inline struct sk_buff *udp_packet(u8 ecn, u16 flow, u32 len)
{
	struct sk_buff *skb = alloc_skb(&net, len);
	struct ethhdr *eth = (void *)skb_put(skb, len);
	const struct ipv6_view ip6 = {
		.tclass = ecn, .payload_len = (u16)(len - ETH_HLEN - IPV6_HLEN),
		.nexthdr = IP_PROTO_UDP, .hop_limit = 64,
		.saddr.s6_addr = { 0xfd, [15] = 1 }, .daddr.s6_addr = { 0xfd, [15] = 2 },
	};
	u8 *ports = (u8 *)(eth + 1) + ip_hlen();

	memset(eth, 0, len);
	eth->h_proto = cpu_to_be16(v6 ? ETH_P_IPV6 : ETH_P_IP);
	if (v6)
		ipv6_build(eth + 1, &ip6);
	else
		iph_write((void *)(eth + 1), ecn, (u16)(len - ETH_HLEN), 0, 0, 64, IP_PROTO_UDP,
			  INET_ADDR4(10, 0, 0, 1), INET_ADDR4(10, 0, 0, 2));
	put_be16(ports, flow);
	put_be16(ports + 2, 9);
	skb->dev = dev;
	skb->protocol = eth->h_proto;
	skb->network_header = (u16)(skb_headroom(skb) + ETH_HLEN);
	return skb;
}

static inline u16 flow_of(struct sk_buff *skb)
{
	return get_be16(skb_network_header(skb) + ip_hlen());
}

#endif

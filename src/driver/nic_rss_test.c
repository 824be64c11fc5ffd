/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prng.h"
#include "driver/nic.h"
#include "driver/nic_rss.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"
#include "wire/ipv6.h"
#include "wire/vlan.h"

#define PEER CONST_BE32(0x0a000001)
#define OURS CONST_BE32(0x0a000002)

static void rss_of(struct nic_rss *r, u32 rings)
{
	*r = (struct nic_rss){ .rings = rings };
	toeplitz_init(&r->toeplitz, toeplitz_key_symmetric);
	nic_rss_default(r);
}

struct packet {
	be32 src, dst;
	u16 sport, dport;
	u8 proto;
	u16 frag_off;		/* in units of 8 bytes */
	bool mf, group;
	int tags;
};

/* An IPv4 packet with the ports where TCP and UDP have them; its length. */
static size_t ipv4_packet(u8 *p, const struct packet *k)
{
	const struct ipv4_view ip = {
		.hlen = 20, .ttl = 64, .tot_len = 40, .protocol = k->proto, .saddr = k->src,
		.daddr = k->dst, .mf = k->mf, .frag_off = k->frag_off,
	};
	size_t off = ipv4_build(p, &ip);

	memset(p + off, 0, 20);
	p[off] = (u8)(k->sport >> 8);
	p[off + 1] = (u8)k->sport;
	p[off + 2] = (u8)(k->dport >> 8);
	p[off + 3] = (u8)k->dport;
	return 40;
}

static size_t frame_of(u8 *f, const struct packet *k)
{
	struct eth_view eth = { .proto = k->tags ? ETH_P_8021Q : ETH_P_IP };
	const struct vlan_view tag = { .vid = 5, .proto = ETH_P_IP };
	size_t off;

	eth.dest[0] = k->group ? 0xff : 0x02;
	off = eth_build(f, &eth);
	if (k->tags)
		off += vlan_build(f + off, &tag);
	return off + ipv4_packet(f + off, k);
}

static struct rss_verdict steer(const struct nic_rss *r, const struct packet *k)
{
	u8 f[128];
	size_t len = frame_of(f, k);

	return nic_rss_steer(r, f, len);
}

static struct packet flow(u16 sport, u16 dport, u8 proto)
{
	return (struct packet){ .src = PEER, .dst = OURS, .sport = sport, .dport = dport,
				.proto = proto };
}

/* Both directions of a flow, tagged or not, meet at one ring, the one that is foretold; many flows
 * are spread evenly. */
static void test_flows(void **state)
{
	u32 count[4] = { 0 };
	struct nic_rss r;
	struct prng chance;

	(void)state;
	prng_init(&chance, 7);
	rss_of(&r, 4);
	for (int i = 0; i < 4000; i++) {
		u16 sport = (u16)prng_u32(&chance), dport = (u16)prng_u32(&chance);
		struct packet k = flow(sport, dport, i % 2 ? IP_PROTO_TCP : IP_PROTO_UDP);
		struct rss_verdict v = steer(&r, &k), back;
		struct packet reply = flow(dport, sport, k.proto);

		reply.src = OURS;
		reply.dst = PEER;
		back = steer(&r, &reply);
		assert_false(v.all);
		assert_int_equal(v.ring, nic_rss_ring(&r, PEER, OURS, cpu_to_be16(sport),
						      cpu_to_be16(dport)));
		assert_int_equal(v.ring, back.ring);
		assert_int_equal(v.hash, back.hash);
		k.tags = 1;
		assert_int_equal(steer(&r, &k).hash, v.hash);
		count[v.ring]++;
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(count[i], 900, 1100);
}

/* An ICMP message of a type, about a packet of ours. */
static struct rss_verdict steer_icmp(const struct nic_rss *r, u8 type, const struct packet *quoted)
{
	const struct packet outer = { .src = CONST_BE32(0x09090909), .dst = OURS,
				      .proto = IP_PROTO_ICMP };
	u8 f[128] = { 0 };
	const struct icmp_view icmp = { .type = type };
	size_t len = frame_of(f, &outer);

	icmp_build_hdr(f + 34, &icmp);
	if (quoted)
		len = 42 + ipv4_packet(f + 42, quoted);
	((struct iphdr *)(void *)(f + 14))->tot_len = cpu_to_be16((u16)(len - 14));
	return nic_rss_steer(r, f, len);
}

/* An error goes where the flow lives that it is about, with any key. */
static void test_icmp_errors(void **state)
{
	static const u8 errors[] = { ICMP_DEST_UNREACH, ICMP_TIME_EXCEEDED, ICMP_PARAMETERPROB };
	struct nic_rss r;

	(void)state;
	rss_of(&r, 3);
	for (u32 i = 0; i < 200; i++) {
		u16 ours = (u16)(40000 + i);
		struct packet sent = { .src = OURS, .dst = PEER, .sport = ours, .dport = 80,
				       .proto = i % 2 ? IP_PROTO_TCP : IP_PROTO_UDP };
		struct rss_verdict v;

		if (i == 100)
			toeplitz_init(&r.toeplitz, toeplitz_key_microsoft);
		v = steer_icmp(&r, errors[i % 3], &sent);
		assert_false(v.all);
		assert_int_equal(v.ring, nic_rss_ring(&r, PEER, OURS, cpu_to_be16(80),
						      cpu_to_be16(ours)));
		sent.mf = true;		/* the first fragment has ports */
		assert_int_equal(steer_icmp(&r, errors[i % 3], &sent).ring, v.ring);
		sent.frag_off = 10;
		assert_true(steer_icmp(&r, errors[i % 3], &sent).all);
	}
}

static void test_for_all(void **state)
{
	struct packet k = flow(1, 2, IP_PROTO_UDP), other = flow(7, 9, IP_PROTO_UDP);
	struct eth_view eth = { .proto = ETH_P_ARP };
	u8 f[64] = { 0 };
	struct nic_rss r;
	size_t len;

	(void)state;
	rss_of(&r, 4);
	k.group = true;
	assert_true(steer(&r, &k).all);
	k.group = false;
	k.mf = other.mf = true;
	other.frag_off = 100;
	assert_true(steer(&r, &k).all && steer(&r, &other).all);
	assert_int_equal(steer(&r, &k).ring, steer(&r, &other).ring);
	assert_true(steer_icmp(&r, ICMP_ECHOREPLY, NULL).all);
	assert_true(steer_icmp(&r, ICMP_REDIRECT, NULL).all);
	assert_false(steer_icmp(&r, ICMP_ECHO, NULL).all);
	len = eth_build(f, &eth);
	assert_true(nic_rss_steer(&r, f, len + ARP_HLEN).all);
	assert_int_equal(nic_rss_steer(&r, f, len + ARP_HLEN).ring, 0);
	eth.proto = 0x88cc;
	eth_build(f, &eth);
	assert_false(nic_rss_steer(&r, f, sizeof(f)).all);
	assert_false(nic_rss_steer(&r, f, 3).all);
	assert_false(nic_rss_steer(&r, f, 0).all);
}

/* ---- IPv6 ---- */

static const struct ip6_addr peer6 = { { 0x20, 1, [15] = 1 } }, ours6 = { { 0x20, 1, [15] = 2 } };

/* A packet of IPv6 with 20 bytes behind its header, the ports first; its length. */
static size_t ipv6_packet(u8 *p, u8 nexthdr, const struct ip6_addr *src,
			  const struct ip6_addr *dst, u16 sport, u16 dport)
{
	const struct ipv6_view ip = { .payload_len = 20, .nexthdr = nexthdr, .hop_limit = 64,
				      .saddr = *src, .daddr = *dst };
	size_t off = ipv6_build(p, &ip);

	memset(p + off, 0, 20);
	put_be16(p + off, sport);
	put_be16(p + off + 2, dport);
	return off + 20;
}

static struct rss_verdict steer6(const struct nic_rss *r, u8 nexthdr, bool back, u16 sport,
				 u16 dport)
{
	const struct eth_view eth = { .dest = { 2 }, .proto = ETH_P_IPV6 };
	u8 f[128];
	size_t off = eth_build(f, &eth);

	off += ipv6_packet(f + off, nexthdr, back ? &ours6 : &peer6, back ? &peer6 : &ours6,
			   sport, dport);
	return nic_rss_steer(r, f, off);
}

static void test_flows_of_ipv6(void **state)
{
	u32 count[4] = { 0 };
	struct nic_rss r;
	struct prng chance;

	(void)state;
	prng_init(&chance, 7);
	rss_of(&r, 4);
	for (int i = 0; i < 4000; i++) {
		u16 sport = (u16)prng_u32(&chance), dport = (u16)prng_u32(&chance);
		u8 proto = i % 2 ? IP_PROTO_TCP : IP_PROTO_UDP;
		struct rss_verdict v = steer6(&r, proto, false, sport, dport);

		assert_false(v.all);
		assert_int_equal(v.ring, nic_rss_ring6(&r, &peer6, &ours6, cpu_to_be16(sport),
						       cpu_to_be16(dport)));
		assert_int_equal(steer6(&r, proto, true, dport, sport).hash, v.hash);
		count[v.ring]++;
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(count[i], 900, 1100);
}

/* An ICMPv6 message of a type, about a packet of ours where there is one. */
static struct rss_verdict steer_icmp6(const struct nic_rss *r, u8 type, u16 sport, u16 dport)
{
	const struct ipv6_view ip = { .payload_len = ICMPV6_HLEN + 60, .hop_limit = 64,
				      .nexthdr = IP_PROTO_ICMPV6, .daddr = ours6,
				      .saddr.s6_addr = { 0x20, 9 } };
	const struct eth_view eth = { .dest = { 2 }, .proto = ETH_P_IPV6 };
	const struct icmp6_view icmp = { .type = type };
	u8 f[160];
	size_t off = eth_build(f, &eth);

	off += ipv6_build(f + off, &ip);
	off += icmp6_build_hdr(f + off, &icmp);
	off += ipv6_packet(f + off, IP_PROTO_TCP, &ours6, &peer6, sport, dport);
	return nic_rss_steer(r, f, off);
}

static void test_icmp6(void **state)
{
	static const u8 errors[] = { ICMPV6_DEST_UNREACH, ICMPV6_PKT_TOOBIG, ICMPV6_TIME_EXCEED };
	static const u8 for_all[] = { ICMPV6_ECHO_REPLY, NDISC_NEIGHBOUR_SOLICITATION,
				      NDISC_NEIGHBOUR_ADVERTISEMENT,
				      NDISC_ROUTER_ADVERTISEMENT, NDISC_REDIRECT };
	struct nic_rss r;

	(void)state;
	rss_of(&r, 3);
	for (u16 i = 0; i < 200; i++) {
		u16 ours = (u16)(40000 + i);
		struct rss_verdict v = steer_icmp6(&r, errors[i % 3], ours, 80);

		assert_false(v.all);
		assert_int_equal(v.ring, nic_rss_ring6(&r, &peer6, &ours6, cpu_to_be16(80),
						       cpu_to_be16(ours)));
	}
	for (u32 i = 0; i < ARRAY_SIZE(for_all); i++)
		assert_true(steer_icmp6(&r, for_all[i], 1, 2).all);
	assert_false(steer_icmp6(&r, ICMPV6_ECHO_REQUEST, 1, 2).all);
	assert_true(steer6(&r, NEXTHDR_FRAGMENT, false, 0x1100, 1).all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flows),
		cmocka_unit_test(test_icmp_errors),
		cmocka_unit_test(test_for_all),
		cmocka_unit_test(test_flows_of_ipv6),
		cmocka_unit_test(test_icmp6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/eth.h"
#include "wire/flow_keys.h"
#include "wire/ipv6.h"
#include "wire/udp.h"
#include "wire/vlan.h"

static struct ipv4_view ip = { .tot_len = 32, .hlen = 20, .ttl = 64, .protocol = IP_PROTO_UDP,
			       .saddr = 0x11, .daddr = 0x22 };

/* A UDP frame 1000 -> 2000 behind the given number of tags; returns its length. */
static size_t make_frame(u8 *frame, int tags)
{
	struct eth_view eth = { .proto = tags ? ETH_P_8021AD : ETH_P_IP };
	const struct udp_view udp = { .sport = 1000, .dport = 2000, .len = 12 };
	size_t off = eth_build(frame, &eth);

	while (tags--) {
		const struct vlan_view v = { .vid = 5, .proto = tags ? ETH_P_8021Q : ETH_P_IP };

		off += vlan_build(frame + off, &v);
	}
	off += ipv4_build(frame + off, &ip);
	off += udp_build(frame + off, &udp);
	return off + 4;
}

static void finds_the_flow_behind_tags(void **state)
{
	struct flow_keys k;
	u8 frame[80] = { 0 };
	size_t len;

	(void)state;
	for (int tags = 0; tags <= 2; tags++) {
		len = make_frame(frame, tags);
		assert_true(flow_keys_parse(frame, len, &k));
		assert_int_equal(k.src, 0x11);
		assert_int_equal(k.dst, 0x22);
		assert_int_equal(k.sport, cpu_to_be16(1000));
		assert_int_equal(k.dport, cpu_to_be16(2000));
		assert_int_equal(k.proto, IP_PROTO_UDP);
		assert_false(k.frag);
		assert_int_equal(k.l3_off, 14 + 4 * tags);
		assert_int_equal(k.l4_off, 34 + 4 * tags);
		for (size_t cut = 0; cut < 34 + 4 * (size_t)tags; cut++)
			assert_false(flow_keys_parse(frame, cut, &k));
		assert_true(flow_keys_parse(frame, 37 + 4 * (size_t)tags, &k));
		assert_int_equal(k.sport, 0);
	}
	len = make_frame(frame, 3);
	assert_false(flow_keys_parse(frame, len, &k));
	frame[13] = 0x06;
	assert_false(flow_keys_parse(frame, len, &k));
}

static void all_fragments_have_the_same_keys(void **state)
{
	struct flow_keys first, later;
	u8 frame[80] = { 0 };
	size_t len;

	(void)state;
	ip.mf = true;
	len = make_frame(frame, 0);
	assert_true(flow_keys_parse(frame, len, &first));
	ip.mf = false;
	ip.frag_off = 8;
	len = make_frame(frame, 0);
	assert_true(flow_keys_parse(frame, len, &later));
	ip.frag_off = 0;
	assert_true(first.frag && later.frag);
	assert_int_equal(first.sport, 0);
	assert_int_equal(first.sport, later.sport);
	assert_int_equal(first.dport, later.dport);
}

/* Ports 1000 -> 2000 behind IPv6 and these extension headers, the first of kind nexthdr. */
static size_t make_frame6(u8 *frame, u8 nexthdr, const u8 *ext, size_t ext_len)
{
	const struct eth_view eth = { .proto = ETH_P_IPV6 };
	const struct udp_view udp = { .sport = 1000, .dport = 2000, .len = 12 };
	struct ipv6_view v = {
		.nexthdr = nexthdr, .hop_limit = 64, .payload_len = (u16)(ext_len + 12),
		.saddr.s6_addr = { 0xfd, [15] = 1 }, .daddr.s6_addr = { 0xfd, [15] = 2 },
	};
	size_t off = eth_build(frame, &eth);

	off += ipv6_build(frame + off, &v);
	memcpy(frame + off, ext, ext_len);
	off += ext_len;
	off += udp_build(frame + off, &udp);
	return off + 4;
}

static void finds_the_flow_behind_extension_headers(void **state)
{
	static const u8 ext[24] = { NEXTHDR_DEST, 1, 1, 4, [8] = 1, 4,
				    [16] = IP_PROTO_UDP, 0, 1, 4 };
	struct flow_keys k;
	u8 frame[120] = { 0 };
	size_t len;

	(void)state;
	for (u32 n = 0; n <= sizeof(ext); n += sizeof(ext)) {
		len = make_frame6(frame, n ? NEXTHDR_HOP : IP_PROTO_UDP, ext, n);
		assert_true(flow_keys_parse(frame, len, &k));
		assert_ptr_equal(k.addrs6, frame + ETH_HLEN + 8);
		assert_int_equal(k.proto, IP_PROTO_UDP);
		assert_int_equal(k.sport, cpu_to_be16(1000));
		assert_int_equal(k.dport, cpu_to_be16(2000));
		assert_false(k.frag);
		assert_int_equal(k.l4_off, ETH_HLEN + IPV6_HLEN + n);
		for (size_t cut = 0; cut < ETH_HLEN + IPV6_HLEN; cut++)
			assert_false(flow_keys_parse(frame, cut, &k));
		/* Headers that end beyond what is there: no ports are made up. */
		for (size_t cut = ETH_HLEN + IPV6_HLEN; cut < len - 8; cut++) {
			assert_true(flow_keys_parse(frame, cut, &k));
			assert_int_equal(k.sport | k.dport, 0);
		}
	}
}

static void all_fragments_of_ipv6_have_the_same_keys(void **state)
{
	u8 ext[8] = { IP_PROTO_UDP, 0, 0, 1 }, frame[120] = { 0 };
	struct flow_keys first, later, whole;
	size_t len = make_frame6(frame, NEXTHDR_FRAGMENT, ext, 8);

	(void)state;
	assert_true(flow_keys_parse(frame, len, &first));
	ext[3] = 8;
	len = make_frame6(frame, NEXTHDR_FRAGMENT, ext, 8);
	assert_true(flow_keys_parse(frame, len, &later));
	assert_true(first.frag && later.frag);
	assert_int_equal(first.sport | first.dport | later.sport | later.dport, 0);
	assert_int_equal(first.proto, later.proto);
	ext[3] = 0;		/* RFC 6946: it is all of it */
	len = make_frame6(frame, NEXTHDR_FRAGMENT, ext, 8);
	assert_true(flow_keys_parse(frame, len, &whole));
	assert_false(whole.frag);
	assert_int_equal(whole.sport, cpu_to_be16(1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_flow_behind_tags),
		cmocka_unit_test(all_fragments_have_the_same_keys),
		cmocka_unit_test(finds_the_flow_behind_extension_headers),
		cmocka_unit_test(all_fragments_of_ipv6_have_the_same_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

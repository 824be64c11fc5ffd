/* SPDX-License-Identifier: MIT */
/* Which frames count as those whose checksum a kernel left to the card. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/xdp_partial.h"
#include "wire/eth.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#define L4 (ETH_HLEN + IPV4_HLEN)

static u8 frame[128];
static struct nic_meta meta;

/* A segment of 40 bytes with the pseudo-header's sum, as Linux leaves it for a card. */
static u32 make(u8 protocol, u32 check_at)
{
	const u32 l4_len = 40;
	const be32 from = cpu_to_be32(0x0a000101), to = cpu_to_be32(0x0a000102);
	struct ethhdr *eth = (void *)frame;
	struct iphdr *iph = (void *)(frame + ETH_HLEN);
	be16 sum = (be16)~csum_fold(csum_tcpudp_nofold(from, to, l4_len, protocol, 0));

	memset(frame, 0x5a, sizeof(frame));
	eth->h_proto = cpu_to_be16(ETH_P_IP);
	iph_write(iph, 0, IPV4_HLEN + l4_len, 0, 0, 64, protocol, from, to);
	memcpy(frame + L4 + check_at, &sum, sizeof(sum));
	meta = (struct nic_meta){ .packet = 0 };
	return L4 + l4_len;
}

static void test_tcp_and_udp(void **state)
{
	static const struct {
		u8 protocol;
		u16 offset;
	} kinds[] = { { IP_PROTO_TCP, 16 }, { IP_PROTO_UDP, 6 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		u32 len = make(kinds[i].protocol, kinds[i].offset);

		assert_true(xdp_is_partial(frame, len, len, &meta));
		assert_true(meta.csum_partial);
		assert_int_equal(meta.csum_start, L4);
		assert_int_equal(meta.csum_offset, kinds[i].offset);
		/* With padding behind it, as a short frame has it. */
		assert_true(xdp_is_partial(frame, len + 6, len + 6, &meta));
	}
}

/* The same of IPv6, behind a header of destination options. */
static void test_ipv6(void **state)
{
	const struct ipv6_view ip = {
		.payload_len = 48, .nexthdr = NEXTHDR_DEST, .hop_limit = 64,
		.saddr.s6_addr = { 0xfd, [15] = 1 }, .daddr.s6_addr = { 0xfd, [15] = 2 },
	};
	const u32 start = ETH_HLEN + IPV6_HLEN + 8, len = start + 40;
	be16 sum = (be16)~csum_fold(csum_ipv6_nofold(&ip.saddr, &ip.daddr, 40, IP_PROTO_TCP, 0));
	u8 *ext = frame + ETH_HLEN + IPV6_HLEN;

	(void)state;
	make(IP_PROTO_TCP, 16);
	((struct ethhdr *)(void *)frame)->h_proto = cpu_to_be16(ETH_P_IPV6);
	ipv6_build(frame + ETH_HLEN, &ip);
	memcpy(ext, (const u8[]){ IP_PROTO_TCP, 0, 1, 4, 0, 0, 0, 0 }, 8);
	memcpy(frame + start + 16, &sum, sizeof(sum));
	for (u32 cut = 0; cut < len; cut++)
		assert_false(xdp_is_partial(frame, cut, cut, &meta));
	assert_true(xdp_is_partial(frame, len, len, &meta));
	assert_int_equal(meta.csum_start, start);
	assert_int_equal(meta.csum_offset, 16);
	frame[start + 16] ^= 1;
	assert_false(xdp_is_partial(frame, len, len, &meta));
	frame[start + 16] ^= 1;
	ext[0] = IP_PROTO_UDP;
	assert_false(xdp_is_partial(frame, len, len, &meta));
	frame[ETH_HLEN + IPV6_NEXTHDR_OFF] = NEXTHDR_FRAGMENT;
	ext[0] = IP_PROTO_TCP;
	memset(ext + 2, 0, 2);
	assert_false(xdp_is_partial(frame, len, len, &meta));
}

static void test_others_are_left_alone(void **state)
{
	struct iphdr *iph = (void *)(frame + ETH_HLEN);
	u32 len = make(IP_PROTO_TCP, 16);
	be16 check;

	(void)state;
	memcpy(&check, frame + L4 + 16, sizeof(check));
	check ^= cpu_to_be16(1);
	memcpy(frame + L4 + 16, &check, sizeof(check));
	assert_false(xdp_is_partial(frame, len, len, &meta));
	len = make(IP_PROTO_ICMP, 16);
	assert_false(xdp_is_partial(frame, len, len, &meta));
	len = make(IP_PROTO_TCP, 16);
	iph->frag_off = cpu_to_be16(IP_MF);
	assert_false(xdp_is_partial(frame, len, len, &meta));
	len = make(IP_PROTO_TCP, 16);
	((struct ethhdr *)(void *)frame)->h_proto = cpu_to_be16(ETH_P_IPV6);
	assert_false(xdp_is_partial(frame, len, len, &meta));
	assert_false(meta.csum_partial);
}

/* Cut anywhere: never partial, and (under the sanitizers) never read behind its end. */
static void test_short_frames(void **state)
{
	u32 whole = make(IP_PROTO_TCP, 16);

	(void)state;
	for (u32 len = 0; len < whole; len++) {
		u8 *copy = test_malloc(len ? len : 1);

		memcpy(copy, frame, len);
		assert_false(xdp_is_partial(copy, len, len, &meta));
		/* The rest is elsewhere: what is asked for must be here. */
		assert_int_equal(xdp_is_partial(copy, len, whole, &meta), len >= L4 + 18);
		test_free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp_and_udp),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_others_are_left_alone),
		cmocka_unit_test(test_short_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

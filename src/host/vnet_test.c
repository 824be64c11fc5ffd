/* SPDX-License-Identifier: MIT */
/* struct virtio_net_hdr: what a frame's facts become in it, and what it tells of a frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/vnet.h"

#define HEADERS 66		/* Ethernet, IPv4, TCP with timestamps */

static u8 frame[HEADERS] = { [46] = 0x80, [47] = 0x10 };
static const struct nic_seg first = { .addr = frame, .len = sizeof(frame) };

static void merged_segments_are_told_with_their_size_and_headers(void **state)
{
	const struct nic_meta meta = {
		.csum_partial = true, .csum_start = 34, .csum_offset = 16,
		.gso_size = 1448, .gso_type = SKB_GSO_TCPV4 | SKB_GSO_TCP_FIXEDID,
	};
	struct vnet_hdr h;

	(void)state;
	vnet_of_meta(&h, &meta, &first);
	assert_int_equal(h.flags, VNET_F_NEEDS_CSUM);
	assert_int_equal(h.csum_start, 34);
	assert_int_equal(h.csum_offset, 16);
	assert_int_equal(h.gso_type, VNET_GSO_TCPV4);
	assert_int_equal(h.gso_size, 1448);
	assert_int_equal(h.hdr_len, HEADERS);
}

/* Only the first of the segments is to have it (RFC 3168 6.1.2). */
static void congestion_window_reduced_is_told(void **state)
{
	const struct nic_meta meta = {
		.csum_partial = true, .csum_start = 34, .csum_offset = 16,
		.gso_size = 1448, .gso_type = SKB_GSO_TCPV4,
	};
	struct vnet_hdr h;

	(void)state;
	frame[47] = 0x90;
	vnet_of_meta(&h, &meta, &first);
	assert_int_equal(h.gso_type, VNET_GSO_TCPV4 | VNET_GSO_ECN);
	frame[47] = 0x10;
}

static void a_finished_frame_needs_nothing(void **state)
{
	const struct nic_meta meta = { .packet = 7 };
	struct vnet_hdr h;

	(void)state;
	vnet_of_meta(&h, &meta, &first);
	assert_int_equal(h.flags | h.gso_type | h.gso_size | h.hdr_len | h.csum_start, 0);
}

static void a_received_header_tells_of_segments_and_checksum(void **state)
{
	const struct vnet_hdr h = {
		.flags = VNET_F_NEEDS_CSUM, .gso_type = VNET_GSO_TCPV4 | VNET_GSO_ECN,
		.hdr_len = HEADERS, .gso_size = 1448, .csum_start = 34, .csum_offset = 16,
	};
	struct nic_meta meta;

	(void)state;
	assert_true(vnet_to_meta(&h, HEADERS + 2 * 1448 + 1, &meta));
	assert_true(meta.csum_partial);
	assert_false(meta.csum_verified);
	assert_int_equal(meta.csum_start, 34);
	assert_int_equal(meta.csum_offset, 16);
	assert_int_equal(meta.gso_size, 1448);
	assert_int_equal(meta.gso_type, SKB_GSO_TCPV4);
	assert_int_equal(meta.gso_segs, 3);
}

static void of_ipv6_the_same_is_told_and_heard(void **state)
{
	const struct nic_meta sent = {
		.csum_partial = true, .csum_start = 54, .csum_offset = 16,
		.gso_size = 1428, .gso_type = SKB_GSO_TCPV6,
	};
	const u8 headers[86] = { [66] = 0x80, [67] = 0x90 };
	const struct nic_seg seg = { .addr = (u8 *)headers, .len = sizeof(headers) };
	struct nic_meta meta;
	struct vnet_hdr h;

	(void)state;
	vnet_of_meta(&h, &sent, &seg);
	assert_int_equal(h.gso_type, VNET_GSO_TCPV6 | VNET_GSO_ECN);
	assert_int_equal(h.gso_size, 1428);
	assert_int_equal(h.hdr_len, sizeof(headers));
	assert_true(vnet_to_meta(&h, sizeof(headers) + 3 * 1428, &meta));
	assert_int_equal(meta.gso_type, SKB_GSO_TCPV6);
	assert_int_equal(meta.gso_segs, 3);
	assert_true(meta.csum_partial);
}

static void datagrams_in_one_are_told_and_heard(void **state)
{
	const struct nic_meta sent = {
		.csum_partial = true, .csum_start = 34, .csum_offset = 6,
		.gso_size = 1200, .gso_type = SKB_GSO_UDP_L4,
	};
	struct nic_meta meta;
	struct vnet_hdr h;

	(void)state;
	vnet_of_meta(&h, &sent, &first);
	assert_int_equal(h.flags, VNET_F_NEEDS_CSUM);
	assert_int_equal(h.gso_type, 5);		/* VIRTIO_NET_HDR_GSO_UDP_L4 */
	assert_int_equal(h.gso_size, 1200);
	assert_int_equal(h.hdr_len, 42);
	assert_true(vnet_to_meta(&h, 42 + 2 * 1200 + 1, &meta));
	assert_int_equal(meta.gso_type, SKB_GSO_UDP_L4);
	assert_int_equal(meta.gso_size, 1200);
	assert_int_equal(meta.gso_segs, 3);
}

static void what_a_header_cannot_mean_is_not_believed(void **state)
{
	struct vnet_hdr h = {
		.flags = VNET_F_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16,
	};
	struct nic_meta meta;

	(void)state;
	assert_true(vnet_to_meta(&h, 51, &meta));	/* the sum would end behind the frame */
	assert_false(meta.csum_partial);
	assert_true(vnet_to_meta(&h, 52, &meta));
	assert_true(meta.csum_partial);
	h.gso_type = 3;					/* fragments of a datagram */
	h.gso_size = 1000;
	assert_false(vnet_to_meta(&h, 3000, &meta));
	h.gso_type = VNET_GSO_TCPV4;
	h.gso_size = 0;
	assert_false(vnet_to_meta(&h, 3000, &meta));
	h.gso_size = 1000;
	h.hdr_len = 4000;				/* a hint only: longer than the frame */
	assert_true(vnet_to_meta(&h, 3000, &meta));
	assert_true(meta.gso_segs >= 1);
	h = (struct vnet_hdr){ .flags = VNET_F_DATA_VALID };
	assert_true(vnet_to_meta(&h, 60, &meta));
	assert_true(meta.csum_verified);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged_segments_are_told_with_their_size_and_headers),
		cmocka_unit_test(congestion_window_reduced_is_told),
		cmocka_unit_test(a_finished_frame_needs_nothing),
		cmocka_unit_test(a_received_header_tells_of_segments_and_checksum),
		cmocka_unit_test(of_ipv6_the_same_is_told_and_heard),
		cmocka_unit_test(datagrams_in_one_are_told_and_heard),
		cmocka_unit_test(what_a_header_cannot_mean_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

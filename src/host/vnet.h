/* SPDX-License-Identifier: MIT */
/*
 * struct virtio_net_hdr, which a TAP and AF_PACKET put before each frame: what is left to do on
 * its checksum and its segments. Own definitions, because the kernel's header brings a struct
 * ethhdr that wire/ has, too. Numbers are in the machine's byte order (virtio's legacy layout).
 */
#ifndef LINNET_HOST_VNET_H
#define LINNET_HOST_VNET_H

#include "driver/nic.h"

struct vnet_hdr {
	u8 flags;
	u8 gso_type;
	u16 hdr_len;			/* headers, Ethernet to TCP */
	u16 gso_size;
	u16 csum_start;			/* from the frame's first byte */
	u16 csum_offset;
};

enum { VNET_F_NEEDS_CSUM = 1, VNET_F_DATA_VALID = 2 };	/* flags */
enum { VNET_GSO_NONE = 0, VNET_GSO_TCPV4 = 1, VNET_GSO_TCPV6 = 4,
       VNET_GSO_UDP_L4 = 5, VNET_GSO_ECN = 0x80 };

/* Of a frame to send, whose first piece is given. */
void vnet_of_meta(struct vnet_hdr *h, const struct nic_meta *meta, const struct nic_seg *first);

/*
 * Of a received frame of len bytes. A checksum that is not in the frame counts as not said: the
 * receiver will look at it by itself. False: segments are merged in a way that no layer here knows
 * (fragments of a datagram, which old kernels left to a card).
 */
bool vnet_to_meta(const struct vnet_hdr *h, u32 len, struct nic_meta *meta);

#endif

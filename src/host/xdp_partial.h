/* SPDX-License-Identifier: MIT */
/*
 * Frames whose checksum is not finished. A kernel leaves the checksum of TCP and UDP to the card;
 * a veth is no card, and hands the frame to XDP as it is: the check field holds the sum of the
 * pseudo-header alone, and XDP has no word for that. Such frames are recognized by that sum. On a
 * veth nothing can have damaged them; a frame with a finished checksum looks the same by one
 * chance in 65536, and needs no verifying there either.
 */
#ifndef LINNET_HOST_XDP_PARTIAL_H
#define LINNET_HOST_XDP_PARTIAL_H

#include "driver/nic.h"

/* Whether the frame of len bytes, the first `head` of which are there, is such a one; meta then
 * says where its checksum belongs. */
bool xdp_is_partial(const u8 *frame, u32 head, u32 len, struct nic_meta *meta);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Capturing an instance's devices into a pcapng, as tcpdump does: a tap in ptype_all, one
 * interface of the file per device, named NODE:DEVICE. Several instances may write to one file.
 */
#ifndef LINNET_TRACE_CAPTURE_H
#define LINNET_TRACE_CAPTURE_H

#include "device/netdevice.h"
#include "trace/pcapng.h"

struct capture;

/*
 * Taps all devices of net (lo too when with_lo), those of later as they come. The pcapng must have
 * begun, and outlive the capture. snaplen 0 = whole frames. NULL: no memory.
 */
struct capture *capture_start(struct net *net, struct pcapng *file, u32 snaplen, bool with_lo);
void capture_stop(struct capture *c);
u64 capture_frames(const struct capture *c);

#endif

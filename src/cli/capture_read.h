/* SPDX-License-Identifier: MIT */
/* linnet tcpdump -r: the frames of a capture, as those of a device are shown. */
#ifndef LINNET_CLI_CAPTURE_READ_H
#define LINNET_CLI_CAPTURE_READ_H

#include "app/frame_print.h"
#include "app/util/packet_filter.h"
#include "cli/cli.h"

struct capture_read {
	const char *path;		/* pcap or pcapng of Ethernet; "-" = what is piped in */
	const char *to;			/* a pcap to be written; NULL = lines */
	const struct packet_filter *filter;
	struct frame_print print;
	u64 count;			/* 0 = all */
	u32 snaplen;
};

/* The exit status; mistakes are told. */
int capture_read(const struct cli *cli, struct capture_read *r);

#endif

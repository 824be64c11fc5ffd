/* SPDX-License-Identifier: MIT */
/*
 * A frame as tcpdump prints it: the time in front, with "any" the device and the way it goes, and
 * the dissector's line; below it the frame's bytes, where they are wanted (frame_dump.h).
 *
 *	00:00:01.000123 IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64
 *	00:00:01.000123 eth0  Out IP 10.0.0.1 > 10.0.0.2: ICMP echo request, ...
 */
#ifndef LINNET_APP_FRAME_PRINT_H
#define LINNET_APP_FRAME_PRINT_H

#include "app/frame_dump.h"
#include "app/util/text.h"
#include "base/types.h"

/* Options of tcpdump that are known; what --help says of them is in cli/cmd_tcpdump.c. */
#define FRAME_PRINT_OPTIONS "#Ac:Dei:KlnNpqQ:s:StUvxX"

struct frame_print {
	unsigned flags;		/* DISSECT_ */
	unsigned times;		/* how often -t was given */
	struct frame_dump dump;
	bool number;		/* with the frame's number in front ... */
	u64 shown;		/* ... of so many */
	bool any;		/* with the device */
	s64 utc_offset;		/* of the time of day: seconds */
	s64 before;		/* the time that -ttt and -ttttt count from; 0 = none yet */
};

struct frame_seen {
	s64 time_ns;		/* since 1970 */
	const char *device;	/* where .any is set */
	u8 pkt_type;		/* PACKET_; likewise */
	const u8 *frame;
	size_t captured, len;	/* bytes that are at frame, and that it had */
};

/* Takes an option that is about how frames look; false: it is another. */
bool frame_print_option(struct frame_print *pp, int option);
void frame_print(struct frame_print *pp, struct text *out, const struct frame_seen *seen);
/* "3 packets captured"; what: "captured". */
void frame_print_count(struct text *out, u64 n, const char *what);

#endif

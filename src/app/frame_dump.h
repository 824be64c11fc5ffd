/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a frame below its line, as tcpdump prints them:
 *
 *	-x	0x0000:  4500 0054 3a9c 4000 ...
 *	-X	0x0000:  4500 0054 3a9c 4000 ...  E..T:.@...
 *	-A	E..T:.@...
 *
 * Given twice they begin with the link header, else behind it. Of several -X counts, then -x.
 */
#ifndef LINNET_APP_FRAME_DUMP_H
#define LINNET_APP_FRAME_DUMP_H

#include "app/util/text.h"
#include "base/types.h"

/* How often each was given. */
struct frame_dump {
	u8 hex, hex_ascii, ascii;
};

/* Takes -x, -X and -A; false: it is another option. */
bool frame_dump_option(struct frame_dump *d, int option);
/* An Ethernet frame without FCS, to a line that has not ended; nor does the last of these. */
void frame_dump(const struct frame_dump *d, struct text *out, const u8 *frame, size_t len);

#endif

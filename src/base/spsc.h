/* SPDX-License-Identifier: MIT */
/*
 * A ring of records from one thread to another: one writes, one reads, nobody waits. A record is
 * written and read where it lies; its place is free again with spsc_pop().
 *
 * Each side keeps its own index and its last sight of the other's, on cache lines of its own.
 */
#ifndef LINNET_BASE_SPSC_H
#define LINNET_BASE_SPSC_H

#include "base/types.h"

struct spsc {
	u8 *data;
	u32 size;				/* bytes, a power of two */
	u64 tail __aligned(CACHE_LINE);		/* the writer's: where the next record goes */
	u64 head_seen, reserved;
	u64 head __aligned(CACHE_LINE);		/* the reader's: the oldest record */
	u64 tail_seen;
};

/* data: size bytes, aligned to 8, the caller's. */
void spsc_init(struct spsc *r, u8 *data, u32 size);

/* Writer. A place for a record of len bytes, aligned to 8; NULL: no room (a record may take at most
 * half of the ring). The reader sees it when it is published, which must come next. */
u8 *spsc_reserve(struct spsc *r, u32 len) __must_check;
void spsc_publish(struct spsc *r);

/* Reader. The oldest record and its length, aligned to 8; NULL: none. Stays until the pop. */
const u8 *spsc_peek(struct spsc *r, u32 *len);
void spsc_pop(struct spsc *r);

#endif

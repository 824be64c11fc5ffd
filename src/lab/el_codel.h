/* SPDX-License-Identifier: MIT */
/*
 * CoDel in front of a line (device/codel.h): frames that would wait too long are marked CE, when
 * they are ECT, or dropped. The line says at once how long a frame will wait, so a frame is judged
 * as it comes, with the time at which it would leave; in a queue in order that is the same, but
 * for what comes behind it, which is not known yet and is taken for enough.
 */
#ifndef LINNET_LAB_EL_CODEL_H
#define LINNET_LAB_EL_CODEL_H

#include "device/codel.h"

struct el_codel_params {
	bool on;
	s64 target_ns, interval_ns;
	s64 ce_ns;		/* every ECT frame that waits longer is marked; 0 = off */
};

struct el_codel {
	struct codel_params params;
	struct codel_vars vars;
	bool on;
};

enum el_codel_verdict { EL_CODEL_PASS, EL_CODEL_MARK, EL_CODEL_DROP };

void el_codel_init(struct el_codel *c, const struct el_codel_params *params);

/* A frame comes at now_ns and would be on the line from start_ns on. */
enum el_codel_verdict el_codel_judge(struct el_codel *c, s64 now_ns, s64 start_ns, bool ect);

/* The frame, without FCS, is an IPv4 packet that may be marked (ECT or CE). */
bool el_frame_is_ect(const u8 *frame, u32 len);
/* Marks one; the caller renews the FCS. */
void el_frame_mark(u8 *frame);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef LINNET_CTL_IP_BATCH_H
#define LINNET_CTL_IP_BATCH_H

#include "ctl/ctl.h"

/* -b, -ba ... -batch; -br is brief. */
static inline bool ip_is_batch(const char *w)
{
	return strlen(w) > 1 && !strncmp(w, "-batch", strlen(w));
}

/*
 * Runs the lines of c->text: run() gets each one's words, with the options of c. The next word of c
 * is the text's name. force: goes on after errors. 0, or the last error.
 */
int ip_batch_run(struct ctl *c, bool force, int (*run)(struct ctl *c));

#endif

/* SPDX-License-Identifier: MIT */
/*
 * ln_timer_add(): timers of programs. When one is due its function is not called from the timer
 * wheel, in the midst of the stack, but as a wake-up at the end of that net_run().
 *
 * A handle is the timer's number in a table and a generation, so that one that has fired is
 * known to be gone although its number is in use again.
 */
#ifndef LINNET_SOCKET_USER_TIMER_H
#define LINNET_SOCKET_USER_TIMER_H

#include "base/timer.h"
#include "socket/socket.h"

struct user_timer {
	struct timer timer;
	struct wake wake;
	struct net *net;
	ln_timer_fn fn;
	void *ctx;
	s64 handle;		/* generation << 32 | number + 1; > 0 */
};

#endif

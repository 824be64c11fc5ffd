/* SPDX-License-Identifier: MIT */
/*
 * The event loop of a program on a real machine: descriptors and one deadline, poll(2), nothing
 * more. Descriptors are few here (a TAP, a control socket and its clients), so an array will do.
 */
#ifndef LINNET_HOST_LOOP_H
#define LINNET_HOST_LOOP_H

#include "base/list.h"

struct loop_fd {
	struct list_head node;
	int fd;
	short events;			/* POLLIN, POLLOUT; 0 = only errors */
	void (*fn)(struct loop_fd *lf, short revents);
};

struct loop {
	struct list_head fds;
	unsigned count;
	bool signals;			/* loop_catch_signals(): this one looks for them */
	bool interrupted;		/* SIGINT or SIGTERM came */
};

void loop_init(struct loop *l);
void loop_add(struct loop *l, struct loop_fd *lf);
void loop_del(struct loop *l, struct loop_fd *lf);

/*
 * Waits for a descriptor or until when_ns (host_now_ns() time; INT64_MAX = for ever), then calls
 * the functions of those that are ready. 0, or -errno of poll.
 */
int loop_wait(struct loop *l, s64 when_ns);

/* SIGINT and SIGTERM end loop_wait() and set interrupted. One loop in a program may do so. */
void loop_catch_signals(struct loop *l);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * epoll(7): sets of files, and the ready ones of each in a list, so that a wait costs what is
 * ready and not what is watched.
 *
 * An item stands in three lists: of its file (watchers), of its set, and, while it may be ready,
 * of the set's ready ones. file_notify() puts it in the last; epoll_wait asks each there what it is
 * ready for now, reports it, and leaves it in when it is level-triggered.
 *
 * A set is a file and may be watched by another, EP_MAX_NESTS deep and never in a circle. A file
 * has one descriptor, so (set, file) names an item: it is found among the file's watchers, of
 * which there are few.
 */
#ifndef LINNET_SOCKET_EPOLL_H
#define LINNET_SOCKET_EPOLL_H

#include "socket/socket.h"

#define EP_MAX_NESTS 4

struct eventpoll {
	struct file file;		/* first */
	struct list_head items;		/* epitem.item_node; those that watch a set come first */
	struct list_head ready;		/* epitem.ready_node, oldest first */
	u64 loop_check;			/* was seen by this look for loops, */
	u32 depth;			/* which found so many sets below */
};

struct epitem {
	struct list_head item_node;
	struct list_head ready_node;	/* points to itself when not ready */
	struct hlist_node watch_node;	/* of file.watchers */
	struct eventpoll *ep;
	struct file *file;
	u64 data;
	u32 events;			/* LN_POLL*, LN_EPOLLET, LN_EPOLLONESHOT */
};

extern const struct file_ops epoll_file_ops;

int epoll_create(struct net *net);	/* a descriptor, -EMFILE, -ENOMEM */
/* -EEXIST, -ENOENT, -EINVAL, -ELOOP, -ENOMEM */
int epoll_ctl(struct eventpoll *ep, int op, struct file *f, const struct ln_epoll_event *ev);
int epoll_wait(struct eventpoll *ep, struct ln_epoll_event *evs, int max);

/* f may be ready for mask: into the ready lists. True: somebody watches for it. */
bool epoll_notify(struct file *f, unsigned mask);
void epoll_forget(struct file *f);	/* f goes away: so do its items */

#endif

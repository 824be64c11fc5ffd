/* SPDX-License-Identifier: MIT */
/*
 * The machine under test: its clock, its wire, its socket calls. Calls are those of
 * include/linnet/socket.h: they never block and return a negative errno; what blocks is tried
 * again by the runner as time goes on.
 */
#ifndef LINNET_DRILL_WORLD_H
#define LINNET_DRILL_WORLD_H

#include <linnet/socket.h>

#include "base/ktime.h"
#include "drill/addr.h"

#define WORLD_PACKET_MAX 65535	/* of an IP packet */

struct world_params {
	bool v6;			/* packets of IPv6 */
	struct ip6_addr local, gateway, remote;
	u8 prefix;
	u16 mtu;
};

/* A packet that the machine sent, from its IP header on. */
struct world_packet {
	struct world_packet *next;
	s64 at;
	size_t len;
	u8 bytes[];
};

struct world_ops;
struct world {
	const struct world_ops *ops;
	struct world_packet *sent, **last;	/* not yet looked at, in order */
	/* Everything that passes, for a capture; NULL = nobody looks. */
	void (*tap)(void *ctx, s64 at, bool inbound, const u8 *ip, size_t len);
	void *tap_ctx;
};

struct world_ops {
	const char *name;
	bool real_time;
	s64 (*now)(const struct world *w);		/* ns; does not go back */
	s64 (*of_stamp)(const struct world *w, s64 ns);	/* SCM_TIMESTAMPING's time by that clock */
	/* Lets time pass to `until`, or less far: to the next thing that happens. */
	void (*step)(struct world *w, s64 until);
	int (*inject)(struct world *w, const u8 *ip, size_t len);
	/* One command line; its output or its message in out. Return: 0 or -errno. */
	int (*command)(struct world *w, const char *line, char *out, size_t cap);
	/* False: why tells what is missing of the machine's memory and packets. */
	bool (*end)(struct world *w, char *why, size_t cap);

	int (*socket)(struct world *w, int domain, int type, int protocol);
	int (*bind)(struct world *w, int fd, const void *addr, u32 len);
	int (*listen)(struct world *w, int fd, int backlog);
	int (*accept)(struct world *w, int fd, void *addr, u32 *len);
	int (*connect)(struct world *w, int fd, const void *addr, u32 len);
	ptrdiff_t (*sendmsg)(struct world *w, int fd, const struct ln_msghdr *m, int flags);
	ptrdiff_t (*recvmsg)(struct world *w, int fd, struct ln_msghdr *m, int flags);
	int (*sendmmsg)(struct world *w, int fd, struct ln_mmsghdr *m, unsigned n, int flags);
	int (*recvmmsg)(struct world *w, int fd, struct ln_mmsghdr *m, unsigned n, int flags);
	int (*open)(struct world *w, const char *path);		/* to read */
	int (*pipe)(struct world *w, int fds[2]);
	/* Bytes that went; offset -1: where the file stands. */
	ptrdiff_t (*sendfile)(struct world *w, int out, int in, s64 offset, size_t len);
	ptrdiff_t (*splice)(struct world *w, int in, int out, size_t len, unsigned flags);
	int (*shutdown)(struct world *w, int fd, int how);
	/* -EAGAIN: SO_LINGER makes it block; again later. linger_over: its time is. */
	int (*close)(struct world *w, int fd, bool linger_over);
	int (*getsockname)(struct world *w, int fd, void *addr, u32 *len);
	int (*getpeername)(struct world *w, int fd, void *addr, u32 *len);
	int (*setsockopt)(struct world *w, int fd, int level, int name, const void *v, u32 len);
	int (*getsockopt)(struct world *w, int fd, int level, int name, void *v, u32 *len);
	int (*ioctl)(struct world *w, int fd, unsigned long request, int *value);
	int (*poll)(struct world *w, struct ln_pollfd *fds, unsigned n);
	int (*epoll_create)(struct world *w);
	int (*epoll_ctl)(struct world *w, int epfd, int op, int fd,
			 const struct ln_epoll_event *ev);
	int (*epoll_wait)(struct world *w, int epfd, struct ln_epoll_event *evs, int max);
};

/* NULL: why tells. */
struct world *world_linnet(const struct world_params *p, char *why, size_t cap);
struct world *world_kernel(const struct world_params *p, char *why, size_t cap);

/* For the worlds: a packet was sent. Neighbour discovery and reports of groups are left out. */
void world_sent(struct world *w, s64 at, const u8 *ip, size_t len);
/* The next packet that was sent, free() it; NULL: none. */
struct world_packet *world_take(struct world *w);
void world_free_sent(struct world *w);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Files and pipes beside a linnet instance, which has sockets only. Their descriptors are above
 * those of sockets.
 */
#ifndef LINNET_DRILL_WORLD_FILES_H
#define LINNET_DRILL_WORLD_FILES_H

#include "drill/world.h"

#define WORLD_FILE_FD 0x10000
#define WORLD_FILES_MAX 64

struct world_file {
	u8 *ring;			/* of a pipe: its bytes; NULL: a file or nothing */
	size_t n;			/* that wait in it */
	int fd;				/* of this computer, of a file, +1; 0: none */
	bool read_open, write_open;
};

struct world_files {
	struct world_file f[WORLD_FILES_MAX];	/* a pipe has two numbers and one struct */
	struct world *w;
	ptrdiff_t (*sendmsg)(struct world *w, int fd, const struct ln_msghdr *m, int flags);
	ptrdiff_t (*recvmsg)(struct world *w, int fd, struct ln_msghdr *m, int flags);
};

static inline bool world_is_file(int fd)
{
	return fd >= WORLD_FILE_FD && fd < WORLD_FILE_FD + 2 * WORLD_FILES_MAX;
}

int world_files_open(struct world_files *fs, const char *path);
int world_files_pipe(struct world_files *fs, int fds[2]);
int world_files_close(struct world_files *fs, int fd);
void world_files_end(struct world_files *fs);
ptrdiff_t world_files_write(struct world_files *fs, int fd, const struct ln_msghdr *m);
ptrdiff_t world_files_read(struct world_files *fs, int fd, struct ln_msghdr *m);
ptrdiff_t world_files_sendfile(struct world_files *fs, int out, int in, s64 offset, size_t len);
ptrdiff_t world_files_splice(struct world_files *fs, int in, int out, size_t len, unsigned flags);

#endif

/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE	/* pread */
#include "drill/world_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define PIPE_MAX 65536		/* bytes, as Linux's default */
#define SPLICE_MORE 4		/* SPLICE_F_MORE */

static struct world_file *of(struct world_files *fs, int fd)
{
	return &fs->f[(fd - WORLD_FILE_FD) / 2];
}

static bool is_write_end(int fd)
{
	return (fd - WORLD_FILE_FD) & 1;
}

static struct world_file *unused(struct world_files *fs, int *fd)
{
	for (int i = 0; i < WORLD_FILES_MAX; i++) {
		if (!fs->f[i].read_open && !fs->f[i].write_open) {
			*fd = WORLD_FILE_FD + 2 * i;
			return &fs->f[i];
		}
	}
	return NULL;
}

int world_files_open(struct world_files *fs, const char *path)
{
	int at, fd = open(path, O_RDONLY | O_CLOEXEC);
	struct world_file *f = fd < 0 ? NULL : unused(fs, &at);

	if (fd < 0)
		return -errno;
	if (!f) {
		close(fd);
		return -EMFILE;
	}
	*f = (struct world_file){ .fd = fd + 1, .read_open = true };
	return at;
}

int world_files_pipe(struct world_files *fs, int fds[2])
{
	struct world_file *f = unused(fs, &fds[0]);

	if (!f)
		return -EMFILE;
	*f = (struct world_file){ .ring = malloc(PIPE_MAX), .read_open = true,
				  .write_open = true };
	if (!f->ring)
		abort();
	fds[1] = fds[0] + 1;
	return 0;
}

int world_files_close(struct world_files *fs, int fd)
{
	struct world_file *f = of(fs, fd);
	bool *open_end = is_write_end(fd) ? &f->write_open : &f->read_open;

	if (!*open_end)
		return -EBADF;
	*open_end = false;
	if (f->read_open || f->write_open)
		return 0;
	free(f->ring);
	if (f->fd)
		close(f->fd - 1);
	*f = (struct world_file){ 0 };
	return 0;
}

void world_files_end(struct world_files *fs)
{
	for (int fd = WORLD_FILE_FD; fd < WORLD_FILE_FD + 2 * WORLD_FILES_MAX; fd++)
		world_files_close(fs, fd);
}

/* ---- one end ---- */

/* Return: bytes, 0 at the end, -EAGAIN: none yet. */
static ptrdiff_t take(struct world_file *f, s64 offset, u8 *to, size_t len)
{
	ssize_t n;

	if (f->fd) {
		n = offset < 0 ? read(f->fd - 1, to, len) : pread(f->fd - 1, to, len, offset);
		return n < 0 ? -errno : n;
	}
	if (!f->ring)
		return -EBADF;
	if (!f->n)
		return f->write_open && len ? -EAGAIN : 0;
	len = min(len, f->n);
	memcpy(to, f->ring, len);
	return (ptrdiff_t)len;
}

/* What was taken from a pipe is gone only when somebody has it. */
static void taken(struct world_file *f, size_t len)
{
	if (!f->ring)
		return;
	f->n -= len;
	memmove(f->ring, f->ring + len, f->n);
}

static ptrdiff_t give(struct world_file *f, const u8 *from, size_t len)
{
	if (!f->ring || !f->write_open)
		return -EBADF;
	if (!f->read_open)
		return -EPIPE;
	if (f->n == PIPE_MAX && len)
		return -EAGAIN;
	len = min(len, PIPE_MAX - f->n);
	memcpy(f->ring + f->n, from, len);
	f->n += len;
	return (ptrdiff_t)len;
}

ptrdiff_t world_files_write(struct world_files *fs, int fd, const struct ln_msghdr *m)
{
	return is_write_end(fd) ? give(of(fs, fd), m->msg_iov[0].iov_base, m->msg_iov[0].iov_len) :
				  -EBADF;
}

ptrdiff_t world_files_read(struct world_files *fs, int fd, struct ln_msghdr *m)
{
	struct world_file *f = of(fs, fd);
	ptrdiff_t n;

	if (is_write_end(fd) || !f->read_open)
		return -EBADF;
	n = take(f, -1, m->msg_iov[0].iov_base, m->msg_iov[0].iov_len);
	if (n > 0)
		taken(f, (size_t)n);
	return n;
}

/* ---- between them ---- */

static ptrdiff_t to_socket(struct world_files *fs, int fd, u8 *bytes, size_t len, bool more)
{
	struct ln_iovec iov = { bytes, len };
	struct ln_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	return fs->sendmsg(fs->w, fd, &m, LN_MSG_NOSIGNAL | (more ? LN_MSG_MORE : 0));
}

/* A pipe's worth at a time; more follows all but the last, as in Linux. */
ptrdiff_t world_files_sendfile(struct world_files *fs, int out, int in, s64 offset, size_t len)
{
	static u8 bytes[PIPE_MAX];
	size_t done = 0;
	ptrdiff_t n = 0;

	if (!world_is_file(in) || is_write_end(in) || !of(fs, in)->fd || world_is_file(out))
		return -EINVAL;
	while (done < len) {
		ptrdiff_t got = take(of(fs, in), offset < 0 ? -1 : offset + (s64)done, bytes,
				     min(len - done, sizeof(bytes)));

		if (got <= 0)
			break;
		n = to_socket(fs, out, bytes, (size_t)got, done + (size_t)got < len);
		if (offset < 0 && n < got)	/* what did not go is read again */
			lseek(of(fs, in)->fd - 1, max(n, (ptrdiff_t)0) - got, SEEK_CUR);
		if (n < 0)
			break;
		done += (size_t)n;
	}
	return done ? (ptrdiff_t)done : n;
}

static ptrdiff_t from_socket(struct world_files *fs, int in, struct world_file *pipe, size_t len)
{
	static u8 bytes[PIPE_MAX];
	struct ln_iovec iov = { bytes, min(len, PIPE_MAX - pipe->n) };
	struct ln_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ptrdiff_t n;

	if (!iov.iov_len)
		return len ? -EAGAIN : 0;
	n = fs->recvmsg(fs->w, in, &m, 0);
	return n <= 0 ? n : give(pipe, bytes, (size_t)n);
}

ptrdiff_t world_files_splice(struct world_files *fs, int in, int out, size_t len, unsigned flags)
{
	static u8 bytes[PIPE_MAX];
	struct world_file *f;
	ptrdiff_t n;

	if (!world_is_file(in) && !world_is_file(out))
		return -EINVAL;
	if (!world_is_file(in))
		return is_write_end(out) ? from_socket(fs, in, of(fs, out), len) : -EBADF;
	f = of(fs, in);
	if (is_write_end(in) || !f->read_open)
		return -EBADF;
	n = take(f, -1, bytes, min(len, sizeof(bytes)));
	if (n <= 0)
		return n;
	n = world_is_file(out) ? give(of(fs, out), bytes, (size_t)n) :
				 to_socket(fs, out, bytes, (size_t)n, flags & SPLICE_MORE);
	if (n > 0)
		taken(f, (size_t)n);
	return n;
}

/* SPDX-License-Identifier: MIT */
/*
 * Documents of a directory of the real machine. Each part of a path is opened below the one
 * before it, never through a symbolic link, so that no race with somebody who moves files about
 * can lead outside.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/http/http_docs.h"

struct docs_dir {
	int root;	/* descriptor of the directory */
};

/* O_NOFOLLOW says ELOOP (a file) or ENOTDIR (a directory) for a link. */
static int open_error(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return -ENOENT;
	case ELOOP:
	case EACCES:
	case EPERM:
		return -EACCES;
	default:
		return -err;
	}
}

static void close_parent(int root, int dir)
{
	if (dir != root)
		close(dir);
}

/*
 * The directory that the last part of @path is in, root itself for a single part; *last is set to
 * that part.
 */
static int open_parent(int root, char *path, char **last)
{
	int dir = root, next;
	char *slash;

	for (; (slash = strchr(path, '/')); path = slash + 1) {
		*slash = 0;
		if (!*path)
			continue;
		next = *path == '.' ? -ENOENT :
		       openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next == -1)
			next = open_error(errno);
		close_parent(root, dir);
		if (next < 0)
			return next;
		dir = next;
	}
	*last = path;
	return dir;
}

static int check_file(int fd, struct http_doc *doc)
{
	struct stat st;

	if (fstat(fd, &st))
		return -EIO;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode)) /* a device or a pipe is no document */
		return -EACCES;
	*doc = (struct http_doc){
		.size = (uint64_t)st.st_size, .mtime = st.st_mtime, .handle = (void *)(intptr_t)fd,
	};
	return 0;
}

static int dir_open(void *ctx, const char *path, struct http_doc *doc)
{
	const struct docs_dir *d = ctx;
	char copy[HTTP_PATH_MAX], *last;
	int dir, fd, err;

	if (path[0] != '/' || strnlen(path, sizeof(copy)) >= sizeof(copy))
		return -ENOENT;
	strcpy(copy, path + 1);
	dir = open_parent(d->root, copy, &last);
	if (dir < 0)
		return dir;
	if (!*last || *last == '.') {
		close_parent(d->root, dir);
		return *last ? -ENOENT : -EISDIR;
	}
	fd = openat(dir, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	err = fd < 0 ? open_error(errno) : check_file(fd, doc);
	if (fd >= 0 && err)
		close(fd);
	close_parent(d->root, dir);
	return err;
}

static ptrdiff_t dir_read(void *ctx, struct http_doc *doc, uint64_t off, void *buf, size_t len)
{
	ssize_t n;

	(void)ctx;
	do {
		n = pread((int)(intptr_t)doc->handle, buf, len, (off_t)off);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -EIO : n;
}

static void dir_close(void *ctx, struct http_doc *doc)
{
	(void)ctx;
	close((int)(intptr_t)doc->handle);
}

static void dir_free(void *ctx)
{
	struct docs_dir *d = ctx;

	close(d->root);
	free(d);
}

static const struct http_docs_ops dir_ops = {
	.open = dir_open, .read = dir_read, .close = dir_close, .free = dir_free,
};

int http_docs_dir_open(struct http_docs *docs, const char *root)
{
	struct docs_dir *d = malloc(sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->root < 0) {
		int err = -errno;

		free(d);
		return err;
	}
	*docs = (struct http_docs){ .ops = &dir_ops, .ctx = d };
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Where a web server's documents come from: a table in memory (labs, the built-in internet) or
 * a directory. Paths are absolute, decoded and free of "." and ".." when they get here.
 */
#ifndef LINNET_APP_HTTP_HTTP_DOCS_H
#define LINNET_APP_HTTP_HTTP_DOCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_PATH_MAX 2048	/* with its NUL */

struct http_doc {
	uint64_t size;		/* bytes */
	int64_t mtime;		/* s since 1970; 0 = unknown */
	void *handle;		/* for read and close */
};

struct http_docs_ops {
	/*
	 * Return: 0 and *doc; -ENOENT; -EISDIR (a directory; a '/' at the end of @path also asks
	 * for one); -EACCES (not to be served); -EMFILE, -ENOMEM, -EIO.
	 */
	int (*open)(void *ctx, const char *path, struct http_doc *doc);
	/* Bytes from @off: @len, or fewer at the end; negative errno. */
	ptrdiff_t (*read)(void *ctx, struct http_doc *doc, uint64_t off, void *buf, size_t len);
	void (*close)(void *ctx, struct http_doc *doc);
	void (*free)(void *ctx);	/* the server is done with it; may be NULL */
};

struct http_docs {
	const struct http_docs_ops *ops;
	void *ctx;
};

/**
 * http_docs_mem_* - documents in memory
 * add copies the bytes; "/a/b.html" makes the directories "/" and "/a/". A second add of a
 * path replaces. Not while a server has them open: add all before the server starts.
 * Return: 0, -EINVAL (path), -ENOMEM.
 */
struct http_docs_mem;
struct http_docs_mem *http_docs_mem_new(void);
int http_docs_mem_add(struct http_docs_mem *m, const char *path, const void *bytes, size_t len);
/* The documents, to give to a server, which frees them in the end. */
struct http_docs http_docs_mem_docs(struct http_docs_mem *m);
void http_docs_mem_free(struct http_docs_mem *m);

/**
 * http_docs_dir_open - a directory of the real machine
 *
 * Only regular files below @root are served. Symbolic links below it are never followed, so
 * nothing outside can be reached by them; names that start with a dot are hidden.
 *
 * Return: 0; -ENOENT, -ENOTDIR, -EACCES, -ENOMEM. The server closes it in the end.
 */
int http_docs_dir_open(struct http_docs *docs, const char *root);

#endif

/* SPDX-License-Identifier: MIT */
/* What a web server answers to a request it has read: no sockets. */
#ifndef LINNET_APP_HTTP_HTTP_REPLY_H
#define LINNET_APP_HTTP_HTTP_REPLY_H

#include "app/http/http_docs.h"
#include "app/http/http_message.h"

struct http_reply {
	unsigned status;
	struct text head;	/* status line, fields, blank line; a short body of its own */
	bool has_doc;		/* then `left` bytes of doc from `off` follow */
	struct http_doc doc;
	uint64_t off, left;
	bool close;		/* the connection, after this */
	char path[HTTP_PATH_MAX];	/* of the document that was chosen */
};

struct http_reply_env {
	const struct http_docs *docs;
	const char *server_name;
};

/* For a complete request. The document, if any, is open: http_reply_exit() closes it. */
void http_reply_make(struct http_reply *reply, const struct http_reply_env *env,
		     const struct http_reader *req);
/* For one that cannot be read: 400, 413, 414, 431, 501, 505. The connection is to be closed. */
void http_reply_error(struct http_reply *reply, const struct http_reply_env *env, unsigned status);
/* The status for what the reader says. */
unsigned http_reply_status_of(const struct http_reader *req, enum http_read res);
void http_reply_exit(struct http_reply *reply, const struct http_docs *docs);

/**
 * http_path_normalize - a request target to a path of the documents
 *
 * "/a/%2e%2e/b//c?x" -> "/b/c". Takes absolute-form targets ("http://host/path"), too.
 *
 * Return: 0; -EINVAL: not a path, or it leaves the root; -ENAMETOOLONG.
 */
int http_path_normalize(char *path, size_t cap, const char *target);

#endif

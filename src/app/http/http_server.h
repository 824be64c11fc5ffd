/* SPDX-License-Identifier: MIT */
/*
 * A web server for documents (RFC 9110, RFC 9112): GET and HEAD, keep-alive, pipelining,
 * one byte range, If-Modified-Since. A directory is answered with its index.html, then its
 * default.html (JOURNEY A1); without the '/' at its end it is redirected.
 *
 * A path is decoded once, then "." and ".." are taken out, and what would leave the root is
 * answered 400. No Date field: a machine in a lab has no calendar (RFC 9110 6.6.1).
 *
 * Memory is bounded: max_connections of 8 KiB in and 16 KiB out each, a document is read as it
 * is sent. One more client than that waits in the listen queue. Request line and fields that
 * do not fit 8 KiB: 414 or 431. A body is read and thrown away up to 1 MiB, then 413.
 */
#ifndef LINNET_APP_HTTP_HTTP_SERVER_H
#define LINNET_APP_HTTP_HTTP_SERVER_H

#include <stddef.h>

#include "app/http/http_docs.h"
#include "app/util/inet.h"

struct http_server_config {
	struct ipaddr addr;		/* to listen on; none = every address of both families */
	uint16_t port;			/* 0 = 80 */
	struct http_docs docs;		/* the server's from here on, also when it fails to start */
	unsigned max_connections;	/* 0 = 256 */
	unsigned idle_timeout_ms;	/* without a byte either way; 0 = 60000 */
	const char *name;		/* the Server field; NULL = "linnet" */
	/* A line for each response, as in a web server's log; may be NULL. */
	void (*log)(void *ctx, const char *line);
	void *log_ctx;
};

struct http_server_stats {
	uint64_t connections, requests, bytes_sent;	/* bytes of bodies */
	uint64_t status[6];				/* by hundreds: [2] = 2xx */
	unsigned open;
};

struct http_server;

/* Return: 0 and *@out; -EADDRINUSE, -EADDRNOTAVAIL, -EMFILE, -ENOMEM. */
int http_server_new(struct ln_net *net, const struct http_server_config *config,
		    struct http_server **out);
/* Closes the listener; connections are reset. May be NULL. */
void http_server_free(struct http_server *s);
void http_server_stats(const struct http_server *s, struct http_server_stats *st);

#endif

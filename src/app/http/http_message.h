/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1.x messages (RFC 9112): a reader for requests and responses on top of http-parser, and
 * what both sides need to know of fields. Bytes come in pieces of any size; body bytes go on at
 * once; the start line and the fields are kept, up to a limit.
 *
 * Included by app/http only.
 */
#ifndef LINNET_APP_HTTP_HTTP_MESSAGE_H
#define LINNET_APP_HTTP_HTTP_MESSAGE_H

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/util/text.h"

#define HTTP_FIELDS_MAX 256

enum http_read {
	HTTP_READ_MORE,		/* the message is not complete */
	HTTP_READ_DONE,
	HTTP_READ_BAD,		/* not HTTP: http_reader_problem() */
	HTTP_READ_TOO_LARGE,	/* start line and fields do not fit */
	HTTP_READ_STOPPED,	/* a callback said so */
};

struct http_reader_ops {
	/* Start line and fields are complete. Non-zero: stop. */
	int (*head)(void *ctx);
	/* Body bytes, chunks taken apart. Non-zero: stop. */
	int (*body)(void *ctx, const void *bytes, size_t len);
	void *ctx;
};

struct http_reader {
	http_parser p;
	struct http_reader_ops ops;
	size_t head_max, head_len;	/* bytes; len counts the target or reason, names, values */
	struct text start;		/* the request's target, the response's reason */
	struct text fields;		/* name NUL value NUL name ... */
	struct {
		uint32_t name, value;	/* offsets in fields */
	} at[HTTP_FIELDS_MAX];
	unsigned nfields;
	bool in_value, head_done, complete, started;
	bool no_body;			/* set by the caller: the response to HEAD has none */
	bool too_large, stopped, bad_name;
};

/* @kind: HTTP_REQUEST or HTTP_RESPONSE */
void http_reader_init(struct http_reader *r, enum http_parser_type kind, size_t head_max,
		      const struct http_reader_ops *ops);
/* For the next message; limits and ops stay. */
void http_reader_reset(struct http_reader *r);
void http_reader_exit(struct http_reader *r);

/**
 * http_reader_feed - the next bytes
 * @len: 0 = the stream has ended
 * @used: bytes that belonged to this message; after DONE the rest is the next one's
 */
enum http_read http_reader_feed(struct http_reader *r, const void *bytes, size_t len, size_t *used);

/* The first field of that name, or NULL. */
const char *http_reader_field(const struct http_reader *r, const char *name);
const char *http_reader_name(const struct http_reader *r, unsigned i);
const char *http_reader_value(const struct http_reader *r, unsigned i);
unsigned http_reader_count(const struct http_reader *r, const char *name);
/* Content-Length, or -1. */
int64_t http_reader_content_length(const struct http_reader *r);
/* What http-parser found wrong. */
const char *http_reader_problem(const struct http_reader *r);

/* Whether a text may be a field's name, or its value: no line can be smuggled in. */
bool http_name_is_good(const char *name);
bool http_value_is_good(const char *value);

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7); @s since 1970. */
void http_date_format(char buf[static 30], int64_t s);
/* That format only. False: it is not one. */
bool http_date_parse(const char *text, int64_t *s);

/* Content-Type by a path's extension; application/octet-stream when it is not known. */
const char *http_content_type(const char *path);

#endif

/* SPDX-License-Identifier: MIT */
#include "app/http/http_reply.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "app/http/url.h"

/* --- paths --- */

/* Takes out "", "." and ".." between slashes. False: it would leave the root. */
static bool remove_dots(char *path)
{
	char *in = path, *out = path;

	while (*in) {
		size_t seg = strcspn(in + 1, "/"); /* in is at a '/' */

		if (seg == 2 && in[1] == '.' && in[2] == '.') {
			if (out == path)
				return false;
			while (*--out != '/')
				;
		} else if (seg && !(seg == 1 && in[1] == '.')) {
			memmove(out, in, seg + 1);
			out += seg + 1;
			in += seg + 1;
			continue;
		}
		in += seg + 1;
		if (!*in)
			*out++ = '/'; /* "/a/", "/a/." and "/a/b/.." are directories */
	}
	*out = 0;
	return true;
}

int http_path_normalize(char *path, size_t cap, const char *target)
{
	ptrdiff_t len;

	if (!strncasecmp(target, "http://", 7)) {
		target += 7;
		target += strcspn(target, "/?");
	}
	if (*target && *target != '/' && *target != '?')
		return -EINVAL;
	if (*target != '/') {
		snprintf(path, cap, "/");
		return 0;
	}
	len = url_percent_decode(path, cap, target, strcspn(target, "?#"));
	if (len < 0)
		return (int)len;
	return remove_dots(path) ? 0 : -EINVAL;
}

/* For a Location field: everything but the harmless as %XX. */
static void add_encoded(struct text *t, const char *path)
{
	for (; *path; path++) {
		if (isalnum((unsigned char)*path) || strchr("-._~/", *path))
			text_add(t, path, 1);
		else
			text_addf(t, "%%%02X", (unsigned char)*path);
	}
}

/* --- the head --- */

static const char *reason_of(unsigned status)
{
	return http_status_str((enum http_status)status);
}

static void head_start(struct http_reply *reply, const struct http_reply_env *env, unsigned status)
{
	reply->status = status;
	text_addf(&reply->head, "HTTP/1.1 %u %s\r\nServer: %s\r\n", status, reason_of(status),
		  env->server_name);
}

static void head_end(struct http_reply *reply)
{
	text_addf(&reply->head, "Connection: %s\r\n\r\n", reply->close ? "close" : "keep-alive");
}

/* A reply without document: a small page that says what it is. @fields: further lines. */
static void simple_reply(struct http_reply *reply, const struct http_reply_env *env,
			 unsigned status, const char *fields, bool head_only)
{
	char page[256];
	int len = snprintf(page, sizeof(page),
			   "<!DOCTYPE html>\n<title>%u %s</title>\n<h1>%u %s</h1>\n", status,
			   reason_of(status), status, reason_of(status));

	head_start(reply, env, status);
	text_adds(&reply->head, fields);
	if (status != 304)
		text_addf(&reply->head, "Content-Type: text/html; charset=utf-8\r\n"
			  "Content-Length: %d\r\n", len);
	head_end(reply);
	if (!head_only && status != 304)
		text_add(&reply->head, page, (size_t)len);
}

void http_reply_error(struct http_reply *reply, const struct http_reply_env *env, unsigned status)
{
	memset(reply, 0, sizeof(*reply));
	reply->close = true;
	simple_reply(reply, env, status, "", false);
}

unsigned http_reply_status_of(const struct http_reader *req, enum http_read res)
{
	switch (res) {
	case HTTP_READ_TOO_LARGE:
		return req->nfields ? 431 : 414;
	case HTTP_READ_STOPPED:
		return 413;
	default:
		if (HTTP_PARSER_ERRNO(&req->p) == HPE_INVALID_METHOD)
			return 501;
		return HTTP_PARSER_ERRNO(&req->p) == HPE_INVALID_VERSION ? 505 : 400;
	}
}

/* --- ranges (RFC 9110 14) --- */

enum range { RANGE_NONE, RANGE_GOOD, RANGE_BAD };

static bool take_number(const char **p, uint64_t *n)
{
	const char *start = *p;

	for (*n = 0; isdigit((unsigned char)**p); (*p)++) {
		if (*n > (UINT64_MAX - 9) / 10)
			return false;
		*n = *n * 10 + (uint64_t)(**p - '0');
	}
	return *p != start;
}

/* One range of bytes; several, or what is not understood, is the whole document. */
static enum range parse_range(const char *value, uint64_t size, uint64_t *off, uint64_t *len)
{
	uint64_t first, last;
	bool has_first, has_last;

	if (!value || strncasecmp(value, "bytes=", 6))
		return RANGE_NONE;
	value += 6;
	has_first = take_number(&value, &first);
	if (*value++ != '-')
		return RANGE_NONE;
	has_last = take_number(&value, &last);
	if (*value || (!has_first && !has_last) || (has_first && has_last && last < first))
		return RANGE_NONE;
	if (!has_first) { /* the last n bytes */
		if (!last || !size)
			return RANGE_BAD;
		*len = last < size ? last : size;
		*off = size - *len;
		return RANGE_GOOD;
	}
	if (first >= size)
		return RANGE_BAD;
	if (!has_last || last >= size)
		last = size - 1;
	*off = first;
	*len = last - first + 1;
	return RANGE_GOOD;
}

/* --- documents --- */

/* A directory's document (JOURNEY A1). @reply->path ends in '/'. */
static int open_default(struct http_reply *reply, const struct http_docs *docs)
{
	static const char names[][16] = { "index.html", "default.html" };
	size_t len = strlen(reply->path), i;
	int err = -ENOENT;

	for (i = 0; i < 2 && (err == -ENOENT || err == -EISDIR); i++) {
		if (len + strlen(names[i]) >= sizeof(reply->path))
			return -ENOENT;
		strcpy(reply->path + len, names[i]);
		err = docs->ops->open(docs->ctx, reply->path, &reply->doc);
	}
	return err == -EISDIR ? -ENOENT : err;
}

/* Return: 0 with the document open, -EISDIR when the '/' at the end is missing, -errno. */
static int open_document(struct http_reply *reply, const struct http_docs *docs)
{
	size_t len = strlen(reply->path);
	int err;

	err = reply->path[len - 1] == '/' ? open_default(reply, docs) :
	      docs->ops->open(docs->ctx, reply->path, &reply->doc);
	reply->has_doc = !err;
	return err;
}

static bool not_modified(const struct http_reply *reply, const struct http_reader *req)
{
	const char *since = http_reader_field(req, "If-Modified-Since");
	int64_t s;

	return since && reply->doc.mtime > 0 && !http_reader_field(req, "If-None-Match") &&
	       http_date_parse(since, &s) && reply->doc.mtime <= s;
}

static void document_reply(struct http_reply *reply, const struct http_reply_env *env,
			   const struct http_reader *req)
{
	bool head_only = req->p.method == HTTP_HEAD;
	enum range range = RANGE_NONE;
	uint64_t size = reply->doc.size;
	char date[30], unsatisfied[64];

	reply->left = size;
	if (not_modified(reply, req)) {
		reply->left = 0;
		simple_reply(reply, env, 304, "", head_only);
		return;
	}
	if (!head_only && !http_reader_field(req, "If-Range"))
		range = parse_range(http_reader_field(req, "Range"), size, &reply->off,
				    &reply->left);
	if (range == RANGE_BAD) {
		reply->left = 0;
		snprintf(unsatisfied, sizeof(unsatisfied), "Content-Range: bytes */%llu\r\n",
			 (unsigned long long)size);
		simple_reply(reply, env, 416, unsatisfied, head_only);
		return;
	}
	head_start(reply, env, range == RANGE_GOOD ? 206 : 200);
	text_addf(&reply->head,
		  "Content-Type: %s\r\nContent-Length: %llu\r\nAccept-Ranges: bytes\r\n",
		  http_content_type(reply->path), (unsigned long long)reply->left);
	if (range == RANGE_GOOD)
		text_addf(&reply->head, "Content-Range: bytes %llu-%llu/%llu\r\n",
			  (unsigned long long)reply->off,
			  (unsigned long long)(reply->off + reply->left - 1),
			  (unsigned long long)size);
	if (reply->doc.mtime > 0) {
		http_date_format(date, reply->doc.mtime);
		text_addf(&reply->head, "Last-Modified: %s\r\n", date);
	}
	head_end(reply);
	if (head_only)
		reply->left = 0;
}

static unsigned status_of_open(int err)
{
	switch (err) {
	case -ENOENT:
		return 404;
	case -EACCES:
		return 403;
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		return 503;
	default:
		return 500;
	}
}

/* What is wrong with a request that could be read, or 0. */
static unsigned request_problem(const struct http_reader *req)
{
	const http_parser *p = &req->p;

	if (p->http_major != 1)
		return 505;
	if (http_reader_count(req, "Host") != (p->http_minor ? 1 : http_reader_count(req, "Host")))
		return 400; /* RFC 9112 3.2: exactly one in HTTP/1.1 */
	return p->method != HTTP_GET && p->method != HTTP_HEAD ? 405 : 0;
}

void http_reply_make(struct http_reply *reply, const struct http_reply_env *env,
		     const struct http_reader *req)
{
	bool head_only = req->p.method == HTTP_HEAD;
	unsigned problem = request_problem(req);
	struct text fields = { 0 };
	int err;

	memset(reply, 0, sizeof(*reply));
	reply->close = !http_should_keep_alive(&req->p);
	if (!problem) {
		err = http_path_normalize(reply->path, sizeof(reply->path), req->start.s);
		problem = !err ? 0 : err == -ENAMETOOLONG ? 414 : 400;
	}
	if (problem) {
		reply->close |= problem != 405; /* who cannot write requests gets no second try */
		simple_reply(reply, env, problem, problem == 405 ? "Allow: GET, HEAD\r\n" : "",
			     head_only);
		return;
	}
	err = open_document(reply, env->docs);
	if (!err) {
		document_reply(reply, env, req);
	} else if (err == -EISDIR) {
		text_adds(&fields, "Location: ");
		add_encoded(&fields, reply->path);
		text_adds(&fields, "/\r\n");
		simple_reply(reply, env, 301, fields.s ? fields.s : "", head_only);
		text_free(&fields);
	} else {
		simple_reply(reply, env, status_of_open(err), "", head_only);
	}
}

void http_reply_exit(struct http_reply *reply, const struct http_docs *docs)
{
	if (reply->has_doc)
		docs->ops->close(docs->ctx, &reply->doc);
	reply->has_doc = false;
	text_free(&reply->head);
}

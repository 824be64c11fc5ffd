/* SPDX-License-Identifier: MIT */
#include "app/http/http_message.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- callbacks of http-parser; non-zero stops it --- */

static bool take_head(struct http_reader *r, size_t len)
{
	r->head_len += len;
	r->too_large |= r->head_len > r->head_max;
	return !r->too_large;
}

static int on_begin(http_parser *p)
{
	struct http_reader *r = p->data;

	r->started = true;
	return 0;
}

static int on_start_line(http_parser *p, const char *at, size_t len)
{
	struct http_reader *r = p->data;

	if (!take_head(r, len))
		return -1;
	text_add(&r->start, at, len);
	return r->start.failed ? -1 : 0;
}

static int on_field(http_parser *p, const char *at, size_t len)
{
	struct http_reader *r = p->data;

	if (r->head_done) /* a trailer field of a chunked body: not used */
		return 0;
	if (!take_head(r, len))
		return -1;
	if (r->in_value || !r->nfields) {
		if (r->nfields)
			text_add(&r->fields, "", 1);
		r->in_value = false;
		if (r->nfields == HTTP_FIELDS_MAX) {
			r->too_large = true;
			return -1;
		}
		r->at[r->nfields].value = 0;
		r->at[r->nfields++].name = (uint32_t)r->fields.len;
	}
	text_add(&r->fields, at, len);
	return r->fields.failed ? -1 : 0;
}

static int on_value(http_parser *p, const char *at, size_t len)
{
	struct http_reader *r = p->data;

	if (r->head_done)
		return 0;
	if (!take_head(r, len))
		return -1;
	if (!r->in_value) {
		text_add(&r->fields, "", 1);
		r->at[r->nfields - 1].value = (uint32_t)r->fields.len;
		r->in_value = true;
	}
	text_add(&r->fields, at, len);
	return r->fields.failed ? -1 : 0;
}

/* http-parser lets blanks in names pass, which others read in another way (RFC 9112 5.1). */
static bool names_are_good(const struct http_reader *r)
{
	unsigned i;

	for (i = 0; i < r->nfields; i++)
		if (!http_name_is_good(http_reader_name(r, i)))
			return false;
	return true;
}

/* RFC 9112 6.3: these have none, whatever their Content-Length says. */
static bool status_has_no_body(const http_parser *p)
{
	return p->type == HTTP_RESPONSE &&
	       (p->status_code / 100 == 1 || p->status_code == 204 || p->status_code == 304);
}

static int on_head(http_parser *p)
{
	struct http_reader *r = p->data;

	r->head_done = true;
	text_add(&r->start, "", 0);
	text_add(&r->fields, "", 1);
	r->bad_name = !r->fields.failed && !names_are_good(r);
	if (r->start.failed || r->fields.failed || r->bad_name)
		return -1;
	if (r->ops.head && r->ops.head(r->ops.ctx)) {
		r->stopped = true;
		return -1;
	}
	return r->no_body || status_has_no_body(p); /* 1 tells http-parser that no body follows */
}

static int on_body(http_parser *p, const char *at, size_t len)
{
	struct http_reader *r = p->data;

	if (r->ops.body && r->ops.body(r->ops.ctx, at, len)) {
		r->stopped = true;
		return -1;
	}
	return 0;
}

static int on_complete(http_parser *p)
{
	struct http_reader *r = p->data;

	r->complete = true;
	http_parser_pause(p, 1); /* what follows is the next message's */
	return 0;
}

static const http_parser_settings settings = {
	.on_message_begin = on_begin,
	.on_url = on_start_line,
	.on_status = on_start_line,
	.on_header_field = on_field,
	.on_header_value = on_value,
	.on_headers_complete = on_head,
	.on_body = on_body,
	.on_message_complete = on_complete,
};

/* --- the reader --- */

void http_reader_init(struct http_reader *r, enum http_parser_type kind, size_t head_max,
		      const struct http_reader_ops *ops)
{
	memset(r, 0, sizeof(*r));
	http_parser_init(&r->p, kind);
	r->p.data = r;
	r->head_max = head_max;
	r->ops = *ops;
}

void http_reader_exit(struct http_reader *r)
{
	text_free(&r->start);
	text_free(&r->fields);
}

void http_reader_reset(struct http_reader *r)
{
	struct http_reader_ops ops = r->ops;
	size_t head_max = r->head_max;
	enum http_parser_type kind = r->p.type;

	http_reader_exit(r);
	http_reader_init(r, kind, head_max, &ops);
}

enum http_read http_reader_feed(struct http_reader *r, const void *bytes, size_t len, size_t *used)
{
	*used = 0;
	if (r->complete)
		return HTTP_READ_DONE;
	*used = http_parser_execute(&r->p, &settings, bytes, len);
	if (r->complete)
		return HTTP_READ_DONE;
	if (r->too_large)
		return HTTP_READ_TOO_LARGE;
	if (r->stopped)
		return HTTP_READ_STOPPED;
	if (HTTP_PARSER_ERRNO(&r->p) == HPE_HEADER_OVERFLOW)
		return HTTP_READ_TOO_LARGE;
	if (HTTP_PARSER_ERRNO(&r->p) != HPE_OK || r->p.upgrade)
		return HTTP_READ_BAD;
	/* a stream that ends before anything was said is no message either */
	return len ? HTTP_READ_MORE : HTTP_READ_BAD;
}

const char *http_reader_name(const struct http_reader *r, unsigned i)
{
	return r->fields.s + r->at[i].name;
}

const char *http_reader_value(const struct http_reader *r, unsigned i)
{
	return r->at[i].value ? r->fields.s + r->at[i].value : "";
}

const char *http_reader_field(const struct http_reader *r, const char *name)
{
	unsigned i;

	for (i = 0; i < r->nfields; i++)
		if (!strcasecmp(http_reader_name(r, i), name))
			return http_reader_value(r, i);
	return NULL;
}

unsigned http_reader_count(const struct http_reader *r, const char *name)
{
	unsigned i, n = 0;

	for (i = 0; i < r->nfields; i++)
		n += !strcasecmp(http_reader_name(r, i), name);
	return n;
}

int64_t http_reader_content_length(const struct http_reader *r)
{
	const char *value = http_reader_field(r, "Content-Length");
	int64_t n = 0;

	if (!value || !isdigit((unsigned char)*value))
		return -1;
	for (; isdigit((unsigned char)*value); value++) {
		if (n > (INT64_MAX - 9) / 10)
			return -1;
		n = n * 10 + (*value - '0');
	}
	return n;
}

const char *http_reader_problem(const struct http_reader *r)
{
	enum http_errno err = HTTP_PARSER_ERRNO(&r->p);

	if (r->bad_name)
		return "a field name has a character that may not stand there";
	if (err != HPE_OK && err != HPE_PAUSED)
		return http_errno_description(err);
	return r->started ? "the stream ended inside the message" :
			    "the stream ended before a message";
}

/* --- fields --- */

bool http_name_is_good(const char *name)
{
	const char *p;

	for (p = name; *p; p++) /* token, RFC 9110 5.6.2 */
		if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p))
			return false;
	return p != name;
}

bool http_value_is_good(const char *value)
{
	const char *p;

	for (p = value; *p; p++)
		if ((unsigned char)*p < ' ' && *p != '\t')
			return false;
	return true;
}

static const char day_names[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char month_names[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* Days from 1970-01-01 to the first of March of a year: leap days fall at each year's end. */
static int64_t days_to_march(int64_t year)
{
	return 365 * year + year / 4 - year / 100 + year / 400 - 719468;
}

/* Days from the first of March to the first of the month; 0 = March. */
static int month_days(int m)
{
	return (153 * m + 2) / 5;
}

void http_date_format(char buf[static 30], int64_t s)
{
	int64_t days, year;
	char text[64]; /* gcc cannot know that 30 is enough */
	int m, day, rest;

	if (s < 0 || s > 253402300799) /* 9999-12-31 */
		s = 0;
	days = s / 86400;
	rest = (int)(s % 86400);
	for (year = 1970 + days / 365; days_to_march(year) > days; year--)
		;
	day = (int)(days - days_to_march(year));
	for (m = 11; month_days(m) > day; m--)
		;
	year += m > 9; /* January and February belong to the year that began last March */
	snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT",
		 day_names[(days + 4) % 7], day - month_days(m) + 1, month_names[(m + 2) % 12],
		 (int)year, rest / 3600, rest / 60 % 60, rest % 60);
	memcpy(buf, text, 29);
	buf[29] = 0;
}

bool http_date_parse(const char *text, int64_t *s)
{
	int day, year, h, min, sec, m, n = 0;
	char month[4];

	if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &day, month, &year,
		   &h, &min, &sec, &n) != 6 ||
	    n != 29 || text[n])
		return false;
	for (m = 0; m < 12 && strcmp(month, month_names[m]); m++)
		;
	if (m == 12 || day < 1 || day > 31 || year < 1970 || h > 23 || min > 59 || sec > 60)
		return false;
	*s = (days_to_march(year - (m < 2)) + month_days((m + 10) % 12) + day - 1) * 86400 +
	     h * 3600 + min * 60 + sec;
	return true;
}

const char *http_content_type(const char *path)
{
	static const struct {
		const char *ext, *type;
	} types[] = {
		{ "html", "text/html; charset=utf-8" },
		{ "htm", "text/html; charset=utf-8" },
		{ "txt", "text/plain; charset=utf-8" },
		{ "css", "text/css; charset=utf-8" },
		{ "js", "text/javascript; charset=utf-8" },
		{ "json", "application/json" },
		{ "xml", "application/xml" },
		{ "svg", "image/svg+xml" },
		{ "png", "image/png" },
		{ "jpg", "image/jpeg" },
		{ "jpeg", "image/jpeg" },
		{ "gif", "image/gif" },
		{ "webp", "image/webp" },
		{ "ico", "image/x-icon" },
		{ "pdf", "application/pdf" },
		{ "wasm", "application/wasm" },
		{ "mp4", "video/mp4" },
		{ "gz", "application/gzip" },
		{ "md", "text/markdown; charset=utf-8" },
		{ "csv", "text/csv; charset=utf-8" },
	};
	const char *name = strrchr(path, '/'), *dot = strrchr(name ? name : path, '.');
	size_t i;

	for (i = 0; dot && i < sizeof(types) / sizeof(*types); i++)
		if (!strcasecmp(dot + 1, types[i].ext))
			return types[i].type;
	return "application/octet-stream";
}

/* SPDX-License-Identifier: MIT */
#include "app/http/http_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct seen {
	struct http_reader r;
	struct text body;
	unsigned heads;
	bool stop;
};

static int on_head(void *ctx)
{
	struct seen *s = ctx;

	s->heads++;
	return s->stop;
}

static int on_body(void *ctx, const void *bytes, size_t len)
{
	struct seen *s = ctx;

	text_add(&s->body, bytes, len);
	return 0;
}

static void start(struct seen *s, enum http_parser_type kind, size_t max)
{
	struct http_reader_ops ops = { .head = on_head, .body = on_body, .ctx = s };

	memset(s, 0, sizeof(*s));
	http_reader_init(&s->r, kind, max, &ops);
}

static void stop(struct seen *s)
{
	http_reader_exit(&s->r);
	text_free(&s->body);
}

/* The same message in pieces of every size gives the same result. */
static void check_response(const char *bytes, const char *body, bool eof)
{
	size_t len = strlen(bytes), piece, at, used;
	enum http_read res = HTTP_READ_MORE;
	struct seen s;

	for (piece = 1; piece <= len; piece++) {
		start(&s, HTTP_RESPONSE, 1000);
		res = HTTP_READ_MORE;
		for (at = 0; at < len && res == HTTP_READ_MORE; at += used) {
			size_t n = len - at < piece ? len - at : piece;

			res = http_reader_feed(&s.r, bytes + at, n, &used);
		}
		if (eof) {
			assert_int_equal(res, HTTP_READ_MORE);
			res = http_reader_feed(&s.r, "", 0, &used);
		}
		assert_int_equal(res, HTTP_READ_DONE);
		assert_int_equal(at, len);
		assert_int_equal(s.heads, 1);
		assert_int_equal(s.body.len, strlen(body));
		if (s.body.len)
			assert_string_equal(s.body.s, body);
		stop(&s);
	}
}

static void test_bodies(void **state)
{
	(void)state;
	check_response("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", false);
	check_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		       "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrail: er\r\n\r\n", "hello", false);
	check_response("HTTP/1.0 200 OK\r\n\r\nhello", "hello", true);
	check_response("HTTP/1.1 204 No Content\r\n\r\n", "", false);
	check_response("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", false);
}

static void test_fields(void **state)
{
	static const char bytes[] =
		"HTTP/1.1 404 Not Found\r\nA: 1\r\nb:\r\nContent-Length:  12 \r\n"
		"a: 2\r\n\r\n";
	struct seen s;
	size_t used;

	(void)state;
	start(&s, HTTP_RESPONSE, 1000);
	assert_int_equal(http_reader_feed(&s.r, bytes, strlen(bytes), &used), HTTP_READ_MORE);
	assert_int_equal(s.r.p.status_code, 404);
	assert_string_equal(s.r.start.s, "Not Found");
	assert_int_equal(s.r.nfields, 4);
	assert_string_equal(http_reader_field(&s.r, "a"), "1");
	assert_string_equal(http_reader_field(&s.r, "B"), "");
	assert_int_equal(http_reader_count(&s.r, "A"), 2);
	assert_null(http_reader_field(&s.r, "c"));
	assert_int_equal(http_reader_content_length(&s.r), 12);
	assert_string_equal(http_reader_name(&s.r, 3), "a");
	/* it ends before its 12 bytes */
	assert_int_equal(http_reader_feed(&s.r, "", 0, &used), HTTP_READ_BAD);
	stop(&s);
}

static enum http_read feed(enum http_parser_type kind, const char *bytes, size_t max)
{
	struct seen s;
	size_t used;
	enum http_read res;

	start(&s, kind, max);
	res = http_reader_feed(&s.r, bytes, strlen(bytes), &used);
	stop(&s);
	return res;
}

static void test_bad(void **state)
{
	struct text many = { 0 };
	struct seen s;
	size_t used;
	int i;

	(void)state;
	assert_int_equal(feed(HTTP_RESPONSE, "SSH-2.0-OpenSSH_9\r\n", 1000), HTTP_READ_BAD);
	assert_int_equal(feed(HTTP_RESPONSE, "HTTP/1.1 2x0 OK\r\n\r\n", 1000), HTTP_READ_BAD);
	assert_int_equal(feed(HTTP_RESPONSE, "HTTP/1.1 200 OK\r\nA B: c\r\n\r\n", 1000),
			 HTTP_READ_BAD);
	assert_int_equal(feed(HTTP_REQUEST, "GET / HTTP/1.1\r\nContent-Length: 1\r\n"
			      "Content-Length: 2\r\n\r\n", 1000), HTTP_READ_BAD);
	assert_int_equal(feed(HTTP_REQUEST, "GET / HTTP/1.1\r\nContent-Length: 1\r\n"
			      "Transfer-Encoding: chunked\r\n\r\n", 1000), HTTP_READ_BAD);
	assert_int_equal(feed(HTTP_RESPONSE,
			      "HTTP/1.1 200 OK\r\nLong: aaaaaaaaaaaaaaaaaaaaaaaa\r\n", 20),
			 HTTP_READ_TOO_LARGE);
	text_adds(&many, "GET / HTTP/1.1\r\n");
	for (i = 0; i < 300; i++)
		text_adds(&many, "a:b\r\n");
	assert_int_equal(feed(HTTP_REQUEST, many.s, 100000), HTTP_READ_TOO_LARGE);
	text_free(&many);
	start(&s, HTTP_RESPONSE, 100);
	s.stop = true;
	assert_int_equal(http_reader_feed(&s.r, "HTTP/1.1 200 OK\r\n\r\n", 19, &used),
			 HTTP_READ_STOPPED);
	stop(&s);
	start(&s, HTTP_RESPONSE, 100);
	assert_int_equal(http_reader_feed(&s.r, "", 0, &used), HTTP_READ_BAD);
	assert_string_equal(http_reader_problem(&s.r), "the stream ended before a message");
	stop(&s);
}

/* Two requests in one piece: the second one's bytes stay. */
static void test_pipeline(void **state)
{
	static const char bytes[] = "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\n\r\n";
	size_t used, first;
	struct seen s;

	(void)state;
	start(&s, HTTP_REQUEST, 1000);
	assert_int_equal(http_reader_feed(&s.r, bytes, strlen(bytes), &first), HTTP_READ_DONE);
	assert_string_equal(s.r.start.s, "/a");
	assert_memory_equal(bytes + first, "GET /b", 6);
	http_reader_reset(&s.r);
	assert_int_equal(http_reader_feed(&s.r, bytes + first, strlen(bytes) - first, &used),
			 HTTP_READ_DONE);
	assert_string_equal(s.r.start.s, "/b");
	assert_int_equal(first + used, strlen(bytes));
	stop(&s);
}

static void test_dates(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} table[] = {
		{ 784111777, "Sun, 06 Nov 1994 08:49:37 GMT" },
		{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT" },
		{ 951868800, "Wed, 01 Mar 2000 00:00:00 GMT" },
		{ 1735689599, "Tue, 31 Dec 2024 23:59:59 GMT" },
		{ 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT" },
	};
	char buf[30];
	int64_t s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		http_date_format(buf, table[i].s);
		assert_string_equal(buf, table[i].text);
		assert_true(http_date_parse(buf, &s));
		assert_int_equal(s, table[i].s);
	}
	for (s = 0; s < 4000000000; s += 86400 * 13 + 7) {
		int64_t back;

		http_date_format(buf, s);
		assert_true(http_date_parse(buf, &back));
		assert_int_equal(back, s);
	}
	assert_false(http_date_parse("yesterday", &s));
	assert_false(http_date_parse("Sun, 06 Nov 1994 08:49:37 GMTx", &s));
}

static void test_names(void **state)
{
	(void)state;
	assert_true(http_name_is_good("X-A"));
	assert_false(http_name_is_good(""));
	assert_false(http_name_is_good("A B"));
	assert_false(http_name_is_good("A:"));
	assert_true(http_value_is_good("a b\tc"));
	assert_false(http_value_is_good("a\r\nB: c"));
	assert_string_equal(http_content_type("/a.b/c.HTML"), "text/html; charset=utf-8");
	assert_string_equal(http_content_type("/a.html/c"), "application/octet-stream");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_pipeline),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

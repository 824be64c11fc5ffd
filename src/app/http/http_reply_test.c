/* SPDX-License-Identifier: MIT */
#include "app/http/http_reply.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static void check_path(const char *target, const char *want)
{
	char path[64];
	int err = http_path_normalize(path, sizeof(path), target);

	if (!want) {
		if (!err)
			fail_msg("%s -> %s", target, path);
		return;
	}
	if (err || strcmp(path, want))
		fail_msg("%s -> %s, wanted %s", target, err ? "error" : path, want);
}

static void test_paths(void **state)
{
	(void)state;
	check_path("/", "/");
	check_path("/a/b", "/a/b");
	check_path("/a/b/", "/a/b/");
	check_path("/a?x=/../y", "/a");
	check_path("http://host:80/a", "/a");
	check_path("http://host", "/");
	check_path("/a/./b/../c", "/a/c");
	check_path("/a/..", "/");
	check_path("/a/.", "/a/");
	check_path("//a///b", "/a/b");
	check_path("/%61%2Fb", "/a/b");
	check_path("/a%20b", "/a b");
	check_path("/..a/...", "/..a/...");
	/* nothing outside the root, in any disguise */
	check_path("/..", NULL);
	check_path("/../etc/passwd", NULL);
	check_path("/a/../../etc/passwd", NULL);
	check_path("/%2e%2e/etc/passwd", NULL);
	check_path("/a/%2E%2e%2f..%2fetc", NULL);
	check_path("/%252e%252e/x", "/%2e%2e/x");
	check_path("/a%00.html", NULL);
	check_path("/%zz", NULL);
	check_path("*", NULL);
	check_path("etc", NULL);
	check_path("/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		   NULL);
}

struct asked {
	struct http_docs docs;
	struct http_reader reader;
	struct http_reply reply;
};

static struct http_docs mem_docs(void)
{
	struct http_docs_mem *m = http_docs_mem_new();

	assert_int_equal(http_docs_mem_add(m, "/index.html", "<p>home", 7), 0);
	assert_int_equal(http_docs_mem_add(m, "/d/default.html", "default", 7), 0);
	assert_int_equal(http_docs_mem_add(m, "/b/index.html", "index", 5), 0);
	assert_int_equal(http_docs_mem_add(m, "/b/default.html", "default", 7), 0);
	assert_int_equal(http_docs_mem_add(m, "/e/x.txt", "0123456789", 10), 0);
	assert_int_equal(http_docs_mem_add(m, "/a b/q\"?/x", "", 0), 0);
	assert_int_equal(http_docs_mem_add(m, "relative", "", 0), -EINVAL);
	assert_int_equal(http_docs_mem_add(m, "/dir/", "", 0), -EINVAL);
	assert_int_equal(http_docs_mem_add(m, "/e/x.txt", "ABCDEFGHIJ", 10), 0);
	return http_docs_mem_docs(m);
}

static void ask(struct asked *a, struct http_docs docs, const char *request)
{
	struct http_reply_env env = { .docs = &a->docs, .server_name = "test" };
	struct http_reader_ops ops = { 0 };
	size_t used;

	a->docs = docs;
	http_reader_init(&a->reader, HTTP_REQUEST, 8192, &ops);
	if (http_reader_feed(&a->reader, request, strlen(request), &used) != HTTP_READ_DONE)
		fail_msg("%s", request);
	http_reply_make(&a->reply, &env, &a->reader);
}

static void done(struct asked *a)
{
	http_reply_exit(&a->reply, &a->docs);
	http_reader_exit(&a->reader);
}

/* Asks for a target with further fields; checks status, a part of the head, the body. */
static void check(struct http_docs docs, const char *request, unsigned status, const char *has,
		  const char *body)
{
	struct asked a;
	char buf[64] = "";

	ask(&a, docs, request);
	if (a.reply.status != status)
		fail_msg("%s: %u, wanted %u", request, a.reply.status, status);
	if (has && !strstr(a.reply.head.s, has))
		fail_msg("%s: no \"%s\" in %s", request, has, a.reply.head.s);
	if (body) {
		assert_true(a.reply.has_doc);
		assert_int_equal(a.reply.left, strlen(body));
		docs.ops->read(docs.ctx, &a.reply.doc, a.reply.off, buf, (size_t)a.reply.left);
		assert_string_equal(buf, body);
	} else {
		assert_int_equal(a.reply.left, 0);
	}
	done(&a);
}

#define GET(target, fields) "GET " target " HTTP/1.1\r\nHost: h\r\n" fields "\r\n"

static void test_documents(void **state)
{
	struct http_docs d = mem_docs();

	(void)state;
	check(d, GET("/", ""), 200, "Content-Length: 7\r\n", "<p>home");
	check(d, GET("/index.html", ""), 200, "Content-Type: text/html", "<p>home");
	check(d, GET("/d/", ""), 200, NULL, "default");
	check(d, GET("/b/", ""), 200, NULL, "index");
	check(d, GET("/b", ""), 301, "Location: /b/\r\n", NULL);
	check(d, GET("//b", ""), 301, "Location: /b/\r\n", NULL);
	check(d, GET("/a%20b/q%22%3f", ""), 301, "Location: /a%20b/q%22%3F/\r\n", NULL);
	check(d, GET("/e/", ""), 404, NULL, NULL);
	check(d, GET("/e/x.txt", ""), 200, "text/plain", "ABCDEFGHIJ");
	check(d, GET("/nosuch", ""), 404, "404 Not Found", NULL);
	check(d, GET("/../x", ""), 400, "Connection: close", NULL);
	check(d, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", 200, "Content-Length: 7\r\n", NULL);
	check(d, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", 405, "Allow: GET, HEAD",
	      NULL);
	check(d, "GET / HTTP/1.1\r\n\r\n", 400, NULL, NULL);
	check(d, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, NULL, NULL);
	check(d, "GET / HTTP/1.0\r\n\r\n", 200, "Connection: close", "<p>home");
	check(d, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, "Connection: keep-alive",
	      "<p>home");
	check(d, GET("/", "Connection: close\r\n"), 200, "Connection: close", "<p>home");
	check(d, "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, NULL, NULL);
	d.ops->free(d.ctx);
}

static void test_ranges(void **state)
{
	struct http_docs d = mem_docs();

	(void)state;
	check(d, GET("/e/x.txt", "Range: bytes=2-4\r\n"), 206, "Content-Range: bytes 2-4/10",
	      "CDE");
	check(d, GET("/e/x.txt", "Range: bytes=7-\r\n"), 206, "bytes 7-9/10", "HIJ");
	check(d, GET("/e/x.txt", "Range: bytes=-2\r\n"), 206, "bytes 8-9/10", "IJ");
	check(d, GET("/e/x.txt", "Range: bytes=-99\r\n"), 206, "bytes 0-9/10", "ABCDEFGHIJ");
	check(d, GET("/e/x.txt", "Range: bytes=5-99\r\n"), 206, "bytes 5-9/10", "FGHIJ");
	check(d, GET("/e/x.txt", "Range: bytes=10-\r\n"), 416, "Content-Range: bytes */10", NULL);
	check(d, GET("/e/x.txt", "Range: bytes=1-2,4-5\r\n"), 200, NULL, "ABCDEFGHIJ");
	check(d, GET("/e/x.txt", "Range: bytes=4-1\r\n"), 200, NULL, "ABCDEFGHIJ");
	check(d, GET("/e/x.txt", "Range: lines=1-2\r\n"), 200, NULL, "ABCDEFGHIJ");
	check(d, GET("/e/x.txt", "Range: bytes=99999999999999999999-\r\n"), 200, NULL,
	      "ABCDEFGHIJ");
	d.ops->free(d.ctx);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void make_tree(char *dir)
{
	char path[256], target[256];
	struct timespec times[2] = { { .tv_sec = 784111777 }, { .tv_sec = 784111777 } };

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sub", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(dir, "secret", "outside");
	write_file(dir, "sub/index.html", "inside");
	write_file(dir, "sub/.hidden", "hidden");
	snprintf(path, sizeof(path), "%s/sub/index.html", dir);
	utimensat(AT_FDCWD, path, times, 0);
	snprintf(path, sizeof(path), "%s/sub/link", dir);
	snprintf(target, sizeof(target), "%s/secret", dir);
	assert_int_equal(symlink(target, path), 0);
	snprintf(path, sizeof(path), "%s/sub/up", dir);
	assert_int_equal(symlink("..", path), 0);
	snprintf(path, sizeof(path), "%s/sub/pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/sub/d", dir);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void remove_tree(const char *dir)
{
	static const char *const names[] = {
		"sub/index.html", "sub/.hidden", "sub/link", "sub/up", "sub/pipe", "sub/d", "sub",
		"secret", "",
	};
	char path[256];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(remove(path), 0);
	}
}

static void test_directory(void **state)
{
	char dir[] = "/tmp/linnet-docs-XXXXXX", root[256];
	struct http_docs d;

	(void)state;
	make_tree(dir);
	snprintf(root, sizeof(root), "%s/sub", dir);
	assert_int_equal(http_docs_dir_open(&d, root), 0);
	check(d, GET("/", ""), 200, "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "inside");
	check(d, GET("/", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), 304, NULL, NULL);
	check(d, GET("/", "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n"), 200, NULL,
	      "inside");
	check(d, GET("/nosuch", ""), 404, NULL, NULL);
	check(d, GET("/index.html/x", ""), 404, NULL, NULL);
	check(d, GET("/.hidden", ""), 404, NULL, NULL);
	check(d, GET("/d", ""), 301, NULL, NULL);
	check(d, GET("/d/", ""), 404, NULL, NULL);
	/* links lead nowhere, pipes are no documents */
	check(d, GET("/link", ""), 403, NULL, NULL);
	check(d, GET("/up/secret", ""), 404, NULL, NULL);
	check(d, GET("/pipe", ""), 403, NULL, NULL);
	d.ops->free(d.ctx);
	snprintf(root, sizeof(root), "%s/nosuch", dir);
	assert_int_equal(http_docs_dir_open(&d, root), -ENOENT);
	snprintf(root, sizeof(root), "%s/secret", dir);
	assert_int_equal(http_docs_dir_open(&d, root), -ENOTDIR);
	remove_tree(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

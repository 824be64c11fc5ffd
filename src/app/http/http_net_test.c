/* SPDX-License-Identifier: MIT */
/* The browser and the web server on the real stack, and each against peers that misbehave. */
#include <errno.h>
#include <stdlib.h>

#include "app/dns/dns_client.h"
#include "app/http/http_client.h"
#include "app/http/http_server.h"
#include "app/util/net_test.h"

#define BIG 1000000

struct page {
	int done;
	enum http_error error;
	unsigned status, redirects;
	char message[512], url[256], type[64];
	bool reused;
	uint32_t addr;
	struct text body;
	size_t stop_at;		/* bytes; 0 = never */
};

struct lan {
	struct world w;
	struct ln_net *laptop, *web;
	struct dns_client *dns;
	struct http_browser *browser;
	struct http_server *server;
	struct text log;
};

static void on_log(void *ctx, const char *line)
{
	struct lan *t = ctx;

	text_addf(&t->log, "%s\n", line);
}

static struct http_docs documents(void)
{
	struct http_docs_mem *m = http_docs_mem_new();
	uint8_t *big = malloc(BIG);
	size_t i;

	for (i = 0; i < BIG; i++)
		big[i] = (uint8_t)(i * 7 + i / 251);
	assert_int_equal(http_docs_mem_add(m, "/index.html", "<h1>home</h1>\n", 14), 0);
	assert_int_equal(http_docs_mem_add(m, "/sub/default.html", "sub", 3), 0);
	assert_int_equal(http_docs_mem_add(m, "/big.bin", big, BIG), 0);
	free(big);
	return http_docs_mem_docs(m);
}

static void lan_start(struct lan *t, bool with_server)
{
	struct dns_client_config config = { .hosts = "10.0.0.2 web\n10.0.0.77 off\n10.0.0.77 two\n"
					    "10.0.0.2 two\n192.0.2.1 far\n" };
	struct http_server_config web = { .log = on_log, .log_ctx = t, .max_connections = 3 };

	memset(t, 0, sizeof(*t));
	t->laptop = world_host(&t->w, "laptop");
	t->web = world_host(&t->w, "web");
	world_cable(&t->w, t->laptop, t->web);
	t->dns = dns_client_new(t->laptop, &config);
	t->browser = http_browser_new(t->laptop, t->dns);
	if (with_server) {
		web.docs = documents();
		assert_int_equal(http_server_new(t->web, &web, &t->server), 0);
	}
}

static void lan_end(struct lan *t)
{
	http_browser_free(t->browser);
	dns_client_free(t->dns);
	http_server_free(t->server);
	world_end(&t->w);
	text_free(&t->log);
}

static int on_body(void *ctx, const void *bytes, size_t len)
{
	struct page *page = ctx;

	text_add(&page->body, bytes, len);
	return page->stop_at && page->body.len >= page->stop_at;
}

static void on_done(void *ctx, const struct http_response *res)
{
	struct page *page = ctx;
	const char *type = http_response_header(res, "content-type");

	page->done++;
	page->error = res->error;
	page->status = res->status;
	page->redirects = res->redirects;
	page->reused = res->reused;
	page->addr = res->addr.v4;
	snprintf(page->message, sizeof(page->message), "%s", res->message);
	snprintf(page->url, sizeof(page->url), "%s", res->url);
	snprintf(page->type, sizeof(page->type), "%s", type ? type : "");
	if (!res->error) {
		assert_int_equal(res->body_bytes, page->body.len);
		assert_true(res->started_ns <= res->resolved_ns);
		assert_true(res->connected_ns <= res->first_byte_ns);
		assert_true(res->first_byte_ns <= res->done_ns);
	}
}

static void fetch(struct lan *t, struct http_get_params params, struct page *page)
{
	params.body = on_body;
	params.done = on_done;
	params.ctx = page;
	assert_non_null(http_get_start(t->browser, &params));
	assert_int_equal(page->done, 0); /* never from inside the call */
	world_run(&t->w, 600 * WORLD_SEC, &page->done);
	assert_int_equal(page->done, 1);
}

static struct page get(struct lan *t, const char *url)
{
	struct page page = { 0 };

	fetch(t, (struct http_get_params){ .url = url }, &page);
	return page;
}

static void check_error(struct lan *t, const char *url, enum http_error error, const char *message)
{
	struct page page = get(t, url);

	if (page.error != error || !strstr(page.message, message))
		fail_msg("%s: %s: %s", url, http_error_name(page.error), page.message);
	text_free(&page.body);
}

static void test_page(void **state)
{
	struct http_server_stats st;
	struct page page;
	struct lan t;

	(void)state;
	lan_start(&t, true);
	page = get(&t, "http://web/");
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_int_equal(page.status, 200);
	assert_string_equal(page.body.s, "<h1>home</h1>\n");
	assert_string_equal(page.type, "text/html; charset=utf-8");
	assert_string_equal(page.url, "http://web/");
	world_told(&t.w,
		   "laptop: URL http://web/ -> host web, port 80, path / (server will pick its "
		   "default document)");
	world_told(&t.w, "laptop: TCP connection to 10.0.0.2:80");
	world_told(&t.w, "laptop: GET / HTTP/1.1 (");
	world_told(&t.w, "web: GET / -> /index.html: 200 OK, 14 bytes");
	world_told(&t.w, "laptop: 200 OK, 14 bytes, from 10.0.0.2");
	text_free(&page.body);
	page = get(&t, "web/nosuch?x");
	assert_int_equal(page.error, HTTP_ERR_STATUS);
	assert_int_equal(page.status, 404);
	assert_non_null(strstr(page.message, "404 Not Found; check the path"));
	assert_non_null(strstr(page.body.s, "404 Not Found"));
	text_free(&page.body);
	page = get(&t, "http://10.0.0.2/sub");
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_int_equal(page.redirects, 1);
	assert_string_equal(page.url, "http://10.0.0.2/sub/");
	assert_string_equal(page.body.s, "sub");
	text_free(&page.body);
	assert_string_equal(t.log.s, "10.0.0.1 \"GET / HTTP/1.1\" 200 14\n"
			    "10.0.0.1 \"GET /nosuch?x HTTP/1.1\" 404 0\n"
			    "10.0.0.1 \"GET /sub HTTP/1.1\" 301 0\n"
			    "10.0.0.1 \"GET /sub/ HTTP/1.1\" 200 3\n");
	world_run(&t.w, 10 * WORLD_SEC, NULL);
	http_server_stats(t.server, &st);
	assert_int_equal(st.open, 0);
	assert_int_equal(st.status[2], 2);
	assert_int_equal(st.bytes_sent, 17);
	lan_end(&t);
}

static void test_big(void **state)
{
	struct http_header range = { "Range", "bytes=999990-" };
	struct page page = { 0 };
	struct lan t;
	size_t i;

	(void)state;
	lan_start(&t, true);
	page = get(&t, "http://web/big.bin");
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_int_equal(page.body.len, BIG);
	for (i = 0; i < BIG; i++)
		if ((uint8_t)page.body.s[i] != (uint8_t)(i * 7 + i / 251))
			fail_msg("byte %zu", i);
	text_free(&page.body);
	page = (struct page){ 0 };
	fetch(&t, (struct http_get_params){ .url = "http://web/big.bin", .method = "HEAD" }, &page);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_int_equal(page.body.len, 0);
	page = (struct page){ 0 };
	fetch(&t, (struct http_get_params){ .url = "http://web/big.bin", .headers = &range,
					    .nheaders = 1 }, &page);
	assert_int_equal(page.status, 206);
	assert_int_equal(page.body.len, 10);
	text_free(&page.body);
	/* the program has enough */
	page = (struct page){ .stop_at = 5000 };
	fetch(&t, (struct http_get_params){ .url = "http://web/big.bin" }, &page);
	assert_int_equal(page.error, HTTP_ERR_STOPPED);
	assert_true(page.body.len < BIG);
	text_free(&page.body);
	lan_end(&t);
}

static void test_keep_alive(void **state)
{
	struct http_get_params params = { .url = "http://web/", .keep_alive = true };
	struct http_server_stats st;
	struct page page;
	struct lan t;
	int i;

	(void)state;
	lan_start(&t, true);
	for (i = 0; i < 5; i++) {
		page = (struct page){ 0 };
		fetch(&t, params, &page);
		assert_int_equal(page.error, HTTP_ERR_NONE);
		assert_int_equal(page.reused, i > 0);
		text_free(&page.body);
	}
	http_server_stats(t.server, &st);
	assert_int_equal(st.connections, 1);
	assert_int_equal(st.requests, 5);
	/* an idle connection goes after a while */
	world_run(&t.w, 20 * WORLD_SEC, NULL);
	page = (struct page){ 0 };
	fetch(&t, params, &page);
	assert_false(page.reused);
	text_free(&page.body);
	lan_end(&t);
}

/* More browsers at once than the server takes: all are served in the end. */
static void test_many(void **state)
{
	struct http_get_params params = { .url = "http://web/", .body = on_body, .done = on_done };
	struct page pages[12] = { { 0 } };
	struct lan t;
	int i;

	(void)state;
	lan_start(&t, true);
	for (i = 0; i < 12; i++) {
		params.ctx = &pages[i];
		assert_non_null(http_get_start(t.browser, &params));
	}
	world_run(&t.w, 120 * WORLD_SEC, NULL);
	for (i = 0; i < 12; i++) {
		assert_int_equal(pages[i].error, HTTP_ERR_NONE);
		assert_int_equal(pages[i].status, 200);
		text_free(&pages[i].body);
	}
	lan_end(&t);
}

static void test_errors(void **state)
{
	struct page page;
	struct lan t;

	(void)state;
	lan_start(&t, true);
	check_error(&t, "", HTTP_ERR_BAD_URL, "the URL is empty");
	check_error(&t, "ftp://web/", HTTP_ERR_BAD_URL, "\"ftp\" is not supported");
	check_error(&t, "https://web/", HTTP_ERR_HTTPS, "https is not supported yet");
	check_error(&t, "http://nosuch/", HTTP_ERR_DNS, "no DNS server is set");
	check_error(&t, "http://far/", HTTP_ERR_NO_ROUTE, "no route to 192.0.2.1 port 80");
	check_error(&t, "http://web:81/", HTTP_ERR_REFUSED,
		    "10.0.0.2 port 81 refuses the connection");
	check_error(&t, "http://off/", HTTP_ERR_HOST_UNREACHABLE,
		    "10.0.0.77 port 80 cannot be reached");
	/* the second address of the name works */
	page = get(&t, "http://two/");
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_int_equal(page.addr, world_addr(0, 2));
	world_told(&t.w, "tries the next address");
	text_free(&page.body);
	lan_end(&t);
}

/*
 * laptop 10.0.0.1 - router 10.0.0.2, 10.0.1.1 - server 10.0.1.2: whoever knows why a host cannot be
 * reached is named, and what he said.
 */
static void test_unreachable(void **state)
{
	struct ln_net *router, *server;
	struct lan t;

	(void)state;
	lan_start(&t, true);
	router = t.web;
	server = world_host(&t.w, "server");
	world_cable(&t.w, router, server);
	world_ctl(router, "sysctl -w net.ipv4.ip_forward=1");
	world_ctl(router, "ip route add prohibit 10.8.0.0/16");
	world_ctl(router, "ip route add 10.6.0.0/16 via 10.0.1.2"); /* in a circle */
	world_ctl(server, "ip route add default via 10.0.1.1");
	world_ctl(server, "sysctl -w net.ipv4.ip_forward=1");
	check_error(&t, "http://10.0.1.9/", HTTP_ERR_NO_ROUTE,
		    "no route to 10.0.1.9 port 80: this host's routing table has no entry");
	world_ctl(t.laptop, "ip route add default via 10.0.0.2");
	world_ctl(t.laptop, "ip route add 10.5.0.0/16 via 10.0.0.99");
	world_ctl(t.laptop, "ip route add unreachable 10.4.0.0/16");
	world_ctl(t.laptop, "ip route add prohibit 10.3.0.0/16");
	world_ctl(t.laptop, "ip route add blackhole 10.2.0.0/16");
	check_error(&t, "http://198.51.100.1/", HTTP_ERR_NO_ROUTE,
		    "no route to 198.51.100.1 port 80: the router 10.0.0.2 says "
		    "\"network unreachable\"");
	check_error(&t, "http://10.0.1.77/", HTTP_ERR_HOST_UNREACHABLE,
		    "10.0.1.77 port 80 cannot be reached: the router 10.0.0.2 says "
		    "\"host unreachable\"");
	check_error(&t, "http://10.8.0.1/", HTTP_ERR_HOST_UNREACHABLE,
		    "the router 10.0.0.2 says \"administratively prohibited\"");
	check_error(&t, "http://10.6.0.1/", HTTP_ERR_HOST_UNREACHABLE,
		    "says \"time to live exceeded\"");
	check_error(&t, "http://10.0.0.77/", HTTP_ERR_HOST_UNREACHABLE,
		    "10.0.0.77 port 80 cannot be reached: it does not answer ARP");
	check_error(&t, "http://10.5.0.1/", HTTP_ERR_HOST_UNREACHABLE,
		    "cannot be reached: the gateway 10.0.0.99 does not answer ARP");
	check_error(&t, "http://10.4.0.1/", HTTP_ERR_HOST_UNREACHABLE,
		    "a route of this host's says so");
	check_error(&t, "http://10.3.0.1/", HTTP_ERR_NO_ROUTE, "a route of this host's forbids it");
	check_error(&t, "http://10.2.0.1/", HTTP_ERR_NO_ROUTE, "a route of this host's forbids it");
	check_error(&t, "http://10.0.0.255/", HTTP_ERR_NO_ROUTE, "is no single host's address");
	check_error(&t, "http://224.0.0.1/", HTTP_ERR_NO_ROUTE, "is no single host's address");
	lan_end(&t);
}

static void test_timeouts(void **state)
{
	struct http_get_params params = { .url = "http://web/", .connect_timeout_ms = 2000 };
	struct page page = { 0 };
	struct lan t;
	int64_t start;

	(void)state;
	lan_start(&t, true);
	page = get(&t, "http://web/"); /* so that ARP is known */
	text_free(&page.body);
	t.w.cut[0] = true;
	start = t.w.now;
	page = (struct page){ 0 };
	fetch(&t, params, &page);
	assert_int_equal(page.error, HTTP_ERR_TIMED_OUT);
	assert_non_null(strstr(page.message, "does not answer"));
	assert_in_range(t.w.now - start, 2 * WORLD_SEC, 2 * WORLD_SEC + WORLD_MS);
	lan_end(&t);
}

/* --- a server made of a text --- */

struct script {
	const char *reply;
	bool keep_open, reset;
	bool once;		/* a second request on a connection finds it closed */
	unsigned requests;	/* on this connection */
	int listener, conn;
};

static void on_script_conn(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct ln_linger linger = { .l_onoff = 1 };
	struct script *s = ctx;
	char buf[4096];

	(void)events;
	if (ln_recv(net, fd, buf, sizeof(buf), 0) <= 0)
		return;
	if (!s->once || !s->requests++)
		ln_send(net, fd, s->reply, strlen(s->reply), 0);
	if (s->keep_open && s->requests < 2)
		return;
	if (s->reset)
		ln_setsockopt(net, fd, LN_SOL_SOCKET, LN_SO_LINGER, &linger, sizeof(linger));
	ln_close(net, fd);
	s->conn = -1;
}

static void on_script_accept(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct script *s = ctx;
	int conn = ln_accept(net, fd, NULL, NULL);

	(void)events;
	if (conn < 0)
		return;
	s->conn = conn;
	s->requests = 0;
	ln_set_wake(net, conn, on_script_conn, s);
	on_script_conn(s, net, conn, 0);
}

static void check_script(const char *reply, bool keep_open, bool reset, enum http_error error,
			 const char *text)
{
	struct http_get_params params = { .url = "http://web:8080/a", .idle_timeout_ms = 3000 };
	struct script s = { .reply = reply, .keep_open = keep_open, .reset = reset, .conn = -1 };
	struct page page = { 0 };
	struct lan t;

	lan_start(&t, true);
	s.listener = inet_listen(t.web, &(struct ipaddr){ 0 }, 8080, 5);
	assert_true(s.listener >= 0);
	ln_set_wake(t.web, s.listener, on_script_accept, &s);
	fetch(&t, params, &page);
	if (page.error != error || !strstr(error ? page.message : page.body.s, text))
		fail_msg("%s: %s: %s", reply, http_error_name(page.error), page.message);
	text_free(&page.body);
	if (s.conn >= 0)
		ln_close(t.web, s.conn);
	ln_close(t.web, s.listener);
	lan_end(&t);
}

static void test_servers(void **state)
{
	(void)state;
	check_script("HTTP/1.0 200 OK\r\n\r\nuntil the end", false, false, HTTP_ERR_NONE,
		     "until the end");
	check_script(
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"4\r\nchun\r\n3\r\nked\r\n0\r\n\r\n",
		true, false, HTTP_ERR_NONE, "chunked");
	check_script("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		     true, false, HTTP_ERR_NONE, "ok");
	check_script("220 mail ESMTP\r\n", true, false, HTTP_ERR_BAD_RESPONSE, "is not HTTP/1.1");
	check_script("", false, false, HTTP_ERR_BAD_RESPONSE, "without an answer");
	check_script("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", false, false,
		     HTTP_ERR_BAD_RESPONSE, "in the middle of the page, after 5 bytes");
	check_script("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsilence", true, false,
		     HTTP_ERR_TIMED_OUT, "has sent nothing for 3 s");
	check_script("HTTP/1.1 301 Moved\r\nLocation: http://web:8080/a\r\n\r\n", false, false,
		     HTTP_ERR_REDIRECTS, "redirected more than 10 times");
	check_script("HTTP/1.1 302 Found\r\nLocation: https://web/\r\n\r\n", false, false,
		     HTTP_ERR_HTTPS, "https is not supported yet");
	check_script("HTTP/1.1 302 Found\r\nLocation: http://web/\r\n\r\n", false, false,
		     HTTP_ERR_NONE, "<h1>home</h1>");
	check_script("HTTP/1.1 101 Switching Protocols\r\n\r\n", true, false, HTTP_ERR_BAD_RESPONSE,
		     "");
}

/* A kept connection that the server closes just as it is used again: the get asks anew. */
static void test_stale(void **state)
{
	struct http_get_params params = { .url = "http://web:8080/", .keep_alive = true };
	struct script s = { .reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
			    .keep_open = true, .once = true, .conn = -1 };
	struct page page;
	struct lan t;
	int i;

	(void)state;
	lan_start(&t, false);
	s.listener = inet_listen(t.web, &(struct ipaddr){ 0 }, 8080, 5);
	ln_set_wake(t.web, s.listener, on_script_accept, &s);
	for (i = 0; i < 3; i++) {
		page = (struct page){ 0 };
		fetch(&t, params, &page);
		assert_int_equal(page.error, HTTP_ERR_NONE);
		assert_string_equal(page.body.s, "ok");
		assert_false(page.reused);
		text_free(&page.body);
	}
	world_told(&t.w, "the connection to 10.0.0.2:8080 is still open: used again");
	ln_close(t.web, s.conn);
	ln_close(t.web, s.listener);
	lan_end(&t);
}

static void test_reset(void **state)
{
	(void)state;
	check_script("", false, true, HTTP_ERR_RESET, "was reset");
}

/* --- a client made of a text --- */

struct raw {
	int fd;
	const char *request;
	struct text got;
	int done;
};

static void on_raw(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct raw *r = ctx;
	char buf[4096];
	ptrdiff_t n;

	if (r->request && (events & LN_POLLOUT)) {
		ln_send(net, fd, r->request, strlen(r->request), 0);
		r->request = NULL;
	}
	while ((n = ln_recv(net, fd, buf, sizeof(buf), 0)) > 0)
		text_add(&r->got, buf, (size_t)n);
	r->done |= !n;
}

/* What the server says to some bytes, until it closes or a second has passed. */
static void check_raw(const char *request, const char *const *wants, bool closes)
{
	struct ln_sockaddr_in to = inet4_sockaddr(world_addr(0, 2), 80);
	struct raw r = { .request = request };
	const char *at;
	struct lan t;

	lan_start(&t, true);
	r.fd = ln_socket(t.laptop, LN_AF_INET, LN_SOCK_STREAM, 0);
	ln_set_wake(t.laptop, r.fd, on_raw, &r);
	assert_int_equal(ln_connect(t.laptop, r.fd, &to, sizeof(to)), -EINPROGRESS);
	world_run(&t.w, WORLD_SEC, &r.done);
	assert_int_equal(r.done, closes);
	for (at = r.got.s; *wants; wants++) {
		at = at ? strstr(at, *wants) : NULL;
		if (!at)
			fail_msg("%s: no \"%s\" in %s", request, *wants,
				 r.got.s ? r.got.s : "nothing");
		at += strlen(*wants);
	}
	text_free(&r.got);
	ln_close(t.laptop, r.fd);
	lan_end(&t);
}

#define WANT(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_clients(void **state)
{
	(void)state;
	check_raw("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /sub/ HTTP/1.1\r\nHost: h\r\n\r\n"
		  "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		  WANT("200 OK", "<h1>home</h1>", "200 OK", "sub", "200 OK", "Connection: close"),
		  true);
	check_raw("GET / HTTP/1.1\r\nHost: h\r\n\r\n", WANT("200 OK", "keep-alive", "home"), false);
	check_raw("GET / HTTP/1.0\r\n\r\n", WANT("200 OK", "Connection: close", "home"), true);
	check_raw(
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
		"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
		WANT("405 Method Not Allowed", "200 OK"), false);
	check_raw("BREW / HTTP/1.1\r\n\r\n", WANT("501 Not Implemented"), true);
	check_raw("GET /%2e%2e/x HTTP/1.1\r\nHost: h\r\n\r\n", WANT("400 Bad Request"), true);
	check_raw("hello\r\n\r\n", WANT("HTTP/1.1 "), true);
	check_raw("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nand more", WANT("200 OK"),
		  true);
}

/* A body that is too long, fields that are too many. */
static void test_too_much(void **state)
{
	struct text request = { 0 };
	int i;

	(void)state;
	text_adds(&request, "GET / HTTP/1.1\r\nHost: h\r\nX: ");
	for (i = 0; i < 9000; i++)
		text_adds(&request, "a");
	text_adds(&request, "\r\n\r\n");
	check_raw(request.s, WANT("431 Request Header Fields Too Large", "close"), true);
	text_free(&request);
	text_adds(&request, "GET /");
	for (i = 0; i < 9000; i++)
		text_adds(&request, "a");
	check_raw(request.s, WANT("414 URI Too Long", "close"), true);
	text_free(&request);
}

static void test_idle_client(void **state)
{
	struct ln_sockaddr_in to = inet4_sockaddr(world_addr(0, 2), 80);
	struct http_server_stats st;
	struct raw r = { 0 };
	struct lan t;

	(void)state;
	lan_start(&t, true);
	r.fd = ln_socket(t.laptop, LN_AF_INET, LN_SOCK_STREAM, 0);
	ln_set_wake(t.laptop, r.fd, on_raw, &r);
	ln_connect(t.laptop, r.fd, &to, sizeof(to));
	world_run(&t.w, 30 * WORLD_SEC, NULL);
	http_server_stats(t.server, &st);
	assert_int_equal(st.open, 1);
	world_run(&t.w, 60 * WORLD_SEC, &r.done);
	assert_int_equal(r.done, 1);
	http_server_stats(t.server, &st);
	assert_int_equal(st.open, 0);
	ln_close(t.laptop, r.fd);
	lan_end(&t);
}

static int on_body_cut(void *ctx, const void *bytes, size_t len)
{
	struct lan *t = ctx;

	(void)bytes;
	t->w.cut[0] |= len > 0; /* no more than what is on the way already */
	return 0;
}

static void on_never(void *ctx, const struct http_response *res)
{
	(void)ctx;
	fail_msg("it was cancelled, and yet: %s", res->message);
}

/* What ends in the middle leaves nothing behind. */
static void test_cancel(void **state)
{
	struct http_get_params params = { .url = "http://web/big.bin", .body = on_body_cut,
					  .done = on_never };
	struct http_get *g;
	struct lan t;

	(void)state;
	lan_start(&t, true);
	params.ctx = &t;
	http_get_cancel(http_get_start(t.browser, &params)); /* before it has begun */
	t.w.cut[0] = true;
	g = http_get_start(t.browser, &params);
	world_run(&t.w, WORLD_MS, NULL);
	http_get_cancel(g); /* while it connects */
	t.w.cut[0] = false;
	g = http_get_start(t.browser, &params);
	world_run(&t.w, 100 * WORLD_MS, NULL);
	assert_true(t.w.cut[0]);
	http_get_cancel(g); /* in the middle of the page */
	t.w.cut[0] = false;
	http_get_start(t.browser, &params);
	world_run(&t.w, 100 * WORLD_MS, NULL);
	lan_end(&t); /* and with one under way */
}

/* --- memory --- */

/*
 * A whole get, with the n-th allocation of the laptop's or the server's stack refused: it ends,
 * well or with an error, and leaves nothing behind. Return: whether there was an n-th at all.
 */
static bool get_without_memory(uint64_t nth, bool at_server)
{
	struct http_get_params params = { .url = "http://two/", .body = on_body, .done = on_done,
					  .connect_timeout_ms = 3000, .idle_timeout_ms = 3000 };
	struct page page = { 0 };
	struct http_get *g;
	bool refused;
	struct lan t;

	lan_start(&t, true);
	params.ctx = &page;
	ln_net_fail_alloc(at_server ? t.web : t.laptop, nth);
	g = http_get_start(t.browser, &params);
	world_run(&t.w, 60 * WORLD_SEC, g ? &page.done : NULL);
	if (g)
		assert_int_equal(page.done, 1);
	if (g && !page.error)
		assert_string_equal(page.body.s, "<h1>home</h1>\n");
	/* a page that came in no time, without anything having been refused, ends the series */
	refused = !g || page.error || t.w.now > 4 * WORLD_SEC || nth < 100;
	text_free(&page.body);
	lan_end(&t);
	return refused;
}

static void test_memory(void **state)
{
	uint64_t n;

	(void)state;
	for (n = 1; n < 1000 && get_without_memory(n, false); n++)
		;
	for (n = 1; n < 1000 && get_without_memory(n, true); n++)
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_big),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_idle_client),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* One request on one connection: send, receive. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/http/http_client_impl.h"
#include "app/util/inet.h"
#include "app/util/journey.h"

#define NSEC_PER_MSEC 1000000ll
#define READ_SIZE 16384

static void on_wake(void *ctx, struct ln_net *net, int fd, unsigned events);

static void timer_stop(struct http_get *g)
{
	if (g->timer)
		ln_timer_cancel(g->b->net, g->timer);
	g->timer = 0;
}

void http_transfer_stop(struct http_get *g)
{
	timer_stop(g);
	if (g->fd >= 0) {
		ln_set_wake(g->b->net, g->fd, NULL, NULL);
		ln_close(g->b->net, g->fd);
	}
	g->fd = -1;
	g->phase = HTTP_PHASE_NONE;
	text_free(&g->out);
}

/* --- timeouts --- */

static void on_timer(void *ctx, struct ln_net *net);

static void timer_start(struct http_get *g, int64_t when)
{
	timer_stop(g);
	g->timer = ln_timer_add(g->b->net, when, on_timer, g);
	if (g->timer < 0)
		g->timer = 0; /* no memory: TCP's own timeouts remain */
}

static int64_t idle_ns(const struct http_get *g)
{
	return g->p.idle_timeout_ms * NSEC_PER_MSEC;
}

static void on_timer(void *ctx, struct ln_net *net)
{
	struct http_get *g = ctx;
	char peer[HTTP_PEER_MAX];

	g->timer = 0;
	if (ln_net_now(net) - g->last_ns < idle_ns(g)) {
		timer_start(g, g->last_ns + idle_ns(g));
	} else {
		http_get_fail(g, HTTP_ERR_TIMED_OUT, "%s has sent nothing for %u s; the server is "
			      "overloaded, or the way to it is broken",
			      http_peer_text(g, &g->res.addr, peer),
			      g->p.idle_timeout_ms / 1000);
	}
}

/* --- the response --- */

static int on_head(void *ctx)
{
	struct http_get *g = ctx;
	struct http_reader *r = &g->reader;
	unsigned i;

	g->res.status = r->p.status_code;
	g->res.reason = r->start.s ? r->start.s : "";
	g->res.version_minor = r->p.http_minor;
	g->res.content_length = http_reader_content_length(r);
	g->res.nheaders = 0;
	free(g->fields);
	g->fields = calloc(r->nfields + 1, sizeof(*g->fields));
	g->res.headers = g->fields;
	for (i = 0; g->fields && i < r->nfields; i++)
		g->fields[g->res.nheaders++] = (struct http_header){
			.name = http_reader_name(r, i), .value = http_reader_value(r, i),
		};
	if (r->p.status_code / 100 == 1) /* 100 Continue: the real one follows */
		return 0;
	g->redirecting = http_is_redirect(g);
	return !g->redirecting && g->p.head ? g->p.head(g->p.ctx, &g->res) : 0;
}

static int on_body(void *ctx, const void *bytes, size_t len)
{
	struct http_get *g = ctx;

	g->res.body_bytes += len;
	if (g->redirecting)
		return g->res.body_bytes > HTTP_REDIRECT_BODY_MAX;
	return g->p.body ? g->p.body(g->p.ctx, bytes, len) : 0;
}

static void reader_start(struct http_get *g)
{
	struct http_reader_ops ops = { .head = on_head, .body = on_body, .ctx = g };

	http_reader_exit(&g->reader);
	http_reader_init(&g->reader, HTTP_RESPONSE, HTTP_HEADERS_MAX_BYTES, &ops);
	g->reader.no_body = !strcmp(g->p.method, "HEAD");
	g->redirecting = false;
	g->res.body_bytes = 0;
	g->res.status = 0;
	g->res.nheaders = 0;
	g->res.content_length = -1;
}

static void response_bad(struct http_get *g, enum http_read res)
{
	char peer[HTTP_PEER_MAX];

	http_peer_text(g, &g->res.addr, peer);
	if (res == HTTP_READ_TOO_LARGE)
		http_get_fail(g, HTTP_ERR_BAD_RESPONSE,
			      "%s sent more than %d bytes of header fields", peer,
			      HTTP_HEADERS_MAX_BYTES);
	else if (!g->read_bytes)
		http_get_fail(g, HTTP_ERR_BAD_RESPONSE,
			      "%s closed the connection without an answer; "
			      "is it a web server?",
			      peer);
	else if (g->reader.head_done)
		http_get_fail(g, HTTP_ERR_BAD_RESPONSE,
			      "%s closed the connection in the middle of the "
			      "page, after %llu bytes of it; try again",
			      peer, (unsigned long long)g->res.body_bytes);
	else
		http_get_fail(g, HTTP_ERR_BAD_RESPONSE,
			      "what %s sent is not HTTP/1.1 (%s); is it a web "
			      "server?",
			      peer, http_reader_problem(&g->reader));
}

/* Return: whether the get goes on; it may be gone otherwise. */
static bool response_feed(struct http_get *g, const uint8_t *bytes, size_t len)
{
	enum http_read res;
	size_t used, at = 0;

	do {
		res = http_reader_feed(&g->reader, bytes + at, len - at, &used);
		at += used;
		if (res == HTTP_READ_DONE && g->reader.p.status_code / 100 == 1 &&
		    g->reader.p.status_code != 101) {
			reader_start(g);
			res = HTTP_READ_MORE;
		}
	} while (res == HTTP_READ_MORE && at < len);
	if (res == HTTP_READ_MORE)
		return true;
	if (res == HTTP_READ_DONE && g->res.status != 101)
		http_transfer_done(g);
	else if (res == HTTP_READ_STOPPED && g->redirecting)
		http_transfer_done(g);
	else if (res == HTTP_READ_STOPPED)
		http_get_fail(g, HTTP_ERR_STOPPED, "stopped");
	else
		response_bad(g, res);
	return false;
}

/* A kept connection may be closed by the server just when it is used again: ask anew. */
static bool retry_fresh(struct http_get *g)
{
	if (!g->reused || g->read_bytes)
		return false;
	http_transfer_stop(g);
	g->reused = false;
	http_dial_again(g);
	return true;
}

static void transfer_failed(struct http_get *g, int err)
{
	if (!retry_fresh(g))
		http_get_end(g, http_socket_error(g, err));
}

static void transfer_read(struct http_get *g)
{
	uint8_t buf[READ_SIZE];
	ptrdiff_t n;

	for (;;) {
		n = ln_recv(g->b->net, g->fd, buf, sizeof(buf), 0);
		if (n == -EAGAIN)
			return;
		if (n < 0) {
			transfer_failed(g, (int)n);
			return;
		}
		if (!n && retry_fresh(g))
			return;
		g->last_ns = ln_net_now(g->b->net);
		if (!g->read_bytes && n)
			g->res.first_byte_ns = g->last_ns;
		g->read_bytes += (uint64_t)n;
		if (!response_feed(g, buf, (size_t)n) || !n)
			return;
	}
}

/* --- the request --- */

/* False: the get is over. */
static bool transfer_send(struct http_get *g)
{
	while (g->out.len) {
		ptrdiff_t n = ln_send(g->b->net, g->fd, g->out.s, g->out.len, LN_MSG_NOSIGNAL);

		if (n == -EAGAIN)
			return true;
		if (n < 0) {
			transfer_failed(g, (int)n);
			return false;
		}
		text_consume(&g->out, (size_t)n);
		g->last_ns = ln_net_now(g->b->net);
	}
	return true;
}

static void tell_request(struct http_get *g)
{
	const char *end = strstr(g->out.s, "\r\n\r\n");

	http_get_name(g);
	if (g->p.request && end)
		g->p.request(g->p.ctx, &g->res, g->out.s, (size_t)(end + 4 - g->out.s));
}

void http_transfer_begin(struct http_get *g)
{
	g->phase = HTTP_PHASE_TRANSFER;
	g->read_bytes = 0;
	g->last_ns = ln_net_now(g->b->net);
	g->res.connected_ns = g->last_ns;
	g->res.reused = g->reused;
	reader_start(g);
	text_free(&g->out);
	if (!http_request_format(g, &g->out)) {
		http_get_fail(g, HTTP_ERR_LOCAL, "out of memory");
		return;
	}
	journeyf(g->b->net, "%s %s HTTP/1.1 (%zu bytes)", g->p.method, g->url.target, g->out.len);
	tell_request(g);
	ln_set_wake(g->b->net, g->fd, on_wake, g);
	timer_start(g, g->last_ns + idle_ns(g));
	if (transfer_send(g))
		transfer_read(g);
}

static void on_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct http_get *g = ctx;

	(void)net;
	(void)fd;
	(void)events;
	if (transfer_send(g) && g->phase == HTTP_PHASE_TRANSFER)
		transfer_read(g);
}

void http_transfer_reuse(struct http_get *g)
{
	char addr[IPADDR_PORT_TEXT_MAX];

	g->reused = true;
	journeyf(g->b->net, "the connection to %s is still open: used again",
		 ipaddr_port_text(g->b->net, &g->res.addr, g->url.port, addr));
	http_transfer_begin(g);
}

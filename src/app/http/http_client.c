/* SPDX-License-Identifier: MIT */
#include "app/http/http_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/http/http_client_impl.h"
#include "app/util/inet.h"
#include "app/util/journey.h"

#define BROWSER_CACHE_ENTRIES 256
#define CONNECT_TIMEOUT_MS 30000
#define IDLE_TIMEOUT_MS 30000


/* --- the browser --- */

struct http_browser *http_browser_new(struct ln_net *net, struct dns_client *dns)
{
	struct http_browser *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->net = net;
	b->dns = dns;
	b->cache = dns_cache_new(BROWSER_CACHE_ENTRIES, ln_net_random(net));
	if (!b->cache) {
		free(b);
		return NULL;
	}
	return b;
}

static void idle_free(struct http_idle *idle, bool close_fd)
{
	struct http_idle **link = &idle->b->idle;

	while (*link != idle)
		link = &(*link)->next;
	*link = idle->next;
	idle->b->nidle--;
	if (idle->timer)
		ln_timer_cancel(idle->b->net, idle->timer);
	ln_set_wake(idle->b->net, idle->fd, NULL, NULL);
	if (close_fd)
		ln_close(idle->b->net, idle->fd);
	free(idle);
}

void http_browser_free(struct http_browser *b)
{
	if (!b)
		return;
	while (b->gets)
		http_get_cancel(b->gets);
	while (b->idle)
		idle_free(b->idle, true);
	dns_cache_free(b->cache);
	free(b);
}

struct dns_cache *http_browser_cache(struct http_browser *b)
{
	return b->cache;
}

/* Whatever comes on an idle connection, it is its end. */
static void on_idle_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	(void)net;
	(void)fd;
	if (events & (LN_POLLIN | LN_POLLHUP | LN_POLLRDHUP | LN_POLLERR))
		idle_free(ctx, true);
}

static void on_idle_timer(void *ctx, struct ln_net *net)
{
	struct http_idle *idle = ctx;

	(void)net;
	idle->timer = 0;
	idle_free(idle, true);
}

int http_idle_take(struct http_get *g)
{
	struct http_idle *idle;
	unsigned i;
	int fd;

	for (idle = g->b->idle; idle; idle = idle->next)
		for (i = 0; i < g->naddrs; i++)
			if (g->p.keep_alive && ipaddr_equal(&idle->addr, &g->addrs[i]) &&
			    idle->port == g->url.port) {
				fd = idle->fd;
				g->res.addr = idle->addr;
				g->res.port = idle->port;
				idle_free(idle, false);
				return fd;
			}
	return -1;
}

void http_idle_put(struct http_get *g)
{
	struct http_browser *b = g->b;
	struct http_idle *idle = calloc(1, sizeof(*idle)), *last;

	if (!idle)
		return; /* the caller closes it */
	if (b->nidle >= HTTP_IDLE_CONNS_MAX) {
		for (last = b->idle; last->next; last = last->next)
			;
		idle_free(last, true);
	}
	*idle = (struct http_idle){
		.b = b, .next = b->idle, .fd = g->fd, .addr = g->res.addr, .port = g->res.port,
	};
	b->idle = idle;
	b->nidle++;
	g->fd = -1;
	idle->timer = ln_timer_add(b->net, ln_net_now(b->net) + HTTP_IDLE_NS, on_idle_timer, idle);
	if (idle->timer <= 0) {
		idle->timer = 0;
		idle_free(idle, true);
		return;
	}
	ln_set_wake(b->net, idle->fd, on_idle_wake, idle);
}

/* --- the end of a get --- */

static void get_free(struct http_get *g)
{
	size_t i;

	http_reader_exit(&g->reader);
	for (i = 0; g->headers && i < g->p.nheaders; i++) {
		free((void *)(uintptr_t)g->headers[i].name);
		free((void *)(uintptr_t)g->headers[i].value);
	}
	free(g->headers);
	free(g->fields);
	free(g->url_text);
	free(g->method);
	free(g->body);
	free(g);
}

/* Nothing more can happen to it. */
static void get_detach(struct http_get *g)
{
	struct http_get **link = &g->b->gets;

	while (*link != g)
		link = &(*link)->next;
	*link = g->next;
	http_dial_stop(g);
	http_transfer_stop(g);
}

static void reset_on_close(struct http_get *g)
{
	struct ln_linger reset = { .l_onoff = 1 };

	if (g->fd >= 0)
		ln_setsockopt(g->b->net, g->fd, LN_SOL_SOCKET, LN_SO_LINGER, &reset, sizeof(reset));
}

void http_get_cancel(struct http_get *g)
{
	if (!g)
		return;
	reset_on_close(g);
	get_detach(g);
	get_free(g);
}

void http_get_name(struct http_get *g)
{
	if (url_format(&g->url, g->final_url, sizeof(g->final_url)) < 0 || !g->url.host[0])
		snprintf(g->final_url, sizeof(g->final_url), "%s", g->url_text);
	g->res.url = g->final_url;
}

void http_get_end(struct http_get *g, enum http_error error)
{
	get_detach(g);
	g->res.error = error;
	g->res.done_ns = ln_net_now(g->b->net);
	if (error && !g->message[0])
		snprintf(g->message, sizeof(g->message), "%s", http_error_name(error));
	if (!error)
		g->message[0] = 0;
	if (error)
		journeyf(g->b->net, "%s: %s", http_error_name(error), g->message);
	g->res.message = g->message;
	g->res.reason = g->res.status && g->reader.start.s ? g->reader.start.s : "";
	http_get_name(g);
	g->p.done(g->p.ctx, &g->res);
	get_free(g);
}

void http_get_give_up(struct http_get *g, enum http_error error, const char *why)
{
	char peer[HTTP_PEER_MAX];

	http_peer_text(g, &g->res.addr, peer);
	reset_on_close(g);
	if (g->phase == HTTP_PHASE_CONNECTING)
		http_get_fail(g, error, "%s; it was connecting to %s", why, peer);
	else if (g->phase == HTTP_PHASE_TRANSFER && g->res.status)
		http_get_fail(g, error, "%s; %llu bytes of the page had come from %s", why,
			      (unsigned long long)g->res.body_bytes, peer);
	else if (g->phase == HTTP_PHASE_TRANSFER)
		http_get_fail(g, error, "%s; it was waiting for the answer of %s", why, peer);
	else
		http_get_fail(g, error, "%s; it was looking for the address of %s", why,
			      g->url.host[0] ? g->url.host : g->url_text);
}

const char *http_response_header(const struct http_response *res, const char *name)
{
	size_t i;

	for (i = 0; i < res->nheaders; i++)
		if (!strcasecmp(res->headers[i].name, name))
			return res->headers[i].value;
	return NULL;
}

/* --- redirects --- */

bool http_is_redirect(const struct http_get *g)
{
	unsigned s = g->res.status;

	return !g->p.no_redirects && http_response_header(&g->res, "Location") &&
	       (s == 301 || s == 302 || s == 303 || s == 307 || s == 308);
}

static void get_redirect(struct http_get *g)
{
	const char *where = http_response_header(&g->res, "Location");
	enum url_error error;

	if (++g->res.redirects > HTTP_REDIRECTS_MAX) {
		http_get_fail(g, HTTP_ERR_REDIRECTS,
			      "redirected more than %d times, last to %.200s", HTTP_REDIRECTS_MAX,
			      where);
		return;
	}
	journeyf(g->b->net, "%u %s: redirected to %.300s", g->res.status, g->res.reason, where);
	/* 303 asks with GET; so do browsers after POST on 301 and 302 (RFC 9110 15.4) */
	if ((g->res.status == 303 && strcmp(g->p.method, "HEAD")) ||
	    (g->res.status < 303 && !strcmp(g->p.method, "POST"))) {
		g->p.method = "GET";
		g->p.request_body_len = 0;
	}
	g->from = g->url;
	error = url_resolve(&g->url, &g->from, where);
	if (error) {
		char message[sizeof(g->url.message)];

		snprintf(message, sizeof(message), "%s", g->url.message);
		g->url = g->from;
		http_get_fail(g, error == URL_HTTPS ? HTTP_ERR_HTTPS : HTTP_ERR_REDIRECTS,
			      "the server redirects to %.200s: %s", where, message);
		return;
	}
	g->res.status = 0; /* what is told in the end is of the last request */
	g->res.nheaders = 0;
	http_resolve(g);
}

static void tell_response(const struct http_get *g)
{
	char addr[IPADDR_TEXT_MAX];

	journeyf(g->b->net, "%u %s, %llu bytes, from %s", g->res.status, g->res.reason,
		 (unsigned long long)g->res.body_bytes, ipaddr_text(g->b->net, &g->res.addr, addr));
}

void http_transfer_done(struct http_get *g)
{
	bool reusable = g->p.keep_alive && g->reader.complete && !g->out.len &&
			http_should_keep_alive(&g->reader.p);
	bool redirect = g->redirecting;

	if (!redirect)
		tell_response(g);
	if (reusable)
		http_idle_put(g);
	http_transfer_stop(g);
	if (redirect)
		get_redirect(g);
	else if (g->res.status >= 400)
		http_get_fail(
			g, HTTP_ERR_STATUS, "the server answers %u %s%s", g->res.status,
			g->res.reason,
			g->res.status == 404 ? "; check the path" :
			g->res.status >= 500 ? "; the fault is the server's, try again later" :
					       "");
	else
		http_get_end(g, HTTP_ERR_NONE);
}

/* --- the start --- */

static void tell_url(const struct http_get *g)
{
	bool directory = g->url.target[g->url.path_len - 1] == '/';

	journeyf(g->b->net, "URL %s -> host %s, port %u, path %.*s%s%s%s", g->url_text, g->url.host,
		 g->url.port, (int)g->url.path_len, g->url.target,
		 g->url.target[g->url.path_len] ? ", query " : "", g->url.target + g->url.path_len,
		 directory ? " (server will pick its default document)" : "");
}

/* What the program gave, before a byte of it is sent. */
static const char *params_problem(const struct http_get *g)
{
	size_t i;

	if (!http_name_is_good(g->p.method))
		return "the method is not a word of HTTP";
	for (i = 0; i < g->p.nheaders; i++)
		if (!http_name_is_good(g->p.headers[i].name) ||
		    !http_value_is_good(g->p.headers[i].value))
			return "a header field has a character that may not stand there";
	return NULL;
}

static void on_start(void *ctx, struct ln_net *net)
{
	struct http_get *g = ctx;
	const char *problem = params_problem(g);
	enum url_error error;

	(void)net;
	g->timer = 0;
	error = url_parse(&g->url, g->url_text);
	if (error) {
		char message[sizeof(g->url.message)];

		snprintf(message, sizeof(message), "%s", g->url.message);
		g->url.host[0] = 0; /* the result shows the URL as it was given */
		http_get_fail(g, error == URL_HTTPS ? HTTP_ERR_HTTPS : HTTP_ERR_BAD_URL, "%s",
			      message);
	} else if (problem) {
		http_get_fail(g, HTTP_ERR_LOCAL, "%s", problem);
	} else {
		tell_url(g);
		http_resolve(g);
	}
}

static bool copy_headers(struct http_get *g, const struct http_get_params *params)
{
	size_t i;

	g->headers = calloc(params->nheaders + 1, sizeof(*g->headers));
	g->p.headers = g->headers;
	for (i = 0; g->headers && i < params->nheaders; i++) {
		g->headers[i].name = strdup(params->headers[i].name);
		g->headers[i].value = strdup(params->headers[i].value);
		if (!g->headers[i].name || !g->headers[i].value)
			return false;
	}
	return g->headers;
}

static bool copy_params(struct http_get *g, const struct http_get_params *params)
{
	g->p = *params;
	g->url_text = strdup(params->url);
	g->method = strdup(params->method ? params->method : "GET");
	g->body = malloc(params->request_body_len + 1);
	if (!g->url_text || !g->method || !g->body || !copy_headers(g, params))
		return false;
	if (params->request_body_len)
		memcpy(g->body, params->request_body, params->request_body_len);
	g->p.url = g->url_text;
	g->p.method = g->method;
	g->p.request_body = g->body;
	g->p.connect_timeout_ms = params->connect_timeout_ms ? params->connect_timeout_ms :
				  CONNECT_TIMEOUT_MS;
	g->p.idle_timeout_ms = params->idle_timeout_ms ? params->idle_timeout_ms : IDLE_TIMEOUT_MS;
	return true;
}

struct http_get *http_get_start(struct http_browser *b, const struct http_get_params *params)
{
	struct http_get *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->b = b;
	g->fd = g->watch_fd = -1;
	http_dial_init(g);
	g->res.content_length = -1;
	g->res.started_ns = ln_net_now(b->net);
	g->res.resolved_ns = g->res.connected_ns = g->res.first_byte_ns = g->res.done_ns = -1;
	if (copy_params(g, params))
		g->timer = ln_timer_add(b->net, g->res.started_ns, on_start, g);
	if (g->timer <= 0) {
		get_free(g);
		return NULL;
	}
	g->next = b->gets;
	b->gets = g;
	return g;
}

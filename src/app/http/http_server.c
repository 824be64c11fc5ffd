/* SPDX-License-Identifier: MIT */
/*
 * Connections of the web server. Each is at any time reading one request, sending one
 * response, or, after the last response, waiting for the client to close, so that no reset
 * overtakes what was sent (RFC 9112 9.6).
 */
#include "app/http/http_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/http/http_message.h"
#include "app/http/http_reply.h"
#include "app/util/inet.h"
#include "app/util/journey.h"

#define HTTP_PORT 80
#define HEAD_MAX 8192
#define IN_SIZE 8192
#define OUT_MAX 65536	/* of a response at once */
#define BODY_MAX 1048576
#define BACKLOG 128
#define CLOSING_NS 2000000000ll
#define NSEC_PER_MSEC 1000000ll

enum conn_state { CONN_READING, CONN_SENDING, CONN_CLOSING };

struct server_conn {
	struct http_server *s;
	struct server_conn *next;
	int fd;
	enum conn_state state;
	struct ipaddr client;
	int64_t timer, last_ns;
	struct http_reader reader;
	uint64_t body;			/* of the request, thrown away */
	struct http_reply reply;
	size_t head_sent;
	uint64_t body_sent;
	bool eof, broken;
	size_t in_at, in_len;
	uint8_t *out;			/* while a response is sent; of out_cap bytes */
	size_t out_cap, out_at, out_len;
	uint8_t in[IN_SIZE];
};

struct http_server {
	struct ln_net *net;
	struct http_server_config config;
	struct http_reply_env env;
	char *name;
	int fds[2];			/* listeners, of both families */
	struct server_conn *conns;
	struct http_server_stats stats;
};

static void server_accept(struct http_server *s);

/* --- life of a connection --- */

static void conn_free(struct server_conn *c)
{
	struct http_server *s = c->s;
	struct server_conn **link = &s->conns;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	s->stats.open--;
	if (c->timer)
		ln_timer_cancel(s->net, c->timer);
	ln_set_wake(s->net, c->fd, NULL, NULL);
	ln_close(s->net, c->fd);
	http_reply_exit(&c->reply, &s->config.docs);
	http_reader_exit(&c->reader);
	free(c->out);
	free(c);
}

static int64_t timeout_ns(const struct server_conn *c)
{
	return c->state == CONN_CLOSING ? CLOSING_NS : c->s->config.idle_timeout_ms * NSEC_PER_MSEC;
}

static void on_timer(void *ctx, struct ln_net *net);

static void conn_arm(struct server_conn *c)
{
	struct ln_net *net = c->s->net;

	if (c->timer)
		ln_timer_cancel(net, c->timer);
	c->timer = ln_timer_add(net, c->last_ns + timeout_ns(c), on_timer, c);
	if (c->timer < 0)
		c->timer = 0; /* no memory: keepalive of TCP remains */
}

static void on_timer(void *ctx, struct ln_net *net)
{
	struct server_conn *c = ctx;
	struct http_server *s = c->s;

	c->timer = 0;
	if (ln_net_now(net) - c->last_ns < timeout_ns(c)) {
		conn_arm(c);
		return;
	}
	conn_free(c);
	server_accept(s);
}

/* --- sending --- */

/* Head and document in one buffer: a small page leaves in one segment. */
static bool conn_fill(struct server_conn *c)
{
	const struct http_docs *docs = &c->s->config.docs;
	struct http_reply *r = &c->reply;
	size_t n = r->head.len - c->head_sent;

	c->out_at = 0;
	c->out_len = n < c->out_cap ? n : c->out_cap;
	if (c->out_len)
		memcpy(c->out, r->head.s + c->head_sent, c->out_len);
	c->head_sent += c->out_len;
	while (r->has_doc && r->left && c->out_len < c->out_cap) {
		size_t room = c->out_cap - c->out_len;
		ptrdiff_t got;

		room = room < r->left ? room : (size_t)r->left;
		got = docs->ops->read(docs->ctx, &r->doc, r->off, c->out + c->out_len, room);
		if (got <= 0) { /* it has shrunk: what was promised cannot be kept */
			c->broken = true;
			return false;
		}
		c->out_len += (size_t)got;
		c->body_sent += (uint64_t)got;
		r->off += (uint64_t)got;
		r->left -= (uint64_t)got;
	}
	return c->out_len > 0;
}

/* True when the response has left. */
static bool conn_send(struct server_conn *c)
{
	for (;;) {
		ptrdiff_t n;

		if (c->out_at == c->out_len && !conn_fill(c))
			return !c->broken;
		n = ln_send(c->s->net, c->fd, c->out + c->out_at, c->out_len - c->out_at,
			    LN_MSG_NOSIGNAL);
		if (n < 0) {
			c->broken = n != -EAGAIN;
			return false;
		}
		c->out_at += (size_t)n;
		c->last_ns = ln_net_now(c->s->net);
	}
}

static void conn_log(struct server_conn *c)
{
	struct http_server *s = c->s;
	const char *target = c->reader.start.s ? c->reader.start.s : "-";
	const char *method = http_method_str((enum http_method)c->reader.p.method);
	char line[512], addr[IPADDR_TEXT_MAX];

	ipaddr_text(s->net, &c->client, addr);
	if (s->config.log) {
		snprintf(line, sizeof(line), "%s \"%s %.300s HTTP/%u.%u\" %u %llu", addr, method,
			 target, c->reader.p.http_major, c->reader.p.http_minor, c->reply.status,
			 (unsigned long long)c->body_sent);
		s->config.log(s->config.log_ctx, line);
	}
}

static void conn_answered(struct server_conn *c)
{
	struct http_server *s = c->s;

	s->stats.bytes_sent += c->body_sent;
	conn_log(c);
	if (c->reply.close) {
		c->state = CONN_CLOSING;
		ln_shutdown(s->net, c->fd, LN_SHUT_WR);
		conn_arm(c);
	} else {
		c->state = CONN_READING;
	}
	http_reply_exit(&c->reply, &s->config.docs);
	http_reader_reset(&c->reader);
	free(c->out);
	c->out = NULL;
	c->body = 0;
}

/* --- reading --- */

static int on_body(void *ctx, const void *bytes, size_t len)
{
	struct server_conn *c = ctx;

	(void)bytes;
	c->body += len;
	return c->body > BODY_MAX;
}

static void tell_reply(struct server_conn *c)
{
	const struct http_reader *r = &c->reader;
	const char *path = c->reply.path, *target = r->start.s ? r->start.s : "";

	journeyf(c->s->net, "%s %.200s -> %.200s%s%u %s, %llu bytes",
		 http_method_str((enum http_method)r->p.method), target,
		 c->reply.has_doc ? path : "", c->reply.has_doc ? ": " : "", c->reply.status,
		 http_status_str((enum http_status)c->reply.status),
		 (unsigned long long)c->reply.left);
}

static void conn_reply(struct server_conn *c, enum http_read res)
{
	struct http_server *s = c->s;
	uint64_t n;

	if (res == HTTP_READ_DONE)
		http_reply_make(&c->reply, &s->env, &c->reader);
	else
		http_reply_error(&c->reply, &s->env, http_reply_status_of(&c->reader, res));
	n = c->reply.head.len + c->reply.left;
	c->out_cap = n < OUT_MAX ? (size_t)n : OUT_MAX;
	c->out = malloc(c->out_cap);
	c->broken |= c->reply.head.failed || !c->out;
	s->stats.requests++;
	s->stats.status[c->reply.status / 100 % 6]++;
	tell_reply(c);
	c->state = CONN_SENDING;
	c->head_sent = 0;
	c->body_sent = 0;
	c->out_at = c->out_len = 0;
}

/* Feeds what has arrived; a whole request becomes a reply. */
static void conn_parse(struct server_conn *c)
{
	enum http_read res;
	size_t used;

	while (c->state == CONN_READING && c->in_at < c->in_len) {
		res = http_reader_feed(&c->reader, c->in + c->in_at, c->in_len - c->in_at, &used);
		c->in_at += used;
		if (res != HTTP_READ_MORE)
			conn_reply(c, res);
	}
}

/* The next bytes. False: none now. */
static bool conn_recv(struct server_conn *c)
{
	ptrdiff_t n;

	if (c->in_at < c->in_len)
		return true; /* of a pipelined request */
	n = ln_recv(c->s->net, c->fd, c->in, IN_SIZE, 0);
	c->eof |= !n;
	c->broken |= n < 0 && n != -EAGAIN;
	if (n <= 0)
		return false;
	c->in_at = 0;
	c->in_len = (size_t)n;
	c->last_ns = ln_net_now(c->s->net);
	return true;
}

/* What the client still sends when all is said. */
static void conn_drain(struct server_conn *c)
{
	ptrdiff_t n;

	c->in_at = c->in_len = 0;
	do {
		n = ln_recv(c->s->net, c->fd, c->in, IN_SIZE, 0);
	} while (n > 0);
	c->eof |= !n;
	c->broken |= n < 0 && n != -EAGAIN;
}

/* As far as it goes now. False: it is over. */
static bool conn_run(struct server_conn *c)
{
	for (;;) {
		if (c->state == CONN_SENDING && !c->broken && conn_send(c))
			conn_answered(c);
		if (c->broken)
			return false;
		if (c->state == CONN_SENDING)
			return true;
		if (c->state == CONN_CLOSING) {
			conn_drain(c);
			return !c->eof && !c->broken;
		}
		if (!conn_recv(c))
			return !c->eof && !c->broken;
		conn_parse(c);
	}
}

static void on_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct server_conn *c = ctx;
	struct http_server *s = c->s;

	(void)net;
	(void)fd;
	(void)events;
	if (!conn_run(c)) {
		conn_free(c);
		server_accept(s);
	}
}

/* --- listening --- */

static void conn_new(struct http_server *s, int fd, const struct ipaddr *client)
{
	struct server_conn *c = calloc(1, sizeof(*c));
	struct http_reader_ops ops = { .body = on_body, .ctx = c };

	if (!c) {
		ln_close(s->net, fd);
		return;
	}
	c->s = s;
	c->fd = fd;
	c->client = *client;
	c->last_ns = ln_net_now(s->net);
	http_reader_init(&c->reader, HTTP_REQUEST, HEAD_MAX, &ops);
	c->next = s->conns;
	s->conns = c;
	s->stats.open++;
	s->stats.connections++;
	conn_arm(c);
	ln_set_wake(s->net, fd, on_wake, c);
	if (!conn_run(c)) /* what came before the wake-up was set */
		conn_free(c);
}

static void accept_from(struct http_server *s, int listener)
{
	union inet_sockaddr from;
	struct ipaddr client;
	int fd;

	while (s->stats.open < s->config.max_connections) {
		uint32_t len = sizeof(from);

		fd = ln_accept(s->net, listener, &from, &len);
		if (fd >= 0) {
			client = ipaddr_of(&from);
			conn_new(s, fd, &client);
		} else if (fd != -ECONNABORTED) {
			return;
		}
	}
}

static void server_accept(struct http_server *s)
{
	for (int i = 0; i < 2 && s->fds[i] >= 0; i++)
		accept_from(s, s->fds[i]);
}

static void on_accept(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	(void)net;
	(void)fd;
	(void)events;
	server_accept(ctx);
}

void http_server_free(struct http_server *s)
{
	struct ln_linger reset = { .l_onoff = 1 };

	if (!s)
		return;
	while (s->conns) {
		ln_setsockopt(s->net, s->conns->fd, LN_SOL_SOCKET, LN_SO_LINGER, &reset,
			      sizeof(reset));
		conn_free(s->conns);
	}
	inet_close_both(s->net, s->fds);
	if (s->config.docs.ops->free)
		s->config.docs.ops->free(s->config.docs.ctx);
	free(s->name);
	free(s);
}

int http_server_new(struct ln_net *net, const struct http_server_config *config,
		    struct http_server **out)
{
	struct http_server *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s) {
		if (config->docs.ops->free)
			config->docs.ops->free(config->docs.ctx);
		return -ENOMEM;
	}
	s->net = net;
	s->config = *config;
	s->config.max_connections = config->max_connections ? config->max_connections : 256;
	s->config.idle_timeout_ms = config->idle_timeout_ms ? config->idle_timeout_ms : 60000;
	s->name = strdup(config->name ? config->name : "linnet");
	s->env = (struct http_reply_env){ .docs = &s->config.docs, .server_name = s->name };
	err = inet_bind_both(net, &config->addr, config->port ? config->port : HTTP_PORT, BACKLOG,
			     s->fds);
	if (!s->name)
		err = -ENOMEM;
	for (int i = 0; i < 2 && !err && s->fds[i] >= 0; i++)
		err = ln_set_wake(net, s->fds[i], on_accept, s);
	if (err) {
		http_server_free(s);
		return err;
	}
	*out = s;
	return 0;
}

void http_server_stats(const struct http_server *s, struct http_server_stats *st)
{
	*st = s->stats;
}

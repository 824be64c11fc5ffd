/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/perf_impl.h"
#include "app/util/inet.h"

/* --- the client --- */

static void client_tail(struct perf *p, char *tail, size_t cap)
{
	struct ln_tcp_info info = { 0 };
	uint32_t len = sizeof(info);

	snprintf(tail, cap, "             sender");
	if (!p->p.reverse && !ln_getsockopt(p->net, p->fd, LN_SOL_TCP, LN_TCP_INFO, &info, &len))
		snprintf(tail, cap, " %4u        sender", info.tcpi_total_retrans);
}

void perf_client_summary(struct perf *p)
{
	struct text t = { 0 };
	char tail[64];

	if (p->p.udp)
		return;
	text_adds(&t, "- - - - - - - - - - - - - - - - - - - - - - - - -\n");
	perf_heading(&t, false, !p->p.reverse);
	if (!p->p.reverse) {
		client_tail(p, tail, sizeof(tail));
		perf_line(&t, 0, ln_net_now(p->net) - p->flow.start_ns, p->flow.bytes, tail);
		if (p->result_len == PERF_RESULT)
			perf_line(&t, 0, (int64_t)perf_get64(p->result + 8), perf_get64(p->result),
				  "             receiver");
	} else {
		perf_line(&t, 0, ln_net_now(p->net) - p->flow.start_ns, p->flow.bytes,
			  "             receiver");
	}
	perf_out(p, &t);
}

static void client_step(struct perf *p);

static void on_client_timer(void *ctx, struct ln_net *net)
{
	struct perf *p = ctx;
	struct text t = { 0 };

	(void)net;
	p->timer = 0;
	perf_flow_show(&p->flow, &t, ln_net_now(p->net));
	perf_out(p, &t);
	client_step(p);
}

/* The next line of the report, or the end of the time. */
static void client_arm(struct perf *p)
{
	int64_t when = p->flow.shown_ns + p->p.interval_ns;

	if (p->end_ns && !p->sent_all && when > p->end_ns)
		when = p->end_ns;
	perf_timer(p, when, on_client_timer);
}

/* Return: 0, -EAGAIN, an error. */
static int client_send(struct perf *p)
{
	ptrdiff_t n;

	while (p->head_sent < PERF_HEADER) {
		n = ln_send(p->net, p->fd, p->head + p->head_sent, PERF_HEADER - p->head_sent,
			    LN_MSG_NOSIGNAL);
		if (n < 0)
			return (int)n;
		p->head_sent += (unsigned)n;
	}
	while (!p->p.reverse && !p->sent_all) {
		size_t len = p->p.block;

		if (p->end_ns && ln_net_now(p->net) >= p->end_ns)
			p->sent_all = true;
		if (p->limit && p->limit - p->flow.bytes < len)
			len = (size_t)(p->limit - p->flow.bytes);
		if (p->sent_all || !len) {
			p->sent_all = true;
			return ln_shutdown(p->net, p->fd, LN_SHUT_WR);
		}
		n = ln_send(p->net, p->fd, p->buf, len, LN_MSG_NOSIGNAL);
		if (n < 0)
			return (int)n;
		p->flow.bytes += (uint64_t)n;
	}
	return 0;
}

/* The server's data (reverse), or its result. Return: 0 at the end, -EAGAIN, an error. */
static int client_recv(struct perf *p)
{
	for (;;) {
		ptrdiff_t n = p->p.reverse ? ln_recv(p->net, p->fd, p->buf, sizeof(p->buf), 0) :
					     ln_recv(p->net, p->fd, p->result + p->result_len,
						     PERF_RESULT - p->result_len, 0);

		if (n <= 0)
			return (int)n;
		if (p->p.reverse) {
			p->flow.bytes += (uint64_t)n;
		} else {
			p->result_len += (unsigned)n;
			if (p->result_len == PERF_RESULT)
				return 0;
		}
	}
}

static void client_step(struct perf *p)
{
	int err = client_send(p);

	if (err && err != -EAGAIN) {
		perf_client_fail(p, err);
		return;
	}
	err = client_recv(p);
	if (!err && !p->p.reverse && p->result_len < PERF_RESULT)
		err = -ECONNRESET;
	if (err == -EAGAIN) {
		client_arm(p);
	} else if (err) {
		perf_client_fail(p, err);
	} else {
		perf_client_summary(p);
		perf_end(p, 0);
	}
}

static void on_client(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct perf *p = ctx;
	struct text t = { 0 };
	int err;

	if (p->connected) {
		client_step(p);
		return;
	}
	err = inet_socket_error(net, fd);
	if (err) {
		perf_client_fail(p, err);
		return;
	}
	if (!(events & (LN_POLLOUT | LN_POLLIN)))
		return;
	p->connected = true;
	p->flow.start_ns = p->flow.shown_ns = ln_net_now(net);
	if (p->p.time_ns && !p->limit && !p->p.reverse)
		p->end_ns = p->flow.start_ns + p->p.time_ns;
	text_adds(&t, "[  5] connected\n");
	perf_heading(&t, false, false);
	perf_out(p, &t);
	client_step(p);
}

static void on_client_start(void *ctx, struct ln_net *net)
{
	struct perf *p = ctx;
	union inet_sockaddr to;
	uint32_t len = ipaddr_sockaddr(&p->p.addr, p->p.port, &to);
	char addr[IPADDR_TEXT_MAX];
	struct text t = { 0 };
	int err;

	p->timer = 0;
	text_addf(&t, "Connecting to host %s, port %u\n", ipaddr_text(net, &p->p.addr, addr),
		  p->p.port);
	perf_out(p, &t);
	err = ln_set_wake(net, p->fd, on_client, p);
	if (!err)
		err = ln_connect(net, p->fd, &to, len);
	if (err && err != -EINPROGRESS)
		perf_client_fail(p, err);
}

static int set_congestion(struct perf *p, int fd)
{
	if (!p->congestion[0])
		return 0;
	return ln_setsockopt(p->net, fd, LN_SOL_TCP, LN_TCP_CONGESTION, p->congestion,
			     (uint32_t)strlen(p->congestion));
}

int perf_tcp_client_start(struct perf *p)
{
	struct perf_header h = {
		.mode = p->p.reverse, .time_ns = (uint64_t)p->p.time_ns, .bytes = p->p.bytes,
	};
	int err;

	perf_header_put(p->head, &h);
	p->fd = ln_socket(p->net, p->p.addr.family, LN_SOCK_STREAM, 0);
	if (p->fd < 0)
		return p->fd;
	err = set_congestion(p, p->fd);
	if (err)
		return err;
	perf_timer(p, ln_net_now(p->net), on_client_start);
	return p->timer ? 0 : -ENOMEM;
}

/* --- the server --- */

void perf_conn_free(struct perf_conn *c)
{
	struct perf *p = c->p;
	struct perf_conn **link = &p->conns;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	p->nconns--;
	if (c->timer)
		ln_timer_cancel(p->net, c->timer);
	ln_set_wake(p->net, c->fd, NULL, NULL);
	ln_close(p->net, c->fd);
	free(c);
}

static void conn_done(struct perf_conn *c, int err)
{
	struct perf *p = c->p;
	struct text t = { 0 };

	if (c->header_len < PERF_HEADER)
		text_addf(&t, "%s: not a perf client\n", c->peer);
	else if (err)
		text_addf(&t, "%s: %s\n", c->peer, inet_error_text(err));
	if (c->flow.bytes)
		perf_line(&t, 0, ln_net_now(p->net) - c->flow.start_ns, c->flow.bytes,
			  c->h.mode ? "             sender" : "             receiver");
	perf_out(p, &t);
	perf_conn_free(c);
	if (p->p.once)
		perf_end(p, err ? 1 : 0);
}

static void conn_start(struct perf_conn *c)
{
	struct text t = { 0 };

	c->flow.start_ns = c->flow.shown_ns = ln_net_now(c->p->net);
	if (c->h.mode && !c->h.bytes)
		c->end_ns = c->flow.start_ns + (int64_t)(c->h.time_ns & INT64_MAX);
	text_addf(&t, "Accepted connection from %s\n", c->peer);
	perf_out(c->p, &t);
}

/* Return: 0 when the header is complete, -EAGAIN, -EPROTO, an error. */
static int conn_header(struct perf_conn *c)
{
	while (c->header_len < PERF_HEADER) {
		ptrdiff_t n = ln_recv(c->p->net, c->fd, c->header + c->header_len,
				      PERF_HEADER - c->header_len, 0);

		if (n <= 0)
			return n ? (int)n : -ECONNRESET;
		c->header_len += (unsigned)n;
		if (c->header_len < PERF_HEADER)
			continue;
		if (!perf_header_get(&c->h, c->header)) {
			c->header_len = 0;
			return -EPROTO;
		}
		conn_start(c);
	}
	return 0;
}

/* Counts until the client's end, then answers. Return: 0 when the answer is sent. */
static int conn_receive(struct perf_conn *c)
{
	struct perf *p = c->p;
	ptrdiff_t n = 1;

	while (!c->answering) {
		n = ln_recv(p->net, c->fd, p->buf, sizeof(p->buf), 0);
		if (n < 0)
			return (int)n;
		c->flow.bytes += (uint64_t)n;
		if (n)
			continue;
		c->answering = true;
		perf_put64(c->result, c->flow.bytes);
		perf_put64(c->result + 8, (uint64_t)(ln_net_now(p->net) - c->flow.start_ns));
	}
	while (c->result_sent < PERF_RESULT) {
		n = ln_send(p->net, c->fd, c->result + c->result_sent, PERF_RESULT - c->result_sent,
			    LN_MSG_NOSIGNAL);
		if (n < 0)
			return (int)n;
		c->result_sent += (unsigned)n;
	}
	return 0;
}

/* Reverse. Return: 0 when all is sent. */
static int conn_send(struct perf_conn *c)
{
	struct perf *p = c->p;

	for (;;) {
		size_t len = sizeof(p->buf);
		ptrdiff_t n;

		if (c->h.bytes && c->h.bytes - c->flow.bytes < len)
			len = (size_t)(c->h.bytes - c->flow.bytes);
		if (!len || (c->end_ns && ln_net_now(p->net) >= c->end_ns))
			return 0;
		n = ln_send(p->net, c->fd, p->buf, len, LN_MSG_NOSIGNAL);
		if (n < 0)
			return (int)n;
		c->flow.bytes += (uint64_t)n;
	}
}

static void on_conn_timer(void *ctx, struct ln_net *net);

static void conn_step(struct perf_conn *c)
{
	int err = conn_header(c);

	if (!err)
		err = c->h.mode ? conn_send(c) : conn_receive(c);
	if (err != -EAGAIN) {
		conn_done(c, err);
		return;
	}
	if (c->end_ns && !c->timer) {
		c->timer = ln_timer_add(c->p->net, c->end_ns, on_conn_timer, c);
		if (c->timer < 0)
			c->timer = 0;
	}
}

static void on_conn_timer(void *ctx, struct ln_net *net)
{
	struct perf_conn *c = ctx;

	(void)net;
	c->timer = 0;
	conn_step(c);
}

static void on_conn(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	(void)net;
	(void)fd;
	(void)events;
	conn_step(ctx);
}

static void conn_new(struct perf *p, int fd, const union inet_sockaddr *from)
{
	struct perf_conn *c = p->nconns < PERF_CONNECTIONS_MAX ? calloc(1, sizeof(*c)) : NULL;
	struct ipaddr peer = ipaddr_of(from);
	char addr[IPADDR_TEXT_MAX];

	if (!c) {
		ln_close(p->net, fd);
		return;
	}
	c->p = p;
	c->fd = fd;
	snprintf(c->peer, sizeof(c->peer), "%s port %u", ipaddr_text(p->net, &peer, addr),
		 inet_sockaddr_port(from));
	c->next = p->conns;
	p->conns = c;
	p->nconns++;
	set_congestion(p, fd);
	ln_set_wake(p->net, fd, on_conn, c);
	conn_step(c);
}

static void on_accept(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct perf *p = ctx;
	union inet_sockaddr from;
	uint32_t len = sizeof(from);
	int conn = ln_accept(net, fd, &from, &len);

	(void)events;
	while (conn >= 0) {
		bool last = p->p.once;

		conn_new(p, conn, &from);
		if (last) /* it may be over, and p gone, with this one */
			return;
		len = sizeof(from);
		conn = ln_accept(net, fd, &from, &len);
	}
}

static void on_server_start(void *ctx, struct ln_net *net)
{
	struct perf *p = ctx;
	struct text t = { 0 };

	(void)net;
	p->timer = 0;
	text_addf(&t, "Server listening on %u\n", p->p.port);
	perf_out(p, &t);
}

int perf_tcp_server_start(struct perf *p)
{
	p->fd = inet_listen(p->net, &p->p.addr, p->p.port, 64);
	if (p->fd < 0)
		return p->fd;
	perf_timer(p, ln_net_now(p->net), on_server_start);
	return ln_set_wake(p->net, p->fd, on_accept, p);
}

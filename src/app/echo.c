/* SPDX-License-Identifier: MIT */
#include "app/echo.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "app/util/inet.h"

#define CONNECTIONS_MAX 256
#define BUFFER_BYTES 65536
#define BACKLOG 64

struct echo_conn {
	struct echo *e;
	struct echo_conn *next;
	int fd;
	bool eof;
	size_t at, len;			/* what waits to go back: buf[at .. len) */
	uint8_t buf[BUFFER_BYTES];
};

struct echo {
	struct ln_net *net;
	int listeners[2], udp[2];	/* of both families */
	struct echo_conn *conns;
	unsigned nconns;
	uint8_t datagram[BUFFER_BYTES];
};

static void echo_accept(struct echo *e, int listener);

static void close_fd(struct echo *e, int fd)
{
	if (fd < 0)
		return;
	ln_set_wake(e->net, fd, NULL, NULL);
	ln_close(e->net, fd);
}

static void conn_free(struct echo_conn *c)
{
	struct echo *e = c->e;
	struct echo_conn **link = &e->conns;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	e->nconns--;
	close_fd(e, c->fd);
	free(c);
}

/* False: it is over. */
static bool conn_step(struct echo_conn *c)
{
	struct ln_net *net = c->e->net;
	ptrdiff_t n;

	for (;;) {
		while (c->at < c->len) {
			n = ln_send(net, c->fd, c->buf + c->at, c->len - c->at, LN_MSG_NOSIGNAL);
			if (n == -EAGAIN)
				return true;
			if (n < 0)
				return false;
			c->at += (size_t)n;
		}
		if (c->eof)
			return false;
		n = ln_recv(net, c->fd, c->buf, sizeof(c->buf), 0);
		if (n == -EAGAIN)
			return true;
		if (n < 0)
			return false;
		c->eof = !n;
		c->at = 0;
		c->len = (size_t)n;
	}
}

static void on_conn(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct echo_conn *c = ctx;
	struct echo *e = c->e;

	(void)net;
	(void)fd;
	(void)events;
	if (conn_step(c))
		return;
	conn_free(c);
	echo_accept(e, e->listeners[0]);	/* there is room for one more */
	echo_accept(e, e->listeners[1]);
}

static void echo_accept(struct echo *e, int listener)
{
	while (e->nconns < CONNECTIONS_MAX) {
		int fd = ln_accept(e->net, listener, NULL, NULL);
		struct echo_conn *c = fd < 0 ? NULL : malloc(sizeof(*c));

		if (!c) {
			close_fd(e, fd);
			return;
		}
		c->e = e;
		c->next = e->conns;
		c->fd = fd;
		c->eof = false;
		c->at = c->len = 0;
		e->conns = c;
		e->nconns++;
		ln_set_wake(e->net, fd, on_conn, c);
		if (!conn_step(c))
			conn_free(c);
	}
}

static void on_accept(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	(void)net;
	(void)events;
	echo_accept(ctx, fd);
}

static void on_datagram(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct echo *e = ctx;

	(void)events;
	for (;;) {
		union inet_sockaddr from;
		uint32_t len = sizeof(from);
		ptrdiff_t n = ln_recvfrom(net, fd, e->datagram, sizeof(e->datagram), 0, &from,
					  &len);

		if (n < 0)
			return;
		/* RFC 862 and its kin answering each other would never end: not to a low port. */
		if (inet_sockaddr_port(&from) >= 1024)
			ln_sendto(net, fd, e->datagram, (size_t)n, 0, &from, len);
	}
}

int echo_start(struct ln_net *net, uint16_t port, struct echo **out)
{
	const struct ipaddr any = { 0 };
	struct echo *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;
	e->net = net;
	e->listeners[0] = e->listeners[1] = e->udp[0] = e->udp[1] = -1;
	err = inet_bind_both(net, &any, port, BACKLOG, e->listeners);
	if (!err)
		err = inet_bind_both(net, &any, port, 0, e->udp);
	for (int i = 0; i < 2 && !err; i++) {
		err = ln_set_wake(net, e->listeners[i], on_accept, e);
		if (!err)
			err = ln_set_wake(net, e->udp[i], on_datagram, e);
	}
	if (err)
		echo_stop(e);
	else
		*out = e;
	return err;
}

void echo_stop(struct echo *e)
{
	if (!e)
		return;
	while (e->conns)
		conn_free(e->conns);
	inet_close_both(e->net, e->listeners);
	inet_close_both(e->net, e->udp);
	free(e);
}

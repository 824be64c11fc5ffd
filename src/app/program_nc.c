/* SPDX-License-Identifier: MIT */
/* nc: what comes in is sent, what is received comes out. One peer at a time, of either family. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/program_impl.h"
#include "app/util/inet.h"

#define UDP_MAX 1400	/* a datagram that needs no fragments */

struct nc_state {
	bool listen, udp, keep, scan, verbose;
	int64_t wait_ns;
	uint16_t port;
	int listener, fd;		/* -1 = none */
	bool connected, out_done;	/* out_done: our side is shut down */
	union inet_sockaddr peer;	/* of a UDP listener */
	uint32_t peer_len;		/* 0 = nobody yet */
};

static void nc_accept(struct program *p);

static void close_fd(struct program *p, int *fd)
{
	if (*fd >= 0) {
		ln_set_wake(p->net, *fd, NULL, NULL);
		ln_close(p->net, *fd);
	}
	*fd = -1;
}

static void stop(struct program *p)
{
	struct nc_state *s = p->state;

	if (!s)
		return;
	close_fd(p, &s->fd);
	close_fd(p, &s->listener);
	free(s);
	p->state = NULL;
}

static void nc_fail(struct program *p, int err)
{
	const struct nc_state *s = p->state;

	program_fail(p, 1, "%s%sport %u: %s", p->target ? p->target : "", p->target ? " " : "",
		     s->port, inet_error_text(err));
}

/* The peer has left. False: the program is over. */
static bool nc_peer_gone(struct program *p)
{
	struct nc_state *s = p->state;

	close_fd(p, &s->fd);
	if (p->timer) /* of input */
		ln_timer_cancel(p->net, p->timer);
	p->timer = 0;
	s->connected = s->out_done = false;
	if (!s->listen || !s->keep) {
		program_exit(p, 0);
		return false;
	}
	nc_accept(p);
	return true;
}

static ptrdiff_t nc_send_piece(struct program *p)
{
	const struct nc_state *s = p->state;
	size_t len = p->input.len;

	if (s->udp && len > UDP_MAX)
		len = UDP_MAX;
	if (s->udp && s->listen)
		return ln_sendto(p->net, s->fd, p->input.s, len, 0, &s->peer, s->peer_len);
	return ln_send(p->net, s->fd, p->input.s, len, LN_MSG_NOSIGNAL);
}

/* Sends what has come in; at its end shuts down our side. Return: 0 or -errno, never -EAGAIN. */
static int nc_send(struct program *p)
{
	struct nc_state *s = p->state;

	if (!s->connected || (s->udp && s->listen && !s->peer_len))
		return 0;
	while (p->input.len) {
		ptrdiff_t n = nc_send_piece(p);

		if (n == -EAGAIN)
			return 0;
		if (n < 0)
			return (int)n;
		text_consume(&p->input, (size_t)n);
	}
	if (p->input_eof && !s->out_done && !s->udp) {
		s->out_done = true;
		return ln_shutdown(p->net, s->fd, LN_SHUT_WR);
	}
	return 0;
}

/* Return: 1 when there is no more now, 0 at the peer's end, -errno. */
static int nc_recv(struct program *p)
{
	struct nc_state *s = p->state;
	uint8_t buf[4096];

	for (;;) {
		union inet_sockaddr from = { 0 };
		uint32_t len = sizeof(from);
		ptrdiff_t n = ln_recvfrom(p->net, s->fd, buf, sizeof(buf), 0, &from, &len);

		if (n == -EAGAIN)
			return 1;
		if (n < 0 || (!n && !s->udp))
			return (int)n;
		if (s->udp && s->listen && !s->peer_len) {
			s->peer = from;
			s->peer_len = len;
		}
		program_write(p, buf, (size_t)n);
	}
}

/* False: the program is over. */
static bool nc_step(struct program *p)
{
	int err = nc_send(p);

	if (!err) {
		err = nc_recv(p);
		if (err > 0)
			err = nc_send(p); /* a UDP peer may be known only now */
		else if (!err)
			return nc_peer_gone(p);
	}
	if (err == -ECONNRESET || err == -EPIPE)
		return nc_peer_gone(p);
	if (err < 0) {
		nc_fail(p, err);
		return false;
	}
	return true;
}

static void nc_connected(struct program *p)
{
	struct nc_state *s = p->state;

	s->connected = true;
	if (p->timer)
		ln_timer_cancel(p->net, p->timer);
	p->timer = 0;
	if (s->scan || s->verbose)
		program_printf(p, "Connection to %s %u port [%s/*] succeeded!\n", p->target,
			       s->port, s->udp ? "udp" : "tcp");
	if (s->scan)
		program_exit(p, 0);
	else
		nc_step(p);
}

static void on_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct program *p = ctx;
	struct nc_state *s = p->state;
	int err;

	if (s->connected) {
		nc_step(p);
		return;
	}
	err = inet_socket_error(net, fd);
	if (err)
		nc_fail(p, err);
	else if (events & (LN_POLLOUT | LN_POLLIN))
		nc_connected(p);
}

static void on_timeout(void *ctx, struct ln_net *net)
{
	struct program *p = ctx;

	(void)net;
	p->timer = 0;
	nc_fail(p, -ETIMEDOUT);
}

static void nc_connect(struct program *p, const struct ipaddr *addr)
{
	struct nc_state *s = p->state;
	union inet_sockaddr to;
	uint32_t len = ipaddr_sockaddr(addr, s->port, &to);
	int err;

	s->fd = ln_socket(p->net, to.family, s->udp ? LN_SOCK_DGRAM : LN_SOCK_STREAM, 0);
	err = s->fd < 0 ? s->fd : ln_set_wake(p->net, s->fd, on_wake, p);
	if (!err)
		err = ln_connect(p->net, s->fd, &to, len);
	if (err && err != -EINPROGRESS) {
		nc_fail(p, err);
		return;
	}
	if (!err)
		nc_connected(p);
	else if (s->wait_ns)
		program_timer(p, ln_net_now(p->net) + s->wait_ns, on_timeout);
}

/* The next client, when there is none now. */
static void nc_accept(struct program *p)
{
	struct nc_state *s = p->state;
	int fd;

	while (s->fd < 0) {
		fd = ln_accept(p->net, s->listener, NULL, NULL);
		if (fd < 0)
			return;
		s->fd = fd;
		s->connected = true;
		if (!s->keep)
			close_fd(p, &s->listener);
		ln_set_wake(p->net, fd, on_wake, p);
		nc_step(p);
		return; /* nc_step() takes the next one when this one is gone */
	}
}

static void on_accept(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	(void)net;
	(void)fd;
	(void)events;
	nc_accept(ctx);
}


static void nc_listen(struct program *p)
{
	struct nc_state *s = p->state;
	const struct ipaddr any = { .family = p->family };
	int err;

	if (s->udp) {
		s->fd = inet_bind(p->net, LN_SOCK_DGRAM, &any, s->port);
		s->connected = s->fd >= 0;
		err = s->fd < 0 ? s->fd : ln_set_wake(p->net, s->fd, on_wake, p);
	} else {
		s->listener = inet_listen(p->net, &any, s->port, 8);
		err = s->listener < 0 ? s->listener :
		      ln_set_wake(p->net, s->listener, on_accept, p);
	}
	if (err)
		nc_fail(p, err);
}

static void on_input(void *ctx, struct ln_net *net)
{
	struct program *p = ctx;

	(void)net;
	p->timer = 0;
	nc_step(p);
}

static void input(struct program *p)
{
	const struct nc_state *s = p->state;

	if (s->connected)
		program_timer(p, ln_net_now(p->net), on_input);
}

static bool nc_option(struct program *p, struct nc_state *s, int c)
{
	switch (c) {
	case 'l':
		s->listen = true;
		return true;
	case 'u':
		s->udp = true;
		return true;
	case 'k':
		s->keep = true;
		return true;
	case 'z':
		s->scan = true;
		return true;
	case 'v':
		s->verbose = true;
		return true;
	case 'w':
		return program_seconds(p->optarg, &s->wait_ns);
	default:
		return c == 'N' || c == 'n'; /* our side is always shut down at the input's end */
	}
}

static void nc_main(struct program *p)
{
	struct nc_state *s = calloc(1, sizeof(*s));
	uint64_t port = 0;
	int c, words;

	p->state = s;
	if (!s) {
		program_fail(p, 1, "out of memory");
		return;
	}
	s->listener = s->fd = -1;
	while ((c = program_getopt(p, "46lukzvw:Nn")) != -1)
		if (!program_family(p, c) && !nc_option(p, s, c)) {
			program_usage_error(p);
			return;
		}
	words = p->argc - p->optind;
	if (words != (s->listen ? 1 : 2) ||
	    !program_number(p->argv[p->argc - 1], 1, 65535, &port)) {
		program_usage_error(p);
		return;
	}
	s->port = (uint16_t)port;
	if (s->listen)
		nc_listen(p);
	else
		program_resolve(p, p->argv[p->optind], nc_connect);
}

const struct program_kind program_nc = {
	.name = "nc", .start = nc_main, .stop = stop, .input = input,
	.usage = "[-4|-6] [-u] [-z] [-v] [-w S] HOST PORT | [-4|-6] [-u] [-k] -l PORT",
};

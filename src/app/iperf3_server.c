/* SPDX-License-Identifier: MIT */
/* iperf3's server. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "app/iperf3_impl.h"
#include "app/util/inet.h"

#define BACKLOG 32
#define PENDING_MAX (2 * IPERF3_STREAMS_MAX)	/* connections without a cookie */
#define ERROR_UNIMPLEMENTED 13	/* iperf3's own number for what it cannot do */

/* ---- the test ---- */

static void start_test(struct iperf3 *t)
{
	iperf3_send_state(t, IPERF3_TEST_START);
	iperf3_send_state(t, IPERF3_TEST_RUNNING);
	iperf3_run(t);
}

static void on_stream(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct iperf3_stream *s = ctx;

	(void)net;
	(void)fd;
	(void)events;
	iperf3_pump(s);
}

static void server_params(struct iperf3 *t, const char *json, size_t len)
{
	const char *wrong = iperf3_params_read(t, json, len);
	const uint32_t numbers[2] = { htonl(ERROR_UNIMPLEMENTED), 0 };

	if (wrong) {
		iperf3_send_state(t, IPERF3_SERVER_ERROR);
		text_add(&t->tx, numbers, sizeof(numbers));
		iperf3_flush(t);
		iperf3_fail(t, wrong, 0);
		return;
	}
	t->sender = t->p.reverse;
	iperf3_send_state(t, IPERF3_CREATE_STREAMS);
}

static void server_results(struct iperf3 *t, const char *json, size_t len)
{
	if (!iperf3_results_read(t, json, len)) {
		iperf3_fail(t, "the client's results cannot be read", 0);
		return;
	}
	iperf3_send_json(t, iperf3_results_json(t));
	iperf3_send_state(t, IPERF3_DISPLAY_RESULTS);
	iperf3_summary(t);
}

void iperf3_server_message(struct iperf3 *t, enum iperf3_state state, const char *json, size_t len)
{
	if (json && t->state == IPERF3_PARAM_EXCHANGE) {
		server_params(t, json, len);
	} else if (json) {
		server_results(t, json, len);
	} else if (state == IPERF3_TEST_END && t->running) {
		iperf3_stop(t);
		/* A client that receives may wait for the rest of a block: it needs an end. */
		iperf3_close_streams(t);
		iperf3_send_state(t, IPERF3_EXCHANGE_RESULTS);
		t->want_json = true;
	} else if (state == IPERF3_DONE) {
		iperf3_finish(t, 0);
	} else if (state == IPERF3_CLIENT_TERMINATE) {
		if (t->running) {
			iperf3_stop(t);
			iperf3_summary(t);
		}
		iperf3_fail(t, "the client has terminated", 0);
	} else {
		iperf3_fail(t, "the client speaks another protocol", 0);
	}
}

/* ---- who comes ---- */

static void become_control(struct iperf3 *t, struct iperf3_stream *s)
{
	union inet_sockaddr from = { 0 };
	uint32_t len = sizeof(from);
	char addr[IPADDR_TEXT_MAX];
	struct ipaddr peer;

	memcpy(t->cookie, s->cookie, IPERF3_COOKIE);
	t->cookie[IPERF3_COOKIE - 1] = '\0';
	t->control = s->fd;
	t->p = t->own;
	s->fd = -1;
	iperf3_stream_free(s, &t->pending);
	iperf3_tune_control(t);
	ln_getpeername(t->net, t->control, &from, &len);
	peer = ipaddr_of(&from);
	iperf3_say(t, "Accepted connection from %s, port %u\n", ipaddr_text(t->net, &peer, addr),
		   inet_sockaddr_port(&from));
	ln_set_wake(t->net, t->control, iperf3_on_control, t);
	iperf3_send_state(t, IPERF3_PARAM_EXCHANGE);
	t->want_json = true;
	iperf3_control_step(t);
}

static void become_stream(struct iperf3 *t, struct iperf3_stream *s)
{
	struct iperf3_stream *stream = iperf3_stream_new(t, s->fd, &t->streams);

	if (!stream) {
		iperf3_fail(t, "out of memory", 0);
		return;
	}
	stream->ready = true;
	s->fd = -1;
	iperf3_stream_free(s, &t->pending);
	iperf3_tune(t, stream->fd);
	ln_set_wake(t->net, stream->fd, on_stream, stream);
	if (++t->nstreams == t->p.parallel)
		start_test(t);
}

static void deny(struct iperf3 *t, struct iperf3_stream *s)
{
	const int8_t denied = IPERF3_ACCESS_DENIED;

	ln_send(t->net, s->fd, &denied, 1, LN_MSG_NOSIGNAL);
	iperf3_stream_free(s, &t->pending);
}

static void pending_step(struct iperf3_stream *s)
{
	struct iperf3 *t = s->t;

	while (s->cookie_len < IPERF3_COOKIE) {
		ptrdiff_t n = ln_recv(t->net, s->fd, s->cookie + s->cookie_len,
				      IPERF3_COOKIE - s->cookie_len, 0);

		if (n == -EAGAIN)
			return;
		if (n <= 0) {
			iperf3_stream_free(s, &t->pending);
			return;
		}
		s->cookie_len += (unsigned)n;
	}
	if (t->ending)
		return;		/* iperf3_server_next() */
	if (t->control < 0)
		become_control(t, s);
	else if (t->state == IPERF3_CREATE_STREAMS && t->nstreams < t->p.parallel &&
		 !memcmp(s->cookie, t->cookie, IPERF3_COOKIE - 1))
		become_stream(t, s);
	else
		deny(t, s);
}

void iperf3_server_next(struct iperf3 *t)
{
	struct iperf3_stream *s, *next;

	for (s = t->pending; s; s = next) {
		next = s->next;
		pending_step(s);
	}
}

static void on_pending(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	(void)net;
	(void)fd;
	(void)events;
	pending_step(ctx);
}

/* Who says nothing makes room for others, the oldest first. */
static void limit_pending(struct iperf3 *t)
{
	unsigned n = 0;

	for (const struct iperf3_stream *s = t->pending; s; s = s->next)
		n++;
	if (n > PENDING_MAX)
		iperf3_stream_free(t->pending, &t->pending);
}

static void on_accept(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct iperf3 *t = ctx;
	struct iperf3_stream *s;
	int conn;

	(void)events;
	while ((conn = ln_accept(net, fd, NULL, NULL)) >= 0) {
		s = iperf3_stream_new(t, conn, &t->pending);
		if (!s) {
			ln_close(net, conn);
			return;
		}
		ln_set_wake(net, conn, on_pending, s);
		pending_step(s);
		limit_pending(t);
	}
}

int iperf3_server_start(struct iperf3 *t)
{
	int err;

	t->listener = inet_listen(t->net, &t->own.addr, t->own.port, BACKLOG);
	if (t->listener < 0)
		return t->listener;
	err = ln_set_wake(t->net, t->listener, on_accept, t);
	if (!err)
		iperf3_say(t, "Server listening on %u\n", t->own.port);
	return err;
}

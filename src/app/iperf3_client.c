/* SPDX-License-Identifier: MIT */
/* iperf3's client. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/iperf3_impl.h"
#include "app/util/inet.h"

static int dial(struct iperf3 *t, ln_wake_fn fn, void *ctx, int *fd)
{
	union inet_sockaddr to;
	uint32_t len = ipaddr_sockaddr(&t->p.addr, t->p.port, &to);
	int err;

	*fd = ln_socket(t->net, to.family, LN_SOCK_STREAM, 0);
	if (*fd < 0)
		return *fd;
	iperf3_tune(t, *fd);
	err = ln_set_wake(t->net, *fd, fn, ctx);
	if (!err)
		err = ln_connect(t->net, *fd, &to, len);
	return err == -EINPROGRESS ? 0 : err;
}

/* ---- streams ---- */

/* The cookie goes first. */
static void stream_greet(struct iperf3_stream *s)
{
	struct iperf3 *t = s->t;

	while (s->cookie_len < IPERF3_COOKIE) {
		ptrdiff_t n = ln_send(t->net, s->fd, t->cookie + s->cookie_len,
				      IPERF3_COOKIE - s->cookie_len, LN_MSG_NOSIGNAL);

		if (n == -EAGAIN || n == -ENOTCONN)
			return;
		if (n < 0) {
			iperf3_fail(t, "a stream cannot be opened", (int)n);
			return;
		}
		s->cookie_len += (unsigned)n;
	}
	s->ready = true;
}

static void on_stream(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct iperf3_stream *s = ctx;
	int err = s->ready ? 0 : inet_socket_error(net, fd);

	if (s->t->ending)
		return;
	if (err) {
		iperf3_fail(s->t, "a stream cannot be opened", err);
		return;
	}
	if (!s->ready && (events & LN_POLLOUT))
		stream_greet(s);
	if (s->ready)
		iperf3_pump(s);
}

static void open_streams(struct iperf3 *t)
{
	for (unsigned i = 0; i < t->p.parallel; i++) {
		struct iperf3_stream *s = iperf3_stream_new(t, -1, &t->streams);
		int err = s ? dial(t, on_stream, s, &s->fd) : -ENOMEM;

		if (err) {
			iperf3_fail(t, "a stream cannot be opened", err);
			return;
		}
		t->nstreams++;
	}
}

/* ---- the test ---- */

static void say_start(struct iperf3 *t)
{
	char addr[IPADDR_TEXT_MAX];

	iperf3_say(t, "Connected to %s port %u, %u stream%s%s\n",
		   ipaddr_text(t->net, &t->p.addr, addr), t->p.port, t->p.parallel,
		   t->p.parallel > 1 ? "s" : "",
		   t->p.reverse ? ", reverse: the server sends" : "");
}

void iperf3_client_check(struct iperf3 *t)
{
	struct iperf3_stream *s;
	bool over, alive = false;

	if (!t->running)
		return;
	for (s = t->streams; s; s = s->next)
		alive |= !s->closed;
	over = t->p.bytes ? t->flow.bytes >= t->p.bytes : ln_net_now(t->net) >= t->end_ns;
	if (!over && alive)
		return;
	iperf3_stop(t);
	iperf3_send_state(t, IPERF3_TEST_END);
}

static void client_results(struct iperf3 *t, const char *json, size_t len)
{
	if (!iperf3_results_read(t, json, len))
		iperf3_fail(t, "the server's results cannot be read", 0);
}

static void client_done(struct iperf3 *t)
{
	iperf3_summary(t);
	iperf3_send_state(t, IPERF3_DONE);
	iperf3_say(t, "iperf Done.\n");
	iperf3_finish(t, 0);
}

void iperf3_client_message(struct iperf3 *t, enum iperf3_state state, const char *json, size_t len)
{
	if (json) {
		client_results(t, json, len);
		return;
	}
	t->state = state;
	switch ((int)state) {
	case IPERF3_PARAM_EXCHANGE:
		iperf3_send_json(t, iperf3_params_json(t));
		break;
	case IPERF3_CREATE_STREAMS:
		open_streams(t);
		break;
	case IPERF3_TEST_START:
		say_start(t);
		break;
	case IPERF3_TEST_RUNNING:
		iperf3_run(t);
		break;
	case IPERF3_EXCHANGE_RESULTS:
		if (t->running)
			iperf3_stop(t);
		iperf3_send_json(t, iperf3_results_json(t));
		t->want_json = true;
		break;
	case IPERF3_DISPLAY_RESULTS:
		client_done(t);
		break;
	case IPERF3_ACCESS_DENIED:
		iperf3_fail(t, "the server is busy running a test; try again later", 0);
		break;
	case IPERF3_SERVER_TERMINATE:
		iperf3_fail(t, "the server has terminated", 0);
		break;
	case IPERF3_SERVER_ERROR:
		iperf3_fail(t, "the server refuses what was asked for", 0);
		break;
	default:
		iperf3_fail(t, "the server speaks another protocol", 0);
	}
}

/* ---- the start ---- */

/* What iperf3 makes cookies of: letters a to z and digits 2 to 7. */
static void make_cookie(struct iperf3 *t)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

	for (int i = 0; i < IPERF3_COOKIE - 1; i++)
		t->cookie[i] = letters[ln_net_random(t->net) % 32];
	t->cookie[IPERF3_COOKIE - 1] = '\0';
}

static void on_connect(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct iperf3 *t = ctx;
	int err = t->connected ? 0 : inet_socket_error(net, fd);

	if (err) {
		iperf3_fail(t, "cannot connect to the server", err);
		return;
	}
	if (!t->connected && (events & LN_POLLOUT)) {
		t->connected = true;
		iperf3_tune_control(t);
		text_add(&t->tx, t->cookie, IPERF3_COOKIE);
	}
	if (t->connected)
		iperf3_control_step(t);
}

int iperf3_client_start(struct iperf3 *t)
{
	t->sender = !t->p.reverse;
	make_cookie(t);
	return dial(t, on_connect, t, &t->control);
}

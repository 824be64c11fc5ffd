/* SPDX-License-Identifier: MIT */
#include "app/iperf3.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/iperf3_impl.h"
#include "app/util/inet.h"

#define TIME_NS 10000000000ll
#define INTERVAL_NS 1000000000ll

/* ---- what it says ---- */

void iperf3_say(struct iperf3 *t, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len > 0 && t->own.out)
		t->own.out(t->own.ctx, line, (size_t)len < sizeof(line) ? (size_t)len :
			   sizeof(line) - 1);
}

static void say_text(struct iperf3 *t, struct text *text)
{
	if (text->len && t->own.out)
		t->own.out(t->own.ctx, text->s, text->len);
	text_free(text);
}

void iperf3_summary(struct iperf3 *t)
{
	int64_t span = t->ended_ns - t->flow.start_ns;
	struct text text = { 0 };
	struct iperf3_stream *s;
	uint32_t again = 0;
	char tail[64];

	for (s = t->streams; s; s = s->next)
		again += s->retransmits;
	snprintf(tail, sizeof(tail), " %4u        sender", t->sender ? again : t->peer_retransmits);
	text_adds(&text, "- - - - - - - - - - - - - - - - - - - - - - - - -\n");
	perf_heading(&text, false, true);
	if (t->sender || t->peer_bytes)
		perf_line(&text, 0, t->sender || t->peer_seconds <= 0 ? span :
			  (int64_t)(t->peer_seconds * 1e9), t->sender ? t->flow.bytes :
			  t->peer_bytes, tail);
	if (!t->sender || t->peer_bytes)
		perf_line(&text, 0, !t->sender || t->peer_seconds <= 0 ? span :
			  (int64_t)(t->peer_seconds * 1e9), !t->sender ? t->flow.bytes :
			  t->peer_bytes, "             receiver");
	text_adds(&text, "\n");
	say_text(t, &text);
}

/* ---- streams ---- */

static void close_fd(struct iperf3 *t, int fd)
{
	if (fd < 0)
		return;
	ln_set_wake(t->net, fd, NULL, NULL);
	ln_close(t->net, fd);
}

struct iperf3_stream *iperf3_stream_new(struct iperf3 *t, int fd, struct iperf3_stream **list)
{
	struct iperf3_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->t = t;
	s->fd = fd;
	while (*list)
		list = &(*list)->next;
	*list = s;
	return s;
}

void iperf3_stream_free(struct iperf3_stream *s, struct iperf3_stream **list)
{
	while (*list != s)
		list = &(*list)->next;
	*list = s->next;
	close_fd(s->t, s->fd);
	free(s);
}

/* States of one byte, one after the other: Nagle would hold each back for a delayed ACK. */
void iperf3_tune_control(struct iperf3 *t)
{
	const int on = 1, idle_s = 60, interval_s = 10;

	ln_setsockopt(t->net, t->control, LN_SOL_TCP, LN_TCP_NODELAY, &on, sizeof(on));
	/* A peer that is gone for good must not keep us busy. */
	ln_setsockopt(t->net, t->control, LN_SOL_SOCKET, LN_SO_KEEPALIVE, &on, sizeof(on));
	ln_setsockopt(t->net, t->control, LN_SOL_TCP, LN_TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	ln_setsockopt(t->net, t->control, LN_SOL_TCP, LN_TCP_KEEPINTVL, &interval_s,
		      sizeof(interval_s));
}

void iperf3_tune(struct iperf3 *t, int fd)
{
	if (t->p.congestion)
		ln_setsockopt(t->net, fd, LN_SOL_TCP, LN_TCP_CONGESTION, t->p.congestion,
			      (uint32_t)strlen(t->p.congestion));
	if (t->p.window) {
		const int bytes = (int)t->p.window;

		ln_setsockopt(t->net, fd, LN_SOL_SOCKET, LN_SO_SNDBUF, &bytes, sizeof(bytes));
		ln_setsockopt(t->net, fd, LN_SOL_SOCKET, LN_SO_RCVBUF, &bytes, sizeof(bytes));
	}
}

/* Bytes that all streams together may still send. */
static uint64_t left_to_send(const struct iperf3 *t)
{
	if (!t->p.bytes || t->own.server)
		return UINT64_MAX;
	return t->flow.bytes < t->p.bytes ? t->p.bytes - t->flow.bytes : 0;
}

static ptrdiff_t pump_once(struct iperf3_stream *s)
{
	struct iperf3 *t = s->t;
	uint64_t n = t->p.block;

	if (!t->sender)
		return ln_recv(t->net, s->fd, t->buf, sizeof(t->buf), 0);
	if (n > left_to_send(t))
		n = left_to_send(t);
	return n ? ln_send(t->net, s->fd, t->buf, (size_t)n, LN_MSG_NOSIGNAL) : -EAGAIN;
}

/*
 * Ends: nothing arrives while it runs, so the receive buffer runs dry or the send buffer fills.
 * The peer's end of a stream is known to be the end of the test by the control connection.
 */
void iperf3_pump(struct iperf3_stream *s)
{
	struct iperf3 *t = s->t;
	ptrdiff_t n;

	while (t->running && !s->closed && (n = pump_once(s)) != -EAGAIN) {
		if (n <= 0) {
			s->closed = true;
			ln_set_wake(t->net, s->fd, NULL, NULL);
			break;
		}
		s->bytes += (uint64_t)n;
		t->flow.bytes += (uint64_t)n;
	}
	if (t->running && !t->own.server)
		iperf3_client_check(t);
}

void iperf3_run(struct iperf3 *t)
{
	struct iperf3_stream *s;

	t->running = true;
	t->flow = (struct perf_flow){ 0 };
	t->flow.start_ns = t->flow.shown_ns = ln_net_now(t->net);
	t->end_ns = t->p.bytes || t->own.server ? 0 : t->flow.start_ns + t->p.time_ns;
	iperf3_say(t, "[ ID] Interval           Transfer     Bitrate\n");
	iperf3_arm(t);
	for (s = t->streams; s && t->running; s = s->next)
		iperf3_pump(s);
}

void iperf3_stop(struct iperf3 *t)
{
	struct iperf3_stream *s;

	t->running = false;
	t->ended_ns = ln_net_now(t->net);
	for (s = t->streams; s; s = s->next) {
		struct ln_tcp_info info = { 0 };
		uint32_t len = sizeof(info);

		if (!t->sender)
			continue;
		if (!ln_getsockopt(t->net, s->fd, LN_SOL_TCP, LN_TCP_INFO, &info, &len))
			s->retransmits = info.tcpi_total_retrans;
	}
}

void iperf3_close_streams(struct iperf3 *t)
{
	struct iperf3_stream *s;

	for (s = t->streams; s; s = s->next) {
		close_fd(t, s->fd);
		s->fd = -1;
		s->closed = true;
	}
}

/* ---- time ---- */

static void arm_at(struct iperf3 *t, int64_t when, void (*fn)(void *ctx, struct ln_net *net))
{
	if (t->timer)
		ln_timer_cancel(t->net, t->timer);
	t->timer = ln_timer_add(t->net, when, fn, t);
	if (t->timer < 0)
		t->timer = 0;
}

static void on_timer(void *ctx, struct ln_net *net)
{
	struct iperf3 *t = ctx;
	struct text text = { 0 };

	t->timer = 0;
	if (!t->running)
		return;
	perf_flow_show(&t->flow, &text, ln_net_now(net));
	say_text(t, &text);
	if (!t->own.server)
		iperf3_client_check(t);
	iperf3_arm(t);
}

/* The next line of the report, or the end of the time. */
void iperf3_arm(struct iperf3 *t)
{
	int64_t when = t->flow.shown_ns + t->own.interval_ns;

	if (!t->running || t->ending)
		return;
	if (t->end_ns && when > t->end_ns)
		when = t->end_ns;
	arm_at(t, when, on_timer);
}

/* ---- the control connection ---- */

int iperf3_flush(struct iperf3 *t)
{
	while (t->tx.len && t->control >= 0) {
		ptrdiff_t n = ln_send(t->net, t->control, t->tx.s, t->tx.len, LN_MSG_NOSIGNAL);

		if (n == -EAGAIN)
			return 0;
		if (n < 0)
			return (int)n;
		text_consume(&t->tx, (size_t)n);
	}
	return t->tx.failed ? -ENOMEM : 0;
}

void iperf3_send_state(struct iperf3 *t, enum iperf3_state state)
{
	uint8_t byte = (uint8_t)state;

	t->state = state;
	text_add(&t->tx, &byte, 1);
	iperf3_flush(t);
}

void iperf3_send_json(struct iperf3 *t, char *json)
{
	uint32_t len = json ? htonl((uint32_t)strlen(json)) : 0;

	text_add(&t->tx, &len, sizeof(len));
	if (json)
		text_adds(&t->tx, json);
	free(json);
	iperf3_flush(t);
}

static void deliver(struct iperf3 *t, enum iperf3_state state, const char *json, size_t len)
{
	if (t->own.server)
		iperf3_server_message(t, state, json, len);
	else
		iperf3_client_message(t, state, json, len);
}

/* One message off the front of rx. False: it is not whole yet. */
static bool take_message(struct iperf3 *t)
{
	uint32_t len;

	if (t->own.server && !t->cookie[0])
		return false;
	if (!t->want_json) {
		enum iperf3_state state;

		if (!t->rx.len)
			return false;
		state = (enum iperf3_state)(int8_t)t->rx.s[0];
		text_consume(&t->rx, 1);
		deliver(t, state, NULL, 0);
		return true;
	}
	if (t->rx.len < sizeof(len))
		return false;
	memcpy(&len, t->rx.s, sizeof(len));
	len = ntohl(len);
	if (len > IPERF3_JSON_MAX) {
		iperf3_fail(t, "the peer speaks another protocol", 0);
		return false;
	}
	if (t->rx.len < sizeof(len) + len)
		return false;
	t->want_json = false;
	deliver(t, t->state, t->rx.s + sizeof(len), len);
	text_consume(&t->rx, t->rx.len >= sizeof(len) + len ? sizeof(len) + len : t->rx.len);
	return true;
}

void iperf3_control_step(struct iperf3 *t)
{
	ptrdiff_t n = 0;
	char bytes[4096];
	int err = iperf3_flush(t);

	while (!err && t->control >= 0 && t->rx.len < IPERF3_JSON_MAX + 8) {
		n = ln_recv(t->net, t->control, bytes, sizeof(bytes), 0);
		if (n <= 0)
			break;
		text_add(&t->rx, bytes, (size_t)n);
	}
	while (!err && t->control >= 0 && !t->ending && take_message(t))
		;
	if (t->ending || t->control < 0)
		return;
	if (err || (n < 0 && n != -EAGAIN))
		iperf3_fail(t, "the control connection broke off", err ? err : (int)n);
	else if (n == 0)
		iperf3_fail(t, "the peer closed the control connection", 0);
}

void iperf3_on_control(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	(void)net;
	(void)fd;
	(void)events;
	iperf3_control_step(ctx);
}

/* ---- the end ---- */

void iperf3_reset(struct iperf3 *t)
{
	while (t->streams)
		iperf3_stream_free(t->streams, &t->streams);
	close_fd(t, t->control);
	t->control = -1;
	t->nstreams = 0;
	t->running = t->want_json = t->ending = false;
	t->state = IPERF3_NONE;
	t->cookie[0] = '\0';
	t->peer_bytes = 0;
	text_free(&t->rx);
	text_free(&t->tx);
	if (t->timer)
		ln_timer_cancel(t->net, t->timer);
	t->timer = 0;
}

void iperf3_cancel(struct iperf3 *t)
{
	if (!t)
		return;
	iperf3_reset(t);
	while (t->pending)
		iperf3_stream_free(t->pending, &t->pending);
	close_fd(t, t->listener);
	free(t);
}

static void on_end(void *ctx, struct ln_net *net)
{
	struct iperf3 *t = ctx;
	const struct perf_params own = t->own;
	int status = t->status;

	(void)net;
	t->timer = 0;
	if (own.server && !own.once && t->listener >= 0) {
		iperf3_reset(t);
		iperf3_server_next(t);
		return;
	}
	iperf3_cancel(t);
	if (own.done)
		own.done(own.ctx, status);
}

void iperf3_finish(struct iperf3 *t, int status)
{
	if (t->ending)
		return;
	t->ending = true;
	t->status = status;
	arm_at(t, ln_net_now(t->net), on_end);
}

void iperf3_fail(struct iperf3 *t, const char *what, int err)
{
	if (t->ending)
		return;
	iperf3_say(t, "iperf3: %s%s%s\n", what, err ? ": " : "", err ? inet_error_text(err) : "");
	iperf3_finish(t, 1);
}

void iperf3_interrupt(struct iperf3 *t)
{
	if (t->running) {
		iperf3_stop(t);
		iperf3_summary(t);
	}
	if (t->control >= 0)
		iperf3_send_state(t, t->own.server ? IPERF3_SERVER_TERMINATE :
				  IPERF3_CLIENT_TERMINATE);
	t->own.once = true;
	iperf3_finish(t, t->own.server ? 0 : 1);
}

int iperf3_start(struct ln_net *net, const struct perf_params *params, struct iperf3 **out)
{
	struct iperf3 *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->net = net;
	t->own = *params;
	if (!t->own.port)
		t->own.port = PERF_PORT;
	if (!t->own.interval_ns)
		t->own.interval_ns = INTERVAL_NS;
	if (!t->own.time_ns && !t->own.bytes)
		t->own.time_ns = TIME_NS;
	if (!t->own.block || t->own.block > IPERF3_BLOCK)
		t->own.block = IPERF3_BLOCK;
	if (!t->own.parallel)
		t->own.parallel = 1;
	if (params->congestion) {
		snprintf(t->congestion, sizeof(t->congestion), "%s", params->congestion);
		t->own.congestion = t->congestion;
	}
	t->p = t->own;
	t->listener = t->control = -1;
	err = params->server ? iperf3_server_start(t) : iperf3_client_start(t);
	if (err)
		iperf3_cancel(t);
	else
		*out = t;
	return err;
}

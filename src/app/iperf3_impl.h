/* SPDX-License-Identifier: MIT */
/*
 * The inside of iperf3: one test, its control connection and its streams.
 *
 *	iperf3.c		life, control connection, streams: what both roles share
 *	iperf3_json.c		parameters and results
 *	iperf3_client.c, iperf3_server.c
 *
 * A role's on_message() is called for each state byte, or with the JSON text when it waits
 * for one (want_json). Nobody ends the test from inside a loop over it: iperf3_fail() and
 * iperf3_finish() arm a timer that does.
 */
#ifndef LINNET_APP_IPERF3_IMPL_H
#define LINNET_APP_IPERF3_IMPL_H

#include "app/iperf3.h"
#include "app/perf_impl.h"
#include "app/util/text.h"

#define IPERF3_COOKIE 37		/* with its NUL */
#define IPERF3_BLOCK 131072

enum iperf3_state {
	IPERF3_NONE = 0, IPERF3_TEST_START = 1, IPERF3_TEST_RUNNING = 2, IPERF3_TEST_END = 4,
	IPERF3_PARAM_EXCHANGE = 9, IPERF3_CREATE_STREAMS = 10, IPERF3_SERVER_TERMINATE = 11,
	IPERF3_CLIENT_TERMINATE = 12, IPERF3_EXCHANGE_RESULTS = 13, IPERF3_DISPLAY_RESULTS = 14,
	IPERF3_DONE = 16, IPERF3_ACCESS_DENIED = -1, IPERF3_SERVER_ERROR = -2,
};

/* A stream, or a connection to the server whose cookie is not complete yet. */
struct iperf3_stream {
	struct iperf3 *t;
	struct iperf3_stream *next;
	int fd;
	bool ready;			/* the cookie is through */
	bool closed;			/* by the peer */
	uint8_t cookie[IPERF3_COOKIE];
	unsigned cookie_len;		/* sent or received */
	uint64_t bytes;
	uint32_t retransmits;		/* at the end, when we send */
};

struct iperf3 {
	struct ln_net *net;
	struct perf_params p;		/* of the test: a server's come from the client */
	struct perf_params own;	/* as given */
	char congestion[16];
	int listener, control;		/* -1 = none */
	bool connected;			/* client's control connection */
	enum iperf3_state state;	/* the last that came or went */
	bool sender;			/* our role in the test that runs */
	bool running;
	bool want_json;
	struct text rx, tx;
	char cookie[IPERF3_COOKIE];
	struct iperf3_stream *streams;	/* in the order of their ids */
	struct iperf3_stream *pending;	/* server: who has not shown the cookie */
	unsigned nstreams;
	int64_t timer;
	int64_t end_ns;			/* client: when the time is over; 0 = by bytes */
	int64_t ended_ns;		/* when the data ended */
	struct perf_flow flow;		/* all streams together */
	uint64_t peer_bytes;		/* what the other side counted */
	double peer_seconds;
	uint32_t peer_retransmits;
	bool ending;			/* timer stands for iperf3_end() */
	int status;
	uint8_t buf[IPERF3_BLOCK];
};

/* ---- iperf3.c ---- */

__attribute__((format(printf, 2, 3))) void iperf3_say(struct iperf3 *t, const char *fmt, ...);
/* Says so and ends (a server: the test; once: itself). err: negative errno, or 0. */
void iperf3_fail(struct iperf3 *t, const char *what, int err);
/* The test is over, well. */
void iperf3_finish(struct iperf3 *t, int status);
/* Closes the test's connections; a server's pending ones stay. */
void iperf3_reset(struct iperf3 *t);

void iperf3_send_state(struct iperf3 *t, enum iperf3_state state);
void iperf3_send_json(struct iperf3 *t, char *json);	/* free()s it; NULL: no memory */
int iperf3_flush(struct iperf3 *t);			/* 0, or the error */
/* Takes what came on the control connection. */
void iperf3_control_step(struct iperf3 *t);
void iperf3_on_control(void *ctx, struct ln_net *net, int fd, unsigned events);

struct iperf3_stream *iperf3_stream_new(struct iperf3 *t, int fd, struct iperf3_stream **list);
void iperf3_stream_free(struct iperf3_stream *s, struct iperf3_stream **list);
void iperf3_run(struct iperf3 *t);			/* data may flow */
void iperf3_stop(struct iperf3 *t);			/* data has ended: counts are final */
void iperf3_close_streams(struct iperf3 *t);		/* counts stay */
void iperf3_pump(struct iperf3_stream *s);
/* Set the options of the control connection, of a data socket. */
void iperf3_tune_control(struct iperf3 *t);
void iperf3_tune(struct iperf3 *t, int fd);
void iperf3_summary(struct iperf3 *t);
void iperf3_arm(struct iperf3 *t);

/* ---- iperf3_json.c ---- */

char *iperf3_params_json(const struct iperf3 *t);
/* Return: NULL; or what is wrong, in words. */
const char *iperf3_params_read(struct iperf3 *t, const char *text, size_t len);
char *iperf3_results_json(const struct iperf3 *t);
bool iperf3_results_read(struct iperf3 *t, const char *text, size_t len);

/* ---- the roles ---- */

int iperf3_client_start(struct iperf3 *t);
void iperf3_client_message(struct iperf3 *t, enum iperf3_state state, const char *json, size_t len);
/* Data moved, or the time is over: is the test? */
void iperf3_client_check(struct iperf3 *t);
int iperf3_server_start(struct iperf3 *t);
/* After iperf3_reset(): who came while the last test ended has its turn. */
void iperf3_server_next(struct iperf3 *t);
void iperf3_server_message(struct iperf3 *t, enum iperf3_state state, const char *json, size_t len);

#endif

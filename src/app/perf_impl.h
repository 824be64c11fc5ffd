/* SPDX-License-Identifier: MIT */
/*
 * The inside of perf: the parts that TCP and UDP, client and server share, and perf's protocol.
 *
 * TCP: the client's first 24 bytes are a header (struct perf_header on the wire, big endian:
 * magic, mode, 3 zero bytes, time in ns, bytes). Mode 0: the client's data follow until it
 * shuts down its side; the server then answers 16 bytes: what it got, and in how long. Mode 1:
 * the server sends data for the time, or the bytes, and closes.
 *
 * UDP: each datagram starts with 16 bytes: magic, kind, 3 zero bytes, stream, number. Kind 1 is
 * data, 2 the end (its number: how many were sent), 3 the server's answer to it: 32 bytes more
 * (bytes, received, out of order, jitter in ns).
 */
#ifndef LINNET_APP_PERF_IMPL_H
#define LINNET_APP_PERF_IMPL_H

#include "app/perf.h"
#include "app/util/text.h"

#define PERF_MAGIC 0x6c6e7066u	/* "lnpf" */
#define PERF_HEADER 24
#define PERF_RESULT 16
#define PERF_UDP_HEADER 16
#define PERF_UDP_REPORT 32
#define PERF_BUF 131072
#define PERF_UDP_MAX 65507
#define PERF_END_TRIES 10
#define PERF_END_NS 250000000ll
#define PERF_UDP_IDLE_NS 10000000000ll

struct perf_header {
	uint8_t mode;
	uint64_t time_ns, bytes;
};

struct perf_udp_header {
	uint8_t kind;
	uint32_t stream, number;
};

struct perf_udp_report {
	uint64_t bytes, received, disordered, jitter_ns;
};

void perf_header_put(uint8_t out[static PERF_HEADER], const struct perf_header *h);
bool perf_header_get(struct perf_header *h, const uint8_t in[static PERF_HEADER]);
void perf_udp_put(uint8_t out[static PERF_UDP_HEADER], const struct perf_udp_header *h);
bool perf_udp_get(struct perf_udp_header *h, const uint8_t *in, size_t len);
void perf_put64(uint8_t *p, uint64_t v);
uint64_t perf_get64(const uint8_t *p);

/* One direction of one connection or stream, as it is reported. */
struct perf_flow {
	int64_t start_ns, shown_ns;
	uint64_t bytes, shown_bytes;
};

/* "[  5]   0.00-1.00   sec   112 MBytes   941 Mbits/sec" and @tail */
void perf_line(struct text *t, int64_t from_ns, int64_t to_ns, uint64_t bytes, const char *tail);
/* The heading of these lines. */
void perf_heading(struct text *t, bool udp, bool sender);
/* The line since the last one. */
void perf_flow_show(struct perf_flow *f, struct text *t, int64_t now);

/* A TCP client of a server. */
struct perf_conn {
	struct perf *p;
	struct perf_conn *next;
	int fd;
	uint8_t header[PERF_HEADER];
	unsigned header_len;
	struct perf_header h;
	struct perf_flow flow;
	int64_t end_ns;		/* reverse: when to stop; 0 = by bytes */
	int64_t timer;
	uint8_t result[PERF_RESULT];
	bool answering;		/* the result is being sent */
	unsigned result_sent;
	char peer[IPADDR_TEXT_MAX + 16];
};

/* A UDP client of a server. */
struct perf_stream {
	struct ipaddr addr;
	uint16_t port;
	uint32_t stream, next;
	int64_t last_ns, transit_ns;
	struct perf_udp_report r;
	struct perf_flow flow;
	bool reported;
};

#define PERF_STREAMS_MAX 64

struct perf {
	struct ln_net *net;
	struct perf_params p;
	char congestion[16];
	int fd, udp_fd;		/* client: one of them; server: listener and UDP; -1 = none */
	int64_t timer;		/* interval, end, pacing */
	bool connected, sent_all, ending;
	int status;
	struct perf_flow flow;
	uint64_t limit;		/* bytes to send; 0 = by time */
	int64_t end_ns;
	uint8_t head[PERF_HEADER];
	unsigned head_sent;
	uint8_t result[PERF_RESULT];
	unsigned result_len;
	uint32_t stream, number;	/* UDP client */
	int64_t next_send_ns, next_show_ns;
	unsigned end_tries;
	struct perf_conn *conns;
	unsigned nconns;
	struct perf_stream streams[PERF_STREAMS_MAX];
	uint8_t buf[PERF_BUF];
};

void perf_out(struct perf *p, struct text *t);
/* Ends at once: done is called, the perf is gone. */
void perf_end(struct perf *p, int status);
/* The client cannot go on: says so and ends. */
void perf_client_fail(struct perf *p, int err);
/* The one timer of a client or server. */
void perf_timer(struct perf *p, int64_t when, void (*fn)(void *ctx, struct ln_net *net));
void perf_sendbuf_fill(struct perf *p);

int perf_tcp_client_start(struct perf *p);
int perf_tcp_server_start(struct perf *p);
void perf_conn_free(struct perf_conn *c);
int perf_udp_client_start(struct perf *p);
int perf_udp_server_start(struct perf *p);
void perf_client_summary(struct perf *p);

#endif

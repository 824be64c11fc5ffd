/* SPDX-License-Identifier: MIT */
/* What all kinds of perf share: start, end, lines, numbers on the wire. */
#include "app/perf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/perf_impl.h"
#include "app/util/inet.h"

#define TIME_NS 10000000000ll
#define INTERVAL_NS 1000000000ll
#define UDP_BLOCK 1460
#define UDP_RATE 1000000u

/* --- numbers --- */

void perf_put64(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

uint64_t perf_get64(const uint8_t *p)
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

void perf_header_put(uint8_t out[static PERF_HEADER], const struct perf_header *h)
{
	perf_put64(out, (uint64_t)PERF_MAGIC << 32 | (uint64_t)h->mode << 24);
	perf_put64(out + 8, h->time_ns);
	perf_put64(out + 16, h->bytes);
}

bool perf_header_get(struct perf_header *h, const uint8_t in[static PERF_HEADER])
{
	uint64_t first = perf_get64(in);

	h->mode = (uint8_t)(first >> 24);
	h->time_ns = perf_get64(in + 8);
	h->bytes = perf_get64(in + 16);
	return first >> 32 == PERF_MAGIC && h->mode <= 1 && !(first & 0xffffff);
}

void perf_udp_put(uint8_t out[static PERF_UDP_HEADER], const struct perf_udp_header *h)
{
	perf_put64(out, (uint64_t)PERF_MAGIC << 32 | (uint64_t)h->kind << 24);
	perf_put64(out + 8, (uint64_t)h->stream << 32 | h->number);
}

bool perf_udp_get(struct perf_udp_header *h, const uint8_t *in, size_t len)
{
	uint64_t first, second;

	if (len < PERF_UDP_HEADER)
		return false;
	first = perf_get64(in);
	second = perf_get64(in + 8);
	h->kind = (uint8_t)(first >> 24);
	h->stream = (uint32_t)(second >> 32);
	h->number = (uint32_t)second;
	return first >> 32 == PERF_MAGIC;
}

/* --- lines --- */

/* Three figures and the unit: "112 M", "9.41 G". @base: 1024 or 1000 */
static void add_scaled(struct text *t, double v, double base)
{
	static const char units[] = { ' ', 'K', 'M', 'G', 'T' };
	size_t i = 0;

	while (v >= base && i + 1 < sizeof(units)) {
		v /= base;
		i++;
	}
	text_addf(t, v < 9.995 ? "%4.2f " : v < 99.95 ? "%4.1f " : "%4.0f ", v);
	if (i)
		text_add(t, &units[i], 1);
}

void perf_line(struct text *t, int64_t from_ns, int64_t to_ns, uint64_t bytes, const char *tail)
{
	double s = (double)(to_ns - from_ns) / 1e9;

	text_addf(t, "[  5] %6.2f-%-6.2f sec  ", (double)from_ns / 1e9, (double)to_ns / 1e9);
	add_scaled(t, (double)bytes, 1024);
	text_adds(t, "Bytes  ");
	add_scaled(t, s > 0 ? (double)bytes * 8 / s : 0, 1000);
	text_addf(t, "bits/sec%s\n", tail);
}

void perf_heading(struct text *t, bool udp, bool sender)
{
	text_addf(t, "[ ID] Interval           Transfer     Bitrate%s\n",
		  udp ? "         Datagrams" : sender ? "         Retr" : "");
}

void perf_flow_show(struct perf_flow *f, struct text *t, int64_t now)
{
	perf_line(t, f->shown_ns - f->start_ns, now - f->start_ns, f->bytes - f->shown_bytes, "");
	f->shown_ns = now;
	f->shown_bytes = f->bytes;
}

void perf_out(struct perf *p, struct text *t)
{
	if (t->len && p->p.out)
		p->p.out(p->p.ctx, t->s, t->len);
	text_free(t);
}

/* Not zeros: nothing on the way must be able to make them smaller. */
void perf_sendbuf_fill(struct perf *p)
{
	uint64_t x = 88172645463325252ull;
	size_t i;

	for (i = 0; i + 8 <= sizeof(p->buf); i += 8) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(p->buf + i, &x, 8);
	}
}

/* --- life --- */

void perf_client_fail(struct perf *p, int err)
{
	struct text t = { 0 };
	char addr[IPADDR_TEXT_MAX];

	text_addf(&t, "perf: %s port %u: %s\n", ipaddr_text(p->net, &p->p.addr, addr), p->p.port,
		  inet_error_text(err));
	perf_out(p, &t);
	perf_end(p, 1);
}

void perf_timer(struct perf *p, int64_t when, void (*fn)(void *ctx, struct ln_net *net))
{
	if (p->timer)
		ln_timer_cancel(p->net, p->timer);
	p->timer = ln_timer_add(p->net, when, fn, p);
	if (p->timer < 0)
		p->timer = 0;
}

static void close_fd(struct perf *p, int fd)
{
	if (fd < 0)
		return;
	ln_set_wake(p->net, fd, NULL, NULL);
	ln_close(p->net, fd);
}

void perf_cancel(struct perf *p)
{
	if (!p)
		return;
	while (p->conns)
		perf_conn_free(p->conns);
	close_fd(p, p->fd);
	close_fd(p, p->udp_fd);
	if (p->timer)
		ln_timer_cancel(p->net, p->timer);
	free(p);
}

void perf_end(struct perf *p, int status)
{
	void (*done)(void *ctx, int status) = p->p.done;
	void *ctx = p->p.ctx;

	perf_cancel(p);
	if (done)
		done(ctx, status);
}

static void on_interrupt(void *ctx, struct ln_net *net)
{
	struct perf *p = ctx;

	(void)net;
	p->timer = 0;
	if (!p->p.server && p->connected)
		perf_client_summary(p);
	perf_end(p, p->p.server ? 0 : 1);
}

void perf_interrupt(struct perf *p)
{
	perf_timer(p, ln_net_now(p->net), on_interrupt);
}

static void perf_defaults(struct perf *p)
{
	if (!p->p.port)
		p->p.port = PERF_PORT;
	if (!p->p.interval_ns)
		p->p.interval_ns = INTERVAL_NS;
	if (!p->p.time_ns && !p->p.bytes)
		p->p.time_ns = TIME_NS;
	if (!p->p.block)
		p->p.block = p->p.udp ? UDP_BLOCK : PERF_BUF;
	if (p->p.block > PERF_BUF)
		p->p.block = PERF_BUF;
	if (p->p.udp && p->p.block < PERF_UDP_HEADER)
		p->p.block = PERF_UDP_HEADER;
	if (p->p.udp && p->p.block > PERF_UDP_MAX)
		p->p.block = PERF_UDP_MAX;
	if (!p->p.rate_bps)
		p->p.rate_bps = UDP_RATE;
	if (p->p.congestion)
		snprintf(p->congestion, sizeof(p->congestion), "%s", p->p.congestion);
	p->p.congestion = NULL;
	p->limit = p->p.bytes;
}

int perf_start(struct ln_net *net, const struct perf_params *params, struct perf **out)
{
	struct perf *p = calloc(1, sizeof(*p));
	int err;

	*out = NULL;
	if (!p)
		return -ENOMEM;
	p->net = net;
	p->p = *params;
	p->fd = p->udp_fd = -1;
	perf_defaults(p);
	perf_sendbuf_fill(p);
	if (p->p.server) {
		err = perf_tcp_server_start(p);
		if (!err)
			err = perf_udp_server_start(p);
	} else {
		err = p->p.udp ? perf_udp_client_start(p) : perf_tcp_client_start(p);
	}
	if (err) {
		perf_cancel(p);
		return err;
	}
	*out = p;
	return 0;
}

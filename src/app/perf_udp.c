/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "app/perf_impl.h"
#include "app/util/inet.h"

enum { KIND_DATA = 1, KIND_END = 2, KIND_REPORT = 3 };

/* --- the client --- */

static void add_report(struct text *t, const struct perf_udp_report *r, int64_t ns, uint64_t sent)
{
	uint64_t lost = sent > r->received ? sent - r->received : 0;
	struct text tail = { 0 };

	text_addf(&tail, "  %.3f ms  %llu/%llu (%.2g%%)  receiver", (double)r->jitter_ns / 1e6,
		  (unsigned long long)lost, (unsigned long long)sent,
		  sent ? (double)lost * 100 / (double)sent : 0);
	perf_line(t, 0, ns, r->bytes, tail.s ? tail.s : "");
	if (r->disordered)
		text_addf(t, "[  5] %llu datagrams out of order\n",
			  (unsigned long long)r->disordered);
	text_free(&tail);
}

static void client_done(struct perf *p, const struct perf_udp_report *r)
{
	int64_t ns = p->end_ns - p->flow.start_ns;
	struct text t = { 0 };

	text_adds(&t, "- - - - - - - - - - - - - - - - - - - - - - - - -\n"
		  "[ ID] Interval           Transfer     Bitrate         Jitter    Lost/Total\n");
	perf_line(&t, 0, ns, p->flow.bytes, "  sender");
	if (r)
		add_report(&t, r, ns, p->number);
	else
		text_adds(&t, "perf: the server does not answer\n");
	perf_out(p, &t);
	perf_end(p, r ? 0 : 1);
}

static void client_datagram(struct perf *p, uint8_t kind, size_t len)
{
	struct perf_udp_header h = { .kind = kind, .stream = p->stream, .number = p->number };
	ptrdiff_t n;

	perf_udp_put(p->buf, &h);
	n = ln_send(p->net, p->udp_fd, p->buf, len, 0);
	if (n > 0 && kind == KIND_DATA)
		p->flow.bytes += (uint64_t)n;
}

static void on_client_timer(void *ctx, struct ln_net *net);

static void client_show(struct perf *p, int64_t now)
{
	struct text t = { 0 };

	if (now < p->next_show_ns)
		return;
	perf_flow_show(&p->flow, &t, now);
	p->next_show_ns = now + p->p.interval_ns;
	perf_out(p, &t);
}

/* All that is due by now at the rate. */
static void client_send(struct perf *p, int64_t now)
{
	int64_t gap = (int64_t)((double)p->p.block * 8e9 / (double)p->p.rate_bps);

	while (!p->sent_all && p->next_send_ns <= now) {
		if ((p->limit && p->flow.bytes >= p->limit) ||
		    (!p->limit && p->next_send_ns >= p->flow.start_ns + p->p.time_ns)) {
			p->sent_all = true;
			p->end_ns = now;
			break;
		}
		client_datagram(p, KIND_DATA, p->p.block);
		p->number++;
		p->next_send_ns += gap > 0 ? gap : 1;
	}
}

static void on_client_timer(void *ctx, struct ln_net *net)
{
	struct perf *p = ctx;
	int64_t now = ln_net_now(net);

	p->timer = 0;
	client_send(p, now);
	if (!p->sent_all) {
		client_show(p, now);
		perf_timer(p, p->next_send_ns, on_client_timer);
	} else if (p->end_tries++ < PERF_END_TRIES) {
		client_datagram(p, KIND_END, PERF_UDP_HEADER);
		perf_timer(p, now + PERF_END_NS, on_client_timer);
	} else {
		client_done(p, NULL);
	}
}

static void on_client(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	uint8_t buf[PERF_UDP_HEADER + PERF_UDP_REPORT];
	struct perf_udp_report r;
	struct perf_udp_header h;
	struct perf *p = ctx;
	ptrdiff_t n;

	(void)events;
	for (;;) {
		n = ln_recv(net, fd, buf, sizeof(buf), 0);
		if (n == -EAGAIN)
			return;
		if (n < 0) {
			perf_client_fail(p, (int)n);
			return;
		}
		if ((size_t)n != sizeof(buf) || !perf_udp_get(&h, buf, (size_t)n) ||
		    h.kind != KIND_REPORT || h.stream != p->stream || !p->sent_all)
			continue;
		r = (struct perf_udp_report){
			.bytes = perf_get64(buf + 16), .received = perf_get64(buf + 24),
			.disordered = perf_get64(buf + 32), .jitter_ns = perf_get64(buf + 40),
		};
		client_done(p, &r);
		return;
	}
}

static void on_client_start(void *ctx, struct ln_net *net)
{
	struct perf *p = ctx;
	char addr[IPADDR_TEXT_MAX];
	struct text t = { 0 };

	text_addf(&t, "Connecting to host %s, port %u\n", ipaddr_text(net, &p->p.addr, addr),
		  p->p.port);
	perf_heading(&t, false, false);
	perf_out(p, &t);
	on_client_timer(p, net);
}

int perf_udp_client_start(struct perf *p)
{
	union inet_sockaddr to;
	uint32_t len = ipaddr_sockaddr(&p->p.addr, p->p.port, &to);
	int64_t now = ln_net_now(p->net);
	int err;

	p->udp_fd = ln_socket(p->net, to.family, LN_SOCK_DGRAM, 0);
	if (p->udp_fd < 0)
		return p->udp_fd;
	err = ln_set_wake(p->net, p->udp_fd, on_client, p);
	if (!err)
		err = ln_connect(p->net, p->udp_fd, &to, len);
	if (err)
		return err;
	p->stream = (uint32_t)(ln_net_random(p->net) >> 32);
	p->flow.start_ns = p->flow.shown_ns = p->next_send_ns = now;
	p->next_show_ns = now + p->p.interval_ns;
	perf_timer(p, now, on_client_start);
	return p->timer ? 0 : -ENOMEM;
}

/* --- the server --- */

/* The client's stream; a new one takes the place that was quiet longest. */
static struct perf_stream *find_stream(struct perf *p, const union inet_sockaddr *from,
				       uint32_t stream)
{
	struct perf_stream *s, *oldest = p->streams;
	struct ipaddr addr = ipaddr_of(from);
	uint16_t port = inet_sockaddr_port(from);

	for (s = p->streams; s < p->streams + PERF_STREAMS_MAX; s++) {
		if (s->port == port && s->stream == stream && ipaddr_equal(&s->addr, &addr))
			return s;
		if (s->last_ns < oldest->last_ns)
			oldest = s;
	}
	*oldest = (struct perf_stream){
		.addr = addr, .port = port, .stream = stream,
		.flow.start_ns = ln_net_now(p->net),
	};
	return oldest;
}

static void take_data(struct perf *p, struct perf_stream *s, uint32_t number, size_t len)
{
	int64_t now = ln_net_now(p->net), gap = now - s->last_ns, diff;

	s->r.bytes += len;
	s->r.received++;
	if (number < s->next)
		s->r.disordered++;
	else
		s->next = number + 1;
	if (s->r.received > 2) { /* how much the gaps differ, smoothed as RFC 3550 6.4.1 */
		diff = gap > s->transit_ns ? gap - s->transit_ns : s->transit_ns - gap;
		s->r.jitter_ns = (uint64_t)((int64_t)s->r.jitter_ns +
					    (diff - (int64_t)s->r.jitter_ns) / 16);
	}
	s->transit_ns = gap;
}

static void send_report(struct perf *p, struct perf_stream *s, const union inet_sockaddr *to,
			uint32_t tolen, uint32_t sent)
{
	struct perf_udp_header h = { .kind = KIND_REPORT, .stream = s->stream, .number = sent };
	uint8_t buf[PERF_UDP_HEADER + PERF_UDP_REPORT];
	struct text t = { 0 };

	perf_udp_put(buf, &h);
	perf_put64(buf + 16, s->r.bytes);
	perf_put64(buf + 24, s->r.received);
	perf_put64(buf + 32, s->r.disordered);
	perf_put64(buf + 40, s->r.jitter_ns);
	ln_sendto(p->net, p->udp_fd, buf, sizeof(buf), 0, to, tolen);
	if (s->reported) /* the report was lost, the client asked again */
		return;
	s->reported = true;
	add_report(&t, &s->r, s->last_ns - s->flow.start_ns, sent);
	perf_out(p, &t);
}

static void on_server(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct perf *p = ctx;
	struct perf_udp_header h;
	struct perf_stream *s;

	(void)events;
	for (;;) {
		union inet_sockaddr from = { 0 };
		uint32_t alen = sizeof(from);
		uint8_t buf[PERF_UDP_HEADER];
		/* MSG_TRUNC: the datagram's length, though its data is not wanted */
		ptrdiff_t n = ln_recvfrom(net, fd, buf, sizeof(buf), LN_MSG_TRUNC, &from, &alen);

		if (n == -EAGAIN || n == -EBADF)
			return;
		if (n < PERF_UDP_HEADER || !perf_udp_get(&h, buf, PERF_UDP_HEADER))
			continue;
		s = find_stream(p, &from, h.stream);
		if (h.kind == KIND_DATA)
			take_data(p, s, h.number, (size_t)n);
		else if (h.kind == KIND_END)
			send_report(p, s, &from, alen, h.number);
		if (h.kind == KIND_DATA)
			s->last_ns = ln_net_now(net);
	}
}

int perf_udp_server_start(struct perf *p)
{
	p->udp_fd = inet_bind(p->net, LN_SOCK_DGRAM, &p->p.addr, p->p.port);
	if (p->udp_fd < 0)
		return p->udp_fd;
	return ln_set_wake(p->net, p->udp_fd, on_server, p);
}

/* SPDX-License-Identifier: MIT */
#include "app/dns/dns_exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/util/errqueue.h"
#include "app/util/inet.h"

struct dns_exchange {
	struct ln_net *net;
	struct dns_exchange_params p;
	ldns_pkt *query;
	int fd;			/* -1 = none */
	bool tcp;
	int64_t timer;		/* 0 = none */
	int start_err;		/* found while starting, reported by the timer */
	struct text out;	/* TCP: length and query, what is not sent yet */
	struct text in;		/* TCP: what has arrived */
};

static void exchange_udp(struct dns_exchange *x);
static void exchange_tcp(struct dns_exchange *x);

static void exchange_close(struct dns_exchange *x)
{
	if (x->fd >= 0) {
		ln_set_wake(x->net, x->fd, NULL, NULL);
		ln_close(x->net, x->fd);
	}
	x->fd = -1;
	if (x->timer)
		ln_timer_cancel(x->net, x->timer);
	x->timer = 0;
	text_free(&x->in);
	text_free(&x->out);
}

void dns_exchange_cancel(struct dns_exchange *x)
{
	if (!x)
		return;
	exchange_close(x);
	ldns_pkt_free(x->query);
	free(x);
}

static void exchange_end(struct dns_exchange *x, int err, const ldns_pkt *reply)
{
	dns_exchange_fn fn = x->p.fn;
	void *ctx = x->p.ctx;

	dns_exchange_cancel(x);
	fn(ctx, err, reply);
}

static void on_timer(void *ctx, struct ln_net *net)
{
	struct dns_exchange *x = ctx;

	(void)net;
	x->timer = 0;
	exchange_end(x, x->start_err ? x->start_err : -ETIMEDOUT, NULL);
}

/* Arms the one timer: the deadline, or at once to report what went wrong while starting. */
static void exchange_arm(struct dns_exchange *x, int err)
{
	int64_t when = ln_net_now(x->net) + (err ? 0 : x->p.timeout_ns);

	x->start_err = err;
	x->timer = ln_timer_add(x->net, when, on_timer, x);
	if (x->timer < 0)
		x->timer = 0;
}

/* A new query with a new id, as EDNS0 now stands. */
static int exchange_query(struct dns_exchange *x, uint8_t **wire, size_t *len)
{
	const ldns_rdf *name = x->query ? ldns_rr_owner(dns_question(x->query)) : x->p.name;
	ldns_pkt *query = dns_query_new((uint16_t)(ln_net_random(x->net) >> 40), name, x->p.type,
					x->p.recursion, x->p.edns ? DNS_EDNS_SIZE : 0);

	if (!query)
		return -ENOMEM;
	ldns_pkt_free(x->query);
	x->query = query;
	return dns_message_encode(query, DNS_UDP_SIZE, wire, len);
}

/* The reply to our question came. Takes it. */
static void exchange_reply(struct dns_exchange *x, ldns_pkt *reply)
{
	bool formerr = ldns_pkt_get_rcode(reply) == LDNS_RCODE_FORMERR && x->p.edns;
	bool tc = ldns_pkt_tc(reply) && !x->tcp;

	if (!formerr && !tc) {
		exchange_end(x, 0, reply);
		ldns_pkt_free(reply);
		return;
	}
	ldns_pkt_free(reply);
	exchange_close(x);
	if (formerr) {
		x->p.edns = false;
		exchange_udp(x);
	} else {
		exchange_tcp(x);
	}
	if (!x->timer) /* without it the exchange might never end */
		exchange_end(x, -ENOMEM, NULL);
}

/* True when bytes were our reply; x may be gone then. */
static bool exchange_take(struct dns_exchange *x, const uint8_t *bytes, size_t len)
{
	ldns_pkt *reply;

	if (dns_message_parse(bytes, len, &reply))
		return false;
	if (!dns_reply_matches(reply, x->query)) {
		ldns_pkt_free(reply);
		return false;
	}
	exchange_reply(x, reply);
	return true;
}

static bool is_fatal(ptrdiff_t err)
{
	return err == -ECONNREFUSED || err == -EHOSTUNREACH || err == -ENETUNREACH ||
	       err == -ENETDOWN || err == -EBADF;
}

static void on_udp(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct dns_exchange *x = ctx;
	uint8_t buf[DNS_EDNS_SIZE + 1];
	ptrdiff_t n;

	(void)events;
	for (;;) {
		n = ln_recv(net, fd, buf, sizeof(buf), 0);
		if (n == -EAGAIN)
			return;
		if (n < 0 && is_fatal(n)) {
			if (x->p.why)
				unreach_queued(net, fd, x->p.why);
			exchange_end(x, (int)n, NULL);
			return;
		}
		if (n < 0 && n != -EMSGSIZE && n != -EPROTO)
			return;
		if (n > 0 && exchange_take(x, buf, (size_t)n))
			return;
	}
}

static int udp_send(struct dns_exchange *x)
{
	union inet_sockaddr to;
	uint32_t tolen = ipaddr_sockaddr(&x->p.server, x->p.port, &to);
	uint8_t *wire = NULL;
	size_t len = 0;
	ptrdiff_t sent;
	int err;

	x->fd = inet_udp_random_port(x->net, to.family);
	if (x->fd < 0)
		return x->fd;
	/* so that "host unreachable" arrives here, too, and not only "port unreachable" */
	errqueue_on(x->net, x->fd, to.family);
	err = ln_set_wake(x->net, x->fd, on_udp, x);
	if (!err)
		err = ln_connect(x->net, x->fd, &to, tolen);
	if (!err)
		err = exchange_query(x, &wire, &len);
	if (err)
		return err;
	sent = ln_send(x->net, x->fd, wire, len, 0);
	free(wire);
	/* a full queue is a lost datagram: the timeout sees to it */
	return sent < 0 && sent != -EAGAIN && sent != -ENOBUFS ? (int)sent : 0;
}

static void exchange_udp(struct dns_exchange *x)
{
	x->tcp = false;
	exchange_arm(x, udp_send(x));
}

/* --- TCP (RFC 7766): each message after its length in two bytes --- */

/* Return: 0, -EAGAIN when the rest must wait, another error. */
static int tcp_flush(struct dns_exchange *x)
{
	while (x->out.len) {
		ptrdiff_t n = ln_send(x->net, x->fd, x->out.s, x->out.len, LN_MSG_NOSIGNAL);

		if (n < 0)
			return (int)n;
		text_consume(&x->out, (size_t)n);
	}
	return 0;
}

/* Return: 0 when the reply is complete, -EAGAIN, another error. */
static int tcp_read(struct dns_exchange *x)
{
	uint8_t buf[4096];

	for (;;) {
		const uint8_t *in = (const uint8_t *)x->in.s;
		ptrdiff_t n;

		if (x->in.len >= 2 && x->in.len >= 2u + (unsigned)(in[0] << 8 | in[1]))
			return 0;
		n = ln_recv(x->net, x->fd, buf, sizeof(buf), 0);
		if (n <= 0)
			return n ? (int)n : -ECONNRESET;
		text_add(&x->in, buf, (size_t)n);
		if (x->in.failed)
			return -ENOMEM;
	}
}

static void on_tcp(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct dns_exchange *x = ctx;
	const uint8_t *in;
	int err = inet_socket_error(net, fd);

	if (!err && (events & (LN_POLLOUT | LN_POLLIN)))
		err = tcp_flush(x);
	if (!err && (events & (LN_POLLIN | LN_POLLHUP | LN_POLLRDHUP | LN_POLLERR)))
		err = tcp_read(x);
	else if (!err)
		err = -EAGAIN;
	if (err == -EAGAIN || err == -ENOTCONN)
		return;
	in = (const uint8_t *)x->in.s;
	if (err)
		exchange_end(x, err, NULL);
	else if (!exchange_take(x, in + 2, (size_t)(in[0] << 8 | in[1])))
		exchange_end(x, -EBADMSG, NULL);
}

static int tcp_start(struct dns_exchange *x)
{
	union inet_sockaddr to;
	uint32_t tolen = ipaddr_sockaddr(&x->p.server, x->p.port, &to);
	uint8_t *wire = NULL, prefix[2];
	size_t len = 0;
	int err;

	err = exchange_query(x, &wire, &len);
	if (err)
		return err;
	prefix[0] = (uint8_t)(len >> 8);
	prefix[1] = (uint8_t)len;
	text_add(&x->out, prefix, 2);
	text_add(&x->out, wire, len);
	free(wire);
	if (x->out.failed)
		return -ENOMEM;
	x->fd = ln_socket(x->net, to.family, LN_SOCK_STREAM, 0);
	if (x->fd < 0)
		return x->fd;
	err = ln_set_wake(x->net, x->fd, on_tcp, x);
	if (!err)
		err = ln_connect(x->net, x->fd, &to, tolen);
	return err == -EINPROGRESS ? 0 : err;
}

static void exchange_tcp(struct dns_exchange *x)
{
	x->tcp = true;
	exchange_arm(x, tcp_start(x));
}

struct dns_exchange *dns_exchange_start(struct ln_net *net,
					const struct dns_exchange_params *params)
{
	struct dns_exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->net = net;
	x->p = *params;
	x->fd = -1;
	exchange_udp(x);
	x->p.name = NULL; /* from here on it is the query's */
	if (!x->timer) { /* without it the exchange might never end */
		dns_exchange_cancel(x);
		return NULL;
	}
	return x;
}

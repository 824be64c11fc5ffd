/* SPDX-License-Identifier: MIT */
#include "app/dns/dns_listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "app/util/inet.h"
#include "app/util/text.h"

#define UDP_QUERY_MAX 4096	/* longer ones are no queries */
#define TCP_BACKLOG 32
#define OUT_MAX 131072 /* bytes of answers that a client does not read: then no more queries */

struct dns_conn {
	struct dns_listener *l;
	struct dns_conn *next;
	struct dns_request *requests;	/* handed out */
	unsigned nrequests;
	struct ipaddr client;
	uint16_t client_port;
	int fd;
	bool eof;			/* the client sends no more */
	bool reading;			/* inside conn_read(): do not free under it */
	bool broken;
	int64_t last;			/* activity, ns */
	int64_t timer;
	struct text in, out;
};

struct dns_listener {
	struct ln_net *net;
	dns_request_fn fn;
	void *ctx;
	int udp[2], tcp[2];		/* of both families; -1 = none */
	bool pktinfo;			/* the stack tells and takes the local address */
	struct dns_conn *conns;
	unsigned nconns;
};

static void conn_run(struct dns_conn *c);

/* --- UDP --- */

union pktinfo_buf {
	struct cmsghdr align;
	uint8_t bytes[CMSG_SPACE(sizeof(struct ln_in_pktinfo)) +
		      CMSG_SPACE(sizeof(struct ln_in6_pktinfo))];
};

/* The local address in a received message's control data. */
static struct ipaddr msg_local(const struct ln_msghdr *m)
{
	struct msghdr h = { .msg_control = m->msg_control, .msg_controllen = m->msg_controllen };
	struct ipaddr local = { 0 };
	struct ln_in6_pktinfo info6;
	struct ln_in_pktinfo info;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c)) {
		if (c->cmsg_level == LN_SOL_IP && c->cmsg_type == LN_IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			local = ipaddr_v4(info.ipi_spec_dst);
		} else if (c->cmsg_level == LN_SOL_IPV6 && c->cmsg_type == LN_IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(c), sizeof(info6));
			local.family = LN_AF_INET6;
			memcpy(local.v6, info6.ipi6_addr, sizeof(local.v6));
		}
	}
	return local;
}

static void msg_set_local(struct ln_msghdr *m, union pktinfo_buf *buf, const struct ipaddr *local)
{
	bool v6 = local->family == LN_AF_INET6;
	struct ln_in_pktinfo info = { .ipi_spec_dst = local->v4 };
	size_t len = v6 ? sizeof(struct ln_in6_pktinfo) : sizeof(info);
	struct msghdr h = { .msg_control = buf, .msg_controllen = sizeof(*buf) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	struct ln_in6_pktinfo info6 = { 0 };

	memset(buf, 0, sizeof(*buf));
	memcpy(info6.ipi6_addr, local->v6, sizeof(info6.ipi6_addr));
	c->cmsg_level = v6 ? LN_SOL_IPV6 : LN_SOL_IP;
	c->cmsg_type = v6 ? (int)LN_IPV6_PKTINFO : (int)LN_IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), v6 ? (void *)&info6 : (void *)&info, len);
	m->msg_control = buf;
	m->msg_controllen = CMSG_SPACE(len);
}

static struct dns_request *request_new(struct dns_listener *l, const uint8_t *data, size_t len)
{
	struct dns_request *req = malloc(sizeof(*req) + len);

	if (!req)
		return NULL;
	*req = (struct dns_request){ .listener = l, .len = len };
	memcpy(req->data, data, len);
	return req;
}

static void on_udp(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct dns_listener *l = ctx;
	uint8_t buf[UDP_QUERY_MAX];

	(void)events;
	for (;;) {
		union pktinfo_buf control;
		union inet_sockaddr from = { 0 };
		struct ln_iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
		struct ln_msghdr m = {
			.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov,
			.msg_iovlen = 1, .msg_control = l->pktinfo ? &control : NULL,
			.msg_controllen = l->pktinfo ? sizeof(control) : 0,
		};
		ptrdiff_t n = ln_recvmsg(net, fd, &m, 0);
		struct dns_request *req;

		if (n == -EAGAIN || n == -EBADF)
			return;
		if (n <= 0 || (m.msg_flags & LN_MSG_TRUNC))
			continue;
		req = request_new(l, buf, (size_t)n);
		if (!req)
			continue; /* a lost datagram */
		req->fd = fd;
		req->client = ipaddr_of(&from);
		req->client_port = inet_sockaddr_port(&from);
		if (l->pktinfo)
			req->local = msg_local(&m);
		l->fn(l->ctx, req);
	}
}

static void udp_reply(struct dns_listener *l, const struct dns_request *req, const uint8_t *wire,
		      size_t len)
{
	union pktinfo_buf control;
	union inet_sockaddr to;
	struct ln_iovec iov = { .iov_base = (void *)(uintptr_t)wire, .iov_len = len };
	struct ln_msghdr m = {
		.msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1,
		.msg_namelen = ipaddr_sockaddr(&req->client, req->client_port, &to),
	};

	if (req->local.family)
		msg_set_local(&m, &control, &req->local);
	ln_sendmsg(l->net, req->fd, &m, 0); /* not sent = lost: the client asks again */
}

/* --- TCP --- */

void dns_request_reply(struct dns_request *req, const uint8_t *wire, size_t len)
{
	struct dns_conn *c = req->conn;
	uint8_t prefix[2] = { (uint8_t)(len >> 8), (uint8_t)len };
	struct dns_request **link;

	if (!req->tcp && len)
		udp_reply(req->listener, req, wire, len);
	if (c) {
		for (link = &c->requests; *link != req; link = &(*link)->next)
			;
		*link = req->next;
		c->nrequests--;
		if (len && len <= 65535) {
			text_add(&c->out, prefix, 2);
			text_add(&c->out, wire, len);
		}
		c->broken |= c->out.failed;
		if (!c->reading)
			conn_run(c);
	}
	free(req);
}

static void conn_free(struct dns_conn *c)
{
	struct dns_listener *l = c->l;
	struct dns_conn **link;
	struct dns_request *req;

	for (req = c->requests; req; req = req->next)
		req->conn = NULL;
	for (link = &l->conns; *link != c; link = &(*link)->next)
		;
	*link = c->next;
	l->nconns--;
	if (c->timer)
		ln_timer_cancel(l->net, c->timer);
	ln_set_wake(l->net, c->fd, NULL, NULL);
	ln_close(l->net, c->fd);
	text_free(&c->in);
	text_free(&c->out);
	free(c);
}

static void conn_flush(struct dns_conn *c)
{
	while (c->out.len && !c->broken) {
		ptrdiff_t n = ln_send(c->l->net, c->fd, c->out.s, c->out.len, LN_MSG_NOSIGNAL);

		if (n == -EAGAIN)
			return;
		c->broken = n < 0;
		if (n > 0) {
			text_consume(&c->out, (size_t)n);
			c->last = ln_net_now(c->l->net);
		}
	}
}

/* Hands complete queries to the handler. */
static void conn_dispatch(struct dns_conn *c)
{
	struct dns_request *req;
	const uint8_t *in;
	size_t len;

	while (c->in.len >= 2 && c->nrequests < DNS_LISTENER_PIPELINE_MAX &&
	       c->out.len < OUT_MAX && !c->broken) {
		in = (const uint8_t *)c->in.s;
		len = (size_t)(in[0] << 8 | in[1]);
		if (c->in.len < 2 + len)
			return;
		req = request_new(c->l, in + 2, len);
		c->broken = !req;
		text_consume(&c->in, 2 + len);
		if (!req)
			return;
		req->tcp = true;
		req->client = c->client;
		req->client_port = c->client_port;
		req->conn = c;
		req->next = c->requests;
		c->requests = req;
		c->nrequests++;
		c->l->fn(c->l->ctx, req);
	}
}

static void conn_read(struct dns_conn *c)
{
	uint8_t buf[2048];

	c->reading = true;
	conn_dispatch(c);
	/* one whole message and the start of the next at most: then the client's window closes */
	while (!c->eof && !c->broken && c->in.len < 65537 + sizeof(buf)) {
		ptrdiff_t n = ln_recv(c->l->net, c->fd, buf, sizeof(buf), 0);

		if (n == -EAGAIN)
			break;
		c->eof = !n;
		c->broken |= n < 0;
		if (n > 0) {
			text_add(&c->in, buf, (size_t)n);
			c->last = ln_net_now(c->l->net);
			c->broken |= c->in.failed;
			conn_dispatch(c);
		}
	}
	c->reading = false;
}

/* Reads, answers, sends; frees the connection when it is at its end. */
static void conn_run(struct dns_conn *c)
{
	bool full;

	do {
		conn_read(c);
		full = c->out.len >= OUT_MAX;
		conn_flush(c);
	} while (full && c->out.len < OUT_MAX && !c->broken);
	if (c->broken || (c->eof && !c->nrequests && !c->out.len))
		conn_free(c);
}

static void on_conn(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct dns_conn *c = ctx;

	(void)net;
	(void)fd;
	c->broken |= (events & LN_POLLERR) != 0;
	conn_run(c);
}

static void conn_arm(struct dns_conn *c);

static void on_idle(void *ctx, struct ln_net *net)
{
	struct dns_conn *c = ctx;

	c->timer = 0;
	if (!c->nrequests && ln_net_now(net) - c->last >= DNS_LISTENER_IDLE_NS)
		conn_free(c);
	else
		conn_arm(c);
}

static void conn_arm(struct dns_conn *c)
{
	int64_t now = ln_net_now(c->l->net), when = c->last + DNS_LISTENER_IDLE_NS;

	if (when <= now) /* it waits for our answer */
		when = now + DNS_LISTENER_IDLE_NS;
	c->timer = ln_timer_add(c->l->net, when, on_idle, c);
	if (c->timer < 0)
		c->timer = 0;
}

/* The connection that has been quiet longest makes room. */
static void listener_make_room(struct dns_listener *l)
{
	struct dns_conn *c, *oldest = l->conns;

	for (c = l->conns; c; c = c->next)
		if (c->last < oldest->last)
			oldest = c;
	conn_free(oldest);
}

static void conn_new(struct dns_listener *l, int fd, const union inet_sockaddr *from)
{
	struct dns_conn *c = calloc(1, sizeof(*c));

	if (!c) {
		ln_close(l->net, fd);
		return;
	}
	if (l->nconns >= DNS_LISTENER_CONNS_MAX)
		listener_make_room(l);
	c->l = l;
	c->fd = fd;
	c->client = ipaddr_of(from);
	c->client_port = inet_sockaddr_port(from);
	c->last = ln_net_now(l->net);
	c->next = l->conns;
	l->conns = c;
	l->nconns++;
	conn_arm(c);
	ln_set_wake(l->net, fd, on_conn, c);
	conn_run(c); /* what came before the wake-up was set */
}

static void on_accept(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct dns_listener *l = ctx;
	union inet_sockaddr from;
	int conn;

	(void)events;
	for (;;) {
		uint32_t len = sizeof(from);

		conn = ln_accept(net, fd, &from, &len);
		if (conn >= 0)
			conn_new(l, conn, &from);
		else if (conn != -ECONNABORTED)
			return;
	}
}

/* --- */

static int listener_open(struct dns_listener *l, const struct ipaddr *addr, uint16_t port)
{
	int on = 1, err;

	err = inet_bind_both(l->net, addr, port, 0, l->udp);
	if (!err)
		err = inet_bind_both(l->net, addr, port, TCP_BACKLOG, l->tcp);
	if (!err && !addr->family)
		l->pktinfo = !ln_setsockopt(l->net, l->udp[0], LN_SOL_IP, LN_IP_PKTINFO, &on,
					    sizeof(on)) &&
			     !ln_setsockopt(l->net, l->udp[1], LN_SOL_IPV6, LN_IPV6_RECVPKTINFO,
					    &on, sizeof(on));
	for (int i = 0; i < 2 && !err && l->udp[i] >= 0; i++) {
		err = ln_set_wake(l->net, l->udp[i], on_udp, l);
		if (!err)
			err = ln_set_wake(l->net, l->tcp[i], on_accept, l);
	}
	return err;
}

int dns_listener_new(struct ln_net *net, const struct ipaddr *addr, uint16_t port,
		     dns_request_fn fn, void *ctx, struct dns_listener **out)
{
	struct dns_listener *l = calloc(1, sizeof(*l));
	int err;

	*out = NULL;
	if (!l)
		return -ENOMEM;
	*l = (struct dns_listener){
		.net = net, .fn = fn, .ctx = ctx, .udp = { -1, -1 }, .tcp = { -1, -1 },
	};
	err = listener_open(l, addr, port);
	if (err) {
		dns_listener_free(l);
		return err;
	}
	*out = l;
	return 0;
}

void dns_listener_free(struct dns_listener *l)
{
	if (!l)
		return;
	while (l->conns)
		conn_free(l->conns);
	inet_close_both(l->net, l->udp);
	inet_close_both(l->net, l->tcp);
	free(l);
}

/* SPDX-License-Identifier: MIT */
/* The transfers of a soak: both ends are programs that live in wake-ups. */
#include <errno.h>
#include <linnet/ctl.h>
#include <stdio.h>
#include <string.h>

#include "harness/family.h"
#include "harness/soak.h"

#define BUF_BYTES 32768
#define RETRY_NS 50000000ll
#define TRIES_MAX 2000		/* a client without memory */

static void end_work(struct soak_end *e);
static void tell_sockets(const struct soak_flow *f);
static void client_again(struct soak_end *e, int err);
static void on_wake(void *ctx, struct ln_net *ln, int fd, unsigned events);

static struct ln_net *ln_of(const struct soak_end *e)
{
	return lab_node_net(e->host->node);
}

static u8 byte_at(u64 i, u8 salt)
{
	return (u8)(i * 31 + (i >> 8) * 7 + (i >> 16) + salt);
}

/* ---- options ---- */

/* An orphan that gives up says nothing: its peer finds out by asking. Two that wait for each other
 * answer, and are found as hanging. */
static void set_keepalive(struct soak_end *e)
{
	static const struct {
		int level, name, value;
	} opts[] = {
		{ LN_SOL_SOCKET, LN_SO_KEEPALIVE, 1 }, { LN_SOL_TCP, LN_TCP_KEEPIDLE, 60 },
		{ LN_SOL_TCP, LN_TCP_KEEPINTVL, 20 }, { LN_SOL_TCP, LN_TCP_KEEPCNT, 9 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(opts); i++)
		ln_setsockopt(ln_of(e), e->fd, opts[i].level, opts[i].name, &opts[i].value,
			      sizeof(int));
}

static void draw_options(struct soak_end *e)
{
	static const struct {
		int level, name;
		u32 least, span;
	} opts[] = {
		{ LN_SOL_TCP, LN_TCP_NODELAY, 0, 2 }, { LN_SOL_TCP, LN_TCP_CORK, 0, 2 },
		{ LN_SOL_TCP, LN_TCP_QUICKACK, 0, 2 }, { LN_SOL_TCP, LN_TCP_MAXSEG, 88, 1400 },
		{ LN_SOL_TCP, LN_TCP_WINDOW_CLAMP, 2000, 60000 },
		{ LN_SOL_TCP, LN_TCP_NOTSENT_LOWAT, 1, 20000 },
		{ LN_SOL_SOCKET, LN_SO_RCVBUF, 2000, 100000 },
		{ LN_SOL_SOCKET, LN_SO_SNDBUF, 4000, 100000 },
		{ LN_SOL_SOCKET, LN_SO_RCVLOWAT, 1, 1 },
		{ LN_SOL_SOCKET, LN_SO_MAX_PACING_RATE, 50000, 5000000 },
		{ LN_SOL_TCP, LN_TCP_THIN_LINEAR_TIMEOUTS, 0, 2 },
		{ LN_SOL_TCP, LN_TCP_RTO_MIN_US, 5000, 400000 },
		{ LN_SOL_TCP, LN_TCP_DELACK_MAX_US, 1000, 199000 },
	};
	const struct tcp_cong_table *ct = &e->host->net->tcp->cong;
	const char *ca = ct->ops[prng_below(&e->prng, ct->n)]->name;

	if (!prng_below(&e->prng, 2))
		ln_setsockopt(ln_of(e), e->fd, LN_SOL_TCP, LN_TCP_CONGESTION, ca, (u32)strlen(ca));
	for (unsigned k = prng_below(&e->prng, 4); k; k--) {
		unsigned i = prng_below(&e->prng, ARRAY_SIZE(opts));
		int v = (int)(opts[i].least + prng_below(&e->prng, opts[i].span));

		ln_setsockopt(ln_of(e), e->fd, opts[i].level, opts[i].name, &v, sizeof(v));
	}
}

/* ---- one end ---- */

static void end_close(struct soak_end *e)
{
	if (e->timer)
		ln_timer_cancel(ln_of(e), e->timer);
	e->timer = 0;
	if (e->fd >= 0 && ln_close(ln_of(e), e->fd))
		soak_fail(e->flow->soak, "close() failed");
	e->fd = -1;
	e->closed = true;
}

/* Why a call did not work: what happened to the connection, when that is it. */
static int reason_of(const struct soak_end *e, int err)
{
	int why = 0;
	u32 len = sizeof(why);

	if (err == -ENOTCONN || err == -EPIPE)
		ln_getsockopt(ln_of(e), e->fd, LN_SOL_SOCKET, LN_SO_ERROR, &why, &len);
	return why ? -why : err;
}

/* What is still to come on this connection will not. */
static void end_failed(struct soak_end *e, int err)
{
	struct soak_end *other = &e->flow->end[e == &e->flow->end[0]];

	e->err = e->fd < 0 ? err : reason_of(e, err);
	/* The cable was out when it tried to connect: it tries again. */
	if (e->err == -EHOSTUNREACH && !e->read && other->fd < 0 && !other->closed) {
		e->err = 0;
		e->written = 0;
		e->shut = false;
		client_again(e, -EHOSTUNREACH);
		return;
	}
	end_close(e);
	/* Nobody tells a reader who waits that the other one gave up. */
	if (!other->closed && other->host != e->host)
		other->err = other->err ? other->err : -ECANCELED;
}

static void on_timer(void *ctx, struct ln_net *ln)
{
	struct soak_end *e = ctx;

	(void)ln;
	e->timer = 0;
	end_work(e);
}

static void end_write(struct soak_end *e)
{
	u8 buf[BUF_BYTES];
	ptrdiff_t n = 0;

	while (e->written < e->to_write) {
		u32 len = (u32)min_t(u64, e->to_write - e->written, e->chunk);

		for (u32 i = 0; i < len; i++)
			buf[i] = byte_at(e->written + i, e->salt);
		n = ln_send(ln_of(e), e->fd, buf, len, 0);
		if (n < 0)
			break;
		e->written += (u64)n;
	}
	if (n < 0 && n != -EAGAIN) {
		end_failed(e, (int)n);
		return;
	}
	if (e->written == e->to_write && !e->shut) {
		e->shut = true;
		n = ln_shutdown(ln_of(e), e->fd, LN_SHUT_WR);
		if (n)
			end_failed(e, (int)n);
	}
}

static void check_bytes(const struct soak_end *e, const u8 *p, ptrdiff_t n)
{
	const struct soak_end *from = &e->flow->end[e == &e->flow->end[0]];

	for (ptrdiff_t i = 0; i < n; i++)
		if (p[i] != byte_at(e->read + (u64)i, from->salt))
			soak_fail(e->flow->soak, "port %u: byte %llu of %llu is wrong",
				  e->flow->port, (unsigned long long)e->read + (u64)i,
				  (unsigned long long)e->to_read);
	if (e->read + (u64)n > e->to_read)
		soak_fail(e->flow->soak, "port %u: more came than was sent", e->flow->port);
}

/* Readers who stop close their window, for up to ten seconds. */
static bool takes_a_break(struct soak_end *e)
{
	s64 span = prng_below(&e->prng, prng_below(&e->prng, 20) ? 300 : 10000);

	if (!e->breaks || prng_below(&e->prng, 30))
		return false;
	e->breaks--;
	e->timer = ln_timer_add(ln_of(e), ln_net_now(ln_of(e)) + span * 1000000, on_timer, e);
	if (e->timer > 0)
		return true;
	e->timer = 0;		/* no memory: no break */
	return false;
}

/* The stack's own buffers, looked at and given back. */
static ptrdiff_t borrow_some(struct soak_end *e)
{
	struct ln_rxbuf bufs[4];
	ptrdiff_t n = ln_recv_borrow(ln_of(e), e->fd, bufs, ARRAY_SIZE(bufs), LN_MSG_DONTWAIT);
	u64 read = e->read;

	for (ptrdiff_t i = 0; i < n; i++) {
		check_bytes(e, bufs[i].data, (ptrdiff_t)bufs[i].len);
		e->read += bufs[i].len;
	}
	if (n <= 0)
		return n;
	if (ln_recv_return(ln_of(e), bufs, (unsigned)n))
		soak_fail(e->flow->soak, "port %u: what was borrowed is not taken back",
			  e->flow->port);
	return (ptrdiff_t)(e->read - read);
}

/* Into a buffer, sometimes after a look at what waits. */
static ptrdiff_t read_some(struct soak_end *e)
{
	ptrdiff_t peeked = 0, n;
	u8 buf[BUF_BYTES];

	if (!prng_below(&e->prng, 8))
		peeked = ln_recv(ln_of(e), e->fd, buf, e->chunk, LN_MSG_PEEK);
	if (peeked < 0)
		return peeked;		/* an error is told once */
	if (peeked)
		check_bytes(e, buf, peeked);
	n = ln_recv(ln_of(e), e->fd, buf, e->chunk, 0);
	if (peeked && n < peeked)
		soak_fail(e->flow->soak, "port %u: %td bytes were there, %td are read",
			  e->flow->port, peeked, n);
	if (n <= 0)
		return n;
	check_bytes(e, buf, n);
	e->read += (u64)n;
	return n;
}

static void end_read(struct soak_end *e)
{
	while (!e->closed && !e->got_end && !e->timer) {
		ptrdiff_t n = prng_below(&e->prng, 8) ? -EMSGSIZE : borrow_some(e);

		if (n == -EMSGSIZE)	/* of more pieces, or not tried */
			n = read_some(e);
		if (n == -EAGAIN)
			return;
		if (n < 0) {
			end_failed(e, (int)n);
			return;
		}
		e->got_end = n == 0;
		if (takes_a_break(e))
			return;
	}
}

static void end_work(struct soak_end *e)
{
	struct soak *s = e->flow->soak;

	if (e->closed || e->fd < 0)
		return;
	end_write(e);
	if (!e->closed && !e->timer)
		end_read(e);
	if (e->closed || !e->got_end || !e->shut)
		return;
	/* Where the other end failed, its descriptor was closed before it had written all. */
	if (e->read != e->to_read && !e->err) {
		tell_sockets(e->flow);
		soak_fail(s, "port %u: the end came after %llu of %llu bytes", e->flow->port,
			  (unsigned long long)e->read, (unsigned long long)e->to_read);
	}
	end_close(e);
	e->flow->ended = lab_now(s->lab);
}

static void on_wake(void *ctx, struct ln_net *ln, int fd, unsigned events)
{
	(void)ln;
	(void)fd;
	(void)events;
	end_work(ctx);
}

/* ---- beginnings ---- */

static void client_begin(struct soak_end *e);

static void on_begin(void *ctx, struct ln_net *ln)
{
	struct soak_end *e = ctx;

	(void)ln;
	e->timer = 0;
	client_begin(e);
}

/* No memory: later. */
static void client_again(struct soak_end *e, int err)
{
	if (e->fd >= 0)
		ln_close(ln_of(e), e->fd);
	e->fd = -1;
	if (++e->flow->tries == TRIES_MAX)
		soak_fail(e->flow->soak, "port %u: no socket (%d)", e->flow->port, err);
	e->timer = ln_timer_add(ln_of(e), ln_net_now(ln_of(e)) + RETRY_NS, on_begin, e);
	if (e->timer < 0) {
		e->timer = 0;
		end_failed(e, err);
	}
}

/* As a socket of AF_INET6 (sock6) or AF_INET names it. Return: its length. */
static u32 address_of(const struct soak_flow *f, const struct soak_host *h, bool sock6, u16 port,
		      union family_sockaddr *a)
{
	if (!f->ipv6)
		return sock6 ? family_mapped(h->addr, port, a) :
			       family_sockaddr(false, h->addr, port, a);
	family_sockaddr(true, 0, port, a);
	memcpy(a->in6.sin6_addr, &h->addr6, IP6_ADDR_LEN);
	return sizeof(a->in6);
}

/* For what this end's socket talks to. */
static int sign(const struct soak_end *e, int fd, bool sock6)
{
	const struct soak_flow *f = e->flow;
	union family_sockaddr peer;
	u32 len = address_of(f, f->end[e == &f->end[0]].host, sock6, 0, &peer);

	return soak_sign(f, ln_of(e), fd, &peer, len, f->ipv6);
}

static void client_begin(struct soak_end *e)
{
	struct soak_flow *f = e->flow;
	bool sock6 = f->sock6[0];
	union family_sockaddr to;
	u32 len = address_of(f, f->end[1].host, sock6, f->port, &to);
	int err;

	e->fd = ln_socket(ln_of(e), to.family, LN_SOCK_STREAM, 0);
	if (e->fd < 0) {
		client_again(e, e->fd);
		return;
	}
	draw_options(e);
	set_keepalive(e);
	err = ln_set_wake(ln_of(e), e->fd, on_wake, e);
	if (!err)
		err = sign(e, e->fd, sock6);
	if (!err)
		err = ln_connect(ln_of(e), e->fd, &to, len);
	if (err != -EINPROGRESS)
		client_again(e, err);
}

/* It has to be the client, by the name that this listener's family gives him. */
static void check_name(const struct soak_flow *f, const union family_sockaddr *got, u32 len)
{
	union family_sockaddr want;
	u32 want_len = address_of(f, f->end[0].host, f->sock6[1], 0, &want);

	if (f->sock6[1])
		want.in6.sin6_port = got->in6.sin6_port;
	else
		want.in.sin_port = got->in.sin_port;
	if (len != want_len || (!f->soak->nat && memcmp(got, &want, len)))
		soak_fail(f->soak, "port %u: somebody else was accepted", f->port);
}

static void on_accept(void *ctx, struct ln_net *ln, int fd, unsigned events);

static void on_accept_again(void *ctx, struct ln_net *ln)
{
	struct soak_end *e = ctx;

	e->timer = 0;
	on_accept(e->flow, ln, e->flow->listener, 0);
}

static void on_accept(void *ctx, struct ln_net *ln, int fd, unsigned events)
{
	struct soak_flow *f = ctx;
	struct soak_end *e = &f->end[1];
	union family_sockaddr from = { 0 };
	u32 len = sizeof(from);
	int child;

	(void)events;
	if (e->closed || e->fd >= 0 || e->timer)
		return;
	child = ln_accept(ln, fd, &from, &len);
	if (child < 0) {
		/* No memory: it still waits, and nobody tells again. */
		if (child != -EAGAIN)
			e->timer = ln_timer_add(ln, ln_net_now(ln) + RETRY_NS, on_accept_again, e);
		e->timer = max(e->timer, (s64)0);
		return;
	}
	check_name(f, &from, len);
	e->fd = child;
	draw_options(e);
	set_keepalive(e);
	if (ln_set_wake(ln, child, on_wake, e))
		end_failed(e, -ENOMEM);
	else
		end_work(e);
}

static u64 draw_size(struct soak *s)
{
	return soak_one_in(s, 8) ? 0 : soak_one_in(s, 3) ? soak_below(s, 2000) :
	       soak_below(s, 300000);
}

void soak_draw_flows(struct soak *s)
{
	s->flows = 1 + soak_below(s, soak_one_in(s, 2) ? 3 : SOAK_FLOWS_MAX);
	for (unsigned i = 0; i < s->flows; i++) {
		struct soak_flow *f = &s->flow[i];
		unsigned a = soak_below(s, s->hosts), b = soak_below(s, s->hosts - 1);
		u64 up = draw_size(s), down = draw_size(s);

		*f = (struct soak_flow){ .soak = s, .port = (u16)(5000 + i),
					 .begins = soak_below(s, 3000) * 1000000ll,
					 .ipv6 = s->ipv6 && soak_below(s, 3) };
		/* A key is for an address, which NAT changes; TCP-AO signs the options, too. */
		if (!s->nat && soak_one_in(s, 6))
			f->sign = s->mangled || soak_one_in(s, 2) ? SOAK_MD5 : SOAK_AO;
		f->sock6[0] = f->ipv6 || soak_one_in(s, 4);
		f->sock6[1] = f->ipv6 || soak_one_in(s, 3);
		for (int k = 0; k < 2; k++) {
			f->end[k] = (struct soak_end){
				.flow = f, .fd = -1, .salt = (u8)soak_below(s, 256),
				.host = &s->host[k ? b + (b >= a) : a],
				.to_write = k ? down : up, .to_read = k ? up : down,
				.chunk = 1 + (soak_one_in(s, 2) ? soak_below(s, 2000) :
					      soak_below(s, BUF_BYTES)),
				.breaks = soak_one_in(s, 3) ? soak_below(s, 200) : 0,
			};
			prng_init(&f->end[k].prng, s->seed * 64 + i * 2 + (u64)k);
		}
	}
}

void soak_begin_flows(struct soak *s)
{
	for (unsigned i = 0; i < s->flows; i++) {
		struct soak_flow *f = &s->flow[i];
		struct soak_end *c = &f->end[0];
		struct ln_net *server = lab_node_net(f->end[1].host->node);
		union family_sockaddr any;
		u32 len = family_sockaddr(f->sock6[1], 0, f->port, &any);

		lab_node_kick(f->end[1].host->node);
		f->listener = ln_socket(server, any.family, LN_SOCK_STREAM, 0);
		if (f->listener < 0 || ln_bind(server, f->listener, &any, len) ||
		    sign(&f->end[1], f->listener, f->sock6[1]) ||
		    ln_listen(server, f->listener, 4) ||
		    ln_set_wake(server, f->listener, on_accept, f))
			soak_fail(s, "no server");
		lab_node_kick(f->end[1].host->node);
		lab_node_kick(c->host->node);
		c->timer = ln_timer_add(ln_of(c), ln_net_now(ln_of(c)) + f->begins, on_begin, c);
		lab_node_kick(c->host->node);
	}
}

/* ---- the end ---- */

static bool flow_runs(const struct soak_flow *f)
{
	const struct soak_end *c = &f->end[0], *v = &f->end[1];

	/* The one that lost the other is closed by the judge. */
	if ((c->closed || c->err) && (v->closed || v->err))
		return false;
	return !(c->closed && c->err && v->fd < 0);
}

bool soak_flows_run(const struct soak *s)
{
	for (unsigned i = 0; i < s->flows; i++)
		if (flow_runs(&s->flow[i]))
			return true;
	return false;
}

u64 soak_bytes_read(const struct soak *s)
{
	u64 n = 0;

	for (unsigned i = 0; i < s->flows; i++)
		n += s->flow[i].end[0].read + s->flow[i].end[1].read;
	return n;
}

/* How the connections of a flow stand, for people. */
static void tell_sockets(const struct soak_flow *f)
{
	char cmd[64], out[8192];

	for (int k = 0; k < 2; k++) {
		snprintf(cmd, sizeof(cmd), "ss -tanio ( sport = :%u or dport = :%u )", f->port,
			 f->port);
		lab_node_kick(f->end[k].host->node);
		ln_ctl(lab_node_net(f->end[k].host->node), cmd, out, sizeof(out), NULL);
		fprintf(stderr, "%s: %s\n", f->end[k].host->name, out);
	}
}

/* What overtakes a handshake's last ACK has no cookie in its numbers: it is reset, as in Linux. */
static bool cookie_missed(const struct soak_flow *f)
{
	return f->end[1].host->net->mib[MIB_TcpExtSyncookiesFailed];
}

static bool may_fail_so(const struct soak_flow *f, int err)
{
	const struct soak *s = f->soak;

	switch (-err) {
	case 0:
		return true;
	case ECONNRESET:	/* by the other end, which gave up */
	case EPIPE:
	case ECANCELED:		/* the other end was */
		return s->lossy || s->poor || cookie_missed(f);
	case ETIMEDOUT:
	case EHOSTUNREACH:	/* timed out, and that was the last that was heard */
		return s->lossy || s->poor;
	case ENOMEM:
	case ENOBUFS:
		return s->poor;
	default:
		return false;
	}
}

void soak_end_flows(struct soak *s)
{
	for (unsigned i = 0; i < s->flows; i++) {
		struct soak_flow *f = &s->flow[i];
		struct ln_net *server = lab_node_net(f->end[1].host->node);

		for (int k = 0; k < 2; k++) {
			struct soak_end *e = &f->end[k];

			if (!may_fail_so(f, e->err))
				soak_fail(s, "port %u: the %s ended with error %d", f->port,
					  k ? "server" : "client", -e->err);
			if (flow_runs(f))
				tell_sockets(f);
			if (flow_runs(f))
				soak_fail(s, "port %u: it hangs: %s wrote %llu of %llu, read %llu "
					  "of %llu", f->port, k ? "server" : "client",
					  (unsigned long long)e->written,
					  (unsigned long long)e->to_write,
					  (unsigned long long)e->read,
					  (unsigned long long)e->to_read);
			lab_node_kick(e->host->node);
			if (!e->closed)
				end_close(e);
			lab_node_kick(e->host->node);
		}
		lab_node_kick(f->end[1].host->node);
		ln_close(server, f->listener);
		lab_node_kick(f->end[1].host->node);
	}
}

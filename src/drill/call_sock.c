/* SPDX-License-Identifier: MIT */
/* Calls that make, join and end sockets. */
#include <fcntl.h>
#include <sys/socket.h>

#include "drill/call.h"
#include "drill/conn.h"

/* The script says which number a new descriptor has. Return: that number. */
static s64 new_fd(struct call_run *r, int live, struct drill_fd what)
{
	const struct expr *e = r->c->result;

	if (e->kind != EXPR_NUMBER || e->number < 0 || e->number >= FDS_MAX)
		return live;	/* it should have failed: what is returned will not do */
	if (r->d->fds[e->number].used) {
		call_bad(r, e, "a descriptor that is free");
		return CALL_BAD;
	}
	what.used = true;
	what.live = live;
	r->d->fds[e->number] = what;
	return e->number;
}

s64 call_socket(struct call_run *r)
{
	s64 domain, type, protocol;
	int live;

	if (!arg_int_or(r, 0, LN_AF_INET, &domain) || !arg_int(r, 1, &type) ||
	    !arg_int_or(r, 2, 0, &protocol))
		return CALL_BAD;
	if (domain == LN_AF_INET && r->d->version != IP_VERSION_4)
		domain = LN_AF_INET6;
	live = r->d->w->ops->socket(r->d->w, (int)domain,
				    (int)type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), (int)protocol);
	if (live < 0)
		return live;
	return new_fd(r, live, (struct drill_fd){
		.nonblock = type & SOCK_NONBLOCK, .stream = (type & 0xf) == SOCK_STREAM,
		.inet6 = domain == LN_AF_INET6 });
}

/* A length that is not that of a struct sockaddr_in is meant so. */
static bool arg_length(struct call_run *r, unsigned i, u32 *len)
{
	s64 v;

	if (!arg_int_or(r, i, sizeof(struct ln_sockaddr_in), &v))
		return false;
	if (v != sizeof(struct ln_sockaddr_in))
		*len = (u32)v;
	return true;
}

/* What bind() and connect() are called with; what the script does not say is the drill's. */
static bool arg_address(struct call_run *r, struct drill_fd **f, struct ip6_addr addr,
			u16 port, struct sock_addr *sa, u32 *len)
{
	return arg_fd(r, 0, f) && expr_address(r, *f, r->c->args[1], addr, port, sa, len) &&
	       arg_length(r, 2, len);
}

/* The end of a UDP conversation is known as soon as its port is. */
static void learn_udp(struct drill *d, struct drill_fd *f, const struct sock_addr *peer)
{
	struct sock_addr sa;
	struct ip6_addr local;
	u32 len = sizeof(sa);

	if (f->stream || d->w->ops->getsockname(d->w, f->live, &sa, &len))
		return;
	local = sock_addr_ip(&sa);
	if (!f->conn)
		f->conn = conn_new(d, IP_PROTO_UDP);
	f->conn->fd = f->live;
	f->conn->lport = sock_addr_port(&sa);
	if (!addr_is_any(&local))
		f->conn->laddr = local;
	if (peer) {
		f->conn->raddr = sock_addr_ip(peer);
		f->conn->rport = sock_addr_port(peer);
	}
}

s64 call_bind(struct call_run *r)
{
	struct drill *d = r->d;
	struct sock_addr sa;
	struct drill_fd *f;
	u32 len;
	int err;

	if (!arg_address(r, &f, d->params.local, d->bind_port, &sa, &len))
		return CALL_BAD;
	err = d->w->ops->bind(d->w, f->live, &sa, len);
	if (!err)
		learn_udp(d, f, NULL);
	return err;
}

s64 call_listen(struct call_run *r)
{
	struct drill_fd *f;
	s64 backlog;
	int err;

	if (!arg_fd(r, 0, &f) || !arg_int(r, 1, &backlog))
		return CALL_BAD;
	err = r->d->w->ops->listen(r->d->w, f->live, (int)backlog);
	if (!err)
		f->listening = true;
	return err;
}

static s64 do_accept(struct call_run *r, bool nonblock)
{
	struct drill *d = r->d;
	struct sock_addr sa = { 0 };
	struct ip6_addr peer;
	u32 len = sizeof(sa);
	struct drill_fd *f;
	struct conn *c;
	int live;

	if (!arg_fd(r, 0, &f))
		return CALL_BAD;
	live = d->w->ops->accept(d->w, f->live, &sa, &len);
	if (live < 0)
		return live;
	peer = sock_addr_ip(&sa);
	for (c = d->conns; c; c = c->next)
		if (ipv6_addr_equal(&c->raddr, &peer) && c->rport == sock_addr_port(&sa))
			break;
	if (c)
		c->fd = live;
	if (!same_address(r, r->c->args[1], &sa))
		return CALL_BAD;
	return new_fd(r, live, (struct drill_fd){ .nonblock = nonblock, .stream = true,
						  .inet6 = f->inet6, .conn = c });
}

s64 call_accept(struct call_run *r)
{
	return do_accept(r, false);
}

s64 call_accept4(struct call_run *r)
{
	s64 flags;

	return arg_int(r, 3, &flags) ? do_accept(r, flags & SOCK_NONBLOCK) : CALL_BAD;
}

/* ---- connect ---- */

static s64 connect_done(struct call_run *r, const struct drill_fd *f)
{
	struct ln_pollfd p = { .fd = f->live, .events = LN_POLLOUT };
	int err = 0;
	u32 len = sizeof(err);

	if (r->d->w->ops->poll(r->d->w, &p, 1) <= 0 ||
	    !(p.revents & (LN_POLLOUT | LN_POLLERR | LN_POLLHUP)))
		return -EAGAIN;
	r->d->w->ops->getsockopt(r->d->w, f->live, LN_SOL_SOCKET, LN_SO_ERROR, &err, &len);
	return -err;
}

void conn_connecting(struct drill *d, struct drill_fd *f, const struct sock_addr *to)
{
	struct conn *c = f->conn = conn_new(d, IP_PROTO_TCP);
	struct sock_addr sa;
	struct ip6_addr local;

	c->raddr = sock_addr_ip(to);
	c->rport = sock_addr_port(to);
	c->fd = f->live;
	c->connecting = true;
	c->lport = 0;
	if (!d->w->ops->getsockname(d->w, f->live, &sa, &(u32){ sizeof(sa) })) {
		c->lport = sock_addr_port(&sa);
		local = sock_addr_ip(&sa);
		if (!addr_is_any(&local))
			c->laddr = local;
	}
	for (struct conn *old = d->conns; old != c; old = old->next)	/* it was in TIME-WAIT */
		if (old->protocol == c->protocol && old->lport == c->lport && c->lport &&
		    old->rport == c->rport && ipv6_addr_equal(&old->raddr, &c->raddr))
			old->rport = 0;
	if (!d->conn)
		d->conn = c;
}

s64 call_connect(struct call_run *r)
{
	struct drill *d = r->d;
	struct sock_addr sa;
	struct drill_fd *f;
	u32 len;
	int err;

	if (!arg_address(r, &f, d->params.remote, d->connect_port, &sa, &len))
		return CALL_BAD;
	if (r->connecting)
		return connect_done(r, f);
	err = d->w->ops->connect(d->w, f->live, &sa, len);
	if (!f->stream && !err)
		learn_udp(d, f, &sa);
	if (!f->stream || f->conn || (err && err != -EINPROGRESS))
		return err;
	conn_connecting(d, f, &sa);
	return err;
}

/* SO_LINGER: how long close() may wait; O_NONBLOCK does not count, as in Linux. */
static s64 linger_ns(struct drill *d, const struct drill_fd *f)
{
	struct ln_linger l = { 0 };
	u32 len = sizeof(l);

	if (!f->stream || f->listening ||
	    d->w->ops->getsockopt(d->w, f->live, LN_SOL_SOCKET, LN_SO_LINGER, &l, &len))
		return 0;
	return l.l_onoff ? (s64)l.l_linger * NSEC_PER_SEC : 0;
}

s64 call_close(struct call_run *r)
{
	struct drill_fd *f;
	int err;

	if (!arg_fd(r, 0, &f))
		return CALL_BAD;
	if (!r->tries)
		r->timeout = linger_ns(r->d, f);
	err = r->d->w->ops->close(r->d->w, f->live,
				  drill_now(r->d) >= r->started + r->timeout);
	if (err == -EAGAIN)
		return err;
	if (f->conn && f->conn->fd == f->live)
		f->conn->fd = -1;
	f->used = false;
	return err;
}

s64 call_shutdown(struct call_run *r)
{
	struct drill_fd *f;
	s64 how;

	if (!arg_fd(r, 0, &f) || !arg_int(r, 1, &how))
		return CALL_BAD;
	return r->d->w->ops->shutdown(r->d->w, f->live, (int)how);
}

/* ---- names ---- */

static s64 do_name(struct call_run *r,
		   int (*get)(struct world *w, int fd, void *addr, u32 *len))
{
	struct sock_addr sa = { 0 };
	u32 len = sizeof(sa);
	struct drill_fd *f;
	int err;

	if (!arg_fd(r, 0, &f))
		return CALL_BAD;
	err = get(r->d->w, f->live, &sa, &len);
	if (!err && !same_address(r, r->c->args[1], &sa))
		return CALL_BAD;
	return err;
}

s64 call_getsockname(struct call_run *r)
{
	return do_name(r, r->d->w->ops->getsockname);
}

s64 call_getpeername(struct call_run *r)
{
	return do_name(r, r->d->w->ops->getpeername);
}

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
	live = r->d->w->ops->socket(r->d->w, (int)domain,
				    (int)type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), (int)protocol);
	if (live < 0)
		return live;
	return new_fd(r, live, (struct drill_fd){
		.nonblock = type & SOCK_NONBLOCK, .stream = (type & 0xf) == SOCK_STREAM });
}

/* The end of a UDP conversation is known as soon as its port is. */
static void learn_udp(struct drill *d, struct drill_fd *f, const struct ln_sockaddr_in *peer)
{
	struct ln_sockaddr_in sin;
	u32 len = sizeof(sin);

	if (f->stream || d->w->ops->getsockname(d->w, f->live, &sin, &len))
		return;
	if (!f->conn)
		f->conn = conn_new(d, IP_PROTO_UDP);
	f->conn->fd = f->live;
	f->conn->lport = be16_to_cpu(sin.sin_port);
	if (sin.sin_addr)
		f->conn->laddr = sin.sin_addr;
	if (peer) {
		f->conn->raddr = peer->sin_addr;
		f->conn->rport = be16_to_cpu(peer->sin_port);
	}
}

s64 call_bind(struct call_run *r)
{
	struct drill *d = r->d;
	struct ln_sockaddr_in sin;
	struct drill_fd *f;
	s64 len;
	int err;

	if (!arg_fd(r, 0, &f) ||
	    !expr_address(r, r->c->args[1], d->params.local, d->bind_port, &sin) ||
	    !arg_int_or(r, 2, sizeof(sin), &len))
		return CALL_BAD;
	err = d->w->ops->bind(d->w, f->live, &sin, (u32)len);
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

/* What came in at addr is compared, where the script says it. */
static bool same_address(struct call_run *r, const struct expr *want,
			 const struct ln_sockaddr_in *got)
{
	if (want->kind != EXPR_STRUCT)
		return true;
	return call_same(r, expr_member(want, "sin_port"), "sin_port", got->sin_port) &&
	       call_same(r, expr_member(want, "sin_addr"), "sin_addr", got->sin_addr);
}

static s64 do_accept(struct call_run *r, bool nonblock)
{
	struct drill *d = r->d;
	struct ln_sockaddr_in sin = { 0 };
	u32 len = sizeof(sin);
	struct drill_fd *f;
	struct conn *c;
	int live;

	if (!arg_fd(r, 0, &f))
		return CALL_BAD;
	live = d->w->ops->accept(d->w, f->live, &sin, &len);
	if (live < 0)
		return live;
	for (c = d->conns; c; c = c->next)
		if (c->raddr == sin.sin_addr && c->rport == be16_to_cpu(sin.sin_port))
			break;
	if (c)
		c->fd = live;
	if (!same_address(r, r->c->args[1], &sin))
		return CALL_BAD;
	return new_fd(r, live, (struct drill_fd){ .nonblock = nonblock, .stream = true,
						  .conn = c });
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

void conn_connecting(struct drill *d, struct drill_fd *f, const struct ln_sockaddr_in *to)
{
	struct conn *c = f->conn = conn_new(d, IP_PROTO_TCP);
	struct ln_sockaddr_in sin;

	c->raddr = to->sin_addr;
	c->rport = be16_to_cpu(to->sin_port);
	c->fd = f->live;
	c->connecting = true;
	c->lport = 0;
	if (!d->w->ops->getsockname(d->w, f->live, &sin, &(u32){ sizeof(sin) })) {
		c->lport = be16_to_cpu(sin.sin_port);
		c->laddr = sin.sin_addr ? sin.sin_addr : c->laddr;
	}
	if (!d->conn)
		d->conn = c;
}

s64 call_connect(struct call_run *r)
{
	struct drill *d = r->d;
	struct ln_sockaddr_in sin;
	struct drill_fd *f;
	s64 len;
	int err;

	if (!arg_fd(r, 0, &f) ||
	    !expr_address(r, r->c->args[1], d->params.remote, d->connect_port, &sin) ||
	    !arg_int_or(r, 2, sizeof(sin), &len))
		return CALL_BAD;
	if (r->connecting)
		return connect_done(r, f);
	err = d->w->ops->connect(d->w, f->live, &sin, (u32)len);
	if (!f->stream && !err)
		learn_udp(d, f, &sin);
	if (!f->stream || f->conn || (err && err != -EINPROGRESS))
		return err;
	conn_connecting(d, f, &sin);
	return err;
}

s64 call_close(struct call_run *r)
{
	struct drill_fd *f;
	int err;

	if (!arg_fd(r, 0, &f))
		return CALL_BAD;
	r->dontwait = true;
	err = r->d->w->ops->close(r->d->w, f->live);
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
	struct ln_sockaddr_in sin = { 0 };
	u32 len = sizeof(sin);
	struct drill_fd *f;
	int err;

	if (!arg_fd(r, 0, &f))
		return CALL_BAD;
	err = get(r->d->w, f->live, &sin, &len);
	if (!err && !same_address(r, r->c->args[1], &sin))
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

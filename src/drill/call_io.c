/* SPDX-License-Identifier: MIT */
/* Calls that move bytes. */
#include "drill/call_io.h"

static bool io_buffer(struct call_run *r, struct io *io, const struct expr *from, s64 len)
{
	if (len < 0 || len > 256 << 20)
		return call_bad(r, r->c->args[0], "a length below 256 MiB");
	io->len = (size_t)len;
	/* The script's memory: MSG_ZEROCOPY leaves it to the machine for as long as it wants. */
	io->buf = arena_alloc(&r->d->s->arena, io->len + 1);
	if (from && from->kind == EXPR_STRING)
		memcpy(io->buf, from->text, min(io->len, from->len));
	io->m.msg_iov = io->iov;
	io->m.msg_iovlen = 1;
	io->iov[0] = (struct ln_iovec){ io->buf, io->len };
	return true;
}

/* [{..., 1000}, {..., 500}]: one buffer in pieces. */
static bool io_vector(struct call_run *r, struct io *io, const struct expr *e)
{
	size_t sizes[IOV_MAX_], at = 0;
	s64 sum = 0;

	if (e->kind != EXPR_LIST || e->n > IOV_MAX_)
		return call_bad(r, e, "a list as [{..., 1000}]");
	for (unsigned i = 0; i < e->n; i++) {
		const struct expr *v = e->members[i].value;

		if (v->kind != EXPR_STRUCT || v->n != 2 || v->members[1].value->kind != EXPR_NUMBER)
			return call_bad(r, v, "{..., length}");
		sizes[i] = (size_t)v->members[1].value->number;
		sum += (s64)sizes[i];
	}
	if (!io_buffer(r, io, NULL, sum))
		return false;
	io->m.msg_iovlen = e->n;
	for (unsigned i = 0; i < e->n; i++) {
		io->iov[i] = (struct ln_iovec){ io->buf + at, sizes[i] };
		at += sizes[i];
	}
	return true;
}

bool io_blocks(const struct call_run *r, const struct io *io)
{
	return r->fd >= 0 && !r->d->fds[r->fd].nonblock && !(io->flags & LN_MSG_DONTWAIT);
}

/* The pieces from byte `done` on. */
static void io_skip(struct io *io, size_t done)
{
	while (io->m.msg_iovlen && done >= io->m.msg_iov->iov_len) {
		done -= io->m.msg_iov->iov_len;
		io->m.msg_iov++;
		io->m.msg_iovlen--;
	}
	if (io->m.msg_iovlen) {
		io->m.msg_iov->iov_base = (u8 *)io->m.msg_iov->iov_base + done;
		io->m.msg_iov->iov_len -= done;
	}
}

/* MSG_FASTOPEN connects; where that takes time, the rest of a blocking call follows it. */
static s64 io_fastopen(struct call_run *r, struct io *io)
{
	s64 n;

	if (r->connecting) {
		io->flags &= ~LN_MSG_FASTOPEN;
		io->m.msg_name = NULL;
		io->m.msg_namelen = 0;
	}
	n = r->d->w->ops->sendmsg(r->d->w, io->f->live, &io->m, (int)io->flags | LN_MSG_NOSIGNAL);
	if (r->connecting || (n < 0 && n != -EINPROGRESS))
		return n;
	r->connecting = true;
	if (!io->f->conn)
		conn_connecting(r->d, io->f, &io->addr);
	return n < 0 && !r->dontwait ? -EAGAIN : n;
}

static s64 io_send(struct call_run *r, struct io *io)
{
	s64 n;

	r->dontwait = !io_blocks(r, io);
	if (r->fd >= 0 && io->f->sndtimeo)
		r->timeout = io->f->sndtimeo;
	if (r->done)
		io_skip(io, r->done);
	if (io->flags & LN_MSG_FASTOPEN)
		n = io_fastopen(r, io);
	else
		n = r->d->w->ops->sendmsg(r->d->w, io->f->live, &io->m,
					  (int)io->flags | LN_MSG_NOSIGNAL);
	if (n < 0)
		return n == -EAGAIN || !r->done ? n : (s64)r->done;
	r->done += (size_t)n;
	if (io->f->stream && !r->dontwait && r->done < io->len)
		return -EAGAIN;
	return (s64)r->done;
}

static s64 io_recv(struct call_run *r, struct io *io)
{
	s64 n;

	r->dontwait = !io_blocks(r, io) || io->flags & LN_MSG_ERRQUEUE;
	if (r->fd >= 0 && io->f->rcvtimeo)
		r->timeout = io->f->rcvtimeo;
	if (r->done)
		io_skip(io, r->done);
	n = r->d->w->ops->recvmsg(r->d->w, io->f->live, &io->m, (int)io->flags);
	if (n <= 0)
		return (n == -EAGAIN && !r->dontwait) || !r->done ? n : (s64)r->done;
	r->done += (size_t)n;
	if (io->flags & LN_MSG_WAITALL && !(io->flags & LN_MSG_PEEK) && !r->dontwait &&
	    r->done < io->len)
		return -EAGAIN;
	return (s64)r->done;
}

/* ---- buffers ---- */

static bool io_plain(struct call_run *r, struct io *io, bool flags)
{
	s64 len;

	*io = (struct io){ 0 };
	return arg_fd(r, 0, &io->f) && arg_int(r, 2, &len) &&
	       (!flags || arg_int(r, 3, &io->flags)) && io_buffer(r, io, r->c->args[1], len);
}

s64 call_read(struct call_run *r)
{
	struct io io;

	if (!io_plain(r, &io, false))
		return CALL_BAD;
	return !io.len && io.f->used ? 0 : io_recv(r, &io);	/* as read(2): never asked */
}

s64 call_recv(struct call_run *r)
{
	struct io io;

	return io_plain(r, &io, true) ? io_recv(r, &io) : CALL_BAD;
}

s64 call_write(struct call_run *r)
{
	struct io io;

	return io_plain(r, &io, false) ? io_send(r, &io) : CALL_BAD;
}

s64 call_send(struct call_run *r)
{
	struct io io;

	return io_plain(r, &io, true) ? io_send(r, &io) : CALL_BAD;
}

s64 call_sendto(struct call_run *r)
{
	const struct drill *d = r->d;
	const struct expr *to = r->c->args[4];
	struct io io;

	if (!io_plain(r, &io, true))
		return CALL_BAD;
	if (!is_null(to)) {
		if (!expr_address(r, io.f, to, d->params.remote, d->connect_port, &io.addr,
				  &io.m.msg_namelen))
			return CALL_BAD;
		io.m.msg_name = &io.addr;
	}
	return io_send(r, &io);
}

s64 call_recvfrom(struct call_run *r)
{
	struct io io;
	s64 n;

	if (!io_plain(r, &io, true))
		return CALL_BAD;
	io.m.msg_name = &io.addr;
	io.m.msg_namelen = sizeof(io.addr);
	n = io_recv(r, &io);
	return n < 0 || same_address(r, r->c->args[4], &io.addr) ? n : CALL_BAD;
}

/* ---- vectors ---- */

static bool io_pieces(struct call_run *r, struct io *io)
{
	*io = (struct io){ 0 };
	return arg_fd(r, 0, &io->f) && io_vector(r, io, r->c->args[1]);
}

s64 call_readv(struct call_run *r)
{
	struct io io;

	return io_pieces(r, &io) ? io_recv(r, &io) : CALL_BAD;
}

s64 call_writev(struct call_run *r)
{
	struct io io;

	return io_pieces(r, &io) ? io_send(r, &io) : CALL_BAD;
}

/* ---- messages ---- */

static bool io_message(struct call_run *r, struct io *io, const struct expr *m, unsigned flags)
{
	const struct expr *iov = expr_member(m, "msg_iov");

	*io = (struct io){ 0 };
	if (!arg_fd(r, 0, &io->f) || !arg_int(r, flags, &io->flags))
		return false;
	if (m->kind != EXPR_STRUCT || !iov)
		return call_bad(r, m, "{msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0}");
	return io_vector(r, io, iov);
}

bool io_send_message(struct call_run *r, struct io *io, const struct expr *m, unsigned flags,
		     u8 *control)
{
	const struct drill *d = r->d;
	const struct expr *name = expr_member(m, "msg_name");

	if (!io_message(r, io, m, flags) ||
	    !put_control(r, io, expr_member(m, "msg_control"), control))
		return false;
	/* A stream has its peer: `...` is no address there, unless it is to be connected. */
	if (name && !is_null(name) && (!io->f->stream || io->flags & LN_MSG_FASTOPEN) &&
	    expr_address(r, io->f, name, d->params.remote, d->connect_port, &io->addr,
			 &io->m.msg_namelen))
		io->m.msg_name = &io->addr;
	return true;
}

s64 call_sendmsg(struct call_run *r)
{
	u8 control[CONTROL_MAX] = { 0 };
	struct io io;

	return io_send_message(r, &io, r->c->args[1], 2, control) ? io_send(r, &io) : CALL_BAD;
}

bool io_recv_message(struct call_run *r, struct io *io, const struct expr *m, unsigned flags,
		     u8 *control)
{
	if (!io_message(r, io, m, flags))
		return false;
	io->m.msg_name = &io->addr;
	io->m.msg_namelen = sizeof(io->addr);
	io->m.msg_control = control;
	io->m.msg_controllen = CONTROL_MAX;
	return true;
}

bool same_message(struct call_run *r, const struct io *io, const struct expr *m)
{
	const struct expr *name = expr_member(m, "msg_name");

	return (!name || same_address(r, name, &io->addr)) &&
	       call_same(r, expr_member(m, "msg_flags"), "msg_flags", io->m.msg_flags) &&
	       same_control(r, expr_member(m, "msg_control"), &io->m);
}

s64 call_recvmsg(struct call_run *r)
{
	u8 control[CONTROL_MAX] = { 0 };
	struct io io;
	s64 n;

	if (!io_recv_message(r, &io, r->c->args[1], 2, control))
		return CALL_BAD;
	n = io_recv(r, &io);
	return n < 0 || same_message(r, &io, r->c->args[1]) ? n : CALL_BAD;
}

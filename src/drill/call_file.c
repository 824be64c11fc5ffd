/* SPDX-License-Identifier: MIT */
/*
 * open, pipe, splice, sendfile: what is no socket. Files are those of this computer; pipes are the
 * world's, which knows how bytes go between them and its sockets.
 */
#include "drill/call.h"

static bool free_fd(struct call_run *r, const struct expr *e)
{
	if (e->kind == EXPR_NUMBER && e->number >= 0 && e->number < FDS_MAX &&
	    !r->d->fds[e->number].used)
		return true;
	return call_bad(r, e, "a descriptor that is free");
}

s64 call_open(struct call_run *r)
{
	const struct expr *path = r->c->args[0], *e = r->c->result;
	int live;

	if (path->kind != EXPR_STRING) {
		call_bad(r, path, "a path in quotes");
		return CALL_BAD;
	}
	live = r->d->w->ops->open(r->d->w, path->text);
	if (live < 0)
		return live;
	if (!free_fd(r, e))
		return CALL_BAD;
	r->d->fds[e->number] = (struct drill_fd){ .used = true, .live = live };
	return e->number;
}

/* pipe([5, 6]) = 0 */
s64 call_pipe(struct call_run *r)
{
	const struct expr *list = r->c->args[0];
	int live[2], err;

	if (list->kind != EXPR_LIST || list->n != 2) {
		call_bad(r, list, "[5, 6], the ends to read and to write");
		return CALL_BAD;
	}
	for (unsigned i = 0; i < 2; i++)
		if (!free_fd(r, list->members[i].value))
			return CALL_BAD;
	err = r->d->w->ops->pipe(r->d->w, live);
	for (unsigned i = 0; !err && i < 2; i++)
		r->d->fds[list->members[i].value->number] =
			(struct drill_fd){ .used = true, .live = live[i] };
	return err;
}

/* A stream takes what it can; a call that blocks goes on until all is gone. */
static s64 moved(struct call_run *r, const struct drill_fd *out, s64 n, s64 len)
{
	if (n < 0)
		return (n == -EAGAIN && !r->dontwait) || !r->done ? n : (s64)r->done;
	r->done += (size_t)n;
	return n && out->stream && !r->dontwait && (s64)r->done < len ? -EAGAIN : (s64)r->done;
}

/* sendfile(4, 5, [0], 1000): out, in, the offset or NULL, how much */
s64 call_sendfile(struct call_run *r)
{
	const struct expr *at = r->c->args[2];
	struct drill_fd *out, *in;
	s64 len, offset = -1;

	if (!arg_fd(r, 0, &out) || !arg_fd(r, 1, &in) || !arg_int(r, 3, &len))
		return CALL_BAD;
	if (at->kind == EXPR_LIST && at->n == 1 && at->members[0].value->kind == EXPR_NUMBER)
		offset = at->members[0].value->number + (s64)r->done;
	r->dontwait = r->fd < 0 || out->nonblock;
	return moved(r, out, r->d->w->ops->sendfile(r->d->w, out->live, in->live, offset,
						    (size_t)len - r->done), len);
}

/* splice(5, NULL, 4, NULL, 1000, SPLICE_F_MORE): from, to; no offsets */
s64 call_splice(struct call_run *r)
{
	struct drill_fd *in, *out;
	s64 len, flags, n;

	if (!arg_fd(r, 0, &in) || !arg_fd(r, 2, &out) || !arg_int(r, 4, &len) ||
	    !arg_int(r, 5, &flags))
		return CALL_BAD;
	r->dontwait = in->nonblock || flags & 2;	/* SPLICE_F_NONBLOCK */
	n = r->d->w->ops->splice(r->d->w, in->live, out->live, (size_t)len, (unsigned)flags);
	return n;
}

/* SPDX-License-Identifier: MIT */
/* Calls: made, tried again while they block, compared when they return. */
#include <stdlib.h>

#include "drill/call.h"

static const struct call_def defs[] = {
	{ "socket", 3, 3, call_socket },
	{ "bind", 3, 3, call_bind },
	{ "listen", 2, 2, call_listen },
	{ "accept", 3, 3, call_accept },
	{ "accept4", 4, 4, call_accept4 },
	{ "connect", 3, 3, call_connect },
	{ "close", 1, 1, call_close },
	{ "shutdown", 2, 2, call_shutdown },
	{ "getsockname", 3, 3, call_getsockname },
	{ "getpeername", 3, 3, call_getpeername },
	{ "fcntl", 2, 3, call_fcntl },
	{ "ioctl", 2, 3, call_ioctl },
	{ "getsockopt", 5, 5, call_getsockopt },
	{ "setsockopt", 5, 5, call_setsockopt },
	{ "poll", 3, 3, call_poll },
	{ "epoll_create", 1, 1, call_epoll_create },
	{ "epoll_create1", 1, 1, call_epoll_create },
	{ "epoll_ctl", 4, 4, call_epoll_ctl },
	{ "epoll_wait", 4, 4, call_epoll_wait },
	{ "read", 3, 3, call_read },
	{ "readv", 3, 3, call_readv },
	{ "recv", 4, 4, call_recv },
	{ "recvfrom", 6, 6, call_recvfrom },
	{ "recvmsg", 3, 3, call_recvmsg },
	{ "write", 3, 3, call_write },
	{ "writev", 3, 3, call_writev },
	{ "send", 4, 4, call_send },
	{ "sendto", 6, 6, call_sendto },
	{ "sendmsg", 3, 3, call_sendmsg },
	{ "sendmmsg", 4, 4, call_sendmmsg },
	{ "recvmmsg", 5, 5, call_recvmmsg },
	{ "epoll_pwait", 5, 6, call_epoll_wait },
	{ "ppoll", 4, 5, call_ppoll },
	{ "open", 2, 3, call_open },
	{ "pipe", 1, 1, call_pipe },
	{ "sendfile", 4, 4, call_sendfile },
	{ "splice", 6, 6, call_splice },
};

const struct call_def *call_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(defs); i++)
		if (strlen(defs[i].name) == len && !memcmp(defs[i].name, name, len))
			return &defs[i];
	return NULL;
}

const char *call_closest(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(defs); i++)
		if (len > 2 && !memcmp(defs[i].name, name, min(len, strlen(defs[i].name)) - 1))
			return defs[i].name;
	return NULL;
}

/* ---- what it returned ---- */

static bool check_errno(struct drill *d, const struct script_call *c, int err)
{
	if (!c->err || c->err == err)
		return true;
	return drill_fail(d, "%s() failed with %s (%s), expected %s", c->def->name,
			  errno_name(err), strerror(err), c->err_name);
}

/* The script does not say what it should be; who asks what happens is told. */
static void tell_result(const struct call_run *r, s64 got)
{
	const struct drill *d = r->d;

	if (d->o->verbose && got < 0)
		fprintf(d->o->out, "%s:%u: %s() returned -1 %s\n", d->s->path, r->event->at.line,
			r->c->def->name, errno_name((int)-got));
	else if (d->o->verbose)
		fprintf(d->o->out, "%s:%u: %s() returned %lld%s\n", d->s->path,
			r->event->at.line, r->c->def->name, (long long)got, r->gave);
}

static bool check_result(struct call_run *r, s64 got)
{
	const struct script_call *c = r->c;
	struct drill *d = r->d;
	s64 want = c->result->number;

	if (got == CALL_BAD || d->why[0])
		return false;
	if (c->result->kind == EXPR_ANY) {
		tell_result(r, got);
		return true;
	}
	if (c->result->kind != EXPR_NUMBER)
		return call_bad(r, c->result, "a number");
	if (got < 0 && want == -1)
		return check_errno(d, c, (int)-got);
	if (got < 0)
		return drill_fail(d, "%s() failed with %s (%s), expected %lld", c->def->name,
				  errno_name((int)-got), strerror((int)-got), (long long)want);
	if (got == want)
		return true;
	return drill_fail(d, "%s() returned %lld, expected %lld%s%s", c->def->name, (long long)got,
			  (long long)want, c->err ? " " : "", c->err ? c->err_name : "");
}

static bool check_end(struct call_run *r)
{
	struct drill *d = r->d;
	s64 now = drill_now(d), off = now - r->end;
	s64 late = d->w->ops->real_time ? max(r->end - r->started, (s64)0) / DRILL_WHEEL : 0;

	if (r->end < 0 || (off >= -d->tolerance && off <= d->tolerance + late))
		return true;
	return drill_fail(d, "%s() returned at %.6f, expected at %.6f", r->c->def->name,
			  (double)(now - d->zero) / 1e9, (double)(r->end - d->zero) / 1e9);
}

static bool finish(struct call_run *r, s64 result)
{
	r->d->event = r->event;
	return check_result(r, result) && check_end(r);
}

/* ---- waiting ---- */

static bool is_poll(const struct call_run *r)
{
	return r->c->def->run == call_poll || r->c->def->run == call_ppoll ||
	       r->c->def->run == call_epoll_wait;
}

/* Its time is over when the machine says so. */
static bool is_close(const struct call_run *r)
{
	return r->c->def->run == call_close;
}

static bool may_block(const struct call_run *r)
{
	return r->fd >= 0 && !r->dontwait && r->timeout != 0 &&
	       (is_poll(r) || is_close(r) || !r->d->fds[r->fd].nonblock);
}

static s64 try_call(struct call_run *r)
{
	s64 result;

	r->gave[0] = 0;
	result = r->c->def->run(r);
	r->tries++;
	if (result == -EINPROGRESS && may_block(r)) {
		r->connecting = true;
		return -EAGAIN;
	}
	return result;
}

static bool is_over(const struct call_run *r)
{
	return r->timeout >= 0 && drill_now(r->d) >= r->started + r->timeout;
}

bool run_waiting(struct drill *d)
{
	struct call_run **at = &d->waiting, *r;

	while ((r = *at)) {
		s64 result = try_call(r);

		if (result == -EAGAIN && (!is_over(r) || is_close(r))) {
			at = &r->next;
			continue;
		}
		if (result == -EAGAIN && is_poll(r))
			result = 0;
		if (result == -EAGAIN && r->done)
			result = (s64)r->done;
		*at = r->next;
		if (!finish(r, result))
			return false;
	}
	return true;
}

/* The call stands in a line that says nothing of waiting: it has the tolerance. */
static bool wait_briefly(struct drill *d, struct call_run *r)
{
	const struct event *e = d->event;
	s64 until = drill_now(d) + d->tolerance;

	r->next = d->waiting;
	d->waiting = r;
	while (d->waiting == r && drill_now(d) < until) {
		if (!drill_wait(d, min(until, drill_now(d) + NSEC_PER_MSEC), false))
			return false;
	}
	d->event = e;
	return d->waiting != r ||
	       drill_fail(d, "%s() blocks; a line that may wait has an end time: 0...0.1",
			  r->c->def->name);
}

bool run_call(struct drill *d, const struct event *e, s64 end)
{
	struct call_run *r = arena_alloc(&d->s->arena, sizeof(*r));
	s64 result;

	*r = (struct call_run){ .d = d, .event = e, .c = &e->call, .started = drill_now(d),
				.end = end, .fd = -1, .timeout = -1 };
	result = try_call(r);
	if (result == -EAGAIN && is_poll(r) && r->timeout == 0)
		result = 0;
	if (result != -EAGAIN || !may_block(r))
		return finish(r, result);
	if (end < 0)
		return wait_briefly(d, r);
	r->next = d->waiting;
	d->waiting = r;
	return true;
}

bool run_calls_end(struct drill *d)
{
	while (d->waiting) {
		const struct call_run *r = d->waiting;
		s64 late = d->w->ops->real_time ? NSEC_PER_SEC : 0;
		s64 until = max(r->end, drill_now(d)) + d->tolerance + late;

		if (!drill_wait(d, until, false))
			return false;
		if (d->waiting == r && drill_now(d) >= until) {
			d->event = r->event;
			return drill_fail(d, "%s() still blocks at %.6f, expected its return at "
					  "%.6f", r->c->def->name,
					  (double)(drill_now(d) - d->zero) / 1e9,
					  (double)(r->end - d->zero) / 1e9);
		}
	}
	return true;
}

void free_waiting(struct drill *d)
{
	d->waiting = NULL;	/* they are the script's memory */
}

/* ---- arguments ---- */

bool call_bad(struct call_run *r, const struct expr *e, const char *what)
{
	struct drill *d = r->d;

	d->bad = true;
	return drill_fail(d, "column %u: %s() wants %s here", e->at.column, r->c->def->name, what);
}

bool arg_int(struct call_run *r, unsigned i, s64 *v)
{
	const struct expr *e = r->c->args[i];

	if (e->kind != EXPR_NUMBER)
		return call_bad(r, e, "a number");
	*v = e->number;
	return true;
}

bool arg_int_or(struct call_run *r, unsigned i, s64 dflt, s64 *v)
{
	*v = dflt;
	return r->c->args[i]->kind == EXPR_ANY || arg_int(r, i, v);
}

/* A number that is no descriptor goes to the machine as it is: it shall say EBADF. */
bool arg_fd(struct call_run *r, unsigned i, struct drill_fd **f)
{
	struct drill *d = r->d;
	s64 v = -1;

	if (!arg_int(r, i, &v))
		return false;
	d->none = (struct drill_fd){ .live = 100000, .inet6 = d->version != IP_VERSION_4 };
	*f = &d->none;
	if (v < 0 || v >= FDS_MAX || !d->fds[v].used)
		return true;
	*f = &d->fds[v];
	if (!i)
		r->fd = (int)v;
	return true;
}

int script_fd(const struct drill *d, int live)
{
	for (int i = 0; i < FDS_MAX; i++)
		if (d->fds[i].used && d->fds[i].live == live)
			return i;
	return -1;
}

const struct expr *expr_member(const struct expr *e, const char *name)
{
	for (unsigned i = 0; e->kind == EXPR_STRUCT && i < e->n; i++)
		if (e->members[i].name && !strcmp(e->members[i].name, name))
			return e->members[i].value;
	return NULL;
}

s64 member_int(const struct expr *e, const char *name, s64 dflt)
{
	const struct expr *m = expr_member(e, name);

	return m && m->kind == EXPR_NUMBER ? m->number : dflt;
}

static void keep(struct call_run *r, const char *what, s64 got)
{
	size_t n = strlen(r->gave);

	snprintf(r->gave + n, sizeof(r->gave) - n, ", %s %lld", what, (long long)got);
}

bool call_same(struct call_run *r, const struct expr *want, const char *what, s64 got)
{
	if (!want)
		return true;
	if (want->kind == EXPR_ANY) {
		keep(r, what, got);
		return true;
	}
	if (want->kind != EXPR_NUMBER)
		return call_bad(r, want, "a number");
	if (want->number == got)
		return true;
	return drill_fail(r->d, "%s(): %s is %lld (%#llx), expected %.*s", r->c->def->name, what,
			  (long long)got, (unsigned long long)got, (int)want->len, want->text);
}

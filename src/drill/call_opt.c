/* SPDX-License-Identifier: MIT */
/* Options of sockets and descriptors. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linnet/tcp_auth.h>

#include "drill/call.h"

#define VALUE_MAX 512

/* The runner lets calls block, so it keeps what concerns that: O_NONBLOCK and time limits. */
s64 call_fcntl(struct call_run *r)
{
	struct drill_fd *f;
	s64 command, arg = 0;

	if (!arg_fd(r, 0, &f) || !arg_int(r, 1, &command) || (r->c->n > 2 && !arg_int(r, 2, &arg)))
		return CALL_BAD;
	if (!f->used)
		return -EBADF;
	if (command == F_GETFL)
		return O_RDWR | (f->nonblock ? O_NONBLOCK : 0);
	if (command != F_SETFL)
		return command == F_GETFD || command == F_SETFD ? 0 : -EINVAL;
	f->nonblock = arg & O_NONBLOCK;
	return 0;
}

s64 call_ioctl(struct call_run *r)
{
	const struct expr *e = r->c->n > 2 ? r->c->args[2] : NULL;
	struct drill_fd *f;
	int value = 0, err;
	s64 request;

	if (!arg_fd(r, 0, &f) || !arg_int(r, 1, &request))
		return CALL_BAD;
	if (e && e->kind == EXPR_LIST && e->n)
		e = e->members[0].value;
	if (request == FIONBIO && f->used) {
		f->nonblock = e && e->kind == EXPR_NUMBER && e->number;
		return 0;
	}
	err = r->d->w->ops->ioctl(r->d->w, f->live, (unsigned long)request, &value);
	if (!err && !call_same(r, e, "the value", value))
		return CALL_BAD;
	return err;
}

/* ---- setsockopt ---- */

static s64 timeval_ns(const struct expr *e)
{
	const struct expr *sec = expr_member(e, "tv_sec");

	return (sec ? sec->number : 0) * NSEC_PER_SEC + member_int(e, "tv_usec", 0) * NSEC_PER_USEC;
}

static bool is_timeo(s64 level, s64 name)
{
	return level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

/* A struct of two ints: struct linger, with or without its l_, and struct sock_txtime. */
struct two_ints {
	const struct expr *first, *second;
	const char *first_name, *second_name;
};

/* False: e has no such member. */
static bool find_two_ints(const struct expr *e, struct two_ints *two)
{
	static const char *const names[][2] = {
		{ "onoff", "linger" }, { "l_onoff", "l_linger" }, { "clockid", "flags" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		*two = (struct two_ints){ expr_member(e, names[i][0]), expr_member(e, names[i][1]),
					  names[i][0], names[i][1] };
		if (two->first || two->second)
			return true;
	}
	return false;
}

/* The bytes of a value. Return: how many, 0: told. */
static u32 value_bytes(struct call_run *r, const struct expr *e, u8 *buf)
{
	struct two_ints two;
	bool has_two = find_two_ints(e, &two);
	int v[2];

	if (e->kind == EXPR_LIST && e->n == 1)
		e = e->members[0].value;
	if (e->kind == EXPR_STRING) {
		u32 n = (u32)min(e->len + 1, (size_t)VALUE_MAX);

		memcpy(buf, e->text, n);
		return n;
	}
	if (has_two && two.first && two.second) {
		v[0] = (int)two.first->number;
		v[1] = (int)two.second->number;
		memcpy(buf, v, sizeof(v));
		return sizeof(v);
	}
	if (e->kind != EXPR_NUMBER) {
		call_bad(r, e, "[1], a string, {onoff=1, linger=0} or {clockid=1, flags=0}");
		return 0;
	}
	v[0] = (int)e->number;
	memcpy(buf, v, sizeof(v[0]));
	return sizeof(v[0]);
}

s64 call_setsockopt(struct call_run *r)
{
	u8 buf[VALUE_MAX] = { 0 };
	struct drill_fd *f;
	s64 level, name, len;
	u32 have;

	if (!arg_fd(r, 0, &f) || !arg_int(r, 1, &level) || !arg_int(r, 2, &name))
		return CALL_BAD;
	if (is_timeo(level, name) && f->used) {
		*(name == SO_RCVTIMEO ? &f->rcvtimeo : &f->sndtimeo) = timeval_ns(r->c->args[3]);
		return 0;
	}
	have = auth_is_option(level, name, r->c->args[3]) ?
	       auth_value(r, f, name, r->c->args[3], buf) : value_bytes(r, r->c->args[3], buf);
	if (!have || !arg_int_or(r, 4, have, &len))
		return CALL_BAD;
	return r->d->w->ops->setsockopt(r->d->w, f->live, (int)level, (int)name, buf,
					(u32)min_t(s64, len, VALUE_MAX));
}

/* ---- getsockopt ---- */

static bool same_value(struct call_run *r, const struct expr *e, const u8 *buf, u32 len)
{
	struct two_ints two;
	bool has_two = find_two_ints(e, &two);
	int v[2] = { 0 };

	if (e->kind == EXPR_LIST && e->n == 1)
		e = e->members[0].value;
	if (e->kind == EXPR_STRING) {
		if (len > e->len && !memcmp(e->text, buf, e->len) && !buf[e->len])
			return true;
		return drill_fail(r->d, "getsockopt(): the value is \"%.*s\", expected \"%s\"",
				  (int)len, (const char *)buf, e->text);
	}
	memcpy(v, buf, min_t(u32, len, sizeof(v)));
	if (has_two)
		return call_same(r, two.first, two.first_name, v[0]) &&
		       call_same(r, two.second, two.second_name, v[1]);
	return call_same(r, e, "the value", v[0]);
}

s64 call_getsockopt(struct call_run *r)
{
	const struct expr *e = r->c->args[4];
	u8 buf[VALUE_MAX] = { 0 };
	struct drill_fd *f;
	s64 level, name;
	u32 len = VALUE_MAX;
	int err;

	if (!arg_fd(r, 0, &f) || !arg_int(r, 1, &level) || !arg_int(r, 2, &name))
		return CALL_BAD;
	if (e->kind == EXPR_LIST && e->n == 1)
		e = e->members[0].value;
	if (auth_is_option(level, name, r->c->args[3]))
		len = sizeof(struct ln_tcp_ao_info_opt);
	else if (e->kind == EXPR_NUMBER && e->number >= 0 && r->c->args[3]->kind != EXPR_STRING)
		len = (u32)min_t(s64, e->number, VALUE_MAX);
	err = r->d->w->ops->getsockopt(r->d->w, f->live, (int)level, (int)name, buf, &len);
	if (err)
		return err;
	if (auth_is_option(level, name, r->c->args[3]))
		return auth_same(r, r->c->args[3], buf, len) ? 0 : CALL_BAD;
	return same_value(r, r->c->args[3], buf, len) ? 0 : CALL_BAD;
}

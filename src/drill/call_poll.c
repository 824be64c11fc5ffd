/* SPDX-License-Identifier: MIT */
/* poll and epoll. They return -EAGAIN while nothing is ready; call_run.c makes a 0 of it. */
#include "drill/call.h"

#define POLL_MAX 64

static void wait_for(struct call_run *r, s64 ms)
{
	r->timeout = ms < 0 ? -1 : ms * NSEC_PER_MSEC;
	r->dontwait = !ms;
}

static bool poll_args(struct call_run *r, const struct expr *list, struct ln_pollfd *p)
{
	if (list->kind != EXPR_LIST || list->n > POLL_MAX)
		return call_bad(r, list, "[{fd=4, events=POLLIN, revents=POLLIN}]");
	for (unsigned i = 0; i < list->n; i++) {
		const struct expr *e = list->members[i].value;
		s64 fd = member_int(e, "fd", -1);
		bool known = fd >= 0 && fd < FDS_MAX && r->d->fds[fd].used;

		if (e->kind != EXPR_STRUCT)
			return call_bad(r, e, "{fd=4, events=POLLIN, revents=POLLIN}");
		p[i] = (struct ln_pollfd){ .fd = known ? r->d->fds[fd].live : fd < 0 ? -1 : 100000,
					   .events = (short)member_int(e, "events", 0) };
		if (known && r->fd < 0)
			r->fd = (int)fd;
	}
	return true;
}

/* timeout: ns, -1 = for ever */
static s64 do_poll(struct call_run *r, s64 timeout)
{
	const struct expr *list = r->c->args[0];
	struct ln_pollfd p[POLL_MAX];
	s64 n;
	int ready;

	if (!arg_int(r, 1, &n) || !poll_args(r, list, p))
		return CALL_BAD;
	if (n != list->n) {
		call_bad(r, r->c->args[1], "the length of the list");
		return CALL_BAD;
	}
	r->timeout = timeout;
	r->dontwait = !timeout;
	ready = r->d->w->ops->poll(r->d->w, p, list->n);
	if (!ready && (r->timeout < 0 || drill_now(r->d) < r->started + r->timeout))
		return -EAGAIN;
	for (unsigned i = 0; i < list->n; i++)
		if (!call_same(r, expr_member(list->members[i].value, "revents"), "revents",
			       p[i].revents))
			return CALL_BAD;
	return ready;
}

s64 call_poll(struct call_run *r)
{
	s64 ms;

	return arg_int(r, 2, &ms) ? do_poll(r, ms < 0 ? -1 : ms * NSEC_PER_MSEC) : CALL_BAD;
}

/* ppoll(fds, n, {tv_sec=0, tv_nsec=1000} or NULL, NULL) */
s64 call_ppoll(struct call_run *r)
{
	const struct expr *e = r->c->args[2];

	if (e->kind != EXPR_STRUCT)
		return do_poll(r, -1);
	return do_poll(r, member_int(e, "tv_sec", 0) * NSEC_PER_SEC + member_int(e, "tv_nsec", 0));
}

/* ---- epoll ---- */

s64 call_epoll_create(struct call_run *r)
{
	const struct expr *e = r->c->result;
	int live = r->d->w->ops->epoll_create(r->d->w);

	if (live < 0 || e->kind != EXPR_NUMBER || e->number < 0 || e->number >= FDS_MAX)
		return live;
	r->d->fds[e->number] = (struct drill_fd){ .used = true, .live = live, .epoll = true };
	return e->number;
}

static u64 event_data(const struct expr *e)
{
	static const char *const names[] = { "fd", "u32", "u64", "ptr", "data" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct expr *m = expr_member(e, names[i]);

		if (m && m->kind == EXPR_NUMBER)
			return (u64)m->number;
	}
	return 0;
}

s64 call_epoll_ctl(struct call_run *r)
{
	const struct expr *e = r->c->args[3];
	struct drill_fd *ep, *f;
	struct ln_epoll_event ev;
	s64 op;

	if (!arg_fd(r, 0, &ep) || !arg_int(r, 1, &op) || !arg_fd(r, 2, &f))
		return CALL_BAD;
	ev.events = (u32)member_int(e, "events", 0);
	ev.data = event_data(e);
	return r->d->w->ops->epoll_ctl(r->d->w, ep->live, (int)op, f->live, &ev);
}

static bool same_events(struct call_run *r, const struct ln_epoll_event *evs, int n)
{
	const struct expr *list = r->c->args[1];

	for (unsigned i = 0; list->kind == EXPR_LIST && i < list->n && (int)i < n; i++) {
		const struct expr *e = list->members[i].value;

		if (e->kind != EXPR_STRUCT)
			continue;
		if (!call_same(r, expr_member(e, "events"), "events", evs[i].events) ||
		    (event_data(e) && event_data(e) != evs[i].data &&
		     !drill_fail(r->d, "epoll_wait(): the event's data is %llu, expected %llu",
				 (unsigned long long)evs[i].data,
				 (unsigned long long)event_data(e))))
			return false;
	}
	return true;
}

s64 call_epoll_wait(struct call_run *r)
{
	struct ln_epoll_event evs[POLL_MAX];
	struct drill_fd *ep;
	s64 most, ms;
	int n;

	if (!arg_fd(r, 0, &ep) || !arg_int(r, 2, &most) || !arg_int(r, 3, &ms))
		return CALL_BAD;
	wait_for(r, ms);
	n = r->d->w->ops->epoll_wait(r->d->w, ep->live, evs, (int)min_t(s64, most, POLL_MAX));
	if (!n)
		return -EAGAIN;
	return n < 0 || same_events(r, evs, n) ? n : CALL_BAD;
}

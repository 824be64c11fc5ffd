/* SPDX-License-Identifier: MIT */
/* sendmmsg and recvmmsg: [{msg_hdr={...}, msg_len=100}, ...] */
#include "drill/call_io.h"

#define MMSG_MAX 16

struct mmsg {
	struct io io[MMSG_MAX];
	struct ln_mmsghdr m[MMSG_MAX];
	u8 control[MMSG_MAX][CONTROL_MAX];
	unsigned n;
};

static struct mmsg *mmsg_args(struct call_run *r,
			      bool (*one)(struct call_run *r, struct io *io, const struct expr *m,
					  unsigned flags, u8 *control))
{
	const struct expr *list = r->c->args[1];
	struct mmsg *mm = arena_alloc(&r->d->s->arena, sizeof(*mm));
	s64 n;

	if (!arg_int(r, 2, &n))
		return NULL;
	if (list->kind != EXPR_LIST || list->n > MMSG_MAX || n != list->n) {
		call_bad(r, list, "[{msg_hdr={...}, msg_len=100}], at most 16, and their number");
		return NULL;
	}
	for (mm->n = 0; mm->n < list->n; mm->n++) {
		const struct expr *hdr = expr_member(list->members[mm->n].value, "msg_hdr");

		if (!hdr) {
			call_bad(r, list->members[mm->n].value, "{msg_hdr={...}, msg_len=100}");
			return NULL;
		}
		if (!one(r, &mm->io[mm->n], hdr, 3, mm->control[mm->n]))
			return NULL;
		mm->m[mm->n].msg_hdr = mm->io[mm->n].m;
	}
	return mm;
}

static bool same_length(struct call_run *r, const struct mmsg *mm, unsigned i)
{
	return call_same(r, expr_member(r->c->args[1]->members[i].value, "msg_len"), "msg_len",
			 mm->m[i].msg_len);
}

/* Counts them in r->done; a call that waits goes on where it stopped. */
static s64 mmsg_done(struct call_run *r, const struct mmsg *mm, s64 n, bool all)
{
	r->dontwait = !mm->n || !io_blocks(r, &mm->io[0]);
	if (n < 0)
		return (n == -EAGAIN && !r->dontwait) || !r->done ? n : (s64)r->done;
	r->done += (size_t)n;
	return r->done < mm->n && all && !r->dontwait ? -EAGAIN : (s64)r->done;
}

s64 call_sendmmsg(struct call_run *r)
{
	struct mmsg *mm = mmsg_args(r, io_send_message);
	unsigned from = (unsigned)r->done;
	s64 n;

	if (!mm)
		return CALL_BAD;
	n = r->d->w->ops->sendmmsg(r->d->w, mm->n ? mm->io[0].f->live : -1, mm->m + from,
				   mm->n - from, (int)mm->io[0].flags | LN_MSG_NOSIGNAL);
	for (unsigned i = from; i < from + (n > 0 ? (unsigned)n : 0); i++)
		if (!same_length(r, mm, i))
			return CALL_BAD;
	return mmsg_done(r, mm, n, true);
}

s64 call_recvmmsg(struct call_run *r)
{
	struct mmsg *mm = mmsg_args(r, io_recv_message);
	unsigned from = (unsigned)r->done;
	s64 n;

	if (!mm)
		return CALL_BAD;
	n = r->d->w->ops->recvmmsg(r->d->w, mm->n ? mm->io[0].f->live : -1, mm->m + from,
				   mm->n - from, (int)mm->io[0].flags);
	for (unsigned i = from; i < from + (n > 0 ? (unsigned)n : 0); i++) {
		mm->io[i].m = mm->m[i].msg_hdr;
		if (!same_length(r, mm, i) ||
		    !same_message(r, &mm->io[i],
				  expr_member(r->c->args[1]->members[i].value, "msg_hdr")))
			return CALL_BAD;
	}
	return mmsg_done(r, mm, n, !(mm->io[0].flags & LN_MSG_WAITFORONE));
}

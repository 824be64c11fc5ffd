/* SPDX-License-Identifier: MIT */
/* Control messages: sent, and compared with what the script says of them. */
#include "drill/call_io.h"

/* {scm_sec=0, scm_nsec=10000000}: since time 0. */
static s64 scm_time(const struct expr *e)
{
	return member_int(e, "scm_sec", 0) * NSEC_PER_SEC + member_int(e, "scm_nsec", 0);
}

static bool is_scm_time(const struct expr *e)
{
	return expr_member(e, "scm_sec") || expr_member(e, "scm_nsec");
}

/* Control data to send: each an int, as of IP_TOS and IP_TTL, or a time of 64 bits (SCM_TXTIME), by
 * the machine's clock. */
bool put_control(struct call_run *r, struct io *io, const struct expr *list, u8 *buf)
{
	size_t at = 0;

	if (!list || list->kind == EXPR_ANY || is_null(list))
		return true;
	for (unsigned i = 0; list->kind == EXPR_LIST && i < list->n; i++) {
		const struct expr *e = list->members[i].value, *data = expr_member(e, "cmsg_data");
		struct ln_cmsghdr h = {
			.cmsg_len = sizeof(h) + sizeof(int),
			.cmsg_level = (int)member_int(e, "cmsg_level", 0),
			.cmsg_type = (int)member_int(e, "cmsg_type", 0),
		};
		bool time = data && is_scm_time(data);
		s64 v;

		if (!data || (data->kind != EXPR_NUMBER && !time) || at + 24 > CONTROL_MAX)
			return call_bad(r, e, "{cmsg_level=, cmsg_type=, cmsg_data=number}");
		v = time ? r->d->zero + scm_time(data) : (int)data->number;
		h.cmsg_len += time ? sizeof(v) - sizeof(int) : 0;
		memcpy(buf + at, &h, sizeof(h));
		memcpy(buf + at + sizeof(h), &v, sizeof(v));
		at += 24;
	}
	io->m.msg_control = at ? buf : NULL;
	io->m.msg_controllen = at;
	return true;
}

static bool same_error(struct call_run *r, const struct expr *want, const u8 *data)
{
	struct ln_sock_extended_err ee;

	memcpy(&ee, data, sizeof(ee));
	return call_same(r, expr_member(want, "ee_errno"), "ee_errno", ee.ee_errno) &&
	       call_same(r, expr_member(want, "ee_origin"), "ee_origin", ee.ee_origin) &&
	       call_same(r, expr_member(want, "ee_type"), "ee_type", ee.ee_type) &&
	       call_same(r, expr_member(want, "ee_code"), "ee_code", ee.ee_code) &&
	       call_same(r, expr_member(want, "ee_info"), "ee_info", ee.ee_info) &&
	       call_same(r, expr_member(want, "ee_data"), "ee_data", ee.ee_data);
}

/* Within the tolerance. */
static bool same_time(struct call_run *r, const struct expr *want, const u8 *data)
{
	s64 at = scm_time(want), t[2], off;

	memcpy(t, data, sizeof(t));
	off = r->d->w->ops->of_stamp(r->d->w, t[0] * NSEC_PER_SEC + t[1]) - r->d->zero;
	if (off >= at - r->d->tolerance && off <= at + r->d->tolerance)
		return true;
	return drill_fail(r->d, "%s(): the timestamp is %.6f, not %.6f", r->c->def->name,
			  (double)off / 1e9, (double)at / 1e9);
}

static bool same_struct(struct call_run *r, const struct expr *want, const struct ln_cmsghdr *h,
			const u8 *data)
{
	bool time = is_scm_time(want);
	size_t need = time ? 2 * sizeof(s64) : sizeof(struct ln_sock_extended_err);

	if (h->cmsg_len < sizeof(*h) + need)
		return drill_fail(r->d, "%s(): the control message has %zu bytes of data",
				  r->c->def->name, h->cmsg_len - sizeof(*h));
	return time ? same_time(r, want, data) : same_error(r, want, data);
}

bool same_control(struct call_run *r, const struct expr *want, const struct ln_msghdr *m)
{
	const u8 *at = m->msg_control;
	size_t left = m->msg_controllen;

	for (unsigned i = 0; want && want->kind == EXPR_LIST && i < want->n; i++) {
		const struct expr *e = want->members[i].value, *data = expr_member(e, "cmsg_data");
		struct ln_cmsghdr h;
		int v = 0;

		if (left < sizeof(h))
			return drill_fail(r->d, "recvmsg(): there are only %u control messages", i);
		memcpy(&h, at, sizeof(h));
		if (h.cmsg_len > sizeof(h))
			memcpy(&v, at + sizeof(h), min(sizeof(v), h.cmsg_len - sizeof(h)));
		if (!call_same(r, expr_member(e, "cmsg_level"), "cmsg_level", h.cmsg_level) ||
		    !call_same(r, expr_member(e, "cmsg_type"), "cmsg_type", h.cmsg_type) ||
		    (data && data->kind == EXPR_NUMBER && !call_same(r, data, "cmsg_data", v)) ||
		    (data && data->kind == EXPR_STRUCT &&
		     !same_struct(r, data, &h, at + sizeof(h))))
			return false;
		h.cmsg_len = min((h.cmsg_len + 7) & ~(size_t)7, left);
		at += h.cmsg_len;
		left -= h.cmsg_len;
	}
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "ctl/route_query.h"

#include "ctl/route_show.h"

static int number(struct ctl *c, const char *w, u32 max, u32 *v)
{
	int err = arg_u32(c, w, v);

	return !err && *v > max ? arg_invalid(c, "value is too large", c->argv[c->pos - 1]) : err;
}

int route_query_flow(struct ctl *c, const char *w, const struct route_query_flow *to)
{
	u32 v = 0;
	int err;

	if (arg_is(w, "mark"))
		return arg_u32(c, "mark", to->mark);
	if (arg_is(w, "uid")) {
		u64 uid = 0;

		err = arg_value(c, &w);
		if (!err && !parse_u64(w, UINT32_MAX, &uid))
			err = arg_invalid(c, "invalid UID\n", w);
		*to->uid = (u32)uid;
		return err;
	}
	if (arg_is(w, "ipproto"))
		return arg_ipproto(c, to->proto);
	if (arg_is(w, "sport") || arg_is(w, "dport")) {
		err = number(c, w, 65535, &v);
		*(arg_is(w, "sport") ? to->sport : to->dport) = cpu_to_be16((u16)v);
		return err;
	}
	if (arg_is(w, "tos") || arg_is(w, "dsfield")) {
		err = number(c, w, 255, &v);
		*to->tos = (u8)v;
		return err;
	}
	if (arg_is(w, "iif"))
		return arg_dev(c, to->iif);
	if (arg_is(w, "oif") || arg_is(w, "dev"))
		return arg_dev(c, to->oif);
	if (!arg_is(w, "fibmatch"))
		return 1;
	*to->fibmatch = true;
	return 0;
}

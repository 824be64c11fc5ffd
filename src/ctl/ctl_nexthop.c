/* SPDX-License-Identifier: MIT */
/* The next hops of a route that has several: ip route add ... nexthop via ADDR weight N. */
#include "ctl/route_show.h"
#include "wire/inet_addr.h"

static bool is_nexthop_word(const char *w)
{
	return arg_is(w, "via") || arg_is(w, "dev") || arg_is(w, "onlink") || arg_is(w, "weight");
}

static int nexthop_word(struct ctl *c, const char *w, struct nexthop_said *said)
{
	u32 weight;
	int err;

	if (arg_is(w, "dev"))
		return arg_dev(c, &said->dev);
	if (arg_is(w, "onlink")) {
		said->onlink = true;
		return 0;
	}
	err = arg_u32(c, "weight", &weight);
	if (err)
		return err;
	if (!weight || weight > 256)
		return arg_invalid(c, "\"weight\" is invalid\n", c->argv[c->pos - 1]);
	said->weight = (u16)weight;
	return 0;
}

int arg_nexthop_list(struct ctl *c, struct nexthop_said said[FIB_NH_MAX], u32 *n,
		     nexthop_via_fn via, void *ctx)
{
	const char *w = "nexthop";

	*n = 0;
	if (!arg_more(c))
		return ctl_fail(c, -EINVAL, "Error: unexpected end of line after \"nexthop\"");
	while (w) {
		u32 i = *n;

		if (!arg_is(w, "nexthop"))
			return ctl_fail(c, -EINVAL, "Error: \"nexthop\" or end of line is expected "
					"instead of \"%s\"", w);
		if (i == FIB_NH_MAX)
			return ctl_fail(c, -E2BIG, "Error: at most %d next hops.", FIB_NH_MAX);
		said[i] = (struct nexthop_said){ .weight = 1 };
		(*n)++;
		while ((w = arg_next(c)) && is_nexthop_word(w)) {
			int err = arg_is(w, "via") ? via(c, ctx, i) : nexthop_word(c, w, &said[i]);

			if (err)
				return err;
		}
	}
	return 0;
}

static int via4(struct ctl *c, void *ctx, u32 i)
{
	struct nexthop_words *nw = ctx;

	arg_take(c, "inet");
	return arg_addr(c, &nw->nh[i].gateway);
}

int arg_nexthops(struct ctl *c, struct nexthop_words *nw)
{
	struct nexthop_said said[FIB_NH_MAX];
	u32 n;
	int err;

	memset(nw->nh, 0, sizeof(nw->nh));
	err = arg_nexthop_list(c, said, &n, via4, nw);
	nw->n = (u8)n;
	for (u32 i = 0; i < n; i++) {
		nw->nh[i].dev = said[i].dev;
		nw->nh[i].onlink = said[i].onlink;
		nw->nh[i].weight = said[i].weight;
	}
	return err;
}

static bool linkdown(const struct fib_nexthop *nh)
{
	return nh->dev && !netif_carrier_ok(nh->dev);
}

void route_put_nexthops(struct ctl *c, const struct fib_route_info *r)
{
	char text[INET_STR_MAX];

	for (u32 i = 0; i < r->nhs; i++) {
		const struct fib_nexthop *nh = fib_route_nexthop(r, i);

		ctl_nl(c);
		sb_puts(c->out, "\tnexthop ");
		if (nh->gateway)
			sb_printf(c->out, "via %s ", inet_addr_str(nh->gateway, text));
		if (nh->dev)
			sb_printf(c->out, "dev %s ", nh->dev->name);
		sb_printf(c->out, "weight %u %s%s%s", nh->weight, nh->dead ? "dead " : "",
			  nh->onlink ? "onlink " : "", linkdown(nh) ? "linkdown " : "");
	}
}

void route_json_nexthops(struct ctl *c, const struct fib_route_info *r)
{
	char text[INET_STR_MAX];
	struct json *js = &c->js;

	json_array_begin(js, "nexthops");
	for (u32 i = 0; i < r->nhs; i++) {
		const struct fib_nexthop *nh = fib_route_nexthop(r, i);

		json_object_begin(js, NULL);
		if (nh->gateway)
			json_str(js, "gateway", inet_addr_str(nh->gateway, text));
		if (nh->dev)
			json_str(js, "dev", nh->dev->name);
		json_uint(js, "weight", nh->weight);
		json_array_begin(js, "flags");
		if (nh->dead)
			json_str(js, NULL, "dead");
		if (nh->onlink)
			json_str(js, NULL, "onlink");
		if (linkdown(nh))
			json_str(js, NULL, "linkdown");
		json_array_end(js);
		json_object_end(js);
	}
	json_array_end(js);
}

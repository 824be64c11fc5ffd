/* SPDX-License-Identifier: MIT */
/* The next hops of an IPv6 route of several: ip -6 route add ... nexthop via ADDR weight N. */
#include "ctl/nexthop6.h"

static int nexthop_word(struct ctl *c, const char *w, struct fib6_config *nh)
{
	u32 weight;
	int err;

	if (arg_is(w, "via")) {
		arg_take(c, "inet6");
		nh->has_gateway = true;
		return arg_addr6(c, &nh->gateway);
	}
	if (arg_is(w, "dev"))
		return arg_dev(c, &nh->dev);
	if (arg_is(w, "onlink")) {
		nh->onlink = true;
		return 0;
	}
	err = arg_u32(c, "weight", &weight);
	if (err)
		return err;
	if (!weight || weight > 256)
		return arg_invalid(c, "\"weight\" is invalid\n", c->argv[c->pos - 1]);
	nh->weight = (u16)weight;
	return 0;
}

static bool is_nexthop_word(const char *w)
{
	return arg_is(w, "via") || arg_is(w, "dev") || arg_is(w, "onlink") || arg_is(w, "weight");
}

int arg_nexthops6(struct ctl *c, struct nexthops6 *all)
{
	const char *w = "nexthop";

	if (!arg_more(c))
		return ctl_fail(c, -EINVAL, "Error: unexpected end of line after \"nexthop\"");
	while (w) {
		struct fib6_config *nh;

		if (!arg_is(w, "nexthop"))
			return ctl_fail(c, -EINVAL, "Error: \"nexthop\" or end of line is expected "
					"instead of \"%s\"", w);
		if (all->n == NEXTHOPS6_MAX)
			return ctl_fail(c, -E2BIG, "Error: at most %d next hops.", NEXTHOPS6_MAX);
		nh = &all->nh[all->n++];
		*nh = (struct fib6_config){ .weight = 1 };
		while ((w = arg_next(c)) && is_nexthop_word(w)) {
			int err = nexthop_word(c, w, nh);

			if (err)
				return err;
		}
		if (!nh->has_gateway)
			return ctl_fail(c, -EINVAL, "Error: Device only routes can not be added "
					"for IPv6 using the multipath API.");
	}
	return 0;
}

void nexthops6_complete(struct nexthops6 *all, const struct fib6_config *route)
{
	for (u32 i = 0; i < all->n; i++) {
		struct fib6_config nh = all->nh[i];

		all->nh[i] = *route;
		all->nh[i].has_gateway = true;
		all->nh[i].gateway = nh.gateway;
		all->nh[i].dev = nh.dev;
		all->nh[i].onlink = nh.onlink;
		all->nh[i].weight = nh.weight;
	}
}

static u32 weight_of(const struct fib6_config *r)
{
	return r->weight ? r->weight : 1;
}

void nexthop6_put(struct ctl *c, const struct fib6_config *r)
{
	char text[IP6_STR_MAX];

	sb_printf(c->out, "\tnexthop via %s dev %s weight %u %s", ip6_addr_str(&r->gateway, text),
		  r->dev->name, weight_of(r), r->onlink ? "onlink " : "");
	ctl_nl(c);
}

void nexthop6_json(struct ctl *c, const struct fib6_config *r)
{
	char text[IP6_STR_MAX];
	struct json *js = &c->js;

	json_object_begin(js, NULL);
	json_str(js, "gateway", ip6_addr_str(&r->gateway, text));
	json_str(js, "dev", r->dev->name);
	json_uint(js, "weight", weight_of(r));
	json_array_begin(js, "flags");
	if (r->onlink)
		json_str(js, NULL, "onlink");
	json_array_end(js);
	json_object_end(js);
}

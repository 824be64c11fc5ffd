/* SPDX-License-Identifier: MIT */
/* The next hops of an IPv6 route of several: ip -6 route add ... nexthop via ADDR weight N. */
#include "ctl/nexthop6.h"
#include "ctl/route_show.h"

static int via6(struct ctl *c, void *ctx, u32 i)
{
	struct nexthops6 *all = ctx;

	arg_take(c, "inet6");
	all->nh[i].has_gateway = true;
	return arg_addr6(c, &all->nh[i].gateway);
}

int arg_nexthops6(struct ctl *c, struct nexthops6 *all)
{
	struct nexthop_said said[FIB_NH_MAX];
	int err;

	memset(all->nh, 0, sizeof(all->nh));
	err = arg_nexthop_list(c, said, &all->n, via6, all);
	for (u32 i = 0; !err && i < all->n; i++) {
		all->nh[i].dev = said[i].dev;
		all->nh[i].onlink = said[i].onlink;
		all->nh[i].weight = said[i].weight;
		if (!all->nh[i].has_gateway)
			err = ctl_fail(c, -EINVAL, "Error: Device only routes can not be added "
				       "for IPv6 using the multipath API.");
	}
	return err;
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

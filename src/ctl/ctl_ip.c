/* SPDX-License-Identifier: MIT */
/* ip: its options, and the choice of the object. */
#include "ctl/args.h"
#include "ctl/help.h"
#include "ctl/ip_batch.h"

static int ip_version(struct ctl *c)
{
	sb_puts(c->out, "ip utility, iproute2-6.1.0 (linnet)\n");
	return 0;
}

/* -f inet, -family inet6 */
static int ip_family(struct ctl *c)
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	if (arg_is(w, "inet"))
		c->family = 2;
	else if (arg_is(w, "inet6"))
		c->family = 10;
	else
		return arg_invalid(c, "invalid protocol family", w);
	return 0;
}

/* One option word, both dashes of a long one stripped to one. */
static int ip_option(struct ctl *c, const char *w, bool *pretty)
{
	if (arg_is(w, "-4"))
		c->family = 2;
	else if (arg_is(w, "-6"))
		c->family = 10;
	else if (arg_matches(w, "-family"))
		return ip_family(c);
	else if (arg_matches(w, "-stats") || arg_matches(w, "-statistics"))
		c->stats++;
	else if (arg_matches(w, "-details"))
		c->details = true;
	else if (arg_matches(w, "-oneline"))
		c->oneline = true;
	else if (arg_is(w, "-br") || arg_is(w, "-brief"))
		c->brief = true;
	else if (arg_matches(w, "-json"))
		c->json = true;
	else if (arg_matches(w, "-pretty"))
		*pretty = true;
	else if (arg_matches(w, "-human-readable"))
		c->human = true;
	else if (!arg_matches(w, "-Numeric") && !arg_matches(w, "-resolve") &&
		 !arg_matches(w, "-color"))
		return ctl_fail(c, -EINVAL, "Option \"%s\" is unknown, try \"ip -help\".", w);
	return 0;
}

struct ip_object {
	const char *name;
	int (*run)(struct ctl *c);
};

static const struct ip_object objects[] = {
	{ "address", ctl_ip_addr },
	{ "link", ctl_ip_link },
	{ "route", ctl_ip_route },
	{ "rule", ctl_ip_rule },
	{ "neighbor", ctl_ip_neigh },
	{ "maddress", ctl_ip_maddr },
	{ "neighbour", ctl_ip_neigh },
	{ "tcp_metrics", ctl_ip_tcp_metrics },
};

static int run_object(struct ctl *c)
{
	const char *w = arg_next(c);

	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		if (arg_matches(w, objects[i].name))
			return objects[i].run(c);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_IP);
	return ctl_fail(c, -EINVAL, "Object \"%s\" is unknown, try \"ip help\".", w);
}

int ctl_ip(struct ctl *c)
{
	bool pretty = false, batch = false, force = false;
	const char *w;

	for (; !batch && arg_more(c) && *arg_peek(c) == '-'; ) {
		bool is_force;
		int err;

		w = arg_next(c);
		if (w[1] == '-')
			w++;
		if (arg_is(w, "-Version") || arg_is(w, "-V"))
			return ip_version(c);
		if (arg_is(w, "-help"))
			return ctl_print(c, HELP_IP);
		batch = ip_is_batch(w);
		is_force = arg_matches(w, "-force") && strlen(w) > 2;
		force |= is_force;
		err = batch || is_force ? 0 : ip_option(c, w, &pretty);
		if (err)
			return err;
	}
	if (c->json)
		json_init(&c->js, c->out, pretty);
	if (batch)
		return ip_batch_run(c, force, run_object);
	w = arg_peek(c);
	if (!w && c->human)	/* ip -h */
		return ctl_print(c, HELP_IP);
	return w ? run_object(c) : ctl_usage(c, HELP_IP);
}

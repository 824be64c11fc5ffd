/* SPDX-License-Identifier: MIT */
/*
 * A lab in real time: an event that is due at t happens t after the start, or, when the machine is
 * too slow for it, as soon as can be; in its own time nothing changes.
 */
#include <stdlib.h>

#include "app/util/text.h"
#include "cli/lab_cmds.h"
#include "host/clock.h"
#include "host/control.h"

struct live {
	struct lab *lab;
	const struct topo *topo;
	struct loop loop;
	s64 began_ns;			/* real time of virtual 0 */
};

static s64 virtual_now(const struct live *l)
{
	return host_now_ns() - l->began_ns;
}

static int live_find(void *ctx, const char *name, struct control_target *t, char *err, size_t cap)
{
	struct live *l = ctx;
	struct lab_node *node = *name ? lab_node(l->lab, name) : NULL;
	struct text names = { 0 };

	if (node) {
		*t = (struct control_target){
			.net = lab_node_net(node), .dns = lab_node_dns(node), .node = node,
		};
		return 0;
	}
	for (u32 i = 0; i < l->topo->node_count; i++)
		text_addf(&names, " %s", l->topo->nodes[i].name);
	if (*name)
		snprintf(err, cap, "linnet: the lab has no node \"%s\"; it has%s", name, names.s);
	else
		snprintf(err, cap, "linnet: this is a lab; say which node with -n NODE:%s",
			 names.s);
	text_free(&names);
	return -ENOENT;
}

static void live_kick(void *ctx, const struct control_target *t)
{
	struct live *l = ctx;
	s64 now = virtual_now(l);

	if (now > lab_now(l->lab))
		lab_run(l->lab, now);
	lab_node_kick(t->node);
}

static void live_hello(const struct topo *topo, const struct control *control)
{
	fprintf(stderr, "linnet lab: %s is live, %u nodes; ^C ends it. From another shell:\n"
		"  linnet -n %s ip addr    (socket %s)\n", topo->name, topo->node_count,
		topo->node_count ? topo->nodes[0].name : "NODE", control_path(control));
}

/* The name of a lab may hold what a file's name should not. */
static const char *socket_name(const struct lab_run_opts *o, const struct topo *topo)
{
	if (o->name)
		return o->name;
	return control_name_is_good(topo->name) ? topo->name : "lab";
}

int lab_live(struct lab_run_opts *o, const struct topo *topo, struct lab *lab, s64 until_ns)
{
	struct live l = { .lab = lab, .topo = topo };
	const struct control_ops ops = { .find = live_find, .kick = live_kick, .ctx = &l };
	struct control *control;
	char err[512];

	loop_init(&l.loop);
	loop_catch_signals(&l.loop);
	control = control_open(&l.loop, socket_name(o, topo), &ops, err, sizeof(err));
	if (!control)
		return cli_fail(o->cli, CLI_OTHER, "%s", err);
	live_hello(topo, control);
	l.began_ns = host_now_ns();
	while (!l.loop.interrupted && lab_now(lab) < until_ns) {
		s64 next;

		lab_run(lab, min(virtual_now(&l), until_ns));
		control_run(control);
		fflush(stdout);
		watch_flush(&o->watch);
		next = min(lab_next(lab), until_ns);
		loop_wait(&l.loop, next > INT64_MAX - l.began_ns ? INT64_MAX : l.began_ns + next);
	}
	control_close(control);
	return CLI_OK;
}

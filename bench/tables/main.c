/* SPDX-License-Identifier: MIT */
/*
 * tables SEED WARMUP SECONDS BOTTLENECK FLOW...: what flows get of one bottleneck, in virtual time.
 *
 *	BOTTLENECK	keys of a lab's link (docs/LABS.md): "rate: 100mbit, queue: 125kb, loss: 1%"
 *	FLOW		STACK/CONGESTION CONTROL/RTT in ms: linnet/cubic/100, lwip/-/100
 *
 * tables controls: the stacks that are built in, and the congestion controls of linnet.
 *
 * The first WARMUP seconds are not counted, the SECONDS after them are. Prints one JSON object.
 * scripts/tables.py makes docs/GOODPUT.md of many of these.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lab/topo.h"
#include "tables/world.h"

#define NS_PER_S 1e9
#define NS_PER_MS 1e6

static struct world world;

static int print_controls(void)
{
	char controls[256];

	if (!linnet_controls(controls, sizeof(controls)))
		return 1;
	printf("%s%s", controls, host_lwip.name ? "lwip\n" : "");
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: tables SEED WARMUP SECONDS BOTTLENECK STACK/CC/RTT_MS...\n"
			"       tables controls\n");
	return 2;
}

static const struct host_ops *find_stack(const char *name, size_t len)
{
	const struct host_ops *all[] = { &host_linnet, &host_lwip };

	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i]->name && strlen(all[i]->name) == len && !memcmp(all[i]->name, name, len))
			return all[i];
	return NULL;
}

/* Cuts the text up: it is an argument of ours. */
static bool add_flow(char *text)
{
	char *ca = strchr(text, '/'), *rtt = ca ? strchr(ca + 1, '/') : NULL;
	const struct host_ops *ops;

	if (!rtt)
		return false;
	ops = find_stack(text, (size_t)(ca - text));
	*rtt = 0;
	return ops && world_add(&world, ops, ca + 1, (s64)(atof(rtt + 1) * NS_PER_MS));
}

static bool read_neck(const char *text)
{
	struct link_params params;
	char *errors = NULL;
	int err;

	link_params_init(&params);
	params.delay.delay_ns = 0;
	err = topo_read_link_params(text, &params, &errors);
	if (err)
		fprintf(stderr, "tables: \"%s\": %s\n", text, errors ? errors : "no memory");
	else
		link_model_init(&world.neck, &params, world.seed, "neck");
	free(errors);
	return !err;
}

static void print_flow(const struct flow *f)
{
	printf("%s{\"stack\": \"%s\", \"cc\": \"%s\", \"rtt_ms\": %g, \"bytes\": %llu, "
	       "\"retransmits\": %llu, \"timeouts\": %llu, \"srtt_us\": %llu}",
	       f->index ? ", " : "", f->ops->name, f->congestion, (double)f->rtt_ns / NS_PER_MS,
	       (unsigned long long)f->received, (unsigned long long)f->retransmits,
	       (unsigned long long)f->timeouts, (unsigned long long)f->srtt_us);
}

static void print_world(void)
{
	const struct link_stats *st = &world.neck.stats;
	u64 frames = world.waited_frames ? world.waited_frames : 1;

	printf("{\"flows\": [");
	for (u32 i = 0; i < world.flows; i++)
		print_flow(&world.flow[i]);
	printf("], \"wire_bytes\": %llu, \"queued_us\": %llu, \"full\": %llu, \"lost\": %llu}\n",
	       (unsigned long long)world.carried_bytes,
	       (unsigned long long)(world.waited_ns / frames / 1000),
	       (unsigned long long)st->drops[LINK_DROP_QUEUE],
	       (unsigned long long)st->drops[LINK_DROP_LOSS]);
}

int main(int argc, char **argv)
{
	double warmup, seconds;
	int err;

	if (argc == 2 && !strcmp(argv[1], "controls"))
		return print_controls();
	if (argc < 6)
		return usage();
	world.seed = strtoull(argv[1], NULL, 10);
	warmup = atof(argv[2]);
	seconds = atof(argv[3]);
	sched_init(&world.sched, 0);
	world.count_from_ns = (s64)(warmup * NS_PER_S);
	world.end_ns = (s64)((warmup + seconds) * NS_PER_S);
	if (!read_neck(argv[4]))
		return 2;
	for (int i = 5; i < argc; i++)
		if (!add_flow(argv[i])) {
			fprintf(stderr, "tables: \"%s\" is no STACK/CC/RTT_MS\n", argv[i]);
			return usage();
		}
	err = world_run(&world);
	for (u32 i = 0; i < world.flows; i++)
		if (world.flow[i].failed)
			fprintf(stderr, "tables: flow %u: %s\n", i, world.flow[i].failed);
	if (!err)
		print_world();
	if (world_exit(&world)) {
		fprintf(stderr, "tables: a host leaked\n");
		return 1;
	}
	return err ? 1 : 0;
}

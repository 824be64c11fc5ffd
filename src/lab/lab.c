/* SPDX-License-Identifier: MIT */
/* The lab as a whole: made from its topo, run, counted, ended. */
#include "lab/lab.h"

#include <stdlib.h>

#include "app/util/text.h"
#include "base/netns.h"
#include "lab/lab_priv.h"

#define WALL_2026_NS (1767225600ll * 1000000000ll)	/* 2026-01-01 00:00:00 UTC */
#define FRAME_CACHE_BYTES ((size_t)1 << 20)

/* ---- making ---- */

static int lab_alloc(struct lab *lab)
{
	static const struct mem_ops ops = { .alloc = ln_libc_alloc, .free = ln_libc_free };
	const struct topo *topo = lab->topo;

	lab->nodes = calloc(max(topo->node_count, 1u), sizeof(*lab->nodes));
	lab->links = calloc(max(topo->link_count, 1u), sizeof(*lab->links));
	lab->actions = calloc(max(topo->action_count, 1u), sizeof(*lab->actions));
	lab->bufs = buf_pool_create(&ops, FRAME_CACHE_BYTES);
	if (!lab->nodes || !lab->links || !lab->actions || !lab->bufs)
		return -ENOMEM;
	for (u32 i = 0; i < topo->node_count; i++)
		lab->nodes[i].lab = lab;
	/* One event for each node, each direction of a link, each action: arming cannot fail. */
	return sched_reserve(&lab->sched, topo->node_count + 2 * topo->link_count +
			     topo->action_count);
}

static int lab_build(struct lab *lab, struct text *errors)
{
	const struct topo *topo = lab->topo;
	int err;

	for (u32 i = 0; i < topo->node_count; i++) {
		err = lab_node_create(&lab->nodes[i], i);
		if (!err)
			continue;
		lab_node_error_at(&lab->nodes[i], &topo->nodes[i].pos, errors);
		text_addf(errors, "cannot be made: %s\n", strerror(-err));
		return err;
	}
	for (u32 i = 0; i < topo->link_count; i++)
		lab_link_init(lab, i);
	for (u32 i = 0; i < topo->link_count; i++)
		lab_link_plug(&lab->links[i]);
	return 0;
}

/* What the file wants at time 0; all its mistakes are told in one go. */
static void lab_start(struct lab *lab, struct text *errors)
{
	for (u32 i = 0; i < lab->topo->node_count; i++)
		lab_node_exec(&lab->nodes[i], errors);
	for (u32 i = 0; i < lab->topo->node_count; i++) {
		lab_services_start(&lab->nodes[i], errors);
		lab_dhcp_start(&lab->nodes[i], errors);
		lab_node_tell_names(&lab->nodes[i]);
		lab_node_kick(&lab->nodes[i]);
	}
}

static int lab_arm_actions(struct lab *lab)
{
	int err = 0;

	if (lab->params.no_actions)
		return 0;
	for (u32 i = 0; i < lab->topo->action_count && !err; i++) {
		struct lab_action *action = &lab->actions[i];

		*action = (struct lab_action){
			.ev.fn = lab_action_fire, .lab = lab, .topo = &lab->topo->actions[i],
		};
		err = sched_set(&lab->sched, &action->ev, action->topo->at_ns);
		lab->actions_left++;
	}
	return err;
}

struct lab *lab_create(const struct topo *topo, const struct lab_params *params, char **errors)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct text mistakes = { 0 };
	int err;

	*errors = NULL;
	if (!lab)
		return NULL;
	lab->topo = topo;
	lab->params = *params;
	lab->seed = params->seed ? params->seed : topo->seed;
	if (!lab->params.wall_ns)
		lab->params.wall_ns = WALL_2026_NS;
	sched_init(&lab->sched, 0);
	list_init(&lab->idle_frames);
	err = lab_alloc(lab);
	if (!err)
		err = lab_build(lab, &mistakes);
	if (!err)
		lab_start(lab, &mistakes);
	if (!err && !mistakes.len && !mistakes.failed)
		err = lab_arm_actions(lab);
	if (!err && !mistakes.len && !mistakes.failed)
		return lab;
	*errors = text_steal(&mistakes);
	lab_destroy(lab, NULL);
	return NULL;
}

/* ---- ending ---- */

static void free_frames(struct lab *lab)
{
	while (!list_empty(&lab->idle_frames)) {
		struct lab_frame *f = list_first_entry(&lab->idle_frames, struct lab_frame, list);

		list_del_init(&f->list);
		free(f);
	}
}

static int destroy_nodes(struct lab *lab, struct ln_leaks *sum)
{
	int err = 0;

	for (u32 i = 0; i < lab->topo->node_count; i++) {
		struct ln_leaks leaks;

		if (!lab->nodes[i].lab)
			continue;
		if (lab_node_destroy(&lab->nodes[i], &leaks))
			err = -ENOTRECOVERABLE;
		sum->bytes += leaks.bytes;
		sum->objects += leaks.objects;
		sum->packets += leaks.packets;
		sum->borrowed += leaks.borrowed;
		sum->frames_unaccounted += leaks.frames_unaccounted;
	}
	/* A buffer may end on another machine than its own, so look when all are gone. */
	for (u32 i = 0; i < lab->topo->node_count; i++)
		if (lab_node_release_bufs(&lab->nodes[i]))
			err = -ENOTRECOVERABLE;
	return lab->bufs && lab->bufs->live ? -ENOTRECOVERABLE : err;
}

/* Was every frame given to a card, dropped, or is it under way? */
static bool frames_agree(const struct lab *lab, const struct lab_ledger *l)
{
	if (l->offered + l->duplicated != l->dropped + l->arrived + l->in_flight)
		return false;
	for (u32 i = 0; i < lab->topo->node_count; i++)
		if (!lab_node_cards_agree(&lab->nodes[i]))
			return false;
	return true;
}

int lab_destroy(struct lab *lab, struct lab_ledger *ledger)
{
	struct lab_ledger sum = { 0 };
	int err = 0;

	if (ledger)
		*ledger = sum;
	if (!lab)
		return 0;
	lab->params.journey = NULL;
	if (lab->nodes)
		for (u32 i = 0; i < lab->topo->node_count; i++)
			lab_node_close(&lab->nodes[i]);
	lab_ledger(lab, &sum);
	if (lab->nodes && !frames_agree(lab, &sum))
		err = -ENOTRECOVERABLE;
	for (u32 i = 0; lab->links && i < lab->topo->link_count; i++)
		if (lab->links[i].lab)
			lab_link_exit(&lab->links[i]);
	if (lab->nodes && destroy_nodes(lab, &sum.leaks))
		err = -ENOTRECOVERABLE;
	free_frames(lab);
	sched_exit(&lab->sched);
	if (lab->bufs)
		buf_pool_put(lab->bufs);
	free(lab->nodes);
	free(lab->links);
	free(lab->actions);
	free(lab);
	if (ledger)
		*ledger = sum;
	return err;
}

/* ---- running ---- */

s64 lab_now(const struct lab *lab)
{
	return lab->sched.now_ns;
}

s64 lab_next(const struct lab *lab)
{
	return sched_next(&lab->sched);
}

u64 lab_events(const struct lab *lab)
{
	return lab->sched.fired;
}

void lab_run(struct lab *lab, s64 until_ns)
{
	sched_run_until(&lab->sched, until_ns);
}

void lab_run_while(struct lab *lab, bool (*go_on)(void *ctx), void *ctx, s64 limit_ns)
{
	while (go_on(ctx)) {
		s64 next_ns = sched_next(&lab->sched);

		if (next_ns > limit_ns || next_ns == SCHED_NEVER) {
			if (next_ns != SCHED_NEVER)
				sched_run_until(&lab->sched, limit_ns);
			return;
		}
		sched_run_one(&lab->sched);
	}
}

bool lab_busy(const struct lab *lab)
{
	return lab->actions_left || lab->programs_left;
}

/* ---- looking ---- */

struct lab_node *lab_node(struct lab *lab, const char *name)
{
	int i = topo_find_node(lab->topo, name);

	return i < 0 ? NULL : &lab->nodes[i];
}

u32 lab_node_count(const struct lab *lab)
{
	return lab->topo->node_count;
}

struct lab_node *lab_node_at(struct lab *lab, u32 i)
{
	return i < lab->topo->node_count ? &lab->nodes[i] : NULL;
}

void lab_ledger(const struct lab *lab, struct lab_ledger *out)
{
	*out = (struct lab_ledger){ 0 };
	for (u32 i = 0; lab->links && i < lab->topo->link_count; i++)
		if (lab->links[i].lab)
			lab_link_ledger(&lab->links[i], out);
}

void lab_totals(struct lab *lab, struct journey_totals *t)
{
	*t = (struct journey_totals){ 0 };
	for (u32 i = 0; i < lab->topo->node_count; i++)
		journey_total_add(t, lab->nodes[i].net);
	for (u32 i = 0; i < lab->topo->link_count; i++)
		lab_link_drops(&lab->links[i], t->drops);
}

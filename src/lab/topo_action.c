/* SPDX-License-Identifier: MIT */
/* What happens at which time: actions: of a node, timeline: of the lab. */
#include <stdio.h>
#include <stdlib.h>

#include "lab/topo_read.h"

struct action_read {
	s64 at_ns;
	const struct ty_node *run, *link, *on;
};

/* "laptop:eth0 down", or, inside of a node, "eth0 down". */
static void read_link_action(struct topo_reader *r, const struct ty_node *n, const char *node,
			     struct topo_action *action)
{
	static const char expected[] = "an interface and up or down: \"laptop:eth0 down\"";
	const char *text = tr_text(r, n, expected), *blank;
	char *end;
	u32 index;

	if (!text)
		return;
	blank = strchr(text, ' ');
	if (!blank || (strcmp(blank, " up") && strcmp(blank, " down"))) {
		tr_error(r, n, "link is \"%s\"; expected %s", topo_quote(text).s, expected);
		return;
	}
	end = topo_memdup(&r->scratch, text, (size_t)(blank - text));
	if (end && node && !strchr(end, ':'))
		end = topo_sprintf(&r->scratch, "%s:%s", node, end);
	if (!end)
		return;
	if (!r->ends.slots || !topo_names_find(&r->ends, end, &index)) {
		tr_error(r, n, "no link has the endpoint %s; expected one that stands in links",
			 topo_quote(end).s);
		return;
	}
	action->type = strcmp(blank, " up") ? TOPO_LINK_DOWN : TOPO_LINK_UP;
	action->link = index / 2;
}

static void add_action(struct topo_reader *r, const struct topo_action *action)
{
	struct action_item *item = topo_alloc(&r->scratch, sizeof(*item));

	if (!item)
		return;
	item->action = *action;
	if (r->last_action)
		r->last_action->next = item;
	else
		r->actions = item;
	r->last_action = item;
	r->action_count++;
}

/* Where a timeline's command runs. */
static void read_on(struct topo_reader *r, const struct ty_node *n, const struct ty_node *on,
		    struct topo_action *action)
{
	const char *name;

	if (!on) {
		tr_error(r, n, "an action with run lacks on; expected the name of a node");
		return;
	}
	r->key = "on";
	name = tr_text(r, on, "the name of a node");
	if (name && !topo_names_find(&r->nodes, name, &action->node))
		tr_no_such_node(r, on, name);
}

/* One action; node is the index of the node it stands in, or UINT32_MAX in timeline:. */
static void read_action(struct topo_reader *r, const struct ty_node *n, u32 node)
{
	static const struct tr_key keys[] = {
		{ "at", tr_duration, offsetof(struct action_read, at_ns) },
		{ "run", tr_node, offsetof(struct action_read, run) },
		{ "link", tr_node, offsetof(struct action_read, link) },
		{ "on", tr_node, offsetof(struct action_read, on) },
	};
	bool in_node = node != UINT32_MAX;
	struct action_read ar = { 0 };
	struct topo_action action = { .node = in_node ? node : 0 };

	/* without its last key for a node: there the node is known */
	if (!tr_map(r, n, "an action", keys, ARRAY_SIZE(keys) - in_node, &ar))
		return;
	if (!tr_find(n, "at"))
		tr_error(r, n, "an action lacks at; expected a time, as at: 2s");
	if (!ar.run == !ar.link) {
		tr_error(r, n, "an action has %s; expected either run or link",
			 ar.run ? "both run and link" : "neither run nor link");
		return;
	}
	action.at_ns = ar.at_ns;
	action.cmd.pos = (struct topo_pos){ n->line, n->col };
	if (ar.link) {
		r->key = "link";
		read_link_action(r, ar.link, in_node ? r->topo->nodes[node].name : NULL, &action);
	} else {
		r->key = "run";
		tr_cmd(r, ar.run, true, &action.cmd);
		if (!in_node)
			read_on(r, n, ar.on, &action);
	}
	add_action(r, &action);
}

static void read_actions(struct topo_reader *r, const struct ty_node *n, const char *what,
			 u32 node)
{
	if (!tr_is_seq(r, n, what, "a list of actions (- at: 2s)"))
		return;
	for (const struct ty_item *it = n->items; it; it = it->next)
		read_action(r, it->value, node);
}

void tr_node_actions(struct topo_reader *r)
{
	for (u32 i = 0; r->node_maps && i < r->topo->node_count; i++) {
		const struct ty_item *it = tr_find(r->node_maps[i], "actions");

		if (it)
			read_actions(r, it->value, "actions", i);
	}
}

void tr_timeline(struct topo_reader *r, const struct ty_node *n)
{
	read_actions(r, n, "timeline", UINT32_MAX);
}

/* By time; those of one time in the order of the file. */
static int by_time(const void *pa, const void *pb)
{
	const struct topo_action *a = pa, *b = pb;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	if (a->cmd.pos.line != b->cmd.pos.line)
		return a->cmd.pos.line < b->cmd.pos.line ? -1 : 1;
	if (a->cmd.pos.col != b->cmd.pos.col)
		return a->cmd.pos.col < b->cmd.pos.col ? -1 : 1;
	return (a->node > b->node) - (a->node < b->node); /* one list, through an alias */
}

void tr_sort_actions(struct topo_reader *r)
{
	struct topo *t = r->topo;

	t->actions = topo_alloc_array(&t->arena, r->action_count, sizeof(*t->actions));
	if (!t->actions)
		return;
	for (const struct action_item *it = r->actions; it; it = it->next)
		t->actions[t->action_count++] = it->action;
	if (t->action_count)
		qsort(t->actions, t->action_count, sizeof(*t->actions), by_time);
}

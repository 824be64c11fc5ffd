/* SPDX-License-Identifier: MIT */
/* Command lines on nodes: those of timed actions, and the caller's. */
#include <stdio.h>
#include <stdlib.h>

#include "app/util/text.h"
#include "lab/lab_priv.h"

#define LINE_MAX_BYTES 4096u	/* of what is printed; longer lines are handed on in pieces */

struct lab_program {
	struct list_head list;		/* of node->programs */
	struct lab_node *node;
	struct program *program;
	struct text line;		/* printed, not handed on yet */
	void (*done)(void *ctx, struct lab_node *node, int status);
	void *ctx;
};

static void hand_on(struct lab_program *p, const char *text, size_t len)
{
	const struct lab_params *params = &p->node->lab->params;

	if (len && params->output)
		params->output(params->ctx, p->node, text, len);
}

static void program_out(void *ctx, const char *text, size_t len)
{
	struct lab_program *p = ctx;
	size_t whole;

	text_add(&p->line, text, len);
	if (p->line.failed) {		/* no memory to put lines together */
		hand_on(p, p->line.s, p->line.len);
		hand_on(p, text, len);
		text_free(&p->line);
		return;
	}
	whole = p->line.len;
	while (whole && p->line.s[whole - 1] != '\n')
		whole--;
	if (!whole && p->line.len >= LINE_MAX_BYTES)
		whole = p->line.len;
	hand_on(p, p->line.s, whole);
	text_consume(&p->line, whole);
}

static void program_free(struct lab_program *p)
{
	p->node->lab->programs_left--;
	list_del_init(&p->list);
	text_free(&p->line);
	free(p);
}

static void program_exit(void *ctx, int status)
{
	struct lab_program *p = ctx;
	struct lab_program was = *p;

	hand_on(p, p->line.s, p->line.len);
	program_free(p);
	if (was.done)
		was.done(was.ctx, was.node, status);
}

int lab_program(struct lab_node *node, const char *cmdline,
		void (*done)(void *ctx, struct lab_node *node, int status), void *ctx)
{
	struct lab_program *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	*p = (struct lab_program){ .node = node, .done = done, .ctx = ctx };
	node->env.dns = lab_node_dns(node);
	lab_node_kick(node);
	p->program = program_start(node->net, cmdline, &node->env, program_out, program_exit, p);
	if (!p->program) {
		free(p);
		return -ENOMEM;
	}
	list_add_tail(&p->list, &node->programs);
	node->lab->programs_left++;
	lab_node_kick(node);
	return 0;
}

void lab_programs_kill(struct lab_node *node)
{
	while (!list_empty(&node->programs)) {
		struct lab_program *p = list_first_entry(&node->programs, struct lab_program, list);

		program_kill(p->program);
		program_free(p);
	}
}

/* ---- timed actions ---- */

static void action_tell(const struct lab *lab, const struct lab_node *node, const char *text)
{
	if (lab->params.action)
		lab->params.action(lab->params.ctx, node, text);
}

static void action_link(struct lab *lab, u32 link, bool up)
{
	char text[LINK_NAME_MAX + 8];

	snprintf(text, sizeof(text), "%s %s", lab->topo->links[link].name, up ? "up" : "down");
	action_tell(lab, NULL, text);
	lab_link_set(lab, link, up);
}

static void action_run(struct lab_node *node, const char *cmdline)
{
	static const char no_memory[] = "no memory to run it\n";
	const struct lab_params *params = &node->lab->params;
	char line[TOPO_CMD_MAX + 1];

	/* without the file that stands behind it */
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(cmdline, "\n"), cmdline);
	action_tell(node->lab, node, line);
	if (lab_program(node, cmdline, NULL, NULL) && params->output)
		params->output(params->ctx, node, no_memory, sizeof(no_memory) - 1);
}

void lab_action_fire(struct sched_event *ev, s64 now_ns)
{
	struct lab_action *action = container_of(ev, struct lab_action, ev);
	struct lab *lab = action->lab;
	const struct topo_action *topo = action->topo;

	(void)now_ns;
	lab->actions_left--;
	if (topo->type == TOPO_RUN)
		action_run(&lab->nodes[topo->node], topo->cmd.text);
	else
		action_link(lab, topo->link, topo->type == TOPO_LINK_UP);
}

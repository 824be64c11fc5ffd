/* SPDX-License-Identifier: MIT */
/* conntrack -E as a command: what connections do, until ^C. */
#include <stdlib.h>

#include "app/program_impl.h"
#include "base/netns.h"
#include "ctl/ct_event.h"

#define WAITING_MAX 262144	/* bytes: lines that are not printed yet */

struct events {
	struct ct_watch watch;
	struct program *p;
	struct text text;
	uint64_t lost;
};

/* Nothing is printed from within the stack: whoever reads may end the program. */
static void on_flush(void *ctx, struct ln_net *net)
{
	struct program *p = ctx;
	struct events *e = p->state;
	struct text text = e->text;
	uint64_t lost = e->lost;

	(void)net;
	p->timer = 0;
	e->text = (struct text){ 0 };
	e->lost = 0;
	if (lost)
		text_addf(&text, "WARNING: %llu flow events are lost\n", (unsigned long long)lost);
	program_write(p, text.s, text.len);
	text_free(&text);
}

static void on_line(void *ctx, const char *line, size_t len)
{
	struct events *e = ctx;

	if (e->text.len + len > WAITING_MAX)
		e->lost++;
	else
		text_add(&e->text, line, len);
	if (!e->p->timer)
		program_timer(e->p, ln_net_now(e->p->net), on_flush);
}

static void start(struct program *p)
{
	struct events *e = calloc(1, sizeof(*e));
	char text[512] = "";
	struct strbuf out;

	if (!e) {
		program_fail(p, 2, "out of memory");
		return;
	}
	e->p = p;
	e->watch.line = on_line;
	e->watch.ctx = e;
	sb_init(&out, text, sizeof(text));
	if (ct_watch_open(&e->watch, net_of(p->net), p->argc, (const char *const *)p->argv,
			  &out)) {
		free(e);
		program_printf(p, "%s", text);
		program_exit(p, 2);
		return;
	}
	p->state = e;
}

static void stop(struct program *p)
{
	struct events *e = p->state;

	if (!e)
		return;
	ct_watch_close(&e->watch);
	text_free(&e->text);
	free(e);
	p->state = NULL;
}

static void on_end(void *ctx, struct ln_net *net)
{
	struct program *p = ctx;
	struct events *e = p->state;
	const char *what = e->watch.expect ? "expectation" : "flow";
	unsigned shown = e->watch.l.shown;

	on_flush(ctx, net);
	program_printf(p, "conntrack v1.4.7 (conntrack-tools): %u %s events have been shown.\n",
		       shown, what);
	program_exit(p, 0);
}

static void interrupt(struct program *p)
{
	program_timer(p, ln_net_now(p->net), on_end);
}

const struct program_kind program_conntrack = {
	.name = "conntrack",
	.usage = "-E [ expect ] [ which ] [ -e EVENTS ] [ -o extended,id,timestamp ]",
	.start = start, .stop = stop, .interrupt = interrupt,
};

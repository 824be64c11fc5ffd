/* SPDX-License-Identifier: MIT */
/*
 * Debian's lwIP as a host of a table, as it comes: a window of 64 KB, no SACK, one congestion
 * control (Reno's), timers of 250 and 500 ms. Each host is a copy of the module in a link
 * namespace of its own, and asks the world for the time.
 */
#define _GNU_SOURCE
#include "tables/world.h"

#ifdef LWIP_STACK_SO
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "peers/lwip_stack.h"

#define NS_PER_MS 1000000ll

struct lwip_host {
	struct host host;	/* first */
	struct lwip_stack *stack;
	u64 counted;
};

static struct lwip_host *lwip_of(const struct host *h)
{
	return container_of(h, struct lwip_host, host);
}

static struct frame *wire_alloc(void)
{
	struct frame *f = malloc(sizeof(*f));

	if (!f)
		abort();
	return f;
}

static void wire_free(struct frame *f)
{
	free(f);
}

static void wire_send(void *ctx, struct frame *f)
{
	world_send(ctx, f->data, f->len);
	wire_free(f);
}

static u32 wire_now_ms(void *ctx)
{
	const struct host *h = ctx;

	return (u32)(h->flow->world->sched.now_ns / NS_PER_MS);
}

static struct host *lwip_create(struct flow *flow, bool is_sender)
{
	struct lwip_host *l = calloc(1, sizeof(*l));
	const struct wire wire = { wire_alloc, wire_free, wire_send, l, wire_now_ms };
	void *module = dlmopen(LM_ID_NEWLM, LWIP_STACK_SO, RTLD_NOW | RTLD_LOCAL);

	if (!l || !module) {
		fprintf(stderr, "tables: %s\n", l ? dlerror() : "no memory");
		free(l);
		return NULL;
	}
	l->host = (struct host){ .flow = flow, .is_sender = is_sender };
	l->stack = dlsym(module, "lwip_stack");
	if (!l->stack || l->stack->init(&wire, is_sender ? 1 : 2)) {
		free(l);
		return NULL;
	}
	return &l->host;
}

static int lwip_start(struct host *h)
{
	struct lwip_stack *s = lwip_of(h)->stack;

	return h->is_sender ? s->connect(2, PORT, ROLE_SINK) : s->serve(PORT, ROLE_SINK);
}

static void lwip_input(struct host *h, const u8 *frame, u32 len)
{
	struct frame *f = wire_alloc();

	f->len = len;
	memcpy(f->data, frame, len);
	lwip_of(h)->stack->input(f);
}

static void lwip_run(struct host *h, s64 now_ns)
{
	struct lwip_host *l = lwip_of(h);

	(void)now_ns;
	l->stack->timers();
	flow_received(h->flow, l->stack->received - l->counted);
	l->counted = l->stack->received;
	if (l->stack->errors)
		h->flow->failed = "lwIP gave the connection up";
}

static s64 lwip_next(const struct host *h)
{
	u32 sleep_ms = lwip_of(h)->stack->sleep_ms();

	/* Its clock stands at whole milliseconds. */
	return (host_now(h) / NS_PER_MS + max(sleep_ms, 1u)) * NS_PER_MS;
}

static int lwip_destroy(struct host *h)
{
	free(lwip_of(h));
	return 0;
}

const struct host_ops host_lwip = {
	.name = "lwip",
	.create = lwip_create,
	.start = lwip_start,
	.input = lwip_input,
	.run = lwip_run,
	.next = lwip_next,
	.destroy = lwip_destroy,
};
#else
const struct host_ops host_lwip;
#endif

/* SPDX-License-Identifier: MIT */
#include "socket/user_timer.h"

static u32 handle_id(s64 handle)
{
	return (u32)handle - 1;
}

static void user_timer_free(struct user_timer *ut)
{
	struct net *net = ut->net;

	net_timer_del(net, &ut->timer);
	wake_cancel(&ut->wake);
	id_free(&net->files->timers, handle_id(ut->handle));
	slab_free(&net->files->user_timers, ut);
}

static void user_timer_due(struct timer *t)
{
	struct user_timer *ut = container_of(t, struct user_timer, timer);

	wake_schedule(ut->net, &ut->wake);
}

/* Its handle is no longer valid when the function runs: it may add another, or cancel this one. */
static void user_timer_run(struct net *net, struct wake *w)
{
	struct user_timer *ut = container_of(w, struct user_timer, wake);
	ln_timer_fn fn = ut->fn;
	void *ctx = ut->ctx;

	user_timer_free(ut);
	fn(ctx, net_handle(net));
}

LN_API int64_t ln_timer_add(struct ln_net *handle, int64_t when, ln_timer_fn fn, void *ctx)
{
	struct net *net = net_of(handle);
	struct netns_files *files = net->files;
	struct user_timer *ut;
	int id;

	if (!fn)
		return -EINVAL;
	ut = slab_alloc(&files->user_timers);
	if (!ut)
		return -ENOMEM;
	id = id_alloc(&files->timers, &net->mem, ut);
	if (id < 0) {
		slab_free(&files->user_timers, ut);
		return -ENOMEM;
	}
	files->timer_generation = (files->timer_generation + 1) & INT32_MAX;
	*ut = (struct user_timer){
		.net = net, .fn = fn, .ctx = ctx,
		.handle = (s64)((u64)files->timer_generation << 32 | ((u32)id + 1)),
	};
	timer_init(&ut->timer, user_timer_due);
	wake_init(&ut->wake, user_timer_run);
	net_timer_mod(net, &ut->timer, when);
	return ut->handle;
}

LN_API void ln_timer_cancel(struct ln_net *handle, int64_t timer)
{
	struct net *net = net_of(handle);
	struct user_timer *ut;

	if (timer <= 0)
		return;
	ut = id_lookup(&net->files->timers, (int)handle_id(timer));
	if (ut && ut->handle == timer)
		user_timer_free(ut);
}

void user_timers_exit(struct net *net)
{
	struct id_table *t = &net->files->timers;

	for (u32 id = 0; t->used && id < t->cap; id++) {
		if (t->slot[id])
			user_timer_free(t->slot[id]);
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * One machine's network stack: create it, give it time, ask when to come back, end it.
 *
 * struct ln_net is what Linux calls a network namespace, with its own devices,
 * addresses, routes, sockets and memory budget. It makes no system call, starts no
 * thread and keeps no global state: a program may hold thousands. One thread at a
 * time may use a given instance; different instances are independent, but instances
 * that hand packet buffers to each other (ln_nic_connect) must share a thread.
 *
 * Time is nanoseconds on any clock that does not go back, from 0 to LN_TIME_MAX (146 years).
 * The instance never asks for it: it is told in ln_net_run(), and all that happens between
 * two runs happens at the time of the last. With the same parameters, inputs and times, an
 * instance does the same to the byte.
 *
 *	loop:	ln_nic_receive(...)		frames that came in
 *		ln_net_run(net, now)		timers, interrupts, protocols; then wake-ups
 *		ln_nic_transmit(...)		frames to send
 *		sleep until ln_net_next_event(net) or the next frame
 *
 * Every call that can fail returns a negative errno; each lists which.
 */
#ifndef LINNET_NET_H
#define LINNET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LN_API __attribute__((visibility("default")))
#else
#define LN_API
#endif

#define LN_TIME_NEVER INT64_MAX
#define LN_TIME_MAX (INT64_MAX / 2)	/* room for what is added to a time */

struct ln_net;
struct ln_trace_event;

/* Where an instance's memory comes from. `free` is told the size asked of `alloc`. */
struct ln_mem_ops {
	void *(*alloc)(void *ctx, size_t size);		/* 16-byte aligned, or NULL */
	void (*free)(void *ctx, void *p, size_t size);
	void *ctx;
	/*
	 * Address space that reads as zeros, of which only what is written takes memory: large
	 * tables are faster in it. Given back with `free`. NULL when there is no such thing, and
	 * for thousands of instances, which have small tables anyway.
	 */
	void *(*reserve)(void *ctx, size_t size);
};

/* All fields may be zero but mem: set that with ln_net_params_init() or your own. */
struct ln_net_params {
	const char *name;		/* host name, copied, at most 63 bytes; NULL = "linnet" */
	uint64_t seed;			/* of all that is random: real entropy on a real wire */
	int64_t start_ns;		/* the time now, 0 to LN_TIME_MAX */
	int64_t wall_ns;		/* Unix time at start_ns, for captures; 0 = unknown */
	struct ln_mem_ops mem;
	size_t mem_budget;		/* bytes; 0 = 64 MiB */
	uint32_t softirq_cost_ns;	/* virtual time that one frame keeps the CPU; 0 = none.
					 * Gives the lab softirq time limits and overruns. */
	void (*trace)(void *ctx, const struct ln_trace_event *ev);	/* NULL = off */
	void *trace_ctx;
	uint64_t *packet_ids;		/* a counter that instances on one thread share, so that
					 * packet ids are unique among them; NULL = its own */
};

/**
 * ln_net_params_init - defaults: memory from malloc and free, large blocks from mmap
 * Only in programs linked with libc's allocator; the core itself does not call it.
 */
static inline void ln_net_params_init(struct ln_net_params *params);

/**
 * ln_net_create - make an instance with a loopback device (down, as Linux's)
 * @params: copied; not needed afterwards
 *
 * Return: the instance, owned by the caller, or NULL when memory or the budget is short, or
 * start_ns is no time.
 */
LN_API struct ln_net *ln_net_create(const struct ln_net_params *params);

/**
 * ln_net_run - let everything happen that is due at @now
 * @now: ns, not before the last run's (an earlier value is taken as the last one, a later one
 *	than LN_TIME_MAX as that)
 *
 * Fires due timers by deadline, runs softirqs within their budget, then delivers the
 * wake-ups that collected. Wake-up functions may call any ln_ function but ln_net_run
 * and ln_net_destroy of the same instance.
 */
LN_API void ln_net_run(struct ln_net *net, int64_t now);

/**
 * ln_net_next_event - when ln_net_run() is wanted again
 * Return: ns; a time not after the last run's means at once; LN_TIME_NEVER when idle.
 */
LN_API int64_t ln_net_next_event(const struct ln_net *net);

/* What was wrong at the end; all zero is right. */
struct ln_leaks {
	size_t bytes;			/* charged to the budget and never given back */
	size_t objects;			/* allocations never freed */
	uint64_t packets;		/* sk_buffs alive after everything was closed */
	uint64_t borrowed;		/* packets of ln_recv_borrow() never given back */
	int64_t frames_unaccounted;	/* born less (delivered + sent + dropped): must be 0 */
};

/**
 * ln_net_destroy - end an instance: sockets reset without a word on the wire, devices removed
 * @net: may be NULL
 * @leaks: filled in when not NULL
 *
 * Return: 0, or -ENOTRECOVERABLE when something leaked (a defect in linnet or in the embedder).
 */
LN_API int ln_net_destroy(struct ln_net *net, struct ln_leaks *leaks);

LN_API const char *ln_net_name(const struct ln_net *net);
LN_API int64_t ln_net_now(const struct ln_net *net);

/**
 * ln_net_random - the instance's own random stream, e.g. for DNS query ids
 */
LN_API uint64_t ln_net_random(struct ln_net *net);

/* Memory charged now, its peak, and the limit; bytes. */
struct ln_mem_info {
	size_t used, peak, budget;
};
LN_API void ln_net_memory(const struct ln_net *net, struct ln_mem_info *info);

/**
 * ln_net_fail_alloc - fault injection: the @nth allocation from now fails once; 0 = off
 */
LN_API void ln_net_fail_alloc(struct ln_net *net, uint64_t nth);

#include <linnet/net_inline.h>

#ifdef __cplusplus
}
#endif
#endif

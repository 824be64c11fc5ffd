/* SPDX-License-Identifier: MIT */
/*
 * For tests only: a few instances, cables between them, and virtual time.
 *
 * host n of a cable has the address 10.0.<cable>.<end>, end 1 or 2. world_run() moves time from
 * event to event until nothing is left to do or the time is up. What applications said in the
 * journey is collected, a line each: "host: text".
 */
#ifndef LINNET_APP_UTIL_NET_TEST_H
#define LINNET_APP_UTIL_NET_TEST_H

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <linnet/linnet.h>

#include "app/util/inet.h"
#include "app/util/text.h"

#define WORLD_HOSTS 8
#define WORLD_CABLES 8
#define WORLD_MS 1000000ll
#define WORLD_SEC 1000000000ll

struct world {
	struct ln_net *host[WORLD_HOSTS];
	unsigned nhosts;
	struct ln_nic *cable[WORLD_CABLES];	/* one end of each */
	bool cut[WORLD_CABLES];			/* frames stay on the cable while it is cut */
	unsigned ncables;
	unsigned nics[WORLD_HOSTS];
	int64_t now;
	uint64_t packets;
	struct text journey;
};

static inline void world_trace(void *ctx, const struct ln_trace_event *ev)
{
	struct world *w = ctx;

	if (ev->point == LN_TP_app)
		text_addf(&w->journey, "%s: %s\n", ev->node, (const char *)(uintptr_t)ev->arg[0]);
}

static inline void world_ctl(struct ln_net *net, const char *fmt, ...)
{
	char cmd[256], out[256] = "";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	if (ln_ctl(net, cmd, out, sizeof(out), NULL))
		fail_msg("%s: %s", cmd, out);
}

static inline struct ln_net *world_host(struct world *w, const char *name)
{
	struct ln_net_params params;
	struct ln_net *net;

	ln_net_params_init(&params);
	params.name = name;
	params.seed = 1000 + w->nhosts;
	params.start_ns = w->now;
	params.trace = world_trace;
	params.trace_ctx = w;
	params.packet_ids = &w->packets;
	net = ln_net_create(&params);
	assert_non_null(net);
	world_ctl(net, "ip link set lo up");
	w->host[w->nhosts++] = net;
	return net;
}

static inline unsigned world_index(const struct world *w, const struct ln_net *net)
{
	unsigned i;

	for (i = 0; w->host[i] != net; i++)
		;
	return i;
}

static inline struct ln_nic *world_nic(struct world *w, struct ln_net *net, unsigned end)
{
	struct ln_nic_params params = { .name = NULL };
	unsigned n = w->nics[world_index(w, net)]++;
	char name[16];
	struct ln_nic *nic;

	snprintf(name, sizeof(name), "eth%u", n);
	params.name = name;
	nic = ln_nic_create(net, &params);
	assert_non_null(nic);
	world_ctl(net, "ip addr add 10.0.%u.%u/24 dev %s", w->ncables, end, name);
	world_ctl(net, "ip link set %s up", name);
	return nic;
}

/* Return: the cable's number, which is the third byte of the addresses. */
static inline unsigned world_cable(struct world *w, struct ln_net *a, struct ln_net *b)
{
	struct ln_nic *na = world_nic(w, a, 1), *nb = world_nic(w, b, 2);

	assert_int_equal(ln_nic_connect(na, nb), 0);
	w->cable[w->ncables] = na;
	return w->ncables++;
}

/* Everything that is due now. */
static inline void world_settle(struct world *w)
{
	unsigned moved, i, rounds = 0;
	bool again;

	do {
		moved = 0;
		again = false;
		for (i = 0; i < w->nhosts; i++)
			ln_net_run(w->host[i], w->now);
		for (i = 0; i < w->ncables; i++)
			moved += w->cut[i] ? 0 : ln_nic_cable_run(w->cable[i]);
		for (i = 0; i < w->nhosts; i++)
			again |= ln_net_next_event(w->host[i]) <= w->now;
		assert_true(++rounds < 1000000);
	} while (moved || again);
}

/* Until *stop is not 0 (NULL: never), or @ns have passed, or nothing is left to do. */
static inline void world_run(struct world *w, int64_t ns, const int *stop)
{
	int64_t end = w->now + ns, next;
	unsigned i;

	for (;;) {
		world_settle(w);
		next = LN_TIME_NEVER;
		for (i = 0; i < w->nhosts; i++)
			if (ln_net_next_event(w->host[i]) < next)
				next = ln_net_next_event(w->host[i]);
		if ((stop && *stop) || next > end)
			break;
		w->now = next;
	}
	if (!stop || !*stop)
		w->now = end;
	world_settle(w);
}

/* Destroys all; nothing may have leaked. */
static inline void world_end(struct world *w)
{
	struct ln_leaks leaks;
	unsigned i;

	for (i = 0; i < w->nhosts; i++)
		if (ln_net_destroy(w->host[i], &leaks))
			fail_msg("leaked: %zu bytes, %zu objects, %llu packets, %lld frames",
				 leaks.bytes, leaks.objects, (unsigned long long)leaks.packets,
				 (long long)leaks.frames_unaccounted);
	text_free(&w->journey);
}

static inline uint32_t world_addr(unsigned cable, unsigned end)
{
	return htonl(0x0a000000u | cable << 8 | end);
}

/* Whether the journey has a line with this; fails with the journey when not. */
static inline void world_told(const struct world *w, const char *text)
{
	if (!w->journey.s || !strstr(w->journey.s, text))
		fail_msg("the journey does not say \"%s\":\n%s", text,
			 w->journey.s ? w->journey.s : "");
}

static inline void world_not_told(const struct world *w, const char *text)
{
	if (w->journey.s && strstr(w->journey.s, text))
		fail_msg("the journey says \"%s\":\n%s", text, w->journey.s);
}

#endif

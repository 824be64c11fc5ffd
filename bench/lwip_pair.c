/* SPDX-License-Identifier: MIT */
/*
 * lwip_pair CASE [SECONDS [TIME-WAITS]]: the work of inproc.c on Debian's lwIP, through its raw API
 * (its fastest): two instances, a wire that copies each frame once. Same cases, same output.
 *
 * crr makes CRR_COUNT connections, whatever SECONDS says: lwIP walks a list of all TIME-WAIT
 * connections for each segment and has 16,384 ports, so more would show it slower, then stop.
 * crr_tw is inproc.c's, with a clock that stands still but for the 120 s that the TIME-WAITs take
 * to end.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/measure.h"
#include "peers/lwip_stack.h"

#define PORT 7000
#define UDP_BATCH 32
#define WIRE_BATCH 32
#define IDLE_PAIRS 10000
#define CRR_COUNT 3000
#define CRR_TIME_WAITS 10000
#define CRR_BURST 10
#define TIME_WAIT_MS 122000

struct wire_queue {
	struct frame *head, **tail;
};

static struct wire_queue to_a, to_b;
static struct frame *free_frames;
static struct lwip_stack *a, *b;

static struct frame *frame_alloc(void)
{
	struct frame *f = free_frames;

	if (!f)
		return malloc(sizeof(*f));
	free_frames = f->next;
	return f;
}

static void frame_free(struct frame *f)
{
	f->next = free_frames;
	free_frames = f;
}

static void wire_send(void *ctx, struct frame *f)
{
	struct wire_queue *q = ctx;

	f->next = NULL;
	*q->tail = f;
	q->tail = &f->next;
}

static int wire_deliver(struct wire_queue *q, struct lwip_stack *s)
{
	int n = 0;

	for (struct frame *f; n < WIRE_BATCH && (f = q->head); n++) {
		q->head = f->next;
		if (!q->head)
			q->tail = &q->head;
		s->input(f);
	}
	return n;
}

static int turn(void)
{
	return wire_deliver(&to_b, b) + wire_deliver(&to_a, a);
}

static void timers(void)
{
	a->timers();
	b->timers();
}

static struct lwip_stack *load(const char *path)
{
	void *h = dlmopen(LM_ID_NEWLM, path, RTLD_NOW | RTLD_LOCAL);
	struct lwip_stack *s = h ? dlsym(h, "lwip_stack") : NULL;

	if (!s) {
		fprintf(stderr, "lwip_pair: %s\n", dlerror());
		exit(1);
	}
	return s;
}

static void check(const char *what, int err)
{
	if (!err)
		return;
	fprintf(stderr, "lwip_pair: %s failed (%d)\n", what, err);
	exit(1);
}

static double step_bulk(void)
{
	uint64_t before = b->received;

	for (int i = 0; i < 16; i++)
		if (!turn())
			a->fill();
	timers();
	return (double)(b->received - before);
}

static double step_rr(void)
{
	uint64_t before = a->echoed;

	a->ping();
	while (a->echoed == before)
		if (!turn())
			timers();
	return 1;
}

static double step_crr(void)
{
	uint64_t before = b->served;

	check("connect", a->connect(2, PORT, ROLE_ONE_BYTE));
	while (b->served == before)
		if (!turn())
			timers();
	while (turn())
		;
	return 1;
}

static double step_udp(void)
{
	uint64_t before = b->datagrams;

	a->udp_send(2, PORT, 64, UDP_BATCH);
	while (turn())
		;
	return (double)(b->datagrams - before);
}

static double rate(double seconds, double (*step)(void))
{
	double start, t, done = 0;

	for (start = cpu_seconds(); cpu_seconds() - start < seconds / 4;)
		for (int i = 0; i < 32; i++)
			step();
	start = cpu_seconds();
	do {
		for (int i = 0; i < 32; i++)
			done += step();
		timers();
		t = cpu_seconds() - start;
	} while (t < seconds);
	return done / t;
}

/* As rate(), for a fixed number of steps. */
static double rate_counted(int count, double (*step)(void))
{
	double start;

	for (int i = 0; i < count / 10; i++)
		step();
	start = cpu_seconds();
	for (int i = 0; i < count; i++)
		step();
	return count / (cpu_seconds() - start);
}

static uint32_t clock_ms;

static uint32_t clock_read(void *ctx)
{
	(void)ctx;
	return clock_ms;
}

/* inproc.c has the same. */
static double crr_kept(double seconds, long time_waits)
{
	long burst = time_waits / 10 > CRR_BURST ? time_waits / 10 : CRR_BURST;
	double cpu = 0, begin = cpu_seconds(), start, done = 0;

	for (int round = 0; round < 2 || (cpu < seconds && cpu_seconds() - begin < 4 * seconds);
	     round++) {
		for (long i = 0; i < time_waits; i++)
			step_crr();
		start = cpu_seconds();
		for (long i = 0; i < burst; i++)
			step_crr();
		if (round) {
			cpu += cpu_seconds() - start;
			done += (double)burst;
		}
		for (int ms = 0; ms < TIME_WAIT_MS; ms += 250) {
			clock_ms += 250;
			timers();
		}
	}
	return done / cpu;
}

static void establish(enum role role)
{
	check("serve", b->serve(PORT, role));
	check("connect", a->connect(2, PORT, role));
	while (!a->established)
		if (!turn())
			timers();
}

static void idle(void)
{
	uint64_t want;
	long before;

	establish(ROLE_HOLD);
	for (want = 2; want < 66; want++) {
		check("connect", a->connect(2, PORT, ROLE_HOLD));
		while (a->established < want)
			turn();
	}
	before = resident_bytes();
	for (int i = 0; i < IDLE_PAIRS; i++, want++) {
		check("connect", a->connect(2, PORT, ROLE_HOLD));
		while (a->established < want)
			if (!turn())
				timers();
	}
	report("inproc", "lwip", "idle", (double)(resident_bytes() - before) / IDLE_PAIRS,
	       "bytes/pair");
}

static void udp_start(void)
{
	check("bind", a->udp_bind(PORT));
	check("bind", b->udp_bind(PORT));
	/* ARP first: lwIP keeps one packet per unresolved neighbour. */
	while (!b->datagrams) {
		a->udp_send(2, PORT, 64, 1);
		while (turn())
			;
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	double seconds = argc > 2 ? atof(argv[2]) : 1;
	long time_waits = argc > 3 ? atol(argv[3]) : CRR_TIME_WAITS;
	struct wire wire_a = { frame_alloc, frame_free, wire_send, &to_b, NULL };
	struct wire wire_b = { frame_alloc, frame_free, wire_send, &to_a, NULL };

	to_a.tail = &to_a.head;
	to_b.tail = &to_b.head;
	if (!strcmp(what, "crr_tw"))
		wire_a.now_ms = wire_b.now_ms = clock_read;
	a = load(LWIP_STACK_SO);
	b = load(LWIP_STACK_SO);
	check("init", a->init(&wire_a, 1));
	check("init", b->init(&wire_b, 2));
	if (!strcmp(what, "bulk")) {
		establish(ROLE_SINK);
		report("inproc", "lwip", "bulk", rate(seconds, step_bulk) * 8e-9, "Gbit/s");
	} else if (!strcmp(what, "rr")) {
		establish(ROLE_ECHO);
		report("inproc", "lwip", "rr", rate(seconds, step_rr), "1/s");
	} else if (!strcmp(what, "crr")) {
		check("serve", b->serve(PORT, ROLE_ONE_BYTE));
		report("inproc", "lwip", "crr", rate_counted(CRR_COUNT, step_crr), "1/s");
	} else if (!strcmp(what, "crr_tw")) {
		check("serve", b->serve(PORT, ROLE_ONE_BYTE));
		report("inproc", "lwip", "crr_tw", crr_kept(seconds, time_waits), "1/s");
	} else if (!strcmp(what, "udp")) {
		udp_start();
		report("inproc", "lwip", "udp", rate(seconds, step_udp), "1/s");
	} else if (!strcmp(what, "idle")) {
		idle();
	} else {
		fprintf(stderr, "usage: lwip_pair bulk|rr|crr|crr_tw|udp|idle "
				"[SECONDS [TIME-WAITS]]\n");
		return 2;
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * lwip_tap TAP serve|send: Debian's lwIP on a TAP, as 10.77.0.2 with the kernel as 10.77.0.1, for
 * scripts/bench-wire. serve: port 7 echoes, port 5001 takes what comes. send: sends to port 5001 of
 * the kernel for ever. One read or write a frame; poll(2) when there is nothing to read.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "peers/lwip_stack.h"

#define BATCH 64
#define TIMERS_MS 10

static struct frame *free_frames;
static int tap;

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

static void frame_send(void *ctx, struct frame *f)
{
	(void)ctx;
	if (write(tap, f->data, f->len) < 0)
		perror("write");
	frame_free(f);
}

static int open_tap(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr)) {
		perror(name);
		exit(1);
	}
	return fd;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int read_frames(struct lwip_stack *s)
{
	int n = 0;

	for (; n < BATCH; n++) {
		struct frame *f = frame_alloc();
		ssize_t got = f ? read(tap, f->data, FRAME_BYTES) : -1;

		if (got <= 0) {
			if (f)
				frame_free(f);
			break;
		}
		f->len = (uint32_t)got;
		s->input(f);
	}
	return n;
}

static void run(struct lwip_stack *s)
{
	struct pollfd pfd = { .fd = tap, .events = POLLIN };
	long timers = 0, ms;

	for (;;) {
		if (!read_frames(s))
			poll(&pfd, 1, TIMERS_MS);
		s->fill();
		ms = now_ms();
		if (ms - timers >= TIMERS_MS) {
			s->timers();
			timers = ms;
		}
	}
}

int main(int argc, char **argv)
{
	const struct wire wire = { frame_alloc, frame_free, frame_send, NULL, NULL };
	struct lwip_stack *s;
	void *module;
	int err;

	if (argc != 3) {
		fprintf(stderr, "usage: lwip_tap TAP serve|send\n");
		return 2;
	}
	tap = open_tap(argv[1]);
	module = dlopen(LWIP_STACK_SO, RTLD_NOW);
	s = module ? dlsym(module, "lwip_stack") : NULL;
	if (!s || s->init(&wire, 2)) {
		fprintf(stderr, "%s\n", module ? "lwIP does not start" : dlerror());
		return 1;
	}
	if (!strcmp(argv[2], "send"))
		err = s->connect(1, 5001, ROLE_SINK);
	else
		err = s->serve(7, ROLE_ECHO) | s->serve(5001, ROLE_SINK);
	if (err)
		return 1;
	puts("ready");
	fflush(stdout);
	run(s);
}

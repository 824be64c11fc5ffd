/* SPDX-License-Identifier: MIT */
/* What connections do, as both tell it: conntrack -E. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/program.h"
#include "harness/nft_twins_impl.h"

#define EVENTS_MAX 500

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A kind of events: both say them. */
struct watch {
	const char *words;
	FILE *heard[2];
	struct program *program;
	pid_t pid;
	char file[32];
};

static struct watch watches[2];
static unsigned nr_watches;

static void on_watched(void *ctx, const char *text, size_t len)
{
	struct watch *w = ctx;

	fwrite(text, 1, len, w->heard[1]);
}

static void stop_watching(void)
{
	for (struct watch *w = watches; w < watches + nr_watches; w++) {
		kill(w->pid, SIGTERM);
		program_kill(w->program);
		unlink(w->file);
	}
}

static void watch_kernel(struct watch *w)
{
	char line[256];
	int fd;

	strcpy(w->file, "/tmp/linnet-events-XXXXXX");
	fd = mkstemp(w->file);
	if (fd < 0)
		twins_skip("no file for what conntrack says");
	snprintf(line, sizeof(line), "exec stdbuf -oL conntrack -E %s", w->words);
	w->pid = fork();
	if (!w->pid) {
		dup2(fd, 1);
		dup2(fd, 2);
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	close(fd);
	w->heard[0] = fopen(w->file, "r");	/* with a position of its own */
	usleep(300000);		/* until it listens */
}

void twins_watch(const char *words)
{
	struct watch *w = &watches[nr_watches];
	char line[256];

	w->words = words;
	watch_kernel(w);
	w->heard[1] = tmpfile();
	snprintf(line, sizeof(line), "conntrack -E %s", words);
	w->program = program_start(twins_net, line, &(struct program_env){ 0 }, on_watched, NULL,
				   w);
	if (!nr_watches++)
		atexit(stop_watching);
	ln_net_run(twins_net, twins_now);
}

/* Ends in a row come in the order of a table: by text. */
static void sort_ends(char **line, size_t n)
{
	for (size_t i = 0, end; i < n; i = end + 1) {
		for (end = i; end < n && !strncmp(line[end], "[DESTROY]", 9); end++)
			;
		qsort(line + i, end - i, sizeof(*line), by_text);
	}
}

/* Without the seconds that are left, and who ended it. */
static size_t plain_events(FILE *f, char to[][512], size_t n)
{
	char line[512], kind[32], proto[32], rest[440];
	unsigned number, seconds;

	clearerr(f);
	while (n < EVENTS_MAX && fgets(line, sizeof(line), f)) {
		if (strstr(line, " [USERSPACE]"))
			strcpy(strstr(line, " [USERSPACE]"), "\n");
		if (sscanf(line, "%31s %31s %u %u %439[^\n]", kind, proto, &number, &seconds,
			   rest) == 5)
			snprintf(line, sizeof(line), "%s %s %u %s\n", kind, proto, number, rest);
		else if (sscanf(line, "%31s %u proto=%439[^\n]", kind, &seconds, rest) == 3)
			snprintf(line, sizeof(line), "%s proto=%s\n", kind, rest);
		strcpy(to[n++], line);
	}
	return n;
}

static void join_events(char from[][512], size_t n, char *to)
{
	char *line[EVENTS_MAX];
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		line[i] = from[i];
	sort_ends(line, n);
	*to = '\0';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(to + len, (size_t)EVENTS_MAX * 512 - len, "%s", line[i]);
}

static char events[2][EVENTS_MAX][512];

static void hear_events(struct watch *w, size_t n[2])
{
	FILE **heard = w->heard;

	n[0] = 0;
	ln_net_run(twins_net, twins_now);
	fflush(heard[1]);
	rewind(heard[1]);
	n[1] = plain_events(heard[1], events[1], 0);
	rewind(heard[1]);
	if (ftruncate(fileno(heard[1]), 0))
		twins_skip("no file for what linnet says");
	for (int i = 0; i < 20 && n[0] < n[1]; i++) {
		if (i)
			usleep(50000);
		n[0] = plain_events(heard[0], events[0], n[0]);
	}
}

void twins_watch_again(void)
{
	size_t n[2];

	for (unsigned i = 0; i < nr_watches; i++)
		hear_events(&watches[i], n);
}

static bool same_events(struct watch *w)
{
	static char kernel[EVENTS_MAX * 512], ours[EVENTS_MAX * 512];
	size_t n[2];

	hear_events(w, n);
	join_events(events[0], n[0], kernel);
	join_events(events[1], n[1], ours);
	return !strcmp(kernel, ours) ||
	       twins_differ("events are not the same:\nkernel:\n%s\nlinnet:\n%s", kernel, ours);
}

bool twins_watched(void)
{
	bool ok = true;

	for (unsigned i = 0; i < nr_watches; i++)
		ok = same_events(&watches[i]) && ok;
	return ok;
}

/* SPDX-License-Identifier: MIT */
/* iperf3 as a command, with the options of the real one that are served here. */
#include <stdlib.h>
#include <string.h>

#include "app/iperf3.h"
#include "app/program_impl.h"
#include "app/util/inet.h"

struct state {
	struct iperf3_params params;
	struct iperf3 *run;
};

static void on_out(void *ctx, const char *text, size_t len)
{
	program_write(ctx, text, len);
}

static void on_done(void *ctx, int status)
{
	struct program *p = ctx;

	((struct state *)p->state)->run = NULL;
	program_exit(p, status);
}

static void stop(struct program *p)
{
	struct state *s = p->state;

	if (!s)
		return;
	iperf3_cancel(s->run);
	free(s);
	p->state = NULL;
}

static void on_give_up(void *ctx, struct ln_net *net)
{
	(void)net;
	program_exit(ctx, 130);
}

static void interrupt(struct program *p)
{
	struct state *s = p->state;

	if (s->run)
		iperf3_interrupt(s->run);
	else
		program_timer(p, ln_net_now(p->net), on_give_up);
}

static bool number_option(struct iperf3_params *f, int c, const char *arg)
{
	uint64_t n = 0;
	bool good;

	switch (c) {
	case 'p':
		good = program_number(arg, 1, 65535, &n);
		f->port = (uint16_t)n;
		return good;
	case 'P':
		good = program_number(arg, 1, IPERF3_STREAMS_MAX, &n);
		f->parallel = (unsigned)n;
		return good;
	case 'l':
		good = program_size(arg, 1024, &n) && n;
		f->block = (size_t)n;
		return good;
	case 'n':
		return program_size(arg, 1024, &f->bytes) && f->bytes;
	case 't':
		return program_seconds(arg, &f->time_ns) && f->time_ns;
	default:
		return c == 'i' && program_seconds(arg, &f->interval_ns);
	}
}

static bool option(struct iperf3_params *f, int c, const char *arg, char **host)
{
	switch (c) {
	case 's':
		f->server = true;
		return true;
	case 'c':
		*host = (char *)(uintptr_t)arg;
		return true;
	case '1':
		f->once = true;
		return true;
	case 'R':
		f->reverse = true;
		return true;
	case 'C':
		f->congestion = arg;
		return true;
	default:
		return number_option(f, c, arg);
	}
}

static void run(struct program *p, uint32_t addr)
{
	struct state *s = p->state;
	int err;

	s->params.addr = addr;
	s->params.out = on_out;
	s->params.done = on_done;
	s->params.ctx = p;
	err = iperf3_start(p->net, &s->params, &s->run);
	if (err)
		program_fail(p, 1, "%s", inet_error_text(err));
}

static void start(struct program *p)
{
	struct state *s = calloc(1, sizeof(*s));
	char *host = NULL;
	int c;

	p->state = s;
	if (!s) {
		program_fail(p, 1, "out of memory");
		return;
	}
	while ((c = program_getopt(p, "sc:1RC:t:i:p:P:n:l:")) != -1) {
		if (!option(&s->params, c, p->optarg, &host)) {
			program_usage_error(p);
			return;
		}
	}
	if (p->optind != p->argc || s->params.server == (host != NULL))
		program_usage_error(p);
	else if (s->params.server)
		run(p, 0);
	else
		program_resolve(p, host, run);
}

const struct program_kind program_iperf3 = {
	.name = "iperf3", .start = start, .stop = stop, .interrupt = interrupt,
	.usage = "-s [-1] [-p PORT] | -c HOST [-p PORT] [-t S] [-n BYTES] [-P STREAMS] [-R] [-i S] "
		 "[-l BYTES] [-C NAME]",
};

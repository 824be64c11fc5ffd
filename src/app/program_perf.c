/* SPDX-License-Identifier: MIT */
/* perf and iperf3 as commands: one set of options, of which each has its part. */
#include <stdlib.h>

#include "app/iperf3.h"
#include "app/program_impl.h"
#include "app/util/inet.h"

struct state {
	struct perf_params params;
	struct perf *perf;		/* one of them runs */
	struct iperf3 *iperf3;
};

static void on_out(void *ctx, const char *text, size_t len)
{
	program_write(ctx, text, len);
}

static void on_done(void *ctx, int status)
{
	struct program *p = ctx;
	struct state *s = p->state;

	s->perf = NULL;
	s->iperf3 = NULL;
	program_exit(p, status);
}

static void stop(struct program *p)
{
	struct state *s = p->state;

	if (!s)
		return;
	perf_cancel(s->perf);
	iperf3_cancel(s->iperf3);
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

	if (s->perf)
		perf_interrupt(s->perf);
	else if (s->iperf3)
		iperf3_interrupt(s->iperf3);
	else
		program_timer(p, ln_net_now(p->net), on_give_up);
}

/* --- options --- */

static bool size_option(struct perf_params *f, int c, const char *arg)
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
	case 'b':
		return program_size(arg, 1000, &f->rate_bps) && f->rate_bps;
	case 'n':
		return program_size(arg, 1024, &f->bytes) && f->bytes;
	case 'l':
		good = program_size(arg, 1024, &n) && n;
		f->block = (size_t)n;
		return good;
	case 'w':
		good = program_size(arg, 1024, &n) && n && n <= IPERF3_WINDOW_MAX;
		f->window = (uint32_t)n;
		return good;
	default:
		return false;
	}
}

static bool option(struct perf_params *f, int c, const char *arg, char **host)
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
	case 'u':
		f->udp = true;
		return true;
	case 'R':
		f->reverse = true;
		return true;
	case 'C':
		f->congestion = arg;
		return true;
	case 't':
		return program_seconds(arg, &f->time_ns) && f->time_ns;
	case 'i':
		return program_seconds(arg, &f->interval_ns);
	default:
		return size_option(f, c, arg);
	}
}

/* --- the start --- */

static void run(struct program *p, const struct ipaddr *addr)
{
	struct state *s = p->state;
	struct perf_params *f = &s->params;
	int err;

	f->addr = *addr;
	f->out = on_out;
	f->done = on_done;
	f->ctx = p;
	if (p->kind == &program_perf)
		err = perf_start(p->net, f, &s->perf);
	else
		err = iperf3_start(p->net, f, &s->iperf3);
	if (err)
		program_fail(p, 1, "%s", inet_error_text(err));
}

static void start_with(struct program *p, const char *options)
{
	struct state *s = calloc(1, sizeof(*s));
	struct perf_params *f;
	char *host = NULL;
	int c;

	p->state = s;
	if (!s) {
		program_fail(p, 1, "out of memory");
		return;
	}
	f = &s->params;
	while ((c = program_getopt(p, options)) != -1)
		if (!program_family(p, c) && !option(f, c, p->optarg, &host)) {
			program_usage_error(p);
			return;
		}
	if (p->optind != p->argc || f->server == (host != NULL) || (f->udp && f->reverse))
		program_usage_error(p);
	else if (f->server)
		run(p, &(struct ipaddr){ .family = p->family });
	else
		program_resolve(p, host, run);
}

static void perf_main(struct program *p)
{
	start_with(p, "46sc:1uRC:t:i:p:b:n:l:");
}

static void iperf3_main(struct program *p)
{
	start_with(p, "46sc:1RC:t:i:p:P:n:l:w:");
}

const struct program_kind program_perf = {
	.name = "perf", .start = perf_main, .stop = stop, .interrupt = interrupt,
	.usage = "[-4|-6] -s [-1] [-p PORT] | [-4|-6] -c HOST [-p PORT] [-u] [-b RATE] [-t S] "
		 "[-n BYTES] [-l BYTES] [-R] [-i S] [-C NAME]",
};

const struct program_kind program_iperf3 = {
	.name = "iperf3", .start = iperf3_main, .stop = stop, .interrupt = interrupt,
	.usage = "[-4|-6] -s [-1] [-p PORT] | [-4|-6] -c HOST [-p PORT] [-t S] [-n BYTES] "
		 "[-P STREAMS] [-R] [-i S] [-l BYTES] [-w BYTES] [-C NAME]",
};

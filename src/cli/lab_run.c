/* SPDX-License-Identifier: MIT */
/* linnet lab run. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/lab_cmds.h"
#include "host/clock.h"

/* For programs that do not end, without a duration. */
#define PATIENCE_NS (3600 * 1000000000ll)

enum { OPT_SEED = CLI_OPT, OPT_DURATION, OPT_LIVE, OPT_JSON, OPT_NAME };

static const struct option longs[] = {
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "duration", required_argument, NULL, OPT_DURATION },
	{ "live", no_argument, NULL, OPT_LIVE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "quiet", no_argument, NULL, 'q' },
	{ "all", no_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	WATCH_LONG_OPTS,
	{ NULL, 0, NULL, 0 },
};

static bool take_plain(struct lab_run_opts *r, const struct cli_opts *o, int opt)
{
	switch (opt) {
	case OPT_SEED: return cli_number(o, optarg, 1, UINT64_MAX, &r->seed);
	case OPT_DURATION: return cli_time(o, optarg, &r->duration_ns);
	case OPT_NAME: r->name = optarg; return true;
	case OPT_LIVE: r->live = true; return true;
	case OPT_JSON: r->json = true; return true;
	case 'a': r->all = true; return true;
	default: r->quiet = true; return true;
	}
}

/* 0; 1: help was printed; -1: told. */
static int take_options(struct lab_run_opts *r, struct cli_opts *o)
{
	int opt;

	while ((opt = cli_getopt(o)) > 0) {
		int taken = watch_take(&r->watch, o, opt);

		if (taken < 0 || (!taken && !take_plain(r, o, opt)))
			return -1;
	}
	if (opt < 0)
		return opt == CLI_OPTS_HELP ? 1 : -1;
	if (optind != o->argc - 1)
		return cli_fail(o->cli, -1, optind == o->argc ? "a lab is missing: a file, or a "
				"name of linnet lab list" : "one lab at a time");
	r->file = o->argv[optind];
	return 0;
}

/* ---- running ---- */

/* ^C ends the run at the next event; a signal has no other place to go. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static bool something_to_do(void *ctx)
{
	return lab_busy(ctx) && !interrupted;
}

static bool not_interrupted(void *ctx)
{
	(void)ctx;
	return !interrupted;
}

static s64 last_action_ns(const struct topo *topo)
{
	return topo->action_count ? topo->actions[topo->action_count - 1].at_ns : 0;
}

static int run_virtual(const struct lab_run_opts *o, const struct topo *topo, struct lab *lab)
{
	s64 duration = o->duration_ns ? o->duration_ns : topo->duration_ns;

	struct sigaction sa = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &sa, NULL);
	if (duration) {
		lab_run_while(lab, not_interrupted, NULL, duration);
		if (!interrupted)
			lab_run(lab, duration);
		return interrupted ? CLI_INTERRUPTED : CLI_OK;
	}
	lab_run_while(lab, something_to_do, lab, last_action_ns(topo) + PATIENCE_NS);
	if (!interrupted && lab_busy(lab))
		cli_fail(o->cli, 0, lab_next(lab) != SCHED_NEVER ?
			 "programs still ran an hour of virtual time after the last action; "
			 "--duration says when to end" :
			 "programs still waited when nothing was left that could happen "
			 "(input, or a peer that does not come)");
	return interrupted ? CLI_INTERRUPTED : CLI_OK;
}

/* Runs it, ends it and sums up. */
static int run_and_end(struct lab_run_opts *o, const struct topo *topo, struct lab *lab,
		       struct lab_print *print)
{
	s64 began = host_now_ns();
	struct lab_sum sum = { .tty = isatty(STDERR_FILENO) };	/* now: it sets errno */
	int status = o->live ? lab_live(o, topo, lab, o->duration_ns ? o->duration_ns : INT64_MAX) :
		     run_virtual(o, topo, lab);
	bool summed = lab_sum_take(&sum, topo, lab);

	if (o->watch.journey)
		journey_finish(o->watch.journey, &sum.totals);
	lab_print_exit(print);
	sum.accounted = !lab_destroy(lab, &sum.ledger);
	sum.real_ns = host_now_ns() - began;
	watch_flush(&o->watch);
	if (summed && !o->quiet)
		lab_sum_print(&sum, o->json);
	if (!sum.accounted)
		cli_tell_leaks(o->cli, &sum.ledger.leaks);
	lab_sum_free(&sum);
	return status ? status : sum.accounted ? CLI_OK : CLI_OTHER;
}

static int run_lab(struct lab_run_opts *o, const struct topo *topo)
{
	struct lab_print print;
	struct lab_params params = {
		.seed = o->seed, .output = lab_print_output, .action = lab_print_action,
		.journey = o->watch.journey, .pcap = o->watch.pcap, .ctx = &print,
	};
	char *errors = NULL;
	struct lab *lab;

	if (!lab_print_init(&print, topo, o->json, o->all))
		return cli_fail(o->cli, CLI_OTHER, "out of memory");
	if (o->live)
		params.wall_ns = host_wall_ns();
	lab = lab_create(topo, &params, &errors);
	if (lab) {
		print.lab = lab;
		return run_and_end(o, topo, lab, &print);
	}
	lab_print_exit(&print);
	fflush(stdout);
	fputs(errors ? errors : "out of memory\n", stderr);
	free(errors);
	return CLI_OTHER;
}

int lab_run_main(const struct cli *cli, int argc, char **argv)
{
	struct lab_run_opts r = { .cli = cli };
	struct cli_opts o = CLI_OPTS(cli, argc, argv, "qa", longs);
	struct lab_source source;
	int status = take_options(&r, &o);

	if (status)
		return status > 0 ? CLI_OK : CLI_USAGE;
	status = lab_source_open(&source, cli, r.file);
	if (status)
		return status;
	if (watch_open(&r.watch, cli, NULL, 0))
		status = run_lab(&r, source.topo);
	else
		status = CLI_OTHER;
	if (!watch_close(&r.watch, cli, NULL) && !status)
		status = CLI_OTHER;
	lab_source_close(&source);
	return status;
}

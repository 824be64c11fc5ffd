/* SPDX-License-Identifier: MIT */
/*
 * Watching a run: --journey on standard error, --pcap into a file.
 *
 * The journey stands on standard error so that what the command is for (the page, the output of a
 * lab) stays clean on standard output.
 */
#ifndef LINNET_CLI_WATCH_H
#define LINNET_CLI_WATCH_H

#include <stdio.h>

#include "cli/cli_opts.h"
#include "trace/journey.h"
#include "trace/pcapng.h"

struct watch {
	bool want_journey;
	enum journey_mode mode;
	const char *pcap_path;		/* NULL = none */

	struct journey *journey;	/* NULL = off */
	struct pcapng *pcap;		/* &file when there is one */
	struct pcapng file;
	FILE *journey_out, *pcap_out;
};

enum { WATCH_OPT_JOURNEY = CLI_OPT + 200, WATCH_OPT_PCAP };

#define WATCH_LONG_OPTS \
	{ "journey", optional_argument, NULL, WATCH_OPT_JOURNEY }, \
	{ "pcap", required_argument, NULL, WATCH_OPT_PCAP }

#define WATCH_HELP \
"      --journey[=brief|full]  tell what happens to each packet, on standard error: a page for\n" \
"                       newcomers, or each step with its function and the sk_buff's pointers\n" \
"      --pcap FILE      capture every device (pcapng, nanoseconds) for tshark and its kin; a\n" \
"                       frame is there once for each device it passes: look at one at a time\n" \
"                       (frame.interface_name == \"laptop:eth0\"), or tshark takes the same\n" \
"                       segment at the next hop for a retransmission\n"

/* 1: taken; 0: not one of these; -1: a mistake, told. */
int watch_take(struct watch *w, const struct cli_opts *o, int opt);

/* origin: the node whose steps are numbered in brief, or NULL. False: told. */
bool watch_open(struct watch *w, const struct cli *cli, const char *origin, s64 start_ns);

/* Gives to the files what was written so far. */
void watch_flush(struct watch *w);

/* Ends the journey with its sums (not when NULL), closes the files. False: told. */
bool watch_close(struct watch *w, const struct cli *cli, const struct journey_totals *totals);

#endif

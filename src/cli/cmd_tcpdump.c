/* SPDX-License-Identifier: MIT */
/*
 * linnet tcpdump: the frames of a running instance's devices, or of a capture.
 *
 * The instance looks and prints (app/program_tcpdump.c). Here the expression becomes a program,
 * since it may have names that somebody must be asked for, and here is the file of -w.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/fmt.h"
#include "cli/capture_read.h"
#include "cli/cli_opts.h"
#include "host/control.h"

static const char help_tcpdump[] =
"usage: linnet [-N INSTANCE] [-n NODE] tcpdump [OPTIONS] [EXPRESSION]\n"
"       linnet tcpdump -r FILE [OPTIONS] [EXPRESSION]\n"
"\n"
"Shows the frames that devices of a running instance send and receive, a line each, until ^C:\n"
"what is sent as it goes to the card, what is received before anything else looks at it. The\n"
"options are tcpdump's; addresses and ports are numbers, sequence numbers those on the wire.\n"
"\n"
"  -i DEVICE|any    left out: the first that is up\n"
"  -c COUNT         ends after so many\n"
"  -D               lists the devices\n"
"  -e               MAC addresses, EtherType and length of the frame, too\n"
"  -v               fields of the IP header, too\n"
"  -q               of TCP its length alone\n"
"  -x, -X, -A       the bytes behind the link header: hexadecimal; that and ASCII; ASCII alone.\n"
"                   Given twice (-xx), the link header's too\n"
"  -#               the frame's number in front\n"
"  -t, -tt, -ttt, -tttt, -ttttt  no time; seconds since 1970; since the line before; with the\n"
"                   date; since the first line\n"
"  -p               not promiscuous: only what the device lets in without being asked\n"
"  -Q in|out|inout  received or sent only\n"
"  -s SNAPLEN       so many bytes of each frame at most\n"
"  -w FILE          frames into a capture (pcapng), \"-\" = standard output\n"
"  -r FILE          frames of a capture (pcap, pcapng)\n"
"  -K, -l, -n, -N, -S, -U, --immediate-mode  change nothing: it is so in any case\n"
"\n"
"EXPRESSION is that of pcap-filter(7): \"tcp port 80 and host 10.0.0.2\". Names of hosts in it\n"
"are looked up here, not by the instance. What you do not read fast enough is not captured: the\n"
"summary has how much (\"dropped by kernel\"). Times are yours, and of a lab's node the lab's.\n"
"Of an instance with --shards the first shard is seen.\n"
"\n"
"  linnet tcpdump -n -i eth0 icmp\n"
"  linnet -n laptop tcpdump -c 10 tcp port 80\n"
"  linnet tcpdump -i any -w - | wireshark -k -i -\n";

enum { OPT_IMMEDIATE = CLI_OPT };

static const struct option longs[] = {
	{ "interface", required_argument, NULL, 'i' },
	{ "snapshot-length", required_argument, NULL, 's' },
	{ "list-interfaces", no_argument, NULL, 'D' },
	{ "number", no_argument, NULL, '#' },
	{ "direction", required_argument, NULL, 'Q' },
	{ "no-promiscuous-mode", no_argument, NULL, 'p' },
	{ "immediate-mode", no_argument, NULL, OPT_IMMEDIATE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct request {
	const struct cli *cli;
	struct text line;		/* for the instance */
	const char *to;			/* of -w */
	struct packet_filter filter;
	struct capture_read read;
};

static void add_word(struct text *line, char *word)
{
	char *quoted = cli_join_words(1, &word);

	text_addf(line, " %s", quoted ? quoted : "");
	line->failed |= !quoted;
	free(quoted);
}

/* 0; -1: told. */
static int take_option(struct request *r, const struct cli_opts *o, int opt)
{
	u64 n;

	if (opt == 'w') {
		r->to = optarg;
		return 0;
	}
	if (opt == 'r') {
		r->read.path = optarg;
		return 0;
	}
	if (opt == 'c' && (!parse_u64(optarg, INT64_MAX, &r->read.count) || !r->read.count))
		return cli_fail(r->cli, -1, "-c is \"%s\"; expected a number of frames", optarg);
	if (opt == 's') {
		if (!cli_number(o, optarg, 0, PACKET_FILTER_SNAPLEN, &n))
			return -1;
		r->read.snaplen = n ? (u32)n : PACKET_FILTER_SNAPLEN;
	}
	if (opt == 'Q' && strcmp(optarg, "in") && strcmp(optarg, "out") && strcmp(optarg, "inout"))
		return cli_fail(r->cli, -1, "-Q is \"%s\"; expected in, out or inout", optarg);
	if (opt == OPT_IMMEDIATE)
		return 0;
	frame_print_option(&r->read.print, opt);
	text_addf(&r->line, " -%c", opt);
	if (optarg)
		add_word(&r->line, optarg);
	return 0;
}

/* The rest of the words. 0; -1: told. */
static int take_expression(struct request *r, int argc, char **argv)
{
	char err[512] = "out of memory", *bpf;
	struct text words = { 0 };
	bool ok;

	for (int i = 0; i < argc; i++)
		text_addf(&words, "%s%s", i ? " " : "", argv[i]);
	ok = !words.failed &&
	     packet_filter_compile(&r->filter, words.s ? words.s : "", err, sizeof(err));
	text_free(&words);
	if (!ok)
		return cli_fail(r->cli, -1, "%s", err);
	if (!r->filter.count)
		return 0;
	bpf = packet_filter_text(&r->filter);
	text_addf(&r->line, " '--bpf=%s'", bpf ? bpf : "");
	r->line.failed |= !bpf;
	free(bpf);
	return 0;
}

/* A lab has a time of its own, which is nowhere else than at Greenwich. */
static void take_zone(struct request *r)
{
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm))
		return;
	r->read.print.utc_offset = tm.tm_gmtoff;
	if (!*r->cli->node)
		text_addf(&r->line, " --utc-offset=%ld", tm.tm_gmtoff);
}

/* A file in the place of standard output. False: told. */
static bool redirect(const struct request *r)
{
	int fd;

	if (!r->to || !strcmp(r->to, "-"))
		return true;
	fd = open(r->to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) {
		cli_fail(r->cli, 0, "%s: %s", r->to, strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

/* As ^C, so that `timeout 10 linnet tcpdump` has its summary. */
static void on_terminate(int sig)
{
	(void)sig;
	raise(SIGINT);
}

static int run_there(struct request *r)
{
	struct sigaction sa = { .sa_handler = on_terminate };
	char err[1024] = "";
	int fd, status = CLI_OTHER;

	if (r->to)
		text_adds(&r->line, " -w -");
	if (r->line.failed)
		return cli_fail(r->cli, CLI_OTHER, "out of memory");
	fd = control_connect(r->cli->instance, err, sizeof(err));
	if (fd < 0)
		return cli_fail(r->cli, CLI_OTHER, "%s", err);
	sigaction(SIGTERM, &sa, NULL);
	if (redirect(r)) {
		status = control_exec(fd, r->cli->node, r->line.s, false, err, sizeof(err));
		if (status < 0)
			status = cli_fail(r->cli, CLI_OTHER, "%s", err);
	}
	close(fd);
	return status;
}

static int run_request(struct request *r, struct cli_opts *o)
{
	int opt;

	text_adds(&r->line, "tcpdump");
	while ((opt = cli_getopt(o)) > 0)
		if (take_option(r, o, opt))
			return CLI_USAGE;
	if (opt < 0)
		return cli_opts_status(opt);
	take_zone(r);
	if (take_expression(r, o->argc - optind, o->argv + optind))
		return CLI_OTHER;
	if (!r->read.path)
		return run_there(r);
	r->read.to = r->to;
	r->read.filter = &r->filter;
	return capture_read(r->cli, &r->read);
}

int cmd_tcpdump(const struct cli *cli, int argc, char **argv)
{
	struct cli_command cmd = *cli->cmd;
	struct cli own = *cli;
	struct request r = { .cli = &own, .read.snaplen = PACKET_FILTER_SNAPLEN };
	struct cli_opts o = CLI_OPTS(&own, argc, argv, FRAME_PRINT_OPTIONS "r:w:", longs);
	int status;

	cmd.help = help_tcpdump;	/* not in the table, which has those of instances apart */
	own.cmd = &cmd;
	status = run_request(&r, &o);
	text_free(&r.line);
	packet_filter_free(&r.filter);
	return status;
}

/* SPDX-License-Identifier: MIT */
/* linnet drill: runs packetdrill scripts. */
#include "cli/cli_opts.h"
#include "drill/drill.h"

const char help_drill[] =
"usage: linnet drill [OPTIONS] FILE.pkt...\n"
"\n"
"Runs scripts in the language of packetdrill against an instance of its own, in virtual time: no\n"
"root, no TUN, a minute of script in milliseconds, the same on every machine.\n"
"\n"
"      --pcap FILE      the conversation as pcapng; of one script\n"
"      --strict         a packet that no line awaits is a failure too, and timestamps are\n"
"                       compared as if the script said --tcp_ts_tick_usecs=1000\n"
"      --against kernel the same calls and packets against the kernel of this computer, in a\n"
"                       network namespace with a TUN (as root), in real time\n"
"      --scale N        makes each script's tolerance N times as long (kernel: 5)\n"
"  -D NAME=VALUE        in scripts, NAME is VALUE: a number, a constant or a \"string\"\n"
"      --OPTION=VALUE   what a script may say in its first lines, for all of them: --mtu,\n"
"                       --local_ip, --remote_ip, --gateway_ip, --netmask_ip, --bind_port,\n"
"                       --connect_port, --tolerance_usecs, --tcp_ts_tick_usecs, --ip_version,\n"
"                       --init_scripts, --strict_segments, --skip_unawaited, --dry_run (only\n"
"                       reads the scripts);\n"
"                       packetdrill's other options are accepted and change nothing\n"
"  -v, --verbose        each line as it passes, and what calls that say \"= ...\" returned\n"
"  -q, --quiet          nothing about scripts that pass\n"
"\n"
"Exit status: 0 all passed, 1 a line did not hold (told as packets, with file:line), 2 a script\n"
"cannot be read (file:line:column). Not there: encapsulated packets.\n";

enum { OPT_PCAP = CLI_OPT, OPT_STRICT, OPT_AGAINST, OPT_SCALE, OPT_SCRIPT };

#define GIVEN_MAX 32

static const struct option longs[] = {
	{ "pcap", required_argument, NULL, OPT_PCAP },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "against", required_argument, NULL, OPT_AGAINST },
	{ "scale", required_argument, NULL, OPT_SCALE },
	{ "verbose", no_argument, NULL, 'v' },
	{ "define", required_argument, NULL, 'D' },
#define VALUE(i, name) { name, required_argument, NULL, OPT_SCRIPT + i }
#define SWITCH(i, name) { name, no_argument, NULL, OPT_SCRIPT + i }
	VALUE(0, "mtu"), VALUE(1, "local_ip"), VALUE(2, "remote_ip"), VALUE(3, "gateway_ip"),
	VALUE(4, "netmask_ip"), VALUE(5, "bind_port"), VALUE(6, "connect_port"),
	VALUE(7, "tolerance_usecs"), VALUE(8, "tcp_ts_tick_usecs"), VALUE(9, "ip_version"),
	VALUE(10, "init_scripts"), SWITCH(11, "strict_segments"), SWITCH(12, "dry_run"),
	/* Of packetdrill's own program; they change nothing here. */
	VALUE(13, "non_fatal"), VALUE(14, "speed"), VALUE(15, "code_command"),
	VALUE(16, "code_format"), VALUE(17, "code_sockopt"), VALUE(18, "so_filename"),
	VALUE(19, "so_flags"), VALUE(20, "tun_dev"), VALUE(21, "max_send_batch_size"),
	VALUE(22, "ip_tos"), VALUE(23, "udp_encaps"), VALUE(24, "timeout"),
	VALUE(25, "wire_client_dev"), VALUE(26, "wire_client_ip"), VALUE(27, "wire_server_at"),
	VALUE(28, "wire_server_dev"), VALUE(29, "wire_server_ip"), VALUE(30, "wire_server_port"),
	SWITCH(31, "wire_client"), SWITCH(32, "wire_server"), SWITCH(33, "persistent_tun_dev"),
	SWITCH(34, "send_omit_free"), SWITCH(35, "is_anyip"), SWITCH(36, "debug"),
	SWITCH(37, "no_cleanup"), SWITCH(38, "tcp_ts_ecr_scaled"),
	SWITCH(39, "skip_unawaited"),
#undef VALUE
#undef SWITCH
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* What scripts themselves may say, as "name=value". */
struct given {
	char text[GIVEN_MAX][160];
	const char *list[GIVEN_MAX];
};

static bool take_of_script(const struct cli_opts *o, struct drill_options *d, struct given *g)
{
	unsigned i = d->n_options;
	const char *value = optarg ? optarg : "";

	if (i == GIVEN_MAX || strlen(value) > 128) {
		cli_fail(o->cli, CLI_USAGE, "--%s: %s", o->name, i == GIVEN_MAX ?
			 "too many of these options" : "the value is too long");
		return false;
	}
	snprintf(g->text[i], sizeof(g->text[i]), "%s=%s", o->name, value);
	g->list[i] = g->text[i];
	d->options = g->list;
	d->n_options++;
	return true;
}

/* False: told. */
static bool take(const struct cli_opts *o, int opt, struct drill_options *d, bool *quiet)
{
	u64 n;

	switch (opt) {
	case OPT_PCAP:
		d->pcap = optarg;
		return true;
	case OPT_STRICT:
		d->strict = true;
		return true;
	case OPT_AGAINST:
		d->kernel = !strcmp(optarg, "kernel");
		if (d->kernel || !strcmp(optarg, "linnet"))
			return true;
		cli_fail(o->cli, CLI_USAGE, "--against %s: expected kernel or linnet", optarg);
		return false;
	case OPT_SCALE:
		if (!cli_number(o, optarg, 1, 1000, &n))
			return false;
		d->scale = (unsigned)n;
		return true;
	case 'v':
		d->verbose = true;
		return true;
	}
	*quiet = true;
	return true;
}

static int run_all(char **paths, int n, const struct drill_options *d, bool quiet)
{
	int worst = DRILL_OK, failed = 0, skipped = 0;

	for (int i = 0; i < n; i++) {
		int status = drill_file(paths[i], d);

		if (status == DRILL_SKIPPED)
			skipped++;
		else if (status)
			failed++;
		if (status <= DRILL_OK && !quiet)
			printf("%s: %s\n", paths[i], status ? "of another IP version" : "ok");
		fflush(stdout);
		worst = max(worst, status);
	}
	if (n > 1)
		printf("%d of %d scripts passed", n - failed - skipped, n);
	if (n > 1 && skipped)
		printf(", %d are of another IP version", skipped);
	if (n > 1)
		putchar('\n');
	return worst;
}

int cmd_drill(const struct cli *cli, int argc, char **argv)
{
	struct cli_opts o = CLI_OPTS(cli, argc, argv, "vqD:", longs);
	struct drill_options d = { .out = stdout, .err = stderr };
	struct given given;
	bool quiet = false;
	int opt;

	while ((opt = cli_getopt(&o)) > 0)
		if (opt == 'D' || opt >= OPT_SCRIPT ? !take_of_script(&o, &d, &given) :
						      !take(&o, opt, &d, &quiet))
			return CLI_USAGE;
	if (opt < 0)
		return cli_opts_status(opt);
	if (optind == argc)
		return cli_fail(cli, CLI_USAGE, "a script is missing, as in linnet drill "
				"tests/pkt/close/active.pkt");
	if (d.pcap && argc - optind > 1)
		return cli_fail(cli, CLI_USAGE, "--pcap is for one script, not %d", argc - optind);
	return run_all(argv + optind, argc - optind, &d, quiet);
}

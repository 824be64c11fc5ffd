/* SPDX-License-Identifier: MIT */
/* linnet calc: the address calculator (row I2). */
#include <stdio.h>

#include "cli/cli_opts.h"
#include "ctl/calc.h"

#define TEXT_MAX 4096

const char help_calc[] =
"usage: linnet calc ADDRESS[/LENGTH | /MASK] ...\n"
"\n"
"Splits an IPv4 address into network and host, in numbers and bits:\n"
"  linnet calc 10.100.122.2/24\n"
"  linnet calc 192.168.1.77/255.255.255.192\n";

int cmd_calc(const struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = { { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	struct cli_opts o = CLI_OPTS(cli, argc, argv, "", longs);
	int opt = cli_getopt(&o);

	if (opt < 0)
		return cli_opts_status(opt);
	if (optind == argc)
		return cli_fail(cli, CLI_USAGE, "an address is missing, as in linnet calc "
				"10.100.122.2/24");
	for (int i = optind; i < argc; i++) {
		char text[TEXT_MAX];
		struct strbuf sb;

		sb_init(&sb, text, sizeof(text));
		if (calc_addr(argv[i], &sb))
			return cli_fail(cli, CLI_USAGE, "\"%s\" is no IPv4 address; expected one "
					"as 10.100.122.2/24 or 10.100.122.2/255.255.255.0",
					argv[i]);
		if (i > optind)
			putchar('\n');
		fputs(text, stdout);
	}
	return CLI_OK;
}

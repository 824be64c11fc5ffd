/* SPDX-License-Identifier: MIT */
/* linnet calc: the address calculator (row I2). */
#include <arpa/inet.h>
#include <stdio.h>

#include "app/util/inet.h"
#include "cli/cli_opts.h"
#include "ctl/calc.h"

#define TEXT_MAX 4096

const char help_calc[] =
"usage: linnet calc ADDRESS[/LENGTH | /MASK | MASK] ...\n"
"\n"
"Splits an IPv4 address into network and host, in numbers and bits:\n"
"  linnet calc 10.100.122.2/24\n"
"  linnet calc 192.168.1.77/255.255.255.192\n";

static bool is_mask(const char *text)
{
	be32 mask;
	u32 m;

	if (!inet4_parse(text, &mask))
		return false;
	m = ~ntohl(mask);
	return m < 1u << 24 && !(m & (m + 1));
}

static int bad_addr(const struct cli *cli, const char *text)
{
	const char *slash = strchr(text, '/');
	char addr[INET4_TEXT_MAX] = "";
	be32 a;

	if (slash)
		snprintf(addr, sizeof(addr), "%.*s", (int)(slash - text), text);
	if (inet4_parse(addr, &a))
		return cli_fail(cli, CLI_USAGE, "\"%s\" is no length of a network; expected /0 to "
				"/32, or a mask as /255.255.255.0", slash);
	return cli_fail(cli, CLI_USAGE, "\"%s\" is no IPv4 address; expected one as "
			"10.100.122.2/24 or 10.100.122.2/255.255.255.0", text);
}

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
		char text[TEXT_MAX], word[64];
		struct strbuf sb;

		if (i > optind)
			putchar('\n');
		snprintf(word, sizeof(word), "%s", argv[i]);
		if (!strchr(word, '/') && i + 1 < argc && is_mask(argv[i + 1]))
			snprintf(word, sizeof(word), "%s/%s", argv[i], argv[i + 1]);
		sb_init(&sb, text, sizeof(text));
		if (calc_addr(word, &sb))
			return bad_addr(cli, argv[i]);
		i += !strchr(argv[i], '/') && strchr(word, '/');
		fputs(text, stdout);
	}
	return CLI_OK;
}

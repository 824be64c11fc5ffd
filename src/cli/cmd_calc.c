/* SPDX-License-Identifier: MIT */
/* linnet calc: the address calculator (row I2). */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "app/util/inet.h"
#include "cli/cli_opts.h"
#include "ctl/calc.h"

#define TEXT_MAX 4096

enum { OPT_JSON = CLI_OPT };

const char help_calc[] =
"usage: linnet calc [--json] ADDRESS[/LENGTH | /MASK | MASK] | PREFIX/LENGTH MAC ...\n"
"\n"
"Splits an address into network and host; IPv4 in numbers and bits, IPv6 with what it is called\n"
"elsewhere: written out, the group that neighbours ask, its MAC, the name for its reverse lookup.\n"
"An IPv6 prefix and a MAC are the address that SLAAC makes of them.\n"
"  linnet calc 10.100.122.2/24\n"
"  linnet calc 192.168.1.77/255.255.255.192\n"
"  linnet calc 2001:db8:1::100/64\n"
"  linnet calc 2001:db8:1::/64 02:00:00:00:01:01\n"
"  linnet calc --json fe80::ff:fe00:101\n";

static bool is_mask(const char *text)
{
	be32 mask;
	u32 m;

	if (!inet4_parse(text, &mask))
		return false;
	m = ~ntohl(mask);
	return m < 1u << 24 && !(m & (m + 1));
}

/* What SLAAC makes of a prefix of at most 64 bits and a MAC (RFC 4862 5.5.3, RFC 4291 app. A). */
static bool is_slaac(const char *prefix, const char *mac_text, char *word, size_t cap)
{
	struct ip6_addr addr, id;
	char text[IP6_STR_MAX];
	int end = 0;
	u8 plen, mac[6];

	if (!strchr(prefix, '/') || !ip6_prefix_parse(prefix, &addr, &plen) || plen > 64 ||
	    sscanf(mac_text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		   &mac[3], &mac[4], &mac[5], &end) != 6 || mac_text[end])
		return false;
	id = ipv6_linklocal_eui64(mac);
	addr = ipv6_addr_prefix(&addr, plen);
	memcpy(addr.s6_addr + 8, id.s6_addr + 8, 8);
	snprintf(word, cap, "%s/%u", ip6_addr_str(&addr, text), plen);
	return true;
}

/* The argument, with a mask or a MAC that stands behind it. Return: how many words they are. */
static int take_word(char **args, int left, char *word, size_t cap)
{
	snprintf(word, cap, "%s", args[0]);
	if (left < 2)
		return 1;
	if (!strchr(word, '/') && is_mask(args[1])) {
		snprintf(word, cap, "%s/%s", args[0], args[1]);
		return 2;
	}
	return is_slaac(args[0], args[1], word, cap) ? 2 : 1;
}

static int bad_addr(const struct cli *cli, const char *text)
{
	const char *slash = strchr(text, '/');
	char addr[IP6_STR_MAX] = "";
	struct ip6_addr a6;
	be32 a;

	if (slash)
		snprintf(addr, sizeof(addr), "%.*s", (int)(slash - text), text);
	if (inet4_parse(addr, &a))
		return cli_fail(cli, CLI_USAGE, "\"%s\" is no length of a network; expected /0 to "
				"/32, or a mask as /255.255.255.0", slash);
	if (ip6_addr_parse(addr, &a6))
		return cli_fail(cli, CLI_USAGE, "\"%s\" is no length of a prefix; expected /0 to "
				"/128", slash);
	return cli_fail(cli, CLI_USAGE, "\"%s\" is no address; expected one as 10.100.122.2/24, "
			"10.100.122.2/255.255.255.0 or 2001:db8:1::100/64", text);
}

int cmd_calc(const struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", 0, NULL, OPT_JSON }, { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	struct cli_opts o = CLI_OPTS(cli, argc, argv, "", longs);
	char text[TEXT_MAX], word[64];
	struct strbuf sb;
	struct json js;
	bool json = false;
	int opt, n = 0;

	while ((opt = cli_getopt(&o)) > 0)
		json = true;
	if (opt < 0)
		return cli_opts_status(opt);
	if (optind == argc)
		return cli_fail(cli, CLI_USAGE, "an address is missing, as in linnet calc "
				"10.100.122.2/24");
	for (int i = optind; i < argc; i += n) {
		n = take_word(argv + i, argc - i, word, sizeof(word));
		sb_init(&sb, text, sizeof(text));
		json_init(&js, &sb, true);
		if (json ? calc_json(word, &js) : calc_addr(word, &sb))
			return bad_addr(cli, argv[i]);
		printf("%s%s", i == optind ? json ? "[" : "" : json ? "," : "\n", text);
	}
	fputs(json ? "]\n" : "", stdout);
	return CLI_OK;
}

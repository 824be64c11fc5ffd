/* SPDX-License-Identifier: MIT */
#include "cli/cli_opts.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/util/inet.h"
#include "base/fmt.h"
#include "lab/topo_files.h"
#include "wire/eth.h"
#include "wire/inet_addr.h"

#define FILE_MAX ((size_t)64 << 20)

static int bad_option(struct cli_opts *o, bool missing_value)
{
	const char *word = o->argv[optind - 1], *names[64], *best;
	size_t n = 0, len = strcspn(word, "=");
	char plain[64];

	if (missing_value)
		return cli_fail(o->cli, CLI_OPTS_BAD, "option %s needs a value; see linnet %s "
				"--help", word, o->cli->cmd->name);
	if (word[0] != '-' || word[1] != '-')
		return cli_fail(o->cli, CLI_OPTS_BAD, "unknown option -%c; see linnet %s --help",
				optopt ? optopt : word[1], o->cli->cmd->name);
	for (const struct option *l = o->longs; l->name && n < 63; l++)
		names[n++] = l->name;
	names[n] = NULL;
	snprintf(plain, sizeof(plain), "%.*s", (int)min(len - 2, sizeof(plain) - 1), word + 2);
	best = cli_closest(plain, names);
	if (best)
		return cli_fail(o->cli, CLI_OPTS_BAD, "unknown option --%s; did you mean --%s?",
				plain, best);
	return cli_fail(o->cli, CLI_OPTS_BAD, "unknown option %s (or a value that it does not "
			"take); see linnet %s --help", word, o->cli->cmd->name);
}

int cli_getopt(struct cli_opts *o)
{
	static const char always[] = "h";
	char shorts[64];
	int index = -1, opt;

	snprintf(shorts, sizeof(shorts), ":%s%s", o->shorts, always);
	opterr = 0;
	opt = getopt_long(o->argc, o->argv, shorts, o->longs, &index);
	if (opt == -1)
		return CLI_OPTS_END;
	if (opt == '?' || opt == ':')
		return bad_option(o, opt == ':');
	if (opt == 'h') {
		fputs(o->cli->cmd->help, stdout);
		return CLI_OPTS_HELP;
	}
	o->name = NULL;
	for (const struct option *l = o->longs; l->name && !o->name; l++)
		if (l->val == opt)
			o->name = l->name;
	return opt;
}

/* ---- values ---- */

static bool bad_value(const struct cli_opts *o, const char *arg, const char *expected)
{
	cli_fail(o->cli, 0, "--%s is \"%s\"; expected %s", o->name, arg, expected);
	return false;
}

bool cli_time(const struct cli_opts *o, const char *arg, s64 *ns)
{
	char with_unit[40];

	if (!parse_duration_ns(arg, ns)) {
		snprintf(with_unit, sizeof(with_unit), "%ss", arg);
		if (strlen(arg) > 30 || !parse_duration_ns(with_unit, ns))
			*ns = 0;
	}
	return *ns > 0 || bad_value(o, arg, "a time: 10 (seconds), 2.5s, 100ms, 1m");
}

bool cli_number(const struct cli_opts *o, const char *arg, u64 least, u64 most, u64 *n)
{
	char expected[80];

	if (parse_u64(arg, most, n) && *n >= least)
		return true;
	snprintf(expected, sizeof(expected), "a number from %llu to %llu",
		 (unsigned long long)least, (unsigned long long)most);
	return bad_value(o, arg, expected);
}

bool cli_port(const struct cli_opts *o, const char *arg, u16 *port)
{
	u64 n;

	if (!parse_u64(arg, 65535, &n) || !n)
		return bad_value(o, arg, "a port, 1 to 65535");
	*port = (u16)n;
	return true;
}

bool cli_addr(const struct cli_opts *o, const char *arg, struct ipaddr *addr)
{
	return ipaddr_parse(NULL, arg, addr) ||
	       bad_value(o, arg, "an address as 10.0.0.1 or 2001:db8::1");
}

bool cli_prefix(const struct cli_opts *o, const char *arg)
{
	const char *slash = strchr(arg, '/');
	char addr[IPADDR_TEXT_MAX] = "";
	struct ipaddr parsed;
	u64 len;

	if (slash && slash - arg < IPADDR_TEXT_MAX)
		snprintf(addr, sizeof(addr), "%.*s", (int)(slash - arg), arg);
	if (ipaddr_parse(NULL, addr, &parsed) &&
	    parse_u64(slash + 1, parsed.family == LN_AF_INET6 ? 128 : 32, &len) && len)
		return true;
	return bad_value(o, arg, "an address with the length of its network, as 10.0.0.2/24 or "
			 "2001:db8::2/64");
}

bool cli_mac(const struct cli_opts *o, const char *arg, u8 mac[6])
{
	if (!mac_parse(arg, mac))
		return bad_value(o, arg, "a MAC address as 02:00:00:00:00:01");
	return is_valid_ether_addr(mac) ||
	       bad_value(o, arg, "the address of one card: an even first byte, and not all 0");
}

char *cli_read_file(const struct cli *cli, const char *path, size_t *len)
{
	char *data = NULL;
	int err = topo_disk_files.read(&topo_disk_files, path, FILE_MAX, &data, len);

	if (!err)
		return data;
	cli_fail(cli, 0, "%s: %s", path, strerror(-err));
	return NULL;
}

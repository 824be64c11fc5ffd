/* SPDX-License-Identifier: MIT */
/* linnet get: a URL typed on one machine, the page shown on it. */
#include <stdlib.h>

#include "cli/get.h"

const char help_get[] =
"usage: linnet get [OPTIONS] URL ...\n"
"\n"
"Fetches pages. Without --dev this happens in a lab, in one process and virtual time: on `laptop`\n"
"of the built-in internet, with every cache empty at the start. Several URLs are fetched one\n"
"after the other in the same run, so that later ones find what the caches know.\n"
"\n"
"  -o, --output FILE    the page goes there instead of standard output\n"
"  -i, --include        status line and header fields before the page\n"
"  -I, --head           only these (HEAD)\n"
"  -v, --verbose        what is sent (>) and answered (<) before the page, on standard error\n"
"  -s, --silent         no progress; nor is there any with a journey that goes to a file\n"
"  -H, --header 'N: V'  send this header field\n"
"  -4, --ipv4           over IPv4 alone\n"
"  -6, --ipv6           over IPv6 alone; without --lab and --dev in the dual-stack lab internet6\n"
"      --json           all that is known of the get as one JSON object for each URL, on standard\n"
"                       output; the page then only goes to -o. Times are ns from its start\n"
"      --max-time TIME  give up after so long (30, 2.5s, 100ms)\n"
"      --no-redirects   a redirect is a result\n"
"      --keep-alive     later URLs may use the connection of earlier ones\n"
WATCH_HELP
"      --seed N         of all that is random. Same seed, same run, to the byte\n"
"\n"
"In a lab:\n"
"      --lab FILE       another lab: a file, or the name of one that ships (linnet lab list). Its\n"
"                       timed actions are left out\n"
"      --on NODE        the node to be on; left out: laptop\n"
"\n"
"On a real network, over a TAP device or another interface:\n"
NET_OPTS_HELP
"      --dhcp           ask for an address, and what belongs to it, by DHCP\n"
NET_OPTS_TAP_HELP
"\n"
"  linnet get http://www.server.com/ --journey\n"
"  linnet get -6 http://www.server.com/ --journey\n"
"  linnet get http://moon/ --lab lossy-long-link --on earth --pcap /tmp/moon.pcapng -o page.html\n"
"  linnet get http://10.0.0.1/ --dev tap0 --addr 10.0.0.2/24 --link \"loss: 1%\"\n"
"\n"
"Exit status:\n"
CLI_EXIT_HELP;

enum { OPT_JSON = CLI_OPT, OPT_MAX_TIME, OPT_NO_REDIRECTS, OPT_KEEP_ALIVE, OPT_SEED, OPT_LAB,
       OPT_ON, OPT_DHCP };

static const struct option longs[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "include", no_argument, NULL, 'i' },
	{ "head", no_argument, NULL, 'I' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "silent", no_argument, NULL, 's' },
	{ "header", required_argument, NULL, 'H' },
	{ "ipv4", no_argument, NULL, '4' },
	{ "ipv6", no_argument, NULL, '6' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "max-time", required_argument, NULL, OPT_MAX_TIME },
	{ "no-redirects", no_argument, NULL, OPT_NO_REDIRECTS },
	{ "keep-alive", no_argument, NULL, OPT_KEEP_ALIVE },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "lab", required_argument, NULL, OPT_LAB },
	{ "on", required_argument, NULL, OPT_ON },
	{ "dhcp", no_argument, NULL, OPT_DHCP },
	{ "help", no_argument, NULL, 'h' },
	WATCH_LONG_OPTS,
	NET_LONG_OPTS,
	{ NULL, 0, NULL, 0 },
};

/* "Name: value" in place; the parts stay in argv. */
static bool take_header(struct get_opts *g, char *arg)
{
	char *colon = strchr(arg, ':');

	if (!colon || colon == arg || g->nheaders == GET_HEADERS_MAX) {
		if (g->nheaders == GET_HEADERS_MAX)
			cli_fail(g->cli, 0, "--header: at most %d can be given", GET_HEADERS_MAX);
		else
			cli_fail(g->cli, 0, "--header is \"%s\"; expected 'Name: value'", arg);
		return false;
	}
	*colon++ = '\0';
	g->headers[g->nheaders++] = (struct http_header){ arg, colon + strspn(colon, " \t") };
	return true;
}

static bool take_plain(struct get_opts *g, const struct cli_opts *o, int opt)
{
	switch (opt) {
	case 'o': g->output = optarg; return true;
	case 'i': g->include = true; return true;
	case 'I': g->head = true; return true;
	case 'v': g->verbose = true; return true;
	case 's': g->silent = true; return true;
	case '4': g->family = LN_AF_INET; return true;
	case '6': g->family = LN_AF_INET6; return true;
	case 'H': return take_header(g, optarg);
	case OPT_JSON: g->json = true; return true;
	case OPT_MAX_TIME: return cli_time(o, optarg, &g->max_time_ns);
	case OPT_NO_REDIRECTS: g->no_redirects = true; return true;
	case OPT_KEEP_ALIVE: g->keep_alive = true; return true;
	case OPT_LAB: g->lab = optarg; return true;
	case OPT_ON: g->node = optarg; return true;
	case OPT_DHCP: g->net.dhcp = true; return true;
	default: return cli_number(o, optarg, 1, UINT64_MAX, &g->seed);
	}
}

/* 0; 1: help was printed; -1: told. */
static int take_options(struct get_opts *g, struct cli_opts *o)
{
	int opt;

	while ((opt = cli_getopt(o)) > 0) {
		int taken = watch_take(&g->watch, o, opt);

		if (!taken)
			taken = net_opts_take(&g->net, o, opt);
		if (taken < 0 || (!taken && !take_plain(g, o, opt)))
			return -1;
	}
	return opt == CLI_OPTS_HELP ? 1 : opt;
}

static int get_all(struct get_opts *g, char **urls, int n, FILE *out)
{
	struct get_world w = { 0 };
	struct journey_totals totals;
	int status = get_world_open(&w, g);
	bool opened = !status;

	for (int i = 0; opened && i < n && status != CLI_INTERRUPTED; i++) {
		int s = get_page(&w, g, urls[i], out);

		status = status ? status : s;
	}
	get_world_totals(&w, &totals);
	if (!get_world_close(&w, g->cli) && !status)
		status = CLI_OTHER;
	if (!watch_close(&g->watch, g->cli, opened ? &totals : NULL) && !status)
		status = CLI_OTHER;
	return status;
}

int cmd_get(const struct cli *cli, int argc, char **argv)
{
	struct get_opts g = { .cli = cli, .net.has_dhcp = true };
	struct cli_opts o = CLI_OPTS(cli, argc, argv, "o:iIvsH:46", longs);
	int status = take_options(&g, &o);
	FILE *out = g.json ? NULL : stdout;

	if (status) {
		status = status > 0 ? CLI_OK : CLI_USAGE;
	} else if (optind == argc) {
		status = cli_fail(cli, CLI_USAGE, "a URL is missing, as in linnet get "
				  "http://www.server.com/");
	} else {
		if (g.output)
			out = fopen(g.output, "wbe");
		if (g.output && !out)
			status = cli_fail(cli, CLI_OTHER, "%s: %s", g.output, strerror(errno));
		else
			status = get_all(&g, argv + optind, argc - optind, out);
		if (g.output && out && fclose(out) && !status)
			status = cli_fail(cli, CLI_OTHER, "%s: %s", g.output, strerror(errno));
	}
	net_opts_free(&g.net);
	return status;
}

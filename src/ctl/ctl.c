/* SPDX-License-Identifier: MIT */
/* The door: the table of commands, `help`, and ln_ctl(). */
#include "ctl/ctl.h"

#include <linnet/ctl.h>

#include "base/near_word.h"
#include "ctl/args.h"
#include "ctl/help.h"

static int ctl_help(struct ctl *c);

static const struct ctl_command commands[] = {
	{ "ip", ctl_ip, "devices, addresses, routes, neighbours (iproute2)", HELP_IP },
	{ "ifconfig", ctl_ifconfig, "devices and their addresses (net-tools)", HELP_IFCONFIG },
	{ "route", ctl_route, "the routing table (net-tools)", HELP_ROUTE },
	{ "arp", ctl_arp, "the neighbour table (net-tools)", HELP_ARP },
	{ "netstat", ctl_netstat, "connections, routes, devices, counters (net-tools)",
	  HELP_NETSTAT },
	{ "ss", ctl_ss, "sockets, with what TCP knows of them (iproute2)", HELP_SS },
	{ "ethtool", ctl_ethtool, "the card: rings, moderation, counters", HELP_ETHTOOL },
	{ "sysctl", ctl_sysctl, "settings by name", HELP_SYSCTL },
	{ "bridge", ctl_bridge, "a switch's ports and MAC table (iproute2)", HELP_BRIDGE },
	{ "brctl", ctl_brctl, "a switch's ports and MAC table (bridge-utils)", HELP_BRCTL },
	{ "tc", ctl_tc, "queueing disciplines (iproute2)", HELP_TC },
	{ "nft", ctl_nft, "rules for packets, in nftables' language", HELP_NFT },
	{ "conntrack", ctl_conntrack, "connections that are tracked", HELP_CONNTRACK },
	{ "cat", ctl_cat, "/proc/net/*, /proc/sys/*, /proc/softirqs, /proc/interrupts", HELP_CAT },
	{ "echo", ctl_echo, "text, also into /proc/sys: echo 1 > /proc/sys/...", HELP_ECHO },
	{ "hostname", ctl_hostname, "the instance's name", HELP_HOSTNAME },
	{ "stat", ctl_stat, "ledger of frames, drops by reason, copies, memory", HELP_STAT },
	{ "calc", ctl_calc, "network and host of an address", HELP_CALC },
	{ "help", ctl_help, "this list, or the usage of a command", HELP_HELP },
};

const struct ctl_command *ctl_command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

const char *ctl_command_name(size_t i)
{
	return i < ARRAY_SIZE(commands) ? commands[i].name : NULL;
}

static void list_commands(struct ctl *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		sb_printf(c->out, "  %-9s %s\n", commands[i].name, commands[i].brief);
}

static int unknown_command(struct ctl *c, const char *name)
{
	const char *best = NULL;
	unsigned least = 3;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned d = word_distance(name, commands[i].name);

		if (d < least && d < strlen(commands[i].name)) {
			least = d;
			best = commands[i].name;
		}
	}
	sb_printf(c->out, "%s: command not found", name);
	if (best)
		sb_printf(c->out, "; did you mean \"%s\"?", best);
	sb_puts(c->out, "\nThese are known (\"help NAME\" tells more):\n");
	list_commands(c);
	return -EINVAL;
}

static int ctl_help(struct ctl *c)
{
	const char *name = arg_next(c);
	const struct ctl_command *cmd;

	if (!name) {
		list_commands(c);
		return 0;
	}
	cmd = ctl_command_find(name);
	if (!cmd)
		return unknown_command(c, name);
	sb_puts(c->out, cmd->help);
	return 0;
}

static bool is_command(const char *begin, size_t n, const char *name)
{
	size_t len = strlen(name);

	return n >= len && !memcmp(begin + n - len, name, len) &&
	       (n == len || begin[n - len - 1] == '/');
}

/* nft reads a language of its own: quotes, pipes and lines are not the shell's. Nor are the lines
 * behind "ip -batch NAME". */
const char *ctl_text_of(const char *cmdline)
{
	const char *begin = cmdline + strspn(cmdline, " \t"), *lines = strchr(begin, '\n'), *b;
	size_t n = strcspn(begin, " \t\n");

	if (is_command(begin, n, "nft"))
		return begin + n;
	if (!lines || !is_command(begin, n, "ip"))
		return NULL;
	b = strstr(begin, " -b");
	return b && b < lines ? lines + 1 : NULL;
}

/* nft's text begins in its line. */
static bool is_batch(const char *cmdline, const char *text)
{
	return text > cmdline && text[-1] == '\n';
}

/* The first line's words; text is room for them. */
static int split_first(struct ctl *c, const char *cmdline, char text[CTL_LINE_MAX],
		       const char **argv)
{
	char first[512];
	size_t n = c->text ? (size_t)(c->text - 1 - cmdline) : 0;

	if (!c->text)
		return ctl_split(cmdline, text, CTL_LINE_MAX, argv, CTL_WORDS_MAX);
	if (n >= sizeof(first))
		return -E2BIG;
	memcpy(first, cmdline, n);
	first[n] = '\0';
	return ctl_split(first, text, CTL_LINE_MAX, argv, CTL_WORDS_MAX);
}

int ctl_exec(struct net *net, const char *cmdline, struct strbuf *out)
{
	char text[CTL_LINE_MAX];
	const char *argv[CTL_WORDS_MAX];
	struct ctl c = { .net = net, .out = out, .argv = argv, .pos = 1 };
	const struct ctl_command *cmd;
	const char *slash;

	c.text = ctl_text_of(cmdline);
	if (c.text && !is_batch(cmdline, c.text))
		return ctl_nft(&c);
	c.argc = split_first(&c, cmdline, text, argv);
	if (c.argc == -E2BIG)
		return ctl_fail(&c, -E2BIG, "command line too long (at most %d bytes, %d words)",
				CTL_LINE_MAX, CTL_WORDS_MAX);
	if (c.argc < 0)
		return ctl_fail(&c, c.argc, "unterminated quoted string");
	if (!c.argc)
		return 0;
	slash = strrchr(argv[0], '/');		/* /sbin/ip is ip */
	if (slash)
		argv[0] = slash + 1;
	cmd = ctl_command_find(argv[0]);
	return cmd ? cmd->run(&c) : unknown_command(&c, argv[0]);
}

int ln_ctl(struct ln_net *net, const char *cmd, char *out, size_t cap, size_t *len)
{
	struct strbuf sb;
	int err;

	sb_init(&sb, out, out ? cap : 0);
	err = cmd ? ctl_exec(net_of(net), cmd, &sb) : -EFAULT;
	if (len)
		*len = sb.len;
	return err;
}

/* SPDX-License-Identifier: MIT */
/*
 * Configuration as data with one door (law 10): the command lines that people know, run
 * against one instance. Nothing is parsed elsewhere: a lab's `exec:` list, the program's
 * subcommands, tests and embedders (ln_ctl) all come through ctl_exec().
 *
 *	"ip -br addr show dev eth0"
 *	  tokenizer (ctl_words.c) -> words
 *	  command table (ctl.c)   -> the tool, one family of files each
 *	  the tool                -> reads and changes the layers below through their headers,
 *	                             prints what Linux's tool prints for the same state
 *
 * Formats are those of iproute2 6.1, net-tools 2.10, ethtool 6.1 and procps 4; what a tool
 * writes to stderr stands in the same output. Where Linux prints what does not exist here
 * (a process id, an inode), there is `-` or 0.
 *
 * A tool returns 0 or a negative errno, with its message already printed. Nothing is
 * allocated but by the layers that are changed; a line has at most CTL_LINE_MAX bytes and
 * CTL_WORDS_MAX words. Tools never call net_run(): what they change takes effect there.
 */
#ifndef LINNET_CTL_CTL_H
#define LINNET_CTL_CTL_H

#include "base/fmt.h"
#include "base/netns.h"
#include "ctl/json.h"

#define CTL_LINE_MAX 4096
#define CTL_WORDS_MAX 128

/* For %llu. */
static inline unsigned long long ull(u64 v)
{
	return v;
}

struct ctl {
	struct net *net;
	struct strbuf *out;
	const char *const *argv;	/* argv[0] is the command's name */
	int argc;
	int pos;			/* next word to read */
	const char *text;		/* nft: what stands behind its name, as it was written */

	/* options of ip, bridge and tc */
	u8 stats;			/* how many -s */
	u8 family;			/* 0, LN_AF_INET or LN_AF_INET6 */
	bool brief, oneline, details, human, json;
	struct json js;
};

struct ctl_command {
	const char *name;
	int (*run)(struct ctl *c);
	const char *brief;		/* one line for `help` */
	const char *help;		/* what `help NAME` prints: the usage */
};

/**
 * ctl_exec - run one command line
 * @out: what the command prints is appended
 *
 * Return: 0 or a negative errno; -EINVAL for what is not a command.
 */
int ctl_exec(struct net *net, const char *cmdline, struct strbuf *out);

/* What the Linux tool ends with when the command fails and says so. */
int ctl_exit_status(const char *cmdline, const char *out);

/* A command that is not made of the shell's words (nft): what stands behind its name, else NULL. */
const char *ctl_text_of(const char *cmdline);

const struct ctl_command *ctl_command_find(const char *name);
/* The i-th one's name; NULL past the last. */
const char *ctl_command_name(size_t i);

/* Splits line into words in buf (shell quoting). Words, or -EINVAL (open quote), -E2BIG. */
int ctl_split(const char *line, char *buf, size_t cap, const char **argv, int max);

/* ---- the tools ---- */

int ctl_conntrack(struct ctl *c);
int ctl_nft(struct ctl *c);
int ctl_ip(struct ctl *c);
int ctl_ip_link(struct ctl *c);
int ctl_ip_addr(struct ctl *c);
int ctl_ip_route(struct ctl *c);
int ctl_ip_rule(struct ctl *c);
int ctl_ip_neigh(struct ctl *c);
int ctl_ip_maddr(struct ctl *c);
int ctl_ip_tcp_metrics(struct ctl *c);
int ctl_bridge(struct ctl *c);
int ctl_brctl(struct ctl *c);
int ctl_ifconfig(struct ctl *c);
int ctl_route(struct ctl *c);
int ctl_arp(struct ctl *c);
int ctl_netstat(struct ctl *c);
int ctl_ss(struct ctl *c);
int ctl_ethtool(struct ctl *c);
int ctl_sysctl(struct ctl *c);
int ctl_cat(struct ctl *c);
int ctl_echo(struct ctl *c);
int ctl_hostname(struct ctl *c);
int ctl_stat(struct ctl *c);
int ctl_tc(struct ctl *c);
int ctl_calc(struct ctl *c);

#endif

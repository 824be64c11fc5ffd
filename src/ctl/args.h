/* SPDX-License-Identifier: MIT */
/*
 * Reading a tool's words, and saying what is wrong with them in the words of the Linux tools.
 * All functions that print an error return its negative errno.
 */
#ifndef LINNET_CTL_ARGS_H
#define LINNET_CTL_ARGS_H

#include "ctl/ctl.h"
#include "device/netdevice.h"

static inline bool arg_more(const struct ctl *c)
{
	return c->pos < c->argc;
}

/* The next word, or NULL at the end. */
static inline const char *arg_peek(const struct ctl *c)
{
	return arg_more(c) ? c->argv[c->pos] : NULL;
}

static inline const char *arg_next(struct ctl *c)
{
	return arg_more(c) ? c->argv[c->pos++] : NULL;
}

/* Equal. w may be NULL. */
bool arg_is(const char *w, const char *full);
/* A beginning of `full`, as iproute2 takes its keywords: "a", "ad", "addr". Not the empty word. */
bool arg_matches(const char *w, const char *full);
/* Skips the next word when it matches. */
bool arg_take(struct ctl *c, const char *full);

/* The value that must follow a keyword. -EINVAL "Command line is not complete." */
int arg_value(struct ctl *c, const char **value) __must_check;
int arg_u32(struct ctl *c, const char *what, u32 *value) __must_check;	/* prints what is wrong */

/* The device named by the next word, or by `name`: Cannot find device "x", -ENODEV. */
int arg_dev(struct ctl *c, struct net_device **dev) __must_check;
int ctl_find_dev(struct ctl *c, const char *name, struct net_device **dev) __must_check;

/* "10.0.0.1/24", "10/8", "10.0.0.0/255.0.0.0", "default", "any", "all" as iproute2 reads them. */
struct arg_prefix {
	be32 addr;
	u8 plen;
	bool has_len;		/* a length was written; else plen is 32 */
	bool any;		/* a word for everything: all else is 0 */
};
bool prefix_parse(const char *s, struct arg_prefix *p) __must_check;
int arg_prefix(struct ctl *c, struct arg_prefix *p) __must_check;
int arg_addr(struct ctl *c, be32 *addr) __must_check;
int arg_mac(struct ctl *c, u8 mac[6]) __must_check;

/* Error messages; each prints a line and returns err. */
__printf(3, 4) int ctl_fail(struct ctl *c, int err, const char *fmt, ...);
int rtnl_error(struct ctl *c, int err);			/* RTNETLINK answers: ... */
int arg_invalid(struct ctl *c, const char *msg, const char *arg);	/* Error: argument ... */
int arg_garbage(struct ctl *c, const char *dup, const char *word);
int arg_unknown_command(struct ctl *c, const char *word, const char *help);
int ctl_usage(struct ctl *c, const char *text);		/* prints it; -EINVAL */
int ctl_print(struct ctl *c, const char *text);		/* prints it; 0 */
const char *errno_text(int err);			/* of a positive or negative errno */

/* The usage of a tool, when the words ask for it: help, -h, --help. */
bool arg_wants_help(const char *w);

/* ip's line end: a backslash with -o. */
void ctl_nl(struct ctl *c);

#endif

/* SPDX-License-Identifier: MIT */
/* conntrack -E: connections as they begin, change and end, a line each; -E expect: what is
 * expected. */
#ifndef LINNET_CTL_CT_EVENT_H
#define LINNET_CTL_CT_EVENT_H

#include "ctl/ct_show.h"
#include "net/netfilter/nf_conntrack_ecache.h"

#define CT_EVENT_LINE_MAX 1024

struct ct_watch {
	struct nf_ct_watcher watcher;
	struct ctl c;
	struct ct_listing l;
	bool expect;			/* what helpers expect, in the place of connections */
	void (*line)(void *ctx, const char *text, size_t len);
	void *ctx;
};

/* These words are of conntrack -E, which goes on until it is stopped: no command of ctl_exec(). */
bool ct_is_watch(int argc, const char *const *argv);

/**
 * ct_watch_open - reads the options and begins
 * @out: what is wrong with them
 * @line: called from within the stack, with a newline at the end: it may keep the text
 *
 * Return: 0, -EINVAL.
 */
int ct_watch_open(struct ct_watch *w, struct net *net, int argc, const char *const *argv,
		  struct strbuf *out);
void ct_watch_close(struct ct_watch *w);

#endif

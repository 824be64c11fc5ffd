/* SPDX-License-Identifier: MIT */
/*
 * What ss chooses sockets by: states, and expressions over addresses and ports.
 *
 *	state established		sport = :80 and ( dst 10.0.0.0/8 or not dport ge 1024 )
 *
 * An expression stays as words and is read anew for each row: it has a few words, and no memory is
 * needed.
 */
#ifndef LINNET_CTL_SS_FILTER_H
#define LINNET_CTL_SS_FILTER_H

#include "ctl/ctl.h"
#include "ctl/socks.h"

#define SS_ALL (BIT(TCP_MAX_STATES) - 1)
/* Neither listening nor closed nor a mini-socket. */
#define SS_CONN \
	(SS_ALL & ~(BIT(TCP_LISTEN) | BIT(TCP_CLOSE) | BIT(TCP_TIME_WAIT) | BIT(TCP_SYN_RECV)))

const char *ss_state_name(u8 state);		/* "ESTAB" */

/* "established", "fin-wait-1", "connected", ...: bits of enum tcp_state. False: no such name. */
bool ss_state_parse(const char *w, u32 *states);

struct ss_filter {
	struct net *net;
	const char *const *word;
	int n, pos;
	const char *wrong;		/* the word that was not understood */
	const struct sock_row *row;	/* NULL: only check the words */
	int depth;
};

/* Is the row chosen? Without words all are. wrong is set when the words make no sense. */
bool ss_filter_match(struct ss_filter *f, const struct sock_row *row);

#endif

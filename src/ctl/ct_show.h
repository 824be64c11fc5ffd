/* SPDX-License-Identifier: MIT */
/* Connections as conntrack-tools print them. */
#ifndef LINNET_CTL_CT_SHOW_H
#define LINNET_CTL_CT_SHOW_H

#include "base/fmt.h"
#include "ctl/ctl.h"
#include "net/netfilter/nf_conntrack.h"

enum ct_event { CT_LISTED, CT_NEW, CT_UPDATE, CT_DESTROY };	/* what a line is of */

struct ct_listing {		/* what was chosen, or is to be made */
	struct ctl *c;
	u8 protonum;			/* 0: all */
	u8 families;			/* NF_CT_*; 0: all */
	bool has_src, has_dst, any_nat;
	bool has_reply_src, has_reply_dst, has_mark;
	u8 src_pf, dst_pf, reply_src_pf, reply_dst_pf;
	union nf_inet_addr src, dst, reply_src, reply_dst;
	be16 sport, dport, reply_sport, reply_dport;	/* 0: any */
	u32 mark, mark_mask;
	u32 status, status_not;		/* IPS_* */
	s32 state;			/* of TCP; -1: any */
	s32 zone, dir_zone[IP_CT_DIR_MAX];	/* of both directions, of one alone; -1: any */
	s64 timeout;			/* -I, -U: -t, s; -1: as it is */
	bool extended, id, timestamp;	/* -o */
	enum ct_event event;		/* of the next line */
	bool stateless, marks;		/* ... without the state of TCP; with a mark of 0 */
	u8 events;			/* -E: bits of those that are wanted; 0: another command */
	u32 shown;
};

struct ct_expects {
	struct net *net;
	struct strbuf *out;
	u8 families;			/* NF_CT_* */
	u32 shown;
};

void ct_put_addr(struct strbuf *out, const struct nf_conntrack_tuple *t,
		 const union nf_inet_addr *a);
void ct_listing_init(struct ct_listing *l, struct ctl *c);
/* Options up to the end of the words. */
int ct_parse_filter(struct ctl *c, struct ct_listing *l);
bool ct_chosen(const struct ct_listing *l, const struct nf_conn *ct);
/* The line of one; the listing's l->shown is one more. False: it is not chosen. */
bool ct_put_conn(const struct nf_conn *ct, struct ct_listing *l);

/* ct_change.c */

/* -G, -I, -U, read with their options. -ENODATA: another command. */
int ct_change(struct ctl *c, const char *command, struct ct_listing *l);

/* One that is expected; and all of them, a line each: returns how many. */
struct nf_conntrack_expect;
void ct_put_expect(struct strbuf *out, const struct net *net,
		   const struct nf_conntrack_expect *e);
u32 ct_put_expects(struct net *net, struct strbuf *out, u8 families);

#endif

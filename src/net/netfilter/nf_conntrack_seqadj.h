/* SPDX-License-Identifier: MIT */
/*
 * Sequence numbers of a connection whose payload was rewritten: all that follows stands further
 * on, or back, by what was put in or taken out; acknowledgements of it are turned back.
 */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_SEQADJ_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_SEQADJ_H

#include "net/netfilter/nf_conntrack.h"

struct nf_ct_payload;

struct nf_ct_seqadj {			/* of one direction */
	u32 correction_pos;		/* of the last change, in the sender's numbers */
	s32 offset_before, offset_after;
};

/* The direction that info tells grew by off at seq. */
void nf_ct_seqadj_set(struct nf_conn *ct, enum ip_conntrack_info info, u32 seq, s32 off);
/* How far the numbers of this direction stand at seq. */
s32 nf_ct_seq_offset(const struct nf_conn *ct, enum ip_conntrack_dir dir, u32 seq);
/* A segment on its way. False: no memory, or cut short. */
bool nf_ct_seq_adjust(const struct nf_ct_payload *p);

#endif

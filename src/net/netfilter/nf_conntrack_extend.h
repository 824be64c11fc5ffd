/* SPDX-License-Identifier: MIT */
/* What few connections have: made when first needed, gone with the connection. */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_EXTEND_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_EXTEND_H

#include "net/netfilter/nf_conntrack_seqadj.h"

struct nf_conntrack_helper;

#define FTP_LINES 2		/* ends of lines that are remembered of each direction */

struct nf_ct_ext {
	u8 labels[16];			/* bits, the highest first */
	const struct nf_conntrack_helper *helper;	/* nf_conntrack_helper.h, or NULL */
	struct nf_ct_seqadj seqadj[IP_CT_DIR_MAX];	/* with IPS_SEQ_ADJUST */
	u32 ftp_line[IP_CT_DIR_MAX][FTP_LINES];	/* sequence numbers right behind a newline */
	u8 ftp_lines[IP_CT_DIR_MAX];
	u8 expecting;			/* expectations that it is the master of */
};

/* Of this connection; NULL: no memory. */
struct nf_ct_ext *nf_ct_ext_add(struct net *net, struct nf_conn *ct);
void nf_ct_ext_free(struct net *net, struct nf_conn *ct);

#endif

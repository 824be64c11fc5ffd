/* SPDX-License-Identifier: MIT */
/* What few connections have: made when first needed, gone with the connection. */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_EXTEND_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_EXTEND_H

#include "net/netfilter/nf_conntrack.h"

struct nf_ct_ext {
	u8 labels[16];			/* bits, the highest first */
};

/* Of this connection; NULL: no memory. */
struct nf_ct_ext *nf_ct_ext_add(struct net *net, struct nf_conn *ct);
void nf_ct_ext_free(struct net *net, struct nf_conn *ct);

#endif

/* SPDX-License-Identifier: MIT */
/* Connections as conntrack-tools print them. */
#ifndef LINNET_CTL_CT_SHOW_H
#define LINNET_CTL_CT_SHOW_H

#include "base/fmt.h"
#include "net/netfilter/nf_conntrack.h"

struct ct_expects {
	struct net *net;
	struct strbuf *out;
	u8 families;			/* NF_CT_* */
	u32 shown;
};

void ct_put_addr(struct strbuf *out, const struct nf_conntrack_tuple *t,
		 const union nf_inet_addr *a);
/* Those that are expected, a line each; returns how many. */
u32 ct_put_expects(struct net *net, struct strbuf *out, u8 families);

#endif

/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nf_conntrack_extend.h"

struct nf_ct_ext *nf_ct_ext_add(struct net *net, struct nf_conn *ct)
{
	if (!ct->ext)
		ct->ext = mem_zalloc(&net->mem, sizeof(*ct->ext));
	return ct->ext;
}

void nf_ct_ext_free(struct net *net, struct nf_conn *ct)
{
	if (ct->ext)
		mem_free(&net->mem, ct->ext, sizeof(*ct->ext));
	ct->ext = NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * What an sk_buff knows of its connection: skb->nfct is a counted pointer to a struct
 * nf_conntrack, with the packet's place in it (enum ip_conntrack_info) in the low three bits.
 * What a connection is, net/netfilter/nf_conntrack.h says.
 */
#ifndef LINNET_BASE_NFCT_H
#define LINNET_BASE_NFCT_H

#include "base/netns.h"

#define NFCT_INFOMASK ((uintptr_t)7)

enum ip_conntrack_info {	/* Linux's numbers */
	IP_CT_ESTABLISHED,	/* of a connection that was answered, in its first direction */
	IP_CT_RELATED,		/* an ICMP error about one */
	IP_CT_NEW,		/* the first direction, unanswered */
	IP_CT_IS_REPLY,		/* what is added to the first two for the other direction */
	IP_CT_ESTABLISHED_REPLY = IP_CT_ESTABLISHED + IP_CT_IS_REPLY,
	IP_CT_RELATED_REPLY = IP_CT_RELATED + IP_CT_IS_REPLY,
	IP_CT_UNTRACKED = 7,
};

struct nf_conntrack {
	u32 use;
} __aligned(8);

static inline void nfct_get(uintptr_t nfct)
{
	if (unlikely(nfct & ~NFCT_INFOMASK))
		((struct nf_conntrack *)(nfct & ~NFCT_INFOMASK))->use++;
}

/* An answer that was made here belongs to what it answers, in the other direction; it is not
 * tracked anew, and NAT rewrites it as it would a packet of the peer's. */
static inline void nf_ct_attach(uintptr_t *answer, uintptr_t nfct)
{
	uintptr_t info = nfct & NFCT_INFOMASK;

	if (likely(!(nfct & ~NFCT_INFOMASK)))
		return;
	nfct_get(nfct);
	*answer = (nfct & ~NFCT_INFOMASK) |
		  (info >= IP_CT_IS_REPLY ? IP_CT_RELATED : IP_CT_RELATED_REPLY);
}

static inline void nfct_put(struct net *net, uintptr_t nfct)
{
	struct nf_conntrack *ct = (struct nf_conntrack *)(nfct & ~NFCT_INFOMASK);

	if (unlikely(ct) && !--ct->use)
		net->nfct_destroy(net, ct);
}

#endif

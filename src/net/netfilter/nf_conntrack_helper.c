/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nf_conntrack_helper.h"

#include "net/netfilter/nf_conntrack_expect.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

const struct nf_conntrack_helper *nf_conntrack_helper_find(const char *name, u8 protonum)
{
	static const struct nf_conntrack_helper *const all[] = {
		&nf_conntrack_helper_ftp, &nf_conntrack_helper_tftp,
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i]->name, name) && all[i]->protonum == protonum)
			return all[i];
	return NULL;
}

void nf_ct_helper_set(struct net *net, struct nf_conn *ct, const struct nf_conntrack_helper *h)
{
	if (nf_ct_is_confirmed(ct) || h->protonum != nf_ct_protonum(ct) ||
	    ct->status & IPS_HELPER || !nf_ct_ext_add(net, ct))
		return;
	ct->ext->helper = h;
	ct->status |= IPS_HELPER;
}

/* Where the transport's header is, and what it carries. */
static bool find_payload(struct nf_ct_payload *p, u8 pf)
{
	const struct iphdr *iph = (const void *)p->skb->data;
	u8 protonum = nf_ct_protonum(p->ct);
	struct ipv6_ext e;

	if (pf == NFPROTO_IPV4) {
		if (iph->protocol != protonum)
			return false;
		p->protoff = iph_hlen(iph);
	} else {
		ipv6_ext_start(&e, p->skb->data[IPV6_NEXTHDR_OFF]);
		if ((ipv6_ext_hdr(e.nexthdr) && ipv6_skb_skip_exthdr(p->skb, 0, &e)) ||
		    e.nexthdr != protonum)
			return false;
		p->protoff = e.off;
	}
	if (protonum != IP_PROTO_TCP) {
		p->dataoff = p->protoff + UDP_HLEN;
		return pskb_may_pull(p->skb, p->dataoff);
	}
	if (!pskb_may_pull(p->skb, p->protoff + TCP_HLEN))
		return false;
	p->dataoff = p->protoff + tcph_hlen((const void *)(p->skb->data + p->protoff));
	return p->dataoff >= p->protoff + TCP_HLEN && pskb_may_pull(p->skb, p->dataoff);
}

enum nf_verdict nf_ct_ext_confirm(struct sk_buff *skb, struct nf_conn *ct,
				  enum ip_conntrack_info info, const struct nf_hook_state *state)
{
	struct nf_ct_payload p = { .net = state->net, .skb = skb, .ct = ct, .info = info };
	bool moved = ct->status & IPS_SEQ_ADJUST;

	if ((!ct->ext->helper && !moved) || info == IP_CT_RELATED_REPLY ||
	    !find_payload(&p, state->pf))
		return NF_ACCEPT;
	if (ct->ext->helper && ct->ext->helper->help(&p) != NF_ACCEPT)
		return NF_DROP;
	return !moved || nf_ct_seq_adjust(&p) ? NF_ACCEPT : NF_DROP;
}

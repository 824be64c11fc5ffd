/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_ct.h"

#include "net/netfilter/nf_conntrack_ecache.h"
#include "net/netfilter/nf_conntrack_helper.h"
#include "net/netfilter/nf_conntrack_zone.h"

static void put_be(u8 *to, u16 v)
{
	to[0] = (u8)(v >> 8);
	to[1] = (u8)v;
}

bool nft_ct_load(const struct nf_conn *ct, const struct nft_selector *s, u8 *to)
{
	switch (s->at) {
	case NFT_CT_ZONE:
		put_be(to, nf_ct_zone_id(ct));
		break;
	case NFT_CT_ORIG_ZONE:
		put_be(to, nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->zone);
		break;
	case NFT_CT_REPL_ZONE:
		put_be(to, nf_ct_tuple(ct, IP_CT_DIR_REPLY)->zone);
		break;
	case NFT_CT_HELPER:		/* who said that it would come */
		if (!ct->master || !ct->master->ext || !ct->master->ext->helper)
			return false;
		memcpy(to, ct->master->ext->helper->name, sizeof(ct->master->ext->helper->name));
		break;
	default:
		if (ct->ext)
			memcpy(to, ct->ext->labels, sizeof(ct->ext->labels));
		else
			memset(to, 0, sizeof(ct->ext->labels));
		break;
	}
	return true;
}

bool nft_ct_may_set(const struct nft_selector *s)
{
	switch (s->at) {
	case NFT_CT_MARK:
	case NFT_CT_ZONE:
	case NFT_CT_ORIG_ZONE:
	case NFT_CT_REPL_ZONE:
	case NFT_CT_LABEL:
		return true;
	default:
		return false;
	}
}

void nft_ct_helper_eval(const struct nft_stmt *st, const struct nft_pkt *p)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(p->skb, &info);

	if (ct && !nf_ct_is_template(ct) && (!st->helper.l3 || st->helper.l3 == p->l3))
		nf_ct_helper_set(p->net, ct, st->helper.of);
}

/* Labels are only ever added. */
static void set_label(struct net *net, struct nf_conn *ct, const u8 *value)
{
	struct nf_ct_ext *x = nf_ct_ext_add(net, ct);

	for (u32 i = 0; x && i < sizeof(x->labels); i++) {
		if (value[i] & ~x->labels[i])
			nf_conntrack_event_cache(net, ct, IPCT_LABEL);
		x->labels[i] |= value[i];
	}
}

void nft_ct_set(const struct nft_pkt *p, const struct nft_selector *s, const u8 *value, u32 v)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(p->skb, &info);

	switch (s->at) {
	case NFT_CT_ZONE:
		nf_ct_zone_set(p->skb, (u16)v, NF_CT_ZONE_BOTH);
		break;
	case NFT_CT_ORIG_ZONE:
		nf_ct_zone_set(p->skb, (u16)v, NF_CT_ZONE_ORIG);
		break;
	case NFT_CT_REPL_ZONE:
		nf_ct_zone_set(p->skb, (u16)v, NF_CT_ZONE_REPL);
		break;
	case NFT_CT_LABEL:
		if (ct && !nf_ct_is_template(ct))
			set_label(p->net, ct, value);
		break;
	default:
		if (!ct || nf_ct_is_template(ct))
			break;
		if (ct->mark != v)
			nf_conntrack_event_cache(p->net, ct, IPCT_MARK);
		ct->mark = v;
		break;
	}
}

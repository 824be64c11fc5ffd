/* SPDX-License-Identifier: MIT */
/* conntrack -L expect: connections that helpers expect, as conntrack-tools print them. */
#include "ctl/args.h"
#include "ctl/ct_show.h"
#include "net/netfilter/nf_conntrack_expect.h"
#include "net/netfilter/nf_conntrack_helper.h"

static void put_ends(struct strbuf *out, const char *prefix, const struct nf_conntrack_tuple *t)
{
	sb_printf(out, "%ssrc=", prefix);
	ct_put_addr(out, t, &t->src);
	sb_printf(out, " %sdst=", prefix);
	ct_put_addr(out, t, &t->dst);
	sb_printf(out, " sport=%u dport=%u ", be16_to_cpu(t->sport), be16_to_cpu(t->dport));
}

static int put_expect(const struct nf_conntrack_expect *e, void *ctx)
{
	struct ct_expects *l = ctx;
	struct nf_conntrack_tuple mask = { .dport = CONST_BE16(0xffff), .l3num = e->tuple.l3num };
	u32 len = e->tuple.l3num == NFPROTO_IPV4 ? 4 : 16;

	if (!(l->families & BIT(e->tuple.l3num)))
		return 0;
	memset(&mask.src, e->any_src ? 0 : 0xff, len);
	memset(&mask.dst, 0xff, len);
	l->shown++;
	sb_printf(l->out, "%llu proto=%u ", ull((u64)((e->expires - l->net->now) / NSEC_PER_SEC)),
		  e->tuple.protonum);
	put_ends(l->out, "", &e->tuple);
	put_ends(l->out, "mask-", &mask);
	put_ends(l->out, "master-", nf_ct_tuple(e->master, IP_CT_DIR_ORIGINAL));
	sb_printf(l->out, "class=0 helper=%s\n", e->helper->name);
	return 0;
}

u32 ct_put_expects(struct net *net, struct strbuf *out, u8 families)
{
	struct ct_expects l = { .net = net, .out = out, .families = families };

	nf_ct_expect_for_each(net, put_expect, &l);
	return l.shown;
}

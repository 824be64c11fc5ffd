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

void ct_put_expect(struct strbuf *out, const struct net *net, const struct nf_conntrack_expect *e)
{
	s64 left = (e->expires - net->now) / NSEC_PER_SEC;
	struct nf_conntrack_tuple mask = { .dport = CONST_BE16(0xffff), .l3num = e->tuple.l3num };
	u32 len = e->tuple.l3num == NFPROTO_IPV4 ? 4 : 16;

	memset(&mask.src, e->any_src ? 0 : 0xff, len);
	memset(&mask.dst, 0xff, len);
	sb_printf(out, "%llu proto=%u ", ull((u64)max_t(s64, left, 0)), e->tuple.protonum);
	put_ends(out, "", &e->tuple);
	put_ends(out, "mask-", &mask);
	put_ends(out, "master-", nf_ct_tuple(e->master, IP_CT_DIR_ORIGINAL));
	sb_printf(out, "class=0 helper=%s\n", e->helper->name);
}

static int put_expect(const struct nf_conntrack_expect *e, void *ctx)
{
	struct ct_expects *l = ctx;

	if (!(l->families & BIT(e->tuple.l3num)))
		return 0;
	l->shown++;
	ct_put_expect(l->out, l->net, e);
	return 0;
}

u32 ct_put_expects(struct net *net, struct strbuf *out, u8 families)
{
	struct ct_expects l = { .net = net, .out = out, .families = families };

	nf_ct_expect_for_each(net, put_expect, &l);
	return l.shown;
}

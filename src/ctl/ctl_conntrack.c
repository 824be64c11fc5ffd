/* SPDX-License-Identifier: MIT */
/* conntrack: the connections that are tracked, as conntrack-tools print them. */
#include "ctl/args.h"
#include "ctl/help.h"
#include "net/netfilter/nf_conntrack.h"
#include "wire/inet_addr.h"
#include "wire/ip6_addr.h"

struct listing {
	struct ctl *c;
	u8 protonum;			/* 0: all */
	u8 families;			/* NF_CT_*; 0: all */
	bool has_src, has_dst;
	u8 src_pf, dst_pf;
	union nf_inet_addr src, dst;
	u32 shown;
};

static const char *protocol_name(u8 protonum)
{
	switch (protonum) {
	case 1: return "icmp";
	case 6: return "tcp";
	case 17: return "udp";
	case 58: return "icmpv6";
	default: return "unknown";
	}
}

static void put_addr(struct strbuf *out, const struct nf_conntrack_tuple *t,
		     const union nf_inet_addr *a)
{
	struct ip6_addr a6;

	if (t->l3num == NFPROTO_IPV4) {
		sb_inet_addr(out, a->ip);
		return;
	}
	memcpy(&a6, a, sizeof(a6));
	sb_ip6_addr(out, &a6);
}

static void put_tuple(struct strbuf *out, const struct nf_conntrack_tuple *t)
{
	sb_puts(out, "src=");
	put_addr(out, t, &t->src);
	sb_puts(out, " dst=");
	put_addr(out, t, &t->dst);
	if (t->protonum == (t->l3num == NFPROTO_IPV4 ? 1 : 58))
		sb_printf(out, " type=%u code=%u id=%u", be16_to_cpu(t->dport) >> 8,
			  be16_to_cpu(t->dport) & 0xff, be16_to_cpu(t->sport));
	else if (t->sport || t->dport)
		sb_printf(out, " sport=%u dport=%u", be16_to_cpu(t->sport), be16_to_cpu(t->dport));
	sb_putc(out, ' ');
}

static void put_direction(struct listing *l, const struct nf_conn *ct, enum ip_conntrack_dir dir)
{
	put_tuple(l->c->out, nf_ct_tuple(ct, dir));
	if (l->c->net->sysctl.nf_conntrack_acct)
		sb_printf(l->c->out, "packets=%llu bytes=%llu ", ull(ct->packets[dir]),
			  ull(ct->bytes[dir]));
}

static bool chosen(const struct listing *l, const struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *t = nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL);

	return (!l->protonum || t->protonum == l->protonum) &&
	       (!l->families || l->families & BIT(t->l3num)) &&
	       (!l->has_src || (t->l3num == l->src_pf && !memcmp(&t->src, &l->src, 16))) &&
	       (!l->has_dst || (t->l3num == l->dst_pf && !memcmp(&t->dst, &l->dst, 16)));
}

static int put_conn(const struct nf_conn *ct, void *ctx)
{
	struct listing *l = ctx;
	struct strbuf *out = l->c->out;
	u8 protonum = nf_ct_protonum(ct);

	if (!chosen(l, ct))
		return 0;
	l->shown++;
	sb_printf(out, "%-8s %u %llu ", protocol_name(protonum), protonum,
		  ull((u64)((ct->expires - l->c->net->now) / NSEC_PER_SEC)));
	if (protonum == 6)
		sb_printf(out, "%s ", tcp_conntrack_name(ct->proto.tcp.state));
	put_direction(l, ct, IP_CT_DIR_ORIGINAL);
	if (!(ct->status & IPS_SEEN_REPLY))
		sb_puts(out, "[UNREPLIED] ");
	put_direction(l, ct, IP_CT_DIR_REPLY);
	if (ct->status & IPS_ASSURED)
		sb_puts(out, "[ASSURED] ");
	sb_printf(out, "mark=%u use=%u\n", ct->mark, ct->general.use);
	return 0;
}

static int conntrack_stats(struct ctl *c)
{
	const struct ip_conntrack_stat *s = &c->net->ct->stat;

	sb_printf(c->out, "cpu=0   \tfound=%llu invalid=%llu insert=%llu insert_failed=%llu "
		  "drop=%llu early_drop=%llu error=0 search_restart=0 clash_resolve=0 "
		  "chaintoolong=0\n", ull(s->found), ull(s->invalid), ull(s->insert),
		  ull(s->insert_failed), ull(s->drop), ull(s->early_drop));
	return 0;
}

static bool is_chosen(const struct nf_conn *ct, void *ctx)
{
	return chosen(ctx, ct);
}

static int parse_addr(struct ctl *c, const char *v, union nf_inet_addr *addr, u8 *pf)
{
	struct ip6_addr a6;

	*addr = (union nf_inet_addr){ .ip = 0 };
	*pf = NFPROTO_IPV4;
	if (inet_addr_parse(v, &addr->ip))
		return 0;
	if (!ip6_addr_parse(v, &a6))
		return ctl_fail(c, -EINVAL, "conntrack: \"%s\" is no address", v);
	memcpy(addr, &a6, sizeof(*addr));
	*pf = NFPROTO_IPV6;
	return 0;
}

static int parse_proto(struct ctl *c, const char *v, u8 *protonum)
{
	static const struct { char name[8]; u8 protonum; } protos[] = {
		{ "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "icmpv6", 58 },
	};
	u64 n;

	for (size_t i = 0; i < ARRAY_SIZE(protos); i++)
		if (arg_is(v, protos[i].name)) {
			*protonum = protos[i].protonum;
			return 0;
		}
	if (!parse_u64(v, 255, &n) || !n)
		return ctl_fail(c, -EINVAL, "conntrack: unknown protocol \"%s\"", v);
	*protonum = (u8)n;
	return 0;
}

static int parse_family(struct ctl *c, const char *v, u8 *families)
{
	*families = arg_is(v, "ipv4") ? NF_CT_IPV4 : arg_is(v, "ipv6") ? NF_CT_IPV6 : 0;
	return *families ? 0 : ctl_fail(c, -EINVAL, "conntrack: \"%s\" is no family (ipv4, ipv6)",
					v);
}

static int parse_filter(struct ctl *c, struct listing *l)
{
	const char *w, *v;
	int err;

	while ((w = arg_next(c))) {
		err = arg_value(c, &v);
		if (err)
			return err;
		if (arg_is(w, "-p") || arg_is(w, "--proto")) {
			err = parse_proto(c, v, &l->protonum);
		} else if (arg_is(w, "-f") || arg_is(w, "--family")) {
			err = parse_family(c, v, &l->families);
		} else if (arg_is(w, "-s") || arg_is(w, "--src") || arg_is(w, "--orig-src")) {
			err = parse_addr(c, v, &l->src, &l->src_pf);
			l->has_src = true;
		} else if (arg_is(w, "-d") || arg_is(w, "--dst") || arg_is(w, "--orig-dst")) {
			err = parse_addr(c, v, &l->dst, &l->dst_pf);
			l->has_dst = true;
		} else {
			return ctl_fail(c, -EINVAL, "conntrack: unknown option \"%s\" (-f, -p, -s, "
					"-d)", w);
		}
		if (err)
			return err;
	}
	return 0;
}

int ctl_conntrack(struct ctl *c)
{
	struct listing l = { .c = c };
	const char *w = arg_next(c);
	u32 n;
	int err;

	if (!w || arg_is(w, "-h") || arg_is(w, "--help"))
		return ctl_print(c, HELP_CONNTRACK);
	err = parse_filter(c, &l);
	if (err)
		return err;
	if (arg_is(w, "-L") || arg_is(w, "--dump")) {
		nf_ct_for_each(c->net, put_conn, &l);
		sb_printf(c->out, "conntrack v1.4.7 (conntrack-tools): %u flow entries have been "
			  "shown.\n", l.shown);
		return 0;
	}
	if (arg_is(w, "-C") || arg_is(w, "--count")) {
		sb_printf(c->out, "%u\n", c->net->ct->count);
		return 0;
	}
	if (arg_is(w, "-S") || arg_is(w, "--stats"))
		return conntrack_stats(c);
	if (arg_is(w, "-F") || arg_is(w, "--flush") || arg_is(w, "-D") || arg_is(w, "--delete")) {
		n = nf_ct_iterate_cleanup(c->net, is_chosen, &l);
		sb_printf(c->out, "conntrack v1.4.7 (conntrack-tools): %u flow entries have been "
			  "deleted.\n", n);
		return 0;
	}
	return ctl_fail(c, -EINVAL, "conntrack: unknown command \"%s\" (-L, -C, -S, -D, -F)", w);
}

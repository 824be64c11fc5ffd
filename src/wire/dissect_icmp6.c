/* SPDX-License-Identifier: MIT */
/* ICMPv6, neighbour discovery and multicast listeners as tcpdump shows them. */
#include "wire/dissect.h"
#include "wire/dissect_l4.h"
#include "wire/inet_addr.h"
#include "wire/mld.h"
#include "wire/ndp.h"

/* ---- errors ---- */

static void put_to(struct strbuf *sb, const char *what, const struct icmp6_quote *q)
{
	sb_puts(sb, what);
	if (!q)
		return;
	sb_putc(sb, ' ');
	sb_ip6_addr(sb, &q->ip.daddr);
}

static void put_unreach(struct strbuf *sb, u8 code, const struct icmp6_quote *q)
{
	sb_puts(sb, "destination unreachable, ");
	switch (code) {
	case ICMPV6_NOROUTE:
		put_to(sb, "unreachable route", q);
		return;
	case ICMPV6_ADM_PROHIBITED:
		put_to(sb, "unreachable prohibited", q);
		return;
	case ICMPV6_NOT_NEIGHBOUR:
		put_to(sb, "beyond scope", q);
		if (!q)
			return;
		sb_puts(sb, ", source address ");
		sb_ip6_addr(sb, &q->ip.saddr);
		return;
	case ICMPV6_ADDR_UNREACH:
		put_to(sb, "unreachable address", q);
		return;
	case ICMPV6_PORT_UNREACH:
		put_to(sb, q && q->has_ports ? "unreachable port," : "unreachable port", q);
		if (q && q->has_ports)
			sb_printf(sb, " %s port %u", dissect_proto_name(q->ext.nexthdr),
				  be16_to_cpu(q->dport));
		return;
	case ICMPV6_POLICY_FAIL:
		put_to(sb, "source address failed policy", q);
		return;
	case ICMPV6_REJECT_ROUTE:
		put_to(sb, "reject route", q);
		return;
	}
	sb_printf(sb, "unknown unreach code (%u)", code);
}

static void put_paramprob(struct strbuf *sb, const struct icmp6_view *v)
{
	static const char what[][24] = {
		"erroneous", "next header", "option", "incomplete header chain",
	};

	if (v->code < ARRAY_SIZE(what))
		sb_printf(sb, "parameter problem, %s - octet %u", what[v->code], v->info);
	else
		sb_printf(sb, "parameter problem, code #%u - octet %u", v->code, v->info);
}

static void put_error(struct strbuf *sb, const struct icmp6_view *v, const struct icmp6_quote *q)
{
	switch (v->type) {
	case ICMPV6_DEST_UNREACH:
		put_unreach(sb, v->code, q);
		return;
	case ICMPV6_PKT_TOOBIG:
		sb_printf(sb, "packet too big, mtu %u", v->info);
		return;
	case ICMPV6_TIME_EXCEED:
		if (v->code == ICMPV6_EXC_HOPLIMIT)
			put_to(sb, q ? "time exceeded in-transit for" : "time exceeded in-transit",
			       q);
		else
			sb_puts(sb, "time exceeded in-transit (reassembly)");
		return;
	case ICMPV6_PARAMPROB:
		put_paramprob(sb, v);
		return;
	}
	sb_printf(sb, "unknown icmp6 type (%u)", v->type);
}

/* The packet in a quote: who to whom. */
static void put_quote(struct strbuf *sb, const struct icmp6_quote *q)
{
	char src[IP6_STR_MAX], dst[IP6_STR_MAX];

	ip6_addr_str(&q->ip.saddr, src);
	ip6_addr_str(&q->ip.daddr, dst);
	if (q->has_ports)
		sb_printf(sb, " (IP6 %s.%u > %s.%u: %s)", src, be16_to_cpu(q->sport), dst,
			  be16_to_cpu(q->dport), dissect_proto_name(q->ext.nexthdr));
	else
		sb_printf(sb, " (IP6 %s > %s: %s)", src, dst, dissect_proto_name(q->ext.nexthdr));
}

/* ---- neighbours and routers ---- */

static void put_neigh_more(struct strbuf *sb, const struct ndisc_neigh *n, bool advertised)
{
	const u8 *mac = ndisc_opt_lladdr(advertised ? n->opts.tgt_lladdr : n->opts.src_lladdr);

	if (advertised)
		sb_printf(sb, ", Flags [%s%s%s]", n->flags & NDISC_NA_ROUTER ? "R" : "",
			  n->flags & NDISC_NA_SOLICITED ? "S" : "",
			  n->flags & NDISC_NA_OVERRIDE ? "O" : "");
	if (mac) {
		sb_puts(sb, ", lladdr ");
		sb_mac(sb, mac);
	}
}

static void put_neigh(struct strbuf *sb, const u8 *p, size_t len, u8 type, bool verbose)
{
	bool advertised = type == NDISC_NEIGHBOUR_ADVERTISEMENT;
	struct ndisc_neigh n;

	if (ndisc_neigh_parse(p, len, &n)) {
		sb_puts(sb, "[|ndp]");
		return;
	}
	sb_puts(sb, advertised ? "neighbor advertisement, tgt is " :
				 "neighbor solicitation, who has ");
	sb_ip6_addr(sb, &n.target);
	if (verbose)
		put_neigh_more(sb, &n, advertised);
}

static void put_redirect(struct strbuf *sb, const u8 *p, size_t len)
{
	enum { TARGET = 8, DEST = 24, END = 40 };
	struct ip6_addr a;

	sb_puts(sb, "redirect");
	if (len < END)
		return;
	memcpy(&a, p + DEST, sizeof(a));
	sb_puts(sb, ", ");
	sb_ip6_addr(sb, &a);
	memcpy(&a, p + TARGET, sizeof(a));
	sb_puts(sb, " to ");
	sb_ip6_addr(sb, &a);
}

/* ---- multicast listeners ---- */

static void put_mld1(struct strbuf *sb, const char *what, const u8 *p, size_t len)
{
	struct ip6_addr group;

	sb_printf(sb, "multicast listener %s", what);
	if (len < MLD_LEN)
		return;
	memcpy(&group, p + 8, sizeof(group));
	sb_printf(sb, " max resp delay: %u addr: ", get_be16(p + 4));
	sb_ip6_addr(sb, &group);
}

static void put_mld_query(struct strbuf *sb, const u8 *p, size_t len)
{
	struct ip6_addr group;

	if (len < MLD2_QUERY_LEN) {
		put_mld1(sb, "query", p, len);
		return;
	}
	memcpy(&group, p + 8, sizeof(group));
	sb_puts(sb, "multicast listener query v2 [gaddr ");
	sb_ip6_addr(sb, &group);
	if (get_be16(p + 26))
		sb_printf(sb, ", %u source(s)", get_be16(p + 26));
	sb_putc(sb, ']');
}

/* ---- each ---- */

static void put_message(struct strbuf *sb, const struct icmp6_view *v, const u8 *p, size_t len,
			bool verbose)
{
	switch (v->type) {
	case ICMPV6_ECHO_REQUEST:
	case ICMPV6_ECHO_REPLY:
		sb_printf(sb, "echo %s, id %u, seq %u",
			  v->type == ICMPV6_ECHO_REQUEST ? "request" : "reply", v->id, v->sequence);
		return;
	case NDISC_NEIGHBOUR_SOLICITATION:
	case NDISC_NEIGHBOUR_ADVERTISEMENT:
		put_neigh(sb, p, len, v->type, verbose);
		return;
	case NDISC_ROUTER_SOLICITATION:
		sb_puts(sb, "router solicitation");
		return;
	case NDISC_ROUTER_ADVERTISEMENT:
		sb_puts(sb, "router advertisement");
		return;
	case NDISC_REDIRECT:
		put_redirect(sb, p, len);
		return;
	case ICMPV6_MGM_QUERY:
		put_mld_query(sb, p, len);
		return;
	case ICMPV6_MGM_REPORT:
		put_mld1(sb, "report", p, len);
		return;
	case ICMPV6_MGM_REDUCTION:
		put_mld1(sb, "done", p, len);
		return;
	case ICMPV6_MLD2_REPORT:
		sb_puts(sb, "multicast listener report v2");
		if (len >= MLD2_REPORT_LEN)
			sb_printf(sb, ", %u group record(s)", get_be16(p + 6));
		return;
	}
	sb_printf(sb, "unknown icmp6 type (%u)", v->type);
}

void dissect_put_icmp6(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len)
{
	struct icmp6_quote quote;
	struct icmp6_view v;
	bool quoted;

	dissect_put_addrs(sb, ip);
	if (icmp6_parse_hdr(p, len, &v)) {
		sb_puts(sb, "[|icmp6]");
		return;
	}
	sb_puts(sb, "ICMP6, ");
	if (!icmpv6_is_err(v.type)) {
		put_message(sb, &v, p, len, ip->verbose);
		sb_printf(sb, ", length %zu", ip->payload);
		return;
	}
	quoted = !icmp6_parse_quote(v.data, v.data_len, &quote);
	put_error(sb, &v, quoted ? &quote : NULL);
	sb_printf(sb, ", length %zu", ip->payload);
	if (quoted && ip->verbose)
		put_quote(sb, &quote);
}

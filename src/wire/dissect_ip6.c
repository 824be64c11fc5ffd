/* SPDX-License-Identifier: MIT */
/* IPv6 as tcpdump shows it: the header, what extends it, ICMPv6. */
#include "wire/dissect.h"
#include "wire/dissect_l4.h"
#include "wire/inet_addr.h"
#include "wire/ndp.h"

/* The -v part: "(flowlabel 0x1, hlim 64, next-header tcp (6) payload length: 40) " */
static void put_ip6_fields(struct strbuf *sb, const struct ipv6_view *ip)
{
	sb_putc(sb, '(');
	if (ip->tclass)
		sb_printf(sb, "class 0x%02x, ", ip->tclass);
	if (ip->flowlabel)
		sb_printf(sb, "flowlabel 0x%05x, ", ip->flowlabel);
	sb_printf(sb, "hlim %u, next-header %u, payload length %u) ", ip->hop_limit, ip->nexthdr,
		  ip->payload_len);
}

static const char *unreach_text(u8 code)
{
	static const char text[][28] = {
		"unreachable route", "unreachable prohibited", "beyond scope",
		"unreachable address", "unreachable port", "source address failed policy",
		"reject route",
	};

	return code < ARRAY_SIZE(text) ? text[code] : "unreachable, unknown code";
}

static void put_error(struct strbuf *sb, const struct icmp6_view *v)
{
	switch (v->type) {
	case ICMPV6_DEST_UNREACH:
		sb_printf(sb, "destination unreachable, %s", unreach_text(v->code));
		return;
	case ICMPV6_PKT_TOOBIG:
		sb_printf(sb, "packet too big, mtu %u", v->info);
		return;
	case ICMPV6_TIME_EXCEED:
		sb_puts(sb, v->code == ICMPV6_EXC_HOPLIMIT ? "time exceeded in-transit" :
							     "ip reassembly time exceeded");
		return;
	case ICMPV6_PARAMPROB:
		sb_printf(sb, "parameter problem, code %u - octet %u", v->code, v->info);
		return;
	}
	sb_printf(sb, "error type %u, code %u", v->type, v->code);
}

static void put_quote(struct strbuf *sb, const struct icmp6_view *v)
{
	char src[IP6_STR_MAX], dst[IP6_STR_MAX];
	struct icmp6_quote q;

	if (icmp6_parse_quote(v->data, v->data_len, &q))
		return;
	ip6_addr_str(&q.ip.saddr, src);
	ip6_addr_str(&q.ip.daddr, dst);
	if (q.has_ports)
		sb_printf(sb, " (IP6 %s.%u > %s.%u: %s)", src, be16_to_cpu(q.sport), dst,
			  be16_to_cpu(q.dport), dissect_proto_name(q.ext.nexthdr));
	else
		sb_printf(sb, " (IP6 %s > %s: %s)", src, dst, dissect_proto_name(q.ext.nexthdr));
}

static void put_neigh(struct strbuf *sb, const u8 *p, size_t len, u8 type)
{
	struct ndisc_neigh n;
	const u8 *mac;

	if (ndisc_neigh_parse(p, len, &n)) {
		sb_puts(sb, "[|ndp]");
		return;
	}
	if (type == NDISC_NEIGHBOUR_SOLICITATION) {
		sb_puts(sb, "neighbor solicitation, who has ");
		sb_ip6_addr(sb, &n.target);
		mac = ndisc_opt_lladdr(n.opts.src_lladdr);
	} else {
		sb_puts(sb, "neighbor advertisement, tgt is ");
		sb_ip6_addr(sb, &n.target);
		sb_printf(sb, ", Flags [%s%s%s]", n.flags & NDISC_NA_ROUTER ? "R" : "",
			  n.flags & NDISC_NA_SOLICITED ? "S" : "",
			  n.flags & NDISC_NA_OVERRIDE ? "O" : "");
		mac = ndisc_opt_lladdr(n.opts.tgt_lladdr);
	}
	if (mac) {
		sb_puts(sb, ", lladdr ");
		sb_mac(sb, mac);
	}
}

static const char *type_name(u8 type)
{
	switch (type) {
	case ICMPV6_MGM_QUERY:
		return "multicast listener query";
	case ICMPV6_MGM_REPORT:
		return "multicast listener report";
	case ICMPV6_MGM_REDUCTION:
		return "multicast listener done";
	case NDISC_ROUTER_SOLICITATION:
		return "router solicitation";
	case NDISC_ROUTER_ADVERTISEMENT:
		return "router advertisement";
	case NDISC_REDIRECT:
		return "redirect";
	case ICMPV6_MLD2_REPORT:
		return "multicast listener report v2";
	}
	return NULL;
}

static void put_icmp6(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len)
{
	struct icmp6_view v;

	dissect_put_addrs(sb, ip);
	if (icmp6_parse_hdr(p, len, &v)) {
		sb_puts(sb, "[|icmp6]");
		return;
	}
	sb_puts(sb, "ICMP6, ");
	if (icmpv6_is_err(v.type))
		put_error(sb, &v);
	else if (v.type == ICMPV6_ECHO_REQUEST || v.type == ICMPV6_ECHO_REPLY)
		sb_printf(sb, "echo %s, id %u, seq %u",
			  v.type == ICMPV6_ECHO_REQUEST ? "request" : "reply", v.id, v.sequence);
	else if (v.type == NDISC_NEIGHBOUR_SOLICITATION || v.type == NDISC_NEIGHBOUR_ADVERTISEMENT)
		put_neigh(sb, p, len, v.type);
	else if (type_name(v.type))
		sb_puts(sb, type_name(v.type));
	else
		sb_printf(sb, "type %u, code %u", v.type, v.code);
	sb_printf(sb, ", length %zu", ip->payload);
	if (icmpv6_is_err(v.type))
		put_quote(sb, &v);
}

static void put_upper(struct strbuf *sb, const struct dissect_ip *ip, u8 proto, const u8 *p,
		      size_t len)
{
	switch (proto) {
	case IP_PROTO_TCP:
		dissect_put_tcp(sb, ip, p, len);
		return;
	case IP_PROTO_UDP:
		dissect_put_udp(sb, ip, p, len);
		return;
	case IP_PROTO_ICMPV6:
		put_icmp6(sb, ip, p, len);
		return;
	case NEXTHDR_NONE:
		dissect_put_addrs(sb, ip);
		sb_puts(sb, "no next header");
		return;
	}
	dissect_put_addrs(sb, ip);
	sb_printf(sb, "next-header %u, length %zu", proto, ip->payload);
}

static void put_ext_name(struct strbuf *sb, const struct ipv6_ext *e, u8 nexthdr)
{
	if (nexthdr == NEXTHDR_FRAGMENT)
		sb_printf(sb, "frag (%u%s) ", e->frag_off, e->more ? "+" : "");
	else
		sb_puts(sb, nexthdr == NEXTHDR_HOP ? "HBH " :
			    nexthdr == NEXTHDR_ROUTING ? "srcrt " :
			    nexthdr == NEXTHDR_AUTH ? "AH " : "DSTOPT ");
}

void dissect_ipv6(struct strbuf *sb, const u8 *p, size_t len, unsigned flags)
{
	struct dissect_ip d = { .quiet = flags & DISSECT_QUIET };
	struct ipv6_view ip;
	struct ipv6_ext e;
	enum wire_err err = ipv6_parse_hdr(p, len, &ip);
	u8 nexthdr;
	int r = 1;

	sb_puts(sb, "IP6 ");
	if (err) {
		if (err == WIRE_SHORT)
			sb_puts(sb, "[|ip6]");
		else
			sb_printf(sb, "bad %s, length %zu", wire_err_name(err), len);
		return;
	}
	if (flags & DISSECT_IP)
		put_ip6_fields(sb, &ip);
	len = min(len, (size_t)ip.payload_len + IPV6_HLEN);
	ip6_addr_str(&ip.saddr, d.src);
	ip6_addr_str(&ip.daddr, d.dst);
	ipv6_ext_start(&e, ip.nexthdr);
	nexthdr = ip.nexthdr;
	for (u32 n = 0; n < 8 && (r = ipv6_ext_next(&e, p, len)) > 0; n++) {
		put_ext_name(sb, &e, nexthdr);
		nexthdr = e.nexthdr;
	}
	d.payload = e.off <= ip.payload_len + (u32)IPV6_HLEN ?
		    ip.payload_len + (u32)IPV6_HLEN - e.off : 0;
	d.more = e.more;
	if (r || e.frag_off) {
		dissect_put_addrs(sb, &d);
		if (r)
			sb_puts(sb, "[|ext]");
		else
			sb_printf(sb, "next-header %u, length %zu", e.nexthdr, d.payload);
		return;
	}
	put_upper(sb, &d, e.nexthdr, p + min((size_t)e.off, len), len - min((size_t)e.off, len));
}

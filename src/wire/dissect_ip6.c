/* SPDX-License-Identifier: MIT */
/* IPv6 as tcpdump shows it: the header, and what extends it. */
#include "wire/dissect.h"
#include "wire/dissect_l4.h"
#include "wire/inet_addr.h"

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
		dissect_put_icmp6(sb, ip, p, len);
		return;
	case NEXTHDR_NONE:
		dissect_put_addrs(sb, ip);
		sb_puts(sb, "no next header");
		return;
	}
	dissect_put_addrs(sb, ip);
	sb_printf(sb, "next-header %u, length %zu", proto, ip->payload);
}

/* left: bytes of the packet behind it. */
static void put_ext(struct strbuf *sb, const struct ipv6_ext *e, u8 nexthdr, u32 left)
{
	if (nexthdr == NEXTHDR_FRAGMENT)
		sb_printf(sb, "frag (%u|%u)%s", e->frag_off, left, e->frag_off ? "" : " ");
	else
		sb_puts(sb, nexthdr == NEXTHDR_HOP ? "HBH " :
			    nexthdr == NEXTHDR_ROUTING ? "srcrt " :
			    nexthdr == NEXTHDR_AUTH ? "AH " : "DSTOPT ");
}

void dissect_ipv6(struct strbuf *sb, const u8 *p, size_t len, unsigned flags)
{
	struct dissect_ip d = {
		.quiet = flags & DISSECT_QUIET, .verbose = flags & DISSECT_IP,
	};
	struct ipv6_view ip;
	struct ipv6_ext e;
	enum wire_err err = ipv6_parse_hdr(p, len, &ip);
	u8 nexthdr;
	u32 end;
	int r = 1;

	if (!(flags & DISSECT_LINK))
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
	end = ip.payload_len + (u32)IPV6_HLEN;
	len = min(len, (size_t)end);
	ip6_addr_str(&ip.saddr, d.src);
	ip6_addr_str(&ip.daddr, d.dst);
	ipv6_ext_start(&e, ip.nexthdr);
	if (ipv6_ext_hdr(ip.nexthdr)) {
		dissect_put_addrs(sb, &d);
		d.told = true;
	}
	nexthdr = ip.nexthdr;
	for (u32 n = 0; n < 8 && (r = ipv6_ext_next(&e, p, len)) > 0; n++) {
		put_ext(sb, &e, nexthdr, end - min(e.off, end));
		nexthdr = e.nexthdr;
	}
	d.payload = end - min(e.off, end);
	d.more = e.more;
	if (r)
		sb_puts(sb, "[|ext]");
	else if (!e.frag_off)
		put_upper(sb, &d, e.nexthdr, p + min((size_t)e.off, len),
			  len - min((size_t)e.off, len));
}

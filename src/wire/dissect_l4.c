/* SPDX-License-Identifier: MIT */
#include "wire/dissect_l4.h"

#include "wire/dissect.h"
#include "wire/dissect_tcpopt.h"
#include "wire/icmp.h"
#include "wire/inet_addr.h"
#include "wire/tcp_opt.h"
#include "wire/udp.h"

const char *dissect_proto_name(u8 protocol)
{
	switch (protocol) {
	case IP_PROTO_ICMP:
		return "icmp";
	case IP_PROTO_IGMP:
		return "igmp";
	case IP_PROTO_IPIP:
		return "ipip";
	case IP_PROTO_TCP:
		return "tcp";
	case IP_PROTO_UDP:
		return "udp";
	case IP_PROTO_IPV6:
		return "ipv6";
	case IP_PROTO_GRE:
		return "gre";
	case IP_PROTO_ICMPV6:
		return "icmp6";
	case IP_PROTO_SCTP:
		return "sctp";
	}
	return "ip";
}

void dissect_put_addrs(struct strbuf *sb, const struct dissect_ip *ip)
{
	sb_printf(sb, "%s > %s: ", ip->src, ip->dst);
}

static void put_addrs_ports(struct strbuf *sb, const struct dissect_ip *ip, u16 sport, u16 dport)
{
	sb_printf(sb, "%s.%u > %s.%u: ", ip->src, sport, ip->dst, dport);
}

static struct dissect_ip of_ipv4(const struct ipv4_view *ip)
{
	struct dissect_ip d = { .payload = (size_t)ip->tot_len - ip->hlen, .more = ip->mf };

	inet_addr_str(ip->saddr, d.src);
	inet_addr_str(ip->daddr, d.dst);
	return d;
}

static void put_sacks(struct strbuf *sb, const u8 *o, size_t size)
{
	sb_printf(sb, "sack %zu ", (size - TCPOLEN_SACK_BASE) / TCPOLEN_SACK_PERBLOCK);
	for (size_t i = TCPOLEN_SACK_BASE; i + TCPOLEN_SACK_PERBLOCK <= size;
	     i += TCPOLEN_SACK_PERBLOCK)
		sb_printf(sb, "{%u:%u}", get_be32(o + i), get_be32(o + i + 4));
}

/* One option of size bytes; what has a known kind and a strange size is not decoded. */
static void put_tcp_option(struct strbuf *sb, const u8 *o, size_t size)
{
	if (o[0] == TCPOPT_MSS && size == TCPOLEN_MSS)
		sb_printf(sb, "mss %u", get_be16(o + 2));
	else if (o[0] == TCPOPT_WINDOW && size == TCPOLEN_WINDOW)
		sb_printf(sb, "wscale %u", o[2]);
	else if (o[0] == TCPOPT_SACK_PERM && size == TCPOLEN_SACK_PERM)
		sb_puts(sb, "sackOK");
	else if (o[0] == TCPOPT_TIMESTAMP && size == TCPOLEN_TIMESTAMP)
		sb_printf(sb, "TS val %u ecr %u", get_be32(o + 2), get_be32(o + 6));
	else if (o[0] == TCPOPT_SACK && size % TCPOLEN_SACK_PERBLOCK == TCPOLEN_SACK_BASE)
		put_sacks(sb, o, size);
	else if (!dissect_put_tcpopt(sb, o, size))
		sb_printf(sb, "unknown-%u %zu bytes", o[0], size);
}

static void put_tcp_options(struct strbuf *sb, const u8 *o, size_t len)
{
	size_t size;

	sb_puts(sb, ", options [");
	for (; len; o += size, len -= size) {
		size = 1;
		if (o[0] == TCPOPT_EOL) {
			sb_puts(sb, "eol");
			break;
		}
		if (o[0] == TCPOPT_NOP) {
			sb_puts(sb, "nop");
		} else if (len < 2 || o[1] < 2 || o[1] > len) {
			sb_puts(sb, "bad opt");
			break;
		} else {
			size = o[1];
			put_tcp_option(sb, o, size);
		}
		if (len > size)
			sb_putc(sb, ',');
	}
	sb_putc(sb, ']');
}

/* tcpdump's letters in tcpdump's order. */
static void put_tcp_flags(struct strbuf *sb, u8 flags, bool ae)
{
	static const char letters[] = "FSRP.UEW";

	sb_puts(sb, "Flags [");
	for (unsigned i = 0; i < 8; i++) {
		if (flags & BIT(i))
			sb_putc(sb, letters[i]);
	}
	if (ae)
		sb_putc(sb, 'e');
	sb_puts(sb, flags || ae ? "]" : "none]");
}

void dissect_put_tcp(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len)
{
	struct tcp_view t;
	enum wire_err err;
	size_t payload;

	err = tcp_parse(p, len, &t);
	if (err) {
		dissect_put_addrs(sb, ip);
		sb_puts(sb, err == WIRE_SHORT ? "[|tcp]" : "tcp, bad data offset");
		return;
	}
	payload = ip->payload - t.hlen;
	put_addrs_ports(sb, ip, t.sport, t.dport);
	if (ip->quiet) {
		sb_printf(sb, "tcp %zu", payload);
		return;
	}
	put_tcp_flags(sb, t.flags, t.res & 1);
	if (payload)
		sb_printf(sb, ", seq %u:%u", t.seq, t.seq + (u32)payload);
	else if (t.flags & (TCPHDR_SYN | TCPHDR_FIN | TCPHDR_RST))
		sb_printf(sb, ", seq %u", t.seq);
	if (t.flags & TCPHDR_ACK)
		sb_printf(sb, ", ack %u", t.ack_seq);
	sb_printf(sb, ", win %u", t.window);
	if (t.flags & TCPHDR_URG)
		sb_printf(sb, ", urg %u", t.urg_ptr);
	if (t.opts)
		put_tcp_options(sb, t.opts, t.hlen - (size_t)TCP_HLEN);
	sb_printf(sb, ", length %zu", payload);
}

void dissect_put_udp(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len)
{
	struct udp_view u;
	enum wire_err err;

	err = udp_parse_hdr(p, len, &u);
	if (err) {
		dissect_put_addrs(sb, ip);
		sb_puts(sb, err == WIRE_SHORT ? "[|udp]" : "UDP, bad length field");
		return;
	}
	put_addrs_ports(sb, ip, u.sport, u.dport);
	/* In the first of several fragments the length is that of all. */
	if (u.len > ip->payload && !ip->more)
		sb_printf(sb, "UDP, bad length %u", u.len);
	else
		sb_printf(sb, "UDP, length %u", u.len - UDP_HLEN);
}

static const char *unreach_text(u8 code)
{
	switch (code) {
	case ICMP_NET_UNREACH:
		return "net unreachable";
	case ICMP_HOST_UNREACH:
		return "host unreachable";
	case ICMP_PROT_UNREACH:
		return "protocol unreachable";
	case ICMP_PORT_UNREACH:
		return "port unreachable";
	case ICMP_FRAG_NEEDED:
		return "unreachable - need to frag";
	case ICMP_SR_FAILED:
		return "unreachable - source route failed";
	case ICMP_NET_UNKNOWN:
		return "unreachable - unknown net";
	case ICMP_HOST_UNKNOWN:
		return "unreachable - unknown host";
	case ICMP_HOST_ISOLATED:
		return "unreachable - source host isolated";
	case ICMP_NET_ANO:
		return "unreachable - net admin prohibited";
	case ICMP_HOST_ANO:
		return "unreachable - host admin prohibited";
	case ICMP_NET_UNR_TOS:
		return "net unreachable for tos";
	case ICMP_HOST_UNR_TOS:
		return "host unreachable for tos";
	case ICMP_PKT_FILTERED:
		return "unreachable - admin prohibited filter";
	case ICMP_PREC_VIOLATION:
		return "unreachable - host precedence violation";
	case ICMP_PREC_CUTOFF:
		return "unreachable - precedence cutoff";
	}
	return "unreachable - unknown code";
}

/* "10.0.0.2 udp port 53 unreachable", as far as the quote tells. */
static void put_unreach(struct strbuf *sb, const struct icmp_view *v, const struct icmp_quote *q)
{
	if (!q) {
		sb_puts(sb, unreach_text(v->code));
		return;
	}
	switch (v->code) {
	case ICMP_HOST_UNREACH:
		sb_puts(sb, "host ");
		sb_inet_addr(sb, q->ip.daddr);
		sb_puts(sb, " unreachable");
		return;
	case ICMP_PROT_UNREACH:
		sb_inet_addr(sb, q->ip.daddr);
		sb_printf(sb, " protocol %u unreachable", q->ip.protocol);
		return;
	case ICMP_PORT_UNREACH:
		sb_inet_addr(sb, q->ip.daddr);
		if (q->has_ports)
			sb_printf(sb, " %s port %u unreachable", dissect_proto_name(q->ip.protocol),
				  be16_to_cpu(q->dport));
		else
			sb_puts(sb, " port unreachable");
		return;
	}
	sb_inet_addr(sb, q->ip.daddr);
	sb_printf(sb, " %s", unreach_text(v->code));
	if (v->code == ICMP_FRAG_NEEDED)
		sb_printf(sb, " (mtu %u)", v->mtu);
}

static void put_redirect(struct strbuf *sb, const struct icmp_view *v, const struct icmp_quote *q)
{
	sb_puts(sb, "redirect");
	if (q) {
		sb_putc(sb, ' ');
		sb_inet_addr(sb, q->ip.daddr);
	}
	sb_printf(sb, " to %s ", v->code == ICMP_REDIR_NET || v->code == ICMP_REDIR_NETTOS ?
		  "net" : "host");
	sb_inet_addr(sb, v->gateway);
}

static void put_icmp_error(struct strbuf *sb, const struct icmp_view *v,
			   const struct icmp_quote *q)
{
	switch (v->type) {
	case ICMP_DEST_UNREACH:
		put_unreach(sb, v, q);
		return;
	case ICMP_TIME_EXCEEDED:
		if (v->code == ICMP_EXC_TTL)
			sb_puts(sb, "time exceeded in-transit");
		else if (v->code == ICMP_EXC_FRAGTIME)
			sb_puts(sb, "ip reassembly time exceeded");
		else
			sb_printf(sb, "time exceeded, code %u", v->code);
		return;
	case ICMP_PARAMETERPROB:
		sb_printf(sb, "parameter problem - octet %u", v->pointer);
		return;
	case ICMP_REDIRECT:
		put_redirect(sb, v, q);
		return;
	}
	sb_puts(sb, "source quench");
}

/* The packet in a quote: who to whom, and for TCP which byte. */
static void put_quote(struct strbuf *sb, const struct icmp_quote *q)
{
	const struct tcphdr *th = (const void *)q->l4;
	struct dissect_ip ip = of_ipv4(&q->ip);

	sb_puts(sb, " (IP ");
	if (q->has_ports)
		put_addrs_ports(sb, &ip, be16_to_cpu(q->sport), be16_to_cpu(q->dport));
	else
		dissect_put_addrs(sb, &ip);
	sb_puts(sb, dissect_proto_name(q->ip.protocol));
	if (q->has_ports && q->ip.protocol == IP_PROTO_TCP && q->l4_len >= 8)
		sb_printf(sb, ", seq %u", be32_to_cpu(th->seq));
	sb_printf(sb, ", length %u)", q->ip.tot_len);
}

static const char *icmp_query_name(u8 type)
{
	switch (type) {
	case ICMP_ECHO:
		return "echo request";
	case ICMP_ECHOREPLY:
		return "echo reply";
	case ICMP_TIMESTAMP:
		return "time stamp query";
	case ICMP_TIMESTAMPREPLY:
		return "time stamp reply";
	case ICMP_ADDRESS:
		return "address mask request";
	case ICMP_ADDRESSREPLY:
		return "address mask reply";
	}
	return NULL;
}

static void put_icmp(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len)
{
	struct icmp_quote quote;
	struct icmp_view v;
	bool has_quote;

	dissect_put_addrs(sb, ip);
	if (icmp_parse_hdr(p, len, &v)) {
		sb_puts(sb, "[|icmp]");
		return;
	}
	sb_puts(sb, "ICMP ");
	if (icmp_is_error(v.type)) {
		has_quote = !icmp_parse_quote(v.data, v.data_len, &quote);
		put_icmp_error(sb, &v, has_quote ? &quote : NULL);
		sb_printf(sb, ", length %zu", ip->payload);
		if (has_quote)
			put_quote(sb, &quote);
		return;
	}
	if (icmp_query_name(v.type))
		sb_printf(sb, "%s, id %u, seq %u", icmp_query_name(v.type), v.id, v.sequence);
	else
		sb_printf(sb, "type %u, code %u", v.type, v.code);
	sb_printf(sb, ", length %zu", ip->payload);
}

void dissect_ipv4_payload(struct strbuf *sb, const struct ipv4_view *ip, const u8 *p, size_t len,
			  unsigned flags)
{
	struct dissect_ip d = of_ipv4(ip);

	d.quiet = flags & DISSECT_QUIET;
	if (ip->frag_off) {	/* no header of the next layer in here */
		dissect_put_addrs(sb, &d);
		sb_puts(sb, dissect_proto_name(ip->protocol));
	} else if (ip->protocol == IP_PROTO_TCP) {
		dissect_put_tcp(sb, &d, p, len);
	} else if (ip->protocol == IP_PROTO_UDP) {
		dissect_put_udp(sb, &d, p, len);
	} else if (ip->protocol == IP_PROTO_ICMP) {
		put_icmp(sb, &d, p, len);
	} else {
		dissect_put_addrs(sb, &d);
		sb_printf(sb, "ip-proto-%u, length %zu", ip->protocol, d.payload);
	}
	if (ip->frag_off || ip->mf)
		sb_printf(sb, " (frag %u:%zu@%u%s)", ip->id, d.payload, ip->frag_off,
			  ip->mf ? "+" : "");
}

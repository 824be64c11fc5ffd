/* SPDX-License-Identifier: MIT */
#include "wire/dissect_l4.h"

#include "wire/dissect.h"
#include "wire/dissect_app.h"
#include "wire/dissect_tcpopt.h"
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

void dissect_put_seconds(struct strbuf *sb, u32 seconds)
{
	static const struct {
		u32 seconds;
		char letter;
	} units[] = { { 7 * 86400, 'w' }, { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' } };

	for (unsigned i = 0; i < ARRAY_SIZE(units); i++) {
		if (seconds >= units[i].seconds)
			sb_printf(sb, "%u%c", seconds / units[i].seconds, units[i].letter);
		if (seconds >= units[i].seconds && !(seconds %= units[i].seconds))
			return;
	}
	sb_printf(sb, "%us", seconds);
}

void dissect_put_addrs(struct strbuf *sb, const struct dissect_ip *ip)
{
	if (ip->told)
		return;
	sb_printf(sb, "%s > %s: ", ip->src, ip->dst);
}

void dissect_put_ports(struct strbuf *sb, const struct dissect_ip *ip, u16 sport, u16 dport)
{
	if (ip->told)
		sb_printf(sb, "%u > %u: ", sport, dport);
	else
		sb_printf(sb, "%s.%u > %s.%u: ", ip->src, sport, ip->dst, dport);
}

struct dissect_ip dissect_of_ipv4(const struct ipv4_view *ip)
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

/* What is known by its port; len bytes of it are here. */
static void put_tcp_payload(struct strbuf *sb, const struct tcp_view *t, const u8 *p, size_t len,
			    size_t payload, bool verbose)
{
	if (t->sport == DOMAIN_PORT || t->dport == DOMAIN_PORT) {
		sb_putc(sb, ' ');
		dissect_put_dns_tcp(sb, p, len, payload, verbose);
	} else if (dissect_is_http(t->sport, t->dport)) {
		dissect_put_http(sb, p, len);
	}
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
	dissect_put_ports(sb, ip, t.sport, t.dport);
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
	if (len > t.hlen)
		put_tcp_payload(sb, &t, p + t.hlen, len - t.hlen, payload, ip->verbose);
}

/* Where both ends may have it, as DHCP's relays. */
static bool is_port(const struct udp_view *u, u16 port)
{
	return u->sport == port || u->dport == port;
}

static void put_udp_payload(struct strbuf *sb, const struct dissect_ip *ip,
			    const struct udp_view *u, const u8 *p, size_t len)
{
	size_t payload = u->len - UDP_HLEN;

	len = min(len, payload);
	if (ip->quiet)
		sb_printf(sb, "UDP, length %zu", payload);
	else if (is_port(u, DOMAIN_PORT))
		dissect_put_dns(sb, p, len, payload, ip->verbose);
	else if (is_port(u, BOOTPS_PORT) || is_port(u, BOOTPC_PORT))
		dissect_put_dhcp(sb, p, len, payload);
	else
		sb_printf(sb, "UDP, length %zu", payload);
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
	dissect_put_ports(sb, ip, u.sport, u.dport);
	/* In the first of several fragments the length is that of all. */
	if (u.len > ip->payload && !ip->more)
		sb_printf(sb, "UDP, bad length %u", u.len);
	else
		put_udp_payload(sb, ip, &u, p + UDP_HLEN, len - UDP_HLEN);
}

void dissect_ipv4_payload(struct strbuf *sb, const struct ipv4_view *ip, const u8 *p, size_t len,
			  unsigned flags)
{
	struct dissect_ip d = dissect_of_ipv4(ip);

	d.quiet = flags & DISSECT_QUIET;
	d.verbose = flags & DISSECT_IP;
	if (ip->frag_off) {	/* no header of the next layer in here */
		dissect_put_addrs(sb, &d);
		sb_puts(sb, dissect_proto_name(ip->protocol));
	} else if (ip->protocol == IP_PROTO_TCP) {
		dissect_put_tcp(sb, &d, p, len);
	} else if (ip->protocol == IP_PROTO_UDP) {
		dissect_put_udp(sb, &d, p, len);
	} else if (ip->protocol == IP_PROTO_ICMP) {
		dissect_put_icmp(sb, &d, p, len);
	} else if (ip->protocol == IP_PROTO_IGMP) {
		dissect_put_igmp(sb, &d, p, len);
	} else {
		dissect_put_addrs(sb, &d);
		sb_printf(sb, "ip-proto-%u, length %zu", ip->protocol, d.payload);
	}
	if (ip->frag_off || ip->mf)
		sb_printf(sb, " (frag %u:%zu@%u%s)", ip->id, d.payload, ip->frag_off,
			  ip->mf ? "+" : "");
}

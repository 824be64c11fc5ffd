/* SPDX-License-Identifier: MIT */
/* ICMP and ICMPv6: their names in scripts, to bytes and back. */
#include "drill/packet.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"
#include "wire/udp.h"

#define V4(t, c) { t, c }, { ICMP_NONE, 0 }
#define V6(t, c) { ICMP_NONE, 0 }, { t, c }

const struct icmp_name icmp_names[] = {
	{ "unreachable", "net_unreachable", V4(3, 0) },
	{ "unreachable", "host_unreachable", V4(3, 1) },
	{ "unreachable", "protocol_unreachable", V4(3, 2) },
	{ "unreachable", "port_unreachable", { 3, 3 }, { 1, 4 } },
	{ "unreachable", "frag_needed", V4(3, 4) },
	{ "unreachable", "source_route_failed", V4(3, 5) },
	{ "unreachable", "net_unknown", V4(3, 6) },
	{ "unreachable", "host_unknown", V4(3, 7) },
	{ "unreachable", "source_host_isolated", V4(3, 8) },
	{ "unreachable", "net_prohibited", V4(3, 9) },
	{ "unreachable", "host_prohibited", V4(3, 10) },
	{ "unreachable", "net_unreachable_for_tos", V4(3, 11) },
	{ "unreachable", "host_unreachable_for_tos", V4(3, 12) },
	{ "unreachable", "packet_filtered", V4(3, 13) },
	{ "unreachable", "precedence_violation", V4(3, 14) },
	{ "unreachable", "precedence_cutoff", V4(3, 15) },
	{ "unreachable", "no_route", V6(1, 0) },
	{ "unreachable", "admin_prohibited", V6(1, 1) },
	{ "unreachable", "not_neighbour", V6(1, 2) },
	{ "unreachable", "address_unreachable", V6(1, 3) },
	{ "unreachable", "policy_fail", V6(1, 5) },
	{ "unreachable", "reject_route", V6(1, 6) },
	{ "packet_too_big", "", V6(2, 0) },
	{ "time_exceeded", "exceeded_in_transit", { 11, 0 }, { 3, 0 } },
	{ "time_exceeded", "frag_reassembly_time_exceeded", { 11, 1 }, { 3, 1 } },
	{ "parameter_problem", "header_field", { 12, 0 }, { 4, 0 } },
	{ "parameter_problem", "unknown_next_header", V6(4, 1) },
	{ "parameter_problem", "unknown_option", V6(4, 2) },
	{ "source_quench", "", V4(4, 0) },
	{ "echo_request", "", { 8, 0 }, { 128, 0 } },
	{ "echo_reply", "", { 0, 0 }, { 129, 0 } },
	{ NULL, NULL, { 0, 0 }, { 0, 0 } },
};

bool packet_set_family(struct packet *p, bool v6)
{
	if (!p->icmp)
		return true;
	p->protocol = v6 ? IP_PROTO_ICMPV6 : IP_PROTO_ICMP;
	p->icmp_type = v6 ? p->icmp->v6.type : p->icmp->v4.type;
	p->icmp_code = v6 ? p->icmp->v6.code : p->icmp->v4.code;
	return p->icmp_type != ICMP_NONE;
}

/* ---- to bytes ---- */

/* An error quotes the other side's packet: its IP header and 8 bytes. */
static size_t build_quote(const struct packet *p, const struct packet_path *path, u8 *quote)
{
	bool udp = p->quoted == IP_PROTO_UDP, v6 = path_is_v6(path);
	u16 len = (u16)((udp ? UDP_HLEN : TCP_HLEN) + p->quoted_len);
	struct ipv4_view ip = {
		.tot_len = (u16)(IPV4_HLEN + len), .hlen = IPV4_HLEN, .ttl = 63, .df = true,
		.protocol = p->quoted, .saddr = mapped_v4(&path->daddr),
		.daddr = mapped_v4(&path->saddr),
	};
	struct ipv6_view ip6 = { .payload_len = len, .nexthdr = p->quoted, .hop_limit = 63,
				 .saddr = path->daddr, .daddr = path->saddr };
	u8 *at = quote + (v6 ? ipv6_build(quote, &ip6) : ipv4_build(quote, &ip));

	put_be16(at, path->dport);
	put_be16(at + 2, path->sport);
	put_be32(at + 4, udp ? (UDP_HLEN + p->quoted_len) << 16 : p->quoted_seq);
	return (size_t)(at + 8 - quote);
}

static u16 echo_id(const struct packet *p)
{
	return p->has & HAS_ID ? p->icmp_id : 1;
}

size_t build_icmp(const struct packet *p, const struct packet_path *path, u8 *at)
{
	u8 quote[IPV6_HLEN + 8] = { 0 };
	size_t len = p->quoted ? build_quote(p, path, quote) : 0;
	struct icmp_view v = { .type = p->icmp_type, .code = p->icmp_code, .mtu = p->icmp_mtu,
			       .id = echo_id(p), .sequence = 1, .data = quote, .data_len = len };
	struct icmp6_view v6 = { .type = p->icmp_type, .code = p->icmp_code,
				 .id = echo_id(p), .sequence = 1, .info = p->icmp_mtu };
	be16 check;

	if (!path_is_v6(path))
		return icmp_build(at, &v);
	icmp6_build_hdr(at, &v6);
	memcpy(at + ICMPV6_HLEN, quote, len);
	check = l4_check(path, IP_PROTO_ICMPV6, at, ICMPV6_HLEN + len);
	memcpy(at + 2, &check, sizeof(check));
	return ICMPV6_HLEN + len;
}

/* ---- from bytes ---- */

/* len: of the packet at fault, without its IP header. */
static void read_quoted(struct packet *p, const u8 *l4, size_t l4_len, u32 len)
{
	p->quoted_len = len;
	if (p->quoted == IP_PROTO_TCP && l4_len >= 8) {
		p->quoted_seq = get_be32(l4 + 4);
		p->quoted_len -= l4_len >= 13 ? (l4[12] >> 4) * 4u : TCP_HLEN;
	} else if (p->quoted == IP_PROTO_UDP) {
		p->quoted_len -= UDP_HLEN;
	}
}

const char *read_icmp(struct packet *p, struct packet_path *path, const u8 *at, size_t len)
{
	struct icmp_view v;
	struct icmp_quote q;

	if (icmp_parse(at, len, &v) != WIRE_OK)
		return "a malformed ICMP message";
	p->icmp_type = v.type;
	p->icmp_code = v.code;
	p->icmp_mtu = v.mtu;
	p->icmp_id = v.id;
	p->len = (u32)v.data_len;
	if (!icmp_is_error(v.type) || icmp_parse_quote(v.data, v.data_len, &q) != WIRE_OK)
		return NULL;
	p->quoted = q.ip.protocol;
	path->sport = be16_to_cpu(q.dport);
	path->dport = be16_to_cpu(q.sport);
	read_quoted(p, q.l4, q.l4_len, q.ip.tot_len - (u32)q.ip.hlen);
	return NULL;
}

const char *read_icmp6(struct packet *p, struct packet_path *path, const u8 *at, size_t len)
{
	struct icmp6_view v;
	struct icmp6_quote q;

	if (icmp6_parse_hdr(at, len, &v) != WIRE_OK)
		return "a malformed ICMPv6 message";
	if (l4_check(path, IP_PROTO_ICMPV6, at, len))
		return "a wrong ICMPv6 checksum";
	p->icmp_type = v.type;
	p->icmp_code = v.code;
	p->icmp_mtu = v.type == ICMPV6_PKT_TOOBIG ? (u16)v.info : 0;
	p->icmp_id = v.id;
	p->len = (u32)v.data_len;
	if (!icmpv6_is_err(v.type) || icmp6_parse_quote(v.data, v.data_len, &q) != WIRE_OK)
		return NULL;
	p->quoted = q.ext.nexthdr;
	path->sport = be16_to_cpu(q.dport);
	path->dport = be16_to_cpu(q.sport);
	read_quoted(p, q.l4, q.l4_len, q.ip.payload_len - (q.ext.off - IPV6_HLEN));
	return NULL;
}

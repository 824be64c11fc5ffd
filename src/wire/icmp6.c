/* SPDX-License-Identifier: MIT */
#include "wire/icmp6.h"

#include "wire/udp.h"

static bool is_echo(u8 type)
{
	return type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY;
}

enum wire_err icmp6_parse_hdr(const void *p, size_t len, struct icmp6_view *out)
{
	const struct icmp6hdr *h = p;

	if (len < ICMPV6_HLEN)
		return WIRE_SHORT;
	*out = (struct icmp6_view){
		.type = h->icmp6_type,
		.code = h->icmp6_code,
		.info = get_be32(h->rest),
		.data = (const u8 *)p + ICMPV6_HLEN,
		.data_len = len - ICMPV6_HLEN,
	};
	if (is_echo(out->type)) {
		out->id = get_be16(h->rest);
		out->sequence = get_be16(h->rest + 2);
	}
	return WIRE_OK;
}

enum wire_err icmp6_parse_quote(const void *p, size_t len, struct icmp6_quote *out)
{
	enum wire_err err = ipv6_parse_hdr(p, len, &out->ip);
	const struct udphdr *uh;

	if (err)
		return err;
	len = min(len, (size_t)out->ip.payload_len + IPV6_HLEN);
	ipv6_ext_start(&out->ext, out->ip.nexthdr);
	out->sport = out->dport = 0;
	out->has_ports = false;
	err = ipv6_skip_exthdr(&out->ext, p, len);
	out->l4 = (const u8 *)p + min((size_t)out->ext.off, len);
	out->l4_len = len - min((size_t)out->ext.off, len);
	if (err || out->l4_len < 4 || (out->ext.frag && out->ext.frag_off) ||
	    (out->ext.nexthdr != IP_PROTO_TCP && out->ext.nexthdr != IP_PROTO_UDP))
		return WIRE_OK;
	uh = (const void *)out->l4;	/* TCP's ports lie where UDP's do */
	out->has_ports = true;
	out->sport = uh->source;
	out->dport = uh->dest;
	return WIRE_OK;
}

size_t icmp6_build_hdr(void *p, const struct icmp6_view *v)
{
	struct icmp6hdr *h = p;

	h->icmp6_type = v->type;
	h->icmp6_code = v->code;
	h->icmp6_cksum = 0;
	put_be32(h->rest, is_echo(v->type) ? (u32)v->id << 16 | v->sequence : v->info);
	return ICMPV6_HLEN;
}

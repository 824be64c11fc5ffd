/* SPDX-License-Identifier: MIT */
#include "wire/icmp.h"

#include "wire/tcp.h"
#include "wire/udp.h"

static bool has_id(u8 type)
{
	return type == ICMP_ECHO || type == ICMP_ECHOREPLY ||
	       (type >= ICMP_TIMESTAMP && type <= ICMP_ADDRESSREPLY);
}

static bool is_frag_needed(u8 type, u8 code)
{
	return type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED;
}

enum wire_err icmp_parse_hdr(const void *p, size_t len, struct icmp_view *out)
{
	const struct icmphdr *ih = p;

	if (len < ICMP_HLEN)
		return WIRE_SHORT;
	*out = (struct icmp_view){
		.type = ih->type,
		.code = ih->code,
		.data = (const u8 *)p + ICMP_HLEN,
		.data_len = len - ICMP_HLEN,
	};
	if (has_id(ih->type)) {
		out->id = be16_to_cpu(ih->un.echo.id);
		out->sequence = be16_to_cpu(ih->un.echo.sequence);
	} else if (is_frag_needed(ih->type, ih->code)) {
		out->mtu = be16_to_cpu(ih->un.frag.mtu);
	} else if (ih->type == ICMP_PARAMETERPROB) {
		out->pointer = ih->un.reserved[0];
	} else if (ih->type == ICMP_REDIRECT) {
		out->gateway = ih->un.gateway;
	} else {
		out->rest = get_be32(ih->un.reserved);
	}
	return WIRE_OK;
}

enum wire_err icmp_parse(const void *p, size_t len, struct icmp_view *out)
{
	if (len >= ICMP_HLEN && csum_fold(csum_partial(p, len, 0)))
		return WIRE_CSUM;	/* RFC 792; over the whole message */
	return icmp_parse_hdr(p, len, out);
}

enum wire_err icmp_parse_quote(const void *p, size_t len, struct icmp_quote *out)
{
	enum wire_err err = ipv4_parse_hdr(p, len, &out->ip);
	const struct udphdr *uh;

	if (err)
		return err;
	/* What the link or the sender put behind the packet is not the packet. */
	len = min(len, (size_t)out->ip.tot_len);
	out->l4 = (const u8 *)p + out->ip.hlen;
	out->l4_len = len - out->ip.hlen;
	out->sport = out->dport = 0;
	out->has_ports = (out->ip.protocol == IP_PROTO_TCP || out->ip.protocol == IP_PROTO_UDP) &&
			 !out->ip.frag_off && out->l4_len >= 4;
	if (out->has_ports) {
		uh = (const void *)out->l4;	/* TCP's ports lie where UDP's do */
		out->sport = uh->source;
		out->dport = uh->dest;
	}
	return WIRE_OK;
}

size_t icmp_build_hdr(void *p, const struct icmp_view *v)
{
	struct icmphdr *ih = p;

	ih->type = v->type;
	ih->code = v->code;
	ih->checksum = 0;
	put_be32(ih->un.reserved, 0);
	if (has_id(v->type)) {
		ih->un.echo.id = cpu_to_be16(v->id);
		ih->un.echo.sequence = cpu_to_be16(v->sequence);
	} else if (is_frag_needed(v->type, v->code)) {
		ih->un.frag.mtu = cpu_to_be16(v->mtu);
	} else if (v->type == ICMP_PARAMETERPROB) {
		ih->un.reserved[0] = v->pointer;
	} else if (v->type == ICMP_REDIRECT) {
		ih->un.gateway = v->gateway;
	} else {
		put_be32(ih->un.reserved, v->rest);
	}
	return ICMP_HLEN;
}

size_t icmp_build(void *p, const struct icmp_view *v)
{
	struct icmphdr *ih = p;
	wsum sum;

	icmp_build_hdr(ih, v);
	sum = csum_partial(ih, ICMP_HLEN, 0);
	ih->checksum = csum_fold(csum_and_copy(ih + 1, v->data, v->data_len, sum));
	return ICMP_HLEN + v->data_len;
}

/* SPDX-License-Identifier: MIT */
#include "wire/udp.h"

enum wire_err udp_parse_hdr(const void *p, size_t len, struct udp_view *out)
{
	const struct udphdr *uh = p;

	if (len < UDP_HLEN)
		return WIRE_SHORT;
	out->sport = be16_to_cpu(uh->source);
	out->dport = be16_to_cpu(uh->dest);
	out->len = be16_to_cpu(uh->len);
	out->has_check = uh->check;
	return out->len < UDP_HLEN ? WIRE_TOTLEN : WIRE_OK;	/* RFC 768: "minimum ... eight" */
}

enum wire_err udp_parse(const void *p, size_t len, struct udp_view *out)
{
	enum wire_err err = udp_parse_hdr(p, len, out);

	if (!err && out->len > len)
		err = WIRE_TRUNC;
	return err;
}

enum wire_err udp6_parse(const void *p, size_t len, struct udp_view *out)
{
	enum wire_err err = udp_parse(p, len, out);

	if (err != WIRE_TOTLEN || out->len)
		return err;
	out->len = (u32)len;
	return WIRE_OK;
}

size_t udp_build(void *p, const struct udp_view *v)
{
	struct udphdr *uh = p;

	uh->source = cpu_to_be16(v->sport);
	uh->dest = cpu_to_be16(v->dport);
	uh->len = cpu_to_be16((u16)v->len);
	uh->check = 0;
	return UDP_HLEN;
}

bool udp_v4_csum_ok(const void *p, size_t len, be32 saddr, be32 daddr)
{
	const struct udphdr *uh = p;

	/* RFC 1122 4.1.3.4: a zero field was not computed; anything else must be right. */
	return !uh->check ||
	       !csum_tcpudp_magic(saddr, daddr, (u32)len, 17, csum_partial(p, len, 0));
}

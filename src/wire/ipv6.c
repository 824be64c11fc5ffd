/* SPDX-License-Identifier: MIT */
#include "wire/ipv6.h"

enum wire_err ipv6_parse_hdr(const void *p, size_t len, struct ipv6_view *out)
{
	const struct ipv6hdr *h = p;
	u32 flow;

	if (len < IPV6_HLEN)
		return WIRE_SHORT;
	if (ip6_version(h) != 6)
		return WIRE_VERSION;
	flow = be32_to_cpu(h->flow);
	*out = (struct ipv6_view){
		.tclass = (u8)(flow >> 20),
		.flowlabel = flow & IPV6_FLOWLABEL_MASK,
		.payload_len = be16_to_cpu(h->payload_len),
		.nexthdr = h->nexthdr,
		.hop_limit = h->hop_limit,
		.saddr = h->saddr,
		.daddr = h->daddr,
	};
	return WIRE_OK;
}

enum wire_err ipv6_parse(const void *p, size_t len, struct ipv6_view *out)
{
	enum wire_err err = ipv6_parse_hdr(p, len, out);

	if (!err && (size_t)out->payload_len + IPV6_HLEN > len)
		return WIRE_TRUNC;
	return err;
}

size_t ipv6_build(void *p, const struct ipv6_view *v)
{
	struct ipv6hdr *h = p;

	h->flow = cpu_to_be32(6u << 28 | (u32)v->tclass << 20 |
			      (v->flowlabel & IPV6_FLOWLABEL_MASK));
	h->payload_len = cpu_to_be16(v->payload_len);
	h->nexthdr = v->nexthdr;
	h->hop_limit = v->hop_limit;
	h->saddr = v->saddr;
	h->daddr = v->daddr;
	return IPV6_HLEN;
}

enum wire_err ipv6_frag_parse(const void *p, size_t len, struct ipv6_frag_view *out)
{
	const u8 *b = p;
	u16 off;

	if (len < IPV6_FRAG_HLEN)
		return WIRE_SHORT;
	off = get_be16(b + 2);
	*out = (struct ipv6_frag_view){
		.nexthdr = b[0], .offset = off & 0xfff8, .more = off & 1, .id = get_be32(b + 4),
	};
	return WIRE_OK;
}

size_t ipv6_frag_build(void *p, const struct ipv6_frag_view *v)
{
	u8 *b = p;

	b[0] = v->nexthdr;
	b[1] = 0;
	put_be16(b + 2, (u16)(v->offset | v->more));
	put_be32(b + 4, v->id);
	return IPV6_FRAG_HLEN;
}

/* ---- the chain ---- */

/* The length of the extension header at b, of which 2 bytes are there. */
static u32 ext_len(u8 nexthdr, const u8 *b)
{
	if (nexthdr == NEXTHDR_FRAGMENT)
		return IPV6_FRAG_HLEN;
	return nexthdr == NEXTHDR_AUTH ? (b[1] + 2u) * 4 : (b[1] + 1u) * 8;	/* RFC 4302 2.2 */
}

int ipv6_ext_next(struct ipv6_ext *e, const void *p, size_t len)
{
	const u8 *b = (const u8 *)p + e->off;
	struct ipv6_frag_view f;
	u32 n;

	if (!ipv6_ext_hdr(e->nexthdr) || (e->frag && e->frag_off))
		return 0;
	if (e->off > len || len - e->off < 8)
		return WIRE_SHORT;
	n = ext_len(e->nexthdr, b);
	if (n > len - e->off)
		return WIRE_SHORT;
	if (e->nexthdr == NEXTHDR_FRAGMENT && !ipv6_frag_parse(b, n, &f)) {
		e->frag = true;
		e->frag_off = f.offset;
		e->more = f.more;
	}
	e->nexthdr = b[0];
	e->nh_off = e->off;
	e->off += n;
	return 1;
}

enum wire_err ipv6_skip_exthdr(struct ipv6_ext *e, const void *p, size_t len)
{
	int r;

	do
		r = ipv6_ext_next(e, p, len);
	while (r > 0);
	return (enum wire_err)r;
}

/* ---- options ---- */

static int pad(struct ipv6_opt_iter *it, const u8 *o, u32 n)
{
	it->padding += n;
	if (it->padding > 7)
		return WIRE_OPT;
	for (u32 i = 2; i < n; i++)
		if (o[i])
			return WIRE_OPT;
	it->pos += n;
	return 0;
}

int ipv6_opt_next(struct ipv6_opt_iter *it, struct ipv6_opt *out)
{
	while (it->pos < it->len) {
		const u8 *o = it->hdr + it->pos;
		u32 left = it->len - it->pos, n;

		if (o[0] != IPV6_TLV_PAD1 && (left < 2 || o[1] + 2u > left))
			return WIRE_OPT;
		n = o[0] == IPV6_TLV_PAD1 ? 1 : o[1] + 2u;
		if (o[0] == IPV6_TLV_PAD1 || o[0] == IPV6_TLV_PADN) {
			if (pad(it, o, n))
				return WIRE_OPT;
			continue;
		}
		*out = (struct ipv6_opt){ .type = o[0], .len = (u8)n, .off = it->pos, .data = o };
		it->padding = 0;
		it->count++;
		it->pos += n;
		return 1;
	}
	return 0;
}

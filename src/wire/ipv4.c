/* SPDX-License-Identifier: MIT */
#include "wire/ipv4.h"

/* Version and IHL, with all of the header at hand. */
static enum wire_err check_ihl(const struct iphdr *iph, size_t len)
{
	if (len < IPV4_HLEN)
		return WIRE_SHORT;
	if (iph_version(iph) != 4)
		return WIRE_VERSION;	/* RFC 1122 3.2.1.1 */
	if (iph_hlen(iph) < IPV4_HLEN)
		return WIRE_IHL;	/* RFC 791 3.1: "the minimum value ... is 5" */
	return len < iph_hlen(iph) ? WIRE_SHORT : WIRE_OK;
}

static void decode(const struct iphdr *iph, struct ipv4_view *out)
{
	u16 frag = be16_to_cpu(iph->frag_off);

	out->tot_len = be16_to_cpu(iph->tot_len);
	out->id = be16_to_cpu(iph->id);
	out->frag_off = (u16)((frag & IP_OFFSET) * 8);
	out->df = frag & IP_DF;
	out->mf = frag & IP_MF;
	out->ce = frag & IP_CE;
	out->hlen = (u8)iph_hlen(iph);
	out->tos = iph->tos;
	out->ttl = iph->ttl;
	out->protocol = iph->protocol;
	out->saddr = iph->saddr;
	out->daddr = iph->daddr;
	out->opts = out->hlen > IPV4_HLEN ? (const u8 *)(iph + 1) : NULL;
}

enum wire_err ipv4_parse_hdr(const void *p, size_t len, struct ipv4_view *out)
{
	enum wire_err err = check_ihl(p, len);

	if (err)
		return err;
	decode(p, out);
	return out->tot_len < out->hlen ? WIRE_TOTLEN : WIRE_OK;
}

enum wire_err ipv4_check(const void *p, size_t len)
{
	const struct iphdr *iph = p;
	enum wire_err err = check_ihl(iph, len);
	u32 tot_len;

	if (err)
		return err;
	if (ip_fast_csum(iph, iph_hlen(iph) / 4))
		return WIRE_CSUM;	/* RFC 1122 3.2.1.2 */
	tot_len = be16_to_cpu(iph->tot_len);
	if (tot_len > len)
		return WIRE_TRUNC;
	return tot_len < iph_hlen(iph) ? WIRE_TOTLEN : WIRE_OK;
}

enum wire_err ipv4_parse(const void *p, size_t len, struct ipv4_view *out)
{
	enum wire_err err = ipv4_check(p, len);

	if (!err || err == WIRE_TRUNC || err == WIRE_TOTLEN)
		decode(p, out);
	return err;
}

size_t ipv4_build(void *p, const struct ipv4_view *v)
{
	struct iphdr *iph = p;
	unsigned frag = v->frag_off / 8u;
	size_t optlen = v->hlen - (size_t)IPV4_HLEN;

	if (v->df)
		frag |= IP_DF;
	if (v->mf)
		frag |= IP_MF;
	if (v->ce)
		frag |= IP_CE;
	iph_set_hlen(iph, v->hlen);
	iph->tos = v->tos;
	iph->tot_len = cpu_to_be16(v->tot_len);
	iph->id = cpu_to_be16(v->id);
	iph->frag_off = cpu_to_be16((u16)frag);
	iph->ttl = v->ttl;
	iph->protocol = v->protocol;
	iph->saddr = v->saddr;
	iph->daddr = v->daddr;
	if (v->opts)
		memcpy(iph + 1, v->opts, optlen);
	else
		memset(iph + 1, IPOPT_END, optlen);
	ip_send_check(iph);
	return v->hlen;
}

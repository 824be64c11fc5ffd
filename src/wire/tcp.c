/* SPDX-License-Identifier: MIT */
#include "wire/tcp.h"

enum wire_err tcp_parse(const void *p, size_t len, struct tcp_view *out)
{
	const struct tcphdr *th = p;
	unsigned hlen;

	if (len < TCP_HLEN)
		return WIRE_SHORT;
	hlen = tcph_hlen(th);
	if (hlen < TCP_HLEN || hlen > len)
		return WIRE_DOFF;	/* RFC 9293 3.1 */
	out->sport = be16_to_cpu(th->source);
	out->dport = be16_to_cpu(th->dest);
	out->seq = be32_to_cpu(th->seq);
	out->ack_seq = be32_to_cpu(th->ack_seq);
	out->window = be16_to_cpu(th->window);
	out->urg_ptr = be16_to_cpu(th->urg_ptr);
	out->flags = th->flags;
	out->res = th->doff_res & 15;
	out->hlen = (u8)hlen;
	out->opts = hlen > TCP_HLEN ? (const u8 *)(th + 1) : NULL;
	return WIRE_OK;
}

size_t tcp_build(void *p, const struct tcp_view *v)
{
	struct tcphdr *th = p;

	th->source = cpu_to_be16(v->sport);
	th->dest = cpu_to_be16(v->dport);
	th->seq = cpu_to_be32(v->seq);
	th->ack_seq = cpu_to_be32(v->ack_seq);
	tcph_set_hlen(th, v->hlen);
	th->doff_res |= v->res & 15;
	th->flags = v->flags;
	th->window = cpu_to_be16(v->window);
	th->check = 0;
	th->urg_ptr = cpu_to_be16(v->urg_ptr);
	if (v->opts)
		memcpy(th + 1, v->opts, v->hlen - (size_t)TCP_HLEN);
	return v->hlen;
}

bool tcp_v4_csum_ok(const void *p, size_t len, be32 saddr, be32 daddr)
{
	return !csum_tcpudp_magic(saddr, daddr, (u32)len, 6, csum_partial(p, len, 0));
}

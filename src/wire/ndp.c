/* SPDX-License-Identifier: MIT */
#include "wire/ndp.h"

static const u8 **slot_of(struct ndisc_options *o, u8 type)
{
	switch (type) {
	case ND_OPT_SOURCE_LL_ADDR:
		return &o->src_lladdr;
	case ND_OPT_TARGET_LL_ADDR:
		return &o->tgt_lladdr;
	case ND_OPT_MTU:
		return &o->mtu;
	case ND_OPT_NONCE:
		return &o->nonce;
	default:
		return NULL;
	}
}

enum wire_err ndisc_parse_options(const void *p, size_t len, struct ndisc_options *out)
{
	const u8 *o = p;

	*out = (struct ndisc_options){ NULL, NULL, NULL, NULL };
	while (len) {
		const u8 **slot;
		size_t n;

		if (len < 2)
			return WIRE_OPT;
		n = o[1] * 8u;
		if (!n || n > len)
			return WIRE_OPT;
		slot = slot_of(out, o[0]);
		if (slot && !*slot)
			*slot = o;
		o += n;
		len -= n;
	}
	return WIRE_OK;
}

enum wire_err ndisc_neigh_parse(const void *p, size_t len, struct ndisc_neigh *out)
{
	const struct icmp6hdr *h = p;

	if (len < NDISC_NEIGH_LEN)
		return WIRE_SHORT;
	out->flags = h->icmp6_type == NDISC_NEIGHBOUR_ADVERTISEMENT ? h->rest[0] : 0;
	memcpy(&out->target, (const u8 *)p + ICMPV6_HLEN, IP6_ADDR_LEN);
	return ndisc_parse_options((const u8 *)p + NDISC_NEIGH_LEN, len - NDISC_NEIGH_LEN,
				   &out->opts);
}

size_t ndisc_nonce_build(void *p, u64 nonce)
{
	u8 *o = p;

	o[0] = ND_OPT_NONCE;
	o[1] = NDISC_NONCE_OPT_LEN / 8;
	for (int i = 0; i < 6; i++)
		o[2 + i] = (u8)(nonce >> (40 - 8 * i));
	return NDISC_NONCE_OPT_LEN;
}

u64 ndisc_opt_nonce(const u8 *opt)
{
	u64 nonce = 0;

	if (!opt || opt[1] != NDISC_NONCE_OPT_LEN / 8)
		return 0;
	for (int i = 0; i < 6; i++)
		nonce = nonce << 8 | opt[2 + i];
	return nonce;
}

size_t ndisc_neigh_build(void *p, u8 type, u8 flags, const struct ip6_addr *target,
			 const u8 *lladdr)
{
	struct icmp6_view v = { .type = type, .info = (u32)flags << 24 };
	u8 *o = (u8 *)p + NDISC_NEIGH_LEN;

	icmp6_build_hdr(p, &v);
	memcpy((u8 *)p + ICMPV6_HLEN, target, IP6_ADDR_LEN);
	if (!lladdr)
		return NDISC_NEIGH_LEN;
	o[0] = type == NDISC_NEIGHBOUR_ADVERTISEMENT ? ND_OPT_TARGET_LL_ADDR :
						       ND_OPT_SOURCE_LL_ADDR;
	o[1] = 1;
	ether_addr_copy(o + 2, lladdr);
	return NDISC_NEIGH_LEN + NDISC_LLADDR_OPT_LEN;
}

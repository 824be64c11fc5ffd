/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_raw.h"

#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#define RAW(base, name, len) \
	[(base) * NFT_VALUE_MAX + (len) - 1] = { \
		name, NFT_TYPE_RAW, len, NFT_BASE_RAW, 0, NFT_L4_ANY, base, 0, false, 0 }
#define FOUR(base, name, len) \
	RAW(base, name, len), RAW(base, name, (len) + 1), RAW(base, name, (len) + 2), \
	RAW(base, name, (len) + 3)
#define ALL(base, name) \
	FOUR(base, name, 1), FOUR(base, name, 5), FOUR(base, name, 9), FOUR(base, name, 13)

static const struct nft_selector raw[NFT_RAW_BASES * NFT_VALUE_MAX] = {
	ALL(NFT_RAW_LL, "@ll"), ALL(NFT_RAW_NH, "@nh"), ALL(NFT_RAW_TH, "@th"),
	ALL(NFT_RAW_IH, "@ih"),
};

const struct nft_selector *nft_raw_selector(enum nft_raw_base base, u32 len)
{
	return &raw[base * NFT_VALUE_MAX + len - 1];
}

/* What the transport carries. */
static bool inner(const struct nft_pkt *p, s64 *from)
{
	u8 doff;

	switch (p->l4) {
	case IP_PROTO_UDP:
		*from += UDP_HLEN;
		return true;
	case IP_PROTO_TCP:
		if (!nft_load_bits(p->skb, *from, 96, 4, &doff, 1) || doff * 4 < TCP_HLEN)
			return false;
		*from += doff * 4;
		return true;
	default:
		return false;
	}
}

bool nft_raw_load(const struct nft_pkt *p, const struct nft_field *f, u8 *to)
{
	s64 from = 0;

	switch (f->sel->at) {
	case NFT_RAW_LL:
		if (!nft_link_header(p, &from))
			return false;
		break;
	case NFT_RAW_NH:
		break;
	default:
		if (!p->has_l4 || !p->first)
			return false;
		from = p->thoff;
		if (f->sel->at == NFT_RAW_IH && !inner(p, &from))
			return false;
		break;
	}
	return nft_load_bits(p->skb, from, f->raw_at, f->raw_bits, to, f->sel->len);
}

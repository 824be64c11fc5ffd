/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_exthdr.h"

#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "wire/tcp_opt.h"

/* ---- where it is ---- */

/* An option that cuts into what follows the header counts as none, as in Linux. */
u32 nft_tcpopt_find(const struct nft_pkt *p, u8 kind, u32 need)
{
	struct sk_buff *skb = p->skb;
	const u8 *th;
	u32 hlen;

	if (p->l4 != IP_PROTO_TCP || !p->first || !pskb_may_pull(skb, p->thoff + TCP_HLEN))
		return 0;
	hlen = tcph_hlen((const struct tcphdr *)(const void *)(skb->data + p->thoff));
	if (hlen <= TCP_HLEN || !pskb_may_pull(skb, p->thoff + hlen))
		return 0;
	th = skb->data + p->thoff;
	for (u32 i = TCP_HLEN, len; i + 1 < hlen; i += len) {
		len = th[i] <= TCPOPT_NOP || !th[i + 1] ? 1 : th[i + 1];
		if (th[i] == kind)
			return i + len <= hlen && need <= len ? p->thoff + i : 0;
	}
	return 0;
}

/* Offset of the header of this number; a later fragment has none but those before its cut. */
static u32 find_ext(const struct nft_pkt *p, u8 hdr)
{
	struct sk_buff *skb = p->skb;
	struct ipv6_ext e;

	if (!pskb_may_pull(skb, IPV6_HLEN))
		return 0;
	ipv6_ext_start(&e, skb->data[IPV6_NEXTHDR_OFF]);
	while (e.nexthdr != hdr) {
		/* The longest header there is, as far as the packet goes. */
		if (!ipv6_ext_hdr(e.nexthdr) ||
		    !pskb_may_pull(skb, min(skb->len, e.off + 256 * 8)) ||
		    ipv6_ext_next(&e, skb->data, skb_headlen(skb)) <= 0)
			return 0;
	}
	return e.frag && e.frag_off ? 0 : e.off;
}

static u32 find_ipopt(const struct nft_pkt *p, u8 kind)
{
	u32 hlen = iph_hlen(ip_hdr(p->skb));
	const u8 *h;

	if (!pskb_may_pull(p->skb, hlen))
		return 0;
	h = p->skb->data;
	for (u32 i = IPV4_HLEN; i < hlen && h[i] != IPOPT_END;) {
		u32 len = h[i] == IPOPT_NOOP ? 1 : i + 1 < hlen ? h[i + 1] : 0;

		if (!len || i + len > hlen || (len == 1 && h[i] != IPOPT_NOOP))
			return 0;
		if (h[i] == kind)
			return i;
		i += len;
	}
	return 0;
}

/* ---- what it says ---- */

static bool load(struct sk_buff *skb, u32 at, const struct nft_selector *s, u8 *to)
{
	u32 first = at + s->at / 8, n = (s->at % 8 + s->bits + 7u) / 8;
	u8 raw[NFT_VALUE_MAX];
	u64 v = 0;

	if (first + n > skb->len || skb_copy_bits(skb, first, raw, n))
		return false;
	if (s->at % 8 == 0 && s->bits % 8 == 0) {
		memcpy(to, raw, s->len);
		return true;
	}
	for (u32 i = 0; i < n; i++)
		v = v << 8 | raw[i];
	v = v >> (n * 8 - s->at % 8 - s->bits) & (BIT64(s->bits) - 1);
	for (u32 i = s->len; i-- > 0; v >>= 8)
		to[i] = (u8)v;
	return true;
}

bool nft_exthdr_load(const struct nft_pkt *p, const struct nft_selector *s, u8 *to)
{
	u32 need = s->at == NFT_EXISTS ? 0 : s->at / 8 + s->len, at;

	at = s->base == NFT_BASE_EXTHDR ? find_ext(p, s->hdr) :
	     s->base == NFT_BASE_IPOPT ? find_ipopt(p, s->hdr) : nft_tcpopt_find(p, s->hdr, need);
	if (s->at == NFT_EXISTS) {
		*to = at != 0;
		return true;
	}
	return at && load(p->skb, at, s, to);
}

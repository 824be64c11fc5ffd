/* SPDX-License-Identifier: MIT */
#include "net/ipv6/txoptions.h"

#include "wire/eth.h"

/* ---- what there is ---- */

void ipv6_txopt_set(struct ipv6_txoptions *opt, enum ipv6_txopt which, const u8 *hdr)
{
	u16 *len = which == TXOPT_DST1OPT ? &opt->opt_flen : &opt->opt_nflen;

	if (opt->hdr[which])
		*len = (u16)(*len - ipv6_optlen(opt->hdr[which]));
	opt->hdr[which] = hdr;
	if (hdr)
		*len = (u16)(*len + ipv6_optlen(hdr));
}

struct ipv6_txoptions *ipv6_dup_options(struct net *net, const struct ipv6_txoptions *opt)
{
	struct ipv6_txoptions *copy = mem_alloc(&net->mem, sizeof(*copy) + ipv6_txopt_len(opt));
	u8 *at = (u8 *)(copy + 1);

	if (!copy)
		return NULL;
	*copy = *opt;
	for (int i = 0; i < TXOPT_MAX; i++) {
		if (!opt->hdr[i])
			continue;
		memcpy(at, opt->hdr[i], ipv6_optlen(opt->hdr[i]));
		copy->hdr[i] = at;
		at += ipv6_optlen(at);
	}
	return copy;
}

void ipv6_txopt_free(struct net *net, struct ipv6_txoptions *opt)
{
	if (opt)
		mem_free(&net->mem, opt, sizeof(*opt) + ipv6_txopt_len(opt));
}

const struct ipv6_txoptions *ipv6_fixup_options(struct ipv6_txoptions *space,
						const struct ipv6_txoptions *opt)
{
	if (opt && opt->hdr[TXOPT_DST0OPT] && !opt->hdr[TXOPT_SRCRT]) {
		*space = *opt;
		ipv6_txopt_set(space, TXOPT_DST0OPT, NULL);
		opt = space;
	}
	return ipv6_txopt_len(opt) ? opt : NULL;
}

/* ---- routing headers ---- */

enum { RT_TYPE = 2, RT_SEGMENTS_LEFT = 3, SRH_FIRST_SEGMENT = 4, RT_ADDRS = 8 };
enum { SRCRT_TYPE_2 = 2, SRCRT_TYPE_4 = 4 };

/* RFC 8754 2: as many addresses as it says, and behind them what has a type and a length each. */
static bool validate_srh(const u8 *hdr, u32 len)
{
	u32 first = hdr[SRH_FIRST_SEGMENT], at = RT_ADDRS + (first + 1) * 16;

	if (ipv6_optlen(hdr) != len || hdr[RT_SEGMENTS_LEFT] > first || at > len)
		return false;
	while (at < len) {
		if (len - at < 2 || len - at < 2u + hdr[at + 1])
			return false;
		at += 2u + hdr[at + 1];
	}
	return true;
}

int ipv6_txopt_check_rthdr(const u8 *hdr, u32 len, bool of_msg)
{
	if (hdr[RT_TYPE] == SRCRT_TYPE_2)
		return ipv6_optlen(hdr) == 24 && hdr[RT_SEGMENTS_LEFT] == 1 ? 0 : -EINVAL;
	/* As Linux: those of segment routing only once for all. */
	return !of_msg && hdr[RT_TYPE] == SRCRT_TYPE_4 && validate_srh(hdr, len) ? 0 : -EINVAL;
}

/* The address that a packet goes to first, in a header that passed. */
static u32 first_hop_at(const u8 *rt)
{
	return RT_ADDRS + (rt[RT_TYPE] == SRCRT_TYPE_4 ? rt[RT_SEGMENTS_LEFT] * 16u : 0);
}

const struct ip6_addr *ipv6_first_hop(const struct ipv6_txoptions *opt,
				      const struct ip6_addr *daddr)
{
	const u8 *rt = unlikely(opt != NULL) ? opt->hdr[TXOPT_SRCRT] : NULL;

	return likely(!rt) ? daddr : (const void *)(rt + first_hop_at(rt));
}

/* ---- on the wire ---- */

bool ipv6_txopt_room(struct sk_buff *skb, const struct ipv6_txoptions *opt)
{
	u32 need = ETH_HLEN + 8 + IPV6_HLEN + ipv6_txopt_len(opt);

	return skb_headroom(skb) >= need || skb_expand_head(skb, need, 0);
}

static void push_header(struct sk_buff *skb, const u8 *hdr, u8 type, u8 *nexthdr)
{
	u8 *p = skb_push(skb, ipv6_optlen(hdr));

	memcpy(p, hdr, ipv6_optlen(hdr));
	p[0] = *nexthdr;
	*nexthdr = type;
}

/* The peer takes the last address's place, and the first one the peer's. */
static void push_rthdr(struct sk_buff *skb, const u8 *hdr, u8 *nexthdr, struct ip6_addr *daddr)
{
	struct ip6_addr peer = *daddr;

	memcpy(daddr, hdr + first_hop_at(hdr), sizeof(*daddr));
	push_header(skb, hdr, NEXTHDR_ROUTING, nexthdr);
	memcpy(skb->data + RT_ADDRS, &peer, sizeof(peer));
}

void ipv6_push_options(struct sk_buff *skb, const struct ipv6_txoptions *opt, u8 *nexthdr,
		       struct ip6_addr *daddr)
{
	if (opt->hdr[TXOPT_DST1OPT])
		push_header(skb, opt->hdr[TXOPT_DST1OPT], NEXTHDR_DEST, nexthdr);
	if (opt->hdr[TXOPT_SRCRT]) {
		push_rthdr(skb, opt->hdr[TXOPT_SRCRT], nexthdr, daddr);
		if (opt->hdr[TXOPT_DST0OPT])
			push_header(skb, opt->hdr[TXOPT_DST0OPT], NEXTHDR_DEST, nexthdr);
	}
	if (opt->hdr[TXOPT_HOPOPT])
		push_header(skb, opt->hdr[TXOPT_HOPOPT], NEXTHDR_HOP, nexthdr);
}

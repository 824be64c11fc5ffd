/* SPDX-License-Identifier: MIT */
/*
 * Cutting a packet of this machine that is larger than the path's MTU (RFC 8200 4.5, row I4, copy
 * 3): each fragment gets a copy of the headers that routers read and a fragment header behind them;
 * the payload stays where it is and is shared.
 */
#include "base/skb_share.h"
#include "base/trace.h"
#include "net/ipv6/ip6_impl.h"

#define FRAG_HEADROOM 32	/* the MAC header and more */

struct cut {
	u32 hlen;		/* of the part that is not cut */
	u32 nhoff;		/* of the byte in it that names what follows */
	u8 nexthdr;		/* and what it named */
	be32 id;
};

/* IPv6 header and what stands up to a routing header, with it; as in Linux destination options also
 * where there is none, which RFC 8200 4.5 would have cut. */
static bool unfragmentable(struct sk_buff *skb, struct cut *c)
{
	bool routed = false;
	struct ipv6_ext e;

	ipv6_ext_start(&e, ipv6_hdr(skb)->nexthdr);
	while (e.nexthdr == NEXTHDR_HOP || e.nexthdr == NEXTHDR_ROUTING ||
	       (e.nexthdr == NEXTHDR_DEST && !routed)) {
		routed |= e.nexthdr == NEXTHDR_ROUTING;
		if (ipv6_ext_next(&e, skb_network_header(skb), skb_headlen(skb)) <= 0)
			return false;
	}
	*c = (struct cut){ .hlen = e.off, .nhoff = e.nh_off, .nexthdr = e.nexthdr };
	return true;
}

static struct sk_buff *make_fragment(const struct sk_buff *skb, const struct cut *c, u32 offset,
				     u32 len, bool more)
{
	struct ipv6_frag_view f = { c->nexthdr, (u16)offset, more, c->id };
	struct sk_buff *frag = alloc_skb(skb->net, max_t(u32, SKB_ROOM, FRAG_HEADROOM + c->hlen +
								   IPV6_FRAG_HLEN));
	u8 *nh;

	if (!frag)
		return NULL;
	frag->id = skb->id;
	frag->dev = skb->dev;
	frag->protocol = skb->protocol;
	frag->pkt_type = skb->pkt_type;
	frag->priority = skb->priority;
	frag->mark = skb->mark;
	frag->hash = skb->hash;
	frag->tstamp = skb->tstamp;
	frag->edt = skb->edt;
	*IP6CB(frag) = *IP6CB(skb);
	skb_dst_set(frag, dst_hold(skb->dst));
	/* It is a copy of part of another, not a packet made here. */
	frag->net->frames.made--;
	frag->net->frames.cloned++;
	skb_reserve(frag, FRAG_HEADROOM);
	skb_reset_network_header(frag);
	nh = skb_put(frag, c->hlen + IPV6_FRAG_HLEN);
	memcpy(nh, skb_network_header(skb), c->hlen);
	nh[c->nhoff] = NEXTHDR_FRAGMENT;
	ipv6_frag_build(nh + c->hlen, &f);
	((struct ipv6hdr *)(void *)nh)->payload_len =
		cpu_to_be16((u16)(c->hlen - IPV6_HLEN + IPV6_FRAG_HLEN + len));
	frag->transport_header = (u16)(frag->network_header + c->hlen);
	skb->net->copies.header += c->hlen;
	if (skb_share_bits(frag, skb, c->hlen + offset, len)) {
		kfree_skb_reason(frag, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	return frag;
}

static int fail(struct net *net, struct sk_buff *skb, enum skb_drop_reason reason, int err)
{
	mib_inc(net, Ip6FragFails);
	kfree_skb_reason(skb, reason);
	return err;
}

/* Sends the fragments, each by ip6_finish_output2(). Consumes. */
int ip6_fragment(struct net *net, struct sk_buff *skb, u32 mtu)
{
	u32 left, room, len;
	struct cut c;

	if (!unfragmentable(skb, &c) || mtu < c.hlen + IPV6_FRAG_HLEN + 8 || skb->gso_size)
		return fail(net, skb, SKB_DROP_REASON_PKT_TOO_BIG, -EMSGSIZE);
	if (!skb_checksum_help(skb))
		return fail(net, skb, SKB_DROP_REASON_SKB_CSUM, -ENOBUFS);
	/* RFC 7739: a number that nobody can guess. */
	c.id = prng_u32(&net->prng);
	left = skb->len - c.hlen;
	room = (mtu - c.hlen - IPV6_FRAG_HLEN) & ~7u;
	trace_skb(net, ip6_fragment, skb, skb->len, mtu, div_round_up(left, room));
	for (u32 offset = 0; left; offset += len, left -= len) {
		struct sk_buff *frag;

		len = min(left, room);
		frag = make_fragment(skb, &c, offset, len, left > len);
		if (!frag)
			return fail(net, skb, SKB_DROP_REASON_NOMEM, -ENOBUFS);
		mib_inc(net, Ip6FragCreates);
		ip6_finish_output2(net, frag);
	}
	mib_inc(net, Ip6FragOKs);
	consume_skb(skb);
	return 0;
}

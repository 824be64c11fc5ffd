/* SPDX-License-Identifier: MIT */
/*
 * Cutting a packet that is larger than the link's MTU (row I4, copy 3): each fragment gets a copy
 * of the header; the payload stays where it is and is shared.
 */
#include "base/trace.h"
#include "base/skb_share.h"
#include "net/ipv4/ip_impl.h"
#include "net/ipv4/ip_options.h"
#include "wire/icmp.h"

#define FRAG_HEADROOM 32	/* the MAC header and more; with 60 bytes of IP it fits inline */

/* What a fragment takes over from its packet besides bytes. */
static void ip_copy_metadata(struct sk_buff *to, const struct sk_buff *from)
{
	to->id = from->id;
	to->dev = from->dev;
	to->protocol = from->protocol;
	to->pkt_type = from->pkt_type;
	to->priority = from->priority;
	to->mark = from->mark;
	to->hash = from->hash;
	to->tstamp = from->tstamp;
	to->edt = from->edt;
	skb_dst_set(to, dst_hold(from->dst));
	/* It is a copy of part of another, not a packet made here. */
	to->net->frames.made--;
	to->net->frames.cloned++;
}

static struct sk_buff *make_fragment(const struct sk_buff *skb, const struct iphdr *first,
				     u32 offset, u32 len, bool more)
{
	u32 hlen = iph_hlen(first), before = be16_to_cpu(first->frag_off);
	struct sk_buff *frag = alloc_skb(skb->net, SKB_ROOM);
	struct iphdr *iph;

	if (!frag)
		return NULL;
	ip_copy_metadata(frag, skb);
	skb_reserve(frag, FRAG_HEADROOM);
	skb_reset_network_header(frag);
	iph = (void *)skb_put(frag, hlen);
	memcpy(iph, skb_network_header(skb), hlen);
	frag->transport_header = (u16)(frag->network_header + hlen);
	skb->net->copies.header += hlen;
	if (skb_share_bits(frag, skb, hlen + offset, len)) {
		kfree_skb_reason(frag, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	/* A fragment may itself be cut: its own offset counts, and its MF stays on the last. */
	iph->frag_off = cpu_to_be16((u16)((before & (IP_OFFSET | IP_MF)) + offset / 8));
	if (more)
		iph->frag_off |= CONST_BE16(IP_MF);
	if (offset)
		ip_options_fragment(iph);
	iph->tot_len = cpu_to_be16((u16)(hlen + len));
	ip_send_check(iph);
	return frag;
}

static int fail(struct net *net, struct sk_buff *skb, enum skb_drop_reason reason, int err)
{
	mib_inc(net, IpFragFails);
	kfree_skb_reason(skb, reason);
	return err;
}

/* RFC 791 3.2: all but the last carry a multiple of 8 bytes. */
static u32 piece_len(u32 left, u32 room)
{
	return left <= room ? left : room & ~7u;
}

static u32 count_pieces(u32 left, u32 room)
{
	return left <= room ? 1 : (u32)div_round_up(left - room, room & ~7u) + 1;
}

/* Sends the fragments, each by ip_finish_output2(). Consumes. */
int ip_do_fragment(struct net *net, struct sk_buff *skb, u32 mtu)
{
	const struct iphdr *iph = ip_hdr(skb);
	u32 hlen = iph_hlen(iph), left = skb->len - hlen, room = mtu - hlen, len;

	if (iph->frag_off & CONST_BE16(IP_DF)) {
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, cpu_to_be32(mtu));
		return fail(net, skb, SKB_DROP_REASON_PKT_TOO_BIG, -EMSGSIZE);
	}
	if (mtu < hlen + 8)
		return fail(net, skb, SKB_DROP_REASON_PKT_TOO_BIG, -EMSGSIZE);
	if (!skb_checksum_help(skb))
		return fail(net, skb, SKB_DROP_REASON_SKB_CSUM, -ENOBUFS);
	iph = ip_hdr(skb);
	trace_skb(net, ip_fragment, skb, skb->len, mtu, count_pieces(left, room));
	for (u32 offset = 0; left; offset += len, left -= len) {
		struct sk_buff *frag;

		len = piece_len(left, room);
		frag = make_fragment(skb, iph, offset, len, left > len);
		if (!frag)
			return fail(net, skb, SKB_DROP_REASON_NOMEM, -ENOBUFS);
		mib_inc(net, IpFragCreates);
		ip_finish_output2(net, frag);
	}
	mib_inc(net, IpFragOKs);
	consume_skb(skb);
	return 0;
}

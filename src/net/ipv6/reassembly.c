/* SPDX-License-Identifier: MIT */
/*
 * Fragments of IPv6 packets for this machine, put together (RFC 8200 4.5, RFC 5722).
 *
 * A packet is known by source, destination and identification (and the device, for addresses of a
 * link). Its fragments wait ip6frag_time (60 s) at most; then the sender is told, when the first
 * one was there. Exact duplicates are ignored; overlaps end the whole packet. A fragment that is
 * all of its packet waits for nobody (RFC 6946). The first one has the whole chain of headers
 * (RFC 7112).
 */
#include "net/inet_frag.h"
#include "net/ipv6/ip6_impl.h"
#include "wire/icmp6.h"

#define FRAG_OFF_FIELD 2		/* offset in a fragment header */
#define PAYLOAD_LEN_FIELD 4		/* in IPv6's */
#define ICMPV6_HDR_INCOMP 3		/* RFC 7112 5 */

static void ip6_expire(struct net *net, struct sk_buff *head, int iif)
{
	struct net_device *dev = dev_get_by_index(net, iif);

	mib_inc(net, Ip6ReasmFails);
	mib_inc(net, Ip6ReasmTimeout);
	if (!head || FRAG_CB(head)->offset || !dev || !dev->ip6_ptr)
		return;
	head->dev = dev;
	if (!ip6_route_input(head))
		icmpv6_send(head, ICMPV6_TIME_EXCEED, ICMPV6_EXC_FRAGTIME, 0);
}

/* ---- putting together ---- */

/* The fragment header at off, nhoff bytes before which something names it, is taken out. */
static void remove_header(struct sk_buff *skb, u32 off, u16 nhoff)
{
	u8 *nh = skb_network_header(skb);

	nh[nhoff] = nh[off];
	memmove(nh + IPV6_FRAG_HLEN, nh, off);
	skb_pull(skb, IPV6_FRAG_HLEN);
	skb->network_header = (u16)(skb->network_header + IPV6_FRAG_HLEN);
	skb->transport_header = (u16)(skb->network_header + off);
}

/* The first fragment becomes the packet. off: of the fragment header in that. */
static struct sk_buff *ip6_frag_reasm(struct inet_frag_queue *q, struct net_device *dev)
{
	struct net *net = q->dir->net;
	u32 len = q->frags.len, off;
	u16 max_size = q->max_size;
	int ecn = inet_frag_ecn(q->ecn);
	struct sk_buff *head = inet_frag_reasm(q, dev);
	enum skb_drop_reason reason = SKB_CONSUMED;
	struct inet6_skb_parm cb;
	struct ipv6hdr *h;

	off = (u32)(head->transport_header - head->network_header);
	if (!skb_cow_head(head, 0, off + IPV6_FRAG_HLEN))
		reason = SKB_DROP_REASON_NOMEM;
	else if (len + off - IPV6_HLEN > IPV6_MAXPLEN)
		reason = SKB_DROP_REASON_FRAG_TOO_FAR;
	else if (ecn < 0)
		reason = SKB_DROP_REASON_FRAG_ECN;
	if (reason != SKB_CONSUMED) {
		mib_inc(net, Ip6ReasmFails);
		kfree_skb_reason(head, reason);
		return NULL;
	}
	cb = (struct inet6_skb_parm){ .nhoff = FRAG_CB(head)->nhoff, .iif = (u16)dev->ifindex,
				      .flags = IP6SKB_FRAGMENTED,
				      .frag_max_size = max_size };
	remove_header(head, off, cb.nhoff);
	*IP6CB(head) = cb;
	h = ipv6_hdr(head);
	h->payload_len = cpu_to_be16((u16)(head->len - IPV6_HLEN));
	if (ecn)
		ipv6_set_ce(h);
	mib_inc(net, Ip6ReasmOKs);
	return head;
}

/* Later pieces bring payload only. */
static void strip_piece(struct sk_buff *skb, const struct ipv6_frag_view *f, u32 hlen)
{
	if (f->offset)
		skb_pull(skb, hlen);
	skb_dst_drop(skb);
	skb_orphan(skb);
	skb->dev = NULL;
}

/* hlen: of all up to the fragment's data. NULL: it waits, or is gone. */
static struct sk_buff *ip6_frag_queue(struct inet_frag_queue *q, struct sk_buff *skb,
				      const struct ipv6_frag_view *f, u32 hlen)
{
	struct net_device *dev = skb->dev;
	struct dst_entry *dst;
	u32 len = skb->len - hlen, size = skb->len;
	u8 ecn = (u8)BIT(ipv6_get_dsfield(ipv6_hdr(skb)) & INET_ECN_MASK);
	u16 nhoff = IP6CB(skb)->nhoff;
	enum frag_verdict verdict;

	q->iif = dev->ifindex;
	if (!len) {
		inet_frag_discard(q, skb, SKB_DROP_REASON_FRAG_TOO_FAR);
		return NULL;
	}
	verdict = inet_frag_enter(q, skb, f->offset, len, f->more);
	if (verdict != FRAG_QUEUED && verdict != FRAG_COMPLETE)
		return NULL;
	FRAG_CB(skb)->nhoff = nhoff;
	q->ecn |= ecn;
	q->max_size = (u16)max_t(u32, q->max_size, size);
	dst = verdict == FRAG_COMPLETE && skb->dst ? dst_hold(skb->dst) : NULL;
	strip_piece(skb, f, hlen);
	if (verdict != FRAG_COMPLETE)
		return NULL;
	skb = ip6_frag_reasm(q, dev);
	if (skb)
		skb_dst_set(skb, dst);
	else
		dst_release(dst);
	return skb;
}

/* ---- what comes ---- */

/* How much of the upper-layer header has to be in the first fragment, as Linux has it. */
static u32 least_header(u8 nexthdr)
{
	switch (nexthdr) {
	case IP_PROTO_TCP:
		return 20;
	case IP_PROTO_UDP:
	case IP_PROTO_ICMPV6:
		return 8;
	default:
		return 1;
	}
}

/* RFC 7112: the first fragment ends within the chain of headers. */
static bool chain_is_cut(const struct sk_buff *skb, const struct ipv6_frag_view *f, u32 hlen)
{
	struct ipv6_ext e = { .nexthdr = f->nexthdr, .off = hlen };

	if (f->offset)
		return false;
	if (ipv6_skb_skip_exthdr(skb, 0, &e))
		return skb->len <= IP6_CHAIN_MAX;
	return e.nexthdr != NEXTHDR_NONE && skb->len < e.off + least_header(e.nexthdr);
}

/* Refused with a parameter problem (PI-40). */
static u32 refuse(struct sk_buff *skb, u8 code, u32 pos)
{
	mib_inc(skb->net, Ip6InHdrErrors);
	mib_inc(skb->net, Ip6ReasmFails);
	icmpv6_param_prob(skb, code, pos, SKB_DROP_REASON_FRAG_TOO_FAR);
	return 0;
}

/* NULL: the piece is gone. */
static struct inet_frag_queue *find_queue(struct sk_buff *skb, const struct ipv6_frag_view *f)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);
	u64 iif = ipv6_addr_needs_scope_id(&h->daddr) ? (u64)skb->dev->ifindex : 0;
	const u64 key[FRAG_KEY_WORDS] = { ip6_word(&h->saddr, 0), ip6_word(&h->saddr, 1),
					  ip6_word(&h->daddr, 0), ip6_word(&h->daddr, 1),
					  (u64)f->id << 32 | iif };

	return inet_frag_find(skb->net->ipv6->frags, key, skb);
}

/* What a fragment header at hlen's end may not say; *pos: where, *code: of the error. */
static bool is_wrong(const struct sk_buff *skb, const struct ipv6_frag_view *f, u32 hlen, u8 *code,
		     u32 *pos)
{
	*code = ICMPV6_HDR_FIELD;
	if (chain_is_cut(skb, f, hlen)) {
		*code = ICMPV6_HDR_INCOMP;
		*pos = 0;
		return true;
	}
	if (f->offset + skb->len - hlen > IPV6_MAXPLEN) {
		*pos = hlen - IPV6_FRAG_HLEN + FRAG_OFF_FIELD;
		return true;
	}
	*pos = PAYLOAD_LEN_FIELD;
	return f->more && (skb->len - hlen) % 8;
}

/* NULL: it waits, or is gone. */
static struct sk_buff *give(struct sk_buff *skb, const struct ipv6_frag_view *f, u32 off)
{
	struct inet_frag_queue *q = find_queue(skb, f);

	if (!q)
		return NULL;
	skb->transport_header = (u16)(skb->network_header + off);
	return ip6_frag_queue(q, skb, f, off + IPV6_FRAG_HLEN);
}

u32 ipv6_frag_rcv(struct sk_buff **pskb, u32 off)
{
	struct sk_buff *skb = *pskb;
	u32 hlen = off + IPV6_FRAG_HLEN, pos;
	struct ipv6_frag_view f;
	u8 code;

	/* As Linux: no fragments of fragments. What was put together hangs on its first piece. */
	if (IP6CB(skb)->flags & IP6SKB_FRAGMENTED) {
		mib_inc(skb->net, Ip6InHdrErrors);
		icmpv6_param_prob(skb, ICMPV6_HDR_FIELD, off, SKB_DROP_REASON_IPV6_BAD_EXTHDR);
		return 0;
	}
	mib_inc(skb->net, Ip6ReasmReqds);
	if (!pskb_may_pull(skb, hlen) ||
	    ipv6_frag_parse(skb_network_header(skb) + off, IPV6_FRAG_HLEN, &f))
		return refuse(skb, ICMPV6_HDR_FIELD, off);
	if (!f.offset && !f.more) {		/* RFC 6946 4 */
		mib_inc(skb->net, Ip6ReasmOKs);
		IP6CB(skb)->nhoff = (u16)off;
		IP6CB(skb)->flags |= IP6SKB_FRAGMENTED;
		skb->transport_header = (u16)(skb->network_header + hlen);
		return hlen;
	}
	if (is_wrong(skb, &f, hlen, &code, &pos))
		return refuse(skb, code, pos);
	*pskb = give(skb, &f, off);
	return *pskb ? (u32)((*pskb)->transport_header - (*pskb)->network_header) : 0;
}

/* The fragment header, if there is one within reach. */
static bool find_header(struct sk_buff *skb, struct ipv6_ext *e)
{
	ipv6_ext_start(e, ipv6_hdr(skb)->nexthdr);
	while (e->nexthdr != NEXTHDR_FRAGMENT)
		if (!ipv6_ext_hdr(e->nexthdr) || !pskb_may_pull(skb, e->off + 8) ||
		    ipv6_ext_next(e, skb->data, skb_headlen(skb)) <= 0)
			return false;
	return true;
}

/* A fragment that is all of its packet: as Linux, it goes on without its header. */
static struct sk_buff *strip_atomic(struct sk_buff *skb, const struct ipv6_ext *e)
{
	u16 behind = (u16)(skb->transport_header - skb->network_header);
	struct ipv6hdr *h;

	if (!skb_cow_head(skb, 0, e->off + IPV6_FRAG_HLEN)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	remove_header(skb, e->off, (u16)e->nh_off);
	h = ipv6_hdr(skb);
	h->payload_len = cpu_to_be16((u16)(skb->len - IPV6_HLEN));
	skb->transport_header = (u16)(skb->network_header + behind);
	IP6CB(skb)->flags |= IP6SKB_FRAGMENTED;
	mib_inc(skb->net, Ip6ReasmReqds);
	mib_inc(skb->net, Ip6ReasmOKs);
	return skb;
}

struct sk_buff *ip6_defrag(struct sk_buff *skb)
{
	struct inet6_skb_parm cb = *IP6CB(skb);
	u16 behind = (u16)(skb->transport_header - skb->network_header);
	struct ipv6_frag_view f;
	struct ipv6_ext e;
	u32 pos;
	u8 code;

	if (!find_header(skb, &e) || !pskb_may_pull(skb, e.off + IPV6_FRAG_HLEN) ||
	    ipv6_frag_parse(skb->data + e.off, IPV6_FRAG_HLEN, &f) ||
	    is_wrong(skb, &f, e.off + IPV6_FRAG_HLEN, &code, &pos))
		return skb;
	if (!f.offset && !f.more)
		return strip_atomic(skb, &e);
	mib_inc(skb->net, Ip6ReasmReqds);
	IP6CB(skb)->nhoff = (u16)e.nh_off;
	skb = give(skb, &f, e.off);
	if (!skb)
		return NULL;
	/* Who delivers it walks the headers again, from where they begin. */
	cb.frag_max_size = IP6CB(skb)->frag_max_size;
	cb.flags |= IP6SKB_FRAGMENTED;
	*IP6CB(skb) = cb;
	skb->transport_header = (u16)(skb->network_header + behind);
	return skb;
}

int ipv6_frags_net_init(struct net *net)
{
	struct fqdir *dir = fqdir_alloc(net);

	if (!dir)
		return -ENOMEM;
	dir->high_thresh = &net->sysctl.ip6frag_high_thresh;
	dir->timeout = &net->sysctl.ip6frag_time;
	dir->mib_fails = MIB_Ip6ReasmFails;
	dir->expired = ip6_expire;
	net->ipv6->frags = dir;
	return 0;
}

void ipv6_frags_net_exit(struct net *net)
{
	fqdir_free(net->ipv6->frags);
	net->ipv6->frags = NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * Fragments of IPv4 datagrams for this machine, put together (RFC 791 3.2, RFC 815, RFC 5722).
 *
 * A datagram is known by source, destination, identification and protocol. Its fragments wait
 * ipfrag_time (30 s) at most; then they end with FRAG_REASM_TIMEOUT, and the sender is told when
 * the first one was there (RFC 792). All that waits is at most ipfrag_high_thresh bytes; beyond
 * that new fragments are dropped. Exact duplicates are ignored; overlaps end the whole datagram.
 */
#include "net/inet_frag.h"
#include "net/ipv4/ip_impl.h"
#include "net/ipv4/ip_options.h"
#include "wire/icmp.h"

/* The sender is told; icmp_send() does so only about a first fragment (RFC 1122 3.3.2), which
 * would be the head. */
static void report_timeout(struct net *net, struct sk_buff *head, int iif)
{
	struct net_device *dev = dev_get_by_index(net, iif);
	const struct iphdr *iph = ip_hdr(head);

	if (!dev)
		return;
	head->dev = dev;
	if (ip_route_input(head, iph->daddr, iph->saddr, iph->tos, dev))
		return;
	if (dst_rtable(head->dst)->type == RTN_LOCAL)
		icmp_send(head, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, 0);
}

static void ip_expire(struct net *net, struct sk_buff *head, int iif)
{
	mib_inc(net, IpReasmFails);
	mib_inc(net, IpReasmTimeout);
	if (head)
		report_timeout(net, head, iif);
}

/* ---- putting together ---- */

/* The first fragment becomes the datagram: the others' payload hangs on it, nothing is copied. */
static struct sk_buff *ip_frag_reasm(struct inet_frag_queue *q, struct net_device *dev)
{
	struct net *net = q->dir->net;
	u32 len = q->frags.len, hlen;
	int ecn = inet_frag_ecn(q->ecn);
	struct sk_buff *head = inet_frag_reasm(q, dev);
	enum skb_drop_reason reason = SKB_CONSUMED;
	struct iphdr *iph;

	hlen = iph_hlen(ip_hdr(head));
	if (!skb_cow_head(head, 0, hlen))
		reason = SKB_DROP_REASON_NOMEM;
	else if (len + hlen > IPV4_MAX_LEN)
		reason = SKB_DROP_REASON_FRAG_TOO_FAR;
	else if (ecn < 0)
		reason = SKB_DROP_REASON_FRAG_ECN;
	if (reason != SKB_CONSUMED) {
		mib_inc(net, IpReasmFails);
		kfree_skb_reason(head, reason);
		return NULL;
	}
	iph = ip_hdr(head);
	iph->tos |= (u8)ecn;
	iph->tot_len = cpu_to_be16((u16)(len + hlen));
	iph->frag_off = 0;
	ip_send_check(iph);
	mib_inc(net, IpReasmOKs);
	IPCB(head)->opt = (struct ip_options){ .optlen = (u8)(hlen - IPV4_HLEN) };
	return head;
}

/* Later pieces bring payload only: their headers go, and what refers to where they came from. */
static void strip_piece(struct sk_buff *skb, u32 offset, u32 hlen, u32 len)
{
	if (offset)
		skb_pull(skb, hlen);
	skb_trim(skb, offset ? len : hlen + len);
	skb_dst_drop(skb);
	skb_orphan(skb);
	skb->dev = NULL;
}

static struct sk_buff *ip_frag_queue(struct inet_frag_queue *q, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct dst_entry *dst = NULL;
	const struct iphdr *iph = ip_hdr(skb);
	u32 hlen = iph_hlen(iph), off = (be16_to_cpu(iph->frag_off) & IP_OFFSET) * 8u;
	u32 len = skb->len - hlen;
	bool more = iph->frag_off & CONST_BE16(IP_MF);
	u8 ecn = (u8)BIT(iph->tos & INET_ECN_MASK);
	enum frag_verdict verdict;

	if (more)
		len &= ~7u;	/* Linux: what is beyond the last whole block is not used */
	if (!len || off + len + hlen > IPV4_MAX_LEN) {
		inet_frag_discard(q, skb, SKB_DROP_REASON_FRAG_TOO_FAR);
		return NULL;
	}
	q->iif = dev->ifindex;
	verdict = inet_frag_enter(q, skb, off, len, more);
	if (verdict != FRAG_QUEUED && verdict != FRAG_COMPLETE)
		return NULL;
	q->ecn |= ecn;
	if (verdict == FRAG_COMPLETE && skb->dst)
		dst = dst_hold(skb->dst);
	strip_piece(skb, off, hlen, len);
	if (verdict != FRAG_COMPLETE)
		return NULL;
	skb = ip_frag_reasm(q, dev);
	if (skb)
		skb_dst_set(skb, dst);
	else
		dst_release(dst);
	return skb;
}

struct sk_buff *ip_defrag(struct sk_buff *skb)
{
	struct net *net = skb->net;
	const struct iphdr *iph = ip_hdr(skb);
	const u64 key[FRAG_KEY_WORDS] = { (u64)iph->saddr << 32 | iph->daddr,
					  (u64)iph->id << 8 | iph->protocol };
	struct inet_frag_queue *q;

	mib_inc(net, IpReasmReqds);
	q = inet_frag_find(net->ipv4->frags, key, skb);
	return likely(q) ? ip_frag_queue(q, skb) : NULL;
}

int ip_frags_net_init(struct net *net)
{
	struct fqdir *dir = fqdir_alloc(net);

	if (!dir)
		return -ENOMEM;
	dir->high_thresh = &net->sysctl.ipfrag_high_thresh;
	dir->timeout = &net->sysctl.ipfrag_time;
	dir->mib_fails = MIB_IpReasmFails;
	dir->expired = ip_expire;
	net->ipv4->frags = dir;
	return 0;
}

void ip_frags_net_exit(struct net *net)
{
	fqdir_free(net->ipv4->frags);
	net->ipv4->frags = NULL;
}

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

#define IP_FRAG_HASH 64

struct ipq_key {
	be32 saddr, daddr;
	be16 id;
	u8 protocol;
};

struct ipq {				/* one datagram */
	struct hlist_node node;
	struct list_head all;
	struct net *net;
	struct ipq_key key;
	int iif;			/* device that its last fragment came by */
	u8 ecn;				/* a bit for each value of the ECN field seen */
	u32 bytes;			/* what it counts for */
	struct timer timer;
	struct inet_frags frags;
};

struct ip_frags {
	u32 bytes;
	u32 queues;
	struct list_head all;
	struct hlist_head hash[IP_FRAG_HASH];
};

static void ip_expire(struct timer *t);

/* ---- queues ---- */

static struct hlist_head *key_head(const struct net *net, const struct ipq_key *k)
{
	u64 h = siphash_2u64((u64)k->saddr << 32 | k->daddr, (u64)k->id << 8 | k->protocol,
			     &net->hash_key);

	return &net->ipv4->frags->hash[h % IP_FRAG_HASH];
}

static u32 frag_charge(const struct sk_buff *skb)
{
	return skb->truesize + (u32)sizeof(*skb);
}

static bool over_limit(const struct net *net, u32 more)
{
	return net->ipv4->frags->bytes + more > (u32)net->sysctl.ipfrag_high_thresh;
}

static struct ipq *ipq_find(struct net *net, const struct ipq_key *k)
{
	struct hlist_head *head = key_head(net, k);
	struct ipq *q;

	hlist_for_each_entry(q, head, node)
		if (q->key.saddr == k->saddr && q->key.daddr == k->daddr && q->key.id == k->id &&
		    q->key.protocol == k->protocol)
			return q;
	if (over_limit(net, sizeof(*q)))
		return NULL;
	q = mem_zalloc(&net->mem, sizeof(*q));
	if (!q)
		return NULL;
	q->net = net;
	q->key = *k;
	q->bytes = sizeof(*q);
	net->ipv4->frags->bytes += q->bytes;
	net->ipv4->frags->queues++;
	timer_init(&q->timer, ip_expire);
	net_timer_mod(net, &q->timer, net->now + sec_to_ktime(net->sysctl.ipfrag_time));
	hlist_add_head(&q->node, head);
	list_add_tail(&q->all, &net->ipv4->frags->all);
	return q;
}

static void ipq_charge(struct ipq *q, u32 bytes)
{
	q->bytes += bytes;
	q->net->ipv4->frags->bytes += bytes;
}

/* Ends the queue; what still waits in it is dropped for that reason. */
static void ipq_kill(struct ipq *q, enum skb_drop_reason reason)
{
	struct sk_buff *skb = inet_frags_take(&q->frags), *next;
	struct net *net = q->net;

	for (; skb; skb = next) {
		next = skb->next;
		skb->next = NULL;
		kfree_skb_reason(skb, reason);
	}
	net_timer_del(net, &q->timer);
	hlist_del_init(&q->node);
	list_del_init(&q->all);
	net->ipv4->frags->bytes -= q->bytes;
	net->ipv4->frags->queues--;
	mem_free(&net->mem, q, sizeof(*q));
}

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

static void ip_expire(struct timer *t)
{
	struct ipq *q = container_of(t, struct ipq, timer);
	struct net *net = q->net;
	struct sk_buff *skb = inet_frags_take(&q->frags), *next;
	int iif = q->iif;

	mib_inc(net, IpReasmFails);
	mib_inc(net, IpReasmTimeout);
	ipq_kill(q, SKB_DROP_REASON_FRAG_REASM_TIMEOUT);
	if (skb)
		report_timeout(net, skb, iif);
	for (; skb; skb = next) {
		next = skb->next;
		skb->next = NULL;
		kfree_skb_reason(skb, SKB_DROP_REASON_FRAG_REASM_TIMEOUT);
	}
}

/* ---- putting together ---- */

/* RFC 3168 5.3: CE in one is CE in all; together with a fragment that is not ECN-capable it is
 * an error. False: drop the datagram. */
static bool ecn_combine(u8 seen, u8 *tos)
{
	if (!(seen & BIT(INET_ECN_CE)))
		return true;
	if (seen & BIT(INET_ECN_NOT_ECT))
		return false;
	*tos |= INET_ECN_CE;
	return true;
}

/* The first fragment becomes the datagram: the others' payload hangs on it, nothing is copied. */
static struct sk_buff *ip_frag_reasm(struct ipq *q, struct net_device *dev)
{
	struct net *net = q->net;
	u32 len = q->frags.len, hlen;
	u8 ecn = q->ecn;
	struct sk_buff *head = inet_frags_take(&q->frags);
	enum skb_drop_reason reason = SKB_CONSUMED;
	struct iphdr *iph;

	ipq_kill(q, SKB_DROP_REASON_NOT_SPECIFIED);	/* it is empty */
	hlen = iph_hlen(ip_hdr(head));
	head->dev = dev;
	head->frag_list = head->next;
	head->next = NULL;
	head->len += len - FRAG_CB(head)->len;
	head->data_len += len - FRAG_CB(head)->len;
	head->csum_valid = false;
	head->ip_summed = CHECKSUM_NONE;
	if (!skb_cow_head(head, 0, hlen)) {
		mib_inc(net, IpReasmFails);
		kfree_skb_reason(head, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	iph = ip_hdr(head);
	if (len + hlen > IPV4_MAX_LEN)
		reason = SKB_DROP_REASON_FRAG_TOO_FAR;
	else if (!ecn_combine(ecn, &iph->tos))
		reason = SKB_DROP_REASON_FRAG_ECN;
	if (reason != SKB_CONSUMED) {
		mib_inc(net, IpReasmFails);
		kfree_skb_reason(head, reason);
		return NULL;
	}
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

static struct sk_buff *discard(struct net *net, struct ipq *q, struct sk_buff *skb,
			       enum skb_drop_reason reason)
{
	mib_inc(net, IpReasmFails);
	kfree_skb_reason(skb, reason);
	ipq_kill(q, reason);
	return NULL;
}

static struct sk_buff *ip_frag_queue(struct ipq *q, struct sk_buff *skb)
{
	struct net *net = q->net;
	struct net_device *dev = skb->dev;
	struct dst_entry *dst = NULL;
	const struct iphdr *iph = ip_hdr(skb);
	u32 hlen = iph_hlen(iph), off = (be16_to_cpu(iph->frag_off) & IP_OFFSET) * 8u;
	u32 len = skb->len - hlen, charge = frag_charge(skb);
	bool more = iph->frag_off & CONST_BE16(IP_MF);
	u8 ecn = (u8)BIT(iph->tos & INET_ECN_MASK);
	enum frag_verdict verdict;

	if (more)
		len &= ~7u;	/* Linux: what is beyond the last whole block is not used */
	if (!len)
		return discard(net, q, skb, SKB_DROP_REASON_FRAG_TOO_FAR);
	if (off + len + hlen > IPV4_MAX_LEN)
		return discard(net, q, skb, SKB_DROP_REASON_FRAG_TOO_FAR);
	q->iif = dev->ifindex;
	verdict = inet_frags_add(&q->frags, skb, off, len, more);
	switch (verdict) {
	case FRAG_DUPLICATE:
		kfree_skb_reason(skb, SKB_DROP_REASON_DUP_FRAG);
		return NULL;
	case FRAG_OVERLAPS:
		return discard(net, q, skb, SKB_DROP_REASON_FRAG_OVERLAP);
	case FRAG_BAD_LENGTH:
		return discard(net, q, skb, SKB_DROP_REASON_FRAG_TOO_FAR);
	default:
		break;
	}
	q->ecn |= ecn;
	ipq_charge(q, charge);
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
	struct ipq_key key = { iph->saddr, iph->daddr, iph->id, iph->protocol };
	struct ipq *q;

	mib_inc(net, IpReasmReqds);
	q = over_limit(net, frag_charge(skb)) ? NULL : ipq_find(net, &key);
	if (unlikely(!q)) {
		mib_inc(net, IpReasmFails);
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	return ip_frag_queue(q, skb);
}

int ip_frags_net_init(struct net *net)
{
	net->ipv4->frags = mem_zalloc(&net->mem, sizeof(struct ip_frags));
	if (!net->ipv4->frags)
		return -ENOMEM;
	list_init(&net->ipv4->frags->all);
	return 0;
}

void ip_frags_net_exit(struct net *net)
{
	struct ip_frags *f = net->ipv4->frags;

	if (!f)
		return;
	while (!list_empty(&f->all))
		ipq_kill(list_first_entry(&f->all, struct ipq, all), SKB_DROP_REASON_NET_EXIT);
	mem_free(&net->mem, f, sizeof(*f));
	net->ipv4->frags = NULL;
}

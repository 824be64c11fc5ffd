/* SPDX-License-Identifier: MIT */
/*
 * TCP's part of GRO and GSO. Joined are segments that follow one another and whose headers say
 * the same: sequence number, length, checksum, and FIN or PSH, which end a packet, aside. So a
 * joined packet has what each of its segments had, and is cut into the same ones again.
 */
#include "transport/tcp/tcp_offload.h"

#include "base/assert.h"
#include "transport/tcp/tcp_seq.h"
#include "wire/eth.h"
#include "wire/tcp.h"

#define LAST_FLAGS (TCPHDR_FIN | TCPHDR_PSH)	/* of a joined packet's last segment only */
#define ALONE_FLAGS (TCPHDR_SYN | TCPHDR_RST | TCPHDR_URG)

static const struct iphdr *held_iph(const struct sk_buff *p)
{
	return (const void *)p->data;
}

static struct tcphdr *held_tcph(const struct sk_buff *p)
{
	return (void *)(p->data + IPV4_HLEN);
}

static bool may_join(struct sk_buff *p, const struct iphdr *iph, const struct tcphdr *th, u32 len)
{
	const struct napi_gro_cb *cb = NAPI_GRO_CB(p);
	const struct tcphdr *first = held_tcph(p);

	return be32_to_cpu(th->seq) == cb->next_seq && len <= cb->mss &&
	       p->len + len <= GRO_MAX_SIZE && th->ack_seq == first->ack_seq &&
	       th->doff_res == first->doff_res && th->window == first->window &&
	       th->urg_ptr == first->urg_ptr && !(th->flags & TCPHDR_CWR) &&
	       !((th->flags ^ first->flags) & ~(LAST_FLAGS | TCPHDR_CWR)) &&
	       !memcmp(th + 1, first + 1, cb->hlen - IPV4_HLEN - TCP_HLEN) &&
	       inet_gro_may_join(p, iph);
}

/* skb stands at the front of what may follow it. False: it goes on. */
static bool hold_first(struct napi_struct *napi, struct sk_buff *skb, u32 hlen)
{
	const struct iphdr *iph;
	const struct tcphdr *th;

	if (!skb_cow_head(skb, 0, hlen))
		return false;
	iph = held_iph(skb);
	th = held_tcph(skb);
	*NAPI_GRO_CB(skb) = (struct napi_gro_cb){
		.last = skb, .next_seq = be32_to_cpu(th->seq) + skb->len - hlen,
		.mss = (u16)(skb->len - hlen), .hlen = (u16)hlen, .id = be16_to_cpu(iph->id),
		.count = 1,
	};
	gro_hold(napi, skb);
	return true;
}

static bool tcp4_gro_receive(struct napi_struct *napi, struct sk_buff *skb,
			     const struct iphdr *iph)
{
	const struct tcphdr *th = (const void *)(iph + 1);
	u32 hlen = IPV4_HLEN + TCP_HLEN, len;
	struct sk_buff *p;
	u8 flags;

	if (unlikely(skb_headlen(skb) < hlen))
		return false;
	p = skb_queue_empty(&napi->gro_list) ? NULL : inet_gro_held(napi, skb, iph);
	hlen = IPV4_HLEN + tcph_hlen(th);
	flags = th->flags;
	if (hlen < IPV4_HLEN + TCP_HLEN || skb_headlen(skb) < hlen || skb->len == hlen ||
	    flags & ALONE_FLAGS || !(flags & TCPHDR_ACK) || skb->gso_size ||
	    !inet_gro_csum_ok(skb, iph)) {
		if (p)
			gro_flush_one(napi, p);
		return false;
	}
	len = skb->len - hlen;
	if (p && may_join(p, iph, th, len)) {
		NAPI_GRO_CB(p)->next_seq += len;
		held_tcph(p)->flags |= flags & LAST_FLAGS;
		skb_gro_receive(p, skb, hlen);
		if (flags & LAST_FLAGS || len < NAPI_GRO_CB(p)->mss)
			gro_flush_one(napi, p);
		return true;
	}
	if (p)
		gro_flush_one(napi, p);
	return !(flags & LAST_FLAGS) && hold_first(napi, skb, hlen);
}

/* The sum is left to who sends it on, for each segment, or to nobody. */
static void tcp4_gro_complete(struct sk_buff *skb)
{
	const struct iphdr *iph = held_iph(skb);
	u32 len = skb->len - IPV4_HLEN;

	held_tcph(skb)->check = (be16)~csum_tcpudp_magic(iph->saddr, iph->daddr, len, IP_PROTO_TCP,
							 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = offsetof(struct tcphdr, check);
	skb->gso_type = SKB_GSO_TCPV4;
	if (NAPI_GRO_CB(skb)->fixed_id)
		skb->gso_type |= SKB_GSO_TCP_FIXEDID;
}

/* ---- GSO ---- */

/* What the headers of all segments have in common. */
struct gso_template {
	u32 features, hlen;	/* of the TCP header */
	wsum pseudo;		/* of the pseudo-header without its length */
	wsum header;		/* of the TCP header with 0 for seq, flags and check */
};

static struct gso_template template_of(const struct sk_buff *skb, u32 hlen, u32 features)
{
	const struct iphdr *iph = ip_hdr(skb);
	u8 copy[TCP_HLEN_MAX];
	struct tcphdr *th = (void *)copy;

	memcpy(copy, skb_transport_header(skb), hlen);
	th->seq = 0;
	th->flags = 0;
	th->check = 0;
	return (struct gso_template){
		.features = features, .hlen = hlen,
		.pseudo = csum_tcpudp_nofold(iph->saddr, iph->daddr, 0, IP_PROTO_TCP, 0),
		.header = csum_partial(copy, hlen, 0),
	};
}

/* The header that was copied becomes that of this segment. */
static void segment_header(struct sk_buff *seg, const struct gso_template *t, u32 seq, u8 flags)
{
	struct tcphdr *th = (void *)skb_transport_header(seg);
	u32 at = seg->transport_header - skb_headroom(seg), len = seg->len - at;
	wsum sum = csum_add(t->pseudo, cpu_to_be32(len)), payload;

	th->seq = cpu_to_be32(seq);
	th->flags = flags;
	if (t->features & NETIF_F_HW_CSUM) {
		th->check = (be16)~csum_fold(sum);
		seg->ip_summed = CHECKSUM_PARTIAL;
		seg->csum_start = seg->transport_header;
		seg->csum_offset = offsetof(struct tcphdr, check);
		return;
	}
	sum = csum_add(sum, t->header);
	sum = csum_add(sum, th->seq);
	sum = csum_add(sum, cpu_to_be16(flags));
	payload = likely(skb_headlen(seg) == at + t->hlen) ? skb_frags_csum(seg) :
		  skb_checksum(seg, at + t->hlen, len - t->hlen, 0);
	th->check = csum_fold(csum_add(sum, payload));
}

static int tcp4_gso_segment(struct sk_buff *skb, u32 features, struct sk_buff_head *segs)
{
	u32 at = skb->transport_header - skb_headroom(skb), hlen, seq;
	const struct tcphdr *th;
	struct gso_template t;
	struct sk_buff *seg;
	u8 flags;
	int err;

	if (!(skb->gso_type & SKB_GSO_TCPV4))
		return -EPROTONOSUPPORT;
	if (!pskb_may_pull(skb, at + TCP_HLEN))
		return -EINVAL;
	hlen = tcph_hlen((const void *)skb_transport_header(skb));
	if (hlen < TCP_HLEN || !pskb_may_pull(skb, at + hlen) || skb->len == at + hlen)
		return -EINVAL;
	th = (const void *)skb_transport_header(skb);
	flags = th->flags;
	seq = be32_to_cpu(th->seq);
	t = template_of(skb, hlen, features);
	err = skb_segment(skb, at + hlen, segs);
	if (err)
		return err;
	skb_queue_walk(segs, seg) {
		u8 own = flags;

		if (skb_peek_next(seg, segs))
			own &= (u8)~LAST_FLAGS;
		if (skb_peek_prev(seg, segs))
			own &= (u8)~TCPHDR_CWR;
		segment_header(seg, &t, seq, own);
		seq += seg->len - at - hlen;
	}
	return 0;
}

const struct net_offload tcpv4_offload = {
	.gro_receive = tcp4_gro_receive,
	.gro_complete = tcp4_gro_complete,
	.gso_segment = tcp4_gso_segment,
};

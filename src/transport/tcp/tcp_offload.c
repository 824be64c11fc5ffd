/* SPDX-License-Identifier: MIT */
/*
 * TCP's part of GRO and GSO. Joined are segments that follow one another and whose headers say
 * the same: sequence number, length, checksum, and FIN or PSH, which end a packet, aside. So a
 * joined packet has what each of its segments had, and is cut into the same ones again.
 */
#include "transport/tcp/tcp_offload.h"

#include "base/assert.h"
#include "transport/inet_gro.h"
#include "transport/tcp/tcp_seq.h"
#include "wire/eth.h"
#include "wire/tcp.h"

#define LAST_FLAGS (TCPHDR_FIN | TCPHDR_PSH)	/* of a joined packet's last segment only */
#define ALONE_FLAGS (TCPHDR_SYN | TCPHDR_RST | TCPHDR_URG)

static struct tcphdr *held_tcph(const struct sk_buff *p, u32 nhlen)
{
	return (void *)(p->data + nhlen);
}

static __always_inline bool may_join(struct sk_buff *p, const struct sk_buff *skb, u32 nhlen,
				     u32 len, bool v6)
{
	const struct tcphdr *th = (const void *)(skb->data + nhlen);
	const struct tcphdr *first = held_tcph(p, nhlen);
	const struct napi_gro_cb *cb = NAPI_GRO_CB(p);

	return gro_same_headers(p, skb, nhlen, v6) &&
	       be32_to_cpu(th->seq) == cb->next_seq && len <= cb->mss &&
	       p->len + len <= GRO_MAX_SIZE && th->ack_seq == first->ack_seq &&
	       th->doff_res == first->doff_res && th->window == first->window &&
	       th->urg_ptr == first->urg_ptr &&
	       !((th->flags ^ first->flags) & ~LAST_FLAGS) &&
	       !memcmp(th + 1, first + 1, cb->hlen - nhlen - TCP_HLEN) &&
	       gro_may_join(p, skb, v6);
}

/* skb stands at the front of what may follow it. False: it goes on. */
static __always_inline bool hold_first(struct napi_struct *napi, struct sk_buff *skb, u32 nhlen,
				       u32 hlen, bool v6)
{
	if (!skb_cow_head(skb, 0, hlen))
		return false;
	*NAPI_GRO_CB(skb) = (struct napi_gro_cb){
		.last = skb,
		.next_seq = be32_to_cpu(held_tcph(skb, nhlen)->seq) + skb->len - hlen,
		.mss = (u16)(skb->len - hlen), .hlen = (u16)hlen, .nhlen = (u16)nhlen,
		.id = gro_id(skb, v6), .count = 1,
	};
	gro_hold(napi, skb);
	return true;
}

static __always_inline bool tcp_gro_receive(struct napi_struct *napi, struct sk_buff *skb,
					    u32 nhlen, bool v6)
{
	const struct tcphdr *th = (const void *)(skb->data + nhlen);
	u32 hlen = nhlen + TCP_HLEN, len;
	struct sk_buff *p;
	u8 flags;

	if (unlikely(skb_headlen(skb) < hlen))
		return false;
	p = gro_held(napi, skb, nhlen, v6);
	hlen = nhlen + tcph_hlen(th);
	flags = th->flags;
	if (hlen < nhlen + TCP_HLEN || skb_headlen(skb) < hlen || skb->len == hlen ||
	    flags & ALONE_FLAGS || !(flags & TCPHDR_ACK) || skb->gso_size ||
	    !gro_csum_ok(skb, nhlen, IP_PROTO_TCP, v6)) {
		if (p)
			gro_flush_one(napi, p);
		return false;
	}
	len = skb->len - hlen;
	if (p && may_join(p, skb, nhlen, len, v6)) {
		NAPI_GRO_CB(p)->next_seq += len;
		held_tcph(p, nhlen)->flags |= flags & LAST_FLAGS;
		skb_gro_receive(p, skb, hlen);
		if (flags & LAST_FLAGS || len < NAPI_GRO_CB(p)->mss)
			gro_flush_one(napi, p);
		return true;
	}
	if (p)
		gro_flush_one(napi, p);
	return !(flags & LAST_FLAGS) && hold_first(napi, skb, nhlen, hlen, v6);
}

static bool tcp4_gro_receive(struct napi_struct *napi, struct sk_buff *skb, u32 nhlen)
{
	(void)nhlen;
	return tcp_gro_receive(napi, skb, IPV4_HLEN, false);
}

static bool tcp6_gro_receive(struct napi_struct *napi, struct sk_buff *skb, u32 nhlen)
{
	return tcp_gro_receive(napi, skb, nhlen, true);
}

static __always_inline void tcp_gro_complete(struct sk_buff *skb, u32 nhlen, bool v6)
{
	struct tcphdr *th = held_tcph(skb, nhlen);

	th->check = inet_check_partial(skb, skb->len - nhlen, IP_PROTO_TCP,
				       offsetof(struct tcphdr, check), v6);
	skb->gso_type = v6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
	/* They all had it, so all are to have it again. */
	if (th->flags & TCPHDR_CWR)
		skb->gso_type |= SKB_GSO_TCP_ACCECN;
	if (NAPI_GRO_CB(skb)->fixed_id)
		skb->gso_type |= SKB_GSO_TCP_FIXEDID;
}

static void tcp4_gro_complete(struct sk_buff *skb)
{
	tcp_gro_complete(skb, IPV4_HLEN, false);
}

static void tcp6_gro_complete(struct sk_buff *skb)
{
	tcp_gro_complete(skb, NAPI_GRO_CB(skb)->nhlen, true);
}

/* ---- GSO ---- */

/* What the headers of all segments have in common. */
struct gso_template {
	u32 hlen;		/* of the TCP header */
	u32 seq;		/* of the first */
	wsum pseudo;		/* of the pseudo-header without its length */
	wsum header;		/* of the TCP header with 0 for seq, flags and check */
	u8 flags;
	u8 first_only;		/* of these: CWR (RFC 3168 6.1.2), unless it is a counter's bit */
};

static __always_inline struct gso_template template_of(const struct sk_buff *skb, u32 hlen,
						       bool v6)
{
	const struct tcphdr *first = (const void *)skb_transport_header(skb);
	u8 copy[TCP_HLEN_MAX];
	struct tcphdr *th = (void *)copy;

	memcpy(copy, first, hlen);
	th->seq = 0;
	th->flags = 0;
	th->check = 0;
	return (struct gso_template){
		.hlen = hlen, .seq = be32_to_cpu(first->seq), .flags = first->flags,
		.first_only = skb->gso_type & SKB_GSO_TCP_ACCECN ? 0 : TCPHDR_CWR,
		.pseudo = inet_pseudo_sum(skb_network_header(skb), 0, IP_PROTO_TCP, v6),
		.header = csum_partial(copy, hlen, 0),
	};
}

/* The pseudo-header's sum of a segment with len bytes of payload. */
static wsum segment_pseudo(const struct gso_template *t, u32 len)
{
	return csum_add(t->pseudo, cpu_to_be32(t->hlen + len));
}

/* The header that was copied becomes that of the segment `off` bytes behind the first one.
 * Return: its sum, as far as it is the header's own. */
static wsum segment_header(struct tcphdr *th, const struct gso_template *t, u32 off, bool last)
{
	u8 flags = t->flags;

	if (!last)
		flags &= (u8)~LAST_FLAGS;
	if (off)
		flags &= (u8)~t->first_only;
	th->seq = cpu_to_be32(t->seq + off);
	th->flags = flags;
	return csum_add(csum_add(t->header, th->seq), cpu_to_be16(flags));
}

static void segment_csum(struct sk_buff *seg, const struct gso_template *t, wsum header,
			 u32 features)
{
	struct tcphdr *th = (void *)skb_transport_header(seg);
	u32 at = seg->transport_header - skb_headroom(seg) + t->hlen, len = seg->len - at;
	wsum sum = segment_pseudo(t, len);

	if (features & NETIF_F_HW_CSUM) {
		th->check = (be16)~csum_fold(sum);
		seg->ip_summed = CHECKSUM_PARTIAL;
		seg->csum_start = seg->transport_header;
		seg->csum_offset = offsetof(struct tcphdr, check);
		return;
	}
	sum = csum_add(sum, header);
	sum = csum_add(sum, likely(skb_headlen(seg) == at && !seg->frag_list) ?
			    skb_frags_csum(seg, len) : skb_checksum(seg, at, len, 0));
	th->check = csum_fold(sum);
}

static __always_inline bool tcp_gso_headers(const struct sk_buff *skb, const struct gso_frames *f,
					    bool v6)
{
	u32 at = skb->transport_header - skb_headroom(skb), off = 0;
	struct skb_cursor payload = { 0, 0 };
	struct gso_template t;

	if (!(skb->gso_type & (v6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4)) || f->hlen < at + TCP_HLEN)
		return false;
	t = template_of(skb, f->hlen - at, v6);
	for (u32 i = 0; i < f->segs; i++) {
		struct tcphdr *th = (void *)(f->at + i * f->stride + at);
		u32 n = min_t(u32, skb->data_len - off, skb->gso_size);
		wsum sum = csum_add(segment_pseudo(&t, n),
				    segment_header(th, &t, off, i + 1 == f->segs));

		th->check = csum_fold(csum_add(sum, skb_cursor_csum(skb, &payload, n)));
		off += n;
	}
	return true;
}

static bool tcp4_gso_headers(const struct sk_buff *skb, const struct gso_frames *f)
{
	return tcp_gso_headers(skb, f, false);
}

static bool tcp6_gso_headers(const struct sk_buff *skb, const struct gso_frames *f)
{
	return tcp_gso_headers(skb, f, true);
}

static __always_inline int tcp_gso_segment(struct sk_buff *skb, u32 features,
					   struct sk_buff_head *segs, bool v6)
{
	u32 at = skb->transport_header - skb_headroom(skb), hlen, off = 0;
	struct gso_template t;
	struct sk_buff *seg;
	int err;

	if (!(skb->gso_type & (v6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4)))
		return -EPROTONOSUPPORT;
	if (!pskb_may_pull(skb, at + TCP_HLEN))
		return -EINVAL;
	hlen = tcph_hlen((const void *)skb_transport_header(skb));
	if (hlen < TCP_HLEN || !pskb_may_pull(skb, at + hlen) || skb->len == at + hlen)
		return -EINVAL;
	t = template_of(skb, hlen, v6);
	err = skb_segment(skb, at + hlen, segs);
	if (err)
		return err;
	skb_queue_walk(segs, seg) {
		wsum sum = segment_header((void *)skb_transport_header(seg), &t, off,
					  !skb_peek_next(seg, segs));

		segment_csum(seg, &t, sum, features);
		off += seg->len - at - hlen;
	}
	return 0;
}

static int tcp4_gso_segment(struct sk_buff *skb, u32 features, struct sk_buff_head *segs)
{
	return tcp_gso_segment(skb, features, segs, false);
}

static int tcp6_gso_segment(struct sk_buff *skb, u32 features, struct sk_buff_head *segs)
{
	return tcp_gso_segment(skb, features, segs, true);
}

const struct net_offload tcpv4_offload = {
	.gro_receive = tcp4_gro_receive,
	.gro_complete = tcp4_gro_complete,
	.gso_segment = tcp4_gso_segment,
	.gso_headers = tcp4_gso_headers,
};

const struct net_offload tcpv6_offload = {
	.gro_receive = tcp6_gro_receive,
	.gro_complete = tcp6_gro_complete,
	.gso_segment = tcp6_gso_segment,
	.gso_headers = tcp6_gso_headers,
};

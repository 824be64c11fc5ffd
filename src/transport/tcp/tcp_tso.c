/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_tso.h"

#include "base/assert.h"
#include "device/netdevice.h"
#include "transport/tcp/tcp_output.h"

bool tcp_may_tso(const struct tcp_sock *tp)
{
	const struct dst_entry *dst = tp->sk.dst;

	/* Without DF each segment wants an id of its own; an urgent pointer is one segment's. */
	return dst && dst->dev && dst->dev->features & NETIF_F_TSO &&
	       tp->sk.pmtudisc != LN_IP_PMTUDISC_DONT && !(tp->cold && tp->cold->urg_mode);
}

u32 tcp_tso_goal(const struct tcp_sock *tp)
{
	/* Half of the peer's window, so that the other half is on its way meanwhile. */
	return min(TCP_TSO_BYTES_MAX, max(tp->max_window >> 1, (u32)tp->mss_cache));
}

/* How many fragments skb's make behind those of a packet that ends with `last`. */
static u32 more_frags(const struct skb_frag *last, const struct sk_buff *skb)
{
	const struct skb_frag *f = skb->frags;

	return skb->nr_frags - (u32)(last && skb->nr_frags && last->buf == f->buf &&
				     last->off + last->len == f->off);
}

static const struct skb_frag *last_frag(const struct sk_buff *skb)
{
	return skb->nr_frags ? &skb->frags[skb->nr_frags - 1] : NULL;
}

u32 tcp_tso_segs(const struct tcp_sock *tp, const struct sk_buff *skb, u32 mss, u32 quota,
		 bool hold_last)
{
	u32 n = 1, bytes = skb->len, frags = skb->nr_frags, goal = tcp_tso_goal(tp);
	const struct sk_buff *next;

	for (; n < quota && skb->len == mss; n++, skb = next) {
		next = skb_peek_next(skb, &tp->write_queue);
		if (!next || TCP_SKB_CB(skb)->tcp_flags & (TCPHDR_PSH | TCPHDR_FIN))
			break;
		frags += more_frags(last_frag(skb), next);
		bytes += next->len;
		if (frags > MAX_SKB_FRAGS || bytes > goal || next->len > mss || !next->len ||
		    skb_headlen(next) || after(TCP_SKB_CB(next)->end_seq, tcp_wnd_end(tp)) ||
		    (next->len < mss && hold_last))
			break;
	}
	return n;
}

static void append(struct sk_buff *big, const struct sk_buff *skb)
{
	for (u32 i = 0; i < skb->nr_frags; i++) {
		const struct skb_frag *f = &skb->frags[i];
		struct skb_frag *last = big->nr_frags ? &big->frags[big->nr_frags - 1] : NULL;

		if (last && last->buf == f->buf && last->off + last->len == f->off) {
			last->len += f->len;
			continue;
		}
		ln_assert(big->nr_frags < MAX_SKB_FRAGS);
		big->frags[big->nr_frags++] = *f;
		buf_get(f->buf);
	}
	big->len += skb->len;
	big->data_len += skb->len;
}

struct sk_buff *tcp_tso_build(const struct sk_buff *skb, u32 n, u32 mss)
{
	struct sk_buff *big = skb_clone(skb);
	struct tcp_skb_cb *cb;

	if (unlikely(!big))
		return NULL;
	cb = TCP_SKB_CB(big);
	for (u32 i = 1; i < n; i++) {
		skb = skb->next;
		append(big, skb);
		cb->end_seq = TCP_SKB_CB(skb)->end_seq;
		cb->tcp_flags |= TCP_SKB_CB(skb)->tcp_flags;
	}
	cb->pcount = n;
	big->csum_valid = false;
	big->gso_size = (u16)mss;
	big->gso_segs = (u16)n;
	big->gso_type = SKB_GSO_TCPV4 | SKB_GSO_TCP_FIXEDID;
	return big;
}

/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_rack.h"

#include "transport/tcp/tcp_rtxq.h"

void tcp_rack_advance_resent(const struct tcp_rack_ack *a, const struct sk_buff *skb)
{
	s64 rtt_us = ktime_to_us(a->now - skb->tstamp);

	if (a->has_tsecr && before(a->tsecr, (u32)ktime_to_ms(skb->tstamp)))
		return;
	if (rtt_us >= a->min_rtt_us)
		tcp_rack_advance(a->rack, TCP_SKB_CB(skb)->end_seq, skb->tstamp, rtt_us);
}

u32 tcp_rack_reo_wnd(const struct tcp_rack *k, bool eager, const struct tcp_rack_path *path)
{
	u64 window = (u64)(path->min_rtt_us >> 2) * k->reo_wnd_steps;

	return eager ? 0 : (u32)min_t(u64, window, path->srtt_us);
}

void tcp_rack_update_reo_wnd(struct tcp_rack *k, ktime_t now, s32 mode)
{
	if (mode & TCP_RACK_STATIC_REO_WND)
		return;
	/* All that was delivered had left before the window was changed: so had what the D-SACK
	 * is about. */
	if (k->mstamp < k->reo_adjusted)
		k->dsack_seen = 0;
	if (k->dsack_seen) {
		k->reo_wnd_steps += k->reo_wnd_steps < UINT8_MAX;
		k->dsack_seen = 0;
		k->reo_adjusted = now;
		k->reo_wnd_persist = TCP_RACK_RECOVERY_THRESH;
	} else if (!k->reo_wnd_persist) {
		k->reo_wnd_steps = 1;
	}
}

/* It left before something that was delivered. */
static bool is_overtaken(const struct tcp_rack *k, const struct sk_buff *skb)
{
	return k->mstamp > skb->tstamp ||
	       (k->mstamp == skb->tstamp && after(k->end_seq, TCP_SKB_CB(skb)->end_seq));
}

/* One that was overtaken: lost, or to be waited for. */
static void judge(const struct tcp_rack *k, struct tcp_rtxq *q, struct sk_buff *skb, u32 reo_wnd_us,
		  ktime_t now, u32 *wait)
{
	s64 remaining = tcp_rack_remaining_us(k, skb, now) + reo_wnd_us;

	if (remaining > 0) {
		*wait = max(*wait, (u32)min_t(s64, remaining, UINT32_MAX));
		return;
	}
	tcp_rtxq_mark_lost(q, skb);
	TCP_SKB_CB(skb)->sacked |= TCPCB_RACK_DONE;
}

/* What was sent again. */
static void judge_resent(const struct tcp_rack *k, struct tcp_rtxq *q, u32 reo_wnd_us, ktime_t now,
			 u32 *wait)
{
	u32 steps = TCP_RTXQ_STEPS_MAX;
	struct sk_buff *skb, *next;

	list_for_each_entry_safe(skb, next, &q->resent, resent) {
		if (!is_overtaken(k, skb))
			break;
		if (!steps--) {
			*wait = max(*wait, 1u);
			break;
		}
		if (!(TCP_SKB_CB(skb)->sacked & (TCPCB_SACKED_ACKED | TCPCB_RACK_DONE)))
			judge(k, q, skb, reo_wnd_us, now, wait);
	}
}

/* What was sent once. */
static void judge_originals(const struct tcp_rack *k, struct tcp_rtxq *q, u32 reo_wnd_us,
			    ktime_t now, u32 *wait)
{
	u32 steps = TCP_RTXQ_STEPS_MAX;
	bool all_decided = true;
	struct sk_buff *skb;

	for (skb = q->undecided; skb; skb = tcp_rtxq_skip_run(q, skb)) {
		u8 *sacked = &TCP_SKB_CB(skb)->sacked;

		if (!(*sacked & TCPCB_DECIDED)) {
			if (is_overtaken(k, skb))
				judge(k, q, skb, reo_wnd_us, now, wait);
			else if (!(*sacked & TCPCB_EVER_RETRANS))
				break;	/* all behind it were sent later */
		}
		all_decided &= !!(*sacked & TCPCB_DECIDED);
		if (all_decided)
			q->undecided = tcp_rtxq_skip_run(q, skb);
		if (!--steps) {
			*wait = max(*wait, 1u);
			break;
		}
	}
}

u32 tcp_rack_detect_loss(const struct tcp_rack *k, struct tcp_rtxq *q, u32 reo_wnd_us, ktime_t now)
{
	u32 wait = 0;

	judge_resent(k, q, reo_wnd_us, now, &wait);
	judge_originals(k, q, reo_wnd_us, now, &wait);
	return wait;
}

/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_rate.h"

void tcp_rate_init(struct tcp_rate *r)
{
	/* Before the first ACK nothing is known: as Linux, that is app-limited. */
	*r = (struct tcp_rate){ .now.app_limited = UINT32_MAX, .rate_app_limited = true };
}

static void keep_sample(struct tcp_rate *r, u32 delivered, u32 interval_us, bool app_limited)
{
	if (app_limited && (u64)delivered * r->rate_interval_us <
			   (u64)r->rate_delivered * interval_us)
		return;
	r->rate_delivered = delivered;
	r->rate_interval_us = interval_us;
	r->rate_app_limited = app_limited;
}

void tcp_rate_gen(struct tcp_rate *r, struct tcp_rate_newest *n, u32 delivered, ktime_t now,
		  u32 min_rtt_us, struct tcp_rate_sample *rs)
{
	u32 now_us = ktime_us32(now), tx_us, interval_us;
	const struct tcp_rate_mark *m = &n->mark;

	r->now.delivered += delivered;
	if (r->now.app_limited && after(r->now.delivered, r->now.app_limited))
		r->now.app_limited = 0;
	r->now.delivered_us = now_us;
	if (!n->any)
		return;
	n->any = false;
	tx_us = ktime_us32(n->tstamp);
	r->now.first_tx_us = tx_us;	/* the next flight's sending begins here */
	interval_us = max(tx_us - m->first_tx_us, now_us - m->delivered_us);
	if (rs) {
		rs->prior_delivered = m->delivered;
		rs->delivered = (s32)(r->now.delivered - m->delivered);
		rs->interval_us = interval_us >= min_rtt_us ? (s64)interval_us : -1;
		rs->app_limited = m->app_limited;
	}
	/* Shorter than any round trip: what was sent again had arrived before. */
	if (interval_us >= min_rtt_us)
		keep_sample(r, r->now.delivered - m->delivered, interval_us, m->app_limited);
}

u64 tcp_delivery_rate(const struct tcp_rate *r, u32 mss)
{
	if (!r->rate_delivered || !r->rate_interval_us)
		return 0;
	return (u64)r->rate_delivered * mss * 1000000u / r->rate_interval_us;
}

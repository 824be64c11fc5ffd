/* SPDX-License-Identifier: MIT */
/* Reno: slow start and congestion avoidance as RFC 5681 has them; what others fall back to. */
#include "transport/tcp/tcp_cong.h"

u32 tcp_reno_ssthresh(struct tcp_cong *c)
{
	return max(c->snd_cwnd >> 1, 2u);
}

void tcp_reno_cong_avoid(struct tcp_cong *c, const struct tcp_cong_ack *a)
{
	u32 acked = a->acked;

	if (tcp_in_slow_start(c)) {
		acked = tcp_slow_start(c, acked);
		if (!acked)
			return;
	}
	tcp_cong_avoid_ai(c, c->snd_cwnd, acked);
}

u32 tcp_reno_undo_cwnd(const struct tcp_cong *c)
{
	return max(c->snd_cwnd, c->prior_cwnd);
}

const struct tcp_congestion_ops tcp_reno = {
	.name = "reno",
	.ssthresh = tcp_reno_ssthresh,
	.cong_avoid = tcp_reno_cong_avoid,
	.undo_cwnd = tcp_reno_undo_cwnd,
};

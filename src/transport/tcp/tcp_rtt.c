/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_rtt.h"

#include "transport/tcp/tcp_seq.h"

void tcp_rtt_init(struct tcp_rtt *r, u32 rto_min_us, u32 rto_max_us)
{
	*r = (struct tcp_rtt){
		.mdev_us = TCP_TIMEOUT_INIT_US,
		.rttvar_us = rto_min_us,
		.rto_us = TCP_TIMEOUT_INIT_US,
		.rto_max_us = rto_max_us,
		.rto_min_us = rto_min_us,
	};
	minmax_reset(&r->min_rtt, 0, UINT32_MAX);
}

void tcp_set_rto(struct tcp_rtt *r)
{
	r->rto_us = min_t(u32, (r->srtt_us >> 3) + r->rttvar_us, r->rto_max_us);
}

static void first_sample(struct tcp_rtt *r, u32 m, u32 snd_nxt, u32 rto_min_us)
{
	r->srtt_us = m << 3;
	r->mdev_us = m << 1;	/* RFC 6298 2.2: RTTVAR = R/2, four times of it in the RTO */
	r->rttvar_us = max(r->mdev_us, rto_min_us);
	r->mdev_max_us = r->rttvar_us;
	r->rtt_seq = snd_nxt;
}

static void next_sample(struct tcp_rtt *r, u32 m, u32 snd_una, u32 snd_nxt, u32 rto_min_us)
{
	s64 err = (s64)m - (r->srtt_us >> 3);
	s64 dev = err < 0 ? -err : err;

	r->srtt_us = (u32)max_t(s64, r->srtt_us + err, 1);
	dev -= r->mdev_us >> 2;
	/* A falling RTT is good news: let it not blow up the deviation. */
	if (err < 0 && dev > 0)
		dev >>= 3;
	r->mdev_us = (u32)max_t(s64, r->mdev_us + dev, 0);
	if (r->mdev_us > r->mdev_max_us) {
		r->mdev_max_us = r->mdev_us;
		r->rttvar_us = max(r->rttvar_us, r->mdev_max_us);
	}
	if (after(snd_una, r->rtt_seq)) {
		if (r->mdev_max_us < r->rttvar_us)
			r->rttvar_us -= (r->rttvar_us - r->mdev_max_us) >> 2;
		r->rtt_seq = snd_nxt;
		r->mdev_max_us = rto_min_us;
	}
}

void tcp_rtt_sample(struct tcp_rtt *r, u32 rtt_us, u32 snd_una, u32 snd_nxt, u32 rto_min_us)
{
	u32 m = clamp_t(u32, rtt_us, 1, TCP_RTO_MAX_US);

	if (!r->srtt_us)
		first_sample(r, m, snd_nxt, rto_min_us);
	else
		next_sample(r, m, snd_una, snd_nxt, rto_min_us);
	tcp_set_rto(r);
}

void tcp_rto_backoff(struct tcp_rtt *r)
{
	r->rto_us = tcp_rto_shift(r->rto_us, 1, r->rto_max_us);
}

u32 tcp_rto_shift(u32 rto_us, unsigned n, u32 max_us)
{
	u64 v = (u64)rto_us << min(n, 31u);

	return (u32)min_t(u64, v, max_us);
}

u64 tcp_model_timeout_us(unsigned boundary, u32 rto_base_us, u32 rto_max_us)
{
	u32 base = min(rto_base_us, rto_max_us);
	unsigned thresh = 31u - (unsigned)__builtin_clz(rto_max_us / base);

	if (boundary <= thresh)
		return ((2ull << boundary) - 1) * base;
	return ((2ull << thresh) - 1) * base + (u64)(boundary - thresh) * rto_max_us;
}

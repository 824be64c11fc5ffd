/* SPDX-License-Identifier: MIT */
/*
 * BBR, version 1, as Linux has it (Cardwell et al., "BBR: Congestion-Based Congestion Control",
 * ACM Queue 2016; draft-cardwell-iccrg-bbr-congestion-control-00). It asks not for loss but for the
 * path's two limits, and sends at the one with the other's worth in flight:
 *
 *	bw	 packets per us that were delivered, the most of ten round trips
 *	min_rtt	 the least round trip of 10 s
 *
 *	STARTUP --- bw did not grow by a quarter in three round trips ---> DRAIN
 *	   what is sent doubles per round trip (gain 2/ln 2)		     |
 *	PROBE_BW <--------------- the queue that made is gone ---------------+
 *	   1.25 of bw for a round trip, 0.75, then 1 for six
 *	PROBE_RTT, when min_rtt was not seen for 10 s: four packets in flight for 200 ms, and back
 *
 * Besides, as Linux: one round trip of packet conservation at the beginning of a recovery; the
 * rate of a policer, found as two intervals with a fifth of loss and equal throughput, holds for 48
 * round trips; and room in the window for ACKs that come in bunches.
 *
 * Gains are times 256, bandwidth is times 2^24; windows in packets.
 */
#include "transport/tcp/tcp_cong.h"

#include "transport/tcp/tcp_minmax.h"
#include "transport/tcp/tcp_seq.h"

#define BW_SHIFT 24
#define BW_ONE (1u << BW_SHIFT)
#define GAIN_SHIFT 8
#define GAIN_ONE (1u << GAIN_SHIFT)
#define HIGH_GAIN (GAIN_ONE * 2885 / 1000 + 1)		/* 2/ln 2 */
#define DRAIN_GAIN (GAIN_ONE * 1000 / 2885)
#define CWND_GAIN (GAIN_ONE * 2)
#define CYCLE_LEN 8u
#define CYCLE_RAND 7u
#define BW_ROUNDS (CYCLE_LEN + 2)
#define MIN_RTT_WIN_MS 10000u
#define PROBE_RTT_MS 200u
#define CWND_MIN 4u
#define MIN_TSO_RATE (1200000u / 8)	/* bytes/s; below it segments leave one by one */
#define TSO_BYTES_MAX (65536u - 1 - 320)	/* Linux's GSO_LEGACY_MAX_SIZE and MAX_TCP_HEADER */
#define PACING_PERCENT 99u		/* a bit less than bw, so that no queue stays */
#define FULL_BW_GAIN (GAIN_ONE * 5 / 4)
#define FULL_BW_COUNT 3u
#define LT_ROUNDS_MIN 4u
#define LT_LOSS_THRESH 50u		/* of 256 */
#define LT_RATIO (GAIN_ONE / 8)
#define LT_DIFF_BYTES (4000u / 8)
#define LT_USE_ROUNDS 48u
#define EXTRA_ACKED_ROUNDS 5u
#define EXTRA_ACKED_EPOCH_MAX (1u << 20)
#define EXTRA_ACKED_MAX_US 100000u

enum bbr_mode { BBR_STARTUP, BBR_DRAIN, BBR_PROBE_BW, BBR_PROBE_RTT };

struct bbr {
	struct net *net;	/* of the last ACK, as mss and srtt_us */
	u32 mss, srtt_us;
	u32 min_rtt_us, min_rtt_ms;	/* and when that was seen */
	u32 probe_rtt_done_ms;	/* 0: the pipe is not yet empty */
	struct minmax bw;	/* by round trips */
	u32 rounds, next_round_delivered;
	u32 cycle_us;		/* the phase began */
	u32 prior_cwnd;		/* before recovery or PROBE_RTT */
	u32 full_bw;
	u32 lt_bw, lt_last_delivered, lt_last_us, lt_last_lost;
	u32 ack_epoch_us, ack_epoch_acked;
	u16 extra_acked[2];	/* the most of the last 5 to 10 round trips */
	u16 pacing_gain, cwnd_gain;
	u8 mode;		/* enum bbr_mode */
	u8 ca_state;		/* at the last ACK */
	u8 cycle_idx, full_bw_count, lt_rounds, extra_rounds;
	bool extra_idx : 1;
	bool conserve : 1;	/* packet conservation: what is delivered is replaced */
	bool round_start : 1, idle_restart : 1, probe_rtt_round_done : 1;
	bool lt_is_sampling : 1, lt_use_bw : 1;
	bool full_bw_reached : 1;
	bool seen_rtt;
};

_Static_assert(sizeof(struct bbr) <= TCP_CA_PRIV_SIZE_MAX, "fits the slab of CA states");

static const u16 cycle_gains[CYCLE_LEN] = {
	GAIN_ONE * 5 / 4, GAIN_ONE * 3 / 4,
	GAIN_ONE, GAIN_ONE, GAIN_ONE, GAIN_ONE, GAIN_ONE, GAIN_ONE,
};

/* A time where 0 means none. */
static u32 now_ms(ktime_t now)
{
	u32 ms = (u32)ktime_to_ms(now);

	return ms ? ms : 1;
}

/* ---- rates ---- */

static u32 bbr_max_bw(const struct bbr *b)
{
	return minmax_get(&b->bw);
}

static u32 bbr_bw(const struct bbr *b)
{
	return b->lt_use_bw ? b->lt_bw : bbr_max_bw(b);
}

static u64 bytes_per_s(const struct bbr *b, u64 bw, u32 gain)
{
	u64 rate = bw * b->mss * gain >> GAIN_SHIFT;

	return rate * (1000000u / 100 * PACING_PERCENT) >> BW_SHIFT;
}

static u64 pacing_rate(const struct tcp_cong *c, u64 bw, u32 gain)
{
	return min(bytes_per_s(c->priv, bw, gain), c->pacing->max_rate);
}

/* Before the first sample: the window per round trip, or per ms. */
static void init_pacing_rate(struct tcp_cong *c)
{
	struct bbr *b = c->priv;
	u32 rtt_us = b->srtt_us ? max(b->srtt_us >> 3, 1u) : 1000;

	b->seen_rtt = b->srtt_us;
	c->pacing->rate = pacing_rate(c, (u64)c->snd_cwnd * BW_ONE / rtt_us, HIGH_GAIN);
}

/* In STARTUP it only goes up: a sample is low for many reasons. */
static void set_pacing_rate(struct tcp_cong *c, u32 bw, u32 gain)
{
	const struct bbr *b = c->priv;
	u64 rate = pacing_rate(c, bw, gain);

	if (unlikely(!b->seen_rtt && b->srtt_us))
		init_pacing_rate(c);
	if (b->full_bw_reached || rate > c->pacing->rate)
		c->pacing->rate = rate;
}

static u32 bbr_min_tso_segs(const struct tcp_cong *c)
{
	return c->pacing->rate < MIN_TSO_RATE ? 1 : 2;
}

/* Packets that leave as one. */
static u32 tso_segs_goal(const struct tcp_cong *c)
{
	const struct bbr *b = c->priv;
	u32 bytes = (u32)min_t(u64, c->pacing->rate >> 10, TSO_BYTES_MAX);

	return min_t(u32, max(bytes / max(b->mss, 1u), bbr_min_tso_segs(c)), 0x7f);
}

/* ---- windows ---- */

static void save_cwnd(struct tcp_cong *c)
{
	struct bbr *b = c->priv;

	if (b->ca_state < TCP_CA_Recovery && b->mode != BBR_PROBE_RTT)
		b->prior_cwnd = c->snd_cwnd;
	else	/* recovery has cut it already */
		b->prior_cwnd = max(b->prior_cwnd, c->snd_cwnd);
}

/* gain times what the path holds, rounded up. */
static u32 bdp(const struct bbr *b, u32 bw, u32 gain)
{
	u64 w = (u64)bw * b->min_rtt_us;

	if (unlikely(b->min_rtt_us == UINT32_MAX))
		return TCP_INIT_CWND;
	return (u32)(((w * gain >> GAIN_SHIFT) + BW_ONE - 1) >> BW_SHIFT);
}

/* Room for what is in the sender's own machine and the receiver's, in whole pieces. */
static u32 quantize(const struct tcp_cong *c, u32 cwnd)
{
	const struct bbr *b = c->priv;

	cwnd += 3 * tso_segs_goal(c);
	cwnd = (cwnd + 1) & ~1u;	/* one delayed ACK less */
	/* The probing phase probes also with small windows. */
	if (b->mode == BBR_PROBE_BW && b->cycle_idx == 0)
		cwnd += 2;
	return cwnd;
}

static u32 inflight_for(const struct tcp_cong *c, u32 bw, u32 gain)
{
	return quantize(c, bdp(c->priv, bw, gain));
}

/* What of it will be in the net when the next segment leaves, which pacing holds back. */
static u32 in_net_then(const struct tcp_cong *c, u32 in_flight, ktime_t now)
{
	const struct bbr *b = c->priv;
	u64 wait_us = (u64)max_t(s64, ktime_to_us(c->pacing->wstamp) - ktime_to_us(now), 0);
	u32 delivered = (u32)(bbr_bw(b) * wait_us >> BW_SHIFT);

	if (b->pacing_gain > GAIN_ONE)
		in_flight += tso_segs_goal(c);
	return delivered < in_flight ? in_flight - delivered : 0;
}

/* ACKs that come late and together: that many more are in flight without a queue. */
static u32 aggregation_cwnd(const struct bbr *b)
{
	u32 most = (u32)((u64)bbr_bw(b) * EXTRA_ACKED_MAX_US >> BW_SHIFT);

	if (!b->full_bw_reached)
		return 0;
	return min_t(u32, max(b->extra_acked[0], b->extra_acked[1]), most);
}

/* Recovery begins, goes on, or ends. True: *cwnd is what conservation allows. */
static bool recover_or_restore(struct tcp_cong *c, const struct tcp_rate_sample *rs, u32 *cwnd)
{
	struct bbr *b = c->priv;
	u8 prior = b->ca_state, state = rs->ca_state;

	if (rs->losses)
		*cwnd = *cwnd > rs->losses ? *cwnd - rs->losses : 1;
	if (state == TCP_CA_Recovery && prior != TCP_CA_Recovery) {
		/* For a round trip, from now on, only what is delivered is replaced. */
		b->conserve = true;
		b->next_round_delivered = c->rate.now.delivered;
		*cwnd = rs->in_flight + rs->acked_sacked;
	} else if (prior >= TCP_CA_Recovery && state < TCP_CA_Recovery) {
		*cwnd = max(*cwnd, b->prior_cwnd);
		b->conserve = false;
	}
	b->ca_state = state;
	if (b->conserve)
		*cwnd = max(*cwnd, rs->in_flight + rs->acked_sacked);
	return b->conserve;
}

static u32 next_cwnd(struct tcp_cong *c, const struct tcp_rate_sample *rs, u32 bw, u32 gain)
{
	const struct bbr *b = c->priv;
	u32 cwnd = c->snd_cwnd, target;

	if (!rs->acked_sacked || recover_or_restore(c, rs, &cwnd))
		return cwnd;
	target = quantize(c, bdp(b, bw, gain) + aggregation_cwnd(b));
	if (b->full_bw_reached)
		cwnd = min(cwnd + rs->acked_sacked, target);
	else if (cwnd < target || c->rate.now.delivered < TCP_INIT_CWND)
		cwnd += rs->acked_sacked;
	return max(cwnd, CWND_MIN);
}

static void set_cwnd(struct tcp_cong *c, const struct tcp_rate_sample *rs, u32 bw, u32 gain)
{
	const struct bbr *b = c->priv;

	c->snd_cwnd = next_cwnd(c, rs, bw, gain);
	if (b->mode == BBR_PROBE_RTT)
		c->snd_cwnd = min(c->snd_cwnd, CWND_MIN);
}

/* ---- modes ---- */

static void next_phase(struct tcp_cong *c)
{
	struct bbr *b = c->priv;

	b->cycle_idx = (b->cycle_idx + 1) % CYCLE_LEN;
	b->cycle_us = c->rate.now.delivered_us;
}

/* From any phase but the draining one, so that flows do not probe together. */
static void enter_probe_bw(struct tcp_cong *c)
{
	struct bbr *b = c->priv;

	b->mode = BBR_PROBE_BW;
	b->cycle_idx = (u8)(CYCLE_LEN - 1 - prng_below(&b->net->prng, CYCLE_RAND));
	next_phase(c);
}

static void leave_probe_rtt(struct tcp_cong *c)
{
	struct bbr *b = c->priv;

	if (b->full_bw_reached)
		enter_probe_bw(c);
	else
		b->mode = BBR_STARTUP;
}

static bool phase_is_over(const struct tcp_cong *c, const struct tcp_rate_sample *rs)
{
	const struct bbr *b = c->priv;
	bool full = c->rate.now.delivered_us - b->cycle_us > b->min_rtt_us;
	u32 in_net;

	if (b->pacing_gain == GAIN_ONE)
		return full;
	in_net = in_net_then(c, rs->prior_in_flight, rs->now);
	/* Probing: until there is as much in flight as that makes, or a loss: a small queue. */
	if (b->pacing_gain > GAIN_ONE)
		return full && (rs->losses ||
				in_net >= inflight_for(c, bbr_max_bw(b), b->pacing_gain));
	/* Draining: until the queue is gone. */
	return full || in_net <= inflight_for(c, bbr_max_bw(b), GAIN_ONE);
}

static void update_cycle(struct tcp_cong *c, const struct tcp_rate_sample *rs)
{
	const struct bbr *b = c->priv;

	if (b->mode == BBR_PROBE_BW && phase_is_over(c, rs))
		next_phase(c);
}

/* ---- policers: long-term bandwidth ---- */

static void lt_begin_interval(struct tcp_cong *c)
{
	struct bbr *b = c->priv;

	b->lt_last_us = c->rate.now.delivered_us;
	b->lt_last_delivered = c->rate.now.delivered;
	b->lt_last_lost = c->rate.lost;
	b->lt_rounds = 0;
}

static void lt_reset(struct tcp_cong *c)
{
	struct bbr *b = c->priv;

	b->lt_bw = 0;
	b->lt_use_bw = b->lt_is_sampling = false;
	lt_begin_interval(c);
}

/* An interval had this bandwidth: if the one before had it too, that is a policer's. */
static void lt_interval_done(struct tcp_cong *c, u32 bw)
{
	struct bbr *b = c->priv;
	u32 diff = bw > b->lt_bw ? bw - b->lt_bw : b->lt_bw - bw;

	if (b->lt_bw && ((u64)diff * GAIN_ONE <= (u64)LT_RATIO * b->lt_bw ||
			 bytes_per_s(b, diff, GAIN_ONE) <= LT_DIFF_BYTES)) {
		b->lt_bw = (u32)(((u64)bw + b->lt_bw) >> 1);
		b->lt_use_bw = true;
		b->pacing_gain = GAIN_ONE;
		b->lt_rounds = 0;
		return;
	}
	b->lt_bw = bw;
	lt_begin_interval(c);
}

/* The interval ends with a loss: the policer's tokens are used up. */
static void lt_interval_may_end(struct tcp_cong *c)
{
	const struct bbr *b = c->priv;
	u32 lost = c->rate.lost - b->lt_last_lost;
	u32 delivered = c->rate.now.delivered - b->lt_last_delivered;
	u32 ms = (c->rate.now.delivered_us - b->lt_last_us) / 1000;

	if (!delivered || (u64)lost << GAIN_SHIFT < (u64)LT_LOSS_THRESH * delivered || !ms)
		return;
	lt_interval_done(c, (u32)(((u64)delivered << BW_SHIFT) / (ms * 1000)));
}

static void lt_sample(struct tcp_cong *c, u32 losses, bool app_limited)
{
	struct bbr *b = c->priv;

	if (b->lt_use_bw) {
		if (b->mode == BBR_PROBE_BW && b->round_start && ++b->lt_rounds >= LT_USE_ROUNDS) {
			lt_reset(c);
			enter_probe_bw(c);
		}
		return;
	}
	/* The first loss shows that the bucket is empty. */
	if (!b->lt_is_sampling) {
		if (!losses)
			return;
		lt_begin_interval(c);
		b->lt_is_sampling = true;
	}
	if (app_limited) {
		lt_reset(c);
		return;
	}
	b->lt_rounds += b->round_start;
	if (b->lt_rounds < LT_ROUNDS_MIN)
		return;
	if (b->lt_rounds > 4 * LT_ROUNDS_MIN)
		lt_reset(c);
	else if (losses)
		lt_interval_may_end(c);
}

/* ---- the model ---- */

static void update_bw(struct tcp_cong *c, const struct tcp_rate_sample *rs)
{
	struct bbr *b = c->priv;
	u64 bw;

	b->round_start = false;
	if (rs->delivered < 0 || rs->interval_us <= 0)
		return;
	/* What left after the round began has come back. */
	if (!before(rs->prior_delivered, b->next_round_delivered)) {
		b->next_round_delivered = c->rate.now.delivered;
		b->rounds++;
		b->round_start = true;
		b->conserve = false;
	}
	lt_sample(c, rs->losses, rs->app_limited);
	bw = ((u64)rs->delivered << BW_SHIFT) / (u64)rs->interval_us;
	/* An app-limited one counts when it is higher: the path bears it. */
	if (!rs->app_limited || bw >= bbr_max_bw(b))
		minmax_running_max(&b->bw, BW_ROUNDS, b->rounds, (u32)bw);
}

static void update_aggregation(struct tcp_cong *c, const struct tcp_rate_sample *rs)
{
	struct bbr *b = c->priv;
	u32 now_us = c->rate.now.delivered_us, expected, extra;

	if (!rs->acked_sacked || rs->delivered < 0 || rs->interval_us <= 0)
		return;
	if (b->round_start && ++b->extra_rounds >= EXTRA_ACKED_ROUNDS) {
		b->extra_rounds = 0;
		b->extra_idx = !b->extra_idx;
		b->extra_acked[b->extra_idx] = 0;
	}
	expected = (u32)((u64)bbr_bw(b) * (now_us - b->ack_epoch_us) >> BW_SHIFT);
	if (b->ack_epoch_acked <= expected ||
	    b->ack_epoch_acked + rs->acked_sacked >= EXTRA_ACKED_EPOCH_MAX) {
		b->ack_epoch_acked = 0;
		b->ack_epoch_us = now_us;
		expected = 0;
	}
	b->ack_epoch_acked = min(b->ack_epoch_acked + rs->acked_sacked, EXTRA_ACKED_EPOCH_MAX - 1);
	extra = min(b->ack_epoch_acked - expected, c->snd_cwnd);
	if (extra > b->extra_acked[b->extra_idx])
		b->extra_acked[b->extra_idx] = (u16)min_t(u32, extra, UINT16_MAX);
}

/* Three round trips without a quarter more: that is all there is. */
static void check_full_bw(struct bbr *b, const struct tcp_rate_sample *rs)
{
	if (b->full_bw_reached || !b->round_start || rs->app_limited)
		return;
	if (bbr_max_bw(b) >= (u32)((u64)b->full_bw * FULL_BW_GAIN >> GAIN_SHIFT)) {
		b->full_bw = bbr_max_bw(b);
		b->full_bw_count = 0;
		return;
	}
	b->full_bw_reached = ++b->full_bw_count >= FULL_BW_COUNT;
}

static void check_drain(struct tcp_cong *c, const struct tcp_rate_sample *rs)
{
	struct bbr *b = c->priv;
	u32 enough;

	if (b->mode == BBR_STARTUP && b->full_bw_reached) {
		b->mode = BBR_DRAIN;
		c->snd_ssthresh = inflight_for(c, bbr_max_bw(b), GAIN_ONE);
	}
	if (b->mode != BBR_DRAIN)
		return;
	enough = inflight_for(c, bbr_max_bw(b), GAIN_ONE);
	if (in_net_then(c, rs->in_flight, rs->now) <= enough)
		enter_probe_bw(c);
}

static void check_probe_rtt_done(struct tcp_cong *c, ktime_t now)
{
	struct bbr *b = c->priv;

	if (!b->probe_rtt_done_ms || !after(now_ms(now), b->probe_rtt_done_ms))
		return;
	b->min_rtt_ms = now_ms(now);	/* not again before another window went by */
	c->snd_cwnd = max(c->snd_cwnd, b->prior_cwnd);
	leave_probe_rtt(c);
}

static void in_probe_rtt(struct tcp_cong *c, const struct tcp_rate_sample *rs)
{
	struct bbr *b = c->priv;

	/* Rates of so few packets say nothing of the path. */
	tcp_rate_app_limited(&c->rate, rs->in_flight);
	if (!b->probe_rtt_done_ms) {
		if (rs->in_flight > CWND_MIN)
			return;
		b->probe_rtt_done_ms = now_ms(rs->now) + PROBE_RTT_MS;
		b->probe_rtt_done_ms += !b->probe_rtt_done_ms;
		b->probe_rtt_round_done = false;
		b->next_round_delivered = c->rate.now.delivered;
		return;
	}
	b->probe_rtt_round_done |= b->round_start;
	if (b->probe_rtt_round_done)
		check_probe_rtt_done(c, rs->now);
}

static void update_min_rtt(struct tcp_cong *c, const struct tcp_rate_sample *rs)
{
	struct bbr *b = c->priv;
	u32 ms = now_ms(rs->now);
	bool expired = after(ms, b->min_rtt_ms + MIN_RTT_WIN_MS);

	if (rs->rtt_us >= 0 && (rs->rtt_us < (s64)b->min_rtt_us ||
				(expired && !rs->ack_delayed))) {
		b->min_rtt_us = (u32)rs->rtt_us;
		b->min_rtt_ms = ms;
	}
	if (expired && !b->idle_restart && b->mode != BBR_PROBE_RTT) {
		save_cwnd(c);
		b->mode = BBR_PROBE_RTT;
		b->probe_rtt_done_ms = 0;
	}
	if (b->mode == BBR_PROBE_RTT)
		in_probe_rtt(c, rs);
	/* Idle no more, once something was delivered again. */
	if (rs->delivered > 0)
		b->idle_restart = false;
}

static void update_gains(struct bbr *b)
{
	switch (b->mode) {
	case BBR_STARTUP:
		b->pacing_gain = b->cwnd_gain = HIGH_GAIN;
		break;
	case BBR_DRAIN:
		b->pacing_gain = DRAIN_GAIN;
		b->cwnd_gain = HIGH_GAIN;	/* the window does not hold the pacing up */
		break;
	case BBR_PROBE_BW:
		b->pacing_gain = b->lt_use_bw ? GAIN_ONE : cycle_gains[b->cycle_idx];
		b->cwnd_gain = CWND_GAIN;
		break;
	default:
		b->pacing_gain = b->cwnd_gain = GAIN_ONE;
	}
}

/* ---- the table ---- */

/* The first ACK since it began. */
static void first_ack(struct tcp_cong *c, const struct tcp_rate_sample *rs)
{
	struct bbr *b = c->priv;

	b->min_rtt_us = rs->min_rtt_us;
	init_pacing_rate(c);
}

static void bbr_cong_control(struct tcp_cong *c, const struct tcp_rate_sample *rs)
{
	struct bbr *b = c->priv;
	bool first = !b->net;

	b->net = rs->net;
	b->mss = rs->mss;
	b->srtt_us = rs->srtt_us;
	if (unlikely(first))
		first_ack(c, rs);
	update_bw(c, rs);
	update_aggregation(c, rs);
	update_cycle(c, rs);
	check_full_bw(b, rs);
	check_drain(c, rs);
	update_min_rtt(c, rs);
	update_gains(b);
	set_pacing_rate(c, bbr_bw(b), b->pacing_gain);
	set_cwnd(c, rs, bbr_bw(b), b->cwnd_gain);
}

static void bbr_init(struct tcp_cong *c, ktime_t now)
{
	struct bbr *b = c->priv;

	c->snd_ssthresh = TCP_INFINITE_SSTHRESH;
	b->next_round_delivered = c->rate.now.delivered;
	b->min_rtt_us = UINT32_MAX;
	b->min_rtt_ms = now_ms(now);
	b->ack_epoch_us = ktime_us32(now);
	b->pacing_gain = b->cwnd_gain = HIGH_GAIN;
	lt_begin_interval(c);
}

/* Loss is no congestion to it; what to return to is kept. */
static u32 bbr_ssthresh(struct tcp_cong *c)
{
	save_cwnd(c);
	return c->snd_ssthresh;
}

static u32 bbr_undo_cwnd(const struct tcp_cong *c)
{
	struct bbr *b = c->priv;

	b->full_bw = 0;		/* what looked like the path's limit may have been the recovery */
	b->full_bw_count = 0;
	lt_reset((struct tcp_cong *)(uintptr_t)c);
	return c->snd_cwnd;
}

static void bbr_set_state(struct tcp_cong *c, enum tcp_ca_state state)
{
	struct bbr *b = c->priv;

	if (state != TCP_CA_Loss)
		return;
	b->ca_state = TCP_CA_Loss;
	b->full_bw = 0;
	b->round_start = true;		/* a timeout ends a round */
	if (b->net)
		lt_sample(c, 1, false);
}

/* Something is sent after nothing was in flight. */
static void bbr_event(struct tcp_cong *c, enum tcp_ca_event ev, ktime_t now, ktime_t idle)
{
	struct bbr *b = c->priv;

	(void)idle;
	if (ev != CA_EVENT_TX_START || !c->rate.now.app_limited || !b->net)
		return;
	b->idle_restart = true;
	b->ack_epoch_us = ktime_us32(now);
	b->ack_epoch_acked = 0;
	/* No queue was made, so no more than the path bears is needed to fill it. */
	if (b->mode == BBR_PROBE_BW)
		set_pacing_rate(c, bbr_bw(b), GAIN_ONE);
	else if (b->mode == BBR_PROBE_RTT)
		check_probe_rtt_done(c, now);
}

static u32 bbr_get_info(const struct tcp_cong *c, u32 mss, union ln_tcp_cc_info *info)
{
	const struct bbr *b = c->priv;
	u64 bw = (u64)bbr_bw(b) * mss * 1000000u >> BW_SHIFT;

	info->bbr = (struct ln_tcp_bbr_info){
		.bbr_bw_lo = (u32)bw, .bbr_bw_hi = (u32)(bw >> 32),
		.bbr_min_rtt = b->min_rtt_us,
		.bbr_pacing_gain = b->pacing_gain, .bbr_cwnd_gain = b->cwnd_gain,
	};
	return sizeof(info->bbr);
}

const struct tcp_congestion_ops tcp_bbr = {
	.name = "bbr",
	.priv_size = sizeof(struct bbr),
	.sndbuf_expand = 3,
	.init = bbr_init,
	.ssthresh = bbr_ssthresh,
	.cong_control = bbr_cong_control,
	.undo_cwnd = bbr_undo_cwnd,
	.set_state = bbr_set_state,
	.cwnd_event = bbr_event,
	.min_tso_segs = bbr_min_tso_segs,
	.get_info = bbr_get_info,
};

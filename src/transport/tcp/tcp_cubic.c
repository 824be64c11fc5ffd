/* SPDX-License-Identifier: MIT */
/*
 * CUBIC (RFC 9438): after a loss at W_max the window grows as C (t - K)^3 + W_max, so it nears
 * the old maximum fast, stays around it, then probes beyond; where Reno would be faster (short
 * RTTs, small windows) it follows Reno's line W_est.
 *
 * The first slow start ends early. HyStart++ (RFC 9406), the default: when a round trip's least RTT
 * is an eighth more than that of the one before, the window grows by a quarter of that only
 * (conservative slow start, CSS); after five such round trips avoidance begins, unless the RTT fell
 * again before. Or HyStart as Linux has it (hystart_detect 1 to 3): at once, when a train of ACKs
 * gets as long as half the least RTT, or the RTT of a round grows. Neither below 16 packets.
 *
 *	C = 0.4, beta = 717/1024 (0.7), times in ms, windows in packets.
 */
#include "transport/tcp/tcp_cong.h"

#include "transport/tcp/tcp_seq.h"

#define BETA 717u
#define BETA_SCALE 1024u
#define HYSTART_LOW_WINDOW 16u
#define HYSTART_MIN_SAMPLES 8u
#define HYSTART_ACK_DELTA_US 2000u
#define HYSTART_DELAY_MIN_US 4000u
#define HYSTART_DELAY_MAX_US 16000u
#define CSS_GROWTH_DIVISOR 4u
#define CSS_ROUNDS 5u
#define TIME_MAX_MS 1000000		/* (t - K) is held at this: its cube times 4 fits 63 bits */

struct cubic {
	u32 last_max_cwnd;	/* W_max, reduced for fast convergence */
	u32 origin;		/* the plateau of this epoch */
	u32 k_ms;
	u32 cnt;		/* ACKed packets per packet of growth */
	u32 last_cwnd, last_ms;	/* cnt was computed for these */
	u32 tcp_cwnd, ack_cnt;	/* W_est and packets ACKed towards it */
	u32 epoch_ms;		/* start of the epoch; 0 = none */
	u32 delay_min_us;
	/* HyStart, per round trip */
	u32 end_seq, curr_rtt_us;
	union {
		struct {
			u32 round_start_us, last_ack_us;
		};
		struct {		/* HyStart++ */
			u32 last_rtt_us;	/* least RTT of the round before; 0 = none */
			u32 css_rtt_us;		/* that began CSS; 0 = not in it */
		};
	};
	u8 samples, css_rounds;
	u8 detect;		/* enum hystart_detect, as the first round began */
	bool found;
};

enum hystart_detect {		/* Linux's hystart_detect, and one more; 0 = not yet looked at */
	HYSTART_ACK_TRAIN = 1, HYSTART_DELAY = 2, HYSTART_PLUS_PLUS = 4, HYSTART_OFF = 8,
};

_Static_assert(sizeof(struct cubic) <= TCP_CA_PRIV_SIZE, "fits the slab of CA states");

static u32 now_us(ktime_t now)
{
	return ktime_us32(now);
}

static u32 now_ms(ktime_t now)
{
	u32 ms = (u32)ktime_to_ms(now);

	return ms ? ms : 1;	/* 0 means no epoch */
}

/* The largest x with x^3 <= v. */
static u32 cube_root(u64 v)
{
	u64 x = 0;

	for (int b = 20; b >= 0; b--) {
		u64 y = x | 1ull << b;

		if (y * y * y <= v)
			x = y;
	}
	return (u32)x;
}

static void hystart_reset(struct cubic *ca, ktime_t now, u32 snd_nxt)
{
	ca->round_start_us = ca->last_ack_us = now_us(now);
	ca->end_seq = snd_nxt;
	ca->curr_rtt_us = UINT32_MAX;
	ca->samples = 0;
}

static u32 cubic_ssthresh(struct tcp_cong *c)
{
	struct cubic *ca = c->priv;

	ca->epoch_ms = 0;
	/* RFC 9438 4.7: fast convergence leaves room for new flows. */
	if (c->snd_cwnd < ca->last_max_cwnd)
		ca->last_max_cwnd = (u32)((u64)c->snd_cwnd * (BETA_SCALE + BETA) /
					  (2 * BETA_SCALE));
	else
		ca->last_max_cwnd = c->snd_cwnd;
	return max((u32)((u64)c->snd_cwnd * BETA / BETA_SCALE), 2u);
}

static void epoch_begin(struct tcp_cong *c, u32 ms, u32 acked)
{
	struct cubic *ca = c->priv;

	ca->epoch_ms = ms;
	ca->ack_cnt = acked;
	ca->tcp_cwnd = c->snd_cwnd;
	if (ca->last_max_cwnd <= c->snd_cwnd) {
		ca->k_ms = 0;
		ca->origin = c->snd_cwnd;
	} else {
		/* K = cbrt((W_max - cwnd) / C) s; in ms the cube is 10^9 times as large. */
		ca->k_ms = cube_root((u64)(ca->last_max_cwnd - c->snd_cwnd) * 2500000000ull);
		ca->origin = ca->last_max_cwnd;
	}
}

/* W_cubic one least RTT from now (RFC 9438 4.2). */
static u32 cubic_target(const struct cubic *ca, u32 ms)
{
	u32 t = ms - ca->epoch_ms + ca->delay_min_us / 1000;
	s64 off = t < ca->k_ms ? ca->k_ms - t : t - ca->k_ms;
	u32 delta;

	off = min_t(s64, off, TIME_MAX_MS);
	delta = (u32)min_t(s64, off * off * off * 4 / 10000000000ll, 1 << 24);
	if (t < ca->k_ms)
		return delta < ca->origin ? ca->origin - delta : 0;
	return ca->origin + delta;
}

/* How many ACKed packets one packet of growth takes. */
static void cubic_update(struct tcp_cong *c, const struct tcp_cong_ack *a)
{
	struct cubic *ca = c->priv;
	u32 ms = now_ms(a->now), cwnd = c->snd_cwnd, target, per;

	ca->ack_cnt += a->acked;
	if (ca->last_cwnd == cwnd && ca->epoch_ms && ms - ca->last_ms <= 31)
		goto tcp_friendliness;	/* Linux computes the cubic at most every 1/32 s */
	if (!ca->epoch_ms)
		epoch_begin(c, ms, a->acked);
	ca->last_cwnd = cwnd;
	ca->last_ms = ms;
	target = cubic_target(ca, ms);
	ca->cnt = target > cwnd ? cwnd / (target - cwnd) : 100 * cwnd;
	/* The first epoch has no W_max to grow back to: at least 5 % per RTT. */
	if (!ca->last_max_cwnd && ca->cnt > 20)
		ca->cnt = 20;
tcp_friendliness:
	/* RFC 9438 4.3: Reno with beta 0.7 gains 3 (1 - b) / (1 + b) = 8/15 packets per RTT. */
	per = max(cwnd * 15 / 8, 1u);
	if (ca->ack_cnt > per) {
		ca->tcp_cwnd += ca->ack_cnt / per;
		ca->ack_cnt %= per;
	}
	if (ca->tcp_cwnd > cwnd)
		ca->cnt = min(ca->cnt, cwnd / (ca->tcp_cwnd - cwnd));
	ca->cnt = max(ca->cnt, 2u);	/* RFC 9438 4.4: at most half a window per RTT */
}

/* What is left of acked when slow start is over. */
static u32 slow_start(struct tcp_cong *c, u32 acked)
{
	const struct cubic *ca = c->priv;

	if (likely(ca->detect != HYSTART_PLUS_PLUS || !ca->css_rtt_us))
		return tcp_slow_start(c, acked);
	/* RFC 9406 4.2, CSS: a quarter. */
	c->snd_cwnd_cnt += acked;
	tcp_slow_start(c, c->snd_cwnd_cnt / CSS_GROWTH_DIVISOR);
	c->snd_cwnd_cnt %= CSS_GROWTH_DIVISOR;
	return 0;
}

static void cubic_cong_avoid(struct tcp_cong *c, const struct tcp_cong_ack *a)
{
	struct tcp_cong_ack rest = *a;

	if (tcp_in_slow_start(c)) {
		rest.acked = slow_start(c, a->acked);
		if (!rest.acked)
			return;
	}
	cubic_update(c, &rest);
	tcp_cong_avoid_ai(c, ((struct cubic *)c->priv)->cnt, rest.acked);
}

static void hystart_found(struct tcp_cong *c, const struct tcp_cong_ack *a, bool train)
{
	struct cubic *ca = c->priv;

	ca->found = true;
	if (train) {
		mib_inc(a->net, TcpExtTCPHystartTrainDetect);
		mib_add(a->net, TcpExtTCPHystartTrainCwnd, c->snd_cwnd);
	} else {
		mib_inc(a->net, TcpExtTCPHystartDelayDetect);
		mib_add(a->net, TcpExtTCPHystartDelayCwnd, c->snd_cwnd);
	}
	c->snd_ssthresh = c->snd_cwnd;
}

static u32 hystart_slack(u32 rtt_us)
{
	return clamp_t(u32, rtt_us >> 3, HYSTART_DELAY_MIN_US, HYSTART_DELAY_MAX_US);
}

/* windowEnd is acknowledged: the next round. */
static void hystart_pp_round(struct tcp_cong *c, const struct tcp_cong_ack *a)
{
	struct cubic *ca = c->priv;

	if (ca->css_rtt_us && ++ca->css_rounds >= CSS_ROUNDS) {
		hystart_found(c, a, false);
		c->snd_cwnd_cnt = 0;
	}
	ca->last_rtt_us = ca->end_seq && ca->curr_rtt_us != UINT32_MAX ? ca->curr_rtt_us : 0;
	ca->curr_rtt_us = UINT32_MAX;
	ca->end_seq = a->snd_nxt;
	ca->samples = 0;
}

/* RFC 9406 4.2 */
static void hystart_pp_update(struct tcp_cong *c, const struct tcp_cong_ack *a, u32 rtt_us)
{
	struct cubic *ca = c->priv;

	if (!ca->end_seq || !before(a->snd_una, ca->end_seq))
		hystart_pp_round(c, a);
	ca->curr_rtt_us = min(ca->curr_rtt_us, rtt_us);
	if (++ca->samples < HYSTART_MIN_SAMPLES)
		return;
	ca->samples = HYSTART_MIN_SAMPLES;
	if (!ca->css_rtt_us) {
		if (ca->last_rtt_us &&
		    ca->curr_rtt_us >= ca->last_rtt_us + hystart_slack(ca->last_rtt_us)) {
			ca->css_rtt_us = ca->curr_rtt_us;
			ca->css_rounds = 0;	/* the rest of this round is the first */
			c->snd_cwnd_cnt = 0;
		}
	} else if (ca->curr_rtt_us < ca->css_rtt_us) {
		ca->css_rtt_us = 0;	/* a jitter: slow start goes on */
	}
}

static void hystart_update(struct tcp_cong *c, const struct tcp_cong_ack *a, u32 rtt_us)
{
	struct cubic *ca = c->priv;
	u32 us = now_us(a->now);

	if (after(a->snd_una, ca->end_seq) || !ca->end_seq)
		hystart_reset(ca, a->now, a->snd_nxt);
	/* ACKs that follow each other closely: how long is the train? */
	if (ca->detect & HYSTART_ACK_TRAIN && us - ca->last_ack_us <= HYSTART_ACK_DELTA_US) {
		ca->last_ack_us = us;
		if (us - ca->round_start_us > ca->delay_min_us >> 1) {
			hystart_found(c, a, true);
			return;
		}
	}
	if (!(ca->detect & HYSTART_DELAY))
		return;
	ca->curr_rtt_us = min(ca->curr_rtt_us, rtt_us);
	if (ca->samples < HYSTART_MIN_SAMPLES)
		ca->samples++;
	else if (ca->curr_rtt_us > ca->delay_min_us + hystart_slack(ca->delay_min_us))
		hystart_found(c, a, false);
}

static void hystart(struct tcp_cong *c, const struct tcp_cong_ack *a, u32 rtt_us)
{
	struct cubic *ca = c->priv;
	const struct netns_sysctl *s = &a->net->sysctl;

	if (!ca->detect)
		ca->detect = (u8)(s->tcp_cubic_hystart ? s->tcp_cubic_hystart_detect : HYSTART_OFF);
	if (ca->detect < HYSTART_PLUS_PLUS)
		hystart_update(c, a, rtt_us);
	else if (ca->detect == HYSTART_PLUS_PLUS && c->snd_ssthresh >= TCP_INFINITE_SSTHRESH)
		hystart_pp_update(c, a, rtt_us);
}

static void cubic_pkts_acked(struct tcp_cong *c, const struct tcp_cong_ack *a)
{
	struct cubic *ca = c->priv;
	u32 rtt = (u32)max(a->rtt_us, 1);

	if (a->rtt_us < 0)
		return;
	/* Right after a loss the queue is still full of what caused it. */
	if (ca->epoch_ms && now_ms(a->now) - ca->epoch_ms < 1000)
		return;
	if (!ca->delay_min_us || ca->delay_min_us > rtt)
		ca->delay_min_us = rtt;
	if (c->snd_cwnd >= HYSTART_LOW_WINDOW && !ca->found && tcp_in_slow_start(c))
		hystart(c, a, rtt);
}

static void cubic_set_state(struct tcp_cong *c, enum tcp_ca_state state)
{
	struct cubic *ca = c->priv;
	u32 delay = ca->delay_min_us;

	if (state != TCP_CA_Loss)
		return;
	/* A timeout forgets the plateau: slow start finds the window anew. */
	memset(ca, 0, sizeof(*ca));
	ca->delay_min_us = delay;
}

static void cubic_event(struct tcp_cong *c, enum tcp_ca_event ev, ktime_t now, ktime_t idle)
{
	struct cubic *ca = c->priv;
	u32 ms = now_ms(now);

	/* RFC 9438 5.8: time without sending does not count for growth. */
	if (ev == CA_EVENT_TX_START && ca->epoch_ms && idle > 0) {
		ca->epoch_ms += (u32)ktime_to_ms(idle);
		if (after(ca->epoch_ms, ms))
			ca->epoch_ms = ms;
	}
}

const struct tcp_congestion_ops tcp_cubic = {
	.name = "cubic",
	.priv_size = sizeof(struct cubic),
	.ssthresh = cubic_ssthresh,
	.cong_avoid = cubic_cong_avoid,
	.undo_cwnd = tcp_reno_undo_cwnd,
	.pkts_acked = cubic_pkts_acked,
	.set_state = cubic_set_state,
	.cwnd_event = cubic_event,
};

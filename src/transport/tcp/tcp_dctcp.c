/* SPDX-License-Identifier: MIT */
/*
 * DCTCP (RFC 8257), for networks whose queues mark from a low threshold on: the window comes down
 * by as much as was marked, not by half.
 *
 *	alpha = (1 - g) alpha + g M		once per window; M = marked / delivered in it
 *	ssthresh = cwnd (1 - alpha / 2)		after ECE
 *
 * After a loss it is Reno. The peer's part (3.2): ECE is on an ACK if and only if what it
 * acknowledges was marked, which a delayed ACK for marked and unmarked data could not say; so it is
 * sent when the mark changes.
 */
#include "transport/tcp/tcp_cong.h"

/* Linux has 10 bits, so that a 16th of little is nothing: a quarter of marks after a time without
 * any would never lift alpha beyond a 64th. */
#define ALPHA_BITS 20
#define ALPHA_ONE (1u << ALPHA_BITS)
#define SHIFT_G 4		/* g = 1/16, RFC 8257 4.2 */

struct dctcp {
	u32 alpha;		/* of ALPHA_ONE */
	u32 next_seq;		/* end of the window that is measured */
	u32 delivered, delivered_ce;	/* now, */
	u32 old_delivered, old_delivered_ce;	/* when that window began */
	u32 loss_cwnd;		/* before the last reduction */
	bool began, ce;
};

_Static_assert(sizeof(struct dctcp) <= TCP_CA_PRIV_SIZE, "fits the slab of CA states");

static void dctcp_init(struct tcp_cong *c, ktime_t now)
{
	struct dctcp *d = c->priv;

	(void)now;
	d->alpha = ALPHA_ONE;
}

static void window_begins(struct dctcp *d, u32 snd_nxt)
{
	d->next_seq = snd_nxt;
	d->old_delivered = d->delivered;
	d->old_delivered_ce = d->delivered_ce;
}

static void update_alpha(struct dctcp *d)
{
	u32 delivered = d->delivered - d->old_delivered;
	u64 marked = d->delivered_ce - d->old_delivered_ce;

	d->alpha -= d->alpha >> SHIFT_G;
	d->alpha += (u32)((marked << (ALPHA_BITS - SHIFT_G)) / delivered);
	d->alpha = min(d->alpha, ALPHA_ONE);
}

static void dctcp_in_ack(struct tcp_cong *c, const struct tcp_cong_ecn *e)
{
	struct dctcp *d = c->priv;

	d->delivered = e->delivered;
	d->delivered_ce = e->delivered_ce;
	if (!d->began) {
		d->began = true;
		window_begins(d, e->snd_una);
		d->old_delivered -= e->newly;
		d->old_delivered_ce -= e->newly_ce;
	}
	if (before(e->snd_una, d->next_seq))
		return;
	/* As 3.3 step 3, where Linux takes an ACK of nothing for a window without a mark. */
	if (d->delivered == d->old_delivered)
		return;
	update_alpha(d);
	window_begins(d, e->snd_nxt);
}

static u32 dctcp_ssthresh(struct tcp_cong *c)
{
	struct dctcp *d = c->priv;

	d->loss_cwnd = c->snd_cwnd;
	return max(c->snd_cwnd - (u32)((u64)c->snd_cwnd * d->alpha >> (ALPHA_BITS + 1)), 2u);
}

/* 3.5: as other congestion controls, whatever was marked. */
static void react_to_loss(struct tcp_cong *c)
{
	struct dctcp *d = c->priv;

	d->loss_cwnd = c->snd_cwnd;
	c->snd_ssthresh = max(c->snd_cwnd >> 1, 2u);
}

static void dctcp_set_state(struct tcp_cong *c, enum tcp_ca_state state)
{
	if (state == TCP_CA_Recovery)
		react_to_loss(c);
}

static void dctcp_event(struct tcp_cong *c, enum tcp_ca_event ev, ktime_t now, ktime_t idle)
{
	(void)now;
	(void)idle;
	if (ev == CA_EVENT_LOSS)
		react_to_loss(c);
}

static u32 dctcp_undo_cwnd(const struct tcp_cong *c)
{
	const struct dctcp *d = c->priv;

	return max(c->snd_cwnd, d->loss_cwnd);
}

static bool dctcp_rcv_ce(struct tcp_cong *c, bool ce)
{
	struct dctcp *d = c->priv;
	bool changed = d->ce != ce;

	d->ce = ce;
	return changed;
}

static u32 dctcp_get_info(const struct tcp_cong *c, u32 mss, union ln_tcp_cc_info *info)
{
	const struct dctcp *d = c->priv;

	info->dctcp = (struct ln_tcp_dctcp_info){
		.dctcp_enabled = 1, .dctcp_ce_state = d->ce,
		.dctcp_alpha = d->alpha >> (ALPHA_BITS - 10),
		.dctcp_ab_ecn = mss * (d->delivered_ce - d->old_delivered_ce),
		.dctcp_ab_tot = mss * (d->delivered - d->old_delivered),
	};
	return sizeof(info->dctcp);
}

static u32 fallback_get_info(const struct tcp_cong *c, u32 mss, union ln_tcp_cc_info *info)
{
	(void)c;
	(void)mss;
	info->dctcp = (struct ln_tcp_dctcp_info){ .dctcp_enabled = 0 };
	return sizeof(info->dctcp);
}

/* With a peer that knows no ECN. */
static const struct tcp_congestion_ops dctcp_reno = {
	.name = "dctcp-reno",
	.ssthresh = tcp_reno_ssthresh,
	.cong_avoid = tcp_reno_cong_avoid,
	.undo_cwnd = tcp_reno_undo_cwnd,
	.get_info = fallback_get_info,
};

const struct tcp_congestion_ops tcp_dctcp = {
	.name = "dctcp",
	.priv_size = sizeof(struct dctcp),
	.without_ecn = &dctcp_reno,
	.init = dctcp_init,
	.in_ack = dctcp_in_ack,
	.rcv_ce = dctcp_rcv_ce,
	.ssthresh = dctcp_ssthresh,
	.cong_avoid = tcp_reno_cong_avoid,
	.undo_cwnd = dctcp_undo_cwnd,
	.set_state = dctcp_set_state,
	.cwnd_event = dctcp_event,
	.get_info = dctcp_get_info,
};

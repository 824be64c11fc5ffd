/* SPDX-License-Identifier: MIT */
/* One direction of a link, put together from its elements. */
#include "lab/el_link.h"

#define ETH_HEADER_BYTES 14
#define HOLD_MIN_NS 1000000
#define HOLD_FRAMES 3
#define MTU_USUAL 1500

void link_params_init(struct link_params *params)
{
	*params = (struct link_params){
		.rate_bps = LINK_RATE_DEFAULT,
		.delay.delay_ns = LINK_DELAY_DEFAULT_NS,
	};
}

s64 link_params_hold_ns(const struct link_params *params)
{
	u64 bytes = wire_bytes((params->mtu ? params->mtu : MTU_USUAL) + ETH_HEADER_BYTES);
	s64 hold_ns = HOLD_MIN_NS;

	if (params->delay.hold_ns)
		return params->delay.hold_ns;
	if (params->rate_bps)
		hold_ns = max(hold_ns, (s64)(HOLD_FRAMES * bytes * 8 * 1000000000ull /
					     params->rate_bps));
	return hold_ns;
}

const char *link_drop_name(enum link_drop drop)
{
	static const char names[LINK_DROP_COUNT][8] = {
		[LINK_DROP_NONE] = "none",
		[LINK_DROP_DOWN] = "down",
		[LINK_DROP_GIANT] = "giant",
		[LINK_DROP_QUEUE] = "queue",
		[LINK_DROP_CODEL] = "codel",
		[LINK_DROP_LOSS] = "loss",
	};

	return names[drop];
}

void link_model_init(struct link_model *m, const struct link_params *params, u64 seed,
		     const char *name)
{
	*m = (struct link_model){ .params = *params, .now_ns = INT64_MIN };
	m->params.delay.hold_ns = link_params_hold_ns(params);
	el_rate_init(&m->rate, params->rate_bps, params->queue_bytes);
	el_codel_init(&m->codel, &params->codel);
	el_loss_init(&m->loss, &params->loss, seed, name);
	el_ber_init(&m->ber, params->ber, seed, name);
	el_delay_init(&m->delay, &m->params.delay, seed, name);
	el_prng_init(&m->duplicate_rng, seed, name, "duplicate");
}

/* As far as the line: the cause for which it does not get there, if any. */
static enum link_drop enter_line(struct link_model *m, s64 now_ns, u32 len, bool ect,
				 struct link_fate *fate)
{
	enum el_codel_verdict verdict;
	struct el_rate_slot slot;

	if (m->down)
		return LINK_DROP_DOWN;
	if (m->params.mtu && len > m->params.mtu + ETH_HEADER_BYTES)
		return LINK_DROP_GIANT;
	verdict = el_codel_judge(&m->codel, now_ns, m->rate.free_ns, ect);
	if (verdict == EL_CODEL_DROP)
		return LINK_DROP_CODEL;
	if (!el_rate_send(&m->rate, now_ns, len, &slot))
		return LINK_DROP_QUEUE;
	fate->marked = verdict == EL_CODEL_MARK;
	fate->start_ns = slot.start_ns;
	fate->end_ns = slot.end_ns;
	fate->done_ns = m->params.queue_bytes ? now_ns : m->rate.free_ns;
	return el_loss_draw(&m->loss) ? LINK_DROP_LOSS : LINK_DROP_NONE;
}

static void cross_line(struct link_model *m, u32 len, struct link_fate *fate)
{
	u32 bits = (len + WIRE_FCS_BYTES) * 8;
	s64 tx_ns = fate->end_ns - fate->start_ns;

	fate->flips = el_ber_draw(&m->ber, bits, fate->flip_bit, LINK_FLIPS_MAX);
	fate->arrive_ns[0] = el_delay_arrival(&m->delay, fate->end_ns, tx_ns, &fate->held);
	fate->arrive_ns[1] = fate->arrive_ns[0];
	fate->copies = prob_draw(&m->duplicate_rng, m->params.duplicate) ? 2 : 1;
}

static void count_frame(struct link_stats *stats, const struct link_fate *fate)
{
	stats->delivered += fate->copies;
	stats->drops[fate->drop] += fate->drop != LINK_DROP_NONE;
	stats->marked += fate->marked;
	stats->corrupted += fate->flips != 0;
	stats->flips += fate->flips;
	stats->duplicated += fate->copies == 2;
	stats->reordered += fate->held;
}

int link_model_frame(struct link_model *m, s64 now_ns, u32 len, bool ect, struct link_fate *fate)
{
	now_ns = max(now_ns, m->now_ns);
	m->now_ns = now_ns;
	m->stats.frames++;
	m->stats.bytes += len;
	*fate = (struct link_fate){ .start_ns = now_ns, .end_ns = now_ns, .done_ns = now_ns };
	fate->drop = enter_line(m, now_ns, len, ect, fate);
	if (!fate->drop)
		cross_line(m, len, fate);
	count_frame(&m->stats, fate);
	return (int)fate->copies;
}

void link_fate_corrupt(const struct link_fate *fate, u8 *frame, u32 len, u8 fcs[4])
{
	u32 told = min(fate->flips, (u32)LINK_FLIPS_MAX);

	for (u32 i = 0; i < told; i++) {
		u32 byte = fate->flip_bit[i] / 8;
		u8 mask = (u8)(1u << (fate->flip_bit[i] % 8));

		if (byte < len)
			frame[byte] ^= mask;
		else
			fcs[byte - len] ^= mask;
	}
}

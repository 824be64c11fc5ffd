/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_cong.h"

void tcp_cong_table_init(struct tcp_cong_table *t, struct mem *mem)
{
	*t = (struct tcp_cong_table){ .n = 0 };
	slab_init(&t->priv_slab, mem, "tcp_ca_priv", TCP_CA_PRIV_SIZE);
	slab_init(&t->large_slab, mem, "tcp_ca_large", TCP_CA_PRIV_SIZE_MAX);
	slab_init(&t->pacing_slab, mem, "tcp_pacing", sizeof(struct tcp_pacing));
}

void tcp_cong_table_exit(struct tcp_cong_table *t)
{
	slab_exit(&t->priv_slab);
	slab_exit(&t->large_slab);
	slab_exit(&t->pacing_slab);
}

int tcp_register_congestion_control(struct tcp_cong_table *t, const struct tcp_congestion_ops *ops)
{
	if (!ops->name || !ops->ssthresh || !ops->undo_cwnd ||
	    (!ops->cong_avoid && !ops->cong_control) || ops->priv_size > TCP_CA_PRIV_SIZE_MAX)
		return -EINVAL;
	if (tcp_ca_find(t, ops->name, strlen(ops->name)))
		return -EEXIST;
	if (t->n == TCP_CA_MAX)
		return -ENOSPC;
	t->ops[t->n++] = ops;
	return 0;
}

const struct tcp_congestion_ops *tcp_ca_find(const struct tcp_cong_table *t, const char *name,
					     size_t len)
{
	for (u32 i = 0; i < t->n; i++) {
		const char *have = t->ops[i]->name;

		if (strlen(have) == len && !memcmp(have, name, len))
			return t->ops[i];
	}
	return NULL;
}

void tcp_cong_init(struct tcp_cong *c, const struct tcp_congestion_ops *ops)
{
	*c = (struct tcp_cong){
		.ops = ops,
		.snd_cwnd = TCP_INIT_CWND,
		.snd_ssthresh = TCP_INFINITE_SSTHRESH,
	};
	tcp_rate_init(&c->rate);
}

static struct slab *priv_slab(struct tcp_cong_table *t, const struct tcp_cong *c)
{
	return c->ops->priv_size <= TCP_CA_PRIV_SIZE ? &t->priv_slab : &t->large_slab;
}

static void priv_free(struct tcp_cong_table *t, struct tcp_cong *c)
{
	if (c->priv)
		slab_free(priv_slab(t, c), c->priv);
	c->priv = NULL;
}

void tcp_cong_exit(struct tcp_cong_table *t, struct tcp_cong *c)
{
	priv_free(t, c);
	if (c->pacing)
		slab_free(&t->pacing_slab, c->pacing);
	c->pacing = NULL;
}

bool tcp_pacing_get(struct tcp_cong_table *t, struct tcp_cong *c)
{
	c->pacing = slab_alloc(&t->pacing_slab);
	if (!c->pacing)
		return false;
	*c->pacing = (struct tcp_pacing){ .rate = UINT64_MAX, .max_rate = UINT64_MAX };
	return true;
}

void tcp_cong_switch(struct tcp_cong_table *t, struct tcp_cong *c,
		     const struct tcp_congestion_ops *ops)
{
	priv_free(t, c);
	c->ops = ops;
	c->snd_cwnd_cnt = 0;
}

/* The table to ask now: Reno's while the algorithm has no state. */
static const struct tcp_congestion_ops *ca_ops(const struct tcp_cong *c)
{
	return likely(c->priv) || !c->ops->priv_size ? c->ops : &tcp_reno;
}

u32 tcp_cong_ssthresh(struct tcp_cong *c)
{
	return ca_ops(c)->ssthresh(c);
}

u32 tcp_cong_undo_cwnd(struct tcp_cong *c)
{
	return ca_ops(c)->undo_cwnd(c);
}

void tcp_cong_avoid(struct tcp_cong *c, const struct tcp_cong_ack *a)
{
	/* A window that is not used shows nothing (RFC 5681 3.1, RFC 7661 4.1). */
	if (a->cwnd_limited)
		ca_ops(c)->cong_avoid(c, a);
}

void tcp_cong_begin(struct tcp_cong_table *t, struct tcp_cong *c, ktime_t now)
{
	if (likely(c->priv) || !c->ops->priv_size)
		return;
	if (c->ops->cong_control) {
		if (!c->pacing && !tcp_pacing_get(t, c))
			return;
		c->pacing->needed = true;
	}
	c->priv = slab_alloc(priv_slab(t, c));
	if (!c->priv)
		return;
	memset(c->priv, 0, c->ops->priv_size);
	if (c->ops->init)
		c->ops->init(c, now);
}

u32 tcp_cong_info(const struct tcp_cong *c, u32 mss, union ln_tcp_cc_info *info)
{
	return ca_ops(c)->get_info ? ca_ops(c)->get_info(c, mss, info) : 0;
}

void tcp_cong_pkts_acked(struct tcp_cong *c, const struct tcp_cong_ack *a)
{
	const struct tcp_congestion_ops *ops = ca_ops(c);

	if (ops->pkts_acked)
		ops->pkts_acked(c, a);
}

void tcp_cong_set_state(struct tcp_cong *c, enum tcp_ca_state state)
{
	const struct tcp_congestion_ops *ops = ca_ops(c);

	if (ops->set_state)
		ops->set_state(c, state);
}

void tcp_cong_event(struct tcp_cong *c, enum tcp_ca_event ev, ktime_t now, ktime_t idle)
{
	const struct tcp_congestion_ops *ops = ca_ops(c);

	if (ops->cwnd_event)
		ops->cwnd_event(c, ev, now, idle);
}

u32 tcp_slow_start(struct tcp_cong *c, u32 acked)
{
	u32 cwnd = min(c->snd_cwnd + acked, c->snd_ssthresh);

	acked -= cwnd - c->snd_cwnd;
	c->snd_cwnd = tcp_cwnd_clamped(c, cwnd);
	return acked;
}

void tcp_cong_avoid_ai(struct tcp_cong *c, u32 w, u32 acked)
{
	w = max(w, 1u);
	/* Credit from a time when w was larger is spent one packet at a time. */
	if (c->snd_cwnd_cnt >= w) {
		c->snd_cwnd_cnt = 0;
		c->snd_cwnd++;
	}
	c->snd_cwnd_cnt += acked;
	if (c->snd_cwnd_cnt >= w) {
		c->snd_cwnd += c->snd_cwnd_cnt / w;
		c->snd_cwnd_cnt %= w;
	}
	c->snd_cwnd = tcp_cwnd_clamped(c, c->snd_cwnd);
}

void tcp_cwnd_restart(struct tcp_cong *c, u32 init_cwnd, ktime_t now, ktime_t idle, u32 rto_us)
{
	u32 restart = min(init_cwnd, c->snd_cwnd), cwnd = c->snd_cwnd;
	ktime_t rto = us_to_ktime(max(rto_us, 1u));

	if (tcp_cong_models(c))
		return;
	tcp_cong_event(c, CA_EVENT_CWND_RESTART, now, idle);
	c->snd_ssthresh = max(c->snd_ssthresh, (cwnd >> 1) + (cwnd >> 2));
	while ((idle -= rto) > 0 && cwnd > restart)
		cwnd >>= 1;
	c->snd_cwnd = max(cwnd, restart);
	c->snd_cwnd_stamp = now;
	c->snd_cwnd_used = 0;
}

void tcp_cwnd_application_limited(struct tcp_cong *c, u32 init_cwnd)
{
	u32 used = max(c->snd_cwnd_used, init_cwnd);

	if (used < c->snd_cwnd) {
		c->snd_ssthresh = max(c->snd_ssthresh, (c->snd_cwnd >> 1) + (c->snd_cwnd >> 2));
		c->snd_cwnd = (c->snd_cwnd + used) >> 1;
	}
	c->snd_cwnd_used = 0;
}

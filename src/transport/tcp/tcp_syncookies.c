/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_syncookies.h"

#include "transport/tcp/tcp_af.h"

#define COOKIE_BITS 24
#define COOKIE_MASK (BIT(COOKIE_BITS) - 1)
#define COOKIE_PERIOD (60 * NSEC_PER_SEC)
#define COOKIE_AGE_MAX 2	/* periods */

#define TS_BITS 6
#define TS_WSCALE_MASK 0xfu	/* all ones: no window scaling */
#define TS_SACK BIT(4)
#define TS_ECN BIT(5)

/* In ascending order; most paths have one of these. */
#define MSS_TABLE 4
static const u16 mss_table4[MSS_TABLE] = { 536, 1300, 1440, 1460 };
static const u16 mss_table6[MSS_TABLE] = { 1220, 1420, 1440, 8940 };

static const u16 *mss_table_of(const struct request_sock *req)
{
	return req->c.v6 ? mss_table6 : mss_table4;
}

/* The top bit tells it from all other hashes that the secret is used for. */
static u64 tuple_hash(const struct request_sock *req, u64 what)
{
	const struct sock_common *c = &req->c;
	u64 ports = (u64)cpu_to_be16(c->num) << 16 | c->dport;

	return tcp_af(c)->hash(c, 1ull << 63 | what | ports);
}

/* The peer's ISN is in it, or the cookie would be good one byte later too, with another MSS. */
static u32 period_hash(const struct request_sock *req, u32 period)
{
	u64 h = tuple_hash(req, 1ull << 62 | (u64)(period & (BIT(30) - 1)) << 32);

	return (u32)siphash_2u64(h, 1ull << 63 | req->rcv_isn, &req->c.net->secret);
}

static u32 cookie_period(const struct net *net)
{
	return (u32)(net->now / COOKIE_PERIOD);
}

u32 cookie_init_sequence(struct request_sock *req)
{
	u32 period = cookie_period(req->c.net), i = MSS_TABLE - 1;
	const u16 *mss_table = mss_table_of(req);

	while (i && req->mss < mss_table[i])
		i--;
	req->mss = mss_table[i];
	return (u32)tuple_hash(req, 0) + req->rcv_isn + (period << COOKIE_BITS) +
	       ((period_hash(req, period) + i) & COOKIE_MASK);
}

u16 cookie_mss(const struct request_sock *req, u32 cookie)
{
	u32 period = cookie_period(req->c.net), age, i;

	cookie -= (u32)tuple_hash(req, 0) + req->rcv_isn;
	age = (period - (cookie >> COOKIE_BITS)) & (BIT(32 - COOKIE_BITS) - 1);
	if (age >= COOKIE_AGE_MAX)
		return 0;
	i = (cookie - period_hash(req, period - age)) & COOKIE_MASK;
	return i < MSS_TABLE ? mss_table_of(req)[i] : 0;
}

u32 cookie_init_timestamp(const struct request_sock *req)
{
	u32 now = tcp_ts_clock(req->c.net);
	u32 options = req->wscale_ok ? req->snd_wscale : TS_WSCALE_MASK, ts;

	if (req->sack_ok)
		options |= TS_SACK;
	if (req->ecn_ok)
		options |= TS_ECN;
	ts = (now & ~(BIT(TS_BITS) - 1)) | options;
	/* Never ahead of the clock: the next TSval may not be smaller. */
	return before(now, ts) ? ts - BIT(TS_BITS) : ts;
}

bool cookie_timestamp_decode(struct request_sock *req, u32 tsecr)
{
	const struct net *net = req->c.net;

	if (!net->sysctl.tcp_timestamps)
		return false;
	req->tstamp_ok = true;
	req->sack_ok = (tsecr & TS_SACK) != 0;
	req->ecn_ok = tsecr & TS_ECN && net->sysctl.tcp_ecn;
	if (req->sack_ok && !net->sysctl.tcp_sack)
		return false;
	if ((tsecr & TS_WSCALE_MASK) == TS_WSCALE_MASK)
		return true;
	req->wscale_ok = true;
	req->snd_wscale = tsecr & TS_WSCALE_MASK;
	return net->sysctl.tcp_window_scaling;
}

void tcp_synq_overflow(struct sock *listener)
{
	struct tcp_listen *l = tcp_sk(listener)->listen;

	l->overflowed = true;
	l->overflow_at = sock_net(listener)->now;
}

bool tcp_synq_no_recent_overflow(const struct sock *listener)
{
	const struct tcp_listen *l = tcp_sk(listener)->listen;

	return !l->overflowed ||
	       sock_net(listener)->now - l->overflow_at > COOKIE_AGE_MAX * COOKIE_PERIOD;
}

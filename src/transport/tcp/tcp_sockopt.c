/* SPDX-License-Identifier: MIT */
/* SOL_TCP: tcp(7). Each option in a table: how it is set, how it is read. */
#include <linnet/tcp_auth.h>

#include "transport/tcp/tcp_ao.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_ecn.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_pacing.h"
#include "transport/tcp/tcp_save_syn.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_user.h"

#define MAX_TCP_WINDOW 32767
#define MAX_TCP_KEEPIDLE 32767
#define MAX_TCP_KEEPINTVL 32767
#define MAX_TCP_KEEPCNT 127
#define MAX_TCP_SYNCNT 127
#define TCP_FIN_TIMEOUT_MAX 120
#define MAX_TCP_TX_DELAY_US ((1 << 28) - 1)

static int set_nodelay(struct sock *sk, int val)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!val) {
		tp->nonagle &= (u8)~TCP_NAGLE_OFF;
		return 0;
	}
	/* What Nagle holds back goes out; a cork still holds. */
	tp->nonagle |= TCP_NAGLE_OFF;
	tp->nonagle |= tp->nonagle & TCP_NAGLE_CORK ? 0 : TCP_NAGLE_PUSH;
	if (!(tp->nonagle & TCP_NAGLE_CORK))
		tcp_push_pending_frames(sk);
	tp->nonagle &= (u8)~TCP_NAGLE_PUSH;
	return 0;
}

static int get_nodelay(const struct tcp_sock *tp)
{
	return !!(tp->nonagle & TCP_NAGLE_OFF);
}

static int set_cork(struct sock *sk, int val)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (val) {
		tp->nonagle |= TCP_NAGLE_CORK;
		return 0;
	}
	tp->nonagle &= (u8)~TCP_NAGLE_CORK;
	if (tcp_send_head(sk))
		__tcp_push_pending_frames(sk, tcp_current_mss(sk), tp->nonagle & TCP_NAGLE_OFF ?
					  TCP_NAGLE_PUSH : tp->nonagle);
	return 0;
}

static int get_cork(const struct tcp_sock *tp)
{
	return !!(tp->nonagle & TCP_NAGLE_CORK);
}

static int set_maxseg(struct sock *sk, int val)
{
	struct tcp_cold *cold;

	if (val && (val < (int)TCP_MIN_MSS || val > MAX_TCP_WINDOW))
		return -EINVAL;
	cold = tcp_cold_get(tcp_sk(sk));
	if (!cold)
		return -ENOMEM;
	cold->user_mss = (u16)val;
	return 0;
}

static int get_maxseg(const struct tcp_sock *tp)
{
	u32 user = tcp_cold(tp)->user_mss;

	if (user && tcp_state_in(&tp->sk, TCPF(CLOSE) | TCPF(LISTEN)))
		return (int)user;
	return tp->mss_cache;
}

/* An option that is a field of tcp_cold. */
#define COLD_OPTION(name, field, type, lo, hi, dflt)				\
	static int set_##name(struct sock *sk, int val)				\
	{									\
		struct tcp_cold *cold;						\
										\
		if (val < (lo) || val > (hi))					\
			return -EINVAL;						\
		cold = tcp_cold_get(tcp_sk(sk));				\
		if (!cold)							\
			return -ENOMEM;						\
		cold->field = (type)val;					\
		return 0;							\
	}									\
	static int get_##name(const struct tcp_sock *tp)			\
	{									\
		return tcp_cold(tp)->field ? (int)tcp_cold(tp)->field : (dflt);	\
	}

#define SYSCTL_OF(tp, field) (tcp_net(tp)->sysctl.field)

COLD_OPTION(keepintvl, keepalive_intvl_s, u32, 1, MAX_TCP_KEEPINTVL,
	    SYSCTL_OF(tp, tcp_keepalive_intvl))
COLD_OPTION(keepcnt, keepalive_probes, u8, 1, MAX_TCP_KEEPCNT, SYSCTL_OF(tp, tcp_keepalive_probes))
COLD_OPTION(syncnt, syn_retries, u8, 1, MAX_TCP_SYNCNT, SYSCTL_OF(tp, tcp_syn_retries))
COLD_OPTION(user_timeout, user_timeout_ms, u32, 0, INT32_MAX, 0)
COLD_OPTION(thin_lto, thin_lto, u8, 0, 1, 0)
COLD_OPTION(tx_delay, tx_delay_us, u32, 0, MAX_TCP_TX_DELAY_US, 0)

/* Seconds are kept as the retransmissions that cover them, and told as the time of these. */
static int set_defer_accept(struct sock *sk, int val)
{
	struct tcp_cold *cold = tcp_cold_get(tcp_sk(sk));
	u32 n = 0, t = 1, period = 1;

	if (!cold)
		return -ENOMEM;
	for (n = val > 0; n && (u32)val > period && n < UINT8_MAX; n++) {
		t = min(t * 2, TCP_RTO_MAX_US / 1000000);
		period += t;
	}
	cold->defer_accept = (u8)n;
	return 0;
}

static int get_defer_accept(const struct tcp_sock *tp)
{
	u32 n = tcp_cold(tp)->defer_accept, t = 1, period = n > 0;

	for (; n > 1; n--) {
		t = min(t * 2, TCP_RTO_MAX_US / 1000000);
		period += t;
	}
	return (int)period;
}

static int set_keepidle(struct sock *sk, int val)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_cold *cold;

	if (val < 1 || val > MAX_TCP_KEEPIDLE)
		return -EINVAL;
	cold = tcp_cold_get(tp);
	if (!cold)
		return -ENOMEM;
	cold->keepalive_time_s = (u32)val;
	if (sock_flag(sk, SOCK_KEEPOPEN) && !tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN))) {
		u32 now = tcp_ms(sock_net(sk)), ms = keepalive_time_ms(tp);
		u32 elapsed = min(now - tp->ack.lrcvtime, now - tp->rcv_tstamp);

		tcp_reset_keepalive_timer(sk, ms > elapsed ? ms - elapsed : 0);
	}
	return 0;
}

static int get_keepidle(const struct tcp_sock *tp)
{
	return (int)(keepalive_time_ms(tp) / 1000);
}

static int set_linger2(struct sock *sk, int val)
{
	struct tcp_cold *cold = tcp_cold_get(tcp_sk(sk));

	if (!cold)
		return -ENOMEM;
	cold->linger2_s = val < 0 ? -1 : min(val, TCP_FIN_TIMEOUT_MAX);
	return 0;
}

static int get_linger2(const struct tcp_sock *tp)
{
	s32 s = tcp_cold(tp)->linger2_s;

	return s ? (s < 0 ? -1 : s) : SYSCTL_OF(tp, tcp_fin_timeout);
}

static int set_window_clamp(struct sock *sk, int val)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!val) {
		if (sk->c.state != TCP_CLOSE)
			return -EINVAL;
		tp->app_clamp = false;
		tp->rwin.window_clamp = 0;
		return 0;
	}
	tp->app_clamp = true;
	tp->rwin.window_clamp = max(val < 0 ? 0u : (u32)val, 2304u / 2);
	tp->rwin.rcv_ssthresh = min(tp->rwin.rcv_ssthresh, tp->rwin.window_clamp);
	return 0;
}

static int get_window_clamp(const struct tcp_sock *tp)
{
	return (int)min_t(u32, tp->rwin.window_clamp, INT32_MAX);
}

static int set_quickack(struct sock *sk, int val)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!val) {
		tcp_enter_pingpong_mode(tp);
		return 0;
	}
	tp->ack.pingpong = 0;
	if (tcp_state_in(sk, TCPF(ESTABLISHED) | TCPF(CLOSE_WAIT)) && inet_csk_ack_scheduled(tp)) {
		tp->ack.pending |= ICSK_ACK_PUSHED;
		tcp_cleanup_rbuf(sk, 1);
		if (!(val & 1))
			tcp_enter_pingpong_mode(tp);
	}
	return 0;
}

static int get_quickack(const struct tcp_sock *tp)
{
	return !tcp_in_pingpong_mode(tp);
}

static int set_notsent_lowat(struct sock *sk, int val)
{
	struct tcp_cold *cold = tcp_cold_get(tcp_sk(sk));

	if (!cold)
		return -ENOMEM;
	cold->notsent_lowat = (u32)val;
	sk->ops->write_space(sk);
	return 0;
}

static int get_notsent_lowat(const struct tcp_sock *tp)
{
	return (int)tcp_cold(tp)->notsent_lowat;
}

static int set_inq(struct sock *sk, int val)
{
	if (val < 0 || val > 1)
		return -EINVAL;
	if (val)
		sock_set_flag(sk, SOCK_INQ);
	else
		sock_reset_flag(sk, SOCK_INQ);
	return 0;
}

static int get_inq(const struct tcp_sock *tp)
{
	return sock_flag(&tp->sk, SOCK_INQ);
}

static int set_save_syn(struct sock *sk, int val)
{
	struct tcp_cold *cold;

	if (val < 0 || val > 2)
		return -EINVAL;
	cold = tcp_cold_get(tcp_sk(sk));
	if (!cold)
		return -ENOMEM;
	cold->save_syn = (u8)val;
	return 0;
}

static int get_save_syn(const struct tcp_sock *tp)
{
	return tcp_cold(tp)->save_syn;
}

/* ---- Fast Open ---- */

static int set_fastopen(struct sock *sk, int val)
{
	struct tcp_cold *cold;

	if (val < 0 || !tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN)))
		return -EINVAL;
	cold = tcp_cold_get(tcp_sk(sk));
	if (!cold)
		return -ENOMEM;
	cold->fo.max_qlen = min((u32)val, (u32)sock_net(sk)->sysctl.somaxconn);
	return 0;
}

static int get_fastopen(const struct tcp_sock *tp)
{
	return (int)tcp_cold(tp)->fo.max_qlen;
}

static int set_fastopen_connect(struct sock *sk, int val)
{
	struct tcp_cold *cold;

	if (val < 0 || val > 1)
		return -EINVAL;
	if (!(sock_net(sk)->sysctl.tcp_fastopen & TFO_CLIENT_ENABLE))
		return -EOPNOTSUPP;
	if (sk->c.state != TCP_CLOSE)
		return -EINVAL;
	cold = tcp_cold_get(tcp_sk(sk));
	if (!cold)
		return -ENOMEM;
	cold->fo.connect = val;
	return 0;
}

static int get_fastopen_connect(const struct tcp_sock *tp)
{
	return tcp_cold(tp)->fo.connect;
}

static int set_fastopen_no_cookie(struct sock *sk, int val)
{
	struct tcp_cold *cold;

	if (val < 0 || val > 1 || !tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN)))
		return -EINVAL;
	cold = tcp_cold_get(tcp_sk(sk));
	if (!cold)
		return -ENOMEM;
	cold->fo.no_cookie = val;
	return 0;
}

static int get_fastopen_no_cookie(const struct tcp_sock *tp)
{
	return tcp_cold(tp)->fo.no_cookie;
}

/* One key, or a second one behind it, which is taken but makes no cookies. */
static int set_fastopen_key(struct sock *sk, const void *val, u32 len)
{
	struct tcp_fastopen_state *fo;
	struct tcp_cold *cold;

	if (len != TCP_FASTOPEN_KEY_LENGTH && len != 2 * TCP_FASTOPEN_KEY_LENGTH)
		return -EINVAL;
	cold = tcp_cold_get(tcp_sk(sk));
	if (!cold)
		return -ENOMEM;
	fo = &cold->fo;
	if (!fo->ctx)
		fo->ctx = mem_alloc(&sock_net(sk)->mem, sizeof(*fo->ctx));
	if (!fo->ctx)
		return -ENOMEM;
	*fo->ctx = tcp_fastopen_context(val, (u8)(len / TCP_FASTOPEN_KEY_LENGTH));
	return 0;
}

static int set_rto_max(struct sock *sk, int val)
{
	if (val < 1000 || val > (int)(TCP_RTO_MAX_US / 1000))
		return -EINVAL;
	tcp_sk(sk)->rtt.rto_max_us = (u32)val * 1000u;
	return 0;
}

static int get_rto_max(const struct tcp_sock *tp)
{
	return (int)(tp->rtt.rto_max_us / 1000);
}

/* Linux counts in ticks: here they are of 1 ms, and part of one is a whole one. Return: ms, or
 * -EINVAL; both options lie between two ticks and 200 ms. */
static int ticks_of_us(int val)
{
	if (val <= (int)TCP_TIMEOUT_MIN_US - 1000 || val > (int)TCP_RTO_MIN_US)
		return -EINVAL;
	return (val + 999) / 1000;
}

static int set_rto_min(struct sock *sk, int val)
{
	int ms = ticks_of_us(val);

	if (ms < 0)
		return ms;
	tcp_sk(sk)->rtt.rto_min_us = (u32)ms * 1000u;
	return 0;
}

static int get_rto_min(const struct tcp_sock *tp)
{
	return (int)tp->rtt.rto_min_us;
}

static int set_delack_max(struct sock *sk, int val)
{
	int ms = ticks_of_us(val);

	if (ms < 0)
		return ms;
	tcp_sk(sk)->ack.delack_max_ms = (u16)ms;
	return 0;
}

static int get_delack_max(const struct tcp_sock *tp)
{
	return (int)tp->ack.delack_max_ms * 1000;
}

/* Only TCP_REPAIR, which is not here, may set it. */
static int set_timestamp(struct sock *sk, int val)
{
	(void)sk, (void)val;
	return -EPERM;
}

static int get_timestamp(const struct tcp_sock *tp)
{
	return (int)(tcp_ts_clock(tcp_net(tp)) + tp->tsoffset);
}

static int set_thin_dupack(struct sock *sk, int val)
{
	(void)sk;
	return val < 0 || val > 1 ? -EINVAL : 0;
}

static int get_zero(const struct tcp_sock *tp)
{
	(void)tp;
	return 0;
}

static const struct tcp_option {
	int name;
	int (*set)(struct sock *sk, int val);
	int (*get)(const struct tcp_sock *tp);
} options[] = {
	{ LN_TCP_NODELAY, set_nodelay, get_nodelay },
	{ LN_TCP_MAXSEG, set_maxseg, get_maxseg },
	{ LN_TCP_CORK, set_cork, get_cork },
	{ LN_TCP_KEEPIDLE, set_keepidle, get_keepidle },
	{ LN_TCP_KEEPINTVL, set_keepintvl, get_keepintvl },
	{ LN_TCP_KEEPCNT, set_keepcnt, get_keepcnt },
	{ LN_TCP_SYNCNT, set_syncnt, get_syncnt },
	{ LN_TCP_LINGER2, set_linger2, get_linger2 },
	{ LN_TCP_DEFER_ACCEPT, set_defer_accept, get_defer_accept },
	{ LN_TCP_WINDOW_CLAMP, set_window_clamp, get_window_clamp },
	{ LN_TCP_QUICKACK, set_quickack, get_quickack },
	{ LN_TCP_USER_TIMEOUT, set_user_timeout, get_user_timeout },
	{ LN_TCP_NOTSENT_LOWAT, set_notsent_lowat, get_notsent_lowat },
	{ LN_TCP_INQ, set_inq, get_inq },
	{ LN_TCP_SAVE_SYN, set_save_syn, get_save_syn },
	{ LN_TCP_FASTOPEN, set_fastopen, get_fastopen },
	{ LN_TCP_FASTOPEN_CONNECT, set_fastopen_connect, get_fastopen_connect },
	{ LN_TCP_FASTOPEN_NO_COOKIE, set_fastopen_no_cookie, get_fastopen_no_cookie },
	{ LN_TCP_THIN_LINEAR_TIMEOUTS, set_thin_lto, get_thin_lto },
	{ LN_TCP_RTO_MAX_MS, set_rto_max, get_rto_max },
	{ LN_TCP_RTO_MIN_US, set_rto_min, get_rto_min },
	{ LN_TCP_DELACK_MAX_US, set_delack_max, get_delack_max },
	{ LN_TCP_TX_DELAY, set_tx_delay, get_tx_delay },
	{ LN_TCP_TIMESTAMP, set_timestamp, get_timestamp },
	{ LN_TCP_THIN_DUPACK, set_thin_dupack, get_zero },
	{ LN_TCP_IS_MPTCP, NULL, get_zero },
};

static const struct tcp_option *option_find(int name)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].name == name)
			return &options[i];
	return NULL;
}

static int set_congestion(struct sock *sk, const char *val, u32 len)
{
	struct tcp_cong_table *t = &sock_net(sk)->tcp->cong;
	const struct tcp_congestion_ops *ops;
	size_t n = strnlen(val, min_t(u32, len, TCP_CA_NAME_MAX - 1));

	if (len < 1)
		return -EINVAL;
	if (dst_metric_locked(sk->dst, RTAX_CC_ALGO))
		return -EPERM;
	ops = tcp_ca_find(t, val, n);
	if (!ops)
		return -ENOENT;
	tcp_sk(sk)->ca_chosen = true;
	if (ops == tcp_sk(sk)->cong.ops)
		return 0;
	tcp_cong_switch(t, &tcp_sk(sk)->cong, ops);
	tcp_ecn_for_ca(sk);
	if (!tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN) | TCPF(SYN_SENT) | TCPF(SYN_RECV)))
		tcp_ecn_settled(sk);
	return 0;
}

void __tcp_ca_of_dst(struct sock *sk)
{
	struct tcp_cong_table *t = &sock_net(sk)->tcp->cong;
	u32 place = dst_metric(sk->dst, RTAX_CC_ALGO);

	if (place > t->n || t->ops[place - 1] == tcp_sk(sk)->cong.ops)
		return;
	tcp_cong_switch(t, &tcp_sk(sk)->cong, t->ops[place - 1]);
	tcp_ecn_for_ca(sk);
}

int tcp_setsockopt(struct sock *sk, int level, int name, const void *val, u32 len)
{
	const struct tcp_option *o = option_find(name);
	int v;

	if (level == LN_SOL_SOCKET && name == LN_SO_MAX_PACING_RATE)
		return tcp_set_max_pacing_rate(sk, val, len);
	if (level != LN_SOL_TCP)
		return -ENOPROTOOPT;
	if (name == LN_TCP_CONGESTION)
		return set_congestion(sk, val, len);
	if (name == LN_TCP_MD5SIG || name == LN_TCP_MD5SIG_EXT)
		return tcp_md5_parse(sk, name, val, len);
	if (name == LN_TCP_AO_ADD_KEY || name == LN_TCP_AO_DEL_KEY || name == LN_TCP_AO_INFO)
		return tcp_ao_setsockopt(sk, name, val, len);
	if (name == LN_TCP_FASTOPEN_KEY)
		return set_fastopen_key(sk, val, len);
	if (len < sizeof(v))
		return -EINVAL;
	if (!o || !o->set)
		return -ENOPROTOOPT;
	memcpy(&v, val, sizeof(v));
	return o->set(sk, v);
}

static int put(void *to, u32 *len, const void *from, size_t n)
{
	*len = (u32)min_t(size_t, *len, n);
	memcpy(to, from, *len);
	return 0;
}

static int get_fastopen_key(struct sock *sk, void *val, u32 *len)
{
	const struct tcp_fastopen_context *ctx = tcp_cold(tcp_sk(sk))->fo.ctx;
	u8 key[2 * TCP_FASTOPEN_KEY_LENGTH];

	if (!ctx)
		ctx = tcp_fastopen_net_ctx(sock_net(sk));
	tcp_fastopen_context_bytes(ctx, key);
	return put(val, len, key, (size_t)ctx->keys * TCP_FASTOPEN_KEY_LENGTH);
}

int tcp_getsockopt(struct sock *sk, int level, int name, void *val, u32 *len)
{
	const struct tcp_option *o = option_find(name);
	struct ln_tcp_info info;
	union ln_tcp_cc_info cc;
	int v;

	if (level == LN_SOL_SOCKET && name == LN_SO_MAX_PACING_RATE)
		return tcp_get_max_pacing_rate(sk, val, len);
	if (level != LN_SOL_TCP)
		return -ENOPROTOOPT;
	if (name == LN_TCP_CC_INFO)
		return put(val, len, &cc, tcp_cong_info(&tcp_sk(sk)->cong, tcp_sk(sk)->mss_cache,
							&cc));
	if (name == LN_TCP_INFO) {
		tcp_get_info(sk, &info);
		return put(val, len, &info, sizeof(info));
	}
	if (name == LN_TCP_AO_INFO || name == LN_TCP_AO_GET_KEYS)
		return tcp_ao_getsockopt(sk, name, val, len);
	if (name == LN_TCP_SAVED_SYN)
		return tcp_saved_syn_get(sk, val, len);
	if (name == LN_TCP_FASTOPEN_KEY)
		return get_fastopen_key(sk, val, len);
	if (name == LN_TCP_CONGESTION) {
		char ca[TCP_CA_NAME_MAX] = { 0 };
		const char *have = tcp_sk(sk)->cong.ops->name;

		memcpy(ca, have, min_t(size_t, strlen(have), sizeof(ca) - 1));
		return put(val, len, ca, sizeof(ca));
	}
	if (!o)
		return -ENOPROTOOPT;
	v = o->get(tcp_sk(sk));
	return put(val, len, &v, sizeof(v));
}

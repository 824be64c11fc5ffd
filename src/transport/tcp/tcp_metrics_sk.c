/* SPDX-License-Identifier: MIT */
/* What a connection leaves behind for the next one to the same peer, and takes from the last. */
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_metrics.h"

static bool locked(const struct tcp_metrics *m, enum tcp_metric which)
{
	return m->lock & BIT(which);
}

/* What the route says is where an entry begins, and again after an hour. */
static void of_route(struct tcp_metrics *m, const struct dst_entry *dst, ktime_t now)
{
	static const u8 rtax[TCP_METRIC_N] = { RTAX_RTT, RTAX_RTTVAR, RTAX_SSTHRESH, RTAX_CWND,
					       RTAX_REORDERING };

	m->from_route = true;
	m->stamp = now;
	m->lock = 0;
	for (unsigned i = 0; i < TCP_METRIC_N; i++) {
		u32 v = dst_metric(dst, rtax[i]);

		if (dst_metric_locked(dst, rtax[i]))
			m->lock |= (u8)BIT(i);
		m->val[i] = i <= TCP_METRIC_RTTVAR ? v * 1000 : v;
	}
}

static struct tcp_metrics *metrics_of(struct sock *sk, bool make)
{
	struct ip6_addr saddr = inet6_shown_rcv_saddr(&sk->c), daddr = inet6_shown_daddr(&sk->c);
	struct net *net = sock_net(sk);
	struct tcp_metrics *m = make ? tcp_metrics_make(net, &saddr, &daddr) :
				       tcp_metrics_get(net, &saddr, &daddr);

	if (m && unlikely(!m->from_route || net->now - m->stamp > TCP_METRICS_TIMEOUT))
		of_route(m, sk->dst, net->now);
	return m;
}

bool tcp_peer_is_proven(const struct sk_buff *skb)
{
	struct ip6_addr saddr, daddr;
	const struct tcp_metrics *m;

	if (skb_is_ipv6(skb)) {
		saddr = ipv6_hdr(skb)->daddr;
		daddr = ipv6_hdr(skb)->saddr;
	} else {
		saddr = ipv6_addr_v4mapped_of(ip_hdr(skb)->daddr);
		daddr = ipv6_addr_v4mapped_of(ip_hdr(skb)->saddr);
	}
	m = tcp_metrics_get(skb->net, &saddr, &daddr);
	return m && m->val[TCP_METRIC_RTT] && skb->net->now - m->stamp <= TCP_METRICS_TIMEOUT;
}

/* ---- where a connection begins ---- */

static u32 take(struct tcp_sock *tp, const struct tcp_metrics *m)
{
	const struct netns_sysctl *s = &tcp_net(tp)->sysctl;
	u32 ssthresh = s->tcp_no_ssthresh_metrics_save ? 0 : m->val[TCP_METRIC_SSTHRESH];

	if (locked(m, TCP_METRIC_CWND))
		tp->cong.snd_cwnd_clamp = m->val[TCP_METRIC_CWND];
	if (ssthresh)
		tp->cong.snd_ssthresh = tcp_cwnd_clamped(&tp->cong, ssthresh);
	if (m->val[TCP_METRIC_REORDERING])
		tp->rec.reordering = (u16)min(m->val[TCP_METRIC_REORDERING], 65535u);
	return m->val[TCP_METRIC_RTT];
}

void tcp_init_metrics(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_metrics *m = sk->dst ? metrics_of(sk, false) : NULL;
	u32 rtt = m ? take(tp, m) : 0;

	if (rtt > tp->rtt.srtt_us) {
		/* A handshake is short; what the path took before counts for the first RTO. */
		rtt >>= 3;
		tp->rtt.rto_us = min(rtt + max(2 * rtt, tcp_rto_min(tp)), tp->rtt.rto_max_us);
	} else if (!tp->rtt.srtt_us) {
		/* RFC 6298 5.7: the SYN was sent again, so nothing is known of the path. */
		tp->rtt.rttvar_us = tp->rtt.mdev_us = TCP_TIMEOUT_FALLBACK_US;
		tp->rtt.mdev_max_us = TCP_TIMEOUT_FALLBACK_US;
		tp->rtt.rto_us = TCP_TIMEOUT_FALLBACK_US;
	}
}

/* ---- what it leaves ---- */

static void set(struct tcp_metrics *m, enum tcp_metric which, u32 v)
{
	if (!locked(m, which))
		m->val[which] = v;
}

/* More is taken at once, less slowly: an RTT too long does less harm than one too short. */
static void leave_rtt(const struct tcp_sock *tp, struct tcp_metrics *m)
{
	u32 rtt = m->val[TCP_METRIC_RTT], var = m->val[TCP_METRIC_RTTVAR];
	s32 less = (s32)(rtt - tp->rtt.srtt_us);
	u32 dev = max((u32)(less < 0 ? -less : less) >> 1, tp->rtt.mdev_us);

	set(m, TCP_METRIC_RTT, less <= 0 ? tp->rtt.srtt_us : rtt - ((u32)less >> 3));
	set(m, TCP_METRIC_RTTVAR, dev >= var ? dev : var - ((var - dev) >> 2));
}

static void leave_window(const struct tcp_sock *tp, struct tcp_metrics *m)
{
	const struct netns_sysctl *s = &tcp_net(tp)->sysctl;
	u32 cwnd = tp->cong.snd_cwnd, ssthresh = tp->cong.snd_ssthresh;
	u32 old_cwnd = m->val[TCP_METRIC_CWND], old = m->val[TCP_METRIC_SSTHRESH];
	bool keep = !s->tcp_no_ssthresh_metrics_save;

	if (ssthresh >= TCP_INFINITE_SSTHRESH) {	/* its first slow start did not end */
		if (keep && old && cwnd >> 1 > old)
			set(m, TCP_METRIC_SSTHRESH, cwnd >> 1);
		set(m, TCP_METRIC_CWND, max(cwnd, old_cwnd));
	} else if (cwnd >= ssthresh && tp->rec.ca_state == TCP_CA_Open) {
		if (keep)
			set(m, TCP_METRIC_SSTHRESH, max(cwnd >> 1, ssthresh));
		set(m, TCP_METRIC_CWND, (old_cwnd + cwnd) >> 1);
	} else {	/* in a recovery, or after one: the window says nothing */
		set(m, TCP_METRIC_CWND, (old_cwnd + ssthresh) >> 1);
		if (keep && old && ssthresh > old)
			set(m, TCP_METRIC_SSTHRESH, ssthresh);
		if (m->val[TCP_METRIC_REORDERING] < tp->rec.reordering &&
		    tp->rec.reordering != (u32)s->tcp_reordering)
			set(m, TCP_METRIC_REORDERING, tp->rec.reordering);
	}
}

void tcp_update_metrics(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	bool measured = !tp->tm.backoff && tp->rtt.srtt_us;
	struct tcp_metrics *m;

	if (net->sysctl.tcp_no_metrics_save || !sk->dst)
		return;
	m = metrics_of(sk, measured);
	if (!m)
		return;
	if (!measured) {
		set(m, TCP_METRIC_RTT, 0);
		return;
	}
	leave_rtt(tp, m);
	leave_window(tp, m);
	m->stamp = net->now;
}

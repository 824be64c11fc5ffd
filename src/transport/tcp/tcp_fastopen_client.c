/* SPDX-License-Identifier: MIT */
/* Fast Open, the client's side: cookies that were got, data in the SYN, paths that swallow it. */
#include "device/netdevice.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_metrics.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_user.h"

#define TFO_DISABLE_SHIFT_MAX 6u

static struct netns_fastopen *fastopen_net(const struct sock *sk)
{
	return &sock_net(sk)->tcp->fastopen;
}

/* ---- the cache ---- */

static void cache_get(const struct sock *sk, u16 *mss, struct tcp_fastopen_cookie *cookie)
{
	struct ip6_addr saddr = inet6_shown_rcv_saddr(&sk->c), daddr = inet6_shown_daddr(&sk->c);
	const struct tcp_metrics *m = tcp_metrics_get(sock_net(sk), &saddr, &daddr);

	if (!m)
		return;
	if (m->mss)
		*mss = m->mss;
	*cookie = m->cookie;
	if (cookie->len <= 0 && m->try_exp == 1)
		cookie->exp = true;
}

static void cache_set(const struct sock *sk, u16 mss, const struct tcp_fastopen_cookie *cookie,
		      bool syn_lost, u8 try_exp)
{
	struct ip6_addr saddr = inet6_shown_rcv_saddr(&sk->c), daddr = inet6_shown_daddr(&sk->c);
	struct net *net = sock_net(sk);
	struct tcp_metrics *m = tcp_metrics_make(net, &saddr, &daddr);

	if (!m)
		return;
	if (mss)
		m->mss = mss;
	if (cookie->len > 0)
		m->cookie = *cookie;
	else if (try_exp > m->try_exp && m->cookie.len <= 0 && !m->cookie.exp)
		m->try_exp = try_exp;
	m->syn_loss = syn_lost ? m->syn_loss + 1 : 0;
	if (syn_lost)
		m->last_syn_loss = net->now;
}

/* ---- paths that swallow it ---- */

static void active_disable(struct sock *sk)
{
	struct netns_fastopen *fo = fastopen_net(sk);
	struct net *net = sock_net(sk);

	if (!net->sysctl.tcp_fastopen_blackhole_timeout_sec)
		return;
	fo->disable_stamp = net->now;
	fo->disable_times++;
	mib_inc(net, TcpExtTCPFastOpenBlackhole);
}

static bool active_should_disable(struct sock *sk)
{
	const struct netns_fastopen *fo = fastopen_net(sk);
	const struct net *net = sock_net(sk);
	s64 s = net->sysctl.tcp_fastopen_blackhole_timeout_sec;

	if (!s || !fo->disable_times)
		return false;
	s <<= min(fo->disable_times - 1, TFO_DISABLE_SHIFT_MAX);
	if (net->now < fo->disable_stamp + s * NSEC_PER_SEC)
		return true;
	tcp_sk(sk)->cold->fo.syn_ch = true;
	return false;
}

void tcp_fastopen_active_disable_ofo_check(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_fastopen_state *fo = &tcp_cold(tp)->fo;
	const struct sk_buff *first;

	if (!fo->syn)
		return;
	if (tp->data_segs_in) {
		if (fo->syn_ch && !(sk->dst && sk->dst->dev->flags & IFF_LOOPBACK_))
			fastopen_net(sk)->disable_times = 0;
		return;
	}
	first = tp->ooo ? skb_peek(&tp->ooo->q) : NULL;
	if (first && first == skb_peek_tail(&tp->ooo->q) &&
	    TCP_SKB_CB(first)->tcp_flags & TCPHDR_FIN)
		active_disable(sk);
}

void tcp_fastopen_detect_blackhole(struct sock *sk, bool expired)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_fastopen_state *fo = &tcp_cold(tp)->fo;

	if (!fo->syn && !fo->syn_data && !fo->syn_data_acked)
		return;
	if (tp->tm.retransmits == 2 || (tp->tm.retransmits < 2 && expired)) {
		active_disable(sk);
		mib_inc(sock_net(sk), TcpExtTCPFastOpenActiveFail);
	}
}

/* ---- connect ---- */

/* May data go into the SYN? If not, cookie says whether one is asked for. */
static bool cookie_check(struct sock *sk, u16 *mss, struct tcp_fastopen_cookie *cookie)
{
	struct tcp_fastopen_state *fo = &tcp_sk(sk)->cold->fo;

	cache_get(sk, mss, cookie);
	if (active_should_disable(sk)) {
		cookie->len = -1;
		return false;
	}
	if (sock_net(sk)->sysctl.tcp_fastopen & TFO_CLIENT_NO_COOKIE || fo->no_cookie ||
	    dst_metric(sk->dst, RTAX_FASTOPEN_NO_COOKIE)) {
		cookie->len = -1;
		return true;
	}
	if (cookie->len > 0)
		return true;
	fo->client_fail = TFO_COOKIE_UNAVAILABLE;
	return false;
}

int tcp_fastopen_connect(struct sock *sk)
{
	struct tcp_fastopen_request req = { .msg = NULL };
	struct tcp_cold *cold = tcp_sk(sk)->cold;
	u16 mss;
	int err;

	if (cookie_check(sk, &mss, &req.cookie)) {
		sock_set_flag(sk, SOCK_DEFER_CONNECT);
		return 0;
	}
	cold->fo.req = &req;
	err = tcp_connect_xmit(sk);
	cold->fo.req = NULL;
	return err;
}

int tcp_fastopen_begin(struct sock *sk, struct tcp_fastopen_request *req, struct msg *msg)
{
	const struct ln_sockaddr *to = msg->name;
	struct tcp_cold *cold;

	if (!(sock_net(sk)->sysctl.tcp_fastopen & TFO_CLIENT_ENABLE) ||
	    (to && msg->namelen >= sizeof(to->sa_family) && to->sa_family == LN_AF_UNSPEC))
		return -EOPNOTSUPP;
	cold = tcp_cold_get(tcp_sk(sk));
	if (!cold)
		return -ENOBUFS;
	*req = (struct tcp_fastopen_request){ .msg = msg };
	cold->fo.req = req;
	return 0;
}

void tcp_fastopen_end(struct sock *sk)
{
	tcp_sk(sk)->cold->fo.req = NULL;
}

int tcp_fastopen_connect_now(struct sock *sk)
{
	int err = tcp_connect_xmit(sk);

	sock_reset_flag(sk, SOCK_DEFER_CONNECT);
	if (err) {
		tcp_set_state(sk, TCP_CLOSE);
		tcp_write_queue_purge(sk, SKB_DROP_REASON_TCP_CLOSE);
		sk->c.dport = 0;
	}
	return err;
}

/* ---- the SYN ---- */

void tcp_fastopen_syn_options(const struct tcp_sock *tp, struct tcp_out_options *o)
{
	struct tcp_fastopen_state *fo = &tp->cold->fo;

	if (!tcp_options_add_fastopen(o, &fo->req->cookie))
		return;
	fo->syn = true;
	fo->syn_exp = fo->req->cookie.exp;
}

/* How much data the SYN takes: 40 bytes less than a packet, for options on the way. */
static u32 syn_space(struct tcp_sock *tp)
{
	u32 user = tcp_cold(tp)->user_mss, mss;

	if (user && user < tp->mss_clamp)
		tp->mss_clamp = (u16)user;
	tcp_sync_mss(tp, tp->pmtu_cookie);
	mss = tcp_mtu_to_mss(tp, tp->pmtu_cookie) + tp->tcp_header_len - TCP_HLEN;
	return mss > TCP_OPTLEN_MAX ? mss - TCP_OPTLEN_MAX : 0;
}

/* A copy of syn with the user's bytes. NULL: no memory. */
static struct sk_buff *syn_with_data(struct sock *sk, const struct sk_buff *syn,
				     struct tcp_fastopen_request *req, u32 space)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_skb_cb *cb = TCP_SKB_CB(syn);
	struct sk_buff *skb = tcp_alloc_skb(sock_net(sk), cb->seq, cb->tcp_flags);

	if (!skb)
		return NULL;
	tcp_wmem_charge(tp, sk_truesize(skb));
	req->copied = tcp_fill_syn(tp, skb, req->msg, space);
	if (req->copied) {
		tcp_chrono_busy(&tp->chrono, sock_net(sk)->now);
		return skb;
	}
	tcp_wmem_uncharge(tp, sk_truesize(skb));
	kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
	return NULL;
}

/* Sends it in the place of syn, which stands for the SYN alone from here on. */
static int send_with_data(struct sock *sk, struct sk_buff *syn, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int err = tcp_transmit_skb(sk, skb, true);

	syn->tstamp = skb->tstamp;
	TCP_SKB_CB(skb)->seq++;
	TCP_SKB_CB(skb)->tcp_flags = TCPHDR_ACK | TCPHDR_PSH;
	if (err) {
		skb_queue_tail(&tp->write_queue, skb);
		return err;
	}
	tp->cold->fo.syn_data = true;
	tcp_rtxq_append(&tp->rtxq, skb);
	mib_inc(sock_net(sk), TcpExtTCPOrigDataSent);
	return 0;
}

int tcp_send_syn_data(struct sock *sk, struct sk_buff *syn)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_fastopen_request *req = tp->cold->fo.req;
	struct sk_buff *skb;
	int err;

	tp->mss_clamp = tp->advmss;	/* when none is remembered */
	if (cookie_check(sk, &tp->mss_clamp, &req->cookie)) {
		u32 space = syn_space(tp);

		if (req->msg && req->msg->iter.count && space) {
			skb = syn_with_data(sk, syn, req, space);
			if (skb && !send_with_data(sk, syn, skb))
				return 0;
			req->cookie.len = min(req->cookie.len, (s8)0);
		}
	}
	err = tcp_transmit_skb(sk, syn, true);
	if (err)
		tp->cold->fo.syn = false;
	return err;
}

/* ---- the SYN-ACK ---- */

/* It does not acknowledge all of the SYN's data, which says nothing of congestion. */
static void send_again(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	struct sk_buff *skb = tcp_rtxq_head(&tp->rtxq);

	tp->cold->fo.client_fail = tp->total_retrans ? TFO_SYN_RETRANSMITTED : TFO_DATA_NOT_ACKED;
	tcp_rtxq_mark_lost(&tp->rtxq, skb);
	tcp_cong_begin(&net->tcp->cong, &tp->cong, net->now);
	tp->rec.high_seq = tp->snd_nxt;
	tp->cong.snd_ssthresh = tcp_cong_ssthresh(&tp->cong);
	tp->rec.prior_ssthresh = 0;
	tp->rec.undo_marker = 0;
	tcp_cong_set_state(&tp->cong, TCP_CA_Loss);
	tp->rec.ca_state = TCP_CA_Loss;
	tcp_xmit_retransmit_queue(sk);
	mib_inc(net, TcpExtTCPFastOpenActiveFail);
}

bool tcp_rcv_fastopen_synack(struct sock *sk, const struct tcp_options_received *opt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_fastopen_state *fo = &tp->cold->fo;
	bool unacked = fo->syn_data && tcp_rtxq_head(&tp->rtxq), syn_drop = false;
	struct tcp_fastopen_cookie cookie;
	u8 try_exp = 0;

	tcp_fastopen_option(opt, &cookie);
	if (!fo->syn)
		cookie.len = -1;	/* was not asked for */
	else if (tp->total_retrans)
		/* Only the plain SYN seems to have come through. */
		syn_drop = cookie.len < 0 && unacked;
	else if (cookie.len < 0 && !fo->syn_data)
		try_exp = fo->syn_exp ? 2 : 1;
	cache_set(sk, opt->mss_ok ? opt->mss : tcp_mss_default(&sk->c), &cookie, syn_drop, try_exp);
	if (unacked) {
		send_again(sk);
		return true;
	}
	fo->syn_data_acked = fo->syn_data;
	if (fo->syn_data_acked) {
		mib_inc(sock_net(sk), TcpExtTCPFastOpenActive);
		/* SYN and data were one packet. */
		tp->cong.rate.now.delivered -= tp->cong.rate.now.delivered > 1;
	}
	return false;
}

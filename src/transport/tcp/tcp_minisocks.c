/* SPDX-License-Identifier: MIT */
/* TIME-WAIT: what is left of a connection so that its last segments find an answer. */
#include "transport/tcp/tcp_minisocks.h"

#include "base/trace.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_metrics.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_user.h"

#define TW_SHORT_MS 4000

void tcp_tw_kill(struct tcp_timewait_sock *tw)
{
	struct net *net = tw->b.c.net;
	struct netns_tcp *ns = net->tcp;

	tcp_trace_state(&tw->b.c, tw->substate, TCP_CLOSE);
	net_timer_del(net, &tw->timer);
	inet_ehash_remove(&ns->hash, &tw->b.c);
	inet_twsk_put_port(&ns->hash, &tw->b);
	list_del_init(&tw->list);
	ns->tw_count--;
	tcp_auth_free(net, &tw->auth);
	inet6_key_drop(&tw->b.c);
	slab_free(&ns->tw_slab, tw);
}

static void tw_timer_fn(struct timer *t)
{
	struct tcp_timewait_sock *tw = container_of(t, struct tcp_timewait_sock, timer);
	struct net *net = tw->b.c.net;

	trace_net(net, tcp_timer, TRACE_STR("TIME-WAIT"), TCP_TIME_WAIT, 0);
	tcp_tw_kill(tw);
}

static void tw_schedule(struct tcp_timewait_sock *tw, u32 ms)
{
	struct net *net = tw->b.c.net;

	net_timer_mod(net, &tw->timer, net->now + ms_to_ktime(ms));
}

/* Room in the table and a place in memory. */
static struct tcp_timewait_sock *tw_alloc(struct net *net)
{
	struct netns_tcp *ns = net->tcp;

	if (ns->tw_count >= (u32)net->sysctl.tcp_max_tw_buckets)
		return NULL;
	return slab_alloc(&ns->tw_slab);
}

static void tw_fill(struct tcp_timewait_sock *tw, const struct sock *sk, u8 substate)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	*tw = (struct tcp_timewait_sock){
		.b.c = sk->c,
		.rcv_nxt = tp->rcv_nxt, .snd_nxt = tp->snd_nxt,
		.rcv_wnd = tcp_receive_window(&tp->rwin, tp->rcv_nxt),
		.ts_recent = tp->ts_recent, .ts_recent_stamp_s = tp->ts_recent_stamp_s,
		.tsoffset = tp->tsoffset,	/* of ACKs that are limited it knows none yet */
		.mark = sk->mark, .substate = substate, .rcv_wscale = tp->rwin.rcv_wscale,
		.tos = sk->tos, .tstamp_ok = tp->tstamp_ok,
		.entry_ms = tcp_ms(sock_net(sk)),
	};
	tw->b.c.node = (struct hlist_node){ 0 };
	tw->b.c.state = TCP_TIME_WAIT;
	if (unlikely(sk->c.v6))
		inet6_key_share(&tw->b.c, &sk->c);
}

void tcp_time_wait(struct sock *sk, u8 substate, u32 timeo_ms)
{
	struct net *net = sock_net(sk);
	struct netns_tcp *ns = net->tcp;
	struct tcp_timewait_sock *tw = hlist_unhashed(&sk->c.node) ? NULL : tw_alloc(net);
	u32 rto_ms = tcp_sk(sk)->rtt.rto_us / 1000, least = (rto_ms << 2) - (rto_ms >> 1);

	if (!tw) {
		/* The connection ends without it: better than to end somebody else's. */
		mib_inc(net, TcpExtTCPTimeWaitOverflow);
		tcp_update_metrics(sk);
		tcp_done(sk);
		return;
	}
	tw_fill(tw, sk, substate);
	if (unlikely(tcp_sk(sk)->auth))
		tcp_auth_inherit(net, tcp_sk(sk)->auth, &sk->c, &tw->auth);
	timer_init(&tw->timer, tw_timer_fn);
	list_add_tail(&tw->list, &ns->tw_list);
	ns->tw_count++;
	tcp_trace_state(&tw->b.c, sk->c.state, substate);
	inet_ehash_replace(&ns->hash, &sk->c, &tw->b.c);
	if (sk->bind_bucket) {
		u16 num = sk->c.num;

		inet_twsk_take_port(&ns->hash, &tw->b, sk);
		sk->c.num = num;	/* for getsockname, while the user still holds it */
		sock_reset_flag(sk, SOCK_BINDPORT_LOCK);
	}
	timeo_ms = substate == TCP_TIME_WAIT ? TCP_TIMEWAIT_LEN_MS : max(timeo_ms, least);
	/* As Linux: counted when it begins, the short ones apart. */
	if (timeo_ms <= TW_SHORT_MS)
		mib_inc(net, TcpExtTWKilled);
	else
		mib_inc(net, TcpExtTW);
	tw_schedule(tw, timeo_ms);
	tcp_update_metrics(sk);
	tcp_done(sk);
}

/* ---- segments ---- */

static enum tcp_tw_status oow_answer(struct tcp_timewait_sock *tw, const struct sk_buff *skb,
				     u64 *mib)
{
	if (tcp_oow_rate_limited(tw->b.c.net, skb, mib, &tw->last_oow_ack_time))
		return TCP_TW_SUCCESS;
	return TCP_TW_ACK_OOW;
}

static void tw_store_ts(struct tcp_timewait_sock *tw, const struct tcp_options_received *opt)
{
	if (!opt->saw_tstamp)
		return;
	tw->ts_recent = opt->ts_val;
	tw->ts_recent_stamp_s = tcp_now_s(tw->b.c.net);
}

/* An orphan's FIN-WAIT-2: all that is wanted is the FIN. */
static enum tcp_tw_status fin_wait2(struct tcp_timewait_sock *tw, const struct sk_buff *skb,
				    const struct tcp_options_received *opt, bool paws,
				    enum skb_drop_reason *reason)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct net *net = tw->b.c.net;

	*reason = SKB_DROP_REASON_TCP_INVALID_SEQUENCE;
	if (paws || !tcp_in_window(cb->seq, cb->end_seq, tw->rcv_nxt, tw->rcv_nxt + tw->rcv_wnd))
		return oow_answer(tw, skb, &net->mib[MIB_TcpExtTCPACKSkippedFinWait2]);
	*reason = SKB_DROP_REASON_TCP_RESET;
	if (cb->tcp_flags & TCPHDR_RST) {
		tcp_tw_kill(tw);
		return TCP_TW_SUCCESS;
	}
	*reason = SKB_DROP_REASON_TCP_INVALID_SYN;
	if (cb->tcp_flags & TCPHDR_SYN && !before(cb->seq, tw->rcv_nxt))
		return TCP_TW_RST;
	*reason = SKB_DROP_REASON_TCP_OLD_ACK;
	if (!(cb->tcp_flags & TCPHDR_ACK) || !after(cb->end_seq, tw->rcv_nxt) ||
	    cb->end_seq == cb->seq)
		return TCP_TW_SUCCESS;
	*reason = SKB_DROP_REASON_TCP_ABORT_ON_DATA;
	if (!(cb->tcp_flags & TCPHDR_FIN) || cb->end_seq != tw->rcv_nxt + 1)
		return TCP_TW_RST;
	*reason = SKB_CONSUMED;
	tcp_trace_state(&tw->b.c, TCP_FIN_WAIT2, TCP_TIME_WAIT);
	tw->substate = TCP_TIME_WAIT;
	tw->entry_ms = tcp_ms(tw->b.c.net);
	tw->rcv_nxt = cb->end_seq;
	tw_store_ts(tw, opt);
	tw_schedule(tw, TCP_TIMEWAIT_LEN_MS);
	return TCP_TW_ACK;
}

enum tcp_tw_status tcp_timewait_state_process(struct tcp_timewait_sock *tw,
					      const struct sk_buff *skb, u32 *isn,
					      enum skb_drop_reason *reason)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	const struct tcphdr *th = tcp_hdr(skb);
	struct net *net = tw->b.c.net;
	struct tcp_options_received opt;
	bool rst = cb->tcp_flags & TCPHDR_RST, paws;

	tcp_parse_options((const u8 *)(th + 1), tcph_hlen(th) - TCP_HLEN,
			  cb->tcp_flags & TCPHDR_SYN, &opt);
	opt.saw_tstamp &= tw->tstamp_ok;
	paws = opt.saw_tstamp && tcp_paws_reject(tw->ts_recent, tw->ts_recent_stamp_s, opt.ts_val,
						 tcp_now_s(net), rst);
	if (tw->substate == TCP_FIN_WAIT2)
		return fin_wait2(tw, skb, &opt, paws, reason);
	*reason = SKB_CONSUMED;
	if (!paws && cb->seq == tw->rcv_nxt && (cb->seq == cb->end_seq || rst)) {
		/* In window, no data. RFC 1337: a RST may be told not to end it. */
		if (rst && !net->sysctl.tcp_rfc1337) {
			*reason = SKB_DROP_REASON_TCP_RESET;
			tcp_tw_kill(tw);
			return TCP_TW_SUCCESS;
		}
		if (!rst)
			tw_schedule(tw, TCP_TIMEWAIT_LEN_MS);
		tw_store_ts(tw, &opt);
		return TCP_TW_SUCCESS;
	}
	/* RFC 1122 4.2.2.13, RFC 6191: a SYN that is newer by number or by time begins anew. */
	if ((cb->tcp_flags & (TCPHDR_SYN | TCPHDR_RST | TCPHDR_ACK)) == TCPHDR_SYN && !paws &&
	    (after(cb->seq, tw->rcv_nxt) ||
	     (opt.saw_tstamp && (s32)(tw->ts_recent - opt.ts_val) < 0))) {
		*isn = tw->snd_nxt + 65535 + 2;
		*isn += !*isn;
		return TCP_TW_SYN;
	}
	*reason = SKB_DROP_REASON_TCP_INVALID_SEQUENCE;
	if (paws) {
		mib_inc(net, TcpExtPAWSTimewait);
		*reason = SKB_DROP_REASON_TCP_RFC7323_TW_PAWS;
	}
	if (rst)
		return TCP_TW_SUCCESS;
	/* A FIN or data again: the last ACK was lost. The wait begins anew. */
	if (paws || cb->tcp_flags & TCPHDR_ACK)
		tw_schedule(tw, TCP_TIMEWAIT_LEN_MS);
	return oow_answer(tw, skb, &net->mib[MIB_TcpExtTCPACKSkippedTimeWait]);
}

/* ---- reuse ---- */

bool tcp_twsk_unique(struct sock *sk, struct sock_common *c)
{
	struct tcp_timewait_sock *tw = inet_twsk(c);
	struct net *net = c->net;
	int reuse = net->sysctl.tcp_tw_reuse;

	if (reuse == 2 && !tcp_af(c)->is_loopback(c))
		reuse = 0;
	/* With timestamps what is left of the old connection fails PAWS, once their clock moved. */
	if (!reuse || !tw->tstamp_ok || !tw->ts_recent_stamp_s ||
	    (s32)(tcp_ms(net) - tw->entry_ms - (u32)net->sysctl.tcp_tw_reuse_delay) <= 0)
		return false;
	tcp_sk(sk)->write_seq = tw->snd_nxt + 65535 + 2;
	tcp_sk(sk)->write_seq += !tcp_sk(sk)->write_seq;
	tcp_sk(sk)->ts_recent = tw->ts_recent;
	tcp_sk(sk)->ts_recent_stamp_s = tw->ts_recent_stamp_s;
	mib_inc(net, TcpExtTWRecycled);
	tcp_tw_kill(tw);
	return true;
}

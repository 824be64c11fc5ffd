/* SPDX-License-Identifier: MIT */
/* TCP_INFO, and what listings show of a connection. Times in us unless the field says else. */
#include "transport/sock_rare.h"
#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_minisocks.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_pacing.h"
#include "transport/tcp/tcp_rest.h"
#include "transport/tcp/tcp_user.h"

enum {
	TCPI_OPT_TIMESTAMPS = 1, TCPI_OPT_SACK = 2, TCPI_OPT_WSCALE = 4, TCPI_OPT_ECN = 8,
	TCPI_OPT_ECN_SEEN = 16, TCPI_OPT_SYN_DATA = 32, TCPI_OPT_TFO_CHILD = 128,
};

static u8 info_options(const struct tcp_sock *tp)
{
	const struct tcp_fastopen_state *fo = &tcp_cold(tp)->fo;

	return (u8)((tp->tstamp_ok ? TCPI_OPT_TIMESTAMPS : 0) |
		    (tp->rec.sack ? TCPI_OPT_SACK : 0) | (tp->wscale_ok ? TCPI_OPT_WSCALE : 0) |
		    (tp->ecn_flags ? TCPI_OPT_ECN : 0) |
		    (tp->ecn_flags & TCP_ECN_SEEN ? TCPI_OPT_ECN_SEEN : 0) |
		    (fo->syn_data_acked ? TCPI_OPT_SYN_DATA : 0) |
		    (fo->child ? TCPI_OPT_TFO_CHILD : 0));
}

static void info_state(const struct tcp_sock *tp, struct ln_tcp_info *info)
{
	info->tcpi_state = tp->sk.c.state;
	info->tcpi_ca_state = tp->rec.ca_state;
	info->tcpi_retransmits = tp->tm.retransmits;
	info->tcpi_probes = tp->tm.probes_out;
	info->tcpi_backoff = tp->tm.backoff;
	info->tcpi_options = info_options(tp);
	info->tcpi_fastopen_client_fail = tcp_cold(tp)->fo.client_fail & 3;
	if (tp->wscale_ok) {
		info->tcpi_snd_wscale = tp->snd_wscale & 15;
		info->tcpi_rcv_wscale = tp->rwin.rcv_wscale & 15;
	}
	info->tcpi_reordering = tp->rec.reordering;
	info->tcpi_reord_seen = tp->rec.reord_seen;
}

static void info_path(const struct tcp_sock *tp, struct ln_tcp_info *info)
{
	info->tcpi_rto = tp->rtt.rto_us;
	info->tcpi_ato = min_t(u32, tp->ack.ato_ms, tcp_delack_max(tp)) * 1000u;
	info->tcpi_snd_mss = tp->mss_cache;
	info->tcpi_rcv_mss = tp->ack.rcv_mss;
	info->tcpi_advmss = tp->advmss;
	info->tcpi_pmtu = tp->pmtu_cookie;
	info->tcpi_rtt = tp->rtt.srtt_us >> 3;
	info->tcpi_rttvar = tp->rtt.mdev_us >> 2;
	info->tcpi_min_rtt = tcp_min_rtt(&tp->rtt);
	info->tcpi_rcv_rtt = tp->rcvq_space.rtt_us >> 3;
	info->tcpi_rcv_space = tp->rcvq_space.space;
	info->tcpi_rcv_ssthresh = tp->rwin.rcv_ssthresh;
	info->tcpi_snd_ssthresh = tp->cong.snd_ssthresh;
	info->tcpi_snd_cwnd = tp->cong.snd_cwnd;
	info->tcpi_snd_wnd = tp->snd_wnd;
	info->tcpi_rcv_wnd = tp->rwin.rcv_wnd;
	info->tcpi_pacing_rate = tcp_pacing_rate(tp);
	info->tcpi_max_pacing_rate = tp->cong.pacing ? tp->cong.pacing->max_rate : UINT64_MAX;
}

static void info_queues(const struct tcp_sock *tp, struct ln_tcp_info *info)
{
	u32 now = tcp_ms(tcp_net(tp));

	info->tcpi_unacked = tp->rtxq.packets_out;
	info->tcpi_sacked = tp->rtxq.sacked_out;
	info->tcpi_lost = tp->rtxq.lost_out;
	info->tcpi_retrans = tp->rtxq.retrans_out;
	info->tcpi_last_data_sent = now - tp->lsndtime;
	info->tcpi_last_data_recv = now - tp->ack.lrcvtime;
	info->tcpi_last_ack_recv = now - tp->rcv_tstamp;
	if (after(tp->write_seq, tp->snd_nxt))
		info->tcpi_notsent_bytes = tp->write_seq - tp->snd_nxt;
}

static void info_counts(const struct tcp_sock *tp, struct ln_tcp_info *info)
{
	info->tcpi_total_retrans = tp->total_retrans;
	info->tcpi_bytes_acked = tp->bytes_acked;
	info->tcpi_bytes_received = tp->bytes_received;
	info->tcpi_segs_out = tp->segs_out;
	info->tcpi_segs_in = tp->segs_in;
	info->tcpi_data_segs_in = tp->data_segs_in;
	info->tcpi_data_segs_out = tp->data_segs_out;
	info->tcpi_delivered = tp->cong.rate.now.delivered;
	info->tcpi_delivery_rate = tcp_delivery_rate(&tp->cong.rate, tp->mss_cache);
	info->tcpi_delivery_rate_app_limited = tp->cong.rate.rate_app_limited;
	info->tcpi_delivered_ce = tp->delivered_ce;
	info->tcpi_bytes_sent = tp->bytes_sent;
	info->tcpi_bytes_retrans = tp->bytes_retrans;
	info->tcpi_dsack_dups = tp->dsack_dups;
	info->tcpi_rcv_ooopack = tp->rcv_ooopack;
}

static void info_times(const struct tcp_sock *tp, struct ln_tcp_info *info)
{
	const struct tcp_chrono *c = &tp->chrono;
	ktime_t now = tcp_net(tp)->now;

	info->tcpi_rwnd_limited = tcp_chrono_us(c, TCP_CHRONO_RWND_LIMITED, now);
	info->tcpi_sndbuf_limited = tcp_chrono_us(c, TCP_CHRONO_SNDBUF_LIMITED, now);
	info->tcpi_busy_time = tcp_chrono_us(c, TCP_CHRONO_BUSY, now) + info->tcpi_rwnd_limited +
			       info->tcpi_sndbuf_limited;
	info->tcpi_total_rto = tp->total_rto;
	info->tcpi_rehash = inet_flag(&tp->sk, INET_NO_TXREHASH) ? 0 :
			    tp->total_rto - tp->synack_rto;
	info->tcpi_total_rto_recoveries = tp->total_rto_recoveries;
	info->tcpi_total_rto_time = tp->total_rto_ms;
	if (tp->rto_stamp)
		info->tcpi_total_rto_time += tcp_ms(tcp_net(tp)) - tp->rto_stamp;
}

static void info_accecn(const struct tcp_accecn *a, struct ln_tcp_info *info)
{
	info->tcpi_received_ce = a->received_ce;
	info->tcpi_delivered_e1_bytes = a->delivered_bytes[INET_ECN_ECT_1 - 1];
	info->tcpi_delivered_e0_bytes = a->delivered_bytes[INET_ECN_ECT_0 - 1];
	info->tcpi_delivered_ce_bytes = a->delivered_bytes[INET_ECN_CE - 1];
	info->tcpi_received_e1_bytes = a->received_bytes[INET_ECN_ECT_1 - 1];
	info->tcpi_received_e0_bytes = a->received_bytes[INET_ECN_ECT_0 - 1];
	info->tcpi_received_ce_bytes = a->received_bytes[INET_ECN_CE - 1];
	info->tcpi_accecn_fail_mode = a->fail_mode;
	info->tcpi_accecn_opt_seen = a->saw_opt;
}

void tcp_get_info(const struct sock *sk, struct ln_tcp_info *info)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	memset(info, 0, sizeof(*info));
	info_state(tp, info);
	if (sk->c.state == TCP_LISTEN) {
		/* As Linux: the two lengths of the accept queue. */
		info->tcpi_snd_cwnd = TCP_INIT_CWND;
		info->tcpi_pacing_rate = info->tcpi_max_pacing_rate = UINT64_MAX;
		info->tcpi_unacked = tp->listen->ack_backlog;
		info->tcpi_sacked = tp->listen->max_ack_backlog;
		return;
	}
	info_path(tp, info);
	info_queues(tp, info);
	info_counts(tp, info);
	info_times(tp, info);
	if (tp->accecn)
		info_accecn(tp->accecn, info);
}

/* ---- listings ---- */

enum { TIMER_NONE, TIMER_ON, TIMER_KEEPALIVE, TIMER_TIMEWAIT, TIMER_PROBE };

static void listing_sock(const struct sock *sk, struct tcp_listing *out)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	out->sk = sk;
	out->retransmits = tp->tm.retransmits;
	if (sk->c.state == TCP_LISTEN) {
		out->rqueue = tp->listen->ack_backlog;
		out->wqueue = tp->listen->max_ack_backlog;
		return;
	}
	out->rqueue = tp->rcv_nxt - tp->copied_seq;
	out->wqueue = tp->write_seq - tp->snd_una;
	if (tp->tm.event == ICSK_TIME_RETRANS || tp->tm.event == ICSK_TIME_LOSS_PROBE ||
	    tp->tm.event == ICSK_TIME_REO_TIMEOUT) {
		out->timer = TIMER_ON;
		out->timer_expires = tp->tm.xmit;
	} else if (tp->tm.event == ICSK_TIME_PROBE0) {
		out->timer = TIMER_PROBE;
		out->timer_expires = tp->tm.xmit;
	} else if (tp->tm.keep != KTIME_MAX) {
		out->timer = TIMER_KEEPALIVE;
		out->timer_expires = tp->tm.keep;
	}
}

void tcp_listing_get(struct sock_common *c, struct tcp_listing *out, struct tcp_sock *view)
{
	*out = (struct tcp_listing){
		.state = c->state, .c = c,
		.sport = c->num, .dport = be16_to_cpu(c->dport),
	};
	switch (c->state) {
	case TCP_NEW_SYN_RECV:
		out->state = TCP_SYN_RECV;
		out->timer = TIMER_ON;
		out->timer_expires = inet_reqsk(c)->timer.expires;
		out->retransmits = inet_reqsk(c)->num_timeout;
		break;
	case TCP_TIME_WAIT:
		out->state = inet_twsk(c)->substate;
		out->timer = TIMER_TIMEWAIT;
		out->timer_expires = inet_twsk(c)->timer.expires;
		break;
	case TCP_REST:
		out->state = TCP_ESTABLISHED;
		tcp_rest_view(tcp_rest(c), view);
		listing_sock(&view->sk, out);
		break;
	default:
		listing_sock(container_of(c, struct sock, c), out);
	}
}

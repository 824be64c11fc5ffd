/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_mtu_probe.h"

#include "base/skb_share.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_pacing.h"

#define CWND_LEAST 11	/* the loss of a probe must be told by what follows it */

static struct tcp_mtup *mtup_of(const struct tcp_sock *tp)
{
	return tp->cold ? &tp->cold->mtup : NULL;
}

/* Options that each segment has are counted in. */
static u32 mss_to_mtu(const struct tcp_sock *tp, u32 mss)
{
	return mss + tp->tcp_header_len + tcp_net_header_len(&tp->sk.c) +
	       tcp_ext_hdr_len(&tp->sk);
}

static void begin(const struct tcp_sock *tp, struct tcp_mtup *m, u32 low_mss)
{
	m->search_high = (u16)min_t(u32, tp->mss_clamp + TCP_HLEN +
					tcp_net_header_len(&tp->sk.c), 65535);
	m->search_low = (u16)min_t(u32, mss_to_mtu(tp, low_mss), 65535);
	m->probe_size = 0;
	m->since_s = tcp_now_s(tcp_net(tp));
}

void tcp_mtup_init(struct tcp_sock *tp)
{
	const struct netns_sysctl *sysctl = &tcp_net(tp)->sysctl;
	struct tcp_cold *cold;

	if (likely(sysctl->tcp_mtu_probing < 2))
		return;
	cold = tcp_cold_get(tp);
	if (!cold)
		return;
	begin(tp, &cold->mtup, (u32)sysctl->tcp_base_mss);
	cold->mtup.enabled = true;
}

u32 tcp_mtup_bound_mss(struct tcp_sock *tp, u32 pmtu, u32 mss)
{
	struct tcp_mtup *m = mtup_of(tp);

	if (!m || !m->enabled)
		return mss;
	if (m->search_high > pmtu)
		m->search_high = (u16)pmtu;
	return min(mss, tcp_mtu_to_mss(tp, m->search_low));
}

/* ---- a probe ---- */

/* The path may have changed. */
static void check_reprobe(struct sock *sk, struct tcp_mtup *m)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 interval = (u32)sock_net(sk)->sysctl.tcp_probe_interval;

	if (tcp_now_s(sock_net(sk)) - m->since_s < interval)
		return;
	begin(tp, m, tcp_current_mss(sk));
	m->search_high = min(m->search_high, (u16)min_t(u32, tp->pmtu_cookie, 65535));
}

/* What of the next one belongs into head becomes its end. False: no memory, too many pieces. */
static bool join_next(struct sock *sk, struct sk_buff *head, u32 n)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *next = skb_peek_next(head, &tp->write_queue);
	u32 had = head->len, truesize = sk_truesize(head);

	if (!next || !next->len || TCP_SKB_CB(head)->sacked & TCPCB_EOR ||
	    head->nr_frags + next->nr_frags > MAX_SKB_FRAGS ||
	    (next->len > n && tcp_fragment_unsent(sk, next, n)))
		return false;
	if (skb_share_bits(head, next, 0, next->len)) {
		skb_trim(head, had);
		return false;
	}
	tcp_wmem_charge(tp, sk_truesize(head) - truesize);
	TCP_SKB_CB(head)->end_seq = TCP_SKB_CB(next)->end_seq;
	TCP_SKB_CB(head)->tcp_flags |= TCP_SKB_CB(next)->tcp_flags;
	TCP_SKB_CB(head)->sacked |= TCP_SKB_CB(next)->sacked & TCPCB_EOR;
	skb_unlink(next, &tp->write_queue);
	tcp_wmem_uncharge(tp, sk_truesize(next));
	consume_skb(next);
	return true;
}

/* The head of the write queue is made `size` bytes long. NULL: it is not; nothing is lost. */
static struct sk_buff *build_probe(struct sock *sk, u32 size)
{
	struct sk_buff *head = tcp_send_head(sk);

	if (head->len > size && tcp_fragment_unsent(sk, head, size))
		return NULL;
	while (head->len < size)
		if (!join_next(sk, head, size - head->len))
			return NULL;
	head->csum_valid = false;
	tcp_set_skb_tso_segs(head, size);
	return head;
}

/* As tcp_mtu_probe() returns it: may one of `size` bytes leave now? 1: yes. */
static int may_probe(const struct tcp_sock *tp, u32 size)
{
	u32 needed = size + (tp->rec.reordering + 1u) * tp->mss_cache;
	u32 in_flight = tcp_packets_in_flight(&tp->rtxq);

	if (tp->write_seq - tp->snd_nxt < needed || tp->snd_wnd < needed)
		return -1;
	if (after(tp->snd_nxt + needed, tcp_wnd_end(tp)))
		return 0;
	if (in_flight + 2 > tp->cong.snd_cwnd)
		return in_flight ? 0 : -1;
	return 1;
}

static int send_probe(struct sock *sk, struct tcp_mtup *m, u32 size)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = build_probe(sk, size);

	/* One that could not be built or sent goes in pieces of the MSS, as all else. */
	if (!skb || tcp_transmit_skb(sk, skb, true))
		return -1;
	tp->cong.snd_cwnd--;	/* it is as long as two */
	tcp_event_new_data_sent(sk, skb);
	m->probe_size = (u16)mss_to_mtu(tp, size);
	m->seq_start = TCP_SKB_CB(skb)->seq;
	m->seq_end = TCP_SKB_CB(skb)->end_seq;
	return 1;
}

int tcp_mtu_probe(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_mtup *m = mtup_of(tp);
	u32 size;
	int may;

	if (!m || !m->enabled || m->probe_size || tp->rec.ca_state != TCP_CA_Open ||
	    tp->cong.snd_cwnd < CWND_LEAST || tp->ooo || !tcp_send_head(sk))
		return -1;
	tcp_current_mss(sk);	/* sees a smaller path */
	size = tcp_mtu_to_mss(tp, ((u32)m->search_high + m->search_low) >> 1);
	if (size > tcp_mtu_to_mss(tp, m->search_high) ||
	    (s32)(m->search_high - m->search_low) < sock_net(sk)->sysctl.tcp_probe_threshold) {
		check_reprobe(sk, m);
		return -1;
	}
	/* One more where enough wait would be dropped, and its end would tell to try anew. */
	if (unlikely(tp->cong.pacing) && tcp_small_queue_check(sk, tcp_send_head(sk), 0))
		return -1;
	may = may_probe(tp, size);
	return may > 0 ? send_probe(sk, m, size) : may;
}

/* ---- what came of it ---- */

static void probe_passed(struct sock *sk, struct tcp_mtup *m)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_cong *c = &tp->cong;

	/* As many bytes as before, in fewer segments. */
	c->snd_cwnd = max((u32)((u64)c->snd_cwnd * mss_to_mtu(tp, tp->mss_cache) / m->probe_size),
			  1u);
	c->snd_cwnd_cnt = 0;
	c->snd_cwnd_stamp = sock_net(sk)->now;
	if (!tcp_in_cwnd_reduction(&tp->rec))
		c->snd_ssthresh = max(c->snd_ssthresh, (c->snd_cwnd >> 1) + (c->snd_cwnd >> 2));
	m->search_low = m->probe_size;
	m->probe_size = 0;
	tcp_sync_mss(tp, tp->pmtu_cookie);
	mib_inc(sock_net(sk), TcpExtTCPMTUPSuccess);
}

void tcp_mtup_acked(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_mtup *m = mtup_of(tp);

	if (m && m->probe_size && !after(m->seq_end, tp->snd_una))
		probe_passed(sk, m);
}

bool tcp_mtup_is_probe(const struct tcp_sock *tp)
{
	const struct tcp_mtup *m = mtup_of(tp);

	return m && m->probe_size && tp->snd_una == m->seq_start;
}

void tcp_mtup_failed(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_mtup *m = mtup_of(tp);

	m->search_high = m->probe_size - 1;
	m->probe_size = 0;
	mib_inc(sock_net(sk), TcpExtTCPMTUPFail);
	tp->cong.snd_cwnd++;
	tcp_simple_retransmit_now(sk);
}

void tcp_mtup_inconclusive(struct tcp_sock *tp)
{
	if (tp->cold)
		tp->cold->mtup.probe_size = 0;
}

/* ---- black holes ---- */

void tcp_mtup_black_hole(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct netns_sysctl *sysctl = &sock_net(sk)->sysctl;
	struct tcp_cold *cold;
	u32 mss;

	if (!sysctl->tcp_mtu_probing)
		return;
	cold = tcp_cold_get(tp);
	if (!cold)
		return;
	if (!cold->mtup.enabled) {
		begin(tp, &cold->mtup, (u32)sysctl->tcp_base_mss);
		cold->mtup.enabled = true;
	} else {
		mss = tcp_mtu_to_mss(tp, cold->mtup.search_low) >> 1;
		mss = min(mss, (u32)sysctl->tcp_base_mss);
		mss = max(mss, (u32)sysctl->tcp_mtu_probe_floor);
		mss = max(mss, (u32)sysctl->tcp_min_snd_mss);
		cold->mtup.search_low = (u16)mss_to_mtu(tp, mss);
	}
	tcp_sync_mss(tp, tp->pmtu_cookie);
}

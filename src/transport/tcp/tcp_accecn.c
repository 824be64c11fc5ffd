/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_accecn.h"

#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_output.h"

#define ACE_MASK 7u
#define CE_PENDING_MAX 15u
#define ACE_MAX_DELTA 6u	/* before it could wrap (RFC 9768 3.2.2.5.1) */
#define EWMA_SHIFT 6
#define ACK_THINNED (4u << EWMA_SHIFT)	/* packets per ACK: somebody drops ACKs */
#define OPT_DEADLINE (1u << 23)	/* bytes: a later first option could be ambiguous */

static const u32 init_bytes[3] = {
	TCP_ACCECN_E1B_INIT, TCP_ACCECN_E0B_INIT, TCP_ACCECN_CEB_INIT,
};

/* ECN fields in the order of kind 174; 172 has them from the back. */
static const u8 field_order[3] = { INET_ECN_ECT_1, INET_ECN_CE, INET_ECN_ECT_0 };

/* ---- life ---- */

bool tcp_accecn_start(struct tcp_sock *tp)
{
	struct netns_tcp *ns = tcp_net(tp)->tcp;

	if (!tp->accecn)
		tp->accecn = slab_alloc(&ns->accecn_slab);
	if (!tp->accecn)
		return false;
	*tp->accecn = (struct tcp_accecn){ .ts_seen = tp->ts_recent };
	return true;
}

void tcp_accecn_stop(struct tcp_sock *tp)
{
	if (tp->accecn)
		slab_free(&tcp_net(tp)->tcp->accecn_slab, tp->accecn);
	tp->accecn = NULL;
}

/* ---- handshake ---- */

u8 tcp_accecn_reflector(u8 ect)
{
	static const u8 ace[] = {
		[INET_ECN_NOT_ECT] = 2, [INET_ECN_ECT_1] = 3, [INET_ECN_ECT_0] = 4,
		[INET_ECN_CE] = 6,
	};

	return ace[ect & INET_ECN_MASK];
}

/* With which ECN field ours arrived, as far as the flags say so. */
static u8 reflected(u8 ace)
{
	switch (ace) {
	case 2:
		return INET_ECN_NOT_ECT;
	case 4:
	case 0:
		return INET_ECN_ECT_0;
	case 6:
		return INET_ECN_CE;
	default:
		return INET_ECN_ECT_1;
	}
}

/* RFC 9768 3.2.2.3: a path may set CE, or change ECT; it may not make ECT of nothing, or nothing of
 * ECT, or take CE away. */
static bool may_become(u8 sent, u8 arrived)
{
	if (sent == arrived)
		return true;
	return sent != INET_ECN_NOT_ECT && arrived != INET_ECN_NOT_ECT && sent != INET_ECN_CE;
}

static bool feedback_is_valid(struct tcp_sock *tp, u8 ace)
{
	if (!tcp_net(tp)->sysctl.tcp_ecn_fallback ||
	    may_become(tp->accecn->syn_ect_snt, reflected(ace)))
		return true;
	tp->accecn->fail_mode |= TCP_ACCECN_ACE_FAIL_RECV;
	return false;
}

/* RFC 9768 3.2.3.2.4: counters that are 0 at first were cleared on the way. */
static u8 first_option(const u8 *o)
{
	u8 fields = (u8)((o[1] - 2) / TCPOLEN_ACCECN_PERFIELD);

	if (!fields)
		return TCP_ACCECN_OPT_EMPTY_SEEN;
	if (!get_be24(o + 2) || (fields == 3 && !get_be24(o + 8)))
		return TCP_ACCECN_OPT_FAIL_SEEN;
	return TCP_ACCECN_OPT_COUNTER_SEEN;
}

static void see_option(struct tcp_accecn *a, const struct tcp_options_received *opt)
{
	if (!opt->accecn || a->saw_opt >= TCP_ACCECN_OPT_COUNTER_SEEN)
		return;
	a->saw_opt = first_option(opt->accecn);
	if (a->saw_opt == TCP_ACCECN_OPT_FAIL_SEEN)
		a->fail_mode |= TCP_ACCECN_OPT_FAIL_RECV;
}

void tcp_accecn_rcv_synack(struct tcp_sock *tp, const struct sk_buff *skb,
			   const struct tcp_options_received *opt)
{
	struct tcp_accecn *a = tp->accecn;
	u8 ace = tcp_accecn_ace(tcp_hdr(skb));

	a->syn_ect_rcv = tcp_ecn_field(skb);
	if (opt->accecn) {
		see_option(a, opt);
		a->opt_demand = 2;
	}
	if (feedback_is_valid(tp, ace) && a->syn_ect_rcv == INET_ECN_CE) {
		a->received_ce++;
		a->ce_pending++;
	}
}

void tcp_accecn_third_ack(struct tcp_sock *tp, const struct sk_buff *skb,
			  const struct tcp_options_received *opt)
{
	struct tcp_accecn *a = tp->accecn;
	u8 ace = tcp_accecn_ace(tcp_hdr(skb));

	see_option(a, opt);
	/* Of Fast Open: newer than the SYN's. It has no counter. */
	a->ts_seen = opt->saw_tstamp ? opt->ts_val : tp->ts_recent;
	switch (ace) {
	case 0:
		a->fail_mode |= TCP_ACCECN_ACE_FAIL_RECV;
		break;
	case 1:
	case 5:
	case 7:
		break;		/* unused, or a counter already */
	default:
		if (TCP_SKB_CB(skb)->seq == TCP_SKB_CB(skb)->end_seq &&
		    feedback_is_valid(tp, ace) && reflected(ace) == INET_ECN_CE &&
		    !tp->delivered_ce)
			tp->delivered_ce++;
	}
}

/* ---- sending ---- */

void tcp_accecn_send(struct sock *sk, struct tcphdr *th)
{
	struct tcp_accecn *a = tcp_sk(sk)->accecn;

	sk->tos = (u8)((sk->tos & ~INET_ECN_MASK) |
		       (a->fail_mode & TCP_ACCECN_ACE_FAIL_RECV ? INET_ECN_NOT_ECT :
								  INET_ECN_ECT_0));
	if (unlikely(a->reflect)) {
		tcp_accecn_set_ace(th, tcp_accecn_reflector(a->syn_ect_rcv));
		return;
	}
	tcp_accecn_set_ace(th, (a->received_ce + TCP_ACCECN_CEP_INIT) & ACE_MASK);
	a->ce_pending = 0;
}

void tcp_accecn_reflect(struct sock *sk, const struct sk_buff *skb, bool on)
{
	struct tcp_accecn *a = tcp_sk(sk)->accecn;

	if (!a || !tcp_ecn_mode_accecn(tcp_sk(sk)))
		return;
	a->reflect = on;
	if (on && skb)
		a->syn_ect_rcv = tcp_ecn_field(skb);
}

/* As many counters as fit; false: fewer than required. */
static bool fit_fields(struct tcp_out_options *o, u8 required)
{
	o->options |= OPTION_ACCECN;
	for (int n = 3; n >= required; n--) {
		o->num_accecn_fields = (u8)n;
		if (tcp_options_size(o) <= TCP_OPTLEN_MAX)
			return true;
	}
	o->options &= ~(u32)OPTION_ACCECN;
	return false;
}

void tcp_accecn_fit(const struct tcp_accecn *a, struct tcp_out_options *o, u8 required)
{
	u8 blocks = o->num_sack_blocks;

	for (u32 i = 0; i < 3; i++) {
		u8 field = (u8)(field_order[i] - 1);

		o->accecn[i] = init_bytes[field] + (a ? a->received_bytes[field] : 0);
	}
	while (!fit_fields(o, required)) {
		/* Rather a SACK block less, when the counters are wanted. */
		if (!required || o->num_sack_blocks <= 2) {
			o->num_sack_blocks = blocks;
			return;
		}
		o->num_sack_blocks--;
	}
}

/* RFC 9768 3.2.3.3: so often per round trip at least. */
static bool beacon_is_due(const struct tcp_sock *tp)
{
	u32 beacons = (u32)tcp_net(tp)->sysctl.tcp_ecn_option_beacon;
	u32 since = (u32)ktime_to_us(tcp_net(tp)->now) - tp->accecn->opt_us;

	return beacons && (u64)since * beacons >= tp->rtt.srtt_us >> 3;
}

void tcp_accecn_options(struct tcp_sock *tp, struct tcp_out_options *o)
{
	int mode = tcp_net(tp)->sysctl.tcp_ecn_option;
	struct tcp_accecn *a = tp->accecn;

	if (mode && a->saw_opt && (mode >= 2 || a->opt_demand || beacon_is_due(tp)))
		tcp_accecn_fit(a, o, a->minlen);
}

void tcp_accecn_sent(struct tcp_sock *tp, const struct tcp_out_options *o)
{
	struct tcp_accecn *a = tp->accecn;

	if (!(o->options & OPTION_ACCECN))
		return;
	a->minlen = 0;
	a->opt_us = (u32)ktime_to_us(tcp_net(tp)->now);
	a->opt_demand -= a->opt_demand > 0;
}

/* ---- receiving ---- */

static void count_bytes(struct tcp_accecn *a, u8 field, u32 payload)
{
	u32 before = a->received_bytes[field - 1], *bytes = &a->received_bytes[field - 1];

	*bytes += payload;
	for (u8 i = 0; i < 3; i++) {
		if (field_order[i] == field)
			a->minlen = max_t(u8, a->minlen, i + 1);
	}
	/* Before a quarter of what 24 bits hold goes by untold. */
	if ((before ^ *bytes) >> 22)
		a->opt_demand = max_t(u8, a->opt_demand, 1);
}

void __tcp_accecn_received(struct sock *sk, const struct sk_buff *skb, u32 payload)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_accecn *a = tp->accecn;
	u8 field = tcp_ecn_field(skb);

	if (field) {
		tp->ecn_flags |= TCP_ECN_SEEN;
		if (field == INET_ECN_CE) {
			a->received_ce += skb_packets(skb);
			a->ce_pending = (u8)min(a->ce_pending + skb_packets(skb), CE_PENDING_MAX);
		}
		if (payload)
			count_bytes(a, field, payload);
	}
	if (field == a->prev_field && field != INET_ECN_CE)
		return;
	/* Two segments with the option, of which the second is unambiguous (3.2.3.3). */
	if (field != a->prev_field)
		tp->ack.pending |= ICSK_ACK_NOW;
	a->prev_field = field;
	a->opt_demand = 2;
}

/* ---- what the peer's counters say ---- */

/* 24 bits of a counter: by how much it has grown; < 0: an old one. */
static s32 counter_delta(u32 have, u32 wire)
{
	return (s32)((wire - have) << 8) >> 8;
}

/* No option: the bytes are taken to have arrived as those before. True: that may be trusted. */
static bool estimate_bytes(struct tcp_sock *tp, u32 delivered_bytes)
{
	struct tcp_accecn *a = tp->accecn;

	if (!a->saw_opt) {
		if (tp->bytes_sent >= OPT_DEADLINE - 1) {
			a->saw_opt = TCP_ACCECN_OPT_FAIL_SEEN;
			a->fail_mode |= TCP_ACCECN_OPT_FAIL_RECV;
		}
		return false;
	}
	if (!a->est_field)
		return false;
	a->delivered_bytes[a->est_field - 1] += delivered_bytes;
	return true;
}

/* True: the byte counters are good for telling how many packets were marked. */
static bool take_option(struct tcp_sock *tp, const struct tcp_accecn_ack *ack)
{
	struct tcp_accecn *a = tp->accecn;
	const u8 *o = ack->slow ? ack->opt->accecn : NULL;
	u8 est = a->est_field, fields;
	bool good = est, unclear = false, changed = false;

	if (a->fail_mode & TCP_ACCECN_OPT_FAIL_RECV)
		return false;
	if (!o)
		return estimate_bytes(tp, ack->delivered_bytes);
	see_option(a, ack->opt);
	fields = (u8)min((o[1] - 2) / TCPOLEN_ACCECN_PERFIELD, 3);
	for (u8 i = 0; i < fields; i++) {
		u8 field = field_order[o[0] == TCPOPT_ACCECN1 ? i : 2 - i];
		u32 *bytes = &a->delivered_bytes[field - 1];
		s32 delta = counter_delta(*bytes, get_be24(o + 2 + i * TCPOLEN_ACCECN_PERFIELD) -
					  init_bytes[field - 1]);

		*bytes += (u32)delta;
		unclear |= delta < 0;
		if (!delta || field == est)
			continue;
		/* One counter that grew is how ours arrive now; of two nothing follows. */
		unclear |= changed;
		a->est_field = changed ? a->est_field : field;
		changed = true;
	}
	if (unclear)
		a->est_field = 0;
	return good && !unclear;
}

static void average_packets(struct tcp_accecn *a, u32 delivered)
{
	u32 now = delivered << EWMA_SHIFT, ewma = a->acked_ewma;

	if (!delivered)
		return;
	if (ewma)
		now = ((ewma << EWMA_SHIFT) - ewma + now) >> EWMA_SHIFT;
	a->acked_ewma = (u16)min(now, 65535u);
}

/*
 * More than 7 packets: ACE may have gone round. RFC 9768 3.2.2.5.2, appendix A.2: the most that it
 * can mean, unless the byte counters tell that it is less.
 */
static u32 safe_delta(const struct tcp_sock *tp, const struct tcp_accecn_ack *ack, u32 delta,
		      bool bytes_are_good, u32 ce_bytes)
{
	u32 n = ack->delivered, most = n - ((n - delta) & ACE_MASK);

	if (!bytes_are_good)
		return tp->accecn->acked_ewma > ACK_THINNED ? delta : most;
	if (!ce_bytes)
		return delta;
	if (n >= 2 * (ACE_MASK + 1) && (tcp_is_sack(tp) || tp->rec.ca_state == TCP_CA_Open ||
					tp->rec.ca_state == TCP_CA_CWR)) {
		u64 packets;

		if (ack->delivered_bytes <= ce_bytes)
			return most;
		packets = ((u64)ce_bytes * n + ack->delivered_bytes - 1) / ack->delivered_bytes;
		return min(most, delta + ((u32)packets & ~ACE_MASK));
	}
	if (ce_bytes > delta * tp->mss_cache)
		return most;
	return ce_bytes < most * tp->mss_cache >> 1 ? delta : most;
}

static u32 ce_packets(struct sock *sk, const struct tcp_accecn_ack *ack)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_accecn *a = tp->accecn;
	u32 ce_bytes = a->delivered_bytes[INET_ECN_CE - 1], delta;
	bool newer = ack->opt->saw_tstamp && after(ack->opt->ts_val, a->ts_seen), good;

	if (newer)
		a->ts_seen = ack->opt->ts_val;
	/* One that was overtaken, perhaps: its counters are old. */
	if (!ack->progress && !newer)
		return 0;
	good = take_option(tp, ack);
	average_packets(a, ack->delivered);
	/* As predicted: with the flags that were expected. */
	if ((!ack->slow && ack->delivered <= ACE_MASK) || ack->syn)
		return 0;
	if (a->ce_pending >= ACE_MAX_DELTA)
		tp->ack.pending |= ICSK_ACK_NOW;
	delta = (tcp_accecn_ace(tcp_hdr(ack->skb)) - TCP_ACCECN_CEP_INIT - tp->delivered_ce) &
		ACE_MASK;
	if (ack->delivered <= ACE_MASK)
		return delta;
	return safe_delta(tp, ack, delta, good, a->delivered_bytes[INET_ECN_CE - 1] - ce_bytes);
}

u32 tcp_accecn_predict(const struct tcp_sock *tp)
{
	return ((tp->delivered_ce + TCP_ACCECN_CEP_INIT) & ACE_MASK) << 22;
}

u32 tcp_accecn_process(struct sock *sk, const struct tcp_accecn_ack *ack)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 n = ce_packets(sk, ack);

	if (!n)
		return 0;
	tp->delivered_ce += n;
	/* ACE will be another one now. */
	if (tp->pred_flags)
		tcp_fast_path_on(tp);
	return n;
}

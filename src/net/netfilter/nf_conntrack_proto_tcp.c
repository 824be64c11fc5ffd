/* SPDX-License-Identifier: MIT */
/* TCP as somebody in the middle sees it: a state by the flags that go by. */
#include "net/netfilter/nf_conntrack_ecache.h"
#include "net/netfilter/nf_conntrack_extend.h"
#include "net/netfilter/nf_conntrack_straight.h"
#include "net/netfilter/nf_conntrack_tcp_window.h"

#include "net/ipv4/ip.h"
#include "wire/tcp_seq.h"

#define sNO TCP_CONNTRACK_NONE
#define sSS TCP_CONNTRACK_SYN_SENT
#define sSR TCP_CONNTRACK_SYN_RECV
#define sES TCP_CONNTRACK_ESTABLISHED
#define sFW TCP_CONNTRACK_FIN_WAIT
#define sCW TCP_CONNTRACK_CLOSE_WAIT
#define sLA TCP_CONNTRACK_LAST_ACK
#define sTW TCP_CONNTRACK_TIME_WAIT
#define sCL TCP_CONNTRACK_CLOSE
#define sS2 TCP_CONNTRACK_SYN_SENT2
#define sIV TCP_CONNTRACK_MAX		/* invalid */
#define sIG (TCP_CONNTRACK_MAX + 1)	/* let through, believed only when the other side does */

/* Linux's: by direction, kind of segment and state before. */
static const u8 tcp_conntracks[IP_CT_DIR_MAX][6][TCP_CONNTRACK_MAX] = {
	{
		/*		sNO, sSS, sSR, sES, sFW, sCW, sLA, sTW, sCL, sS2 */
		[TCP_SYN_SET] =	{ sSS, sSS, sIG, sIG, sIG, sIG, sIG, sSS, sSS, sS2 },
		[TCP_SYNACK_SET] = { sIV, sIV, sSR, sIV, sIV, sIV, sIV, sIV, sIV, sSR },
		[TCP_FIN_SET] =	{ sIV, sIV, sFW, sFW, sLA, sLA, sLA, sTW, sCL, sIV },
		[TCP_ACK_SET] =	{ sES, sIV, sES, sES, sCW, sCW, sTW, sTW, sCL, sIV },
		[TCP_RST_SET] =	{ sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL },
		[TCP_NONE_SET] = { sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV },
	}, {
		[TCP_SYN_SET] =	{ sIV, sS2, sIV, sIV, sIV, sIV, sIV, sSS, sIV, sS2 },
		[TCP_SYNACK_SET] = { sIV, sSR, sIG, sIG, sIG, sIG, sIG, sIG, sIG, sSR },
		[TCP_FIN_SET] =	{ sIV, sIV, sFW, sFW, sLA, sLA, sLA, sTW, sCL, sIV },
		[TCP_ACK_SET] =	{ sIV, sIG, sSR, sES, sCW, sCW, sTW, sTW, sCL, sIG },
		[TCP_RST_SET] =	{ sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL },
		[TCP_NONE_SET] = { sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV },
	},
};

const char *tcp_conntrack_name(u8 state)
{
	static const char names[TCP_CONNTRACK_MAX][12] = {
		"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT",
		"LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2",
	};

	return state < TCP_CONNTRACK_MAX ? names[state] : "?";
}

void nf_ct_tcp_liberal(struct nf_conn *ct)
{
	for (u32 dir = 0; dir < IP_CT_DIR_MAX; dir++)
		ct->proto.tcp.seen[dir].flags = IP_CT_TCP_FLAG_SACK_PERM |
						IP_CT_TCP_FLAG_BE_LIBERAL;
}

bool nf_ct_tcp_established(const struct nf_conn *ct)
{
	return ct->proto.tcp.state == sES && ct->status & IPS_ASSURED;
}

bool nf_ct_tcp_leave(struct nf_conn *ct, enum ip_conntrack_dir dir, u32 *ack, u32 *window)
{
	struct ip_ct_tcp_state *side = &ct->proto.tcp.seen[dir];

	*window = 65535u << (side->flags & IP_CT_TCP_FLAG_SYN_SEEN ? side->td_scale :
								    TCP_MAX_WSCALE);
	side->flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	*ack = side->td_maxack;
	return side->flags & IP_CT_TCP_FLAG_MAXACK_SET;
}

/* What the side may send is learned anew (join_side); which RST closes is known from *ack. */
void nf_ct_tcp_return(struct nf_conn *ct, enum ip_conntrack_dir dir, const u32 *ack)
{
	struct ip_ct_tcp_state *side = &ct->proto.tcp.seen[dir];

	side->td_maxwin = 0;
	side->flags &= (u8)~(IP_CT_TCP_FLAG_MAXACK_SET | IP_CT_TCP_FLAG_DATA_UNACK);
	if (ack) {
		side->td_maxack = *ack;
		side->flags |= IP_CT_TCP_FLAG_MAXACK_SET;
	}
	ct->proto.tcp.last_index = TCP_NONE_SET;
	ct->proto.tcp.retrans = 0;
}

static ktime_t timeout_of(const struct net *net, u8 state)
{
	const struct netns_sysctl *s = &net->sysctl;

	switch (state) {
	case sSS:
	case sS2:
		return sec_to_ktime(s->nf_ct_tcp_syn_sent);
	case sSR:
		return sec_to_ktime(s->nf_ct_tcp_syn_recv);
	case sES:
		return sec_to_ktime(s->nf_ct_tcp_established);
	case sFW:
		return sec_to_ktime(s->nf_ct_tcp_fin_wait);
	case sCW:
		return sec_to_ktime(s->nf_ct_tcp_close_wait);
	case sLA:
		return sec_to_ktime(s->nf_ct_tcp_last_ack);
	case sTW:
		return sec_to_ktime(s->nf_ct_tcp_time_wait);
	default:
		return sec_to_ktime(s->nf_ct_tcp_close);
	}
}

ktime_t nf_ct_tcp_timeout(const struct net *net, const struct nf_conn *ct)
{
	return timeout_of(net, ct->proto.tcp.state);
}

/* ---- tuples ---- */

static bool tcp_pkt_to_tuple(struct sk_buff *skb, u32 dataoff, struct nf_conntrack_tuple *tuple)
{
	if (!pskb_may_pull(skb, dataoff + 8))	/* what an ICMP error quotes at least */
		return false;
	memcpy(&tuple->sport, skb->data + dataoff, 2);
	memcpy(&tuple->dport, skb->data + dataoff + 2, 2);
	return true;
}

static bool tcp_invert_tuple(struct nf_conntrack_tuple *inverse,
			     const struct nf_conntrack_tuple *orig)
{
	inverse->sport = orig->dport;
	inverse->dport = orig->sport;
	return true;
}

/* ---- states ---- */

/* The first packet of a connection; false: it cannot be one. */
static bool tcp_new(struct net *net, struct ip_ct_tcp *t, const struct nf_ct_segment *s)
{
	struct ip_ct_tcp_state *first = &t->seen[0];
	u8 state = tcp_conntracks[0][s->index][sNO];

	if (state >= TCP_CONNTRACK_MAX || (state != sSS && !net->sysctl.nf_ct_tcp_loose))
		return false;
	if (first->td_maxwin)
		return true;		/* came in a batch behind the first */
	first->td_end = s->end;
	first->td_maxwin = max(s->win, 1);
	first->td_maxend = s->end;
	if (state == sSS) {
		nf_ct_tcp_options(first, s);
	} else {
		/* In the middle: scaling is unknown, so windows are not judged. */
		first->td_maxend += first->td_maxwin;
		t->seen[0].flags = t->seen[1].flags =
			IP_CT_TCP_FLAG_SACK_PERM | IP_CT_TCP_FLAG_BE_LIBERAL;
	}
	t->last_index = TCP_NONE_SET;
	return true;
}

/*
 * A SYN where there should be none, or its answer. It goes through, because the other side knows
 * better; when that answers with SYN and ACK, we were wrong and begin with what the SYN said.
 * Return: the state that is to be gone on with, or sIG: nothing changes.
 */
static u8 ignore(struct ip_ct_tcp *t, const struct nf_ct_segment *s, u8 *old_state)
{
	struct ip_ct_tcp_state *opener = &t->seen[t->last_dir];

	if (s->index == TCP_SYNACK_SET && t->last_index == TCP_SYN_SET && s->dir != t->last_dir &&
	    s->ack == t->last_end) {
		*opener = (struct ip_ct_tcp_state){
			.td_end = t->last_end, .td_maxend = t->last_end,
			.td_maxwin = max(t->last_win, 1), .td_scale = t->last_wscale,
			.flags = t->last_flags & (u8)~IP_CT_EXP_CHALLENGE_ACK,
		};
		t->seen[s->dir] = (struct ip_ct_tcp_state){
			.flags = t->seen[s->dir].flags & IP_CT_TCP_FLAG_BE_LIBERAL,
		};
		t->last_flags &= (u8)~IP_CT_EXP_CHALLENGE_ACK;
		*old_state = sSS;
		t->state = sSS;
		return sSR;
	}
	t->last_index = (u8)s->index;
	t->last_dir = (u8)s->dir;
	t->last_seq = s->seq;
	t->last_end = s->end;
	t->last_win = s->win;
	if (*old_state == sSS && s->index == TCP_ACK_SET && s->dir == IP_CT_DIR_REPLY)
		t->last_ack = s->ack;	/* a challenge: the RST that answers it has this number */
	if (s->index == TCP_SYN_SET && s->dir == IP_CT_DIR_ORIGINAL) {
		struct ip_ct_tcp_state said = { 0 };

		nf_ct_tcp_options(&said, s);
		t->last_flags = said.flags & (u8)~IP_CT_TCP_FLAG_SYN_SEEN;
		t->last_wscale = said.td_scale;
		/* RFC 5961 4.2: an ACK that answers it does not acknowledge our last FIN. */
		if (*old_state == sLA)
			t->last_flags |= IP_CT_EXP_CHALLENGE_ACK;
	}
	return sIG;
}

static bool tcp_can_early_drop(const struct nf_conn *ct)
{
	switch (ct->proto.tcp.state) {
	case sFW:
	case sLA:
	case sTW:
	case sCL:
	case sCW:
		return true;
	default:
		return false;
	}
}

enum rst_is {
	RST_OF_WINDOW,		/* closes, if it stands within */
	RST_BELIEVED,
	RST_KEEPS,		/* within, and no more than that: an ACK may answer it */
	RST_INVALID,
};

/* RFC 5961 3.2, as seen from the middle: only the very next number closes for sure. */
static enum rst_is rst_by_number(struct net *net, const struct nf_conn *ct,
				 const struct nf_ct_segment *s)
{
	const struct ip_ct_tcp *t = &ct->proto.tcp;
	const struct ip_ct_tcp_state *other = &t->seen[!s->dir];

	if (!s->seq && !nf_ct_tcp_established(ct))
		return RST_OF_WINDOW;	/* refuses a SYN that was let through */
	if (before(s->seq, other->td_maxack) && !net->sysctl.nf_ct_tcp_ignore_invalid_rst)
		return RST_INVALID;
	if (!nf_ct_tcp_established(ct) || s->seq == other->td_maxack)
		return RST_OF_WINDOW;
	/* Right behind data of its own that is not yet acknowledged. */
	if (t->last_index == TCP_ACK_SET && t->last_dir == s->dir && s->seq == t->last_end)
		return RST_OF_WINDOW;
	return RST_KEEPS;
}

/* It answers a SYN or ACK that was let through though it did not fit; we hold half a connection. */
static bool rst_of_ignored(const struct nf_conn *ct, const struct nf_ct_segment *s)
{
	const struct ip_ct_tcp *t = &ct->proto.tcp;

	/* What answers a challenge. */
	if (t->state == sSS && t->last_index == TCP_ACK_SET && t->last_dir == IP_CT_DIR_REPLY &&
	    s->seq == t->last_ack)
		return true;
	return s->ack == t->last_end &&
	       ((ct->status & IPS_SEEN_REPLY && t->last_index == TCP_SYN_SET) ||
		(!(ct->status & IPS_ASSURED) && t->last_index == TCP_ACK_SET));
}

static enum rst_is judge_rst(struct net *net, const struct nf_conn *ct,
			     const struct nf_ct_segment *s, u8 *state)
{
	const struct ip_ct_tcp *t = &ct->proto.tcp;
	enum rst_is is = RST_OF_WINDOW;

	/* It ends anyway, and the ports may have been used again since: numbers say nothing. */
	if (tcp_can_early_drop(ct))
		return RST_BELIEVED;
	/* Nor do they when a SYN was let through: the peer that answers it has others. */
	if (t->seen[!s->dir].flags & IP_CT_TCP_FLAG_MAXACK_SET && t->last_index != TCP_SYN_SET) {
		is = rst_by_number(net, ct, s);
		if (is != RST_KEEPS)
			return is;
		*state = t->state;
	}
	return rst_of_ignored(ct, s) ? RST_BELIEVED : is;
}

/*
 * Of a FIN or RST that does not fit nothing is believed. But when both sides send such, the
 * connection is over and only we do not know: it is not remembered for days.
 */
static void handle_invalid(struct net *net, struct nf_conn *ct, const struct nf_ct_segment *s)
{
	struct ip_ct_tcp *t = &ct->proto.tcp;
	ktime_t timeout = sec_to_ktime(net->sysctl.nf_ct_tcp_unacknowledged);

	if (!(ct->status & IPS_ASSURED) || ct->status & IPS_FIXED_TIMEOUT ||
	    (s->index != TCP_RST_SET && s->index != TCP_FIN_SET))
		return;
	if (t->last_dir == s->dir ||
	    (t->last_index != TCP_FIN_SET && t->last_index != TCP_RST_SET)) {
		t->last_index = (u8)s->index;
		t->last_dir = (u8)s->dir;
		return;
	}
	if (ct->expires - net->now >= sec_to_ktime(120) && ct->expires - net->now > timeout)
		ct->expires = net->now + timeout;
}

static ktime_t tcp_timeout(const struct net *net, const struct nf_conn *ct,
			   const struct nf_ct_segment *s, u8 state)
{
	const struct ip_ct_tcp *t = &ct->proto.tcp;
	ktime_t timeout = timeout_of(net, state);
	ktime_t retrans = sec_to_ktime(net->sysctl.nf_ct_tcp_max_retrans_s);
	ktime_t unack = sec_to_ktime(net->sysctl.nf_ct_tcp_unacknowledged);

	if (t->retrans >= net->sysctl.nf_ct_tcp_max_retrans)
		timeout = min(timeout, retrans);
	else if (s->index == TCP_RST_SET)
		timeout = timeout_of(net, sCL);
	else if ((t->seen[0].flags | t->seen[1].flags) & IP_CT_TCP_FLAG_DATA_UNACK)
		timeout = min(timeout, unack);
	else if (!t->last_win)
		timeout = min(timeout, retrans);
	/* One side alone says that it is established: somebody may have made that up. */
	if (!(ct->status & IPS_SEEN_REPLY) && state == sES)
		timeout = min(timeout, unack);
	return timeout;
}

static enum nf_ct_verdict accept(const struct nf_ct_packet *p, struct nf_conn *ct,
				 const struct nf_ct_segment *s, u8 old_state, u8 state)
{
	struct ip_ct_tcp *t = &ct->proto.tcp;
	struct net *net = p->net;

	t->last_index = (u8)s->index;
	t->last_dir = (u8)s->dir;
	t->state = state;
	if (old_state != state && state == sFW)
		t->seen[s->dir].flags |= IP_CT_TCP_FLAG_CLOSE_INIT;
	if (old_state != state)
		nf_conntrack_event_cache(net, ct, IPCT_PROTOINFO);
	if (!(ct->status & IPS_SEEN_REPLY) && s->index == TCP_RST_SET) {
		nf_ct_account(net, ct, s->dir ? IP_CT_ESTABLISHED_REPLY : IP_CT_ESTABLISHED,
			      p->skb->len);
		nf_ct_kill(net, ct);	/* refused, or given up: nothing to remember */
		return NF_CT_IGNORE;
	}
	/* Ports that are used again and again would keep it, with its NAT, for ever. */
	if (!(ct->status & IPS_SEEN_REPLY) && s->index == TCP_SYN_SET && old_state == sSS)
		return NF_CT_IGNORE;
	if (ct->status & IPS_SEEN_REPLY && !(ct->status & IPS_ASSURED) &&
	    (old_state == sSR || old_state == sES) && state == sES) {
		ct->status |= IPS_ASSURED;
		nf_conntrack_event_cache(net, ct, IPCT_ASSURED);
	}
	nf_ct_refresh(net, ct, tcp_timeout(net, ct, s, state));
	return NF_CT_ACCEPT;
}

/* A SYN after the end: the port is used again, by somebody new. */
static bool reopens(const struct ip_ct_tcp *t, const struct nf_ct_segment *s, u8 old_state)
{
	return old_state >= sTW &&
	       ((t->seen[0].flags | t->seen[1].flags) & IP_CT_TCP_FLAG_CLOSE_INIT ||
		(t->last_dir == s->dir && t->last_index == TCP_RST_SET));
}

static enum nf_ct_verdict tcp_packet(const struct nf_ct_packet *p, struct nf_conn *ct,
				     enum ip_conntrack_info info)
{
	struct ip_ct_tcp *t = &ct->proto.tcp;
	enum rst_is rst = RST_OF_WINDOW;
	u8 old_state, state;
	struct nf_ct_segment s;

	if (!nf_ct_tcp_read(p, info, &s) ||
	    (!nf_ct_is_confirmed(ct) && !tcp_new(p->net, t, &s)))
		return NF_CT_INVALID;
	old_state = t->state;
	state = tcp_conntracks[s.dir][s.index][old_state];
	if (state == sSS && old_state >= sTW && old_state != sS2) {
		if (reopens(t, &s, old_state)) {
			nf_ct_kill(p->net, ct);
			return NF_CT_AGAIN;
		}
		state = sIG;
	}
	if (state == sIG) {
		state = ignore(t, &s, &old_state);
		if (state == sIG)
			return NF_CT_IGNORE;
	}
	if (state == sIV)
		return NF_CT_INVALID;
	if (state == sTW && old_state == sLA && s.index == TCP_ACK_SET && t->last_dir != s.dir &&
	    t->last_index == TCP_SYN_SET && t->last_flags & IP_CT_EXP_CHALLENGE_ACK) {
		t->last_flags &= (u8)~IP_CT_EXP_CHALLENGE_ACK;
		return NF_CT_IGNORE;
	}
	if (state == sS2)
		t->last_flags |= IP_CT_TCP_SIMULTANEOUS_OPEN;
	else if (state == sSR && s.dir == IP_CT_DIR_REPLY && s.index == TCP_ACK_SET &&
		 t->last_flags & IP_CT_TCP_SIMULTANEOUS_OPEN)
		state = sES;
	if (s.index == TCP_RST_SET)
		rst = judge_rst(p->net, ct, &s, &state);
	if (rst == RST_INVALID)
		return NF_CT_INVALID;
	if (rst == RST_BELIEVED)
		return accept(p, ct, &s, old_state, state);
	switch (nf_ct_tcp_in_window(p->net, ct, &s)) {
	case PLACE_LATE:
		return NF_CT_IGNORE;
	case PLACE_INVALID:
		handle_invalid(p->net, ct, &s);
		return NF_CT_INVALID;
	case PLACE_WITHIN:
		break;
	}
	return accept(p, ct, &s, old_state, state);
}

bool nf_ct_tcp_goes_on(const struct nf_conn *ct, const u8 *th)
{
	const struct ip_ct_tcp *t = &ct->proto.tcp;

	return t->state == sES && t->seen[0].td_maxwin && t->seen[1].td_maxwin &&
	       (th[offsetof(struct tcphdr, flags)] &
		(TCPHDR_FIN | TCPHDR_SYN | TCPHDR_RST | TCPHDR_ACK)) == TCPHDR_ACK;
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_tcp = {
	.name = "tcp",
	.pkt_to_tuple = tcp_pkt_to_tuple,
	.invert_tuple = tcp_invert_tuple,
	.packet = tcp_packet,
	.can_early_drop = tcp_can_early_drop,
};

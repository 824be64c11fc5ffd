/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nf_conntrack_tcp_window.h"

#include "net/ipv4/ip.h"
#include "net/netfilter/nf_conntrack_extend.h"
#include "wire/tcp_seq.h"

#define MAXACKWINCONST 66000u

/* ---- the segment ---- */

static enum tcp_bit_set index_of(u8 flags)
{
	if (flags & TCPHDR_RST)
		return TCP_RST_SET;
	if (flags & TCPHDR_SYN)
		return flags & TCPHDR_ACK ? TCP_SYNACK_SET : TCP_SYN_SET;
	if (flags & TCPHDR_FIN)
		return TCP_FIN_SET;
	return flags & TCPHDR_ACK ? TCP_ACK_SET : TCP_NONE_SET;
}

/* PSH, ECE and CWR go with everything; SYN and RST with little else; FIN not without ACK. */
static bool valid_flags(u8 flags)
{
	switch (flags & (TCPHDR_FIN | TCPHDR_SYN | TCPHDR_RST | TCPHDR_ACK | TCPHDR_URG)) {
	case TCPHDR_SYN:
	case TCPHDR_SYN | TCPHDR_URG:
	case TCPHDR_SYN | TCPHDR_ACK:
	case TCPHDR_RST:
	case TCPHDR_RST | TCPHDR_ACK:
	case TCPHDR_FIN | TCPHDR_ACK:
	case TCPHDR_FIN | TCPHDR_ACK | TCPHDR_URG:
	case TCPHDR_ACK:
	case TCPHDR_ACK | TCPHDR_URG:
		return true;
	default:
		return false;
	}
}

bool nf_ct_tcp_read(const struct nf_ct_packet *p, enum ip_conntrack_info info,
		    struct nf_ct_segment *s)
{
	struct sk_buff *skb = p->skb;
	u32 len = skb->len - p->dataoff;
	struct tcp_view v;

	if (!pskb_may_pull(skb, p->dataoff + TCP_HLEN) ||
	    !pskb_may_pull(skb, p->dataoff +
			   tcph_hlen((const void *)(skb->data + p->dataoff))) ||
	    tcp_parse(skb->data + p->dataoff, skb_headlen(skb) - p->dataoff, &v) ||
	    !valid_flags(v.flags) || !nf_ct_checksum_ok(p, len))
		return false;
	*s = (struct nf_ct_segment){
		.seq = v.seq, .ack = v.ack_seq, .payload = len - v.hlen, .win = v.window,
		.flags = v.flags, .index = index_of(v.flags), .dir = ctinfo2dir(info),
	};
	s->end = s->seq + tcp_seg_len(s->flags, s->payload);
	tcp_parse_options(v.opts, v.opts ? v.hlen - TCP_HLEN : 0, v.flags & TCPHDR_SYN, &s->opt);
	s->sack = s->ack;
	for (u32 i = 0; i < s->opt.num_sacks; i++)
		if (after(s->opt.sacks[i].end, s->sack))
			s->sack = s->opt.sacks[i].end;
	return true;
}

/* ---- windows ---- */

void nf_ct_tcp_options(struct ip_ct_tcp_state *side, const struct nf_ct_segment *s)
{
	side->td_scale = 0;
	side->flags &= IP_CT_TCP_FLAG_BE_LIBERAL;
	side->flags |= IP_CT_TCP_FLAG_SYN_SEEN;
	if (s->opt.wscale_ok) {
		side->td_scale = s->opt.wscale;
		side->flags |= IP_CT_TCP_FLAG_WINDOW_SCALE;
	}
	if (s->opt.sack_ok)
		side->flags |= IP_CT_TCP_FLAG_SACK_PERM;
}

/* A SYN: a side begins. Scaling is used only where both offered it (RFC 7323 2.2). */
static void begin_side(struct ip_ct_tcp_state *sender, struct ip_ct_tcp_state *receiver,
		       const struct nf_ct_segment *s)
{
	sender->td_end = sender->td_maxend = s->end;
	sender->td_maxwin = max(s->win, 1);
	nf_ct_tcp_options(sender, s);
	if (!(sender->flags & receiver->flags & IP_CT_TCP_FLAG_WINDOW_SCALE))
		sender->td_scale = receiver->td_scale = 0;
}

/* A side is first seen in the middle of its talk. */
static void join_side(struct ip_ct_tcp_state *sender, struct ip_ct_tcp_state *receiver,
		      const struct nf_ct_segment *s)
{
	sender->td_end = s->end;
	sender->td_maxwin = max((u32)s->win << sender->td_scale, 1u);
	sender->td_maxend = s->end + sender->td_maxwin;
	if (!receiver->td_maxwin)
		receiver->td_end = receiver->td_maxend = s->sack;
	else if (s->sack == receiver->td_end + 1)
		receiver->td_end++;	/* it answers a keepalive that was not seen */
}

static u32 ack_window(const struct ip_ct_tcp_state *sender)
{
	return max(sender->td_maxwin, MAXACKWINCONST);
}

/* Where the segment stands. */
static enum nf_ct_place place_of(struct ip_ct_tcp_state *sender,
				 const struct ip_ct_tcp_state *receiver,
				 const struct nf_ct_segment *s)
{
	bool fresh = !receiver->td_maxwin ||
		     after(s->end, sender->td_end - receiver->td_maxwin - 1);
	bool of_sent = before(s->sack, receiver->td_end + 1);
	bool recent = after(s->sack, receiver->td_end - ack_window(sender) - 1);

	if (before(s->seq, sender->td_maxend + 1)) {
		if (!of_sent)
			return PLACE_INVALID;
		return fresh && recent ? PLACE_WITHIN : PLACE_LATE;
	}
	if (!receiver->td_maxwin || !fresh || !of_sent || !recent ||
	    s->end - sender->td_maxend + 1 > receiver->td_maxwin)
		return PLACE_INVALID;
	/* More than the window, by a window at most: its receiver may take and acknowledge it. */
	sender->td_end = s->end;
	sender->flags |= IP_CT_TCP_FLAG_DATA_UNACK;
	return PLACE_LATE;
}

/* The segment is good: what both sides may do from here on. */
static void advance(struct ip_ct_tcp_state *sender, struct ip_ct_tcp_state *receiver,
		    const struct nf_ct_segment *s)
{
	u32 win = s->flags & TCPHDR_SYN ? s->win : (u32)s->win << sender->td_scale;

	sender->td_maxwin = max(sender->td_maxwin, win + (s->sack - s->ack));
	if (after(s->end, sender->td_end)) {
		sender->td_end = s->end;
		sender->flags |= IP_CT_TCP_FLAG_DATA_UNACK;
	}
	if (s->flags & TCPHDR_ACK &&
	    (!(sender->flags & IP_CT_TCP_FLAG_MAXACK_SET) || after(s->ack, sender->td_maxack))) {
		sender->td_maxack = s->ack;
		sender->flags |= IP_CT_TCP_FLAG_MAXACK_SET;
	}
	if (receiver->td_maxwin && after(s->end, sender->td_maxend))
		receiver->td_maxwin += s->end - sender->td_maxend;
	if (!before(s->sack + win, receiver->td_maxend)) {
		receiver->td_maxend = s->sack + win;
		if (!win)
			receiver->td_maxend++;	/* a probe of the closed window */
	}
	if (s->ack == receiver->td_end)
		receiver->flags &= (u8)~IP_CT_TCP_FLAG_DATA_UNACK;
}

static void count_retrans(struct ip_ct_tcp *t, const struct nf_ct_segment *s)
{
	if (s->index != TCP_ACK_SET)
		return;
	if (t->last_dir == s->dir && t->last_seq == s->seq && t->last_ack == s->ack &&
	    t->last_end == s->end && t->last_win == s->win) {
		t->retrans = (u8)min(t->retrans + 1, 255);
		return;
	}
	t->last_dir = (u8)s->dir;
	t->last_seq = s->seq;
	t->last_ack = s->ack;
	t->last_end = s->end;
	t->last_win = s->win;
	t->retrans = 0;
}

static bool is_unanswered(const struct ip_ct_tcp *t)
{
	return t->state == TCP_CONNTRACK_SYN_SENT || t->state == TCP_CONNTRACK_SYN_RECV;
}

enum nf_ct_place nf_ct_tcp_in_window(struct net *net, struct nf_conn *ct, struct nf_ct_segment *s)
{
	struct ip_ct_tcp *t = &ct->proto.tcp;
	struct ip_ct_tcp_state *sender = &t->seen[s->dir], *receiver = &t->seen[!s->dir];
	bool syn = s->flags & TCPHDR_SYN;
	enum nf_ct_place place;

	if (unlikely(ct->ext)) {	/* what the receiver acknowledges was rewritten */
		u32 moved = (u32)nf_ct_seq_offset(ct, !s->dir, s->ack - 1);

		s->ack -= moved;
		s->sack -= moved;
	}
	/* Never seen before; or its SYN begins anew, which is allowed until it is answered. */
	if (syn && (!sender->td_maxwin || (is_unanswered(t) && after(s->end, sender->td_end)))) {
		begin_side(sender, receiver, s);
		if (!(s->flags & TCPHDR_ACK))
			return PLACE_WITHIN;	/* both open at once */
	} else if (!sender->td_maxwin) {
		join_side(sender, receiver, s);
	}
	/* Without ACK, or a RST with one of 0 as some send: nothing is said of the other side. */
	if (!(s->flags & TCPHDR_ACK) || (s->flags & TCPHDR_RST && !s->ack))
		s->ack = s->sack = receiver->td_end;
	/* What refuses a SYN need not know our numbers. */
	if (s->flags & TCPHDR_RST && !s->seq && t->state == TCP_CONNTRACK_SYN_SENT)
		s->seq = s->end = sender->td_end;
	place = place_of(sender, receiver, s);
	if (place != PLACE_WITHIN)
		return sender->flags & IP_CT_TCP_FLAG_BE_LIBERAL ||
		       net->sysctl.nf_ct_tcp_be_liberal ? PLACE_WITHIN : place;
	advance(sender, receiver, s);
	count_retrans(t, s);
	return PLACE_WITHIN;
}

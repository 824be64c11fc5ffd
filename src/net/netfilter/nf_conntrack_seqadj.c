/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nf_conntrack_seqadj.h"

#include "net/netfilter/nf_conntrack_helper.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/tcp_opt.h"
#include "wire/tcp_seq.h"

void nf_ct_seqadj_set(struct nf_conn *ct, enum ip_conntrack_info info, u32 seq, s32 off)
{
	struct nf_ct_seqadj *this = &ct->ext->seqadj[ctinfo2dir(info)];

	ct->status |= IPS_SEQ_ADJUST;
	/* Sent again, it is rewritten again, but the numbers have moved already. */
	if (this->offset_before != this->offset_after && !before(this->correction_pos, seq))
		return;
	this->correction_pos = seq;
	this->offset_before = this->offset_after;
	this->offset_after += off;
}

s32 nf_ct_seq_offset(const struct nf_conn *ct, enum ip_conntrack_dir dir, u32 seq)
{
	const struct nf_ct_seqadj *this = &ct->ext->seqadj[dir];

	if (!(ct->status & IPS_SEQ_ADJUST))
		return 0;
	return after(seq, this->correction_pos) ? this->offset_after : this->offset_before;
}

static s32 ack_offset(const struct nf_ct_seqadj *other, u32 ack)
{
	return after(ack - (u32)other->offset_before, other->correction_pos) ?
	       other->offset_after : other->offset_before;
}

/* A number of the header, and the sum that covers it unless the card will. */
static void change(const struct sk_buff *skb, u8 *th, u8 *at, s32 by)
{
	be32 was, is;

	if (!by)
		return;
	memcpy(&was, at, sizeof(was));
	is = cpu_to_be32(be32_to_cpu(was) + (u32)by);
	memcpy(at, &is, sizeof(is));
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		csum_replace4(th + offsetof(struct tcphdr, check), was, is);
}

/* An edge stands at any byte; a sum is of 16 bits. */
static void change_edge(const struct sk_buff *skb, u8 *th, u8 *at, s32 by)
{
	u8 was[4], *check = th + offsetof(struct tcphdr, check);
	be16 sum;

	if ((at - th) % 2 == 0) {
		change(skb, th, at, by);
		return;
	}
	memcpy(was, at, 4);
	put_be32(at, get_be32(at) + (u32)by);
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return;
	memcpy(&sum, check, 2);
	sum = csum_fold(csum_block_add(csum_block_sub(csum_unfold((be16)~sum),
						      csum_partial(was, 4, 0), 1),
				       csum_partial(at, 4, 0), 1));
	memcpy(check, &sum, 2);
}

static void adjust_sack(const struct sk_buff *skb, const struct nf_ct_seqadj *other, u8 *th)
{
	u32 hlen = tcph_hlen((const void *)th);

	for (u32 i = TCP_HLEN; i + 1 < hlen && th[i] != TCPOPT_EOL;) {
		u32 len = th[i] == TCPOPT_NOP ? 1 : th[i + 1];

		if ((th[i] != TCPOPT_NOP && len < 2) || i + len > hlen)
			return;
		for (u32 k = i + 2; th[i] == TCPOPT_SACK && k + 4 <= i + len; k += 4)
			change_edge(skb, th, th + k, -ack_offset(other, get_be32(th + k)));
		i += len;
	}
}

bool nf_ct_seq_adjust(const struct nf_ct_payload *p)
{
	enum ip_conntrack_dir dir = ctinfo2dir(p->info);
	const struct nf_ct_seqadj *other = &p->ct->ext->seqadj[!dir];
	u8 *th;

	if (nf_ct_protonum(p->ct) != IP_PROTO_TCP)
		return true;
	if (!skb_cow_head(p->skb, 0, p->dataoff))
		return false;
	th = p->skb->data + p->protoff;
	change(p->skb, th, th + offsetof(struct tcphdr, seq),
	       nf_ct_seq_offset(p->ct, dir, get_be32(th + offsetof(struct tcphdr, seq))));
	if (!(th[13] & TCPHDR_ACK))
		return true;
	change(p->skb, th, th + offsetof(struct tcphdr, ack_seq),
	       -ack_offset(other, get_be32(th + offsetof(struct tcphdr, ack_seq))));
	adjust_sack(p->skb, other, th);
	return true;
}

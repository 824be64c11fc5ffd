/* SPDX-License-Identifier: MIT */
/* What helpers need of NAT: other words in a stream, other ports, and the master's way. */
#include "net/netfilter/nf_nat.h"

#include "net/netfilter/nf_conntrack_expect.h"
#include "net/netfilter/nf_conntrack_helper.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "wire/tcp.h"

#define PORT_ATTEMPTS 128

/* From `from` on the packet is these bytes. */
static bool replace_tail(struct sk_buff *skb, u32 from, struct buf *buf, u32 len)
{
	if (!skb_cow_head(skb, 0, min(from, skb_headlen(skb))))
		return false;
	skb_trim(skb, from);
	return !len || skb_add_frag(skb, buf, 0, len, buf_truesize(buf));
}

static void fix_lengths(struct sk_buff *skb, u8 pf, u32 protoff)
{
	struct tcphdr *th = (void *)(skb->data + protoff);
	u32 len = skb->len - protoff;
	struct ipv6hdr *h6 = (void *)skb->data;
	struct iphdr *h4 = (void *)skb->data;

	skb->csum_valid = false;
	if (pf == NFPROTO_IPV4) {
		h4->tot_len = cpu_to_be16((u16)skb->len);
		ip_send_check(h4);
	} else {
		h6->payload_len = cpu_to_be16((u16)(skb->len - IPV6_HLEN));
	}
	th->check = 0;
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		th->check = pf == NFPROTO_IPV4 ?
			    (be16)~csum_tcpudp_magic(h4->saddr, h4->daddr, len, IP_PROTO_TCP, 0) :
			    (be16)~csum_ipv6_magic(&h6->saddr, &h6->daddr, len, IP_PROTO_TCP, 0);
		return;
	}
	th->check = pf == NFPROTO_IPV4 ?
		    csum_tcpudp_magic(h4->saddr, h4->daddr, len, IP_PROTO_TCP,
				      skb_checksum(skb, protoff, len, 0)) :
		    csum_ipv6_magic(&h6->saddr, &h6->daddr, len, IP_PROTO_TCP,
				    skb_checksum(skb, protoff, len, 0));
}

bool nf_nat_mangle_tcp(const struct nf_ct_payload *p, u32 off, u32 match, const char *with,
		       u32 len)
{
	u32 from = p->dataoff + off, rest = p->skb->len - from - match;
	u32 seq = get_be32(p->skb->data + p->protoff + offsetof(struct tcphdr, seq));
	struct buf *buf;

	if (from + len + rest > IPV4_MAX_LEN)
		return false;
	buf = buf_alloc(p->net->bufs, len + rest);
	if (!buf)
		return false;
	memcpy(buf->data, with, len);
	if (skb_copy_bits(p->skb, from + match, buf->data + len, rest) ||
	    !replace_tail(p->skb, from, buf, len + rest)) {
		buf_put(buf);
		return false;
	}
	fix_lengths(p->skb, nf_ct_tuple(p->ct, 0)->l3num, p->protoff);
	if (len != match)
		nf_ct_seqadj_set(p->ct, p->info, seq, (s32)(len - match));
	return true;
}

u16 nf_nat_expect(struct net *net, struct nf_conntrack_expect *e)
{
	u16 port = be16_to_cpu(e->tuple.dport);

	for (u32 i = 0; i < PORT_ATTEMPTS; i++) {
		int err;

		e->tuple.dport = cpu_to_be16(port);
		err = port ? nf_ct_expect_related(net, e) : -EBUSY;
		if (!err)
			return port;
		if (err != -EBUSY)
			return 0;
		port = (u16)(1024 + prng_u32(&net->prng) % (65536 - 1024));
	}
	return 0;
}

void nf_nat_follow_master(struct net *net, struct nf_conn *ct,
			  const struct nf_conntrack_expect *e)
{
	const struct nf_conntrack_tuple *t = nf_ct_tuple(ct->master, !e->dir);
	struct nf_nat_range range = { .flags = NF_NAT_RANGE_MAP_IPS };

	if (!net->ct->nat)
		return;
	/* From where the master sends to, */
	range.min_addr = range.max_addr = t->dst;
	nf_nat_setup_info(net, ct, &range, NF_NAT_MANIP_SRC);
	/* to who said it, at the port that he said. */
	range.flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
	range.min_addr = range.max_addr = t->src;
	range.min_port = range.max_port = be16_to_cpu(e->saved_port);
	nf_nat_setup_info(net, ct, &range, NF_NAT_MANIP_DST);
}

/* SPDX-License-Identifier: MIT */
/* Rewriting headers: addresses, ports, and the checksums that cover them. */
#include "net/netfilter/nf_nat.h"

#include "net/ipv4/ip.h"
#include "wire/icmp.h"
#include "wire/tcp.h"
#include "wire/udp.h"

/* A field of the pseudo-header changed. What the card finishes holds that header's sum alone, not
 * yet turned into ones' complement. */
static void replace_pseudo(bool partial, void *check, be32 from, be32 to)
{
	be16 c;

	if (!partial) {
		csum_replace4(check, from, to);
		return;
	}
	memcpy(&c, check, sizeof(c));
	c = (be16)~csum_fold(csum_add(csum_sub(csum_unfold(c), from), to));
	memcpy(check, &c, sizeof(c));
}

struct change {			/* of a packet's addresses and ports */
	be32 from, to;
	be16 port;		/* the new one, or an echo's id */
	enum nf_nat_manip_type manip;
	bool partial;		/* the checksum is still to be finished */
};

static void change_port(const struct change *c, u8 *port, u8 *check)
{
	be16 from;

	memcpy(&from, port, 2);
	memcpy(port, &c->port, 2);
	if (check && !c->partial)
		csum_replace2(check, from, c->port);
}

static void tcp_manip(const struct change *c, u8 *th, u32 room)
{
	/* An ICMP error may quote the ports only. */
	u8 *check = room >= TCP_HLEN ? th + offsetof(struct tcphdr, check) : NULL;

	change_port(c, th + (c->manip == NF_NAT_MANIP_SRC ? 0 : 2), check);
	if (check)
		replace_pseudo(c->partial, check, c->from, c->to);
}

static void udp_manip(const struct change *c, u8 *uh, u32 room)
{
	u8 *check = uh + offsetof(struct udphdr, check);
	be16 sum;

	(void)room;
	memcpy(&sum, check, 2);
	if (!sum && !c->partial)
		check = NULL;		/* the sender made none (RFC 768) */
	change_port(c, uh + (c->manip == NF_NAT_MANIP_SRC ? 0 : 2), check);
	if (!check)
		return;
	replace_pseudo(c->partial, check, c->from, c->to);
	memcpy(&sum, check, 2);
	if (!sum && !c->partial) {
		sum = CSUM_MANGLED_0;
		memcpy(check, &sum, 2);
	}
}

static void icmp_manip(const struct change *c, u8 *h, u32 room)
{
	(void)room;
	/* Errors have no id; they are rewritten by what they quote. */
	if (!icmp_is_error(h[0]))
		change_port(c, h + 4, h + offsetof(struct icmphdr, checksum));
}

static u32 transport_room(u8 protocol, u32 have)
{
	switch (protocol) {
	case IP_PROTO_TCP:
		return have >= TCP_HLEN ? TCP_HLEN : 8;
	case IP_PROTO_UDP:
	case IP_PROTO_ICMP:
		return 8;
	default:
		return 0;
	}
}

bool nf_nat_manip_pkt(struct sk_buff *skb, u32 nhoff, const struct nf_conntrack_tuple *target,
		      enum nf_nat_manip_type manip)
{
	bool src = manip == NF_NAT_MANIP_SRC, quoted = nhoff != 0;
	struct iphdr *iph = (void *)(skb->data + nhoff);
	u32 hlen = iph_hlen(iph), room;
	struct change c = {
		.manip = manip, .to = src ? target->src.ip : target->dst.ip,
		.port = src || target->protonum == IP_PROTO_ICMP ? target->sport : target->dport,
		.partial = !quoted && skb->ip_summed == CHECKSUM_PARTIAL,
	};
	u8 *l4;

	room = transport_room(iph->protocol, skb->len - nhoff - hlen);
	if (skb->len < nhoff + hlen + room || !pskb_may_pull(skb, nhoff + hlen + room) ||
	    !skb_cow_head(skb, 0, nhoff + hlen + room))
		return false;
	iph = (void *)(skb->data + nhoff);
	l4 = (u8 *)iph + hlen;
	c.from = src ? iph->saddr : iph->daddr;
	switch (iph->protocol) {
	case IP_PROTO_TCP:
		tcp_manip(&c, l4, room);
		break;
	case IP_PROTO_UDP:
		udp_manip(&c, l4, room);
		break;
	case IP_PROTO_ICMP:
		icmp_manip(&c, l4, room);
		break;
	default:
		break;
	}
	csum_replace4(&iph->check, c.from, c.to);
	if (src)
		iph->saddr = c.to;
	else
		iph->daddr = c.to;
	return true;
}

/* Which of the connection's two rewritings concern this hook in this direction. */
static bool concerns(const struct nf_conn *ct, enum ip_conntrack_dir dir,
		     enum nf_nat_manip_type manip)
{
	u32 bit = manip == NF_NAT_MANIP_SRC ? IPS_SRC_NAT : IPS_DST_NAT;

	if (dir == IP_CT_DIR_REPLY)
		bit ^= IPS_NAT_MASK;
	return ct->status & bit;
}

bool nf_nat_icmp_reply_translation(struct sk_buff *skb, struct nf_conn *ct,
				   enum ip_conntrack_info info, enum nf_inet_hooks hook)
{
	enum nf_nat_manip_type manip = nf_nat_hook2manip(hook);
	enum ip_conntrack_dir dir = ctinfo2dir(info);
	u32 hlen = iph_hlen(ip_hdr(skb)), quote = hlen + ICMP_HLEN;
	struct nf_conntrack_tuple target;
	struct icmphdr *h;

	if (!pskb_may_pull(skb, quote + IPV4_HLEN))
		return false;
	if (!icmp_is_error(((const struct icmphdr *)(void *)(skb->data + hlen))->type))
		return true;
	if (!concerns(ct, dir, manip))
		return true;
	/* The quoted packet went the other way: what was its source is this one's destination. */
	if (!nf_nat_manip_pkt(skb, quote, nf_ct_tuple(ct, !dir),
			      manip == NF_NAT_MANIP_SRC ? NF_NAT_MANIP_DST : NF_NAT_MANIP_SRC))
		return false;
	h = (void *)(skb->data + hlen);
	if (skb->ip_summed != CHECKSUM_PARTIAL) {
		h->checksum = 0;
		h->checksum = csum_fold(skb_checksum(skb, hlen, skb->len - hlen, 0));
	}
	nf_ct_invert_tuple(&target, nf_ct_tuple(ct, !dir));
	target.protonum = IP_PROTO_ICMP;
	return nf_nat_manip_pkt(skb, 0, &target, manip);
}

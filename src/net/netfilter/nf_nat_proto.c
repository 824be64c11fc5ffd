/* SPDX-License-Identifier: MIT */
/* Rewriting headers: addresses, ports, and the checksums that cover them. */
#include "net/netfilter/nf_nat.h"

#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

struct change {			/* of a packet's addresses and ports */
	u8 pf;
	union nf_inet_addr from, to;
	be16 port;		/* the new one, or an echo's id */
	enum nf_nat_manip_type manip;
	bool partial;		/* the checksum is still to be finished */
};

/* The address in the pseudo-header changed. What the card finishes holds that header's sum alone,
 * not yet turned into ones' complement. */
static void replace_pseudo(const struct change *c, void *check)
{
	wsum sum = 0;
	be16 now;

	for (u32 i = 0; i < (c->pf == NFPROTO_IPV4 ? 1 : 4); i++)
		sum = csum_add(csum_sub(sum, c->from.all[i]), c->to.all[i]);
	memcpy(&now, check, sizeof(now));
	now = c->partial ? (be16)~csum_fold(csum_add(csum_unfold(now), sum)) :
			   csum_fold(csum_add(csum_unfold((be16)~now), sum));
	memcpy(check, &now, sizeof(now));
}

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
		replace_pseudo(c, check);
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
	replace_pseudo(c, check);
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

/* Its sum covers the addresses too; only echoes have an id. */
static void icmpv6_manip(const struct change *c, u8 *h, u32 room)
{
	u8 *check = h + offsetof(struct icmp6hdr, icmp6_cksum);

	(void)room;
	if (h[0] == ICMPV6_ECHO_REQUEST || h[0] == ICMPV6_ECHO_REPLY)
		change_port(c, h + 4, check);
	replace_pseudo(c, check);
}

static u32 transport_room(u8 protocol, u32 have)
{
	switch (protocol) {
	case IP_PROTO_TCP:
		return have >= TCP_HLEN ? TCP_HLEN : 8;
	case IP_PROTO_UDP:
	case IP_PROTO_ICMP:
	case IP_PROTO_ICMPV6:
		return 8;
	default:
		return 0;
	}
}

static void manip_upper(const struct change *c, u8 protocol, u8 *h, u32 room)
{
	switch (protocol) {
	case IP_PROTO_TCP:
		tcp_manip(c, h, room);
		break;
	case IP_PROTO_UDP:
		udp_manip(c, h, room);
		break;
	case IP_PROTO_ICMP:
		if (c->pf == NFPROTO_IPV4)
			icmp_manip(c, h, room);
		break;
	case IP_PROTO_ICMPV6:
		if (c->pf == NFPROTO_IPV6)
			icmpv6_manip(c, h, room);
		break;
	default:
		break;
	}
}

/* Where the transport header stands from nhoff on, and whose it is. */
static bool find_upper(const struct sk_buff *skb, u32 nhoff, u8 pf, u8 *protocol, u32 *hlen)
{
	const struct iphdr *iph = (const void *)(skb->data + nhoff);
	struct ipv6_ext e;

	if (pf == NFPROTO_IPV4) {
		*protocol = iph->protocol;
		*hlen = iph_hlen(iph);
		return true;
	}
	ipv6_ext_start(&e, skb->data[nhoff + IPV6_NEXTHDR_OFF]);
	if (ipv6_ext_hdr(e.nexthdr) && ipv6_skb_skip_exthdr(skb, nhoff, &e))
		return false;
	*protocol = e.frag && e.frag_off ? NEXTHDR_NONE : e.nexthdr;
	*hlen = e.off;
	return true;
}

/* The old address is noted, the new one written. */
static void change_addr(struct change *c, u8 *nh)
{
	bool v4 = c->pf == NFPROTO_IPV4, src = c->manip == NF_NAT_MANIP_SRC;
	u32 len = v4 ? 4 : 16;
	u8 *at = nh + (v4 ? offsetof(struct iphdr, saddr) : offsetof(struct ipv6hdr, saddr)) +
		 (src ? 0 : len);

	c->from = (union nf_inet_addr){ .ip = 0 };
	memcpy(&c->from, at, len);
	memcpy(at, &c->to, len);
	if (v4)
		csum_replace4(&((struct iphdr *)(void *)nh)->check, c->from.ip, c->to.ip);
}

bool nf_nat_manip_pkt(struct sk_buff *skb, u32 nhoff, const struct nf_conntrack_tuple *target,
		      enum nf_nat_manip_type manip)
{
	bool src = manip == NF_NAT_MANIP_SRC, quoted = nhoff != 0;
	bool id = target->protonum == IP_PROTO_ICMP || target->protonum == IP_PROTO_ICMPV6;
	struct change c = {
		.pf = target->l3num, .manip = manip, .to = src ? target->src : target->dst,
		.port = src || id ? target->sport : target->dport,
		.partial = !quoted && skb->ip_summed == CHECKSUM_PARTIAL,
	};
	u32 hlen, room;
	u8 protocol;

	if (!find_upper(skb, nhoff, c.pf, &protocol, &hlen) || skb->len < nhoff + hlen)
		return false;
	room = transport_room(protocol, skb->len - nhoff - hlen);
	if (skb->len < nhoff + hlen + room || !pskb_may_pull(skb, nhoff + hlen + room) ||
	    !skb_cow_head(skb, 0, nhoff + hlen + room))
		return false;
	change_addr(&c, skb->data + nhoff);
	manip_upper(&c, protocol, skb->data + nhoff + hlen, room);
	return true;
}

/* The checksum of what held `sum` less than it does now. */
static __always_inline be16 check_after(be16 check, wsum sum)
{
	return csum_fold(csum_add(csum_unfold((be16)~check), sum));
}

bool nf_nat_manip_plain(struct sk_buff *skb, const struct nf_conntrack_tuple *reply,
			enum nf_nat_manip_type manip)
{
	bool src = manip == NF_NAT_MANIP_SRC, udp = reply->protonum == IP_PROTO_UDP;
	struct iphdr *iph = (void *)skb->data;
	be32 from = src ? iph->saddr : iph->daddr, to = src ? reply->dst.ip : reply->src.ip;
	be16 from_port, port = src ? reply->dport : reply->sport, check;
	u32 hlen = iph_hlen(iph);
	u8 *th = skb->data + hlen, *at = th + (udp ? offsetof(struct udphdr, check) :
						    offsetof(struct tcphdr, check));
	wsum sum;

	if (reply->l3num != NFPROTO_IPV4 || (!udp && reply->protonum != IP_PROTO_TCP) ||
	    skb_headlen(skb) < hlen + (udp ? UDP_HLEN : TCP_HLEN) ||
	    skb->ip_summed == CHECKSUM_PARTIAL || (skb->head_buf && buf_shared(skb->head_buf)))
		return false;
	sum = csum_sub(to, from);
	if (src)
		iph->saddr = to;
	else
		iph->daddr = to;
	iph->check = check_after(iph->check, sum);
	th += src ? 0 : 2;
	memcpy(&from_port, th, 2);
	memcpy(th, &port, 2);
	memcpy(&check, at, 2);
	if (udp && !check)
		return true;		/* the sender made none (RFC 768) */
	check = check_after(check, csum_add(sum, csum_sub(port, from_port)));
	if (udp && !check)
		check = CSUM_MANGLED_0;
	memcpy(at, &check, 2);
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

/* A redirect of IPv6 says where the link's own next hop is: it means nothing elsewhere. */
static bool redirect_may_pass(const struct nf_conn *ct)
{
	return (ct->status & IPS_NAT_DONE_MASK) == IPS_NAT_DONE_MASK &&
	       !(ct->status & IPS_NAT_MASK);
}

/* Its sum anew, over all that stands from hlen on. */
static void make_checksum(struct sk_buff *skb, u8 pf, u32 hlen)
{
	const struct ipv6hdr *h6 = (const void *)skb->data;
	u8 *check = skb->data + hlen + offsetof(struct icmphdr, checksum);
	u32 len = skb->len - hlen;
	be16 sum = 0;

	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return;
	memcpy(check, &sum, sizeof(sum));
	sum = pf == NFPROTO_IPV4 ?
	      csum_fold(skb_checksum(skb, hlen, len, 0)) :
	      csum_ipv6_magic(&h6->saddr, &h6->daddr, len, IP_PROTO_ICMPV6,
			      skb_checksum(skb, hlen, len, 0));
	memcpy(check, &sum, sizeof(sum));
}

bool nf_nat_icmp_reply_translation(struct sk_buff *skb, u8 pf, struct nf_conn *ct,
				   enum ip_conntrack_info info, enum nf_inet_hooks hook)
{
	enum nf_nat_manip_type manip = nf_nat_hook2manip(hook);
	enum ip_conntrack_dir dir = ctinfo2dir(info);
	struct nf_conntrack_tuple target;
	u32 hlen, quote;
	u8 protocol, type;

	if (!find_upper(skb, 0, pf, &protocol, &hlen))
		return false;
	quote = hlen + ICMP_HLEN;
	if (!pskb_may_pull(skb, quote + (pf == NFPROTO_IPV4 ? IPV4_HLEN : IPV6_HLEN)))
		return false;
	type = skb->data[hlen];
	if (pf == NFPROTO_IPV6 && type == NDISC_REDIRECT)
		return redirect_may_pass(ct);
	if (pf == NFPROTO_IPV4 ? !icmp_is_error(type) : !icmpv6_is_err(type))
		return true;
	if (!concerns(ct, dir, manip))
		return true;
	/* The quoted packet went the other way: what was its source is this one's destination. */
	if (!nf_nat_manip_pkt(skb, quote, nf_ct_tuple(ct, !dir),
			      manip == NF_NAT_MANIP_SRC ? NF_NAT_MANIP_DST : NF_NAT_MANIP_SRC))
		return false;
	make_checksum(skb, pf, hlen);
	nf_ct_invert_tuple(&target, nf_ct_tuple(ct, !dir));
	target.protonum = pf == NFPROTO_IPV4 ? IP_PROTO_ICMP : IP_PROTO_ICMPV6;
	return nf_nat_manip_pkt(skb, 0, &target, manip);
}

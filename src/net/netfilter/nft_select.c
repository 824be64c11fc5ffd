/* SPDX-License-Identifier: MIT */
/* What rules may ask of a packet: one table, and how each is read. */
#include "net/netfilter/nft.h"

#include "net/netfilter/nft_tcpopt.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "wire/icmp.h"
#include "wire/tcp_opt.h"
#include "wire/udp.h"

#define LL(text, type, len, at, bits) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_LL, 0, NFT_L4_ANY, at, bits, false }
#define NH(text, l3, type, len, at, bits) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_NH, l3, NFT_L4_ANY, at, bits, false }
#define TH(text, l4, type, len, at, bits) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_TH, 0, l4, at, bits, false }
#define ICMP4(text, type, len, at, bits) \
	{ "icmp " text, NFT_TYPE_##type, len, NFT_BASE_TH, 4, IP_PROTO_ICMP, at, bits, false }
#define ICMP6(text, type, len, at, bits) \
	{ "icmpv6 " text, NFT_TYPE_##type, len, NFT_BASE_TH, 6, IP_PROTO_ICMPV6, at, bits, false }
#define META(text, type, len, what, host) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_META, 0, NFT_L4_ANY, NFT_META_##what, 0, host }
#define CT(text, l3, type, len, what, host) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_CT, l3, NFT_L4_ANY, NFT_CT_##what, 0, host }
#define FIB(text, type, len, what) \
	{ text, NFT_TYPE_##type, len, NFT_BASE_FIB, 0, NFT_L4_ANY, NFT_FIB_##what, 0, true }

const struct nft_selector nft_selectors[] = {
	LL("ether daddr", ETHER, 6, 0, 48), LL("ether saddr", ETHER, 6, 48, 48),
	LL("ether type", ETHERTYPE, 2, 96, 16),
	NH("ip version", 4, INTEGER, 1, 0, 4), NH("ip hdrlength", 4, INTEGER, 1, 4, 4),
	NH("ip dscp", 4, DSCP, 1, 8, 6), NH("ip ecn", 4, ECN, 1, 14, 2),
	NH("ip length", 4, INTEGER, 2, 16, 16), NH("ip id", 4, INTEGER, 2, 32, 16),
	NH("ip frag-off", 4, INTEGER, 2, 48, 16), NH("ip ttl", 4, INTEGER, 1, 64, 8),
	NH("ip protocol", 4, PROTO, 1, 72, 8), NH("ip checksum", 4, INTEGER, 2, 80, 16),
	NH("ip saddr", 4, IPV4, 4, 96, 32), NH("ip daddr", 4, IPV4, 4, 128, 32),
	NH("ip6 version", 6, INTEGER, 1, 0, 4), NH("ip6 dscp", 6, DSCP, 1, 4, 6),
	NH("ip6 ecn", 6, ECN, 1, 10, 2), NH("ip6 flowlabel", 6, INTEGER, 3, 12, 20),
	NH("ip6 length", 6, INTEGER, 2, 32, 16), NH("ip6 nexthdr", 6, PROTO, 1, 48, 8),
	NH("ip6 hoplimit", 6, INTEGER, 1, 56, 8), NH("ip6 saddr", 6, IPV6, 16, 64, 128),
	NH("ip6 daddr", 6, IPV6, 16, 192, 128),
	ICMP4("type", ICMP_TYPE, 1, 0, 8),
	ICMP4("code", ICMP_CODE, 1, 8, 8),
	ICMP4("checksum", INTEGER, 2, 16, 16),
	ICMP4("id", INTEGER, 2, 32, 16),
	ICMP4("sequence", INTEGER, 2, 48, 16),
	ICMP4("gateway", INTEGER, 4, 32, 32),
	ICMP4("mtu", INTEGER, 2, 48, 16),
	ICMP6("type", ICMPV6_TYPE, 1, 0, 8), ICMP6("code", ICMPV6_CODE, 1, 8, 8),
	ICMP6("checksum", INTEGER, 2, 16, 16), ICMP6("param-problem", INTEGER, 4, 32, 32),
	ICMP6("mtu", INTEGER, 4, 32, 32), ICMP6("id", INTEGER, 2, 32, 16),
	ICMP6("sequence", INTEGER, 2, 48, 16), ICMP6("max-delay", INTEGER, 2, 32, 16),
	TH("tcp sport", IP_PROTO_TCP, SERVICE, 2, 0, 16),
	TH("tcp dport", IP_PROTO_TCP, SERVICE, 2, 16, 16),
	TH("tcp sequence", IP_PROTO_TCP, INTEGER, 4, 32, 32),
	TH("tcp ackseq", IP_PROTO_TCP, INTEGER, 4, 64, 32),
	TH("tcp doff", IP_PROTO_TCP, INTEGER, 1, 96, 4),
	TH("tcp reserved", IP_PROTO_TCP, INTEGER, 1, 100, 4),
	TH("tcp flags", IP_PROTO_TCP, TCP_FLAG, 1, 104, 8),
	TH("tcp window", IP_PROTO_TCP, INTEGER, 2, 112, 16),
	TH("tcp checksum", IP_PROTO_TCP, INTEGER, 2, 128, 16),
	TH("tcp urgptr", IP_PROTO_TCP, INTEGER, 2, 144, 16),
	TH("udp sport", IP_PROTO_UDP, SERVICE, 2, 0, 16),
	TH("udp dport", IP_PROTO_UDP, SERVICE, 2, 16, 16),
	TH("udp length", IP_PROTO_UDP, INTEGER, 2, 32, 16),
	TH("udp checksum", IP_PROTO_UDP, INTEGER, 2, 48, 16),
	TH("th sport", NFT_L4_PORTS, SERVICE, 2, 0, 16),
	TH("th dport", NFT_L4_PORTS, SERVICE, 2, 16, 16),
	{ "tcp option maxseg size", NFT_TYPE_INTEGER, 2, NFT_BASE_TCPOPT, 0, IP_PROTO_TCP,
	  TCPOPT_MSS, 0, false },
	{ "rt mtu", NFT_TYPE_INTEGER, 2, NFT_BASE_RT, 0, NFT_L4_ANY, 0, 0, true },
	META("meta length", INTEGER, 4, LENGTH, true),
	META("meta protocol", ETHERTYPE, 2, PROTOCOL, false),
	META("meta nfproto", NFPROTO, 1, NFPROTO, false),
	META("meta l4proto", PROTO, 1, L4PROTO, false),
	META("meta priority", MARK, 4, PRIORITY, true),
	META("meta mark", MARK, 4, MARK, true),
	META("iif", IFINDEX, 4, IIF, true), META("oif", IFINDEX, 4, OIF, true),
	META("iifname", IFNAME, 16, IIFNAME, false), META("oifname", IFNAME, 16, OIFNAME, false),
	META("meta iiftype", IFTYPE, 2, IIFTYPE, true),
	META("meta oiftype", IFTYPE, 2, OIFTYPE, true),
	META("meta pkttype", PKTTYPE, 1, PKTTYPE, false),
	META("meta random", INTEGER, 4, RANDOM, true),
	CT("ct state", 0, CT_STATE, 4, STATE, true),
	CT("ct direction", 0, CT_DIR, 1, DIRECTION, false),
	CT("ct status", 0, CT_STATUS, 4, STATUS, true), CT("ct mark", 0, MARK, 4, MARK, true),
	CT("ct expiration", 0, TIME, 4, EXPIRATION, true),
	CT("ct l3proto", 0, NFPROTO, 1, L3PROTO, false),
	CT("ct protocol", 0, PROTO, 1, PROTOCOL, false),
	CT("ct original ip saddr", 4, IPV4, 4, ORIG_SADDR, false),
	CT("ct original ip daddr", 4, IPV4, 4, ORIG_DADDR, false),
	CT("ct original ip6 saddr", 6, IPV6, 16, ORIG_SADDR, false),
	CT("ct original ip6 daddr", 6, IPV6, 16, ORIG_DADDR, false),
	CT("ct original proto-src", 0, SERVICE, 2, ORIG_PSRC, false),
	CT("ct original proto-dst", 0, SERVICE, 2, ORIG_PDST, false),
	CT("ct reply ip saddr", 4, IPV4, 4, REPL_SADDR, false),
	CT("ct reply ip daddr", 4, IPV4, 4, REPL_DADDR, false),
	CT("ct reply ip6 saddr", 6, IPV6, 16, REPL_SADDR, false),
	CT("ct reply ip6 daddr", 6, IPV6, 16, REPL_DADDR, false),
	CT("ct reply proto-src", 0, SERVICE, 2, REPL_PSRC, false),
	CT("ct reply proto-dst", 0, SERVICE, 2, REPL_PDST, false),
	FIB("fib saddr type", ADDRTYPE, 4, SADDR_TYPE),
	FIB("fib daddr type", ADDRTYPE, 4, DADDR_TYPE),
	FIB("fib saddr . iif oif", IFINDEX, 4, SADDR_OIF),
	{ "numgen", NFT_TYPE_INTEGER, 4, NFT_BASE_NUMGEN, 0, NFT_L4_ANY, 0, 0, true },
	{ "jhash", NFT_TYPE_INTEGER, 4, NFT_BASE_HASH, 0, NFT_L4_ANY, 0, 0, true },
};

const u32 nft_selectors_n = ARRAY_SIZE(nft_selectors);

/* ---- the packet ---- */

/* IPv6: behind the extension headers, as far as they are linear. */
static void find_upper(struct nft_pkt *p, const struct sk_buff *skb)
{
	const u8 *head = skb->data;
	struct ipv6_ext e;

	if (skb_headlen(skb) < IPV6_HLEN)
		return;
	ipv6_ext_start(&e, head[IPV6_NEXTHDR_OFF]);
	if (ipv6_skip_exthdr(&e, head, skb_headlen(skb)))
		return;
	p->l4 = e.nexthdr;
	p->has_l4 = true;
	p->first = !e.frag || !e.frag_off;
	p->thoff = e.off;
}

void nft_pkt_init(struct nft_pkt *p, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);

	*p = (struct nft_pkt){ .net = state->net, .skb = skb, .state = state };
	if (state->pf != NFPROTO_IPV4) {
		p->l3 = 6;
		find_upper(p, skb);
		return;
	}
	p->l3 = 4;
	p->l4 = iph->protocol;
	p->has_l4 = true;
	p->first = !(iph->frag_off & CONST_BE16(IP_OFFSET));
	p->thoff = iph_hlen(iph);
}

static void put_number(u8 *to, u32 len, u64 v)
{
	for (u32 i = len; i-- > 0; v >>= 8)
		to[i] = (u8)v;
}

/* Lengths that are known make one load of it. */
static __always_inline void copy_bytes(u8 *to, const u8 *from, u32 len)
{
	switch (len) {
	case 1:
		*to = *from;
		break;
	case 2:
		memcpy(to, from, 2);
		break;
	case 4:
		memcpy(to, from, 4);
		break;
	case 16:
		memcpy(to, from, 16);
		break;
	default:
		memcpy(to, from, len);
		break;
	}
}

/* bits at bit `at` of the packet's byte `from` (from skb->data) */
static bool load_bits(const struct sk_buff *skb, s64 from, u32 at, u32 bits, u8 *to, u32 len)
{
	u32 first = at / 8, n = (at % 8 + bits + 7) / 8;
	u8 raw[NFT_VALUE_MAX + 1];
	u64 v = 0;

	if (likely(from >= 0 && (at | bits) % 8 == 0 && from + first + n <= skb_headlen(skb))) {
		copy_bytes(to, skb->data + from + first, len);
		return true;
	}
	if (from + first + n > skb->len)
		return false;
	/* Before data: the MAC header, which is linear. */
	if (from < 0)
		memcpy(raw, skb->data + from + first, n);
	else if (from + first + n <= skb_headlen(skb))
		memcpy(raw, skb->data + from + first, n);
	else if (skb_copy_bits(skb, (u32)from + first, raw, n))
		return false;
	if (at % 8 == 0 && bits % 8 == 0) {
		memcpy(to, raw, len);
		return true;
	}
	for (u32 i = 0; i < n; i++)
		v = v << 8 | raw[i];
	v >>= n * 8 - at % 8 - bits;
	put_number(to, len, v & (BIT64(bits) - 1));
	return true;
}

static bool load_payload(const struct nft_pkt *p, const struct nft_selector *s, u8 *to)
{
	s64 from = 0;

	if (s->base == NFT_BASE_LL) {
		/* Only what came in from a link has its header still. */
		if (!p->state->in || p->state->in->hard_header_len < 14 || !p->skb->mac_header)
			return false;
		from = skb_mac_header(p->skb) - p->skb->data;
	} else if (s->base == NFT_BASE_TH) {
		if (!p->has_l4 || !p->first)
			return false;
		from = p->thoff;
	}
	return load_bits(p->skb, from, s->at, s->bits, to, s->len);
}

/* ---- meta ---- */

static bool load_dev(const struct net_device *dev, u32 what, u8 *to)
{
	size_t len;

	switch (what) {
	case NFT_META_IIF:
	case NFT_META_OIF:
		put_number(to, 4, dev ? (u32)dev->ifindex : 0);
		return true;
	case NFT_META_IIFNAME:
	case NFT_META_OIFNAME:
		memset(to, 0, NFT_VALUE_MAX);
		if (!dev)
			return true;
		for (len = 0; len < NFT_VALUE_MAX && dev->name[len]; len++)
			to[len] = (u8)dev->name[len];
		return true;
	default:
		if (dev)
			put_number(to, 2, dev->type);
		return dev;
	}
}

static u8 pkttype_of(const struct nft_pkt *p)
{
	return p->state->in ? p->skb->pkt_type : PACKET_HOST;
}

static bool load_meta(const struct nft_pkt *p, const struct nft_selector *s, u8 *to)
{
	switch (s->at) {
	case NFT_META_LENGTH:
		put_number(to, 4, p->skb->len);
		return true;
	case NFT_META_PROTOCOL:
		put_number(to, 2, p->l3 == 4 ? 0x0800 : 0x86dd);
		return true;
	case NFT_META_NFPROTO:
		*to = p->l3 == 4 ? 2 : 10;
		return true;
	case NFT_META_L4PROTO:
		*to = p->l4;
		return p->has_l4;
	case NFT_META_PRIORITY:
		put_number(to, 4, p->skb->priority);
		return true;
	case NFT_META_MARK:
		put_number(to, 4, p->skb->mark);
		return true;
	case NFT_META_PKTTYPE:
		*to = pkttype_of(p);
		return true;
	case NFT_META_RANDOM:
		put_number(to, 4, prng_u32(&p->net->prng));
		return true;
	case NFT_META_IIF:
	case NFT_META_IIFNAME:
	case NFT_META_IIFTYPE:
		return load_dev(p->state->in, s->at, to);
	default:
		return load_dev(p->state->out, s->at, to);
	}
}

/* ---- connection ---- */

static u32 ct_state(const struct nf_conn *ct, enum ip_conntrack_info info)
{
	if (!ct)
		return info == IP_CT_UNTRACKED ? NFT_CT_UNTRACKED : NFT_CT_INVALID;
	switch (info) {
	case IP_CT_ESTABLISHED:
	case IP_CT_ESTABLISHED_REPLY:
		return NFT_CT_ESTABLISHED;
	case IP_CT_RELATED:
	case IP_CT_RELATED_REPLY:
		return NFT_CT_RELATED;
	default:
		return NFT_CT_NEW;
	}
}

static bool load_tuple(const struct nft_selector *s, const struct nf_conn *ct, u8 *to)
{
	const struct nf_conntrack_tuple *t =
		nf_ct_tuple(ct, s->at >= NFT_CT_REPL_SADDR ? IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL);

	if (s->l3 && (s->l3 == 4) != (t->l3num == NFPROTO_IPV4))
		return false;
	switch (s->at) {
	case NFT_CT_ORIG_SADDR:
	case NFT_CT_REPL_SADDR:
		memcpy(to, &t->src, s->len);
		break;
	case NFT_CT_ORIG_DADDR:
	case NFT_CT_REPL_DADDR:
		memcpy(to, &t->dst, s->len);
		break;
	case NFT_CT_ORIG_PSRC:
	case NFT_CT_REPL_PSRC:
		memcpy(to, &t->sport, 2);
		break;
	default:
		memcpy(to, &t->dport, 2);
		break;
	}
	return true;
}

static bool load_ct(const struct nft_pkt *p, const struct nft_selector *s, u8 *to)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(p->skb, &info);

	if (s->at == NFT_CT_STATE) {
		put_number(to, 4, ct_state(ct, info));
		return true;
	}
	if (!ct)
		return false;
	switch (s->at) {
	case NFT_CT_DIRECTION:
		*to = (u8)ctinfo2dir(info);
		return true;
	case NFT_CT_STATUS:
		put_number(to, 4, ct->status);
		return true;
	case NFT_CT_MARK:
		put_number(to, 4, ct->mark);
		return true;
	case NFT_CT_EXPIRATION:
		put_number(to, 4, (u64)((nf_ct_is_confirmed(ct) ? ct->expires - p->net->now :
								  ct->expires) / NSEC_PER_MSEC));
		return true;
	case NFT_CT_L3PROTO:
		*to = nf_ct_tuple(ct, 0)->l3num == NFPROTO_IPV4 ? 2 : 10;
		return true;
	case NFT_CT_PROTOCOL:
		*to = nf_ct_protonum(ct);
		return true;
	default:
		return load_tuple(s, ct, to);
	}
}

/* ---- fib, numgen, jhash ---- */

/* Where an answer would leave; 0: not by the device that it came in by. */
static u32 oif_back(const struct nft_pkt *p)
{
	struct flowi6 fl6 = { .oif = 0 };
	struct flowi4 fl4 = { .daddr = 0 };
	struct rt6_info *rt6;
	struct dst_entry *dst;
	struct rtable *rt;
	u32 oif = 0;

	if (p->l3 == 4) {
		fl4.daddr = ip_hdr(p->skb)->saddr;
		if (ip_route_output(p->net, &fl4, &rt))
			return 0;
		dst = &rt->dst;
	} else {
		fl6.daddr = ipv6_hdr(p->skb)->saddr;
		if (ipv6_addr_needs_scope_id(&fl6.daddr))
			fl6.oif = p->state->in->ifindex;
		if (ip6_route_output(p->net, &fl6, &rt6))
			return 0;
		dst = &rt6->dst;
	}
	if (dst->dev == p->state->in)
		oif = (u32)dst->dev->ifindex;
	dst_release(dst);
	return oif;
}

static bool load_fib(const struct nft_pkt *p, const struct nft_selector *s, u8 *to)
{
	bool src = s->at == NFT_FIB_SADDR_TYPE;

	if (s->at == NFT_FIB_SADDR_OIF)
		put_number(to, 4, p->state->in ? oif_back(p) : 0);
	else if (p->l3 == 4)
		put_number(to, 4, inet_addr_type(p->net, src ? ip_hdr(p->skb)->saddr :
							       ip_hdr(p->skb)->daddr));
	else
		put_number(to, 4, inet6_addr_type(p->net, src ? &ipv6_hdr(p->skb)->saddr :
								&ipv6_hdr(p->skb)->daddr));
	return true;
}

static u32 ends_hash(const struct nft_pkt *p)
{
	struct nf_conntrack_tuple t = { .l3num = p->state->pf };

	if (p->l3 == 4)
		return hash_4tuple(ip_hdr(p->skb)->saddr, 0, ip_hdr(p->skb)->daddr, 0,
				   &p->net->hash_key);
	memcpy(&t.src, &ipv6_hdr(p->skb)->saddr, sizeof(t.src));
	memcpy(&t.dst, &ipv6_hdr(p->skb)->daddr, sizeof(t.dst));
	return nf_ct_tuple_hash(&t, &p->net->hash_key);
}

static u32 generate(const struct nft_pkt *p, const struct nft_field *f)
{
	u32 v;

	if (f->sel->base == NFT_BASE_HASH) {
		/* Both ends of the flow, alike for both directions of a packet's way. */
		v = ends_hash(p);
		return f->offset + (u32)((u64)v * f->mod >> 32);
	}
	if (f->inc)
		return f->offset + (*f->counter)++ % f->mod;
	return f->offset + (u32)((u64)prng_u32(&p->net->prng) * f->mod >> 32);
}

/* ---- keys ---- */

static bool has_it(const struct nft_pkt *p, const struct nft_selector *s)
{
	if (s->l3 && s->l3 != p->l3)
		return false;
	if (s->l4 == NFT_L4_ANY)
		return true;
	return p->has_l4 && (s->l4 == NFT_L4_PORTS || s->l4 == p->l4);
}

static bool load_field(const struct nft_pkt *p, const struct nft_field *f, u8 *to)
{
	const struct nft_selector *s = f->sel;

	if (!has_it(p, s))
		return false;
	switch (s->base) {
	case NFT_BASE_META:
		return load_meta(p, s, to);
	case NFT_BASE_CT:
		return load_ct(p, s, to);
	case NFT_BASE_FIB:
		return load_fib(p, s, to);
	case NFT_BASE_TCPOPT:
		return nft_tcpopt_load(p, (u8)s->at, to);
	case NFT_BASE_RT:
		return nft_rt_mss_load(p, to);
	case NFT_BASE_NUMGEN:
	case NFT_BASE_HASH:
		put_number(to, 4, generate(p, f));
		return true;
	default:
		return load_payload(p, s, to);
	}
}

u32 nft_field_len(const struct nft_key *key, u32 i)
{
	u32 len = key->field[i].sel->len;

	return key->n > 1 ? (u32)round_up(len, 4) : len;
}

bool nft_key_load(const struct nft_pkt *p, const struct nft_key *key, u8 *to)
{
	if (likely(key->n == 1))
		return load_field(p, &key->field[0], to);
	memset(to, 0, key->len);
	for (u32 i = 0; i < key->n; i++) {
		if (!load_field(p, &key->field[i], to))
			return false;
		to += nft_field_len(key, i);
	}
	return true;
}

/* SPDX-License-Identifier: MIT */
/* What rules ask of a packet (nft_selectors.c): how each is read. */
#include "net/netfilter/nft.h"

#include "net/netfilter/nft_ct.h"
#include "net/netfilter/nft_exthdr.h"
#include "net/netfilter/nft_fib.h"
#include "net/netfilter/nft_raw.h"
#include "net/netfilter/nft_tcpopt.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"

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
	} else {
		p->l3 = 4;
		p->l4 = iph->protocol;
		p->has_l4 = true;
		p->first = !(iph->frag_off & CONST_BE16(IP_OFFSET));
		p->thoff = iph_hlen(iph);
	}
	p->what = nft_what(p->l3, p->l4, p->has_l4, p->first);
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

bool nft_load_bits(const struct sk_buff *skb, s64 from, u32 at, u32 bits, u8 *to, u32 len)
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
	if (from + first < 0) {
		u32 before = min((u32)-(from + first), n);

		memcpy(raw, skb->data + from + first, before);
		if (before < n && skb_copy_bits(skb, 0, raw + before, n - before))
			return false;
	} else if (from + first + n <= skb_headlen(skb))
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

/* Fields that not every message has: those of these types do. */
static bool is_icmp_of(const struct nft_pkt *p, u8 which)
{
	u8 type;

	if (!nft_load_bits(p->skb, p->thoff, 0, 8, &type, 1))
		return false;
	if (which != NFT_ICMP_ECHO)
		return type == which;
	return p->l3 == 4 ? type == ICMP_ECHO || type == ICMP_ECHOREPLY :
			    type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY;
}

/* Only what came in from a link has its header still. */
bool nft_link_header(const struct nft_pkt *p, s64 *from)
{
	if (!p->state->in || p->state->in->hard_header_len < 14 || !p->skb->mac_header)
		return false;
	*from = skb_mac_header(p->skb) - p->skb->data;
	return true;
}

static bool load_payload(const struct nft_pkt *p, const struct nft_selector *s, u8 *to)
{
	s64 from = 0;

	if (s->base == NFT_BASE_LL) {
		if (!nft_link_header(p, &from))
			return false;
	} else if (s->base == NFT_BASE_TH) {
		if (!p->has_l4 || !p->first || (s->hdr && !is_icmp_of(p, s->hdr)))
			return false;
		from = p->thoff;
	}
	return nft_load_bits(p->skb, from, s->at, s->bits, to, s->len);
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
		put_number(to, 2, p->state->hook == NF_NETDEV_INGRESS ?
				  be16_to_cpu(p->skb->protocol) : p->l3 == 4 ? 0x0800 : 0x86dd);
		return true;
	case NFT_META_NFPROTO:
		*to = p->l3 == 4 ? 2 : p->l3 == 6 ? 10 : 5;
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
	case NFT_META_SKUID:
	case NFT_META_SKGID:		/* sockets are root's: there are no users here */
		put_number(to, 4, 0);
		return !p->state->in && p->skb->sk;
	case NFT_META_CPU:
		put_number(to, 4, p->net->shard);
		return true;
	case NFT_META_IIFGROUP:
	case NFT_META_OIFGROUP:		/* all devices are of the default one */
		put_number(to, 4, 0);
		return s->at == NFT_META_IIFGROUP ? p->state->in : p->state->out;
	case NFT_META_SDIF:		/* nor are there VRFs, or IPsec */
	case NFT_META_SDIFNAME:
		memset(to, 0, s->len);
		return p->state->in;
	case NFT_META_SECPATH:
		*to = 0;
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

u32 nft_ct_state(const struct sk_buff *skb)
{
	enum ip_conntrack_info info;

	if (!nf_ct_get(skb, &info))
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

/* ct packets, bytes, avgpkt: what the direction has, or both. */
static bool load_counted(const struct nft_selector *s, const struct nf_conn *ct, u8 *to)
{
	u32 of = (s->at - NFT_CT_ORIG_PACKETS) % 3, what = (s->at - NFT_CT_ORIG_PACKETS) / 3u;
	u64 packets = of < 2 ? ct->packets[of] : ct->packets[0] + ct->packets[1];
	u64 bytes = of < 2 ? ct->bytes[of] : ct->bytes[0] + ct->bytes[1];

	put_number(to, 8, what == 0 ? packets : what == 1 ? bytes : packets ? bytes / packets : 0);
	return true;
}

static bool load_ct(const struct nft_pkt *p, const struct nft_selector *s, u8 *to)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(p->skb, &info);

	if (s->at == NFT_CT_STATE) {
		put_number(to, 4, nft_ct_state(p->skb));
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
	case NFT_CT_ZONE:
	case NFT_CT_ORIG_ZONE:
	case NFT_CT_REPL_ZONE:
	case NFT_CT_LABEL:
	case NFT_CT_HELPER:
		return nft_ct_load(ct, s, to);
	default:
		return s->at >= NFT_CT_ORIG_PACKETS ? load_counted(s, ct, to) :
						      load_tuple(s, ct, to);
	}
}

/* ---- fields ---- */

static bool has_it(const struct nft_pkt *p, const struct nft_selector *s)
{
	if (s->l3 && s->l3 != p->l3)
		return false;
	if (s->l4 == NFT_L4_ANY)
		return true;
	return p->has_l4 && (s->l4 == NFT_L4_PORTS || s->l4 == p->l4);
}

static bool generate(const struct nft_pkt *p, const struct nft_field *f, u32 *v);

static bool load_field(const struct nft_pkt *p, const struct nft_field *f, u8 *to)
{
	const struct nft_selector *s = f->sel;
	u32 v;

	if (!has_it(p, s))
		return false;
	switch (s->base) {
	case NFT_BASE_META:
		return load_meta(p, s, to);
	case NFT_BASE_CT:
		return load_ct(p, s, to);
	case NFT_BASE_FIB:
		return nft_fib_load(p, f, to);
	case NFT_BASE_EXTHDR:
	case NFT_BASE_IPOPT:
	case NFT_BASE_TCPOPT:
		return nft_exthdr_load(p, s, to);
	case NFT_BASE_RAW:
		return nft_raw_load(p, f, to);
	case NFT_BASE_RT:
		return nft_rt_mss_load(p, to);
	case NFT_BASE_NUMGEN:
	case NFT_BASE_HASH:
		if (!generate(p, f, &v))
			return false;
		put_number(to, 4, v);
		return true;
	default:
		return load_payload(p, s, to);
	}
}

/* ---- numgen, jhash ---- */

/* Of the packet's own fields: the same ones, the same number. */
static bool hash_fields(const struct nft_pkt *p, const struct nft_field *f, u32 *hash)
{
	u64 h = p->net->hash_key.k[0] ^ f->seed;
	u8 v[NFT_VALUE_MAX];
	u64 w[2];

	for (u32 i = 0; i < f->hashed_n; i++) {
		const struct nft_field of = { .sel = &nft_selectors[f->hashed[i]] };

		memset(v, 0, sizeof(v));
		if (!load_field(p, &of, v))
			return false;
		memcpy(w, v, sizeof(w));
		h = hash_mum(h ^ w[0], w[1] ^ p->net->hash_key.k[1] ^ 0x9e3779b97f4a7c15ull);
	}
	*hash = (u32)h;
	return true;
}

static bool generate(const struct nft_pkt *p, const struct nft_field *f, u32 *v)
{
	if (f->inc) {
		*v = f->offset + (*f->counter)++ % f->mod;
		return true;
	}
	*v = prng_u32(&p->net->prng);
	if (f->sel->base == NFT_BASE_HASH && !hash_fields(p, f, v))
		return false;
	*v = f->offset + (u32)((u64)*v * f->mod >> 32);
	return true;
}

/* ---- the whole of it ---- */

static bool is_plain(const struct nft_selector *s)
{
	switch (s->base) {
	case NFT_BASE_LL:
	case NFT_BASE_NH:
	case NFT_BASE_TH:
	case NFT_BASE_RAW:
	case NFT_BASE_EXTHDR:
	case NFT_BASE_TCPOPT:
	case NFT_BASE_IPOPT:
		return true;
	case NFT_BASE_META:
		return s->at != NFT_META_RANDOM && s->at != NFT_META_PRIORITY;
	case NFT_BASE_CT:	/* what does not change with each packet */
		return s->at == NFT_CT_STATE || s->at == NFT_CT_DIRECTION ||
		       (s->at >= NFT_CT_ORIG_SADDR && s->at <= NFT_CT_REPL_PDST);
	default:
		return false;
	}
}

bool nft_key_is_plain(const struct nft_key *key)
{
	for (u32 i = 0; i < key->n; i++)
		if (!is_plain(key->field[i].sel))
			return false;
	return true;
}

u32 nft_field_len(const struct nft_key *key, u32 i)
{
	u32 len = key->field[i].sel->len;

	return key->n > 1 ? (u32)round_up(len, 4) : len;
}

static void transform(const struct nft_key *key, u8 *v)
{
	for (u32 i = 0; i < key->len; i++)
		v[i] = (v[i] & key->mask[i]) ^ key->xor[i];
}

bool nft_key_load(const struct nft_pkt *p, const struct nft_key *key, u8 *to)
{
	if (likely(key->n == 1)) {
		if (!load_field(p, &key->field[0], to))
			return false;
		if (unlikely(key->masked))
			transform(key, to);
		return true;
	}
	memset(to, 0, key->len);
	for (u32 i = 0; i < key->n; i++) {
		if (!load_field(p, &key->field[i], to))
			return false;
		to += nft_field_len(key, i);
	}
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "net/multipath.h"

#include "wire/eth.h"
#include "wire/ipv4.h"

#define IP_PROTO_IPIP 4
#define IP_PROTO_IPV6 41
#define IP_PROTO_GRE 47
#define GRE_HLEN 4

static u64 end_hash(const struct net *net, const void *addr, u32 len, be16 port)
{
	u64 w[2] = { 0 };

	memcpy(w, addr, len);
	return siphash_2u64(w[0], w[1], &net->hash_key) ^ port;
}

u32 multipath_hash(const struct net *net, const void *src, const void *dst, u32 len,
		   const struct flow_keys *ports)
{
	u64 a = end_hash(net, src, len, ports ? ports->sport : 0);
	u64 b = end_hash(net, dst, len, ports ? ports->dport : 0);
	/* Both ways alike: in order of size, and not just their sum, which a forger could steer. */
	u32 h = (u32)siphash_2u64(min(a, b), max(a, b) ^ (ports ? ports->proto : 0),
				  &net->hash_key) >> 1;

	return h ? h : 1;
}

/* ---- the packet inside ---- */

struct packet {
	const u8 *p;			/* its IP header; NULL: there is none */
	size_t len;
	bool v6;
};

/* In the payload at p of protocol proto. */
static struct packet inner_packet(u8 proto, const u8 *p, size_t len)
{
	u16 type;

	if (proto == IP_PROTO_IPIP || proto == IP_PROTO_IPV6)
		return (struct packet){ p, len, proto == IP_PROTO_IPV6 };
	if (proto != IP_PROTO_GRE || len < GRE_HLEN || p[0] || p[1])
		return (struct packet){ .p = NULL };
	type = get_be16(p + 2);
	if (type != ETH_P_IP && type != ETH_P_IPV6)
		return (struct packet){ .p = NULL };
	return (struct packet){ p + GRE_HLEN, len - GRE_HLEN, type == ETH_P_IPV6 };
}

static bool packet_keys(const struct packet *in, struct flow_keys *k)
{
	if (!in->p)
		return false;
	return in->v6 ? flow_keys_parse_ipv6(in->p, in->len, k) && k->addrs6 :
			flow_keys_parse_ipv4(in->p, in->len, k);
}

u32 multipath_hash_inner(const struct net *net, u8 proto, const u8 *p, size_t len)
{
	struct packet in = inner_packet(proto, p, len);
	struct flow_keys k;

	if (!packet_keys(&in, &k))
		return 0;
	return in.v6 ? multipath_hash(net, k.addrs6, k.addrs6 + 16, 16, NULL) :
		       multipath_hash(net, &k.src, &k.dst, 4, NULL);
}

/* ---- the fields that are named ---- */

static u64 fields_hash(const struct net *net, u32 fields, const void *src, const void *dst,
		       u32 len, const struct flow_keys *k, u32 label)
{
	static const u8 none[16];
	u64 a = end_hash(net, fields & MULTIPATH_SRC_IP ? src : none, len,
			 fields & MULTIPATH_SRC_PORT ? k->sport : 0);
	u64 b = end_hash(net, fields & MULTIPATH_DST_IP ? dst : none, len,
			 fields & MULTIPATH_DST_PORT ? k->dport : 0);
	u64 rest = (fields & MULTIPATH_IP_PROTO ? k->proto : 0) |
		   (u64)(fields & MULTIPATH_FLOWLABEL ? label : 0) << 8;

	return siphash_2u64(min(a, b), max(a, b) ^ rest, &net->hash_key);
}

static u64 packet_hash(const struct net *net, u32 fields, const struct packet *in,
		       const struct flow_keys *k)
{
	u32 label = in->v6 ? get_be32(in->p) & 0xfffff : 0;

	if (!fields)
		return 0;
	return in->v6 ? fields_hash(net, fields, k->addrs6, k->addrs6 + 16, 16, k, label) :
			fields_hash(net, fields, &k->src, &k->dst, 4, k, 0);
}

static u32 give(u64 h)
{
	u32 v = (u32)(h >> 33);

	return v ? v : 1;
}

u32 multipath_hash_custom(const struct net *net, u32 fields, const u8 *p, size_t len)
{
	struct packet outer = { p, len, len && p[0] >> 4 == 6 }, inner;
	u32 inside = fields >> MULTIPATH_INNER_SHIFT;
	struct flow_keys k, ki;
	u64 h;

	if (!packet_keys(&outer, &k))
		return 0;
	h = packet_hash(net, fields & MULTIPATH_OUTER, &outer, &k);
	if (!inside || k.frag || k.l4_off > len)
		return give(h);
	inner = inner_packet(k.proto, p + k.l4_off, len - k.l4_off);
	if (packet_keys(&inner, &ki))
		h = siphash_2u64(h, packet_hash(net, inside, &inner, &ki), &net->hash_key);
	return give(h);
}

u32 multipath_hash_flow(const struct net *net, u32 fields, const void *src, const void *dst,
			u32 len, const struct flow_keys *k)
{
	fields &= MULTIPATH_OUTER;
	return give(fields ? fields_hash(net, fields, src, dst, len, k, 0) : 0);
}

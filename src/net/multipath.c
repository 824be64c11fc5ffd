/* SPDX-License-Identifier: MIT */
#include "net/multipath.h"

#include "wire/eth.h"
#include "wire/ipv4.h"

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

static u32 hash_ipv4(const struct net *net, const u8 *p, size_t len)
{
	struct flow_keys k;

	return flow_keys_parse_ipv4(p, len, &k) ? multipath_hash(net, &k.src, &k.dst, 4, NULL) : 0;
}

static u32 hash_ipv6(const struct net *net, const u8 *p, size_t len)
{
	struct flow_keys k;

	if (!flow_keys_parse_ipv6(p, len, &k) || !k.addrs6)
		return 0;
	return multipath_hash(net, k.addrs6, k.addrs6 + 16, 16, NULL);
}

u32 multipath_hash_inner(const struct net *net, u8 proto, const u8 *p, size_t len)
{
	u16 type;

	switch (proto) {
	case 4:
		return hash_ipv4(net, p, len);
	case 41:
		return hash_ipv6(net, p, len);
	case IP_PROTO_GRE:
		break;
	default:
		return 0;
	}
	if (len < GRE_HLEN || p[0] || p[1])
		return 0;
	type = get_be16(p + 2);
	if (type == ETH_P_IP)
		return hash_ipv4(net, p + GRE_HLEN, len - GRE_HLEN);
	return type == ETH_P_IPV6 ? hash_ipv6(net, p + GRE_HLEN, len - GRE_HLEN) : 0;
}

/* SPDX-License-Identifier: MIT */
#include "wire/flow_keys.h"

#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/udp.h"
#include "wire/vlan.h"

bool flow_keys_parse_ipv4(const void *p, size_t len, struct flow_keys *out)
{
	const struct udphdr *ports;
	struct ipv4_view ip;

	if (ipv4_parse_hdr(p, len, &ip))
		return false;
	*out = (struct flow_keys){
		.src = ip.saddr,
		.dst = ip.daddr,
		.proto = ip.protocol,
		.frag = ip.mf || ip.frag_off,
		.l4_off = ip.hlen,
	};
	len = min(len, (size_t)ip.tot_len);
	if (out->frag || (ip.protocol != IP_PROTO_TCP && ip.protocol != IP_PROTO_UDP) ||
	    len < (size_t)ip.hlen + 4)
		return true;
	ports = (const void *)((const u8 *)p + ip.hlen);	/* TCP's lie where UDP's do */
	out->sport = ports->source;
	out->dport = ports->dest;
	return true;
}

bool flow_keys_parse_ipv6(const void *p, size_t len, struct flow_keys *out)
{
	const struct ipv6hdr *h = p;
	const struct udphdr *ports;
	struct ipv6_ext e;

	if (len < IPV6_HLEN || ip6_version(h) != 6)
		return false;
	len = min(len, (size_t)be16_to_cpu(h->payload_len) + IPV6_HLEN);
	ipv6_ext_start(&e, h->nexthdr);
	*out = (struct flow_keys){ .addrs6 = h->saddr.s6_addr, .proto = e.nexthdr,
				   .l4_off = IPV6_HLEN };
	if (unlikely(ipv6_ext_hdr(e.nexthdr))) {
		bool whole = !ipv6_skip_exthdr(&e, p, len) && e.off <= UINT16_MAX;

		out->frag = e.frag && (e.frag_off || e.more);	/* RFC 6946: else it is whole */
		out->proto = e.nexthdr;
		out->l4_off = whole ? (u16)e.off : IPV6_HLEN;
		if (!whole)
			return true;
	}
	if (out->frag || (out->proto != IP_PROTO_TCP && out->proto != IP_PROTO_UDP) ||
	    len < out->l4_off + 4u)
		return true;
	ports = (const void *)((const u8 *)p + out->l4_off);
	out->sport = ports->source;
	out->dport = ports->dest;
	return true;
}

static bool parse_network(u16 proto, const void *p, size_t len, struct flow_keys *out)
{
	if (likely(proto == ETH_P_IP))
		return flow_keys_parse_ipv4(p, len, out);
	return proto == ETH_P_IPV6 && flow_keys_parse_ipv6(p, len, out);
}

bool flow_keys_parse(const void *frame, size_t len, struct flow_keys *out)
{
	const u8 *p = frame;
	struct vlan_view vlan;
	struct eth_view eth;
	size_t off = ETH_HLEN;
	u16 proto;

	if (eth_parse(p, len, &eth))
		return false;
	proto = eth.proto;
	for (int tags = 0; tags < 2 && (proto == ETH_P_8021Q || proto == ETH_P_8021AD); tags++) {
		if (vlan_parse(p + off, len - off, &vlan))
			return false;
		off += VLAN_HLEN;
		proto = vlan.proto;
	}
	if (!parse_network(proto, p + off, len - off, out))
		return false;
	out->l3_off = (u16)off;
	out->l4_off = (u16)(out->l4_off + off);
	return true;
}

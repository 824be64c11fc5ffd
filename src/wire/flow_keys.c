/* SPDX-License-Identifier: MIT */
#include "wire/flow_keys.h"

#include "wire/eth.h"
#include "wire/ipv4.h"
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
	if (proto != ETH_P_IP || !flow_keys_parse_ipv4(p + off, len - off, out))
		return false;
	out->l3_off = (u16)off;
	out->l4_off = (u16)(out->l4_off + off);
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "host/xdp_partial.h"

#include "base/csum.h"
#include "wire/eth.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

/* Where the check field is in the transport header; 0: a protocol that has none to finish. */
static u32 check_offset(u8 protocol)
{
	if (protocol == IP_PROTO_TCP)
		return offsetof(struct tcphdr, check);
	return protocol == IP_PROTO_UDP ? offsetof(struct udphdr, check) : 0;
}

struct l4 {
	u32 start, len;		/* of the segment, from the network header on; both are there */
	u8 protocol;
	wsum pseudo;		/* the pseudo-header's */
};

/* The first `head` bytes of a packet of `len` are at p. */
static bool l4_of_ipv4(const u8 *p, u32 head, u32 len, struct l4 *out)
{
	struct ipv4_view ip;

	if (ipv4_parse_hdr(p, head, &ip) != WIRE_OK || ip.mf || ip.frag_off || ip.tot_len > len ||
	    ip.tot_len < ip.hlen)
		return false;
	*out = (struct l4){ .start = ip.hlen, .len = ip.tot_len - ip.hlen,
			    .protocol = ip.protocol };
	out->pseudo = csum_tcpudp_nofold(ip.saddr, ip.daddr, out->len, ip.protocol, 0);
	return true;
}

static bool l4_of_ipv6(const u8 *p, u32 head, u32 len, struct l4 *out)
{
	struct ipv6_view ip;
	struct ipv6_ext e;

	if (ipv6_parse_hdr(p, head, &ip) != WIRE_OK || IPV6_HLEN + (u32)ip.payload_len > len)
		return false;
	len = IPV6_HLEN + (u32)ip.payload_len;
	ipv6_ext_start(&e, ip.nexthdr);
	if (ipv6_skip_exthdr(&e, p, min(head, len)) != WIRE_OK || e.frag)
		return false;
	*out = (struct l4){ .start = e.off, .len = len - e.off, .protocol = e.nexthdr };
	out->pseudo = csum_ipv6_nofold(&ip.saddr, &ip.daddr, out->len, e.nexthdr, 0);
	return true;
}

bool xdp_is_partial(const u8 *frame, u32 head, u32 len, struct nic_meta *meta)
{
	struct eth_view eth;
	be16 check, pseudo;
	struct l4 l4;
	u32 off;

	if (eth_parse(frame, head, &eth) != WIRE_OK)
		return false;
	frame += ETH_HLEN;
	head -= ETH_HLEN;
	len -= ETH_HLEN;
	if (!(eth.proto == ETH_P_IP ? l4_of_ipv4(frame, head, len, &l4) :
	      eth.proto == ETH_P_IPV6 && l4_of_ipv6(frame, head, len, &l4)))
		return false;
	off = check_offset(l4.protocol);
	if (!off || off + sizeof(check) > l4.len ||
	    l4.start + off + sizeof(check) > head)
		return false;
	memcpy(&check, frame + l4.start + off, sizeof(check));
	pseudo = (be16)~csum_fold(l4.pseudo);
	if (check != pseudo)
		return false;
	meta->csum_partial = true;
	meta->csum_start = (u16)(ETH_HLEN + l4.start);
	meta->csum_offset = (u16)off;
	return true;
}

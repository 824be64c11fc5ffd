/* SPDX-License-Identifier: MIT */
#include "host/xdp_partial.h"

#include "base/csum.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

/* Where the check field is in the transport header; 0: a protocol that has none to finish. */
static u32 check_offset(u8 protocol)
{
	if (protocol == IP_PROTO_TCP)
		return offsetof(struct tcphdr, check);
	return protocol == IP_PROTO_UDP ? offsetof(struct udphdr, check) : 0;
}

bool xdp_is_partial(const u8 *frame, u32 len, struct nic_meta *meta)
{
	struct eth_view eth;
	struct ipv4_view ip;
	u32 start, off;
	be16 check, pseudo;

	if (eth_parse(frame, len, &eth) != WIRE_OK || eth.proto != ETH_P_IP ||
	    ipv4_parse_hdr(frame + ETH_HLEN, len - ETH_HLEN, &ip) != WIRE_OK || ip.mf ||
	    ip.frag_off)
		return false;
	start = ETH_HLEN + ip.hlen;
	off = check_offset(ip.protocol);
	if (!off || (u32)ip.tot_len + ETH_HLEN > len || ip.hlen + off + sizeof(check) > ip.tot_len)
		return false;
	memcpy(&check, frame + start + off, sizeof(check));
	pseudo = (be16)~csum_fold(csum_tcpudp_nofold(ip.saddr, ip.daddr, ip.tot_len - ip.hlen,
						     ip.protocol, 0));
	if (check != pseudo)
		return false;
	meta->csum_partial = true;
	meta->csum_start = (u16)start;
	meta->csum_offset = (u16)off;
	return true;
}

/* SPDX-License-Identifier: MIT */
/* What a datagram says to its connection, as a packet (nf_conntrack_proto.c) or not yet one. */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_UDP_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_UDP_H

#include "net/netfilter/nf_conntrack_ecache.h"
#include "wire/udp.h"

/* Its length, where there is room for so many bytes. */
static __always_inline bool nf_ct_udp_fits(const struct udphdr *uh, u32 room)
{
	u32 len = be16_to_cpu(uh->len);

	return len <= room && len >= UDP_HLEN;
}

/* It lives on; and who was answered for a while is a stream. */
static __always_inline void nf_ct_udp_seen(const struct net *net, struct nf_conn *ct)
{
	s32 timeout = net->sysctl.nf_ct_udp_timeout;

	if (ct->status & IPS_SEEN_REPLY && net->now > ct->udp_stream_at) {
		timeout = net->sysctl.nf_ct_udp_timeout_stream;
		if (unlikely(!(ct->status & IPS_ASSURED)))
			nf_conntrack_event_cache(net, ct, IPCT_ASSURED);
		ct->status |= IPS_ASSURED;
	}
	nf_ct_refresh(net, ct, sec_to_ktime(timeout));
}

#endif

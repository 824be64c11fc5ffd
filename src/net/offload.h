/* SPDX-License-Identifier: MIT */
/* What a protocol above IPv4 or IPv6 registers to take part in GRO and GSO (device/gro.h). */
#ifndef LINNET_NET_OFFLOAD_H
#define LINNET_NET_OFFLOAD_H

#include "device/gro.h"

struct net_offload {
	/* As packet_offload's. The network header is at data, sound, linear, nhlen bytes long with
	 * what extends it, and its length is skb->len. NULL: none is joined. */
	bool (*gro_receive)(struct napi_struct *napi, struct sk_buff *skb, u32 nhlen);
	void (*gro_complete)(struct sk_buff *skb);
	/* Offsets of both headers are set. The network's is written to the segments afterwards. */
	int (*gso_segment)(struct sk_buff *skb, u32 features, struct sk_buff_head *segs);
	bool (*gso_headers)(const struct sk_buff *skb, const struct gso_frames *f);
};

#define INET_OFFLOADS 32	/* TCP and UDP are among the first protocols; no others join */

static inline const struct net_offload *inet_offload(const struct net_offload *const *offloads,
						     u8 protocol)
{
	return likely(protocol < INET_OFFLOADS) ? offloads[protocol] : NULL;
}

#endif
